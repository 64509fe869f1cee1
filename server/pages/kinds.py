"""What the page of each kind of thing shows, declared once as data.

A kind is found by `key`: a class (`schema:City`), the scheme of a concept (`scheme/indicators`), or the
beginning of a path (`source/`). A section lists what its pattern finds as `?item` for the page's
`?thing`; its columns are properties of the item, or one of:

- `name`: the item by name, linked;
- `figure`: its value with unit, linked;
- `words`: the exact words that support it;
- `stated`: of a comparison, what each source states (but for the page's thing), and `outcome`: its verdict.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

FIGURE = ("sdmx-dimension:refArea", "inno:indicator", "sdmx-dimension:refPeriod", "figure", "words")
CLAIM = ("name", "schema:author", "inno:periodAsStated", "words")
CHANGE = ("name", "inno:difference", "inno:ratio", "inno:annualGrowthRate")
REVIEW = ("schema:itemReviewed", "inno:verdict", "inno:reading")
COMPARISON = ("stated", "outcome")
RANKING = ("name", "inno:ranking", "inno:rank", "schema:author", "sdmx-dimension:refPeriod", "words")


@dataclass(frozen=True, slots=True)
class Section:
    """A table on a page: its title (a key of `words.json`), what it lists, in which columns.

    `of` is the class of the items, where the pattern may find others too. Of comparisons, `common` is the
    pattern that finds those with any verdict, as `?verdict`, and `verdict` the one wanted. `chart` draws the items'
    figures; `group` puts the items under a heading for each value of a property. `rare` is what few things fit,
    and all items do: to begin with, where the pattern would begin with very many things.
    """

    title: str
    pattern: str
    columns: tuple[str, ...] = ("name",)
    chart: bool = False
    group: str = ""
    of: str = ""
    common: str = ""
    verdict: str = ""
    rare: str = ""

    @property
    def properties(self) -> set[str]:
        """The properties by which the items and the thing are linked, as prefixed names."""
        return set(re.findall(r"[\w-]+:\w+", self.pattern))


@dataclass(frozen=True, slots=True)
class Kind:
    """The page of one kind of thing.

    `paths` are facts that lie further away: a title (a key of `words.json`) and a property path.
    `explained` are properties whose meaning is shown (how a value was computed); `facts_last` puts what
    is stated of the thing itself below what is known about it.
    """

    key: str
    sections: tuple[Section, ...] = ()
    paths: tuple[tuple[str, str], ...] = ()
    explained: tuple[str, ...] = ()
    facts_last: bool = False


def figures(pattern: str, columns: tuple[str, ...] = FIGURE, chart: bool = True) -> Section:
    """The observations that a pattern finds."""
    return Section("figures", pattern, columns, chart, of="inno:CityObservation")


def changes(pattern: str) -> Section:
    """The changes that a pattern finds."""
    return Section("changes", pattern, CHANGE, of="inno:Change")


def claims(pattern: str, title: str = "claims") -> Section:
    """The claims that a pattern finds, by kind."""
    return Section(title, pattern, CLAIM, group="inno:claimKind", of="schema:Claim")


def quotations(pattern: str) -> Section:
    """The quotations that a pattern finds."""
    columns = ("name", "schema:spokenByCharacter", "words")
    return Section("quotations", pattern, columns, of="schema:Quotation")


def comparisons(pattern: str) -> tuple[Section, ...]:
    """The comparisons that a pattern finds: conflicts first, then agreement, then what cannot be compared."""
    common = f"{pattern} ?item inno:verdict ?verdict ."
    return tuple(
        Section(
            title,
            f"{common} FILTER(STRENDS(STR(?verdict), '/verdict/{verdict}'))",
            ("name", *COMPARISON),
            of="inno:Comparison",
            common=common,
            verdict=verdict,
        )
        for title, verdict in (
            ("conflicts", "differs"),
            ("corroborations", "agrees"),
            ("not_compared", "not-comparable"),
        )
    )


def without(columns: tuple[str, ...], *left_out: str) -> tuple[str, ...]:
    """Columns without those that a page needs not repeat."""
    return tuple(column for column in columns if column not in left_out)


COMPARED = Section(
    "compares",
    "?thing inno:fromObservation|inno:toObservation ?item .",
    ("name", "figure", "words"),
)
MERGE = ("name", *(f"inno:{n}" for n in ("rowsRead", "observationsAccepted", "rowsRefused")))
MATCH = (
    "sssom:subject_category",
    "sssom:subject_label",
    "owl:annotatedTarget",
    "sssom:comment",
    "sssom:confidence",
)
# However many figures there are, only so many are looked through for comparisons.
OF_CITY = "SELECT ?observation WHERE { ?observation sdmx-dimension:refArea ?thing } LIMIT 20000"
OF_INDICATOR = "SELECT ?observation WHERE { ?observation inno:indicator ?thing } LIMIT 20000"
BY_CLAIM_KIND = "?item inno:claimKind ?thing ."

KINDS = (
    Kind(
        "schema:City",
        (
            figures("?item sdmx-dimension:refArea ?thing .", without(FIGURE, "sdmx-dimension:refArea")),
            *comparisons(f"{{ {OF_CITY} }} ?item inno:observation ?observation ."),
            changes("?item sdmx-dimension:refArea ?thing ."),
            Section("rankings", "?item sdmx-dimension:refArea ?thing .", RANKING, of="inno:RankingClaim"),
            claims("?item schema:about ?thing . FILTER NOT EXISTS { ?item a inno:RankingClaim }"),
            quotations("?item schema:about ?thing ."),
        ),
        facts_last=True,
    ),
    Kind(
        "scheme/indicators",
        (
            figures("?item inno:indicator ?thing .", without(FIGURE, "inno:indicator")),
            *comparisons(f"{{ {OF_INDICATOR} }} ?item inno:observation ?observation ."),
            changes("?item inno:indicator ?thing ."),
            claims("?item schema:about ?thing ."),
        ),
        facts_last=True,
    ),
    Kind(
        "source/",
        (
            figures("?item prov:wasDerivedFrom ?thing .", chart=False),
            claims("?item schema:appearance ?thing ."),
            quotations("?item schema:isPartOf ?thing ."),
            Section(
                "leaves_open",
                "?item prov:wasDerivedFrom ?thing ; inno:notStated ?property",
                ("name", "inno:notStated"),
                rare="?item inno:notStated ?property",
            ),
            *comparisons("?item dcterms:source ?thing ."),
            Section("datasets", "?item prov:wasDerivedFrom ?thing .", of="qb:DataSet"),
            Section(
                "merges",
                "?dataset prov:wasDerivedFrom ?thing ; prov:wasGeneratedBy ?item .",
                MERGE,
                rare="?dataset a qb:DataSet ; prov:wasGeneratedBy ?item",
            ),
        ),
    ),
    Kind(
        "inno:CityObservation",
        (
            Section("also_stated", "?item inno:observation ?thing .", COMPARISON, of="inno:Comparison"),
            changes("?item inno:fromObservation|inno:toObservation ?thing ."),
            claims("?item inno:fromObservation|inno:toObservation ?thing .", "claims_on_it"),
            Section("reviews", "?item prov:wasDerivedFrom ?thing .", REVIEW, of="schema:ClaimReview"),
        ),
        (("claimant", "prov:wasDerivedFrom/schema:author"),),
    ),
    Kind(
        "schema:Claim",
        (
            COMPARED,
            Section("reviews", "?item schema:itemReviewed ?thing", ("name", "inno:verdict", "inno:reading")),
            claims("?item schema:isBasedOn ?thing .", "based_on_it"),
            claims("?item dcterms:relation ?thing .", "related"),
        ),
    ),
    Kind("schema:Quotation", (claims("?item schema:isPartOf ?thing ."),)),
    Kind(
        "inno:Change",
        (COMPARED,),
        (("computed_by", "prov:wasGeneratedBy/prov:used"),),
        explained=("inno:ratio", "inno:difference", "inno:annualGrowthRate"),
    ),
    Kind(
        "inno:Comparison",
        (
            Section(
                "compares",
                "?thing inno:observation ?item .",
                ("prov:wasDerivedFrom", "figure", "sdmx-attribute:obsStatus", "words"),
            ),
        ),
        (("computed_by", "prov:wasGeneratedBy/prov:used"),),
        explained=("inno:relativeDifference", "inno:relativeTo"),
    ),
    Kind(
        "schema:ClaimReview",
        (figures("?thing prov:wasDerivedFrom ?item .", ("name", "figure"), chart=False),),
        (("computed_by", "prov:wasGeneratedBy/prov:used"),),
    ),
    Kind(
        "prov:Agent",
        (
            quotations("?item schema:spokenByCharacter ?thing ."),
            claims("?item schema:author ?thing ."),
            Section("sources", "?item schema:author ?thing .", of="prov:Entity"),
            Section("reviews", "?item schema:author ?thing .", REVIEW, of="schema:ClaimReview"),
            Section("computations", "?item prov:wasAssociatedWith ?thing"),
        ),
    ),
    Kind("scheme/claim-kinds", (Section("claims", BY_CLAIM_KIND, CLAIM),)),
    Kind("scheme/rankings", (Section("claims", "?item inno:ranking ?thing .", RANKING),)),
    Kind("scheme/industries", (claims("?item schema:about ?thing ."),)),
    Kind(
        "scheme/verdicts",
        (
            Section("reviews", "?item inno:verdict ?thing .", REVIEW, of="schema:ClaimReview"),
            Section(
                "comparisons", "?item inno:verdict ?thing .", ("name", *COMPARISON), of="inno:Comparison"
            ),
        ),
    ),
    Kind(
        "scheme/reasons",
        (Section("comparisons", "?item inno:reason ?thing .", ("name", *COMPARISON), of="inno:Comparison"),),
    ),
    Kind("scheme/indicator-kinds", (Section("indicators", "?item dcterms:type ?thing"),)),
    Kind(
        "qudt:Unit",
        (
            Section("indicators", "?item qudt:hasUnit ?thing"),
            figures("?item sdmx-attribute:unitMeasure ?thing .", chart=False),
        ),
    ),
    Kind(
        "oa:SpecificResource",
        (Section("supports", "?item inno:evidence ?thing"),),
    ),
    Kind(
        "skos:ConceptScheme",
        (Section("concepts", "?item skos:inScheme ?thing", ("name", "skos:definition")),),
    ),
    Kind(
        "qb:DataStructureDefinition",
        (Section("components", "?thing qb:component ?item", ("name", "qb:order")),),
    ),
    Kind(
        "void:Dataset",
        (
            figures("?item qb:dataSet ?thing .", chart=False),
            *comparisons("?thing prov:wasDerivedFrom ?source . ?item dcterms:source ?source ."),
            Section("datasets", "?thing void:subset ?item", ("name", "void:triples")),
            Section("classes", "?thing void:classPartition ?item", ("name", "void:entities")),
            Section("properties", "?thing void:propertyPartition ?item", ("name", "void:triples")),
        ),
    ),
    Kind(
        "activity/merge/",
        (
            Section("merged_into", "?item prov:wasGeneratedBy ?thing .", of="qb:DataSet"),
            Section("merged_files", "?thing prov:used ?item .", ("name", "dcat:byteSize", "spdx:checksum")),
            Section(
                "refused_rows",
                "?report prov:wasGeneratedBy ?thing ; sh:result ?item .",
                ("sh:focusNode", "dcterms:subject", "sh:resultMessage"),
            ),
            *comparisons(
                "?dataset prov:wasGeneratedBy ?thing ; prov:wasDerivedFrom ?source ."
                " ?item dcterms:source ?source ."
            ),
            Section("matched_names", "?item prov:wasGeneratedBy ?thing .", MATCH, of="sssom:Mapping"),
        ),
    ),
    Kind("prov:Activity", (Section("generated", "?item prov:wasGeneratedBy ?thing"),)),
    Kind(
        "rdf:Property",
        (Section("left_open_by", "?item inno:notStated ?thing", ("name", "prov:wasDerivedFrom")),),
    ),
)

# What a page says elsewhere than in its table of facts.
ELSEWHERE = (
    "rdf:type",
    "rdfs:label",
    "skos:prefLabel",
    "dcterms:title",
    "inno:evidence",
    "inno:notStated",
    "inno:anchor",
    "inno:observation",
    "rdfs:comment",
    "skos:definition",
    "void:classPartition",
    "void:propertyPartition",
    "sh:select",
    "sh:ask",
    "sh:construct",
    "schema:text",
)

# Figures are told whole, by the row that says value and unit.
FIGURE_PARTS = (
    "sdmx-measure:obsValue",
    "inno:valueAsStated",
    "sdmx-attribute:unitMult",
    "sdmx-attribute:decimals",
)
# The order of facts: what it is about, when, how much, who says so; anything else follows by name.
ORDER = (
    "schema:headline",
    "sdmx-dimension:refArea",
    "inno:indicator",
    "inno:ranking",
    "inno:rank",
    "sdmx-dimension:refPeriod",
    "inno:periodAsStated",
    "sdmx-attribute:unitMeasure",
    "inno:verdict",
    "inno:reason",
    "inno:relativeDifference",
    "inno:relativeTo",
    "inno:reading",
    "inno:rowsRead",
    "inno:observationsAccepted",
    "inno:valuesMissing",
    "inno:rowsRepeated",
    "inno:rowsRefused",
    "inno:ratio",
    "inno:difference",
    "inno:annualGrowthRate",
    "inno:claimKind",
    "schema:author",
    "schema:spokenByCharacter",
    "schema:about",
    "inno:fromObservation",
    "inno:toObservation",
    "inno:factorAbove",
    "prov:wasDerivedFrom",
)


# Areas that hold cities are shown as cities are.
AREAS = {"schema:AdministrativeArea", "schema:Country", "schema:Place"}


def kind_of(classes: set[str], schemes: set[str], path: str) -> Kind | None:
    """The first kind that fits prefixed class names, scheme paths, or the thing's own path below the base."""
    if classes & AREAS:
        classes = classes | {"schema:City"}
    for kind in KINDS:
        if (
            kind.key in classes
            or kind.key in schemes
            or (kind.key.endswith("/") and path.startswith(kind.key))
        ):
            return kind
    return None

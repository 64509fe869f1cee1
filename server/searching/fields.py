"""What is searched: which properties hold words, and which things come first. Declared once, as data."""

from __future__ import annotations

from innograph.ontology.namespaces import DCTERMS, INNO, OA, QUDT, RDFS, SCHEMA, SDMX_DIMENSION, SKOS

# The columns of the index, the most telling first.
NAME, OTHER, ABOUT, QUOTED = range(4)
COLUMNS = ("name", "other", "about", "quoted")

PROPERTIES = {
    RDFS.label: NAME,
    SKOS.prefLabel: NAME,
    DCTERMS.title: NAME,
    SCHEMA.name: NAME,
    SKOS.altLabel: OTHER,
    SKOS.hiddenLabel: OTHER,
    SKOS.notation: OTHER,
    SCHEMA.alternateName: OTHER,
    SCHEMA.headline: OTHER,
    QUDT.currencyCode: OTHER,
    RDFS.comment: ABOUT,
    SKOS.definition: ABOUT,
    DCTERMS.description: ABOUT,
    SCHEMA.description: ABOUT,
    SCHEMA.jobTitle: ABOUT,
    INNO.periodAsStated: ABOUT,
    INNO.reading: ABOUT,
    SCHEMA.text: QUOTED,
    OA.exact: QUOTED,  # said of a selector; found as the fact that it supports
}

# What a figure is called: an observation has no label of its own.
FIGURE = INNO.CityObservation
FIGURE_PARTS = (INNO.indicator, SDMX_DIMENSION.refArea, SDMX_DIMENSION.refPeriod)

# Ranks by class: what most people look for has the lowest. Where many things match, the first thousands
# are compared, so the rank decides what these are.
RANKS = (
    (SCHEMA.City, SCHEMA.Place, SCHEMA.Country, SCHEMA.AdministrativeArea),
    (SCHEMA.Person, SCHEMA.Organization),
    (SCHEMA.Article, SCHEMA.CreativeWork, SCHEMA.Dataset),
    (SKOS.Concept,),
    (SCHEMA.Quotation, SCHEMA.Claim, INNO.RankingClaim, INNO.GrowthClaim),
)
OTHERS = len(RANKS)
FIGURES = OTHERS + 1

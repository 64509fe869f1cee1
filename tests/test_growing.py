"""Growing by articles: from a text to a published release, and after the text when it changes."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import RdfFormat, parse
from walkthrough import blocks, follow

from innograph.loader.authored import read_authored
from innograph.loader.cli import main
from innograph.loader.errors import InputError
from innograph.loader.evidence import Anchor
from innograph.loader.sources.creating import slug_of
from innograph.loader.sources.languages import detect
from innograph.loader.sources.locating import Absent, Ambiguous, Located, locate, occurrences
from innograph.loader.sources.moving import CHANGED, MOVED, STANDS, moves
from innograph.loader.sources.statements import statements
from innograph.loader.sources.tables import Dialect, rows
from innograph.ontology.namespaces import Names

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs" / "adding-an-article.md"
SECOND = Path(__file__).parent / "data" / "articles" / "second.md"
OWN = ROOT / "data" / "sources" / "beijing-innovation-2014-2023"
BASE = "https://w3id.org/innograph/"
TEXT = """Firms of Sampleville

Sampleville had 48.2 firms per head in 2014 and 262.9 in 2023; of 1,146 firms 146 are new.
"""


def innograph(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)


def authored(target: Path) -> None:
    """The project's data without its sources, which are checked elsewhere."""
    shutil.copytree(ROOT / "data", target, ignore=shutil.ignore_patterns("sources"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with one source begun from TEXT."""
    (tmp_path / "text.txt").write_text(TEXT, "utf-8")
    made = innograph("source", "new", "--data", tmp_path, "--slug", "sampleville", tmp_path / "text.txt")
    assert made.exit_code == 0, made.output
    return tmp_path / "sources" / "sampleville"


def locate_in(folder: Path, *options: object) -> Result:
    data = folder.parents[1]
    return innograph("source", "locate", "--data", data, "--text", data / "text.txt", *options, "sampleville")


def write_back(folder: Path, text: str, *options: object) -> Result:
    data = folder.parents[1]
    (data / "new.txt").write_bytes(text.encode())
    options = ("--write", "--source", "sampleville", "--text", data / "new.txt", *options)
    return innograph("evidence", "--data", data, *options)


# From a text to a release.


def test_an_article_is_added_as_described(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authored(tmp_path / "data")
    assert len(follow(GUIDE, tmp_path, monkeypatch)) == 15


def test_a_second_article_takes_the_same_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authored(tmp_path / "data")
    ran = follow(SECOND, tmp_path, monkeypatch)
    shown = [line[2:] for _, _, text in blocks(GUIDE) for line in text.splitlines() if line.startswith("$ ")]
    steps = [re.match(r"\w+(?: source \w+| [a-z]+)?", command) for command in shown if "grep" not in command]
    assert (
        [re.match(r"\w+(?: source \w+| [a-z]+)?", command)[0] for command in ran]
        == [  # type: ignore[index]
            step[0] for step in steps if step
        ][: len(ran)]
    )
    last = [command for command in shown if command.startswith("innograph query")]
    assert ran[-1].startswith("innograph query")
    assert last, "the guide ends its first round by a query, too"


def test_a_claim_without_claimant_is_refused_as_the_guide_says(tmp_path: Path) -> None:
    authored(tmp_path / "data")
    claim = next(text for _, file, text in blocks(GUIDE) if file.endswith("claims.ttl"))
    claim = claim.replace("schema:author <person/ada-example> ;", "")
    claim = re.sub(
        r'inno:anchor ("We[^"]*").*\.$', r'inno:anchor "0-26 We will open a laboratory," .', claim, flags=re.M
    )
    (tmp_path / "data" / "sources" / "exampleton-firms").mkdir(parents=True)
    (tmp_path / "data" / "sources" / "exampleton-firms" / "claims.ttl").write_text(claim, "utf-8")
    done = innograph("check", "--data", tmp_path / "data")
    assert done.exit_code == 1
    assert "shapes#claim-claimant" in done.output


def test_what_is_known_is_stated_and_what_is_not_is_said(tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("東京の研究\n\n研究所は百か所ある。", "utf-8")
    known = ("--author", "例田 花子", "--publisher", "Example “News” \\ Co", "--published", "2024-03")
    known += (
        "--licence",
        "https://creativecommons.org/licenses/by/4.0/",
        "--url",
        "https://example.org/a?b=1&c",
    )
    options = ("--data", tmp_path, "--slug", "tokyo", "--json")
    made = json.loads(innograph("source", "new", *options, *known, tmp_path / "text.txt").output)
    assert (made["language"], made["title"], made["length"]) == ("ja", "東京の研究", 17)
    quads = list(parse((tmp_path / "sources/tokyo/source.ttl").read_bytes(), RdfFormat.TURTLE, base_iri=BASE))
    said = {(q.subject.value, q.predicate.value.rpartition("/")[2]): q.object for q in quads}  # type: ignore[union-attr]
    source = f"{BASE}source/tokyo"
    assert str(said[source, "headline"]) == '"東京の研究"@ja'
    assert said[source, "datePublished"].value == "2024-03"  # type: ignore[union-attr]
    assert said[source, "url"].value == "https://example.org/a?b=1&c"  # type: ignore[union-attr]
    assert said[f"{BASE}person/author-of-tokyo", "name"].value == "例田 花子"  # type: ignore[union-attr]
    assert said[f"{BASE}organization/publisher-of-tokyo", "name"].value == "Example “News” \\ Co"  # type: ignore[union-attr]
    assert not any("notStated" in q.predicate.value for q in quads)


def test_a_draft_proposes_and_accepts_nothing(tmp_path: Path) -> None:
    """Invented words on what the reference data knows."""
    shutil.copytree(ROOT / "data" / "reference", tmp_path / "reference")
    text = (
        "北京市2020年技术合同成交额为9.5亿元。\n\nIn 2021, patents per 10,000 people in Beijing reached 12.5."
    )
    text += " About 77."
    (tmp_path / "text.txt").write_text(text, "utf-8")
    made = innograph(
        *("source", "new", "--data", tmp_path, "--slug", "drafted", "--title", "Drafted", "--language", "en"),
        *("--draft", "--json", tmp_path / "text.txt"),
    )
    assert made.exit_code == 0, made.output
    [(_, words, why)] = json.loads(made.stdout)["draft"]["open"]
    assert words == "About 77"
    assert "no indicator" in why
    folder = tmp_path / "sources" / "drafted"
    header, *rows = csv.reader((folder / "observations.draft.csv").read_text("utf-8").splitlines())
    assert header[:-1] == (folder / "observations.csv").read_text("utf-8").strip().split(",")
    assert [row[:7] for row in rows] == [
        ["beijing", "technology-contract-value", "2020", "9.5", "unit:CCY_CNY", "8", "A"],
        ["beijing", "patents-per-10000-people", "2021", "12.5", "per-10000-people", "0", "A"],
    ]
    for row in rows:
        phrases, starts, ends = (cell.split("|") for cell in row[7:10])
        for phrase, start, end in zip(phrases, starts, ends, strict=True):
            assert text[int(start) : int(end)] == phrase
    assert not any(
        t.predicate.value.endswith("obsValue") for t in read_authored(Names(), tmp_path).graphs["drafted"]
    )


def test_nothing_is_overwritten(folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    again = innograph(
        "source", "new", "--data", folder.parents[1], "--slug", "sampleville", folder.parents[1] / "text.txt"
    )
    assert again.exit_code == 1
    assert "is there already" in again.output
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in folder.parent.iterdir()] == ["sampleville"]


@pytest.mark.parametrize(
    ("text", "options", "code", "message"),
    [
        (b"\xff\xfe", (), 1, "not UTF-8 at byte 0"),
        (b" \n", (), 1, "the text is empty"),
        ("架空".encode() * 20, ("--title", "架空"), 2, "--slug"),
        (b"12 34\n\n56", ("--slug", "a"), 2, "--language"),
        (TEXT.encode(), ("--slug", "A b"), 1, "is no slug"),
        (TEXT.encode(), ("--slug", "derived"), 1, "names something else already"),
        (TEXT.encode(), ("--slug", "a", "--published", "May"), 1, "is not a year"),
        (TEXT.encode(), ("--slug", "a", "--url", "example.org"), 1, "is no address"),
        (TEXT.encode(), ("--slug", "a", "--language", "e n"), 1, "is no language tag"),
    ],
)
def test_what_cannot_be_begun_is_refused(
    tmp_path: Path, text: bytes, options: tuple[str, ...], code: int, message: str
) -> None:
    path = tmp_path / "文.txt"
    path.write_bytes(text)
    done = innograph("source", "new", "--data", tmp_path, *options, path)
    assert (done.exit_code, list(tmp_path.glob("sources/*"))) == (code, [])
    assert message in done.output


def test_a_new_source_has_the_table_of_those_before_it(folder: Path) -> None:
    def metadata(path: Path) -> dict[str, object]:
        text = (path / "observations.csv-metadata.json").read_text("utf-8").replace(path.name, "SLUG")
        return json.loads(text) | {"dc:title": ""}  # type: ignore[no-any-return]

    assert metadata(folder) == metadata(OWN)
    header = (OWN / "observations.csv").read_text("utf-8").splitlines()[0]
    assert (folder / "observations.csv").read_text("utf-8").splitlines() == [header]


def test_slugs_and_languages() -> None:
    assert slug_of("L’été à Genève: 3 new labs") == "lete-a-geneve-3-new-labs"
    assert slug_of("北京市") == ""
    assert [
        detect(t) for t in ("Le nombre de brevets déposés à Lyon a doublé.", "北京市技术合同成交额", "1 2 3")
    ] == [
        "fr",
        "zh",
        None,
    ]


# Phrases located.


def test_phrases_are_located_and_nothing_else_changes(folder: Path) -> None:
    table = folder / "observations.csv"
    header = table.read_text("utf-8").strip()
    written = (
        "\ufeff" + header + "\r\n"
        'x,y,2014,48.2,unit:NUM , 0,A,"in 2014|48.2",,,"a ""b"""\r\n'
        "\r\n"
        'x,y,2023,262.9,unit:NUM,0,A,"firms|262.9|nothing ""like"" it","|73|","|78|",\r\n'
        "x,y,2024,1,unit:NUM,0,A,146\r\n"
    )
    table.write_bytes(written.encode())
    turtle = (
        '@prefix i: <https://w3id.org/innograph/ontology#> . # no "anchor" here\n'
        '<claim/a> i:anchor \'Firms of Sampleville\' , """per\\u0020head""", "34-40 wrong" ;\n'
        "  i:label \"i:anchor '48.2'\" .\n"
    )
    (folder / "facts.ttl").write_text(turtle, "utf-8")
    done = locate_in(folder)
    assert done.exit_code == 1
    found = {name: TEXT.index(name) for name in ("in 2014", "48.2", "262.9", "146 are", "per head")}
    expected = (
        written.replace(
            '48.2",,,',
            f'48.2",{found["in 2014"]}|{found["48.2"]},{found["in 2014"] + 7}|{found["48.2"] + 4},',
        )
        .replace('"|73|","|78|"', f'"|{found["262.9"]}|","|{found["262.9"] + 5}|"')
        .replace("A,146\r", f"A,146,{found['146 are']},{found['146 are'] + 3}\r")
    )
    assert table.read_bytes().decode() == expected
    assert (folder / "facts.ttl").read_text("utf-8") == turtle.replace("'Firms", "'0-20 Firms").replace(
        '"""per', f'"""{found["per head"]}-{found["per head"] + 8} per'
    )
    assert "observations.csv:4:30: 'firms' stands at 2 places" in done.output
    assert "'nothing \"like\" it' stands nowhere" in done.output
    assert "'wrong' does not stand at 34; it stands nowhere" in done.output
    assert locate_in(folder, "--json").exit_code == 1
    assert table.read_bytes().decode() == expected


def test_a_dry_run_changes_nothing(folder: Path) -> None:
    (folder / "facts.ttl").write_text('<a> <https://w3id.org/innograph/ontology#anchor> "48.2" .', "utf-8")
    before = (folder / "facts.ttl").read_bytes()
    told = json.loads(locate_in(folder, "--dry-run", "--json").output)
    assert told["phrases"][0] | {"file": ""} == {
        **{"file": "", "line": 1, "column": 50, "phrase": "48.2"},
        **{"state": "located", "start": TEXT.index("48.2"), "end": TEXT.index("48.2") + 4},
    }
    assert (folder / "facts.ttl").read_bytes() == before


def test_another_text_is_not_taken_for_it(folder: Path) -> None:
    (folder.parents[1] / "text.txt").write_text(TEXT + "\n", "utf-8")
    assert "is not the text that sampleville was made from" in locate_in(folder).output
    assert (
        "there is no such source; there are: sampleville"
        in innograph(
            "source", "locate", "--data", folder.parents[1], "--text", folder / "source.ttl", "other"
        ).output
    )


@pytest.mark.parametrize(
    ("quote", "start", "message"),
    [
        ("a|b", "1", "2 phrases, but 1 entries in column start"),
        ("a|b", "1|x", "has 'x', which is no whole number"),
    ],
)
def test_cells_that_do_not_match_are_told(folder: Path, quote: str, start: str, message: str) -> None:
    table = folder / "observations.csv"
    table.write_text(table.read_text("utf-8") + f"x,y,2014,1,unit:NUM,0,A,{quote},{start},,\n", "utf-8")
    done = locate_in(folder)
    assert done.exit_code == 1
    assert "observations.csv:2:" in done.output
    assert message in done.output


def test_a_build_asks_for_places_that_are_not_there(folder: Path) -> None:
    table = folder / "observations.csv"
    table.write_text(table.read_text("utf-8") + "x,y,2014,1,unit:NUM,0,A,a|b,1|,2|,\n", "utf-8")
    (folder / "facts.ttl").write_text('<a> <https://w3id.org/innograph/ontology#anchor> "b" .', "utf-8")
    with pytest.raises(InputError) as refused:
        read_authored(Names(), folder.parents[1])
    assert str(refused.value).count("innograph source locate") == 2


def test_places_of_a_phrase() -> None:
    assert locate("of 1,146 firms 146 are", "146") == Located(15, 18)
    assert occurrences("48.25 and 148.2 and 48.2.", "48.2") == [20]
    assert occurrences("growing, grow", "grow") == [9]
    assert occurrences("growing", "grow") == [0]
    assert occurrences("1460", "146") == []
    assert occurrences("北京市的企业", "京市") == [1]
    assert occurrences("aaa", "") == []
    twice = locate("one, two, one", "one")
    assert isinstance(twice, Ambiguous)
    assert [place.start for place in twice.places] == [0, 10]
    near = locate("It counted “1,200 firms” in 2020", '"1,200 firms"')
    assert isinstance(near, Absent)
    assert near.nearest is not None
    assert near.nearest.words == "“1,200 firms”"
    assert "quotation marks" in near.hint
    assert locate("quite another text", "12345") == Absent(None)


@given(st.lists(st.lists(st.text('ab,"\n\r|', max_size=4), min_size=1, max_size=4), max_size=4))
def test_cells_are_found_wherever_they_are(table: list[list[str]]) -> None:
    table = [row for row in table if row != [""]]
    text = "\r\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in table)
    found = list(rows(text, Dialect()))
    assert [[cell.value for cell in row] for row in found] == table
    assert all(text[cell.start : cell.end].startswith('"') for row in found for cell in row)


def test_turtle_is_read_as_the_parser_reads_it() -> None:
    for path in [*sorted(OWN.glob("*.ttl")), *sorted((ROOT / "data" / "reference").glob("*.ttl"))]:
        text = path.read_text("utf-8")
        parsed = [
            (q.subject.value, q.predicate.value, q.object.value)  # type: ignore[union-attr]
            for q in parse(text, RdfFormat.TURTLE, base_iri=BASE)
        ]
        found = list(statements(text, BASE))
        assert [(s.subject.value, s.predicate.value, s.object.value) for s in found] == parsed
        assert all(text[s.object.start : s.object.end] == s.object.raw for s in found)


# A text that changes.


@pytest.fixture
def placed(folder: Path) -> Path:
    table = folder / "observations.csv"
    table.write_text(
        table.read_text("utf-8")
        + "x,y,2014,48.2,unit:NUM,0,A,48.2|firms per head in 2014,,,\n"
        + "x,y,2023,262.9,unit:NUM,0,A,262.9 in 2023,,,\n"
        + "x,z,2023,146,unit:NUM,0,A,146,,,\n",
        "utf-8",
    )
    assert locate_in(folder).exit_code == 0
    return folder


def test_anchors_follow_a_changed_text(placed: Path) -> None:
    text = TEXT.replace("Sampleville had", "By its own count, Sampleville had")
    done = write_back(placed, text, "--json")
    assert done.exit_code == 0
    told = json.loads(done.output)
    assert {anchor["state"] for anchor in told["anchors"]} == {MOVED}
    for anchor in told["anchors"]:
        assert text[anchor["to"]["start"] : anchor["to"]["end"]] == anchor["phrase"]
    source = (placed / "source.ttl").read_text("utf-8")
    assert told["sha256"]["actual"] in source
    assert told["sha256"]["expected"] not in source
    assert f"inno:textLength {len(text)} ;" in source
    (placed.parents[1] / "text.txt").write_text(text, "utf-8")
    assert "0 located, 4 stood already, 0 to mend" in locate_in(placed).output
    assert "of 4 phrases 4 stand, 0 moved, 0 refused" in write_back(placed, text).output


def test_a_changed_figure_is_refused_with_both_words(placed: Path) -> None:
    done = write_back(placed, TEXT.replace("48.2", "48.35").replace("146 are", "151 are") + "\nLine 48.2.\n")
    assert done.exit_code == 1
    assert "'48.2' has changed: the text now reads '48.35'" in done.output
    assert "'146' has changed: the text now reads '151'" in done.output
    lines = (placed / "observations.csv").read_text("utf-8").splitlines()
    assert lines[1].endswith("48.2|firms per head in 2014,|44,|66,")
    assert lines[3].endswith("146,,,")
    with pytest.raises(InputError, match="no place"):
        read_authored(Names(), placed.parents[1])


def test_the_same_digits_elsewhere_are_not_taken_for_the_figure() -> None:
    old = "There were 146 new firms counted in the city in 2014. That is all there is to say about it."
    anchors = [Anchor(11, 14, "146"), Anchor(15, 32, "new firms counted"), Anchor(54, 66, "That is all ")]
    new = old.replace("146", "151") + " Bus 146 goes there."
    found = moves(anchors, new)
    assert found[anchors[0]].state == CHANGED
    assert found[anchors[0]].now is not None
    assert found[anchors[0]].now.words == "151"
    assert [found[anchor].state for anchor in anchors[1:]] == [STANDS, STANDS]
    assert "elsewhere, at 96" in found[anchors[0]].in_words()


def test_of_several_places_the_one_in_context_is_taken() -> None:
    old = "In spring 20 firms opened. In autumn of that year 20 firms closed their doors."
    anchors = [
        Anchor(10, 12, "20"),
        Anchor(13, 25, "firms opened"),
        Anchor(50, 52, "20"),
        Anchor(53, 65, "firms closed"),
    ]
    new = old.replace("In spring", "It is known that in spring").replace(
        "of that year", "of the very same year"
    )
    found = moves(anchors, new)
    for anchor, following in ((anchors[0], " firms opened"), (anchors[2], " firms closed")):
        place = found[anchor].place
        assert place is not None
        assert new[place[1] :].startswith(following)


@given(st.integers(0, len(TEXT)), st.text("xyz ", min_size=1, max_size=30))
def test_whatever_is_inserted_anchors_keep_their_words(at: int, words: str) -> None:
    phrases = ("48.2", "firms per head in 2014", "262.9 in 2023", "146 are new", "had")
    anchors = [Anchor(TEXT.index(p), TEXT.index(p) + len(p), p) for p in phrases]
    new = TEXT[:at] + words + TEXT[at:]
    for anchor, move in moves(anchors, new).items():
        inside = anchor.start < at < anchor.end
        if move.place:
            assert new[slice(*move.place)] == anchor.phrase
            assert move.to in (anchor.start, anchor.start + len(words))
        else:
            assert inside or at in (anchor.start, anchor.end) or len(anchor.phrase) < 5, "what was not cut"

"""Whatever a table comes in, its text, its digits and its row numbers come out."""

from __future__ import annotations

import gzip
import io
import json
import random
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from innograph.loader.errors import InputError
from innograph.loader.merging.reading import Options, read

DATA = Path(__file__).parent / "data" / "merging"
PUSH = DATA / "samples" / "MarketPush.csv"
TEXT = PUSH.read_text("utf-8")
COLUMNS = ("province", "year", "chn_block4", "value", "units", "variables")
Rows = list[tuple[int, tuple[str | None, ...]]]


def rows(source: Path | str, options: Options | None = None) -> Rows:
    """The rows of a file that has one table."""
    (table,) = [(table.columns, list(table.rows)) for table in read(source, options)]
    return table[1]


def tables(source: Path | str, options: Options | None = None) -> dict[str, tuple[tuple[str, ...], Rows]]:
    return {table.name: (table.columns, list(table.rows)) for table in read(source, options)}


def refused(source: Path | str, options: Options | None = None) -> str:
    with pytest.raises(InputError) as error:
        tables(source, options)
    assert "to mend: " in str(error.value)
    return str(error.value)


PLAIN = rows(PUSH)


def test_rows_are_numbered_from_the_header_and_keep_their_digits() -> None:
    assert PLAIN[0][0] == 2
    assert len(PLAIN) == TEXT.count("\n") - 1
    cells = {cells for _, cells in PLAIN}
    assert ("北京", "2014", "金额", "31371853.967038", "万元", "v4_cg_jssc_je") in cells
    assert any(cells[3] is None for _, cells in PLAIN)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "gbk"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(TEXT.encode(encoding))
    assert rows(path) == PLAIN


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("shift_jis", "都道府県;年;値\n東京都;2014;13,4\n大阪府;2014;8,8\n"),
        ("euc_kr", "도시;연도;값\n서울;2014;3\n부산;2014;5\n"),
        ("big5", "縣市;年;數值\n臺北市;2014;5\n高雄市;2014;7\n"),
        ("latin-1", "Stadt;Jahr;Wert\nMünchen;2014;12,5\nKöln;2014;3,4\n"),
        ("cp1251", "Город;Год;Значение\nМосква;2014;5\nКазань;2014;6\n"),
    ],
)
def test_other_encodings(tmp_path: Path, encoding: str, text: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode(encoding))
    (table,) = read(path)
    assert table.columns == tuple(text.splitlines()[0].split(";"))
    assert [cells for _, cells in table.rows] == [tuple(line.split(";")) for line in text.splitlines()[1:]]


def test_an_encoding_that_is_stated_wins_and_a_wrong_one_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("Stadt;Wert\nKöln;5\n".encode("latin-1"))
    assert rows(path, Options(encoding="cp850"))[0][1][0] == "K÷ln"
    assert "state the encoding" in refused(path, Options(encoding="utf-8"))
    assert "use a name such as utf-8" in refused(path, Options(encoding="utf-99"))
    path.write_bytes(b"\x01\x00\x00\x02\xff\xfe" * 50)
    assert "NUL" in refused(path)


@pytest.mark.parametrize(
    ("text", "columns", "first"),
    [
        ("a\tb,c\n1\t2,3\n", ("a", "b,c"), (2, ("1", "2,3"))),
        ("a;b;c\nx;1,5;2,5\n", ("a", "b", "c"), (2, ("x", "1,5", "2,5"))),
        ("a|b\n1|2\n", ("a", "b"), (2, ("1", "2"))),
        ('a,b\n"x\ny",2\n', ("a", "b"), (2, ("x\ny", "2"))),
        (
            "Table 5: a title, with a comma\n\nplace,year,v\nX,2014,1\nY,2014,2\n",
            ("place", "year", "v"),
            (4, ("X", "2014", "1")),
        ),
        ("a,b,\n1,2,\n", ("a", "b"), (2, ("1", "2"))),
        ("sep=;\na;b;c\n1;2;3\n", ("a", "b", "c"), (3, ("1", "2", "3"))),
        ("| a | b |\n|---|:--|\n| x | 1 |\n", ("column 1", "a", "b"), (3, (None, "x", "1"))),
        ("a,a,,a\n1,2,3,4\n", ("a", "a (2)", "column 3", "a (3)"), (2, ("1", "2", "3", "4"))),
    ],
)
def test_delimiters_titles_and_headers(
    tmp_path: Path, text: str, columns: tuple[str, ...], first: object
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text, "utf-8")
    (table,) = read(path)
    assert (table.columns, next(iter(table.rows))) == (columns, first)


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "Ciudad;Año;Población\nMálaga;2020;5\nCórdoba;2020;6\n"),
        ("cp1252", "Município;Ano;População\nSão Paulo;2020;5\nMaceió;2020;6\n"),
        ("cp1250", "Miasto;Rok;Ludność\nKraków;2020;5\nGdańsk;2020;6\n"),
        ("cp1250", "Város;Év;Népesség\nGyőr;2020;5\nPécs;2020;6\n"),
        ("cp1250", "Město;Rok;Počet\nPlzeň;2020;5\nDěčín;2020;6\n"),
    ],
)
def test_code_pages_are_told_by_where_their_letters_stand(tmp_path: Path, encoding: str, text: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode(encoding))
    (table,) = read(path)
    assert (table.columns, [cells for _, cells in table.rows]) == (
        tuple(text.split("\n")[0].split(";")),
        [tuple(line.split(";")) for line in text.splitlines()[1:]],
    )


def test_bytes_that_only_look_like_utf16_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(bytes(range(256)) * 9)
    assert "not a text" in refused(path)


def test_a_header_of_two_rows_is_joined(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(",2014,,2015,\ncity,GDP,Pop,GDP,Pop\nX,1,2,3,4\n", "utf-8")
    (table,) = read(path, Options(header=(1, 2)))
    assert table.columns == ("city", "2014 / GDP", "2014 / Pop", "2015 / GDP", "2015 / Pop")
    assert "no row 9" in refused(path, Options(header=(9,)))


def test_ragged_rows_stay_as_they_are_and_empty_ones_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b,c\n1,2,3\n\n1,2\n1,2,3,4\n", "utf-8")
    assert rows(path) == [(2, ("1", "2", "3")), (4, ("1", "2")), (5, ("1", "2", "3", "4"))]


def test_what_is_compressed_or_archived_is_read(tmp_path: Path) -> None:
    gz, zst, archive = tmp_path / "a.csv.gz", tmp_path / "a.csv.zst", tmp_path / "a.zip"
    gz.write_bytes(gzip.compress(TEXT.encode()))
    zst.write_bytes(zstandard.compress(TEXT.encode()))
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as members:
        members.writestr("d/push.csv", TEXT)
        members.writestr("d/other.csv.gz", gzip.compress(TEXT.encode()))
        members.writestr("README.md", "# hello")
        members.writestr("../../evil.csv", "a,b\n1,2\n")
        members.writestr("__MACOSX/._push.csv", b"\x00\x05")
    assert rows(gz) == rows(zst) == PLAIN
    found = tables(archive)
    assert found["d/push.csv"][1] == found["d/other.csv.gz"][1] == PLAIN
    assert set(found) == {"d/push.csv", "d/other.csv.gz", "../../evil.csv"}
    assert not (tmp_path.parent / "evil.csv").exists()
    assert set(tables(archive, Options(tables=("d/p*",)))) == {"d/push.csv"}
    assert "no table named x" in refused(archive, Options(tables=("x",)))


def test_bombs_and_broken_files_are_refused(tmp_path: Path) -> None:
    bomb, line, cut, packed = (
        tmp_path / name for name in ("bomb.csv.gz", "line.csv", "cut.csv.gz", "packed.csv.gz")
    )
    bomb.write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 500_000))
    assert "unpacks to more than 1,000,000 bytes" in refused(bomb, Options(limit=1_000_000))
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as members:
        members.writestr("a.csv", b"0" * 2_000_000)
    assert "more than 1,000 or 1,000,000" in refused(tmp_path / "bomb.zip", Options(limit=1_000_000))
    line.write_bytes(b"a,b\n" + b"x" * 1_100_000)
    assert "line of over" in refused(line)
    cut.write_bytes(gzip.compress(TEXT.encode())[:-20])
    assert "cannot be read to its end" in refused(cut)
    inner = TEXT.encode()
    for _ in range(5):
        inner = gzip.compress(inner)
    packed.write_bytes(inner)
    assert "packed more than 3 times" in refused(packed)
    unclosed = tmp_path / "unclosed.csv"
    unclosed.write_text('a,b\n1,"2\n' + "1,2\n" * 100_000, "utf-8")
    assert "opened and not closed" in refused(unclosed)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"<!DOCTYPE html><html></html>", "web page"),
        ("a.csv", b"%PDF-1.7", "a document"),
        ("a.csv", b"no table\n", "no two columns"),
        ("a.ttl", b"@prefix a: <b> .", "is RDF"),
        ("a.json", b'{"a": ', "is no JSON"),
        ("a.json", b"[" * 100_000, "nested too deeply"),
        ("a.json", b"[1, 2]", "no array of objects"),
        ("a.xml", b"<x/>", "XML of an unknown kind"),
        ("a.xlsx", b"PK\x03\x04nonsense", "cannot be read"),
        ("a.parquet", b"PAR1nonsense", "no Parquet"),
    ],
)
def test_what_is_no_table_is_told(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert says in refused(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    assert "no such file" in refused(tmp_path / "none.csv")


# Excel and OpenDocument


def workbook(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Data"
    sheet["B2"] = "A title"
    for cell, value in {
        "B4": "city",
        "C4": "2014",
        "D4": "2015",
        "B5": "北京",
        "C5": 31371853.967038,
        "D5": 1e-7,
    }.items():
        sheet[cell] = value
    sheet["B6"], sheet["C6"], sheet["D6"] = "上海", 5, True
    second = book.create_sheet("Second")
    second.append(["city", "value"])
    second.append(["X", 0.30000000000000004])
    book.create_sheet("Empty")
    book.save(path)


def damaged(path: Path) -> None:
    """What a tool chain of spreadsheets leaves: a wrong dimension and a drawing that is not there."""
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    start = sheet.index(b'<dimension ref="') + 16
    sheet = sheet[:start] + b"A1" + sheet[sheet.index(b'"', start) :]
    relations = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    drawing = b'<drawing xmlns:r="' + relations + b'" r:id="rId9"/></worksheet>'
    parts["xl/worksheets/sheet1.xml"] = sheet.replace(b"</worksheet>", drawing)
    parts["xl/worksheets/_rels/sheet1.xml.rels"] = (
        b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        b'<Relationship Id="rId9" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/drawing" '
        b'Target="../drawings/drawing1.xml"/></Relationships>'
    )
    with zipfile.ZipFile(path, "w") as book:
        for name, content in parts.items():
            book.writestr(name, content)


@pytest.mark.parametrize("broken", [False, True])
def test_every_sheet_is_a_table_also_of_a_damaged_workbook(tmp_path: Path, broken: bool) -> None:
    path = tmp_path / "a.xlsx"
    workbook(path)
    if broken:
        damaged(path)
        with pytest.raises(KeyError):  # so that the damage is what a common reader trips over
            openpyxl.load_workbook(path)
    found = tables(path)
    assert set(found) == {"Data", "Second"}
    assert found["Data"] == (
        ("city", "2014", "2015"),
        [(5, ("北京", "31371853.967038", "0.0000001")), (6, ("上海", "5", "true"))],
    )
    assert rows(path, Options(decimal=",", tables=("Data",)))[0][1][1] == "31371853,967038"


def test_an_opendocument_sheet_is_read(tmp_path: Path) -> None:
    cells = "".join(
        f'<table:table-row><table:table-cell office:value-type="string"><text:p>{place}</text:p></table:table-cell>'
        f'<table:table-cell office:value-type="float" office:value="{value}"/>'
        "</table:table-row>"
        for place, value in (("X", "1.5"), ("Y", "2"))
    )
    names = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{name}</text:p></table:table-cell>'
        for name in ("place", "v")
    )
    content = (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="S"><table:table-row>{names}</table:table-row>{cells}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    path = tmp_path / "a.ods"
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        book.writestr("content.xml", content)
        book.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
    assert tables(path) == {"S": (("place", "v"), [(2, ("X", "1.5")), (3, ("Y", "2"))])}


# Parquet and JSON


def test_parquet_keeps_digits_of_every_type(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table = pa.table(
        {
            "place": pa.array(["北京", "上海"]).dictionary_encode(),
            "f64": [31371853.967038, float("nan")],
            "f32": pa.array([0.1, None], pa.float32()),
            "dec": pa.array([Decimal("1.50"), None], pa.decimal128(10, 2)),
            "at": [{"year": 2014}, {"year": 2015}],
        }
    )
    pq.write_table(table, path)
    (found,) = tables(path).values()
    assert found == (
        ("place", "f64", "f32", "dec", "at.year"),
        [(1, ("北京", "31371853.967038", "0.1", "1.50", "2014")), (2, ("上海", None, None, None, "2015"))],
    )


@pytest.mark.parametrize(
    ("value", "columns", "cells"),
    [
        ([{"city": "A", "at": {"year": 2014}, "v": 1.5}], ("city", "at.year", "v"), ("A", "2014", "1.5")),
        ({"data": [{"city": "A", "v": 1}], "title": "T"}, ("city", "v"), ("A", "1")),
        ([{"city": "A", "series": [{"y": 1, "v": 2}]}], ("city", "series.y", "series.v"), ("A", "1", "2")),
        ([{"page": 1}, [{"country": {"id": "CN"}, "value": 3}]], ("country.id", "value"), ("CN", "3")),
        ({"city": ["A", "B"], "v": [1, 2]}, ("city", "v"), ("A", "1")),
        ({"A": {"2014": 1, "2015": 2}}, ("key 1", "key 2", "value"), ("A", "2014", "1")),
    ],
)
def test_json_of_many_shapes(
    tmp_path: Path, value: object, columns: tuple[str, ...], cells: tuple[str, ...]
) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(value), "utf-8")
    found = [table for table in tables(path).values() if table[0] == columns]
    assert found[0][1][0] == (1, cells)


def test_json_numbers_keep_their_zeros(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('[{"v": 48.20, "w": 1.5e3, "x": NaN}]', "utf-8")
    assert rows(path) == [(1, ("48.20", "1500", None))]
    path = tmp_path / "a.jsonl"
    path.write_text('{"v": 48.20}\n\n{"v": 1, "w": 2}\n', "utf-8")
    assert rows(path) == [(1, ("48.20", None)), (3, ("1", "2"))]


def test_nested_json_of_a_real_survey() -> None:
    found = tables(DATA / "samples" / "innovationserhebung.json")
    columns, lines = found["base_line_interactive"]
    assert columns == ("key 1", "key 2", "key 3", "x", "nahrung", "insgesamt", "beschaeftigte_5_9")
    assert lines[0][1] == (
        "base_line_interactive",
        "ber",
        "anzahl_unternehmen_insgesamt",
        "2012",
        "245.0",
        "5656.0",
        "2409.0",
    )
    assert found["anteil"][0] == ("key 1", "key 2", "key 3", "key 4", "key 5", "value")


# JSON-stat and SDMX

CUBE = {
    "version": "2.0",
    "class": "dataset",
    "label": "Patents",
    "source": "Office",
    "id": ["geo", "time", "metric"],
    "size": [2, 2, 1],
    "role": {"time": ["time"], "geo": ["geo"], "metric": ["metric"]},
    "dimension": {
        "geo": {"category": {"index": ["BJ", "SH"], "label": {"BJ": "Beijing", "SH": "Shanghai"}}},
        "time": {"category": {"index": {"2014": 1, "2013": 0}}},
        "metric": {
            "category": {
                "label": {"P": "Patents"},
                "unit": {"P": {"decimals": 2, "label": "per 10,000 people"}},
            }
        },
    },
    "value": [1, 2.5, None, 4],
    "status": {"1": "e"},
}


def test_json_stat_2_and_1(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(CUBE), "utf-8")
    (table,) = read(path)
    second = list(table.rows)[1]
    assert table.columns == (
        "geo",
        "geo label",
        "time",
        "metric",
        "metric label",
        "value",
        "status",
        "unit",
        "multiplier",
        "decimals",
    )
    assert second == (
        2,
        ("BJ", "Beijing", "2014", "P", "Patents", "2.50", "e", "per 10,000 people", None, "2"),
    )
    assert (table.described["title"], table.described["publisher"], table.described["role:geo"]) == (
        "Patents",
        "Office",
        "geo",
    )
    sparse = {**CUBE, "value": {"3": 4}}
    path.write_text(
        json.dumps({"class": "collection", "version": "2.0", "link": {"item": [CUBE, sparse]}}), "utf-8"
    )
    assert [len(list(found.rows)) for found in read(path)] == [4, 4]
    old = {
        "dataset": {
            "dimension": {**CUBE["dimension"], "id": CUBE["id"], "size": CUBE["size"], "role": CUBE["role"]},  # type: ignore[dict-item]
            "value": [1, 2, 3, 4],
        }
    }
    path.write_text(json.dumps(old), "utf-8")
    assert rows(path)[3][1][5] == "4.00"
    path.write_text(json.dumps({**CUBE, "size": [3, 2, 1]}), "utf-8")
    assert "geo has 2 categories where its size is 3" in refused(path)
    path.write_text(
        json.dumps(
            {"class": "collection", "version": "2.0", "link": {"item": [{"href": "x", "class": "dataset"}]}}
        )
    )
    assert "merge what it points to" in refused(path)


def test_sdmx_csv_of_both_versions(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "DATAFLOW,REF_AREA: Area,TIME_PERIOD: Time,OBS_VALUE,OBS_STATUS\nT:D(1.0),CN: China,2014,48.20,A\n",
        "utf-8",
    )
    (table,) = read(path)
    assert table.columns == (
        "DATAFLOW",
        "REF_AREA",
        "REF_AREA label",
        "TIME_PERIOD",
        "OBS_VALUE",
        "OBS_STATUS",
    )
    assert list(table.rows) == [(2, ("T:D(1.0)", "CN", "China", "2014", "48.20", "A"))]
    assert table.described["role:REF_AREA"] == "geo"
    path.write_text(
        "STRUCTURE;STRUCTURE_ID;ACTION;REF_AREA;TIME_PERIOD;OBS_VALUE\ndataflow;T:D(1.0);I;CN;2014;1\ndataflow;T:D(1.0);D;CN;2015;\n",
        "utf-8",
    )
    assert [number for number, _ in rows(path)] == [2]


@pytest.mark.parametrize("name", ["generic.xml", "structure-specific.xml", "structure-specific-3.xml"])
def test_sdmx_ml(name: str) -> None:
    (table,) = read(DATA / "sdmx" / name)
    found = [dict(zip(table.columns, cells, strict=True)) for _, cells in table.rows]
    first = {
        key: found[0][key]
        for key in ("REF_AREA", "INDICATOR", "TIME_PERIOD", "OBS_VALUE", "OBS_STATUS", "UNIT_MULT")
    }
    assert first == {
        **{
            "REF_AREA": "CN_BJ",
            "INDICATOR": "PAT",
            "TIME_PERIOD": "2014",
            "OBS_VALUE": "48.20",
            "OBS_STATUS": "A",
            "UNIT_MULT": "0",
        }
    }
    assert (found[1]["OBS_STATUS"], found[2]["OBS_VALUE"]) == ("F", None)


def test_sdmx_ml_with_entities_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    text = (DATA / "sdmx" / "generic.xml").read_text("utf-8")
    path.write_text(text.replace("?>", '?><!DOCTYPE x [<!ENTITY a "b">]>', 1), "utf-8")
    assert "document type" in refused(path)


# Metadata beside a table


def test_csvw_metadata_says_how_to_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("# c\nStadt;Wert\nKöln;x\nBonn;5\n".encode("latin-1"))
    (tmp_path / "a.csv-metadata.json").write_text(
        json.dumps(
            {
                "@context": ["http://www.w3.org/ns/csvw", {"@language": "de"}],
                "url": "a.csv",
                "dc:title": {"@value": "Titel"},
                "dc:license": {"@id": "https://creativecommons.org/licenses/by/4.0/"},
                "dialect": {"encoding": "latin-1", "delimiter": ";", "commentPrefix": "#", "skipRows": 1},
                "tableSchema": {
                    "columns": [{"titles": "Stadt"}, {"titles": "Wert", "null": ["x"], "qudt:unit": "km2"}]
                },
            }
        ),
        "utf-8",
    )
    (table,) = read(tmp_path / "a.csv")
    assert (table.columns, list(table.rows)) == (("Stadt", "Wert"), [(3, ("Köln", None)), (4, ("Bonn", "5"))])
    said = {key: table.described[key] for key in ("title", "licence", "language", "unit:Wert")}
    assert said == {
        **{
            "title": "Titel",
            "licence": "https://creativecommons.org/licenses/by/4.0/",
            "language": "de",
            "unit:Wert": "km2",
        }
    }
    assert tables(tmp_path / "a.csv-metadata.json") == tables(tmp_path / "a.csv")


def test_data_packages_beside_real_tables() -> None:
    samples = DATA / "samples"
    (rates,) = read(samples / "exchange-rates" / "annual.csv")
    assert rates.described["licence"] == "http://opendatacommons.org/licenses/pddl/1.0/"
    assert "Only AUD" in rates.described["description:Exchange rate"]
    (cities,) = read(samples / "owid-city-populations.csv")  # its package names another path
    assert cities.described["publisher"].startswith("United Nations")
    (patents,) = read(
        samples / "owid-patent-rates" / "patent-and-publication-rates.csv"
    )  # found by its fields
    assert patents.described["title"].startswith("Patent and publication rates")
    assert "there is no such file" in refused(samples / "exchange-rates" / "datapackage.json")


def test_missing_markers_of_a_data_package(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("city,v\nX,-99\nY,5\n", "utf-8")
    resource = {
        "path": "a.csv",
        "schema": {"fields": [{"name": "city"}, {"name": "v"}], "missingValues": ["-99"]},
    }
    (tmp_path / "datapackage.json").write_text(json.dumps({"resources": [resource]}), "utf-8")
    assert rows(tmp_path / "a.csv") == [(2, ("X", None)), (3, ("Y", "5"))]
    assert rows(tmp_path / "datapackage.json") == rows(tmp_path / "a.csv")


def test_eurostat_bulk_tables(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("freq,unit,geo\\TIME_PERIOD\t2014 \t2015 \nA,NR,DE1\t12.3 p\t: \n", "utf-8")
    (table,) = read(path)
    assert (table.columns, list(table.rows)) == (
        ("freq", "unit", "geo", "2014", "2015"),
        [(2, ("A", "NR", "DE1", "12.3 p", ":"))],
    )


# Addresses, and memory


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    handler = partial(SimpleHTTPRequestHandler, directory=str(DATA / "samples"))
    handler.log_message = lambda *_: None  # type: ignore[attr-defined]
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_addresses_are_fetched(address: str) -> None:
    assert rows(f"{address}/MarketPush.csv") == PLAIN
    assert "answers 404" in refused(f"{address}/none.csv")
    assert "longer than 100 bytes" in refused(f"{address}/MarketPush.csv", Options(limit=100))
    assert "cannot be fetched" in refused("http://127.0.0.1:9/a.csv")


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    small, large = tmp_path / "small.csv", tmp_path / "large.csv"
    for path, count in ((small, 10_000), (large, 200_000)):
        lines = io.StringIO()
        numbers = random.Random(5)
        lines.writelines(f"city-{n},{numbers.random()},some words to make it longer\n" for n in range(count))
        path.write_text("city,value,note\n" + lines.getvalue(), "utf-8")
    program = (
        "import resource, sys; from innograph.loader.merging.reading import read\n"
        "for table in read(__import__('pathlib').Path(sys.argv[1])): n = sum(1 for _ in table.rows)\n"
        "print(n, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    used = []
    for path, count in ((small, 10_000), (large, 200_000)):
        result = subprocess.run(
            [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
        )
        rows_read, memory = map(int, result.stdout.split())
        assert rows_read == count
        used.append(memory)
    assert used[1] < used[0] + 8_000  # kilobytes; the large file has eleven megabytes

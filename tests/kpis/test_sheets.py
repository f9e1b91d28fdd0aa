import gzip
import zipfile
from contextlib import suppress
from datetime import date
from pathlib import Path
from random import Random

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpis import sheets
from kpis.sheets import UnreadableFile, fingerprint, read

MESSY = Path(__file__).parents[3] / "shared" / "data" / "messy_spreadsheets"
real = pytest.mark.skipif(not MESSY.is_dir(), reason="the folder of messy spreadsheets is not here")


def written(folder, content: bytes, name="table.csv"):
    path = folder / name
    path.write_bytes(content)
    return path


def cells(path, **how):
    return [row for _, row in read(path, **how).rows]


@pytest.fixture
def workbook(tmp_path):
    """Writes a workbook from {sheet: rows}."""

    def write(pages, name="book.xlsx"):
        with xlsxwriter.Workbook(tmp_path / name, {"default_date_format": "yyyy-mm-dd"}) as book:
            for title, rows in pages.items():
                sheet = book.add_worksheet(title)
                for number, row in enumerate(rows):
                    sheet.write_row(number, 0, row)
        return tmp_path / name

    return write


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path):
    path = written(tmp_path, b'a,b\n\n"two\nlines",1\nlast,2\n')
    assert list(read(path).rows) == [(1, ["a", "b"]), (2, []), (3, ["two\nlines", "1"]), (4, ["last", "2"])]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path, delimiter):
    rows = [["date", "value"], ["2026-01-01", "1.5"], ["2026-02-01", "2.5"]]
    path = written(tmp_path, "\n".join(delimiter.join(row) for row in rows).encode())
    assert cells(path) == rows


def test_decimal_commas_do_not_pass_for_the_delimiter(tmp_path):
    path = written(tmp_path, b"name;a;b\nx;1,5;2,5\ny;3,25;4,5\n")
    assert cells(path)[1] == ["x", "1,5", "2,5"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_the_encoding_is_found(tmp_path, encoding):
    path = written(tmp_path, "Größe,Straße\nMünchen,€5\n".encode(encoding))
    assert cells(path) == [["Größe", "Straße"], ["München", "€5"]]


def test_old_line_ends_and_gzip_make_no_difference(tmp_path):
    plain = written(tmp_path, b"a,b\r1,2\r")
    zipped = written(tmp_path, gzip.compress(b"a,b\r\n1,2\r\n"), "table.csv.gz")
    assert cells(plain) == cells(zipped) == [["a", "b"], ["1", "2"]]


def test_a_workbook_gives_typed_cells_of_its_first_sheet_with_something_in_it(workbook):
    path = workbook({"Notes": [], "Data": [["day", "n"], [date(2026, 11, 22), 1.5], [True, "text"]]})
    assert cells(path) == [["day", "n"], [date(2026, 11, 22), 1.5], [True, "text"]]


def test_a_sheet_is_chosen_by_name_and_a_wrong_name_is_answered_with_the_right_ones(workbook):
    path = workbook({"One": [["a"]], "Two": [["b"]]})
    assert cells(path, sheet="Two") == [["b"]]
    with pytest.raises(UnreadableFile, match="no sheet “Three”, but “One”, “Two”"):
        cells(path, sheet="Three")


def test_what_a_file_is_its_content_says_and_not_its_name(workbook, tmp_path):
    assert cells(workbook({"One": [["a"]]}, name="book.csv")) == [["a"]]
    assert cells(written(tmp_path, b"a,b\n1,2\n", "table.xlsx")) == [["a", "b"], ["1", "2"]]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"a,b\n\0,1\n", "NUL bytes"),
        (b"\x1f\x8b\x08\0broken", "damaged or cut off"),
        (gzip.compress(b"a,b\n" * 9000, mtime=0)[:60], "damaged or cut off"),
        (b"PK\x03\x04broken", "damaged or cut off"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1broken", "damaged, or no spreadsheet"),
        (b"%PDF-1.7\n", "no table"),
        (b'a,b\n"never closed,' + b"x" * 2**21, "quotation mark"),
        (b"a,b\n" + "Ä,Ö\n".encode() * 40000 + b"\xff\xfe\xfa\n" * 1, "encoding"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_one_sentence(tmp_path, content, reason):
    with pytest.raises(UnreadableFile, match=f"table.csv cannot be read: .*{reason}"):
        cells(written(tmp_path, content), encoding="utf-8" if "encoding" in reason else None)


def test_a_file_that_is_not_there_is_named():
    with pytest.raises(UnreadableFile, match="There is no file /nowhere.csv"):
        read("/nowhere.csv")
    with pytest.raises(UnreadableFile, match="is a directory"):
        fingerprint("/")


def test_an_archive_is_no_spreadsheet_and_a_bomb_is_not_unpacked(tmp_path, monkeypatch):
    path = tmp_path / "archive.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/other.xml", "x" * 1000)
    with pytest.raises(UnreadableFile, match="archive, but no spreadsheet"):
        read(path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", "x" * 1000)
    monkeypatch.setattr(sheets, "UNPACKED", 1500)
    with pytest.raises(UnreadableFile, match="it unfolds to"):
        read(path)


def test_two_cells_at_opposite_corners_do_not_fill_the_memory(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "sparse.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, 1)
        sheet.write(1048575, 16383, 2)
    with pytest.raises(UnreadableFile, match="more memory or time than it may"):
        cells(tmp_path / "sparse.xlsx")


def test_a_long_text_in_many_cells_does_not_fill_the_memory(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "repeated.xlsx", {"constant_memory": False}) as book:
        sheet = book.add_worksheet()
        for row in range(20000):
            sheet.write(row, 0, "x" * 32000)
    with pytest.raises(UnreadableFile, match="more memory or time than it may"):
        cells(tmp_path / "repeated.xlsx")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(content=st.binary(max_size=200))
def test_whatever_is_in_a_file_it_is_read_or_refused(tmp_path, content):
    with suppress(UnreadableFile):
        list(read(written(tmp_path, b"a,b\n" + content)).rows)


def test_a_damaged_workbook_is_read_or_refused(workbook):
    path = workbook({"One": [["a", 1.5]] * 50})
    whole, chance = path.read_bytes(), Random(47)
    for _ in range(20):
        broken = bytearray(whole[: chance.randrange(40, len(whole))])
        broken[chance.randrange(len(broken))] ^= 0xFF
        with suppress(UnreadableFile):
            cells(written(path.parent, bytes(broken)))


@real
def test_every_messy_spreadsheet_is_read_or_refused_with_a_reason():
    refused = {}
    for path in sorted(MESSY.glob("*/*.*")):
        try:
            assert cells(path) or path.stat().st_size == 0
        except UnreadableFile as error:
            refused[path.name] = str(error)
    assert list(refused) == ["null_byte.csv"]


@real
@pytest.mark.parametrize(
    ("name", "row", "expected"),
    [
        ("csvkit/mac_newlines.csv", 1, ["1", "2", "3"]),
        ("csvkit/test_latin1.csv", 2, ["4", "5", "©"]),
        ("csvkit/test_utf16_big.csv", 2, ["4", "5", "ʤ"]),
        ("frictionless/delimiter.csv", 2, ["2", "中国人"]),
        ("frictionless/dialect.csv", 1, ["1", "#english#"]),
        ("frictionless/merged-cells.xls", 0, ["data"]),
        ("frictionless/preserve-formatting-percentage.xlsx", 1, [123.0, 0.52]),
    ],
)
def test_messy_spreadsheets_say_what_is_in_them(name, row, expected):
    assert cells(MESSY / name)[row] == expected

"""Tables as files: text always inert, numbers as numbers."""

import csv
import io
from datetime import date
from decimal import Decimal

import xlsxwriter
from django.http import HttpResponse

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
FORMATS = ["csv", "xlsx"]


def inert(cell):
    """Text that a spreadsheet would take for a formula gets an apostrophe in front."""
    if isinstance(cell, str) and cell.startswith(FORMULA):
        return "'" + cell
    return "" if cell is None else cell


def as_csv(header: list[str], rows: list[list]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([inert(cell) for cell in header])
    for row in rows:
        writer.writerow([f"{cell:f}" if isinstance(cell, Decimal) else inert(cell) for cell in row])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def as_xlsx(header: list[str], rows: list[list]) -> bytes:
    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(file, options) as book:
        sheet, bold = book.add_worksheet("Opsroom"), book.add_format({"bold": True})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.freeze_panes(1, 0)
        for column, name in enumerate(header):
            sheet.write_string(0, column, name, bold)
        for number, row in enumerate(rows, 1):
            for column, cell in enumerate(row):
                write(sheet, number, column, cell, day)
    return file.getvalue()


def write(sheet, row, column, cell, day):
    if isinstance(cell, date):
        sheet.write_datetime(row, column, cell, day)
    elif isinstance(cell, Decimal | int | float):
        sheet.write_number(row, column, float(cell))
    elif cell is not None:
        sheet.write_string(row, column, str(cell))


def download(kind: str, name: str, header: list[str], rows: list[list]) -> HttpResponse:
    types = {
        "csv": "text/csv; charset=utf-8",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
    body = (as_csv if kind == "csv" else as_xlsx)(header, rows)
    return HttpResponse(
        body, content_type=types[kind], headers={"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
    )

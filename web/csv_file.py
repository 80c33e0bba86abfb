"""How a page's table leaves as a CSV file that a spreadsheet opens without running anything in it."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from django.http import HttpResponse

#: Spreadsheets take a cell that begins so for a formula. (OWASP, CSV injection)
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")


def cell(value: object) -> str:
    """Write a value as a cell: nothing for None, and an apostrophe before whatever would be taken for a formula."""
    words = "" if value is None else str(value)
    is_formula = words.lstrip(" \u00a0\ufeff").startswith(FORMULA) and not _is_number(words)
    return f"'{words}" if is_formula else words


def _is_number(words: str) -> bool:
    return (
        words.removeprefix("-").replace(".", "", 1).isascii() and words.removeprefix("-").replace(".", "", 1).isdigit()
    )


def csv_response(name: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """Answer a table as a file of this name, for keeping; the name is read over shoulders and names nobody."""
    written = StringIO()
    writer = csv.writer(written)
    writer.writerow([cell(each) for each in headings])
    writer.writerows([cell(each) for each in row] for row in rows)
    # The mark at the beginning tells spreadsheets that the letters are UTF-8.
    response = HttpResponse("\ufeff" + written.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response

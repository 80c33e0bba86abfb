"""What rows does one XML file of a release hold?

Streamed: one record is in memory at a time, however large the file. Contents are checked against the layout
here, so that the database only ever sees well-formed rows; a file that breaks its own structure is refused
with the place.
"""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import IO
from xml.etree import ElementTree

from emar.dmd.archive import ReleaseFile, ReleaseRefused
from emar.dmd.layout import CODE, DATE, FLAG, GTIN, NUMBER, PENCE, WORDS, Column, Record

Row = tuple[str | None, ...]

LONGEST_WORDS = 1000
LARGEST_NUMBER = Decimal(10) ** 12
_CODE = re.compile(r"[0-9]{1,18}", re.ASCII)
_PENCE = re.compile(r"[0-9]{1,9}", re.ASCII)


class _Malformed(ValueError):
    """One element's content is not what the layout promises."""


class _Counted:
    """A file that tells how many bytes were read from it, for the progress bar and the digest."""

    def __init__(self, file: IO[bytes], seen: Callable[[bytes], object]) -> None:
        self._file = file
        self._seen = seen

    def read(self, size: int = -1) -> bytes:
        chunk = self._file.read(size)
        self._seen(chunk)
        return chunk


def rows(file: ReleaseFile, seen: Callable[[bytes], object] = len) -> Iterator[tuple[str, Row]]:
    """Yield (staging table, row) for every record of `file`, in the order of the file.

    Rows hold text ready for the database, None where the element is missing or empty. `seen` gets every chunk
    of bytes read. Raises ReleaseRefused for damage, a missing main group, and contents that break the layout.
    """
    with file.open() as opened:
        try:
            yield from _records(file, _Counted(opened, seen))
        except ElementTree.ParseError as error:
            line, _ = error.position
            raise ReleaseRefused(
                f"{file.name} is damaged near line {line}: it is not complete XML."
            ) from error
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as damage:
            raise ReleaseRefused(f"{file.name} is damaged: {damage}.") from damage


def _records(file: ReleaseFile, opened: _Counted) -> Iterator[tuple[str, Row]]:
    flat = {record.element: record for record in file.kind.records if record.group == file.kind.root}
    grouped = {record.group: {record.element: record} for record in file.kind.records}
    wanted: dict[str, Record] = flat
    record_depth = 2 if flat else 3
    depth = 0
    count = 0
    main_seen = False
    # Document types, the door to exploding entities, were refused when the file was recognised.
    for event, element in ElementTree.iterparse(opened, events=("start", "end")):  # type: ignore[arg-type]  # noqa: S314
        if event == "start":
            depth += 1
            if depth == record_depth - 1:
                group = element
                wanted = flat or grouped.get(element.tag, {})
                main_seen = main_seen or element.tag == file.kind.main_group
        else:
            if depth == record_depth:
                count += 1
                if record := wanted.get(element.tag):
                    try:
                        for row in _rows_of(record, element):
                            yield record.stage, row
                    except _Malformed as malformed:
                        raise ReleaseRefused(
                            f"{file.name} is not as dm+d promises: {element.tag} number {count}: {malformed}."
                        ) from malformed
                # What was read is dropped, or the whole file would pile up in memory.
                group.clear()
            depth -= 1
    if not main_seen:
        raise ReleaseRefused(f"{file.name} has no {file.kind.main_group}: it is not a whole dm+d file.")


def _rows_of(record: Record, element: ElementTree.Element) -> Iterator[Row]:
    outer = _contents(record.columns, element)
    if record.sort is not None:
        outer = (record.sort, *outer)
    if record.inner is None:
        yield outer
        return
    for each in element.iterfind(record.inner):
        yield outer + _contents(record.inner_columns, each)


def _contents(columns: tuple[Column, ...], element: ElementTree.Element) -> Row:
    found = {child.tag: child.text for child in element}
    if len(found) != len(element):
        _refuse_doubles(columns, element)
    contents = []
    for column in columns:
        text = found.get(column.element)
        text = text.strip() if text else None
        if text:
            contents.append(_CHECKS[column.content](column, text))
        elif column.required:
            raise _Malformed(f"{column.element} is missing")
        else:
            contents.append(None)
    return tuple(contents)


def _refuse_doubles(columns: tuple[Column, ...], element: ElementTree.Element) -> None:
    for column in columns:
        if len(element.findall(column.element)) > 1:
            raise _Malformed(f"{column.element} stands there twice")


def _code(column: Column, text: str) -> str:
    if not _CODE.fullmatch(text):
        raise _Malformed(f"{column.element} is {_quoted(text)}, not a code of up to 18 digits")
    return text


def _date(column: Column, text: str) -> str:
    try:
        # Some XML writers add a zone or a time to a date; the first ten characters are the date.
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        raise _Malformed(f"{column.element} is {_quoted(text)}, not a date") from None


def _number(column: Column, text: str) -> str:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise _Malformed(f"{column.element} is {_quoted(text)}, not a number") from None
    if not number.is_finite() or number < 0 or number >= LARGEST_NUMBER:
        raise _Malformed(f"{column.element} is {_quoted(text)}, out of all range")
    return format(number, "f")


def _pence(column: Column, text: str) -> str:
    if not _PENCE.fullmatch(text):
        raise _Malformed(f"{column.element} is {_quoted(text)}, not whole pence")
    return text


def _flag(column: Column, text: str) -> str | None:
    # A flag is present as 1 or 0001 and otherwise left out; 0 is allowed for.
    return None if not text.strip("0") else "true"


def _words(column: Column, text: str) -> str:
    if len(text) > LONGEST_WORDS:
        raise _Malformed(f"{column.element} is longer than {LONGEST_WORDS} characters")
    return text


def _gtin(column: Column, text: str) -> str:
    # Whether the digits make a GTIN is judged and counted later: one bad code must not stop a release.
    return text[:40]


def _quoted(text: str) -> str:
    return repr(text[:40])


_CHECKS: dict[str, Callable[[Column, str], str | None]] = {
    CODE: _code,
    DATE: _date,
    NUMBER: _number,
    PENCE: _pence,
    FLAG: _flag,
    WORDS: _words,
    GTIN: _gtin,
}

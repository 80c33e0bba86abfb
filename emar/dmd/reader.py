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
from functools import lru_cache
from typing import IO
from xml.etree import ElementTree

from emar.dmd.archive import ReleaseFile, ReleaseRefused
from emar.dmd.layout import CODE, DATE, FLAG, GTIN, NUMBER, PENCE, WORDS, Column, Record

Row = tuple[str | None, ...]
_Check = Callable[[Column, str], str | None]
_Plan = list[tuple[str, _Check, bool, Column]]

CHUNK = 256 * 1024
LONGEST_WORDS = 1000
LONGEST_CODE = 18
LARGEST_NUMBER = Decimal(10) ** 12
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
            raise ReleaseRefused(f"{file.name} is damaged near line {line}: it is not complete XML.") from error
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as damage:
            raise ReleaseRefused(f"{file.name} is damaged: {damage}.") from damage


def _records(file: ReleaseFile, opened: _Counted) -> Iterator[tuple[str, Row]]:
    """Parse a chunk, hand out the records that are complete, drop them from the tree, and go on.

    Asking the builder for the root while it is still building spares the two events for every element that
    iterparse would make: a release has millions of elements and only the records matter.
    """
    builder = ElementTree.TreeBuilder()
    # Document types, the door to exploding entities, were refused when the file was recognised.
    parser = ElementTree.XMLParser(target=builder)  # noqa: S314
    reading = _Reading(file)
    while chunk := opened.read(CHUNK):
        parser.feed(chunk)
        root = builder.close()
        if root is not None:
            yield from reading.complete(root, at_end=False)
    yield from reading.complete(parser.close(), at_end=True)
    if not reading.main_seen:
        raise ReleaseRefused(f"{file.name} has no {file.kind.main_group}: it is not a whole dm+d file.")


class _Reading:
    """How far one file has been read."""

    def __init__(self, file: ReleaseFile) -> None:
        self._file = file
        self._is_flat = any(record.group == file.kind.root for record in file.kind.records)
        self._wanted: dict[str, dict[str, tuple[Record, _Plan, _Plan]]] = {}
        for record in file.kind.records:
            plans = (record, _plan(record.columns), _plan(record.inner_columns))
            self._wanted.setdefault(record.group, {})[record.element] = plans
        self._count = 0
        self.main_seen = self._is_flat

    def complete(self, root: ElementTree.Element, *, at_end: bool) -> Iterator[tuple[str, Row]]:
        """Yield the rows of the records that are whole by now and take them out of the tree."""
        if self._is_flat:
            yield from self._of_group(root, at_end=at_end)
            return
        groups = list(root)
        for place, group in enumerate(groups, start=1):
            self.main_seen = self.main_seen or group.tag == self._file.kind.main_group
            yield from self._of_group(group, at_end=at_end or place < len(groups))
        # The group under way stays; the parser goes on filling it.
        del root[:-1]

    def _of_group(self, group: ElementTree.Element, *, at_end: bool) -> Iterator[tuple[str, Row]]:
        wanted = self._wanted.get(group.tag, {})
        whole = list(group) if at_end else group[:-1]
        for place, element in enumerate(whole, start=1):
            if element.tag in wanted:
                record, plan, inner_plan = wanted[element.tag]
                try:
                    row = record.outer + _contents(plan, element)
                    if record.inner is None:
                        yield record.stage, row
                    else:
                        for each in element:
                            if each.tag == record.inner:
                                yield record.stage, row + _contents(inner_plan, each)
                except _Malformed as malformed:
                    raise ReleaseRefused(
                        f"{self._file.name} is not as dm+d promises: "
                        f"{element.tag} number {self._count + place}: {malformed}."
                    ) from malformed
        self._count += len(whole)
        del group[: len(whole)]


def _contents(plan: _Plan, element: ElementTree.Element) -> Row:
    found = {child.tag: child.text for child in element}
    if len(found) != len(element):
        _refuse_doubles(plan, element)
    contents: list[str | None] = []
    for name, check, is_required, column in plan:
        text = found.get(name)
        if text is not None and (text := text.strip()):
            contents.append(check(column, text))
        elif is_required:
            raise _Malformed(f"{name} is missing")
        else:
            contents.append(None)
    return tuple(contents)


def _plan(columns: tuple[Column, ...]) -> _Plan:
    """Look everything up once that the loop over a million records needs."""
    return [(column.element, _CHECKS[column.content], column.required, column) for column in columns]


def _refuse_doubles(plan: _Plan, element: ElementTree.Element) -> None:
    for name, *_ in plan:
        if len(element.findall(name)) > 1:
            raise _Malformed(f"{name} stands there twice")


def _code(column: Column, text: str) -> str:
    if not (text.isdigit() and text.isascii() and len(text) <= LONGEST_CODE):
        raise _Malformed(f"{column.element} is {_quoted(text)}, not a code of up to 18 digits")
    return text


def _date(column: Column, text: str) -> str:
    # Some XML writers add a zone or a time to a date; the first ten characters are the date.
    if day := _checked_date(text[:10]):
        return day
    raise _Malformed(f"{column.element} is {_quoted(text)}, not a date")


@lru_cache(maxsize=10_000)
def _checked_date(text: str) -> str | None:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None


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
    # Line breaks and tabs inside a name are a matter of how the file was written.
    return " ".join(text.split())


def _gtin(column: Column, text: str) -> str:
    # Whether the digits make a GTIN is judged and counted later: one bad code must not stop a release.
    return text[:40]


def _quoted(text: str) -> str:
    return repr(text[:40])


_CHECKS: dict[str, _Check] = {
    CODE: _code,
    DATE: _date,
    NUMBER: _number,
    PENCE: _pence,
    FLAG: _flag,
    WORDS: _words,
    GTIN: _gtin,
}

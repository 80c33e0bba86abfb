"""Which dm+d XML files does a path hold, and may they be opened?

A release is a zip (with zips inside) or a folder. Nothing is ever unpacked under a name that the archive
chose, but an archive that tries is refused whole, like one that would grow beyond all reason. Files are
told apart by the name of their root element, never by their file name. What stands in them is the reader's
question.
"""

import hashlib
import re
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath
from typing import IO
from xml.parsers import expat

from emar.dmd.layout import FILE_KINDS, FileKind

# A full release is about 0.4 GB of XML in fewer than 30 files, packed 15 to 40 times smaller, one zip deep.
MOST_BYTES = 4 * 1024**3
MOST_FILES = 500
DEEPEST_ZIP = 3
STEEPEST_RATIO = 250
RATIO_MATTERS_FROM = 4 * 1024**2
PROLOG_BYTES = 64 * 1024
IN_MEMORY_ZIP = 32 * 1024**2
GIVE_INSTEAD = "give the zip from TRUD or the folder of its files"

DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


class ReleaseRefused(Exception):
    """The path is not a dm+d release that can be imported; the message is one plain sentence."""


@dataclass(frozen=True)
class ReleaseFile:
    """One dm+d XML file of a release, of a known kind, that can be opened again and again."""

    name: str
    kind: FileKind
    size: int
    open: Callable[[], IO[bytes]]


@dataclass(frozen=True)
class Release:
    """The files of a release, each kind once, in the order in which they are best read."""

    name: str
    released_on: date | None
    files: tuple[ReleaseFile, ...]
    ignored: tuple[str, ...]

    @property
    def has_products(self) -> bool:
        return any(file.kind.is_product for file in self.files)

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)


@contextmanager
def open_release(path: Path) -> Iterator[Release]:
    """Open the release at `path`: a zip, possibly with zips inside, or a folder of XML files and zips.

    Two copies of one file count once. Raises ReleaseRefused for a missing path, a file that is no zip, a
    damaged, encrypted, over-large or path-forging archive, XML with a document type, two different files of
    one kind, and a path without any dm+d file.
    """
    with ExitStack() as stack:
        if not path.exists():
            raise ReleaseRefused(f"{path} does not exist.")
        candidates: list[_Candidate] = []
        try:
            _collect(path, candidates, stack)
            files, ignored = _recognise(candidates)
            files = _once_each(files)
        except DAMAGE as damage:
            raise ReleaseRefused(f"{path.name} is damaged: {damage}.") from damage
        except OSError as refusal:
            raise ReleaseRefused(f"{path} cannot be read: {refusal.strerror or refusal}.") from refusal
        if not files:
            raise ReleaseRefused(f"{path} holds no dm+d XML file: {GIVE_INSTEAD}.")
        yield Release(path.name, _released_on(path.name, files), tuple(files), tuple(ignored))


@dataclass(frozen=True)
class _Candidate:
    name: str
    size: int
    open: Callable[[], IO[bytes]]


def _collect(path: Path, found: list[_Candidate], stack: ExitStack) -> None:
    if not path.is_dir():
        _collect_zip(path.name, path, found, stack, depth=1)
        return
    count = 0
    for file in sorted(path.rglob("*")):
        count += 1
        if count > MOST_FILES:
            raise ReleaseRefused(f"{path} holds more than {MOST_FILES} files: it is not a dm+d release.")
        if _is_clutter(file.name) or not file.is_file():
            continue
        if file.suffix.lower() == ".xml":
            _add(found, _Candidate(str(file.relative_to(path)), file.stat().st_size, _opener(file)))
        elif file.suffix.lower() == ".zip":
            _collect_zip(str(file.relative_to(path)), file, found, stack, depth=1)


def _collect_zip(name: str, source: Path | IO[bytes], found: list[_Candidate], stack: ExitStack, depth: int) -> None:
    if depth > DEEPEST_ZIP:
        raise ReleaseRefused(f"{name} lies too deep in zips inside zips.")
    if not zipfile.is_zipfile(source):
        raise ReleaseRefused(_why_no_zip(name, source))
    archive = stack.enter_context(zipfile.ZipFile(source))
    members = archive.infolist()
    if len(members) > MOST_FILES:
        raise ReleaseRefused(f"{name} holds more than {MOST_FILES} files: it is not a dm+d release.")
    for member in members:
        _refuse_tricks(name, member)
    # The directory's sizes bound what zipfile ever hands out, so checking them stops a bomb unopened.
    if sum(member.file_size for member in members) > MOST_BYTES:
        raise ReleaseRefused(f"{name} would unpack to more than {MOST_BYTES // 1024**3} GiB.")
    for member in members:
        base = PurePosixPath(member.filename).name
        if member.is_dir() or _is_clutter(base) or "__MACOSX" in member.filename:
            continue
        if base.lower().endswith(".xml"):
            inside = f"{name}/{member.filename}"
            _add(found, _Candidate(inside, member.file_size, _member_opener(archive, member)))
        elif base.lower().endswith(".zip"):
            spool: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_ZIP)  # noqa: SIM115
            stack.callback(spool.close)
            with archive.open(member) as packed:
                while chunk := packed.read(1024**2):
                    spool.write(chunk)
            spool.seek(0)
            _collect_zip(base, spool, found, stack, depth + 1)


def _add(found: list[_Candidate], candidate: _Candidate) -> None:
    found.append(candidate)
    if len(found) > MOST_FILES or sum(each.size for each in found) > MOST_BYTES:
        raise ReleaseRefused("The path holds far more than a dm+d release.")


def _opener(file: Path) -> Callable[[], IO[bytes]]:
    return lambda: file.open("rb")


def _member_opener(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Callable[[], IO[bytes]]:
    return lambda: archive.open(member)


def _is_clutter(name: str) -> bool:
    return name.startswith(".")


def _why_no_zip(name: str, source: Path | IO[bytes]) -> str:
    if isinstance(source, Path):
        with source.open("rb") as file:
            start = file.read(4)
    else:
        source.seek(0)
        start = source.read(4)
    if start == b"PK\x03\x04":
        return f"{name} is a damaged zip: its end is missing. Download it again."
    return f"{name} is not a zip: {GIVE_INSTEAD}."


def _refuse_tricks(name: str, member: zipfile.ZipInfo) -> None:
    # zipfile already turns the system's separator into "/" and cuts names at a zero byte.
    parts = re.split(r"[/\\]", member.orig_filename)
    forged = ".." in parts or parts[0] == "" or ":" in parts[0] or "\0" in member.orig_filename
    if forged or stat.S_ISLNK(member.external_attr >> 16):
        raise ReleaseRefused(f"{name} holds the unsafe path {member.orig_filename!r}: refused.")
    if member.flag_bits & 0x1:
        raise ReleaseRefused(f"{name} is encrypted: unpack it first and give the folder.")
    steep = member.file_size > STEEPEST_RATIO * max(member.compress_size, 1)
    if steep and member.file_size > RATIO_MATTERS_FROM:
        raise ReleaseRefused(f"{name} holds {member.filename}, packed too tightly to be real: refused.")


def _recognise(candidates: list[_Candidate]) -> tuple[list[ReleaseFile], list[str]]:
    files: list[ReleaseFile] = []
    ignored: list[str] = []
    for candidate in candidates:
        kind = FILE_KINDS.get(_root_name(candidate))
        if kind is None:
            ignored.append(candidate.name)
        else:
            files.append(ReleaseFile(candidate.name, kind, candidate.size, candidate.open))
    return files, ignored


def _root_name(candidate: _Candidate) -> str:
    """Return the name of the root element; refuse a document type, with which XML entities could explode."""
    root: list[str] = []
    parser = expat.ParserCreate()

    def doctype(*_: object) -> None:
        raise ReleaseRefused(f"{candidate.name} declares a document type, which dm+d never does: refused.")

    def start(name: str, _: object) -> None:
        root.append(name)

    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = start
    with candidate.open() as file:
        prolog = file.read(PROLOG_BYTES)
    try:
        parser.Parse(prolog, False)
    except expat.ExpatError as error:
        if not root:
            raise ReleaseRefused(f"{candidate.name} is damaged: it is not XML (line {error.lineno}).") from error
    if not root:
        raise ReleaseRefused(f"{candidate.name} is empty or damaged: it has no XML element.")
    return root[0]


def _once_each(files: list[ReleaseFile]) -> list[ReleaseFile]:
    by_kind: dict[str, ReleaseFile] = {}
    for file in files:
        first = by_kind.setdefault(file.kind.root, file)
        if first is not file and (first.size != file.size or _digest(first) != _digest(file)):
            raise ReleaseRefused(
                f"{first.name} and {file.name} are different files of one kind: import one release at a time."
            )
    order = list(FILE_KINDS)
    return sorted(by_kind.values(), key=lambda file: order.index(file.kind.root))


def _digest(file: ReleaseFile) -> str:
    with file.open() as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()  # type: ignore[arg-type]


def _released_on(name: str, files: list[ReleaseFile]) -> date | None:
    """Read the release's date out of names such as nhsbsa_dmd_4.1.0_20190401000001.zip or f_vmp2_3010419.xml.

    The XML files do not state it inside. Of several dates the latest counts; None when no name carries one.
    """
    dates = []
    if found := re.search(r"_(20\d\d)(\d\d)(\d\d)\d{6}", name):
        dates.append(_date(*found.groups()))
    if not any(dates):
        for file in files:
            if found := re.search(r"_\d(\d\d)(\d\d)(\d\d)\.xml$", file.name, re.IGNORECASE):
                day, month, year = found.groups()
                dates.append(_date(f"20{year}", month, day))
    return max((each for each in dates if each), default=None)


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None

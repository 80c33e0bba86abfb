"""How do medicines and what their codes mean get into the record?

Reference data comes from dm+d releases and is written by an administrator as the owner of the tables; the
application's role may only read it. What a home's staff teach about an unknown code is
emar.operations.taught_codes' job.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path

from django.db import DataError, IntegrityError, connections, transaction

from emar.dmd import ReleaseRefused, open_release
from emar.models import DmdRelease
from emar.operations.dmd_merge import Merge, Tally
from emar.operations.dmd_staging import analyse_stages, create_stages, fill_stages
from emar.operations.dmd_steps import merge_all

# Any number will do as long as nothing else in this database locks it.
IMPORT_LOCK = 0x646D2B64


@dataclass(frozen=True)
class ImportReport:
    """What one import of a release did, by kind of row."""

    name: str
    released_on: date | None
    is_older: bool
    records: int
    tallies: Mapping[str, Tally]
    # What could not be placed: how many, and a few examples.
    unknown: Mapping[str, tuple[int, list[str]]]
    not_mentioned: int
    ignored_files: tuple[str, ...]

    @property
    def changed_anything(self) -> bool:
        return any(self.tallies.values())


def import_release(
    *,
    path: Path,
    by: str,
    at: datetime,
    using: str = "owner",
    progress: Callable[[int, int], object] = lambda done, total: None,
) -> ImportReport:
    """Bring a dm+d release (full or bonus) into the medicines, all of it or nothing.

    Repeating an import changes nothing. A release older than the newest one of its sort only adds what is
    missing. Products that the release does not mention stay as they are. `by` is the administrator's account;
    `progress` hears of bytes read and bytes in all. Raises ReleaseRefused, with one plain sentence, for
    anything that is not a whole dm+d release, and while another import is under way.
    """
    with open_release(path) as release, transaction.atomic(using=using):
        with connections[using].cursor() as cursor:
            _lock(cursor)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            create_stages(cursor)
            digests = []
            done = 0
            records = 0
            for file in release.files:
                digest = hashlib.sha256(file.kind.root.encode())

                def seen(chunk: bytes, digest: "hashlib._Hash" = digest) -> None:
                    nonlocal done
                    digest.update(chunk)
                    done += len(chunk)
                    progress(done, release.size)

                records += fill_stages(cursor, file, seen)
                digests.append(digest.hexdigest())
            analyse_stages(cursor)
            newest = _newest(using, has_products=release.has_products)
            is_older = bool(release.released_on and newest and release.released_on < newest)
            step = Merge(cursor, release.released_on or at.date(), is_older, release.has_products)
            try:
                merge_all(step)
            except (DataError, IntegrityError) as refusal:
                raise ReleaseRefused(f"The database refused the release: {_first_line(refusal)}") from refusal
            not_mentioned = _not_mentioned(step) if release.has_products else 0
        report = ImportReport(
            release.name,
            release.released_on,
            is_older,
            records,
            step.tallies,
            step.unknown,
            not_mentioned,
            release.ignored,
        )
        _note_import(report, digests, release.has_products, by=by, at=at, using=using)
    return report


def _lock(cursor: object) -> None:
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [IMPORT_LOCK])  # type: ignore[attr-defined]
    if not cursor.fetchone()[0]:  # type: ignore[attr-defined]
        raise ReleaseRefused("Another import is under way: wait for it and try again.")


def _newest(using: str, *, has_products: bool) -> date | None:
    return (
        DmdRelease.objects.using(using)
        .filter(has_products=has_products, released_on__isnull=False)
        .order_by("-released_on")
        .values_list("released_on", flat=True)
        .first()
    )


def _not_mentioned(step: Merge) -> int:
    step.run(
        "SELECT count(*) FROM emar_medicine t WHERE t.retired_on IS NULL "
        "AND NOT EXISTS (SELECT FROM stage_generic s WHERE s.id = t.id) "
        "AND NOT EXISTS (SELECT FROM stage_brand s WHERE s.id = t.id)"
    )
    return int(step.cursor.fetchone()[0])


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


def _note_import(
    report: ImportReport, digests: list[str], has_products: bool, *, by: str, at: datetime, using: str
) -> None:
    sha256 = hashlib.sha256("".join(sorted(digests)).encode()).hexdigest()
    before = DmdRelease.objects.using(using).filter(sha256=sha256).exists()
    if before and not report.changed_anything:
        return
    counts = {noun: asdict(tally) for noun, tally in report.tallies.items()}
    counts["unknown"] = {what: count for what, (count, _) in report.unknown.items()}
    DmdRelease.objects.using(using).create(
        name=report.name,
        sha256=sha256,
        released_on=report.released_on,
        has_products=has_products,
        counts=counts,
        imported_at=at,
        imported_by=by,
    )

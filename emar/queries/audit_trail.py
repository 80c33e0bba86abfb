"""Who looked at a resident's record, who changed it, and what they changed, as rows that words are made of.

Doses are not here: each is its own evidence and stands on the MAR with who gave it. The words are the desk's.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from emar.models import AuditEntry, Prescription, StaffMember

PAGE = 100
#: Rows named in `about` whose words a reader needs.
NAMED = "Prescription "


@dataclass(frozen=True, slots=True)
class TrailLine:
    """One act or look. `prescription` is what it was done to, where it was a prescription."""

    at: datetime
    person: StaffMember | None
    action: str
    about: str
    changes: Mapping[str, Any]
    prescription: Prescription | None = None


@dataclass(frozen=True, slots=True)
class TrailFilter:
    """Which part of a trail is asked for: one person's acts, one kind of act, looks or changes, a period."""

    staff_member_id: int | None = None
    action: str = ""
    looks: bool | None = None
    since: datetime | None = None
    until: datetime | None = None


def trail(home_id: int, resident_id: int, asked: TrailFilter, *, start: int = 0) -> tuple[list[TrailLine], bool]:
    """Return up to PAGE lines of a resident's trail, the latest first, and whether there are earlier ones.

    Two statements, however many lines.
    """
    found = AuditEntry.objects.filter(home_id=home_id, resident_id=resident_id)
    if asked.staff_member_id is not None:
        found = found.filter(acted_by_id=asked.staff_member_id)
    if asked.action:
        found = found.filter(action=asked.action)
    if asked.looks is not None:
        found = found.filter(action="record_read") if asked.looks else found.exclude(action="record_read")
    if asked.since is not None:
        found = found.filter(acted_at__gte=asked.since)
    if asked.until is not None:
        found = found.filter(acted_at__lt=asked.until)
    rows = list(found.select_related("acted_by").order_by("-acted_at", "-pk")[start : start + PAGE + 1])
    return lines_of(home_id, rows[:PAGE]), len(rows) > PAGE


def lines_of(home_id: int, rows: Sequence[AuditEntry]) -> list[TrailLine]:
    """Return the lines of audit entries, with the prescriptions that they name."""
    named = _named(row.about for row in rows)
    prescriptions = Prescription.objects.filter(home_id=home_id, pk__in=named.values()).select_related("medicine")
    by_id = prescriptions.in_bulk()
    return [
        TrailLine(row.acted_at, row.acted_by, row.action, row.about, row.changes, by_id.get(named.get(row.about)))
        for row in rows
    ]


def _named(abouts: Iterable[str]) -> dict[str, UUID]:
    return {about: UUID(about.removeprefix(NAMED)) for about in abouts if about.startswith(NAMED)}


def actors(home_id: int, resident_id: int) -> list[StaffMember]:
    """Return everybody who looked at or changed a resident's record, by name."""
    ids = AuditEntry.objects.filter(home_id=home_id, resident_id=resident_id).values("acted_by_id").distinct()
    return list(StaffMember.objects.filter(pk__in=ids).order_by("full_name"))


def actions(home_id: int, resident_id: int) -> list[str]:
    """Return every kind of act in a resident's trail."""
    found = AuditEntry.objects.filter(home_id=home_id, resident_id=resident_id)
    return sorted(found.values_list("action", flat=True).distinct())

"""Writing down who did or looked at what."""

from datetime import datetime
from typing import Any

from emar.models import AuditEntry, Resident
from stock.operations.ledger import lock_home

#: Reading changes nothing, so it neither waits for writers nor makes a device's snapshot old.
LOOKS = frozenset({"record_read"})


def note(
    *,
    action: str,
    by: int | None,
    at: datetime,
    home_id: int | None = None,
    resident_id: int | None = None,
    about: object = "",
    changes: dict[str, Any] | None = None,
) -> None:
    """Append one line to the audit trail, in the transaction of what it describes.

    `about` is the row it was done to, written as its model and id; the row itself has the words. `changes` are what
    a row that keeps no earlier version said before and says now, by field.
    """
    if home_id is not None and action not in LOOKS:
        lock_home(home_id)
    if pk := getattr(about, "pk", None):
        about = f"{type(about).__name__} {pk}"
    AuditEntry.objects.create(
        home_id=home_id,
        resident_id=resident_id,
        action=action,
        about=str(about),
        changes=changes or {},
        acted_at=at,
        acted_by_id=by,
    )


def note_about(
    *,
    about: Any,
    action: str,
    by: int | None,
    at: datetime,
    resident: Resident | None = None,
    changes: dict[str, Any] | None = None,
) -> None:
    """Append one line about a row of a home: the home and the resident are those that the row itself names.

    `resident` is whose row it is where the row does not name them.
    """
    whose = about if isinstance(about, Resident) else resident
    note(
        action=action,
        home_id=about.home_id,
        resident_id=whose.pk if whose is not None else getattr(about, "resident_id", None),
        by=by,
        at=at,
        about=about,
        changes=changes,
    )

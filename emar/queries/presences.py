"""Where is each resident: in the home, in hospital, on leave, or gone for good?"""

from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet

from emar.models import Presence, ResidentPresence

#: Somebody who left or died does not come back under the same record.
GONE = (Presence.LEFT, Presence.DIED)


def latest_presences(
    home_id: int, *, until: datetime | None = None, resident_ids: Collection[int] | None = None
) -> QuerySet[ResidentPresence]:
    """Return the last word on where each resident is, or on where they were at an instant. One statement.

    Somebody of whom nothing was ever written has none: they are in the home.
    """
    found = ResidentPresence.objects.filter(home_id=home_id)
    if until is not None:
        found = found.filter(since_at__lte=until)
    if resident_ids is not None:
        found = found.filter(resident_id__in=resident_ids)
    return found.order_by("resident_id", "-since_at", "-id").distinct("resident_id")


def where_residents_are(
    home_id: int, *, until: datetime | None = None, resident_ids: Collection[int] | None = None
) -> dict[int, str]:
    """Return the same as a word of Presence for each resident."""
    latest = latest_presences(home_id, until=until, resident_ids=resident_ids)
    return dict(latest.values_list("resident_id", "presence"))

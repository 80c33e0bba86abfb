"""What has left the home other than by being given, and how much each pack should still hold."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import connection

from stock.models import Consignment, Disposal

#: Where medicines can go and why, as the words of the record with what people see, for pages that may touch no model.
DESTINATION_WORDS = {str(value): str(label) for value, label in Consignment.GoesTo.choices}
REASON_WORDS = {str(value): str(label) for value, label in Disposal.Reason.choices}


@dataclass(frozen=True, slots=True)
class Sent:
    """A consignment with everything in it, by resident and medicine."""

    consignment: Consignment
    disposals: Sequence[Disposal]

    @property
    def has_controlled(self) -> bool:
        """Whether a controlled drug is in it."""
        return any(each.is_controlled for each in self.disposals)


def consignments(home_id: int, *, limit: int = 100) -> list[Sent]:
    """Return the latest consignments of a home, the newest first. Two statements."""
    found = Consignment.objects.filter(home_id=home_id).select_related("sent_by", "witness")
    return _with_disposals(home_id, list(found.order_by("-sent_at", "-pk")[:limit]))


def consignment(home_id: int, consignment_id: UUID) -> Sent | None:
    """Return one consignment of the home, or None."""
    found = Consignment.objects.filter(home_id=home_id, pk=consignment_id).select_related("sent_by", "witness")
    return next(iter(_with_disposals(home_id, list(found))), None)


def _with_disposals(home_id: int, found: list[Consignment]) -> list[Sent]:
    rows = Disposal.objects.filter(home_id=home_id, consignment__in=found).select_related(
        "line__resident", "line__medicine", "pack"
    )
    of: dict[UUID, list[Disposal]] = {each.pk: [] for each in found}
    for row in rows.order_by("line__resident__full_name", "line__medicine__name", "pk"):
        of[row.consignment_id].append(row)
    return [Sent(each, of[each.pk]) for each in found]


def contents(home_id: int, line_ids: Collection[int]) -> dict[UUID, Decimal]:
    """Return what each pack of these lines should still hold: what came in with it less what left it. One statement.

    Doses by hand name no pack, so a pack may hold less than this; never below nothing.
    """
    if not line_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT pack_id, greatest(0, sum(CASE WHEN destination = 'home' THEN quantity
                                                 WHEN source = 'home' THEN -quantity ELSE 0 END))
              FROM stock_stockmovement WHERE home_id = %s AND line_id = ANY (%s) AND pack_id IS NOT NULL
             GROUP BY pack_id
            """,
            [home_id, list(line_ids)],
        )
        return dict(cursor.fetchall())

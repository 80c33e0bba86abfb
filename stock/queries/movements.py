"""What moved on one line, and what of a home went to waste other than on a list of disposals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from stock.models import Place, StockCount, StockLine, StockMovement, StockPack
from stock.rules.balance import given_back_id

PAGE = 100


def line(home_id: int, line_id: int) -> StockLine | None:
    """Return one stock line of the home with its medicine and resident, or None."""
    found = StockLine.objects.filter(home_id=home_id, pk=line_id)
    return found.select_related("resident__unit", "medicine", "home").first()


def packs(home_id: int, line_id: int) -> list[StockPack]:
    """Return every pack of a line: those in use first by last day, then put aside, then finished."""
    found = StockPack.objects.filter(home_id=home_id, line_id=line_id).select_related("product", "booked_in_by")
    rank = {"in_use": 0, "quarantined": 1, "finished": 2}
    return sorted(found.order_by("use_by", "expires_on", "booked_in_at"), key=lambda pack: rank[pack.status])


@dataclass(frozen=True, slots=True)
class Moved:
    """One movement of a line with the counts that were made right after it."""

    movement: StockMovement
    counts: Sequence[StockCount]


def moved(home_id: int, line_id: int, *, before: int | None = None) -> tuple[list[Moved], bool]:
    """Return up to PAGE movements of a line, the latest first, and whether there are earlier ones. Two statements."""
    found = StockMovement.objects.filter(home_id=home_id, line_id=line_id)
    if before is not None:
        found = found.filter(line_sequence__lt=before)
    rows = list(found.select_related("moved_by", "witness", "pack").order_by("-line_sequence")[: PAGE + 1])
    shown = rows[:PAGE]
    first = shown[-1].line_sequence if shown and len(rows) > PAGE else 0
    counts: dict[int, list[StockCount]] = {}
    for each in (
        StockCount.objects.filter(home_id=home_id, line_id=line_id, after_sequence__gte=first)
        .select_related("counted_by", "witness")
        .order_by("received_at")
    ):
        counts.setdefault(each.after_sequence, []).append(each)
    return [Moved(each, counts.get(each.line_sequence, [])) for each in shown], len(rows) > PAGE


def wasted(home_id: int, since: datetime, *, limit: int = 500) -> list[StockMovement]:
    """Return what was dropped, spat out or refused after it was in the pot, the latest first. Two statements.

    What left on a list of disposals stands there, and what was put right since is not waste.
    """
    found = StockMovement.objects.filter(
        home_id=home_id, destination=Place.WASTE, moved_at__gt=since, disposal__isnull=True
    )
    rows = list(
        found.select_related("line__medicine", "line__resident", "moved_by", "witness", "pack").order_by(
            "-moved_at", "-pk"
        )[:limit]
    )
    undone = {given_back_id(each.pk): each.pk for each in rows}
    taken_back = set(StockMovement.objects.filter(home_id=home_id, pk__in=undone).values_list("pk", flat=True))
    gone = {undone[pk] for pk in taken_back}
    return [each for each in rows if each.pk not in gone]

"""What went to waste at the bedside: dropped, spat out, refused after it was in the pot."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from emar.queries.homes import HomeOfStaff
from emar.rules.amounts import plain
from emar.rules.outcomes import OUTCOMES
from stock.queries.movements import wasted
from web.access import READERS, for_roles
from web.csv_file import csv_response
from web.pages.residents import note_read
from web.record_words import moment_words
from web.stock_words import movement_words

PERIODS = {7: "7 days", 28: "28 days", 91: "3 months"}


@for_roles(READERS)
@require_GET
def wasted_page(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Show what was wasted, the latest first, with who recorded it and who saw it."""
    days, found = _found(request, here)
    return render(
        request,
        "stock/wasted.html",
        {
            "rows": [(each, _why(each)) for each in found],
            "days": days,
            "periods": PERIODS.items(),
        },
    )


@for_roles(READERS)
@require_GET
def wasted_file(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Answer the same as a CSV file."""
    _, found = _found(request, here)
    headings = ("When", "Resident", "Medicine", "Quantity", "Unit", "Why", "Pack", "Recorded by", "Second person")
    return csv_response("wasted", headings, _rows(found))


def _rows(found: list[Any]) -> Iterator[tuple[object, ...]]:
    for each in found:
        resident = each.line.resident
        yield (
            moment_words(each.moved_at), resident.full_name if resident else "The home", each.line.medicine.name,
            plain(each.quantity), each.line.unit, _why(each), each.pack.label_code if each.pack else "",
            each.moved_by.full_name if each.moved_by else "", each.witness.full_name if each.witness else "",
        )  # fmt: skip


def _why(movement: Any) -> str:
    """Return why something was wasted: dropped, or in the pot and then not had."""
    _, why = movement_words(movement)
    outcome = OUTCOMES.get(movement.reason)
    if outcome is None or outcome.wastes_stock:
        return why
    return "The rest of a dose" if outcome.uses_stock else f"{why}, after it was in the pot"


def _found(request: HttpRequest, here: HomeOfStaff) -> tuple[int, list[Any]]:
    asked = request.GET.get("days", "")
    days = int(asked) if asked in {str(each) for each in PERIODS} else 28
    found = wasted(here.home_id, timezone.now() - timedelta(days=days))
    for resident_id in sorted({each.line.resident_id for each in found if each.line.resident_id}):
        note_read(request, here, resident_id, "wasted")
    return days, found

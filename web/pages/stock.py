"""What a home holds, for how long it lasts, and what does not add up."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from emar.queries.days_left import HORIZON_DAYS, Holding, Lasts, days_left
from emar.queries.homes import HomeOfStaff
from emar.rules.wall_clock import local_day
from stock.queries.lines import HeldLine, held_lines
from web.access import READERS, for_roles
from web.pages.residents import note_read

#: A prescription takes a week from order to cupboard: what lasts less is low.
LOW_DAYS = 7
EXPIRES_SOON_DAYS = 28
VIEWS = {
    "resident": "By resident",
    "low": "Runs out first",
    "expiry": "Expires first",
    "unexplained": "Does not add up",
    "unused": "Stopped but still here",
}


@dataclass(frozen=True)
class Line:
    """One line of the page: what is held, and how long it lasts (None for stock of the home itself)."""

    held: HeldLine
    lasts: Lasts | None
    today: date

    @property
    def is_low(self) -> bool:
        """Whether it runs out before a new supply can be here."""
        return bool(self.lasts and self.lasts.days is not None and self.lasts.days < LOW_DAYS)

    @property
    def is_unused(self) -> bool:
        """Whether something is held that no active prescription uses."""
        return bool(self.lasts and not self.lasts.is_used and self.held.balance > 0)

    @property
    def expiry(self) -> str:
        """Return `expired`, `soon` or "" for the first pack to expire."""
        first = self.held.first_expiry
        if first is None or first >= self.today + timedelta(days=EXPIRES_SOON_DAYS):
            return ""
        return "expired" if first < self.today else "soon"


@for_roles(READERS)
@require_GET
def stock_page(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Show the stock of the home in the order chosen."""
    now = timezone.now()
    today = local_day(now)
    asked = request.GET.get("resident", "")
    resident_id = int(asked) if asked.isdecimal() and len(asked) < 16 else None
    held = held_lines(here.home_id, resident_id=resident_id)
    if resident_id is not None and held:
        note_read(request, here, resident_id, "stock")
    lasts = days_left(here.home_id, [_holding(each) for each in held if each.line.resident_id is not None], now)
    lines = [Line(each, lasts.get(_key(each)), today) for each in held]
    view = request.GET.get("view", "resident")
    view = view if view in VIEWS else "resident"
    shown = _arranged(lines, view)
    return render(
        request,
        "stock/stock.html",
        {
            "lines": shown,
            "view": view,
            "views": [(name, label, len(_arranged(lines, name))) for name, label in VIEWS.items()],
            "person": held[0].line.resident if resident_id and held else None,
            "total": len(lines),
            "horizon": HORIZON_DAYS,
            "low_days": LOW_DAYS,
        },
    )


def _arranged(lines: list[Line], view: str) -> list[Line]:
    """Return the lines of a view, in its order."""
    match view:
        case "low":
            counted = [line for line in lines if line.lasts and line.lasts.days is not None]
            return sorted(counted, key=lambda line: line.lasts.days)
        case "expiry":
            dated = [line for line in lines if line.held.first_expiry]
            return sorted(dated, key=lambda line: line.held.first_expiry)
        case "unexplained":
            return [line for line in lines if line.held.discrepancies or line.held.balance < 0]
        case "unused":
            return [line for line in lines if line.is_unused]
        case _:
            return lines


def _holding(held: HeldLine) -> Holding:
    return Holding(*_key(held), held.balance)


def _key(held: HeldLine) -> tuple[int, str, str]:
    medicine = held.line.medicine
    return held.line.resident_id, medicine.generic_id or medicine.pk, held.line.unit

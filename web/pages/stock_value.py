"""What the stock of the home is worth and what was lost of it, by dm+d's prices: a table, a file, a print."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from emar.queries.homes import HomeOfStaff
from emar.queries.stock_value import SOURCE_WORDS, Lost, StockValue, stock_value
from emar.rules.amounts import plain
from emar.rules.outcomes import OUTCOMES
from emar.rules.wall_clock import instant, local_day
from stock.queries.disposal import REASON_WORDS
from web.access import READERS, for_roles
from web.csv_file import csv_response
from web.pages.residents import note_read

PERIODS = {3: "3 months", 12: "12 months", 36: "3 years"}
PLACE_WORDS = {"waste": "Wasted", "returned": "Returned", "unexplained": "Not accounted for"}
CORRECTED = "corrected"
SHOWN = 25


@for_roles(READERS)
@require_GET
def stock_value_page(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Show what is on hand, and what was lost by reason and by month."""
    months, value = _value(request, here)
    most = max((abs(each.pence) for each in value.by_month.values()), default=Decimal(0)) or Decimal(1)
    return render(
        request,
        "stock_value/stock_value.html",
        {
            "value": value,
            "worth": pounds(value.pence),
            "lost": pounds(value.lost.pence),
            "lines": [(each, pounds(each.pence), _unit_pence(each.price)) for each in value.lines[:SHOWN]],
            "reasons": _reasons(value),
            "months": [
                (month, pounds(lost.pence), lost, max(0, int(100 * lost.pence / most)))
                for month, lost in sorted(value.by_month.items(), reverse=True)
            ],
            "period": months,
            "periods": PERIODS.items(),
            "more": max(0, len(value.lines) - SHOWN),
        },
    )


@for_roles(READERS)
@require_GET
def stock_value_file(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Answer every line on hand with its price as a CSV file."""
    _, value = _value(request, here)
    for resident_id in sorted({each.line.resident_id for each in value.lines if each.line.resident_id}):
        note_read(request, here, resident_id, "stock value")
    headings = ("Whose", "Medicine", "On hand", "Unit", "Pence a unit", "Price of", "Price list", "Worth in pounds")
    return csv_response("stock-value", headings, _rows(value))


def _rows(value: StockValue) -> Iterator[tuple[object, ...]]:
    for each in value.lines:
        price = each.price
        yield (
            each.line.resident.full_name if each.line.resident else "The home", each.line.medicine.name,
            plain(each.balance), each.line.unit, _unit_pence(price) if price else "no price",
            price.priced_on if price else "", SOURCE_WORDS.get(price.source, "") if price else "",
            f"{each.pence / 100:.2f}" if each.pence is not None else "",
        )  # fmt: skip


def _value(request: HttpRequest, here: HomeOfStaff) -> tuple[int, StockValue]:
    """Return what is asked for: so many whole months back, up to now."""
    asked = request.GET.get("months", "")
    months = int(asked) if asked in {str(each) for each in PERIODS} else 12
    now = timezone.now()
    return months, stock_value(here.home_id, _first_of(local_day(now), months - 1), now + timedelta(seconds=1))


def _first_of(today: date, months_before: int) -> datetime:
    months = today.year * 12 + today.month - 1 - months_before
    return instant(date(months // 12, months % 12 + 1, 1), time(0))


def _reasons(value: StockValue) -> list[tuple[str, str, str, Lost]]:
    """Return each reason in words, the most costly first."""
    found = sorted(value.by_reason.items(), key=lambda each: (-each[1].pence, each[0]))
    return [(PLACE_WORDS[place], _why(place, reason), pounds(lost.pence), lost) for (place, reason), lost in found]


def _why(place: str, reason: str) -> str:
    if reason == CORRECTED:
        return "Put right since: it was not lost"
    if place == "unexplained":
        return "A count found less, or more, and somebody signed it"
    if reason in OUTCOMES:
        return OUTCOMES[reason].label
    return REASON_WORDS.get(reason, "Another reason")


def _unit_pence(price: object) -> str:
    pence = getattr(price, "pence", None)
    return f"{pence:.2f}" if pence is not None else ""


def pounds(pence: Decimal | None) -> str:
    """Return an amount of money as people write it: £1,234.50."""
    if pence is None:
        return ""
    return f"{'−' if pence < 0 else ''}£{abs(pence) / 100:,.2f}"

"""A resident's MAR chart: 28 days as a grid, on paper, or one day as a list; and where on the body doses went."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from emar.queries import homes
from emar.queries.homes import HomeOfStaff
from emar.queries.mar import DAYS, Entry, MarChart, mar_charts
from emar.queries.residents import residents
from emar.rules.wall_clock import local_day
from web.access import READERS, WORKING, for_roles
from web.letters import KeyLine, key, letters_with
from web.pages.residents import note_read
from web.pdf.mar import Printed, mar_pdf, period_name


@for_roles(READERS)
@require_GET
def mar_page(request: HttpRequest, here: HomeOfStaff, resident_id: int) -> HttpResponse:
    """Show a resident's chart for 28 days, by default four whole weeks that end with this one."""
    now = timezone.now()
    today = local_day(now)
    first = _day_asked_for(request, "from") or _first_day(today)
    charts = mar_charts(here.home_id, [resident_id], first, now)
    if not charts:
        raise Http404("nobody of that number lives here")
    note_read(request, here, resident_id, f"mar {first} {DAYS} days")
    return render(
        request,
        "mar/mar.html",
        {
            "chart": charts[0],
            "line": charts[0].line,
            "resident": charts[0].line.resident,
            "today": today,
            "now": now,
            "first": first,
            "last": first + timedelta(days=DAYS - 1),
            "earlier": first - timedelta(days=DAYS),
            "later": first + timedelta(days=DAYS) if first + timedelta(days=DAYS) <= today else None,
            "is_usual": first == _first_day(today),
            "key": _key(charts),
            "letters": letters_with(charts[0].letters),
            "may_enter": here.role in WORKING,
        },
    )


@for_roles(READERS)
@require_GET
def mar_paper(request: HttpRequest, here: HomeOfStaff, resident_id: int) -> HttpResponse:
    """Give a resident's chart for 28 days as a PDF to print."""
    now = timezone.now()
    first = _day_asked_for(request, "from") or _first_day(local_day(now))
    charts = mar_charts(here.home_id, [resident_id], first, now, with_photos=True)
    if not charts:
        raise Http404("nobody of that number lives here")
    note_read(request, here, resident_id, f"mar on paper {first} {DAYS} days")
    return _paper(request, here, charts, now, first, f"MAR of {charts[0].line.resident.full_name}")


@for_roles(READERS)
@require_GET
def day_page(request: HttpRequest, here: HomeOfStaff, resident_id: int) -> HttpResponse:
    """Show everything that was due, given or not given to a resident on one day, in words."""
    now = timezone.now()
    today = local_day(now)
    day = _day_asked_for(request, "day") or today
    charts = mar_charts(here.home_id, [resident_id], day, now, days=1)
    if not charts:
        raise Http404("nobody of that number lives here")
    note_read(request, here, resident_id, f"mar {day}")
    return render(
        request,
        "mar/day.html",
        {
            "chart": charts[0],
            "line": charts[0].line,
            "resident": charts[0].line.resident,
            "rows": _rows_of_day(charts[0]),
            "today": today,
            "day": day,
            "earlier": day - timedelta(days=1),
            "later": day + timedelta(days=1) if day < today else None,
            "first": _first_day(day),
            "letters": letters_with(charts[0].letters),
            "may_enter": here.role in WORKING,
        },
    )


@for_roles(READERS)
@require_GET
def unit_mar_page(request: HttpRequest, here: HomeOfStaff, unit_id: int) -> HttpResponse:
    """Show the charts of everybody in a unit, one after the other, to be printed."""
    now = timezone.now()
    today = local_day(now)
    unit, first, charts = _charts_of_unit(request, here, unit_id, now)
    return render(
        request,
        "mar/unit.html",
        {
            "unit": unit,
            "charts": charts,
            "today": today,
            "now": now,
            "first": first,
            "last": first + timedelta(days=DAYS - 1),
            "key": _key(charts),
            "letters": letters_with(charts[0].letters if charts else {}),
        },
    )


@for_roles(READERS)
@require_GET
def unit_mar_paper(request: HttpRequest, here: HomeOfStaff, unit_id: int) -> HttpResponse:
    """Give the charts of everybody in a unit as one PDF, each beginning on a new page."""
    now = timezone.now()
    unit, first, charts = _charts_of_unit(request, here, unit_id, now, with_photos=True)
    return _paper(request, here, charts, now, first, f"MAR of {unit.name}")


@for_roles(READERS)
@require_GET
def body_maps_page(request: HttpRequest, here: HomeOfStaff, resident_id: int) -> HttpResponse:
    """Show where a resident's creams, patches and injections go, and where and when they went lately."""
    now = timezone.now()
    first = local_day(now) - timedelta(days=DAYS - 1)
    chart = next(iter(mar_charts(here.home_id, [resident_id], first, now)), None)
    if chart is None:
        raise Http404("nobody of that number lives here")
    note_read(request, here, resident_id, "body maps")
    blocks = [block for block in chart.blocks if block.areas or block.with_sites or block.patch_checks]
    return render(
        request,
        "mar/body_maps.html",
        {"line": chart.line, "resident": chart.line.resident, "blocks": blocks, "first": first, "days": DAYS},
    )


def _charts_of_unit(
    request: HttpRequest, here: HomeOfStaff, unit_id: int, now: datetime, *, with_photos: bool = False
) -> tuple[homes.Unit, date, list[MarChart]]:
    """Return a unit, the first day asked for and everybody's charts, each written down as read; raises Http404."""
    unit = next((unit for unit in homes.units(here.home_id) if unit.pk == unit_id), None)
    if unit is None:
        raise Http404("no such unit in this home")
    people = [line.resident.pk for line in residents(here.home_id, now) if line.resident.unit_id == unit_id]
    first = _day_asked_for(request, "from") or _first_day(local_day(now))
    charts = mar_charts(here.home_id, people, first, now, with_photos=with_photos)
    for chart in charts:
        note_read(request, here, chart.line.resident.pk, f"mar of unit {first} {DAYS} days")
    return unit, first, charts


def _paper(
    request: HttpRequest, here: HomeOfStaff, charts: list[MarChart], now: datetime, first: date, title: str
) -> HttpResponse:
    pdf = mar_pdf(charts, Printed(here.home_name, request.user.full_name, now), title=title)
    response = HttpResponse(pdf, content_type="application/pdf")
    # The name of a file is read over shoulders and kept in lists of downloads: it names nobody.
    name = f"mar-{period_name(first, first + timedelta(days=DAYS - 1))}.pdf"
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response


def _first_day(today: date) -> date:
    """Return the Monday with which the four weeks begin that end with this week."""
    return today - timedelta(days=today.weekday() + DAYS - 7)


def _day_asked_for(request: HttpRequest, name: str) -> date | None:
    try:
        asked = date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return None
    # The earliest and latest days of the calendar have no 28 days before or after them.
    return asked if date(1990, 1, 1) <= asked <= date(2200, 1, 1) else None


def _entries(chart: MarChart) -> Iterator[Entry]:
    for block in chart.blocks:
        for row in block.rows:
            for cell in row.cells:
                yield from cell.entries


def _key(charts: Sequence[MarChart]) -> list[KeyLine]:
    used = (entry.record.outcome for chart in charts for entry in _entries(chart))
    return key(used, letters_with(charts[0].letters if charts else {}))


def _rows_of_day(chart: MarChart) -> list[dict[str, Any]]:
    """Return one row for each dose due and each other record of the day, in the order of the day."""
    found = []
    for block in chart.blocks:
        for row in block.rows:
            cell = row.cells[0]
            if cell.dose is not None:
                found.append({"block": block, "row": row, "cell": cell, "at": cell.dose.dose.due_at})
            elif cell.entries:
                at = min(entry.record.due_at or entry.record.given_at for entry in cell.entries)
                found.append({"block": block, "row": row, "cell": cell, "at": at})
    return sorted(found, key=lambda each: each["at"])

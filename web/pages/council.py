"""What a council's quality team sees: its homes in counts and rates, never a resident, a staff member or their words.

Homes stand in the order of their names: this is no league table. (domain.md) Every page here reads daily figures in
the council's own scope, in which the database has no row of a person.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from quality.queries import council as queries
from quality.queries import council_readings as readings
from quality.queries.council import HomeOfCouncil, Month
from quality.queries.council_standings import standings
from quality.rules.publication import PUBLISHED, rate_of
from quality.rules.suppression import SMALLEST_SHOWN
from web.access import for_council
from web.council_words import (
    OVERVIEW,
    Asked,
    Figure,
    asked_for,
    count_words,
    figure,
    home_or_404,
    in_overview,
    overview_names,
    quarter_words,
)
from web.csv_file import csv_response
from web.pdf.committee import committee_pdf
from web.trend_words import sign_of


@for_council
@require_GET
def council_page(request: HttpRequest, council: tuple[int, str]) -> HttpResponse:
    """Show the council's homes in one month, with what changed and which homes to ask."""
    asked = asked_for(request, council, timezone.now())
    if asked.month is None:
        return render(request, "council/none_yet.html", {"council_name": council[1], "homes": asked.homes})
    months = asked.months()
    rebased = queries.rebased_days(asked.pks)
    around = {word: readings.compared(PUBLISHED[word], asked.homes, months) for word in OVERVIEW}
    standing = {each.home.pk: each for each in standings(asked.homes, asked.month)}
    context = {
        "council_name": council[1],
        "asked": asked,
        "month": months[-1],
        "headings": overview_names(),
        "rows": [
            _row(home, months, rebased.get(home.pk, ()), around) | {"standing": standing[home.pk]}
            for home in asked.homes
        ],
        "totals": [in_overview(word, months[-1].totals) for word in OVERVIEW],
        "silent": readings.silent_homes(asked.homes, months),
        "unclear": readings.unclear_homes(asked.homes, months),
        "outside": _outside(around),
        "smallest": SMALLEST_SHOWN,
        "quarters": queries.quarters(asked.published),
    }
    return render(request, "council/council.html", context)


def _row(
    home: HomeOfCouncil, months: Sequence[Month], rebased: Sequence[date], around: Mapping[str, readings.Compared]
) -> dict[str, Any]:
    mine = months[-1].homes.get(home.pk)
    figures: list[Figure] = []
    for word in OVERVIEW:
        columns = mine.columns if mine else {}
        variation = readings.home_variation(PUBLISHED[word], home, months, rebased)
        figures.append(in_overview(word, columns, variation, _place(around[word], home)))
    return {"home": home, "month": mine, "figures": figures}


def _place(around: readings.Compared, home: HomeOfCouncil) -> int:
    """Return which limit of the funnel a home lies beyond: 1 above, -1 below, 0 within or not drawn."""
    placed = around.placed.get(home.pk)
    return 0 if placed is None else placed.outside


def _outside(around: Mapping[str, readings.Compared]) -> list[tuple[HomeOfCouncil, str, str]]:
    """Return the homes beyond the limits of a funnel, by name, with the figure's word and which way."""
    found = [
        (home, word, f"{PUBLISHED[word].name}: {'more' if _place(each, home) > 0 else 'fewer'}")
        for word, each in around.items()
        for home in each.homes
        if _place(each, home)
    ]
    return sorted(found, key=lambda each: (each[0].name, each[2]))


@for_council
@require_GET
def council_file(request: HttpRequest, council: tuple[int, str]) -> HttpResponse:
    """Give a month of the council's homes as a file: one line for each home and figure, and for all homes."""
    asked = asked_for(request, council, timezone.now())
    months = asked.months()[-1:]
    lines = []
    for month in months:
        names = {home.pk: home.name for home in asked.homes}
        lines += _lines("All homes", month.month, month.totals, None)
        for pk, mine in sorted(month.homes.items(), key=lambda each: names[each[0]]):
            lines += _lines(names[pk], month.month, mine.columns, mine)
        lines += _standing_lines(asked, month.month)
    headings = ["Month", "Home", "Figure", "Count", "Of", "Rate", "Said in", "Days with figures", "Days changed later"]
    return csv_response("council", headings, lines)


def _lines(name: str, month: date, columns: Mapping[str, int | None], mine: Any) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = []
    for measure in PUBLISHED.values():
        rate = rate_of(measure, columns)
        value = round(rate.value, 4) if rate and rate.value is not None else None
        found.append(
            (f"{month:%Y-%m}", name, measure.name, columns[measure.word], columns[measure.of], value, measure.said_in,
             mine.days if mine else None, mine.changed if mine else None)
        )  # fmt: skip
    return found


def _standing_lines(asked: Asked, month: date) -> list[tuple[object, ...]]:
    """Return what a home stands at besides its figures: open actions as they were, hours as they are counted now."""
    found: list[tuple[object, ...]] = []
    for each in standings(asked.homes, month):
        begins = (f"{month:%Y-%m}", each.home.name)
        found.append((*begins, "Actions open at its end", each.open_actions, None, None, "actions", None, None))
        for grade, hours in each.saved.by_grade.items():
            said_in = f"hours a month now ({hours.low:.2f} to {hours.high:.2f})"
            figure_words = f"{hours.figure:.2f}"
            found.append((*begins, f"Time saved, grade {grade}", None, None, figure_words, said_in, None, None))
    return found


@for_council
@require_GET
def council_home(request: HttpRequest, council: tuple[int, str], council_home_id: int) -> HttpResponse:
    """Show one home in figures: what each says of its months."""
    asked = asked_for(request, council, timezone.now())
    home = home_or_404(asked, council_home_id)
    months = asked.months()
    if not months:
        raise Http404("nothing of this home is published yet")
    rebased = queries.rebased_days([home.pk]).get(home.pk, [])
    mine = months[-1].homes.get(home.pk)
    rows = []
    for measure in PUBLISHED.values():
        trend = readings.home_trend(measure, home, months, rebased)
        rows.append((measure, figure(measure, mine.columns if mine else {}), trend, sign_of(trend)))
    context = {
        "asked": asked, "home": home, "month": mine, "standing": standings([home], months[-1].month)[0], "rows": rows,
        "residents": count_words(mine.residents) if mine else "", "smallest": SMALLEST_SHOWN,
    }  # fmt: skip
    return render(request, "council/home.html", context)


@for_council
@require_GET
def council_quarter(request: HttpRequest, council: tuple[int, str]) -> HttpResponse:
    """Give the quarter's report for a committee as a PDF: the latest quarter that is whole unless another is asked."""
    asked = asked_for(request, council, timezone.now())
    whole = queries.quarters(asked.published)
    chosen = next(
        (each for each in whole if f"{each:%Y-%m}" == request.GET.get("quarter")), whole[0] if whole else None
    )
    if chosen is None:
        raise Http404("no quarter is published whole yet")
    months = queries.months(asked.pks, [each for each in asked.published if each < _end(chosen)])
    file = committee_pdf(
        council[1], quarter_words(chosen), asked.homes, months, queries.rebased_days(asked.pks), OVERVIEW
    )
    response = HttpResponse(file, content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="medicines-quarter.pdf"'
    return response


def _end(quarter: date) -> date:
    return date(quarter.year + (quarter.month == 10), quarter.month % 12 + 3 if quarter.month != 10 else 1, 1)


__all__ = ["Asked", "council_file", "council_home", "council_page", "council_quarter"]

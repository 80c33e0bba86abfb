"""One figure of a council: over time for all homes or one, between homes, and taken apart by class, time and round."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from quality.queries import council as queries
from quality.queries import council_readings as readings
from quality.rules.chart_words import number, settings_words
from quality.rules.publication import PUBLISHED, Published, rate_of
from quality.rules.suppression import SMALLEST_SHOWN
from quality.rules.trends import Trend
from web.access import for_council
from web.charts import funnel_picture, spc_picture
from web.council_words import (
    Asked,
    asked_for,
    cell_name,
    count_words,
    figure,
    home_or_404,
    kind_name,
    measure_or_404,
    months_words,
)
from web.csv_file import csv_response
from web.figure_words import interval_words, rate_words
from web.trend_words import lines_of, sign_of, table_of

TREND_HEADINGS = ["Month", "Count", "Of", "Value", "Mean", "Lower limit", "Upper limit", "Unusual because"]


@for_council
@require_GET
def council_figure(request: HttpRequest, council: tuple[int, str], measure: str) -> HttpResponse:
    """Show one figure of all homes over time, taken apart in the chosen month, with its kinds."""
    asked, published = asked_for(request, council, timezone.now()), measure_or_404(measure)
    months = asked.months()
    if asked.month is None:
        return render(request, "council/none_yet.html", {"council_name": council[1], "homes": asked.homes})
    trend = readings.council_trend(published, asked.homes, months, screen=request.GET.get("screen") != "no")
    context = {
        "asked": asked,
        "measure": published,
        "measures": PUBLISHED.values(),
        "total": figure(published, months[-1].totals),
        "apart": _apart(request, asked, published),
        "kinds": [
            (kind_name(published.theme, code), count_words(count), count_words(again))
            for code, count, again in queries.kinds(asked.pks, asked.month, published.word) or ()
        ],
        "smallest": SMALLEST_SHOWN,
    }
    return render(request, "council/figure.html", context | _drawn(trend, f"{published.name}, all homes", published))


def _drawn(trend: Trend, title: str, measure: Published) -> dict[str, Any]:
    return {
        "trend": trend,
        "sign": sign_of(trend),
        "picture": spc_picture.picture(trend, title, measure.better),
        "lines": lines_of(trend),
        "settings": settings_words(trend.chart),
    }


def _apart(request: HttpRequest, asked: Asked, measure: Published) -> dict[str, Any]:
    """Return the breakdown that was asked for: by class, within one by part of the day, within that by round."""
    medicine_class, time_of_day = request.GET.get("class", ""), request.GET.get("time", "")
    time_of_day = time_of_day if medicine_class else ""
    if asked.month is None:
        raise Http404("nothing is published yet")
    found = queries.breakdown(asked.pks, asked.month, medicine_class=medicine_class, time_of_day=time_of_day)
    if found is None:
        raise Http404("this month has no such part")
    cells, total = found
    path = [each for each in (medicine_class, time_of_day) if each]
    depth = len(path)
    rows = []
    for cell in cells:
        rate = rate_of(measure, cell.columns)
        # What is hidden is never taken apart: there would be nothing to see.
        address = "" if depth == 2 or cell.columns[measure.word] is None else _deeper(asked, [*path, cell.key])
        rows.append((cell_name(depth, cell.key), address, figure(measure, cell.columns), rate and interval_words(rate)))
    return {
        "rows": rows,
        "total": figure(measure, total),
        "heading": ("Class of medicines", "Time of day", "Round")[depth],
        "path": [(cell_name(n, word), _deeper(asked, path[: n + 1])) for n, word in enumerate(path)],
        "top": _deeper(asked, []),
        "is_hidden": total[measure.word] is None,
    }


def _deeper(asked: Asked, path: list[str]) -> str:
    words = "".join(f"&{name}={word}" for name, word in zip(("class", "time"), path, strict=False))
    return f"?month={asked.month:%Y-%m}{words}#apart"


@for_council
@require_GET
def council_figure_file(request: HttpRequest, council: tuple[int, str], measure: str) -> HttpResponse:
    """Give one figure of all homes over time as a file."""
    asked, published = asked_for(request, council, timezone.now()), measure_or_404(measure)
    trend = readings.council_trend(published, asked.homes, asked.months(), screen=request.GET.get("screen") != "no")
    return csv_response(f"council-{published.word}", TREND_HEADINGS, table_of(trend))


@for_council
@require_GET
def council_parts_file(request: HttpRequest, council: tuple[int, str], measure: str) -> HttpResponse:
    """Give one level of a figure taken apart, and its kinds, as a file."""
    asked, published = asked_for(request, council, timezone.now()), measure_or_404(measure)
    medicine_class = request.GET.get("class", "")
    time_of_day = request.GET.get("time", "") if medicine_class else ""
    found = None
    if asked.month is not None:
        found = queries.breakdown(asked.pks, asked.month, medicine_class=medicine_class, time_of_day=time_of_day)
    if found is None or asked.month is None:
        raise Http404("this month has no such part")
    depth = bool(medicine_class) + bool(time_of_day)
    lines: list[tuple[object, ...]] = [("Total", found[1][published.word], found[1][published.of])]
    lines += [
        (cell_name(depth, each.key), each.columns[published.word], each.columns[published.of]) for each in found[0]
    ]
    if depth == 0:
        kinds = queries.kinds(asked.pks, asked.month, published.word) or ()
        place = 2 if published.word == "overridden" else 1
        lines += [(f"Kind: {kind_name(published.theme, row[0])}", row[place], None) for row in kinds]
    return csv_response(f"council-{published.word}-parts", ["Part", "Count", "Of"], lines)


@for_council
@require_GET
def council_home_figure(
    request: HttpRequest, council: tuple[int, str], council_home_id: int, measure: str
) -> HttpResponse:
    """Show one figure of one home over time."""
    asked, published = asked_for(request, council, timezone.now()), measure_or_404(measure)
    home = home_or_404(asked, council_home_id)
    trend = _home_trend(request, asked, home, published)
    context = {"asked": asked, "measure": published, "home": home, "smallest": SMALLEST_SHOWN}
    return render(
        request, "council/home_figure.html", context | _drawn(trend, f"{published.name}, {home.name}", published)
    )


def _home_trend(request: HttpRequest, asked: Asked, home: queries.HomeOfCouncil, measure: Published) -> Trend:
    rebased = queries.rebased_days([home.pk]).get(home.pk, [])
    return readings.home_trend(measure, home, asked.months(), rebased, screen=request.GET.get("screen") != "no")


@for_council
@require_GET
def council_home_figure_file(
    request: HttpRequest, council: tuple[int, str], council_home_id: int, measure: str
) -> HttpResponse:
    """Give one figure of one home over time as a file."""
    asked, published = asked_for(request, council, timezone.now()), measure_or_404(measure)
    home = home_or_404(asked, council_home_id)
    rows = table_of(_home_trend(request, asked, home, published))
    return csv_response(f"home-{published.word}", TREND_HEADINGS, rows)


@for_council
@require_GET
def council_funnel(request: HttpRequest, council: tuple[int, str], measure: str) -> HttpResponse:
    """Show the homes around their average, with limits that allow for how homes usually differ."""
    asked, published = asked_for(request, council, timezone.now()), measure_or_404(measure)
    months = asked.months()[-readings.COMPARED :]
    around = readings.compared(published, asked.homes, months)
    context: dict[str, Any] = {
        "asked": asked, "measure": published, "measures": PUBLISHED.values(), "months": months_words(months),
        "left_out": around.left_out, "smallest": SMALLEST_SHOWN,
    }  # fmt: skip
    if around.funnel is not None:
        names = [home.name for home in around.homes]
        title = f"{published.name} between homes, {months_words(months)}"
        context |= {
            "funnel": around.funnel,
            "average": f"{number(around.funnel.average * published.per)} {published.said_in}",
            "phi": number(around.funnel.phi),
            "picture": funnel_picture.picture(
                around.funnel, names, times=published.per, unit=published.said_in, title=title
            ),
            "rows": _funnel_rows(around, months, published),
            "outside": [
                home for home, placed in zip(around.homes, around.funnel.homes, strict=True) if placed.outside
            ],
        }  # fmt: skip
    return render(request, "council/funnel.html", context)


def _funnel_rows(around: readings.Compared, months: Any, measure: Published) -> list[tuple[Any, ...]]:
    if around.funnel is None:
        return []
    rows = []
    for home, placed in zip(around.homes, around.funnel.homes, strict=True):
        rate = rate_of(measure, readings.latest(home, months, measure))
        limits = f"{number(placed.limits.low * measure.per)} to {number(placed.limits.high * measure.per)}"
        where = {1: "above the limits", -1: "below the limits", 0: "within the limits"}[placed.outside]
        if not placed.outside and placed.near:
            where += ", near the " + ("upper" if placed.near > 0 else "lower")
        said = rate_words(rate, "%" if measure.per == 100 else "")
        rows.append((home, placed.counted.count, placed.counted.of, said, limits, where, bool(placed.outside)))
    return rows


@for_council
@require_GET
def council_funnel_file(request: HttpRequest, council: tuple[int, str], measure: str) -> HttpResponse:
    """Give the homes around their average as a file, by name."""
    asked, published = asked_for(request, council, timezone.now()), measure_or_404(measure)
    months = asked.months()[-readings.COMPARED :]
    rows = _funnel_rows(readings.compared(published, asked.homes, months), months, published)
    lines = [(home.name, count, of, said, limits, where) for home, count, of, said, limits, where, _ in rows]
    headings = ["Home", "Count", "Of", "Rate", "99.8% limits", "Where"]
    return csv_response(f"funnel-{published.word}", headings, lines)

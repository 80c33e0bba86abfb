"""How a home's figures go over time: a chart with its table for each, and new limits where something changed."""

from datetime import date, timedelta
from typing import Any, Literal

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from emar.queries.homes import HomeOfStaff
from quality.operations import rebasings as operations
from quality.queries import figures as queries
from quality.rules.chart_words import settings_words
from quality.rules.measures import MEASURES, Measure
from quality.rules.spc import Kind
from quality.rules.trends import Period, Trend, rare_events, trend
from web.access import MANAGERS, for_roles
from web.charts.spc_picture import picture
from web.csv_file import csv_response
from web.desk_form import DeskForm, data_of, day_field, form_page, is_done
from web.figure_choice import Choice, Option, choice_of
from web.figure_words import GROUPS
from web.pages.figures import REPORT_READERS
from web.trend_words import lines_of, sign_of, table_of

PERIOD_WORDS: dict[Period, str] = {"day": "Days", "week": "Weeks", "month": "Months"}
#: How far back each kind of period is drawn: days, weeks, months.
BACK: dict[Period, int] = {"day": 60, "week": 53 * 7, "month": 731}
CHARTS = {"": "The chart that fits", "xmr": "XmR", "t": "Days between events", "g": "Doses between events"}
#: Events that may be so rare that the time between them says more than a rate.
RARE = frozenset({"given_wrongly", "missed", "supply_failure", "reached", "harmed", "cd_discrepancies"})
#: Gaps drawn of rare events.
MOST_GAPS = 100


@for_roles(REPORT_READERS)
@require_GET
def trends_page(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Show in one sentence for each figure whether it changed."""
    span = queries.span(here.home_id)
    if span is None:
        return render(request, "figures/none_yet.html", {"heading": "Trends"})
    period: Period = "month" if request.GET.get("period") == "month" else "week"
    choice = choice_of(here.home_id, request.GET, span)
    rows = []
    for heading, words in GROUPS.items():
        found = [(MEASURES[word], _said_of(here, MEASURES[word], period, choice, span)) for word in words]
        rows.append((heading, [(measure, each, sign_of(each)) for measure, each in found]))
    context = {"groups": rows, "period": period, "rebasings": queries.rebasings(here.home_id)}
    return render(request, "trends/trends.html", context | {"may_rebase": here.role in MANAGERS})


def _said_of(here: HomeOfStaff, measure: Measure, period: Period, choice: Choice, span: tuple[date, date]) -> Trend:
    """Return a figure on the chart that fits it."""
    if measure.chart is Kind.T:
        return _between(here, measure, choice, span, Kind.T)
    return _trend(here, measure, period, choice, span)


def _between(
    here: HomeOfStaff, measure: Measure, choice: Choice, span: tuple[date, date], kind: Literal[Kind.T, Kind.G],
    *, screen: bool = True,
) -> Trend:  # fmt: skip
    """Return the days or the doses between each two events of a rare figure."""
    by_days, by_doses = queries.gaps(here.home_id, measure, *span, choice.where)
    gaps = by_days if kind is Kind.T else by_doses
    return rare_events(measure.name, gaps[-MOST_GAPS:], kind=kind, screen=screen)


def _trend(
    here: HomeOfStaff, measure: Measure, period: Period, choice: Choice, span: tuple[date, date], **options: Any
) -> Trend:
    """Return a figure over the periods that are over, the last one left out while days of it are to come."""
    first = max(span[0], span[1] - timedelta(days=BACK[period]))
    points = queries.series(here.home_id, measure, period, first, span[1], choice.where)
    if points and period != "day":
        following = queries.periods(period, points[-1].starts_on, points[-1].starts_on + timedelta(days=31))[1]
        if following > span[1] + timedelta(days=1):
            points = points[:-1]
        if points and points[0].starts_on < span[0] and len(points) > 1:
            points = points[1:]
    rebased = [each.from_on for each in queries.rebasings(here.home_id)]
    return trend(measure, points, period=period, rebased_on=rebased, **options)


@for_roles(REPORT_READERS)
@require_GET
def trend_page(request: HttpRequest, here: HomeOfStaff, measure: str) -> HttpResponse:
    """Show one figure over time: the chart, what it says, and its table."""
    figure, span = _measure_or_404(measure), queries.span(here.home_id)
    if span is None:
        return render(request, "figures/none_yet.html", {"heading": figure.name})
    asked = _asked(request)
    choice = choice_of(here.home_id, request.GET, span)
    found, kind = _asked_trend(here, figure, choice, span, asked)
    better = "high" if kind in ("t", "g") else figure.better
    context = {
        "measure": figure,
        "trend": found,
        "sign": sign_of(found),
        "picture": picture(found, f"{figure.name}, {choice.part_words}", better, asked["target"]),
        "lines": lines_of(found),
        "is_between": found.chart.kind in (Kind.T, Kind.G),
        "settings": settings_words(found.chart),
        "choice": choice,
        "asked": asked,
        "options": _options(figure, asked),
        "target_words": request.GET.get("target", ""),
        "query": request.GET.urlencode(),
        "rebasings": queries.rebasings(here.home_id),
        "may_rebase": here.role in MANAGERS,
    }
    return render(request, "trends/trend.html", context)


def _asked(request: HttpRequest) -> dict[str, Any]:
    period = request.GET.get("of", "week")
    try:
        target: float | None = float(request.GET.get("target", "").replace(",", ".").rstrip("% "))
    except ValueError:
        target = None
    return {
        "of": period if period in PERIOD_WORDS else "week",
        "screen": request.GET.get("screen") != "no",
        "chart": request.GET.get("chart", "") if request.GET.get("chart", "") in CHARTS else "",
        "target": target if target is not None and 0 <= target <= 100_000 else None,
    }


def _asked_trend(
    here: HomeOfStaff, figure: Measure, choice: Choice, span: tuple[date, date], asked: dict[str, Any]
) -> tuple[Trend, str]:
    kind = asked["chart"] if asked["chart"] in ("xmr", "u") or figure.word in RARE else ""
    if not kind and figure.chart is Kind.T:
        kind = "t"
    if kind in ("t", "g"):
        which = Kind.T if kind == "t" else Kind.G
        return _between(here, figure, choice, span, which, screen=asked["screen"]), kind
    chart = Kind.XMR if kind == "xmr" else None
    options = {"screen": asked["screen"], "kind": chart, "target": asked["target"]}
    return _trend(here, figure, asked["of"], choice, span, **options), kind


def _options(figure: Measure, asked: dict[str, Any]) -> dict[str, list[Option]]:
    charts = [each for each in CHARTS.items() if each[0] not in ("t", "g") or figure.word in RARE]
    return {
        "of": [Option(value, words, value == asked["of"]) for value, words in PERIOD_WORDS.items()],
        "chart": [Option(value, words, value == asked["chart"]) for value, words in charts],
        "screen": [
            Option("", "Left out of the limits", asked["screen"]), Option("no", "Kept in", not asked["screen"])
        ],
    }  # fmt: skip


@for_roles(REPORT_READERS)
@require_GET
def trend_file(request: HttpRequest, here: HomeOfStaff, measure: str) -> HttpResponse:
    """Give one figure over time as a file: what the page's table says."""
    figure, span = _measure_or_404(measure), queries.span(here.home_id)
    rows: list[tuple[object, ...]] = []
    if span is not None:
        choice = choice_of(here.home_id, request.GET, span)
        found, _ = _asked_trend(here, figure, choice, span, _asked(request))
        rows = table_of(found)
    headings = ["Period", "Count", "Of", "Value", "Mean", "Lower limit", "Upper limit", "Unusual because"]
    return csv_response(f"trend-{figure.word}", headings, rows)


def _measure_or_404(word: str) -> Measure:
    if word not in MEASURES:
        raise Http404("there is no such figure")
    return MEASURES[word]


# New limits


class NewLimitsForm(DeskForm):
    """From which day charts have new limits, and why."""

    from_on = day_field("From which day")
    why = forms.ChoiceField(label="What changed", widget=forms.RadioSelect)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["why"].choices = queries.rebasing_reasons()


REFUSALS: dict[type[Exception], str] = {operations.RebasedAlready: "from_on", operations.NotYetThere: "from_on"}


@for_roles(MANAGERS)
@require_http_methods(["GET", "POST"])
def new_limits(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Give the home's charts new limits from a day on."""
    form = NewLimitsForm(**data_of(request))

    def act(said: dict[str, Any]) -> None:
        operations.rebase(
            home_id=here.home_id, from_on=said["from_on"], why=said["why"], by=request.user.pk, at=timezone.now()
        )

    back = reverse("web:trends")
    if is_done(request, form, act, REFUSALS):
        messages.success(request, "The charts have new limits from that day on. You can take this back below.")
        return redirect(back)
    return form_page(
        request, form, heading="New limits", button="Begin new limits", back=back,
        words="Only for a change you know of, such as going live: a chart that is given new limits whenever it looks "
        "unusual finds nothing.",
    )  # fmt: skip


@for_roles(MANAGERS)
@require_POST
def withdraw_limits(request: HttpRequest, here: HomeOfStaff, rebasing_id: int) -> HttpResponse:
    """Take new limits back."""
    rebasing = queries.rebasing(here.home_id, rebasing_id)
    if rebasing is None:
        raise Http404("this home has no such limits")
    operations.withdraw(rebasing=rebasing, by=request.user.pk, at=timezone.now())
    messages.success(request, "Taken back: the charts go on with the limits from before.")
    return redirect("web:trends")

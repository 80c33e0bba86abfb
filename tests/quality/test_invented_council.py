"""Do the charts find what was planted in an invented council, and nothing else?

The false-alarm rates stated here were measured over 40 seeds of 20 homes and 18 months (SEEDS=40 pytest -k rate): a
chart of a home in which nothing happened has a marked point in 2.3 of 100 (162 of 7,200), its latest point is marked
in 0.5 of 100 (33 of 7,200), and a home of which nothing was planted lies outside a funnel in 8.0 of 1,000 (54 of
6,724). The limits in the tests are those rates with room for a smaller sample.
"""

import os
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cache
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum

from emar.scope import scope
from quality.demo.invented import InventedHome, columns_by_month, figures_of, invent
from quality.demo.standing import rooms_of_home
from quality.demo.writing import CouncilExists, write_council
from quality.models import DailyFigure, DailyFigurePart, DailyKind, Rebasing
from quality.queries import council, council_readings, council_standings
from quality.queries.council import HomeMonth, HomeOfCouncil, Month
from quality.rules.going_live import is_wifi_ready, rooms_of
from quality.rules.publication import PUBLISHED, by_columns, columns_of

UNTIL = date(2026, 11, 22)
SEEDS = range(int(os.environ.get("SEEDS", "3")))
HOMES, MONTHS = 20, 18
#: Measured over 40 seeds: 0.023, 0.005 and 0.008.
CHARTS_MARKED, LATEST_MARKED, HOMES_OUTSIDE = 0.06, 0.025, 0.015
PLANTED = {"missed": "is_outlier", "near_misses": "is_under_reporting", "given_wrongly": "is_under_reporting",
           "reached": "is_under_reporting", "late_entries": "has_slow_wifi"}  # fmt: skip
WORDS = (
    "missed", "supply_failure", "late", "near_misses", "given_wrongly", "reached", "not_scanned", "late_entries",
    "refused",
)  # fmt: skip


@cache
def invented(seed: int) -> tuple[list[InventedHome], list[HomeOfCouncil], list[Month]]:
    """Return a council's homes and months as its officer sees them, without a database."""
    homes = invent(homes=HOMES, months=MONTHS, seed=seed, until=UNTIL)
    by_month: dict[date, dict[int, dict[str, int]]] = {}
    for place, home in enumerate(homes):
        figures = figures_of(home, place, months=MONTHS, seed=seed, until=UNTIL)
        for month, numbers in columns_by_month(figures):
            by_month.setdefault(month, {})[place] = columns_of(numbers)
    months = []
    for month, columns in by_month.items():
        totals, shown = by_columns(columns)
        months.append(Month(month, totals, {pk: HomeMonth(mine, 30, 0, 0, 30, 3) for pk, mine in shown.items()}))
    return homes, [HomeOfCouncil(n, home.name, False, home.live_on) for n, home in enumerate(homes)], months


def alarms(seeds: Sequence[int]) -> Counter[str]:
    """Count charts, their marked points and homes outside funnels, of homes in which nothing was planted."""
    found: Counter[str] = Counter()
    for seed in seeds:
        homes, rows, months = invented(seed)
        for word in WORDS:
            for home, row in zip(homes, rows, strict=True):
                drawn = council_readings.home_trend(PUBLISHED[word], row, months, [home.live_on]).chart.points
                found["charts"] += 1
                found["marked"] += any(each.signals for each in drawn)
                found["latest"] += bool(drawn and drawn[-1].signals)
            around = council_readings.compared(PUBLISHED[word], rows, months)
            for row, placed in zip(around.homes, around.funnel.homes if around.funnel else (), strict=True):
                if not getattr(homes[row.pk], PLANTED.get(word, ""), False):
                    found["homes"] += 1
                    found["outside"] += bool(placed.outside)
    return found


def test_nothing_else_is_found_at_the_stated_rate() -> None:
    found = alarms(list(SEEDS))
    assert found["charts"] == len(SEEDS) * HOMES * len(WORDS)
    assert found["marked"] / found["charts"] <= CHARTS_MARKED
    assert found["latest"] / found["charts"] <= LATEST_MARKED
    assert found["outside"] / found["homes"] <= HOMES_OUTSIDE


@pytest.mark.parametrize("seed", SEEDS)
def test_the_step_at_go_live_is_found_in_every_home(seed: int) -> None:
    homes, rows, months = invented(seed)
    for home, row in zip(homes, rows, strict=True):
        step = council_readings.home_trend(PUBLISHED["missed"], row, months, [])
        assert any(each.signals for each in step.chart.points), home.name
        # Rebased at go-live there are two processes, the later with about half as many missed.
        points = council_readings.home_trend(PUBLISHED["missed"], row, months, [home.live_on]).chart.points
        assert 0.35 < points[-1].mean / points[0].mean < 0.65


@pytest.mark.parametrize("seed", SEEDS)
def test_the_outlier_and_the_slow_wifi_lie_above_the_limits(seed: int) -> None:
    homes, rows, months = invented(seed)
    for word in ("missed", "late_entries"):
        around = council_readings.compared(PUBLISHED[word], rows, months)
        assert around.funnel is not None
        planted = next(n for n, home in enumerate(homes) if getattr(home, PLANTED[word]))
        place = next(at for at, row in enumerate(around.homes) if row.pk == planted)
        assert around.funnel.homes[place].outside == 1


@pytest.mark.parametrize("seed", SEEDS)
def test_the_silent_home_is_asked_about_and_no_other_is_accused(seed: int) -> None:
    homes, rows, months = invented(seed)
    planted = next(n for n, home in enumerate(homes) if home.is_under_reporting)
    silent = {row.pk for row, _ in council_readings.silent_homes(rows, months)}
    unclear = {row.pk for row, _, _ in council_readings.unclear_homes(rows, months)}
    assert silent <= {planted}
    assert planted in silent | unclear


def places_of(homes: Sequence[InventedHome], planted: str) -> set[int]:
    return {n for n, home in enumerate(homes) if getattr(home, planted)}


@pytest.mark.parametrize("seed", SEEDS)
def test_everything_planted_is_found_and_no_other_home_is_named_for_it(seed: int) -> None:
    """The whole council at once: go-live, the silent home, the outlier, the slow Wi-Fi, and who else is pointed at."""
    homes, rows, months = invented(seed)
    stepped = {
        row.pk
        for row in rows
        if any(each.signals for each in council_readings.home_trend(PUBLISHED["missed"], row, months).chart.points)
    }
    assert stepped == set(range(HOMES))
    outside = {}
    for word in ("missed", "late_entries"):
        around = council_readings.compared(PUBLISHED[word], rows, months)
        outside[word] = {pk for pk, placed in around.placed.items() if placed.outside}
    silent = {row.pk for row, _ in council_readings.silent_homes(rows, months)}
    unclear = {row.pk for row, _, _ in council_readings.unclear_homes(rows, months)}
    not_ready = set()
    for place, home in enumerate(homes):
        rooms = rooms_of(rooms_of_home(home, place, seed=seed))
        if not is_wifi_ready(rooms, {(each.unit, each.room) for each in rooms}):
            not_ready.add(place)
    # Rooms are measured over and over and read exactly: no home but the one with the slow Wi-Fi may be called slow.
    slow = places_of(homes, "has_slow_wifi")
    assert not_ready == slow
    assert places_of(homes, "is_outlier") <= outside["missed"]
    assert slow <= outside["late_entries"]
    assert places_of(homes, "is_under_reporting") <= silent | unclear
    # By chance alone about one home of a hundred lies outside a funnel; the rate itself is tested above.
    assert len(outside["missed"] - places_of(homes, "is_outlier")) + len(outside["late_entries"] - slow) <= 2
    assert silent <= places_of(homes, "is_under_reporting")


@pytest.mark.parametrize("seed", SEEDS)
def test_the_mark_of_the_overview_is_what_the_whole_chart_says(seed: int) -> None:
    homes, rows, months = invented(seed)
    for word in ("missed", "near_misses", "late_entries"):
        for home, row in zip(homes, rows, strict=True):
            for until in range(1, MONTHS + 1, 4):
                for rebased in ([], [home.live_on]):
                    whole = council_readings.home_trend(PUBLISHED[word], row, months[:until], rebased).said.variation
                    mark = council_readings.home_variation(PUBLISHED[word], row, months[:until], rebased)
                    assert mark is whole, (home.name, word, until)


# Written down


@pytest.mark.usefixtures("committed_db")
def test_what_is_written_is_what_was_invented() -> None:
    now = datetime(2026, 11, 22, 9, tzinfo=UTC)
    made = write_council(homes=3, months=4, seed=77, at=now)
    assert [home for _, home in made.homes] == invent(homes=3, months=4, seed=77, until=now.date())
    for place, (pk, home) in enumerate(made.homes):
        figures = figures_of(home, place, months=4, seed=77, until=now.date())
        with scope(home=pk):
            for name in ("due", "missed", "near_misses", "overridden"):
                whole = DailyFigure.objects.aggregate(sum=Sum(name))["sum"]
                assert whole == DailyFigurePart.objects.aggregate(sum=Sum(name))["sum"] == figures.numbers[name].sum()
            stopped = DailyKind.objects.filter(theme="near_miss").aggregate(sum=Sum("count"))["sum"]
            assert stopped == figures.numbers["near_misses"].sum()
            assert Rebasing.objects.get().from_on == home.live_on
    with scope(council=made.council_id):
        pks = [pk for pk, _ in made.homes]
        found = council.months(pks, council.published_months(pks, now))
        stood = council_standings.standings(council.homes_of_council(made.council_id), found[-1].month)
    assert [month.month.month for month in found] == [7, 8, 9, 10]
    slow = {pk for pk, home in made.homes if home.has_slow_wifi}
    assert {each.home.pk for each in stood if each.line.met < each.line.asked} == slow
    assert {each.line.step.stage for each in stood if each.line.step} == {"usage"}
    with pytest.raises(CouncilExists):
        write_council(homes=3, months=4, seed=77, at=now)


@pytest.mark.usefixtures("committed_db")
def test_the_command_says_what_it_planted_and_how_to_sign_in() -> None:
    said = StringIO()
    call_command("generate_council", homes=4, months=3, seed=78, stdout=said)
    words = said.getvalue()
    assert "council.officer78" in words
    assert words.count("Planted: ") == 3
    with pytest.raises(CommandError, match="choose another seed"):
        call_command("generate_council", homes=4, months=3, seed=78)
    with pytest.raises(CommandError, match="Choose"):
        call_command("generate_council", homes=0)


def test_no_council_is_invented_in_production(settings) -> None:  # type: ignore[no-untyped-def]
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="does not belong"):
        call_command("generate_council")

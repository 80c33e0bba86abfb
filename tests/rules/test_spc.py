"""Control charts, held to published examples and to another implementation.

The other implementation is controlchartspy, the library of the Healthcare Quality Intelligence Unit of Western
Australia's health department; nothing but these tests uses it. It rounds 3/1.128 not at all, where NHS charts
write 2.66.
"""

import random
from typing import Any

import controlchartspy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.rules.spc import (
    Counted,
    Signal,
    g_chart,
    mean_moving_range,
    p_chart,
    t_chart,
    u_chart,
    xmr,
)

#: The example of NHSRplotthedots' vignette "Deviations from Excel defaults": one freak value among ones and twos.
FREAK = [1, 2, 1, 2, 10, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]
#: Cans of orange juice that leak, of 50 in each of 30 samples (Montgomery, Introduction to Statistical Quality Control,
#: example 7.1): mean 0.2313, limits 0.0524 and 0.4102, samples 15 and 23 outside.
LEAKING = [12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22, 8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6]
#: Viscosity of aircraft paint primer (Montgomery, exercise on individual measurements, 15 batches): mean 33.52,
#: limits 32.24 and 34.80.
VISCOSITY = [
    33.75, 33.05, 34.00, 33.81, 33.46, 34.02, 33.68, 33.27, 33.49, 33.20, 33.62, 33.00, 33.54, 33.12, 33.84,
]  # fmt: skip


def others(
    kind: str, values: list[Any], under: list[int] | None = None, *, screen: bool = True
) -> list[dict[str, Any]]:
    """Return what the other implementation says of the same points."""
    rows: dict[str, list[Any]] = {"key": [f"{n:04}" for n in range(len(values))], "over": values}
    if under is not None:
        rows["under"] = under
    settings = {"chart_type": kind, "outliers_in_limits": not screen, "multiplier": 1, "perc_labels": "No"}
    chart = controlchartspy.spc(
        rows, keys="key", numerators="over", denominators="under" if under else None, spc_settings=settings,
        return_objs=["limits"],
    )  # fmt: skip
    assert chart.limits is not None
    return list(chart.limits)


@pytest.fixture(scope="module")
def counts() -> tuple[list[int], list[int]]:
    chance = random.Random(7)
    under = [chance.randint(150, 900) for _ in range(24)]
    return [chance.randint(5, 60) for _ in under], under


# XmR


@pytest.mark.parametrize(("screen", "lower", "upper"), [(True, -0.72, 4.60), (False, -3.06, 6.95)])
def test_limits_are_those_of_the_published_tool(screen: bool, lower: float, upper: float) -> None:
    first = xmr(FREAK, screen=screen).points[0]
    assert (round(first.mean, 2), round(first.lower, 2), round(first.upper, 2)) == (1.94, lower, upper)


def test_the_freak_of_the_published_tool_is_the_only_signal_and_is_said() -> None:
    chart = xmr(FREAK)
    assert [n for n, each in enumerate(chart.points) if each.signals] == [4]
    assert chart.points[4].signals == {Signal.OUTSIDE}
    assert chart.screened == 2


def test_limits_of_single_values_are_montgomerys() -> None:
    first = xmr(VISCOSITY, screen=False).points[0]
    assert (round(first.mean, 2), round(first.lower, 2), round(first.upper, 2)) == (33.52, 32.24, 34.80)


@pytest.mark.parametrize("screen", [True, False])
@pytest.mark.parametrize("values", [FREAK, VISCOSITY, LEAKING])
def test_xmr_agrees_with_the_other_implementation(values: list[float], screen: bool) -> None:
    for mine, theirs in zip(xmr(values, screen=screen).points, others("i", values, screen=screen), strict=True):
        assert mine.mean == pytest.approx(theirs["target"])
        # 2.66 is 3 / 1.128 rounded.
        assert mine.mean - mine.lower == pytest.approx(theirs["target"] - theirs["ll99"], rel=2e-4)
        assert mine.upper - mine.mean == pytest.approx(theirs["ul99"] - theirs["target"], rel=2e-4)


def test_fewer_than_twelve_points_make_trial_limits() -> None:
    assert xmr(FREAK[:11]).parts[0].is_trial
    assert not xmr(FREAK[:12]).parts[0].is_trial


def test_a_rebased_chart_is_two_charts() -> None:
    before, after = FREAK[:9], [20.0, 21, 20, 22, 20, 21, 22, 20, 21]
    both = xmr(before + after, rebased_at=[9])
    assert both.points == xmr(before).points + xmr(after).points
    assert [(part.start, part.end) for part in both.parts] == [(0, 9), (9, 18)]


def test_nothing_and_one_value_are_charts_without_signals() -> None:
    assert xmr([]).points == ()
    assert [(each.lower, each.upper, each.signals) for each in xmr([3]).points] == [(3, 3, frozenset())]


# p and u


def test_the_p_chart_is_montgomerys() -> None:
    chart = p_chart([Counted(each, 50) for each in LEAKING], laney="no")
    first = chart.points[0]
    assert (round(first.mean, 4), round(first.lower, 4), round(first.upper, 4)) == (0.2313, 0.0524, 0.4102)
    assert [n + 1 for n, each in enumerate(chart.points) if Signal.OUTSIDE in each.signals] == [15, 23]


@pytest.mark.parametrize(("kind", "draw"), [("pp", p_chart), ("up", u_chart)])
@pytest.mark.parametrize("screen", [True, False])
def test_laney_agrees_with_the_other_implementation(
    kind: str, draw: Any, screen: bool, counts: tuple[list[int], list[int]]
) -> None:
    over, under = counts
    chart = draw([Counted(*each) for each in zip(over, under, strict=True)], screen=screen, laney="as_published")
    assert chart.parts[0].spread > 1.5
    for mine, theirs in zip(chart.points, others(kind, over, under, screen=screen), strict=True):
        scale = theirs["value"] / mine.value
        # Its p'-chart screens the z scores against their own mean in another order; unscreened, both are Laney's.
        close = 0.05 if screen and kind == "pp" else 1e-6
        assert mine.mean * scale == pytest.approx(theirs["target"])
        assert mine.upper * scale == pytest.approx(theirs["ul99"], rel=close)
        assert mine.lower * scale == pytest.approx(theirs["ll99"], rel=close, abs=1e-9)


def test_limits_are_never_narrower_than_chance_unless_laneys_own_chart_is_asked_for() -> None:
    steady = [Counted(50 + n % 2, 1000) for n in range(20)]
    assert p_chart(steady).parts[0].spread == 1
    assert p_chart(steady, laney="as_published").parts[0].spread < 0.5


def test_counts_that_never_happen_have_no_signal() -> None:
    chart = u_chart([Counted(0, 500)] * 20)
    assert all(each.mean == each.upper == 0 and not each.signals for each in chart.points)


def test_a_proportion_needs_something_to_be_a_proportion_of() -> None:
    with pytest.raises(ValueError, match="denominator"):
        p_chart([Counted(0, 0)])


# Rare events


def test_the_t_chart_agrees_with_the_other_implementation() -> None:
    chance = random.Random(3)
    days = [chance.randint(1, 60) for _ in range(18)]
    for mine, theirs in zip(t_chart(days).points, others("t", days), strict=True):
        assert mine.mean == pytest.approx(theirs["target"])
        assert mine.lower == pytest.approx(theirs["ll99"], abs=2e-2)
        assert mine.upper == pytest.approx(theirs["ul99"], rel=1e-3)


def test_the_g_chart_agrees_with_the_other_implementation() -> None:
    chance = random.Random(4)
    doses = [chance.randint(0, 900) for _ in range(18)]
    for mine, theirs in zip(g_chart(doses).points, others("g", doses), strict=True):
        assert (mine.mean, mine.lower) == (theirs["target"], theirs["ll99"])
        assert mine.upper == pytest.approx(theirs["ul99"])


def test_a_time_before_the_last_event_is_refused() -> None:
    with pytest.raises(ValueError, match="not negative"):
        t_chart([3, -1])
    with pytest.raises(ValueError, match="not negative"):
        g_chart([3, -1])


# Signals. The cases of shifts, trends and two of three are those of NHSRplotthedots' tests of its point types.


def places(chart: Any, signal: Signal) -> list[int]:
    return [n for n, each in enumerate(chart.points) if signal in each.signals]


@pytest.mark.parametrize(
    ("sides", "marked"),
    [
        ([1] * 6 + [-1], []),
        ([1] * 8 + [-1], [0, 1, 2, 3, 4, 5, 6, 7]),
        ([-1] * 8 + [1], [0, 1, 2, 3, 4, 5, 6, 7]),
        ([-1, *[1] * 8, -1], [1, 2, 3, 4, 5, 6, 7, 8]),
    ],
)
def test_seven_on_one_side_are_a_shift(sides: list[int], marked: list[int]) -> None:
    # Far values at the end put the mean between the two sides without joining either row.
    values = [10.0 + each for each in sides]
    middle = 10.0
    balance = [middle * (len(values) + 1) - sum(values)]
    chart = xmr(values + balance)
    assert [n for n in places(chart, Signal.SHIFT) if n < len(sides)] == marked


@pytest.mark.parametrize(
    ("values", "marked"),
    [
        ([1, 2, 3, 4, 5, 6], []),
        ([1, 2, 3, 3, 4, 5, 6], []),
        ([1, 2, 3, 4, 5, 6, 7], [0, 1, 2, 3, 4, 5, 6]),
        ([2, 1, 2, 3, 4, 5, 6, 7, 3], [1, 2, 3, 4, 5, 6, 7]),
        ([7, 6, 5, 4, 3, 2, 1], [0, 1, 2, 3, 4, 5, 6]),
        ([2, 7, 6, 5, 4, 3, 2, 1, 3], [1, 2, 3, 4, 5, 6, 7]),
    ],
)
def test_seven_rising_or_falling_are_a_trend(values: list[float], marked: list[int]) -> None:
    assert places(xmr(values), Signal.TREND) == marked


@pytest.mark.parametrize(
    ("near", "marked"),
    [
        ([0, 0, 1, 0, 1, 0, 0], [2, 4]),
        ([0, 0, 1, 1, 0, 0, 0], [2, 3]),
        ([1, 0, 0, 1, 0, 0, 0], []),
        ([1, 0, 0, 1, 1, 0, 0], [3, 4]),
        ([0, 1, 0, -1, 0, 0, 0], []),
    ],
)
def test_two_of_three_in_the_outer_third_are_marked(near: list[int], marked: list[int]) -> None:
    # Hundreds of ones and minus ones in turn fix the mean at 0 and the limits at ±5.3; the outer third begins at 3.55.
    steady = [1.0, -1.0] * 200
    chart = xmr([*steady, *[4.4 * each for each in near]], screen=True)
    assert [n - len(steady) for n in places(chart, Signal.TWO_OF_THREE)] == marked


def test_signals_do_not_reach_over_a_rebasing() -> None:
    rising = [float(n) for n in range(10)]
    assert places(xmr(rising, rebased_at=[5]), Signal.TREND) == []


# Properties

values = st.lists(st.floats(-1e6, 1e6, allow_nan=False), min_size=1, max_size=40)


@given(values, st.floats(-1e4, 1e4), st.sampled_from([0.5, 2.0, 16.0]))
def test_moving_and_stretching_the_scale_moves_and_stretches_the_chart(
    series: list[float], by: float, times: float
) -> None:
    plain, moved = xmr(series), xmr([each * times for each in series])
    for one, other in zip(plain.points, moved.points, strict=True):
        assert other.upper == pytest.approx(one.upper * times, rel=1e-6, abs=1e-6)
        assert other.lower == pytest.approx(one.lower * times, rel=1e-6, abs=1e-6)
    shifted = xmr([each + by for each in series])
    assert shifted.points[0].mean == pytest.approx(plain.points[0].mean + by, rel=1e-6, abs=1e-3)


@given(values)
def test_screening_never_widens_limits(series: list[float]) -> None:
    screened, _ = mean_moving_range(series, screen=True)
    plain, left_out = mean_moving_range(series, screen=False)
    assert left_out == 0
    assert screened <= plain + 1e-9 * abs(plain)


@given(values)
def test_a_mirrored_series_has_the_same_signals(series: list[float]) -> None:
    found = [each.signals for each in xmr(series).points]
    mirrored = [each.signals for each in xmr([-each for each in series]).points]
    assert found == mirrored

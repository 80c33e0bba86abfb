"""Which homes report so little that somebody should ask."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from quality.rules.spc import Counted
from quality.rules.under_reporting import as_few_by_chance, expected, reports_too_little

USUAL = [Counted(96 + n, 8_000) for n in range(9)]


def test_a_zero_among_homes_that_report_is_a_warning_sign() -> None:
    assert reports_too_little([*USUAL, Counted(0, 8_000)]) == [False] * 9 + [True]


def test_far_too_few_are_asked_about() -> None:
    assert reports_too_little([*USUAL, Counted(12, 8_000)]) == [False] * 9 + [True]


def test_fewer_than_usual_is_not_silence() -> None:
    assert not any(reports_too_little([*USUAL, Counted(60, 8_000)]))


def test_a_small_home_may_have_none_by_chance() -> None:
    assert not any(reports_too_little([*USUAL, Counted(0, 300)]))


def test_homes_that_differ_widely_are_allowed_to() -> None:
    wide = [Counted(each, 8_000) for each in (20, 200, 60, 150, 30, 250, 90, 40, 170)]
    assert not any(reports_too_little(wide))


def test_where_nobody_reports_nobody_stands_out() -> None:
    assert not any(reports_too_little([Counted(0, 8_000)] * 5))
    assert reports_too_little([]) == []


@pytest.mark.parametrize(("count", "mean"), [(0, 3.0), (4, 9.5), (30, 60.0), (500, 690.0)])
def test_how_few_by_chance_is_scipys(count: int, mean: float) -> None:
    assert as_few_by_chance(count, mean) == pytest.approx(stats.poisson.cdf(count, mean), rel=1e-9)


@given(
    st.lists(st.integers(1, 9_000).flatmap(lambda of: st.builds(Counted, st.integers(0, of), st.just(of))), max_size=9)
)
def test_nobody_with_half_of_what_is_expected_is_asked_about(homes: list[Counted]) -> None:
    for place, is_silent in enumerate(reports_too_little(homes)):
        assert not is_silent or homes[place].count < expected(homes, place) / 2

"""When a when-required medicine may next be given."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emar.rules.prn import GivenDose, Limit, given_24h, next_allowed_at, paracetamol_limit, prn_findings
from emar.rules.wall_clock import LONDON

NOON = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
GAP = Limit(timedelta(hours=4), Decimal(8))
TWO = Decimal(2)


def had(hours_ago: float, amount: int = 2, prescription: str = "rx", mg: int = 1000) -> GivenDose:
    return GivenDose(NOON - hours_ago * HOUR, Decimal(amount), prescription, {"paracetamol": Decimal(mg)})


def codes(past: list[GivenDose], limits: list[Limit] | None = None, at: datetime = NOON) -> list[str]:
    found = prn_findings("rx", TWO, {"paracetamol": Decimal(1000)}, at, limits or [GAP], past)
    return [each.code for each in found]


@pytest.mark.hazard("H09", control="gaps count real hours", shows="works")
class TestGap:
    def test_exactly_the_gap_is_enough(self) -> None:
        assert codes([had(4)]) == []

    def test_a_second_less_is_too_soon(self) -> None:
        assert codes([replace(had(4), given_at=NOON - 4 * HOUR + timedelta(seconds=1))]) == ["prn_too_soon"]

    def test_a_dose_that_arrives_late_from_a_phone_is_judged_against_those_after_it(self) -> None:
        assert codes([had(-1)]) == ["prn_too_soon"]

    def test_another_prescription_does_not_count_without_an_ingredient(self) -> None:
        assert codes([had(1, prescription="other")]) == []

    def test_four_hours_are_real_hours_when_the_clocks_go_back(self) -> None:
        # 00:30 BST to 03:30 GMT looks like three hours on the wall and is four.
        first = datetime(2026, 10, 25, 0, 30, tzinfo=LONDON)
        after = datetime(2026, 10, 25, 3, 30, tzinfo=LONDON)
        assert codes([replace(had(0), given_at=first)], at=after) == []

    def test_four_hours_are_real_hours_when_the_clocks_go_forward(self) -> None:
        # 00:30 GMT to 04:30 BST looks like four hours on the wall and is three.
        first = datetime(2026, 3, 29, 0, 30, tzinfo=LONDON)
        after = datetime(2026, 3, 29, 4, 30, tzinfo=LONDON)
        assert codes([replace(had(0), given_at=first)], at=after) == ["prn_too_soon"]
        assert codes([replace(had(0), given_at=first)], at=after + HOUR) == []


@pytest.mark.hazard("H09", control="totals count by amount and by ingredient", shows="works")
class TestMaximum:
    def test_exactly_the_maximum_is_allowed(self) -> None:
        assert codes([had(20), had(12), had(6)]) == []

    def test_more_is_over_it(self) -> None:
        assert codes([had(20), had(15), had(10), had(5)]) == ["prn_over_maximum"]

    def test_a_dose_exactly_24_hours_ago_no_longer_counts(self) -> None:
        assert codes([had(24), had(15), had(10), had(5)]) == []

    def test_a_late_arriving_dose_can_push_a_later_window_over(self) -> None:
        assert codes([had(-5), had(-10), had(-15), had(-20)]) == ["prn_over_maximum"]

    def test_the_ingredient_counts_over_regular_and_when_required_products(self) -> None:
        regular = [had(hours, prescription="co-codamol") for hours in (5, 10, 15, 20)]
        assert codes(regular, [paracetamol_limit("paracetamol")]) == ["prn_over_maximum"]
        assert codes(regular[:3], [paracetamol_limit("paracetamol")]) == []

    def test_given_24h_by_prescription_and_by_ingredient(self) -> None:
        past = [had(1), had(2, prescription="co-codamol"), had(24), had(-1)]
        assert given_24h(past, NOON, prescription_id="rx") == 2
        assert given_24h(past, NOON, ingredient_id="paracetamol") == 2000

    def test_a_number_of_doses_can_be_the_limit(self) -> None:
        three_times = Limit(max_doses_24h=3)
        assert codes([had(5), had(10)], [three_times]) == []
        assert codes([had(5), had(10), had(15)], [three_times]) == ["prn_over_maximum"]


class TestNextAllowed:
    def opens(self, past: list[GivenDose], limits: list[Limit]) -> datetime | None:
        return next_allowed_at("rx", TWO, {"paracetamol": Decimal(1000)}, NOON, limits, past)

    def test_now_when_nothing_stands_in_the_way(self) -> None:
        assert self.opens([], [GAP]) == NOON

    def test_after_the_gap(self) -> None:
        assert self.opens([had(1)], [GAP]) == NOON + 3 * HOUR

    def test_when_enough_of_the_maximum_has_passed(self) -> None:
        assert self.opens([had(20), had(15), had(10), had(5)], [GAP]) == NOON + 4 * HOUR

    def test_the_later_of_two_limits(self) -> None:
        limits = [GAP, paracetamol_limit("paracetamol")]
        assert self.opens([had(3.5, prescription="co-codamol"), had(3)], limits) == NOON + HOUR

    def test_never_when_one_dose_is_more_than_the_maximum(self) -> None:
        assert self.opens([], [Limit(None, Decimal(1))]) is None


PASTS = st.lists(
    st.builds(had, st.integers(0, 60 * 47).map(lambda minutes: minutes / 60), st.integers(1, 3)), max_size=12
)
LIMITS = st.lists(
    st.builds(
        Limit,
        st.none() | st.integers(0, 720).map(lambda minutes: timedelta(minutes=minutes)),
        st.none() | st.integers(2, 12).map(Decimal),
        st.none(),
        st.none() | st.integers(1, 6),
    ),
    min_size=1,
    max_size=3,
)


@given(PASTS, LIMITS)
def test_at_next_allowed_nothing_is_found_and_a_minute_before_something_is(
    past: list[GivenDose], limits: list[Limit]
) -> None:
    opens = next_allowed_at("rx", TWO, {}, NOON, limits, past)
    assert opens is not None
    assert prn_findings("rx", TWO, {}, opens, limits, past) == []
    if opens > NOON:
        assert prn_findings("rx", TWO, {}, opens - timedelta(seconds=1), limits, past)


@given(PASTS, LIMITS)
def test_giving_only_when_allowed_never_breaks_the_maximum(past: list[GivenDose], limits: list[Limit]) -> None:
    """A whole day of giving at the first allowed moment, then every 24 hours counted from scratch."""
    now, doses = NOON + 48 * HOUR, []
    for _ in range(8):
        opens = next_allowed_at("rx", TWO, {}, now, limits, [*past, *doses])
        assert opens is not None
        doses.append(GivenDose(opens, TWO, "rx"))
        now = opens + timedelta(minutes=1)
    for limit in limits:
        for dose in doses:
            around = [each for each in doses if dose.given_at - 24 * HOUR < each.given_at <= dose.given_at]
            if limit.max_24h is not None:
                assert sum(each.amount for each in around) <= limit.max_24h
            if limit.max_doses_24h is not None:
                assert len(around) <= limit.max_doses_24h
        for before, after in pairwise(doses):
            assert limit.min_gap is None or after.given_at - before.given_at >= limit.min_gap

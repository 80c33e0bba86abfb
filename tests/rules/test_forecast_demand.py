import math
import random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordering.rules.demand import (
    HALF_LIFE_DAYS,
    LOOK_BACK_DAYS,
    SHAPE,
    USUAL_RATE,
    Count,
    Rate,
    Refusals,
    Seen,
    class_rate,
    coming,
    seen_since,
    taken_share,
    waste_rate,
)

levels = st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.98, 0.995])


def test_a_new_resident_borrows_the_usual_rate_and_months_of_history_forget_it() -> None:
    prior = class_rate()
    assert prior.mean == pytest.approx(USUAL_RATE)
    every_day = prior.after(seen_since([day + 0.5 for day in range(84)], 84))
    assert every_day.mean == pytest.approx(1, rel=0.1)
    never = prior.after(seen_since([], 84))
    assert never.mean < prior.mean / 5


def test_a_class_that_the_home_uses_a_lot_is_expected_of_a_new_resident_too() -> None:
    used = [Seen(40.0, 40.0)] * 6
    assert class_rate(used).mean > 5 * USUAL_RATE
    assert class_rate(used).shape == SHAPE


@given(st.floats(0.01, 300), st.floats(1, 20), levels)
def test_what_is_enough_is_enough_with_the_probability_asked_for(mean: float, spread: float, level: float) -> None:
    count = Count(mean, mean * spread)
    enough = count.at_level(level)
    shares = [_at_most(count, number) for number in (enough, enough - 1)]
    assert shares[0] >= level - 1e-6
    assert enough == 0 or shares[1] < level + 1e-6


def _at_most(count: Count, number: int) -> float:
    """Return the probability, by another formula than the rule's own: log-gamma term by term."""
    if number < 0:
        return 0.0
    mean, variance = round(count.mean, 6), round(count.variance, 6)
    if variance <= mean * 1.000001:
        return sum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(number + 1))
    shape = mean**2 / (variance - mean)
    inside = shape / (shape + mean)
    return sum(
        math.exp(
            math.lgamma(k + shape) - math.lgamma(shape) - math.lgamma(k + 1)
            + shape * math.log(inside) + k * math.log1p(-inside)
        )
        for k in range(number + 1)
    )  # fmt: skip


def test_people_drawn_as_the_model_says_are_covered_as_often_as_it_says() -> None:
    """Simulate what the model claims: rates from Gamma, twelve weeks of history, four weeks to come."""
    chance, level, covered = random.Random(7), 0.95, []
    prior = Rate(SHAPE, SHAPE / 0.3)
    for _ in range(4000):
        rate = chance.gammavariate(prior.shape, 1 / prior.weight)
        times = [day for day in range(LOOK_BACK_DAYS) for _ in range(_poisson(chance, rate))]
        known = prior.after(seen_since([day + 0.5 for day in times], LOOK_BACK_DAYS))
        to_come = _poisson(chance, rate * 28)
        covered.append(to_come <= coming(known, 28).at_level(level))
    # Counting older doses less makes the rate look less certain than it is here, so it errs to the safe side.
    assert level - 0.01 <= fmean(covered) <= 0.99


def _poisson(chance: random.Random, mean: float) -> int:
    number, left = 0, math.exp(-mean)
    product = chance.random()
    while product > left:
        number += 1
        product *= chance.random()
    return number


@given(st.floats(0, 200), st.floats(1, 90), levels, levels)
def test_a_higher_service_level_never_needs_less(count: float, days: float, one: float, two: float) -> None:
    known = class_rate().after(Seen(count, days))
    low, high = sorted((one, two))
    assert coming(known, 28).at_level(low) <= coming(known, 28).at_level(high)


@given(st.lists(st.floats(0, 84), max_size=60), st.floats(0, 84))
def test_one_more_dose_never_lowers_what_is_expected(doses: list[float], another: float) -> None:
    prior = class_rate()
    less, more = (prior.after(seen_since(each, 84)).mean for each in (doses, [*doses, another]))
    assert more >= less


def test_an_older_dose_counts_half_for_each_half_life() -> None:
    assert seen_since([HALF_LIFE_DAYS], 84).count == pytest.approx(0.5)
    assert seen_since([0.0], 84).count == pytest.approx(1)


def test_days_without_stock_do_not_make_a_medicine_look_unwanted() -> None:
    ten_doses = [float(day) + 0.5 for day in range(30, 40)]
    out_of_stock = [float(day) for day in range(30)]
    blind = class_rate().after(seen_since(ten_doses, 40))
    fair = class_rate().after(seen_since(ten_doses, 40, unobserved_days_ago=out_of_stock))
    assert fair.mean > 2 * blind.mean
    assert fair.mean == pytest.approx(1, rel=0.45)


def test_wasted_doses_start_at_the_usual_rate_and_follow_the_home() -> None:
    assert waste_rate().mean == pytest.approx(0.005)
    assert waste_rate([Seen(400.0, 10_000.0)]).mean == pytest.approx(0.0368, rel=0.01)


def test_a_refusal_now_and_then_shortens_no_order() -> None:
    assert taken_share(Refusals(5, 84), 28, 0.95) == 1
    assert taken_share(Refusals(6, 6), 28, 0.95) == 1
    assert taken_share(Refusals(0, 0), 0, 0.95) == 1


@given(st.integers(0, 84), st.integers(1, 112), levels)
def test_a_habit_of_refusing_shortens_it_carefully(refused: int, doses: int, level: float) -> None:
    share = taken_share(Refusals(refused, 84), doses, level)
    assert min(1.0, 1 - refused / 84) - 0.01 <= share <= 1


def test_somebody_who_refuses_half_still_has_more_than_half_ordered() -> None:
    assert 0.55 < taken_share(Refusals(42, 84), 28, 0.95) < 0.8

"""Directions as labels could say them, made at random: amounts, frequencies, moments, doses, steps."""

from datetime import date
from decimal import Decimal
from itertools import combinations

from hypothesis import strategies as st

from emar.rules.amounts import Amount
from emar.rules.direction_moments import may_be_one
from emar.rules.directions import (
    Direction,
    Dose,
    Duration,
    Food,
    Frequency,
    Most,
    Range,
    Step,
    just,
)

quantities = st.one_of(
    st.integers(1, 40).map(Decimal),
    st.sampled_from([Decimal("0.5"), Decimal("1.5"), Decimal("2.5"), Decimal("62.5"), Decimal("0.25")]),
)
units = st.sampled_from(
    [
        None,
        "tablet",
        "capsule",
        "ml",
        "mg",
        "microgram",
        "unit",
        "puff",
        "drop",
        "patch",
        "5 ml spoonful",
        "suppository",
    ]
)
minutes = st.integers(1, 90).map(just)


@st.composite
def amounts_of(draw: st.DrawFn) -> Amount:
    low = draw(quantities)
    return Amount(low, draw(st.one_of(st.just(low), st.just(low + 1), st.just(low + 10))))


frequencies = st.one_of(
    st.builds(
        lambda low, more, unit, is_up_to: Frequency(Range(Decimal(low), Decimal(low + more)), just(1), unit, is_up_to),
        st.integers(1, 8),
        st.integers(0, 1),
        st.sampled_from(["day", "week", "month", "year"]),
        st.booleans(),
    ),
    st.builds(
        lambda low, more, unit: Frequency(just(1), Range(Decimal(low), Decimal(low + more)), unit),
        st.integers(2, 90),
        st.integers(0, 4),
        st.sampled_from(["hour", "day", "week", "month"]),
    ),
)
times_of_day = (
    st.lists(
        st.sampled_from(
            [
                "morning",
                "lunchtime",
                "teatime",
                "night",
                "bedtime",
                "08:00",
                "21:30",
                "before breakfast",
                "with evening meal",
            ]
        ),
        min_size=1,
        max_size=3,
        unique=True,
    )
    .map(tuple)
    .filter(lambda said: not any(may_be_one(*pair) for pair in combinations(said, 2)))
)
weekday_sets = st.sets(st.integers(0, 6), min_size=1, max_size=6).map(frozenset)


@st.composite
def single_doses(draw: st.DrawFn, unit: str | None) -> Dose:
    """Return a dose as a sentence with one dose can say it."""
    amount = draw(amounts_of())
    site = draw(st.none() | st.sampled_from(["left eye", "both eyes", "each nostril", "affected area", "upper arm"]))
    match draw(st.sampled_from(["frequency", "at", "weekdays", "every", "dates", "once"])):
        case "frequency":
            return Dose(amount, unit, draw(frequencies), site=site)
        case "at":
            return Dose(amount, unit, None, draw(times_of_day), draw(st.just(frozenset()) | weekday_sets), site=site)
        case "weekdays":
            twice = Frequency(just(2), just(1), "day")
            return Dose(amount, unit, draw(st.sampled_from([None, twice])), (), draw(weekday_sets), site=site)
        case "every":
            every = Frequency(just(1), just(draw(st.integers(2, 30))), "day")
            return Dose(amount, unit, every, draw(times_of_day), site=site)
        case "dates":
            days = draw(st.sets(st.dates(date(2026, 1, 1), date(2030, 1, 1)), min_size=1, max_size=3))
            return Dose(amount, unit, dates=tuple(sorted(days)), site=site)
        case _:
            return Dose(amount, unit, is_once=True, site=site)


@st.composite
def steps(draw: st.DrawFn, unit: str | None, *, is_last: bool) -> Step:
    """Return a step of one dose, or of several at different times of the day."""
    if draw(st.booleans()):
        doses: tuple[Dose, ...] = (draw(single_doses(unit)),)
    else:
        at = draw(st.permutations(["morning", "lunchtime", "teatime", "night"]))[: draw(st.integers(2, 4))]
        doses = tuple(Dose(draw(amounts_of()), unit, None, (each,)) for each in at)
    length = st.builds(Duration, st.integers(1, 30).map(just), st.sampled_from(["day", "week", "dose"]))
    return Step(
        doses,
        verb=draw(st.sampled_from([None, "take", "apply", "inhale", "give"])) if is_last else "take",
        route=draw(st.sampled_from([None, "oral", "subcutaneous", "rectal"])),
        is_as_required=draw(st.booleans()),
        reason=draw(st.sampled_from([None, "pain", "chest pain", "nausea and vomiting"])),
        food=draw(
            st.none()
            | st.builds(Food, st.sampled_from(["before", "after"]), st.none() | minutes)
            | st.just(Food("with"))
        ),
        duration=draw(length) if not is_last else draw(st.none() | length),
        most=draw(st.none() | st.just(Most(Decimal(8), doses[0].unit)) | st.just(Most(None, None, 4))),
        min_gap_hours=draw(st.none() | st.integers(1, 12).map(just)),
        upright_minutes=draw(st.sampled_from([None, 30])),
        notes=draw(st.sampled_from([(), ("swallowed whole",), ("avoid alcohol", "with plenty of water")])),
    )


@st.composite
def directions(draw: st.DrawFn) -> Direction:
    """Return a direction of one to three steps, which all name their unit, or none does."""
    count = draw(st.integers(1, 3))
    unit = draw(units)
    made = [draw(steps(unit, is_last=False)) for _ in range(count - 1)]
    made.append(draw(steps(unit, is_last=True)))
    return Direction(tuple(made), draw(st.sampled_from([None, None, "Furosemide 40mg tablets"])))

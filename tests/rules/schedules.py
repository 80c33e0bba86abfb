"""Schedules of every kind, made by Hypothesis for the promises that hold for all of them."""

from datetime import date, time, timedelta
from typing import Any

from hypothesis import strategies as st

from emar.rules.schedule import Schedule

ROUNDS = {"Morning": time(8), "Lunch": time(12, 30), "Tea": time(17), "Night": time(21, 30)}
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

first_days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
clocks = st.integers(0, 1439).map(lambda minute: f"{minute // 60:02d}:{minute % 60:02d}")


def regular(slots: list[dict[str, Any]], pattern: dict[str, Any] | None = None, **terms: Any) -> dict[str, Any]:
    """Return the JSON of a regular schedule from 1 November 2026 with these slots."""
    phases = [{"days": None, "slots": slots, "pattern": pattern or {"kind": "daily"}}]
    return {"kind": "regular", "starts_on": "2026-11-01", "unit": "tablet", "phases": phases, **terms}


@st.composite
def amounts(draw: st.DrawFn) -> dict[str, str]:
    """Return an amount, sometimes a range."""
    low = draw(st.sampled_from(["0.5", "1", "2", "2.5", "10"]))
    return {"low": low, "high": draw(st.sampled_from([low, "10"]))}


weekday_sets = st.sets(st.sampled_from(WEEKDAYS), min_size=1).map(lambda days: sorted(days, key=WEEKDAYS.index))
patterns = st.one_of(
    st.just({"kind": "daily"}),
    st.builds(lambda days: {"kind": "weekdays", "days": days}, weekday_sets),
    st.builds(lambda n: {"kind": "every_n_days", "n": n}, st.integers(1, 40)),
    st.builds(lambda n: {"kind": "every_n_weeks", "n": n}, st.integers(1, 26)),
    st.builds(lambda n, days: {"kind": "every_n_weeks", "n": n, "days": days}, st.integers(1, 8), weekday_sets),
    st.builds(
        lambda days, months: {"kind": "days_of_month", "days": sorted(days), "every_months": months},
        st.sets(st.integers(1, 31), min_size=1, max_size=4),
        st.integers(1, 6),
    ),
    st.builds(
        lambda nth, day: {"kind": "weekday_of_month", "nth": nth, "weekday": day},
        st.sampled_from([1, 2, 3, 4, -1]),
        st.sampled_from(WEEKDAYS),
    ),
    st.builds(
        lambda on, off: {"kind": "cycle", "on_days": on, "off_days": off}, st.integers(1, 28), st.integers(1, 28)
    ),
    st.builds(
        lambda dates: {"kind": "dates", "dates": sorted(day.isoformat() for day in dates)},
        st.sets(first_days, min_size=1, max_size=5),
    ),
)
rounds = st.builds(
    lambda name, amount, offset: {"round": name, "amount": amount, **({"offset_minutes": offset} if offset else {})},
    st.sampled_from(sorted(ROUNDS)),
    amounts(),
    st.sampled_from([0, 0, 0, -30, 45]),
)
times = st.builds(
    lambda at, amount, is_next_day: {"at": at, "amount": amount, **({"next_day": True} if is_next_day else {})},
    clocks,
    amounts(),
    st.booleans(),
)
slot_lists = st.lists(
    st.one_of(rounds, times),
    min_size=1,
    max_size=4,
    unique_by=lambda slot: (slot.get("round"), slot.get("at"), slot.get("offset_minutes"), slot.get("next_day")),
)


@st.composite
def phase_lists(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Return the phases of a course; only the last may go on."""
    count = draw(st.integers(1, 3))
    phases = []
    for place in range(count):
        phase: dict[str, Any] = {"slots": draw(slot_lists), "pattern": draw(patterns)}
        is_last = place == count - 1
        match draw(st.sampled_from(["days", "doses", "on"] if is_last else ["days", "doses"])):
            case "days":
                phase["days"] = draw(st.integers(1, 60))
            case "doses":
                phase["doses"] = draw(st.integers(1, 40))
        if draw(st.booleans()):
            phase["anchor_on"] = draw(first_days).isoformat()
        phases.append(phase)
    return phases


@st.composite
def plans(draw: st.DrawFn, starts_on: date) -> dict[str, Any]:
    """Return the kind and the plan of a schedule that starts on this day."""
    match draw(st.sampled_from(["regular", "regular", "regular", "interval", "by_inr", "daily_total", "other"])):
        case "regular":
            return {"kind": "regular", "phases": draw(phase_lists())}
        case "interval":
            every = draw(st.integers(60, 20_000))
            worn = draw(st.none() | st.integers(1, every))
            return {
                "kind": "interval",
                "first_at": f"{starts_on.isoformat()}T{draw(st.integers(1, 22)):02d}:30:00Z",
                "every_minutes": every,
                "amount": draw(amounts()),
                **({} if worn is None else {"worn_minutes": worn}),
                **draw(st.sampled_from([{}, {"doses": 5}])),
            }
        case "by_inr":
            records = []
            for _ in range(draw(st.integers(0, 4))):
                begins = starts_on + timedelta(days=draw(st.integers(0, 90)))
                ends = begins + timedelta(days=draw(st.integers(1, 60)))
                daily = draw(st.lists(st.sampled_from(["0", "1", "3", "4", "9"]), min_size=1, max_size=7))
                records.append({"from_on": begins.isoformat(), "until_on": ends.isoformat(), "amounts": daily})
            return {"kind": "by_inr", "slot": {"round": "Tea"}, "records": records, "strengths": ["1", "3", "5"]}
        case "daily_total":
            return {"kind": "daily_total", "amount": draw(amounts()), "at": draw(clocks)}
        case _:
            return draw(
                st.sampled_from(
                    [
                        {"kind": "standing", "iddsi_level": 3},
                        {"kind": "when_required", "amount": {"low": "1"}, "min_gap_minutes": 240},
                    ]
                )
            )


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    """Return a schedule of any kind."""
    starts_on = draw(first_days)
    terms: dict[str, Any] = {"starts_on": starts_on.isoformat(), "unit": "tablet"}
    if draw(st.booleans()):
        terms["ends_on"] = (starts_on + timedelta(days=draw(st.integers(1, 200)))).isoformat()
    if draw(st.booleans()):
        terms["starts_from"] = draw(clocks)
    terms.update(draw(st.sampled_from([{}, {"time_critical": True}, {"loose": True}, {"window_minutes": 90}])))
    if draw(st.booleans()):
        terms["taking"] = draw(st.sampled_from([{"food": "with"}, {"food": "before", "food_minutes": 30}]))
    return Schedule.from_json({**terms, **draw(plans(starts_on))})

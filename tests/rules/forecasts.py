"""Lines of stock of every kind, made by Hypothesis for the promises that hold for all forecasts."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from emar.rules.round_times import round_times_of
from emar.rules.schedule import Schedule
from ordering.rules.demand import Refusals, Seen
from ordering.rules.forecast import (
    Coming,
    CoverPeriod,
    ForecastSettings,
    HeldPack,
    LineFacts,
    LineKey,
    PackSize,
    WhenRequired,
)
from ordering.rules.scheduled import amounts_of, doses_to_come
from stock.rules.expiry import DAYS, Lasts
from tests.rules.schedules import ROUNDS, schedules

NOW = datetime(2026, 11, 9, 6, tzinfo=UTC)
TODAY = date(2026, 11, 9)
FAR = NOW + timedelta(days=80)
PERIOD = CoverPeriod(TODAY, date(2026, 11, 25), date(2026, 11, 30), date(2026, 12, 28), date(2026, 12, 22))
KEY = LineKey(1, "medicine", "tablet")
TIMES = round_times_of([(name, starts, date(2026, 1, 1), None) for name, starts in ROUNDS.items()])


def daily(times: int = 1, *, amount: str = "1", days: int = 80, starts: datetime = NOW) -> list:
    """Return the doses of a medicine taken so many times each day."""
    hours = [8, 12, 17, 21][:times]
    midnight = starts.replace(hour=0)
    return [(midnight + timedelta(days=day, hours=hour), Decimal(amount)) for day in range(days) for hour in hours]


def sizes_of(*holds: int, price: int | None = 112) -> tuple[PackSize, ...]:
    """Return pack sizes that cost the same."""
    return tuple(PackSize(f"p{each}", f"x {each}", Decimal(each), price) for each in holds)


def line(**fields: object) -> LineFacts:
    """Return a line with the usual pack of 28."""
    return LineFacts(**({"key": KEY, "name": "Metformin 500mg tablets", "sizes": sizes_of(28)} | fields))


def expand(schedule: Schedule) -> list:
    """Return the doses that a schedule takes from stock in the months looked at."""
    return amounts_of(doses_to_come(schedule, TIMES, NOW, FAR))


days = st.dates(date(2026, 10, 20), date(2027, 3, 1))
quantities = st.sampled_from(["0.5", "1", "3", "7", "13.5", "28", "56", "200"]).map(Decimal)
held = st.builds(HeldPack, quantities, st.none() | days, st.booleans(), st.sampled_from([False, False, False, True]))
when_required = st.builds(
    WhenRequired,
    amount=st.sampled_from([Decimal(1), Decimal(2)]),
    seen=st.builds(Seen, st.floats(0, 60), st.floats(0, 40)),
    most_a_day=st.none() | st.just(Decimal(8)),
)
settings_of_homes = st.builds(
    ForecastSettings, st.sampled_from([0.5, 0.8, 0.95, 0.99]), st.integers(0, 14), st.integers(1, 14)
)
periods = st.builds(
    lambda arrives, before, cover, next_before: CoverPeriod(
        TODAY,
        TODAY + timedelta(days=arrives),
        TODAY + timedelta(days=arrives + before),
        TODAY + timedelta(days=arrives + before + cover),
        TODAY + timedelta(days=max(arrives + before + cover - next_before, arrives)),
    ),
    st.integers(0, 20), st.integers(0, 7), st.integers(1, 35), st.integers(0, 7),
)  # fmt: skip


@st.composite
def lines(draw: st.DrawFn, *, opening: bool = True) -> LineFacts:
    """Return a line of any schedule, stock and history."""
    doses = draw(st.lists(schedules().map(expand), max_size=2))
    packs = draw(st.lists(held, max_size=4))
    total = sum((pack.holds for pack in packs), Decimal(0))
    chosen = draw(st.lists(st.sampled_from([7, 10, 28, 30, 56, 84, 100]), min_size=1, max_size=3, unique=True))
    return line(
        doses=sorted(dose for each in doses for dose in each),
        when_required=draw(st.lists(when_required, max_size=2)),
        packs=packs,
        balance=total + draw(st.sampled_from([Decimal(0), Decimal(0), Decimal(-3), Decimal(5)])),
        coming=draw(st.lists(st.builds(Coming, quantities, st.dates(TODAY, date(2026, 12, 20))), max_size=2)),
        sizes=sizes_of(*chosen),
        lasts=draw(st.sampled_from([None, None, Lasts(28, DAYS)])) if opening else None,
        refusals=draw(st.sampled_from([Refusals(), Refusals(2, 60), Refusals(40, 60)])),
        back_on=draw(st.sampled_from([None, None, None, date(2026, 12, 3), date.max])),
    )

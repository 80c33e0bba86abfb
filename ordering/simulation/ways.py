"""How much does each way of ordering order, given what it can know on the day?

Five ways meet the same home. The usual rule repeats everything on its list every 28 days, or looks at the shelf first
and leaves out what lasts long. The days-of-cover rule orders up to so many days of the mean use so far. Ours is
ordering.rules.forecast itself, with its warning and its interim orders. Perfect foresight knows everything that will
happen and orders the fewest packs with which nothing is ever missing: nobody can do that, it is the bound.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Protocol

from ordering.rules.demand import Refusals, Seen, class_rate, seen_since, waste_rate
from ordering.rules.forecast import (
    Coming,
    CoverPeriod,
    ForecastSettings,
    HeldPack,
    LineFacts,
    LineKey,
    PackSize,
    WhenRequired,
    interim_period,
    looks_until,
    runs_out,
    suggest,
)
from ordering.simulation.shelf import NEVER, Shelf
from ordering.simulation.world import COURSE, FIRST_DAY, PRN, CycleDays, LineStory, Segment, doses_on
from stock.rules.expiry import DAYS, Lasts

USUAL, USUAL_LOOKING = "usual", "usual_looking_at_the_shelf"
DAYS_OF_COVER, OURS, FORESIGHT = "days_of_cover", "ours", "perfect_foresight"
WAYS = (USUAL, USUAL_LOOKING, DAYS_OF_COVER, OURS, FORESIGHT)
CYCLE_DAYS, BUFFER_DAYS, LOW_DAYS, LOOK_BACK = 28, 7, 3, 84
MOST_PACKS = 60
EYE_DROPS_DAYS = 28
#: Who looks at the shelf leaves out what stands there for so many days.
SHELF_FULL_DAYS = 84
#: How far ahead our warning looks each day: the longest that an interim order takes, and two days to act.
WARNS_DAYS = 5
PRIOR, WASTE, USUAL_SETTINGS = class_rate(), waste_rate(), ForecastSettings()
HOURS = {1: (8,), 2: (8, 17), 3: (8, 12, 17), 4: (8, 12, 17, 21)}


#: What is ordered: how much is in each pack. A part of a pack is less than the product's own size.
Packs = tuple[int, ...]


@dataclass(slots=True)
class Order:
    """Packs that are on their way, each with what it holds; expected when, come when, of which cycle (or none)."""

    packs: Packs
    expected: int
    arrives: int
    cycle: int | None


@dataclass(slots=True)
class LineState:
    """What a way of ordering can see of one line on a day, and its orders under way."""

    story: LineStory
    shelf: Shelf
    cycles: Sequence[CycleDays]
    orders: list[Order] = field(default_factory=list)

    @property
    def pack(self) -> int:
        """How much is in a pack."""
        return self.story.product.pack

    def days_seen(self, day: int) -> int:
        """How many days the line has been in use."""
        return day - self.story.start

    def daily_use(self, day: int) -> float:
        """Return the mean use of the last 28 days present; of a new line what is prescribed."""
        story = self.story
        seen = range(max(day - 28, story.start) - story.start, day - story.start)
        present = [story.want[place] for place in seen if not story.is_away[place]]
        if len(present) >= 7:
            return sum(present) / len(present)
        return self.prescribed_a_day(day)

    def prescribed_a_day(self, day: int) -> float:
        """Return the mean use by what is prescribed."""
        story, known = self.story, self.story.segment(day)
        if story.kind == PRN:
            return PRIOR.mean * known.amount
        return sum(story.doses_on(each, known) for each in range(day, day + 28)) * known.amount / 28

    def next_expected(self) -> int:
        """Return when the next order under way is expected."""
        return min((each.expected for each in self.orders), default=NEVER)

    def units_coming(self, before: int) -> int:
        """Return how much is expected before a day."""
        return sum(sum(each.packs) for each in self.orders if each.expected < before)


class Way(Protocol):
    """A way of ordering. `lingers`: what stopped stays on its list; `cancels`: a stop reaches orders already sent."""

    name: str
    lingers: bool
    cancels: bool

    def first(self, state: LineState, day: int) -> Packs:
        """Return the packs of a first supply."""

    def regular(self, state: LineState, cycle: CycleDays, day: int) -> Packs:
        """Return the packs to order for a cycle."""

    def interim(self, state: LineState, day: int) -> Packs:
        """Return the packs to order at once, none on most days."""


class Usual:
    """Repeat everything on the list every 28 days, a month's quantity of each; first supplies are a month's too."""

    name = USUAL
    lingers = True
    cancels = False

    def __init__(self, shelf_full_days: int) -> None:
        self.shelf_full_days = shelf_full_days

    def first(self, state: LineState, day: int) -> Packs:
        """Return the packs of a first supply."""
        return month_of(state, day)

    def regular(self, state: LineState, cycle: CycleDays, day: int) -> Packs:
        """Return the packs to order for a cycle."""
        a_day = state.daily_use(day)
        if state.shelf.holds > self.shelf_full_days * max(a_day, 0.01) and state.shelf.holds >= 2 * state.pack:
            return ()
        return month_of(state, day)

    def interim(self, state: LineState, day: int) -> Packs:
        """Return the packs to order at once because somebody saw that little is left."""
        story = state.story
        if not story.noticed[day - story.start] or story.is_away[day - story.start]:
            return ()
        a_day = state.daily_use(day)
        if state.shelf.holds > a_day * LOW_DAYS or (
            story.kind == PRN and state.shelf.holds >= story.segments[0].amount
        ):
            return ()
        lasts = state.shelf.holds / a_day if a_day else NEVER
        if day + lasts >= state.next_expected() - 1:
            return ()
        return month_of(state, day)


class UsualLooking(Usual):
    """Repeat what is on the list, without the items of which the shelf already holds enough for 84 days."""

    name = USUAL_LOOKING

    def __init__(self) -> None:
        super().__init__(SHELF_FULL_DAYS)


class DaysOfCover(Usual):
    """Order up to the mean use of the last 28 days for the days to the end of cover and a week more."""

    name = DAYS_OF_COVER
    lingers = False

    def __init__(self) -> None:
        super().__init__(NEVER)

    def regular(self, state: LineState, cycle: CycleDays, day: int) -> Packs:
        """Return the packs to order for a cycle, by the book."""
        need = state.daily_use(day) * (cycle.until - day + BUFFER_DAYS)
        return (state.pack,) * max(-int((state.shelf.book + state.units_coming(cycle.until) - need) // state.pack), 0)


class Ours:
    """The forecast of this product, as it stands in ordering.rules."""

    name = OURS
    lingers = False
    cancels = True

    def __init__(self, settings: ForecastSettings = USUAL_SETTINGS) -> None:
        self.settings = settings

    def first(self, state: LineState, day: int) -> Packs:
        """Return the packs of a first supply: until the first change-over whose order can still hold the line."""
        cycle = next((each for each in state.cycles if each.order >= day and each.change_over > day), None)
        return self._interim(state, day, day, cycle)

    def regular(self, state: LineState, cycle: CycleDays, day: int) -> Packs:
        """Return the packs that the forecast suggests for a cycle."""
        following = next((each.due for each in state.cycles if each.change_over > cycle.change_over), cycle.due + 28)
        period = CoverPeriod(_day(day), _day(cycle.due), _day(cycle.change_over), _day(cycle.until), _day(following))
        return self._ask(state, day, period)

    def interim(self, state: LineState, day: int) -> Packs:
        """Return the packs of an interim order where the warning says that the line runs out before a delivery."""
        shelf, story = state.shelf, state.story
        known = story.segment(day)
        a_day: float = known.times * known.amount
        if story.kind == PRN:
            until_now = day - story.start
            # No mean of what was seen can be more than this.
            a_day = (
                known.amount * (PRIOR.shape + sum(story.due[max(until_now - LOOK_BACK, 0) : until_now])) / PRIOR.weight
            )
        # The warning itself is asked only where it could speak: stock for more than its days even at the most.
        if shelf.book > a_day * (WARNS_DAYS + 1) and not self._spoils(shelf, day):
            return ()
        if day + shelf.book // max(a_day, 1) >= state.next_expected() - 1 and not self._spoils(shelf, day):
            return ()
        now = _instant(day, 6)
        found = runs_out(self.facts(state, day, day + WARNS_DAYS + 1), now, now + timedelta(days=WARNS_DAYS))
        if found is None or (found.at - _instant(0, 0)).days >= state.next_expected() - 1:
            return ()
        arrives = day + 2
        ordered = {each.cycle for each in state.orders}
        cycle = next(
            (
                each
                for number, each in enumerate(state.cycles)
                if each.change_over > arrives and (each.order >= day or number in ordered)
            ),
            None,
        )
        return self._interim(state, day, arrives, cycle)

    def facts(self, state: LineState, day: int, until: int) -> LineFacts:
        """Return what the product would know of the line on a day: its book, its schedule, its records."""
        story, shelf, known = state.story, state.shelf, state.story.segment(day)
        last = min(until, story.end) if story.kind == COURSE else until
        doses = (
            ()
            if story.kind == PRN
            else _doses(day, last, story.pattern, story.anchor % 84, Segment(0, known.times, known.amount))
        )
        since = max(day - LOOK_BACK, story.start) - story.start
        until_now = day - story.start
        due = sum(story.due[since:until_now])
        lasts = None if shelf.opened_days is None else Lasts(shelf.opened_days, DAYS)
        packs = []
        if lasts is not None or self._spoils(shelf, day):
            packs = [HeldPack(Decimal(p.holds), _day(p.last_day), p.is_opened) for p in shelf.packs]
        is_away = until_now < len(story.is_away) and story.is_away[until_now]
        return LineFacts(
            key=LineKey(story.number, story.product.name, "tablet"),
            name=story.product.name,
            doses=doses,
            when_required=(self._when_required(story, known.amount, since, until_now),) if story.kind == PRN else (),
            balance=Decimal(shelf.book),
            packs=packs,
            coming=[Coming(Decimal(sum(each.packs)), _day(each.expected)) for each in state.orders],
            sizes=(PackSize(story.product.name, story.product.name, Decimal(state.pack), None),),
            lasts=lasts,
            can_count_out=story.product.kind == "tablet",
            waste=WASTE.after(Seen(float(sum(story.wasted[since:until_now])), float(due))),
            refusals=Refusals(sum(story.refused[since:until_now]), due if story.kind != PRN else 0),
            back_on=date.max if is_away else None,
            ends_on=_day(story.end) if story.kind == COURSE else None,
        )

    def _when_required(self, story: LineStory, amount: int, since: int, until: int) -> WhenRequired:
        ago = [until - place - 0.5 for place in range(since, until) for _ in range(story.due[place])]
        away = [float(until - place - 1) for place in range(since, until) if story.is_away[place]]
        seen = seen_since(ago, float(until - since), unobserved_days_ago=away)
        return WhenRequired(Decimal(amount), PRIOR, seen, Decimal(story.most_a_day))

    def _ask(self, state: LineState, day: int, period: CoverPeriod) -> Packs:
        until = (looks_until(period, self.settings) - FIRST_DAY).days
        found = suggest(self.facts(state, day, until), period, self.settings)
        return tuple(int(each.size.holds) for each in found.packs for _ in range(each.count))

    def _interim(self, state: LineState, day: int, arrives: int, cycle: CycleDays | None) -> Packs:
        until, due = (arrives + CYCLE_DAYS,) * 2 if cycle is None else (cycle.change_over, cycle.due)
        period = interim_period(
            _day(day), arrives_on=_day(arrives), change_overs=[_day(until)], next_arrives_on=_day(due)
        )
        return self._ask(state, day, period)

    def _spoils(self, shelf: Shelf, day: int) -> bool:
        return any(pack.last_day < day + 60 for pack in shelf.packs)


class Foresight:
    """Order the fewest packs with which nothing will be missing until the next packs really come."""

    name = FORESIGHT
    lingers = False
    cancels = True

    def first(self, state: LineState, day: int) -> Packs:
        """Return the packs of a first supply, the last of them counted out where that is possible."""
        arrivals = [
            each.arrives + state.story.owed.get(n, 0) for n, each in enumerate(state.cycles) if each.order >= day
        ]
        until = min(arrivals, default=NEVER)
        packs = self._fewest(state, day, day, until)
        if packs and state.story.product.kind == "tablet":
            last = min(until + 1, state.story.end) - state.story.start
            used = sum(state.story.want[:last]) + sum(state.story.lost[:last])
            return (*packs[1:], used - sum(packs[1:]))
        return packs

    def regular(self, state: LineState, cycle: CycleDays, day: int) -> Packs:
        """Return the packs to order for a cycle."""
        number = state.cycles.index(cycle)
        arrives = cycle.arrives + state.story.owed.get(number, 0)
        later = [
            each.arrives + state.story.owed.get(place, 0) for place, each in enumerate(state.cycles) if place > number
        ]
        return self._fewest(state, day, arrives, min(later, default=NEVER))

    def interim(self, state: LineState, day: int) -> Packs:
        """Return nothing: nothing is ever missing."""
        return ()

    def _fewest(self, state: LineState, day: int, arrives: int, until: int) -> Packs:
        story = state.story
        for packs in range(MOST_PACKS):
            shelf, missing = state.shelf.copy(), False
            orders = [*state.orders, Order((state.pack,) * packs, arrives, arrives, None)]
            for each in range(day, min(until + 1, story.end)):
                for order in orders:
                    if max(order.arrives, day) == each:
                        for holds in order.packs:
                            shelf.put(holds, each + 200)
                shelf.throw_away_old(each)
                want = story.want[each - story.start] + story.lost[each - story.start]
                if want > shelf.holds:
                    if each >= arrives:
                        missing = True
                        break
                    want = shelf.holds
                shelf.take(want, each)
            if not missing:
                return (state.pack,) * packs
        return (state.pack,) * MOST_PACKS


def most_a_day(story: LineStory, asked: int) -> float:
    """Return more than the forecast can expect a day of a when-required medicine asked for so often lately."""
    return story.segments[0].amount * (PRIOR.shape + asked) / PRIOR.weight


def month_of(state: LineState, day: int) -> Packs:
    """Return the packs of 28 days by what is prescribed: one of a when-required medicine, a course's own."""
    if state.story.kind in (PRN, COURSE):
        return (state.pack,)
    need = state.prescribed_a_day(day) * CYCLE_DAYS
    by_quantity = -int(-need // state.pack)
    if state.shelf.opened_days is not None:
        by_quantity = max(by_quantity, -(-CYCLE_DAYS // state.shelf.opened_days))
    return (state.pack,) * by_quantity


@lru_cache(maxsize=16384)
def _doses(day: int, last: int, pattern: str, anchor: int, known: Segment) -> tuple[tuple[datetime, Decimal], ...]:
    """Return the doses of the days from one until before another; the same for everybody who takes them so."""
    amount = Decimal(known.amount)
    return tuple(
        (_instant(each, hour), amount)
        for each in range(day, last)
        for hour in HOURS.get(doses_on(pattern, anchor, each, known), ())
    )


_ZERO = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, tzinfo=UTC)


@lru_cache(maxsize=4096)
def _day(day: int) -> date:
    return FIRST_DAY + timedelta(days=day)


@lru_cache(maxsize=65536)
def _instant(day: int, hour: int) -> datetime:
    return _ZERO + timedelta(days=day, hours=hour)

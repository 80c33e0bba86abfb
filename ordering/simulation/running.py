"""What does a home come to when it orders in one way: doses missed, packs thrown away, orders made, minutes spent?"""

from bisect import bisect_left
from dataclasses import dataclass, field

from ordering.simulation.shelf import Shelf
from ordering.simulation.ways import (
    EYE_DROPS_DAYS,
    FORESIGHT,
    LOOK_BACK,
    USUAL,
    USUAL_LOOKING,
    WARNS_DAYS,
    LineState,
    Order,
    Packs,
    Way,
    most_a_day,
)
from ordering.simulation.world import COURSE, PRN, STOPPED, CycleDays, HomeStory, LineStory

#: Minutes that each act takes. All assumed: no UK figure is published for any of them.
MINUTES = {"count": 0.5, "review": 0.5, "order": 0.5, "interim": 10.0, "book_in": 0.5, "throw_away": 2.0}
#: Ways in which nobody counts: they order from a list, or by eye.
NEVER_COUNTS = (USUAL, USUAL_LOOKING)
#: The most days passed over at once.
QUIET_DAYS = 60
#: Why something was thrown away.
IN_HAND, UNDER_WAY, LINGERING, OLD = (
    "in the home when it ended",
    "already on its way",
    "ordered after it stopped",
    "expired",
)


@dataclass(slots=True)
class Tally:
    """What one home came to in one way of ordering. Money is in pounds."""

    due: int = 0
    missed: int = 0
    missed_prn: int = 0
    waste_gbp: float = 0.0
    waste_packs: float = 0.0
    orders: int = 0
    interim_orders: int = 0
    pack_days: float = 0.0
    days: int = 0
    left_gbp: float = 0.0
    supplied_gbp: float = 0.0
    minutes: float = 0.0
    waste_by_cause: dict[str, float] = field(default_factory=dict)

    def wasted(self, units: float, line: LineStory, why: str) -> None:
        """Count what was thrown away."""
        if units <= 0:
            return
        pounds = units * line.product.unit_pence / 100
        self.waste_gbp += pounds
        self.waste_packs += units / line.product.pack
        self.minutes += MINUTES["throw_away"]
        key = why if why in (LINGERING, OLD) else f"{why} ({line.cause})"
        self.waste_by_cause[key] = self.waste_by_cause.get(key, 0.0) + pounds

    @property
    def stockouts_per_1000_doses(self) -> float:
        """Doses that could not be given for lack of stock, of a thousand due or asked for."""
        return 1000 * self.missed / self.due if self.due else 0.0

    @property
    def packs_on_hand(self) -> float:
        """How many packs stand in the home on a day."""
        return self.pack_days / self.days if self.days else 0.0


def run(home: HomeStory, way: Way) -> Tally:
    """Let a home order in one way for all its days."""
    tally = Tally(days=home.days)
    for line in home.lines:
        _run_line(home, line, way, tally)
    return tally


def _run_line(home: HomeStory, line: LineStory, way: Way, tally: Tally) -> None:
    shelf = Shelf(EYE_DROPS_DAYS if line.product.kind == "eye drops" else None)
    state = LineState(line, shelf, home.cycles)
    steps = _Steps(home, line, way, tally, state)
    steps.supply(way.first(state, line.start), line.start)
    day = line.start
    while day < line.end:
        quiet = steps.quiet_until(day)
        if quiet > day:
            steps.pass_over(day, quiet)
            day = quiet
        else:
            steps.day(day)
            day += 1
    steps.end()


class _Steps:
    """One line under one way of ordering, day by day."""

    def __init__(self, home: HomeStory, line: LineStory, way: Way, tally: Tally, state: LineState) -> None:
        self.home, self.line, self.way, self.tally, self.state = home, line, way, tally, state
        self.shelf = state.shelf
        self.price = line.product.unit_pence / 100
        self.by_order = {each.order: number for number, each in enumerate(home.cycles)}
        self.counts = {each.draft: number for number, each in enumerate(home.cycles)}
        self.marks = sorted({*self.by_order, *self.counts, home.days})
        self.enough = self._enough()
        self.booked = 0
        self.interims = 0

    def _enough(self) -> int:
        """Return the stock above which no way of ordering looks twice at a line of regular doses."""
        line = self.line
        amount = max(each.amount for each in line.segments)
        many = {"weekly": 3, "three days": 6}.get(line.pattern, 8 * max(each.times for each in line.segments))
        return amount * many

    def quiet_until(self, day: int) -> int:
        """Return the first day on which anything can happen beside doses: the day itself when that is now."""
        line, shelf = self.line, self.shelf
        if shelf.opened_days is not None or shelf.holds <= self.enough:
            return day
        until = min(line.end, self.marks[bisect_left(self.marks, day)], day + QUIET_DAYS)
        for order in self.state.orders:
            until = min(until, order.arrives)
        for pack in shelf.packs:
            until = min(until, pack.last_day + 1)
        place = day - line.start
        enough = self.enough
        if line.kind == PRN:
            asked = line.due_sum[max(until - line.start, place)] - line.due_sum[max(place - LOOK_BACK, 0)]
            enough = max(line.segments[0].amount, int(most_a_day(line, asked) * (WARNS_DAYS + 1)) + 1)
        lasts = bisect_left(line.gone_sum, line.gone_sum[place] + shelf.holds - enough) - 1
        return min(until, lasts + line.start)

    def pass_over(self, day: int, until: int) -> None:
        """Live the days until another on which there are only doses, and enough for all of them."""
        line, shelf, tally = self.line, self.shelf, self.tally
        first, last = day - line.start, until - line.start
        tally.due += line.due_sum[last] - line.due_sum[first]
        gone = line.gone_sum[last] - line.gone_sum[first]
        left_behind = line.gone_sum_sum[last + 1] - line.gone_sum_sum[first + 1] - (last - first) * line.gone_sum[first]
        tally.pack_days += ((last - first) * shelf.holds - left_behind) / line.product.pack
        shelf.take(gone, day)
        shelf.book = max(shelf.book - (line.want_sum[last] - line.want_sum[first]), 0)

    def supply(self, packs: Packs, day: int) -> None:
        """Book packs in."""
        for holds in packs:
            last = day + self.line.expires_in[self.booked % 16]
            self.shelf.put(holds, last)
            self.booked += 1
        self.tally.supplied_gbp += sum(packs) * self.price
        self.tally.minutes += len(packs) * MINUTES["book_in"]

    def day(self, day: int) -> None:
        """Live one day: what comes, what is thrown away, what is used, what is ordered."""
        line, shelf, tally, state = self.line, self.shelf, self.tally, self.state
        if state.orders:
            for order in [each for each in state.orders if each.arrives <= day]:
                state.orders.remove(order)
                self.supply(order.packs, day)
        tally.wasted(shelf.throw_away_old(day), line, OLD)
        place = day - line.start
        self._use(place, day)
        if day in self.counts and line.counted[self.counts[day]] and self.way.name not in NEVER_COUNTS:
            shelf.book = shelf.holds
            tally.minutes += MINUTES["count"]
        if day in self.by_order and line.kind != COURSE:
            self._order(self.by_order[day], day)
        packs = self.way.interim(state, day)
        if packs:
            self._interim(packs, day)
        tally.pack_days += shelf.holds / line.product.pack

    def _use(self, place: int, day: int) -> None:
        line, shelf, tally = self.line, self.shelf, self.tally
        due, want = line.due[place], line.want[place] + line.lost[place]
        tally.due += due
        there = min(want, shelf.holds)
        if there < want:
            amount = line.segment(day).amount
            missed = min(due, -(-(want - there) // amount))
            if line.lost[place] and want - there <= line.lost[place]:
                missed = 0
            tally.missed += missed
            if line.kind == PRN:
                tally.missed_prn += missed
            # An empty box is seen, whatever the book says.
            shelf.take(there, day)
            shelf.book = 0
            return
        shelf.take(want, day)
        shelf.book = max(shelf.book - line.want[place], 0)

    def _order(self, number: int, day: int) -> None:
        cycle = self.home.cycles[number]
        self.tally.minutes += MINUTES["review"]
        packs = self.way.regular(self.state, cycle, day)
        if packs:
            self._send(packs, number, cycle)

    def _send(self, packs: Packs, number: int, cycle: CycleDays) -> None:
        self.tally.orders += 1
        self.tally.minutes += MINUTES["order"]
        arrives = cycle.arrives + self.line.owed.get(number, 0)
        self.state.orders.append(Order(packs, cycle.due, arrives, number))

    def _interim(self, packs: Packs, day: int) -> None:
        if any(each.cycle is None for each in self.state.orders):
            return
        self.tally.interim_orders += 1
        self.tally.minutes += MINUTES["interim"]
        takes = self.line.interim_days[self.interims % 16]
        self.interims += 1
        self.state.orders.append(Order(packs, day + takes, day + takes, None))

    def end(self) -> None:
        """Throw away what is left when a line ended, and what still comes of it."""
        line, tally = self.line, self.tally
        if line.end >= self.home.days:
            tally.left_gbp += self.shelf.holds * self.price
            return
        tally.wasted(self.shelf.holds, line, IN_HAND)
        for order in self.state.orders:
            if self.way.name == FORESIGHT:
                continue
            if self.way.cancels and order.cycle is not None and self._is_cancelled(order.cycle):
                continue
            tally.supplied_gbp += sum(order.packs) * self.price
            tally.wasted(sum(order.packs), line, UNDER_WAY)
        if self.way.lingers and line.cause == STOPPED and line.kind != COURSE:
            self._linger()

    def _is_cancelled(self, number: int) -> bool:
        """Return whether an item is not dispensed, because the pharmacy was told in time on the day the line ended."""
        return self.line.end <= self.line.dispensed[number] and self.line.is_heard[number]

    def _linger(self) -> None:
        """Order what stopped again for as many months as nobody strikes it from the list."""
        line, later = self.line, [each for each in self.home.cycles if each.order >= self.line.end]
        packs = self.way.first(self.state, line.end - 1)
        for _ in later[: line.lingers]:
            self.tally.orders += 1
            self.tally.minutes += MINUTES["review"] + MINUTES["order"]
            self.tally.supplied_gbp += sum(packs) * self.price
            self.tally.wasted(sum(packs), line, LINGERING)

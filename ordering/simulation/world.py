"""What happens to the people of an invented home, whatever is ordered for them?

Everything that chance decides is drawn here, once for a seed, before any order is made: who comes and dies, what is
prescribed, changed, stopped, asked for, refused and dropped, when a delivery is late or short. Each way of ordering
then meets the very same home, so that what differs between them is the ordering.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate

from ordering.rules.cycle import CyclePlan, deadlines
from ordering.simulation.parameters import Parameters, Product

#: The first day of every simulation: a change-over, with the bank holidays of the years after it.
FIRST_DAY = date(2026, 1, 5)
LATE_DAYS = (0, 1, 2, 4, 7)
DIED, STOPPED, COURSE_OVER, HORIZON = "died", "stopped", "course over", "still in use"
REGULAR, PRN, COURSE = "regular", "when required", "course"


@dataclass(frozen=True, slots=True)
class CycleDays:
    """The days of one cycle, counted from the first day: when it is drafted, sent, checked, delivered and begins."""

    draft: int
    order: int
    check: int
    due: int
    arrives: int
    change_over: int
    until: int


@dataclass(frozen=True, slots=True)
class Segment:
    """From a day on: so many doses on each day that has doses, each of so many units."""

    from_day: int
    times: int
    amount: int


def doses_on(pattern: str, anchor: int, day: int, known: Segment) -> int:
    """Return how many doses a day has, by a pattern that is counted from a day."""
    match pattern:
        case "daily":
            return known.times
        case "weekly":
            return 1 if (day - anchor) % 7 == 0 else 0
        case "three days":
            return 1 if (day - anchor) % 3 == 0 else 0
        case "cycle":
            return known.times if (day - anchor) % 28 < 21 else 0
        case _:
            return 0


@dataclass(slots=True)
class LineStory:
    """One resident's medicine from its first day to its last, as it really happened.

    Lists run from `start` to before `end`: doses `due` (or asked for), `want` units taken from the pack if they are
    there, `refused` doses that stayed in it, `wasted` doses. `noticed` says on which days somebody would see low
    stock; `lost` how many units vanished; `owed` by cycle how many days after the delivery the item comes; `dispensed`
    by cycle on which day the pharmacy dispenses it; `is_heard` by cycle whether it acts on being told of a stop before.
    """

    number: int
    kind: str
    product: Product
    start: int
    end: int
    cause: str
    pattern: str
    anchor: int
    segments: list[Segment]
    most_a_day: int
    due: list[int] = field(default_factory=list)
    want: list[int] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    wasted: list[int] = field(default_factory=list)
    is_away: list[bool] = field(default_factory=list)
    noticed: list[bool] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)
    owed: dict[int, int] = field(default_factory=dict)
    counted: dict[int, bool] = field(default_factory=dict)
    dispensed: dict[int, int] = field(default_factory=dict)
    is_heard: dict[int, bool] = field(default_factory=dict)
    interim_days: list[int] = field(default_factory=list)
    expires_in: list[int] = field(default_factory=list)
    lingers: int = 0
    # Sums up to each day, so that quiet days can be passed over together.
    gone_sum: list[int] = field(default_factory=list)
    gone_sum_sum: list[int] = field(default_factory=list)
    want_sum: list[int] = field(default_factory=list)
    due_sum: list[int] = field(default_factory=list)

    def add_up(self) -> None:
        """Work out the sums once everything is drawn."""
        gone = [want + lost for want, lost in zip(self.want, self.lost, strict=True)]
        self.gone_sum = list(accumulate(gone, initial=0))
        self.gone_sum_sum = list(accumulate(self.gone_sum, initial=0))
        self.want_sum = list(accumulate(self.want, initial=0))
        self.due_sum = list(accumulate(self.due, initial=0))

    def segment(self, day: int) -> Segment:
        """Return what is prescribed on a day, as far as it is known then."""
        return next(each for each in reversed(self.segments) if each.from_day <= day)

    def doses_on(self, day: int, known: Segment) -> int:
        """Return how many doses a day has, by what is prescribed."""
        return doses_on(self.pattern, self.anchor, day, known)


@dataclass(frozen=True, slots=True)
class HomeStory:
    """A home for so many days: its cycles and the lines of everybody who lived there."""

    days: int
    cycles: Sequence[CycleDays]
    lines: Sequence[LineStory]
    resident_days: int


def tell(parameters: Parameters, seed: int, days: int) -> HomeStory:
    """Draw a home from a seed."""
    story = _Teller(parameters, seed, days)
    return HomeStory(days, story.cycles, story.lines, story.resident_days)


class _Teller:
    """Draws bed after bed; each bed and each line from a stream of its own, so that one more draw moves no other."""

    def __init__(self, parameters: Parameters, seed: int, days: int) -> None:
        self.p, self.seed, self.days = parameters, seed, days
        self.cycles = _cycles(parameters, _stream(f"{seed} deliveries"), days)
        self.lines: list[LineStory] = []
        self.resident_days = 0
        for bed in range(parameters.beds):
            self._bed(_stream(f"{seed} bed {bed}"))

    def _bed(self, chance: random.Random) -> None:
        day = -1 if chance.random() < 0.93 else chance.randrange(self.p.vacant_days)
        day = max(day, 0)
        while day < self.days:
            stay = _days_until(chance, self.p.deaths)
            leaves = min(day + stay, self.days)
            self._resident(chance, day, leaves, DIED if day + stay < self.days else HORIZON)
            self.resident_days += leaves - day
            day = leaves + 1 + int(chance.expovariate(1 / self.p.vacant_days))

    def _resident(self, chance: random.Random, start: int, end: int, cause: str) -> None:
        if end <= start:
            return
        away, back_days = self._away(chance, start, end)
        refusal = min(chance.gammavariate(1.0, self.p.refusal), 0.6)
        for _ in range(_negative_binomial(chance, self.p.medicines_mean, self.p.medicines_sd, self.p.medicines_most)):
            kind = PRN if chance.random() < self.p.prn_share else REGULAR
            self._chain(chance, kind, start, end, cause, away, back_days, refusal)
        for _ in range(_poisson(chance, self.p.courses * (end - start) / 365)):
            begins = chance.randrange(start, end)
            length = chance.choice((5, 7, 7, 10))
            over = begins + length
            why = COURSE_OVER if over <= end else cause
            product = Product("Amoxicillin_Cap 500mg", 21, 5.72)
            self._line(chance, COURSE, product, begins, min(over, end), why, away, refusal, times=3, amount=1)

    def _away(self, chance: random.Random, start: int, end: int) -> tuple[set[int], list[int]]:
        away: set[int] = set()
        back = []
        for _ in range(_poisson(chance, self.p.hospital * (end - start) / 365)):
            begins = chance.randrange(start, end)
            until = begins + 1 + int(chance.expovariate(1 / self.p.hospital_days))
            away.update(range(begins, min(until, end)))
            if until < end:
                back.append(until)
        return away, back

    def _chain(
        self, chance: random.Random, kind: str, start: int, end: int, cause: str, away: set[int], back: list[int],
        refusal: float,
    ) -> None:  # fmt: skip
        """Draw one medicine and those that replace it: a stopped one is followed by another as often as not."""
        day = start
        while day < end:
            stops = day + _days_until(chance, self.p.stops)
            for returned in back:
                if day < returned < stops and chance.random() < self.p.changed_in_hospital / self.p.medicines_mean:
                    stops = returned
            until = min(stops, end)
            product, pattern, times = self._product(chance, kind)
            amount = 2 if chance.random() < 0.15 and product.kind == "tablet" else 1
            why = STOPPED if stops < end else cause
            self._line(
                chance, kind, product, day, until, why, away, refusal, times=times, amount=amount, pattern=pattern
            )
            day = until + int(chance.expovariate(1 / 30))

    def _product(self, chance: random.Random, kind: str) -> tuple[Product, str, int]:
        if kind == PRN:
            tablets = [each for each in self.p.products if each[0].kind == "tablet"]
            return _pick(chance, tablets), PRN, 0
        shares = [share for *_, share in self.p.patterns]
        pattern, times, _ = chance.choices(self.p.patterns, shares)[0]
        if pattern == "weekly":
            return _pick(chance, self.p.weekly), "weekly", 1
        product = _pick(chance, self.p.products)
        if product.kind == "patch":
            return product, "three days", 1
        return product, pattern, min(times, 2) if product.kind == "eye drops" else times

    def _line(
        self, chance: random.Random, kind: str, product: Product, start: int, end: int, cause: str, away: set[int],
        refusal: float, *, times: int, amount: int, pattern: str = "daily",
    ) -> None:  # fmt: skip
        if end <= start:
            return
        own = _stream(str(chance.random()))
        segments = [Segment(start, times, amount)]
        if kind == REGULAR and pattern == "daily" and product.kind == "tablet":
            day = start + _days_until(own, self.p.dose_changes)
            while day < end:
                segments.append(Segment(day, times, 1 if segments[-1].amount == 2 else 2))
                day += _days_until(own, self.p.dose_changes)
        line = LineStory(
            len(self.lines), kind, product, start, end, cause, pattern, start + own.randrange(7), segments,
            most_a_day=4 * amount if kind == PRN else 0,
        )  # fmt: skip
        self._live(own, line, away, refusal)
        line.add_up()
        for number in range(len(self.cycles)):
            if own.random() < self.p.short:
                line.owed[number] = own.randint(*self.p.owing_days)
            line.counted[number] = own.random() < self.p.count_corrects
        while own.random() < self.p.lingers:
            line.lingers += 1
        line.interim_days = [own.randint(*self.p.interim_days) for _ in range(16)]
        line.expires_in = [own.randint(*self.p.expiry_days) for _ in range(16)]
        for number, each in enumerate(self.cycles):
            line.dispensed[number] = own.randrange(each.check, each.due)
            line.is_heard[number] = own.random() < self.p.heard
        self.lines.append(line)

    def _live(self, own: random.Random, line: LineStory, away: set[int], refusal: float) -> None:
        """Draw day by day what is due, refused, dropped, asked for and lost."""
        rate = self._prn_rate(own)
        change = self.p.prn_change / 365
        segments, place = line.segments, 0
        for day in range(line.start, line.end):
            while place + 1 < len(segments) and segments[place + 1].from_day <= day:
                place += 1
            known = segments[place]
            is_away = day in away
            due = 0 if is_away else line.doses_on(day, known)
            if line.kind == PRN:
                if own.random() < change:
                    rate = self._prn_rate(own)
                due = 0 if is_away else min(_poisson(own, rate), 4)
            want = refused = wasted = lost = 0
            for _ in range(due):
                if line.kind != PRN and own.random() < refusal:
                    if own.random() < self.p.refusal_wasted:
                        want, wasted = want + known.amount, wasted + 1
                    else:
                        refused += 1
                    continue
                want += known.amount
                if own.random() < self.p.dropped:
                    want, wasted = want + known.amount, wasted + 1
            if due and line.product.kind == "tablet" and own.random() < self.p.lost_a_dose * due:
                lost = 1
            line.due.append(due)
            line.want.append(want)
            line.refused.append(refused)
            line.wasted.append(wasted)
            line.is_away.append(is_away)
            line.lost.append(lost)
            line.noticed.append(own.random() < self.p.noticed)

    def _prn_rate(self, own: random.Random) -> float:
        return own.gammavariate(self.p.prn_shape, self.p.prn_rate_a_day / self.p.prn_shape)


def _cycles(parameters: Parameters, chance: random.Random, days: int) -> list[CycleDays]:
    plan = CyclePlan(FIRST_DAY)
    found = []
    change_over = FIRST_DAY + timedelta(days=28)
    while (change_over - FIRST_DAY).days < days:
        each = deadlines(plan, change_over)
        late = chance.choices(LATE_DAYS, parameters.late_shares)[0]
        due = (each.deliver_by_on - FIRST_DAY).days
        found.append(
            CycleDays(
                draft=(each.draft_on - FIRST_DAY).days,
                order=(each.order_by_on - FIRST_DAY).days,
                check=(each.check_by_on - FIRST_DAY).days,
                due=due,
                arrives=due + late,
                change_over=(each.change_over_on - FIRST_DAY).days,
                until=(each.cover_until_on - FIRST_DAY).days,
            )
        )
        change_over = each.cover_until_on
    return found


def _stream(name: str) -> random.Random:
    return random.Random(name)  # noqa: S311  invented homes that can be drawn again, no secret


def _pick(chance: random.Random, products: Sequence[tuple[Product, float]]) -> Product:
    return chance.choices([each for each, _ in products], [share for _, share in products])[0]


def _days_until(chance: random.Random, a_year: float) -> int:
    return 1 + int(chance.expovariate(a_year / 365)) if a_year else 10**6


def _poisson(chance: random.Random, mean: float) -> int:
    number, left, product = 0, math.exp(-mean), chance.random()
    while product > left:
        number += 1
        product *= chance.random()
    return number


def _negative_binomial(chance: random.Random, mean: float, spread: float, most: int) -> int:
    shape = mean**2 / (spread**2 - mean)
    return min(_poisson(chance, chance.gammavariate(shape, mean / shape)), most)

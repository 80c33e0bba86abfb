"""How many staff hours a month each process saves, how sure that is, and what remains after costs.

Each process is timed before go-live and afterwards; hours a month are the mean of a time at it, times how often it
comes. What was not measured on both sides is not a saving: claims of others stand beside it under their own grade, and
grades are never summed. (domain.md, Staff time)
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist, fmean, variance


class Process(StrEnum):
    """A piece of work with medicines that staff do apart from giving them, and the round itself."""

    STOCK_COUNT = "stock_count"
    ORDERING = "ordering"
    CHECKING_PRESCRIPTIONS = "checking_prescriptions"
    BOOKING_IN = "booking_in"
    CHANGE_OVER = "change_over"
    AUDIT = "audit"
    MAR_WRITING = "mar_writing"
    ROUND = "round"


PROCESS_WORDS: dict[str, str] = {
    Process.STOCK_COUNT: "Counting stock",
    Process.ORDERING: "Ordering",
    Process.CHECKING_PRESCRIPTIONS: "Checking prescriptions against the order",
    Process.BOOKING_IN: "Booking in a delivery",
    Process.CHANGE_OVER: "Change-over",
    Process.AUDIT: "Medicines audit",
    Process.MAR_WRITING: "Writing and checking MAR charts",
    Process.ROUND: "Medicine round",
}
#: What the programme estimated for handling stock, and what it covers: the estimate was never measured.
ESTIMATE_HOURS = 15.0
ESTIMATE_COVERS = frozenset(
    {Process.STOCK_COUNT, Process.ORDERING, Process.CHECKING_PRESCRIPTIONS, Process.BOOKING_IN, Process.CHANGE_OVER}
)
CONFIDENCE = 0.95
#: From so many times on each side on, a saving is grade A.
ENOUGH = 12
#: An interval needs at least two times on each side.
FEWEST = 2


class Grade(StrEnum):
    """How well a figure is supported."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


GRADE_WORDS: dict[str, str] = {
    Grade.A: f"Measured here, before and after, {ENOUGH} times or more on each side",
    Grade.B: "Measured here, before and after, fewer times",
    Grade.C: "A published study of other homes",
    Grade.D: "A claim or estimate, not measured",
}


@dataclass(frozen=True, slots=True)
class Side:
    """The times at one process on one side of go-live: staff minutes each, and how often a month it comes."""

    minutes: tuple[float, ...]
    per_month: float

    @property
    def mean(self) -> float:
        """The mean time, in staff minutes."""
        return fmean(self.minutes)

    @property
    def hours(self) -> float:
        """Hours a month."""
        return self.mean * self.per_month / 60

    @property
    def error(self) -> float:
        """The variance of the hours a month, as far as the times say; how often it comes is taken as counted."""
        return variance(self.minutes) / len(self.minutes) * (self.per_month / 60) ** 2


@dataclass(frozen=True, slots=True)
class Range:
    """A figure with the interval it lies in."""

    figure: float
    low: float
    high: float

    @property
    def says_something(self) -> bool:
        """Whether the interval leaves out nothing at all."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class Saving:
    """What one process saves, in hours a month, from so many times before and after; None where it is not measured.

    A saving below nothing is time lost, and is shown as such.
    """

    process: Process
    before: int
    after: int
    hours: Range | None
    grade: Grade | None
    missing: str = ""


def saving(process: Process, before: Side | None, after: Side | None) -> Saving:
    """Return what a process saves, with its 95 % interval by Welch's t; or what is missing to say so.

    Times of medicine work are right-skewed, so the interval of a mean of few of them is approximate: the grade says so.
    """
    counted = (len(before.minutes) if before else 0, len(after.minutes) if after else 0)
    if before is None or counted[0] < FEWEST:
        return Saving(process, *counted, None, None, "Too few times from before go-live.")
    if after is None or counted[1] < FEWEST:
        return Saving(process, *counted, None, None, "Too few times since go-live.")
    grade = Grade.A if min(counted) >= ENOUGH else Grade.B
    return Saving(process, *counted, welch(before, after), grade)


def welch(before: Side, after: Side) -> Range:
    """Return the difference of two sides' hours a month with its interval (Welch 1947, Satterthwaite 1946)."""
    figure = before.hours - after.hours
    first, second = before.error, after.error
    total = first + second
    if total == 0:
        return Range(figure, figure, figure)
    freedom = total**2 / (first**2 / (len(before.minutes) - 1) + second**2 / (len(after.minutes) - 1))
    reach = t_quantile(0.5 + CONFIDENCE / 2, freedom) * math.sqrt(total)
    return Range(figure, figure - reach, figure + reach)


def totals(savings: Iterable[Saving]) -> dict[Grade, Range]:
    """Return the hours a month by grade: independent processes, so their squares add. Never over grades."""
    found: dict[Grade, list[Range]] = {}
    for each in savings:
        if each.hours is not None and each.grade is not None:
            found.setdefault(each.grade, []).append(each.hours)
    return {grade: summed(ranges) for grade, ranges in sorted(found.items())}


def summed(ranges: Sequence[Range]) -> Range:
    """Return the sum of independent figures; each end of the interval reaches as far as its squares add up to."""
    figure = sum(each.figure for each in ranges)
    low = math.sqrt(sum((each.figure - each.low) ** 2 for each in ranges))
    high = math.sqrt(sum((each.high - each.figure) ** 2 for each in ranges))
    return Range(figure, figure - low, figure + high)


class CostKind(StrEnum):
    """What a cost belongs to; the four are kept apart."""

    START_UP = "start_up"
    HIDDEN = "hidden"
    RUNNING = "running"
    DIRECT = "direct"


COST_WORDS: dict[str, str] = {
    CostKind.START_UP: "Start-up: devices, set-up, Wi-Fi",
    CostKind.HIDDEN: "Hidden: IT support, time spent in training",
    CostKind.RUNNING: "Running: licences, hosting, replacement",
    CostKind.DIRECT: "Direct: labels, paper, carriage",
}


@dataclass(frozen=True, slots=True)
class Benefit:
    """What remains in pounds a month, and once: the hours' worth, less waste, less what it costs each month.

    `once` is what was spent once. `months` is after how many months that is earned back, by the figure and by both
    ends of the range; None where it never is.
    """

    hours: Range
    waste: Range | None
    monthly_cost: float
    once: float
    net: Range
    months: tuple[float | None, float | None, float | None]


def benefit(
    hours: Range,
    *,
    hour_low: float,
    hour_high: float,
    waste: Range | None,
    monthly_cost: float,
    once: float,
) -> Benefit:
    """Return the net benefit of measured hours, with its range.

    An hour is worth between `hour_low` and `hour_high` pounds: its cost where it would otherwise be paid for, less
    where it is only freed. The range takes the worst of everything together and the best, which is wider than chance.
    """
    ends = [each * worth for each in (hours.low, hours.high) for worth in (hour_low, hour_high)]
    worth = Range(hours.figure * (hour_low + hour_high) / 2, min(ends), max(ends))
    less = waste or Range(0, 0, 0)
    net = Range(
        worth.figure + less.figure - monthly_cost, worth.low + less.low - monthly_cost,
        worth.high + less.high - monthly_cost,
    )  # fmt: skip
    months = tuple(once / each if each > 0 else None for each in (net.figure, net.low, net.high))
    return Benefit(worth, waste, monthly_cost, once, net, (months[0], months[1], months[2]))


def compared(savings: Iterable[Saving]) -> Mapping[Grade, Range]:
    """Return what was measured of the processes that the programme's estimate covers, by grade."""
    return totals(each for each in savings if each.process in ESTIMATE_COVERS)


#: Where the expansion is not yet good enough, Student's t itself, two-sided 95 %.
_SMALL = {1: 12.7062, 2: 4.3027, 3: 3.1824, 4: 2.7764}


def t_quantile(share: float, freedom: float) -> float:
    """Return the quantile of Student's t, by the expansion of Cornish and Fisher (Abramowitz and Stegun 26.7.5).

    Within 0.1 % from five degrees of freedom on; below that the table for 97.5 % holds, rounded to the wider side.
    """
    if freedom < max(_SMALL) + 1 and abs(share - 0.975) < 1e-9:
        # Fewer degrees of freedom make a wider interval: rounding down is on the safe side.
        return _SMALL[min(int(max(freedom, 1.0)), max(_SMALL))]
    z = NormalDist().inv_cdf(share)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    fourth = (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160
    return z + first / freedom + second / freedom**2 + third / freedom**3 + fourth / freedom**4

"""What a home saves and what it costs: the timer's samples, every process with its interval and grade, the benefit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from emar.queries.stock_value import stock_value
from quality.models import Cost, SavingFigure, SavingsPolicy, TimeSample
from quality.queries.council import HomeOfCouncil
from quality.queries.going_live import live_since
from quality.queries.timings import DAYS_OF_MONTH, LOOK_BACK, sides
from quality.rules.savings import (
    Benefit,
    CostKind,
    Grade,
    Process,
    Range,
    Saving,
    benefit,
    compared,
    saving,
    summed,
    totals,
)


@dataclass(frozen=True, slots=True)
class Waste:
    """What is wasted each month in pounds: now, as far as prices are known, and before go-live as the home said."""

    now: Decimal
    without_price: int
    before: Decimal | None

    @property
    def saved(self) -> Range | None:
        """What is wasted less each month; None where nobody knows what it was before."""
        if self.before is None:
            return None
        less = float(self.before - self.now)
        return Range(less, less, less)


@dataclass(frozen=True, slots=True)
class StaffTime:
    """Everything that is known of a home's staff time and costs.

    `by_grade` and `compared` are hours a month under each grade, never summed over grades. `benefits` has one net
    benefit for grade A, and one for grade B, where there are such hours.
    """

    live_on: date | None
    savings: tuple[Saving, ...]
    by_grade: Mapping[Grade, Range]
    compared: Mapping[Grade, Range]
    costs: tuple[Cost, ...]
    monthly: Mapping[CostKind, Decimal]
    once: Mapping[CostKind, Decimal]
    waste: Waste
    benefits: Mapping[Grade, Benefit]
    policy: SavingsPolicy


def policy_of(home_id: int) -> SavingsPolicy:
    """Return what a home counts with; figures that nobody has saved yet are the usual ones and have no id."""
    return SavingsPolicy.objects.filter(home_id=home_id).first() or SavingsPolicy(home_id=home_id)


def running(home_id: int) -> list[TimeSample]:
    """Return the timers that run now, the oldest first."""
    found = TimeSample.objects.filter(home_id=home_id, ended_at__isnull=True, set_aside_at__isnull=True)
    return list(found.select_related("started_by").order_by("started_at"))


def samples(home_id: int, *, limit: int = 100) -> list[TimeSample]:
    """Return the latest timings that were finished or set aside, the latest first."""
    found = TimeSample.objects.filter(home_id=home_id).exclude(ended_at__isnull=True, set_aside_at__isnull=True)
    return list(found.select_related("started_by").order_by("-started_at")[:limit])


def sample(home_id: int, sample_id: UUID) -> TimeSample | None:
    """Return one timing of the home, or None."""
    return TimeSample.objects.filter(home_id=home_id, pk=sample_id).first()


def cost(home_id: int, cost_id: UUID) -> Cost | None:
    """Return one cost of the home, or None."""
    return Cost.objects.filter(home_id=home_id, pk=cost_id).first()


def staff_time(home_id: int, now: datetime) -> StaffTime:
    """Return what a home saves in hours and pounds a month, in a constant number of statements."""
    live_on = live_since(home_id)
    found = tuple(saving(process, before, after) for process, (before, after) in sides(home_id, now, live_on).items())
    costs = tuple(Cost.objects.filter(home_id=home_id).select_related("written_by").order_by("kind", "written_at"))
    counted = [each for each in costs if each.withdrawn_at is None]
    monthly, once = _by_kind(counted, is_monthly=True), _by_kind(counted, is_monthly=False)
    policy = policy_of(home_id)
    waste = _waste(home_id, now, policy.waste_before)
    by_grade = totals(found)
    benefits = {
        grade: benefit(
            hours,
            hour_low=float(policy.hour_low),
            hour_high=float(policy.hour_high),
            waste=waste.saved,
            monthly_cost=float(sum(monthly.values())),
            once=float(sum(once.values())),
        )
        for grade, hours in by_grade.items()
    }
    return StaffTime(live_on, found, by_grade, compared(found), costs, monthly, once, waste, benefits, policy)


def _by_kind(costs: Sequence[Cost], *, is_monthly: bool) -> dict[CostKind, Decimal]:
    return {
        kind: sum((each.pounds for each in costs if each.kind == kind and each.is_monthly == is_monthly), Decimal(0))
        for kind in CostKind
    }


def _waste(home_id: int, now: datetime, before: Decimal | None) -> Waste:
    lost = stock_value(home_id, now - LOOK_BACK, now).lost
    a_month = lost.pence / 100 / (Decimal(LOOK_BACK // timedelta(days=1)) / DAYS_OF_MONTH)
    return Waste(a_month.quantize(Decimal("0.01")), lost.without_price, before)


@dataclass(frozen=True, slots=True)
class HomeSaving:
    """What one home saves, as its council may see it: figures with their counts and grades, and their sums by grade."""

    home: HomeOfCouncil
    figures: tuple[SavingFigure, ...]
    by_grade: Mapping[Grade, Range]


def for_council(homes: Sequence[HomeOfCouncil]) -> list[HomeSaving]:
    """Return what each home of a council saves, from the figures that were written down. One statement."""
    found: dict[int, list[SavingFigure]] = {}
    order = {str(process): place for place, process in enumerate(Process)}
    for each in SavingFigure.objects.filter(home_id__in=[home.pk for home in homes]):
        found.setdefault(each.home_id, []).append(each)
    return [_home_saving(home, sorted(found.get(home.pk, []), key=lambda each: order[each.process])) for home in homes]


def _home_saving(home: HomeOfCouncil, figures: Sequence[SavingFigure]) -> HomeSaving:
    ranges: dict[Grade, list[Range]] = {}
    for each in figures:
        if each.grade and each.hours is not None and each.low is not None and each.high is not None:
            ranges.setdefault(Grade(each.grade), []).append(Range(float(each.hours), float(each.low), float(each.high)))
    return HomeSaving(home, tuple(figures), {grade: summed(many) for grade, many in sorted(ranges.items())})

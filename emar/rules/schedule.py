"""When a prescription's doses fall due, whatever its kind: the one value the rest of the record asks.

A schedule is read from and written to JSON (a prescription stores it), expands to due doses for a period,
and gives each dose its window. What a plan of each kind means is in rules.regular (rounds and clock times),
rules.interval (real hours, patches) and rules.inr (warfarin by INR); what all share is in rules.terms.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from emar.rules.amounts import (
    Amount,
    ScheduleError,
    amount_from_json,
    amount_to_json,
    plain,
    quantity_from_json,
)
from emar.rules.due import Answered, DueDose, Part
from emar.rules.inr import INR_FIELDS, InrPlan, inr_doses, inr_from_json, inr_to_json
from emar.rules.interval import (
    INTERVAL_FIELDS,
    IntervalPlan,
    first_day,
    interval_doses,
    interval_from_json,
    interval_to_json,
)
from emar.rules.patterns import whole_number
from emar.rules.regular import RegularPlan, regular_doses
from emar.rules.regular_json import phase_to_json, plan_from_json
from emar.rules.strengths import make_up
from emar.rules.terms import TERM_FIELDS, Terms, clock_from_json, clock_to_json, terms_from_json, terms_to_json
from emar.rules.wall_clock import instant_of, local_day

__all__ = [
    "Amount",
    "Answered",
    "DailyTotalPlan",
    "DueDose",
    "InrPlan",
    "IntervalPlan",
    "Part",
    "RegularPlan",
    "Schedule",
    "ScheduleError",
    "StandingPlan",
    "Terms",
    "WhenRequiredPlan",
    "depends_on_answers",
    "due_doses",
    "early_from",
    "window",
]


@dataclass(frozen=True, slots=True)
class WhenRequiredPlan:
    """A dose only when needed: how much, how long between doses, how much or how often at most in 24 hours."""

    amount: Amount
    min_gap_minutes: int | None = None
    max_amount_24h: Decimal | None = None
    max_doses_24h: int | None = None


@dataclass(frozen=True, slots=True)
class DailyTotalPlan:
    """So much in the course of each day (a feed): one due dose a day, with the whole day as its window."""

    amount: Amount
    at: time = time(8)


@dataclass(frozen=True, slots=True)
class StandingPlan:
    """Something always done and never due at a time, such as thickening every drink to an IDDSI level."""

    iddsi_level: int | None = None


Plan = RegularPlan | WhenRequiredPlan | IntervalPlan | InrPlan | DailyTotalPlan | StandingPlan


@dataclass(frozen=True, slots=True)
class Schedule:
    """When, and how much: everything about a prescription that decides its due doses."""

    terms: Terms
    plan: Plan

    @property
    def kind(self) -> str:
        """The word that JSON uses for the kind of plan."""
        return _KIND_OF_PLAN[type(self.plan)]

    @property
    def starts_on(self) -> date:
        """The first day."""
        return self.terms.starts_on

    @property
    def ends_on(self) -> date | None:
        """The first day without doses, None when it goes on."""
        return self.terms.ends_on

    @property
    def unit(self) -> str:
        """The unit of every amount."""
        return self.terms.unit

    @property
    def window_minutes(self) -> int:
        """How long before and after its time a dose is on time."""
        return self.terms.window_minutes

    @property
    def early_minutes(self) -> int:
        """How long before the window a dose may be given with a reason."""
        return self.terms.early_minutes

    @property
    def is_time_critical(self) -> bool:
        """Whether a dose a little late does harm (Parkinson's medicines)."""
        return self.terms.is_time_critical

    @property
    def latest(self) -> "Schedule":
        """This schedule with its latest two INR records only: what older ones said hides the one that counts."""
        if not isinstance(self.plan, InrPlan):
            return self
        records = sorted(self.plan.records, key=lambda each: each.from_on)[-2:]
        return Schedule(self.terms, InrPlan(self.plan.slot, tuple(records)))

    @classmethod
    def from_json(cls, value: object) -> "Schedule":
        """Return the schedule that JSON describes; raises ScheduleError with plain words."""
        return schedule_from_json(value)

    def to_json(self) -> dict[str, Any]:
        """Return JSON that `from_json` reads back to an equal schedule."""
        write_plan = _READERS[self.kind][2]
        return {"kind": self.kind, **terms_to_json(self.terms), **write_plan(self.plan)}


def due_doses(
    schedule: Schedule,
    since: datetime,
    until: datetime,
    rounds: Mapping[str, time],
    answered: Sequence[Answered] = (),
) -> list[DueDose]:
    """Return the doses that fall due from `since` until before `until`, in order, each at its own instant.

    `rounds` gives the starting time of each round of the resident's unit. `answered` are the doses given so
    far (all of them, or those since the schedule started), which matter to schedules whose later doses move
    with a late one, and to patches. When-required medicines and standing instructions have no due doses.
    Raises ScheduleError when the schedule names a round that `rounds` does not have, because a dose left
    out silently is a dose missed.
    """
    match schedule.plan:
        case RegularPlan() as plan:
            return regular_doses(plan, schedule.terms, since, until, rounds, answered)
        case IntervalPlan() as plan:
            return interval_doses(plan, schedule.terms, since, until, answered)
        case InrPlan() as plan:
            return inr_doses(plan, schedule.terms, since, until, rounds)
        case DailyTotalPlan() as plan:
            return _daily_totals(plan, schedule.terms, since, until)
        case WhenRequiredPlan() | StandingPlan():
            return []


def window(due: DueDose, schedule: Schedule) -> tuple[datetime, datetime]:
    """Return from when until when this dose counts as on time, in real minutes either side."""
    either_side = timedelta(minutes=schedule.terms.window_minutes)
    return due.opens_at or due.due_at - either_side, due.closes_at or due.due_at + either_side


def depends_on_answers(schedule: Schedule) -> bool:
    """Return whether when a dose was given decides when later ones fall due."""
    late = schedule.terms.late
    return isinstance(schedule.plan, IntervalPlan) or (late is not None and late.rule == "move")


def early_from(due: DueDose, schedule: Schedule) -> datetime:
    """Return from when this dose may be given early with a reason; before that giving it is stopped."""
    if due.opens_at is not None:
        # A window made of a part of the day is all the leeway there is: earlier is another dose's time.
        return due.opens_at
    return due.due_at - timedelta(minutes=schedule.terms.window_minutes + schedule.terms.early_minutes)


def schedule_from_json(value: object) -> Schedule:
    """Return the schedule that JSON describes; raises ScheduleError with plain words.

    `kind` is `regular`, `when_required`, `interval`, `by_inr`, `daily_total` or `standing`; the other fields
    are those of rules.terms and of the plan of that kind.
    """
    if not isinstance(value, Mapping):
        raise ScheduleError(f"A schedule must say when doses are given, not {value!r}.")
    kind = value.get("kind")
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise ScheduleError(f"{kind!r} is not a kind of schedule this record knows.")
    fields, read_plan, _ = reader
    unknown = sorted(set(value) - TERM_FIELDS - fields - {"kind"})
    if unknown:
        raise ScheduleError(f"A schedule of kind {kind} has no {', '.join(map(str, unknown))}.")
    schedule = Schedule(terms_from_json(value), read_plan(value))
    _refuse_impossible(schedule)
    return schedule


def _refuse_impossible(schedule: Schedule) -> None:
    """Raise ScheduleError when the terms and the plan contradict each other."""
    plan, terms = schedule.plan, schedule.terms
    if isinstance(plan, IntervalPlan) and first_day(plan) != terms.starts_on:
        raise ScheduleError("The first time does not fall on the first day.")
    if not terms.strengths:
        return
    amounts: list[Decimal] = []
    if isinstance(plan, RegularPlan):
        slots = [slot for phase in plan.phases for slot in phase.slots]
        amounts = [slot.amount.low for slot in slots if not slot.amount.is_range and slot.amount.low]
    elif isinstance(plan, InrPlan):
        amounts = [amount for record in plan.records for amount in record.amounts if amount]
    for amount in amounts:
        if make_up(amount, terms.strengths, halves=terms.has_halves) is None:
            tablets = ", ".join(f"{plain(strength)} {terms.unit}" for strength in terms.strengths)
            raise ScheduleError(f"{plain(amount)} {terms.unit} cannot be made up from {tablets}.")


def _daily_totals(plan: DailyTotalPlan, terms: Terms, since: datetime, until: datetime) -> list[DueDose]:
    first = max(local_day(since), terms.starts_on).toordinal()
    stop = local_day(until).toordinal() + 1
    if terms.ends_on is not None:
        stop = min(stop, terms.ends_on.toordinal())
    found = [
        DueDose(
            instant_of(day, plan.at),
            plan.amount,
            terms.unit,
            None,
            0,
            opens_at=instant_of(day, time()),
            closes_at=instant_of(day + 1, time()),
        )
        for day in range(first, stop)
    ]
    return [dose for dose in found if since <= dose.due_at < until]


_WHEN_REQUIRED_FIELDS = {"amount", "min_gap_minutes", "max_amount_24h", "max_doses_24h"}


def _when_required_from_json(value: Mapping[str, Any]) -> WhenRequiredPlan:
    most, gap, times = value.get("max_amount_24h"), value.get("min_gap_minutes"), value.get("max_doses_24h")
    plan = WhenRequiredPlan(
        amount_from_json(value.get("amount")),
        None if gap is None else whole_number(gap, "The gap in minutes", least=0, most=40_320),
        None if most is None else quantity_from_json(most, "The most in 24 hours"),
        None if times is None else whole_number(times, "The most doses in 24 hours", most=200),
    )
    if plan.max_amount_24h is not None and plan.max_amount_24h < plan.amount.low:
        raise ScheduleError("The most in 24 hours is less than one dose, so it could never be given.")
    return plan


def _when_required_to_json(plan: WhenRequiredPlan) -> dict[str, Any]:
    return {
        "amount": amount_to_json(plan.amount),
        "min_gap_minutes": plan.min_gap_minutes,
        "max_amount_24h": None if plan.max_amount_24h is None else plain(plan.max_amount_24h),
        **({} if plan.max_doses_24h is None else {"max_doses_24h": plan.max_doses_24h}),
    }


def _daily_total_from_json(value: Mapping[str, Any]) -> DailyTotalPlan:
    at = value.get("at")
    return DailyTotalPlan(
        amount_from_json(value.get("amount")),
        time(8) if at is None else clock_from_json(at, "The time it starts"),
    )


def _standing_from_json(value: Mapping[str, Any]) -> StandingPlan:
    level = value.get("iddsi_level")
    return StandingPlan(None if level is None else whole_number(level, "The IDDSI level", least=0, most=7))


Reader = tuple[set[str], Callable[[Mapping[str, Any]], Plan], Callable[[Any], dict[str, Any]]]
_KIND_OF_PLAN: dict[type, str] = {
    RegularPlan: "regular",
    WhenRequiredPlan: "when_required",
    IntervalPlan: "interval",
    InrPlan: "by_inr",
    DailyTotalPlan: "daily_total",
    StandingPlan: "standing",
}
_READERS: dict[str, Reader] = {
    "regular": (
        {"phases"},
        lambda value: plan_from_json(value.get("phases")),
        lambda plan: {"phases": [phase_to_json(phase) for phase in plan.phases]},
    ),
    "when_required": (_WHEN_REQUIRED_FIELDS, _when_required_from_json, _when_required_to_json),
    "interval": (INTERVAL_FIELDS, interval_from_json, interval_to_json),
    "by_inr": (INR_FIELDS, inr_from_json, inr_to_json),
    "daily_total": (
        {"amount", "at"},
        _daily_total_from_json,
        lambda plan: {"amount": amount_to_json(plan.amount), "at": clock_to_json(plan.at)},
    ),
    "standing": (
        {"iddsi_level"},
        _standing_from_json,
        lambda plan: {} if plan.iddsi_level is None else {"iddsi_level": plan.iddsi_level},
    ),
}

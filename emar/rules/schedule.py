"""When a prescription's doses fall due, whatever its kind: the one value the rest of the record asks.

A schedule is read from and written to JSON (a prescription stores it), expands to due doses for a period,
and gives each dose its window. What each kind of plan means is in the files it is put together from:
rules.regular (rounds and clock times) and the files beside it.
"""

from collections.abc import Mapping, Sequence
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
from emar.rules.patterns import day_from_json, whole_number
from emar.rules.regular import (
    RegularPlan,
    Span,
    clock_from_json,
    clock_to_json,
    phase_to_json,
    plan_from_json,
    regular_doses,
)

__all__ = [
    "Amount",
    "Answered",
    "DueDose",
    "Part",
    "Schedule",
    "ScheduleError",
    "WhenRequiredPlan",
    "due_doses",
    "early_from",
    "window",
]

DEFAULT_WINDOW_MINUTES = 60
TIME_CRITICAL_WINDOW_MINUTES = 30
DEFAULT_EARLY_MINUTES = 60


@dataclass(frozen=True, slots=True)
class WhenRequiredPlan:
    """A dose only when needed: how much, how long between doses, how much at most in 24 hours."""

    amount: Amount
    min_gap_minutes: int | None = None
    max_amount_24h: Decimal | None = None


Plan = RegularPlan | WhenRequiredPlan


@dataclass(frozen=True, slots=True)
class Schedule:
    """When, and how much: everything about a prescription that decides its due doses.

    `starts_on` is the first day, `ends_on` the first day without doses (periods are half-open), None when
    it goes on. `starts_from` leaves out doses earlier than that clock time on the first day.
    """

    starts_on: date
    unit: str
    plan: Plan
    ends_on: date | None = None
    starts_from: time | None = None
    window_minutes: int = DEFAULT_WINDOW_MINUTES
    early_minutes: int = DEFAULT_EARLY_MINUTES
    is_time_critical: bool = False

    @property
    def kind(self) -> str:
        """The word that JSON uses for the kind of plan."""
        return _KIND_OF_PLAN[type(self.plan)]

    @classmethod
    def from_json(cls, value: object) -> "Schedule":
        """Return the schedule that JSON describes; raises ScheduleError with plain words."""
        return schedule_from_json(value)

    def to_json(self) -> dict[str, Any]:
        """Return JSON that `from_json` reads back to an equal schedule."""
        return schedule_to_json(self)


def due_doses(
    schedule: Schedule,
    since: datetime,
    until: datetime,
    rounds: Mapping[str, time],
    answered: Sequence[Answered] = (),
) -> list[DueDose]:
    """Return the doses that fall due from `since` until before `until`, in order, each at its own instant.

    `rounds` gives the starting time of each round of the resident's unit. `answered` are doses already
    given, which matter only to schedules whose later doses depend on them. When-required medicines have
    no due doses. Raises ScheduleError when the schedule names a round that `rounds` does not have, because
    a dose left out silently is a dose missed.
    """
    match schedule.plan:
        case RegularPlan():
            span = Span(schedule.starts_on, schedule.ends_on, schedule.starts_from)
            return regular_doses(schedule.plan, span, schedule.unit, since, until, rounds)
        case WhenRequiredPlan():
            return []


def window(due: DueDose, schedule: Schedule) -> tuple[datetime, datetime]:
    """Return from when until before when this dose counts as on time, in real minutes either side."""
    either_side = timedelta(minutes=schedule.window_minutes)
    return due.opens_at or due.due_at - either_side, due.closes_at or due.due_at + either_side


def early_from(due: DueDose, schedule: Schedule) -> datetime:
    """Return from when this dose may be given early with a reason; before that giving it is stopped."""
    return window(due, schedule)[0] - timedelta(minutes=schedule.early_minutes)


def schedule_from_json(value: object) -> Schedule:
    """Return the schedule that JSON describes.

    Fields of every kind: `kind`, `starts_on`, `ends_on` (the first day without doses, or null), `unit`,
    and optionally `starts_from` (a clock time on the first day), `time_critical`, `window_minutes` (default
    60, time-critical 30), `early_minutes` (how long before the window a dose may be given with a reason:
    default 60, time-critical 0). Raises ScheduleError with plain words.
    """
    if not isinstance(value, Mapping):
        raise ScheduleError(f"A schedule must say when doses are given, not {value!r}.")
    kind = value.get("kind")
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise ScheduleError(f"{kind!r} is not a kind of schedule this record knows.")
    fields, read_plan, _ = reader
    unknown = sorted(set(value) - _COMMON_FIELDS - fields)
    if unknown:
        raise ScheduleError(f"A schedule of kind {kind} has no {', '.join(map(str, unknown))}.")
    starts_on = day_from_json(value.get("starts_on"), "The first day")
    ends_on = None if value.get("ends_on") is None else day_from_json(value["ends_on"], "The end")
    if ends_on is not None and ends_on <= starts_on:
        raise ScheduleError("The end is the first day without doses, so it must come after the first day.")
    is_time_critical = value.get("time_critical", False)
    if not isinstance(is_time_critical, bool):
        raise ScheduleError(f"Time-critical is true or false, not {is_time_critical!r}.")
    usual = TIME_CRITICAL_WINDOW_MINUTES if is_time_critical else DEFAULT_WINDOW_MINUTES
    early = 0 if is_time_critical else DEFAULT_EARLY_MINUTES
    starts_from = value.get("starts_from")
    return Schedule(
        starts_on=starts_on,
        unit=_unit(value.get("unit")),
        plan=read_plan(value),
        ends_on=ends_on,
        starts_from=None if starts_from is None else clock_from_json(starts_from, "The first time"),
        window_minutes=_minutes(value.get("window_minutes"), usual, "The window"),
        early_minutes=_minutes(value.get("early_minutes"), early, "How early a dose may be"),
        is_time_critical=is_time_critical,
    )


def schedule_to_json(schedule: Schedule) -> dict[str, Any]:
    """Return JSON that `schedule_from_json` reads back to an equal schedule."""
    found: dict[str, Any] = {
        "kind": schedule.kind,
        "starts_on": schedule.starts_on.isoformat(),
        "ends_on": None if schedule.ends_on is None else schedule.ends_on.isoformat(),
        "unit": schedule.unit,
        "window_minutes": schedule.window_minutes,
        "early_minutes": schedule.early_minutes,
    }
    if schedule.starts_from is not None:
        found["starts_from"] = clock_to_json(schedule.starts_from)
    if schedule.is_time_critical:
        found["time_critical"] = True
    write_plan = _READERS[schedule.kind][2]
    found.update(write_plan(schedule.plan))
    return found


def _unit(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ScheduleError("A schedule needs the unit its amounts are in, such as tablet or ml.")
    return value


def _minutes(value: object, usual: int, what: str) -> int:
    return usual if value is None else whole_number(value, f"{what}, in minutes,", least=0, most=1440)


def _when_required_from_json(value: Mapping[str, Any]) -> WhenRequiredPlan:
    most = value.get("max_amount_24h")
    gap = value.get("min_gap_minutes")
    plan = WhenRequiredPlan(
        amount_from_json(value.get("amount")),
        None if gap is None else whole_number(gap, "The gap in minutes", least=0, most=40_320),
        None if most is None else quantity_from_json(most, "The most in 24 hours"),
    )
    if plan.max_amount_24h is not None and plan.max_amount_24h < plan.amount.low:
        raise ScheduleError("The most in 24 hours is less than one dose, so it could never be given.")
    return plan


def _when_required_to_json(plan: WhenRequiredPlan) -> dict[str, Any]:
    return {
        "amount": amount_to_json(plan.amount),
        "min_gap_minutes": plan.min_gap_minutes,
        "max_amount_24h": None if plan.max_amount_24h is None else plain(plan.max_amount_24h),
    }


_COMMON_FIELDS = {
    "kind",
    "starts_on",
    "ends_on",
    "starts_from",
    "unit",
    "time_critical",
    "window_minutes",
    "early_minutes",
}
_KIND_OF_PLAN: dict[type, str] = {RegularPlan: "regular", WhenRequiredPlan: "when_required"}
_READERS: dict[str, tuple[set[str], Any, Any]] = {
    "regular": (
        {"phases"},
        lambda value: plan_from_json(value.get("phases")),
        lambda plan: {"phases": [phase_to_json(phase) for phase in plan.phases]},
    ),
    "when_required": (
        {"amount", "min_gap_minutes", "max_amount_24h"},
        _when_required_from_json,
        _when_required_to_json,
    ),
}

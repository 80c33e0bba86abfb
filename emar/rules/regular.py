"""When a regular prescription's doses fall due: phases of days, each with rounds or clock times.

Times here are wall-clock times in the home: 08:00 is breakfast on both sides of a clock change, so one gap
between doses each spring is an hour short and one each autumn an hour long. Gaps in real hours (patches)
are rules.interval's job; how the JSON around the plan looks is rules.schedule's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from emar.rules.amounts import Amount, ScheduleError, amount_from_json, amount_to_json
from emar.rules.due import Answered, DueDose
from emar.rules.patterns import (
    DAILY,
    EveryNDays,
    EveryNWeeks,
    Pattern,
    day_from_json,
    pattern_from_json,
    pattern_to_json,
    whole_number,
)
from emar.rules.wall_clock import ONE_DAY, instant, is_skipped, local, local_day


@dataclass(frozen=True, slots=True)
class Slot:
    """One dose of a day: at a round, or a number of minutes from it, or at a clock time; and how much.

    `pattern` narrows the phase's days for this slot alone ("two in the morning, and one at night on
    Sundays"). `is_next_day` marks a clock time after midnight that belongs to the night before.
    """

    round_name: str | None
    at: time | None
    amount: Amount
    pattern: Pattern | None = None
    offset_minutes: int = 0
    is_next_day: bool = False


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of a course: for so many days, or so many doses, or without end, these slots on these days.

    `anchor_on` is the day that "every N days", "every N weeks" and cycles count from, when it is not the
    phase's first day.
    """

    slots: tuple[Slot, ...]
    pattern: Pattern = DAILY
    days: int | None = None
    doses: int | None = None
    anchor_on: date | None = None


@dataclass(frozen=True, slots=True)
class RegularPlan:
    """Phases in order: each begins on the day after the one before it ended."""

    phases: tuple[Phase, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """The time a schedule covers: from `starts_on`, at `starts_from` on that day, until before `ends_on`."""

    starts_on: date
    ends_on: date | None = None
    starts_from: time | None = None


def regular_doses(
    plan: RegularPlan,
    span: Span,
    unit: str,
    since: datetime,
    until: datetime,
    rounds: Mapping[str, time],
    moved_by: Sequence[Answered] = (),
) -> list[DueDose]:
    """Return the due doses of a regular plan from `since` until before `until`, in order of time.

    `moved_by` are late doses that move what follows: after each, every-N-days and every-N-weeks patterns
    count from the day it was given. Doses that fall on one instant become one: their amounts together,
    unless a spring clock change pushed them onto each other, when the hour that does not exist brings no
    dose of its own. Raises ScheduleError when a slot names a round that `rounds` does not have.
    """
    # The days around the period belong to the search because a slot can lie after midnight of its day,
    # or before it (half an hour before a round at midnight).
    first, last = local_day(since) - ONE_DAY, local_day(until) + ONE_DAY
    found: list[DueDose] = []
    begins = span.starts_on
    for place, phase in enumerate(plan.phases):
        if begins > last or (span.ends_on is not None and begins >= span.ends_on):
            break
        course = _PhaseCourse(
            phase, begins, span, unit, _clocks(phase, rounds), _anchors(phase, begins, moved_by)
        )
        found += course.doses(first, last)
        if place + 1 < len(plan.phases):
            begins = course.next_begins()
    doses = [dose for dose in found if since <= dose.due_at < until]
    doses.sort(key=lambda dose: dose.due_at)
    return _one_dose_an_instant(doses)


@dataclass(frozen=True, slots=True)
class _PhaseCourse:
    """One phase laid on the calendar."""

    phase: Phase
    begins: date
    span: Span
    unit: str
    clocks: list[tuple[int, time, int]]
    anchors: list[tuple[date, date]]

    def doses(self, first: date, last: date) -> list[DueDose]:
        """Return the doses of days `first` to `last`."""
        ends = self._ends()
        start = max(self.begins, first) if self.phase.doses is None else self.begins
        found: list[DueDose] = []
        # Ordinals, because date arithmetic would take half the time of the loop.
        for ordinal in range(start.toordinal(), min(ends.toordinal(), last.toordinal() + 1)):
            found += self._of_day(date.fromordinal(ordinal))
            if self.phase.doses is not None and len(found) >= self.phase.doses:
                return found[: self.phase.doses]
        return found

    def next_begins(self) -> date:
        """Return the day on which the next phase begins: the day after this one's last."""
        if self.phase.doses is None:
            return self._ends()
        day = self.begins
        remaining = self.phase.doses
        while day < self._ends():
            remaining -= len(self._of_day(day))
            day += ONE_DAY
            if remaining <= 0:
                break
        return day

    def _ends(self) -> date:
        ends = date.max if self.phase.days is None else self.begins + timedelta(days=self.phase.days)
        return ends if self.span.ends_on is None else min(ends, self.span.ends_on)

    def _of_day(self, day: date) -> list[DueDose]:
        phase, span = self.phase, self.span
        anchor = self.anchors[0][1] if len(self.anchors) == 1 else self._anchor_for(day)
        if anchor is None:
            return []
        is_phase_day = phase.pattern is DAILY or phase.pattern.falls_on(day, anchor)
        found = []
        for days_after, clock, place in self.clocks:
            slot = phase.slots[place]
            if not (is_phase_day if slot.pattern is None else slot.pattern.falls_on(day, anchor)):
                continue
            if (
                span.starts_from is not None
                and day == span.starts_on
                and days_after <= 0
                and clock < span.starts_from
            ):
                continue
            on = day if not days_after else day + timedelta(days=days_after)
            found.append(DueDose(instant(on, clock), slot.amount, self.unit, slot.round_name, place))
        return found

    def _anchor_for(self, day: date) -> date | None:
        """Return the day that steps are counted from on this day; None between a dose and its late giving."""
        anchor = self.anchors[0][1]
        for counts_from, moved_to in self.anchors[1:]:
            if day >= counts_from:
                anchor = moved_to
                if day <= moved_to:
                    return None
        return anchor


def _anchors(phase: Phase, begins: date, moved_by: Sequence[Answered]) -> list[tuple[date, date]]:
    """Return pairs of (first day it counts for, day that steps are counted from), the first one first."""
    anchors = [(date.min, phase.anchor_on or begins)]
    if not isinstance(phase.pattern, EveryNDays | EveryNWeeks):
        return anchors
    for answer in sorted(moved_by, key=lambda each: each.given_at):
        if answer.due_at is None:
            continue
        due_on, given_on = local_day(answer.due_at), local_day(answer.given_at)
        if given_on != due_on and due_on >= begins:
            anchors.append((due_on + ONE_DAY, given_on))
    return anchors


def _clocks(phase: Phase, rounds: Mapping[str, time]) -> list[tuple[int, time, int]]:
    """Return each slot as (days after its day, clock time, place in the phase), in the order of the day."""
    clocks = []
    for place, slot in enumerate(phase.slots):
        if slot.at is not None:
            clocks.append((1 if slot.is_next_day else 0, slot.at, place))
            continue
        starts = rounds.get(slot.round_name or "")
        if starts is None:
            raise ScheduleError(
                f"There is no round called {slot.round_name!r} here: choose one of its rounds."
            )
        minutes = starts.hour * 60 + starts.minute + slot.offset_minutes
        clocks.append((minutes // 1440, time(minutes % 1440 // 60, minutes % 60), place))
    return sorted(clocks)


def _one_dose_an_instant(doses: list[DueDose]) -> list[DueDose]:
    """Return the doses, already in order, with those of one instant made one."""
    alone: list[DueDose] = []
    for dose in doses:
        if alone and alone[-1].due_at == dose.due_at:
            if not _was_pushed_together(dose.due_at):
                alone[-1] = alone[-1]._replace(amount=alone[-1].amount + dose.amount)
            continue
        alone.append(dose)
    return alone


def _was_pushed_together(moment: datetime) -> bool:
    """Return whether this is the instant to which the skipped times of a spring change are moved."""
    shown = local(moment)
    return is_skipped(shown.date(), (shown - timedelta(minutes=1)).time())


def slot_from_json(value: object, default: Amount | None) -> Slot:
    """Return the slot that JSON describes, by default with the phase's amount; raises ScheduleError."""
    if not isinstance(value, Mapping):
        raise ScheduleError(f"A time of day must name a round or a clock time, not {value!r}.")
    unknown = sorted(set(value) - {"round", "at", "amount", "pattern", "offset_minutes", "next_day"})
    if unknown:
        raise ScheduleError(f"A time of day has no {', '.join(map(str, unknown))}.")
    round_name, at = value.get("round"), value.get("at")
    if (round_name is None) == (at is None):
        raise ScheduleError("A time of day must name either a round or a clock time.")
    if round_name is not None and (not isinstance(round_name, str) or not round_name.strip()):
        raise ScheduleError(f"A round is named by a word such as Morning, not {round_name!r}.")
    amount = amount_from_json(value["amount"]) if value.get("amount") is not None else default
    if amount is None:
        raise ScheduleError("How much? A time of day has no amount.")
    offset = value.get("offset_minutes", 0)
    if isinstance(offset, bool) or not isinstance(offset, int) or abs(offset) > 720:
        raise ScheduleError(
            f"Minutes before or after a round must be a whole number up to 720, not {offset!r}."
        )
    is_next_day = value.get("next_day", False)
    if not isinstance(is_next_day, bool) or (at is None and is_next_day) or (at is not None and offset):
        raise ScheduleError(
            "Only a clock time can be after midnight, and only a round can have minutes before it."
        )
    return Slot(
        round_name,
        None if at is None else clock_from_json(at, "A clock time"),
        amount,
        None if value.get("pattern") is None else pattern_from_json(value["pattern"]),
        offset,
        is_next_day,
    )


def slot_to_json(slot: Slot) -> dict[str, Any]:
    """Return JSON that `slot_from_json` reads back to an equal slot."""
    found: dict[str, Any] = {}
    if slot.at is not None:
        found["at"] = clock_to_json(slot.at)
    else:
        found["round"] = slot.round_name
    found["amount"] = amount_to_json(slot.amount)
    if slot.pattern is not None:
        found["pattern"] = pattern_to_json(slot.pattern)
    if slot.offset_minutes:
        found["offset_minutes"] = slot.offset_minutes
    if slot.is_next_day:
        found["next_day"] = True
    return found


def phase_from_json(value: object) -> Phase:
    """Return the phase that JSON describes; raises ScheduleError."""
    if not isinstance(value, Mapping):
        raise ScheduleError(f"A part of a course must have times of day, not {value!r}.")
    unknown = sorted(set(value) - {"days", "doses", "amount", "slots", "pattern", "anchor_on"})
    if unknown:
        raise ScheduleError(f"A part of a course has no {', '.join(map(str, unknown))}.")
    slots = value.get("slots")
    if not isinstance(slots, list) or not slots:
        raise ScheduleError("At what times? A part of a course has no times of day.")
    default = amount_from_json(value["amount"]) if value.get("amount") is not None else None
    days, doses = value.get("days"), value.get("doses")
    if days is not None and doses is not None:
        raise ScheduleError("A part of a course ends after a number of days or of doses, not both.")
    phase = Phase(
        tuple(slot_from_json(slot, default) for slot in slots),
        DAILY if value.get("pattern") is None else pattern_from_json(value["pattern"]),
        None if days is None else whole_number(days, "The number of days", most=36_500),
        None if doses is None else whole_number(doses, "The number of doses"),
        None
        if value.get("anchor_on") is None
        else day_from_json(value["anchor_on"], "The day to count from"),
    )
    _refuse_twins(phase)
    return phase


def _refuse_twins(phase: Phase) -> None:
    """Raise ScheduleError when one round or clock time is listed twice for the same days."""
    seen = set()
    for slot in phase.slots:
        place = (slot.round_name, slot.at, slot.offset_minutes, slot.is_next_day, slot.pattern)
        if place in seen:
            raise ScheduleError("The same time of day is listed twice: put the whole dose in one place.")
        seen.add(place)


def phase_to_json(phase: Phase) -> dict[str, Any]:
    """Return JSON that `phase_from_json` reads back to an equal phase."""
    found: dict[str, Any] = {"days": phase.days}
    if phase.doses is not None:
        found["doses"] = phase.doses
    found["slots"] = [slot_to_json(slot) for slot in phase.slots]
    found["pattern"] = pattern_to_json(phase.pattern)
    if phase.anchor_on is not None:
        found["anchor_on"] = phase.anchor_on.isoformat()
    return found


def plan_from_json(phases: object) -> RegularPlan:
    """Return the plan that a list of phases describes; raises ScheduleError.

    Only the last phase may go on without end, since nothing could follow one that does.
    """
    if not isinstance(phases, list) or not phases:
        raise ScheduleError("A regular medicine needs at least one part that says when it is given.")
    read = tuple(phase_from_json(phase) for phase in phases)
    if any(phase.days is None and phase.doses is None for phase in read[:-1]):
        raise ScheduleError("Only the last part of a course may have no number of days or doses.")
    return RegularPlan(read)


def clock_from_json(value: object, what: str) -> time:
    """Return the clock time in `08:00`; raises ScheduleError naming `what`."""
    if isinstance(value, str) and len(value) == 5:
        try:
            return time.fromisoformat(value)
        except ValueError:
            pass
    raise ScheduleError(f"{what} must be a time such as 08:00, not {value!r}.")


def clock_to_json(clock: time) -> str:
    """Return `08:00`."""
    return clock.strftime("%H:%M")

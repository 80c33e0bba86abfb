"""When a regular prescription's doses fall due: phases of days, each with rounds or clock times.

Times here are wall-clock times in the home: 08:00 is breakfast on both sides of a clock change, so one gap
between doses each spring is an hour short and one each autumn an hour long. Gaps in real hours (patches)
are rules.interval's job; the JSON of a plan is rules.regular_json's.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property

from emar.rules.amounts import NOTHING, Amount, ScheduleError
from emar.rules.due import Answered, DueDose, DueEvent, Part
from emar.rules.patterns import DAILY, EveryNDays, EveryNWeeks, Pattern
from emar.rules.readings import Step, range_of
from emar.rules.strengths import make_up
from emar.rules.terms import Terms
from emar.rules.wall_clock import instant_of, is_skipped, local, local_day

# A search for the last of N doses looks this many days ahead at a time.
_STRETCH = 400


@dataclass(frozen=True, slots=True)
class Slot:
    """One dose of a day: at a round, or a number of minutes from it, or at a clock time; and how much.

    `pattern` narrows the phase's days for this slot alone ("two in the morning, and one at night on
    Sundays"). `is_next_day` marks a clock time after midnight that belongs to the night before. `event` is
    for patches with a patch-free time by the clock. `scale` gives the amount by a reading.
    """

    round_name: str | None
    at: time | None
    amount: Amount = NOTHING
    pattern: Pattern | None = None
    offset_minutes: int = 0
    is_next_day: bool = False
    event: DueEvent = "give"
    scale: tuple[Step, ...] = ()


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

    def slot(self, place: int) -> Slot:
        """Return the slot that a due dose names by its place among all slots of the plan."""
        slots = [slot for phase in self.phases for slot in phase.slots]
        return slots[place]


def regular_doses(
    plan: RegularPlan,
    terms: Terms,
    since: datetime,
    until: datetime,
    rounds: Mapping[str, time],
    answered: Sequence[Answered] = (),
) -> list[DueDose]:
    """Return the due doses of a regular plan from `since` until before `until`, in order of time.

    Where the terms say that a late dose moves the days, every-N-days and every-N-weeks patterns count from
    the day each of `answered` was given. Doses that fall on one instant become one: their amounts together,
    unless a spring clock change pushed them onto each other, when the hour that does not exist brings no
    dose of its own. Raises ScheduleError when a slot names a round that `rounds` does not have.
    """
    # The days around the period belong to the search because a slot can lie after midnight of its day,
    # or before it (half an hour before a round at midnight).
    first, stop = local_day(since).toordinal() - 1, local_day(until).toordinal() + 2
    end = date.max.toordinal() if terms.ends_on is None else terms.ends_on.toordinal()
    begins, base = terms.starts_on.toordinal(), 0
    found: list[DueDose] = []
    for phase in plan.phases:
        if begins >= min(stop, end):
            break
        course = _PhaseCourse(phase, begins, end, terms, rounds, answered, base)
        found += course.doses(first, stop)
        begins = course.next_begins()
        base += len(phase.slots)
    doses = [dose for dose in found if since <= dose.due_at < until]
    doses.sort(key=_due_at)
    return _one_dose_an_instant(doses)


def _due_at(dose: DueDose) -> datetime:
    return dose.due_at


@dataclass(frozen=True, slots=True)
class _SlotCourse:
    """One slot of a phase with everything settled that is the same on each of its days."""

    slot: Slot
    place: int
    days_after: int
    clock: time
    amount: Amount
    parts: tuple[Part, ...]
    opens: tuple[int, time] | None
    closes: tuple[int, time] | None


class _PhaseCourse:
    """One phase laid on the calendar. Days are ordinals."""

    def __init__(
        self,
        phase: Phase,
        begins: int,
        end: int,
        terms: Terms,
        rounds: Mapping[str, time],
        answered: Sequence[Answered],
        base: int,
    ) -> None:
        self.phase = phase
        self.begins = begins
        self.stop = end if phase.days is None else min(end, begins + phase.days)
        self.terms = terms
        self.slots = _slot_courses(phase, terms, rounds, base)
        self.anchors = _anchors(phase, begins, terms, answered)

    def doses(self, first: int, stop: int) -> list[DueDose]:
        """Return the doses of the days from `first` until before `stop`, in no order."""
        if self.phase.doses is None:
            return list(self._between(max(first, self.begins), min(stop, self.stop)))
        return [dose for _, dose in self._counted]

    def next_begins(self) -> int:
        """Return the day on which the next phase begins: the day after this one's last."""
        if self.phase.doses is None:
            return self.stop
        if len(self._counted) < self.phase.doses:
            return self.stop
        return self._counted[-1][0] + 1

    @cached_property
    def _counted(self) -> list[tuple[int, DueDose]]:
        """Return the day and the dose of each dose up to the number wanted, counted from the first day."""
        wanted = self.phase.doses or 0
        found: list[tuple[int, DueDose]] = []
        day = self.begins
        # A pattern of dates may never reach the number; ten years without a dose is the end.
        idle = 0
        while day < self.stop and len(found) < wanted and idle < 10:
            until = min(day + _STRETCH, self.stop)
            stretch = [dose for dose in self._between(day, until) if dose.event != "take_off"]
            stretch.sort(key=_due_at)
            found += [(self._day_of(dose), dose) for dose in stretch]
            idle = 0 if stretch else idle + 1
            day = until
        return found[:wanted]

    def _day_of(self, dose: DueDose) -> int:
        """Return the day of the course that a dose belongs to, which a time after midnight is not on."""
        after = next(course.days_after for course in self.slots if course.place == dose.slot)
        return local_day(dose.due_at).toordinal() - after

    def _between(self, first: int, stop: int) -> Iterator[DueDose]:
        for begins, ends, anchor in self._stretches(first, stop):
            for course in self.slots:
                yield from self._of_slot(course, begins, ends, anchor)

    def _of_slot(self, course: _SlotCourse, first: int, stop: int, anchor: int) -> Iterator[DueDose]:
        slot, terms, after, clock = course.slot, self.terms, course.days_after, course.clock
        starts_on = terms.starts_on.toordinal()
        if terms.starts_from is not None and first <= starts_on and not after and clock < terms.starts_from:
            first = starts_on + 1
        days = (slot.pattern or self.phase.pattern).ordinals(first, stop, anchor)
        amount, unit, name, place = course.amount, terms.unit, slot.round_name, course.place
        if course.opens is None and course.closes is None:
            event, parts, reading = slot.event, course.parts, terms.reading
            for day in days:
                yield DueDose(instant_of(day + after, clock), amount, unit, name, place, event, parts, reading)
            return
        for day in days:
            opens, closes = course.opens, course.closes
            yield DueDose(
                instant_of(day + after, clock),
                amount,
                unit,
                name,
                place,
                slot.event,
                course.parts,
                terms.reading,
                None if opens is None else instant_of(day + opens[0], opens[1]),
                None if closes is None else instant_of(day + closes[0], closes[1]),
            )

    def _stretches(self, first: int, stop: int) -> Iterator[tuple[int, int, int]]:
        """Return (from, until before, day to count from) for each stretch between moves of the anchor."""
        for place, (counts_from, anchor) in enumerate(self.anchors):
            is_last = place + 1 == len(self.anchors)
            until = stop if is_last else min(stop, self.anchors[place + 1][0])
            # Between a dose and the day it was given late there is nothing more to give.
            begins = max(first, counts_from, anchor + 1 if place else first)
            if begins < until:
                yield begins, until, anchor


def _anchors(phase: Phase, begins: int, terms: Terms, answered: Sequence[Answered]) -> list[tuple[int, int]]:
    """Return pairs of (first day it counts for, day that steps are counted from), the first one first."""
    anchors = [(0, begins if phase.anchor_on is None else phase.anchor_on.toordinal())]
    moves = terms.late is not None and terms.late.rule == "move"
    if not moves or not isinstance(phase.pattern, EveryNDays | EveryNWeeks):
        return anchors
    for answer in sorted(answered, key=lambda each: each.given_at):
        if answer.due_at is None:
            continue
        due_on, given_on = local_day(answer.due_at).toordinal(), local_day(answer.given_at).toordinal()
        if given_on != due_on and due_on >= begins and due_on + 1 > anchors[-1][0]:
            anchors.append((due_on + 1, given_on))
    return anchors


def _slot_courses(phase: Phase, terms: Terms, rounds: Mapping[str, time], base: int) -> list[_SlotCourse]:
    """Return the slots in the order of the day, each with its clock time, amount and parts."""
    clocks = sorted((*_clock_of(slot, rounds), place) for place, slot in enumerate(phase.slots))
    courses = []
    for order, (days_after, clock, place) in enumerate(clocks):
        slot = phase.slots[place]
        amount = range_of(slot.scale) if slot.scale else slot.amount
        opens = closes = None
        if terms.is_loose:
            opens = _midpoint(clocks[order - 1], clocks[order]) if order else (0, time())
            closes = _midpoint(clocks[order], clocks[order + 1]) if order + 1 < len(clocks) else (1, time())
        parts: tuple[Part, ...] = ()
        if terms.strengths and not amount.is_range and amount.low:
            parts = make_up(amount.low, terms.strengths, halves=terms.has_halves) or ()
        courses.append(_SlotCourse(slot, base + place, days_after, clock, amount, parts, opens, closes))
    return courses


def _clock_of(slot: Slot, rounds: Mapping[str, time]) -> tuple[int, time]:
    """Return how many days after its day a slot lies, and at what time."""
    if slot.at is not None:
        return (1 if slot.is_next_day else 0, slot.at)
    starts = rounds.get(slot.round_name or "")
    if starts is None:
        raise ScheduleError(f"There is no round called {slot.round_name!r} here: choose one of its rounds.")
    return _shifted(0, starts, slot.offset_minutes)


def _shifted(days: int, clock: time, minutes: int) -> tuple[int, time]:
    if not minutes:
        return days, clock
    total = clock.hour * 60 + clock.minute + minutes
    return days + total // 1440, time(total % 1440 // 60, total % 60)


def _midpoint(before: tuple[int, time, int], after: tuple[int, time, int]) -> tuple[int, time]:
    """Return the clock time half-way between two slots of one day."""
    early, late = (each[0] * 1440 + each[1].hour * 60 + each[1].minute for each in (before, after))
    return _shifted(0, time(), (early + late) // 2)


def _one_dose_an_instant(doses: list[DueDose]) -> list[DueDose]:
    """Return the doses, already in order, with those of one instant made one."""
    alone: list[DueDose] = []
    for dose in doses:
        if not alone or alone[-1].due_at != dose.due_at:
            alone.append(dose)
        elif dose.event == "take_off":
            continue
        elif alone[-1].event == "take_off":
            alone[-1] = dose
        elif not _was_pushed_together(dose.due_at):
            alone[-1] = alone[-1]._replace(amount=alone[-1].amount + dose.amount, parts=alone[-1].parts + dose.parts)
    return alone


def _was_pushed_together(moment: datetime) -> bool:
    """Return whether this is the instant to which the skipped times of a spring change are moved."""
    shown = local(moment)
    return is_skipped(shown.date(), (shown - timedelta(minutes=1)).time())

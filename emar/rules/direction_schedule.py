"""From the words of a label to a prescription's schedule, and back.

A label knows no rounds and no dates: "twice a day" becomes two rounds only by the home's own custom, which
the caller gives. What a schedule cannot hold exactly (2 to 3 times a day) is refused, never rounded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby

from emar.rules.amounts import Amount, ScheduleError
from emar.rules.direction_words import words
from emar.rules.directions import Direction, Dose, Duration, Food, Frequency, Most, Step, just
from emar.rules.interval import IntervalPlan
from emar.rules.patterns import DAILY, EveryNDays, EveryNWeeks, OnDates, OnWeekdays, Pattern
from emar.rules.regular import Phase, RegularPlan, Slot
from emar.rules.schedule import Schedule, WhenRequiredPlan
from emar.rules.terms import Taking, Terms, clock_from_json, clock_to_json
from emar.rules.wall_clock import local_day

ROUND_OF_TIME = {"morning": "Morning", "lunchtime": "Lunch", "teatime": "Tea", "night": "Night"}
TIME_OF_ROUND = {name: time for time, name in ROUND_OF_TIME.items()}


@dataclass(frozen=True, slots=True)
class Custom:
    """How a home gives what a label leaves open: which round a time of day is, which rounds "twice a day" are."""

    round_of_time: Mapping[str, str] = field(default_factory=lambda: dict(ROUND_OF_TIME))
    rounds_of_times: Mapping[int, Sequence[str]] = field(
        default_factory=lambda: {
            1: ("Morning",),
            2: ("Morning", "Tea"),
            3: ("Morning", "Lunch", "Tea"),
            4: ("Morning", "Lunch", "Tea", "Night"),
        }
    )


def schedule_of(
    direction: Direction,
    *,
    unit: str,
    starts_on: date,
    custom: Custom | None = None,
    first_at: datetime | None = None,
) -> Schedule:
    """Return the schedule a direction asks for, from this first day.

    `unit` counts what the sentence counts without naming ("one twice a day"). `first_at` is when the hours
    of "every 72 hours" begin. Raises ScheduleError, saying which words a schedule cannot hold or what is
    still to be said.
    """
    if direction.missing:
        open_points = {"amount": "how much", "when": "when"}
        raise ScheduleError(f"The words do not say {' or '.join(open_points[each] for each in direction.missing)}.")
    units = {dose.unit for step in direction.steps for dose in step.doses if dose.unit is not None}
    if len(units) > 1:
        raise ScheduleError("One schedule cannot hold amounts in different units.")
    terms = Terms(starts_on, units.pop() if units else unit, taking=_taking(direction.steps))
    first = direction.steps[0]
    if any(step.is_as_required for step in direction.steps):
        if len(direction.steps) > 1 or len(first.doses) > 1:
            raise ScheduleError("When required and a course in steps are two prescriptions.")
        return Schedule(_ended(terms, first), _when_required(first))
    interval = _interval(direction, terms, first_at)
    if interval is not None:
        return interval
    phases = [
        phase
        for place, step in enumerate(direction.steps)
        for phase in _phases(step, custom or Custom(), is_last=place + 1 == len(direction.steps))
    ]
    return Schedule(terms, RegularPlan(tuple(phases)))


def direction_of(schedule: Schedule, *, verb: str | None = "take") -> Direction | None:
    """Return what a label would say for a schedule, None for kinds that labels have no exact words for."""
    plan, terms = schedule.plan, schedule.terms
    if terms.strengths or terms.reading or terms.starts_from is not None or terms.is_loose:
        return None
    food, upright = _food_of(terms.taking)
    if food is None and terms.taking is not None and terms.taking.food is not None:
        return None
    if isinstance(plan, WhenRequiredPlan):
        steps = _step_of_when_required(plan, terms)
    elif isinstance(plan, RegularPlan) and terms.ends_on is None:
        steps = [_step_of_phase(phase, terms.unit) for phase in plan.phases]
    elif isinstance(plan, IntervalPlan) and plan.doses is None and terms.ends_on is None:
        steps = [_step_of_interval(plan, terms.unit)]
    else:
        return None
    found = []
    for step in steps:
        if step is None:
            return None
        found.append(
            Step(
                step.doses,
                verb,
                is_as_required=step.is_as_required,
                food=food,
                duration=step.duration,
                most=step.most,
                min_gap_hours=step.min_gap_hours,
                upright_minutes=upright,
            )
        )
    return Direction(tuple(found))


def schedule_words(schedule: Schedule, *, verb: str | None = "take") -> str | None:
    """Return the words of a label for a schedule; None for kinds that labels have no exact words for."""
    direction = direction_of(schedule, verb=verb)
    return None if direction is None else words(direction)


def _when_required(step: Step) -> WhenRequiredPlan:
    (dose,) = step.doses
    if dose.amount is None:
        raise ScheduleError("The words do not say how much.")
    if dose.at or dose.weekdays or dose.dates or dose.is_once:
        raise ScheduleError("When required at a set time is a rule for the protocol's own words.")
    gap = None if step.min_gap_hours is None else _minutes(step.min_gap_hours.low)
    doses = None if step.most is None else step.most.doses
    frequency = dose.frequency
    if frequency is not None:
        if frequency.unit == "hour" and frequency.times == just(1):
            gap = max(gap or 0, _minutes(frequency.period.low))
        elif frequency.unit == "day" and frequency.period == just(1):
            doses = min(doses or 1000, int(frequency.times.high))
        else:
            raise ScheduleError("How often it may be given is not a gap in hours or a number a day.")
    most = None if step.most is None else step.most.amount
    if step.most is not None and step.most.hours != 24:
        raise ScheduleError("The most is not for 24 hours.")
    if step.most is not None and step.most.unit is not None and step.most.unit != dose.unit:
        raise ScheduleError("The most is in another unit than the dose.")
    return WhenRequiredPlan(dose.amount, gap, most, doses)


def _minutes(hours: Decimal) -> int:
    minutes = hours * 60
    if minutes != int(minutes):
        raise ScheduleError("A gap is in whole minutes.")
    return int(minutes)


def _ended(terms: Terms, step: Step) -> Terms:
    if step.duration is None:
        return terms
    days = _days(step.duration)
    if days is None:
        raise ScheduleError("A when-required medicine ends on a date, not after a number of doses.")
    return Terms(terms.starts_on, terms.unit, ends_on=terms.starts_on + timedelta(days=days), taking=terms.taking)


def _interval(direction: Direction, terms: Terms, first_at: datetime | None) -> Schedule | None:
    """Return the schedule of "every so many hours"; None when the direction is not that."""
    doses = [dose for step in direction.steps for dose in step.doses]
    if not any(dose.frequency is not None and dose.frequency.unit in ("hour", "minute") for dose in doses):
        return None
    (step, *later) = direction.steps
    dose = doses[0]
    frequency = dose.frequency
    if later or len(doses) > 1 or frequency is None or dose.at or dose.weekdays or dose.amount is None:
        raise ScheduleError("A gap in hours stands alone: write the rest as another prescription.")
    if frequency.times != just(1) or frequency.period.low != frequency.period.high or frequency.is_up_to:
        raise ScheduleError("A range of hours is for when-required medicines: choose one gap.")
    if first_at is None or local_day(first_at) != terms.starts_on:
        raise ScheduleError("Say at what time on the first day the hours begin.")
    minutes = frequency.period.low * (60 if frequency.unit == "hour" else 1)
    every = timedelta(minutes=int(minutes))
    is_worn = terms.unit in ("patch", "plaster")
    count = None
    if step.duration is not None:
        days = _days(step.duration)
        if days is not None:
            terms = Terms(
                terms.starts_on, terms.unit, ends_on=terms.starts_on + timedelta(days=days), taking=terms.taking
            )
        else:
            count = int(step.duration.length.low)
    plan = IntervalPlan(first_at, every, dose.amount, every if is_worn else None, doses=count)
    return Schedule(terms, plan)


def _phases(step: Step, custom: Custom, *, is_last: bool) -> list[Phase]:
    if step.most is not None or step.min_gap_hours is not None or step.rest_days is not None:
        raise ScheduleError("Limits and breaks need their own fields in the form.")
    slots: list[Slot] = []
    patterns = [_pattern(dose) for dose in step.doses]
    is_shared = all(pattern == patterns[0] for pattern in patterns)
    for dose, pattern in zip(step.doses, patterns, strict=True):
        slots += _slots(dose, None if is_shared else pattern, custom)
    days = doses = None
    if all(dose.is_once for dose in step.doses):
        doses = len(slots)
    if step.duration is not None:
        days = _days(step.duration)
        doses = None if days is not None else int(step.duration.length.low)
    if not is_last and days is None and doses is None:
        raise ScheduleError("A step that is followed by another must say for how long.")
    return [Phase(tuple(slots), patterns[0] if is_shared else DAILY, days, doses)]


def _days(duration: Duration) -> int | None:
    """Return the days of a duration, None for a number of doses; raises ScheduleError for a range or months."""
    if duration.length.low != duration.length.high:
        raise ScheduleError("For how long is a range: choose one length.")
    match duration.unit:
        case "day":
            return int(duration.length.low)
        case "week":
            return int(duration.length.low) * 7
        case "dose":
            return None
        case _:
            raise ScheduleError("Months have different lengths: give the last day.")


def _pattern(dose: Dose) -> Pattern:
    if dose.dates:
        return OnDates(frozenset(dose.dates))
    frequency = dose.frequency
    if dose.weekdays:
        if frequency is not None and frequency.unit == "week":
            return EveryNWeeks(_whole(frequency), dose.weekdays)
        return OnWeekdays(dose.weekdays)
    if frequency is None or (frequency.unit == "day" and frequency.period == just(1)):
        return DAILY
    if frequency.times != just(1) or frequency.is_up_to:
        raise ScheduleError("So many times a week needs its weekdays named.")
    match frequency.unit:
        case "day":
            return EveryNDays(_whole(frequency))
        case "week":
            return EveryNWeeks(_whole(frequency))
        case _:
            raise ScheduleError("Every so many months needs its day of the month named.")


def _whole(frequency: Frequency) -> int:
    if frequency.period.low != frequency.period.high:
        raise ScheduleError("A range of days is not a rule: choose one.")
    return int(frequency.period.low)


def _slots(dose: Dose, pattern: Pattern | None, custom: Custom) -> list[Slot]:
    if dose.amount is None:
        raise ScheduleError("The words do not say how much.")
    frequency = dose.frequency
    if dose.at:
        return [_slot(each, dose.amount, pattern, custom) for each in dose.at]
    times = 1
    if frequency is not None and frequency.unit == "day" and frequency.period == just(1):
        if frequency.times.low != frequency.times.high or frequency.is_up_to:
            raise ScheduleError("A range of times a day is not a rule: choose how many.")
        times = int(frequency.times.low)
    rounds = custom.rounds_of_times.get(times)
    if rounds is None:
        raise ScheduleError(f"This home has no custom for {times} times a day: choose the times.")
    return [Slot(name, None, dose.amount, pattern) for name in rounds]


def _slot(time_of_day: str, amount: Amount, pattern: Pattern | None, custom: Custom) -> Slot:
    if ":" in time_of_day:
        return Slot(None, clock_from_json(time_of_day, "A time of day"), amount, pattern)
    name = custom.round_of_time.get(time_of_day)
    if name is None:
        raise ScheduleError(f"This home has no round for “{time_of_day}”: choose the round or the time.")
    return Slot(name, None, amount, pattern)


def _taking(steps: Sequence[Step]) -> Taking | None:
    foods, uprights = {step.food for step in steps}, {step.upright_minutes for step in steps}
    if len(foods) > 1 or len(uprights) > 1:
        raise ScheduleError("How to take it differs between the steps.")
    food, upright = foods.pop(), uprights.pop()
    if food is None and upright is None:
        return None
    minutes = None if food is None or food.minutes is None else int(food.minutes.low)
    return Taking(None if food is None else food.relation, minutes, upright_minutes=upright)


def _food_of(taking: Taking | None) -> tuple[Food | None, int | None]:
    if taking is None or taking.is_on_rising:
        return None, None
    if taking.food is None:
        return None, taking.upright_minutes
    if taking.food_minutes is not None and taking.food not in ("before", "after"):
        return None, None
    minutes = None if taking.food_minutes is None else just(taking.food_minutes)
    return Food(taking.food, minutes), taking.upright_minutes


def _step_of_when_required(plan: WhenRequiredPlan, terms: Terms) -> list[Step | None]:
    if plan.min_gap_minutes is not None and plan.min_gap_minutes % 60:
        return [None]
    frequency = None
    if plan.max_doses_24h is not None and plan.max_amount_24h is not None:
        return [None]
    if plan.min_gap_minutes:
        frequency = Frequency(just(1), just(plan.min_gap_minutes // 60), "hour")
    most = None
    if plan.max_amount_24h is not None:
        most = Most(plan.max_amount_24h, terms.unit)
    elif plan.max_doses_24h is not None:
        most = Most(None, None, plan.max_doses_24h)
    duration = None
    if terms.ends_on is not None:
        duration = Duration(just((terms.ends_on - terms.starts_on).days), "day")
    dose = Dose(plan.amount, terms.unit, frequency)
    return [Step((dose,), is_as_required=True, most=most, duration=duration)]


def _step_of_interval(plan: IntervalPlan, unit: str) -> Step | None:
    hours, rest = divmod(plan.every, timedelta(hours=1))
    is_worn_throughout = plan.worn == plan.every and unit in ("patch", "plaster")
    if rest or (plan.worn is not None and not is_worn_throughout) or plan.sites or plan.check_at is not None:
        return None
    return Step((Dose(plan.amount, unit, Frequency(just(1), just(hours), "hour")),))


def _step_of_phase(phase: Phase, unit: str) -> Step | None:
    rule = _rule_of(phase.pattern)
    if rule is None or phase.anchor_on is not None:
        return None
    doses = []
    for (amount, pattern), run in groupby(phase.slots, key=lambda slot: (slot.amount, slot.pattern)):
        slots = list(run)
        at = tuple(_time_of(slot) for slot in slots)
        own = rule if pattern is None else _rule_of(pattern)
        if own is None or None in at or (pattern is not None and not isinstance(pattern, OnWeekdays)):
            return None
        frequency, weekdays = own
        doses.append(Dose(amount, unit, frequency, tuple(each for each in at if each), weekdays))
    duration = None
    if phase.days is not None:
        duration = Duration(just(phase.days), "day")
    elif phase.doses is not None:
        duration = Duration(just(phase.doses), "dose")
    return Step(tuple(doses), duration=duration)


def _rule_of(pattern: Pattern) -> tuple[Frequency | None, frozenset[int]] | None:
    match pattern:
        case OnWeekdays(days):
            return None, days
        case EveryNDays(n) if n > 1:
            return Frequency(just(1), just(n), "day"), frozenset()
        case EveryNWeeks(n, days) if n > 1 or not days:
            return Frequency(just(1), just(n), "week"), days
        case _:
            return (None, frozenset()) if pattern == DAILY else None


def _time_of(slot: Slot) -> str | None:
    if slot.offset_minutes or slot.is_next_day or slot.event != "give" or slot.scale:
        return None
    return clock_to_json(slot.at) if slot.at is not None else TIME_OF_ROUND.get(slot.round_name or "")

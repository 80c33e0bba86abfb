"""How a regular plan is written in JSON: phases, slots, patterns.

    {"phases": [{"days": 5 | null, "doses"?: 6, "pattern": {"kind": "daily"}, "anchor_on"?: "2026-11-01",
                 "slots": [{"round": "Morning", "amount": {"low": "1", "high": "2"},
                            "offset_minutes"?: -30, "pattern"?: {...}},
                           {"at": "21:30", "amount": {...}, "next_day"?: true,
                            "event"?: "put_on" | "take_off", "scale"?: [...]}]}]}

`amount` of a phase is what its slots have when they name none; it is not written back.
"""

from collections.abc import Mapping
from typing import Any

from emar.rules.amounts import NOTHING, Amount, ScheduleError, amount_from_json, amount_to_json
from emar.rules.patterns import DAILY, day_from_json, pattern_from_json, pattern_to_json, whole_number
from emar.rules.readings import range_of, scale_from_json, scale_to_json
from emar.rules.regular import Phase, RegularPlan, Slot
from emar.rules.terms import clock_from_json, clock_to_json, truth

_SLOT_FIELDS = {"round", "at", "amount", "pattern", "offset_minutes", "next_day", "event", "scale"}


def slot_from_json(value: object, default: Amount | None) -> Slot:
    """Return the slot that JSON describes, by default with the phase's amount; raises ScheduleError."""
    if not isinstance(value, Mapping):
        raise ScheduleError(f"A time of day must name a round or a clock time, not {value!r}.")
    unknown = sorted(set(value) - _SLOT_FIELDS)
    if unknown:
        raise ScheduleError(f"A time of day has no {', '.join(map(str, unknown))}.")
    round_name, at = value.get("round"), value.get("at")
    if (round_name is None) == (at is None):
        raise ScheduleError("A time of day must name either a round or a clock time.")
    if round_name is not None and (not isinstance(round_name, str) or not round_name.strip()):
        raise ScheduleError(f"A round is named by a word such as Morning, not {round_name!r}.")
    offset = value.get("offset_minutes", 0)
    if isinstance(offset, bool) or not isinstance(offset, int) or abs(offset) > 720:
        raise ScheduleError(f"Minutes before or after a round must be a whole number up to 720, not {offset!r}.")
    is_next_day = truth(value.get("next_day"), "After midnight")
    if (at is None and is_next_day) or (at is not None and offset):
        raise ScheduleError("Only a clock time can be after midnight, and only a round can have minutes before it.")
    event = value.get("event", "give")
    if event not in ("give", "put_on", "take_off"):
        raise ScheduleError(f"A dose is given, put on or taken off, not {event!r}.")
    scale = () if value.get("scale") is None else scale_from_json(value["scale"])
    if scale and value.get("amount") is not None:
        raise ScheduleError("A dose has an amount or a scale, not both.")
    amount = amount_from_json(value["amount"]) if value.get("amount") is not None else default
    if event == "take_off" or scale:
        amount = NOTHING if not scale else range_of(scale)
    if amount is None:
        raise ScheduleError("How much? A time of day has no amount.")
    return Slot(
        round_name,
        None if at is None else clock_from_json(at, "A clock time"),
        amount,
        None if value.get("pattern") is None else pattern_from_json(value["pattern"]),
        offset,
        is_next_day,
        event,
        scale,
    )


def slot_to_json(slot: Slot) -> dict[str, Any]:
    """Return JSON that `slot_from_json` reads back to an equal slot."""
    found: dict[str, Any] = {}
    if slot.at is not None:
        found["at"] = clock_to_json(slot.at)
    else:
        found["round"] = slot.round_name
    if slot.scale:
        found["scale"] = scale_to_json(slot.scale)
    elif slot.event != "take_off":
        found["amount"] = amount_to_json(slot.amount)
    if slot.pattern is not None:
        found["pattern"] = pattern_to_json(slot.pattern)
    if slot.offset_minutes:
        found["offset_minutes"] = slot.offset_minutes
    if slot.is_next_day:
        found["next_day"] = True
    if slot.event != "give":
        found["event"] = slot.event
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
        None if value.get("anchor_on") is None else day_from_json(value["anchor_on"], "The day to count from"),
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

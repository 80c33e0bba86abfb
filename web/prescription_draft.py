"""A prescription while it is being written: what the form says, what a pasted label says, what it would mean.

Nothing here writes. The page shows a draft again and again and hands it to the operation when it is whole.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.http import QueryDict
from uuid_utils.compat import uuid7

from emar.operations.prescriptions import KEEPS_PACKS, Prescribed
from emar.queries import writing
from emar.queries.writing import Ahead, MedicineChoice
from emar.rules.amounts import ScheduleError
from emar.rules.direction_reading import read_directions
from emar.rules.direction_schedule import ROUND_OF_TIME, Custom, schedule_of
from emar.rules.directions import Direction, NotUnderstood
from emar.rules.prn_protocol import ProtocolError, protocol_from_json
from emar.rules.schedule import Schedule, WhenRequiredPlan
from emar.rules.schedule_words import schedule_words, terms_words
from emar.rules.wall_clock import instant
from emar.rules.warnings import ThinkAgain
from web.prescription_fields import FieldErrors, Typed, schedule_from_fields
from web.prescription_values import fields_of

AUTHORITIES = (
    ("gp", "GP"),
    ("hospital", "Hospital"),
    ("specialist", "Specialist"),
    ("homely_remedy", "Homely remedy protocol"),
    ("verbal_order", "Verbal order, confirmed in writing"),
)
_VERBS = (
    (("patch", "cream", "ointment", "gel", "lotion", "cutaneous", "plaster", "emollient"), "apply"),
    (("drops",), "put"),
    (("inhal",), "inhale"),
    (("injection", "infusion"), "inject"),
    (("suppositor", "pessar", "enema"), "insert"),
    (("spray", "mouthwash", "shampoo", "wash"), "use"),
)
#: The ATC group whose dose goes by the INR.
VITAMIN_K_ANTAGONISTS = "B01AA"
_PROTOCOL_WORDS = ("condition", "signs", "choosing", "try_first", "expected_effect", "call_when")


@dataclass
class LabelReading:
    """What became of a pasted sentence: read, or refused with the words that were not understood."""

    is_read: bool = False
    refused: str = ""
    not_understood: str = ""
    notes: tuple[str, ...] = ()


@dataclass
class Draft:
    """The form so far. `schedule` is None while something is wrong or missing, which `errors` name by field."""

    choice: MedicineChoice
    values: dict[str, list[str]]
    rounds: Mapping[str, time]
    schedule: Schedule | None = None
    errors: dict[str, str] = field(default_factory=dict)
    warnings: list[ThinkAgain] = field(default_factory=list)
    ahead: Ahead | None = None
    words: str = ""
    more_words: list[str] = field(default_factory=list)
    reading: LabelReading | None = None

    def text(self, name: str) -> str:
        """Return one field."""
        return Typed(self.values).text(name)

    @property
    def parts(self) -> range:
        """The parts of a course that the form shows."""
        shown = self.text("parts")
        return range(int(shown) if shown.isdigit() and int(shown) else 1)

    @property
    def is_fresh(self) -> bool:
        """Whether nothing about the dose has been filled in yet."""
        asked = ("exact", "label", "amount", "iddsi_level", "p0_times", "inr_at")
        return not any(self.text(name) for name in asked) and not any(
            name.startswith("p0_at_") and self.text(name) for name in self.values
        )


def verb_of(choice: MedicineChoice) -> str:
    """Return what a person does with a medicine of this form: take, apply, put, inhale, inject, insert, use."""
    form = f"{choice.medicine.form} {choice.medicine.name}".casefold()
    return next((verb for words, verb in _VERBS if any(word in form for word in words)), "take")


def first_values(choice: MedicineChoice, today: str, now: datetime) -> dict[str, list[str]]:
    """Return what an empty form begins with."""
    medicine = choice.medicine
    form = f"{medicine.form} {medicine.name}".casefold()
    kind = "interval" if "patch" in form else "standing" if "thick" in form else "regular"
    unit = medicine.dose_unit or "dose"
    if medicine.atc_code.startswith(VITAMIN_K_ANTAGONISTS) or "warfarin" in form:
        # The clinic's record is in mg: counted in tablets, 3 could be three of any strength.
        kind, unit = "by_inr", "mg"
    return {
        "id": [str(uuid7())],
        "kind": [kind],
        "parts": ["1"],
        "unit": [unit],
        "starts_on": [today],
        "authority": ["gp"],
        "route": [medicine.routes[0] if medicine.routes else ""],
        "is_controlled": ["yes"] if choice.control.needs_register else [],
        "every_unit": ["hours"],
        "is_worn": ["yes"] if kind == "interval" else [],
        "can_ask": ["yes"],
    }


def values_of(prescription: Any, rounds: Sequence[str]) -> dict[str, list[str]]:
    """Return the form that says an existing prescription, to be changed into its next version."""
    protocol = prescription.prn_protocol or {}
    values = fields_of(Schedule.from_json(prescription.schedule), rounds)
    values |= {
        "id": [str(uuid7())],
        "authority": [prescription.authority],
        "route": [prescription.route],
        "indication": [prescription.indication],
        "said_by": [prescription.said_by],
        "instructions": ["\n".join(each for each in prescription.instructions if each != KEEPS_PACKS)],
        "body_areas": list(prescription.body_areas),
        "must_be_brand": ["yes"] if prescription.must_be_brand else [],
        "is_controlled": ["yes"] if prescription.is_controlled else [],
        "can_ask": ["yes"] if protocol.get("can_ask", True) else [],
    }
    named = (*_PROTOCOL_WORDS, "order", "effect_after_minutes", "review_on")
    values |= {name: [str(protocol[name])] for name in named if name in protocol}
    for part, phase in enumerate(prescription.schedule.get("phases", ())):
        # What counts from the first day goes on counting from it when the new version begins on another.
        if phase.get("pattern", {}).get("kind", "daily") not in ("daily", "weekdays") and not phase.get("anchor_on"):
            values.setdefault(f"p{part}_anchor_on", [prescription.schedule["starts_on"]])
    return values


def posted(query: QueryDict) -> dict[str, list[str]]:
    """Return what was sent."""
    return {name: [str(each) for each in query.getlist(name)] for name in query}


def read_label(draft: Draft) -> None:
    """Fill the dose from the pasted sentence, or say which part was not understood; nothing is guessed."""
    direction = read_directions(draft.text("label"))
    if isinstance(direction, NotUnderstood):
        draft.reading = LabelReading(refused=direction.why, not_understood=direction.words)
        return
    try:
        schedule = _schedule_of_label(direction, draft)
    except (ScheduleError, ValueError) as problem:
        draft.reading = LabelReading(refused=str(problem))
        return
    kept = {
        name: each
        for name, each in draft.values.items()
        if not name.startswith(("p0_", "p1_", "p2_", "p3_", "p4_", "p5_", "p6_", "p7_"))
        and name not in ("exact", "amount", "parts", "gap_hours", "max_amount", "max_doses")
    }
    draft.values = kept | fields_of(schedule, list(draft.rounds))
    step = direction.steps[0]
    if step.reason and not draft.text("condition"):
        draft.values["condition" if step.is_as_required else "indication"] = [step.reason]
    notes = [note for each in direction.steps for note in each.notes]
    said = [f"The label also says: {note}" for note in notes]
    if direction.medicine:
        said.append(f"The label names {direction.medicine}: is that the medicine chosen?")
    draft.reading = LabelReading(is_read=True, notes=tuple(said))
    if notes and not draft.text("instructions"):
        draft.values["instructions"] = ["\n".join(note[0].upper() + note[1:] for note in notes)]


def _schedule_of_label(direction: Direction, draft: Draft) -> Schedule:
    typed = Typed(draft.values)
    starts_on = typed.day("starts_on", "The first day")
    if starts_on is None:
        raise ScheduleError("Enter the first day.")
    day = datetime.fromisoformat(starts_on).date()
    clock = typed.clock("starts_from", "The first time")
    first_at = instant(day, time.fromisoformat(clock)) if clock else None
    usual = Custom()
    here = set(draft.rounds)
    # A custom that names a round this unit does not have would make doses that nobody sees.
    custom = Custom(
        {word: name for word, name in ROUND_OF_TIME.items() if name in here},
        {count: names for count, names in usual.rounds_of_times.items() if set(names) <= here},
    )
    unit = draft.text("unit") or draft.choice.medicine.dose_unit or "dose"
    return schedule_of(direction, unit=unit, starts_on=day, custom=custom, first_at=first_at)


def settle(draft: Draft, home_id: int, resident_id: int, now: datetime, *, replacing: Sequence[UUID] = ()) -> None:
    """Work out what the form would mean: its schedule, words, next doses and warnings, and what is wrong."""
    unit = draft.choice.medicine.dose_unit or "dose"
    try:
        draft.schedule = schedule_from_fields(Typed(draft.values), list(draft.rounds), unit)
        draft.ahead = writing.ahead(draft.schedule, draft.rounds, now)
    except FieldErrors as problem:
        draft.errors |= problem.errors
    except ScheduleError as problem:
        draft.schedule = None
        draft.errors["kind"] = str(problem)
    if draft.schedule is not None:
        draft.words = _dose_words(draft, draft.schedule)
        draft.more_words = terms_words(draft.schedule.terms)
    draft.warnings = writing.warnings_for(
        home_id, resident_id, draft.choice.medicine, draft.schedule, draft.rounds, replacing=replacing
    )


def _dose_words(draft: Draft, schedule: Schedule) -> str:
    """Return the words of the label: the pasted ones where they say the same doses, otherwise the schedule's own."""
    label = " ".join(draft.text("label").split())
    if label:
        direction = read_directions(label)
        try:
            read = None if isinstance(direction, NotUnderstood) else _schedule_of_label(direction, draft)
        except (ScheduleError, ValueError):
            read = None
        if read is not None and read.plan == schedule.plan and read.unit == schedule.unit:
            return label
        if read is not None:
            draft.errors["label"] = (
                "The label and the fields below say different things: read the words again, or clear them."
            )
    words = schedule_words(schedule, verb=verb_of(draft.choice))
    areas = draft.values.get("body_areas", [])
    return words + (f"{'' if words.endswith('.') else '.'} Where: {', '.join(areas)}" if areas else "")


def prescribed(draft: Draft) -> Prescribed | None:
    """Return what the whole form prescribes; None with `errors` named while something is missing."""
    typed, schedule = Typed(draft.values), draft.schedule
    protocol: dict[str, Any] | None = None
    if schedule is not None and isinstance(schedule.plan, WhenRequiredPlan):
        protocol = _protocol(draft, typed)
    if draft.text("authority") not in dict(AUTHORITIES):
        draft.errors["authority"] = "Choose on whose word it is given."
    draft.errors |= typed.errors
    if schedule is None or draft.errors:
        return None
    instructions = [each.strip() for each in draft.text("instructions").splitlines() if each.strip()]
    label = " ".join(draft.text("label").split())
    if label and label != draft.words:
        instructions.append(f"The label says: “{label}”")
    if draft.text("packs") == "keep":
        instructions.append(KEEPS_PACKS)
    return Prescribed(
        id=UUID(draft.text("id")),
        medicine_id=draft.choice.medicine.pk,
        authority=draft.text("authority"),
        schedule=schedule.to_json(),
        dose_words=draft.words,
        indication=draft.text("indication"),
        route=draft.text("route"),
        instructions=tuple(instructions),
        prn_protocol=protocol,
        body_areas=tuple(draft.values.get("body_areas", ())),
        said_by=draft.text("said_by"),
        must_be_brand=typed.has("must_be_brand"),
        is_controlled=typed.has("is_controlled"),
    )


def _protocol(draft: Draft, typed: Typed) -> dict[str, Any] | None:
    found: dict[str, Any] = {name: typed.text(name) for name in _PROTOCOL_WORDS if typed.text(name)}
    found["can_ask"] = typed.has("can_ask")
    for name, what in (("order", "The order"), ("effect_after_minutes", "Minutes until somebody looks")):
        if (number := typed.whole(name, what)) is not None:
            found[name] = number
    if review_on := typed.day("review_on", "The review"):
        found["review_on"] = review_on
    try:
        return protocol_from_json(found).to_json()
    except ProtocolError as problem:
        draft.errors["signs" if found.get("condition") else "condition"] = str(problem)
        return None

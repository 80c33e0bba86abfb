"""How the record is said in words, the same on a page and on paper: days, times, amounts, and whole records."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from emar.queries.allergies import meaning
from emar.queries.mar import Block, Entry
from emar.queries.residents import AllergyWord
from emar.rules.amounts import plain
from emar.rules.outcomes import OUTCOMES
from emar.rules.prn_protocol import condition_of
from emar.rules.readings import READINGS
from emar.rules.wall_clock import local, local_day
from web.letters import finding_words

#: Units that are counted; the others (ml, g, dose) are measured and stay as they are.
PLURALS = {
    "tablet": "tablets",
    "capsule": "capsules",
    "patch": "patches",
    "sachet": "sachets",
    "drop": "drops",
    "suppository": "suppositories",
    "puff": "puffs",
    "dose": "doses",
    "application": "applications",
    "blister": "blisters",
    "vial": "vials",
    "unit": "units",
}
READING_WORDS = {name: words for name, (words, _) in READINGS.items()}


def unit_for(unit: str, quantity: Decimal) -> str:
    """Write a unit as it follows a quantity: 1 tablet, 28 tablets, 2.5 ml."""
    return unit if quantity == 1 else PLURALS.get(unit, unit)


def amount(quantity: Decimal, unit: str) -> str:
    """Write a quantity with its unit: 2 tablets."""
    return f"{plain(quantity)} {unit_for(unit, quantity)}".strip()


def clock(moment: datetime) -> str:
    """Write the time that the home's clocks show: 08:05."""
    return local(moment).strftime("%H:%M")


def day(value: date | datetime) -> str:
    """Write a day so that nobody takes the month for the day: 4 Mar 2026."""
    found = local_day(value) if isinstance(value, datetime) else value
    return f"{found.day} {found:%b %Y}"


def short_day(value: date | datetime) -> str:
    """Write a day of this year: Wed 4 Mar."""
    found = local_day(value) if isinstance(value, datetime) else value
    return f"{found:%a} {found.day} {found:%b}"


def moment_words(moment: datetime) -> str:
    """Write an instant in full: 08:05 on 4 Mar 2026."""
    return f"{clock(moment)} on {day(moment)}"


def nhs_number(digits: str) -> str:
    """Write an NHS number in its usual three groups."""
    return f"{digits[:3]} {digits[3:6]} {digits[6:]}"


def reading_words(reading: Mapping[str, Any] | None, unit: str = "") -> str:
    """Write readings in words: pulse 58, blood glucose 7.2 mmol/L."""
    said = (f"{READING_WORDS.get(name, name.replace('_', ' '))} {value}" for name, value in (reading or {}).items())
    return ", ".join(f"{each} {unit}".strip() for each in said)


def allergy_words(words: AllergyWord) -> tuple[str, str]:
    """Return a heading and what follows it; unknown is never said as none. (hazard H07)"""
    match words.status:
        case "recorded":
            return "ALLERGIES", "; ".join(map(_allergy, words.recorded))
        case "none_known":
            stated = words.none_known
            return "No known allergies", f"said by {stated.stated_by.full_name} on {day(stated.stated_at)}"
        case _:
            return "ALLERGIES NOT RECORDED", "Nobody has written down whether there are any. Treat as unknown."


def _allergy(each: Any) -> str:
    said = f"{each.substance} ({each.reaction})" if each.reaction else each.substance
    return said if meaning(each).is_checked else f"{said}: not checked by the system, check by eye"


def entry_words(entry: Entry) -> str:
    """Return one record of a chart as a sentence: what happened, by whom, and all that is to know of it."""
    return "; ".join(_parts(entry))


def _parts(entry: Entry) -> Iterator[str]:
    record = entry.record
    said = OUTCOMES[record.outcome].label
    if record.amount:
        said += f", {amount(record.amount, record.unit)}"
    if record.given_by:
        said += f" by {record.given_by.display_name}"
    yield said + (f" ({entry.timely})" if entry.timely else "")
    if entry.is_entered_late:
        by = f" by {record.entered_by.display_name}" if record.entered_by else ""
        yield f"late entry: given {clock(record.given_at)}, entered {moment_words(record.entered_at)}{by}"
    if record.due_at and local_day(record.due_at) != local_day(record.given_at):
        yield f"due {moment_words(record.due_at)}"
    if not entry.was_due:
        yield "no dose was due then"
    if record.note:
        yield f"“{record.note}”"
    if record.by_hand_reason:
        yield f"without a scan: {record.by_hand_reason}"
    if record.reading:
        yield reading_words(record.reading)
    if record.site:
        yield f"at {record.site}"
    if record.witness:
        yield f"witnessed by {record.witness.display_name}"
    for effect in entry.effects:
        words = f": “{effect.words}”" if effect.words else ""
        yield f"{effect.get_effect_display()} at {clock(effect.checked_at)}{words}"
    yield from finding_words(record.findings)
    if entry.is_replacement:
        yield "replaces a record entered in error"
    if entry.is_corrected:
        correction = record.correction
        yield (
            f"entered in error, said {correction.corrected_by.full_name} at {moment_words(correction.corrected_at)}: "
            f"{correction.reason}"
        )


def typed_words(entry: Entry) -> list[str]:
    """Return the words of a small cell for when a late entry was typed: with its day where that was another."""
    if not entry.is_entered_late:
        return []
    typed = local(entry.record.entered_at)
    is_same_day = typed.date() == local_day(entry.record.given_at)
    return ["typed", *([] if is_same_day else [f"{typed.day} {typed:%b}"]), clock(typed)]


def reason_for(block: Block) -> str:
    """Return what a medicine is for, from its protocol or its indication."""
    return condition_of(block.prescription.prn_protocol) or block.prescription.indication


def flags(block: Block) -> list[str]:
    """Return what must be seen at once about a prescription."""
    prescription = block.prescription
    said = [
        (prescription.is_controlled, "CD"),
        (block.is_time_critical, "TIME-CRITICAL"),
        (prescription.must_be_brand, "THIS BRAND ONLY"),
        (prescription.checked_at is None, "NOT CHECKED: NOT ACTIVE"),
    ]
    return [words for holds, words in said if holds]


def course_words(block: Block) -> list[str]:
    """Return when a prescription starts, stops and was suspended, who wrote and who checked it."""
    line = block.prescription
    said = []
    if block.schedule is not None:
        ends = f", last day before {day(block.schedule.ends_on)}" if block.schedule.ends_on else ""
        said.append(f"Starts {day(block.schedule.starts_on)}{ends}")
    checked = f", checked by {line.checked_by.full_name} {day(line.checked_at)}" if line.checked_by else ""
    said.append(
        f"Written by {line.written_by.full_name} {day(line.written_at)}{checked} ({line.get_authority_display()})"
    )
    if line.said_by:
        said.append(f"Prescriber: {line.said_by}")
    for each in block.suspensions:
        until = f"until {moment_words(each.resumed_at)}" if each.resumed_at else "until resumed"
        said.append(f"SUSPENDED from {moment_words(each.since_at)} {until}: {each.reason}")
    if line.stopped_at:
        by = f" by {line.stopped_by.full_name}" if line.stopped_by else ""
        why = f": {line.stop_reason}" if line.stop_reason else ""
        said.append(f"STOPPED {moment_words(line.stopped_at)}{by}{why}")
    return said


def limit_words(block: Block) -> str:
    """Return the gap and the most in 24 hours of a when-required medicine; empty where there are none."""
    value = block.prescription.schedule
    said = []
    if minutes := value.get("min_gap_minutes"):
        hours, rest = divmod(int(minutes), 60)
        said.append(
            "at least "
            + " ".join(filter(None, (f"{hours} h" if hours else "", f"{rest} min" if rest else "")))
            + " apart"
        )
    if most := value.get("max_amount_24h"):
        said.append(f"no more than {amount(Decimal(most), value.get('unit', ''))} in 24 h")
    if times := value.get("max_doses_24h"):
        said.append(f"no more than {times} doses in 24 h")
    return ", ".join(said)

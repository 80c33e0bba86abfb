"""What is said about a pack at the door: what is wrong in a few plain words, and what to do with it now.

Which of these there are is ordering.rules.receiving's; the words never name a code.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from emar.rules.amounts import plain
from ordering.operations.booking_in import Told
from ordering.rules.receiving import Found
from web import record_words

#: Which sound and colour goes with an answer: a sign and words go with them too.
TONES = {"book": "good", "choose": "ask", "ask": "ask", "stop": "stop"}
PLACES = {
    "trolley": "Put it in the trolley",
    "cupboard": "Put it in the cupboard",
    "cd_cabinet": "Lock it in the CD cabinet",
    "fridge": "Put it in the fridge now",
}
#: What a finding is called where somebody looks back at it.
SHORT = {
    "serial_booked": "scanned twice",
    "own_label_booked": "booked in before",
    "recalled": "recalled",
    "out_of_date": "out of date",
    "wrong_resident": "somebody else’s",
    "wrong_strength": "another strength",
    "stopped_medicine": "stopped medicine",
    "not_prescribed": "not prescribed",
    "other_brand": "another brand",
    "resident_gone": "for somebody who has gone",
    "batch_quarantined": "of a batch that is put aside",
    "over": "more than expected",
    "more_than_expected": "a larger pack than expected",
    "not_expected": "not on the list",
    "short_dated": "short dated",
    "expiry_unsure": "expiry read by eye",
    "no_expiry": "expiry read by eye",
    "quantity_unknown": "quantity counted",
    "unknown_code": "unknown code",
    "resident_away": "resident is away",
    "not_checked_yet": "prescription not checked yet",
    "paused": "medicine is paused",
    "less_than_expected": "less than expected",
}


@dataclass(frozen=True, slots=True)
class Names:
    """The names that words need: of residents by id, and of what stands on the expected lines."""

    people: Mapping[int, str]
    lines: Mapping[str, str]
    medicines: Mapping[str, str]

    def person(self, resident_id: int | None) -> str:
        """Return a resident's name."""
        return self.people.get(resident_id, "somebody") if resident_id is not None else "the home"


@dataclass(frozen=True, slots=True)
class Said:
    """One finding in words: what is wrong, and what to do."""

    title: str
    advice: str


def _day(iso: str) -> str:
    return record_words.day(date.fromisoformat(iso))


def said(found: Found, told: Told, names: Names) -> Said:
    """Return a finding in words."""
    return _WORDS[found.code](found.facts, told, names)


def product_of(told: Told) -> str:
    """Return what is in the person's hand, in words."""
    if told.around is None:
        return "this pack"
    if told.around.product.name:
        return told.around.product.name
    line = told.around.lines.get(told.answer.line_id or "")
    return (line.medicine_words or line.words) if line is not None else "this pack"


def _serial(facts: Mapping[str, Any], told: Told, names: Names) -> Said:
    at = datetime.fromisoformat(facts["at"])
    return Said(
        "This box is booked in already",
        f"Its number is {facts['resident']}’s {facts['medicine']}, booked in {record_words.moment_words(at)}. "
        "If it is the same box, carry on. If it is another box with the same number, it may be a false one: "
        "put it aside and ring the pharmacy.",
    )


def _elses(facts: Mapping[str, Any], told: Told, names: Names) -> Said:
    owners = [names.person(each) for each in facts["owner_ids"]]
    opened = names.person(facts["open_resident_id"])
    whose = f"{owners[0]}’s" if len(owners) == 1 else "somebody else’s"
    return Said(
        f"This is {whose}, not {opened}’s",
        f"{product_of(told)} is not expected for {opened}. Read the name on the label, then say whose it is, "
        "and put it into that person’s bag.",
    )


def _strength(facts: Mapping[str, Any], told: Told, names: Names) -> Said:
    wanted = names.lines.get(facts.get("line_id", "")) or names.medicines.get(facts.get("prescription_id", ""), "")
    return Said(
        "Another strength than expected",
        f"Expected: {wanted}. In your hand: {product_of(told)}. Do not use it. Put it aside and ring the pharmacy.",
    )


def _stopped(facts: Mapping[str, Any], told: Told, names: Names) -> Said:
    on = f" on {_day(facts['stopped_on'])}" if facts.get("stopped_on") else ""
    why = f": {facts['reason']}" if facts.get("reason") else ""
    return Said(
        f"Stopped{on}",
        f"{names.person(facts.get('resident_id'))} no longer takes {product_of(told)}{why}. "
        "Put it aside to go back, and tell the surgery not to issue it again.",
    )


def _not_prescribed(facts: Mapping[str, Any], told: Told, names: Names) -> Said:
    whom = names.person(told.answer.resident_id) if told.answer.resident_id else "anybody here"
    return Said(
        f"Not prescribed for {whom}",
        f"{product_of(told)} is on nobody’s chart as this. Put it aside, and ask the pharmacy whom it is for. "
        "If it is a new medicine, write the prescription first.",
    )


def _short_dated(facts: Mapping[str, Any], told: Told, names: Names) -> Said:
    days = facts["days"]
    return Said(
        f"Short dated: use by {_day(facts['expires_on'])}",
        f"That is {days} day{'' if days == 1 else 's'} from now; this delivery has to last until "
        f"{_day(facts['until'])}. Take it only if it will be used up in time.",
    )


def _bigger(facts: Mapping[str, Any], told: Told, names: Names) -> Said:
    return Said(
        "A larger pack than is still expected",
        f"It holds {_plain(facts['contents'])} {facts['unit']}; {_plain(facts['left'])} are still to come. "
        "Take it if the pharmacy sent a larger pack; put it aside if it is too much.",
    )


def _plain(number: str) -> str:
    return plain(Decimal(number))


def _always(title: str, advice: str) -> Callable[[Mapping[str, Any], Told, Names], Said]:
    return lambda facts, told, names: Said(title, advice)


_WORDS: dict[str, Callable[[Mapping[str, Any], Told, Names], Said]] = {
    "serial_booked": _serial,
    "own_label_booked": _always("This is one of our own labels", "It belongs on the pack named here."),
    "recalled": lambda facts, told, names: Said(
        "Recalled: do not use it", f"{facts['words']} Put it aside and tell the pharmacy."
    ),
    "out_of_date": lambda facts, told, names: Said(
        f"Out of date since {_day(facts['expires_on'])}",
        "Do not use it. Put it aside to go back, and ask the pharmacy for another.",
    ),
    "wrong_resident": _elses,
    "wrong_strength": _strength,
    "stopped_medicine": _stopped,
    "not_prescribed": _not_prescribed,
    "other_brand": lambda facts, told, names: Said(
        "Not the brand that is prescribed",
        f"{names.person(told.answer.resident_id)} has to have {names.medicines.get(facts['prescription_id'], '')}. "
        "Put it aside and ring the pharmacy.",
    ),
    "resident_gone": lambda facts, told, names: Said(
        f"{names.person(facts['resident_id'])} does not live here any more",
        "Put it aside to go back, and tell the surgery and the pharmacy.",
    ),
    "batch_quarantined": lambda facts, told, names: Said(
        f"Batch {facts['batch']} is put aside here",
        "Other boxes of this batch may not be used in this home. Ask why before you take this one.",
    ),
    "over": _always(
        "One too many",
        "Everything that was expected of this has come. Read the label again. To take it all the same, say why.",
    ),
    "more_than_expected": _bigger,
    "not_expected": _always(
        "Not on the list", "It is prescribed, but this delivery does not list it. Read the name on the label."
    ),
    "short_dated": _short_dated,
    "expiry_unsure": lambda facts, told, names: Said(
        f"Is its expiry {_day(facts['expires_on'])}?",
        "The scanner left something out. Compare it with what is printed on the pack.",
    ),
    "no_expiry": _always(
        "Its code does not say until when it may be used", "Look at the pack: is it in date for the whole cycle?"
    ),
    "quantity_unknown": lambda facts, told, names: Said(
        f"How many {record_words.unit_for(facts['unit'], Decimal(2))} are in it?",
        "Nothing says how much this pack holds in the unit of the prescription. Read it on the pack.",
    ),
    "unknown_code": _always(
        "This code is not known",
        "Say what it is, and the code is remembered; or put it aside.",
    ),
    "resident_away": lambda facts, told, names: Said(
        f"{names.person(facts['resident_id'])} is away now", "Keep it for their return, or send it after them."
    ),
    "not_checked_yet": _always("Its prescription still waits for a second check", "It can be booked in all the same."),
    "paused": _always("This medicine is paused now", "It can be booked in all the same."),
    "less_than_expected": _always("Less than expected", "The rest is still to come."),
}


def short(findings: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return kept findings in a few words each."""
    return [SHORT[each["code"]] for each in findings if each["code"] in SHORT]

"""How values of the record are written on a page."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from emar.queries.allergies import Allergy, meaning
from emar.queries.mar import Block, Cell, Entry
from emar.rules.amounts import plain as plain_words
from emar.rules.due import utc_text
from emar.rules.outcomes import OUTCOMES
from emar.rules.wall_clock import local_day
from web import letters, record_words

register = template.Library()


@register.filter
def plain(quantity: Decimal | None) -> str:
    """Write a quantity without exponent or trailing zeros."""
    return "" if quantity is None else plain_words(quantity)


@register.filter
def is_checked_allergy(each: Allergy) -> bool:
    """Return whether the system compares medicines with an allergy; where not, only people do. (hazard H07)"""
    return meaning(each).is_checked


@register.filter
def allergy_classes(each: Allergy) -> str:
    """Write the classes of medicines that an allergy counts for."""
    return "; ".join(meaning(each).classes)


@register.filter
def unit_for(unit: str, quantity: Decimal) -> str:
    """Write a unit as it follows a quantity: 1 tablet, 28 tablets, 2.5 ml."""
    return record_words.unit_for(unit, quantity)


@register.filter
def clock(moment: datetime) -> str:
    """Write the time that the home's clocks show: 08:05."""
    return record_words.clock(moment)


@register.filter
def day(value: date | datetime) -> str:
    """Write a day so that nobody takes the month for the day: 4 Mar 2026."""
    return record_words.day(value)


@register.filter
def short_day(value: date | datetime) -> str:
    """Write a day of this year: Wed 4 Mar."""
    return record_words.short_day(value)


@register.filter
def when(moment: datetime) -> str:
    """Write an instant as people say it: 08:05 today, 21:30 yesterday, 08:05 on Wed 4 Mar."""
    today, found = local_day(timezone.now()), local_day(moment)
    if found == today:
        return f"{clock(moment)} today"
    if found == today - timedelta(days=1):
        return f"{clock(moment)} yesterday"
    return f"{clock(moment)} on {short_day(found)}" + ("" if found.year == today.year else f" {found.year}")


@register.filter
def outcome(word: str) -> str:
    """Write an outcome in words."""
    return OUTCOMES[word].label


@register.filter
def family(word: str) -> str:
    """Return the family of an outcome, as a class for styles."""
    return OUTCOMES[word].family.replace("_", "-")


@register.filter
def letter(word: str, own: Mapping[str, str] | None = None) -> str:
    """Write an outcome as its letter, the home's own where its letters are given."""
    return letters.letter(word, own or letters.LETTERS)


@register.filter
def presence_letter(word: str) -> str:
    """Write an absence as its letter."""
    return letters.PRESENCE_LETTERS.get(word, "–")


@register.filter
def entry_words(entry: Entry) -> str:
    """Write one record of a chart in words."""
    return record_words.entry_words(entry)


@register.filter
def course_words(block: Block) -> list[str]:
    """Write when a prescription starts, stops and was suspended, who wrote and who checked it."""
    return record_words.course_words(block)


@register.filter
def limit_words(block: Block) -> str:
    """Write the gap and the most in 24 hours of a when-required medicine."""
    return record_words.limit_words(block) if block.is_when_required else ""


@register.filter
def is_loud(words: str) -> bool:
    """Say whether words begin in capitals, because nobody may miss them."""
    return words[:4].isupper()


@register.filter
def enter_late_address(cell: Cell) -> str:
    """Write where an unanswered dose of a chart is entered late."""
    due = cell.dose
    asked = urlencode({"prescription": due.prescription.pk, "due": utc_text(due.dose.due_at)})
    return f"{reverse('web:late_dose', args=[due.prescription.resident_id])}?{asked}"


@register.filter
def typed_words(entry: Entry) -> list[str]:
    """Write when a late entry was typed, for a small cell."""
    return record_words.typed_words(entry)


@register.filter
def moment(value: datetime) -> str:
    """Write an instant in full: 08:05 on 4 Mar 2026."""
    return record_words.moment_words(value)


@register.filter
def iso_day(value: datetime) -> str:
    """Write the day in the home as addresses have it: 2026-03-04."""
    return local_day(value).isoformat()


@register.filter
def utc(value: datetime) -> str:
    """Write an instant as addresses have it: 2026-03-04T08:05:00Z."""
    return utc_text(value)


@register.filter
def reading_words(reading: Mapping[str, Any] | None) -> str:
    """Write readings in words: pulse 58, blood glucose 7.2."""
    return record_words.reading_words(reading)


@register.filter
def finding_words(findings: Iterable[Mapping[str, Any]]) -> list[str]:
    """Write what was found about a record in words."""
    return letters.finding_words(findings)


@register.filter
def initials(name: str) -> str:
    """Return the first letters of a person's first and last name."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


@register.filter
def nhs_number(digits: str) -> str:
    """Write an NHS number in its usual three groups."""
    return record_words.nhs_number(digits)


@register.filter
def sentence_list(words: Iterable[str]) -> str:
    """Join words as a sentence does: a, b and c."""
    found = [str(word) for word in words]
    return " and ".join(filter(None, [", ".join(found[:-1]), *found[-1:]]))

"""How values of the record are written on a page."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.utils import timezone

from emar.rules.amounts import plain as plain_words
from emar.rules.outcomes import OUTCOMES
from emar.rules.wall_clock import local, local_day
from web import letters

register = template.Library()


@register.filter
def plain(quantity: Decimal | None) -> str:
    """Write a quantity without exponent or trailing zeros."""
    return "" if quantity is None else plain_words(quantity)


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


@register.filter
def unit_for(unit: str, quantity: Decimal) -> str:
    """Write a unit as it follows a quantity: 1 tablet, 28 tablets, 2.5 ml."""
    return unit if quantity == 1 else PLURALS.get(unit, unit)


@register.filter
def clock(moment: datetime) -> str:
    """Write the time that the home's clocks show: 08:05."""
    return local(moment).strftime("%H:%M")


@register.filter
def day(value: date | datetime) -> str:
    """Write a day so that nobody takes the month for the day: 4 Mar 2026."""
    found = local_day(value) if isinstance(value, datetime) else value
    return f"{found.day} {found:%b %Y}"


@register.filter
def short_day(value: date | datetime) -> str:
    """Write a day of this year: Wed 4 Mar."""
    found = local_day(value) if isinstance(value, datetime) else value
    return f"{found:%a} {found.day} {found:%b}"


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
def letter(word: str) -> str:
    """Write an outcome as its letter."""
    return letters.letter(word)


@register.filter
def presence_letter(word: str) -> str:
    """Write an absence as its letter."""
    return letters.PRESENCE_LETTERS.get(word, "–")


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
    return f"{digits[:3]} {digits[3:6]} {digits[6:]}"


@register.filter
def sentence_list(words: Iterable[str]) -> str:
    """Join words as a sentence does: a, b and c."""
    found = [str(word) for word in words]
    return " and ".join(filter(None, [", ".join(found[:-1]), *found[-1:]]))

"""How orders are written on a page."""

from collections.abc import Iterable, Mapping, Sized
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import template

from emar.rules.amounts import plain
from ordering.rules.following import STEP_WORDS
from ordering.rules.order_paper import packs_words as written
from web.record_words import day as full_day
from web.record_words import short_day

register = template.Library()

#: What the forecast says of a line, beside how much.
SUGGESTIONS = {
    "order": ("", ""),
    "enough": ("green", "Enough in the home"),
    "course_ends": ("grey", "Course ends"),
    "suspended": ("grey", "Suspended"),
    "stopped": ("grey", "Stopped"),
    "left": ("grey", "Left"),
    "ask": ("orange", "Decide yourself"),
}
STEP_COLOURS = {
    "ordered": "white", "not_issued": "red", "issued": "blue", "dispensed": "blue", "part_received": "orange",
    "received": "green", "will_not_come": "grey", "stopped": "red", "cancelled": "grey",
}  # fmt: skip


@register.filter
def packs_words(packs: Iterable[Mapping[str, Any]]) -> str:
    """Write packs as they are ordered: 2 × 28, 18 out of a pack of 28."""
    return written(packs)


@register.filter
def step_words(step: str) -> str:
    """Write how far an item is."""
    return STEP_WORDS.get(step, step)


@register.filter
def step_colour(step: str) -> str:
    """Return the colour of the tag that says how far an item is; its words say the same."""
    return STEP_COLOURS.get(step, "grey")


@register.filter
def suggestion_tag(suggestion: str) -> tuple[str, str]:
    """Return the colour and the words of what the forecast says of a line."""
    return SUGGESTIONS.get(suggestion, ("", ""))


@register.filter
def pounds(pence: int | None) -> str:
    """Write an amount of money: £1.12, £1,204.50."""
    return "" if pence is None else f"£{pence / 100:,.2f}"


@register.filter
def get(mapping: Mapping[str, str], key: str) -> str:
    """Return what a mapping has under a key."""
    return mapping.get(key, "")


@register.filter
def minus(number: int, others: Sized) -> int:
    """Return a number without so many others."""
    return number - len(others)


@register.filter
def day_before(day: date) -> date:
    """Return the last day of a period whose end is not part of it."""
    return day - timedelta(days=1)


@register.filter
def iso_day(text: str) -> str:
    """Write a day that is kept as text: Wed 4 Mar."""
    return short_day(date.fromisoformat(text))


@register.filter
def plain_text(text: str) -> str:
    """Write a quantity that is kept as text, without trailing zeros."""
    return plain(Decimal(text))


@register.filter
def has_suggested(items: Iterable[Any]) -> bool:
    """Return whether an item among these waits for an answer that was suggested."""
    return any(not each.is_answered and each.line.suggestion != "ask" for each in items)


@register.filter
def iso_full_day(text: str) -> str:
    """Write a day that is kept as text, with its year: 4 Mar 1938."""
    return full_day(date.fromisoformat(text))

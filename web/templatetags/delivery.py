"""How what was found about a delivered pack is written on a page."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import template

from web import delivery_words

register = template.Library()

FIELDS = {
    "nhs_number": "NHS number", "gtin": "barcode", "code": "dm+d code", "expires_on": "expiry",
    "pack_size": "size of a pack", "owing": "what is owed",
}  # fmt: skip


@register.filter
def caught_words(findings: Iterable[Mapping[str, Any]]) -> list[str]:
    """Write what was caught in a few words each."""
    return delivery_words.short(list(findings))


@register.filter
def note_words(code: str) -> str:
    """Write something worth knowing about a pack that was booked in."""
    words = delivery_words.SHORT[code]
    return f"Note: {words}."


@register.filter
def field_words(field: str) -> str:
    """Write what a column of a delivery note was taken for."""
    return FIELDS.get(field, field)

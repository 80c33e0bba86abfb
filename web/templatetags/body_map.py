"""The body map in templates: as a field of a form, and as a picture with its words."""

from collections.abc import Iterable
from typing import Any

from django import template

from web import body_map

register = template.Library()


@register.inclusion_tag("mar/body_map_field.html")
def body_map_field(
    name: str, legend: str, chosen: Iterable[str], many: bool = True, hint: str = "", only: Iterable[str] | None = None
) -> dict[str, Any]:
    """Write a field that takes areas of the body, many or one, under `legend`; `only` limits which are offered."""
    said = [chosen] if isinstance(chosen, str) else list(chosen or ())
    limited = set(only) if only else None
    return {
        "name": name,
        "legend": legend,
        "hint": hint,
        "kind": "checkboxes" if many else "radios",
        "type": "checkbox" if many else "radio",
        "many": many,
        "chosen": said,
        "sides": body_map.sides(said, name=name, only=limited),
    }


@register.inclusion_tag("mar/body_map.html")
def body_map_picture(areas: Iterable[str]) -> dict[str, Any]:
    """Write front and back with these areas marked, and their words beneath."""
    said = [areas] if isinstance(areas, str) else list(areas or ())
    return {"sides": body_map.sides(said), "words": body_map.words(said)}

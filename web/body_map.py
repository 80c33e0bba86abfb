"""How the body map is drawn on a page: an SVG whose areas can be pressed, beside the same areas in words.

The picture is for eyes and fingers; the list of areas beside it says the same to everybody, and works without
the script that lets the picture be pressed. What the areas are is emar.rules.body_map's.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from emar.rules.body_map import HEIGHT, WIDTH, Area, View, areas_of, in_map_order

VIEWS: tuple[tuple[View, str], ...] = (("front", "Front"), ("back", "Back"))


@dataclass(frozen=True, slots=True)
class Choice:
    """One area as a form offers it."""

    words: str
    is_chosen: bool
    html_id: str


@dataclass(frozen=True, slots=True)
class Side:
    """One view of a body map: its picture and its areas as choices."""

    label: str
    picture: SafeString
    choices: list[Choice]


class BodyMapSelect(forms.Select):
    """One area of the body: a list of words, and under it the pictures in which it can be pressed as well."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        """Write the list and the pictures of every view that has an area in it."""
        listed = super().render(name, value, attrs, renderer)
        offered = {str(key) for key, _ in self.choices}
        pictures = [
            (label, picture(view, {value or ""}, label=label, only=offered))
            for view, label in VIEWS
            if any(area.words in offered for area in areas_of(view))
        ]
        drawn = format_html_join("", '<figure class="body-map__side"><figcaption>{}</figcaption>{}</figure>', pictures)
        return format_html('{}<div class="body-map" data-body-map>{}</div>', listed, drawn)


def sides(chosen: Iterable[str], *, name: str = "", only: Collection[str] | None = None) -> list[Side]:
    """Return front and back with these areas chosen, as choices of the form field `name`.

    With `only`, just those areas can be chosen; a view without any is left out.
    """
    marked = set(chosen)
    found = []
    for view, label in VIEWS:
        areas = [area for area in areas_of(view) if only is None or area.words in only]
        if areas:
            offered = [Choice(each.words, each.words in marked, _id(name, each)) for each in areas]
            found.append(Side(label, picture(view, marked, label=label, only=only), offered))
    return found


def picture(view: View, chosen: Collection[str], *, label: str = "", only: Collection[str] | None = None) -> SafeString:
    """Return one view as an SVG element with the chosen areas marked, described in words for a screen reader.

    With `only`, the other areas are drawn faint and cannot be pressed.
    """
    areas = areas_of(view)
    marked = [area.words for area in areas if area.words in chosen]
    described = f"{label or view.capitalize()} of the body: {', '.join(marked) or 'nothing marked'}"
    return format_html(
        '<svg class="body-map__picture" viewBox="0 0 {} {}" role="img" aria-label="{}" focusable="false">{}</svg>',
        WIDTH,
        HEIGHT,
        described,
        format_html_join(
            "",
            "{}",
            ((_shape(area, area.words in chosen, only is None or area.words in only),) for area in areas),
        ),
    )


def words(chosen: Iterable[str]) -> str:
    """Return areas as a sentence says them, from head to foot."""
    return ", ".join(in_map_order(chosen))


def _shape(area: Area, is_chosen: bool, is_offered: bool) -> SafeString:
    return format_html(
        '<rect class="body-map__area{}"{} x="{}" y="{}" width="{}" height="{}" rx="{}"><title>{}</title></rect>',
        " body-map__area--chosen" if is_chosen else "" if is_offered else " body-map__area--other",
        format_html(' data-area="{}"', area.words) if is_offered else "",
        area.x,
        area.y,
        area.width,
        area.height,
        area.corner,
        area.words,
    )


def _id(name: str, area: Area) -> str:
    return f"id_{name}_{area.words.replace(' ', '_')}"

"""How the body map is drawn on a page: an SVG whose areas can be pressed, beside the same areas in words.

The picture is for eyes and fingers; the list of areas beside it says the same to everybody, and works without
the script that lets the picture be pressed. What the areas are is emar.rules.body_map's.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

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
            found.append(Side(label, picture(view, marked, label=label), offered))
    return found


def picture(view: View, chosen: Collection[str], *, label: str = "") -> SafeString:
    """Return one view as an SVG element with the chosen areas marked, described in words for a screen reader."""
    areas = areas_of(view)
    marked = [area.words for area in areas if area.words in chosen]
    described = f"{label or view.capitalize()} of the body: {', '.join(marked) or 'nothing marked'}"
    return format_html(
        '<svg class="body-map__picture" viewBox="0 0 {} {}" role="img" aria-label="{}" focusable="false">{}</svg>',
        WIDTH,
        HEIGHT,
        described,
        format_html_join("", "{}", ((_shape(area, area.words in chosen),) for area in areas)),
    )


def words(chosen: Iterable[str]) -> str:
    """Return areas as a sentence says them, from head to foot."""
    return ", ".join(in_map_order(chosen))


def _shape(area: Area, is_chosen: bool) -> SafeString:
    return format_html(
        '<rect class="body-map__area{}" data-area="{}" x="{}" y="{}" width="{}" height="{}" rx="{}"><title>{}</title>'
        "</rect>{}",
        " body-map__area--chosen" if is_chosen else "",
        area.words,
        area.x,
        area.y,
        area.width,
        area.height,
        area.corner,
        area.words,
        _cross(area) if is_chosen else mark_safe(""),
    )


def _cross(area: Area) -> SafeString:
    """Return the mark of a chosen area: a cross, so that it is seen without colours too."""
    half = max(4, min(area.width, area.height) // 2 - 3)
    x, y = area.x + area.width // 2, area.y + area.height // 2
    path = f"M{x - half} {y - half}l{2 * half} {2 * half}m0 {-2 * half}l{-2 * half} {2 * half}"
    return format_html('<path class="body-map__cross" d="{}"/>', path)


def _id(name: str, area: Area) -> str:
    return f"id_{name}_{area.words.replace(' ', '_')}"

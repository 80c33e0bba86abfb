"""Where on the body: the named areas of a body map, front and back, and the shape each has in the picture.

One vocabulary for a prescription's `body_areas`, a dose record's `site` and the sites that a patch rotates
through: the words themselves, as carers say them. Left and right are the resident's own. The same shapes are
drawn at the desk (web.body_map), in print (web.pdf.body_map) and at the bedside, which reads them from
web/bedside/src/body_map.json: `python -m emar.rules.body_map` writes that file's text.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

View = Literal["front", "back"]
#: The size of each view, in the units of the shapes, the top left corner at 0, 0.
WIDTH, HEIGHT = 200, 470


@dataclass(frozen=True, slots=True)
class Area:
    """One area: its words, which view it is in, and its rounded rectangle (`corner` half the side: an oval)."""

    words: str
    view: View
    x: int
    y: int
    width: int
    height: int
    corner: int

    def to_json(self) -> dict[str, Any]:
        """Return the area as the bedside app reads it."""
        return {
            "words": self.words,
            "view": self.view,
            "x": self.x,
            "y": self.y,
            "width": self.width,
            "height": self.height,
            "corner": self.corner,
        }


Box = tuple[int, int, int, int, int]


def _one(words: str, view: View, box: Box) -> list[Area]:
    return [Area(words, view, *box)]


def _pair(words: str, view: View, box: Box) -> list[Area]:
    """Return both sides of an area drawn at the left of the picture, which in front is the resident's right."""
    x, y, width, height, corner = box
    mirrored = (WIDTH - x - width, y, width, height, corner)
    at_left, at_right = ("right", "left") if view == "front" else ("left", "right")
    return [
        Area(words.replace("{}", at_left), view, *box),
        Area(words.replace("{}", at_right), view, *mirrored),
    ]


#: From head to foot; what lies on another area comes after it, so that it is drawn on top.
AREAS: tuple[Area, ...] = (
    *_one("face", "front", (72, 6, 56, 68, 28)),
    *_pair("{} ear", "front", (62, 32, 10, 18, 5)),
    *_pair("{} eye", "front", (80, 29, 14, 10, 5)),
    *_one("nose", "front", (95, 38, 10, 16, 5)),
    *_one("mouth", "front", (89, 58, 22, 9, 4)),
    *_one("front of neck", "front", (87, 76, 26, 15, 6)),
    *_pair("{} shoulder", "front", (34, 93, 30, 28, 13)),
    *_pair("{} chest", "front", (66, 93, 33, 42, 9)),
    *_one("under breasts", "front", (66, 137, 68, 11, 5)),
    *_pair("{} upper arm", "front", (29, 123, 26, 54, 11)),
    *_pair("{} flank", "front", (57, 150, 11, 46, 5)),
    *_pair("{} abdomen", "front", (70, 150, 29, 58, 8)),
    *_pair("{} forearm", "front", (24, 180, 24, 60, 10)),
    *_pair("{} hip", "front", (55, 198, 13, 40, 6)),
    *_pair("{} groin", "front", (70, 210, 20, 28, 7)),
    *_one("genital area", "front", (92, 212, 16, 27, 7)),
    *_pair("{} hand", "front", (20, 243, 25, 34, 10)),
    *_pair("{} thigh", "front", (60, 241, 34, 86, 13)),
    *_pair("{} knee", "front", (62, 330, 30, 26, 12)),
    *_pair("{} shin", "front", (64, 359, 26, 72, 11)),
    *_pair("{} foot", "front", (58, 434, 32, 30, 12)),
    *_one("scalp", "back", (72, 6, 56, 68, 28)),
    *_one("back of neck", "back", (87, 76, 26, 15, 6)),
    *_pair("back of {} shoulder", "back", (34, 93, 30, 28, 13)),
    *_pair("{} upper back", "back", (66, 93, 33, 62, 9)),
    *_pair("back of {} upper arm", "back", (29, 123, 26, 46, 11)),
    *_pair("{} elbow", "back", (28, 171, 23, 18, 8)),
    *_pair("{} lower back", "back", (66, 157, 33, 40, 9)),
    *_one("sacrum", "back", (82, 199, 36, 18, 8)),
    *_pair("back of {} forearm", "back", (24, 191, 24, 50, 10)),
    *_pair("back of {} hand", "back", (20, 243, 25, 34, 10)),
    *_pair("{} buttock", "back", (60, 219, 38, 40, 14)),
    *_pair("back of {} thigh", "back", (60, 262, 34, 66, 13)),
    *_pair("back of {} knee", "back", (62, 330, 30, 26, 12)),
    *_pair("{} calf", "back", (64, 359, 26, 72, 11)),
    *_pair("{} heel", "back", (62, 434, 28, 28, 12)),
)
AREA_WORDS: frozenset[str] = frozenset(area.words for area in AREAS)


def areas_of(view: View) -> list[Area]:
    """Return the areas of one view, from head to foot, in the order of drawing."""
    return [area for area in AREAS if area.view == view]


def in_map_order(words: Iterable[str]) -> list[str]:
    """Return the words once each, known areas from head to foot, then words that the map does not know."""
    said = list(dict.fromkeys(words))
    known = [area.words for area in AREAS if area.words in said]
    return known + [each for each in said if each not in AREA_WORDS]


def unknown_areas(words: Iterable[str]) -> list[str]:
    """Return the words that no area of the map has, in their order."""
    return [each for each in dict.fromkeys(words) if each not in AREA_WORDS]


def to_json() -> dict[str, Any]:
    """Return the whole map: the size of a view and every area in the order of drawing."""
    return {"width": WIDTH, "height": HEIGHT, "areas": [area.to_json() for area in AREAS]}


def as_text() -> str:
    """Return the text of web/bedside/src/body_map.json."""
    return json.dumps(to_json(), indent=1) + "\n"


if __name__ == "__main__":
    print(as_text(), end="")

"""The body map: every area once, in its place, and the same for the bedside."""

from pathlib import Path

import pytest

from emar.rules.body_map import AREA_WORDS, AREAS, HEIGHT, WIDTH, Area, as_text, in_map_order, unknown_areas

BEDSIDE = Path(__file__).resolve().parents[2] / "web" / "bedside" / "src" / "body_map.json"
ON_THE_FACE = {"left eye", "right eye", "nose", "mouth"}


def named(words: str) -> Area:
    (found,) = [area for area in AREAS if area.words == words]
    return found


def overlap(one: Area, other: Area) -> bool:
    return (
        one.view == other.view
        and one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


def test_every_area_has_words_of_its_own() -> None:
    assert len(AREA_WORDS) == len(AREAS)


@pytest.mark.parametrize("area", AREAS, ids=lambda area: area.words)
def test_an_area_lies_inside_the_picture(area: Area) -> None:
    assert 0 <= area.x <= area.x + area.width <= WIDTH
    assert 0 <= area.y <= area.y + area.height <= HEIGHT
    assert area.width >= 9, "too narrow to be seen"


@pytest.mark.hazard("H25", control="Each site of a patch or cream is one area that no other covers", shows="works")
def test_no_area_hides_another() -> None:
    hidden = [
        (one.words, other.words)
        for place, one in enumerate(AREAS)
        for other in AREAS[place + 1 :]
        if overlap(one, other) and not (one.words == "face" and other.words in ON_THE_FACE)
    ]
    assert hidden == []


@pytest.mark.hazard("H18", control="Left and right of a body map are the resident's own", shows="works")
def test_left_and_right_are_the_residents_own() -> None:
    """In front the resident's left is at the right of the picture; from behind it is at the left."""
    for area in AREAS:
        if "left" in area.words:
            other = named(area.words.replace("left", "right"))
            assert (area.x > other.x) == (area.view == "front"), area.words
            assert area.x == WIDTH - other.x - other.width


def test_words_come_from_head_to_foot_once_each_and_unknown_ones_are_kept() -> None:
    said = ["left foot", "face", "behind the knee", "left foot"]
    assert in_map_order(said) == ["face", "left foot", "behind the knee"]
    assert unknown_areas(said) == ["behind the knee"]


def test_the_bedside_has_the_same_map() -> None:
    assert BEDSIDE.read_text() == as_text(), "run: python -m emar.rules.body_map > web/bedside/src/body_map.json"

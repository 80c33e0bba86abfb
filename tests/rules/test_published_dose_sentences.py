"""Published UK dose sentences with their coded form: whatever is read must agree with the code."""

import json
import re
import xml.etree.ElementTree as ElementTree
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from emar.rules.direction_reading import read_directions
from emar.rules.direction_words import words
from emar.rules.directions import Direction, Dose, Step

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "dose_syntax"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"{FOLDER} is not there: published sentences not tried")

UNITS = {"milligram": "mg", "millilitre": "ml", "gram": "g", "gm": "g"}
PERIODS = {"min": "minute", "h": "hour", "d": "day", "wk": "week", "mo": "month", "a": "year"}


def sentences() -> list[Any]:
    """Return the sentences that go with a file of coded dosage."""
    if not FOLDER.is_dir():
        return []
    rows = json.loads((FOLDER / "sentences.json").read_text())
    return [pytest.param(row["file"], row["sentence"], id=row["file"]) for row in rows if _has_dose(row)]


def _has_dose(row: dict[str, str]) -> bool:
    return bool(row["sentence"]) and row["file"].startswith("example-")


def coded(file: str) -> list[ElementTree.Element]:
    text = re.sub(r"<!--.*?-->", "", (FOLDER / file).read_text(), flags=re.S)
    text = re.sub(r"<\?xml[^>]*\?>", "", re.sub(r' xmlns(:\w+)?="[^"]*"', "", text))
    return list(ElementTree.fromstring(f"<all>{text}</all>").iter("dosageInstruction"))


def value(element: ElementTree.Element, path: str) -> str | None:
    found = element.find(path)
    return None if found is None else found.get("value")


def doses(direction: Direction) -> list[tuple[Step, Dose]]:
    return [(step, dose) for step in direction.steps for dose in step.doses]


@pytest.mark.parametrize(("file", "sentence"), sentences())
def test_what_is_read_agrees_with_the_coded_form(file: str, sentence: str) -> None:
    found = read_directions(sentence)
    if not isinstance(found, Direction):
        assert found.words in re.sub(r"\s+", " ", sentence)
        return
    assert read_directions(words(found)) == found
    for (step, dose), code in zip(doses(found), coded(file), strict=False):
        low = value(code, "doseQuantity/value") or value(code, "doseRange/low/value")
        if low is not None and dose.amount is not None:
            high = value(code, "doseRange/high/value") or low
            assert (dose.amount.low, dose.amount.high) == (Decimal(low), Decimal(high))
            unit = (value(code, "doseQuantity/unit") or value(code, "doseRange/low/unit") or "").lower()
            assert dose.unit in (None, UNITS.get(unit, unit))
        times, period = value(code, "timing/repeat/frequency"), value(code, "timing/repeat/period")
        if times is not None and period is not None and dose.frequency is not None:
            most = value(code, "timing/repeat/frequencyMax") or times
            assert dose.frequency.times.high == Decimal(most)
            assert dose.frequency.period.low == Decimal(period)
            assert dose.frequency.unit == PERIODS[value(code, "timing/repeat/periodUnit") or ""]
        needed = value(code, "asNeededBoolean")
        if needed is not None:
            assert step.is_as_required == (needed == "true")


def test_more_than_half_of_the_published_sentences_are_read() -> None:
    tried = [read_directions(each.values[1]) for each in sentences()]
    assert sum(isinstance(found, Direction) for found in tried) > len(tried) / 2

"""The schedule vectors, and that JSON survives the way through a Schedule."""

import json
from datetime import time
from pathlib import Path
from typing import Any

import pytest

from emar.rules.schedule import Answered, Schedule, due_doses
from emar.rules.snapshot import moment

VECTORS = Path(__file__).parent.parent / "vectors" / "schedule"


def cases() -> list[Any]:
    """Return every case of every file, with the rounds of its file."""
    return [
        pytest.param(vectors["rounds"], case, id=f"{path.stem}: {case['name']}")
        for path in sorted(VECTORS.glob("*.json"))
        for vectors in [json.loads(path.read_text())]
        for case in vectors["cases"]
    ]


@pytest.mark.parametrize(("rounds", "case"), cases())
def test_doses_fall_due_as_the_vector_says(rounds: dict[str, str], case: dict[str, Any]) -> None:
    schedule = Schedule.from_json(case["schedule"])
    answered = [
        Answered(each["due_at"] and moment(each["due_at"]), moment(each["given_at"])) for each in case["answered"]
    ]
    clocks = {name: time.fromisoformat(clock) for name, clock in rounds.items()}
    found = due_doses(schedule, moment(case["since"]), moment(case["until"]), clocks, answered)
    assert [dose.to_json() for dose in found] == [{**dose, "unit": schedule.unit} for dose in case["due"]]


@pytest.mark.parametrize(("rounds", "case"), cases())
def test_json_is_read_back_to_an_equal_schedule(rounds: dict[str, str], case: dict[str, Any]) -> None:
    schedule = Schedule.from_json(case["schedule"])
    written = json.loads(json.dumps(schedule.to_json()))
    assert Schedule.from_json(written) == schedule
    assert Schedule.from_json(written).to_json() == written

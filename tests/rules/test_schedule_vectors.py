"""The schedule vectors, and that JSON survives the way through a Schedule."""

import json
from datetime import time
from pathlib import Path
from typing import Any

import pytest

from emar.rules.amounts import amount_to_json, plain
from emar.rules.schedule import Answered, DueDose, Schedule, due_doses
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


def as_json(dose: DueDose) -> dict[str, Any]:
    found: dict[str, Any] = {
        "due_at": text(dose.due_at),
        "amount": amount_to_json(dose.amount),
        "round": dose.round_name,
    }
    if dose.event != "give":
        found["event"] = dose.event
    if dose.parts:
        found["parts"] = [[plain(part.strength), plain(part.count)] for part in dose.parts]
    if dose.reading is not None:
        found["reading"] = dose.reading
    if dose.opens_at is not None:
        found["opens_at"] = text(dose.opens_at)
    if dose.closes_at is not None:
        found["closes_at"] = text(dose.closes_at)
    return found


def text(at: Any) -> str:
    return str(at.strftime("%Y-%m-%dT%H:%M:%SZ"))


@pytest.mark.parametrize(("rounds", "case"), cases())
def test_doses_fall_due_as_the_vector_says(rounds: dict[str, str], case: dict[str, Any]) -> None:
    schedule = Schedule.from_json(case["schedule"])
    answered = [
        Answered(each["due_at"] and moment(each["due_at"]), moment(each["given_at"])) for each in case["answered"]
    ]
    clocks = {name: time.fromisoformat(clock) for name, clock in rounds.items()}
    found = due_doses(schedule, moment(case["since"]), moment(case["until"]), clocks, answered)
    assert [as_json(dose) for dose in found] == case["due"]


@pytest.mark.parametrize(("rounds", "case"), cases())
def test_json_is_read_back_to_an_equal_schedule(rounds: dict[str, str], case: dict[str, Any]) -> None:
    schedule = Schedule.from_json(case["schedule"])
    written = json.loads(json.dumps(schedule.to_json()))
    assert Schedule.from_json(written) == schedule
    assert Schedule.from_json(written).to_json() == written

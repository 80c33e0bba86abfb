"""`manage.py expand_schedule`: a schedule and a period in, due times and amounts out."""

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

SCHEDULE = {
    "kind": "regular",
    "starts_on": "2026-11-01",
    "unit": "tablet",
    "phases": [{"slots": [{"round": "Morning", "amount": {"low": "1", "high": "2"}}]}],
}


def run(monkeypatch: pytest.MonkeyPatch, *asked: Any) -> tuple[list[Any], int]:
    """Return the JSON lines printed and the exit status."""
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(json.dumps(each) for each in asked)))
    out = io.StringIO()
    try:
        call_command("expand_schedule", "--json", stdout=out)
    except SystemExit as ended:
        return [json.loads(line) for line in out.getvalue().splitlines()], int(ended.code or 0)
    return [json.loads(line) for line in out.getvalue().splitlines()], 0


def test_due_times_and_amounts_come_out(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {
        "schedule": SCHEDULE,
        "since": "2026-11-01",
        "until": "2026-11-02T00:00:00Z",
        "rounds": {"Morning": "07:45"},
    }
    dose = {
        "due_at": "2026-11-01T07:45:00Z",
        "amount": {"low": "1", "high": "2"},
        "unit": "tablet",
        "round": "Morning",
    }
    assert run(monkeypatch, asked) == ([{"due": [dose]}], 0)


def test_days_begin_at_midnight_in_the_home(monkeypatch: pytest.MonkeyPatch) -> None:
    schedule = {
        **SCHEDULE,
        "starts_on": "2026-07-01",
        "phases": [{"slots": [{"at": "00:00", "amount": {"low": "1"}}]}],
    }
    (answer,), _ = run(monkeypatch, {"schedule": schedule, "since": "2026-07-02", "until": "2026-07-03"})
    assert [dose["due_at"] for dose in answer["due"]] == ["2026-07-01T23:00:00Z"]


@pytest.mark.parametrize(
    "asked",
    [
        {},
        [],
        "text",
        {"schedule": None, "since": "2026-11-01", "until": "2026-11-02"},
        {"schedule": SCHEDULE},
        {"schedule": SCHEDULE, "since": "2026-11-01T00:00:00", "until": "2026-11-02"},
        {"schedule": SCHEDULE, "since": "2026-11-01", "until": "2026-11-02", "rounds": {"Tea": "17:00"}},
        {"schedule": SCHEDULE, "since": "2026-11-01", "until": "2026-11-02", "rounds": ["Morning"]},
        {"schedule": SCHEDULE, "since": "2026-11-01", "until": "2026-11-02", "answered": [1]},
        {"schedule": {**SCHEDULE, "kind": ["regular"]}, "since": "2026-11-01", "until": "2026-11-02"},
    ],
)
def test_what_makes_no_sense_is_refused_and_the_next_one_still_answered(
    monkeypatch: pytest.MonkeyPatch, asked: Any
) -> None:
    good = {"schedule": SCHEDULE, "since": "2026-11-01", "until": "2026-11-02"}
    (refused, answered), status = run(monkeypatch, asked, good)
    assert list(refused) == ["refused"]
    assert refused["refused"].endswith(".")
    assert len(answered["due"]) == 1
    assert status == 1


def test_text_that_is_not_json_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("take one daily"))
    with pytest.raises(CommandError, match="Standard input is not JSON"):
        call_command("expand_schedule", "--json")

"""Is what a device sends kept and answered even when it cannot be understood, and never in the way of others?"""

import json
from typing import Any
from unittest import mock
from uuid import UUID

import pytest
from django.db import OperationalError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from emar.models import DeviceEvent
from emar.operations import device_events
from emar.scope import scope
from tests.bedside import FIVE_PAST, MINUTE, Bedside
from tests.tablet import Tablet, scan, seal, zulu


def kept(bedside: Bedside) -> list[DeviceEvent]:
    with scope(home=bedside.home.pk):
        return list(DeviceEvent.objects.order_by("received_at", "sequence", "id"))


# What cannot be understood, and what stands behind it

DEEP: Any = []
for _ in range(300):
    DEEP = [DEEP]

BROKEN: dict[str, Any] = {
    "not an object": 7,
    "a list": [1, 2],
    "nothing": None,
    "a word": "given",
    "empty": {},
    "no id": {"id": None},
    "an id that is no UUID": {"id": "12"},
    "an id of another type": {"id": 12},
    "another schema": {"schema": 2},
    "no schema": {"schema": None},
    "an unknown kind": {"kind": "teleported"},
    "a kind with NUL": {"kind": "scan\x00"},
    "a kind that is a list": {"kind": ["administration"]},
    "no body": {"body": None},
    "a body that is a list": {"body": []},
    "an empty body": {"body": {}},
    "a sequence below zero": {"sequence": -1},
    "a huge sequence": {"sequence": 10**40},
    "a sequence that is true": {"sequence": True},
    "a sequence with a fraction": {"sequence": 1.5},
    "a long previous hash": {"previous_hash": "f" * 65},
    "a person of another type": {"staff_id": "4"},
    "a huge person": {"staff_id": 2**63},
    "nobody's number": {"staff_id": 0},
    "a time without zone": {"entered_at": "2026-11-18T08:05:00"},
    "no time": {"entered_at": "yesterday"},
    "a time long ago": {"entered_at": "0001-01-01T00:00:00Z"},
    "a zone PostgreSQL does not know": {"entered_at": "2026-11-18T08:05:00+23:30"},
    "infinity": {"extra": float("inf")},
    "not a number": {"extra": float("nan")},
    "a lone surrogate": {"extra": "\ud800"},
    "nested deeply": {"extra": DEEP, "kind": "nested"},
}
BROKEN_BODIES: dict[str, Any] = {
    "amount a float": {"amount": 1.0},
    "amount not a number": {"amount": "one"},
    "amount NaN": {"amount": "NaN"},
    "amount infinite": {"amount": "Infinity"},
    "amount negative": {"amount": "-1"},
    "amount huge": {"amount": "1E+9"},
    "outcome unknown": {"outcome": "vanished"},
    "outcome of the system": {"outcome": "not_recorded"},
    "outcome null": {"outcome": None},
    "resident text": {"resident_id": "7"},
    "resident true": {"resident_id": True},
    "resident huge": {"resident_id": 10**30},
    "resident nobody": {"resident_id": 2**61},
    "prescription number": {"prescription_id": 7},
    "prescription no id": {"prescription_id": "{}"},
    "prescription unknown": {"prescription_id": str(uuid7())},
    "due not a time": {"due_at": "08:00"},
    "due an array": {"due_at": []},
    "given null": {"given_at": None},
    "given far": {"given_at": "9999-12-31T23:59:59Z"},
    "pack no id": {"pack_id": "EP"},
    "round nobody": {"round_id": 2**61},
    "round negative": {"round_id": -1},
    "witness nobody": {"witness_id": 2**61},
    "witness text": {"witness_id": "7"},
    "scan how": {"scan": {"how": "smelled"}},
    "scan how list": {"scan": {"how": []}},
    "scan text number": {"scan": {"how": "wedge", "text": 7}},
    "scan text NUL": {"scan": {"how": "wedge", "text": "01\x00"}},
    "note surrogate": {"note": "\udfff"},
    "note NUL": {"note": "a\x00b"},
    "note object": {"note": {}},
    "unit list": {"unit": []},
    "wasted float": {"wasted_amount": 0.5},
}
BROKEN_SCANS: dict[str, Any] = {
    "finding with NUL": {"findings": [{"code": "a\x00"}]},
    "finding with surrogate": {"findings": [{"code": "\ud800"}]},
    "finding without code": {"findings": [{}]},
    "meaning null": {"meaning": None},
    "result number": {"result": 1},
    "symbology list": {"symbology": []},
    "how null": {"how": None},
}


def is_object(broken: Any) -> bool:
    return isinstance(broken, dict)


@pytest.mark.hazard("H11", control="one bad event never blocks or loses the ones around it", shows="works")
@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.protocol(6)
def test_a_bad_event_is_held_and_those_around_it_are_recorded(bedside: Bedside, tablet: Tablet, name: str) -> None:
    broken: Any = BROKEN[name]
    if is_object(broken) and broken:
        event = tablet.given(bedside) | broken
        try:
            event = seal(event)
        except ValueError:
            event["hash"] = "0" * 64
        broken = event
    check_held(bedside, tablet, broken)


@pytest.mark.parametrize("name", BROKEN_BODIES)
def test_a_dose_that_makes_no_sense_is_held(bedside: Bedside, tablet: Tablet, name: str) -> None:
    event = tablet.given(bedside)
    event = event | {"body": event["body"] | BROKEN_BODIES[name]}
    try:
        event = seal(event)
    except ValueError:
        event["hash"] = "0" * 64
    check_held(bedside, tablet, event)


@pytest.mark.parametrize("name", BROKEN_SCANS)
def test_a_scan_that_makes_no_sense_is_held(bedside: Bedside, tablet: Tablet, name: str) -> None:
    event = tablet.event("scan", bedside.carer.pk, scan(bedside))
    event = event | {"body": event["body"] | BROKEN_SCANS[name]}
    try:
        event = seal(event)
    except ValueError:
        event["hash"] = "0" * 64
    check_held(bedside, tablet, event)


def check_held(bedside: Bedside, tablet: Tablet, broken: object) -> None:
    before = tablet.given(bedside, outcome="asleep", amount=None)
    behind = tablet.given(bedside, given_at=zulu(FIVE_PAST + 20 * MINUTE))
    answers = tablet.answers(before, broken, behind)
    assert [each["answer"] for each in answers] == ["recorded", "held", "recorded"]
    assert [answers[0]["id"], answers[2]["id"]] == [before["id"], behind["id"]]
    words = answers[1]["detail"]
    assert words.endswith(".")
    assert "\x00" not in words
    held = [each for each in kept(bedside) if each.answer == "held"]
    assert len(held) == 1
    # Every word of it is still there for the manager.
    known = json.loads(held[0].content)
    if isinstance(broken, dict):
        expected = {name: value for name, value in broken.items() if name != "hash"}
        assert json.dumps(known, sort_keys=True) == json.dumps(expected, sort_keys=True)
    else:
        assert known == {"not_an_event": broken}
    assert len(bedside.administrations()) == 2
    # And it stays answered in the same way, wherever it stands in the next batch.
    assert tablet.answers(broken, before)[0] == answers[1]
    assert len(kept(bedside)) == 3


@pytest.mark.parametrize("depth", [200, 600, 900, 940, 960, 970, 980, 990, 1000, 5000, 100_000])
def test_deep_nesting_is_held_or_not_readable_but_never_a_fault(bedside: Bedside, tablet: Tablet, depth: int) -> None:
    event = json.dumps(seal(tablet.given(bedside, wrong={"extra": "HERE"})))
    body = f'{{"schema":1,"events":[{event.replace(chr(34) + "HERE" + chr(34), "[" * depth + "]" * depth)}]}}'
    reply = tablet.post("sync", body)
    assert reply.status_code in (200, 400)
    if reply.status_code == 200:
        assert reply.json()["answers"][0]["answer"] == "held"
        assert "[" * depth in kept(bedside)[0].content
    else:
        assert reply.json()["code"] == "not_understood"


@pytest.mark.protocol(8)
def test_a_fault_of_ours_holds_the_event_and_lets_the_others_through(bedside: Bedside, tablet: Tablet) -> None:
    bad = tablet.event("scan", bedside.carer.pk, scan(bedside))
    with mock.patch.dict(device_events.WRITERS, scan=mock.Mock(side_effect=ZeroDivisionError)):
        answers = tablet.answers(tablet.given(bedside), bad, tablet.given(bedside, due_at=None))
    assert [each["answer"] for each in answers] == ["recorded", "held", "recorded_with_findings"]
    assert len(bedside.administrations()) == 2


def test_a_database_that_is_away_holds_nothing_and_is_asked_again(bedside: Bedside, tablet: Tablet) -> None:
    event = tablet.given(bedside)
    tablet.client.raise_request_exception = False
    with mock.patch.object(device_events, "record", side_effect=OperationalError("deadlock detected")):
        assert tablet.sync(event).status_code == 500
    assert kept(bedside) == []
    assert tablet.answers(event)[0]["answer"] == "recorded"


@pytest.mark.hazard("H11", control="a garbage number cannot hide that events are missing", shows="works")
@pytest.mark.parametrize(
    ("wrong", "is_sealed"),
    [({"sequence": 2**61}, True), ({"sequence": 7}, False), ({"sequence": 900, "kind": None}, False)],
)
def test_a_garbage_number_does_not_raise_what_the_server_has(
    bedside: Bedside, tablet: Tablet, wrong: dict[str, Any], is_sealed: bool
) -> None:
    sound = tablet.given(bedside)
    garbage = tablet.given(bedside, outcome="asleep", amount=None) | wrong
    garbage = seal(garbage) if is_sealed else garbage
    assert tablet.sync(sound, garbage).json()["device"] == {"last_sequence": 1}
    assert tablet.sync().json()["device"] == {"last_sequence": 1}
    assert tablet.sync(garbage).json()["device"] == {"last_sequence": 1}


def test_a_held_event_with_a_sound_seal_keeps_its_place(bedside: Bedside, tablet: Tablet) -> None:
    unknown = tablet.event("sung", bedside.carer.pk, {})
    assert tablet.sync(unknown).json()["device"] == {"last_sequence": 1}
    without = {name: value for name, value in tablet.event("scan", bedside.carer.pk, {}).items() if name != "body"}
    assert tablet.sync(seal(without)).json()["device"] == {"last_sequence": 2}


def test_a_prescription_whose_schedule_cannot_be_read_holds_only_its_own_doses(
    bedside: Bedside, tablet: Tablet
) -> None:
    unreadable = bedside.another(schedule={"kind": "sundial", "unit": "tablet"})
    answers = tablet.answers(tablet.given(unreadable), tablet.given(bedside))
    assert [each["answer"] for each in answers] == ["held", "recorded"]


# Whatever is sent

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
PLACES = [
    "id", "schema", "kind", "sequence", "previous_hash", "staff_id", "entered_at", "clock_offset_ms", "body", "hash",
]  # fmt: skip


@given(changes=st.lists(st.tuples(st.booleans(), st.sampled_from(range(100)), JSON), max_size=3), again=st.booleans())
@settings(
    max_examples=80,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_no_event_makes_the_server_fail_or_lose_its_neighbour(
    bedside: Bedside, tablet: Tablet, changes: list[tuple[bool, int, Any]], again: bool
) -> None:
    event = tablet.given(bedside)
    for in_body, place, value in changes:
        where = event["body"] if in_body and isinstance(event.get("body"), dict) else event
        names = sorted(where) if in_body and where is not event and where else PLACES
        where[names[place % len(names)]] = value
    try:
        event = seal(event) if again else event
    except ValueError:
        pass
    neighbour = tablet.given(bedside, due_at=None)
    answers = tablet.answers(event, neighbour)
    assert [each["id"] for each in answers][1] == neighbour["id"]
    assert answers[1]["answer"] == "recorded_with_findings"
    assert answers[0]["answer"] in {"recorded", "recorded_with_findings", "conflict", "held"}
    assert tablet.answers(event)[0] == answers[0]
    with scope(home=bedside.home.pk):
        assert DeviceEvent.objects.filter(pk=UUID(neighbour["id"])).exists()

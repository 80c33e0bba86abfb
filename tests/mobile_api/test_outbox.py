"""Is everything a device sends answered, recorded once, and kept even when it cannot be understood?"""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any
from unittest import mock
from uuid import UUID

import pytest
from django.db import OperationalError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from emar.models import DeviceEvent, RoundEvent, ScanEvent, TaughtCode
from emar.operations import device_events, taught_codes
from emar.scope import scope
from stock.models import LedgerHead
from tests import factories as make
from tests.bedside import EIGHT, FIVE_PAST, MINUTE, NINE, Bedside, make_bedside
from tests.tablet import Tablet, administration, enrol_tablet, give_pin, revoke, scan, seal, zulu


def kept(bedside: Bedside) -> list[DeviceEvent]:
    with scope(home=bedside.home.pk):
        return list(DeviceEvent.objects.order_by("received_at", "sequence", "id"))


def version(bedside: Bedside) -> int:
    with scope(home=bedside.home.pk):
        return LedgerHead.objects.values_list("version", flat=True).get()


# What is understood


def test_a_dose_sent_is_recorded_and_answered(bedside: Bedside, tablet: Tablet) -> None:
    event = tablet.given(bedside)
    assert tablet.answers(event) == [{"id": event["id"], "answer": "recorded", "findings": [], "detail": None}]
    [record] = bedside.administrations()
    assert (str(record.pk), record.content_hash, record.answer) == (event["id"], event["hash"], "recorded")
    assert (record.amount, record.given_at, record.given_by_id) == (1, FIVE_PAST, bedside.carer.pk)
    assert (str(record.device_id), record.scan_source) == (tablet.device_id, "wedge")
    assert bedside.balance() == 27
    [journal] = kept(bedside)
    assert (str(journal.pk), journal.hash, journal.answer) == (event["id"], event["hash"], "recorded")
    assert json.loads(journal.content) | {"hash": journal.hash} == event


def test_the_reply_says_what_the_server_has_of_the_device(bedside: Bedside, tablet: Tablet) -> None:
    reply = tablet.sync(tablet.given(bedside), tablet.given(bedside, outcome="asleep", amount=None)).json()
    assert reply["device"] == {"last_sequence": 2}
    assert reply["server_time"] == "2026-11-18T09:00:00.000Z"
    assert set(reply) == {"server_time", "answers", "device", "lease_expires_at"}


def test_scans_and_rounds_are_kept(bedside: Bedside, tablet: Tablet) -> None:
    round_id = make.round_of(bedside.unit).pk
    on = {"round_id": round_id, "on": "2026-11-18", "unit_id": bedside.unit.pk}
    answers = tablet.answers(
        tablet.event("round_started", bedside.carer.pk, on | {"taken_over_from": None}),
        tablet.event("scan", bedside.carer.pk, scan(bedside)),
        tablet.event("scan", bedside.carer.pk, scan(bedside, resident_id=None, prescription_id=None, due_at=None)),
        tablet.event("round_started", bedside.carer.pk, on | {"taken_over_from": bedside.senior.pk}),
        tablet.event("round_finished", bedside.carer.pk, on | {"blank": 0}),
    )
    assert [each["answer"] for each in answers] == ["recorded"] * 5
    with scope(home=bedside.home.pk):
        assert [each.happened for each in RoundEvent.objects.order_by("id")] == ["started", "taken_over", "finished"]
        first, second = ScanEvent.objects.order_by("id")
        assert (first.findings, first.result, first.resident_id) == (["wrong_resident"], "stopped", bedside.resident.pk)
        assert second.resident_id is None


def test_what_the_server_does_not_know_of_an_event_is_kept_and_ignored(bedside: Bedside, tablet: Tablet) -> None:
    [answer] = tablet.answers(tablet.given(bedside, wrong={"battery": 81}, prn_reason="pain", nested={"a": [1, None]}))
    assert answer["answer"] == "recorded"
    assert '"battery":81' in kept(bedside)[0].content


def test_wasted_amounts_leave_stock_as_well(bedside: Bedside, tablet: Tablet) -> None:
    [answer] = tablet.answers(tablet.given(bedside, outcome="refused", amount=None, wasted_amount="1"))
    assert answer["answer"] == "recorded"
    assert (bedside.balance(), bedside.movements()[-1].destination) == (27, "waste")


# Sent again


@pytest.mark.hazard("H11", control="an outbox can be sent again after a lost answer", shows="works")
@pytest.mark.protocol(5)
def test_a_resend_gets_the_same_answers_and_changes_nothing(bedside: Bedside, tablet: Tablet) -> None:
    batch = [
        tablet.given(bedside),
        tablet.given(bedside, given_at=zulu(FIVE_PAST + MINUTE)),
        tablet.event("scan", bedside.carer.pk, scan(bedside)),
        tablet.event("something_new", bedside.carer.pk, {}),
        tablet.given(bedside, outcome="nonsense"),
        tablet.given(bedside, wrong={"staff_id": "three"}),
    ]
    first = tablet.answers(*batch)
    assert [each["answer"] for each in first] == ["recorded", "conflict", "recorded", "held", "held", "held"]
    assert tablet.answers(*batch) == first
    assert [tablet.answers(each)[0] for each in reversed(batch)] == first[::-1]
    assert len(kept(bedside)) == 6
    assert len(bedside.administrations()) == 2
    assert bedside.balance() == 26


@pytest.mark.hazard("H11", control="an outbox can be sent by another sign-in and by another device", shows="exists")
def test_another_tablet_of_the_home_can_send_the_same_event(bedside: Bedside, tablet: Tablet) -> None:
    event = tablet.given(bedside)
    assert tablet.answers(event) == enrol_tablet(bedside).answers(event)
    assert len(bedside.administrations()) == 1


def test_a_resend_within_one_batch(bedside: Bedside, tablet: Tablet) -> None:
    event, odd = tablet.given(bedside), tablet.given(bedside, outcome="nonsense")
    answers = tablet.answers(event, odd, event, odd)
    assert answers[0] == answers[2]
    assert answers[1] == answers[3]
    assert len(kept(bedside)) == 2


@pytest.mark.protocol(5)
def test_the_same_id_with_other_content_is_refused_and_the_first_stands(bedside: Bedside, tablet: Tablet) -> None:
    event = tablet.given(bedside)
    first = tablet.answers(event)
    other = seal(event | {"body": event["body"] | {"amount": "2"}})
    [refused] = tablet.answers(other)
    assert (refused["id"], refused["answer"]) == (event["id"], "refused")
    assert refused["detail"]
    assert tablet.answers(event) == first
    assert bedside.balance() == 27
    # In one batch as well, and without harm to the events around.
    third, fourth = tablet.given(bedside), tablet.given(bedside, outcome="asleep", amount=None)
    changed = seal(third | {"body": third["body"] | {"note": "?"}})
    assert [each["answer"] for each in tablet.answers(third, changed, fourth)] == ["conflict", "refused", "conflict"]


@pytest.mark.protocol(3)
def test_an_event_broken_on_its_way_does_not_take_the_place_of_the_true_one(bedside: Bedside, tablet: Tablet) -> None:
    event = tablet.given(bedside)
    broken = event | {"body": event["body"] | {"amount": "10"}}
    [held] = tablet.answers(broken)
    assert (held["id"], held["answer"]) == (event["id"], "held")
    assert "seal" in held["detail"]
    assert tablet.answers(broken) == [held]
    assert tablet.answers(event)[0]["answer"] == "recorded"
    assert bedside.balance() == 27


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


def test_a_code_checked_by_eye_waits_for_a_manager(bedside: Bedside, tablet: Tablet) -> None:
    unknown = {"text": "0109520000000004172812311012AB", "result": "asked", "overridden": True, "teach": True}
    taught = tablet.event("scan", bedside.carer.pk, scan(bedside, **unknown, findings=[]))
    label = tablet.event("scan", bedside.carer.pk, scan(bedside, **unknown | {"text": "PHARM-77"}, findings=[]))
    assert [each["answer"] for each in tablet.answers(taught, label, taught)] == ["recorded"] * 3
    with scope(home=bedside.home.pk):
        [code] = TaughtCode.objects.all()
        assert (code.gtin, code.medicine_id, code.taught_by_id) == (
            "09520000000004",
            bedside.medicine.pk,
            bedside.carer.pk,
        )
        assert (code.approved_at, ScanEvent.objects.count()) == (None, 2)
    assert "09520000000004" not in tablet.get("snapshot").content.decode()
    with scope(home=bedside.home.pk):
        taught_codes.approve(home_id=bedside.home.pk, code_id=code.pk, by=bedside.senior.pk, at=NINE)
    [line] = tablet.get("snapshot").json()["prescriptions"]
    assert line["acceptable_gtins"] == ["09520000000004"]


def test_a_prescription_whose_schedule_cannot_be_read_holds_only_its_own_doses(
    bedside: Bedside, tablet: Tablet
) -> None:
    unreadable = bedside.another(schedule={"kind": "sundial", "unit": "tablet"})
    answers = tablet.answers(tablet.given(unreadable), tablet.given(bedside))
    assert [each["answer"] for each in answers] == ["held", "recorded"]


# Other homes


@pytest.mark.hazard("H12", control="ids of another home are held and never looked up", shows="works")
@pytest.mark.parametrize("what", ["resident", "prescription", "round", "staff", "witness"])
def test_an_event_that_names_another_home_is_held_and_leaks_nothing(
    bedside: Bedside, tablet: Tablet, what: str
) -> None:
    stranger = make_bedside()
    theirs: dict[str, Any] = {
        "resident": {"resident_id": stranger.resident.pk},
        "prescription": {"prescription_id": str(stranger.prescription.pk)},
        "round": {"round_id": make.round_of(stranger.unit).pk},
        "witness": {"witness_id": stranger.senior.pk},
        "staff": {},
    }[what]
    wrong = {"staff_id": stranger.carer.pk} if what == "staff" else {}
    nobodys = {name: 2**61 if isinstance(value, int) else str(uuid7()) for name, value in theirs.items()}
    [held] = tablet.answers(tablet.given(bedside, wrong=wrong, **theirs))
    [unknown] = tablet.answers(tablet.given(bedside, wrong=wrong and {"staff_id": 2**61}, **nobodys))
    assert held["answer"] == "held"
    # Somebody else's and nobody's are answered alike, so that an id tells nothing.
    assert (held["detail"], held["findings"]) == (unknown["detail"], unknown["findings"])
    assert bedside.administrations() == stranger.administrations() == []


@pytest.mark.parametrize("what", ["resident_id", "prescription_id"])
def test_a_scan_that_names_another_home_is_held(bedside: Bedside, tablet: Tablet, what: str) -> None:
    stranger = make_bedside()
    theirs = stranger.resident.pk if what == "resident_id" else str(stranger.prescription.pk)
    [held] = tablet.answers(tablet.event("scan", bedside.carer.pk, scan(bedside, **{what: theirs})))
    assert held["answer"] == "held"


def test_a_pack_of_another_home_is_unknown(bedside: Bedside, tablet: Tablet) -> None:
    [answer] = tablet.answers(tablet.given(bedside, pack_id=str(make_bedside().pack.pk)))
    assert [each["code"] for each in answer["findings"]] == ["unknown_pack"]


@pytest.mark.hazard("H11", control="an id that another home has used is held, and stops nothing", shows="works")
@pytest.mark.parametrize("is_broken", [False, True])
def test_an_event_already_sent_to_another_home_does_not_stop_the_outbox(
    bedside: Bedside, tablet: Tablet, is_broken: bool
) -> None:
    # A tablet that moved to another home still holds what it sent from the first one.
    stranger = make_bedside()
    event = tablet.given(bedside, **({"outcome": "?"} if is_broken else {}))
    tablet.answers(event)
    moved = enrol_tablet(stranger)
    answers = moved.answers(event, moved.given(stranger))
    assert [each["answer"] for each in answers] == ["held", "recorded"]
    assert answers[0]["id"] == event["id"]
    assert moved.answers(event) == answers[:1]
    assert len(kept(stranger)) == 2
    assert stranger.balance() == 27


# Devices that were taken out of use, people who left


@pytest.mark.hazard("H11", control="what a revoked device still holds is recorded and flagged", shows="works")
def test_a_revoked_device_is_heard_and_flagged(bedside: Bedside, tablet: Tablet) -> None:
    known = tablet.given(bedside)
    before = tablet.answers(known)
    revoke(bedside, tablet)
    late = tablet.given(bedside, due_at=zulu(EIGHT + timedelta(days=1)), given_at=zulu(FIVE_PAST))
    sent = tablet.event("scan", bedside.carer.pk, scan(bedside))
    dose, near_miss = tablet.answers(late, sent)
    assert "device_revoked" in [each["code"] for each in dose["findings"]]
    assert [each["code"] for each in near_miss["findings"]] == ["device_revoked"]
    assert tablet.answers(known) == before
    # The flag stands on the record itself, where a senior reads it.
    assert "device_revoked" in [each["code"] for each in bedside.administrations()[-1].findings]


@pytest.mark.protocol(6)
def test_somebody_who_left_is_recorded_and_flagged(bedside: Bedside, tablet: Tablet) -> None:
    from tests.bedside import end_role

    end_role(bedside, bedside.carer, EIGHT)
    [answer] = tablet.answers(tablet.given(bedside))
    assert (answer["answer"], answer["findings"][0]["code"]) == ("recorded_with_findings", "not_on_duty")


# The call itself


@pytest.mark.parametrize(
    "body",
    [
        "", "{", "null", "7", "[]", "{}", '{"events": {}}', '{"events": "x"}', '{"events": null}',
        '{"schema": "one", "events": []}', '{"schema": 1}', "\x00", b"\xff\xfe", b"\x80abc",
        '{"events": [' + "1" * 5000,
        '{"events": [' + "1" * 5000 + "]}", '{"schema": 1e999, "events": []}', '{"device_time": 5, "events": []}',
        "[" * 100_000,
    ],
)  # fmt: skip
def test_a_call_that_cannot_be_read_is_answered_in_words(bedside: Bedside, tablet: Tablet, body: str | bytes) -> None:
    reply = tablet.post("sync", body)
    assert reply.status_code in (400, 422)
    said = reply.json()
    assert said["code"] == "not_understood"
    assert said["detail"].endswith(".")
    assert kept(bedside) == []


def test_a_call_that_is_too_long_is_answered_in_words(bedside: Bedside, tablet: Tablet) -> None:
    reply = tablet.post("sync", json.dumps({"events": ["x" * (3 * 1024 * 1024)]}))
    assert (reply.status_code, reply.json()["code"]) == (413, "batch_too_large")


@pytest.mark.protocol(4)
def test_more_than_fifty_events_are_sent_back_whole(bedside: Bedside, tablet: Tablet) -> None:
    events = [tablet.given(bedside, due_at=zulu(EIGHT + timedelta(days=day))) for day in range(51)]
    reply = tablet.sync(*events)
    assert (reply.status_code, reply.json()["code"]) == (413, "batch_too_large")
    assert kept(bedside) == []
    assert len(tablet.answers(*events[:50])) == 50
    assert bedside.balance() == 28 - 50


def test_an_empty_outbox_makes_nobodys_snapshot_old(bedside: Bedside, tablet: Tablet) -> None:
    before = version(bedside)
    assert tablet.answers() == []
    assert version(bedside) == before


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


# Counting


def test_the_amounts_on_the_wire_are_exact(bedside: Bedside, tablet: Tablet) -> None:
    tablet.answers(tablet.given(bedside, amount="0.1"), tablet.given(bedside, amount="0.2"))
    assert bedside.balance() == Decimal("27.7")


def test_an_outbox_of_another_person_is_sent_by_whoever_signs_in_next(bedside: Bedside, tablet: Tablet) -> None:
    event = tablet.given(bedside)
    give_pin(bedside, bedside.senior)
    tablet.token = ""
    assert tablet.answers(event)[0]["answer"] == "recorded"
    assert bedside.administrations()[0].given_by_id == bedside.carer.pk


def test_the_body_of_an_administration_is_the_contracts(bedside: Bedside) -> None:
    assert set(administration(bedside)) >= {"resident_id", "prescription_id", "due_at", "given_at", "outcome", "scan"}

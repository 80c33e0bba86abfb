"""Is everything a device sends answered and recorded once, however often and by whomever it is sent?"""

import json
from datetime import timedelta
from decimal import Decimal
from unittest import mock

import pytest

from emar.models import DeviceEvent, RoundEvent, ScanEvent, TaughtCode
from emar.operations import device_events, taught_codes
from emar.rules.taken import PartGiven
from emar.scope import scope
from stock.models import LedgerHead
from tests import factories as make
from tests.bedside import EIGHT, FIVE_PAST, MINUTE, NINE, Bedside
from tests.tablet import Tablet, administration, enrol_tablet, give_pin, scan, seal, zulu


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


def test_readings_and_strengths_reach_the_record(bedside: Bedside, tablet: Tablet) -> None:
    reading = {"pulse": "58", "blood_pressure": "120/80", "mood": None}
    parts = [{"strength": "3", "count": "2", "pack_id": str(bedside.pack.pk), "scan_text": "EPABC234"}]
    with mock.patch.object(device_events, "record", wraps=device_events.record) as record:
        [answer] = tablet.answers(tablet.given(bedside, reading=reading, parts=parts, note="Sat up."))
    assert answer["answer"].startswith("recorded")
    [[dose]] = [call.args[0] for call in record.call_args_list]
    assert dose.readings == {"pulse": Decimal(58)}
    assert dose.parts == (PartGiven(Decimal(3), Decimal(2), str(bedside.pack.pk)),)
    assert bedside.administrations()[0].note == "Sat up.\nblood_pressure: 120/80"


@pytest.mark.parametrize("reading", [7, ["58"], {"pulse": 58}, {"pulse": "NaN"}, {"a\x00": "1"}, {"pulse": {}}])
def test_a_reading_that_cannot_be_read_refuses_no_dose(bedside: Bedside, tablet: Tablet, reading: object) -> None:
    event = tablet.given(bedside, reading=reading)
    [answer] = tablet.answers(event)
    assert answer["answer"] in ("recorded", "recorded_with_findings")
    assert len(bedside.administrations()) == 1


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

"""May this device and this person read the home, and does every refusal say what to do?"""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from emar.models import AuditEntry, Device, DeviceEnrolment, HomeRole, PinLock, Role, StaffMember
from emar.operations import devices
from emar.rules import pins
from emar.scope import scope
from tests import factories as make
from tests.bedside import FIVE_PAST, NINE, Bedside, end_role, make_bedside
from tests.tablet import API, PIN, Tablet, enrol_tablet, give_pin, revoke, scan


def invite(bedside: Bedside, at: datetime = NINE) -> str:
    with scope(home=bedside.home.pk):
        return devices.invite(home_id=bedside.home.pk, by=bedside.senior.pk, at=at)


def enrol(code: str, name: str = "Oak trolley") -> Any:
    return Client(enforce_csrf_checks=True).post(
        API + "enrol", json.dumps({"code": code, "name": name}), content_type="application/json"
    )


def code_of(reply: Any) -> str:
    said = reply.json()
    assert said["detail"].endswith(".")
    return str(said["code"])


# The whole way


def test_a_new_device_enrols_signs_in_reads_sends_and_sends_again(bedside: Bedside) -> None:
    give_pin(bedside, bedside.carer)
    enrolled = enrol(invite(bedside)).json()
    assert enrolled["home"] == {"id": bedside.home.pk, "name": bedside.home.name}
    tablet = Tablet(enrolled["device_id"], enrolled["device_key"])
    tiles = tablet.get("staff").json()
    assert {each["id"] for each in tiles["staff"]} == {bedside.carer.pk, bedside.senior.pk}
    assert tablet.get("snapshot").status_code == 401
    signed_in = tablet.sign_in(bedside.carer).json()
    assert signed_in["staff"]["display_name"] == bedside.carer.display_name
    known = tablet.get("snapshot").json()
    [mine] = [due for due in known["due"] if due["due_at"] == "2026-11-18T08:00:00.000Z"]
    assert (mine["prescription_id"], mine["answered"]) == (str(bedside.prescription.pk), None)
    event = tablet.given(bedside)
    first = tablet.answers(event)
    assert tablet.answers(event) == first
    known = tablet.get("snapshot").json()
    [mine] = [due for due in known["due"] if due["due_at"] == "2026-11-18T08:00:00.000Z"]
    assert mine["answered"]["administration_id"] == event["id"]
    assert known["stock"][0]["balance"] == "27"
    assert known["device"] == {"last_sequence": 1}


# Enrolment


def test_the_code_may_be_typed_in_any_way(bedside: Bedside) -> None:
    code = invite(bedside)
    assert enrol(f" {code.replace('-', ' ').lower()} ").status_code == 200


def test_a_code_is_used_once(bedside: Bedside) -> None:
    code = invite(bedside)
    first = enrol(code).json()
    again = enrol(code)
    assert (again.status_code, code_of(again)) == (404, "code_not_known")
    with scope(home=bedside.home.pk):
        [device] = Device.objects.filter(home=bedside.home)
        assert str(device.pk) == first["device_id"]
        # The key is nowhere in the database, only what checks it.
        assert device.key_hash == hashlib.sha256(first["device_key"].encode()).hexdigest()
        assert first["device_key"] not in (device.key_hash, device.storage_key)


def test_a_code_is_soon_too_old(bedside: Bedside) -> None:
    old = invite(bedside, NINE - devices.INVITATION_HOLDS)
    assert code_of(enrol(old)) == "code_not_known"
    with scope(home=bedside.home.pk):
        assert DeviceEnrolment.objects.get().device_id is None


@pytest.mark.parametrize("code", ["", "----", "ABCD-2345", "0000-0000", "İİİİ-İİİİ", "\ud83d\ude00"])
def test_a_wrong_code_says_what_to_do(db: None, code: str) -> None:
    reply = enrol(code)
    assert (reply.status_code, code_of(reply)) == (404, "code_not_known")


@pytest.mark.parametrize(
    "body", ["", "{", "[]", '{"code": 5}', '{"name": "x"}', '{"code": "' + "A" * 41 + '"}', '{"code": "\\u0000"}',
             '{"code": "AAAA-AAAA", "name": "\\u0000"}', '{"code": "AAAA-AAAA", "name": "\\ud800"}'],
)  # fmt: skip
def test_an_enrolment_that_cannot_be_read_is_answered_in_words(db: None, body: str) -> None:
    reply = Client().post(API + "enrol", body, content_type="application/json")
    assert reply.status_code in (400, 422)
    assert code_of(reply) == "not_understood"


@pytest.mark.protocol(1)
def test_enrolling_again_makes_a_new_device_with_a_new_key(bedside: Bedside) -> None:
    first, second = (enrol(invite(bedside)).json() for _ in range(2))
    assert first["device_id"] != second["device_id"]
    assert first["device_key"] != second["device_key"]


# Who calls


def as_caller(header: str | None, path: str = "staff") -> Any:
    return Client().get(API + path, headers={"Authorization": header} if header is not None else {})


ROUTES = [
    ("get", "staff"), ("post", "sign-in"), ("get", "snapshot"), ("get", "residents/1/photo"), ("post", "sync"),
    ("post", "photo"),
]  # fmt: skip


def test_every_route_of_the_api_is_in_the_list() -> None:
    from mobile_api.api import api

    schema = api.get_openapi_schema()
    known = {
        (method, path.removeprefix(API).replace("{resident_id}", "1"))
        for path, methods in schema["paths"].items()
        for method in methods
    }
    assert known == {*ROUTES, ("post", "enrol")}


@pytest.mark.hazard("H12", control="every route of the device API asks for an enrolled device", shows="works")
@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_route_refuses_no_and_a_wrong_device(bedside: Bedside, tablet: Tablet, method: str, path: str) -> None:
    other = enrol_tablet(make_bedside())
    headers = [
        None, "", "Device", "Device ", "Device :", f"Device {tablet.device_id}", f"Device {tablet.device_id}:",
        f"Device {tablet.device_id}:{other.key}", f"Device {other.device_id}:{tablet.key}", f"Device {uuid7()}:x",
        f"Bearer {tablet.device_id}:{tablet.key}", f"Device {tablet.device_id}:{tablet.key}x", "Device x:y:z",
        f"Device {tablet.device_id}\u00e9:{tablet.key}", "Device " + "{" * 3 + tablet.device_id + ":x",
        f"Device {tablet.device_id.replace('-', '')[:16]}-{tablet.device_id.replace('-', '')[16:]}:x",
    ]  # fmt: skip
    for header in headers:
        call = getattr(Client(), method)
        reply = call(API + path, headers={"Authorization": header} if header is not None else {})
        assert (reply.status_code, code_of(reply)) == (401, "device_not_known"), header


def test_a_device_may_spell_its_id_as_it_likes(tablet: Tablet) -> None:
    for spelling in (tablet.device_id.upper(), tablet.device_id.replace("-", ""), "{" + tablet.device_id + "}"):
        assert as_caller(f"Device {spelling}:{tablet.key}").status_code == 200


@pytest.mark.hazard("H12", control="a device sees the people of its own home only", shows="works")
def test_a_device_sees_its_own_home_only(bedside: Bedside, tablet: Tablet) -> None:
    stranger = make_bedside()
    give_pin(stranger, stranger.carer)
    theirs = enrol_tablet(stranger)
    assert theirs.sign_in(stranger.carer).status_code == 200
    # Another home's person cannot sign in here, and another home's token opens nothing here.
    assert code_of(tablet.sign_in(stranger.carer)) == "not_on_staff"
    tablet.token = theirs.token
    reply = tablet.get("snapshot")
    assert (reply.status_code, code_of(reply)) == (401, "sign_in_required")
    # Nor does the token of one device open another one of the same home.
    second = enrol_tablet(bedside)
    second.token = ""
    assert second.sign_in(bedside.carer).status_code == 200
    tablet.token = second.token
    assert tablet.get("snapshot").status_code == 401


# PINs


def lock_of(bedside: Bedside, tablet: Tablet) -> PinLock:
    with scope(home=bedside.home.pk):
        return PinLock.objects.get(staff_member=bedside.carer, device_id=tablet.device_id)


@pytest.mark.hazard("H17", control="five wrong PINs lock a name on a device", shows="works")
def test_wrong_pins_are_counted_though_the_call_fails_and_the_fifth_locks(bedside: Bedside, tablet: Tablet) -> None:
    for left in (4, 3, 2, 1):
        reply = tablet.sign_in(bedside.carer, "9999")
        assert (reply.status_code, code_of(reply), reply.json()["tries_left"]) == (401, "wrong_pin", left)
    assert lock_of(bedside, tablet).wrong_pins == 4
    for pin in ("9999", PIN, "9999"):
        reply = tablet.sign_in(bedside.carer, pin)
        assert (reply.status_code, code_of(reply)) == (423, "pin_locked")
    with scope(home=bedside.home.pk):
        assert AuditEntry.objects.filter(action="pin_locked").count() == 1


def test_a_right_pin_starts_the_count_again(bedside: Bedside, tablet: Tablet) -> None:
    for _ in range(2):
        for _ in range(4):
            tablet.sign_in(bedside.carer, "9999")
        assert tablet.sign_in(bedside.carer).status_code == 200
    assert lock_of(bedside, tablet).wrong_pins == 0


@pytest.mark.hazard("H32", control="a locked name hides the MAR from nobody else", shows="works")
def test_a_lock_stops_nobody_else_and_a_senior_lifts_it(bedside: Bedside, tablet: Tablet) -> None:
    for _ in range(5):
        tablet.sign_in(bedside.carer, "9999")
    give_pin(bedside, bedside.senior)
    other = enrol_tablet(bedside)
    assert tablet.sign_in(bedside.senior).status_code == 200
    assert tablet.get("snapshot").status_code == 200
    assert other.sign_in(bedside.carer).status_code == 200
    with scope(home=bedside.home.pk):
        devices.unlock_pin(lock=lock_of(bedside, tablet), by=bedside.senior.pk, at=NINE)
    assert tablet.sign_in(bedside.carer).status_code == 200
    with scope(home=bedside.home.pk):
        assert PinLock.objects.filter(unlocked_by=bedside.senior, unlocked_at=NINE).exists()


def test_somebody_without_a_pin_cannot_sign_in(bedside: Bedside, tablet: Tablet) -> None:
    for pin in ("", "0000", PIN):
        assert code_of(tablet.sign_in(bedside.senior, pin)) == "wrong_pin"


def test_a_badge_needs_its_pin(bedside: Bedside, tablet: Tablet) -> None:
    with scope(home=bedside.home.pk):
        StaffMember.objects.filter(pk=bedside.carer.pk).update(badge_code="ESABC234")
    assert code_of(tablet.post("sign-in", {"badge": "ESABC234"})) == "wrong_pin"
    assert tablet.post("sign-in", {"badge": "ESABC234", "pin": PIN}).status_code == 200
    assert code_of(tablet.post("sign-in", {"badge": "ESZZZ999", "pin": PIN})) == "not_on_staff"


@pytest.mark.parametrize("body", [
    {}, {"staff_id": None, "pin": PIN}, {"staff_id": 0}, {"staff_id": -5}, {"staff_id": 2**62}, {"staff_id": 2**80},
    {"staff_id": "x"}, {"staff_id": 1.5}, {"badge": "\x00"}, {"badge": None}, {"pin": 4071}, {"pin": "1" * 21}, [], 7,
])  # fmt: skip
def test_a_sign_in_that_makes_no_sense_is_answered_in_words(tablet: Tablet, body: object) -> None:
    reply = tablet.post("sign-in", body)
    assert reply.status_code in (401, 422)
    assert code_of(reply) in ("not_understood", "not_on_staff")


@pytest.mark.hazard("H17", control="only who may work here now can sign in", shows="works")
@pytest.mark.parametrize("why", ["role ended", "role not begun", "account closed", "inspector"])
def test_who_may_not_work_here_now_cannot_sign_in(bedside: Bedside, tablet: Tablet, why: str) -> None:
    with scope(home=bedside.home.pk):
        role = HomeRole.objects.filter(staff_member=bedside.carer)
        if why == "role ended":
            end_role(bedside, bedside.carer, NINE)
        elif why == "role not begun":
            role.update(starts_at=NINE + timedelta(minutes=1))
        elif why == "account closed":
            StaffMember.objects.filter(pk=bedside.carer.pk).update(is_active=False)
        else:
            role.update(role=Role.INSPECTOR)
    assert code_of(tablet.sign_in(bedside.carer)) == "not_on_staff"
    assert bedside.carer.pk not in {each["id"] for each in tablet.get("staff").json()["staff"]}


def test_the_sign_in_carries_what_checks_the_pin_offline(bedside: Bedside, tablet: Tablet) -> None:
    said = tablet.sign_in(bedside.carer).json()
    verifier = said["pin_verifier"]
    assert verifier["key"] == pins.key_from_pin(PIN, verifier["salt"])
    assert said["storage_key"] == "5" * 64
    assert said["storage_key"] == tablet.sign_in(bedside.carer).json()["storage_key"]


# Time and revocation


def test_a_sign_in_ends(tablet: Tablet, set_clock: Callable[[datetime], None]) -> None:
    set_clock(NINE + devices.SIGN_IN_HOLDS - timedelta(seconds=1))
    assert tablet.get("snapshot").status_code == 200
    set_clock(NINE + devices.SIGN_IN_HOLDS)
    assert code_of(tablet.get("snapshot")) == "sign_in_required"


@pytest.mark.hazard("H06", control="a device that stayed away longer than its lease reads nothing", shows="works")
def test_a_lease_ends_and_a_sign_in_renews_it(
    bedside: Bedside, tablet: Tablet, set_clock: Callable[[datetime], None]
) -> None:
    with scope(home=bedside.home.pk):
        Device.objects.update(lease_expires_at=NINE + timedelta(hours=1))
    set_clock(NINE + timedelta(hours=2))
    assert code_of(tablet.get("snapshot")) == "sign_in_required"
    assert tablet.sign_in(bedside.carer).status_code == 200
    assert tablet.get("snapshot").status_code == 200


@pytest.mark.protocol(1)
@pytest.mark.protocol(11)
def test_a_lease_lasts_a_day_from_the_last_snapshot_or_outbox(
    bedside: Bedside, tablet: Tablet, set_clock: Callable[[datetime], None]
) -> None:
    for hours in (6, 12):
        set_clock(NINE + timedelta(hours=hours))
        whole = tablet.get("snapshot")
        unchanged = tablet.get("snapshot", since=whole.json()["cursor"])
        assert (whole.status_code, unchanged.status_code) == (200, 304)
        for reply in (whole, unchanged):
            until = datetime.fromisoformat(reply["X-Lease-Expires-At"])
            assert until == NINE + timedelta(hours=hours + 24)
    set_clock(NINE + timedelta(hours=36, seconds=1))
    assert code_of(tablet.get("snapshot")) == "sign_in_required"
    said = tablet.sign_in(bedside.carer).json()
    assert datetime.fromisoformat(said["lease_expires_at"]) == NINE + timedelta(hours=60, seconds=1)


@pytest.mark.hazard("H06", control="what lay on a device past its lease is kept and flagged", shows="works")
def test_what_waited_longer_than_a_lease_is_taken_and_flagged(
    bedside: Bedside, tablet: Tablet, set_clock: Callable[[datetime], None]
) -> None:
    late, fresh = tablet.given(bedside), tablet.event("scan", bedside.carer.pk, scan(bedside))
    on_the_edge = FIVE_PAST + timedelta(hours=24)
    set_clock(on_the_edge)
    assert tablet.answers(fresh)[0]["answer"] == "recorded"
    set_clock(on_the_edge + timedelta(seconds=1))
    # A sign-in comes first on a real device, and renews the lease: what waited is flagged all the same.
    tablet.sign_in(bedside.carer)
    [answer] = tablet.answers(late)
    assert answer["answer"] == "recorded_with_findings"
    assert "lease_over" in [each["code"] for each in answer["findings"]]
    assert "lease_over" in [each["code"] for each in bedside.administrations()[-1].findings]


def test_an_outbox_renews_the_lease_at_most_once_in_five_minutes(
    bedside: Bedside, tablet: Tablet, set_clock: Callable[[datetime], None]
) -> None:
    until = [tablet.sync().json()["lease_expires_at"]]
    for minutes in (1, 4, 6):
        set_clock(NINE + timedelta(minutes=minutes))
        until.append(tablet.sync().json()["lease_expires_at"])
    assert until[0] == until[1] == until[2] < until[3]


@pytest.mark.hazard("H12", control="a revoked device reads nothing, not even names", shows="works")
def test_a_revoked_device_reads_nothing_but_may_send(bedside: Bedside, tablet: Tablet) -> None:
    event = tablet.given(bedside)
    with scope(home=bedside.home.pk):
        lease = Device.objects.get(pk=tablet.device_id).lease_expires_at
    revoke(bedside, tablet)
    for reply in (tablet.get("snapshot"), tablet.get("staff"), tablet.sign_in(bedside.carer),
                  tablet.get(f"residents/{bedside.resident.pk}/photo")):  # fmt: skip
        assert (reply.status_code, code_of(reply)) == (401, "device_revoked")
    sent = tablet.sync(event)
    assert sent.status_code == 200
    assert sent.json()["answers"][0]["answer"] == "recorded_with_findings"
    # A revoked device gets no new lease.
    with scope(home=bedside.home.pk):
        assert Device.objects.get(pk=tablet.device_id).lease_expires_at == lease


# Photos


def test_a_residents_photo_is_sent_to_a_signed_in_device_of_the_home(bedside: Bedside, tablet: Tablet) -> None:
    path = f"residents/{bedside.resident.pk}/photo"
    assert code_of(tablet.get(path)) == "no_photo"
    make.make_resident_photo(resident=bedside.resident, by=bedside.senior, jpeg=b"\xff\xd8\xffphoto")
    reply = tablet.get(path)
    assert (reply.content, reply["Content-Type"]) == (b"\xff\xd8\xffphoto", "image/jpeg")
    stranger = make_bedside()
    make.make_resident_photo(resident=stranger.resident, by=stranger.senior)
    assert code_of(tablet.get(f"residents/{stranger.resident.pk}/photo")) == "no_photo"
    assert tablet.get(f"residents/{10**30}/photo").status_code == 404
    tablet.token = ""
    assert code_of(tablet.get(path)) == "sign_in_required"


# Whatever is asked


@given(
    token=st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=60),
    since=st.text(max_size=30),
    path=st.sampled_from(["staff", "snapshot", "residents/0/photo", "residents/-1/photo", "nothing", "", "sync"]),
)
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_no_question_makes_the_server_fail(tablet: Tablet, token: str, since: str, path: str) -> None:
    reply = tablet.client.get(API + path, {"since": since}, headers=tablet.headers | {"X-Sign-In": token})
    assert reply.status_code in (200, 304, 401, 404, 405)

"""Can seniors and managers settle what devices could not, and is it written down?"""

from datetime import timedelta

import pytest
from django.test import Client
from uuid_utils.compat import uuid7

from emar.models import (
    AuditEntry,
    ConflictReview,
    Correction,
    Device,
    DeviceGapReview,
    DeviceSignIn,
    HeldReview,
    Role,
    TaughtCode,
)
from emar.queries import device_gaps
from emar.queries.conflicts import open_conflicts
from emar.scope import scope
from tests.bedside import NINE, Bedside, make_bedside
from tests.factories import NOW, make_device, make_staff_member
from tests.pages.conftest import SignIn
from tests.pages.device_sent import with_event, with_held, with_taught_code
from tests.tablet import enrol_tablet

pytestmark = pytest.mark.usefixtures("at_now")


@pytest.fixture
def bedside(db: None) -> Bedside:
    return make_bedside()


@pytest.fixture
def senior(bedside: Bedside, sign_in: SignIn) -> Client:
    return sign_in(bedside.senior, home=bedside.home)


@pytest.fixture
def manager(bedside: Bedside, sign_in: SignIn) -> Client:
    return sign_in(make_staff_member(home=bedside.home, role=Role.MANAGER, full_name="Max Manager"), home=bedside.home)


@pytest.fixture
def device(bedside: Bedside) -> Device:
    return make_device(home=bedside.home, by=bedside.senior, name="Oak trolley")


# Conflicts


@pytest.fixture
def twice(bedside: Bedside, device: Device) -> list[str]:
    """Record the morning dose twice, by two people, and return the ids in the order recorded."""
    other = make_staff_member(home=bedside.home, full_name="Sam Second")
    doses = [bedside.dose(device_id=str(device.pk)), bedside.dose(given_by_id=other.pk)]
    assert [told.answer for told in bedside.record(*doses)] == ["recorded", "conflict"]
    return [dose.id for dose in doses]


@pytest.mark.hazard("H04", control="a senior decides about a dose recorded twice", shows="works")
def test_both_records_are_shown_with_who_when_and_which_device(
    bedside: Bedside, senior: Client, twice: list[str]
) -> None:
    page = senior.get("/conflicts/").content.decode()
    for words in ("Sam Second", bedside.carer.full_name, "Oak trolley", "08:05", bedside.resident.full_name):
        assert words in page
    assert page.count("This one was entered in error") == 2


@pytest.mark.parametrize("wrong", [0, 1])
def test_one_record_is_corrected_and_its_stock_comes_back(
    bedside: Bedside, senior: Client, twice: list[str], wrong: int
) -> None:
    assert bedside.balance() == 26
    decision = {"id": str(uuid7()), "found": twice[wrong], "words": "Sam pressed twice: one tablet is gone"}
    for _ in range(2):
        assert senior.post(f"/conflicts/{twice[1]}/", decision).status_code == 302
    assert bedside.balance() == 27
    with scope(home=bedside.home.pk):
        [correction] = Correction.objects.all()
        assert (str(correction.administration_id), correction.reason) == (twice[wrong], decision["words"])
        assert AuditEntry.objects.filter(action="administration_corrected", acted_by=bedside.senior).count() == 1
        assert open_conflicts(bedside.home.pk) == []
    assert "No dose is recorded twice" in senior.get("/conflicts/").content.decode()


def test_both_stand_with_a_reason(bedside: Bedside, senior: Client, twice: list[str]) -> None:
    decision = {"id": str(uuid7()), "found": "both", "words": "She had two. GP rung at 9."}
    senior.post(f"/conflicts/{twice[1]}/", decision)
    page = senior.post(f"/conflicts/{twice[1]}/", decision | {"id": str(uuid7())}, follow=True).content.decode()
    assert "Somebody has decided this already" in page
    assert bedside.balance() == 26
    with scope(home=bedside.home.pk):
        [review] = ConflictReview.objects.all()
        assert (str(review.administration_id), review.words, review.reviewed_by) == (
            twice[1], "She had two. GP rung at 9.", bedside.senior,
        )  # fmt: skip
        assert AuditEntry.objects.filter(action="conflict_stands", acted_by=bedside.senior).count() == 1


@pytest.mark.parametrize("wrong", [{"words": " "}, {"found": ""}, {"found": str(uuid7())}, {"id": "x"}])
def test_a_decision_without_its_words_or_record_changes_nothing(
    bedside: Bedside, senior: Client, twice: list[str], wrong: dict[str, str]
) -> None:
    decision = {"id": str(uuid7()), "found": twice[0], "words": "pressed twice"} | wrong
    response = senior.post(f"/conflicts/{twice[1]}/", decision)
    assert (response.status_code, "There is a problem" in response.content.decode()) == (200, True)
    assert bedside.balance() == 26


def test_carers_decide_nothing(bedside: Bedside, sign_in: SignIn, twice: list[str]) -> None:
    client = sign_in(bedside.carer, home=bedside.home)
    assert client.get("/conflicts/").status_code == 403
    assert client.post(f"/conflicts/{twice[1]}/", {"found": "both"}).status_code == 403


# Held events


def test_a_held_event_is_told_in_words_and_dealt_with_once(bedside: Bedside, manager: Client, device: Device) -> None:
    event = with_held(device, 1, bedside.prescription, bedside.carer, note="after breakfast")
    page = manager.get("/held/").content.decode()
    for words in (
        "The amount is not a number.", bedside.resident.full_name, bedside.carer.full_name, "after breakfast",
        "one tablet", bedside.medicine.name, f"/residents/{bedside.resident.pk}/doses/late/",
    ):  # fmt: skip
        assert words in page
    decision = {"id": str(uuid7()), "decision": "by_hand", "words": "Entered on the chart"}
    assert "There is a problem" in manager.post(f"/held/{event.pk}/", decision | {"words": ""}).content.decode()
    for _ in range(2):
        assert manager.post(f"/held/{event.pk}/", decision).status_code == 302
    page = manager.post(f"/held/{event.pk}/", decision | {"id": str(uuid7())}, follow=True).content.decode()
    assert "Somebody has dealt with this already" in page
    assert "Nothing is held" in page
    with scope(home=bedside.home.pk):
        [review] = HeldReview.objects.all()
        assert (review.event, review.decision, review.words) == (event.pk, "by_hand", "Entered on the chart")
        assert AuditEntry.objects.filter(action="held_event_reviewed").count() == 1


@pytest.mark.parametrize(
    "content", [{}, {"body": 7}, {"staff_id": "x", "body": {"resident_id": [], "prescription_id": 3, "outcome": {}}},
                {"staff_id": 2**61, "entered_at": "9999", "body": {"outcome": "vanished", "note": 5}}],
)  # fmt: skip
def test_whatever_was_held_the_page_opens(manager: Client, device: Device, content: dict[str, object]) -> None:
    with_event(device, 0, answer="held", detail="The event has no body.", kind="sung", content=content)
    page = manager.get("/held/")
    assert page.status_code == 200
    assert "Something this server does not know" in page.content.decode()


def test_a_senior_is_not_shown_what_is_held(senior: Client) -> None:
    assert senior.get("/held/").status_code == 403


# Gaps and clocks


@pytest.mark.hazard("H11", control="numbers missing between a device's records raise an alarm", shows="works")
def test_missing_numbers_raise_an_alarm_until_somebody_explains_them(
    bedside: Bedside, manager: Client, device: Device
) -> None:
    for sequence in (1, 2, 5):
        with_event(device, sequence)
    page = manager.get("/devices/").content.decode()
    assert "2 records missing (numbers 3 to 4)" in page
    assert "Records may be missing" in manager.get("/").content.decode()
    said = {"id": str(uuid7()), "after": "2", "before": "5", "words": "Wiped in the shop; both on the chart"}
    refused = manager.post(f"/devices/{device.pk}/gap/", said | {"words": ""}).content.decode()
    assert "Write down whom you asked" in refused
    for _ in range(2):
        manager.post(f"/devices/{device.pk}/gap/", said)
    assert "Records may be missing" not in manager.get("/devices/").content.decode()
    with scope(home=bedside.home.pk):
        assert [review.words for review in DeviceGapReview.objects.all()] == [said["words"]]


def test_a_beginning_that_never_came_and_a_broken_chain_are_found(bedside: Bedside, device: Device) -> None:
    with_event(device, 3)
    with_event(device, 4, previous_hash="f" * 64)
    with_event(device, 5, previous_hash=f"{4:064}")
    with_event(device, 5)
    with scope(home=bedside.home.pk):
        found = {
            (gap.after_sequence, gap.before_sequence, gap.kind, gap.missing)
            for gap in device_gaps.gaps(bedside.home.pk)
        }
    assert found == {(0, 3, "missing", 2), (3, 4, "chain", 0), (5, 5, "twice", 0)}


@pytest.mark.hazard("H11", control="a device that lost its records says so", shows="works")
def test_a_device_that_was_wiped_says_so_until_somebody_explains_it(bedside: Bedside) -> None:
    tablet = enrol_tablet(bedside)
    lost = {"server_had": 1, "device_has": 0}
    answers = tablet.answers(tablet.given(bedside), tablet.event("records_lost", bedside.carer.pk, lost))
    assert answers[1]["answer"] != "held"
    with scope(home=bedside.home.pk):
        assert [(gap.after_sequence, gap.before_sequence, gap.kind) for gap in device_gaps.gaps(bedside.home.pk)] == [
            (1, 2, "lost")
        ]


@pytest.mark.parametrize(
    ("offset", "words"),
    [
        (90_000, ""),
        (-180_000, "3 minutes fast"),
        (660_000, "11 minutes slow"),
        (86_400_000, "24 hours slow"),
        (None, ""),
    ],
)
def test_a_wrong_clock_is_said_on_the_devices_page(manager: Client, device: Device, offset: int, words: str) -> None:
    with_event(device, 1, clock_offset_ms=offset)
    page = manager.get("/devices/").content.decode()
    assert ("Clock wrong" in page) == bool(words)
    assert words in page
    assert ("starts no new round" in page) == (abs(offset or 0) > 600_000)


# Lost devices


def test_a_lost_device_is_out_of_use_and_says_what_it_may_hold(
    bedside: Bedside, manager: Client, device: Device
) -> None:
    with_event(device, 1)
    with scope(home=bedside.home.pk):
        for person, since in ((bedside.carer, 1), (bedside.senior, 72)):
            DeviceSignIn.objects.create(
                home=bedside.home, device=device, staff_member=person, token_hash=str(uuid7()),
                signed_in_at=NOW - timedelta(hours=since), expires_at=NOW - timedelta(hours=since - 13),
            )  # fmt: skip
    assert "Say where it was last seen" in manager.post(f"/devices/{device.pk}/lost/").content.decode()
    page = manager.post(f"/devices/{device.pk}/lost/", {"words": "left on the bus"}, follow=True).content.decode()
    for words in ("left on the bus", "everything recorded on it after 08:55 today", f"Ask {bedside.carer.full_name},"):
        assert words in page
    with scope(home=bedside.home.pk):
        device.refresh_from_db()
        assert (device.revoked_at, device.lost_at) == (NOW, NOW)
        assert set(AuditEntry.objects.values_list("action", flat=True)) >= {"device_lost", "device_revoked"}
    page = manager.post(f"/devices/{device.pk}/found/", follow=True).content.decode()
    assert "Lost devices" not in page
    with scope(home=bedside.home.pk):
        device.refresh_from_db()
        assert (device.lost_at, device.revoked_at) == (None, NOW)


# Taught codes


def test_a_manager_approves_or_refuses_a_taught_code(bedside: Bedside, manager: Client, senior: Client) -> None:
    first = with_taught_code(bedside.prescription, bedside.carer)
    second = with_taught_code(bedside.prescription, bedside.carer, gtin="09520000000011")
    assert "Approve<" not in senior.get("/devices/").content.decode()
    assert senior.post(f"/devices/codes/{first.pk}/approve/").status_code == 403
    assert "09520000000004" in manager.get("/devices/").content.decode()
    manager.post(f"/devices/codes/{first.pk}/approve/")
    manager.post(f"/devices/codes/{second.pk}/withdraw/")
    with scope(home=bedside.home.pk):
        codes = {code.gtin: (code.approved_at, code.withdrawn_at) for code in TaughtCode.objects.all()}
    assert codes == {"09520000000004": (NOW, None), "09520000000011": (None, NOW)}
    assert "taught at the bedside" not in manager.get("/devices/").content.decode()


# The scanner


def test_the_test_codes_are_on_the_page_and_on_paper(senior: Client) -> None:
    page = senior.get("/scanner/").content.decode()
    assert page.count('class="code"') == 2
    paper = senior.get("/scanner/codes.pdf")
    assert (paper.headers["Content-Type"], paper.content[:5]) == ("application/pdf", b"%PDF-")


def test_nine_is_now() -> None:
    assert NINE == NOW

"""The pages for writing and checking prescriptions: what they show, read, refuse and keep."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from uuid_utils.compat import uuid7

from emar.models import CareHome, HomePolicy, Medicine, Prescription, Resident, StaffMember
from emar.scope import scope
from tests import factories as make
from tests.factories import NOW
from tests.pages.conftest import SignIn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


class Desk:
    """A senior and a nurse at a desk, and a resident to prescribe for."""

    def __init__(self, sign_in: SignIn) -> None:
        self.home: CareHome = make.make_home()
        unit = make.make_unit(home=self.home)
        self.senior: StaffMember = make.make_staff_member(home=self.home, role="senior")
        self.nurse: StaffMember = make.make_staff_member(home=self.home, role="nurse")
        self.resident: Resident = make.make_resident(unit=unit)
        self.medicine: Medicine = make.make_medicine(name=f"Prednisolone 5mg tablets {uuid7().hex[-6:]}")
        self.client: Client = sign_in(self.senior, home=self.home)
        self.other: Client = sign_in(self.nurse, home=self.home)

    @property
    def address(self) -> str:
        return f"/residents/{self.resident.pk}/prescribe/"

    def fields(self, **typed: Any) -> dict[str, Any]:
        usual = {
            "id": str(uuid7()), "medicine": self.medicine.pk, "kind": "regular", "parts": "1", "unit": "tablet",
            "starts_on": "2026-11-18", "authority": "gp", "p0_pattern": "daily", "action": "write",
        }  # fmt: skip
        return usual | typed

    def post(self, client: Client | None = None, **typed: Any) -> Any:
        return (client or self.client).post(self.address, self.fields(**typed))

    def text(self, **typed: Any) -> str:
        return plain(self.post(**typed).content.decode())

    def preview(self, **typed: Any) -> str:
        return plain(self.client.post(f"{self.address}preview/", self.fields(**typed)).content.decode())

    def written(self) -> Prescription:
        with scope(home=self.home.pk):
            return Prescription.objects.latest("written_at", "version")

    def count(self) -> int:
        with scope(home=self.home.pk):
            return Prescription.objects.count()


def plain(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.replace("&#x27;", "'").replace("&amp;", "&")))


@pytest.fixture
def desk(sign_in: SignIn) -> Desk:
    return Desk(sign_in)


# Finding


def test_medicines_are_found_by_all_words_with_their_category(desk: Desk) -> None:
    word = uuid7().hex[-8:]
    make.make_medicine(name=f"Fentanyl 25mcg patch {word}", controlled_drug_category="0002")
    page = plain(desk.client.get(f"{desk.address}?{urlencode({'q': f'25mcg {word}'})}").content.decode())
    assert f"Fentanyl 25mcg patch {word}" in page
    assert "CD schedule 2" in page
    nothing = plain(desk.client.get(f"{desk.address}?q=qqqqzz").content.decode())
    assert "No medicine in dm+d has all of “qqqqzz”" in nothing


def test_the_cd_box_starts_as_the_law_or_the_homes_policy_says(desk: Desk) -> None:
    def is_ticked(medicine: Medicine) -> bool:
        page = desk.client.get(f"{desk.address}?medicine={medicine.pk}").content.decode()
        return bool(re.search(r'name="is_controlled" type="checkbox" value="yes" checked', page))

    temazepam = make.make_medicine(name="Temazepam", controlled_drug_category="0007")
    assert is_ticked(make.make_medicine(name="Morphine", controlled_drug_category="0002"))
    assert not is_ticked(temazepam)
    with scope(home=desk.home.pk):
        HomePolicy.objects.create(home=desk.home, also_controlled=[temazepam.pk], changed_at=NOW)
    assert is_ticked(temazepam)


# Reading a label


def test_a_label_is_read_into_the_fields_and_kept_as_the_dose_words(desk: Desk) -> None:
    label = "Take TWO tablets in the MORNING and ONE tablet at NIGHT"
    page = desk.post(label=label, action="read").content.decode()
    assert 'name="p0_at_Morning" type="text" value="2"' in page
    assert 'name="p0_at_Night" type="text" value="1"' in page
    assert "Thu 19 Nov 2026, 08:00 (Morning)" in plain(page)
    assert desk.count() == 0
    response = desk.post(label=label, p0_at_Morning="2", p0_at_Night="1")
    written = desk.written()
    assert response.headers["Location"] == f"/prescriptions/{written.pk}/"
    assert written.dose_words == label


def test_a_reducing_course_on_a_label_becomes_its_parts(desk: Desk) -> None:
    label = "Take SIX tablets in the MORNING for 7 days, then FIVE tablets in the MORNING for 7 days"
    page = desk.post(label=label, action="read").content.decode()
    for part, amount in ((0, 6), (1, 5)):
        assert f'name="p{part}_at_Morning" type="text" value="{amount}"' in page
        assert f'name="p{part}_days" type="number" value="7"' in page


@pytest.mark.hazard("H02", control="a label that is not understood is refused with the part", shows="works")
def test_what_is_not_understood_is_named_and_nothing_is_filled_in(desk: Desk) -> None:
    page = desk.post(label="Take ONE tablet when the moon is full", action="read").content.decode()
    assert "the moon is full" in plain(page)
    assert "Not read" in page
    assert 'name="p0_at_Morning" type="text" value=""' in page


def test_a_label_without_how_much_is_not_filled_in(desk: Desk) -> None:
    page = desk.text(label="Take in the morning", action="read")
    assert "do not say how much" in page


def test_words_of_a_label_that_cannot_be_read_are_kept_for_the_check(desk: Desk) -> None:
    desk.post(label="Take with the waxing moon", p0_at_Morning="1")
    assert desk.written().instructions == ["The label says: “Take with the waxing moon”"]


def test_a_label_and_fields_that_differ_are_not_written(desk: Desk) -> None:
    page = desk.text(label="Take ONE tablet in the MORNING", p0_at_Morning="2")
    assert "say different things" in page
    assert desk.count() == 0


# Every kind of schedule by its fields

KINDS = {
    "rounds": {"p0_at_Morning": "1", "p0_at_Tea": "1-2"},
    "clock times": {"p0_times": "07:30=1, 00:30 next day=2"},
    "before a round": {"p0_at_Morning": "1", "p0_offset": "30", "food": "before", "food_minutes": "30"},
    "weekdays": {"p0_at_Morning": "1", "p0_pattern": "weekdays", "p0_weekdays": ["mon", "thu"]},
    "every n days": {"p0_at_Morning": "1", "p0_pattern": "every_n_days", "p0_n": "3"},
    "weekly": {"p0_at_Morning": "1", "p0_pattern": "every_n_weeks", "p0_n": "1", "p0_weekdays": ["sun"],
               "late_rule": "keep", "late_agreed_by": "Dr Elm", "upright_minutes": "30", "on_rising": "yes"},
    "26-weekly": {"p0_at_Morning": "1", "p0_pattern": "every_n_weeks", "p0_n": "26", "p0_anchor_on": "2026-11-20"},
    "days of the month": {"p0_at_Morning": "1", "p0_pattern": "days_of_month", "p0_month_days": "1, last"},
    "first Monday": {"p0_at_Morning": "1", "p0_pattern": "weekday_of_month", "p0_nth": "1", "p0_weekday": "mon"},
    "cycle": {"p0_at_Morning": "1", "p0_pattern": "cycle", "p0_on": "21", "p0_off": "7"},
    "dates": {"p0_at_Morning": "1", "p0_pattern": "dates", "p0_dates": "2026-12-03, 2026-12-31"},
    "course by days": {"p0_at_Morning": "1", "p0_days": "7"},
    "course by count": {"p0_at_Morning": "1", "p0_doses": "5"},
    "course by date": {"p0_at_Morning": "1", "last_on": "2026-11-30"},
    "reducing": {"parts": "2", "p0_at_Morning": "6", "p0_days": "7", "p1_at_Morning": "5", "p1_days": "7"},
    "strengths": {"p0_at_Morning": "4", "unit": "mg", "strengths": "1, 3"},
    "time-critical": {"p0_at_Morning": "1", "time_critical": "yes"},
    "patch-free night": {"p0_times": "08:00=1", "p0_off_at": "20:00", "unit": "patch"},
    "insulin by scale": {"p0_at_Morning": "scale", "reading": "blood_glucose", "reading_unit": "mmol/L",
                         "s0_below": "4", "s0_amount": "none", "s0_words": "ring 111", "s1_at_least": "4",
                         "s1_amount": "8", "unit": "unit"},
    "held by pulse": {"p0_at_Morning": "1", "reading": "pulse", "hold0_reading": "pulse", "hold0_below": "60"},
    "topical": {"p0_at_Morning": "1", "loose": "yes", "unit": "application", "body_areas": ["left forearm"]},
    "patch": {"kind": "interval", "amount": "1", "every": "72", "every_unit": "hours", "starts_from": "10:00",
              "is_worn": "yes", "check_at": "20:00", "sites": ["left chest", "right chest"], "unit": "patch"},
    "weekly patch": {"kind": "interval", "amount": "1", "every": "7", "every_unit": "days", "starts_from": "10:00",
                     "is_worn": "yes", "interval_doses": "4", "unit": "patch"},
    "warfarin": {"kind": "by_inr", "inr_at": "Tea", "r0_from_on": "2026-11-18", "r0_until_on": "2026-11-25",
                 "r0_amounts": "3, 4", "r0_inr": "2.4", "r0_tested_on": "2026-11-17", "unit": "mg", "strengths": "1 3"},
    "feed": {"kind": "daily_total", "amount": "1000", "unit": "ml", "daily_at": "09:00"},
    "thickener": {"kind": "standing", "iddsi_level": "2"},
    "when required": {"kind": "when_required", "amount": "1-2", "gap_hours": "4", "max_amount": "8",
                      "condition": "pain", "can_ask": "yes", "expected_effect": "less pain", "order": "1",
                      "effect_after_minutes": "60", "review_on": "2027-01-04", "call_when": "no effect after 2 doses"},
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_written_by_its_fields_previewed_and_filled_in_again(desk: Desk, name: str) -> None:
    preview = desk.preview(**KINDS[name])
    assert "Still to do" not in preview, preview
    desk.post(**KINDS[name])
    written = desk.written()
    page = desk.other.get(f"/prescriptions/{written.pk}/")
    assert page.status_code == 200
    has_times = written.schedule["kind"] not in ("when_required", "standing")
    headings = ("next ten doses", "All ", "Both doses", "still to come", "only dose")
    assert any(words in preview for words in headings) == has_times
    assert desk.other.post(f"/prescriptions/{written.pk}/check/", {"action": "check"}).status_code == 302
    form = desk.client.get(f"{desk.address}?replaces={written.pk}").content.decode()
    assert 'name="exact"' not in form, "the fields say it"
    with scope(home=desk.home.pk):
        assert Prescription.objects.get(pk=written.pk).checked_by_id == desk.nurse.pk


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({}, "p0_amounts", "how much at one round"),
        ({"p0_at_Morning": "lots"}, "p0_at_Morning", "must be a number"),
        ({"p0_at_Morning": "1", "starts_on": ""}, "starts_on", "Enter the first day"),
        ({"p0_at_Morning": "1", "starts_on": "18/11/2026"}, "starts_on", "must be a date"),
        ({"p0_times": "breakfast"}, "p0_times", "07:30=1"),
        ({"p0_at_Morning": "1", "p0_pattern": "weekdays"}, "p0_weekdays", "at least one weekday"),
        ({"p0_at_Morning": "1", "p0_pattern": "every_n_days"}, "p0_n", "enter a number"),
        ({"p0_at_Morning": "scale"}, "p0_at_Morning", "Fill in the scale"),
        ({"p0_at_Morning": "2-1"}, "p0_amounts", "put the smaller figure first"),
        ({"p0_at_Morning": "1", "last_on": "2026-11-01"}, "p0_amounts", "must come after"),
        ({"parts": "2", "p0_at_Morning": "2", "p1_at_Morning": "1"}, "p0_days", "another part follows"),
        ({"kind": "interval", "amount": "1", "every": "72"}, "starts_from", "time of the first one"),
        ({"kind": "when_required", "amount": "1"}, "condition", "what the medicine is for"),
        ({"kind": "when_required", "amount": "1", "condition": "pain"}, "signs", "how staff can tell"),
        ({"kind": "by_inr", "r0_amounts": "x"}, "inr_at", "Choose the round"),
        ({"kind": "elsewhere"}, "kind", "Choose how it is given"),
        ({"p0_at_Morning": "1", "exact": "{"}, "exact", "cannot be used"),
        ({"p0_at_Morning": "1", "authority": "nobody"}, "authority", "on whose word"),
    ],
)
def test_what_cannot_be_used_is_said_at_its_field_and_nothing_is_written(
    desk: Desk, typed: dict[str, Any], field: str, words: str
) -> None:
    response = desk.post(**typed)
    page = response.content.decode()
    summary = page[page.index("There is a problem") : page.index("banner__who")]
    links = dict(re.findall(r'<a href="#([^"]+)">([^<]+)</a>', summary))
    assert words in links[f"id_{field}"]
    assert f'id="id_{field}"' in page or field == "exact"
    assert desk.count() == 0


def test_a_part_is_added_with_the_times_of_the_one_before_and_without_javascript(desk: Desk) -> None:
    page = desk.post(action="add_part", p0_at_Morning="6", p0_days="7").content.decode()
    assert 'name="p1_at_Morning" type="text" value="6"' in page
    assert 'name="p1_days" type="number" value=""' in page
    assert "There is a problem" not in page


def test_a_schedule_that_the_fields_cannot_say_travels_whole(desk: Desk) -> None:
    slots = [
        {"round": "Morning", "amount": {"low": "1"}, "pattern": {"kind": "weekdays", "days": ["mon"]}},
        {"round": "Night", "amount": {"low": "2"}, "pattern": {"kind": "weekdays", "days": ["thu"]}},
    ]
    schedule = make.regular() | {"phases": [{"days": None, "slots": slots, "pattern": {"kind": "daily"}}]}
    old = make.make_prescription(resident=desk.resident, by=desk.senior, schedule=schedule, medicine=desk.medicine)
    page = desk.client.get(f"{desk.address}?replaces={old.pk}").content.decode()
    exact = re.search(r'name="exact" value="([^"]+)"', page)
    assert exact is not None
    desk.post(replaces=str(old.pk), exact=exact[1].replace("&quot;", '"'), reason="")
    assert desk.written().schedule["phases"][0]["slots"] == schedule_slots(slots)


def schedule_slots(slots: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**slot, "amount": {"low": slot["amount"]["low"], "high": slot["amount"]["low"]}} for slot in slots]


# Warnings


def test_a_warning_is_shown_and_going_on_needs_a_reason_that_the_checker_sees(desk: Desk) -> None:
    make.make_prescription(resident=desk.resident, by=desk.senior, medicine=desk.medicine, dose_words="Take ONE")
    assert "Has this medicine already" in desk.preview(p0_at_Morning="1")
    page = desk.text(p0_at_Morning="1")
    assert "say why you go on" in page
    assert desk.count() == 1
    desk.post(p0_at_Morning="1", reason="Dr Elm wants both for a week")
    seen = plain(desk.other.get(f"/prescriptions/{desk.written().pk}/").content.decode())
    assert "Has this medicine already" in seen
    assert "Dr Elm wants both for a week" in seen


def test_the_change_of_a_prescription_is_not_warned_of_as_the_same_medicine(desk: Desk) -> None:
    old = make.make_prescription(resident=desk.resident, by=desk.senior, medicine=desk.medicine)
    desk.post(p0_at_Morning="2", replaces=str(old.pk))
    assert (desk.written().version, desk.written().replaces_id) == (2, old.pk)


# The check, and after


def test_the_writer_cannot_check_and_the_second_person_can_or_sends_it_back(desk: Desk) -> None:
    desk.post(p0_at_Morning="1")
    address = f"/prescriptions/{desk.written().pk}/"
    own = desk.client.get(address).content.decode()
    assert "It is right: make it active" not in own
    assert "you wrote it" in plain(desk.client.post(f"{address}check/", {"action": "check"}).content.decode())
    assert "It is right: make it active" in desk.other.get(address).content.decode()
    assert "Say what is wrong" in plain(desk.other.post(f"{address}check/", {"action": "send_back"}).content.decode())
    desk.other.post(f"{address}check/", {"action": "send_back", "words": "5 mg twice"})
    waiting = plain(desk.client.get("/prescriptions/waiting/").content.decode())
    assert "Sent back: 5 mg twice" in waiting
    again = desk.client.get(f"{desk.address}?replaces={desk.written().pk}").content.decode()
    assert 'name="p0_at_Morning" type="text" value="1"' in again


def test_what_waits_is_counted_on_today(desk: Desk) -> None:
    assert "Waiting for a second check" not in plain(desk.client.get("/").content.decode())
    desk.post(p0_at_Morning="1")
    assert "Waiting for a second check 1" in plain(desk.client.get("/").content.decode())
    assert "Nothing is waiting" not in plain(desk.client.get("/").content.decode())


def test_doses_that_passed_before_the_check_are_said(desk: Desk) -> None:
    desk.post(p0_at_Morning="1", starts_on="2026-11-17")
    page = plain(desk.other.get(f"/prescriptions/{desk.written().pk}/").content.decode())
    assert "2 doses fell due before now" in page


def test_a_stop_needs_its_reason_and_a_pause_ends_by_resuming(desk: Desk) -> None:
    line = make.make_prescription(resident=desk.resident, by=desk.senior)
    address = f"/prescriptions/{line.pk}/"
    assert "Say why it is stopped" in plain(desk.client.post(f"{address}stop/", {}).content.decode())
    assert "Say why it is paused" in plain(desk.client.post(f"{address}pause/", {"action": "suspend"}).content.decode())
    desk.client.post(f"{address}pause/", {"action": "suspend", "pause_reason": "before surgery"})
    assert "Paused" in plain(desk.client.get(address).content.decode())
    desk.client.post(f"{address}pause/", {"action": "resume"})
    desk.client.post(f"{address}stop/", {"stop_reason": "GP", "stops_on": "2026-11-20", "stops_at": "12:00"})
    with scope(home=desk.home.pk):
        stopped_at = Prescription.objects.get(pk=line.pk).stopped_at
    assert stopped_at == NOW.replace(day=20, hour=12)
    assert "was stopped already" in plain(desk.client.post(f"{address}stop/", {"stop_reason": "GP"}).content.decode())


def test_a_new_inr_result_is_written_from_the_prescriptions_page(desk: Desk) -> None:
    desk.post(**KINDS["warfarin"])
    first = desk.written()
    desk.other.post(f"/prescriptions/{first.pk}/check/", {"action": "check"})
    wrong = desk.client.post(f"/prescriptions/{first.pk}/inr/", {"inr_amounts": "three"})
    assert "Enter the daily amounts in turn" in plain(wrong.content.decode())
    typed = {
        "id": str(uuid7()), "inr_amounts": "4", "inr_from_on": "2026-11-25", "inr_until_on": "2026-12-09",
        "inr_inr": "1.9", "inr_tested_on": "2026-11-24",
    }  # fmt: skip
    for _ in range(2):
        desk.client.post(f"/prescriptions/{first.pk}/inr/", typed)
    assert desk.count() == 2
    page = plain(desk.other.get(f"/prescriptions/{desk.written().pk}/").content.decode())
    assert "4 mg each day (INR 1.9 on Tue 24 Nov 2026)" in page
    assert "Version 2" in page


def test_a_carer_reads_a_prescription_and_is_offered_no_change(desk: Desk, sign_in: SignIn) -> None:
    line = make.make_prescription(resident=desk.resident, by=desk.senior)
    carer = sign_in(make.make_staff_member(home=desk.home), home=desk.home)
    page = carer.get(f"/prescriptions/{line.pk}/").content.decode()
    assert "Version 1" in page
    assert "Stop it" not in page
    assert carer.get(desk.address).status_code == 403


def test_a_prescription_of_another_resident_is_not_replaced_here(desk: Desk) -> None:
    other = make.make_resident(unit=desk.resident.unit)
    line = make.make_prescription(resident=other, by=desk.senior)
    assert desk.client.get(f"{desk.address}?replaces={line.pk}").status_code == 404
    assert desk.post(p0_at_Morning="1", replaces=str(line.pk)).status_code == 404
    assert desk.client.get(f"{desk.address}?replaces=nonsense").status_code == 404


def test_thirty_prescriptions_waiting_take_as_many_statements_as_one(desk: Desk) -> None:
    def statements(address: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert desk.client.get(address).status_code == 200
        return len(asked)

    def waits() -> Prescription:
        medicine = make.make_medicine(name=f"Another {uuid7()}")
        return make.make_prescription(
            resident=desk.resident,
            by=desk.nurse,
            checked_at=None,
            medicine=medicine,
            written_at=NOW - timedelta(hours=1),
        )

    one = waits()
    addresses = ["/prescriptions/waiting/", f"/prescriptions/{one.pk}/", f"{desk.address}?replaces={one.pk}"]
    for address in addresses:
        statements(address)
    few = [statements(address) for address in addresses]
    for _ in range(29):
        waits()
    assert [statements(address) for address in addresses] == few

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from emar.models import HomePolicy, Presence, StaffMember, Unit
from emar.queries.today import RoundProgress, Today, today
from emar.scope import scope
from tests.factories import (
    NOW,
    make_administration,
    make_correction,
    make_discrepancy,
    make_home,
    make_prescription,
    make_presence,
    make_resident,
    make_staff_member,
    make_stock_line,
    make_stock_pack,
    make_unit,
    regular,
)
from tests.pages.conftest import SignIn

pytestmark = pytest.mark.usefixtures("at_now")
MORNING = NOW.replace(hour=8)
LATER = NOW.replace(hour=9, minute=31)


@pytest.fixture
def unit(db: None) -> Unit:
    return make_unit(home=make_home())


@pytest.fixture
def carer(unit: Unit) -> StaffMember:
    return make_staff_member(home=unit.home)


def day_of(unit: Unit, now: datetime = NOW) -> Today:
    with scope(home=unit.home_id):
        return today(unit.home_id, now)


def round_of_day(day: Today, name: str = "Morning") -> RoundProgress:
    return next(each for each in day.units[0].rounds if each.round and each.round.name == name)


def test_a_round_counts_its_doses_given_not_given_and_left(unit: Unit, carer: StaffMember) -> None:
    lines = [make_prescription(resident=make_resident(unit=unit), by=carer) for _ in range(4)]
    make_administration(prescription=lines[0], by=carer, due_at=MORNING)
    make_administration(prescription=lines[1], by=carer, due_at=MORNING, outcome="refused")
    found = round_of_day(day_of(unit))
    assert (found.total, found.given, found.not_given, found.due, len(found.residents_left)) == (4, 1, 1, 2, 2)
    assert found.state == "now"


def test_a_round_is_to_come_then_under_way_then_unfinished_or_done(unit: Unit, carer: StaffMember) -> None:
    line = make_prescription(resident=make_resident(unit=unit), by=carer)
    seen = [
        round_of_day(day_of(unit, NOW.replace(hour=hour, minute=minute))).state
        for hour, minute in ((6, 0), (8, 0), (9, 10), (9, 31))
    ]
    assert seen == ["coming", "now", "now", "unfinished"]
    make_administration(prescription=line, by=carer, due_at=MORNING)
    assert round_of_day(day_of(unit, LATER)).state == "done"


def test_a_clock_time_inside_a_round_is_counted_in_it_and_others_between(unit: Unit, carer: StaffMember) -> None:
    resident = make_resident(unit=unit)
    make_prescription(resident=resident, by=carer, schedule=regular("08:15", "15:00"))
    rounds = day_of(unit).units[0].rounds
    assert [(each.round and each.round.name, each.total) for each in rounds if each.total] == [
        ("Morning", 1),
        (None, 1),
    ]


def test_a_late_time_critical_dose_comes_first(unit: Unit, carer: StaffMember) -> None:
    resident = make_resident(unit=unit, full_name="Alf Okoro")
    make_prescription(resident=resident, by=carer, schedule=regular("08:00", time_critical=True))
    make_prescription(resident=make_resident(unit=unit), by=carer)
    day = day_of(unit, NOW.replace(hour=8, minute=31))
    assert [each.prescription.resident for each in day.late_critical] == [resident]
    assert day.unanswered == ()


@pytest.mark.hazard("H05", control="The start page names the doses nobody recorded", shows="works")
def test_blank_doses_are_named_by_resident_today_and_yesterday(unit: Unit, carer: StaffMember) -> None:
    resident = make_resident(unit=unit)
    make_prescription(resident=resident, by=carer, schedule=regular("Morning", "Night"))
    day = day_of(unit, LATER)
    assert [(each.resident, len(each.doses)) for each in day.unanswered] == [(resident, 1)]
    assert [(each.resident, len(each.doses)) for each in day.unanswered_yesterday] == [(resident, 2)]


def test_a_resident_in_hospital_leaves_no_blank(unit: Unit, carer: StaffMember) -> None:
    resident = make_resident(unit=unit)
    make_prescription(resident=resident, by=carer)
    make_presence(resident=resident, by=carer, presence=Presence.IN_HOSPITAL, since_at=NOW - timedelta(days=3))
    day = day_of(unit, LATER)
    assert day.needs_nobody
    assert round_of_day(day).away == 1
    assert round_of_day(day).state == "empty"


def test_a_conflict_stays_until_one_record_is_corrected(unit: Unit, carer: StaffMember, sign_in: SignIn) -> None:
    line = make_prescription(resident=make_resident(unit=unit), by=carer)
    make_administration(prescription=line, by=carer, due_at=MORNING)
    second = make_administration(
        prescription=line, by=carer, due_at=MORNING, answer="conflict", findings=[{"code": "double_dose"}]
    )
    (conflict,) = day_of(unit).conflicts
    assert conflict.record == second
    page = sign_in(carer, home=unit.home).get("/").content.decode()
    assert "Recorded twice" in page
    assert page.count("Given ") >= 2, "both records are told"
    make_correction(administration=second, by=carer)
    assert day_of(unit).conflicts == ()


def test_a_finding_that_would_have_stopped_a_dose_is_shown_and_a_note_is_not(unit: Unit, carer: StaffMember) -> None:
    line = make_prescription(resident=make_resident(unit=unit), by=carer)
    common = {"prescription": line, "by": carer, "answer": "recorded_with_findings"}
    serious = make_administration(due_at=MORNING, findings=[{"code": "expired", "level": "stop"}], **common)
    make_administration(
        due_at=MORNING - timedelta(days=1),
        given_at=NOW - timedelta(hours=22),
        findings=[{"code": "late", "level": "note"}],
        **common,
    )
    assert day_of(unit).judged == (serious,)


def test_open_discrepancies_are_shown(unit: Unit, carer: StaffMember) -> None:
    line = make_prescription(resident=make_resident(unit=unit), by=carer, schedule=regular("Night"))
    stock = make_stock_line(prescription=line)
    make_stock_pack(line=stock, by=carer)
    found = make_discrepancy(line=stock, by=carer, counted=Decimal(27))
    assert day_of(unit).discrepancies == (found,)


def test_the_page_shows_the_day_and_an_empty_home_says_what_is_missing(
    unit: Unit, carer: StaffMember, sign_in: SignIn
) -> None:
    make_prescription(resident=make_resident(unit=unit, full_name="Alf Okoro"), by=carer)
    page = sign_in(carer, home=unit.home).get("/").content.decode()
    for expected in ("Wednesday 18 November 2026", "Morning", "1 due now", "Blank yesterday", "Alf Okoro"):
        assert expected in page
    empty = make_home()
    page = sign_in(make_staff_member(home=empty), home=empty).get("/").content.decode()
    assert "This home has no units yet" in page
    assert "Nothing is waiting" in page


def test_the_last_night_of_summer_time_is_one_day_of_25_hours(unit: Unit, carer: StaffMember) -> None:
    line = make_prescription(resident=make_resident(unit=unit), by=carer, schedule=regular("Morning", "23:30"))
    now = datetime(2026, 10, 25, 8, 30, tzinfo=UTC)
    day = day_of(unit, now)
    assert [each.dose.due_at.hour for each in day.unanswered_yesterday[0].doses] == [7, 22]
    assert round_of_day(day).due == 1
    assert line.pk


def statements(unit: Unit) -> int:
    with scope(home=unit.home_id), CaptureQueriesContext(connection) as captured:
        today(unit.home_id, NOW)
    return len(captured)


def test_the_day_takes_as_many_statements_for_many_residents_as_for_one(unit: Unit, carer: StaffMember) -> None:
    def another() -> None:
        resident = make_resident(unit=unit)
        line = make_prescription(resident=resident, by=carer)
        make_administration(
            prescription=line,
            by=carer,
            due_at=MORNING,
            answer="recorded_with_findings",
            findings=[{"code": "expired", "level": "stop"}],
        )

    another()
    statements(unit)
    one = statements(unit)
    for _ in range(5):
        another()
    make_unit(home=unit.home)
    assert statements(unit) == one
    assert one <= 15


@pytest.mark.hazard("H16", control="a giver who is their own witness is shown as that", shows="works")
def test_a_giver_who_is_their_own_witness_is_not_called_recorded_twice(
    unit: Unit, carer: StaffMember, sign_in: SignIn
) -> None:
    line = make_prescription(resident=make_resident(unit=unit), by=carer, is_controlled=True)
    found = [{"code": "witness_is_giver", "level": "conflict"}]
    record = make_administration(prescription=line, by=carer, due_at=MORNING, answer="conflict", findings=found)
    day = day_of(unit)
    assert ([each.pk for each in day.witnessed_by_giver], day.conflicts) == ([record.pk], ())
    page = sign_in(carer, home=unit.home).get("/").content.decode()
    assert "Giver and second person are the same" in page
    assert "Recorded twice" not in page


@pytest.mark.parametrize("is_controlled", [True, False])
def test_whom_to_ring_is_shown_beside_a_controlled_drug_that_does_not_add_up(
    unit: Unit, carer: StaffMember, sign_in: SignIn, *, is_controlled: bool
) -> None:
    line = make_prescription(resident=make_resident(unit=unit), by=carer)
    stock = make_stock_line(prescription=line, is_controlled=is_controlled)
    make_discrepancy(line=stock, by=carer)
    with scope(home=unit.home_id):
        card = [{"role": "Police CD liaison officer", "name": "Sam Vane", "telephone": "01632 960001"}]
        HomePolicy.objects.create(home=unit.home, contact_card=card, changed_at=NOW)
    page = sign_in(carer, home=unit.home).get("/").content.decode()
    assert ("01632 960001" in page) is is_controlled

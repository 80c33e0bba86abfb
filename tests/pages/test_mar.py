from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from emar.models import Administration, AuditEntry, Presence, Resident, Role, StaffMember, Unit
from emar.queries.mar import MarChart, mar_chart, mar_charts
from emar.scope import scope
from tests.factories import (
    NOW,
    make_administration,
    make_allergy,
    make_correction,
    make_home,
    make_medicine,
    make_prescription,
    make_presence,
    make_resident,
    make_staff_member,
    make_unit,
    regular,
    when_required,
)
from tests.pages.conftest import SignIn

FIRST = date(2026, 10, 26)
pytestmark = pytest.mark.usefixtures("at_now")


def at(day: int, clock: str) -> datetime:
    """Return an instant in November 2026, when London's clocks show UTC."""
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.fixture
def unit(db: None) -> Unit:
    return make_unit(home=make_home())


@pytest.fixture
def carer(unit: Unit) -> StaffMember:
    return make_staff_member(home=unit.home, full_name="Jo Carer", display_name="Jo C", initials="JC")


@pytest.fixture
def resident(unit: Unit) -> Resident:
    return make_resident(unit=unit, full_name="Joan Whitfield")


def chart_of(resident: Resident, first: date = FIRST, days: int = 28) -> MarChart:
    with scope(home=resident.home_id):
        chart = mar_chart(resident.home_id, resident.pk, first, NOW, days=days)
    assert chart is not None
    return chart


def states(chart: MarChart, row: int = 0) -> dict[int, str | None]:
    """Return what the November cells of a row of the first prescription look like, by day."""
    cells = chart.regular[0].rows[row].cells
    return {cell.day.day: cell.state for cell in cells if cell.day.month == 11}


def test_each_due_dose_of_the_period_has_a_cell(resident: Resident, carer: StaffMember) -> None:
    make_prescription(resident=resident, by=carer, schedule=regular("Morning", "21:30"))
    chart = chart_of(resident)
    assert [(row.round_name, row.clock) for row in chart.regular[0].rows] == [("Morning", "08:00"), ("", "21:30")]
    assert all(cell.dose is not None for row in chart.regular[0].rows for cell in row.cells)


def test_a_dose_is_answered_blank_due_or_to_come(resident: Resident, carer: StaffMember) -> None:
    line = make_prescription(resident=resident, by=carer)
    make_administration(prescription=line, by=carer, due_at=at(16, "08:00"))
    found = states(chart_of(resident))
    assert {day: found[day] for day in (16, 17, 18, 19)} == {16: "answered", 17: "blank", 18: "due", 19: "coming"}


@pytest.mark.hazard("H05", control="A dose nobody recorded is marked blank on the chart", shows="works")
def test_a_blank_is_a_word_and_a_pattern_not_only_a_colour(
    resident: Resident, carer: StaffMember, sign_in: SignIn
) -> None:
    make_prescription(resident=resident, by=carer)
    page = sign_in(carer, home=resident.home).get(f"/residents/{resident.pk}/mar/").content.decode()
    assert "mar__cell--blank" in page
    assert '<span class="mar__blank">Blank</span>' in page


def test_the_closing_jobs_not_recorded_stays_a_blank(resident: Resident, carer: StaffMember) -> None:
    line = make_prescription(resident=resident, by=carer)
    make_administration(prescription=line, by=None, due_at=at(17, "08:00"), outcome="not_recorded")
    assert states(chart_of(resident))[17] == "blank"


def test_a_record_made_after_the_round_was_closed_answers_it(resident: Resident, carer: StaffMember) -> None:
    line = make_prescription(resident=resident, by=carer)
    make_administration(prescription=line, by=None, due_at=at(17, "08:00"), outcome="not_recorded")
    make_administration(prescription=line, by=carer, due_at=at(17, "08:00"), given_at=at(17, "08:10"))
    assert states(chart_of(resident))[17] == "answered"


def test_doses_early_and_late_are_marked(resident: Resident, carer: StaffMember) -> None:
    line = make_prescription(resident=resident, by=carer)
    for day, given in ((15, "06:40"), (16, "08:59"), (17, "10:05")):
        make_administration(prescription=line, by=carer, due_at=at(day, "08:00"), given_at=at(day, given))
    cells = chart_of(resident).regular[0].rows[0].cells
    marks = {cell.day.day: cell.entries[0].timely for cell in cells if cell.entries}
    assert marks == {15: "early", 16: "", 17: "late"}


def test_an_absence_suspends_doses_without_counting_them_blank(resident: Resident, carer: StaffMember) -> None:
    make_prescription(resident=resident, by=carer)
    make_presence(resident=resident, by=carer, presence=Presence.IN_HOSPITAL, since_at=at(14, "12:00"))
    make_presence(resident=resident, by=carer, presence=Presence.PRESENT, since_at=at(17, "07:00"))
    found = states(chart_of(resident))
    assert {day: found[day] for day in (14, 15, 16, 17)} == {14: "blank", 15: "away", 16: "away", 17: "blank"}


def test_a_corrected_record_stays_visible_beside_its_replacement(
    resident: Resident, carer: StaffMember, sign_in: SignIn
) -> None:
    line = make_prescription(resident=resident, by=carer)
    wrong = make_administration(prescription=line, by=carer, due_at=at(17, "08:00"))
    right = make_administration(prescription=line, by=carer, due_at=at(17, "08:00"), outcome="refused")
    make_correction(administration=wrong, by=carer, replacement=right, reason="She had spat it out")
    cell = next(c for c in chart_of(resident).regular[0].rows[0].cells if c.day == date(2026, 11, 17))
    assert [(e.record.pk, e.is_corrected, e.is_replacement) for e in cell.entries] == [
        (wrong.pk, True, False),
        (right.pk, False, True),
    ]
    assert cell.dose is not None
    assert cell.dose.answer == right
    page = sign_in(carer, home=resident.home).get(f"/residents/{resident.pk}/mar/").content.decode()
    assert "<s>G</s>" in page
    assert "She had spat it out" in page


def test_a_correction_that_takes_a_record_away_leaves_a_blank(resident: Resident, carer: StaffMember) -> None:
    line = make_prescription(resident=resident, by=carer)
    make_correction(administration=make_administration(prescription=line, by=carer, due_at=at(17, "08:00")), by=carer)
    assert states(chart_of(resident))[17] == "blank"


def test_a_dose_recorded_twice_shows_both_records(resident: Resident, carer: StaffMember) -> None:
    line = make_prescription(resident=resident, by=carer)
    for minute in (2, 4):
        make_administration(prescription=line, by=carer, due_at=at(17, "08:00"), given_at=at(17, f"08:0{minute}"))
    cell = next(c for c in chart_of(resident).regular[0].rows[0].cells if c.day == date(2026, 11, 17))
    assert len(cell.entries) == 2


def test_no_record_of_the_period_is_left_out(resident: Resident, carer: StaffMember) -> None:
    """Whatever a record is about, the chart shows it, whether or not anything was due."""
    line = make_prescription(resident=resident, by=carer)
    needed = make_prescription(resident=resident, by=carer, schedule=when_required())
    written = {
        make_administration(prescription=line, by=carer, due_at=at(12, "08:00")).pk,
        make_administration(prescription=line, by=carer, due_at=at(12, "11:00")).pk,
        make_administration(prescription=line, by=carer, due_at=None, given_at=at(13, "15:00")).pk,
        make_administration(prescription=needed, by=carer, due_at=None, given_at=at(13, "03:00")).pk,
        make_administration(prescription=needed, by=None, due_at=None, given_at=at(13, "09:00")).pk,
    }
    chart = chart_of(resident)
    shown = {
        entry.record.pk for block in chart.blocks for row in block.rows for cell in row.cells for entry in cell.entries
    }
    assert shown == written
    with scope(home=resident.home_id):
        assert Administration.objects.count() == len(written)


def test_a_dose_given_when_none_was_due_says_so(resident: Resident, carer: StaffMember, sign_in: SignIn) -> None:
    line = make_prescription(resident=resident, by=carer)
    make_administration(prescription=line, by=carer, due_at=at(12, "11:00"))
    page = sign_in(carer, home=resident.home).get(f"/residents/{resident.pk}/mar/").content.decode()
    assert "no dose was due then" in page


def test_when_required_doses_show_their_time_and_amount(
    resident: Resident, carer: StaffMember, sign_in: SignIn
) -> None:
    needed = make_prescription(
        resident=resident, by=carer, schedule=when_required(), prn_protocol={"condition": "pain in the hip"}
    )
    make_administration(prescription=needed, by=carer, due_at=None, given_at=at(17, "14:35"), amount=Decimal("2.0000"))
    page = sign_in(carer, home=resident.home).get(f"/residents/{resident.pk}/mar/").content.decode()
    assert '<span class="mar__at">14:35</span>' in page
    assert "×2<" in page
    assert "For: pain in the hip" in page


def test_a_dose_under_the_version_before_answers_the_new_one(resident: Resident, carer: StaffMember) -> None:
    """A phone that had not heard of the change records the same dose under the old prescription."""
    changed_at = at(16, "12:00")
    old = make_prescription(
        resident=resident, by=carer, stopped_at=changed_at, stopped_by=carer, stop_reason="Dose changed"
    )
    new = make_prescription(
        resident=resident,
        by=carer,
        medicine=old.medicine,
        replaces=old,
        version=2,
        schedule=regular("Morning", amount="2", starts_on="2026-11-16"),
        written_at=changed_at,
        checked_at=changed_at,
    )
    make_administration(prescription=old, by=carer, due_at=at(17, "08:00"))
    chart = chart_of(resident)
    by_version = {block.prescription.pk: block for block in chart.regular}
    cells = {cell.day.day: cell for cell in by_version[new.pk].rows[0].cells if cell.day.month == 11}
    assert cells[17].state == "answered"
    assert cells[16].dose is None


def test_the_clock_change_of_october_keeps_the_row_of_a_round(resident: Resident, carer: StaffMember) -> None:
    make_prescription(resident=resident, by=carer)
    block = chart_of(resident, date(2026, 10, 19)).regular[0]
    assert [row.round_name for row in block.rows] == ["Morning"]
    assert all(cell.dose is not None for cell in block.rows[0].cells)


@pytest.mark.hazard("H07", control="A chart says when nobody has recorded allergies", shows="works")
def test_unknown_allergies_are_never_shown_as_none(resident: Resident, carer: StaffMember, sign_in: SignIn) -> None:
    make_prescription(resident=resident, by=carer)
    client = sign_in(carer, home=resident.home)
    page = client.get(f"/residents/{resident.pk}/mar/").content.decode()
    assert "Allergies not recorded" in page
    assert "No known allergies" not in page
    make_allergy(resident=resident, by=carer, substance="Penicillin", reaction="Rash")
    assert "ALLERGIES: Penicillin (Rash)" in client.get(f"/residents/{resident.pk}/mar/").content.decode()


@pytest.mark.hazard("H14", control="Names of medicines are shown whole", shows="works")
def test_a_long_name_is_shown_whole(resident: Resident, carer: StaffMember, sign_in: SignIn) -> None:
    name = "Co-careldopa 25mg/100mg modified-release tablets with an invented and very long tail to its name"
    make_prescription(resident=resident, by=carer, medicine=make_medicine(name=name))
    page = sign_in(carer, home=resident.home).get(f"/residents/{resident.pk}/mar/").content.decode()
    assert name in unescape(page)


def test_one_day_says_everything_in_words(resident: Resident, carer: StaffMember, sign_in: SignIn) -> None:
    line = make_prescription(resident=resident, by=carer, schedule=regular("Morning", "Night"))
    make_administration(prescription=line, by=carer, due_at=at(17, "08:00"), given_at=at(17, "10:20"), note="Slept in")
    make_administration(prescription=line, by=carer, due_at=at(17, "21:00"), outcome="refused")
    page = sign_in(carer, home=resident.home).get(f"/residents/{resident.pk}/mar/day/?day=2026-11-17")
    words = page.content.decode()
    for expected in ("Given, 1 tablet by Jo C (late)", "Slept in", "Refused by Jo C", "10:20"):
        assert expected in words


def test_reading_a_chart_is_written_down(resident: Resident, carer: StaffMember, sign_in: SignIn) -> None:
    client = sign_in(carer, home=resident.home)
    for page in ("", "mar/", "mar/day/"):
        client.get(f"/residents/{resident.pk}/{page}")
    with scope(home=resident.home_id):
        entries = AuditEntry.objects.filter(resident=resident, action="record_read").order_by("id")
        assert [entry.acted_by_id for entry in entries] == [carer.pk] * 3


def test_printing_a_unit_notes_a_read_of_each_resident(
    unit: Unit, resident: Resident, carer: StaffMember, sign_in: SignIn
) -> None:
    other = make_resident(unit=unit)
    sign_in(carer, home=unit.home).get(f"/units/{unit.pk}/mar/")
    with scope(home=unit.home_id):
        read = set(AuditEntry.objects.filter(action="record_read").values_list("resident_id", flat=True))
    assert read == {resident.pk, other.pk}


def statements(unit: Unit, resident_ids: list[int]) -> int:
    with scope(home=unit.home_id), CaptureQueriesContext(connection) as captured:
        mar_charts(unit.home_id, resident_ids, FIRST, NOW)
    return len(captured)


def test_charts_take_as_many_statements_for_many_residents_as_for_one(unit: Unit, carer: StaffMember) -> None:
    ids = []
    for _ in range(6):
        resident = make_resident(unit=unit)
        line = make_prescription(resident=resident, by=carer, schedule=regular("Morning", "Night"))
        needed = make_prescription(resident=resident, by=carer, schedule=when_required())
        wrong = make_administration(prescription=line, by=carer, due_at=at(17, "08:00"))
        make_correction(administration=wrong, by=carer)
        make_administration(prescription=needed, by=carer, due_at=None, given_at=at(17, "09:00"))
        make_allergy(resident=resident, by=carer)
        ids.append(resident.pk)
    one, many = statements(unit, ids[:1]), statements(unit, ids)
    assert one == many
    assert many <= 22


def test_seniors_and_inspectors_read_the_same_chart(resident: Resident, carer: StaffMember, sign_in: SignIn) -> None:
    line = make_prescription(resident=resident, by=carer)
    make_administration(prescription=line, by=carer, due_at=NOW - timedelta(hours=1))
    inspector = make_staff_member(home=resident.home, role=Role.INSPECTOR)
    assert sign_in(inspector, home=resident.home).get(f"/residents/{resident.pk}/mar/").status_code == 200


def test_a_medicine_whose_times_cannot_be_worked_out_is_shown_with_why(
    resident: Resident, carer: StaffMember, sign_in: SignIn
) -> None:
    """Its round was renamed, say: without a word its line would look like one with nothing due."""
    make_prescription(resident=resident, by=carer, schedule=regular("Elevenses"))
    make_prescription(resident=resident, by=carer)
    client = sign_in(carer, home=resident.home)
    assert "There is no round called" in client.get(f"/residents/{resident.pk}/mar/").content.decode()
    today = client.get("/").content.decode()
    assert "In no round" in today
    assert "Elevenses" in today
    assert client.get("/stock/").status_code == 200

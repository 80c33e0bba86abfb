from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from emar.models import Resident, StaffMember, Unit
from emar.queries.days_left import Holding, Lasts, days_left
from emar.scope import scope
from stock.models import PackStatus, StockLine
from stock.queries.lines import held_lines
from tests.factories import (
    NOW,
    make_administration,
    make_discrepancy,
    make_home,
    make_medicine,
    make_prescription,
    make_resident,
    make_staff_member,
    make_stock_line,
    make_stock_movement,
    make_stock_pack,
    make_unit,
    regular,
    when_required,
)
from tests.pages.conftest import SignIn

pytestmark = pytest.mark.usefixtures("at_now")
TODAY = date(2026, 11, 18)


@pytest.fixture
def unit(db: None) -> Unit:
    return make_unit(home=make_home())


@pytest.fixture
def carer(unit: Unit) -> StaffMember:
    return make_staff_member(home=unit.home)


@pytest.fixture
def resident(unit: Unit) -> Resident:
    return make_resident(unit=unit, full_name="Joan Whitfield")


def lasts(line: StockLine, balance: str) -> Lasts:
    medicine_id, unit = line.medicine_id, line.unit
    with scope(home=line.home_id):
        holding = Holding(line.resident_id, medicine_id, unit, Decimal(balance))
        return days_left(line.home_id, [holding], NOW)[line.resident_id, medicine_id, unit]


def page_of(sign_in: SignIn, carer: StaffMember, unit: Unit, query: str = "") -> str:
    return sign_in(carer, home=unit.home).get(f"/stock/{query}").content.decode()


def test_a_line_holds_what_its_latest_movement_left(resident: Resident, carer: StaffMember) -> None:
    line = make_stock_line(prescription=make_prescription(resident=resident, by=carer))
    make_stock_pack(line=line, by=carer, quantity=Decimal(28))
    make_stock_movement(line=line, by=carer, quantity=Decimal("1.5"))
    with scope(home=line.home_id):
        (held,) = held_lines(line.home_id)
    assert held.balance == Decimal("26.5")


def test_finished_packs_are_history_and_the_first_to_expire_comes_first(resident: Resident, carer: StaffMember) -> None:
    line = make_stock_line(prescription=make_prescription(resident=resident, by=carer))
    for expires_on, status in (
        (date(2026, 11, 1), PackStatus.FINISHED),
        (date(2027, 9, 30), PackStatus.IN_USE),
        (date(2027, 3, 31), PackStatus.IN_USE),
        (date(2026, 12, 31), PackStatus.QUARANTINED),
    ):
        make_stock_pack(line=line, by=carer, expires_on=expires_on, status=status)
    with scope(home=line.home_id):
        (held,) = held_lines(line.home_id)
    assert len(held.packs) == 3
    assert held.first_expiry == date(2027, 3, 31)
    assert len(held.quarantined) == 1


@pytest.mark.parametrize(
    ("balance", "days", "runs_out_on"),
    [
        # Two a day; the morning's is gone at nine o'clock, the night's is still to come.
        ("0", 0, TODAY),
        ("1", 1, TODAY + timedelta(days=1)),
        ("2", 1, TODAY + timedelta(days=1)),
        ("3", 2, TODAY + timedelta(days=2)),
        ("54", 27, TODAY + timedelta(days=27)),
        ("55", None, None),
    ],
)
def test_days_left_follow_the_schedule_dose_by_dose(
    balance: str, days: int | None, runs_out_on: date | None, resident: Resident, carer: StaffMember
) -> None:
    line = make_stock_line(
        prescription=make_prescription(resident=resident, by=carer, schedule=regular("Morning", "Night"))
    )
    found = lasts(line, balance)
    assert (found.days, found.runs_out_on) == (days, runs_out_on)


def test_a_weekly_medicine_lasts_until_the_week_it_misses(resident: Resident, carer: StaffMember) -> None:
    weekly = regular("Morning")
    weekly["phases"][0]["pattern"] = {"kind": "weekdays", "days": ["mon"]}
    line = make_stock_line(prescription=make_prescription(resident=resident, by=carer, schedule=weekly))
    assert lasts(line, "2").runs_out_on == date(2026, 12, 7)


def test_a_course_that_ends_before_the_stock_does_lasts(resident: Resident, carer: StaffMember) -> None:
    course = regular("Morning", ends_on="2026-11-21")
    line = make_stock_line(prescription=make_prescription(resident=resident, by=carer, schedule=course))
    assert lasts(line, "2").days is None
    assert lasts(line, "1").days == 2


def test_when_required_use_is_an_estimate_from_four_weeks(resident: Resident, carer: StaffMember) -> None:
    needed = make_prescription(resident=resident, by=carer, schedule=when_required())
    line = make_stock_line(prescription=needed)
    assert lasts(line, "10") == Lasts(days=None)
    for day in range(1, 15):
        make_administration(
            prescription=needed, by=carer, due_at=None, given_at=NOW - timedelta(days=day), amount=Decimal(2)
        )
    found = lasts(line, "10")
    assert found.is_estimate
    assert found.days == 10


def test_what_was_given_before_a_change_is_history_of_the_new_line(resident: Resident, carer: StaffMember) -> None:
    before = make_prescription(
        resident=resident, by=carer, schedule=when_required(), stopped_at=NOW, stopped_by=carer, stop_reason="changed"
    )
    line = make_stock_line(prescription=before)
    for day in range(1, 15):
        make_administration(
            prescription=before, by=carer, due_at=None, given_at=NOW - timedelta(days=day), amount=Decimal(2)
        )
    make_prescription(
        resident=resident,
        by=carer,
        medicine=before.medicine,
        schedule=when_required(),
        replaces=before,
        written_at=NOW,
        checked_at=NOW,
    )
    assert lasts(line, "10").days == 10


def test_a_new_when_required_medicine_is_divided_by_the_days_it_was_there(
    resident: Resident, carer: StaffMember
) -> None:
    needed = make_prescription(
        resident=resident, by=carer, schedule=when_required(), written_at=NOW - timedelta(days=2)
    )
    line = make_stock_line(prescription=needed)
    make_administration(prescription=needed, by=carer, due_at=None, given_at=NOW - timedelta(days=1), amount=Decimal(7))
    # Seven in a week, not seven in two days and not seven in four weeks.
    assert lasts(line, "10").days == 10


def test_a_range_counts_with_its_larger_amount(resident: Resident, carer: StaffMember) -> None:
    wide = regular("Night")
    wide["phases"][0]["slots"][0]["amount"] = {"low": "1", "high": "2"}
    line = make_stock_line(prescription=make_prescription(resident=resident, by=carer, schedule=wide))
    assert lasts(line, "4").days == 2


def test_stock_no_prescription_uses_is_said_to_be_left_over(
    unit: Unit, resident: Resident, carer: StaffMember, sign_in: SignIn
) -> None:
    stopped = make_prescription(
        resident=resident,
        by=carer,
        medicine=make_medicine(name="Ramipril 5mg capsules"),
        stopped_at=NOW - timedelta(days=2),
        stopped_by=carer,
        stop_reason="Cough",
    )
    make_stock_pack(line=make_stock_line(prescription=stopped), by=carer)
    page = page_of(sign_in, carer, unit, "?view=unused")
    assert "Ramipril 5mg capsules" in page
    assert "no prescription uses it" in page


@pytest.mark.hazard("H15", control="Open discrepancies stand on the stock page", shows="works")
def test_what_does_not_add_up_is_shown_with_both_figures(
    unit: Unit, resident: Resident, carer: StaffMember, sign_in: SignIn
) -> None:
    line = make_stock_line(prescription=make_prescription(resident=resident, by=carer))
    make_stock_pack(line=line, by=carer)
    make_discrepancy(line=line, by=carer, counted=Decimal(26))
    page = page_of(sign_in, carer, unit, "?view=unexplained")
    assert "Counted 26, book 28" in page


def test_the_views_arrange_the_same_lines(unit: Unit, resident: Resident, carer: StaffMember, sign_in: SignIn) -> None:
    names = {"Zopiclone 7.5mg tablets": "3", "Atenolol 50mg tablets": "20"}
    for name, held in names.items():
        line = make_stock_line(
            prescription=make_prescription(resident=resident, by=carer, medicine=make_medicine(name=name))
        )
        make_stock_pack(line=line, by=carer, quantity=Decimal(held))
    by_resident, low = (page_of(sign_in, carer, unit, f"?view={view}") for view in ("resident", "low"))
    assert by_resident.index("Atenolol") < by_resident.index("Zopiclone")
    assert low.index("Zopiclone") < low.index("Atenolol")
    assert "Low" in low


def test_the_stock_of_one_resident_is_only_theirs(
    unit: Unit, resident: Resident, carer: StaffMember, sign_in: SignIn
) -> None:
    for person, name in ((resident, "Atenolol 50mg tablets"), (make_resident(unit=unit), "Digoxin 125s")):
        line = make_stock_line(
            prescription=make_prescription(resident=person, by=carer, medicine=make_medicine(name=name))
        )
        make_stock_pack(line=line, by=carer)
    page = page_of(sign_in, carer, unit, f"?resident={resident.pk}")
    assert "Atenolol" in page
    assert "Digoxin" not in page


def test_an_empty_cupboard_says_how_stock_comes_in(unit: Unit, carer: StaffMember, sign_in: SignIn) -> None:
    assert "No stock has been booked in yet" in page_of(sign_in, carer, unit)


def test_the_page_takes_as_many_statements_for_many_lines_as_for_one(
    unit: Unit, carer: StaffMember, sign_in: SignIn
) -> None:
    def another() -> None:
        line = make_stock_line(prescription=make_prescription(resident=make_resident(unit=unit), by=carer))
        make_stock_pack(line=line, by=carer)
        make_discrepancy(line=line, by=carer)

    def statements() -> int:
        client = sign_in(carer, home=unit.home)
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/stock/").status_code == 200
        return len(captured)

    another()
    one = statements()
    for _ in range(5):
        another()
    assert statements() == one


def test_the_short_cut_for_plenty_of_stock_changes_no_answer(
    resident: Resident, carer: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    after_midnight = regular("08:00")
    after_midnight["phases"][0]["slots"].append({"at": "00:30", "next_day": True, "amount": {"low": "1", "high": "2"}})
    weekly = regular("Morning")
    weekly["phases"][0]["pattern"] = {"kind": "every_n_days", "n": 7}
    lines = [
        make_stock_line(prescription=make_prescription(resident=resident, by=carer, schedule=schedule))
        for schedule in (regular("Morning", "Night"), after_midnight, weekly, when_required())
    ]
    balances = ("0", "27", "28", "29", "57", "58", "84", "87", "200")

    def answers() -> list[Lasts]:
        return [lasts(line, balance) for line in lines for balance in balances]

    quick = answers()
    monkeypatch.setattr("emar.queries.days_left._is_plenty", lambda *_: False)
    assert quick == answers()


def test_working_out_the_use_once_for_all_that_need_the_same_changes_no_answer(
    unit: Unit, carer: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = regular("Night")
    wide["phases"][0]["slots"][0]["amount"] = {"low": "1", "high": "2"}
    weekly = regular("Morning")
    weekly["phases"][0]["pattern"] = {"kind": "every_n_days", "n": 7}
    stops = {"stopped_at": NOW + timedelta(days=3), "stopped_by": carer, "stop_reason": "Course done"}
    starts = {"checked_at": NOW + timedelta(days=2)}
    alike = [(regular("Morning"), {}), (regular("Morning"), {}), (regular("Morning"), stops), (regular("Morning"), {})]
    alike += [(regular("Morning"), starts), (regular("Night"), {}), (wide, {}), (weekly, {})]
    lines = [
        make_stock_line(
            prescription=make_prescription(resident=make_resident(unit=unit), by=carer, schedule=schedule, **other)
        )
        for schedule, other in alike
    ]

    def answers() -> list[dict[tuple[int, str, str], Lasts]]:
        with scope(home=unit.home_id):
            return [
                days_left(
                    unit.home_id,
                    [Holding(line.resident_id, line.medicine_id, line.unit, Decimal(held)) for line in lines],
                    NOW,
                )
                for held in (0, 1, 2, 3, 4, 27, 28)
            ]

    once = answers()
    monkeypatch.setattr("emar.queries.days_left.like", lambda *_: None)
    assert once == answers()
    assert len({each.days for each in once[3].values()}) > 2


@pytest.fixture
def many(unit: Unit, carer: StaffMember, monkeypatch: pytest.MonkeyPatch) -> list[Resident]:
    """Three residents with three medicines each, on pages of four lines."""
    monkeypatch.setattr("web.pages.stock.PAGE_LINES", 4)
    residents = [
        make_resident(unit=unit, full_name=name, corridor_order=place)
        for place, name in enumerate(("Ann Moss", "Bert Lyle", "Cora Nash"))
    ]
    for person in residents:
        for name in ("Atenolol", "Bisoprolol", "Codeine"):
            medicine = make_medicine(name=f"{name} of {person.full_name}")
            line = make_stock_line(prescription=make_prescription(resident=person, by=carer, medicine=medicine))
            make_stock_pack(line=line, by=carer, quantity=Decimal(5))
    return residents


@pytest.mark.usefixtures("many")
def test_a_page_has_whole_residents_and_says_which_of_how_many_lines(
    unit: Unit, carer: StaffMember, sign_in: SignIn
) -> None:
    first, second = (page_of(sign_in, carer, unit, query) for query in ("", "?page=2"))
    assert "Lines 1 to 3 of 9." in first
    assert first.count("of Ann Moss</a>") == 3
    assert "of Bert Lyle</a>" not in first
    assert "Lines 4 to 6 of 9." in second
    assert second.count("of Bert Lyle</a>") == 3
    assert 'aria-current="page">Bert Lyle</a>' in second


@pytest.mark.usefixtures("many")
def test_every_line_stands_on_just_one_page_of_each_view(unit: Unit, carer: StaffMember, sign_in: SignIn) -> None:
    for view in ("resident", "low", "location"):
        pages = [page_of(sign_in, carer, unit, f"?view={view}&page={number}") for number in (1, 2, 3)]
        shown = [page.count('class="stock__line"') for page in pages]
        assert shown == ([3, 3, 3] if view == "resident" else [4, 4, 1])
        for person in ("Ann Moss", "Bert Lyle", "Cora Nash"):
            for name in ("Atenolol", "Bisoprolol", "Codeine"):
                assert sum(f">{name} of {person}</a>" in page for page in pages) == 1


@pytest.mark.usefixtures("many")
def test_print_and_file_have_every_line(unit: Unit, carer: StaffMember, sign_in: SignIn) -> None:
    client = sign_in(carer, home=unit.home)
    assert "All 9 lines on one page, to print" in client.get("/stock/?page=2").content.decode()
    everything = client.get("/stock/?page=all").content.decode()
    assert everything.count('class="stock__line"') == 9
    assert "Print</button>" in everything
    assert "Pages of the stock" not in everything
    assert len(client.get("/stock/file.csv?page=2").content.decode().splitlines()) == 10


@pytest.mark.parametrize("page", ["0", "-1", "x", "99", "999999", "²", ""])
@pytest.mark.usefixtures("many")
def test_a_page_that_is_not_there_shows_one_that_is(page: str, unit: Unit, carer: StaffMember, sign_in: SignIn) -> None:
    assert page_of(sign_in, carer, unit, f"?page={page}").count('class="stock__line"') == 3


@pytest.mark.usefixtures("many")
def test_what_is_looked_for_is_found_from_any_page_and_the_pages_keep_it(
    unit: Unit, carer: StaffMember, sign_in: SignIn
) -> None:
    page = page_of(sign_in, carer, unit, "?q=cora")
    assert page.count('class="stock__line"') == 3
    assert "Pages of the stock" not in page
    assert "view=low&amp;q=of&amp;page=2" in page_of(sign_in, carer, unit, "?view=low&q=of")


def test_two_people_of_one_name_each_have_their_heading(unit: Unit, carer: StaffMember, sign_in: SignIn) -> None:
    for _ in range(2):
        person = make_resident(unit=unit, full_name="John Hill")
        make_stock_pack(line=make_stock_line(prescription=make_prescription(resident=person, by=carer)), by=carer)
    assert page_of(sign_in, carer, unit).count('class="stock__owner"') == 2

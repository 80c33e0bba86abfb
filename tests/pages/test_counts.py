"""Counts and differences at the desk: blind, in plain words, with nobody's name in a report."""

import csv
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from uuid_utils.compat import uuid7

from emar.models import Role, StaffMember
from emar.operations import counts as operations
from emar.operations.closing import close_home
from emar.scope import scope
from stock.models import Discrepancy, PackStatus, StockCount, StockCountSession, StockPack
from stock.operations import counts as ledger
from tests import factories as make
from tests.bedside import MINUTE, NINE, Bedside, make_bedside
from tests.pages.conftest import SignIn
from web.csv_file import cell

pytestmark = pytest.mark.usefixtures("at_now")


@pytest.fixture
def bedside(db: None) -> Bedside:
    bedside = make_bedside()
    # A figure that stands nowhere else on a page.
    make.make_stock_pack(line=bedside.line, by=bedside.carer, quantity=Decimal("4711.75"), label_code="EPABC234")
    return bedside


@pytest.fixture
def morphine(db: None) -> Bedside:
    return make_bedside(
        is_controlled=True, medicine=make.make_medicine(name="Morphine 10mg tablets", controlled_drug_category="0002")
    )


def begun(bedside: Bedside) -> StockCountSession:
    with scope(home=bedside.home.pk):
        return operations.start_count(
            home_id=bedside.home.pk, asked=operations.Asked(uuid7(), "full"), by=bedside.carer.pk, at=NINE
        )


def differing(bedside: Bedside, counted: str = "26", **fields: Any) -> Discrepancy:
    with scope(home=bedside.home.pk):
        taken = operations.count_line(
            line=bedside.line, found=ledger.Found(uuid7(), Decimal(counted), **fields), by=bedside.carer.pk, at=NINE
        )
    assert taken.case is not None
    return taken.case


@pytest.mark.hazard("H15", control="whoever counts is not shown what the book says", shows="works")
def test_no_page_of_a_count_shows_the_book(bedside: Bedside, sign_in: SignIn) -> None:
    session, client = begun(bedside), sign_in(bedside.carer, home=bedside.home)
    line = f"/counts/{session.pk}/lines/{bedside.line.pk}/"
    for address in ("/counts/", f"/counts/{session.pk}/", f"/counts/{session.pk}/sheet/", line, f"{line}?pack=x"):
        page = client.get(address).content.decode()
        assert "4739.75" not in page, address
        assert "4711.75" not in page, address
    # Nor do the pages of the stock, until the line is counted.
    stock = ("/stock/", "/stock/?view=location", "/stock/file.csv", f"/stock/lines/{bedside.line.pk}/")
    for address in stock:
        page = client.get(address).content.decode()
        assert "4739.75" not in page, address
        assert "4711.75" not in page, address
    answer = client.post(f"{line}total/", {"id": str(uuid7()), "counted": "12"}, follow=True).content.decode()
    assert "Count it once more" in answer
    assert "4739.75" not in answer
    with scope(home=bedside.home.pk):
        operations.finish_count(session=session, by=bedside.carer.pk, at=NINE)
    for address in stock:
        assert "4739.75" in client.get(address).content.decode(), address


def test_a_count_is_typed_refused_and_taken(bedside: Bedside, sign_in: SignIn) -> None:
    session, client = begun(bedside), sign_in(bedside.carer, home=bedside.home)
    total = f"/counts/{session.pk}/lines/{bedside.line.pk}/total/"
    assert "Enter how much is there" in client.post(total, {"counted": ""}).content.decode()
    assert "Nobody can count less than nothing" in client.post(total, {"counted": "-1"}).content.decode()
    told = client.post(total, {"id": str(uuid7()), "counted": "4739.75"}, follow=True).content.decode()
    assert "agrees with the book" in told
    with scope(home=bedside.home.pk):
        assert StockCount.objects.get().session_id == session.pk


def test_a_scan_finds_its_pack_and_a_strange_code_says_so(bedside: Bedside, sign_in: SignIn) -> None:
    session, client = begun(bedside), sign_in(bedside.carer, home=bedside.home)
    scan = f"/counts/{session.pk}/scan/"
    found = client.post(scan, {"text": "EPABC234"})
    with scope(home=bedside.home.pk):
        pack = StockPack.objects.get(label_code="EPABC234")
    assert found.headers["Location"].endswith(f"/lines/{bedside.line.pk}/?pack={pack.pk}")
    said = client.post(scan, {"text": "<script>"}, follow=True).content.decode()
    assert "No pack in this home has the code" in said
    assert "<script>" not in said
    elsewhere = make_bedside()
    make.make_stock_pack(line=elsewhere.line, by=elsewhere.carer, label_code="EPXYZ234")
    assert "No pack in this home" in client.post(scan, {"text": "EPXYZ234"}, follow=True).content.decode()


def test_a_pack_of_somebody_else_is_put_where_it_belongs(bedside: Bedside, sign_in: SignIn) -> None:
    other = bedside.another()
    make.make_stock_pack(line=other.line, by=bedside.carer, label_code="EPXYZ234")
    client = sign_in(bedside.carer, home=bedside.home)
    with scope(home=bedside.home.pk):
        session = ledger.start(
            home_id=bedside.home.pk,
            wanted=ledger.Wanted(uuid7(), "cycle", [ledger.ToCount(bedside.line.pk, "never")]),
            by=bedside.carer.pk,
            at=NINE,
        )
    said = client.post(f"/counts/{session.pk}/scan/", {"text": "EPXYZ234"}, follow=True).content.decode()
    assert "not part of this count" in said


@pytest.mark.parametrize("kind", ["", "register", "location", "resident"])
def test_a_count_of_nothing_in_particular_is_refused_in_words(kind: str, bedside: Bedside, sign_in: SignIn) -> None:
    client = sign_in(bedside.carer, home=bedside.home)
    page = client.post("/counts/start/", {"kind": kind, "id": str(uuid7())}).content.decode()
    assert "There is a problem" in page
    with scope(home=bedside.home.pk):
        assert not StockCountSession.objects.exists()


def test_an_inspector_begins_no_count(bedside: Bedside, sign_in: SignIn) -> None:
    inspector = make.make_staff_member(home=bedside.home, role=Role.INSPECTOR)
    client = sign_in(inspector, home=bedside.home)
    assert "Begin a count" not in client.get("/counts/").content.decode()
    assert client.post("/counts/start/", {"kind": "full"}).status_code == 403


# Controlled drugs


def test_the_weekly_check_is_one_form_that_shows_no_balance(morphine: Bedside, sign_in: SignIn) -> None:
    make.make_stock_pack(line=morphine.line, by=morphine.carer, quantity=Decimal("4711.75"))
    second = make.make_staff_member(home=morphine.home, role=Role.CARER, username=f"second{uuid7().hex[:6]}")
    client = sign_in(morphine.carer, home=morphine.home)
    page = client.get("/cd-register/check/").content.decode()
    assert "Morphine 10mg tablets" in page
    assert "4739.75" not in page
    field = f"counted-{morphine.line.pk}"
    alone = client.post("/cd-register/check/", {"id": str(uuid7()), field: "4739.75"}).content.decode()
    assert "second person counts with you" in alone
    nothing = client.post("/cd-register/check/", {"id": str(uuid7()), field: ""}).content.decode()
    assert "at least one page" in nothing
    sent = {
        "id": str(uuid7()), field: "4739.75", "witness_name": second.username, "witness_password": make.PASSWORD,
    }  # fmt: skip
    assert "agrees with the book" in client.post("/cd-register/check/", sent, follow=True).content.decode()
    with scope(home=morphine.home.pk):
        taken = StockCount.objects.get()
    assert (taken.counted_by_id, taken.witness_id) == (morphine.carer.pk, second.pk)


def test_the_figures_of_a_controlled_drug_are_hidden_until_it_was_counted_again(
    morphine: Bedside, sign_in: SignIn
) -> None:
    witness = make.make_staff_member(home=morphine.home)
    found = differing(morphine, "17.25", witness_id=witness.pk)
    manager = make.make_staff_member(home=morphine.home, role=Role.MANAGER)
    client = sign_in(manager, home=morphine.home)
    for address in (f"/differences/{found.pk}/", "/differences/", f"/differences/{found.pk}/recount/"):
        page = client.get(address).content.decode()
        assert "17.25" not in page, address
        assert "<strong>28</strong>" not in page, address
    differing(morphine, "17.25", witness_id=witness.pk)
    page = client.get(f"/differences/{found.pk}/").content.decode()
    assert "17.25" in page
    assert "Sign and close" in page


def test_only_a_manager_closes_a_controlled_drugs_difference(morphine: Bedside, sign_in: SignIn) -> None:
    witness = make.make_staff_member(home=morphine.home)
    found = differing(morphine, "27", witness_id=witness.pk)
    differing(morphine, "27", witness_id=witness.pk)
    said = {"reason": "dropped", "words": "Under the trolley", "outcome": "explained"}
    senior = sign_in(morphine.senior, home=morphine.home)
    assert "a manager signs" in senior.post(f"/differences/{found.pk}/sign/", said).content.decode().lower()
    manager = make.make_staff_member(home=morphine.home, role=Role.MANAGER)
    page = sign_in(manager, home=morphine.home).post(f"/differences/{found.pk}/sign/", said, follow=True)
    assert "Signed. The difference is closed." in page.content.decode()


def test_the_register_page_on_paper_says_what_the_screen_says(morphine: Bedside, sign_in: SignIn) -> None:
    client = sign_in(morphine.carer, home=morphine.home)
    paper = client.get(f"/cd-register/{morphine.line.pk}/page.pdf")
    assert paper.headers["Content-Type"] == "application/pdf"
    assert morphine.resident.full_name not in paper.headers["Content-Disposition"]
    assert paper.content.startswith(b"%PDF")


# Drift


def named(bedside: Bedside, role: str, name: str) -> StaffMember:
    return make.make_staff_member(home=bedside.home, role=role, full_name=name, display_name=name)


def test_drift_is_put_down_to_reason_form_and_round_and_to_nobody(bedside: Bedside, sign_in: SignIn) -> None:
    people = [named(bedside, Role.CARER, "Zebedee Quillfeather"), named(bedside, Role.MANAGER, "Perpetua Vexbury")]
    for step in range(4):
        bedside.record(bedside.dose(
            due_at=NINE - timedelta(days=step, hours=1), given_at=NINE - timedelta(days=step, minutes=50),
            given_by_id=people[0].pk,
        ))  # fmt: skip
    with scope(home=bedside.home.pk):
        taken = operations.count_line(
            line=bedside.line, found=ledger.Found(uuid7(), Decimal(30)), by=people[0].pk, at=NINE - MINUTE
        )
        operations.write_note(
            note_id=uuid7(), discrepancy=taken.case, words="Asked Zebedee", told="", by=people[1].pk, at=NINE
        )
        operations.sign(
            discrepancy=taken.case,
            signature=ledger.Signature("dropped", "By Zebedee"),
            by=people[1].pk,
            at=NINE + MINUTE,
        )
    client = sign_in(bedside.senior, home=bedside.home)
    # The page asks for what was found before now.
    for address in ("/differences/drift/?days=28", "/differences/drift/file.csv?days=28"):
        shown = client.get(address).content.decode()
        assert "Dropped, spilt or spoilt, and not recorded" in shown
        assert "Morning" in shown
        for person in people:
            for part in (person.full_name, *person.full_name.split(), person.username):
                assert part not in shown, (address, part)
        assert "Asked" not in shown


def test_drift_without_a_count_is_said_to_be_no_sign(bedside: Bedside, sign_in: SignIn) -> None:
    page = sign_in(bedside.senior, home=bedside.home).get("/differences/drift/").content.decode()
    assert "no sign that everything adds up" in page


# Files, packs, statements


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=1+1", "'=1+1"), ("+44", "'+44"), ("+A1", "'+A1"), ("-2.5", "-2.5"), ("-A1", "'-A1"), ("\t=1", "'\t=1"),
        ("@SUM(A1)", "'@SUM(A1)"), (" =1", "' =1"), ("\r", "'\r"), ("plain", "plain"), (None, ""), ("", ""),
        (Decimal("-3"), "-3"), ("-", "'-"),
    ],
)  # fmt: skip
def test_a_cell_that_a_spreadsheet_would_run_is_neutralised(value: object, written: str) -> None:
    assert cell(value) == written


def test_the_stock_as_a_file_has_a_row_for_each_pack(bedside: Bedside, sign_in: SignIn) -> None:
    with scope(home=bedside.home.pk):
        StockPack.objects.filter(label_code="EPABC234").update(batch="=HYPERLINK(1)")
    answer = sign_in(bedside.carer, home=bedside.home).get("/stock/file.csv")
    rows = list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 2
    assert {row["Batch"] for row in rows} == {"", "'=HYPERLINK(1)"}
    assert sum(row["Give from next"] == "yes" for row in rows) == 1
    assert {row["Balance"] for row in rows} == {"4739.75"}


def test_a_pack_is_put_aside_with_a_reason_and_taken_into_use_again(bedside: Bedside, sign_in: SignIn) -> None:
    client, pack = sign_in(bedside.senior, home=bedside.home), bedside.pack
    address = f"/stock/packs/{pack.pk}/status/"
    assert "Enter why" in client.post(f"{address}?to=quarantined", {"reason": ""}).content.decode()
    client.post(f"{address}?to=quarantined", {"reason": "Wet box"})
    assert "Wet box" in client.get(f"/stock/lines/{bedside.line.pk}/").content.decode()
    assert "1 pack quarantined" in client.get("/stock/?view=quarantined").content.decode()
    again = client.post(f"{address}?to=quarantined", {"reason": "Wet box"}).content.decode()
    assert "Somebody has done this before" in again
    client.post(f"{address}?to=in_use", {"reason": "Only the bag was wet"})
    with scope(home=bedside.home.pk):
        pack.refresh_from_db()
    assert pack.status == PackStatus.IN_USE
    client.post(f"/stock/packs/{pack.pk}/move/", {"location": "fridge"})
    assert "Fridge" in client.get("/stock/?view=location").content.decode()
    assert client.get(f"{address}?to=elsewhere").status_code == 404


def test_packs_of_a_line_that_holds_nothing_are_finished_a_day_later(bedside: Bedside) -> None:
    make.make_stock_movement(line=bedside.line, by=bedside.carer, quantity=Decimal("4739.75"), at=NINE)

    def in_use() -> int:
        with scope(home=bedside.home.pk):
            return StockPack.objects.filter(status=PackStatus.IN_USE).count()

    for hours, left in ((1, 2), (25, 0)):
        with scope(home=bedside.home.pk):
            close_home(home_id=bedside.home.pk, at=NINE + timedelta(hours=hours))
        assert in_use() == left


def test_what_is_wasted_at_the_bedside_stands_at_the_desk(bedside: Bedside, sign_in: SignIn) -> None:
    spat = {"outcome": "refused", "amount": None, "prepared": Decimal(1)}
    bedside.record(bedside.dose(**spat))
    bedside.record(bedside.dose(due_at=None, outcome="destroyed_or_dropped", given_at=NINE - MINUTE))
    page = sign_in(bedside.carer, home=bedside.home).get("/stock/wasted/").content.decode()
    assert "Refused, after it was in the pot" in page
    assert "Destroyed, dropped or contaminated" in page


@pytest.mark.parametrize(
    "address", ["/stock/", "/stock/?view=location", "/stock/file.csv", "/differences/", "/counts/"]
)
def test_a_page_takes_as_many_statements_for_many_lines_as_for_one(
    address: str, bedside: Bedside, sign_in: SignIn
) -> None:
    def another() -> None:
        other = bedside.another()
        make.make_stock_pack(line=other.line, by=bedside.carer)
        make.make_discrepancy(line=other.line, by=bedside.carer)

    def statements() -> int:
        client = sign_in(bedside.carer, home=bedside.home)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    another()
    one = statements()
    for _ in range(4):
        another()
    assert statements() == one

"""A controlled drug that does not add up, from the blind count at the bedside to the closed incident."""

import re
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from emar.models import HomePolicy, Role, StaffMember
from emar.scope import scope
from quality.operations import incidents
from tests import factories as make
from tests.bedside import Bedside, make_bedside
from tests.stories.test_desk_pages import faults_of, sign_in, watched

__all__ = ["watched"]
#: What is wrong with each page that was looked at, by name.
Faults = dict[str, list[str]]
CARD = [
    {"role": "Controlled drugs accountable officer", "name": "Ada Accountable", "telephone": "0300 111 5555"},
    {"role": "Police CD liaison officer", "name": "Percy Police", "telephone": "0300 333 4444"},
]


@pytest.fixture
def bedside(committed_db: None) -> Bedside:
    bedside = make_bedside(
        is_controlled=True, medicine=make.make_medicine(name="Morphine 10mg tablets", controlled_drug_category="0002")
    )
    with scope(home=bedside.home.pk):
        HomePolicy.objects.create(home=bedside.home, contact_card=CARD, changed_at=timezone.now())
    return bedside


def test_from_a_blind_count_at_the_bedside_to_a_closed_incident(watched: Page, bedside: Bedside) -> None:
    page, faults = watched, {}
    now = timezone.now() - timedelta(minutes=20)
    second = make.make_staff_member(home=bedside.home, role=Role.NURSE, username="dora", full_name="Dora Second")
    manager = make.make_staff_member(home=bedside.home, role=Role.MANAGER, username="mona", full_name="Mona Manager")

    # The second person counts 22 after the dose, without being shown that the book says 27.
    (told,) = bedside.record(
        bedside.dose(due_at=None, given_at=now, witness_id=second.pk, counted_balance=Decimal(22)), at=now
    )
    assert {"code": "balance_differs", "level": "ask"} in told.findings
    assert "27" not in str(told.findings)
    _a_senior_finds_it_without_its_figures(page, bedside, faults)
    _it_is_counted_again_by_two(page, second, faults)
    _it_is_an_incident_with_whom_to_tell(page, bedside, faults)
    address = page.url
    page.goto("/differences/")
    expect(page.locator(".row-card", has_text="Morphine").get_by_text("Incident")).to_be_visible()
    faults["differences"] = faults_of(page)
    _the_manager_signs(page, manager, address, faults)
    assert bedside.balance() == 22
    _the_register_has_all_of_it(page, bedside, faults)
    _two_people_check_the_balances(page, second, faults)
    assert {name: found for name, found in faults.items() if found} == {}


def _a_senior_finds_it_without_its_figures(page: Page, bedside: Bedside, faults: Faults) -> None:
    # A senior finds the urgent task, and a page on which no figure says what to find.
    sign_in(page, bedside.senior.username, came_for="/tasks/")
    task = page.locator(".task--urgent", has_text="Stock does not add up")
    expect(task).to_contain_text("Count it again with a second person")
    task.get_by_role("link", name="The difference").click()
    expect(page.get_by_text("Not shown before it has been counted again")).to_be_visible()
    main = page.locator("main").inner_text()
    assert "the book said" not in main
    assert "tablets" not in main.replace("Morphine 10mg tablets", "")
    expect(page.get_by_role("button", name="Sign and close")).to_have_count(0)
    faults["before the recount"] = faults_of(page)


def _it_is_counted_again_by_two(page: Page, second: StaffMember, faults: Faults) -> None:
    # Counted once more; one person alone cannot.
    page.get_by_role("link", name="Count it again").click()
    page.get_by_label("How much is there altogether").fill("22")
    page.get_by_role("button", name="Counted").click()
    expect(page.get_by_text("counted by two people").first).to_be_visible()
    faults["recount"] = faults_of(page)
    page.get_by_label("How much is there altogether").fill("22")
    page.get_by_label("Second person: username").fill(second.username)
    page.get_by_label("Second person: password").fill(make.PASSWORD)
    page.get_by_role("button", name="Counted").click()


def _it_is_an_incident_with_whom_to_tell(page: Page, bedside: Bedside, faults: Faults) -> None:
    # It is an incident now: the figures, the contact card, and who was told.
    expect(page.get_by_text("It still differs from the book")).to_be_visible()
    expect(page.locator("main .nhsuk-tag", has_text="Incident")).to_be_visible()
    expect(page.get_by_text("Ada Accountable")).to_be_visible()
    expect(page.get_by_text("0300 333 4444")).to_be_visible()
    page.get_by_label("Whom you told").fill("Ada Accountable, accountable officer")
    page.get_by_label("What was found or said").fill("Rang at once. Reference CDAO-17. Keep the cabinet as it is.")
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_text("Reference CDAO-17")).to_be_visible()
    # A senior looks into it but does not close it.
    expect(page.get_by_role("button", name="Sign and close")).to_have_count(0)
    faults["incident"] = faults_of(page)
    # What the system drafts from it by itself is one tap away.
    with scope(home=bedside.home.pk):
        incidents.draft(home_id=bedside.home.pk, at=timezone.now())
    page.reload()
    expect(page.get_by_role("link", name="The incident of")).to_be_visible()
    address = page.url
    page.get_by_role("link", name="The incident of").click()
    expect(page.get_by_role("link", name="Register page").first).to_have_attribute(
        "href", f"/cd-register/{bedside.line.pk}/"
    )
    page.goto(address)


def _the_manager_signs(page: Page, manager: StaffMember, address: str, faults: Faults) -> None:
    # The manager signs with a reason, words and what came of it.
    page.context.clear_cookies()
    sign_in(page, manager.username, came_for=address.removeprefix(page.url.split("/differences/")[0]))
    page.goto(address)
    page.get_by_role("button", name="Sign and close").click()
    expect(page.get_by_text("There is a problem")).to_be_visible()
    faults["refused"] = faults_of(page)
    page.get_by_label("Dropped, spilt or spoilt").check()
    page.get_by_label("What was found, and what was done about it").fill(
        "Five tablets found crushed under the trolley."
    )
    page.get_by_label("Explained: a procedure was not followed").check()
    page.get_by_role("button", name="Sign and close").click()
    expect(page.locator("main .nhsuk-tag", has_text="Closed")).to_be_visible()
    expect(page.get_by_text("Five tablets found crushed under the trolley.").first).to_be_visible()
    faults["closed"] = faults_of(page)


def _the_register_has_all_of_it(page: Page, bedside: Bedside, faults: Faults) -> None:
    # The register has the dose, both counts and the signature, on screen and on paper; the task is settled.
    page.goto(f"/cd-register/{bedside.line.pk}/")
    rows = page.locator("table.register tbody tr")
    expect(rows.last).to_contain_text("Difference signed")
    expect(rows.last).to_contain_text("22")
    expect(page.locator("tr.register__count").first).to_contain_text("the book said 27")
    faults["register page"] = faults_of(page)
    paper = page.request.get(page.url + "page.pdf")
    printed = " ".join("\n".join(each.extract_text() for each in PdfReader(BytesIO(paper.body())).pages).split())
    for words in ("Morphine 10mg tablets", bedside.resident.full_name, "Dora Second", "The book said 27",
                  "Five tablets found crushed", "a procedure was not followed", "Balance 22"):  # fmt: skip
        assert words in printed
    page.goto("/tasks/")
    expect(page.locator("#open + ul .row-card", has_text="Stock does not add up")).to_have_count(0)


def _two_people_check_the_balances(page: Page, second: StaffMember, faults: Faults) -> None:
    # The weekly check: one form, two people, blind.
    page.goto("/cd-register/")
    faults["register"] = faults_of(page)
    page.get_by_role("link", name="Balance check").click()
    field = page.get_by_label("Morphine 10mg tablets")
    expect(field).to_have_value("")
    assert not re.search(r"\b22\b", page.locator("main").inner_text())
    faults["balance check"] = faults_of(page)
    field.fill("22")
    page.get_by_label("Second person: username").fill(second.username)
    page.get_by_label("Second person: password").fill(make.PASSWORD)
    page.get_by_role("button", name="We counted this").click()
    expect(page.get_by_text("Every page that was counted agrees with the book.")).to_be_visible()
    faults["checked"] = faults_of(page)

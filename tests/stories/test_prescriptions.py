"""Prescriptions written by one person, checked by another, and then due at the bedside: in a real browser."""

import os
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from emar.models import Prescription
from emar.queries.snapshot import snapshot
from emar.rules.wall_clock import local
from emar.scope import scope
from tests import factories as make
from tests.stories.conftest import DESK, PHONE, until
from tests.stories.test_desk_pages import faults_of, sign_in


class Writers:
    """A home with a senior who writes, a nurse who checks, and Joan, who has co-codamol already."""

    def __init__(self) -> None:
        self.home = make.make_home(name="Larkfield House")
        unit = make.make_unit(home=self.home, name="Oak")
        self.senior = make.make_staff_member(home=self.home, role="senior", full_name="Sal Senior")
        self.nurse = make.make_staff_member(home=self.home, role="nurse", full_name="Nell Nurse")
        self.joan = make.make_resident(unit=unit, full_name="Joan Whitfield", preferred_name="Joan")
        make.make_allergy(resident=self.joan, by=self.senior)
        paracetamol = make.make_ingredient(name="Paracetamol")
        codeine = make.make_ingredient(name="Codeine phosphate")
        self.co_codamol = make.make_medicine(name="Co-codamol 8mg/500mg tablets", controlled_drug_category="0010")
        self.paracetamol = make.make_medicine(name="Paracetamol 500mg tablets", strength="500mg")
        for medicine, held in ((self.co_codamol, (codeine, paracetamol)), (self.paracetamol, (paracetamol,))):
            for place, ingredient in enumerate(held):
                make.make_medicine_ingredient(medicine=medicine, ingredient=ingredient, position=place)
        make.make_prescription(
            resident=self.joan, by=self.senior, medicine=self.co_codamol, dose_words="Take TWO four times a day",
            schedule=make.regular("Morning", "Lunch", "Tea", "Night", amount="2"),
        )  # fmt: skip
        make.make_medicine(name="Prednisolone 5mg tablets")
        make.make_medicine(
            name="Fentanyl 25micrograms/hour transdermal patches", form="Transdermal patch", dose_unit="patch",
            strength="25micrograms/hour", controlled_drug_category="0002",
        )  # fmt: skip
        make.make_medicine(name="Warfarin 1mg tablets", strength="1mg")

    def newest(self) -> Prescription:
        with scope(home=self.home.pk):
            return Prescription.objects.select_related("medicine").latest("written_at")

    def due_at_the_bedside(self, prescription: Prescription) -> list[dict[str, Any]]:
        with scope(home=self.home.pk):
            found = snapshot(self.home.pk, timezone.now())
        return [each for each in found["due"] if each["prescription_id"] == str(prescription.pk)]

    def active_at_the_bedside(self, prescription: Prescription) -> bool:
        with scope(home=self.home.pk):
            found = snapshot(self.home.pk, timezone.now())
        return any(each["id"] == str(prescription.pk) for each in found["prescriptions"])


@pytest.fixture
def home(committed_db: None) -> Writers:
    return Writers()


@pytest.fixture
def nurse(chromium: Browser, server: str) -> Any:
    """A second computer, for the second person."""
    context = chromium.new_context(base_url=server, viewport=DESK, locale="en-GB")
    yield context.new_page()
    context.close()


def open_form(page: Page, home: Writers, words: str, name: str) -> None:
    page.goto(f"/residents/{home.joan.pk}/")
    page.get_by_role("button", name="Write a prescription").click()
    page.get_by_label("Which medicine?").fill(words)
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", name="What this means")).to_be_visible()


def written(page: Page) -> None:
    page.get_by_role("button", name="Write it").click()
    expect(page.get_by_text("gives no dose until a second trained person has checked it")).to_be_visible()


def checked(page: Page, name: str) -> None:
    page.goto("/prescriptions/waiting/")
    page.get_by_role("link", name=name).click()
    page.get_by_role("button", name="It is right: make it active").click()
    expect(page.get_by_text("Checked: it is active now")).to_be_visible()


def tomorrow() -> date:
    return local(timezone.now()).date() + timedelta(days=1)


def test_a_pasted_label_a_patch_warfarin_and_paracetamol_are_written_checked_and_due(
    home: Writers, desk: Page, nurse: Page
) -> None:
    sign_in(desk, home.senior.username)
    expect(desk.get_by_role("heading", name="Today", level=1)).to_be_visible()
    sign_in(nurse, home.nurse.username)
    expect(nurse.get_by_role("heading", name="Today", level=1)).to_be_visible()
    a_reducing_course_as_the_label_says_it(home, desk, nurse)
    a_patch_filled_in_by_fields(home, desk, nurse)
    warfarin_by_its_records(home, desk, nurse)
    paracetamol_beside_co_codamol(home, desk, nurse)


def a_reducing_course_as_the_label_says_it(home: Writers, desk: Page, nurse: Page) -> None:
    # A reducing course, as the label says it
    open_form(desk, home, "prednisolone 5mg", "Prednisolone 5mg tablets")
    desk.get_by_label("First day").fill(tomorrow().isoformat())
    desk.get_by_label("Paste or type the sentence").fill(
        "Take SIX tablets in the MORNING for 3 days, then FOUR tablets in the MORNING for 3 days, "
        "then TWO tablets in the MORNING for 3 days"
    )
    desk.get_by_role("button", name="Read the words").click()
    expect(desk.locator(".reading--read")).to_be_visible()
    expect(desk.locator(".next-doses li")).to_have_count(9)
    expect(desk.locator(".next-doses li").first).to_contain_text("6 tablets")
    expect(desk.locator(".next-doses li").last).to_contain_text("2 tablets")
    written(desk)
    course = home.newest()
    assert home.due_at_the_bedside(course) == []
    checked(nurse, "Prednisolone")
    doses = home.due_at_the_bedside(course)
    assert [each["low"] for each in doses][:2] == ["6", "6"]


def a_patch_filled_in_by_fields(home: Writers, desk: Page, nurse: Page) -> None:
    # A patch every 72 hours, filled in by fields; the preview follows what is typed
    open_form(desk, home, "fentanyl", "Fentanyl 25micrograms/hour transdermal patches")
    expect(desk.get_by_text("Controlled drug, schedule 2")).to_have_count(2)
    desk.get_by_label("How much", exact=True).fill("1")
    desk.get_by_label("Every", exact=True).fill("72")
    desk.get_by_label("First day").fill(tomorrow().isoformat())
    desk.get_by_label("From what time").fill("10:00")
    expect(desk.locator(".next-doses li")).to_have_count(10)
    expect(desk.locator(".next-doses li").first).to_contain_text("put on 1 patch")
    written(desk)
    patch = home.newest()
    checked(nurse, "Fentanyl")
    assert len(home.due_at_the_bedside(patch)) == 1
    assert patch.is_controlled


def warfarin_by_its_records(home: Writers, desk: Page, nurse: Page) -> None:
    # Warfarin by INR: doses only where a record covers the day
    open_form(desk, home, "warfarin", "Warfarin 1mg tablets")
    expect(desk.get_by_label("Warfarin, by INR")).to_be_checked()
    expect(desk.get_by_label("Counted in")).to_have_value("mg")
    desk.get_by_label("Round or time").fill("Tea")
    record = desk.get_by_role("group", name="Dosing record 1")
    record.get_by_label("Doses from").fill(tomorrow().isoformat())
    record.get_by_label("Next test due").fill((tomorrow() + timedelta(days=7)).isoformat())
    record.get_by_label("Daily doses in turn").fill("3, 4")
    record.get_by_label("INR", exact=True).fill("2.4")
    expect(desk.locator(".next-doses li")).to_have_count(7)
    expect(desk.get_by_text("No INR record from")).to_be_visible()
    written(desk)
    checked(nurse, "Warfarin")
    assert [each["low"] for each in home.due_at_the_bedside(home.newest())][:2] == ["3", "4"]


def paracetamol_beside_co_codamol(home: Writers, desk: Page, nurse: Page) -> None:
    # Paracetamol when required, beside regular co-codamol: thought about, and gone on with a reason
    open_form(desk, home, "paracetamol 500mg", "Paracetamol 500mg tablets")
    expect(desk.locator("#preview .think")).to_contain_text("Paracetamol twice: also in Co-codamol")
    desk.get_by_label("When required (PRN)").check()
    desk.get_by_label("How much", exact=True).fill("1-2")
    desk.get_by_label("Hours between doses, at least").fill("4")
    desk.get_by_label("Most in 24 hours", exact=True).fill("8")
    desk.get_by_label("What it is for").first.fill("Headache")
    desk.get_by_role("button", name="Write it").click()
    expect(desk.get_by_role("alert")).to_contain_text("say why you go on")
    desk.get_by_label("If there is a warning: why you go on").fill("GP: instead of a dose of co-codamol only")
    written(desk)
    needed = home.newest()
    nurse.goto(f"/prescriptions/{needed.pk}/")
    expect(nurse.locator(".think")).to_contain_text("GP: instead of a dose of co-codamol only")
    checked(nurse, "Paracetamol")
    until(nurse, lambda: home.active_at_the_bedside(needed))


@pytest.fixture(params={"phone": PHONE, "desk": DESK}.items(), ids=lambda each: each[0])
def page(request: pytest.FixtureRequest, chromium: Browser, server: str) -> Any:
    """A phone and a desk."""
    context = chromium.new_context(base_url=server, viewport=request.param[1], locale="en-GB")
    context.set_default_timeout(30_000)
    page, problems = context.new_page(), []
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    context.close()
    # A preview that is still under way when the page is left is broken off, and htmx says so.
    broken_off = ("htmx:sendError", "htmx:afterRequest")
    assert [each for each in problems if "status of 40" not in each and not each.startswith(broken_off)] == []


def test_the_pages_are_accessible_and_fit_on_a_phone_and_at_a_desk(home: Writers, page: Page) -> None:
    sign_in(page, home.senior.username)
    expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()
    faults = {}

    def see(name: str, address: str = "") -> None:
        if address:
            page.goto(address)
        faults[name] = faults_of(page)
        shot(page, name)

    address = f"/residents/{home.joan.pk}/prescribe/"
    see("find", f"{address}?q=paracetamol")
    see("write", f"{address}?medicine={home.paracetamol.pk}")
    for kind in ("Every so many hours, patches", "When required (PRN)", "Warfarin, by INR", "Always (thickener)"):
        page.get_by_label(kind).check()
        see(f"write {kind}")
    page.get_by_label("At rounds or set times").check()
    page.locator("#id_label").fill("Take TWO tablets TWICE a day with the moon")
    page.get_by_role("button", name="Read the words").click()
    expect(page.locator(".reading--refused")).to_contain_text("the moon")
    see("refused")
    page.locator("#id_label").fill("Take TWO tablets TWICE a day with food")
    page.get_by_role("button", name="Read the words").click()
    expect(page.locator(".reading--read")).to_be_visible()
    # Only those of the kind chosen: the places of a patch are not shown with rounds.
    for each in page.locator("details.nhsuk-expander > summary:visible").all():
        each.click()
    see("read")
    page.get_by_role("button", name="Write it").click()
    expect(page.get_by_role("alert")).to_be_visible()
    see("not written")
    page.locator("#id_reason").fill("GP asked for both")
    page.get_by_role("button", name="Write it").click()
    expect(page.get_by_role("heading", name="Every version")).to_be_visible()
    see("own")
    see("waiting", "/prescriptions/waiting/")
    see("today", "/")
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, home.nurse.username)
    expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()
    see("to check", f"/prescriptions/{home.newest().pk}/")
    page.get_by_role("button", name="It is right: make it active").click()
    expect(page.get_by_text("Checked: it is active now")).to_be_visible()
    for each in page.locator("main details > summary:visible").all():
        each.click()
    see("active")
    assert {name: found for name, found in faults.items() if found} == {}


def shot(page: Page, name: str) -> None:
    if folder := os.environ.get("SHOTS"):
        width = page.viewport_size["width"] if page.viewport_size else 0
        page.screenshot(path=f"{folder}/{name.replace(' ', '-').replace(',', '')}-{width}.png", full_page=True)

"""A resident's way through the home, at the desk: admitted from a hospital list, to hospital, and back."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Page, expect

from emar.models import Prescription, Resident, Suspension, Task
from emar.rules.wall_clock import local
from emar.scope import scope
from tests import factories as make
from tests.pages.plans import with_plans
from tests.stories.conftest import DESK, PHONE
from tests.stories.test_desk_pages import AXE, faults_of, sign_in

STEP = "main form button:has-text('{}')"


class Home:
    """A home that a new resident comes to, with a dictionary that knows what they bring."""

    def __init__(self) -> None:
        self.home = make.make_home(name="Larkfield House")
        self.unit = make.make_unit(home=self.home, name="Oak")
        self.senior = make.make_staff_member(home=self.home, role="senior", full_name="Sam Senior")
        self.nurse = make.make_staff_member(home=self.home, role="nurse", full_name="Nia Nurse")
        self.amlodipine = make.make_medicine(name="Amlodipine 5mg tablets")
        self.ramipril = make.make_medicine(name="Ramipril 2.5mg capsules", form="Capsule", strength="2.5mg")

    def resident(self) -> Resident:
        """Return the one resident."""
        with scope(home=self.home.pk):
            return Resident.objects.select_related("unit").get()


@pytest.fixture
def home(committed_db: None) -> Home:
    return Home()


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "ada.jpg"
    Image.effect_noise((800, 600), 60).convert("RGB").save(path)
    return path


def admit(page: Page, photo: Path) -> None:
    page.goto("/residents/")
    page.get_by_role("button", name="Admit a resident").or_(page.get_by_role("link", name="Admit a resident")).click()
    page.get_by_label("Full name").fill("Ada Marlow")
    page.get_by_label("Likes to be called").fill("Ada")
    page.get_by_label("Date of birth").fill("1936-02-29")
    page.get_by_label("NHS number").fill("999 000 0019")
    page.get_by_label("Room").fill("7")
    page.get_by_label("Conditions").fill("High blood pressure\nParkinson’s disease")
    page.get_by_label("IDDSI level of drinks").select_option("2")
    page.get_by_label("There are some").check()
    page.get_by_label("What must they not have?").fill("Penicillin")
    page.get_by_label("Photograph").set_input_files(photo)
    page.get_by_label("Weight in kg").fill("58.2")
    page.locator(STEP.format("Admit")).click()
    # Both faults are told at once, in words, and the page keeps what was typed.
    expect(page.get_by_role("alert")).to_contain_text("Enter what happens when they have it")
    page.get_by_label("What happens when they have it?").fill("Swollen face")
    page.get_by_label("Photograph").set_input_files(photo)
    page.locator(STEP.format("Admit")).click()
    expect(page.get_by_role("alert")).to_contain_text("not an NHS number")
    page.get_by_label("NHS number").fill("999 000 0018")
    page.get_by_label("Photograph").set_input_files(photo)
    page.locator(STEP.format("Admit")).click()
    expect(page.get_by_role("heading", name="Ada Marlow")).to_be_visible()


def box(page: Page, number: int):  # type: ignore[no-untyped-def]
    return page.get_by_role("group", name=f"Medicine {number}", exact=False).first


def reconcile_on_admission(page: Page) -> None:
    page.get_by_label("Hospital discharge letter").check()
    first, second = box(page, 1), box(page, 2)
    first.get_by_label("As found, word for word").fill("Amlodipine 5mg tablets, one in the morning")
    second.get_by_label("As found, word for word").fill("Ramipril 2.5mg capsules, one at night")
    page.get_by_role("button", name="Look up medicines").click()
    first, second = box(page, 1), box(page, 2)
    first.get_by_label("Medicine in the dictionary").select_option(label="Amlodipine 5mg tablets")
    first.get_by_label("What happens").select_option(label="Start")
    second.get_by_label("Medicine in the dictionary").select_option(label="Ramipril 2.5mg capsules")
    second.get_by_label("What happens").select_option(label="Stop")
    page.get_by_role("button", name="Keep this list").click()
    expect(page.get_by_role("alert")).to_contain_text("Medicine 2: Say why")
    box(page, 2).get_by_label("Why, and by whose word").fill("Dry cough; Dr Elm, discharge letter")
    page.get_by_role("button", name="Keep this list").click()
    expect(page.get_by_text("The list is kept.")).to_be_visible()
    expect(page.get_by_text("A prescription has to be written")).to_have_count(1)


def back_from_hospital(page: Page, home: Home, resident: Resident) -> None:
    page.goto(f"/residents/{resident.pk}/where/")
    page.get_by_label("To hospital").check()
    page.get_by_label("Where, or with whom").fill("Royal Infirmary, ward 4")
    page.locator(STEP.format("Write it down")).click()
    expect(page.get_by_text("is in hospital: doses are not due")).to_be_visible()
    page.goto(f"/residents/{resident.pk}/reconcile/?occasion=from_hospital")
    page.get_by_label("Hospital discharge letter").check()
    line = box(page, 1)
    expect(line.get_by_label("As found, word for word")).to_have_value("Amlodipine 5mg tablets. Take ONE each morning")
    line.get_by_label("What happens").select_option(label="Ask the prescriber first")
    line.get_by_label("Why, and by whose word").fill("The letter says 10 mg")
    page.get_by_role("button", name="Keep this list").click()
    expect(page.get_by_text("Paused")).to_be_visible()


@pytest.mark.hazard(
    "H23", control="a list of medicines as found, with a decision on each and a second person", shows="works"
)
def test_from_a_hospital_list_to_hospital_and_back(desk: Page, home: Home, photo: Path) -> None:
    page = desk
    sign_in(page, home.senior.username)
    expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()
    admit(page, photo)
    reconcile_on_admission(page)
    resident = home.resident()
    assert resident.nhs_number == "9990000018"
    prescription = make.make_prescription(resident=resident, by=home.senior, medicine=home.amlodipine)
    back_from_hospital(page, home, resident)
    with scope(home=home.home.pk):
        assert Suspension.objects.get().prescription_id == prescription.pk
        assert resident.residentpresence_set.order_by("-since_at", "-id").first().presence == "present"
        assert not Task.objects.filter(kind="reconcile").exists()
    # Somebody else checks the list, and lets the medicine go on once the GP has been asked.
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, home.nurse.username)
    expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()
    page.goto(f"/residents/{resident.pk}/")
    page.get_by_role("link", name="Open the list").first.click()
    page.get_by_role("button", name="I have compared it: sign as second person").click()
    expect(page.get_by_text("You have signed as the second person.")).to_be_visible()
    page.get_by_role("button", name="Asked: it goes on as before").click()
    expect(page.get_by_text("It goes on from its next dose.")).to_be_visible()
    with scope(home=home.home.pk):
        assert Suspension.objects.get().resumed_by_id == home.nurse.pk
        assert Prescription.objects.get().stopped_at is None


class Furnished:
    """A home in which every one of these pages has something to show."""

    def __init__(self) -> None:
        now = local(timezone.now())
        self.home = make.make_home(name="Larkfield House")
        unit = make.make_unit(home=self.home, name="Oak")
        self.manager = make.make_staff_member(home=self.home, role="manager", full_name="Mo Manager")
        self.deputy = make.make_staff_member(home=self.home, role="manager", full_name="Dee Deputy")
        self.joan = make.make_resident(unit=unit, full_name="Joan Whitfield", conditions=["Asthma"], drink_level=1)
        allergy = make.make_allergy(resident=self.joan, by=self.manager)
        line = make.make_prescription(resident=self.joan, by=self.manager)
        make.make_stock_pack(line=make.make_stock_line(prescription=line), by=self.manager)
        make.make_presence(resident=self.joan, by=self.manager, presence="on_leave", since_at=now - timedelta(days=2))
        ids = with_plans(line, self.manager, self.deputy, "Larkfield", at=timezone.now())
        one, person = f"/residents/{self.joan.pk}", f"/staff/{self.deputy.pk}"
        self.addresses = [
            "/residents/admit/", f"{one}/", f"{one}/details/", f"{one}/photo/change/", f"{one}/weight/",
            f"{one}/allergies/", f"{one}/reconcile/", f"{one}/reconciliations/",
            f"{one}/reconciliations/{ids['reconciliation_id']}/", f"{one}/where/", f"{one}/leave/",
            f"{one}/leave/{ids['leave_id']}/back/", f"{one}/plans/", f"{one}/plans/covert/", f"{one}/plans/by-self/",
            f"{one}/plans/advice/", f"{one}/plans/{ids['plan_id']}/end/", f"{one}/remedies/{ids['remedy_id']}/",
            f"{one}/log/", "/staff/", "/staff/add/", f"{person}/", f"{person}/assess/", f"{person}/override/",
            f"{person}/pin/", "/policy/", "/policy/figures/", "/policy/letters/", "/policy/contacts/",
            "/policy/rounds/add/", f"/policy/rounds/{make.round_of(unit).pk}/", "/policy/places/", "/remedies/",
            "/remedies/add/",
        ]  # fmt: skip
        assert allergy.pk


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_every_page_is_accessible_and_fits(desk: Page, committed_db: None, size: dict[str, int]) -> None:
    if not AXE.exists():
        pytest.skip("needs axe-core (make test installs it)")
    home, page, faults = Furnished(), desk, {}
    page.set_viewport_size(size)
    sign_in(page, home.manager.username)
    expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()
    for address in home.addresses:
        answer = page.goto(address)
        faults[address] = faults_of(page) if answer and answer.ok else [f"answered {answer and answer.status}"]
        send = page.locator("main form[method=post] button:not([name]):visible").last
        if address.split("/")[-2] in ("admit", "weight", "allergies", "covert", "figures", "letters", "add", "assess"):
            send.click()
            faults[f"{address} sent"] = faults_of(page)
    assert {address: found for address, found in faults.items() if found} == {}

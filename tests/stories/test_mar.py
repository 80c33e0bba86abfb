"""The chart at the desk: from a blank to a late entry, from a wrong record to its correction, onto paper."""

import os
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from emar.models import Administration, Correction
from emar.rules.wall_clock import local
from emar.scope import scope
from tests import factories as make
from tests.stories.conftest import DESK, PHONE
from tests.stories.test_desk_pages import faults_of, sign_in


class Ward:
    """A resident with a tablet each morning, a patch and a cream; the day before yesterday's tablet is blank."""

    def __init__(self) -> None:
        self.morning = local(timezone.now()).replace(hour=8, minute=0, second=0, microsecond=0)
        self.home = make.make_home(name="Larkfield House")
        unit = make.make_unit(home=self.home, name="Oak")
        self.senior = make.make_staff_member(
            home=self.home, role="senior", full_name="Sam Senior", display_name="Sam S", initials="SS"
        )
        self.carer = make.make_staff_member(home=self.home, full_name="Jo Carer", display_name="Jo C", initials="JC")
        self.joan = make.make_resident(unit=unit, full_name="Joan Whitfield")
        make.make_allergy(resident=self.joan, by=self.senior)
        self.tablet = make.make_prescription(resident=self.joan, by=self.senior)
        make.make_stock_pack(line=make.make_stock_line(prescription=self.tablet), by=self.senior)
        for days in (1, *range(3, 20)):
            due_at = self.morning - timedelta(days=days)
            make.make_administration(
                prescription=self.tablet, by=self.carer, due_at=due_at, given_at=due_at + timedelta(minutes=5)
            )
        self.blank = self.morning - timedelta(days=2)
        self._patch()
        make.make_prescription(
            resident=self.joan, by=self.senior, medicine=make.make_medicine(name="Zerobase 11% cream"),
            schedule=make.regular("Night", unit="application"), dose_words="Apply to dry skin at night",
            body_areas=["left shin", "right shin", "left heel"],
        )  # fmt: skip

    def _patch(self) -> None:
        first = self.morning - timedelta(days=9)
        schedule = {
            "kind": "interval", "starts_on": first.date().isoformat(), "ends_on": None, "unit": "patch",
            "first_at": first.isoformat(), "every_minutes": 4320, "worn_minutes": 4320,
            "amount": {"low": "1", "high": "1"}, "sites": ["left upper arm", "right upper arm", "left upper back"],
        }  # fmt: skip
        self.patch = make.make_prescription(
            resident=self.joan, by=self.senior, schedule=schedule, dose_words="Apply ONE patch every 72 hours",
            medicine=make.make_medicine(name="Buprenorphine 5micrograms/hour patches"),
        )  # fmt: skip
        make.make_administration(
            prescription=self.patch, by=self.carer, due_at=first, unit="patch", site="left upper arm"
        )

    def records(self) -> list[Administration]:
        with scope(home=self.home.pk):
            return list(Administration.objects.filter(prescription=self.tablet))


@pytest.fixture
def ward(committed_db: None) -> Ward:
    return Ward()


@pytest.fixture(params=["phone", "desk"])
def screen(request: pytest.FixtureRequest, chromium: Browser, server: str, ward: Ward):  # type: ignore[no-untyped-def]
    """A page in which somebody is signed in, on a phone and at a desk."""
    size = {"phone": PHONE, "desk": DESK}[request.param]
    context = chromium.new_context(base_url=server, viewport=size, locale="en-GB", timezone_id="Europe/London")
    context.set_default_timeout(30_000)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    yield page
    context.close()
    assert problems == []


def look(page: Page, name: str) -> None:
    """Hold the page to what every page is held to; keep a picture of it where LOOK says."""
    if folder := os.environ.get("LOOK"):
        page.screenshot(path=Path(folder) / f"{name}-{page.viewport_size['width']}.png", full_page=True)
    assert faults_of(page) == []


def at_home(page: Page, username: str) -> None:
    sign_in(page, username)
    expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()


def typed(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M")


def test_a_blank_becomes_a_late_entry_and_a_wrong_record_is_corrected(screen: Page, ward: Ward) -> None:
    at_home(screen, ward.carer.username)
    screen.goto(f"/residents/{ward.joan.pk}/mar/")
    look(screen, "mar")
    box = screen.locator(f'.mar__enter[href*="due={ward.blank.strftime("%Y-%m-%d")}"]').first
    box.click()
    look(screen, "late")
    screen.get_by_label("What happened").select_option("given")
    screen.get_by_label("When it happened").fill(typed(ward.blank + timedelta(minutes=12)))
    screen.get_by_label("Why it is entered only now").fill("The phone was flat")
    screen.get_by_role("button", name="Enter this dose").click()
    expect(screen.get_by_text("Late entry", exact=True)).to_be_visible()
    look(screen, "dose")
    record = next(each for each in ward.records() if each.due_at == ward.blank)
    assert record.given_at == ward.blank + timedelta(minutes=12)
    screen.goto("/")
    screen.get_by_role("button", name="Sign out").click()
    at_home(screen, ward.senior.username)
    screen.goto(f"/doses/{record.pk}/")
    screen.get_by_role("button", name="Correct this record").click()
    look(screen, "correct")
    screen.get_by_label("Why the record is wrong").fill("She spat it out")
    screen.get_by_label("What happened").select_option("refused")
    screen.get_by_role("button", name="Correct this record").click()
    expect(screen.get_by_text("She spat it out")).to_be_visible()
    with scope(home=ward.home.pk):
        correction = Correction.objects.select_related("replacement").get(administration=record)
    assert (correction.replacement.outcome, correction.corrected_by_id) == ("refused", ward.senior.pk)
    screen.goto(f"/residents/{ward.joan.pk}/mar/")
    look(screen, "mar-after")
    assert screen.locator(f'a[href="/doses/{record.pk}/"] s').inner_text() == "G"
    expect(screen.locator(f'a[href="/doses/{correction.replacement_id}/"] .mar__letter')).to_contain_text("R")


def test_a_place_on_the_body_is_pressed_or_chosen_in_words(screen: Page, ward: Ward) -> None:
    at_home(screen, ward.carer.username)
    screen.goto(f"/residents/{ward.joan.pk}/mar/")
    screen.locator(f'.mar__enter[href*="{ward.patch.pk}"]').first.click()
    site = screen.get_by_label("Where it went")
    screen.locator('[data-area="right upper arm"]').click()
    assert site.input_value() == "right upper arm"
    assert "chosen" in screen.locator('[data-area="right upper arm"]').get_attribute("class")
    site.select_option("left upper back")
    assert "chosen" in screen.locator('[data-area="left upper back"]').get_attribute("class")
    assert "chosen" not in screen.locator('[data-area="right upper arm"]').get_attribute("class")
    assert screen.locator('[data-area="face"]').count() == 0
    look(screen, "late-patch")
    screen.goto(f"/residents/{ward.joan.pk}/body-maps/")
    expect(screen.get_by_role("cell", name="left upper arm")).to_be_visible()
    look(screen, "body-maps")


def test_the_chart_of_a_resident_and_of_a_unit_come_as_files_to_print(screen: Page, ward: Ward) -> None:
    at_home(screen, ward.senior.username)
    for address in (f"/residents/{ward.joan.pk}/mar/", f"/units/{ward.joan.unit_id}/mar/"):
        screen.goto(address)
        target = screen.get_by_role("button", name="PDF to print").get_attribute("href")
        answer = screen.request.get(target)
        assert answer.headers["content-type"] == "application/pdf"
        text = PdfReader(BytesIO(answer.body())).pages[0].extract_text()
        assert "Joan Whitfield" in text
        assert "Penicillin" in text

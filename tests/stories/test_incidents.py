"""An incident from the dose to its closing, and time, going live and the daily e-mail, in a real browser."""

from datetime import timedelta
from typing import Literal

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from emar.models import Role
from emar.scope import scope
from quality.operations import incidents
from tests import factories as make
from tests.bedside import Bedside, make_bedside
from tests.pages.staff_time import with_staff_time
from tests.stories.desk_sign_in import sign_in
from tests.stories.test_desk_pages import watched
from tests.stories.test_recalls import seen

__all__ = ["watched"]


@pytest.fixture
def bedside(committed_db: None) -> Bedside:
    """A resident who had one dose twice."""
    bedside = make_bedside(medicine=make.make_medicine(name="Bisoprolol 2.5mg tablets"))
    now = timezone.now()
    for minutes in (60, 30):
        at = now - timedelta(minutes=minutes)
        given = {"due_at": now - timedelta(hours=1), "given_at": at, "entered_at": at}
        bedside.record(bedside.dose(**given), at=at)
    return bedside


def test_an_incident_from_the_dose_to_its_closing(watched: Page, bedside: Bedside) -> None:
    page, faults = watched, {}
    manager = make.make_staff_member(home=bedside.home, role=Role.MANAGER, full_name="Mo Manager")
    sign_in(page, manager.username)
    page.goto("/incidents/")
    faults["none"] = seen(page, "incidents-none")
    taps: list[str] = []

    def tap(role: Literal["button", "link"], name: str) -> None:
        taps.append(name)
        page.get_by_role(role, name=name).click()

    page.goto(f"/doses/{bedside.administrations()[1].pk}/")
    tap("link", "Report an incident with this dose")
    faults["report"] = seen(page, "incident-report")
    tap("button", "Report")
    expect(page.get_by_text("Reported. Thank you")).to_be_visible()
    # Everything else about it the form knew from the dose.
    assert len(taps) == 2
    faults["draft"] = seen(page, "incident-draft")
    page.get_by_role("button", name="Judge it").click()
    page.get_by_label("B: An error that did not reach the person").check()
    page.get_by_label("Low: more observation").check()
    page.get_by_label("No psychological harm").check()
    page.get_by_label("What happened, and why you judge it so").fill("Two tablets; dizzy for an hour.")
    page.get_by_label("Interrupted or distracted").check()
    page.get_by_role("button", name="This is my judgement").click()
    expect(page.get_by_role("link", name="Category B did not reach the person")).to_be_visible()
    faults["contradiction"] = seen(page, "incident-contradiction")
    page.get_by_label("E: Temporary harm").check()
    page.get_by_role("button", name="This is my judgement").click()
    expect(page.get_by_text("Judged. What the duties ask for stands below.")).to_be_visible()
    page.locator("li", has_text="Raise a safeguarding concern").get_by_role("button", name="Decide").click()
    page.get_by_label("It is done").check()
    page.get_by_label("Who was told, when, how").fill("Rang the safeguarding desk, reference 12.")
    faults["decide"] = seen(page, "incident-decide")
    page.get_by_role("button", name="Write it down").click()
    faults["judged"] = seen(page, "incident-judged")
    page.get_by_role("button", name="Close").click()
    page.get_by_label("What came of it").fill("Watched her for a day; she is well.")
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_text("Closed by Mo Manager")).to_be_visible()
    page.goto("/incidents/?show=closed")
    faults["closed"] = seen(page, "incidents-closed")
    assert {name: found for name, found in faults.items() if found} == {}


def test_what_the_system_drafted_opens_from_the_dose_in_one_tap_and_is_judged_in_two(
    desk: Page, bedside: Bedside
) -> None:
    manager = make.make_staff_member(home=bedside.home, role=Role.MANAGER)
    with scope(home=bedside.home.pk):
        assert incidents.draft(home_id=bedside.home.pk, at=timezone.now()) == 1
    sign_in(desk, manager.username)
    for opened_from, link in (
        (f"/doses/{bedside.administrations()[1].pk}/", "Report an incident with this dose"),
        ("/incidents/", "Incident 1: dose given twice"),
    ):
        desk.goto(opened_from)
        desk.get_by_role("link", name=link).click()
        expect(desk.get_by_role("heading", name="Incident 1: dose given twice")).to_be_visible()
        desk.get_by_role("button", name="Judge it").click()
        expect(desk.get_by_label("B: An error that did not reach the person")).to_be_visible()


def test_time_going_live_and_the_daily_e_mail(watched: Page, bedside: Bedside) -> None:
    page, faults = watched, {}
    manager = make.make_staff_member(home=bedside.home, role=Role.MANAGER, full_name="Mo Manager")
    with_staff_time(bedside.home, manager, "Larkfield")
    sign_in(page, manager.username)
    page.goto("/staff-time/timer/")
    page.get_by_role("button", name="Counting stock", exact=True).click()
    expect(page.get_by_text("the time runs")).to_be_visible()
    faults["timer"] = seen(page, "timer")
    page.locator("li", has_text="Counting stock").get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped, and kept.")).to_be_visible()
    for name, address in (
        ("staff-time", "/staff-time/"),
        ("how-often", "/staff-time/how-often/"),
        ("cost", "/staff-time/costs/add/"),
        ("counted-with", "/staff-time/counted-with/"),
        ("going-live", "/go-live/"),
        ("stage", "/go-live/stage/"),
        ("daily-email", "/policy/daily-email/"),
        ("incident-policy", "/incidents/policy/"),
    ):
        page.goto(address)
        faults[name] = seen(page, name)
    assert {name: found for name, found in faults.items() if found} == {}


def test_a_council_sees_the_board(watched: Page, bedside: Bedside) -> None:
    manager = make.make_staff_member(home=bedside.home, role=Role.MANAGER)
    with_staff_time(bedside.home, manager, "Larkfield")
    make.make_home(council=bedside.home.council, name="Aldercombe")
    officer = make.make_council_officer(council=bedside.home.council)
    sign_in(watched, officer.username)
    watched.goto("/council/going-live/")
    expect(watched.get_by_text("Not begun", exact=True)).to_be_visible()
    assert seen(watched, "board") == []

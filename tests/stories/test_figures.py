"""A council officer and a manager read what the numbers say, in a real browser, on a phone and on a desk."""

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from emar.models import CareHome, Council, CouncilRole, StaffMember
from emar.scope import scope
from quality.demo.invented import figures_of, invent
from quality.demo.writing import Generated, write_council, write_figures
from quality.models import Rebasing
from tests import factories as make
from tests.pages.test_access import OF_A_HOME, address, furnish
from tests.stories.desk_sign_in import sign_in
from tests.stories.test_desk_pages import WIDTHS, faults_of
from tests.stories.test_desk_pages import watched as watched

PICTURES = os.environ.get("PICTURES")
#: A council whose planted homes are large enough for their counts to be shown.
SEED = 9


@pytest.fixture
def generated(committed_db: None) -> tuple[Generated, StaffMember]:
    """A council of eight invented homes over fifteen months, and an officer with the tests' own password."""
    now = timezone.now()
    made = write_council(homes=8, months=15, seed=SEED, at=now)
    council = make.write_as_owner  # the council's officer below is made by the owner, as in earnest
    officer = make.write_as_owner(
        StaffMember, seen_by={"sign_in_name": "officer"}, username="officer", full_name="Olive Officer",
        display_name="Olive O", initials="OO", password=make._password_hash(),
    )  # fmt: skip
    council(
        CouncilRole, seen_by={"council": made.council_id}, council_id=made.council_id, staff_member=officer,
        starts_at=now - timedelta(days=1),
    )  # fmt: skip
    return made, officer


def keep_picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}-{page.viewport_size['width']}.png", full_page=True)


def look(page: Page, address: str, name: str) -> None:
    """Open a page; nothing on it is inaccessible or too wide, and every chart on it has its table."""
    page.goto(address)
    assert faults_of(page) == [], address
    charts = page.locator("svg[role=img]").count()
    assert page.locator("table").count() >= charts
    if charts:
        expect(page.locator("table", has=page.locator("#table-name"))).to_be_visible()
    keep_picture(page, name)


def test_a_council_officer_finds_what_was_planted_and_no_resident(
    watched: Page,
    generated: tuple[Generated, StaffMember],
) -> None:
    made, officer = generated
    page = watched
    sign_in(page, officer.username)
    look(page, "/council/", "council")
    outlier = next(pk for pk, home in made.homes if home.is_outlier)
    silent = next(pk for pk, home in made.homes if home.is_under_reporting)
    to_ask = page.get_by_role("region", name="Homes to ask")
    for pk, words in ((outlier, "Missed, no record: more"), (silent, "reports next to nothing")):
        name = next(f"{home.name} (" for each, home in made.homes if each == pk)
        expect(to_ask.get_by_role("listitem").filter(has_text=name).filter(has_text=words).first).to_be_visible()
    look(page, "/council/figures/missed/", "council-figure")
    page.get_by_role("link", name="Pain relief").click()
    page.get_by_role("link", name="Morning, 08:00 to 10:59").click()
    expect(page.get_by_role("rowheader", name="Morning", exact=True)).to_be_visible()
    keep_picture(page, "council-round")
    look(page, "/council/figures/missed/between/", "council-funnel")
    expect(page.get_by_text("outside the limits").first).to_be_visible()
    look(page, "/council/figures/near_misses/", "council-near-misses")
    look(page, f"/council/homes/{outlier}/", "council-home")
    look(page, f"/council/homes/{outlier}/missed/", "council-home-figure")
    refuse_people(page, Council.objects.get(pk=made.council_id))


def refuse_people(page: Page, council: Council) -> None:
    """No address there is of a home opens anything for its council's officer: every page, every file, every act."""
    home = furnish("Vera", council=council)
    opened = []
    for name in OF_A_HOME:
        answer = page.request.get(address(name, home.ids), max_redirects=0)
        leaves = answer.headers.get("location", "/council/").endswith(("/council/", "/sign-in/"))
        if (
            answer.status not in (302, 403, 404, 405)
            or not leaves
            or any(each in answer.text() for each in home.secrets)
        ):
            opened.append((name, answer.status))
    assert opened == []
    page.goto("/residents/")
    expect(page).to_have_url(re.compile(r"/council/$"))


@pytest.fixture
def home_with_figures(committed_db: None) -> CareHome:
    """A home with a year of invented figures and a manager who signs in as "mo"."""
    home = make.make_home(name="Larkfield House")
    make.make_staff_member(home=home, role="manager", full_name="Mo Manager", username="mo")
    make.make_unit(home=home, name="Oak")
    until = datetime.now(UTC).date()
    invented = invent(homes=4, months=12, seed=5, until=until)
    place = next(n for n, each in enumerate(invented) if each.is_outlier)
    figures = figures_of(invented[place], place, months=12, seed=5, until=until)
    with scope(home=home.pk):
        write_figures(home.pk, figures)
        Rebasing.objects.create(home=home, from_on=invented[place].live_on, why="go_live", set_at=datetime.now(UTC))
    return home


def test_a_manager_goes_from_a_figure_to_its_chart_and_takes_it_apart(
    watched: Page,
    home_with_figures: CareHome,
) -> None:
    page = watched
    sign_in(page, "mo")
    look(page, "/figures/", "figures")
    page.get_by_label("Take apart by").select_option("medicine_class")
    page.get_by_role("button", name="Show").click()
    assert faults_of(page) == []
    keep_picture(page, "figures-apart")
    page.get_by_role("link", name="Parkinson’s").click()
    expect(page.get_by_text("Parkinson’s.", exact=True)).to_be_visible()
    look(page, "/trends/", "trends")
    page.get_by_role("link", name="Missed, no record").click()
    expect(page.locator(".says__sentence")).not_to_be_empty()
    look(page, "/trends/missed/?of=month", "trend-month")
    look(page, "/trends/missed/?of=week&target=10", "trend-week")
    look(page, "/trends/cd_discrepancies/", "trend-t")
    look(page, "/trends/reached/?chart=g", "trend-g")
    page.goto("/trends/")
    page.get_by_role("link", name="Begin new limits from a day").click()
    assert faults_of(page) == []
    keep_picture(page, "new-limits")
    page.get_by_label("From which day").fill((datetime.now(UTC) - timedelta(days=90)).strftime("%Y-%m-%d"))
    page.get_by_label("Another staffing").check()
    page.get_by_role("button", name="Begin new limits").click()
    expect(page.get_by_text("another staffing")).to_be_visible()
    page.get_by_role("button", name=re.compile("Take back")).last.click()
    expect(page.get_by_text("Taken back")).to_be_visible()


def test_a_printed_chart_keeps_its_table(chromium: Browser, server: str, home_with_figures: CareHome) -> None:
    context = chromium.new_context(base_url=server, viewport=WIDTHS["desk"], locale="en-GB")
    page = context.new_page()
    sign_in(page, "mo")
    page.goto("/trends/missed/?of=month")
    page.emulate_media(media="print")
    expect(page.locator(".chart__picture")).to_be_visible()
    expect(page.locator("#table-name")).to_be_visible()
    expect(page.get_by_role("button", name="Show")).to_be_hidden()
    context.close()

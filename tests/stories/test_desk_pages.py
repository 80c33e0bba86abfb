"""Every page of the desk in a real browser, on a phone and on a desk: nothing hidden, remote or inaccessible."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

from emar.operations import devices
from emar.rules.wall_clock import local
from emar.scope import scope
from tests import factories as make
from tests.pages.device_sent import with_device_sent
from tests.stories.conftest import DESK, PHONE, ROOT
from tests.stories.desk_sign_in import SIGN_IN, set_up_phone, sign_in, type_password

AXE = ROOT / "web" / "desk" / "node_modules" / "axe-core" / "axe.min.js"
WIDTHS = {"phone": PHONE, "desk": DESK}


class BusyHome:
    """A home in which every page has something of everything to show."""

    def __init__(self) -> None:
        now = local(timezone.now()).replace(second=0, microsecond=0)
        self.home = make.make_home(name="Larkfield House")
        unit = make.make_unit(home=self.home, name="Oak")
        self.manager = make.make_staff_member(home=self.home, role="manager", full_name="Mo Manager")
        self.officer = make.make_council_officer(council=self.home.council)
        self.joan = make.make_resident(unit=unit, full_name="Joan Whitfield", how_i_take="With yoghurt.")
        bill = make.make_resident(unit=unit, full_name="William Pryce")
        make.make_allergy(resident=self.joan, by=self.manager)
        make.make_no_known_allergies(resident=bill, by=self.manager)
        make.make_resident(unit=unit, full_name="Nobody Knows")
        make.make_presence(resident=bill, by=self.manager, since_at=now - timedelta(days=5))
        regular = make.make_prescription(
            resident=self.joan, by=self.manager, schedule=make.regular("Morning", "Night"), is_time_critical=True
        )
        needed = make.make_prescription(
            resident=self.joan, by=self.manager, schedule=make.when_required(), prn_protocol={"condition": "pain"}
        )
        make.make_prescription(resident=bill, by=self.manager)
        self._record(regular, needed, now)
        line = make.make_stock_line(prescription=regular)
        make.make_stock_pack(line=line, by=self.manager)
        make.make_discrepancy(line=line, by=self.manager, counted=Decimal(3))
        device = make.make_device(home=self.home, by=self.manager, name="Oak trolley")
        make.make_pin_lock(device=device, staff_member=self.manager)
        with_device_sent(regular, self.manager, device)
        lost = make.make_device(home=self.home, by=self.manager, name="Elm phone")
        with scope(home=self.home.pk):
            devices.report_lost(device=lost, words="left in a taxi", by=self.manager.pk, at=now - timedelta(hours=2))

    def _record(self, regular, needed, now) -> None:  # type: ignore[no-untyped-def]
        for days in range(2, 12):
            due_at = (now - timedelta(days=days)).replace(hour=8, minute=0)
            outcome = ("given", "refused", "given", "asleep")[days % 4]
            given_at = due_at + timedelta(minutes=90 if days == 6 else 5)
            record = make.make_administration(
                prescription=regular, by=self.manager, due_at=due_at, given_at=given_at, outcome=outcome
            )
            if days == 4:
                make.make_correction(administration=record, by=self.manager)
        make.make_administration(
            prescription=needed,
            by=self.manager,
            due_at=None,
            given_at=now - timedelta(hours=3),
            amount=Decimal(2),
            answer="recorded_with_findings",
            findings=[{"code": "prn_too_soon", "level": "stop"}],
        )


@pytest.fixture
def home(committed_db: None) -> BusyHome:
    return BusyHome()


@pytest.fixture(params=WIDTHS)
def watched(request: pytest.FixtureRequest, chromium: Browser, server: str) -> Iterator[Page]:
    """A page that tells when its code fails, a rule of the content policy is broken or it calls elsewhere."""
    if not AXE.exists():
        pytest.skip("needs axe-core (make test installs it)")
    context = chromium.new_context(base_url=server, viewport=WIDTHS[request.param], locale="en-GB")
    context.set_default_timeout(30_000)
    page, problems = context.new_page(), []

    def said(message: ConsoleMessage) -> None:
        if message.type == "error" and "status of 40" not in message.text:
            problems.append(message.text)

    def asked(sent: Request) -> None:
        address = urlsplit(sent.url)
        if address.scheme in ("http", "https") and address.netloc != urlsplit(server).netloc:
            problems.append(f"called {sent.url}")

    page.on("console", said)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", asked)
    yield page
    context.close()
    assert problems == []


def faults_of(page: Page) -> list[str]:
    """Return what is wrong with the page shown: accessibility rules broken, or wider than the window."""
    page.evaluate(Path(AXE).read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    faults = [f"{rule['id']}: {node['html'][:120]}" for rule in found["violations"] for node in rule["nodes"]]
    if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        faults.append("the page is wider than the window")
    return faults


def test_every_page_is_accessible_and_fits(watched: Page, home: BusyHome) -> None:
    page, faults = watched, {}

    def see(name: str, show: Callable[[], object]) -> None:
        show()
        faults[name] = faults_of(page)

    def go(address: str) -> Callable[[], object]:
        return lambda: page.goto(address)

    see("sign-in", go("/sign-in/"))
    see("sign-in refused", page.locator(SIGN_IN).click)
    type_password(page, home.manager.username)
    see("set up a phone", lambda: expect(page.get_by_role("heading", name="Set up your phone")).to_be_visible())
    see("set up refused", page.get_by_role("button", name="Confirm").click)
    see("recovery codes", lambda: set_up_phone(page))
    page.get_by_role("button", name="I have kept them").click()
    expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()
    joan = f"/residents/{home.joan.pk}/"
    for address in (
        "/",
        "/homes/",
        "/residents/",
        "/residents/?q=nobody",
        joan,
        f"{joan}mar/",
        f"{joan}mar/day/",
        "/stock/",
        "/stock/?view=low",
        "/stock/?view=unexplained",
        "/devices/",
        "/conflicts/",
        "/held/",
        "/scanner/",
        "/council/",
        "/second-factor/",
        "/nowhere/",
    ):
        see(address, go(address))
    page.goto("/devices/")
    see("invited", page.get_by_role("button", name="Invite a device").click)
    see("signed out", page.get_by_role("button", name="Sign out").click)
    type_password(page, home.manager.username)
    see("code", lambda: expect(page.get_by_role("heading", name="Enter the code on your phone")).to_be_visible())
    see("code refused", page.get_by_role("button", name="Continue").click)
    see("recovery code", page.get_by_role("link", name="Use a recovery code").click)
    see("recovery code refused", page.get_by_role("button", name="Continue").click)
    sign_in(page, home.officer.username)
    expect(page.get_by_role("heading", name="Homes of")).to_be_visible()
    see("council", lambda: None)
    assert {name: found for name, found in faults.items() if found} == {}


def test_the_chart_opens_at_today_with_the_medicine_in_sight(watched: Page, home: BusyHome) -> None:
    sign_in(watched, home.manager.username)
    expect(watched.get_by_role("heading", name="Today", level=1)).to_be_visible()
    watched.goto(f"/residents/{home.joan.pk}/mar/")
    expect(watched.locator(".mar__day--today").first).to_be_in_viewport()
    expect(watched.locator(".mar__name").first).to_be_in_viewport()
    expect(watched.locator(".mar__time").first).to_be_in_viewport()


def test_a_person_at_a_keyboard_reaches_the_content_first(watched: Page, home: BusyHome) -> None:
    sign_in(watched, home.manager.username)
    expect(watched.get_by_role("heading", name="Today", level=1)).to_be_visible()
    watched.goto("/residents/")
    watched.keyboard.press("Tab")
    expect(watched.get_by_role("link", name="Skip to main content")).to_be_focused()
    watched.keyboard.press("Enter")
    expect(watched.locator("#main")).to_be_focused()

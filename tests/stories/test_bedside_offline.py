"""Does the bedside app lose or double anything when the network, the browser or the disk fails?"""

import os
import random
import re
import signal
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, Route, expect

from emar.models import Administration
from emar.operations import devices
from emar.scope import scope
from tests.stories.conftest import FLAGS, PHONE, browser_program, until
from tests.stories.network import Network
from tests.stories.test_main_job import BILLS_PACK, JOANS_PACK, PIN, MorningRound, enrol_and_sign_in, scan

#: How often the browser is killed; more by this variable.
KILLS = int(os.environ.get("EMAR_KILLS", "3"))
SAFE_HERE = re.compile(r"(\d+) safe on this phone")
EVERY_STORE = """async () => {
    const open = indexedDB.open("bedside");
    const db = await new Promise((resolve) => (open.onsuccess = () => resolve(open.result)));
    const parts = [];
    for (const name of db.objectStoreNames) {
        const asked = db.transaction(name).objectStore(name).getAll();
        const rows = await new Promise((resolve) => (asked.onsuccess = () => resolve(asked.result)));
        parts.push(JSON.stringify(rows, (key, value) => value instanceof ArrayBuffer || ArrayBuffer.isView(value)
            ? new TextDecoder("latin1").decode(value) : value));
    }
    db.close();
    return parts.join("\\n");
}"""


def sign_in(page: Page, pin: str = PIN, name: str = "Anna") -> None:
    page.get_by_role("button", name=name).click()
    for digit in pin:
        page.get_by_role("button", name=digit, exact=True).click()
    page.get_by_role("button", name="OK", exact=True).click()


def start_round(page: Page) -> None:
    page.get_by_role("button", name="Start round").click()
    expect(page.get_by_role("heading", name="medicines left")).to_be_visible()


def give(page: Page, label: str, pack: str, name: str) -> None:
    """Scan the person, scan the pack, one tap; returns when the screen says that it is safe."""
    scan(page, label)
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    scan(page, pack)
    page.get_by_role("button", name=f"{name} took").click()
    expect(page.get_by_role("status").filter(has_text="Safe on this phone")).to_be_visible()


def kill_browser(profile: Path) -> None:
    """Kill the browser that has this profile open, and its helpers, at once."""
    # The lock is a link named for the host and the process that holds it.
    process = int(os.readlink(profile / "SingletonLock").rsplit("-", 1)[1])
    os.kill(process, signal.SIGKILL)


def safe_here(page: Page) -> int:
    """How many records the screen says are safe on this phone."""
    said = SAFE_HERE.search(page.locator("body").inner_text())
    return int(said[1]) if said else 0


def until_installed(page: Page) -> None:
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")


def given(home: MorningRound) -> list[Administration]:
    with scope(home=home.home.pk):
        return list(Administration.objects.filter(outcome="given").order_by("received_at"))


@pytest.mark.hazard("H11", control="the app opens, signs in, gives and keeps without a network", shows="works")
def test_a_dose_given_without_a_network_survives_a_reload_and_arrives_once(tablet: Page, network: Network) -> None:
    home = MorningRound()
    enrol_and_sign_in(tablet, home.code)
    start_round(tablet)
    until_installed(tablet)
    expect(tablet.get_by_text("All sent")).to_be_visible()

    network.cut()
    give(tablet, home.joan.label_code, JOANS_PACK, "Joan")
    expect(tablet.get_by_role("button", name="1 safe on this phone")).to_be_visible()
    tablet.reload()
    expect(tablet.get_by_text("1 safe on this phone", exact=True)).to_be_visible()
    sign_in(tablet)
    expect(tablet.get_by_role("button", name="Carry on with the round")).to_be_visible()
    expect(tablet.get_by_role("button", name="1 safe on this phone")).to_be_visible()
    assert given(home) == []

    network.mend()
    tablet.evaluate("dispatchEvent(new Event('online'))")
    until(tablet, lambda: given(home))
    expect(tablet.get_by_text("All sent")).to_be_visible()
    assert [each.resident_id for each in given(home)] == [home.joan.pk]
    assert home.balance() == 27


@pytest.mark.hazard("H11", control="an answer lost after the server took it", shows="works")
@pytest.mark.protocol(8)
def test_an_answer_lost_after_the_server_took_it_is_asked_for_again_and_changes_nothing(tablet: Page) -> None:
    home = MorningRound()
    enrol_and_sign_in(tablet, home.code)
    start_round(tablet)
    expect(tablet.get_by_text("All sent")).to_be_visible()
    lost: list[int] = []

    def take_and_lose(route: Route) -> None:
        lost.append(route.fetch().status)
        route.abort()

    tablet.route("**/api/mobile/sync", take_and_lose)
    give(tablet, home.joan.label_code, JOANS_PACK, "Joan")
    expect(tablet.get_by_role("button", name="1 safe on this phone")).to_be_visible()
    tablet.wait_for_timeout(1500)
    assert lost[:1] == [200]
    assert len(given(home)) == 1
    tablet.unroute("**/api/mobile/sync")
    expect(tablet.get_by_text("All sent")).to_be_visible(timeout=20_000)
    assert len(given(home)) == 1
    assert home.balance() == 27


@pytest.mark.hazard("H04", control="both records of one dose stay, and the second is a conflict", shows="works")
@pytest.mark.protocol(7)
def test_one_dose_given_on_two_tablets_without_a_network_is_kept_twice_and_flagged(
    chromium: Browser, network: Network
) -> None:
    home = MorningRound()
    with scope(home=home.home.pk):
        second_code = devices.invite(home_id=home.home.pk, by=home.manager.pk, at=timezone.now())
    pages = []
    for code in (home.code, second_code):
        context = chromium.new_context(base_url=network.address, viewport=PHONE, locale="en-GB")
        pages.append(context.new_page())
        enrol_and_sign_in(pages[-1], code)
        expect(pages[-1].get_by_role("button", name="Start round")).to_be_visible()
    # With a network the second would be told that the first has the round.
    network.cut()
    for page in pages:
        start_round(page)
        give(page, home.joan.label_code, JOANS_PACK, "Joan")
    assert given(home) == []
    network.mend()
    for page in pages:
        page.evaluate("dispatchEvent(new Event('online'))")
    until(pages[0], lambda: len(given(home)) == 2)
    assert sorted(each.answer for each in given(home)) == ["conflict", "recorded"]
    assert home.balance() == 26
    # Whichever came second is told.
    until(pages[0], lambda: any(page.get_by_role("button", name="1 to look at").is_visible() for page in pages))
    for page in pages:
        page.context.close()


@pytest.mark.hazard("H12", control="what lies on the device is sealed with a key that needs a sign-in", shows="works")
@pytest.mark.protocol(11)
def test_nothing_on_a_signed_out_device_names_a_resident(tablet: Page, network: Network) -> None:
    home = MorningRound()
    enrol_and_sign_in(tablet, home.code)
    start_round(tablet)
    network.cut()
    give(tablet, home.joan.label_code, JOANS_PACK, "Joan")
    assert "Joan" in tablet.locator("body").inner_text()
    tablet.get_by_role("button", name="Menu").click()
    tablet.get_by_role("button", name="Sign out").click()
    expect(tablet.get_by_text("Who are you?")).to_be_visible()
    stored = tablet.evaluate(EVERY_STORE)
    assert "Anna" in stored, "the sign-in tiles are there without a key, so the test does read the stores"
    for word in ("Whitfield", "Joan", "Amlodipine", JOANS_PACK, str(home.joan.nhs_number or "no number")):
        assert word not in stored
    assert "Whitfield" not in tablet.content()


@pytest.mark.protocol(11)
def test_five_wrong_pins_lock_one_name_on_a_device_without_a_network_and_nobody_else(
    tablet: Page, network: Network
) -> None:
    home = MorningRound()
    with scope(home=home.home.pk):
        devices.set_pin(
            staff_member=home.manager, pin="7302", home_id=home.home.pk, by=home.manager.pk, at=timezone.now()
        )
    enrol_and_sign_in(tablet, home.code)
    start_round(tablet)
    until_installed(tablet)
    network.cut()
    tablet.reload()
    tablet.get_by_role("button", name="Anna").click()
    for left in ("4 tries left", "3 tries left", "2 tries left", "1 try left", "0 tries left"):
        for digit in "9151":
            tablet.get_by_role("button", name=digit, exact=True).click()
        tablet.get_by_role("button", name="OK", exact=True).click()
        expect(tablet.get_by_role("alert")).to_contain_text(left)
    for digit in PIN:
        tablet.get_by_role("button", name=digit, exact=True).click()
    tablet.get_by_role("button", name="OK", exact=True).click()
    expect(tablet.get_by_role("alert")).to_contain_text("locked")
    tablet.get_by_role("button", name="Not you?").click()
    sign_in(tablet, "7302", "Mo")
    expect(tablet.get_by_role("button", name="Take over from Anna")).to_be_visible()


@pytest.mark.hazard("H11", control="a dose that cannot be kept is said to be not saved", shows="works")
def test_a_full_disk_says_not_saved_in_red_and_records_nothing(tablet: Page, server: str) -> None:
    home = MorningRound()
    enrol_and_sign_in(tablet, home.code)
    start_round(tablet)
    expect(tablet.get_by_text("All sent")).to_be_visible()
    scan(tablet, home.joan.label_code)
    scan(tablet, JOANS_PACK)
    expect(tablet.get_by_role("button", name="Joan took")).to_be_visible()
    # What a browser does when the disk is full: the write itself fails.
    tablet.evaluate(
        """() => {
            IDBObjectStore.prototype.add = function () { throw new DOMException("full", "QuotaExceededError"); };
        }"""
    )
    tablet.get_by_role("button", name="Joan took").click()
    expect(tablet.get_by_role("alert").filter(has_text="Not saved. Use paper.")).to_be_visible()
    expect(tablet.get_by_role("button", name="Joan took")).to_be_visible()
    assert given(home) == []


@pytest.mark.hazard("H11", control="what the screen called safe survives a killed browser", shows="works")
def test_a_killed_browser_loses_nothing_that_the_screen_called_safe(
    chromium: Browser, network: Network, tmp_path: Path
) -> None:
    home = MorningRound()
    profile = tmp_path / "profile"
    packs = [(home.joan.label_code, JOANS_PACK, "Joan"), (home.bill.label_code, BILLS_PACK, "Bill")]
    launch = {"executable_path": browser_program(), "args": FLAGS, "viewport": PHONE, "locale": "en-GB"}
    browser_type = chromium.browser_type
    context = browser_type.launch_persistent_context(str(profile), base_url=network.address, **launch)
    page = context.pages[0]
    enrol_and_sign_in(page, home.code)
    start_round(page)
    until_installed(page)
    expect(page.get_by_text("All sent")).to_be_visible()
    chance, kept = random.Random(200), 0
    for kill, (label, pack, name) in enumerate((packs * KILLS)[:KILLS]):
        network.cut()
        if kill < len(packs):
            give(page, label, pack, name)
        else:
            # Given already: a stop, whose record is written while the browser dies at any moment of it.
            scan(page, label)
            scan(page, pack)
            page.wait_for_timeout(chance.uniform(0, 120))
        confirmed = safe_here(page)
        kill_browser(profile)
        context = browser_type.launch_persistent_context(str(profile), base_url=network.address, **launch)
        page = context.pages[0]
        page.goto("/bedside/")
        expect(page.get_by_text(SAFE_HERE)).to_be_visible()
        before, kept = kept, safe_here(page)
        assert confirmed <= kept <= before + 1, f"kill {kill + 1}: the screen said {confirmed}, {kept} were there"
        assert kept == before + 1 or kill >= len(packs), "a dose that the screen called safe is gone"
        sign_in(page)
        page.get_by_role("button", name="Carry on with the round").click()
    assert given(home) == []
    network.mend()
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.get_by_text("All sent")).to_be_visible(timeout=30_000)
    assert sorted(each.resident_id for each in given(home)) == sorted([home.joan.pk, home.bill.pk][:KILLS])
    context.close()

"""What does the bedside app do with time, with a device taken away, and with a new version of itself?"""

import json
import urllib.request
from collections.abc import Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from emar.models import Administration, Device, RoundEvent
from emar.operations import devices
from emar.scope import scope
from tests.stories import bedside_screens
from tests.stories.bedside_screens import press, stand_in_server
from tests.stories.conftest import PHONE, until
from tests.stories.network import Network
from tests.stories.test_main_job import JOANS_PACK, MorningRound, enrol_and_sign_in, scan


def start_round(page: Page, home: MorningRound) -> None:
    enrol_and_sign_in(page, home.code)
    page.get_by_role("button", name="Start round").click()
    expect(page.get_by_text("medicines left")).to_be_visible()
    expect(page.get_by_text("All sent")).to_be_visible()


@pytest.fixture
def stand_in(chromium: Browser) -> Iterator[Page]:
    """A phone at the app's own stand-in server, with a round started."""
    with stand_in_server() as address:
        context = chromium.new_context(base_url=address, viewport=PHONE, locale="en-GB")
        page = context.new_page()
        bedside_screens.start_round(page)
        yield page
        context.close()


@pytest.mark.hazard("H17", control="a device left alone asks who is there, then signs out", shows="works")
def test_a_device_left_alone_says_whom_it_was_with_and_signs_out(tablet: Page) -> None:
    home = MorningRound()
    tablet.clock.install()
    start_round(tablet, home)
    scan(tablet, home.joan.label_code)
    scan(tablet, JOANS_PACK)
    expect(tablet.get_by_role("button", name="Joan took it")).to_be_visible()
    tablet.clock.fast_forward(70_000)
    dialog = tablet.get_by_role("dialog")
    expect(dialog).to_contain_text("You were with Joan")
    expect(dialog).to_contain_text("1 in the pot, 0 left")
    tablet.get_by_role("button", name="Carry on").click()
    tablet.clock.fast_forward(11 * 60_000)
    expect(tablet.get_by_text("Who are you?")).to_be_visible()


@pytest.mark.hazard("H06", control="a dose that stood in the pot for ten minutes is scanned again", shows="works")
def test_a_pot_older_than_ten_minutes_is_scanned_again(tablet: Page) -> None:
    home = MorningRound()
    tablet.clock.install()
    start_round(tablet, home)
    scan(tablet, home.joan.label_code)
    scan(tablet, JOANS_PACK)
    for _ in range(2):
        tablet.clock.fast_forward(5 * 60_000 + 10_000)
        tablet.get_by_role("button", name="Carry on").click()
    expect(tablet.get_by_text("In the pot over 10 minutes: scan again")).to_be_visible()
    expect(tablet.get_by_role("button", name="Joan took")).to_be_hidden()
    scan(tablet, JOANS_PACK)
    expect(tablet.get_by_role("button", name="Joan took it")).to_be_visible()


@pytest.mark.parametrize(("minutes", "is_stopped"), [(3, False), (11, True)])
@pytest.mark.protocol(10)
def test_a_clock_that_is_wrong_is_said_and_far_wrong_starts_no_round(
    tablet: Page, minutes: int, is_stopped: bool
) -> None:
    home = MorningRound()
    tablet.add_init_script(f"const now = Date.now; Date.now = () => now() + {minutes * 60_000};")
    enrol_and_sign_in(tablet, home.code)
    expect(tablet.get_by_role("alert")).to_contain_text(f"{minutes} minutes out")
    button = tablet.get_by_role("button", name="Start round")
    if is_stopped:
        expect(button).to_be_disabled()
        return
    button.click()
    scan(tablet, home.joan.label_code)
    scan(tablet, JOANS_PACK)
    before = timezone.now()
    tablet.get_by_role("button", name="Joan took it").click()
    expect(tablet.get_by_text("All sent")).to_be_visible()
    with scope(home=home.home.pk):
        given = Administration.objects.get(outcome="given")
    # The time of giving is corrected by what was measured; the device's own clock stays as it is.
    assert abs((given.given_at - before).total_seconds()) < 30
    assert abs((given.entered_at - before).total_seconds() - minutes * 60) < 30


@pytest.mark.hazard("H28", control="what a revoked device still holds is taken in and never dropped", shows="works")
def test_a_revoked_device_says_so_and_what_it_holds_still_arrives(tablet: Page, network: Network) -> None:
    home = MorningRound()
    start_round(tablet, home)
    network.cut()
    scan(tablet, home.joan.label_code)
    scan(tablet, JOANS_PACK)
    tablet.get_by_role("button", name="Joan took it").click()
    expect(tablet.get_by_role("button", name="1 safe on this phone")).to_be_visible()
    with scope(home=home.home.pk):
        devices.revoke(device=Device.objects.get(), by=home.manager.pk, at=timezone.now())
    network.mend()
    tablet.evaluate("dispatchEvent(new Event('online'))")
    expect(tablet.get_by_text("All sent")).to_be_visible(timeout=20_000)
    with scope(home=home.home.pk):
        assert Administration.objects.get(outcome="given").resident_id == home.joan.pk
    tablet.get_by_role("button", name="Menu").click()
    tablet.get_by_role("button", name="Sign out").click()
    expect(tablet.get_by_role("alert")).to_contain_text("switched off")


def test_a_new_enrolment_starts_a_new_chain_after_the_storage_was_wiped(tablet: Page) -> None:
    home = MorningRound()
    start_round(tablet, home)
    with scope(home=home.home.pk):
        second = devices.invite(home_id=home.home.pk, by=home.manager.pk, at=timezone.now())
    tablet.evaluate(
        """async () => {
            for (const { name } of await indexedDB.databases()) indexedDB.deleteDatabase(name);
        }"""
    )
    enrol_and_sign_in(tablet, second)
    # The round was started here before, which this fresh device cannot know: it takes it over from the lost one.
    tablet.get_by_role("button", name="Take over from Anna").click()
    expect(tablet.get_by_text("medicines left")).to_be_visible()
    expect(tablet.get_by_text("All sent")).to_be_visible()
    with scope(home=home.home.pk):
        assert Device.objects.count() == 2
        assert RoundEvent.objects.count() == 2


def control(page: Page, **change: object) -> None:
    """Tell the stand-in server to behave as in some misfortune."""
    address = page.evaluate("location.origin")
    call = urllib.request.Request(f"{address}/dev/control", data=json.dumps(change).encode())
    urllib.request.urlopen(call).close()


def arrived(page: Page) -> list[dict[str, object]]:
    with urllib.request.urlopen(f"{page.evaluate('location.origin')}/dev/events") as reply:
        return sorted(json.load(reply), key=lambda event: event["sequence"])


def ask_the_server_now(page: Page) -> None:
    press(page, "Menu", "Recorded here", "Try to send now")
    page.get_by_text("Everything has been sent.").wait_for()


@pytest.mark.protocol(9)
def test_a_server_restored_from_a_backup_gets_again_what_it_lost(stand_in: Page) -> None:
    until(stand_in, lambda: arrived(stand_in))
    before = arrived(stand_in)
    control(stand_in, forget_after=0)
    assert arrived(stand_in) == []
    ask_the_server_now(stand_in)
    until(stand_in, lambda: arrived(stand_in) == before)


@pytest.mark.protocol(10)
def test_a_device_that_lost_its_records_says_so_and_goes_on_after_the_servers_number(stand_in: Page) -> None:
    until(stand_in, lambda: arrived(stand_in))
    had = int(str(arrived(stand_in)[-1]["sequence"]))
    control(stand_in, ahead=40)
    ask_the_server_now(stand_in)
    until(stand_in, lambda: arrived(stand_in)[-1]["kind"] == "records_lost")
    told = arrived(stand_in)[-1]
    assert told["body"] == {"server_had": had + 40, "device_has": had}
    assert told["sequence"] == had + 41
    assert told["previous_hash"] == "0" * 64


@pytest.mark.hazard("H30", control="a new version waits until nobody is in a round", shows="works")
def test_a_new_version_waits_until_nobody_is_in_a_round(stand_in: Page) -> None:
    address = stand_in.evaluate("location.origin")
    stand_in.evaluate("navigator.serviceWorker.ready.then(() => { window.sameVersion = true; })")
    stand_in.reload()
    stand_in.get_by_role("button", name="Anna Kowalska").click()
    press(stand_in, *"2468", "OK", "Carry on with the round")
    stand_in.evaluate("window.sameVersion = true")
    change = urllib.request.Request(f"{address}/dev/control", data=json.dumps({"new_version": True}).encode())
    with urllib.request.urlopen(change) as reply:
        assert json.load(reply)["new_version"] is True
    waiting = "navigator.serviceWorker.getRegistration('/bedside/').then((it) => it.waiting !== null)"
    stand_in.evaluate("navigator.serviceWorker.getRegistration('/bedside/').then((it) => it.update())")
    until(stand_in, lambda: stand_in.evaluate(waiting))
    assert stand_in.evaluate("window.sameVersion") is True, "and does not replace the one in use"
    press(stand_in, "Menu", "Sign out")
    expect(stand_in.get_by_text("Who are you?")).to_be_visible()
    stand_in.wait_for_timeout(9_000)
    assert stand_in.evaluate("window.sameVersion") is True, "a round that nobody finished is still open here"
    with stand_in.expect_navigation():
        # Half a day on, the round has been forgotten.
        stand_in.evaluate("(now => { Date.now = () => now() + 13 * 3600e3; })(Date.now)")
    expect(stand_in.get_by_text("Who are you?")).to_be_visible()
    until(stand_in, lambda: not stand_in.evaluate(waiting))

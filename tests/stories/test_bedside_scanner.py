"""Can a home see what its scanner sends, put it right, and be told that it is ready: in the app and at the desk?"""

import io
from collections.abc import Iterator

import cv2
import numpy as np
import pytest
import zxingcpp
from playwright.sync_api import Browser, Locator, Page, expect

from tests.stories.bedside_screens import press
from tests.stories.conftest import PHONE, until
from tests.stories.desk_sign_in import sign_in
from tests.stories.test_main_job import MorningRound, enrol_and_sign_in

LETTERS = "EMAR-azqwyAZQWY#/0189"
BATCH_AND_BEFORE, SERIAL = "01050123456789001728123110LK0329", "21XYZ9"
# What the same codes come to through scanners that are set up differently.
GERMAN = "EMARßayqwzAYQWZ§-0189"
FRENCH = "E?QR)qwazyQWAZY3!à&_ç"
CAPS_LOCK = LETTERS.swapcase()

TYPE = """async ([keys, ending]) => {
    document.activeElement?.blur();
    for (const key of [...keys, ...(ending ? [ending] : [])]) {
        const pressed = key === "^" ? { key: "]", ctrlKey: true } : { key };
        document.body.dispatchEvent(new KeyboardEvent("keydown", { ...pressed, bubbles: true, cancelable: true }));
    }
}"""


def types(page: Page, *keys: str, ending: str = "Enter") -> None:
    """Type as a scanner does; a key of several letters, such as F8, is one key, and "^" stands for Ctrl+]."""
    page.evaluate(TYPE, [[each for key in keys for each in ([key] if key in ("F8", "^") else key)], ending])


def read_pictures(page: Page, pictures: Locator) -> list[str]:
    """Read the codes that the page shows off the screen, as a scanner would."""
    texts = []
    for picture in pictures.all():
        image = cv2.imdecode(np.frombuffer(picture.screenshot(), np.uint8), cv2.IMREAD_GRAYSCALE)
        padded = cv2.copyMakeBorder(image, 30, 30, 30, 30, cv2.BORDER_CONSTANT, value=(255,))
        texts += [each.bytes.decode() for each in zxingcpp.read_barcodes(padded)]
    return texts


@pytest.fixture
def scanner_page(chromium: Browser, server: str) -> Iterator[Page]:
    """The set-up page of the app, on a phone's fine screen."""
    home = MorningRound()
    context = chromium.new_context(base_url=server, viewport=PHONE, device_scale_factor=3, locale="en-GB")
    page = context.new_page()
    enrol_and_sign_in(page, home.code)
    page.get_by_role("button", name="Menu").click()
    press(page, "Scanner set-up")
    expect(page.get_by_role("heading", name="What the scanner sends")).to_be_visible()
    yield page
    context.close()


def settings(page: Page) -> dict[str, object]:
    return page.evaluate(
        """async () => {
            const open = indexedDB.open("bedside");
            const db = await new Promise((resolve) => (open.onsuccess = () => resolve(open.result)));
            const asked = db.transaction("plain").objectStore("plain").get("settings");
            const found = await new Promise((resolve) => (asked.onsuccess = () => resolve(asked.result)));
            db.close();
            return found ?? {};
        }"""
    )


def test_a_scanner_is_set_up_in_the_app_until_it_is_ready(scanner_page: Page) -> None:
    page = scanner_page
    lines = page.get_by_role("listitem")
    assert read_pictures(page, page.locator(".test-codes img")) == [LETTERS, f"{BATCH_AND_BEFORE}\x1d{SERIAL}"]
    expect(page.get_by_text("Waiting for a scan")).to_be_visible()

    types(page, GERMAN)
    expect(lines.filter(has_text="Keyboard layout")).to_contain_text("German (QWERTZ)")
    expect(lines.filter(has_text="Keyboard layout")).to_contain_text("United Kingdom")
    types(page, FRENCH)
    expect(lines.filter(has_text="Keyboard layout")).to_contain_text("French (AZERTY)")
    types(page, CAPS_LOCK)
    expect(lines.filter(has_text="Keyboard layout")).to_contain_text("Caps Lock")
    types(page, LETTERS, ending="")
    expect(lines.filter(has_text="Keyboard layout")).to_contain_text("Keyboard layout: English")
    expect(lines.filter(has_text="After the code")).to_contain_text("nothing")

    types(page, BATCH_AND_BEFORE, SERIAL, ending="Tab")
    expect(lines.filter(has_text="Group separator")).to_contain_text("lost")
    expect(lines.filter(has_text="Before the code")).to_contain_text("nothing")
    expect(lines.filter(has_text="After the code")).to_contain_text("Tab")
    expect(page.get_by_text("Ready: ")).to_be_hidden()
    assert settings(page).get("scanner_ready") is None

    types(page, "]d2", BATCH_AND_BEFORE, "^", SERIAL)
    expect(page.get_by_text(f"]d2{BATCH_AND_BEFORE}␝{SERIAL}")).to_be_visible()
    expect(lines.filter(has_text="Group separator")).to_contain_text("sent")
    expect(lines.filter(has_text="Before the code")).to_contain_text("]d2")
    expect(lines.filter(has_text="After the code")).to_contain_text("Enter")
    expect(page.get_by_text("Ready: The scanner works with this app.")).to_be_visible()
    until(page, lambda: settings(page).get("scanner_ready"))


@pytest.mark.parametrize("separator", ["F8", "^", "<GS>", "{GS}", "\x1d"])
def test_every_way_to_send_the_separator_is_understood(scanner_page: Page, separator: str) -> None:
    types(scanner_page, LETTERS)
    types(scanner_page, BATCH_AND_BEFORE, separator, SERIAL)
    expect(scanner_page.get_by_text("Ready: ")).to_be_visible()


def test_the_test_codes_can_be_printed_from_the_app(scanner_page: Page) -> None:
    scanner_page.evaluate("window.print = () => { window.printed = true; }")
    press(scanner_page, "Print these codes")
    assert scanner_page.evaluate("window.printed") is True
    scanner_page.emulate_media(media="print")
    assert len(read_pictures(scanner_page, scanner_page.locator(".test-codes img"))) == 2
    expect(scanner_page.get_by_role("button", name="Print these codes")).to_be_hidden()


def test_a_scanner_is_set_up_at_the_desk_until_it_is_ready(desk: Page) -> None:
    home = MorningRound()
    sign_in(desk, home.manager.username, came_for="/scanner/")
    expect(desk.get_by_role("heading", name="Set up a scanner")).to_be_visible()
    assert read_pictures(desk, desk.locator(".scanner-code svg")) == [LETTERS, f"{BATCH_AND_BEFORE}\x1d{SERIAL}"]
    row = desk.get_by_role("row")

    types(desk, FRENCH)
    expect(row.filter(has_text="Keyboard layout")).to_contain_text("French (AZERTY)")
    types(desk, LETTERS, ending="")
    expect(row.filter(has_text="Keyboard layout")).to_contain_text("English, as it must be")
    expect(row.filter(has_text="suffix")).to_contain_text("nothing: it stops")
    types(desk, BATCH_AND_BEFORE, SERIAL)
    expect(row.filter(has_text="Separator inside")).to_contain_text("lost")
    expect(desk.get_by_text("Ready: this scanner")).to_be_hidden()
    types(desk, "]d2", BATCH_AND_BEFORE, "F8", SERIAL, ending="Tab")
    expect(row.filter(has_text="prefix")).to_contain_text("]d2")
    expect(row.filter(has_text="suffix")).to_contain_text("Tab")
    expect(desk.get_by_text("Ready: this scanner")).to_be_visible()

    paper = desk.request.get(desk.get_by_role("link", name="Print the codes").get_attribute("href") or "")
    assert paper.headers["content-type"] == "application/pdf"
    assert io.BytesIO(paper.body()).read(5) == b"%PDF-"

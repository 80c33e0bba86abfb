"""Which screens does the bedside app have? A walk through every one of them, on invented people.

The walk runs against the app's own stand-in server, so that every screen is reached in a minute; the journeys
against the real server are the tests beside this file. `python -m tests.stories.bedside_screens FOLDER` writes a
picture of each screen, day and night, at 390, 320 and 820 pixels.
"""

import argparse
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from deploy import bootstrap
from tests.stories.conftest import FLAGS, browser_program

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "web" / "bedside"
SIZES = {390: 844, 320: 640, 820: 1180}
CAMERA = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]


@contextmanager
def stand_in_server(extra_people: int = 0) -> Iterator[str]:
    """Serve the built app with invented people who have something of everything due; give its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(bootstrap.node_program()), "dev/server.mjs", str(port), str(extra_people)]
    process = subprocess.Popen(command, cwd=APP, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline(), "the stand-in server did not start"
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)
        if process.stdout is not None:
            process.stdout.close()


def scan(page: Page, text: str) -> None:
    """Send a code as a keyboard-wedge scanner does."""
    page.evaluate(
        """(text) => [...text, "Enter"].forEach((key) => document.body.dispatchEvent(
            new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })))""",
        text,
    )


def press(page: Page, *names: str) -> None:
    """Press buttons by their whole names, one after another."""
    for name in names:
        page.get_by_role("button", name=name, exact=True).click()


def start_round(page: Page, address: str = "") -> None:
    """Enrol at the stand-in server, sign Anna in and start her round."""
    page.goto(f"{address}/bedside/")
    page.get_by_label("Set-up code").fill("ABCD-2345")
    page.get_by_label("What do you call").fill("Oak trolley")
    press(page, "Set up")
    page.get_by_role("button", name="Anna Kowalska").click()
    press(page, *"2468", "OK", "Start round")
    page.get_by_text("medicines left").wait_for()


def screens(page: Page, theme: str) -> Iterator[str]:
    """Walk through every screen, yielding its name while it is up."""
    page.goto("/bedside/")
    page.get_by_label("Set-up code").wait_for()
    page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
    yield "enrol"
    press(page, "Set up")
    yield "enrol-problem"
    page.get_by_label("Set-up code").fill("ABCD-2345")
    page.get_by_label("What do you call").fill("Oak trolley")
    press(page, "Set up")
    page.get_by_text("Ewa Nowak").wait_for()
    yield "start"
    page.get_by_role("button", name="Anna Kowalska").click()
    yield "start-pin"
    press(page, *"9151", "OK")
    page.get_by_text("4 tries left").wait_for()
    yield "start-pin-wrong"
    press(page, *"2468", "OK")
    page.get_by_role("button", name="Start round").wait_for()
    press(page, "Menu", "Night" if theme == "night" else "Day")
    yield "menu"
    press(page, "Back")
    page.get_by_role("button", name="Start round").wait_for()
    yield "welcome"
    yield from _round(page)
    yield from _when_needed(page)
    yield from _controlled_drug(page)
    yield from _not_given(page)
    yield from _readings_and_parts(page)
    yield from _patch_and_creams(page)
    yield from _left_blank_earlier(page)
    yield from _around_the_round(page)


def _round(page: Page) -> Iterator[str]:
    press(page, "Start round")
    page.get_by_text("medicines left").wait_for()
    yield "list"
    scan(page, "ERJAN222")
    page.get_by_role("heading", name="Joan", exact=True).wait_for()
    yield "person"
    scan(page, "EPPKA222")
    page.get_by_role("button", name="Joan took this one").wait_for()
    yield "person-pot"
    scan(page, "EPPKH222")
    page.get_by_role("button", name="I have put it back").wait_for()
    yield "stop-wrong-resident"
    press(page, "I have put it back")
    scan(page, "EPPKA222")
    page.get_by_role("button", name="Understood").wait_for()
    yield "stop-in-pot"
    press(page, "Understood")
    scan(page, "5099999999999")
    page.get_by_text("could not be read").first.wait_for()
    yield "ask-unread"
    press(page, "Close")
    scan(page, "5099999999995")
    page.get_by_role("heading", name="Which medicine is it?").wait_for()
    yield "ask-unknown"
    press(page, "Metformin 500 mg tablets")
    yield "ask-unknown-by-eye"
    press(page, "Yes, all of it matches", "By hand: Apixaban")
    yield "by-hand"
    press(page, "Barcode will not scan")
    page.get_by_role("button", name="Joan took all 3").wait_for()
    yield "person-pot-all"
    press(page, "Joan took all 3")
    page.get_by_text("medicines left").wait_for()
    yield "list-after"


def _when_needed(page: Page) -> Iterator[str]:
    scan(page, "ERJAN222")
    page.get_by_role("heading", name="Joan", exact=True).wait_for()
    scan(page, "EPPKD222")
    page.get_by_role("heading", name="How many?").wait_for()
    yield "when-needed"
    press(page, "2 tablets")
    page.get_by_role("button", name="Joan took it").wait_for()
    yield "person-when-needed-pot"
    press(page, "Joan took it")
    page.get_by_text("medicines left").wait_for()
    scan(page, "ERJAN222")
    press(page, "Look or give: Lorazepam")
    yield "when-needed-closed"
    press(page, "Cancel", "Back to the round", "1 medicine: did it help?")
    yield "did-it-help"
    press(page, "Worse, or a side effect")
    yield "did-it-help-worse"
    press(page, "Close")


def _controlled_drug(page: Page) -> Iterator[str]:
    scan(page, "EPPKG222")
    page.get_by_role("heading", name="Mrs Begum", exact=True).wait_for()
    scan(page, "EPPKG222")
    page.get_by_role("heading", name="Second person").wait_for()
    yield "witness-who"
    page.get_by_role("button", name="Ben Achebe").click()
    yield "witness-pin"
    press(page, *"1357", "OK")
    page.get_by_role("heading", name="count what is left").wait_for()
    yield "witness-count"
    press(page, *"185", "Record this count", "Mrs Begum took it")
    page.get_by_text("medicines left").wait_for()


def _not_given(page: Page) -> Iterator[str]:
    scan(page, "ERJAN522")
    page.get_by_role("heading", name="Bill", exact=True).wait_for()
    yield "person-allergies-not-recorded"
    press(page, "Not given: Simvastatin")
    yield "not-given"
    press(page, "Something else")
    yield "not-given-more"
    press(page, "Other: say what")
    yield "not-given-words"
    press(page, "Cancel", "Not given: Simvastatin", "Try again in 15 minutes")
    yield "person-try-again"
    press(page, "Round")
    scan(page, "ERJAN622")
    page.get_by_role("heading", name="Margaret", exact=True).wait_for()
    yield "person-long-names"
    scan(page, "EPPKK222")
    page.get_by_role("heading", name="how many this time").wait_for()
    yield "how-many"
    press(page, "1 tablet", "Round")
    page.get_by_text("medicines left").wait_for()
    yield "list-mixed"


def _readings_and_parts(page: Page) -> Iterator[str]:
    scan(page, "ERJAN822")
    page.get_by_role("heading", name="Nan", exact=True).wait_for()
    yield "person-standing-plans-and-sides"
    scan(page, "EPPKN222")
    page.get_by_role("heading", name="Scan each strength").wait_for()
    yield "strengths"
    scan(page, "EPPKNB22")
    page.get_by_text("In the pot").first.wait_for()
    scan(page, "EPPKZ222")
    page.get_by_role("heading", name="Blood glucose first").wait_for()
    yield "reading"
    press(page, *"12", "OK")
    page.get_by_role("heading", name="Where: Insulin aspart?").wait_for()
    yield "where"
    press(page, "left upper arm")
    scan(page, "EPPKP222")
    page.get_by_role("heading", name="Pulse first").wait_for()
    yield "ask-reading"
    press(page, *"52", "OK")
    page.get_by_role("button", name="Record it as held").wait_for()
    yield "stop-held"
    press(page, "Record it as held", "Round")
    page.get_by_text("medicines left").wait_for()


def _patch_and_creams(page: Page) -> Iterator[str]:
    scan(page, "ERJAN922")
    page.get_by_role("heading", name="Ted", exact=True).wait_for()
    page.get_by_role("button", name="Check: Fentanyl").wait_for()
    yield "person-patch"
    press(page, "Check: Fentanyl")
    yield "patch-check"
    press(page, "It has fallen off")
    page.get_by_role("button", name="Put a new one on: Fentanyl").wait_for()
    yield "person-patch-off"
    scan(page, "EPPKS222")
    page.get_by_role("heading", name="Where: Fentanyl?").wait_for()
    yield "where-patch"
    press(page, "Next: right upper arm")
    yield "person-patch-pot"
    press(page, "Round", "Menu", "Creams today")
    page.get_by_role("button", name="Done: Cavilon barrier for Ted").wait_for()
    yield "creams"
    press(page, "Done: Cavilon barrier for Ted")
    page.get_by_text("No creams are waiting").wait_for()
    yield "creams-none"
    press(page, "Back")
    page.get_by_text("medicines left").wait_for()


def _left_blank_earlier(page: Page) -> Iterator[str]:
    scan(page, "ERJAN622")
    page.get_by_role("heading", name="Left blank earlier").wait_for()
    page.get_by_role("heading", name="Left blank earlier").scroll_into_view_if_needed()
    yield "person-left-blank-earlier"
    press(page, "Given: when?: Amlodipine")
    page.get_by_role("heading", name="When was it given?").wait_for()
    yield "late-entry"
    press(page, "Another time")
    yield "late-entry-time"
    press(page, "Now")
    page.get_by_text("recorded now").wait_for()
    yield "late-entry-pot"
    press(page, "Round")
    page.get_by_text("medicines left").wait_for()


def _around_the_round(page: Page) -> Iterator[str]:
    press(page, "Camera")
    page.locator("video").wait_for()
    yield "camera"
    press(page, "Cancel", "Type code")
    yield "type-code"
    press(page, "Cancel", "Finish round")
    page.get_by_text("still blank").first.wait_for()
    yield "finish"
    press(page, "Round", "Menu", "Handover")
    yield "handover"
    press(page, "Start", "Menu", "Scanner set-up")
    yield "scanner"
    press(page, "Menu", "Recorded here")
    yield "recorded-here"
    press(page, "Back", "Menu", "Practice round")
    page.get_by_text("Labels for practice").wait_for()
    yield "practice"


def write_pictures(browser: Browser, folder: Path, width: int, theme: str) -> int:
    """Write a picture of every screen; return how many."""
    count = 0
    with stand_in_server() as address:
        size = {"width": width, "height": SIZES[width]}
        context = browser.new_context(base_url=address, viewport=size, locale="en-GB")
        page = context.new_page()
        for count, name in enumerate(screens(page, theme), 1):
            page.wait_for_timeout(150)
            page.screenshot(path=folder / f"bedside-{count:02}-{name}-{width}-{theme}.png")
        context.close()
    return count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--width", type=int, action="append", choices=SIZES)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_program(), args=FLAGS + CAMERA)
        for width in options.width or SIZES:
            for theme in ("day", "night"):
                count = write_pictures(browser, options.folder, width, theme)
                sys.stdout.write(f"{count} screens at {width} pixels by {theme} in {options.folder}\n")
        browser.close()


if __name__ == "__main__":
    main()

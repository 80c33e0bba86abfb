"""Does the bedside's camera come back when another app had it, and does its light work?

The camera is one that the test holds in its hand: Chromium's own pretended camera can neither be taken away nor has
it a light. What looks at its pictures, and all that follows, is the app itself.
"""

import base64
from collections.abc import Iterator

import cv2
import numpy as np
import pytest
import zxingcpp
from playwright.sync_api import Browser, Page, expect

from tests.stories.bedside_screens import scan, stand_in_server, start_round
from tests.stories.conftest import PHONE, until
from tests.stories.test_bedside_scanning import picture_of

JOAN, JOANS_PACK = "ERJAN222", "EPPKA222"
CAMERA = """
window.camera = { opened: 0, isTaken: false, hasLight: true, lights: [], picture: null, visibility: "visible" };
Object.defineProperty(document, "visibilityState", { get: () => camera.visibility });
navigator.mediaDevices.getUserMedia = async () => {
    if (camera.isTaken) throw new DOMException("in use", "NotReadableError");
    camera.opened += 1;
    const canvas = Object.assign(document.createElement("canvas"), { width: 1280, height: 720 });
    const paper = canvas.getContext("2d");
    const draw = () => {
        paper.fillStyle = `hsl(0 0% ${50 + Math.random()}%)`;
        paper.fillRect(0, 0, 1280, 720);
        if (camera.picture) paper.drawImage(camera.picture, 0, 0);
    };
    const drawing = setInterval(draw, 50);
    const stream = canvas.captureStream(20);
    const [track] = stream.getVideoTracks();
    const stop = track.stop.bind(track);
    track.stop = () => { clearInterval(drawing); stop(); };
    track.getCapabilities = () => (camera.hasLight ? { torch: true } : {});
    track.applyConstraints = async ({ advanced }) => { camera.lights.push(advanced[0].torch); };
    camera.track = track;
    return stream;
};
window.takeCamera = (word) => {
    // The system ends the track; a page's own stop() would not say "ended".
    camera.track.stop();
    if (word) camera.track.dispatchEvent(new Event(word));
};
window.switchApp = (visibility) => {
    camera.visibility = visibility;
    document.dispatchEvent(new Event("visibilitychange"));
};
window.show = async (png) => {
    camera.picture = await createImageBitmap(await (await fetch(png)).blob());
};
"""


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    """A phone with such a camera, with Joan in front of it."""
    with stand_in_server() as address:
        # The pictures come in as data: addresses, which the app's own policy rightly does not fetch.
        context = chromium.new_context(base_url=address, viewport=PHONE, locale="en-GB", bypass_csp=True)
        page = context.new_page()
        page.add_init_script(CAMERA)
        start_round(page)
        scan(page, JOAN)
        page.get_by_role("heading", name="Joan", exact=True).wait_for()
        yield page
        context.close()


def open_camera(page: Page) -> None:
    page.get_by_role("button", name="Camera", exact=True).click()
    until(page, lambda: page.evaluate("camera.opened > 0 && document.querySelector('video').videoWidth > 0"))


def show(page: Page, picture: np.ndarray) -> None:
    png = cv2.imencode(".png", picture)[1].tobytes()
    page.evaluate("(png) => show(png)", "data:image/png;base64," + base64.b64encode(png).decode())


def pack_is_read(page: Page) -> None:
    show(page, picture_of(JOANS_PACK, zxingcpp.BarcodeFormat.QRCode))
    expect(page.get_by_role("button", name="Joan took this one")).to_be_visible(timeout=30_000)


def test_the_camera_goes_on_after_another_app_was_in_front(phone: Page) -> None:
    open_camera(phone)
    phone.evaluate("switchApp('hidden')")
    phone.evaluate("takeCamera('')")
    phone.wait_for_timeout(300)
    assert phone.evaluate("camera.opened") == 1, "not while nobody looks at it"
    phone.evaluate("switchApp('visible')")
    until(phone, lambda: phone.evaluate("camera.opened") == 2)
    pack_is_read(phone)
    assert phone.evaluate("camera.track.readyState") == "ended", "and it is let go once the pack was read"


def test_a_camera_that_was_not_taken_away_is_not_opened_twice(phone: Page) -> None:
    open_camera(phone)
    phone.evaluate("switchApp('hidden')")
    phone.evaluate("switchApp('visible')")
    phone.wait_for_timeout(300)
    assert phone.evaluate("camera.opened") == 1
    pack_is_read(phone)


def test_a_camera_that_another_app_keeps_is_said_and_comes_back_by_itself(phone: Page) -> None:
    open_camera(phone)
    phone.evaluate("camera.isTaken = true")
    phone.evaluate("takeCamera('ended')")
    expect(phone.get_by_text("The camera was taken by another app")).to_be_visible()
    phone.evaluate("camera.isTaken = false")
    expect(phone.get_by_text("The camera was taken by another app")).to_be_hidden(timeout=10_000)
    assert phone.evaluate("camera.opened") == 2
    pack_is_read(phone)


def test_a_closed_camera_stays_closed(phone: Page) -> None:
    open_camera(phone)
    phone.get_by_role("button", name="Cancel").click()
    expect(phone.locator("video")).to_have_count(0)
    assert phone.evaluate("camera.track.readyState") == "ended"
    phone.evaluate("switchApp('hidden')")
    phone.evaluate("switchApp('visible')")
    phone.wait_for_timeout(300)
    assert phone.evaluate("camera.opened") == 1


def test_the_light_goes_on_and_off_and_on_again_after_an_app_switch(phone: Page) -> None:
    open_camera(phone)
    light = phone.get_by_role("button", name="Torch")
    light.click()
    expect(light).to_have_attribute("aria-pressed", "true")
    light.click()
    expect(light).to_have_attribute("aria-pressed", "false")
    assert phone.evaluate("camera.lights") == [True, False]
    light.click()
    phone.evaluate("switchApp('hidden')")
    phone.evaluate("takeCamera('')")
    phone.evaluate("switchApp('visible')")
    until(phone, lambda: phone.evaluate("camera.opened") == 2)
    until(phone, lambda: phone.evaluate("camera.lights") == [True, False, True, True])


def test_a_camera_without_a_light_offers_none(phone: Page) -> None:
    phone.evaluate("camera.hasLight = false")
    open_camera(phone)
    expect(phone.get_by_text("Starting the camera")).to_be_hidden()
    expect(phone.get_by_role("button", name="Torch")).to_have_count(0)


def test_a_light_that_does_not_obey_is_offered_no_more(phone: Page) -> None:
    open_camera(phone)
    refuse = "throw new DOMException('no', 'OverconstrainedError')"
    phone.evaluate(f"() => {{ camera.track.applyConstraints = async () => {{ {refuse}; }}; }}")
    phone.get_by_role("button", name="Torch").click()
    expect(phone.get_by_role("button", name="Torch")).to_have_count(0)

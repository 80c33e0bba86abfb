"""Does a code reach the bedside app by every way in: camera, photo to the server, typed, a taught code?"""

from pathlib import Path

import cv2
import numpy as np
import pytest
import zxingcpp
from playwright.sync_api import Browser, Page, expect

from emar.models import Administration, ScanEvent
from emar.scope import scope
from tests.stories.conftest import FLAGS, PHONE, browser_program, until
from tests.stories.test_main_job import BILLS_PACK, JOANS_PACK, MorningRound, enrol_and_sign_in, scan

WIDTH, HEIGHT = 1280, 720


def picture_of(text: str, symbology: zxingcpp.BarcodeFormat, *, is_gs1: bool = False) -> np.ndarray:
    """Draw a code as a camera sees it: in the middle, a little turned, on a grey table, with noise."""
    drawn = np.array(zxingcpp.create_barcode(text, symbology, gs1=is_gs1).to_image(scale=10))
    table = np.full((HEIGHT, WIDTH), 150, np.uint8)
    side = min(drawn.shape[0], HEIGHT - 120), min(drawn.shape[1], WIDTH - 200)
    drawn = cv2.resize(drawn, side[::-1], interpolation=cv2.INTER_AREA)
    label = cv2.copyMakeBorder(drawn, 40, 40, 40, 40, cv2.BORDER_CONSTANT, value=255)
    top, left = (HEIGHT - label.shape[0]) // 2, (WIDTH - label.shape[1]) // 2
    table[top : top + label.shape[0], left : left + label.shape[1]] = label
    turned = cv2.warpAffine(
        table, cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), 4, 1), (WIDTH, HEIGHT), borderValue=150
    )
    noise = np.random.default_rng(7).normal(0, 6, turned.shape)
    return np.clip(turned + noise, 0, 255).astype(np.uint8)


def write_film(picture: np.ndarray, path: Path, frames: int = 20) -> None:
    """Write a film of one picture, in the form Chromium's pretended camera plays."""
    colour = np.full((HEIGHT // 2, WIDTH // 2), 128, np.uint8).tobytes()
    with path.open("wb") as film:
        film.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode())
        for _ in range(frames):
            film.write(b"FRAME\n" + picture.tobytes() + colour + colour)


def how_given(home: MorningRound) -> list[tuple[str, str]]:
    with scope(home=home.home.pk):
        return list(Administration.objects.filter(outcome="given").values_list("scan_source", "scan_text"))


def open_joan(page: Page, home: MorningRound) -> None:
    enrol_and_sign_in(page, home.code)
    page.get_by_role("button", name="Start round").click()
    expect(page.get_by_text("medicines left")).to_be_visible()
    scan(page, home.joan.label_code)
    expect(page.get_by_role("heading", name="Joan", exact=True)).to_be_visible()


@pytest.mark.parametrize("symbology", [zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.Code128])
def test_the_camera_reads_a_pack_and_stops_another_residents(
    chromium: Browser, server: str, tmp_path: Path, symbology: zxingcpp.BarcodeFormat
) -> None:
    home = MorningRound()
    film = tmp_path / "film.y4m"
    write_film(picture_of(JOANS_PACK, symbology), film)
    browser = chromium.browser_type.launch(
        executable_path=browser_program(),
        args=[
            *FLAGS,
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={film}",
        ],
    )
    page = browser.new_page(base_url=server, viewport=PHONE, locale="en-GB")
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if "Content Security" in message.text else None)
    open_joan(page, home)
    page.get_by_role("button", name="Camera", exact=True).click()
    expect(page.get_by_role("button", name="Joan took it")).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Joan took it").click()
    until(page, lambda: how_given(home))
    assert how_given(home) == [("camera", JOANS_PACK)]

    scan(page, home.bill.label_code)
    expect(page.get_by_role("heading", name="Bill", exact=True)).to_be_visible()
    page.get_by_role("button", name="Camera", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Joan Whitfield", timeout=30_000)
    assert refused == []
    browser.close()


def test_a_photo_is_read_by_the_server_and_matched_as_any_scan(tablet: Page, tmp_path: Path) -> None:
    home = MorningRound()
    open_joan(tablet, home)
    photo = tmp_path / "photo.jpg"
    cv2.imwrite(str(photo), picture_of(JOANS_PACK, zxingcpp.BarcodeFormat.DataMatrix))
    tablet.get_by_role("button", name="Camera", exact=True).click()
    tablet.locator("input[type=file]").set_input_files(photo)
    expect(tablet.get_by_role("button", name="Joan took it")).to_be_visible(timeout=30_000)
    tablet.get_by_role("button", name="Joan took it").click()
    until(tablet, lambda: how_given(home))
    assert how_given(home) == [("photo", JOANS_PACK)]


def test_a_photo_of_nothing_says_what_to_do(tablet: Page, tmp_path: Path) -> None:
    home = MorningRound()
    open_joan(tablet, home)
    photo = tmp_path / "table.jpg"
    cv2.imwrite(str(photo), np.full((400, 400), 150, np.uint8))
    tablet.get_by_role("button", name="Camera", exact=True).click()
    tablet.locator("input[type=file]").set_input_files(photo)
    message = tablet.locator(".camera-message")
    expect(message).to_contain_text("code", timeout=30_000)
    assert how_given(home) == []


def test_a_code_typed_by_hand_is_matched_as_any_scan(tablet: Page) -> None:
    home = MorningRound()
    open_joan(tablet, home)
    for typed, outcome in ((BILLS_PACK, "I have put it back"), (JOANS_PACK.lower(), "Joan took it")):
        tablet.get_by_role("button", name="Type code").click()
        tablet.locator("input.input-code").fill(typed)
        tablet.get_by_role("button", name="Use this number").click()
        tablet.get_by_role("button", name=outcome).click()
    until(tablet, lambda: how_given(home))
    assert how_given(home) == [("typed", JOANS_PACK)]


@pytest.mark.hazard("H19", control="an unknown code is a question, answered by eye and kept", shows="works")
def test_an_unknown_barcode_is_checked_by_eye_and_kept(tablet: Page) -> None:
    home = MorningRound()
    open_joan(tablet, home)
    scan(tablet, "5099999999995")
    tablet.get_by_role("button", name="Yes, all of it matches").click()
    tablet.get_by_role("button", name="Joan took it").click()
    until(tablet, lambda: how_given(home))
    with scope(home=home.home.pk):
        event = ScanEvent.objects.get(text="5099999999995")
        assert (event.result, event.is_overridden, event.reason) == ("asked", True, "label_checked")
    assert how_given(home) == [("wedge", "5099999999995")]

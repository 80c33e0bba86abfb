"""Does the camera of a phone or a desk book a pack in, with everything that its code says?"""

from datetime import timedelta
from pathlib import Path

import pytest
import zxingcpp
from django.utils import timezone
from playwright.sync_api import Browser, expect

from tests.delivery import make_waiting, sell
from tests.stories.conftest import FLAGS, PHONE, browser_program
from tests.stories.desk_sign_in import sign_in
from tests.stories.test_bedside_scanning import picture_of, write_film

PATIENCE_MS = 30_000


@pytest.mark.hazard("H13", control="the camera reads a pack's own number, and never books it twice", shows="works")
def test_the_camera_fills_in_product_batch_expiry_and_serial(
    chromium: Browser, server: str, committed_db: None, tmp_path: Path
) -> None:
    waiting, amlodipine = make_waiting(), sell("Amlodipine 5mg tablets")
    for name in ("Ada Winterbottom", "Ben Oldacre"):
        waiting.prescribe(waiting.live(name), amlodipine)
    delivery = waiting.load(
        ["Ada Winterbottom,Amlodipine 5mg tabs,28", "Ben Oldacre,Amlodipine 5mg tabs,28"], at=timezone.now()
    )
    last_day = (timezone.now() + timedelta(days=500)).date()
    printed = f"(01){amlodipine.gtin}(17){last_day:%y%m%d}(10)LK77(21)9A8B7C"
    film = tmp_path / "film.y4m"
    write_film(picture_of(printed, zxingcpp.BarcodeFormat.DataMatrix, is_gs1=True), film)
    browser = chromium.browser_type.launch(
        executable_path=browser_program(),
        args=[
            *FLAGS, "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={film}",
        ],
    )  # fmt: skip
    page = browser.new_page(base_url=server, viewport=PHONE, locale="en-GB")
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if "Content Security" in message.text else None)
    sign_in(page, waiting.senior.username, came_for=f"/deliveries/{delivery.pk}/")
    page.get_by_role("button", name="Use the camera").click()
    # Two people wait for such a pack: whose it is, its label says and no code.
    expect(page.get_by_text("batch LK77")).to_be_visible(timeout=PATIENCE_MS)
    page.locator("#answer .whose", has_text="Ben Oldacre").click()
    expect(page.locator("#answer .answer--good")).to_contain_text("Ben Oldacre", timeout=PATIENCE_MS)
    # The box is still in front of the lens: nothing is booked again, and nothing asked that has been answered.
    expect(page.get_by_role("button", name="It is another box")).to_be_visible(timeout=PATIENCE_MS)
    [booked] = waiting.booked()
    pack = booked.pack
    assert (pack.gtin, pack.batch, pack.serial) == (amlodipine.gtin, "LK77", "9A8B7C")
    assert (pack.expires_on, pack.line.resident_id, booked.how) == (last_day, waiting.residents[1].pk, "scanned")
    page.get_by_role("button", name="It is another box").click()
    expect(page.get_by_role("heading", name="This box is booked in already")).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("button", name="The same box again").click()
    page.get_by_role("button", name="Switch the camera off").click()
    expect(page.get_by_role("button", name="Use the camera")).to_be_visible()
    assert len(waiting.booked()) == 1
    assert refused == []
    browser.close()

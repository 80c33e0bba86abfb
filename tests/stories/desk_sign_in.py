"""How a person signs in at the desk, as people do it: a password, and for some a code from their phone."""

from playwright.sync_api import Page, expect

from tests import factories as make
from tests.second_factor import Phone

SIGN_IN = "main button:has-text('Sign in')"


def sign_in(page: Page, username: str, *, came_for: str = "/sign-in/") -> None:
    """Sign in; who needs a second factor and has none yet sets a phone up on the way."""
    type_password(page, username, came_for=came_for)
    if page.url.endswith("/sign-in/set-up/"):
        set_up_phone(page)
        page.get_by_role("button", name="I have kept them").click()


def type_password(page: Page, username: str, *, came_for: str = "/sign-in/") -> None:
    """Open the page that was wanted, and type name and password where they are asked for."""
    page.goto(came_for)
    page.get_by_label("Username").fill(username)
    page.locator("#id_password").fill(make.PASSWORD)
    page.locator(SIGN_IN).click()
    page.wait_for_load_state()


def set_up_phone(page: Page) -> Phone:
    """Type the key on the page into a phone, and the phone's code into the page."""
    phone = Phone("".join(page.locator(".key-to-type").inner_text().split()))
    page.get_by_label("6-digit code").fill(phone.shows())
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    return phone

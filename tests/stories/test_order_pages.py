"""What only a real browser shows of ordering: the sheet's copy buttons, and the menu that leads to it."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from emar.models import Resident
from emar.scope import scope
from ordering.models import Order
from tests.ordering.homes import OrderingHome, make_ordering_home
from tests.stories.conftest import DESK
from tests.stories.desk_sign_in import sign_in

NHS_NUMBER = "9434765919"
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def home(committed_db: None) -> OrderingHome:
    return make_ordering_home()


@pytest.fixture
def order(home: OrderingHome) -> Order:
    with scope(home=home.pk):
        Resident.objects.filter(pk=home.residents[0].pk).update(nhs_number=NHS_NUMBER)
    return home.sent()


def desk(chromium: Browser, server: str, home: OrderingHome, **options: object) -> Page:
    """Let the senior sign in at a desk."""
    context = chromium.new_context(base_url=server, locale="en-GB", **({"viewport": DESK} | options))
    context.set_default_timeout(30_000)
    page = context.new_page()
    sign_in(page, home.senior.username)
    expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()
    return page


def test_what_the_sheet_copies_is_on_the_clipboard(
    chromium: Browser, server: str, home: OrderingHome, order: Order
) -> None:
    page = desk(chromium, server, home, permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"/orders/{order.pk}/sheet/")
    ordered = {
        "Copy Ramipril 5mg capsules for William Pryce": "Ramipril 5mg capsules",
        "Copy Amlodipine 5mg tablets for Joan Whitfield": "Amlodipine 5mg tablets",
        "Copy the name name William Pryce": "William Pryce",
        "Copy the NHS number of Joan Whitfield": NHS_NUMBER,
    }
    for button, text in ordered.items():
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("status")).to_have_text(f"Copied: {text}")
        assert page.evaluate("navigator.clipboard.readText()") == text
    page.context.close()


def test_where_the_browser_does_not_copy_the_sheet_says_what_to_type(
    chromium: Browser, server: str, home: OrderingHome, order: Order
) -> None:
    page = desk(chromium, server, home)
    page.add_init_script("navigator.clipboard.writeText = () => Promise.reject(new Error('refused'))")
    page.goto(f"/orders/{order.pk}/sheet/")
    page.get_by_role("button", name="Copy Ramipril 5mg capsules for William Pryce").click()
    expect(page.get_by_role("status")).to_contain_text("Type it: Ramipril 5mg capsules")
    page.context.close()


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_the_groups_of_the_menu_open_by_keyboard_and_close_by_escape(
    chromium: Browser, server: str, home: OrderingHome, viewport: dict[str, int]
) -> None:
    page = desk(chromium, server, home, viewport=viewport)
    menu = page.get_by_role("navigation", name="Menu")
    more = menu.get_by_role("button", name="Browse More")
    group = menu.locator("summary", has_text="Stock")
    if more.is_visible():
        more.press("Enter")
    expect(group).to_be_visible()
    register = menu.get_by_role("link", name="CD register")
    expect(register).to_be_hidden()
    group.press("Enter")
    expect(register).to_be_visible()
    # The page begins below the last item of the menu, or the menu lies over it.
    last = menu.locator("summary", has_text="Home").bounding_box()
    below = page.get_by_role("main").bounding_box()
    assert last is not None
    assert below is not None
    assert last["y"] + last["height"] <= below["y"] + 1
    page.keyboard.press("Escape")
    expect(register).to_be_hidden()
    if more.is_visible() and more.get_attribute("aria-expanded") == "false":
        more.press("Enter")
    group.press("Enter")
    register.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("register", re.IGNORECASE))
    expect(menu.locator("summary", has_text="Stock")).to_have_attribute("aria-current", "true")
    page.context.close()

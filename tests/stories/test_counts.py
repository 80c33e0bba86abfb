"""Counting stock together in a real browser, on a phone and on a desk: scanned, left, taken up, finished."""

from datetime import date
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from emar.operations import packs
from emar.scope import scope
from stock.models import StockCountSession
from tests import factories as make
from tests.bedside import Bedside, make_bedside
from tests.stories.test_desk_pages import faults_of, sign_in, watched

__all__ = ["watched"]
#: What is wrong with each page that was looked at, by name.
Faults = dict[str, list[str]]


@pytest.fixture
def bedside(committed_db: None) -> Bedside:
    bedside = make_bedside(medicine=make.make_medicine(name="Amlodipine 5mg tablets", form="Tablet"))
    names = {
        "Latanoprost 50micrograms/ml eye drops": ("fridge", "EPDRPS22", date(2027, 2, 28)),
        "Senna 7.5mg/5ml oral solution": ("trolley", "EPSENN22", date(2026, 12, 31)),
        "Paracetamol 500mg tablets": ("cupboard", "EPPARA22", date(2028, 5, 31)),
    }
    for name, (location, label, expires_on) in names.items():
        line = make.make_stock_line(
            prescription=make.make_prescription(
                resident=bedside.resident, by=bedside.senior, medicine=make.make_medicine(name=name)
            )
        )
        pack = make.make_stock_pack(
            line=line, by=bedside.senior, label_code=label, location=location, expires_on=expires_on, batch="LK0329"
        )
        if location == "cupboard":
            with scope(home=bedside.home.pk):
                packs.change_status(
                    pack=pack, status="quarantined", reason="Box was wet", by=bedside.senior.pk, at=make.NOW
                )
    second = make.make_stock_pack(line=bedside.line, by=bedside.senior, label_code="EPAMDN22", quantity=Decimal(28))
    make.make_stock_movement(line=bedside.line, by=bedside.carer, quantity=Decimal(1), destination="waste",
                             reason="refused", pack_id=str(second.pk))  # fmt: skip
    return bedside


def test_a_count_is_scanned_left_and_taken_up_by_a_colleague(watched: Page, bedside: Bedside) -> None:
    page, faults = watched, {}
    sign_in(page, bedside.carer.username, came_for="/counts/")
    faults["counts"] = faults_of(page)
    page.get_by_role("button", name="Count everything").click()
    expect(page.get_by_role("heading", name="Count: Everything")).to_be_visible()
    # Nothing on the page says what the book holds: 55 of one line, 28 of the others.
    main = page.locator("main").inner_text()
    assert "55" not in main
    assert "28 " not in main
    faults["count"] = faults_of(page)
    _two_packs_are_scanned_and_counted(page, faults)
    _a_wrong_figure_asks_for_another_count(page, faults)
    _a_colleague_finishes_it(page, bedside, faults)
    _the_variance_is_signed_for(page, faults)
    assert {name: found for name, found in faults.items() if found} == {}


def _two_packs_are_scanned_and_counted(page: Page, faults: Faults) -> None:
    scan = page.get_by_role("textbox", name="Scan a pack")
    scan.fill("EPDRPS22")
    scan.press("Enter")
    answer = page.locator("#answer")
    expect(answer.get_by_role("heading", name="Latanoprost")).to_be_visible()
    faults["scanned"] = faults_of(page)
    answer.get_by_label("What is in it").fill("28")
    answer.get_by_role("button", name="Write it down").click()
    expect(answer).to_contain_text("28 tablets of Latanoprost")
    expect(page.locator("#progress")).to_contain_text("1 of 5 packs counted")
    # A scanner types wherever the focus is.
    page.locator("h1").click()
    page.keyboard.type("EPAMDN22", delay=5)
    page.keyboard.press("Enter")
    expect(answer.get_by_role("heading", name="Amlodipine")).to_be_visible()
    answer.get_by_label("What is in it").fill("27")
    answer.get_by_role("button", name="Write it down").click()
    expect(answer).to_contain_text("1 more pack of it")
    page.locator(".counting__row", has_text="Latanoprost").get_by_role("link", name="Pack by pack").click()
    expect(page.get_by_text("28 tablets, by")).to_be_visible()
    faults["line"] = faults_of(page)
    page.get_by_role("button", name="These packs are all there is").click()
    expect(page.get_by_text("Latanoprost 50micrograms/ml eye drops agrees with the book.")).to_be_visible()


def _a_wrong_figure_asks_for_another_count(page: Page, faults: Faults) -> None:
    # A code of no pack says so; the wrong figure asks for another count and tells no other figure.
    page.goto("/counts/")
    page.get_by_role("link", name="Go on").click()
    page.get_by_role("textbox", name="Scan a pack").fill("EPZZZZ99")
    page.get_by_role("button", name="Find").click()
    expect(page.locator("#answer")).to_contain_text("No pack in this home has the code")
    senna = page.locator(".counting__row", has_text="Senna")
    senna.get_by_role("spinbutton").fill("20")
    senna.get_by_role("button", name="Counted").click()
    expect(page.get_by_text("Count it once more, as if for the first time.")).to_be_visible()
    assert "28" not in page.locator("main").inner_text()
    faults["count again"] = faults_of(page)


def _a_colleague_finishes_it(page: Page, bedside: Bedside, faults: Faults) -> None:
    # A colleague takes it up where it was left.
    page.context.clear_cookies()
    sign_in(page, bedside.senior.username, came_for="/counts/")
    expect(page.get_by_text("2 of 4 lines counted")).to_be_visible()
    page.get_by_role("link", name="Go on").click()
    senna = page.locator(".counting__row", has_text="Senna")
    expect(senna.get_by_text("Differs: count once more")).to_be_visible()
    senna.get_by_role("spinbutton").fill("21")
    senna.get_by_role("button", name="Counted").click()
    expect(page.get_by_text("was counted twice and still differs")).to_be_visible()
    amlodipine = page.locator(".counting__row", has_text="Amlodipine")
    amlodipine.get_by_role("spinbutton").fill("55")
    amlodipine.get_by_role("button", name="Counted").click()
    expect(page.get_by_text("Amlodipine 5mg tablets agrees with the book.")).to_be_visible()
    page.get_by_role("button", name="Finish the count").click()
    expect(page.get_by_text("1 line stays uncounted")).to_be_visible()
    faults["finished"] = faults_of(page)
    with scope(home=bedside.home.pk):
        assert StockCountSession.objects.get().finished_by_id == bedside.senior.pk
    page.get_by_role("link", name="Sheet for paper").click()
    faults["sheet"] = faults_of(page)


def _the_variance_is_signed_for(page: Page, faults: Faults) -> None:
    # The variance stands until it is signed for with a reason.
    page.goto("/differences/")
    page.get_by_role("link", name="Senna").click()
    page.get_by_label("Liquid or cream").check()
    page.get_by_role("button", name="Sign and close").click()
    expect(page.get_by_text("Signed. The difference is closed.")).to_be_visible()
    faults["difference"] = faults_of(page)
    page.goto("/differences/drift/")
    expect(page.get_by_role("row", name="Liquid or cream")).to_be_visible()
    faults["drift"] = faults_of(page)


def test_the_stock_is_found_by_place_and_a_pack_is_put_aside(watched: Page, bedside: Bedside) -> None:
    page, faults = watched, {}
    sign_in(page, bedside.senior.username, came_for="/stock/")
    faults["stock"] = faults_of(page)
    for view in ("By place", "Expires first", "Quarantined", "Runs out first"):
        page.get_by_role("link", name=view).click()
        faults[view] = faults_of(page)
    page.goto("/stock/?view=quarantined")
    expect(page.get_by_role("link", name="Paracetamol")).to_be_visible()
    page.goto("/stock/?q=latan")
    expect(page.locator(".stock__line")).to_have_count(1)
    page.get_by_role("link", name="Latanoprost").click()
    faults["line"] = faults_of(page)
    page.get_by_role("link", name="Move it").click()
    faults["move"] = faults_of(page)
    page.get_by_label("Trolley").check()
    page.get_by_role("button", name="It is there now").click()
    expect(page.locator(".row-card", has_text="EPDRPS22")).to_contain_text("Trolley")
    page.get_by_role("link", name="Put it aside").click()
    page.get_by_role("button", name="Put it aside").click()
    expect(page.get_by_text("Enter why").first).to_be_visible()
    page.get_by_label("Why").fill("Stood in the sun")
    page.get_by_role("button", name="Put it aside").click()
    expect(page.get_by_text("Quarantined").first).to_be_visible()
    page.get_by_text("What was done to these packs").click()
    expect(page.get_by_text("put a pack aside", exact=False)).to_contain_text("Stood in the sun")
    page.get_by_role("link", name="Take it into use again").first.click()
    page.get_by_label("Why").fill("The pharmacist says it may be used")
    page.get_by_role("button", name="Take it into use again").click()
    expect(page.get_by_text("It may be used again.")).to_be_visible()
    page.goto("/stock/wasted/")
    expect(page.get_by_text("Refused, after it was in the pot")).to_be_visible()
    faults["wasted"] = faults_of(page)
    assert {name: found for name, found in faults.items() if found} == {}

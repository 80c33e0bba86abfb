"""A recall, and what stock is worth, in a real browser, on a phone and on a desk."""

import os
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from emar.models import Role
from emar.scope import scope
from stock.models import StockPack
from tests import factories as make
from tests.bedside import Bedside, make_bedside
from tests.stories.desk_sign_in import sign_in
from tests.stories.test_desk_pages import faults_of, watched

__all__ = ["watched"]
GTIN = "05012345678900"


@pytest.fixture
def bedside(committed_db: None) -> Bedside:
    """Two residents on one medicine: a pack of the batch each, and one whose batch nobody wrote down."""
    bedside = make_bedside(medicine=make.make_medicine(name="Bisoprolol 2.5mg tablets"))
    now = timezone.now()
    product = make.make_pack(medicine=bedside.medicine, price_pence=98, price_source="drug_tariff")
    make.make_pack_code(pack=product, gtin=GTIN)
    other = bedside.another(medicine=bedside.medicine)
    bedside.another(medicine=make.make_medicine(name="Senna 7.5mg/5ml oral solution"))
    for line, batch in ((bedside.line, "BK7-QX"), (other.line, "BK7QX"), (other.line, "")):
        make.make_stock_pack(line=line, by=bedside.senior, product=product, gtin=GTIN, batch=batch, at=now)
    with scope(home=bedside.home.pk):
        pack = StockPack.objects.get(batch="BK7QX")
    for days in range(3):
        given = {"due_at": None, "given_at": now - timedelta(days=days), "entered_at": now - timedelta(days=days)}
        other.record(other.dose(**given, pack_id=str(pack.pk), given_by_id=bedside.carer.pk), at=now)
    other.record(other.dose(due_at=None, outcome="destroyed_or_dropped", amount=Decimal(2)), at=now)
    return bedside


def seen(page: Page, name: str) -> list[str]:
    """Return what is wrong with the page, and keep a picture of it where SCREENSHOTS names a folder."""
    if folder := os.environ.get("SCREENSHOTS"):
        width = page.viewport_size["width"]
        page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
    return faults_of(page)


def test_a_recall_from_the_alert_to_the_last_pack(watched: Page, bedside: Bedside) -> None:
    page, faults = watched, {}
    manager = make.make_staff_member(home=bedside.home, role=Role.MANAGER, full_name="Mo Manager")
    sign_in(page, manager.username)
    page.goto("/recalls/")
    faults["none"] = seen(page, "recalls-none")
    page.get_by_role("link", name="Enter a recall").click()
    page.get_by_label("Scan a pack of it").fill(f"]d201{GTIN}1727063010BK7-QX")
    page.get_by_label("Class 2").check()
    page.get_by_label("Who sent it").fill("MHRA EL(26)A/12, from Quay Pharmacy")
    page.get_by_label("What is wrong with it").fill("Some tablets are too strong. Hand back every pack.")
    page.get_by_role("button", name="See which packs").click()
    expect(page.get_by_role("heading", name="3 packs here are called back")).to_be_visible()
    expect(page.get_by_label("Product")).to_have_value("Bisoprolol 2.5mg tablets")
    faults["look"] = seen(page, "recall-look")
    page.get_by_role("button", name="Enter the recall and put them aside").click()
    expect(page.get_by_text("3 packs to deal with")).to_be_visible()
    expect(page.get_by_text("The pack was scanned")).to_be_visible()
    faults["recall"] = seen(page, "recall")
    page.locator("li", has_text="batch not written down").get_by_role("link", name="Not affected").click()
    page.get_by_label("What does the box say?").fill("It says BK7-QY")
    faults["clear"] = seen(page, "recall-clear")
    page.get_by_role("button", name="It is not affected").click()
    expect(page.get_by_text("2 packs to deal with")).to_be_visible()
    page.goto("/recalls/")
    faults["list"] = seen(page, "recalls")
    page.goto("/stock/value/")
    expect(page.get_by_role("heading", name="What was lost, by month")).to_be_visible()
    faults["value"] = seen(page, "stock-value")
    assert {name: found for name, found in faults.items() if found} == {}

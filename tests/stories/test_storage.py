"""Temperatures, open packs and a consignment in a real browser, on a phone and on a desk."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from emar.models import Role
from emar.scope import scope
from stock.models import StockPack
from tests import factories as make
from tests.bedside import Bedside, make_bedside
from tests.pages.waiting import with_tasks
from tests.stories.test_desk_pages import faults_of, sign_in, watched

__all__ = ["watched"]


@pytest.fixture
def bedside(committed_db: None) -> Bedside:
    bedside = make_bedside(medicine=make.make_medicine(name="Latanoprost 50micrograms/ml eye drops", form="Eye drops"))
    now = timezone.now()
    fridge = make.make_storage_place(home=bedside.home, by=bedside.senior, name="Medicine fridge")
    for days in range(1, 27):
        seen = ("9.4", "3.1", "10.2") if days == 6 else ("4.8", f"{2 + days % 3}", f"{6 + days % 2}.5")
        action = "Moved everything to the kitchen fridge, rang the pharmacy" if days == 6 else ""
        if days not in (9, 10):
            make.make_temperature_reading(
                place=fridge, by=bedside.carer, seen=seen, at=now - timedelta(days=days), action=action
            )
    with scope(home=bedside.home.pk):
        StockPack.objects.filter(pk=bedside.pack.pk).update(
            opened_on=now.date() - timedelta(days=40), use_by=now.date() - timedelta(days=13)
        )
    with_tasks(bedside.prescription, bedside.senior, "Ann")
    return bedside


def test_a_warm_fridge_and_a_return_with_a_second_person(watched: Page, bedside: Bedside) -> None:
    page, faults = watched, {}
    second = make.make_staff_member(home=bedside.home, role=Role.CARER, username="dora", full_name="Dora Second")
    sign_in(page, bedside.senior.username)
    page.goto("/storage/")
    faults["storage"] = faults_of(page)
    page.locator(".row-card a", has_text="Read it").click()
    for label, value in (("Now, in °C", "9"), ("Lowest since", "4"), ("Highest since", "9.5")):
        page.get_by_label(label).fill(value)
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_text("Say what you did about it").first).to_be_visible()
    faults["reading"] = faults_of(page)
    page.get_by_label("What you did about it").fill("Shut the door, rang the pharmacy")
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_text("now 9 °C, too warm")).to_be_visible()
    page.locator(".storage__name a").click()
    expect(page.locator("svg.temperatures__chart polygon")).to_have_count(2)
    faults["place"] = faults_of(page)
    page.goto("/tasks/")
    expect(page.get_by_role("heading", name="Medicines kept too warm or too cold")).to_be_visible()
    page.goto("/storage/open-packs/")
    expect(page.get_by_text("Last day was")).to_be_visible()
    faults["open packs"] = faults_of(page)
    page.goto(f"/disposal/send/?resident={bedside.resident.pk}")
    page.get_by_label("Latanoprost").check()
    page.get_by_label("Morphine").check()
    page.locator("li.leaving", has_text="Morphine").get_by_label("Why").select_option("too_much")
    page.get_by_label("Back to the pharmacy").check()
    page.get_by_label("Which pharmacy or contractor").fill("Quay Pharmacy")
    page.get_by_label("Who takes it away").fill("Dee Driver")
    page.get_by_role("button", name="It has left").click()
    expect(page.get_by_text("A second person has to see a controlled drug leave").first).to_be_visible()
    faults["send"] = faults_of(page)
    page.get_by_label("Second person: username").fill(second.username)
    page.get_by_label("Second person: password").fill(make.PASSWORD)
    page.get_by_role("button", name="It has left").click()
    expect(page.get_by_text("Dora Second, with their own password")).to_be_visible()
    faults["consignment"] = faults_of(page)
    paper = page.request.get(page.url + "list.pdf")
    printed = " ".join("\n".join(each.extract_text() for each in PdfReader(BytesIO(paper.body())).pages).split())
    for words in ("Latanoprost 50micrograms/ml eye drops", "Morphine 10mg tablets", "Open for too long", "Dora Second",
                  "Dee Driver", "Quay Pharmacy", bedside.resident.full_name):  # fmt: skip
        assert words in printed
    page.goto("/disposal/")
    faults["disposal"] = faults_of(page)
    assert {name: found for name, found in faults.items() if found} == {}

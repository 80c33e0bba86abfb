"""The job the product exists for, in a real browser: scan, check, give, record, and the stock knows."""

import json
import urllib.request
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from emar.models import Administration, ScanEvent
from emar.operations import devices
from emar.rules.wall_clock import local
from emar.scope import scope
from stock.models import StockMovement
from tests import factories as make
from tests.stories.conftest import until
from tests.stories.desk_sign_in import sign_in

PIN = "4071"
JOANS_PACK, BILLS_PACK = "EPJ2AN22", "EPB2KK22"


class MorningRound:
    """A home whose round is going on now: Joan has amlodipine due, and so has Bill."""

    def __init__(self) -> None:
        now = local(timezone.now()).replace(second=0, microsecond=0)
        starts, ends = (now - timedelta(minutes=10)).time(), (now + timedelta(hours=1)).time()
        self.home = make.make_home()
        unit = make.make_unit(home=self.home, name="Oak", rounds={"Morning": (starts, ends)})
        self.carer = make.make_staff_member(home=self.home, display_name="Anna", initials="AN")
        self.manager = make.make_staff_member(home=self.home, role="manager", display_name="Mo", initials="MO")
        medicine = make.make_medicine(name="Amlodipine 5mg tablets")
        self.joan = make.make_resident(
            unit=unit, full_name="Joan Whitfield", preferred_name="Joan", room="12", label_code="ERJ2AN22"
        )
        self.bill = make.make_resident(
            unit=unit, full_name="William Pryce", preferred_name="Bill", room="16", label_code="ERB2KK22"
        )
        self.joans = self._given(self.joan, medicine, JOANS_PACK)
        self.bills = self._given(self.bill, medicine, BILLS_PACK)
        with scope(home=self.home.pk):
            devices.set_pin(
                staff_member=self.carer, pin=PIN, home_id=self.home.pk, by=self.manager.pk, at=timezone.now()
            )
            self.code = devices.invite(home_id=self.home.pk, by=self.manager.pk, at=timezone.now())

    def _given(self, resident, medicine, label):  # type: ignore[no-untyped-def]
        prescription = make.make_prescription(resident=resident, by=self.manager, medicine=medicine)
        line = make.make_stock_line(prescription=prescription)
        make.make_stock_pack(line=line, by=self.manager, label_code=label)
        return line

    def balance(self) -> Decimal:
        with scope(home=self.home.pk):
            return StockMovement.objects.filter(line=self.joans).latest("line_sequence").balance

    def has_a_dose_and_a_stop(self) -> bool:
        with scope(home=self.home.pk):
            return Administration.objects.exists() and ScanEvent.objects.filter(result="stopped").exists()


def scan(page: Page, text: str) -> None:
    """Send a code as a keyboard-wedge scanner does: fast keys and Enter, with no field focused.

    The keys are pressed from within the page, because a busy test machine cannot keep a scanner's pace from
    outside.
    """
    page.evaluate(
        """async (text) => {
            document.activeElement?.blur();
            for (const key of [...text, "Enter"]) {
                document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
            }
        }""",
        text,
    )


def enrol_and_sign_in(page: Page, code: str) -> None:
    page.goto("/bedside/")
    page.get_by_label("Set-up code").fill(code)
    page.get_by_label("What do you call this device?").fill("Oak trolley")
    page.get_by_role("button", name="Set up").click()
    page.get_by_role("button", name="Anna").click()
    for digit in PIN:
        page.get_by_role("button", name=digit, exact=True).click()
    page.get_by_role("button", name="OK", exact=True).click()


@pytest.mark.hazard("H01", control="a pack of another resident is stopped at the scan", shows="works")
@pytest.mark.hazard("H03", control="the same outbox sent again changes nothing", shows="works")
def test_a_carer_gives_a_scanned_dose_and_the_chart_and_the_stock_show_it(
    server: str, tablet: Page, desk: Page
) -> None:
    home = MorningRound()
    sent: list[dict[str, object]] = []
    tablet.on(
        "request",
        lambda call: (
            sent.append({"headers": call.headers, "body": call.post_data})
            if call.url.endswith("/api/mobile/sync")
            else None
        ),
    )

    enrol_and_sign_in(tablet, home.code)
    tablet.get_by_role("button", name="Start round").click()
    expect(tablet.get_by_text("Joan", exact=True)).to_be_visible()
    scan(tablet, home.joan.label_code)
    expect(tablet.get_by_role("heading", name="Amlodipine")).to_be_visible()

    scan(tablet, JOANS_PACK)
    expect(tablet.get_by_role("button", name="Joan took")).to_be_visible()

    scan(tablet, BILLS_PACK)
    expect(tablet.get_by_role("alert")).to_contain_text("Joan")
    expect(tablet.get_by_role("alert")).to_contain_text("William Pryce")
    tablet.get_by_role("button", name="I have put it back").click()

    tablet.get_by_role("button", name="Joan took").click()
    expect(tablet.get_by_text("All sent")).to_be_visible()

    until(tablet, home.has_a_dose_and_a_stop)
    with scope(home=home.home.pk):
        given = Administration.objects.get(outcome="given")
        assert (given.resident_id, given.given_by_id, given.scan_source) == (home.joan.pk, home.carer.pk, "wedge")
        assert given.answer == "recorded"
        stop = ScanEvent.objects.get(result="stopped")
        assert "wrong_resident" in stop.findings
    assert home.balance() == 27

    sign_in(desk, home.manager.username, came_for=f"/residents/{home.joan.pk}/mar/")
    expect(desk.get_by_role("heading", name="MAR chart")).to_be_visible()
    expect(desk.locator("main")).to_contain_text("AN")
    desk.goto("/stock/")
    expect(desk.locator(".stock__line", has_text="Amlodipine").first).to_contain_text("27")

    for call in sent:
        again = urllib.request.Request(
            f"{server}/api/mobile/sync",
            data=str(call["body"]).encode(),
            headers={
                "Content-Type": "application/json",
                "Authorization": call["headers"]["authorization"],  # type: ignore[index]
            },
        )
        with urllib.request.urlopen(again) as reply:
            assert {each["answer"] for each in json.load(reply)["answers"]} <= {"recorded"}
    assert home.balance() == 27
    with scope(home=home.home.pk):
        assert Administration.objects.count() == 1
        assert ScanEvent.objects.filter(result="stopped").count() == 1

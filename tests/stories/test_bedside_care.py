"""Does every kind of care given at the bedside reach the chart and the stock: creams, patches, PRN, CD, insulin, INR?

Each story walks the app against the real server, then opens the chart and the stock at the desk.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from emar.models import (
    Administration,
    CovertPlan,
    EffectCheck,
    PatchCheck,
    PharmacistAdvice,
    Prescription,
    Resident,
)
from emar.operations import devices
from emar.rules.wall_clock import local, local_day
from emar.scope import scope
from stock.models import Discrepancy, StockLine, StockMovement
from tests import factories as make
from tests.stories.bedside_screens import press
from tests.stories.conftest import until
from tests.stories.desk_sign_in import sign_in
from tests.stories.test_main_job import MorningRound, enrol_and_sign_in, scan

BENS_PIN = "7302"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ARMS = ["left upper arm", "right upper arm"]
SCALE = [
    {"below": "4", "amount": None, "words": "Give no insulin. Treat as a hypo and ring the nurse."},
    {"at_least": "4", "below": "10", "amount": {"low": "4", "high": "4"}},
    {"at_least": "10", "amount": {"low": "8", "high": "8"}},
]


class CareRound(MorningRound):
    """The morning round with Nan in it, for whom a story writes what it is about, and Ben, who can witness."""

    def __init__(self) -> None:
        super().__init__()
        self.ben = make.make_staff_member(home=self.home, role="senior", display_name="Ben", initials="BA")
        with scope(home=self.home.pk):
            devices.set_pin(
                staff_member=self.ben, pin=BENS_PIN, home_id=self.home.pk, by=self.manager.pk, at=timezone.now()
            )
        self.nan = make.make_resident(
            unit=self.joan.unit, full_name="Nancy Oduya", preferred_name="Nan", room="19", label_code="ERNAN222"
        )

    def write(
        self, name: str, label: str, schedule: dict[str, Any], *, quantity: int = 28, **fields: Any
    ) -> tuple[Prescription, StockLine]:
        """Prescribe a medicine for Nan and book a pack of it in."""
        made = fields.pop("medicine", None) or make.make_medicine(name=name, **fields.pop("product", {}))
        unit = fields.pop("kept_in", schedule["unit"])
        prescription = make.make_prescription(
            resident=self.nan, by=self.manager, medicine=made, schedule=schedule, **fields
        )
        line = make.make_stock_line(prescription=prescription, unit=unit)
        make.make_stock_pack(line=line, by=self.manager, label_code=label, quantity=Decimal(quantity))
        return prescription, line

    def given(self) -> list[Administration]:
        with scope(home=self.home.pk):
            return list(Administration.objects.filter(resident=self.nan).order_by("received_at", "id"))

    def left(self, line: StockLine) -> Decimal:
        with scope(home=self.home.pk):
            return StockMovement.objects.filter(line=line).latest("line_sequence").balance


@pytest.fixture
def home(server: str) -> CareRound:
    return CareRound()


def open_nan(page: Page, home: CareRound) -> None:
    enrol_and_sign_in(page, home.code)
    press(page, "Start round")
    scan(page, home.nan.label_code)
    expect(page.get_by_role("heading", name="Nan", exact=True)).to_be_visible()


def took(page: Page, home: CareRound, count: int, button: str = "Nan took it") -> list[Administration]:
    """Press the one button, and wait until the server has the doses."""
    press(page, button)
    until(page, lambda: len(home.given()) == count, 90)
    return home.given()


def pin(page: Page, digits: str) -> None:
    press(page, *digits, "OK")


def at_the_desk(desk: Page, home: CareRound, chart: Sequence[str], stock: dict[str, str]) -> None:
    """Look at Nan's chart and at the stock as a senior does."""
    sign_in(desk, home.ben.username, came_for=f"/residents/{home.nan.pk}/mar/")
    expect(desk.get_by_role("heading", name="MAR chart")).to_be_visible()
    for words in chart:
        expect(desk.locator("main")).to_contain_text(words)
    desk.goto(f"/stock/?resident={home.nan.pk}")
    for medicine, balance in stock.items():
        expect(desk.locator(".stock__line", has_text=medicine).locator(".stock__balance")).to_contain_text(balance)


@pytest.mark.hazard("H25", control="a patch goes to the next place, and the one before comes off", shows="works")
def test_a_patch_is_changed_at_the_next_place_and_its_hours_begin_again(
    tablet: Page, desk: Page, home: CareRound
) -> None:
    due = datetime.now(UTC).replace(second=0, microsecond=0) - 5 * MINUTE
    first = due - 72 * HOUR
    patch, line = home.write(
        "Fentanyl 25micrograms/hour patches", "EPPKA222",
        {
            "kind": "interval", "starts_on": local_day(first).isoformat(), "ends_on": None, "unit": "patch",
            "first_at": first.isoformat(), "every_minutes": 4320, "worn_minutes": 4320,
            "amount": {"low": "1", "high": "1"}, "sites": ARMS,
        },
        quantity=5, dose_words="Apply ONE patch every 72 hours",
    )  # fmt: skip
    make.make_administration(prescription=patch, by=home.carer, due_at=first, unit="patch", site=ARMS[0])
    open_nan(tablet, home)
    expect(tablet.get_by_text("left upper arm").first).to_be_visible()
    scan(tablet, "EPPKA222")
    expect(tablet.get_by_role("heading", name="Where: Fentanyl")).to_be_visible()
    expect(tablet.get_by_role("dialog")).to_contain_text("left upper arm")
    press(tablet, "Next: right upper arm")
    _, given = took(tablet, home, 2)
    assert (given.site, given.answer, given.due_at) == (ARMS[1], "recorded", due)
    assert home.left(line) == 4
    scan(tablet, home.nan.label_code)
    expect(tablet.get_by_text("right upper arm, since")).to_be_visible()
    at_the_desk(desk, home, ["Fentanyl", "right upper arm"], {"Fentanyl": "4"})


@pytest.mark.hazard("H25", control="a patch that fell off is said, and a new one starts its hours", shows="works")
def test_a_patch_is_looked_at_falls_off_and_is_put_on_again(tablet: Page, desk: Page, home: CareRound) -> None:
    now = local(timezone.now()).replace(second=0, microsecond=0)
    first = now - timedelta(days=1)
    patch, line = home.write(
        "Buprenorphine 5micrograms/hour patches", "EPPKA222",
        {
            "kind": "interval", "starts_on": first.date().isoformat(), "ends_on": None, "unit": "patch",
            "first_at": first.isoformat(), "every_minutes": 10080, "worn_minutes": 10080,
            "amount": {"low": "1", "high": "1"}, "sites": ARMS, "check_at": (now - 5 * MINUTE).strftime("%H:%M"),
        },
        quantity=4, dose_words="Apply ONE patch every 7 days",
    )  # fmt: skip
    make.make_administration(prescription=patch, by=home.carer, due_at=first, unit="patch", site=ARMS[0])
    open_nan(tablet, home)
    press(tablet, "Check: Buprenorphine 5micrograms/hour patches", "It has fallen off")
    expect(tablet.get_by_text("It fell off. Put a new one on")).to_be_visible()
    press(tablet, "Put a new one on: Buprenorphine 5micrograms/hour patches", "Next: right upper arm")
    expect(tablet.get_by_text("In the pot")).to_be_visible()
    _, given = took(tablet, home, 2, "Record for Nan")
    assert (given.site, given.due_at, given.outcome) == (ARMS[1], None, "given")
    with scope(home=home.home.pk):
        check = PatchCheck.objects.get(prescription=patch)
        assert (check.found, check.site) == ("fallen_off", ARMS[0])
    assert home.left(line) == 3
    at_the_desk(desk, home, ["Buprenorphine", "right upper arm"], {"Buprenorphine": "3"})


def test_creams_are_put_on_away_from_the_trolley_in_one_tap_each(tablet: Page, desk: Page, home: CareRound) -> None:
    schedule = make.regular(unit="application", loose=True)
    _, line = home.write(
        "Zerobase 11% cream", "EPPKA222", schedule, quantity=60, route="Cutaneous", dose_words="Apply thinly",
        body_areas=["left shin", "right shin"], product={"form": "Cream", "strength": "11%"},
    )  # fmt: skip
    enrol_and_sign_in(tablet, home.code)
    tablet.get_by_role("button", name="1 cream to put on today").click()
    expect(tablet.get_by_text("left shin, right shin")).to_be_visible()
    press(tablet, "Done: Zerobase 11% cream for Nan")
    expect(tablet.get_by_text("No creams are waiting")).to_be_visible()
    until(tablet, lambda: len(home.given()) == 1)
    [given] = home.given()
    assert (given.outcome, given.site, given.scan_source) == ("given", "left shin, right shin", "by_hand")
    assert given.by_hand_reason == "away_from_trolley"
    assert home.left(line) == 59
    at_the_desk(desk, home, ["Zerobase", "AN"], {"Zerobase": "59"})


@pytest.mark.hazard("H09", control="after a when-required dose the next one opens when the gap is over", shows="works")
def test_a_when_required_medicine_is_given_by_its_protocol_and_looked_at_later(
    tablet: Page, desk: Page, home: CareRound
) -> None:
    protocol = {
        "condition": "pain in the hip", "signs": "Rubs the hip", "can_ask": False, "try_first": "A warm pack",
        "choosing": "1 for aching, 2 when it keeps her from walking", "expected_effect": "Moves more easily",
        "effect_after_minutes": 60,
    }  # fmt: skip
    prn, line = home.write(
        "Paracetamol 500mg tablets", "EPPKA222", make.when_required(), dose_words="Take 1 or 2 when needed",
        prn_protocol=protocol,
    )  # fmt: skip
    earlier = make.make_administration(
        prescription=prn, by=home.carer, due_at=None, given_at=timezone.now() - 5 * HOUR, amount=Decimal(1)
    )
    open_nan(tablet, home)
    scan(tablet, "EPPKA222")
    sheet = tablet.get_by_role("dialog")
    for words in ("pain in the hip", "A warm pack", "Rubs the hip", "1 for aching", "Moves more easily"):
        expect(sheet).to_contain_text(words)
    expect(sheet).to_contain_text("1 of 8 tablets in 24 hours")
    press(tablet, "2 tablets")
    _, given = took(tablet, home, 2)
    assert (given.amount, given.due_at, home.left(line)) == (2, None, 26)

    scan(tablet, home.nan.label_code)
    scan(tablet, "EPPKA222")
    expect(tablet.get_by_role("heading", name="Too soon")).to_be_visible()
    press(tablet, "Understood", "Look or give: Paracetamol 500mg tablets")
    expect(tablet.get_by_role("dialog")).to_contain_text("Too soon")
    expect(tablet.get_by_role("dialog")).to_contain_text("3 of 8 tablets in 24 hours")
    expect(tablet.get_by_role("button", name="2 tablets")).to_be_hidden()
    press(tablet, "Cancel", "Round")

    # The dose of five hours ago was another shift's: whoever is on now looks whether it helped.
    press(tablet, "1 medicine: did it help?")
    expect(tablet.get_by_role("dialog")).to_contain_text("Moves more easily")
    press(tablet, "Yes, it worked", "Close")

    def looked_at() -> list[EffectCheck]:
        with scope(home=home.home.pk):
            return list(EffectCheck.objects.filter(administration=earlier))

    until(tablet, looked_at)
    assert [(each.effect, each.checked_by_id) for each in looked_at()] == [("worked", home.carer.pk)]
    at_the_desk(desk, home, ["Paracetamol", "pain in the hip"], {"Paracetamol": "26"})


@pytest.mark.hazard("H16", control="the witness signs with their own PIN and counts without a number", shows="works")
@pytest.mark.parametrize(("counted", "is_right"), [("27", True), ("25", False)])
def test_a_controlled_drug_is_witnessed_and_counted_blind(
    tablet: Page, desk: Page, home: CareRound, counted: str, is_right: bool
) -> None:
    _, line = home.write("Oxycodone 5mg tablets", "EPPKA222", make.regular(), is_controlled=True)
    open_nan(tablet, home)
    scan(tablet, "EPPKA222")
    expect(tablet.get_by_role("heading", name="Second person")).to_be_visible()
    expect(tablet.get_by_role("button", name="Anna")).to_be_hidden()
    tablet.get_by_role("button", name="Ben").click()
    pin(tablet, "0000")
    expect(tablet.get_by_role("alert")).to_contain_text("tries left")
    pin(tablet, BENS_PIN)
    expect(tablet.get_by_role("heading", name="count what is left")).to_be_visible()
    for number in ("28", "27"):
        expect(tablet.get_by_role("dialog")).not_to_contain_text(number)
    press(tablet, *counted, "Record this count")
    [given] = took(tablet, home, 1)
    assert (given.witness_id, given.given_by_id) == (home.ben.pk, home.carer.pk)
    codes = {each["code"] for each in given.findings}
    assert codes == (set() if is_right else {"balance_differs"})
    with scope(home=home.home.pk):
        assert Discrepancy.objects.filter(line=line).exists() is not is_right
    if not is_right:
        expect(tablet.get_by_role("heading", name="Count once more")).to_be_visible()
        expect(tablet.get_by_role("dialog")).not_to_contain_text("27")
        press(tablet, "Understood")
    at_the_desk(desk, home, ["Oxycodone", "AN"], {"Oxycodone": "27"})
    desk.goto("/cd-register/")
    expect(desk.locator("main")).to_contain_text("Oxycodone")


@pytest.mark.hazard("H25", control="insulin is measured out by the reading, and none below the limit", shows="works")
@pytest.mark.parametrize(("reading", "units"), [("12", 8), ("6.5", 4), ("3.2", None)])
def test_insulin_is_given_by_its_reading_at_a_place(
    tablet: Page, desk: Page, home: CareRound, reading: str, units: int | None
) -> None:
    schedule = make.regular(
        unit="unit",
        reading={"name": "blood_glucose", "unit": "mmol/L"},
        phases=[{"days": None, "slots": [{"round": "Morning", "scale": SCALE}], "pattern": {"kind": "daily"}}],
    )
    _, line = home.write(
        "Insulin aspart 100units/ml", "EPPKA222", schedule, quantity=300, body_areas=["left upper arm", "abdomen"],
        dose_words="Inject by the scale before breakfast", product={"form": "Solution for injection"},
    )  # fmt: skip
    open_nan(tablet, home)
    scan(tablet, "EPPKA222")
    expect(tablet.get_by_role("heading", name="Blood glucose first")).to_be_visible()
    for key in reading:
        tablet.get_by_role("button", name="Point" if key == "." else key, exact=True).click()
    press(tablet, "OK")
    if units is None:
        expect(tablet.get_by_role("dialog")).to_contain_text("Treat as a hypo")
        press(tablet, "Record it as held")
        until(tablet, home.given)
        [held] = home.given()
        assert (held.outcome, held.amount, home.left(line)) == ("withheld_on_reading", None, 300)
        at_the_desk(desk, home, ["Insulin aspart"], {"Insulin aspart": "300"})
        return
    tablet.get_by_role("button", name="abdomen").first.click()
    [given] = took(tablet, home, 1)
    assert (given.amount, given.site, given.unit) == (units, "abdomen", "unit")
    assert home.left(line) == 300 - units
    at_the_desk(desk, home, ["Insulin aspart", "abdomen"], {"Insulin aspart": str(300 - units)})


@pytest.mark.hazard("H25", control="warfarin comes by the INR's dose, each strength from its own box", shows="works")
def test_warfarin_is_given_by_its_inr_from_two_strengths(tablet: Page, desk: Page, home: CareRound) -> None:
    ingredient = make.make_ingredient(name="Warfarin")
    medicines = {}
    for mg in (3, 1):
        medicines[mg] = make.make_medicine(name=f"Warfarin {mg}mg tablets", strength=f"{mg}mg", moiety_id="777947006")
        make.make_medicine_ingredient(medicine=medicines[mg], ingredient=ingredient, amount=Decimal(mg))
    today = local_day(timezone.now())
    schedule = {
        "kind": "by_inr", "starts_on": "2026-02-02", "ends_on": None, "unit": "mg", "slot": {"round": "Morning"},
        "strengths": ["3", "1"],
        "records": [
            {
                "from_on": (today - timedelta(days=3)).isoformat(), "until_on": (today + timedelta(days=4)).isoformat(),
                "amounts": ["7"], "inr": "2.4", "tested_on": (today - timedelta(days=3)).isoformat(),
            }
        ],
    }  # fmt: skip
    _, threes = home.write(
        "", "EPPKA222", schedule, medicine=medicines[3], kept_in="tablet", dose_words="Take as the INR record says",
        said_by="the Tide Street clinic",
    )  # fmt: skip
    with scope(home=home.home.pk):
        ones = StockLine.objects.create(home=home.home, resident=home.nan, medicine=medicines[1], unit="tablet")
    make.make_stock_pack(line=ones, by=home.manager, label_code="EPPKB222", quantity=Decimal(28))
    open_nan(tablet, home)
    expect(tablet.get_by_text("2 × 3 mg tablets + 1 × 1 mg tablet")).to_be_visible()
    expect(tablet.get_by_text("INR 2.4")).to_be_visible()
    scan(tablet, "EPPKB222")
    expect(tablet.get_by_role("heading", name="Scan each strength")).to_be_visible()
    scan(tablet, "EPPKA222")
    [given] = took(tablet, home, 1)
    assert (given.amount, given.unit, given.answer) == (7, "mg", "recorded")
    assert (home.left(threes), home.left(ones)) == (26, 27)
    at_the_desk(desk, home, ["Warfarin", "AN"], {"Warfarin 3mg": "26", "Warfarin 1mg": "27"})


@pytest.mark.hazard("H25", control="without a current INR there is no dose to give, only whom to ring", shows="works")
def test_warfarin_without_a_current_inr_cannot_be_given(tablet: Page, home: CareRound) -> None:
    today = local_day(timezone.now())
    record = {
        "from_on": (today - timedelta(days=9)).isoformat(), "until_on": (today - timedelta(days=2)).isoformat(),
        "amounts": ["3"], "inr": "2.4", "tested_on": (today - timedelta(days=9)).isoformat(),
    }  # fmt: skip
    home.write(
        "Warfarin 3mg tablets", "EPPKA222",
        {"kind": "by_inr", "starts_on": "2026-02-02", "ends_on": None, "unit": "mg", "slot": {"round": "Morning"},
         "records": [record]},
        said_by="the Tide Street clinic", kept_in="tablet",
    )  # fmt: skip
    open_nan(tablet, home)
    expect(tablet.get_by_text("No dose: there is no current INR")).to_be_visible()
    expect(tablet.get_by_text("the Tide Street clinic")).to_be_visible()
    scan(tablet, "EPPKA222")
    expect(tablet.get_by_role("dialog")).to_be_visible()
    expect(tablet.get_by_role("button", name="Nan took")).to_have_count(0)
    assert home.given() == []


@pytest.mark.hazard("H24", control="levels, a crushing advice and a covert plan stand where it is given", shows="works")
def test_swallowing_crushing_and_covert_plans_are_seen_where_it_is_given(
    tablet: Page, desk: Page, home: CareRound
) -> None:
    amlodipine, line = home.write("Amlodipine 10mg tablets", "EPPKA222", make.regular())
    today = local_day(timezone.now())
    told = {
        "home": home.home, "resident": home.nan, "prescription": amlodipine, "pharmacist": "P Example",
        "advised_on": today, "recorded_at": timezone.now(), "recorded_by": home.ben,
    }  # fmt: skip
    with scope(home=home.home.pk):
        Resident.objects.filter(pk=home.nan.pk).update(
            drink_level=2, food_level=5, swallowing_words="Upright, small sips."
        )
        PharmacistAdvice.objects.create(
            **told, about="crushing", is_allowed=False, method="Coated: ask for the liquid."
        )
        PharmacistAdvice.objects.create(**told, about="covert", is_allowed=True, method="In jam.")
        CovertPlan.objects.create(
            home=home.home, resident=home.nan, capacity_assessed_on=today, capacity_assessed_by="Dr Example",
            decided_on=today, decided_with="her daughter", decision="hidden in jam",
            review_on=today + timedelta(days=90), written_at=timezone.now(), written_by=home.ben,
        )  # fmt: skip
    open_nan(tablet, home)
    for words in (
        "Drinks: level 2, mildly thick", "Food: level 5, minced and moist", "Upright, small sips.",
        "Do not crush or open: Coated: ask for the liquid.", "Covert, as agreed: In jam.",
    ):  # fmt: skip
        expect(tablet.locator("main")).to_contain_text(words)
    scan(tablet, "EPPKA222")
    took(tablet, home, 1)
    assert home.left(line) == 27
    at_the_desk(desk, home, ["Amlodipine", "AN"], {"Amlodipine": "27"})

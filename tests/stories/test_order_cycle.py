"""One ordering cycle over Easter 2026, in a real browser and eight weeks of accelerated time.

Drafted by itself, reviewed, approved, received by a real mail server, checked against the prescriptions, delivered two
items short, chased, received, changed over: and not one dose is missed for lack of stock.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pypdf
import pytest
from django.core.management import call_command
from playwright.sync_api import Browser, Page, expect
from uuid_utils.compat import uuid7

from emar.models import Administration, GpPractice, Pharmacy, Prescription, Resident, Task
from emar.operations.administrations import Dose, record
from emar.rules.wall_clock import instant
from emar.scope import scope
from ordering.models import BookedPack, Order
from ordering.operations import calendar
from stock.models import StockPack
from stock.queries.disposal import contents
from tests import factories as make
from tests.delivery import Sold, sell
from tests.ordering.post_room import PostRoom
from tests.stories.accelerated import Clock, served
from tests.stories.conftest import DESK
from tests.stories.desk_sign_in import sign_in
from tests.stories.test_booking_in import Hands

DAY = timedelta(days=1)
#: The cycle before the change-over of Wednesday 8 April 2026. Good Friday is the 3rd, Easter Monday the 6th.
STARTS, CHANGE_OVER, COVERED = date(2026, 3, 11), date(2026, 4, 8), date(2026, 5, 6)
PEOPLE = ("Joan Whitfield", "William Pryce", "Ann Oldacre", "Frank Fairweather")


@dataclass
class Home:
    """A home at the beginning of its cycle, with a month's tablets less two days of each."""

    clock: Clock
    home: Any = None
    manager: Any = None
    senior: Any = None
    carer: Any = None
    sold: list[Sold] = field(default_factory=list)
    lines: list[tuple[Resident, Sold, Prescription]] = field(default_factory=list)
    missed: list[tuple[date, str]] = field(default_factory=list)
    given: int = 0

    def settle(self) -> None:
        """Make the home: four people, two medicines each, one of them in another surgery's hands: all of one."""
        self.home = make.make_home(name=f"Larkfield House {uuid7().hex[-6:]}")
        unit = make.make_unit(home=self.home, name="Oak")
        self.manager = make.make_staff_member(home=self.home, role="manager", full_name="Mo Manager")
        self.senior = make.make_staff_member(home=self.home, role="senior", full_name="Sam Senior")
        self.carer = make.make_staff_member(home=self.home, role="carer", full_name="Cas Carer")
        with scope(home=self.home.pk):
            surgery = GpPractice.objects.create(home=self.home, name="Elm Surgery", email="orders@elm.example")
            pharmacy = Pharmacy.objects.create(home=self.home, name="Quay Pharmacy", telephone="01632 960121")
        self.sold = [sell("Amlodipine 5mg tablets"), sell("Sertraline 50mg tablets")]
        labels = ("ERAWX7K3", "ERBWX7K3", "ERCWX7K3", "ERDWX7K3")
        for place, (name, label) in enumerate(zip(PEOPLE, labels, strict=True)):
            person = make.make_resident(
                unit=unit, full_name=name, room=str(place + 1), corridor_order=place + 1, gp_practice=surgery,
                pharmacy=pharmacy, label_code=label,
            )  # fmt: skip
            for sold in self.sold:
                written = make.make_prescription(resident=person, by=self.manager, medicine=sold.medicine)
                line = make.make_stock_line(prescription=written)
                # 34 tablets for 28 days: as after a change-over that carried six forward.
                for quantity in (28, 6):
                    make.make_stock_pack(
                        line=line, by=self.senior, quantity=Decimal(quantity), at=self.clock.now, product=sold.pack,
                        expires_on=date(2027, 6, 30), use_by=date(2027, 6, 30),
                    )  # fmt: skip
                self.lines.append((person, sold, written))
        said = calendar.Policy(change_over_on=CHANGE_OVER, reply_to="home@larkfield.example", telephone="01632 960999")
        with scope(home=self.home.pk):
            calendar.change_policy(home_id=self.home.pk, policy=said, by=self.manager.pk, at=self.clock.now)

    def at(self, day: date, clock: time) -> None:
        """Let it be this time on this day, in the home."""
        self.clock.now = instant(day, clock)

    def give(self, day: date) -> None:
        """Give the morning's doses out of the packs in the cupboard; a dose without one is out of stock."""
        due_at = instant(day, time(8))
        self.clock.now = due_at + timedelta(minutes=10)
        doses = []
        with scope(home=self.home.pk):
            in_use = StockPack.objects.filter(home=self.home, status="in_use").select_related("line")
            packs = list(in_use.order_by("booked_in_at", "pk"))
            left = contents(self.home.pk, {each.line_id for each in packs})
            for person, sold, prescription in self.lines:
                pack = next(
                    (
                        each for each in packs
                        if each.line.resident_id == person.pk and each.line.medicine_id == sold.medicine.pk
                        and left.get(each.pk, Decimal(0)) >= 1
                    ),
                    None,
                )  # fmt: skip
                if pack is None:
                    self.missed.append((day, f"{person.full_name}: {sold.medicine.name}"))
                doses.append(self._dose(person, prescription, due_at, pack))
            told = record(doses, home_id=self.home.pk, at=self.clock.now)
        assert {each.answer for each in told} == {"recorded"}, [(each.answer, each.findings) for each in told]
        self.given += len(doses)

    def _dose(self, person: Resident, prescription: Prescription, due_at: datetime, pack: StockPack | None) -> Dose:
        is_there = {"outcome": "given", "amount": Decimal(1), "unit": "tablet"} if pack else {"outcome": "out_of_stock"}
        scan = {"pack_id": str(pack.pk), "scan_source": "wedge", "scan_text": pack.label_code} if pack else {}
        return Dose(
            id=str(uuid7()), resident_id=person.pk, prescription_id=str(prescription.pk), given_at=self.clock.now,
            entered_at=self.clock.now, given_by_id=self.carer.pk, due_at=due_at, **is_there, **scan,
        )  # fmt: skip

    def night(self, day: date) -> None:
        """Let the schedule run before breakfast, as it does by itself."""
        self.at(day, time(5, 30))
        call_command("run_schedule", home=[self.home.pk])

    def open_tasks(self) -> set[str]:
        """Return which kinds of tasks are open."""
        with scope(home=self.home.pk):
            return set(Task.objects.filter(closed_at__isnull=True).values_list("kind", flat=True))

    def order(self) -> Order:
        """Return the order of this cycle."""
        with scope(home=self.home.pk):
            return Order.objects.get(cycle__change_over_on=CHANGE_OVER)

    def text(self, person: str, sold: Sold, serial: str) -> str:
        """Return what a scanner reads on a new box of somebody's medicine."""
        return sold.scan(serial=serial, batch="B1", expires="280131")


@pytest.fixture
def home(committed_db: None, post_room: PostRoom, settings: Any) -> Home:
    # Two months pass between the first page and the last; and no phone shows the codes of last spring.
    settings.SESSION_COOKIE_AGE, settings.REQUIRE_SECOND_FACTOR = 90 * 24 * 3600, False
    made = Home(Clock(datetime(2026, 3, 10, 16, tzinfo=UTC)))
    made.settle()
    return made


@pytest.fixture
def address(home: Home) -> Iterator[str]:
    with served(home.clock) as found:
        yield found


def person_at(browser: Browser, address: str, username: str) -> Page:
    """Let somebody sign in at a computer of their own."""
    context = browser.new_context(base_url=address, viewport=DESK, locale="en-GB")
    context.set_default_timeout(30_000)
    page = context.new_page()
    sign_in(page, username)
    expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()
    return page


def every_day(home: Home, first: date, until: date) -> None:
    """Let days go by: the schedule before breakfast, the morning's doses."""
    for number in range((until - first).days):
        home.night(first + number * DAY)
        home.give(first + number * DAY)


@pytest.mark.hazard("H22", control="a whole cycle over Easter, delivered short, misses no dose", shows="works")
def test_a_cycle_over_easter_misses_no_dose(chromium: Browser, address: str, home: Home, post_room: PostRoom) -> None:
    every_day(home, STARTS, date(2026, 3, 16))
    assert "count_stock" in home.open_tasks()
    senior = person_at(chromium, address, home.senior.username)
    manager = person_at(chromium, address, home.manager.username)
    the_draft_is_there_in_time(senior, home)
    every_item_is_answered(senior, home)
    it_is_approved_and_sent(manager, home, post_room)
    the_prescriptions_are_checked(senior, home)
    it_comes_two_items_short(senior, home)
    the_rest_is_chased_and_comes(senior, home)
    the_new_packs_come_into_use(senior, home)
    assert home.missed == []
    with scope(home=home.home.pk):
        # What fell due before the story began nobody recorded, and the system has said so.
        records = Administration.objects.filter(home=home.home, due_at__gte=instant(STARTS, time(0)))
        assert not records.exclude(outcome="given").exists()
        assert home.given == records.count() == 8 * (COVERED - STARTS).days
        assert BookedPack.objects.count() == 9
    for page in (senior, manager):
        page.context.close()


def the_draft_is_there_in_time(senior: Page, home: Home) -> None:
    """Two working days before the day to order by, the order is there; and the calendar knows about Easter."""
    home.night(date(2026, 3, 16))
    assert "order_to_review" in home.open_tasks()
    home.at(date(2026, 3, 16), time(10))
    senior.goto("/orders/")
    expect(senior.get_by_text("Good Friday (Fri 3 Apr), Easter Monday (Mon 6 Apr)")).to_be_visible()
    expect(senior.locator(".cycle__step", has_text="Delivery by")).to_contain_text("Wed 1 Apr")
    senior.get_by_role("link", name="Order 1 to Elm Surgery").click()
    expect(senior.get_by_text("8 of 8 items still need an answer")).to_be_visible()
    expect(senior.locator(".order-item__why").first).to_contain_text("Needs 28 for 28 days from 8 April")


def every_item_is_answered(senior: Page, home: Home) -> None:
    """One answer of one's own, with its reason; the others as suggested."""
    item = senior.locator(".order-item", has_text="Sertraline").first
    item.get_by_text("Otherwise").click()
    item.get_by_label("How much").fill("56")
    item.get_by_role("button", name="Answer").click()
    expect(senior.get_by_role("alert")).to_contain_text("Say why it is not what was suggested")
    item = senior.locator(".order-item", has_text="Sertraline").first
    item.get_by_label("Why").fill("dose may go up in April")
    item.get_by_role("button", name="Answer").click()
    expect(senior.get_by_text("“dose may go up in April”")).to_be_visible()
    senior.get_by_role("button", name=re.compile("Answer the other 7")).click()
    senior.get_by_role("button", name="Every item is answered").click()
    expect(senior.get_by_text("It waits for the manager")).to_be_visible()
    home.give(date(2026, 3, 16))


def it_is_approved_and_sent(manager: Page, home: Home, post_room: PostRoom) -> None:
    """Somebody who may approves; the schedule sends; a real mail server receives."""
    home.at(date(2026, 3, 16), time(11))
    manager.goto("/tasks/")
    manager.get_by_role("link", name="Order 1").first.click()
    manager.get_by_role("button", name="Approve and send").click()
    expect(manager.get_by_text("goes out within a minute")).to_be_visible()
    assert post_room.taken == []
    call_command("run_schedule", home=[home.home.pk])
    read_the_e_mail(post_room, home)
    manager.reload()
    expect(manager.locator(".order-tags")).to_contain_text("Sent")


def the_prescriptions_are_checked(senior: Page, home: Home) -> None:
    """One prescription is missing, and is chased until it is there."""
    every_day(home, date(2026, 3, 17), date(2026, 3, 24))
    home.night(date(2026, 3, 24))
    assert "check_prescriptions" in home.open_tasks()
    check(senior, home, date(2026, 3, 24), missing="Joan Whitfield")
    assert "chase_order" in home.open_tasks()
    chase(senior, "Kim at Elm Surgery, by telephone", "Issued this afternoon", "2026-03-25")
    home.give(date(2026, 3, 24))
    home.night(date(2026, 3, 25))
    check(senior, home, date(2026, 3, 25))
    home.give(date(2026, 3, 25))


def it_comes_two_items_short(senior: Page, home: Home) -> None:
    """The delivery comes on the last day before the long weekend, without one person's items."""
    every_day(home, date(2026, 3, 26), date(2026, 4, 1))
    home.night(date(2026, 4, 1))
    assert "book_in_delivery" in home.open_tasks()
    home.at(date(2026, 4, 1), time(14))
    senior.goto("/orders/")
    senior.get_by_role("button", name="Book in the delivery from Quay Pharmacy").click()
    expect(senior.get_by_text("packs booked in")).to_be_visible()
    book_in(senior, home, but_not={"William Pryce"})
    senior.get_by_role("link", name="Close the delivery").click()
    expect(senior.get_by_role("heading", name="Close the delivery")).to_be_visible()
    for choice in senior.locator("select[name^=outcome]").all():
        choice.select_option(label="Owed: the pharmacy will send it")
    senior.get_by_role("button", name="Close the delivery").click()
    home.give(date(2026, 4, 1))
    senior.goto(f"/orders/{home.order().pk}/?show=open")
    expect(senior.locator(".order-item")).to_have_count(2)
    expect(senior.locator(".order-items").get_by_text("28 tablets owed").first).to_be_visible()


def the_rest_is_chased_and_comes(senior: Page, home: Home) -> None:
    """What is missing is chased, and brought on the day before the holiday."""
    home.night(date(2026, 4, 2))
    assert "chase_order" in home.open_tasks()
    home.at(date(2026, 4, 2), time(9))
    chase(senior, "Pia at Quay Pharmacy, by telephone", "On the van today", "2026-04-02")
    home.give(date(2026, 4, 2))
    home.at(date(2026, 4, 2), time(15))
    senior.goto("/orders/")
    senior.get_by_role("button", name="Book in the delivery from Quay Pharmacy").click()
    book_in(senior, home, only={"William Pryce"})
    senior.goto(f"/orders/{home.order().pk}/")
    expect(senior.locator(".order-tags")).to_contain_text("Everything has come")
    home.night(date(2026, 4, 3))
    assert not home.open_tasks() & {"chase_order", "book_in_delivery", "order_not_sent", "runs_out"}


def the_new_packs_come_into_use(senior: Page, home: Home) -> None:
    """The change-over, and four weeks on what was ordered."""
    home.give(date(2026, 4, 3))
    every_day(home, date(2026, 4, 4), CHANGE_OVER)
    home.night(CHANGE_OVER)
    home.at(CHANGE_OVER, time(7))
    senior.goto("/orders/")
    senior.get_by_role("link", name="Confirm the change-over").click()
    for box in senior.get_by_role("checkbox").all():
        box.check()
    senior.get_by_role("button", name="It is done").click()
    expect(senior.get_by_text("The change-over is done.")).to_be_visible()
    home.give(CHANGE_OVER)
    for number in range(1, (COVERED - CHANGE_OVER).days):
        home.give(CHANGE_OVER + number * DAY)


def read_the_e_mail(post_room: PostRoom, home: Home) -> None:
    """Read what the surgery got, as its staff would: nobody in the subject, everybody in the PDF."""
    [letter] = post_room.letters
    assert letter["To"] == "orders@elm.example"
    assert letter["Subject"] == f"Medicines order 1 from {home.home.name}"
    pdf, csv = letter.iter_attachments()
    pages = pypdf.PdfReader(io.BytesIO(pdf.get_content())).pages
    text = re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))
    said = ("28 tablets", "56 tablets", "Mo Manager", "8 April 2026 to 5 May 2026", "1 April 2026")
    for words in (*PEOPLE, *(sold.medicine.name for sold in home.sold), *said):
        assert words in text, words
    assert len(csv.get_content().splitlines()) == 9


def check(page: Page, home: Home, day: date, *, missing: str = "") -> None:
    """Hold the prescriptions beside the order; one person's first medicine may be missing."""
    home.at(day, time(13))
    page.goto(f"/orders/{home.order().pk}/check/")
    left_out = missing
    for item in page.locator(".order-item").all():
        legend = item.locator("legend").inner_text()
        if left_out and left_out in legend:
            item.get_by_label("Missing").check()
            left_out = ""
        else:
            item.get_by_label("As ordered").check()
    page.get_by_role("button", name="I have checked these").click()
    expect(page.locator(".order-tags")).to_contain_text("Sent")


def chase(page: Page, whom: str, words: str, promised: str) -> None:
    """Ring about what is to be chased, and write down what was said."""
    page.get_by_role("link", name="Chase what is missing").click()
    page.get_by_label("Whom you asked").fill(whom)
    page.get_by_label("What they said").fill(words)
    page.get_by_label("Promised for").fill(promised)
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_text(f"“{words}”").first).to_be_visible()


def book_in(page: Page, home: Home, *, but_not: set[str] = frozenset(), only: set[str] = frozenset()) -> None:
    """Scan each bag and each box in it."""
    hands = Hands(page)
    with scope(home=home.home.pk):
        wanted = {
            (line.resident_id, line.medicine_id): int(line.quantity / 28)
            for line in home.order().orderline_set.select_related("resident")
        }
    bag = None
    for number, (person, sold, _) in enumerate(home.lines):
        if person.full_name in but_not or (only and person.full_name not in only):
            continue
        if bag != person.pk:
            hands.open_bag(person)
            bag = person.pk
        for copy in range(wanted[person.pk, sold.medicine.pk]):
            hands.scan(home.text(person.full_name, sold, f"S{number}{copy}"))
            assert hands.tone == "good", page.locator("#answer").inner_text()

"""Orders on the desk: answered, approved, followed, bridged by an interim order; and what a pharmacy sees of them."""

import csv
import io
import re
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import pypdf
import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.utils import timezone
from uuid_utils.compat import uuid7

from emar.models import AuditEntry, StaffMember
from emar.scope import scope
from ordering.models import Order, OrderEvent, OrderLine, PharmacyPartner
from ordering.operations import drafting, partners
from tests import factories as make
from tests.ordering.homes import HOUR, NINE, OrderingHome, make_ordering_home
from tests.pages.conftest import SignIn, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> OrderingHome:
    monkeypatch.setattr(timezone, "now", lambda: NINE)
    return make_ordering_home(name=f"Larkfield House {uuid7().hex[-6:]}")


@pytest.fixture
def manager(home: OrderingHome, sign_in: SignIn) -> Client:
    return sign_in(home.manager, home=home.home)


@pytest.fixture
def senior(home: OrderingHome, sign_in: SignIn) -> Client:
    return sign_in(home.senior, home=home.home)


def page(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, (address, response.status_code)
    return re.sub(r"\s+", " ", response.content.decode())


def state(home: OrderingHome, order: Order) -> Order:
    with scope(home=home.pk):
        return Order.objects.get(pk=order.pk)


def test_a_home_that_has_not_said_how_it_orders_is_told_what_to_do(sign_in: SignIn) -> None:
    home = make_ordering_home(has_policy=False)
    assert "Say how we order" in page(sign_in(home.manager, home=home.home), "/orders/")
    assert "The manager says so" in page(sign_in(home.senior, home=home.home), "/orders/")
    assert "Say first" in page(sign_in(home.senior, home=home.home), "/orders/interim/")
    assert "Nobody has said yet" in page(sign_in(home.senior, home=home.home), "/orders/calendar/")


def test_the_calendar_is_set_and_the_days_follow_round_christmas(manager: Client) -> None:
    said = {
        "change_over_on": "2027-01-04", "cycle_days": 28, "order_day": 8, "check_first_day": 14, "check_last_day": 16,
        "review_working_days": 2, "issue_working_days": 2, "dispense_working_days": 4, "delivery_working_days": 3,
        "weekdays": [0, 1, 2, 3, 4], "nation": "ENG", "closed_days": "2026-12-24", "send_to": "surgery",
        "reply_to": "", "telephone": "", "service_percent": 95,
    }  # fmt: skip
    assert manager.post("/orders/calendar/change/", said).status_code == 302
    shown = page(manager, "/orders/calendar/")
    assert "Christmas Day, Fri 25 Dec" in shown
    assert "Closed, Thu 24 Dec" in shown
    # Three working days before Monday 4 January, past New Year's Day.
    assert "Tue 29 Dec" in shown


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("closed_days", "next Tuesday", "is not a day"),
        ("order_day", "20", "the order comes before the check"),
        ("weekdays", [], "Choose days on which surgery and pharmacy work"),
        ("service_percent", "100", "less than or equal to 99"),
    ],
)
def test_a_calendar_that_cannot_be_kept_is_explained(manager: Client, field: str, value: object, words: str) -> None:
    said = {
        "change_over_on": "2027-01-04", "cycle_days": 28, "order_day": 8, "check_first_day": 14, "check_last_day": 16,
        "review_working_days": 2, "issue_working_days": 2, "dispense_working_days": 4, "delivery_working_days": 3,
        "weekdays": [0, 1, 2, 3, 4], "nation": "ENG", "closed_days": "", "send_to": "surgery", "service_percent": 95,
    }  # fmt: skip
    response = manager.post("/orders/calendar/change/", said | {field: value})
    assert response.status_code == 200
    assert words.lower() in response.content.decode().lower()


def test_an_order_goes_from_draft_to_approved_on_its_page(home: OrderingHome, manager: Client, senior: Client) -> None:
    [order] = home.draft()
    address = f"/orders/{order.pk}/"
    shown = page(senior, address)
    assert "Needs 28 for 28 days" in shown
    assert "<strong>2</strong> of 2 items still need an answer" in shown
    first, second = home.lines(order)
    assert senior.post(f"/orders/items/{first.pk}/answer/", {"is_required": "as_suggested"}).status_code == 302
    refused = senior.post(f"/orders/items/{second.pk}/answer/", {"is_required": "no"}).content.decode()
    assert "Say why it is not what was suggested" in refused
    said = {"is_required": "no", "reason": "the family brings it"}
    assert senior.post(f"/orders/items/{second.pk}/answer/", said).status_code == 302
    assert "“the family brings it”" in page(senior, address)
    assert senior.post(f"{address}reviewed/").status_code == 302
    assert "waits for the manager" in page(senior, address)
    assert "Approve and send" in page(manager, address)
    assert manager.post(f"{address}approve/").status_code == 302
    assert state(home, order).approved_by_id == home.manager.pk
    assert "Approved, not sent yet" in page(manager, address)


def test_everything_of_one_resident_is_answered_with_one_button(home: OrderingHome, senior: Client) -> None:
    [order] = home.draft()
    senior.post(f"/orders/{order.pk}/as-suggested/", {"resident": home.residents[0].pk})
    assert [line.is_required for line in home.lines(order)] == [None, True]
    senior.post(f"/orders/{order.pk}/as-suggested/")
    assert [line.is_required for line in home.lines(order)] == [True, True]


def test_a_review_with_an_item_left_is_not_finished(home: OrderingHome, senior: Client) -> None:
    [order] = home.draft()
    assert "2 items are not answered yet" in senior.post(f"/orders/{order.pk}/reviewed/").content.decode()
    assert state(home, order).reviewed_at is None


def test_an_order_is_sent_back_and_withdrawn_with_words(home: OrderingHome, manager: Client, senior: Client) -> None:
    [order] = home.draft()
    home.review(order)
    address = f"/orders/{order.pk}/"
    assert "Say what has to be looked at again" in manager.post(f"{address}back/").content.decode()
    assert manager.post(f"{address}back/", {"words": "too much paracetamol"}).status_code == 302
    assert state(home, order).reviewed_at is None
    assert "Say why it is withdrawn" in senior.post(f"{address}withdraw/").content.decode()
    assert senior.post(f"{address}withdraw/", {"words": "drafted twice by mistake"}).status_code == 302
    assert "drafted twice by mistake" in page(senior, address)


def test_a_named_senior_approves_when_the_manager_is_away(home: OrderingHome, manager: Client, senior: Client) -> None:
    [order] = home.draft()
    home.review(order)
    assert "Only a manager" in senior.post(f"/orders/{order.pk}/approve/").content.decode()
    assert "Only 1 may approve" in page(manager, "/orders/")
    assert manager.post("/orders/calendar/approvers/", {"staff_member": home.senior.pk}).status_code == 302
    assert "may approve" not in page(manager, "/orders/")
    assert senior.post(f"/orders/{order.pk}/approve/").status_code == 302
    assert state(home, order).approved_by_id == home.senior.pk


def test_the_sheet_stands_in_the_order_of_the_screen_with_buttons_to_copy(home: OrderingHome, senior: Client) -> None:
    order = home.sent()
    shown = page(senior, f"/orders/{order.pk}/sheet/")
    assert shown.index("William Pryce") < shown.index("Joan Whitfield")
    assert 'data-copies="Amlodipine 5mg tablets"' in shown


def test_the_paper_of_an_order_can_be_read(home: OrderingHome, senior: Client) -> None:
    order = home.sent()
    pdf = pypdf.PdfReader(BytesIO(senior.get(f"/orders/{order.pk}/order.pdf").content))
    text = re.sub(r"\s+", " ", " ".join(each.extract_text() for each in pdf.pages))
    for words in (
        "Medicines order 1", "Elm Surgery", "William Pryce, born 4 March 1938", "Ramipril 5mg capsules",
        "Take ONE each morning", "28 tablets", "1 x 28", "30 November 2026 to 27 December 2026", "01632 960999",
    ):  # fmt: skip
        assert words in text, words
    response = senior.get(f"/orders/{order.pk}/order.csv")
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert rows[0][:3] == ["Order number", "Item", "Patient"]
    assert [row[2] for row in rows[1:]] == ["William Pryce", "Joan Whitfield"]


def test_a_part_of_a_pack_is_asked_for_as_one_on_page_paper_and_file(
    home: OrderingHome, senior: Client, manager: Client
) -> None:
    home.sent()
    new = home.prescribe(home.residents[0], "Bisoprolol 5mg tablets", held=0)
    interim = drafting.Interim(
        uuid7(), (drafting.LineKey(new.resident_id, new.medicine_id, "tablet"),), "new", date(2026, 11, 12)
    )
    with scope(home=home.pk):
        [order] = drafting.draft_interim(home_id=home.pk, interim=interim, by=home.senior.pk, at=NINE + 2 * HOUR)
    words = "1 × 28, 18 out of a pack of 28"
    assert words in page(senior, f"/orders/{order.pk}/")
    senior.post(f"/orders/{order.pk}/as-suggested/")
    assert senior.post(f"/orders/{order.pk}/reviewed/").status_code == 302
    assert manager.post(f"/orders/{order.pk}/approve/").status_code == 302
    assert words in page(senior, f"/orders/{order.pk}/")
    assert words in page(senior, f"/orders/{order.pk}/sheet/")
    pdf = pypdf.PdfReader(BytesIO(senior.get(f"/orders/{order.pk}/order.pdf").content))
    text = re.sub(r"\s+", " ", " ".join(each.extract_text() for each in pdf.pages))
    assert "46 tablets" in text
    assert words.replace("×", "x") in text
    rows = list(csv.DictReader(io.StringIO(senior.get(f"/orders/{order.pk}/order.csv").content.decode("utf-8-sig"))))
    assert [(row["Quantity"], row["Packs"]) for row in rows] == [("46", words)]


@pytest.mark.hazard("H28", control="CSV exports neutralise formulas", shows="works")
def test_no_cell_of_the_file_is_a_formula(home: OrderingHome, senior: Client) -> None:
    person = make.make_resident(
        unit=home.residents[0].unit, full_name="=HYPERLINK(1)", gp_practice=home.surgery, pharmacy=home.pharmacy
    )
    home.prescribe(person, "Bisoprolol 5mg tablets", held=0, dose_words="+1 each morning")
    order = home.sent()
    text = senior.get(f"/orders/{order.pk}/order.csv").content.decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert "'=HYPERLINK(1)" in cells
    assert "'+1 each morning" in cells
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)


def test_prescriptions_are_checked_against_the_order_and_what_is_missing_is_chased(
    home: OrderingHome, senior: Client
) -> None:
    order = home.sent()
    pryce, whitfield = home.lines(order)
    address = f"/orders/{order.pk}/"
    assert "As ordered" in page(senior, f"{address}check/")
    said = {
        "id": str(uuid7()), f"answer-{pryce.pk}": "as_ordered", f"answer-{whitfield.pk}": "missing",
        f"words-{whitfield.pk}": "not on the system", "not_ordered": "Senna for Joan",
    }  # fmt: skip
    for _ in range(2):
        assert senior.post(f"{address}check/", said).status_code == 302
    with scope(home=home.pk):
        assert OrderEvent.objects.filter(line__isnull=False).count() == 2
    shown = page(senior, address)
    assert "Prescription missing" in shown
    assert "Senna for Joan" in shown
    assert "Chase what is missing from an order" in page(senior, "/tasks/")
    refused = senior.post(f"{address}chase/", {"id": str(uuid7()), "line": str(whitfield.pk)})
    assert "Enter whom you asked" in refused.content.decode()
    chase = {
        "id": str(uuid7()), "line": str(whitfield.pk), "spoke_to": "Kim at Elm, telephone", "words": "today",
        "promised_on": "2026-11-06",
    }  # fmt: skip
    assert senior.post(f"{address}chase/", chase).status_code == 302
    assert "Kim at Elm, telephone" in page(senior, address)


def test_one_button_says_that_the_rest_is_as_ordered(home: OrderingHome, senior: Client) -> None:
    order = home.sent()
    pryce, whitfield = home.lines(order)
    said = {"id": str(uuid7()), f"answer-{pryce.pk}": "missing", "rest": "as_ordered"}
    assert senior.post(f"/orders/{order.pk}/check/", said).status_code == 302
    with scope(home=home.pk):
        kinds = dict(OrderEvent.objects.filter(line__isnull=False).values_list("line_id", "kind"))
    assert kinds == {pryce.pk: "not_issued", whitfield.pk: "issued"}


def test_a_quantity_that_cannot_be_read_is_explained(home: OrderingHome, senior: Client) -> None:
    order = home.sent()
    line = home.lines(order)[0]
    said = {"id": str(uuid7()), f"answer-{line.pk}": "other", f"quantity-{line.pk}": "some"}
    shown = senior.post(f"/orders/{order.pk}/check/", said).content.decode()
    assert "enter how much was issued" in shown
    assert 'value="some"' in shown


def test_what_the_pharmacy_says_stands_with_the_item(home: OrderingHome, senior: Client) -> None:
    order = home.sent()
    line = home.lines(order)[0]
    said = {"id": str(uuid7()), "kind": "owing", "quantity": "14", "promised_on": "2026-11-20"}
    assert senior.post(f"/orders/items/{line.pk}/said/", said).status_code == 302
    shown = page(senior, f"/orders/{order.pk}/")
    assert "14 tablets owed" in shown
    assert "promised for Fri 20 Nov" in shown
    refused = senior.post(f"/orders/items/{line.pk}/said/", {"id": str(uuid7()), "kind": "substituted"})
    assert "Say which product comes instead" in refused.content.decode()


def test_the_delivery_is_opened_with_what_was_ordered(home: OrderingHome, senior: Client) -> None:
    home.sent()
    response = senior.post("/orders/expect/", {"id": str(uuid7()), "pharmacy": home.pharmacy.pk})
    assert response.status_code == 302
    assert "/deliveries/" in response["Location"]
    shown = page(senior, response["Location"])
    assert "Ramipril 5mg capsules" in shown
    again = senior.post("/orders/expect/", {"id": str(uuid7()), "pharmacy": home.pharmacy.pk}, follow=True)
    assert "waits on an open delivery" in again.content.decode()


def test_what_runs_out_is_listed_and_ordered(home: OrderingHome, senior: Client) -> None:
    home.prescribe(home.residents[0], "Bisoprolol 5mg tablets", held=3)
    shown = page(senior, "/orders/run-out/")
    assert "Bisoprolol 5mg tablets" in shown
    assert "Within 4 days" in shown
    [value] = re.findall(r'name="item" value="([^"]+)" checked', shown)
    assert "Bisoprolol 5mg tablets" in page(senior, "/orders/")
    form = page(senior, f"/orders/interim/?item={value}")
    assert "Bisoprolol" in form
    missing = senior.post("/orders/interim/", {"id": str(uuid7()), "item": value, "arrives_on": "2026-11-06"})
    assert "Enter why it cannot wait" in missing.content.decode()
    said = {"id": str(uuid7()), "item": value, "arrives_on": "2026-11-06", "reason": "box dropped"}
    response = senior.post("/orders/interim/", said)
    assert response.status_code == 302
    assert "box dropped" in page(senior, response["Location"])


def test_everything_of_one_resident_can_be_ordered_in_between(home: OrderingHome, senior: Client) -> None:
    shown = page(senior, f"/orders/interim/?resident={home.residents[0].pk}")
    assert "Amlodipine 5mg tablets" in shown
    assert "Ramipril" not in shown


def test_the_cards_of_suppliers_say_when_there_is_too_little_to_say(senior: Client) -> None:
    shown = page(senior, "/orders/suppliers/")
    assert "Quay Pharmacy" in shown
    assert "usual: too few to say" in shown


def test_whose_orders_were_read_is_written_down(home: OrderingHome, senior: Client) -> None:
    [order] = home.draft()
    senior.get(f"/orders/{order.pk}/")
    with scope(home=home.pk):
        read = AuditEntry.objects.filter(action="record_read", about="orders", acted_by=home.senior)
        assert set(read.values_list("resident_id", flat=True)) == {each.pk for each in home.residents}


def test_the_change_over_is_confirmed_with_what_belongs_to_it(
    home: OrderingHome, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.sent()
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 30, 9, tzinfo=UTC))
    senior = sign_in(home.senior, home=home.home)
    shown = page(senior, "/orders/")
    [address] = re.findall(r'href="(/orders/change-over/[^"]+)"', shown)
    assert senior.post(address, {"is_booked_in": "on"}).status_code == 200
    said = {"is_booked_in": "on", "is_carried_in": "on", "is_returned": "on", "words": ""}
    assert senior.post(address, said).status_code == 302
    assert "Confirm the change-over" not in page(senior, "/orders/")


# The pharmacy


def partner_of(*homes: OrderingHome) -> StaffMember:
    name = f"quay{uuid7().hex[-8:]}"
    first, *others = homes
    with scope(home=first.pk):
        new = partners.NewPartner(name, "Pia Quay", "correct horse battery")
        granted = partners.invite(
            home_id=first.pk, pharmacy_id=first.pharmacy.pk, partner=new, by=first.manager.pk, at=NINE
        )
        person = granted.staff_member
    for other in others:
        with scope(home=other.pk):
            partners.let_in(
                home_id=other.pk, pharmacy_id=other.pharmacy.pk, username=name, by=other.manager.pk, at=NINE
            )
    return person


def at_the_pharmacy(person: StaffMember) -> Client:
    client = signed_in(person)
    session = client.session
    session["is_pharmacy"] = True
    session.save()
    return client


@pytest.mark.hazard("H12", control="a pharmacy sees what was ordered of it and nothing else", shows="works")
def test_a_pharmacy_sees_the_approved_items_of_its_homes_only(home: OrderingHome) -> None:
    stranger = make_ordering_home(name=f"Elsewhere {uuid7().hex[-6:]}")
    second = make_ordering_home(name=f"Birch House {uuid7().hex[-6:]}")
    home.sent()
    second.draft()
    stranger.sent()
    shown = page(at_the_pharmacy(partner_of(home, second)), "/supplied/")
    assert home.home.name in shown
    assert "Ramipril 5mg capsules" in shown
    assert stranger.home.name not in shown
    # What is only a draft is nobody's business yet.
    assert shown.count("Ramipril 5mg capsules</strong>") == 1


def test_the_database_shows_a_pharmacy_nothing_else_of_a_home(home: OrderingHome) -> None:
    home.sent()
    person = partner_of(home)
    seen = {}
    with scope(staff_member=person.pk), connection.cursor() as cursor:
        for model in apps.get_models():
            columns = {field.column for field in model._meta.local_fields}
            if "home_id" in columns:
                cursor.execute(f"SELECT count(*) FROM {model._meta.db_table}")
                if count := cursor.fetchone()[0]:
                    seen[model.__name__] = count
        cursor.execute("SELECT count(*) FROM emar_staffmember")
        assert cursor.fetchone()[0] == 1
        cursor.execute("SELECT count(*) FROM emar_carehome")
        assert cursor.fetchone()[0] == 1
    assert seen == {"Order": 1, "OrderLine": 2, "Pharmacy": 1, "PharmacyPartner": 1}


def test_a_partner_who_works_in_a_home_sees_one_of_the_two_at_a_time(home: OrderingHome) -> None:
    other = make_ordering_home()
    home.sent()
    person = partner_of(home)
    make.make_home_role(home=other.home, staff_member=person, role="senior")
    with scope(staff_member=person.pk, home=other.pk):
        assert OrderLine.objects.count() == 0


def test_a_pharmacy_says_what_it_owes_and_the_home_sees_it(home: OrderingHome, senior: Client) -> None:
    order = home.sent()
    client = at_the_pharmacy(partner_of(home))
    line = home.lines(order)[0]
    said = {"id": str(uuid7()), "kind": "owing", "quantity": "14", "promised_on": "2026-11-20", "words": "short"}
    assert client.post(f"/supplied/{line.pk}/", said).status_code == 302
    assert "14 tablets owed" in page(client, "/supplied/")
    shown = page(senior, f"/orders/{order.pk}/")
    assert "Pia Quay" in shown
    assert "“short”" in shown


def test_a_pharmacy_says_nothing_about_another_homes_item(home: OrderingHome) -> None:
    stranger = make_ordering_home()
    order = stranger.sent()
    client = at_the_pharmacy(partner_of(home))
    line = stranger.lines(order)[0]
    assert client.get(f"/supplied/{line.pk}/").status_code == 404
    assert client.post(f"/supplied/{line.pk}/", {"id": str(uuid7()), "kind": "dispensed"}).status_code == 404
    with scope(home=stranger.pk):
        assert not OrderEvent.objects.filter(kind="dispensed").exists()


def test_a_pharmacy_does_not_read_what_the_home_was_told_when_it_rang_the_surgery(
    home: OrderingHome, senior: Client
) -> None:
    order = home.sent()
    line = home.lines(order)[0]
    chase = {"id": str(uuid7()), "line": str(line.pk), "spoke_to": "Kim", "words": "the doctor is off sick"}
    assert senior.post(f"/orders/{order.pk}/chase/", chase).status_code == 302
    assert "off sick" not in page(at_the_pharmacy(partner_of(home)), "/supplied/")


def test_the_file_of_a_pharmacy_has_what_it_needs(home: OrderingHome) -> None:
    home.sent()
    response = at_the_pharmacy(partner_of(home)).get("/supplied/orders.csv")
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert [row["Patient"] for row in rows] == ["William Pryce", "Joan Whitfield"]
    assert {row["Home"] for row in rows} == {home.home.name}
    assert {row["Surgery"] for row in rows} == {"Elm Surgery"}


def test_a_partner_whose_time_is_over_sees_nothing(home: OrderingHome, manager: Client) -> None:
    home.sent()
    person = partner_of(home)
    client = at_the_pharmacy(person)
    assert client.get("/supplied/").status_code == 200
    with scope(home=home.pk):
        granted = PharmacyPartner.objects.get(staff_member=person)
    assert manager.post(f"/orders/calendar/partners/{granted.pk}/end/").status_code == 302
    assert client.get("/supplied/").status_code == 403


def test_a_partner_opens_no_page_of_the_home_and_staff_none_of_the_pharmacy(home: OrderingHome, senior: Client) -> None:
    client = at_the_pharmacy(partner_of(home))
    for address in ("/", "/orders/", "/residents/", "/stock/", "/orders/run-out/"):
        response = client.get(address)
        assert (response.status_code, response["Location"]) == (302, "/supplied/"), address
    assert senior.get("/supplied/").status_code == 403


def test_a_manager_lets_a_pharmacy_in_and_a_second_home_by_the_same_name(home: OrderingHome, manager: Client) -> None:
    name = f"pia{uuid7().hex[-8:]}"
    said = {
        "pharmacy": home.pharmacy.pk,
        "username": name,
        "full_name": "Pia Quay",
        "password": "correct horse battery",
    }
    assert manager.post("/orders/calendar/partners/", said).status_code == 302
    assert "Pia Quay, Quay Pharmacy" in page(manager, "/orders/calendar/")
    other = make_ordering_home()
    theirs = signed_in(other.manager, home=other.home)
    only_name = {"pharmacy": other.pharmacy.pk, "username": name}
    assert theirs.post("/orders/calendar/partners/", only_name).status_code == 302
    unknown = theirs.post("/orders/calendar/partners/", only_name | {"username": "nobody.known"})
    assert "no pharmacy’s person signs in with this name" in unknown.content.decode().lower()
    # A colleague of another home is not found by their name: nobody learns who works where.
    colleague = theirs.post("/orders/calendar/partners/", only_name | {"username": home.senior.username})
    assert "no pharmacy’s person signs in with this name" in colleague.content.decode().lower()


def test_a_partner_comes_to_their_page_by_signing_in(home: OrderingHome, settings: Any) -> None:
    settings.REQUIRE_SECOND_FACTOR = False
    person = partner_of(home)
    client = Client()
    response = client.post("/sign-in/", {"username": person.username, "password": "correct horse battery"}, follow=True)
    assert response.redirect_chain[-1][0] == "/supplied/"
    assert "Ordered of your pharmacy" in response.content.decode()


def test_a_partner_needs_a_second_factor(home: OrderingHome, settings: Any) -> None:
    settings.REQUIRE_SECOND_FACTOR = True
    person = partner_of(home)
    client = Client()
    response = client.post("/sign-in/", {"username": person.username, "password": "correct horse battery"})
    assert response["Location"] == "/sign-in/code/"

"""A pharmacy sees what its homes ordered of it, says what becomes of it, and sees nothing else."""

import csv
import io
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from uuid_utils.compat import uuid7

from emar.models import StaffMember
from emar.scope import scope
from ordering.models import OrderEvent, OrderLine, PharmacyPartner
from ordering.operations import partners
from tests import factories as make
from tests.ordering.homes import NINE, OrderingHome, make_ordering_home
from tests.pages.conftest import signed_in
from tests.pages.ordering.reading import page

pytestmark = pytest.mark.django_db


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

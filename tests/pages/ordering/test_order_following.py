"""What was ordered is followed on the desk: checked, chased, booked in, and bridged when it runs out."""

import re

import pytest
from django.test import Client
from uuid_utils.compat import uuid7

from emar.operations import prescriptions
from emar.scope import scope
from ordering.models import OrderEvent
from ordering.operations import cancelling
from tests import factories as make
from tests.ordering.homes import NINE, OrderingHome
from tests.pages.ordering.reading import page

pytestmark = pytest.mark.django_db


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


def test_a_substitute_is_chosen_from_the_products_of_the_same_substance(home: OrderingHome, senior: Client) -> None:
    substance = make.make_ingredient(name="Ramipril")
    ordered = next(each.medicine for each in home.prescriptions if "Ramipril" in each.medicine.name)
    other = make.make_medicine(name="Ramipril 2.5mg capsules")
    for each in (ordered, other):
        make.make_medicine_ingredient(medicine=each, ingredient=substance)
    make.make_medicine(name="Senna 7.5mg tablets")
    order = home.sent()
    line = next(each for each in home.lines(order) if each.medicine_id == ordered.pk)
    form = page(senior, f"/orders/items/{line.pk}/said/")
    assert "Ramipril 2.5mg capsules" in form
    assert "Senna 7.5mg tablets" not in form
    said = {"id": str(uuid7()), "kind": "substituted", "medicine_id": other.pk}
    assert senior.post(f"/orders/items/{line.pk}/said/", said).status_code == 302
    assert "Comes instead: <strong>Ramipril 2.5mg capsules</strong>" in page(senior, f"/orders/{order.pk}/")


def test_what_stopped_after_it_was_ordered_stands_with_the_item(home: OrderingHome, senior: Client) -> None:
    order = home.sent()
    with scope(home=home.pk):
        prescriptions.stop(prescription=home.prescriptions[0], reason="the GP stopped it", by=home.senior.pk, at=NINE)
        cancelling.cancel_stopped(home_id=home.pk, at=NINE)
    shown = page(senior, f"/orders/{order.pk}/")
    assert "It was stopped after it was ordered, and they have not been told yet" in shown
    assert "Say that you told them" in shown
    line = next(each for each in home.lines(order) if "Amlodipine" in each.medicine.name)
    told = {"id": str(uuid7()), "kind": "cancelled", "words": "Kim, by telephone: taken off"}
    assert senior.post(f"/orders/items/{line.pk}/said/", told).status_code == 302
    shown = page(senior, f"/orders/{order.pk}/")
    assert "It is not needed any more, and they were told" in shown
    assert "Kim, by telephone: taken off" in shown

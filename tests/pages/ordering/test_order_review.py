"""An order on the desk is answered, reviewed, sent back, withdrawn and approved."""

import pytest
from django.test import Client

from tests.ordering.homes import OrderingHome
from tests.pages.ordering.reading import page, state

pytestmark = pytest.mark.django_db


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

"""The calendar of a home, who may approve, and whose orders were read."""

import re
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import timezone

from emar.models import AuditEntry
from emar.scope import scope
from tests.ordering.homes import OrderingHome, make_ordering_home
from tests.pages.conftest import SignIn
from tests.pages.ordering.reading import page

pytestmark = pytest.mark.django_db


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

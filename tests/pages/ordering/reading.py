"""How tests read a page about orders, and what stands in the database beside it."""

import re

from django.test import Client

from emar.scope import scope
from ordering.models import Order
from tests.ordering.homes import OrderingHome


def page(client: Client, address: str) -> str:
    """Return a page as one line of HTML."""
    response = client.get(address)
    assert response.status_code == 200, (address, response.status_code)
    return re.sub(r"\s+", " ", response.content.decode())


def state(home: OrderingHome, order: Order) -> Order:
    """Return an order as it stands now."""
    with scope(home=home.pk):
        return Order.objects.get(pk=order.pk)

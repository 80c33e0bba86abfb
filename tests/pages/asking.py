"""How a test opens a page and sends a form, as whoever the client is signed in as."""

from collections.abc import Callable

from django.test import Client
from uuid_utils.compat import uuid7

#: Gives the client of somebody in a role.
As = Callable[[str], Client]


def text(client: Client, address: str) -> str:
    """Return what a page that opens says."""
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def post(client: Client, address: str, **said: object) -> str:
    """Send a form with an id of its own, and return what the page that follows says."""
    response = client.post(address, {"id": str(uuid7()), **said}, follow=True)
    assert response.status_code == 200
    return response.content.decode()

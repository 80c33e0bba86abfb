"""Is a pack that no list expects booked in by two taps, and an unknown code taught on the way?"""

import re
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from emar.models import TaughtCode
from emar.scope import scope
from ordering.models import Delivery
from tests.delivery import Sold, Waiting, make_waiting, new_gtin, sell
from tests.pages.conftest import SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting() -> Waiting:
    return make_waiting()


@pytest.fixture
def amlodipine(waiting: Waiting) -> Sold:
    sold = sell("Amlodipine 5mg tablets")
    for name in ("Ada Winterbottom", "Ben Oldacre"):
        waiting.prescribe(waiting.live(name), sold)
    return sold


@pytest.fixture
def client(waiting: Waiting, sign_in: SignIn) -> Client:
    return sign_in(waiting.senior, home=waiting.home)


def links(client: Client, address: str) -> list[str]:
    page = client.get(address).content.decode()
    return [each.replace("&amp;", "&") for each in re.findall(r'class="choices__one" href="([^"]+)"', page)]


def book(client: Client, address: str, **fields: str) -> str:
    """Press the button of the form as it comes, with what was typed."""
    page = client.get(address).content.decode()
    given = dict(re.findall(r'name="(quantity|reason|text)"[^>]*?value="([^"]*)"', page))
    sent = {"id": str(uuid4()), "place": "trolley", "quantity": "28"} | given | fields
    return client.post(address, sent, follow=True).content.decode()


def test_own_medicines_without_a_list_are_two_taps(client: Client, waiting: Waiting, amlodipine: Sold) -> None:
    delivery = waiting.expect(origin="own", resident_id=waiting.residents[0].pk)
    [only] = links(client, f"/deliveries/{delivery.pk}/by-hand/")
    assert "Booked in: Amlodipine 5mg tablets." in book(client, only, expires="01/2029")
    [booked] = waiting.booked()
    assert (booked.pack.line.resident_id, booked.quantity) == (waiting.residents[0].pk, 28)


def test_whose_it_is_is_chosen_where_it_may_be_anybodys(client: Client, waiting: Waiting, amlodipine: Sold) -> None:
    delivery = waiting.expect(origin="hospital")
    found = links(client, f"/deliveries/{delivery.pk}/by-hand/")
    assert len(found) == 2
    book(client, found[1], expires="01/2029")
    assert [each.pack.line.resident_id for each in waiting.booked()] == [waiting.residents[1].pk]


def test_an_unknown_code_is_taught_by_saying_what_it_is(client: Client, waiting: Waiting, amlodipine: Sold) -> None:
    delivery, gtin = waiting.expect(origin="own", resident_id=waiting.residents[0].pk), new_gtin()
    sent = {"id": str(uuid4()), "text": f"01{gtin}17290131", "how": "camera"}
    answer = client.post(f"/deliveries/{delivery.pk}/scan/", sent, headers={"HX-Request": "true"}).content.decode()
    [say] = re.findall(r'href="([^"]+)">Say what it is', answer)
    [only] = links(client, say.replace("&amp;", "&"))
    assert "Its code waits for the manager to approve it." in book(client, only)
    with scope(home=waiting.home.pk):
        assert TaughtCode.objects.get().gtin == gtin
    assert str(waiting.booked()[0].pack.expires_on) == "2029-01-31"


def test_the_rest_of_a_split_pack_is_offered_where_its_number_is_known(
    client: Client, waiting: Waiting, amlodipine: Sold
) -> None:
    delivery: Delivery = waiting.expect(origin="hospital")
    ada, ben = waiting.residents
    text = amlodipine.scan(serial="S1", expires=f"{timezone.now().year % 100 + 2}0131")
    sent = {"id": str(uuid4()), "text": text, "how": "camera", "resident": str(ada.pk)}
    client.post(f"/deliveries/{delivery.pk}/scan/", sent, headers={"HX-Request": "true"})
    answer = client.post(
        f"/deliveries/{delivery.pk}/scan/", sent | {"id": str(uuid4())}, headers={"HX-Request": "true"}
    ).content.decode()
    [rest] = re.findall(r'href="([^"]+)">The rest of a split pack', answer)
    found = links(client, rest.replace("&amp;", "&"))
    assert len(found) == 2
    assert "Booked in" in book(client, found[1], quantity="14", reason="The rest of a split pack")
    assert [each.pack.line.resident_id for each in waiting.booked()] == [ada.pk, ben.pk]


def test_another_homes_medicine_is_not_offered_and_not_taken(
    client: Client, waiting: Waiting, amlodipine: Sold
) -> None:
    delivery = waiting.expect(origin="own", resident_id=waiting.residents[0].pk)
    strange = sell("Warfarin 1mg tablets")
    address = (
        f"/deliveries/{delivery.pk}/by-hand/book/?resident={waiting.residents[0].pk}&medicine={strange.medicine.pk}"
    )
    assert client.get(address).headers["Location"].startswith(f"/deliveries/{delivery.pk}/by-hand/?")

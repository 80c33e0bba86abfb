"""Do the pages for booking in say what happened to each pack, and do what their buttons promise?"""

from datetime import date, timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pypdf import PdfReader

from emar.scope import scope
from ordering.models import Delivery
from ordering.queries import deliveries as queries
from tests import factories as make
from tests.delivery import Sold, Waiting, make_waiting, sell
from tests.pages.conftest import SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting() -> Waiting:
    return make_waiting()


@pytest.fixture
def amlodipine() -> Sold:
    return sell("Amlodipine 5mg tablets")


@pytest.fixture
def delivery(waiting: Waiting, amlodipine: Sold) -> Delivery:
    for name in ("Ada Winterbottom", "Ben Oldacre"):
        waiting.prescribe(waiting.live(name), amlodipine)
    return waiting.load(
        ["Ada Winterbottom,Amlodipine 5mg tabs,28", "Ben Oldacre,Amlodipine 5mg tabs,56"], at=timezone.now()
    )


@pytest.fixture
def client(waiting: Waiting, sign_in: SignIn) -> Client:
    return sign_in(waiting.senior, home=waiting.home)


def scan(client: Client, delivery: Delivery, text: str, **fields: Any) -> str:
    sent = {"id": str(uuid4()), "text": text, "how": "camera"} | fields
    response = client.post(f"/deliveries/{delivery.pk}/scan/", sent, headers={"HX-Request": "true"})
    assert response.status_code == 200
    return response.content.decode()


def test_a_note_is_loaded_and_what_it_expects_is_shown(client: Client, waiting: Waiting, amlodipine: Sold) -> None:
    waiting.prescribe(waiting.live("Ada Winterbottom"), amlodipine)
    note = b"Resident;Item;Qty\nWINTERBOTTOM Ada;Amlodipine 5mg tabs;28\nNo Body;Amlodipine 5mg tabs;many\n"
    response = client.post(
        "/deliveries/load/",
        {"id": str(uuid4()), "file": SimpleUploadedFile("n.csv", note), "covers_until_on": "2026-12-20"},
        follow=True,
    )  # fmt: skip
    page = response.content.decode()
    assert "of 2 packs booked in" in page
    assert "Nobody here is certainly “No Body”" in page
    assert "Its quantity “many” cannot be read: count what came." in page


@pytest.mark.parametrize("file", [b"", b"%PDF-1.7", b"hello\nworld\n", b"\x00\x01\x02"])
def test_a_file_that_is_no_note_is_told_what_to_do(client: Client, file: bytes) -> None:
    sent = {"id": str(uuid4()), "file": SimpleUploadedFile("n.csv", file or b" "), "covers_until_on": "2026-12-20"}
    page = client.post("/deliveries/load/", sent).content.decode()
    assert "There is a problem" in page


def test_a_scan_that_several_expect_shows_their_faces_and_the_choice_books_it(
    client: Client, waiting: Waiting, delivery: Delivery, amlodipine: Sold
) -> None:
    text, scan_id = amlodipine.scan(serial="S1"), str(uuid4())
    page = scan(client, delivery, text, id=scan_id)
    assert "Whose is it?" in page
    assert 'data-tone="choose"' not in page
    assert "Ada Winterbottom" in page
    assert "Ben Oldacre" in page
    page = scan(client, delivery, text, id=scan_id, resident=str(waiting.residents[1].pk))
    assert 'data-tone="good"' in page
    assert "1 of 2." in page
    assert '<strong class="tally__number">1</strong> of 3' in page
    again = scan(client, delivery, text, id=scan_id, resident=str(waiting.residents[1].pk))
    assert 'data-tone="good"' in again
    assert len(waiting.booked()) == 1


def test_without_a_script_the_same_answers_stand_on_a_whole_page(
    client: Client, waiting: Waiting, delivery: Delivery, amlodipine: Sold
) -> None:
    sent = {"id": str(uuid4()), "text": amlodipine.scan(serial="S1"), "bag": str(waiting.residents[0].pk)}
    response = client.post(f"/deliveries/{delivery.pk}/scan/", sent)
    page = response.content.decode()
    assert "<!DOCTYPE html>" in page
    assert "1 of 1." in page


def test_a_stop_offers_to_put_aside_and_that_is_listed(
    client: Client, waiting: Waiting, delivery: Delivery, amlodipine: Sold
) -> None:
    text, scan_id = amlodipine.scan(expires="200101"), str(uuid4())
    page = scan(client, delivery, text, id=scan_id, bag=str(waiting.residents[0].pk))
    assert 'data-tone="stop"' in page
    assert "Out of date since 1 Jan 2020" in page
    sent = {"id": scan_id, "text": text, "how": "camera", "became": "goes_back", "reason": "driver took it"}
    response = client.post(f"/deliveries/{delivery.pk}/stop/", sent, follow=True)
    page = response.content.decode()
    assert "Caught and not booked in" in page
    assert "out of date" in page
    assert "driver took it" in page


def test_an_expiry_that_cannot_be_read_is_asked_for_again(
    client: Client, waiting: Waiting, delivery: Delivery, amlodipine: Sold
) -> None:
    sent = {"bag": str(waiting.residents[0].pk), "seen": "no_expiry", "id": str(uuid4())}
    page = scan(client, delivery, amlodipine.gtin, expires="next year", **sent)
    assert "Type the expiry as it is printed" in page
    assert waiting.booked() == []
    page = scan(client, delivery, amlodipine.gtin, expires="Use by Jan 2028", **sent)
    assert "A second person has to look at it" in page
    [booked] = waiting.booked()
    assert booked.pack.expires_on == date(2027, 12, 31)


def test_a_reason_that_is_missing_is_asked_for_beside_the_question(
    client: Client, waiting: Waiting, delivery: Delivery, amlodipine: Sold
) -> None:
    bag = str(waiting.residents[0].pk)
    scan(client, delivery, amlodipine.scan(serial="S1"), bag=bag)
    page = scan(client, delivery, amlodipine.scan(serial="S2"), bag=bag)
    assert "One too many" in page
    page = scan(client, delivery, amlodipine.scan(serial="S2"), bag=bag, seen="over")
    assert "Say why it is taken though it was not expected" in page
    assert "One too many" in page
    page = scan(client, delivery, amlodipine.scan(serial="S2"), bag=bag, seen="over", reason="for leave")
    assert 'data-tone="good"' in page


def test_a_residents_label_opens_their_bag(client: Client, waiting: Waiting, delivery: Delivery) -> None:
    label = waiting.residents[0].label_code.replace("0", "2").replace("1", "2")
    with scope(home=waiting.home.pk):
        type(waiting.residents[0]).objects.filter(pk=waiting.residents[0].pk).update(label_code=label)
    sent = {"id": str(uuid4()), "text": label, "how": "camera"}
    response = client.post(f"/deliveries/{delivery.pk}/scan/", sent, headers={"HX-Request": "true"})
    assert response.headers["HX-Redirect"].endswith(f"?bag={waiting.residents[0].pk}")


def test_a_pack_without_a_code_and_its_second_look(
    client: Client, waiting: Waiting, delivery: Delivery, amlodipine: Sold, sign_in: SignIn
) -> None:
    line = waiting.lines(delivery)[0]
    page = client.get(f"/deliveries/lines/{line.pk}/by-hand/").content.decode()
    assert 'value="28"' in page
    sent = {"id": str(uuid4()), "quantity": "28", "expires": "01/2028", "place": "trolley"}
    page = client.post(f"/deliveries/lines/{line.pk}/by-hand/", sent, follow=True).content.decode()
    assert "Booked in: Amlodipine 5mg tabs" in page
    [booked] = waiting.booked()
    assert booked.pack.status == "quarantined"
    page = client.post(f"/deliveries/packs/{booked.pk}/check/", {"id": str(uuid4())}).content.decode()
    assert "The second person types their own name and password" in page
    other = sign_in(waiting.carer, home=waiting.home)
    assert "Amlodipine" in other.get("/deliveries/to-check/").content.decode()
    page = other.post(f"/deliveries/packs/{booked.pk}/check/", {"id": str(uuid4())}, follow=True).content.decode()
    assert "It may be used now" in page
    assert waiting.booked()[0].pack.status == "in_use"


def test_a_controlled_drug_is_counted_by_two_and_enters_the_register(client: Client, waiting: Waiting) -> None:
    morphine = sell("Morphine 10mg tablets", quantity=56, controlled_drug_category="0002")
    waiting.prescribe(waiting.live("Cy Stone"), morphine, is_controlled=True)
    delivery = waiting.load(["Cy Stone,Morphine 10mg tablets,56"], at=timezone.now())
    page = scan(client, delivery, morphine.scan(serial="S1"))
    assert "it is in no register yet" in page
    [booked] = waiting.booked()
    address, pair = f"/deliveries/packs/{booked.pk}/check/", {
        "witness_name": waiting.carer.username, "witness_password": make.PASSWORD
    }  # fmt: skip
    assert ">56 tablets<" not in client.get(address).content.decode()
    page = client.post(address, {"id": str(uuid4()), "counted": "55"} | pair).content.decode()
    assert "What you counted is not what was booked in" in page
    client.post(address, {"id": str(uuid4()), "counted": "56"} | pair)
    [movement] = waiting.movements()
    assert (movement.moved_by_id, movement.witness_id) == (waiting.senior.pk, waiting.carer.pk)


def test_a_wrong_booking_is_undone_with_a_reason(
    client: Client, waiting: Waiting, delivery: Delivery, amlodipine: Sold
) -> None:
    scan(client, delivery, amlodipine.scan(serial="S1"), bag=str(waiting.residents[0].pk))
    [booked] = waiting.booked()
    page = client.post(f"/deliveries/packs/{booked.pk}/undo/", {"id": str(uuid4())}).content.decode()
    assert "There is a problem" in page
    sent = {"id": str(uuid4()), "reason": "It is Ben’s"}
    page = client.post(f"/deliveries/packs/{booked.pk}/undo/", sent, follow=True).content.decode()
    assert "Taken back" in page
    assert waiting.movements()[-1].balance == 0


def test_closing_asks_what_becomes_of_each_short_line(
    client: Client, waiting: Waiting, delivery: Delivery, amlodipine: Sold
) -> None:
    address = f"/deliveries/{delivery.pk}/close/"
    page = client.post(address, {"words": ""}).content.decode()
    assert "say what happens now" in page
    answers = {f"outcome-{each.pk}": "owing" for each in waiting.lines(delivery)}
    page = client.post(address, answers, follow=True).content.decode()
    assert "Owed: the pharmacy will send it" in page
    assert "Scan a pack" not in page
    page = client.post(f"/deliveries/{delivery.pk}/reopen/", follow=True).content.decode()
    assert "Scan a pack" in page


def test_labels_are_made_printed_and_printed_again(
    client: Client, waiting: Waiting, delivery: Delivery, amlodipine: Sold
) -> None:
    for number in range(3):
        scan(client, delivery, amlodipine.scan(serial=f"S{number}"), bag=str(waiting.residents[number > 0].pk))
    address = f"/deliveries/{delivery.pk}/labels/"
    sent = {"id": str(uuid4()), "which": "new", "layout": "a4_24", "first": "23"}
    page = client.post(address, sent, follow=True).content.decode()
    assert "Open the 3 labels to print" in page
    assert "Every label was printed" in page
    paper = PdfReader(BytesIO(client.get(f"/deliveries/labels/{sent['id']}.pdf").content))
    assert [each.extract_text().count("Amlodipine") for each in paper.pages] == [2, 1]
    printed = "".join(each.extract_text() for each in paper.pages)
    assert {each.pack.label_code for each in waiting.booked()} <= set(printed.split())
    assert 'value="2"' in client.get(address).content.decode()  # the next free place of the sheet
    page = client.post(address, sent | {"id": str(uuid4()), "first": "25"}).content.decode()
    assert "This paper has 24 labels a page" in page
    one = client.get(f"/deliveries/packs/{waiting.booked()[0].pk}/label.pdf")
    assert one.content.startswith(b"%PDF")


def test_a_line_nobody_was_certain_of_is_settled(client: Client, waiting: Waiting, amlodipine: Sold) -> None:
    ada = waiting.live("Ada Winterbottom")
    waiting.prescribe(ada, amlodipine)
    delivery = waiting.load(["A. Nother,Amlodipine 5mg tabs,28"])
    [line] = waiting.lines(delivery)
    sent = {"resident": str(ada.pk), "medicine": amlodipine.medicine.pk}
    client.post(f"/deliveries/lines/{line.pk}/", sent)
    [line] = waiting.lines(delivery)
    assert (line.resident_id, line.faults) == (ada.pk, [])


def test_what_came_without_a_list_is_started_and_listed(client: Client, waiting: Waiting, amlodipine: Sold) -> None:
    ada = waiting.live("Ada Winterbottom")
    waiting.prescribe(ada, amlodipine)
    page = client.post(
        "/deliveries/start/", {"id": str(uuid4()), "origin": "hospital", "resident": str(ada.pk)}, follow=True
    )
    assert "From hospital" in page.content.decode()
    assert "From hospital: Ada Winterbottom" in client.get("/deliveries/").content.decode()


def statements(delivery: Delivery, home_id: int) -> int:
    with scope(home=home_id), CaptureQueriesContext(connection) as asked:
        queries.standing(delivery)
    return len(asked)


def test_a_long_delivery_asks_no_more_than_a_short_one(waiting: Waiting, delivery: Delivery, amlodipine: Sold) -> None:
    few = statements(delivery, waiting.home.pk)
    for number in range(12):
        person = waiting.live(f"Person{number} Long")
        waiting.prescribe(person, amlodipine)
    long = waiting.load([f"Person{number} Long,Amlodipine 5mg tabs,28" for number in range(12)])
    for person in waiting.residents[2:]:
        waiting.scan(long, amlodipine.scan(serial=f"L{person.pk}"), bag=person.pk)
    assert statements(long, waiting.home.pk) == few


def test_scanning_asks_the_same_number_of_statements_however_long_the_list_is(
    client: Client, waiting: Waiting, delivery: Delivery, amlodipine: Sold
) -> None:
    def asked(which: Delivery, serial: str, bag: int) -> int:
        with CaptureQueriesContext(connection) as found:
            assert 'data-tone="good"' in scan(client, which, amlodipine.scan(serial=serial), bag=str(bag))
        return len(found)

    asked(delivery, "W1", waiting.residents[1].pk)
    few = asked(delivery, "W2", waiting.residents[1].pk)
    person = waiting.live("Long List")
    waiting.prescribe(person, amlodipine)
    long = waiting.load([f"Long List,Amlodipine 5mg tabs,{28 * number}" for number in range(1, 30)])
    asked(long, "L1", person.pk)
    assert asked(long, "L2", person.pk) == few


def test_a_delivery_expected_on_another_day_says_so(client: Client, waiting: Waiting) -> None:
    waiting.expect(sender="Quay Pharmacy", expected_on=timezone.now().date() + timedelta(days=2))
    assert "Expected" in client.get("/deliveries/").content.decode()

"""A recall at the desk: entering it by scan or by hand, seeing what it is about first, and who had doses of it."""

from decimal import Decimal

import pytest
from uuid_utils.compat import uuid7

from emar.models import Role
from emar.scope import scope
from stock.models import Recall, StockPack
from tests import factories as make
from tests.bedside import Bedside, make_bedside
from tests.pages.conftest import SignIn

pytestmark = pytest.mark.usefixtures("at_now")
GTIN = "05012345678900"
SCAN = f"]d201{GTIN}17270630" + "10AB-123"


@pytest.fixture
def bedside(db: None) -> Bedside:
    bedside = make_bedside()
    product = make.make_pack(medicine=bedside.medicine)
    make.make_pack_code(pack=product, gtin=GTIN)
    return bedside


def recalled(bedside: Bedside) -> StockPack:
    return make.make_stock_pack(line=bedside.line, by=bedside.senior, gtin=GTIN, batch="AB123")


def post(sign_in: SignIn, bedside: Bedside, **fields: object) -> object:
    said = {"id": str(uuid7()), "level": "class_2", "told_by": "MHRA EL(26)A/12", "step": "look"} | fields
    return sign_in(bedside.senior, home=bedside.home).post("/recalls/enter/", said)


def test_a_scan_fills_in_number_batch_and_product_and_shows_what_is_called_back(
    sign_in: SignIn, bedside: Bedside
) -> None:
    pack = recalled(bedside)
    page = post(sign_in, bedside, scan=SCAN).content.decode()
    assert "1 pack here is called back" in page
    assert pack.label_code in page
    assert f'value="{GTIN}"' in page
    assert "AB-123" in page
    assert f'value="{bedside.medicine.name}"' in page
    with scope(home=bedside.home.pk):
        assert not Recall.objects.exists()
        assert StockPack.objects.get(pk=pack.pk).status == "in_use"


def test_entered_after_a_look_its_packs_are_aside_and_its_page_says_who_had_doses(
    sign_in: SignIn, bedside: Bedside
) -> None:
    pack = recalled(bedside)
    bedside.record(bedside.dose(pack_id=str(pack.pk)))
    fields = {"id": str(uuid7()), "batches": "ab 123\nzz9", "product": "Amlodipine", "step": "enter"}
    response = post(sign_in, bedside, **fields)
    with scope(home=bedside.home.pk):
        [recall] = Recall.objects.all()
        assert StockPack.objects.get(pk=pack.pk).status == "quarantined"
    assert response.headers["Location"] == f"/recalls/{recall.pk}/"
    page = sign_in(bedside.carer, home=bedside.home).get(f"/recalls/{recall.pk}/").content.decode()
    assert "1 pack to deal with" in page
    assert "Put aside" in page
    assert "The pack was scanned" in page
    assert bedside.resident.full_name in page
    assert "Not affected" not in page
    assert post(sign_in, bedside, **fields).status_code == 302
    with scope(home=bedside.home.pk):
        assert Recall.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Enter what is called back"),
        ({"product": "Amlodipine"}, "Enter a batch number, a barcode number, or both"),
        ({"product": "Amlodipine", "gtin": "5012345678901"}, "This is not the number under a barcode"),
        ({"scan": "EPABC234"}, "This scan holds no product number"),
        ({"scan": f"]d201{GTIN}1727063010AB21-1234"}, "The scan may hold batch"),
        ({"product": "Amlodipine", "batches": "A1", "level": ""}, "Choose class of the alert"),
    ],
)
def test_what_is_missing_is_said_in_words(sign_in: SignIn, bedside: Bedside, fields: dict[str, str], said: str) -> None:
    assert said in post(sign_in, bedside, **fields).content.decode()


def test_a_pack_is_cleared_and_the_recall_closed_with_words(sign_in: SignIn, bedside: Bedside) -> None:
    pack = recalled(bedside)
    post(sign_in, bedside, product="Amlodipine", gtin=GTIN, step="enter")
    with scope(home=bedside.home.pk):
        recall = Recall.objects.get()
    manager = sign_in(make.make_staff_member(home=bedside.home, role=Role.MANAGER), home=bedside.home)
    refused = manager.post(f"/recalls/{recall.pk}/close/", {"id": str(uuid7()), "words": "done"}).content.decode()
    assert "1 pack of it still waits here" in refused
    said = {"id": str(uuid7()), "words": "The box says AB124"}
    page = manager.post(f"/recalls/{recall.pk}/packs/{pack.pk}/clear/", said, follow=True).content.decode()
    assert "The pack may be given from again" in page
    assert "The box says AB124" in page
    closed = manager.post(f"/recalls/{recall.pk}/close/", {"id": str(uuid7()), "words": "None here"}, follow=True)
    assert "Closed" in closed.content.decode()
    assert "None here" in closed.content.decode()


def test_an_empty_list_says_what_to_do(sign_in: SignIn, bedside: Bedside) -> None:
    page = sign_in(bedside.senior, home=bedside.home).get("/recalls/").content.decode()
    assert "No recall has been entered in this home yet" in page
    assert "Enter a recall" in page
    assert (
        "Enter a recall"
        not in sign_in(bedside.carer, home=bedside.home)
        .get("/recalls/")
        .content.decode()
        .split("<main")[1]
        .split("No recall")[0]
    )


def test_the_value_of_the_stock_is_said_to_be_partial_where_a_price_is_missing(
    sign_in: SignIn, bedside: Bedside
) -> None:
    product = make.make_pack(medicine=bedside.medicine, price_pence=140, price_source="drug_tariff")
    make.make_stock_pack(line=bedside.line, by=bedside.senior, product=product)
    unpriced = bedside.another()
    bedside.record(bedside.dose(outcome="destroyed_or_dropped", amount=Decimal(2)))
    unpriced.record(unpriced.dose(outcome="destroyed_or_dropped", amount=Decimal(1)))
    client = sign_in(bedside.senior, home=bedside.home)
    page = client.get("/stock/value/").content.decode()
    assert "£2.70" in page
    assert "1 of 2 lines have no price" in page
    assert "£0.10" in page
    assert "1 of the 2 lines that lost something have no price" in page
    assert "November 2026" in page
    rows = client.get("/stock/value/file.csv").content.decode().splitlines()
    assert rows[1].endswith(",54,tablet,5.00,,Drug Tariff,2.70")
    assert rows[2].endswith(",27,tablet,no price,,,")

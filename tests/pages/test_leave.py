"""Medicines that go out with a resident: a controlled drug only with a second person who signs in for themselves."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from uuid_utils.compat import uuid7

from emar.models import LeaveMedicines, Role, StaffMember
from emar.operations.leave import GoingOut, send_out
from emar.scope import scope
from stock.models import StockLine
from tests import factories as make
from tests.bedside import NINE, Bedside, make_bedside
from tests.pages.conftest import SignIn

pytestmark = pytest.mark.django_db
PASSWORD = make.PASSWORD


@pytest.fixture
def bedside() -> Bedside:
    return make_bedside(is_controlled=True)


@pytest.fixture
def witness(bedside: Bedside) -> StaffMember:
    return make.make_staff_member(home=bedside.home, role=Role.NURSE)


@pytest.fixture
def senior(bedside: Bedside, sign_in: SignIn) -> Client:
    return sign_in(bedside.senior, home=bedside.home)


def going(bedside: Bedside, **said: Any) -> dict[str, Any]:
    what = f"{bedside.prescription.pk}/{bedside.line.pk}/{bedside.pack.pk}"
    return {"id": str(uuid7()), "what": what, "quantity": "2", "sent_with": "her son"} | said


@pytest.mark.hazard("H16", control="medicines go on leave under two people’s eyes", shows="works")
def test_a_controlled_drug_goes_out_only_with_somebody_who_signs_in(
    bedside: Bedside, witness: StaffMember, senior: Client
) -> None:
    url = f"/residents/{bedside.resident.pk}/leave/"
    page = senior.get(url).content.decode()
    assert "Second person: password" in page
    for said in (
        {},
        {"witness_name": witness.username, "witness_password": "not hers"},
        {"witness_name": bedside.senior.username, "witness_password": PASSWORD},
    ):
        answer = senior.post(url, going(bedside, **said))
        assert answer.status_code == 200, "it must not be taken"
        assert "nhsuk-error-summary" in answer.content.decode()
    with scope(home=bedside.home.pk):
        assert not LeaveMedicines.objects.exists()
    answer = senior.post(url, going(bedside, witness_name=witness.username, witness_password=PASSWORD))
    assert answer.status_code == 302
    [movement] = [each for each in bedside.movements() if each.destination == "away"]
    assert (movement.quantity, movement.moved_by_id, movement.witness_id) == (2, bedside.senior.pk, witness.pk)


def test_it_comes_back_under_two_peoples_eyes_too(bedside: Bedside, witness: StaffMember, senior: Client) -> None:
    sent = GoingOut(uuid7(), bedside.prescription.pk, Decimal(2), "her son", witness_id=witness.pk)
    with scope(home=bedside.home.pk):
        out = send_out(resident=bedside.resident, going=sent, by=bedside.senior.pk, at=NINE)
    url = f"/residents/{bedside.resident.pk}/leave/{out.pk}/back/"
    assert senior.post(url, {"returned": "1"}).status_code == 200
    said = {"returned": "1", "witness_name": witness.username, "witness_password": PASSWORD}
    assert senior.post(url, said).status_code == 302
    [back] = [each for each in bedside.movements() if each.source == "away" and each.destination == "home"]
    assert (back.quantity, back.witness_id) == (1, witness.pk)


def test_each_strength_that_makes_up_a_dose_can_go_out(sign_in: SignIn) -> None:
    sodium = make.make_ingredient(name="Warfarin sodium")
    one, three = (make.make_medicine(name=f"Warfarin {mg}mg tablets", strength=f"{mg}mg") for mg in (1, 3))
    for medicine, amount in ((one, 1), (three, 3)):
        make.make_medicine_ingredient(medicine=medicine, ingredient=sodium, amount=Decimal(amount))
    bedside = make_bedside(medicine=one, schedule=make.regular(unit="mg", amount="4", strengths=["1", "3"]))
    with scope(home=bedside.home.pk):
        line = StockLine.objects.create(home=bedside.home, resident=bedside.resident, medicine=three, unit="tablet")
    pack = make.make_stock_pack(line=line, by=bedside.senior)
    client = sign_in(bedside.senior, home=bedside.home)
    url = f"/residents/{bedside.resident.pk}/leave/"
    page = client.get(url).content.decode()
    assert "Warfarin 1mg tablets: 28 tablets held" in page
    assert "Warfarin 3mg tablets: 28 tablets held" in page
    what = f"{bedside.prescription.pk}/{line.pk}/{pack.pk}"
    assert client.post(url, going(bedside, what=what)).status_code == 302
    assert bedside.balance(line) == 26
    assert bedside.balance() == 28

"""What has a structure is chosen from it: places on the body, readings. Words of their own are refused when written."""

from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from emar.models import PatchCheck, Prescription
from emar.operations import prescriptions
from emar.operations.checks import Looked, check_patch
from emar.operations.prescriptions import Prescribed
from emar.rules.amounts import ScheduleError
from emar.scope import scope
from tests import factories as make
from tests.bedside import NINE, Bedside, make_bedside

pytestmark = pytest.mark.django_db


@pytest.fixture
def bedside() -> Bedside:
    return make_bedside()


def prescribed(**fields: Any) -> Prescribed:
    medicine = make.make_medicine(name="Fentanyl 12micrograms/hour transdermal patches", form="Transdermal patch")
    fields = {"schedule": make.regular("Morning"), "authority": "gp", "medicine_id": medicine.pk} | fields
    return Prescribed(id=UUID(str(uuid7())), **fields)


def write(bedside: Bedside, **fields: Any) -> Prescription:
    with scope(home=bedside.home.pk):
        return prescriptions.write(
            new=prescribed(**fields), resident=bedside.resident, by=bedside.senior.pk, at=NINE, reason="Agreed"
        )


def patch(*sites: str) -> dict[str, Any]:
    return {
        "kind": "interval", "starts_on": "2026-11-19", "ends_on": None, "unit": "patch",
        "first_at": "2026-11-19T10:00:00Z", "every_minutes": 4320, "worn_minutes": 4320,
        "amount": {"low": "1", "high": "1"}, "sites": list(sites),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"schedule": patch("left upper arm", "top of the arm")}, "“top of the arm” is not a place on the body map"),
        ({"body_areas": ("left hand", "shoulders")}, "“shoulders” is not a place on the body map"),
        ({"schedule": make.regular(reading={"name": "heart"})}, "“heart” is not something the record measures"),
        ({"schedule": make.regular(hold=[{"reading": "mood", "below": "3"}])}, "“mood” is not something the record"),
    ],
)
def test_words_of_their_own_are_refused_and_said(bedside: Bedside, fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ScheduleError, match=words):
        write(bedside, **fields)


def test_what_the_structure_knows_is_taken(bedside: Bedside) -> None:
    assert write(bedside, schedule=patch("left upper arm", "right upper arm")).schedule["sites"][0] == "left upper arm"
    assert write(bedside, body_areas=("left hand",)).body_areas == ["left hand"]
    assert write(bedside, schedule=make.regular(reading={"name": "pulse"})).schedule["reading"] == {"name": "pulse"}


def test_what_an_older_version_says_may_stay_and_nothing_new_beside_it(bedside: Bedside) -> None:
    old = make.make_prescription(
        resident=bedside.resident, by=bedside.carer, checked_by=bedside.senior, body_areas=["shoulders"]
    )

    def changed(*areas: str) -> Prescription:
        new = prescribed(medicine_id=old.medicine_id, body_areas=areas)
        with scope(home=bedside.home.pk):
            return prescriptions.change(prescription=old, new=new, by=bedside.senior.pk, at=NINE, reason="Agreed")

    with pytest.raises(ScheduleError, match="“arms”"):
        changed("shoulders", "arms")
    assert changed("shoulders").body_areas == ["shoulders"]


@pytest.mark.parametrize(
    ("site", "kept", "words"),
    [
        ("left upper arm", "left upper arm", "Fine"),
        ("near the belt", "", "Fine Where: near the belt"),
        ("", "", "Fine"),
    ],
)
def test_a_place_seen_at_the_bedside_is_never_lost(bedside: Bedside, site: str, kept: str, words: str) -> None:
    line = make.make_prescription(
        resident=bedside.resident, by=bedside.carer, checked_by=bedside.senior, schedule=patch("left upper arm")
    )
    looked = Looked(str(uuid7()), NINE, NINE, "Fine")
    with scope(home=bedside.home.pk):
        check_patch(
            home_id=bedside.home.pk, looked=looked, prescription_id=str(line.pk), found="in_place", site=site,
            by=bedside.carer.pk, at=NINE,
        )  # fmt: skip
        seen = PatchCheck.objects.get(pk=looked.id)
    assert (seen.site, seen.words) == (kept, words)

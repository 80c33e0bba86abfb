"""Does a device learn what a dose depends on: readings, scale, places, plans, INR, and who may start a round?"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from emar.models import Competency, CompetencyOverride, CovertPlan, PharmacistAdvice, SelfAdministration
from emar.queries import snapshot
from emar.scope import scope
from tests import factories as make
from tests.bedside import EIGHT, HOUR, NINE, Bedside, make_bedside
from tests.tablet import zulu

pytestmark = pytest.mark.usefixtures("db")
TODAY = NINE.date()
SCALE = [
    {"below": "4", "amount": None, "words": "treat as a hypo"},
    {"at_least": "4", "below": "10", "amount": {"low": "4", "high": "4"}},
    {"at_least": "10", "amount": {"low": "8", "high": "8"}},
]


def told_of(bedside: Bedside) -> dict[str, Any]:
    with scope(home=bedside.home.pk):
        return snapshot.snapshot(bedside.home.pk, NINE)


def line_of(bedside: Bedside) -> dict[str, Any]:
    lines = told_of(bedside)["prescriptions"]
    return next(each for each in lines if each["id"] == str(bedside.prescription.pk))


@pytest.mark.hazard("H25", control="a dose that depends on a reading takes its scale to the bedside", shows="works")
def test_a_scale_and_a_hold_rule_reach_the_device_with_their_words() -> None:
    fields = {
        "unit": "unit",
        "reading": {"name": "blood_glucose", "unit": "mmol/L"},
        "hold": [{"reading": "pulse", "below": "60", "words": "Ring the GP."}],
        "phases": [
            {"days": None, "slots": [{"round": "Morning", "scale": SCALE}], "pattern": {"kind": "daily"}},
        ],
    }
    bedside = make_bedside(schedule=make.regular(**fields), body_areas=["left upper arm", "abdomen"])
    told = told_of(bedside)
    line = next(each for each in told["prescriptions"] if each["id"] == str(bedside.prescription.pk))
    assert line["hold"] == [{"reading": "pulse", "below": "60", "words": "Ring the GP."}]
    assert line["body_areas"] == ["left upper arm", "abdomen"]
    dose = next(each for each in told["due"] if each["prescription_id"] == line["id"])
    assert dose["needs_reading"] == "blood_glucose"
    assert dose["scale"]["reading"] == "blood_glucose"
    assert [(step["low"], step["words"]) for step in dose["scale"]["steps"]] == [
        (None, "treat as a hypo"),
        ("4", ""),
        ("8", ""),
    ]


def test_a_thickener_is_always_and_never_due() -> None:
    standing = {"kind": "standing", "starts_on": "2026-02-02", "ends_on": None, "unit": "scoop", "iddsi_level": 2}
    told = told_of(make_bedside(schedule=standing, dose_words="Thicken every drink to level 2"))
    [line] = told["prescriptions"]
    assert (line["kind"], line["standing"]["iddsi_level"]) == ("standing", 2)
    assert told["due"] == []


@pytest.mark.parametrize(("until", "is_current"), [(1, True), (0, False)])
def test_warfarin_without_a_current_record_says_whom_to_ring(until: int, is_current: bool) -> None:
    record = {
        "from_on": (TODAY - timedelta(days=7)).isoformat(),
        "until_on": (TODAY + timedelta(days=until)).isoformat(),
        "amounts": ["3"],
        "inr": "2.4",
    }
    schedule = {
        "kind": "by_inr", "starts_on": "2026-02-02", "ends_on": None, "unit": "mg", "slot": {"round": "Morning"},
        "records": [record],
    }  # fmt: skip
    inr = line_of(make_bedside(schedule=schedule, said_by="the Tide Street clinic"))["inr"]
    assert inr["is_current"] is is_current
    assert inr["inr"] == ("2.4" if is_current else None)
    assert "the Tide Street clinic" in inr["ask"]


def test_only_what_a_pharmacist_allowed_of_this_medicine_is_given_covertly() -> None:
    bedside = make_bedside()
    other = bedside.another(resident=bedside.resident)
    mine = {"home": bedside.home, "resident": bedside.resident}
    review_on = TODAY + timedelta(days=90)
    with scope(home=bedside.home.pk):
        CovertPlan.objects.create(
            **mine, capacity_assessed_on=TODAY, capacity_assessed_by="Dr Example", decided_on=TODAY,
            decided_with="her daughter", decision="hidden in jam", review_on=review_on, written_at=NINE,
            written_by=bedside.senior,
        )  # fmt: skip
        PharmacistAdvice.objects.create(
            **mine, prescription=bedside.prescription, about="covert", is_allowed=True, method="In jam.",
            pharmacist="P Example", advised_on=TODAY, recorded_at=NINE, recorded_by=bedside.senior,
        )  # fmt: skip
        SelfAdministration.objects.create(
            **mine, prescription=other.prescription, support="prompted", assessment="safe", storage="Locked drawer",
            assessed_on=TODAY, review_on=review_on, written_at=NINE, written_by=bedside.senior,
        )  # fmt: skip
    assert line_of(bedside)["plans"] == [{"kind": "covert", "words": "In jam.", "review_on": review_on.isoformat()}]
    assert [plan["kind"] for plan in line_of(other)["plans"]] == ["self_administration"]


@pytest.mark.hazard("H24", control="a word on crushing travels with the medicine it is about", shows="works")
@pytest.mark.parametrize("is_allowed", [True, False])
def test_what_a_pharmacist_said_of_crushing_is_told_of_that_medicine_alone(is_allowed: bool) -> None:
    bedside = make_bedside()
    other = bedside.another(resident=bedside.resident)
    with scope(home=bedside.home.pk):
        PharmacistAdvice.objects.create(
            home=bedside.home, resident=bedside.resident, prescription=bedside.prescription, about="crushing",
            is_allowed=is_allowed, method="Coated.", pharmacist="P Example", advised_on=TODAY, recorded_at=NINE,
            recorded_by=bedside.senior,
        )  # fmt: skip
    assert line_of(bedside)["plans"] == [
        {"kind": "crush", "is_allowed": is_allowed, "words": "Coated.", "review_on": None}
    ]
    assert line_of(other)["plans"] == []


@pytest.mark.hazard("H24", control="the levels of an assessment of swallowing travel with the person", shows="works")
def test_how_somebody_swallows_is_told() -> None:
    bedside = make_bedside()
    resident = make.make_resident(unit=bedside.unit, drink_level=2, food_level=5, swallowing_words="Upright.")
    people = {each["id"]: each for each in told_of(bedside)["residents"]}
    said = people[resident.pk]
    assert (said["drink_level"], said["food_level"], said["swallowing_words"]) == (2, 5, "Upright.")
    unknown = people[bedside.resident.pk]
    assert (unknown["drink_level"], unknown["food_level"], unknown["swallowing_words"]) == (None, None, "")


def test_an_assessment_that_ran_out_starts_no_round_unless_a_manager_lets_them_go_on() -> None:
    bedside = make_bedside()

    def may_start() -> bool:
        row = next(each for each in told_of(bedside)["staff"] if each["id"] == bedside.carer.pk)
        return bool(row["may_start_round"])

    assert may_start(), "somebody whom this home has not assessed yet"
    about = {"home": bedside.home, "staff_member": bedside.carer, "subject": "medicines"}
    with scope(home=bedside.home.pk):
        Competency.objects.create(
            **about, assessed_on=TODAY - timedelta(days=400), expires_on=TODAY, assessed_by=bedside.senior,
            recorded_at=NINE, recorded_by=bedside.senior,
        )  # fmt: skip
    assert not may_start()
    with scope(home=bedside.home.pk):
        CompetencyOverride.objects.create(
            **about,
            until_at=NINE + timedelta(hours=12),
            reason="assessor ill",
            allowed_at=NINE,
            allowed_by=bedside.senior,
        )
    assert may_start()


def test_a_mixed_dose_says_which_pack_is_which_strength() -> None:
    three = make.make_medicine(name="Warfarin 3mg tablets", strength="3mg")
    one = make.make_medicine(name="Warfarin 1mg tablets", strength="1mg")
    warfarin = make.make_ingredient(name="Warfarin sodium")
    for medicine, amount in ((three, 3), (one, 1)):
        make.make_medicine_ingredient(medicine=medicine, ingredient=warfarin, amount=amount)
    schedule = make.regular(unit="mg", amount="7", strengths=["1", "3"])
    bedside = make_bedside(medicine=three, schedule=schedule)
    with scope(home=bedside.home.pk):
        bedside.line.__class__.objects.create(home=bedside.home, resident=bedside.resident, medicine=one, unit="tablet")
    told = told_of(bedside)
    [line] = told["prescriptions"]
    assert {each["strength"] for each in line["strengths"]} == {"1", "3"}
    assert line["combined_medicine_ids"] == [one.pk]
    dose = next(each for each in told["due"] if each["prescription_id"] == line["id"])
    assert {(part["strength"], part["count"]) for part in dose["parts"]} == {("3", "2"), ("1", "1")}


def patch_of(bedside: Bedside, at: datetime) -> dict[str, Any]:
    with scope(home=bedside.home.pk):
        [line] = snapshot.snapshot(bedside.home.pk, at)["prescriptions"]
    return line["patch"]


@pytest.mark.hazard("H25", control="a patch whose hours are over is still said to be on the skin", shows="works")
def test_a_patch_is_worn_until_somebody_takes_it_off() -> None:
    schedule = {
        "kind": "interval", "starts_on": "2026-11-18", "ends_on": None, "unit": "patch", "first_at": zulu(EIGHT),
        "every_minutes": 1440, "worn_minutes": 720, "amount": {"low": "1", "high": "1"},
        "sites": ["left chest", "right chest"],
    }  # fmt: skip
    bedside = make_bedside(schedule=schedule)
    bedside.record(bedside.dose(unit="patch", site="left chest"))
    off_at = EIGHT + 12 * HOUR
    assert patch_of(bedside, EIGHT + HOUR)["is_worn"]
    late = patch_of(bedside, off_at + HOUR)
    assert (late["is_worn"], late["last_site"]) == (True, "left chest")
    taken_off = {
        "amount": Decimal(0),
        "due_at": off_at,
        "given_at": off_at + HOUR,
        "pack_id": None,
        "site": "left chest",
    }
    bedside.record(bedside.dose(unit="patch", **taken_off), at=off_at + 2 * HOUR)
    after = patch_of(bedside, off_at + 2 * HOUR)
    assert (after["is_worn"], after["next_site"]) == (False, "right chest")

"""Does a device know, without a network, which medicines a class of medicines means?"""

from datetime import timedelta

import pytest

from tests import factories as make
from tests.bedside import EIGHT, NINE, Bedside
from tests.mobile_api.test_snapshot import known, of
from tests.tablet import Tablet


@pytest.mark.hazard("H07", control="a device stops a medicine of a class that somebody is allergic to", shows="works")
def test_a_device_is_told_which_medicines_a_class_means(bedside: Bedside, tablet: Tablet) -> None:
    codeine, paracetamol = make.make_ingredient(name="Codeine phosphate"), make.make_ingredient(name="Paracetamol")
    co_codamol = make.make_medicine(name="Co-codamol 8mg/500mg tablets", atc_code="N02AJ06")
    plain = make.make_medicine(name="Paracetamol 500mg tablets", atc_code="N02BE01")
    for place, held in enumerate((codeine, paracetamol)):
        make.make_medicine_ingredient(medicine=co_codamol, ingredient=held, position=place)
    make.make_medicine_ingredient(medicine=plain, ingredient=paracetamol)
    make.make_allergy(resident=bedside.resident, by=bedside.senior, substance="Opioids", reaction="Confusion")
    make.make_allergy(resident=bedside.resident, by=bedside.senior, substance="Nuts", reaction="Swelling")
    met = bedside.another(resident=bedside.resident, medicine=co_codamol)
    safe = bedside.another(resident=bedside.resident, medicine=plain)
    told = next(each for each in known(tablet)["residents"] if each["id"] == bedside.resident.pk)
    opioids, nuts = told["allergies"]
    assert (opioids["ingredient_ids"], opioids["classes"], opioids["is_checked"]) == ([codeine.pk], ["Opioids"], True)
    assert (nuts["ingredient_ids"], nuts["classes"], nuts["is_checked"]) == ([], [], False)
    assert of(tablet, "prescriptions", met.prescription)["allergies_met"] == ["Opioids"]
    assert of(tablet, "prescriptions", safe.prescription)["allergies_met"] == []


@pytest.mark.hazard("H07", control="an accepted allergy does not stop the carer, a later one does", shows="works")
def test_an_allergy_that_was_accepted_with_a_reason_is_told_and_stops_nobody(bedside: Bedside, tablet: Tablet) -> None:
    amoxicillin = make.make_ingredient(name="Amoxicillin")
    medicine = make.make_medicine(name="Amoxicillin 500mg capsules", atc_code="J01CA04")
    make.make_medicine_ingredient(medicine=medicine, ingredient=amoxicillin)
    make.make_allergy(resident=bedside.resident, by=bedside.senior, substance="Penicillin", reaction="Mild rash")
    line = bedside.another(resident=bedside.resident, medicine=medicine, accepted_allergies=["Penicillin"])
    told = of(tablet, "prescriptions", line.prescription)
    assert (told["allergies_met"], told["accepted_allergies"]) == (["Penicillin"], ["Penicillin"])
    assert line.told() == ("recorded", [])
    make.make_allergy(resident=bedside.resident, by=bedside.senior, substance="Amoxicillin", reaction="Swelling")
    told = of(tablet, "prescriptions", line.prescription)
    assert (told["allergies_met"], told["accepted_allergies"]) == (["Penicillin", "Amoxicillin"], ["Penicillin"])
    day = timedelta(days=1)
    assert line.told(due_at=EIGHT + day, given_at=EIGHT + day, at=NINE + day) == (
        "recorded_with_findings", ["allergy"]
    )  # fmt: skip

"""Does the demo have what a clinical record has beside doses, so that every page of it shows something?"""

from itertools import pairwise

import pytest

from emar.models import (
    Administration,
    Competency,
    CovertPlan,
    Measurement,
    PatchCheck,
    Prescription,
    Resident,
    SelfAdministration,
)
from emar.queries.competencies import may_start_rounds
from emar.queries.mar import letters_of
from emar.queries.policy import policy_of
from emar.rules.allergy_classes import AllergyFacts, MedicineFacts, is_met
from emar.scope import scope
from tests.demo.conftest import NOW

pytestmark = pytest.mark.usefixtures("demo")


def test_a_home_has_a_policy_surgeries_plans_and_weights(demo):
    with scope(home=demo.home_id):
        assert letters_of(demo.home_id)["refused"] == "R1"
        assert len(policy_of(demo.home_id).contact_card) == 3
        residents = list(Resident.objects.all())
        assert all(each.gp_practice_id and each.pharmacy_id and each.conditions for each in residents)
        assert any(each.drink_level for each in residents)
        assert Measurement.objects.filter(kind="weight").count() == len(residents)
        assert (CovertPlan.objects.count(), SelfAdministration.objects.count()) == (1, 1)


def test_one_assessment_has_run_out_and_stops_a_new_round(demo):
    with scope(home=demo.home_id):
        people = set(Competency.objects.values_list("staff_member_id", flat=True))
        may = may_start_rounds(demo.home_id, people, NOW)
        assert list(may.values()).count(False) == 1


def test_one_change_waits_for_its_second_check(demo):
    with scope(home=demo.home_id):
        waiting = Prescription.objects.get(checked_at__isnull=True)
        assert waiting.replaces.checked_at is not None
        assert waiting.replaces.stopped_at is None


@pytest.mark.hazard("H07", control="the demo prescribes nothing that an allergy to a class stops", shows="works")
def test_nobody_is_prescribed_what_they_are_allergic_to(demo):
    with scope(home=demo.home_id):
        for line in Prescription.objects.select_related("medicine").prefetch_related("resident__allergy_set"):
            medicine = MedicineFacts(line.medicine.name, {"": line.medicine.name}, line.medicine.atc_code)
            for each in line.resident.allergy_set.all():
                assert not is_met(AllergyFacts(each.substance), medicine), (each.substance, medicine)


@pytest.mark.hazard("H25", control="the demo's patches go from place to place and are looked at daily", shows="works")
def test_a_patch_goes_from_place_to_place_and_is_looked_at_each_day(demo):
    with scope(home=demo.home_id):
        worn = Prescription.objects.filter(schedule__kind="interval").first()
        given = Administration.objects.filter(prescription=worn, outcome="given").order_by("given_at")
        sites = list(given.values_list("site", flat=True))
        assert len(sites) >= 2
        assert all(sites)
        assert all(one != other for one, other in pairwise(sites))
        assert PatchCheck.objects.filter(prescription=worn).count() >= 3

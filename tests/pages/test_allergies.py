"""Does the desk say of each allergy what the system stops because of it, and what only people can check?"""

import pytest

from emar.models import Allergy, StaffMember, Unit
from emar.scope import scope
from tests.factories import make_home, make_ingredient, make_resident, make_staff_member, make_unit
from tests.pages.conftest import SignIn

BY_EYE = "not checked by the system: check by eye"


@pytest.fixture
def unit(db: None) -> Unit:
    return make_unit(home=make_home())


@pytest.fixture
def senior(unit: Unit) -> StaffMember:
    return make_staff_member(home=unit.home, role="senior")


@pytest.mark.hazard("H07", control="a form says what an allergy means before it is recorded", shows="works")
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("penic", '<option value="Penicillins">'),
        ("Penicillin", "stops every medicine of: Penicillins"),
        ("zincoxi", "Not checked by the system: check by eye"),
        ("Zincoxide", "stops every medicine that holds Zincoxide"),
        ("zincoxide 5%", "Not checked by the system: check by eye"),
        ("Zincoxide", '<option value="Zincoxide">'),
        ('<b>"', "&lt;b&gt;&quot;"),
    ],
)
def test_names_are_offered_and_explained_while_somebody_types(
    unit: Unit, senior: StaffMember, sign_in: SignIn, typed: str, said: str
) -> None:
    make_ingredient(name="Zincoxide")
    client = sign_in(senior, home=unit.home)
    assert said in client.get("/residents/allergy-names/", {"substance": typed}).content.decode()


@pytest.mark.hazard("H07", control="an allergy that no medicine can be compared with is said to be so", shows="works")
@pytest.mark.parametrize(
    ("typed", "classes", "is_said"), [("Sulpha drugs", ["sulfonamides"], False), ("Nuts", [], True)]
)
def test_what_was_recorded_is_shown_with_what_it_means(
    unit: Unit, senior: StaffMember, sign_in: SignIn, typed: str, classes: list[str], *, is_said: bool
) -> None:
    resident = make_resident(unit=unit)
    client = sign_in(senior, home=unit.home)
    sent = {"substance": typed, "reaction": "rash"}
    page = client.post(f"/residents/{resident.pk}/allergies/", sent, follow=True).content.decode()
    with scope(home=unit.home_id):
        assert Allergy.objects.get(resident=resident).class_codes == classes
    assert (BY_EYE in page) is is_said
    assert (BY_EYE in client.get(f"/residents/{resident.pk}/").content.decode()) is is_said
    assert ("Stops every medicine of:" in page) is not is_said

"""Can a home give a role only to people it knows: its own, or those who are named by their username?"""

import pytest
from django.db import ProgrammingError, transaction

from emar.models import HomeRole, Role, StaffMember
from emar.scope import scope
from tests import factories as make
from tests.bedside import NINE, Bedside, make_bedside

pytestmark = pytest.mark.usefixtures("db")


def give_role(bedside: Bedside, person: StaffMember, **named: str) -> HomeRole:
    with scope(home=bedside.home.pk, **named):
        return HomeRole.objects.create(
            home=bedside.home, staff_member_id=person.pk, role=Role.CARER, starts_at=NINE, granted_by=bedside.senior
        )


def can_read(bedside: Bedside, person: StaffMember) -> bool:
    with scope(home=bedside.home.pk):
        return StaffMember.objects.filter(pk=person.pk).exists()


@pytest.mark.hazard("H12", control="a home takes nobody in by a mere number", shows="works")
def test_a_home_cannot_take_in_somebody_of_another_home_by_their_number() -> None:
    bedside, other = make_bedside(), make_bedside()
    with pytest.raises(ProgrammingError, match="named by their username"), transaction.atomic():
        give_role(bedside, other.carer)
    assert not can_read(bedside, other.carer)


@pytest.mark.hazard("H12", control="a role that somebody has is not moved to a stranger", shows="works")
def test_a_role_cannot_be_moved_to_somebody_of_another_home() -> None:
    bedside, other = make_bedside(), make_bedside()
    with (
        pytest.raises(ProgrammingError, match="named by their username"),
        transaction.atomic(),
        scope(home=bedside.home.pk),
    ):
        HomeRole.objects.filter(staff_member=bedside.carer).update(staff_member_id=other.carer.pk)
    assert not can_read(bedside, other.carer)


def test_who_is_named_by_their_username_can_work_in_a_second_home() -> None:
    bedside, other = make_bedside(), make_bedside()
    give_role(bedside, other.carer, sign_in_name=other.carer.username)
    assert can_read(bedside, other.carer)


def test_a_colleagues_role_can_end_and_another_begin() -> None:
    bedside = make_bedside()
    with scope(home=bedside.home.pk):
        assert HomeRole.objects.filter(staff_member=bedside.carer).update(ends_at=NINE) == 1
    assert give_role(bedside, bedside.carer).pk is not None


def test_a_new_colleague_is_made_and_given_a_role_at_once() -> None:
    person = make.make_staff_member(home=make_bedside().home, role=Role.SENIOR)
    assert person.pk is not None

import re
from datetime import timedelta

import pytest

from emar.models import CareHome
from tests.factories import (
    NOW,
    make_administration,
    make_council,
    make_council_officer,
    make_home,
    make_prescription,
    make_resident,
    make_staff_member,
    make_unit,
)
from tests.pages.conftest import SignIn

pytestmark = pytest.mark.usefixtures("at_now")


@pytest.fixture
def home(db: None) -> CareHome:
    return make_home()


def counts_of(home: CareHome, sign_in: SignIn) -> list[str]:
    """Return the cells of the home's row: residents, recorded, given, blank, devices."""
    client = sign_in(make_council_officer(council=home.council), council=home.council)
    row = client.get("/council/").content.decode().split(home.name)[1].split("</tr>")[0]
    return [cell.strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)]


def furnish(home: CareHome, *, residents: int, given: int, refused: int, blank: int = 0) -> None:
    unit, carer = make_unit(home=home), make_staff_member(home=home)
    people = [make_resident(unit=unit) for _ in range(residents)]
    line = make_prescription(resident=people[0], by=carer)
    for outcome, count in (("given", given), ("refused", refused), ("not_recorded", blank)):
        for _ in range(count):
            make_administration(prescription=line, by=carer, due_at=NOW - timedelta(days=1), outcome=outcome)


def test_counts_of_a_home_are_counted(home: CareHome, sign_in: SignIn) -> None:
    furnish(home, residents=5, given=7, refused=6, blank=5)
    assert counts_of(home, sign_in) == ["5", "13", "7", "5", "0"]


def test_a_small_count_is_not_shown(home: CareHome, sign_in: SignIn) -> None:
    furnish(home, residents=2, given=6, refused=6, blank=4)
    assert counts_of(home, sign_in) == ["fewer than 5", "12", "6", "fewer than 5", "0"]


def test_a_count_that_would_give_a_small_one_away_is_not_shown(home: CareHome, sign_in: SignIn) -> None:
    furnish(home, residents=5, given=8, refused=2)
    assert counts_of(home, sign_in) == ["5", "10", "not shown", "0", "0"]


def test_a_council_without_homes_says_so(db: None, sign_in: SignIn) -> None:
    council = make_council()
    client = sign_in(make_council_officer(council=council), council=council)
    assert "No home of this council uses the record yet" in client.get("/council/").content.decode()

import pytest
from django.test import Client

from emar.models import Role
from tests.factories import make_home, make_resident, make_staff_member, make_unit
from tests.pages.conftest import SignIn
from web.pages import today


def test_a_page_that_is_not_there_says_so_in_words(sign_in: SignIn) -> None:
    home = make_home()
    response = sign_in(make_staff_member(home=home), home=home).get("/nowhere/")
    assert response.status_code == 404
    assert "There is no such page in this home" in response.content.decode()


def test_a_page_from_before_the_last_sign_out_says_what_to_do(db: None) -> None:
    home = make_home()
    carer = make_staff_member(home=home)
    response = Client(enforce_csrf_checks=True).post("/sign-in/", {"username": carer.username, "password": "x"})
    page = response.content.decode()
    assert response.status_code == 403
    assert "This page is out of date" in page
    assert "Nothing in the record was lost or changed" in page
    assert "reload the page" in page


def test_a_failure_of_ours_is_admitted_and_changes_nothing(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    home = make_home()
    client = sign_in(make_staff_member(home=home), home=home)
    client.raise_request_exception = False

    def fail(*_: object) -> None:
        raise RuntimeError("the database went away")

    monkeypatch.setattr(today, "today", fail)
    response = client.get("/")
    page = response.content.decode()
    assert response.status_code == 500
    assert "Something went wrong on our side" in page
    assert "went away" not in page


def test_a_wrong_way_of_asking_is_refused_without_a_traceback(sign_in: SignIn) -> None:
    home = make_home()
    client = sign_in(make_staff_member(home=home, role=Role.MANAGER), home=home)
    assert client.get("/devices/invite/").status_code == 405
    assert client.post("/residents/").status_code == 405


@pytest.mark.parametrize(
    "query",
    [
        "?from=yesterday",
        "?from=0001-01-01",
        "?from=9999-12-31",
        "?from=2026-02-30",
        "?day=%00",
        "?day=",
        "?view=nothing&resident=x",
        "?resident=99999999999999999999",
        "?unit='%3B--",
    ],
)
def test_nonsense_in_an_address_is_answered_with_the_usual_page(query: str, sign_in: SignIn) -> None:
    home = make_home()
    resident = make_resident(unit=make_unit(home=home))
    client = sign_in(make_staff_member(home=home), home=home)
    for page in (f"/residents/{resident.pk}/mar/", f"/residents/{resident.pk}/mar/day/", "/stock/", "/residents/"):
        assert client.get(page + query).status_code == 200, page


def test_a_number_too_large_for_the_database_is_not_found(sign_in: SignIn) -> None:
    home = make_home()
    client = sign_in(make_staff_member(home=home), home=home)
    for page in ("residents/{}/", "residents/{}/mar/", "residents/{}/photo/", "units/{}/mar/"):
        assert client.get("/" + page.format(10**30)).status_code == 404, page

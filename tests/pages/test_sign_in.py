from datetime import timedelta

import pytest
from django.test import Client

from emar.models import Role
from tests.factories import (
    NOW,
    PASSWORD,
    make_council_officer,
    make_home,
    make_home_role,
    make_staff_member,
)
from tests.pages.conftest import SignIn


def post(client: Client, username: str, password: str = PASSWORD, **more: str):
    return client.post("/sign-in/", {"username": username, "password": password, **more})


def test_a_carer_signs_in_and_lands_in_their_home(db: None) -> None:
    home = make_home()
    carer = make_staff_member(home=home)
    client = Client()
    response = post(client, carer.username)
    assert (response.status_code, response.headers["Location"]) == (302, "/")
    page = client.get("/")
    assert page.status_code == 200
    assert home.name in page.content.decode()


def test_a_wrong_password_is_said_plainly_and_the_name_is_kept(db: None) -> None:
    carer = make_staff_member(home=make_home())
    response = post(Client(), carer.username, "wrong")
    page = response.content.decode()
    assert response.status_code == 401
    assert "The username or the password is not right" in page
    assert f'value="{carer.username}"' in page
    assert "wrong" not in page.replace("typed wrongly", "")


def test_an_unknown_name_gets_the_same_words_as_a_wrong_password(db: None) -> None:
    carer = make_staff_member(home=make_home())
    known, unknown = post(Client(), carer.username, "wrong"), post(Client(), "nobody.known", "wrong")
    words = [r.content.decode().split("<main")[1].split("value=")[0] for r in (known, unknown)]
    assert known.status_code == unknown.status_code
    assert words[0] == words[1]


def test_empty_fields_are_named(db: None) -> None:
    page = post(Client(), "", "").content.decode()
    assert "Enter your username" in page
    assert "Enter your password" in page


def test_a_sixth_try_after_five_wrong_passwords_is_refused_even_when_right(db: None) -> None:
    carer = make_staff_member(home=make_home())
    client = Client()
    for _ in range(4):
        assert post(client, carer.username, "wrong").status_code == 401
    assert post(client, carer.username, "wrong").status_code == 429
    response = post(client, carer.username)
    assert response.status_code == 429
    assert "closed for 10 minutes" in response.content.decode()
    assert "_auth_user_id" not in client.session


def test_a_lock_holds_for_one_name_from_one_address(db: None) -> None:
    home = make_home()
    carer, colleague = make_staff_member(home=home), make_staff_member(home=home)
    for _ in range(5):
        post(Client(), carer.username, "wrong")
    assert post(Client(), colleague.username).status_code == 302
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert post(elsewhere, carer.username).status_code == 302


def test_the_right_password_in_time_forgets_the_wrong_ones(db: None) -> None:
    carer = make_staff_member(home=make_home())
    for _ in range(2):
        for _ in range(3):
            assert post(Client(), carer.username, "wrong").status_code == 401
        assert post(Client(), carer.username).status_code == 302


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"])
def test_sign_in_sends_nobody_to_another_address(target: str, db: None) -> None:
    carer = make_staff_member(home=make_home())
    assert post(Client(), carer.username, next=target).headers["Location"] == "/"


def test_sign_in_returns_to_the_page_asked_for(db: None) -> None:
    carer = make_staff_member(home=make_home())
    client = Client()
    asked = client.get("/stock/?view=low")
    assert asked.headers["Location"] == "/sign-in/?next=%2Fstock%2F%3Fview%3Dlow"
    assert post(client, carer.username, next="/stock/?view=low").headers["Location"] == "/stock/?view=low"


def test_a_person_with_two_homes_chooses_one_and_changes_it(db: None) -> None:
    first, second = make_home(), make_home()
    person = make_staff_member(home=first)
    make_home_role(home=second, staff_member=person, role=Role.SENIOR)
    client = Client()
    post(client, person.username)
    assert client.get("/").headers["Location"] == "/homes/"
    choice = client.get("/homes/").content.decode()
    assert first.name in choice
    assert second.name in choice
    assert "Choose where you are working" in client.post("/homes/").content.decode()
    client.post("/homes/", {"place": f"home-{second.pk}"})
    assert second.name in client.get("/").content.decode()
    client.post("/homes/", {"place": f"home-{first.pk}"})
    page = client.get("/").content.decode()
    assert first.name in page
    assert second.name not in page


def test_a_home_where_the_person_has_no_role_cannot_be_chosen(db: None) -> None:
    person, elsewhere = make_staff_member(home=make_home()), make_home()
    client = Client()
    post(client, person.username)
    before = client.session["home_id"]
    client.post("/homes/", {"place": f"home-{elsewhere.pk}"})
    assert client.session["home_id"] == before


def test_a_council_officer_lands_on_the_council_page(sign_in: SignIn) -> None:
    home = make_home()
    officer = make_council_officer(council=home.council)
    client = sign_in(officer, council=home.council)
    assert client.get("/").headers["Location"] == "/council/"
    assert home.name in client.get("/council/").content.decode()


def test_a_person_whose_only_role_has_ended_is_told_so(db: None) -> None:
    home = make_home()
    person = make_staff_member(home=home, role=None)
    make_home_role(home=home, staff_member=person, ends_at=NOW - timedelta(days=90))
    client = Client()
    post(client, person.username)
    assert client.get("/").headers["Location"] == "/homes/"
    assert "no place of work here now" in client.get("/homes/").content.decode()


def test_a_deactivated_person_cannot_sign_in(db: None) -> None:
    person = make_staff_member(home=make_home(), is_active=False)
    assert post(Client(), person.username).status_code == 401


def test_sign_out_forgets_the_session(sign_in: SignIn) -> None:
    home = make_home()
    client = sign_in(make_staff_member(home=home), home=home)
    assert client.post("/sign-out/").headers["Location"] == "/signed-out/"
    assert "Nobody is signed in" in client.get("/signed-out/").content.decode()
    assert client.get("/residents/").status_code == 302


def test_signing_in_gives_the_session_a_new_key(db: None) -> None:
    carer = make_staff_member(home=make_home())
    client = Client()
    client.get("/sign-in/")
    session = client.session
    session["seen"] = True
    session.save()
    before = session.session_key
    post(client, carer.username)
    assert client.session.session_key != before

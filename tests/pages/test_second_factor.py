"""Is nobody let in as a manager or a council officer by a password alone?"""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone
from django_otp.plugins.otp_totp import models as totp

from emar.models import AuditEntry, RecoveryCode, Role
from emar.operations import second_factor
from emar.scope import scope
from mobile_api import barcode_image
from tests.barcodes.pictures import as_file
from tests.factories import PASSWORD, make_council_officer, make_home, make_home_role, make_staff_member
from tests.pages.conftest import SignIn
from tests.second_factor import Phone, set_up_phone

CODE = re.compile(r"<code>([A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4})</code>")
Forward = Callable[[float], None]


@pytest.fixture
def forward(monkeypatch: pytest.MonkeyPatch, db: None) -> Forward:
    """A clock that stands still until the test moves it, so that no code changes while it is typed."""
    clock = SimpleNamespace(now=timezone.now())
    monkeypatch.setattr(timezone, "now", lambda: clock.now)
    monkeypatch.setattr(totp, "time", SimpleNamespace(time=lambda: clock.now.timestamp()))

    def move(seconds: float) -> None:
        clock.now += timedelta(seconds=seconds)

    return move


@pytest.fixture
def manager(forward: Forward):
    return make_staff_member(home=make_home(), role=Role.MANAGER)


def with_password(person, **more: str) -> Client:
    client = Client()
    client.post("/sign-in/", {"username": person.username, "password": PASSWORD, **more})
    return client


def phone_of(page: str) -> Phone:
    """Type the key of the set-up page into a phone."""
    letters = re.search(r'class="key-to-type">(.*?)</strong>', page, re.DOTALL)
    return Phone("".join(re.findall(r"<span>([A-Z2-7]{4})</span>", letters[1])))


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def wrong(phone: Phone) -> str:
    return f"{(int(phone.shows()) + 500_000) % 1_000_000:06}"


# The first time


def test_a_manager_sets_their_phone_up_at_the_first_sign_in(manager) -> None:
    client = Client()
    answer = client.post("/sign-in/", {"username": manager.username, "password": PASSWORD, "next": "/stock/"})
    assert answer.headers["Location"] == "/sign-in/code/"
    assert client.get("/sign-in/code/").headers["Location"] == "/sign-in/set-up/"
    page = client.get("/sign-in/set-up/").content.decode()
    assert not is_in(client)
    done = client.post("/sign-in/set-up/", {"code": phone_of(page).shows()})
    assert is_in(client)
    assert len(set(CODE.findall(done.content.decode()))) == 10
    assert 'href="/stock/"' in done.content.decode()
    assert "no-store" in done.headers["Cache-Control"]
    assert client.get("/stock/").status_code == 200


def test_the_square_gives_a_phone_the_same_key_as_the_letters(manager) -> None:
    page = with_password(manager).get("/sign-in/set-up/").content.decode()
    drawn = re.search(r'viewBox="0 0 (\d+) \1".*?<path d="([^"]+)"', page)
    dots = np.full((int(drawn[1]), int(drawn[1])), 255, np.uint8)
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1", drawn[2]):
        dots[int(y), int(x) : int(x) + int(width)] = 0
    picture = cv2.resize(dots, None, fx=6, fy=6, interpolation=cv2.INTER_NEAREST)
    [read] = barcode_image.decode(as_file(picture)).values
    assert read.text.startswith("otpauth://totp/Medicines%20record%3A" + manager.username)
    assert Phone.scanning(read.text) == phone_of(page)


def test_the_key_stays_the_same_until_it_is_confirmed_and_is_never_shown_again(manager) -> None:
    client = with_password(manager)
    first = phone_of(client.get("/sign-in/set-up/").content.decode())
    refused = client.post("/sign-in/set-up/", {"code": wrong(first)})
    assert refused.status_code == 401
    assert "not the code your phone shows now" in unescape(refused.content.decode())
    assert phone_of(refused.content.decode()) == first
    set_up_again = with_password(manager)
    assert phone_of(set_up_again.get("/sign-in/set-up/").content.decode()) == first


def test_a_phone_that_is_set_up_is_not_shown_to_a_password_again(manager) -> None:
    set_up_phone(manager)
    client = with_password(manager)
    assert client.get("/sign-in/set-up/").headers["Location"] == "/sign-in/code/"
    with pytest.raises(second_factor.AlreadySetUp):
        second_factor.begin(by=manager.pk)


@pytest.mark.parametrize("role", [Role.CARER, Role.SENIOR, Role.NURSE, Role.INSPECTOR])
def test_other_roles_are_not_asked(role: str, db: None) -> None:
    person = make_staff_member(home=make_home(), role=role)
    client = with_password(person)
    assert is_in(client)
    assert client.get("/").status_code == 200
    assert client.get("/second-factor/").status_code == 403
    assert client.get("/sign-in/set-up/").status_code == 403


def test_a_council_officer_is_asked(forward: Forward) -> None:
    officer = make_council_officer(council=make_home().council)
    client = with_password(officer)
    assert not is_in(client)
    page = client.get("/sign-in/set-up/").content.decode()
    client.post("/sign-in/set-up/", {"code": phone_of(page).shows()})
    assert client.get("/").headers["Location"] == "/council/"
    assert client.get("/council/").status_code == 200


def test_a_carer_here_who_is_a_manager_elsewhere_is_asked(manager) -> None:
    make_home_role(home=make_home(), staff_member=manager, role=Role.CARER)
    assert not is_in(with_password(manager))


# Each sign-in


def test_the_password_and_the_code_together_sign_in(manager, forward: Forward) -> None:
    phone, _ = set_up_phone(manager)
    forward(30)
    client = with_password(manager, next="/stock/?view=low")
    assert not is_in(client)
    answer = client.post("/sign-in/code/", {"code": f"{phone.shows()[:3]} {phone.shows()[3:]}"})
    assert answer.headers["Location"] == "/stock/?view=low"
    assert client.get("/stock/?view=low").status_code == 200


@pytest.mark.parametrize("page", ["/", "/residents/", "/devices/", "/second-factor/", "/homes/"])
def test_between_the_password_and_the_code_no_page_opens(page: str, manager) -> None:
    set_up_phone(manager)
    assert with_password(manager).get(page).headers["Location"].startswith("/sign-in/")


def test_a_code_signs_in_once(manager, forward: Forward) -> None:
    phone, _ = set_up_phone(manager)
    forward(30)
    seen = phone.shows()
    assert with_password(manager).post("/sign-in/code/", {"code": seen}).status_code == 302
    behind = with_password(manager)
    assert behind.post("/sign-in/code/", {"code": seen}).status_code == 401
    assert not is_in(behind)


def test_an_old_code_is_refused(manager, forward: Forward) -> None:
    phone, _ = set_up_phone(manager)
    forward(30)
    old = phone.shows()
    forward(90)
    client = with_password(manager)
    assert client.post("/sign-in/code/", {"code": old}).status_code == 401


def test_a_phone_whose_clock_is_half_a_minute_off_is_accepted(manager, forward: Forward) -> None:
    phone, _ = set_up_phone(manager)
    forward(60)
    client = with_password(manager)
    client.post("/sign-in/code/", {"code": phone.shows(timezone.now() - timedelta(seconds=30))})
    assert is_in(client)


@pytest.mark.parametrize(
    ("typed", "words"),
    [("", "Enter the 6 digits"), ("12345", "The code is 6 digits"), ("abcdef", "The code is 6 digits")],
)
def test_what_cannot_be_a_code_costs_no_try(typed: str, words: str, manager, forward: Forward) -> None:
    phone, _ = set_up_phone(manager)
    forward(30)
    client = with_password(manager)
    page = client.post("/sign-in/code/", {"code": typed})
    assert words in page.content.decode()
    client.post("/sign-in/code/", {"code": phone.shows()})
    assert is_in(client)


def test_wrong_codes_make_each_next_try_wait_twice_as_long(manager, forward: Forward) -> None:
    phone, codes = set_up_phone(manager)
    forward(30)
    for wait in (1, 2, 4, 8, 16, 32):
        client = with_password(manager)
        assert client.post("/sign-in/code/", {"code": wrong(phone)}).status_code == 401
        forward(wait - 0.5)
        # Neither the right code nor a recovery code, nor another window, goes round the wait.
        early = with_password(manager).post("/sign-in/code/", {"code": phone.shows()})
        assert "Too many wrong codes. Wait 1 second" in early.content.decode()
        assert with_password(manager).post("/sign-in/recovery-code/", {"code": codes[0]}).status_code == 401
        forward(0.6)
    client.post("/sign-in/code/", {"code": phone.shows()})
    assert is_in(client)


def test_the_wait_is_said_in_words_of_its_size(manager, forward: Forward) -> None:
    phone, _ = set_up_phone(manager)
    client = with_password(manager)
    for _ in range(13):
        assert client.post("/sign-in/code/", {"code": wrong(phone)}).status_code == 401
        forward(5000)
        client = with_password(manager)
    client.post("/sign-in/code/", {"code": wrong(phone)})
    page = client.post("/sign-in/code/", {"code": phone.shows()}).content.decode()
    assert "Wait 3 hours, then try again" in page


def test_a_password_waits_ten_minutes_for_its_code(manager, forward: Forward) -> None:
    phone, _ = set_up_phone(manager)
    client = with_password(manager)
    forward(601)
    answer = client.post("/sign-in/code/", {"code": phone.shows()})
    assert answer.headers["Location"] == "/sign-in/"
    assert not is_in(client)


def test_without_a_password_nobody_is_asked_for_a_code(db: None) -> None:
    for page in ("/sign-in/code/", "/sign-in/recovery-code/", "/sign-in/set-up/"):
        assert Client().get(page).headers["Location"] == "/sign-in/"
        assert Client().post(page, {"code": "123456"}).headers["Location"] == "/sign-in/"


def test_a_person_dismissed_between_password_and_code_is_not_let_in(manager, forward: Forward) -> None:
    phone, _ = set_up_phone(manager)
    forward(30)
    client = with_password(manager)
    with scope(staff_member=manager.pk):
        type(manager).objects.filter(pk=manager.pk).update(is_active=False)
    assert client.post("/sign-in/code/", {"code": phone.shows()}).headers["Location"] == "/sign-in/"
    assert not is_in(client)


def test_signing_in_forgets_whoever_sat_here_before(manager, sign_in: SignIn) -> None:
    home = make_home()
    client = sign_in(make_staff_member(home=home), home=home)
    client.post("/sign-in/", {"username": manager.username, "password": PASSWORD})
    assert client.get("/residents/").headers["Location"].startswith("/sign-in/")


def test_somebody_made_a_manager_while_signed_in_is_asked_then(forward: Forward, db: None) -> None:
    home = make_home()
    person = make_staff_member(home=home, role=None)
    role = make_home_role(home=home, staff_member=person, role=Role.SENIOR)
    client = with_password(person)
    assert client.get("/devices/").status_code == 200
    with scope(home=home.pk):
        type(role).objects.filter(pk=role.pk).update(role=Role.MANAGER)
    asked = client.get("/devices/")
    assert asked.headers["Location"] == "/sign-in/code/?next=%2Fdevices%2F"
    page = client.get("/sign-in/set-up/?next=/devices/").content.decode()
    done = client.post("/sign-in/set-up/", {"code": phone_of(page).shows(), "next": "/devices/"})
    assert 'href="/devices/"' in done.content.decode()
    assert client.get("/devices/").status_code == 200


# Recovery codes


def test_a_recovery_code_signs_in_once_however_it_is_written(manager, forward: Forward) -> None:
    _, codes = set_up_phone(manager)
    first, second = with_password(manager), with_password(manager)
    assert first.post("/sign-in/recovery-code/", {"code": codes[3].replace("-", " ").lower()}).status_code == 302
    assert is_in(first)
    assert "You have 9 left of ten" in first.get("/second-factor/").content.decode()
    refused = second.post("/sign-in/recovery-code/", {"code": codes[3]})
    assert "not one of your recovery codes, or it was used before" in refused.content.decode()
    assert not is_in(second)


def test_new_recovery_codes_replace_the_old_ones(manager, forward: Forward) -> None:
    phone, old = set_up_phone(manager)
    forward(30)
    client = with_password(manager)
    client.post("/sign-in/code/", {"code": phone.shows()})
    new = CODE.findall(client.post("/second-factor/codes/").content.decode())
    assert len(new) == 10
    assert with_password(manager).post("/sign-in/recovery-code/", {"code": old[0]}).status_code == 401
    forward(2)
    assert with_password(manager).post("/sign-in/recovery-code/", {"code": new[0]}).status_code == 302


def test_no_recovery_code_is_kept_as_it_was_shown(manager) -> None:
    _, codes = set_up_phone(manager)
    with scope(staff_member=manager.pk):
        kept = " ".join(RecoveryCode.objects.values_list("code_hash", flat=True))
    assert len(kept.split()) == 10
    assert [code for code in codes if code.replace("-", "").lower() in kept] == []


# A lost phone


def test_another_phone_takes_the_place_of_the_first(manager, forward: Forward) -> None:
    first, codes = set_up_phone(manager)
    client = with_password(manager)
    client.post("/sign-in/recovery-code/", {"code": codes[0]})
    assert client.post("/second-factor/another-phone/").headers["Location"] == "/sign-in/set-up/"
    second = phone_of(client.get("/sign-in/set-up/").content.decode())
    assert second != first
    assert client.get("/devices/").headers["Location"].startswith("/sign-in/code/")
    client.post("/sign-in/set-up/", {"code": second.shows()})
    forward(30)
    assert with_password(manager).post("/sign-in/code/", {"code": first.shows()}).status_code == 401
    forward(30)
    assert with_password(manager).post("/sign-in/recovery-code/", {"code": codes[1]}).status_code == 401


def test_another_manager_of_the_home_resets_it_and_that_is_written_down(forward: Forward, sign_in: SignIn) -> None:
    home = make_home()
    lost = make_staff_member(home=home, role=Role.MANAGER, full_name="Lost Phone")
    colleague = make_staff_member(home=home, role=Role.MANAGER)
    first, _ = set_up_phone(lost)
    client = sign_in(colleague, home=home)
    set_up_phone(colleague)
    page = client.get("/second-factor/").content.decode()
    assert "Lost Phone" in page
    assert colleague.full_name not in page.split("<main")[1]
    done = client.post(f"/second-factor/{lost.pk}/reset/", follow=True).content.decode()
    assert "Lost Phone sets up a phone again at the next sign-in" in done
    with scope(home=home.pk):
        entry = AuditEntry.objects.get(action="second_factor_reset")
        assert (entry.acted_by_id, entry.about) == (colleague.pk, f"StaffMember {lost.pk}")
    again = with_password(lost)
    assert not is_in(again)
    assert phone_of(again.get("/sign-in/set-up/").content.decode()) != first


@pytest.mark.parametrize("whose", ["their own", "a carer's", "another home's manager's", "a former manager's"])
def test_a_manager_resets_nobody_else(whose: str, forward: Forward, sign_in: SignIn) -> None:
    home = make_home()
    manager = make_staff_member(home=home, role=Role.MANAGER)
    former = make_staff_member(home=home, role=None)
    make_home_role(home=home, staff_member=former, role=Role.MANAGER, ends_at=timezone.now() - timedelta(days=1))
    target = {
        "their own": manager,
        "a carer's": make_staff_member(home=home),
        "another home's manager's": make_staff_member(home=make_home(), role=Role.MANAGER),
        "a former manager's": former,
    }[whose]
    set_up_phone(target)
    assert sign_in(manager, home=home).post(f"/second-factor/{target.pk}/reset/").status_code == 404
    with scope(staff_member=target.pk):
        assert totp.TOTPDevice.objects.filter(confirmed=True).count() == 1


def test_the_operation_itself_refuses_somebody_of_another_home(manager) -> None:
    home, now = make_home(), timezone.now()
    other = make_staff_member(home=home, role=Role.MANAGER)
    set_up_phone(manager)
    with scope(home=home.pk), pytest.raises(second_factor.NotOnStaff):
        second_factor.reset(staff_member_id=manager.pk, home_id=home.pk, by=other.pk, at=now)
    with scope(staff_member=manager.pk):
        assert totp.TOTPDevice.objects.filter(confirmed=True).count() == 1


def test_the_command_resets_it_and_that_is_written_down(manager, capsys: pytest.CaptureFixture[str]) -> None:
    set_up_phone(manager)
    call_command("reset_second_factor", manager.username)
    assert f"{manager.full_name} sets up a new second factor" in capsys.readouterr().out
    assert with_password(manager).get("/sign-in/set-up/").status_code == 200
    with scope(staff_member=manager.pk):
        entry = AuditEntry.objects.get(action="second_factor_reset")
        assert (entry.acted_by_id, entry.home_id, entry.about) == (None, None, f"StaffMember {manager.pk}")


def test_the_command_says_so_when_nobody_has_that_name(db: None) -> None:
    with pytest.raises(CommandError, match="Nobody signs in by that name"):
        call_command("reset_second_factor", "nobody.known")


# Who may see it


@pytest.mark.hazard("H28", control="a key or recovery code is shown to nobody but its person", shows="works")
def test_nobody_else_sees_or_changes_a_key_or_a_recovery_code(forward: Forward) -> None:
    home = make_home()
    manager, colleague = (make_staff_member(home=home, role=Role.MANAGER) for _ in range(2))
    set_up_phone(manager)
    tables = {"otp_totp_totpdevice": "user_id", "emar_recoverycode": "staff_member_id"}
    with connection.cursor() as cursor:
        for table, person in tables.items():
            for seen_by in ({}, {"home": home.pk}, {"home": home.pk, "staff_member": colleague.pk}):
                with scope(**seen_by):
                    cursor.execute(f"SELECT count(*) FROM {table}")
                    assert cursor.fetchone() == (0,)
            with scope(staff_member=manager.pk):
                cursor.execute(f"SELECT count(*) FROM {table}")
                assert cursor.fetchone()[0] > 0
                with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
                    cursor.execute(f"UPDATE {table} SET {person} = %s", [colleague.pk])


def test_one_person_has_one_phone(manager) -> None:
    set_up_phone(manager)
    with scope(staff_member=manager.pk), pytest.raises(DatabaseError, match="one_second_factor"), transaction.atomic():
        totp.TOTPDevice.objects.create(user_id=manager.pk, name="another")


# Where it is not asked for: the demo


def test_in_the_demo_a_password_is_enough_until_somebody_sets_their_phone_up(manager, settings, forward) -> None:
    settings.REQUIRE_SECOND_FACTOR = False
    client = with_password(manager)
    assert client.get("/devices/").status_code == 200
    page = client.get("/second-factor/").content.decode()
    assert "does not ask you for a code" in page
    phone = phone_of(client.get("/sign-in/set-up/").content.decode())
    client.post("/sign-in/set-up/", {"code": phone.shows()})
    assert "Your phone is set up" in client.get("/second-factor/").content.decode()
    assert not is_in(with_password(manager))

"""Does a transaction see the home it was given, and nobody else's before, after or inside it?"""

import pytest
from django.db import DatabaseError, connection, transaction

from emar.operations import devices
from emar.scope import SETTINGS, scope, widen
from tests import factories as make
from tests.bedside import NINE, make_bedside
from tests.tablet import enrol_tablet


def setting(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting(%s, true), '')", [SETTINGS[name]])
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_the_outer_scope_is_restored() -> None:
    with scope(home=1):
        with scope(home=2):
            with scope(home=3, council=9):
                assert (setting("home"), setting("council")) == ("3", "9")
            assert (setting("home"), setting("council")) == ("2", "")
        assert setting("home") == "1"
    assert setting("home") == ""


@pytest.mark.django_db
def test_names_left_out_keep_the_outer_value() -> None:
    with scope(home=1), scope(staff_member=7):
        assert (setting("home"), setting("staff_member")) == ("1", "7")


@pytest.mark.django_db
def test_the_outer_scope_is_restored_after_an_exception() -> None:
    with scope(home=1):
        with pytest.raises(ZeroDivisionError), scope(home=2):
            raise ZeroDivisionError
        assert setting("home") == "1"
        with pytest.raises(DatabaseError), scope(home=2), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
        assert setting("home") == "1"


@pytest.mark.django_db
def test_the_outer_scope_is_restored_where_the_inner_one_widened_itself() -> None:
    bedside, other = make_bedside(), make.make_home()
    with scope(home=bedside.home.pk):
        code = devices.invite(home_id=bedside.home.pk, by=bedside.senior.pk, at=NINE)
    with scope(home=other.pk):
        devices.enrol(code=code, name="Oak", at=NINE)
        assert setting("home") == str(other.pk)


@pytest.mark.django_db
def test_a_call_of_a_device_leaves_no_scope_behind() -> None:
    bedside = make_bedside()
    assert enrol_tablet(bedside).get("staff").status_code == 200
    assert {setting(name) for name in SETTINGS} == {""}


@pytest.mark.django_db
def test_every_scope_is_a_setting_that_a_policy_reads() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(pg_get_expr(polqual, polrelid), ' ') FROM pg_policy")
        [policies] = cursor.fetchone()
    assert [name for name in SETTINGS.values() if name not in policies] == []


def test_a_scope_outside_a_transaction_is_an_error(committed_db: None) -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        widen(home=1)


@pytest.mark.hazard("H12", control="a scope ends with its transaction, also on a shared connection", shows="works")
def test_the_next_transaction_of_the_connection_has_no_scope(committed_db: None) -> None:
    with scope(home=1):
        assert setting("home") == "1"
    assert setting("home") == ""
    with transaction.atomic():
        widen(home=2)
        assert setting("home") == "2"
    assert setting("home") == ""

"""Does the database itself keep homes apart, and what happened unchanged?

Asked of PostgreSQL's own catalogue over every table there is, so that a table added tomorrow without a policy
fails here; and tried out on a home with a row in each of its tables.
"""

from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connections, transaction

from emar.models import CareHome, StaffMember
from emar.scope import scope
from tests import factories as make
from tests.bedside import Bedside, make_bedside
from tests.populated import populate

APP_ROLE = "emar_app"
NOT_A_HOMES = "the same for every home: names no resident and no member of staff"
#: Tables that everybody may read, each with the reason why that shows nobody's data.
OPEN = {
    "auth_group": "empty: roles are rows of HomeRole",
    "auth_group_permissions": "empty: roles are rows of HomeRole",
    "auth_permission": "Django's list of models",
    "django_content_type": "Django's list of models",
    "django_migrations": "which migrations ran",
    "django_session": "found only by whoever has its random key, before a home is known",
    "axes_accessattempt": "failed passwords by name and address, counted before a home is known",
    "axes_accessattemptexpiration": "when such a count ends",
    "axes_accessfailurelog": "failed passwords by name and address, counted before a home is known",
    "axes_accesslog": "sign-ins by name and address, kept before a home is known",
    "emar_council": NOT_A_HOMES,
    "emar_provider": NOT_A_HOMES,
    "emar_ingredient": NOT_A_HOMES,
    "emar_medicine": NOT_A_HOMES,
    "emar_medicineingredient": NOT_A_HOMES,
    "emar_pack": NOT_A_HOMES,
    "emar_packcode": NOT_A_HOMES,
    "emar_dmdterm": NOT_A_HOMES,
    "emar_dmdchangedid": NOT_A_HOMES,
    "emar_dmdrelease": NOT_A_HOMES,
}
#: Where rows may be deleted: none of these is a record of care.
MAY_DELETE = {
    "django_session": "signing out ends a session",
    "axes_accessattempt": "a right password starts the count again",
    "axes_accessattemptexpiration": "goes with the count",
}
#: Tables with a policy of which a council's officer sees rows: places and their own role, and counts.
SEEN_BY_COUNCIL = {"emar_carehome", "emar_councilrole"} | {
    "quality_dailyfigure", "quality_dailyfigurepart", "quality_dailykind", "quality_rebasing",
    "quality_golivestep", "quality_readinessanswer", "quality_savingfigure",
}  # fmt: skip
#: Tables of which a home sees no row: what is a council officer's, and what only the person themselves may see.
NOT_THE_HOMES = {"emar_councilrole", "emar_recoverycode"}


def ask(sql: str, *values: object, using: str = "default") -> list[tuple[Any, ...]]:
    with connections[using].cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def tables() -> set[str]:
    return {name for (name,) in ask("SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND " + OURS)}


OURS = "relnamespace = 'public'::regnamespace"


def protected() -> set[str]:
    """Return the tables whose policies bind everybody, the owner included."""
    return {
        name
        for (name,) in ask(
            f"""
            SELECT relname FROM pg_class
             WHERE {OURS} AND relrowsecurity AND relforcerowsecurity
               AND EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid AND polcmd = '*'
                              AND pg_get_expr(polqual, polrelid) <> 'true'
                              AND pg_get_expr(polwithcheck, polrelid) <> 'true')
            """
        )
    }


def with_home() -> set[str]:
    columns = "information_schema.columns WHERE table_schema = 'public' AND column_name = 'home_id'"
    found = ask(f"SELECT table_name FROM {columns}")
    return {name for (name,) in found}


def unprotected() -> set[str]:
    return tables() - protected() - OPEN.keys()


def append_only() -> set[str]:
    return {
        name
        for (name,) in ask(
            f"""
            SELECT relname FROM pg_class JOIN pg_trigger ON tgrelid = pg_class.oid
             WHERE {OURS} AND tgname IN ('append_only_rows', 'append_only_table') AND tgenabled = 'O'
             GROUP BY relname HAVING count(*) = 2
            """
        )
    }


def may(right: str) -> set[str]:
    return {name for (name,) in ask(f"SELECT relname FROM pg_class WHERE {OURS} AND relkind IN ('r', 'p', 'v', 'm')"
                                    " AND has_table_privilege(current_user, oid, %s)", right)}  # fmt: skip


# The catalogue


pytestmark = pytest.mark.django_db


@pytest.mark.hazard("H12", control="every table of a home has a policy that binds everybody", shows="exists")
def test_every_table_has_a_policy_or_a_reason_to_have_none() -> None:
    assert unprotected() == set()
    assert with_home() - protected() == set()
    assert OPEN.keys() - tables() == set(), "tables that are no more"
    assert OPEN.keys() & protected() == set(), "tables that have a policy after all"


def test_a_table_without_a_policy_would_be_found() -> None:
    with make.as_owner(), connections["owner"].cursor() as cursor:
        cursor.execute("CREATE TABLE planted (id bigint, home_id bigint)")
        try:
            assert "planted" in unprotected()
            cursor.execute("ALTER TABLE planted ENABLE ROW LEVEL SECURITY")
            assert "planted" in unprotected()
            cursor.execute("ALTER TABLE planted FORCE ROW LEVEL SECURITY")
            assert "planted" in unprotected()
            cursor.execute("CREATE POLICY everything ON planted USING (true) WITH CHECK (true)")
            assert "planted" in unprotected()
        finally:
            cursor.execute("DROP TABLE planted")


def test_an_open_table_points_at_no_person() -> None:
    people = {"emar_staffmember", "emar_resident"}
    pointing = {
        name
        for (name,) in ask(
            "SELECT DISTINCT conrelid::regclass::text FROM pg_constraint WHERE contype = 'f'"
            " AND confrelid::regclass::text = ANY (%s)",
            list(people),
        )
    }
    assert pointing & OPEN.keys() == set()


@pytest.mark.hazard("H28", control="the application's role owns nothing and bypasses nothing", shows="works")
def test_the_application_owns_nothing_and_bypasses_nothing() -> None:
    [(role, is_super, bypasses, makes_roles, makes_databases)] = ask(
        "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
    )
    assert role == APP_ROLE
    assert (is_super, bypasses, makes_roles, makes_databases) == (False, False, False, False)
    assert ask("SELECT 1 FROM pg_auth_members WHERE member = current_user::regrole") == []
    for catalogue, owner in (("pg_class", "relowner"), ("pg_proc", "proowner"), ("pg_namespace", "nspowner")):
        assert ask(f"SELECT 1 FROM {catalogue} WHERE {owner} = current_user::regrole") == []
    assert ask("SELECT has_schema_privilege(current_user, 'public', 'CREATE')") == [(False,)]
    assert ask("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = 'emar_owner'") == [(False,)]


@pytest.mark.hazard("H28", control="nothing of the record can be deleted", shows="exists")
def test_nothing_can_be_deleted_or_emptied_by_the_application() -> None:
    assert may("DELETE") == MAY_DELETE.keys() & tables()
    assert may("TRUNCATE") == set()
    assert may("REFERENCES") == may("TRIGGER") == set()


@pytest.mark.hazard("H28", control="what happened cannot be changed", shows="exists")
def test_append_only_tables_cannot_be_changed_by_the_application() -> None:
    assert len(append_only()) >= 10
    assert append_only() <= protected()
    changeable = {
        name
        for (name,) in ask(
            f"SELECT relname FROM pg_class WHERE {OURS} AND relkind IN ('r', 'p')"
            " AND has_any_column_privilege(current_user, oid, 'UPDATE')"
        )
    }
    assert append_only() & changeable == set()
    assert append_only() <= may("INSERT") & may("SELECT")


def test_what_is_open_is_only_read() -> None:
    kept_by_django = {name for name in OPEN if name.startswith(("django_session", "axes_"))}
    assert (OPEN.keys() - kept_by_django) & (may("INSERT") | may("UPDATE")) == set()


@pytest.mark.hazard("H12", control="a row can only point at rows of its own home", shows="exists")
def test_every_reference_between_two_tables_of_a_home_stays_in_the_home() -> None:
    bound = {
        (table, tuple(columns))
        for table, columns in ask(
            """
            SELECT conrelid::regclass::text,
                   (SELECT array_agg(attname::text ORDER BY place)
                      FROM unnest(conkey) WITH ORDINALITY AS key (number, place)
                      JOIN pg_attribute ON attrelid = conrelid AND attnum = key.number)
              FROM pg_constraint WHERE contype = 'f' AND convalidated
            """
        )
    }
    homes = with_home()
    missing = [
        f"{model._meta.db_table}.{field.column}"
        for model in apps.get_models()
        for field in model._meta.local_fields
        if field.related_model is not None
        and {model._meta.db_table, field.related_model._meta.db_table} <= homes
        and (model._meta.db_table, ("home_id", field.column)) not in bound
    ]
    assert missing == []


def test_no_view_shows_what_its_owner_may_see() -> None:
    views = ask(
        f"SELECT relname FROM pg_class WHERE {OURS} AND (relkind = 'm' OR relkind = 'v'"
        " AND NOT coalesce('security_invoker=true' = ANY (reloptions), false))"
    )
    assert views == []


def test_no_function_of_ours_runs_with_its_owners_rights() -> None:
    assert ask("SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef") == []


# Tried out


@pytest.fixture
def bedside() -> Bedside:
    return populate()


def seen() -> dict[str, int]:
    return {table: ask(f"SELECT count(*) FROM {table}")[0][0] for table in sorted(protected())}


@pytest.mark.hazard("H12", control="without a home in scope there is not one row", shows="works")
def test_without_a_scope_every_table_is_empty(bedside: Bedside) -> None:
    assert {table for table, rows in seen().items() if rows} == set()
    with scope(home=None):
        assert {table for table, rows in seen().items() if rows} == set()
    with scope(home=bedside.home.pk):
        empty = {table for table, rows in seen().items() if not rows and table.startswith(("emar_", "stock_"))}
    # Otherwise the test above would show nothing about them.
    assert empty == NOT_THE_HOMES


@pytest.mark.hazard("H12", control="in the scope of one home there is no row of another", shows="works")
def test_in_the_scope_of_one_home_there_is_no_row_of_another(bedside: Bedside) -> None:
    other = make_bedside()
    with scope(home=other.home.pk):
        for table in with_home():
            theirs = ask(f"SELECT count(*) FROM {table} WHERE home_id IS DISTINCT FROM %s", other.home.pk)
            assert theirs == [(0,)], table
        assert set(CareHome.objects.values_list("pk", flat=True)) == {other.home.pk}
        assert set(StaffMember.objects.values_list("pk", flat=True)) == {other.carer.pk, other.senior.pk}


@pytest.mark.hazard("H12", control="a council sees no resident, no member of staff and no record", shows="works")
def test_a_council_sees_its_homes_and_nothing_in_them(bedside: Bedside) -> None:
    officer = make.make_council_officer(council=bedside.home.council)
    with scope(council=bedside.home.council_id):
        assert {table for table, rows in seen().items() if rows} <= SEEN_BY_COUNCIL
        assert [home.pk for home in CareHome.objects.all()] == [bedside.home.pk]
    with scope(council=bedside.home.council_id, staff_member=officer.pk):
        assert {table for table, rows in seen().items() if rows} <= SEEN_BY_COUNCIL | {"emar_staffmember"}
        assert [person.pk for person in StaffMember.objects.all()] == [officer.pk]


def test_a_person_sees_themselves_their_roles_and_their_homes(bedside: Bedside) -> None:
    with scope(staff_member=bedside.carer.pk):
        shown = {table: rows for table, rows in seen().items() if rows}
    assert shown == {"emar_carehome": 1, "emar_homerole": 1, "emar_staffmember": 1}


@pytest.mark.hazard("H12", control="a row for another home is refused by the database", shows="works")
def test_a_row_for_another_home_is_refused(bedside: Bedside) -> None:
    other = make.make_home()
    tried = set()
    with scope(home=bedside.home.pk):
        for table in sorted(with_home() & may("INSERT")):
            if not ask(f"SELECT 1 FROM {table} LIMIT 1"):
                continue
            tried.add(table)
            copy = (
                f"INSERT INTO {table} SELECT copy.* FROM {table} AS own, LATERAL jsonb_populate_record("
                f"NULL::{table}, to_jsonb(own) || jsonb_build_object('home_id', %s::bigint)) AS copy LIMIT 1"
            )
            with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
                ask(copy, other.pk)
    assert len(tried) >= 25


@pytest.mark.hazard("H12", control="a row cannot be moved to another home", shows="works")
def test_a_row_cannot_be_moved_to_another_home(bedside: Bedside) -> None:
    other = make.make_home()
    moved = set()
    with scope(home=bedside.home.pk):
        for table in sorted(with_home() & may("UPDATE")):
            if not ask(f"SELECT 1 FROM {table} LIMIT 1"):
                continue
            moved.add(table)
            # A prescription is refused before its policy is asked: nothing of it may change.
            with pytest.raises(DatabaseError, match=r"row-level security|never changes"), transaction.atomic():
                ask(f"UPDATE {table} SET home_id = %s RETURNING 1", other.pk)
    assert len(moved) >= 15

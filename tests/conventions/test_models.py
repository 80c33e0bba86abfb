"""Does every model keep what all of them promise?

May it change or is it append-only, who did it and when, exact numbers with their unit, nothing that deletes
along, and migrations that say what the models say.
"""

import re
from decimal import Decimal

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

APPS = ("emar", "stock", "ordering", "quality")
MODELS = [model for model in apps.get_models() if model._meta.app_label in APPS]
FIELDS = [(model, field) for model in MODELS for field in model._meta.local_fields]

#: Instants that are no person's act, with the reason.
NOBODYS = {
    "received_at": "the server's clock",
    "due_at": "computed from the prescription",
    "entered_at": "the device's clock; whose act it was is entered_by or the row's own person",
    "created_at": "when an installation was set up",
    "expires_at": "follows from another instant",
    "lease_expires_at": "follows from another instant",
    "last_login": "written by Django at sign-in, of the person themselves",
    "HomeRole.starts_at": "the role was given by granted_by",
    "HomeRole.ends_at": "the role was given by granted_by",
    "CouncilRole.starts_at": "given by the council's administrator at a command line",
    "CouncilRole.ends_at": "given by the council's administrator at a command line",
    "DeviceSignIn.signed_in_at": "the row's own staff member",
    "RecoveryCode.made_at": "the row's own staff member",
    "RecoveryCode.spent_at": "the row's own staff member, or whoever reset their second factor (AuditEntry)",
    "Job.finished_at": "the system, when the work was done",
    "OrderCycle.drafted_at": "the system, on time",
    "SendAttempt.tried_at": "the system",
    "PinLock.locked_at": "the system, after five wrong PINs",
    "ResidentPresence.expected_back_at": "a plan, said by since_by",
    "CompetencyOverride.until_at": "follows from what allowed_by allowed",
    "DailyFigure.closed_at": "the system, once the day was over",
    "DailyFigure.counted_at": "the system, from the records",
    "DailyFigure.changed_at": "the system; the late record says who made it",
    "Incident.happened_at": "what happened, whoever did it: an incident blames nobody",
    "IncidentEvidence.happened_at": "the record, count or scan that it points at says who",
    "DailyLetter.sent_at": "the system, when the mail server took it",
    "SavingFigure.counted_at": "the system, from times and events that say who",
    "Task.raised_at": "the system, when it found the cause",
    "ReconciliationLine.last_given_at": "by whoever cared for them before, as told to done_by",
}
#: Numbers whose unit stands on the row that they belong to.
#: Numbers that are no amount of a medicine: pounds, hours a month, times a month.
NO_AMOUNTS = {"Cost", "SavingsPolicy", "SavingFigure", "ProcessFrequency"}
COUNTED_IN_THE_LINES_UNIT = {"StockMovement", "StockCount", "Discrepancy", "CountedPack"}


def named(model: type[models.Model], field: models.Field) -> str:
    return f"{model.__name__}.{field.name}"


def rights() -> dict[str, set[str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, array_agg(privilege_type::text) FROM information_schema.role_table_grants"
            " WHERE grantee = current_user AND table_schema = 'public' GROUP BY table_name"
        )
        return {table: set(found) for table, found in cursor.fetchall()}


def append_only() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'append_only_rows'")
        return {name for (name,) in cursor.fetchall()}


def test_there_are_models() -> None:
    assert len(MODELS) >= 38


@pytest.mark.django_db
@pytest.mark.hazard("H28", control="every model says whether it is append-only", shows="exists")
def test_every_model_says_whether_it_may_change_and_the_database_agrees() -> None:
    known, bound = rights(), append_only()
    wrong = []
    for model in MODELS:
        table, says_so = model._meta.db_table, "ppend-only" in (model.__doc__ or "")
        allowed = known.get(table, set())
        expected = {"SELECT", "INSERT"} if says_so else None
        if says_so != (table in bound) or (expected is not None and allowed != expected):
            wrong.append(f"{model.__name__}: says append-only {says_so}, may {sorted(allowed)}")
        if not says_so and allowed not in ({"SELECT"}, {"SELECT", "INSERT", "UPDATE"}):
            wrong.append(f"{model.__name__}: may {sorted(allowed)}")
    assert wrong == []


def test_every_instant_of_a_persons_act_says_who() -> None:
    anonymous = []
    for model, field in FIELDS:
        if not isinstance(field, models.DateTimeField) or {field.name, named(model, field)} & NOBODYS.keys():
            continue
        by = field.name.removesuffix("_at") + "_by"
        if by not in {other.name for other in model._meta.local_fields}:
            anonymous.append(named(model, field))
    assert anonymous == []
    known = {name for model, field in FIELDS for name in (field.name, named(model, field))}
    assert NOBODYS.keys() - known == set(), "reasons for fields that are no more"


def test_names_say_what_a_field_is() -> None:
    wrong = []
    for model, field in FIELDS:
        if isinstance(field, models.DateTimeField):
            is_right = field.name.endswith("_at") or field.name == "last_login"
        elif isinstance(field, models.DateField):
            is_right = field.name.endswith("_on") or field.name == "use_by"
        elif isinstance(field, models.BooleanField):
            is_right = field.name.startswith(("is_", "has_", "must_"))
        else:
            is_right = not field.name.endswith(("_at", "_on"))
        if not is_right:
            wrong.append(named(model, field))
    assert wrong == []


@pytest.mark.hazard("H28", control="nothing is deleted along with something else", shows="exists")
def test_every_reference_protects_what_it_points_at() -> None:
    references = [(model, field) for model, field in FIELDS if field.remote_field is not None]
    assert len(references) > 60
    assert [
        named(model, field) for model, field in references if field.remote_field.on_delete is not models.PROTECT
    ] == []
    assert [model.__name__ for model in MODELS if model._meta.local_many_to_many] == []


@pytest.mark.django_db
def test_no_reference_in_the_database_deletes_or_empties() -> None:
    tables = [model._meta.db_table for model in MODELS]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid::regclass::text = ANY (%s)"
            " AND (confdeltype NOT IN ('a', 'r') OR confupdtype NOT IN ('a', 'r'))",
            [tables],
        )
        assert cursor.fetchall() == []


@pytest.mark.django_db
@pytest.mark.hazard("H10", control="no number near a dose is a float", shows="exists")
def test_no_number_is_a_float() -> None:
    assert [named(model, field) for model, field in FIELDS if isinstance(field, models.FloatField)] == []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
            " AND data_type IN ('real', 'double precision', 'money')"
        )
        assert cursor.fetchall() == []


@pytest.mark.hazard("H10", control="every amount has its unit on the same row", shows="exists")
def test_every_amount_has_its_unit_on_the_same_row() -> None:
    without = []
    for model, field in FIELDS:
        if not isinstance(field, models.DecimalField) or model.__name__ in COUNTED_IN_THE_LINES_UNIT | NO_AMOUNTS:
            continue
        names = {other.name for other in model._meta.local_fields}
        if not names & {f"{field.name}_unit", "unit"} and field.name != "per_amount":
            without.append(named(model, field))
    assert without == []
    for name in COUNTED_IN_THE_LINES_UNIT:
        [model] = [model for model in MODELS if model.__name__ == name]
        assert "line" in {field.name for field in model._meta.local_fields}


@pytest.mark.django_db
def test_amounts_come_back_from_the_database_as_exact_decimals() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 0.1::numeric(12, 4) + 0.2::numeric(12, 4)")
        [total] = cursor.fetchone()
    assert (type(total), total) == (Decimal, Decimal("0.3"))


def test_every_model_says_in_a_sentence_what_it_is() -> None:
    without = [model.__name__ for model in MODELS if not re.match(r"[A-Z].{20,}[.:]", model.__doc__ or "")]
    assert without == []


def test_no_field_changes_by_itself() -> None:
    changing = (models.DateField, models.TimeField)
    assert [
        named(model, field)
        for model, field in FIELDS
        if isinstance(field, changing) and (field.auto_now or field.auto_now_add)
    ] == []


def test_no_migration_is_missing() -> None:
    # As makemigrations compares them, without its look at a database.
    loader = MigrationLoader(None, ignore_no_migrations=True)
    found = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps)).changes(graph=loader.graph)
    assert {app: [str(each) for each in changes] for app, changes in found.items() if app in APPS} == {}
    assert loader.detect_conflicts() == {}

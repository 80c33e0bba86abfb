"""The closing job: what nobody answered is written down once, told once, and a later real record counts."""

from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from uuid_utils.compat import uuid7

from emar.models import (
    AuditEntry,
    CovertPlan,
    EffectCheck,
    HomePolicy,
    Presence,
    Suspension,
    Task,
)
from emar.operations.checks import Looked, check_effect
from emar.operations.closing import Closed, close_home
from emar.queries.due import due_between
from emar.queries.today import today
from emar.scope import scope
from tests import factories as make
from tests.bedside import EIGHT, HOUR, NINE, Bedside, make_bedside

#: The morning window of an hour closed at nine; the usual policy waits four hours more.
ONE_O_CLOCK = NINE + 4 * HOUR
AFTERWARDS = ONE_O_CLOCK + timedelta(minutes=1)


@pytest.fixture
def bedside(db: None) -> Bedside:
    return make_bedside(checked_at=EIGHT - HOUR)


def close(bedside: Bedside, at: datetime = AFTERWARDS, **how: Any) -> Closed:
    with scope(home=bedside.home.pk):
        return close_home(home_id=bedside.home.pk, at=at, **how)


def tasks(bedside: Bedside, kind: str | None = None) -> list[Task]:
    with scope(home=bedside.home.pk):
        found = Task.objects.filter(home=bedside.home).order_by("raised_at", "id")
        return list(found.filter(kind=kind) if kind else found)


def test_an_unanswered_dose_is_written_down_by_nobody_and_told(bedside: Bedside) -> None:
    assert close(bedside) == Closed(1, 1)
    (record,) = bedside.administrations()
    assert (record.outcome, record.due_at, record.given_by, record.amount) == ("not_recorded", EIGHT, None, None)
    assert (record.answer, record.findings) == ("recorded", [])
    (task,) = tasks(bedside)
    assert (task.kind, task.resident_id, task.is_urgent, task.closed_at) == (
        "not_recorded", bedside.resident.pk, False, None,
    )  # fmt: skip
    assert bedside.balance() == 28
    with scope(home=bedside.home.pk):
        assert AuditEntry.objects.get(action="rounds_closed").changes == {"not_recorded": 1, "tasks": 1}


def test_until_the_policys_time_is_over_it_may_still_come(bedside: Bedside) -> None:
    assert close(bedside, ONE_O_CLOCK) == Closed()
    assert close(bedside, ONE_O_CLOCK + timedelta(seconds=1)) == Closed(1, 1)


def test_the_policy_says_how_long(bedside: Bedside) -> None:
    with scope(home=bedside.home.pk):
        HomePolicy.objects.create(home=bedside.home, close_after_minutes=30, changed_at=NINE)
    assert close(bedside, NINE + timedelta(minutes=31)) == Closed(1, 1)


def test_twice_writes_nothing_twice(bedside: Bedside) -> None:
    close(bedside)
    assert close(bedside) == Closed()
    assert close(bedside, AFTERWARDS + HOUR) == Closed()
    assert (len(bedside.administrations()), len(tasks(bedside))) == (1, 1)


def test_an_answered_dose_is_left_alone(bedside: Bedside) -> None:
    bedside.record(bedside.dose(outcome="refused", amount=None))
    assert close(bedside) == Closed()


def test_somebody_away_and_a_suspended_medicine_are_not_missed(bedside: Bedside) -> None:
    other = bedside.another(checked_at=EIGHT - HOUR)
    make.make_presence(
        resident=bedside.resident, by=bedside.senior, presence=Presence.IN_HOSPITAL, since_at=EIGHT - HOUR
    )
    with scope(home=bedside.home.pk):
        Suspension.objects.create(
            home=bedside.home, prescription=other.prescription, reason="asked to", since_at=EIGHT - HOUR,
            since_by=bedside.senior,
        )  # fmt: skip
    assert close(bedside) == Closed()


@pytest.mark.hazard("H05", control="the closing job writes down and tells of doses nobody recorded", shows="works")
def test_a_later_real_record_stands_beside_it_counts_and_settles_the_task(bedside: Bedside) -> None:
    close(bedside)
    (told,) = bedside.record(bedside.dose(given_at=NINE), at=AFTERWARDS + HOUR)
    assert told.answer == "recorded"
    assert sorted(each.outcome for each in bedside.administrations()) == ["given", "not_recorded"]
    with scope(home=bedside.home.pk):
        (due,), _ = due_between(bedside.home.pk, EIGHT, EIGHT + HOUR, AFTERWARDS)
    assert (due.state, due.answer.outcome) == ("answered", "given")
    (task,) = tasks(bedside)
    assert (task.closed_by_id, task.outcome) == (bedside.carer.pk, "The dose was recorded afterwards.")
    assert close(bedside, AFTERWARDS + 2 * HOUR) == Closed()


@pytest.mark.parametrize(
    ("atc_code", "fields", "is_urgent"),
    [("B01AF02", {}, True), ("C08CA01", {}, False), ("C08CA01", {"is_time_critical": True}, True)],
)
@pytest.mark.usefixtures("db")
def test_a_critical_medicine_is_urgent(atc_code: str, fields: dict[str, Any], is_urgent: bool) -> None:
    bedside = make_bedside(medicine=make.make_medicine(atc_code=atc_code), checked_at=EIGHT - HOUR, **fields)
    close(bedside)
    (task,) = tasks(bedside)
    assert task.is_urgent is is_urgent


def test_a_brands_own_code_or_its_generics_says_that_it_is_critical(db: None) -> None:
    generic = make.make_medicine(atc_code="A10AB01")
    brand = make.make_medicine(kind="brand", generic=generic, name="Actrapid")
    bedside = make_bedside(medicine=brand, checked_at=EIGHT - HOUR)
    close(bedside)
    assert tasks(bedside)[0].is_urgent


def test_no_current_inr_is_told_once_a_gap(db: None) -> None:
    schedule = {
        "kind": "by_inr", "starts_on": "2026-11-01", "ends_on": None, "unit": "mg", "slot": {"at": "18:00"},
        "records": [{"from_on": "2026-11-01", "until_on": "2026-11-19", "amounts": ["3"]}],
    }  # fmt: skip
    bedside = make_bedside(schedule=schedule, checked_at=NINE - 10 * HOUR)
    for days in range(3):
        close(bedside, NINE + timedelta(days=days))
    (task,) = tasks(bedside, "no_current_inr")
    assert (task.facts["since"], task.is_urgent) == ("2026-11-19", True)


def used(bedside: Bedside, *days: int, now: datetime = NINE) -> None:
    for day in days:
        make.make_administration(
            prescription=bedside.prescription, by=bedside.carer, due_at=None, given_at=now - timedelta(days=day)
        )


def prn_bedside(**fields: Any) -> Bedside:
    return make_bedside(schedule=make.when_required(), **fields)


def test_a_when_required_medicine_used_daily_is_reviewed_once(db: None) -> None:
    bedside = prn_bedside()
    used(bedside, *range(6))
    assert close(bedside, NINE) == Closed()
    used(bedside, 6)
    assert close(bedside, NINE) == Closed(0, 1)
    used(bedside, -1)
    assert close(bedside, NINE + timedelta(days=1, hours=1)) == Closed()
    assert tasks(bedside)[0].facts["why"] == "daily"


def test_a_when_required_medicine_unused_for_28_days_is_reviewed(db: None) -> None:
    bedside = prn_bedside(checked_at=NINE - timedelta(days=90))
    used(bedside, 28)
    assert close(bedside, NINE - timedelta(days=1)) == Closed()
    assert close(bedside, NINE) == Closed(0, 1)
    assert close(bedside, NINE + timedelta(days=9)) == Closed()
    assert tasks(bedside)[0].facts == {"why": "unused", "since": "2026-10-21", "was_used": True}


def test_a_homely_remedy_in_use_for_48_hours_goes_to_the_gp(db: None) -> None:
    bedside = prn_bedside(authority="homely_remedy", checked_at=NINE - timedelta(days=3))
    used(bedside, 1, 2)
    assert close(bedside, NINE) == Closed()
    used(bedside, 0)
    assert close(bedside, NINE) == Closed(0, 1)
    assert tasks(bedside)[0].kind == "homely_remedy_to_gp"


def test_a_plans_review_is_announced_a_week_ahead_and_once(bedside: Bedside) -> None:
    with scope(home=bedside.home.pk):
        CovertPlan.objects.create(
            home=bedside.home, resident=bedside.resident, capacity_assessed_on=date(2026, 1, 1),
            capacity_assessed_by="GP", decided_on=date(2026, 1, 1), decided_with="daughter", decision="in food",
            review_on=date(2026, 11, 25), written_at=NINE, written_by=bedside.senior,
        )  # fmt: skip
    assert close(bedside, EIGHT - 24 * HOUR) == Closed()
    assert close(bedside, EIGHT) == Closed(0, 1)
    assert close(bedside, EIGHT + HOUR) == Closed()
    (task,) = tasks(bedside)
    assert (task.kind, task.due_at) == ("review_plan", datetime(2026, 11, 25, 9, tzinfo=UTC))


def test_an_effect_nobody_looked_at_is_asked_for_and_looking_settles_it(db: None) -> None:
    bedside = prn_bedside(prn_protocol={"condition": "pain", "effect_after_minutes": 60})
    given = make.make_administration(prescription=bedside.prescription, by=bedside.carer, due_at=None, given_at=NINE)
    assert close(bedside, NINE + timedelta(minutes=59)) == Closed()
    assert close(bedside, NINE + timedelta(minutes=60)) == Closed(0, 1)
    with scope(home=bedside.home.pk):
        looked = Looked(str(uuid7()), NINE + 2 * HOUR, NINE + 2 * HOUR)
        check_effect(
            home_id=bedside.home.pk, looked=looked, administration_id=str(given.pk), effect="worked",
            by=bedside.carer.pk, at=NINE + 2 * HOUR,
        )  # fmt: skip
        assert EffectCheck.objects.get().effect == "worked"
    (task,) = tasks(bedside)
    assert task.closed_by_id == bedside.carer.pk
    assert close(bedside, NINE + 3 * HOUR) == Closed()


def test_a_register_nobody_counted_for_a_week_is_asked_for_until_it_is(db: None) -> None:
    bedside = make_bedside(is_controlled=True, schedule=make.when_required(), checked_at=NINE)
    assert close(bedside, NINE) == Closed(0, 1)
    assert close(bedside, NINE + timedelta(days=8)) == Closed()
    with scope(home=bedside.home.pk):
        Task.objects.update(closed_at=NINE, closed_by=bedside.senior, outcome="later")
    assert close(bedside, NINE) == Closed()
    assert close(bedside, NINE + timedelta(days=8)) == Closed(0, 1)


def test_the_job_takes_as_many_statements_for_many_residents_as_for_one(bedside: Bedside) -> None:
    def statements() -> int:
        with scope(home=bedside.home.pk), CaptureQueriesContext(connection) as asked:
            close_home(home_id=bedside.home.pk, at=EIGHT)
        return len(asked)

    bedside.another(schedule=make.when_required(), checked_at=EIGHT - HOUR)
    statements()
    first = statements()
    for _ in range(4):
        bedside.another(schedule=make.when_required(), checked_at=EIGHT - HOUR)
        bedside.another(checked_at=EIGHT - HOUR)
    statements()
    # The first look at new prescriptions also reads their schedules.
    assert statements() == first


def test_the_command_closes_every_home_and_says_how_much(bedside: Bedside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emar.management.commands.close_rounds.timezone.now", lambda: AFTERWARDS)
    said = StringIO()
    call_command("close_rounds", home=[bedside.home.pk], stdout=said)
    assert said.getvalue() == "1 doses not recorded, 1 tasks raised in 1 homes.\n"
    quiet = StringIO()
    call_command("close_rounds", home=[bedside.home.pk], stdout=quiet)
    assert quiet.getvalue() == ""


def test_what_nobody_recorded_is_no_answer_on_the_page_of_today(bedside: Bedside) -> None:
    close(bedside)
    with scope(home=bedside.home.pk):
        assert today(bedside.home.pk, AFTERWARDS).blank_today == 1

"""What is raised with the record itself, tried and closed: refusals, and what was seen of patches and effects."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from emar.models import EffectCheck, PatchCheck, Task, TaskNote
from emar.operations import tasks as operations
from emar.queries import tasks as queries
from emar.queries.due import due_between
from emar.queries.snapshot import snapshot
from emar.scope import scope
from tests import factories as make
from tests.bedside import EIGHT, HOUR, NINE, Bedside, make_bedside, make_paracetamol
from tests.tablet import enrol_tablet, zulu

DAY = timedelta(days=1)


@pytest.fixture
def bedside(db: None) -> Bedside:
    return make_bedside()


def refuse(bedside: Bedside, *days: int, **fields: Any) -> None:
    for day in days:
        due_at = EIGHT + day * DAY
        fields = {"outcome": "refused", "amount": None} | fields
        bedside.record(bedside.dose(due_at=due_at, given_at=due_at, **fields), at=due_at + HOUR)


def tasks(bedside: Bedside) -> list[Task]:
    with scope(home=bedside.home.pk):
        return list(Task.objects.order_by("raised_at", "id"))


def test_the_third_day_of_refusals_raises_a_task_with_the_record_and_the_fourth_no_other(bedside: Bedside) -> None:
    refuse(bedside, 0, 1)
    assert tasks(bedside) == []
    refuse(bedside, 2)
    (task,) = tasks(bedside)
    assert (task.kind, task.facts["since"], task.facts["refusals"]) == ("refused_in_a_row", "2026-11-18", 3)
    refuse(bedside, 3)
    assert len(tasks(bedside)) == 1


def test_a_new_row_after_a_dose_given_is_told_again(bedside: Bedside) -> None:
    refuse(bedside, 0, 1, 2)
    refuse(bedside, 3, outcome="given", amount=Decimal(1))
    refuse(bedside, 4, 5, 6)
    assert [each.facts["since"] for each in tasks(bedside)] == ["2026-11-18", "2026-11-22"]


def test_a_row_goes_on_across_a_replaced_prescription(bedside: Bedside) -> None:
    refuse(bedside, 0, 1)
    newer = make.make_prescription(
        resident=bedside.resident, by=bedside.carer, medicine=bedside.medicine, replaces=bedside.prescription, version=2
    )
    refuse(bedside, 2, prescription_id=str(newer.pk))
    assert [each.kind for each in tasks(bedside)] == ["refused_in_a_row"]


def test_the_first_refused_dose_of_a_critical_medicine_is_urgent(db: None) -> None:
    bedside = make_bedside(medicine=make.make_medicine(atc_code="B01AF02"))
    refuse(bedside, 0, 1)
    (task,) = tasks(bedside)
    assert (task.kind, task.is_urgent) == ("critical_not_given", True)


def test_a_refusal_and_its_task_are_written_together_or_not_at_all(
    bedside: Bedside, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(bedside, 0, 1)

    def fail(**_: object) -> int:
        raise RuntimeError("no task could be raised")

    monkeypatch.setattr(operations, "raise_tasks", fail)
    with pytest.raises(RuntimeError):
        refuse(bedside, 2)
    assert len(bedside.administrations()) == 2


def test_no_refusal_asks_nothing_more(bedside: Bedside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "offered_doses", None)
    refuse(bedside, 0, outcome="asleep")
    refuse(bedside, 1, outcome="given", amount=Decimal(1))


def test_a_task_is_tried_and_then_closed_with_who_was_spoken_to(bedside: Bedside) -> None:
    refuse(bedside, 0, 1, 2)
    (task,) = tasks(bedside)
    with scope(home=bedside.home.pk):
        how = {"by": bedside.carer.pk, "at": NINE}
        note_id = uuid7()
        for _ in range(2):
            operations.write_note(note_id=note_id, task=task, words="engaged", **how)
        assert TaskNote.objects.count() == 1
        with pytest.raises(operations.WordsMissing):
            operations.close(tasks=[task], outcome="  ", **how)
        assert queries.open_count(bedside.home.pk, NINE + 3 * DAY) == 1
        operations.close(tasks=[task], outcome="Dr Elm: stop it", **how)
        with pytest.raises(operations.TaskClosed):
            operations.close(tasks=[task], outcome="again", **how)
        with pytest.raises(operations.TaskClosed):
            operations.write_note(note_id=uuid7(), task=task, words="late", **how)
        assert queries.open_count(bedside.home.pk, NINE + 3 * DAY) == 0
        assert [each.outcome for each in queries.closed(bedside.home.pk, NINE)] == ["Dr Elm: stop it"]


def test_doses_left_at_one_time_are_one_thing_to_do_and_counted_so(bedside: Bedside) -> None:
    causes = [
        operations.Cause("not_recorded", f"{number}", NINE, bedside.resident.pk, None, facts={"due_at": "x"})
        for number in range(3)
    ]
    with scope(home=bedside.home.pk):
        for _ in range(2):
            operations.raise_tasks(home_id=bedside.home.pk, causes=causes, at=NINE, by=None)
        (group,) = queries.open_groups(bedside.home.pk, NINE)
        assert (len(group.tasks), queries.open_count(bedside.home.pk, NINE)) == (3, 1)
        operations.close(tasks=group.tasks, outcome="all were given", by=bedside.senior.pk, at=NINE)
        assert queries.open_groups(bedside.home.pk, NINE) == []


# What devices say they saw


def prn(**protocol: Any) -> Bedside:
    return make_bedside(schedule=make.when_required(), prn_protocol={"condition": "pain"} | protocol)


@pytest.mark.parametrize(("said", "kept"), [("worse", "worse"), ("helped_a_little", "partly"), ("asleep", "asleep")])
@pytest.mark.usefixtures("db")
def test_a_device_says_whether_a_dose_worked_also_in_the_same_batch(said: str, kept: str) -> None:
    bedside = prn(effect_after_minutes=60)
    tablet = enrol_tablet(bedside)
    given = tablet.given(bedside, due_at=None)
    body = {"administration_id": given["id"], "resident_id": bedside.resident.pk, "effect": said, "note": "smiling"}
    answers = tablet.answers(given, tablet.event("effect_checked", bedside.carer.pk, body))
    assert {each["answer"] for each in answers} <= {"recorded", "recorded_with_findings"}
    with scope(home=bedside.home.pk):
        check = EffectCheck.objects.get()
        assert (check.effect, check.words, str(check.administration_id)) == (kept, "smiling", given["id"])


@pytest.mark.parametrize("wrong", [{"effect": "fine"}, {"administration_id": str(uuid7())}, {"administration_id": "x"}])
def test_what_cannot_be_understood_of_it_is_held(bedside: Bedside, wrong: dict[str, str]) -> None:
    tablet = enrol_tablet(bedside)
    given = tablet.given(bedside)
    body = {"administration_id": given["id"], "resident_id": bedside.resident.pk, "effect": "worked"} | wrong
    answers = tablet.answers(given, tablet.event("effect_checked", bedside.carer.pk, body))
    assert [each["answer"] for each in answers][1] == "held"
    assert len(bedside.administrations()) == 1


PATCH = {
    "kind": "interval", "starts_on": "2026-11-18", "ends_on": None, "unit": "patch", "first_at": "2026-11-18T08:00:00Z",
    "every_minutes": 4320, "worn_minutes": 4320, "amount": {"low": "1", "high": "1"}, "check_at": "10:00",
    "sites": ["left upper arm", "right upper arm"],
}  # fmt: skip


@pytest.mark.hazard("H25", control="a patch that fell off is told and its hours start again", shows="works")
@pytest.mark.usefixtures("db")
def test_a_patch_that_fell_off_is_told_and_a_new_one_starts_the_hours_again() -> None:
    bedside = make_bedside(schedule=PATCH)
    bedside.record(bedside.dose(unit="patch", site="left upper arm"))
    tablet = enrol_tablet(bedside)
    seen_at = datetime(2026, 11, 19, 10, 0, tzinfo=UTC)
    body = {
        "resident_id": bedside.resident.pk, "prescription_id": str(bedside.prescription.pk), "found": "fallen_off",
        "site": "left upper arm", "note": None, "checked_at": zulu(seen_at),
    }  # fmt: skip
    tablet.answers(tablet.event("patch_checked", bedside.carer.pk, body))
    with scope(home=bedside.home.pk):
        assert PatchCheck.objects.get().checked_at == seen_at
        (patch,) = [each["patch"] for each in snapshot(bedside.home.pk, seen_at)["prescriptions"]]
    assert (patch["is_off"], patch["is_worn"], patch["next_site"]) == (True, False, "right upper arm")
    assert patch["check_times"] == []
    (task,) = tasks(bedside)
    assert (task.kind, task.is_urgent) == ("patch_not_in_place", True)
    on_again = seen_at + HOUR
    (told,) = bedside.record(
        bedside.dose(due_at=None, given_at=on_again, unit="patch", site="right upper arm"), at=on_again + HOUR
    )
    assert told.findings == ()
    with scope(home=bedside.home.pk):
        doses, _ = due_between(bedside.home.pk, EIGHT + HOUR, EIGHT + 7 * DAY, on_again)
        assert doses[0].dose.due_at == on_again + 3 * DAY
        (line,) = snapshot(bedside.home.pk, on_again + HOUR)["prescriptions"]
    assert (line["patch"]["is_worn"], line["patch"]["next_site"]) == (True, "left upper arm")
    # The next one is judged by the moved hours, not by those of the first.
    due_at = on_again + 3 * DAY
    (told,) = bedside.record(
        bedside.dose(due_at=due_at, given_at=due_at, unit="patch", site="left upper arm"), at=due_at + HOUR
    )
    assert told.findings == ()


def test_another_patch_without_one_that_fell_off_was_not_due(db: None) -> None:
    bedside = make_bedside(schedule=PATCH)
    bedside.record(bedside.dose(unit="patch"))
    (told,) = bedside.record(bedside.dose(due_at=None, given_at=EIGHT + HOUR, unit="patch"))
    assert [each["code"] for each in told.findings] == ["not_due"]


# What the snapshot tells of it


def test_the_snapshot_tells_protocol_history_and_effects(db: None) -> None:
    (paracetamol, cocodamol) = make_paracetamol("Paracetamol 500mg tablets", "Co-codamol 8mg/500mg tablets")
    bedside = make_bedside(
        medicine=paracetamol, schedule=make.when_required(),
        prn_protocol={"condition": "pain", "signs": "frowns", "effect_after_minutes": 60},
    )  # fmt: skip
    other = bedside.another(resident=bedside.resident, medicine=cocodamol)
    bedside.record(bedside.dose(due_at=None, given_at=NINE - 5 * HOUR, amount=Decimal(2)))
    other.record(other.dose(amount=Decimal(1)))
    with scope(home=bedside.home.pk):
        known = snapshot(bedside.home.pk, NINE)
    told = {each["id"]: each for each in known["prescriptions"]}[str(bedside.prescription.pk)]["prn"]
    assert [(each["amount"], each["by_initials"], each["effect"]) for each in told["history"]] == [
        ("2", bedside.carer.initials, None)
    ]
    assert [each["medicine_name"] for each in told["other_products"]] == ["Co-codamol 8mg/500mg tablets"]
    assert told["limited_ingredients"] == [
        {
            "ingredient_id": "387517004", "name": "Paracetamol", "max_mg_24h": "4000", "given_mg_24h": "1500",
            "min_gap_minutes": 240,
        }
    ]  # fmt: skip
    assert (told["protocol"]["signs"], told["protocol"]["can_ask"]) == ("frowns", True)
    assert len(known["effect_checks"]) == 1


def test_the_snapshot_tells_who_holds_a_round_and_what_changed(bedside: Bedside) -> None:
    tablet = enrol_tablet(bedside)
    round_id = make.round_of(bedside.unit).pk
    on = {"round_id": round_id, "on": "2026-11-18", "unit_id": bedside.unit.pk}
    make.make_prescription(resident=bedside.resident, by=bedside.carer, checked_at=NINE - HOUR)
    make.make_prescription(
        resident=bedside.resident, by=bedside.carer, stopped_at=NINE - HOUR / 2, stopped_by=bedside.senior,
        stop_reason="rash",
    )  # fmt: skip
    tablet.answers(tablet.event("round_started", bedside.carer.pk, on))

    def told() -> dict[str, Any]:
        with scope(home=bedside.home.pk):
            return snapshot(bedside.home.pk, NINE)

    holders = {each["id"]: each["held_by"] for each in told()["rounds"]}
    assert holders[round_id]["staff_id"] == bedside.carer.pk
    assert [holder for pk, holder in holders.items() if pk != round_id] == [None, None, None]
    assert [each["kind"] for each in told()["changes"]] == ["stopped", "started"]
    tablet.answers(tablet.event("round_finished", bedside.carer.pk, on | {"blank": 0}))
    # Both say the same device time; the later id is the later act.
    assert {each["id"]: each["held_by"] for each in told()["rounds"]}[round_id] is None

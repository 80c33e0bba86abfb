"""What is drafted, reported, judged, merged and closed, and that nothing of it is lost or written twice."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from uuid_utils.compat import uuid7

from emar.models import AuditEntry, Task
from emar.scope import scope
from quality.models import Incident, IncidentAssessment, IncidentEvidence, IncidentPolicy
from quality.operations import incidents as operations
from quality.operations.incidents import Judgement, Report
from quality.queries import incidents as queries
from quality.queries.seen import seen
from quality.rules.incidents import Assessment, Kind
from tests import factories as make
from tests.bedside import EIGHT, HOUR, MINUTE, NINE, Bedside, make_bedside
from tests.tablet import enrol_tablet, scan

LATER = NINE + HOUR
NO_HARM = Assessment(merp="C", physical="none", psychological="none")


@pytest.fixture
def bedside(db: None) -> Bedside:
    return make_bedside()


def drafted(bedside: Bedside, at: Any = LATER) -> list[Incident]:
    with scope(home=bedside.home.pk):
        operations.draft(home_id=bedside.home.pk, at=at)
        return list(Incident.objects.order_by("number"))


def evidence(bedside: Bedside) -> list[IncidentEvidence]:
    with scope(home=bedside.home.pk):
        return list(IncidentEvidence.objects.order_by("happened_at", "id"))


def give_twice(bedside: Bedside) -> None:
    bedside.record(bedside.dose())
    bedside.record(bedside.dose(given_at=EIGHT + 20 * MINUTE, entered_at=EIGHT + 20 * MINUTE))


def report(bedside: Bedside, **fields: Any) -> Incident:
    said = {
        "id": uuid7(), "kind": "wrong_time", "words": "Given with breakfast, should be before", "happened_at": EIGHT,
        "has_reached": True, "resident_id": bedside.resident.pk,
    } | fields  # fmt: skip
    with scope(home=bedside.home.pk):
        return operations.report(home_id=bedside.home.pk, said=Report(**said), by=bedside.carer.pk, at=NINE)


def assess(bedside: Bedside, incident: Incident, found: Assessment = NO_HARM, **fields: Any) -> IncidentAssessment:
    judgement = Judgement(**({"id": uuid7(), "assessment": found, "words": "looked at it"} | fields))
    with scope(home=bedside.home.pk):
        return operations.assess(incident=incident, judgement=judgement, by=bedside.senior.pk, at=NINE)


def close(bedside: Bedside, incident: Incident) -> None:
    with scope(home=bedside.home.pk):
        operations.close(incident=incident, outcome="Told the family", by=bedside.senior.pk, at=LATER)


def kinds(bedside: Bedside) -> list[str]:
    return [each.kind for each in drafted(bedside)]


def test_nothing_is_drafted_where_nothing_went_wrong(bedside: Bedside) -> None:
    bedside.record(bedside.dose())
    assert drafted(bedside) == []


def test_a_dose_given_twice_is_drafted_once_with_a_task_for_the_manager(bedside: Bedside) -> None:
    give_twice(bedside)
    (incident,) = drafted(bedside)
    assert drafted(bedside) == [incident]
    assert (incident.kind, incident.number, incident.reported_by_id) == ("double_dose", 1, None)
    (seen_once,) = evidence(bedside)
    assert seen_once.record_id == bedside.administrations()[1].pk
    with scope(home=bedside.home.pk):
        (task,) = Task.objects.filter(kind=Task.Kind.REVIEW_INCIDENT)
    assert (task.cause, task.facts["number"]) == (str(incident.pk), 1)


def test_a_double_that_a_senior_corrected_is_no_incident(bedside: Bedside) -> None:
    give_twice(bedside)
    make.make_correction(administration=bedside.administrations()[1], by=bedside.senior)
    assert drafted(bedside) == []


def test_a_count_of_a_controlled_drug_that_differs_is_drafted_and_of_another_medicine_is_not(db: None) -> None:
    controlled = make_bedside(medicine=make.make_medicine(controlled_drug_category="0001"))
    make.make_discrepancy(line=controlled.line, by=controlled.senior)
    assert kinds(controlled) == ["cd_count_differs"]
    ordinary = make_bedside()
    make.make_discrepancy(line=ordinary.line, by=ordinary.senior)
    assert kinds(ordinary) == []


@pytest.mark.parametrize(("atc_code", "kind"), [("B01AF02", "critical_missed"), ("C08CA01", "not_available")])
def test_a_dose_missed_for_want_of_stock_is_drafted_the_worse_for_a_critical_medicine(
    db: None, atc_code: str, kind: str
) -> None:
    bedside = make_bedside(medicine=make.make_medicine(atc_code=atc_code))
    bedside.record(bedside.dose(outcome="out_of_stock", amount=None))
    assert kinds(bedside) == [kind]


def test_a_dose_that_was_given_after_all_was_not_missed(db: None) -> None:
    bedside = make_bedside(medicine=make.make_medicine(atc_code="B01AF02"))
    bedside.record(bedside.dose(outcome="awaiting_stock", amount=None))
    bedside.record(bedside.dose(given_at=EIGHT + 40 * MINUTE))
    assert kinds(bedside) == []


def test_days_without_a_medicine_in_a_row_are_one_incident_and_new_days_join_it(bedside: Bedside) -> None:
    day = timedelta(days=1)
    for number in range(2):
        due_at = EIGHT + number * day
        bedside.record(bedside.dose(outcome="out_of_stock", amount=None, due_at=due_at, given_at=due_at), at=due_at)
    (incident,) = drafted(bedside, EIGHT + day + HOUR)
    due_at = EIGHT + 2 * day
    bedside.record(bedside.dose(outcome="out_of_stock", amount=None, due_at=due_at, given_at=due_at), at=due_at)
    assert drafted(bedside, EIGHT + 2 * day + HOUR) == [incident]
    assert len(evidence(bedside)) == 3


def test_a_blank_of_an_ordinary_medicine_has_its_task_and_no_incident(bedside: Bedside) -> None:
    bedside.record(bedside.dose(outcome="not_recorded", amount=None, given_by_id=None, given_at=EIGHT))
    assert drafted(bedside) == []


def test_the_third_wrong_pack_is_drafted_and_tomorrow_it_is_not_another(bedside: Bedside) -> None:
    tablet = enrol_tablet(bedside)
    tablet.answers(*(tablet.event("scan", bedside.carer.pk, scan(bedside)) for _ in range(2)))
    assert drafted(bedside) == []
    tablet.answers(tablet.event("scan", bedside.carer.pk, scan(bedside)))
    (incident,) = drafted(bedside)
    assert incident.kind == "wrong_pack_repeated"
    assert not evidence(bedside)[0].has_reached
    tablet.answers(tablet.event("scan", bedside.carer.pk, scan(bedside)))
    assert drafted(bedside) == [incident]
    assert len(evidence(bedside)) == 1


def test_the_home_says_how_many_wrong_packs_are_too_many(bedside: Bedside) -> None:
    with scope(home=bedside.home.pk):
        operations.set_policy(
            home_id=bedside.home.pk, figures={"stops_to_draft": 1}, by=bedside.senior.pk, at=NINE
        )  # fmt: skip
        (entry,) = AuditEntry.objects.filter(action="incident_policy_changed")
    assert entry.changes == {"stops_to_draft": [3, 1]}
    tablet = enrol_tablet(bedside)
    tablet.answers(tablet.event("scan", bedside.carer.pk, scan(bedside)))
    assert kinds(bedside) == ["wrong_pack_repeated"]


def test_a_closed_incident_is_not_drafted_again(bedside: Bedside) -> None:
    give_twice(bedside)
    (incident,) = drafted(bedside)
    assess(bedside, incident)
    close(bedside, incident)
    assert drafted(bedside) == [incident]


def test_what_happened_is_looked_at_in_the_same_number_of_statements(bedside: Bedside) -> None:
    def statements() -> int:
        with (
            scope(home=bedside.home.pk),
            CaptureQueriesContext(
                connection,
            ) as asked,
        ):
            seen(bedside.home.pk, LATER, IncidentPolicy(home=bedside.home))
        return len(asked)

    give_twice(bedside)
    bedside.another().record(bedside.another().dose(outcome="out_of_stock", amount=None))
    few = statements()
    for _ in range(3):
        give_twice(bedside.another())
    assert statements() == few


def test_a_report_sent_twice_is_one_incident(bedside: Bedside) -> None:
    said = uuid7()
    assert report(bedside, id=said) == report(bedside, id=said, words="sent again")
    assert len(evidence(bedside)) == 1


def test_incidents_are_numbered_without_gaps(bedside: Bedside) -> None:
    assert [report(bedside).number for _ in range(3)] == [1, 2, 3]


def test_a_report_without_words_is_refused(bedside: Bedside) -> None:
    with pytest.raises(operations.WordsMissing):
        report(bedside, words="  ")


def test_the_latest_judgement_stands_and_the_first_stays(bedside: Bedside) -> None:
    incident = report(bedside)
    assess(bedside, incident, Assessment("B", "none", "none"))
    second = assess(bedside, incident)
    with scope(home=bedside.home.pk):
        whole = queries.whole(bedside.home.pk, incident.pk)
        assert queries.latest_assessment(incident) == second
    assert whole is not None
    assert [each.merp for each in whole.assessments] == ["B", "C"]
    assert whole.listed.has_reached


def test_a_judgement_that_contradicts_itself_is_refused_in_words(bedside: Bedside) -> None:
    with pytest.raises(operations.Contradiction, match="did not reach the person"):
        assess(bedside, report(bedside), Assessment("B", "severe", "none"))


def test_an_incident_is_closed_only_when_everything_is_said(bedside: Bedside) -> None:
    incident = report(bedside)
    with pytest.raises(operations.NotReadyToClose, match="Judge it first"):
        close(bedside, incident)
    assess(bedside, incident, Assessment("E", "low", "none"))
    with pytest.raises(operations.NotReadyToClose, match="safeguarding"):
        close(bedside, incident)
    by = {"by": bedside.senior.pk, "at": NINE}
    with scope(home=bedside.home.pk):
        operations.decide(
            decision_id=uuid7(), incident=incident, duty="safeguarding", is_done=True, words="Told the desk", **by
        )
        action = operations.plan_action(
            action_id=uuid7(), incident=incident, words="Move the boxes apart", who_id=bedside.carer.pk,
            until_on=date(2026, 12, 1), **by,
        )  # fmt: skip
    with pytest.raises(operations.NotReadyToClose, match="not done"):
        close(bedside, incident)
    with scope(home=bedside.home.pk):
        operations.finish_action(action=action, outcome="Moved", **by)
    close(bedside, incident)
    with scope(home=bedside.home.pk):
        incident.refresh_from_db()
        (task,) = Task.objects.filter(kind=Task.Kind.REVIEW_INCIDENT)
    assert (incident.outcome, incident.closed_by_id) == ("Told the family", bedside.senior.pk)
    assert task.closed_at == LATER


def test_nothing_is_added_to_a_closed_incident_until_it_is_opened_again(bedside: Bedside) -> None:
    incident = report(bedside)
    assess(bedside, incident)
    close(bedside, incident)
    with pytest.raises(operations.IncidentClosed):
        assess(bedside, incident)
    with scope(home=bedside.home.pk):
        operations.reopen(
            note_id=uuid7(), incident=incident, words="The GP rang", by=bedside.senior.pk, at=LATER
        )  # fmt: skip
    assess(bedside, incident)
    with scope(home=bedside.home.pk):
        whole = queries.whole(bedside.home.pk, incident.pk)
    assert whole is not None
    assert [each.words for each in whole.notes] == ["The GP rang"]


def test_two_that_say_the_same_become_one_and_lose_nothing(bedside: Bedside) -> None:
    first, second, third = report(bedside), report(bedside), report(bedside)
    by = {"by": bedside.senior.pk, "at": NINE}
    with scope(home=bedside.home.pk):
        operations.merge(incident=third, into=second, **by)
        operations.merge(incident=second, into=first, **by)
        whole = queries.whole(bedside.home.pk, first.pk)
        listed = queries.incidents(bedside.home.pk, LATER)
        open_tasks = list(Task.objects.filter(kind=Task.Kind.REVIEW_INCIDENT, closed_at__isnull=True))
    assert whole is not None
    assert {each.pk for each in whole.merged} == {second.pk, third.pk}
    assert len(whole.evidence) == 3
    assert [each.incident for each in listed] == [first]
    assert [each.cause for each in open_tasks] == [str(first.pk)]


def test_an_incident_cannot_be_merged_with_itself_or_around_a_corner(bedside: Bedside) -> None:
    first, second = report(bedside), report(bedside)
    by = {"by": bedside.senior.pk, "at": NINE}
    with scope(home=bedside.home.pk):
        with pytest.raises(operations.CannotMerge):
            operations.merge(incident=first, into=first, **by)
        operations.merge(incident=second, into=first, **by)
        with pytest.raises(operations.CannotMerge):
            operations.merge(incident=first, into=second, **by)


def test_repeats_count_what_reached_somebody(bedside: Bedside) -> None:
    for has_reached in (True, True, False):
        report(bedside, has_reached=has_reached)
    incident = report(bedside)
    assess(bedside, incident)
    with scope(home=bedside.home.pk):
        advice = {each.duty: each for each in queries.advice_on(incident)}
        assert queries.reached_since(bedside.home.pk, LATER, 28) == 3
    assert advice["safeguarding"].strength == "consider"


@pytest.mark.hazard("H12", control="an incident is seen in its own home only", shows="works")
def test_another_home_sees_no_incident(bedside: Bedside) -> None:
    incident = report(bedside)
    other = make_bedside()
    with scope(home=other.home.pk):
        assert list(Incident.objects.all()) == []
        assert queries.whole(other.home.pk, incident.pk) is None


def test_one_incident_is_read_in_the_same_number_of_statements(bedside: Bedside) -> None:
    incident = report(bedside)

    def statements() -> int:
        with scope(home=bedside.home.pk), CaptureQueriesContext(connection) as asked:
            queries.whole(bedside.home.pk, incident.pk)
            queries.incidents(bedside.home.pk, LATER)
        return len(asked)

    assess(bedside, incident)
    few = statements()
    for _ in range(4):
        assess(bedside, incident)
        assess(bedside, report(bedside))
    assert statements() == few


def test_kinds_are_the_rules_kinds() -> None:
    assert {value for value, _ in Incident._meta.get_field("kind").choices} == set(Kind)


def test_a_dose_leads_to_its_incident_also_after_it_was_merged(bedside: Bedside) -> None:
    give_twice(bedside)
    (drafted_one,) = drafted(bedside)
    other = report(bedside)
    record = bedside.administrations()[1]
    with scope(home=bedside.home.pk):
        assert queries.of_record(bedside.home.pk, record.pk) == drafted_one
        operations.merge(incident=drafted_one, into=other, by=bedside.senior.pk, at=NINE)
        assert queries.of_record(bedside.home.pk, record.pk) == other
        assert queries.of_record(bedside.home.pk, uuid7()) is None


def test_a_when_required_dose_over_its_limit_is_drafted(db: None) -> None:
    bedside = make_bedside(schedule=make.when_required())
    for minutes in (5, 25):
        given_at = EIGHT + minutes * MINUTE
        bedside.record(bedside.dose(due_at=None, given_at=given_at, entered_at=given_at, amount=Decimal(2)))
    assert kinds(bedside) == ["prn_over_limit"]

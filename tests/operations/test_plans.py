"""Plans, homely remedies, competency, policy and staff: what each promises, and what it refuses."""

from datetime import date, time, timedelta

import pytest
from uuid_utils.compat import uuid7

from emar.models import AuditEntry, CovertPlan, HomelyRemedyGiver, HomeRole, MedicineRound, Prescription, Task
from emar.operations import competencies, plans, policy, staff
from emar.queries import competencies as asked
from emar.queries.due import round_times
from emar.queries.plans import plans_of
from emar.queries.policy import policy_of
from emar.rules.wall_clock import local_day
from emar.scope import scope
from tests import factories as make
from tests.bedside import NINE, Bedside, make_bedside

pytestmark = pytest.mark.django_db
TODAY = local_day(NINE)
NEXT_MONTH = TODAY + timedelta(days=30)


@pytest.fixture
def bedside() -> Bedside:
    return make_bedside()


def covert(**fields: object) -> plans.Covert:
    usual = {
        "id": uuid7(),
        "capacity_assessed_on": TODAY,
        "capacity_assessed_by": "GP",
        "decided_on": TODAY,
        "decided_with": "daughter",
        "decision": "in jam",
        "review_on": NEXT_MONTH,
    }
    return plans.Covert(**usual | fields)  # type: ignore[arg-type]


@pytest.mark.hazard("H24", control="a covert plan stands until somebody ends it with a reason", shows="works")
def test_a_plan_stands_until_it_is_ended_and_stays_readable(bedside: Bedside) -> None:
    written = covert()
    with scope(home=bedside.home.pk):
        for _ in range(2):
            plan = plans.write_covert_plan(resident=bedside.resident, plan=written, by=bedside.senior.pk, at=NINE)
        assert CovertPlan.objects.count() == 1
        assert Task.objects.get(kind="review_plan").facts["review_on"] == NEXT_MONTH.isoformat()
        assert plans_of(bedside.home.pk, [bedside.resident.pk])[bedside.resident.pk].covert == plan
        with pytest.raises(plans.EndReasonMissing):
            plans.end_plan(plan=plan, reason="", by=bedside.senior.pk, at=NINE)
        plans.end_plan(plan=plan, reason="takes them openly", by=bedside.senior.pk, at=NINE)
        found = plans_of(bedside.home.pk, [bedside.resident.pk])[bedside.resident.pk]
        assert (found.covert, list(found.ended)) == (None, [plan])
        assert Task.objects.get().closed_at == NINE


def test_a_plan_is_reviewed_on_a_day_to_come(bedside: Bedside) -> None:
    plan = covert(review_on=TODAY)
    with scope(home=bedside.home.pk), pytest.raises(plans.ReviewDayPassed):
        plans.write_covert_plan(resident=bedside.resident, plan=plan, by=bedside.senior.pk, at=NINE)


@pytest.mark.hazard("H24", control="the pharmacist's latest word on a medicine counts", shows="works")
def test_the_latest_advice_on_each_medicine_counts(bedside: Bedside) -> None:
    with scope(home=bedside.home.pk):
        for days, is_allowed in ((2, True), (1, False)):
            advice = plans.Advice(
                uuid7(), bedside.prescription.pk, "crushing", is_allowed, "as told", "A Quay", TODAY - timedelta(days)
            )
            plans.record_advice(resident=bedside.resident, advice=advice, by=bedside.senior.pk, at=NINE)
        found = plans_of(bedside.home.pk, [bedside.resident.pk])[bedside.resident.pk]
        assert found.advice_on(bedside.prescription.pk, "crushing").is_allowed is False
        assert found.advice_on(bedside.prescription.pk, "covert") is None


def test_advice_on_another_residents_medicine_is_refused(bedside: Bedside) -> None:
    other = bedside.another()
    advice = plans.Advice(uuid7(), other.prescription.pk, "covert", True, "in jam", "A Quay", TODAY)
    with scope(home=bedside.home.pk), pytest.raises(Prescription.DoesNotExist):
        plans.record_advice(resident=bedside.resident, advice=advice, by=bedside.senior.pk, at=NINE)


def test_a_homely_remedy_is_started_by_whoever_is_authorised_and_ends_when_the_gp_is_asked(bedside: Bedside) -> None:
    linctus = make.make_medicine(name="Simple linctus")
    remedy = plans.Remedy(
        uuid7(), linctus.pk, "cough", "asthma", make.when_required(), "5 ml", 48, "Elm Surgery", NEXT_MONTH
    )
    senior, carer, prescription_id = bedside.senior.pk, bedside.carer.pk, uuid7()
    start = {"resident": bedside.resident, "prescription_id": prescription_id, "by": carer, "at": NINE}
    with scope(home=bedside.home.pk):
        agreed = plans.agree_remedy(home_id=bedside.home.pk, remedy=remedy, by=senior, at=NINE)
        with pytest.raises(plans.NotAuthorised):
            plans.start_remedy(remedy=agreed, **start)
        with pytest.raises(plans.AuthorisedThemselves):
            plans.authorise_giver(remedy=agreed, staff_member_id=senior, by=senior, at=NINE)
        plans.authorise_giver(remedy=agreed, staff_member_id=carer, by=senior, at=NINE)
        for _ in range(2):
            started = plans.start_remedy(remedy=agreed, **start)
        assert started.stopped_at == NINE + timedelta(hours=48)
        assert (started.authority, started.checked_by_id, started.schedule["kind"]) == (
            "homely_remedy", senior, "when_required",
        )  # fmt: skip
        assert Task.objects.get(kind="homely_remedy_to_gp").due_at == started.stopped_at
        plans.end_giver(giver=HomelyRemedyGiver.objects.get(), by=senior, at=NINE)
        with pytest.raises(plans.NotAuthorised):
            plans.start_remedy(remedy=agreed, **start | {"prescription_id": uuid7()})


def test_an_assessment_that_ran_out_stops_new_rounds_until_a_manager_lets_them_go_on(bedside: Bedside) -> None:
    carer, senior, home = bedside.carer.pk, bedside.senior.pk, bedside.home.pk

    def may_start(at=NINE) -> bool:  # type: ignore[no-untyped-def]
        return asked.may_start_rounds(home, [carer], at)[carer]

    with scope(home=home):
        assert may_start()
        seen = {"home_id": home, "staff_member_id": carer, "subject": "medicines"}
        competencies.assess(
            **seen, competency_id=uuid7(), assessed_on=date(2025, 11, 1), expires_on=TODAY, by=senior, at=NINE
        )
        assert not may_start()
        until = NINE + timedelta(hours=10)
        competencies.override(**seen, override_id=uuid7(), until_at=until, reason="night cover", by=senior, at=NINE)
        assert may_start()
        assert not may_start(until)
        with pytest.raises(competencies.OverrideReasonMissing):
            competencies.override(**seen, override_id=uuid7(), until_at=until, reason=" ", by=senior, at=NINE)
        with pytest.raises(competencies.AssessedThemselves):
            competencies.assess(
                **seen | {"staff_member_id": senior}, competency_id=uuid7(), assessed_on=TODAY, expires_on=NEXT_MONTH,
                by=senior, at=NINE,
            )  # fmt: skip


def test_a_round_that_changes_keeps_the_times_of_the_past(bedside: Bedside) -> None:
    morning = make.round_of(bedside.unit)
    from_on = TODAY + timedelta(days=3)
    times = {"starts": time(9), "ends": time(11), "by": bedside.senior.pk, "at": NINE}
    with scope(home=bedside.home.pk):
        with pytest.raises(policy.DayHasPassed):
            policy.change_round(medicine_round=morning, from_on=TODAY, **times)
        changed = policy.change_round(medicine_round=morning, from_on=from_on, **times)
        found = round_times(bedside.home.pk)[bedside.unit.pk]
        assert found.on(from_on - timedelta(days=1))["Morning"] == time(8)
        assert found.on(from_on)["Morning"] == time(9)
        with pytest.raises(policy.DayHasPassed):
            policy.change_round(medicine_round=changed, from_on=from_on, **times)
        assert MedicineRound.objects.filter(name="Morning").count() == 2


def test_a_policy_that_changes_says_what_stood_there_before(bedside: Bedside) -> None:
    home = bedside.home.pk
    with scope(home=home):
        usual = policy_of(home)
        names = policy.Policy.__dataclass_fields__
        wanted = policy.Policy(**{name: getattr(usual, name) for name in names} | {"refusal_days": 2})
        policy.change_policy(home_id=home, policy=wanted, by=bedside.senior.pk, at=NINE)
        assert policy_of(home).refusal_days == 2
        assert AuditEntry.objects.get(action="policy_changed").changes == {"refusal_days": [3, 2]}


def test_a_new_colleague_can_sign_in_and_a_home_keeps_a_manager(bedside: Bedside) -> None:
    home = bedside.home.pk
    boss = make.make_staff_member(home=bedside.home, role="manager")
    new = staff.Colleague("n.newby", "Nell Newby", "Nell", "NN", "carer", "a long first password")
    with scope(home=home):
        person = staff.add(home_id=home, colleague=new, by=boss.pk, at=NINE)
        with pytest.raises(staff.UsernameTaken):
            staff.add(home_id=home, colleague=new, by=boss.pk, at=NINE)
        assert asked.staff_line(home, person.pk, NINE).role.role == "carer"
        assert person.check_password("a long first password")
        with pytest.raises(staff.LastManager):
            staff.end_role(role=HomeRole.objects.get(staff_member=boss), by=boss.pk, at=NINE)
        staff.end_role(role=HomeRole.objects.get(staff_member=person), by=boss.pk, at=NINE)
        assert asked.staff_line(home, person.pk, NINE) is None

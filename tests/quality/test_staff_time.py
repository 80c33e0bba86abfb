"""What two taps and the record's own events say of staff time, and what a council may read of it."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from uuid_utils.compat import uuid7

from emar.models import AuditEntry, RoundEvent
from emar.scope import scope
from quality.models import Cost, GoLiveStep, ReadinessAnswer, Rebasing, SavingFigure, TimeSample
from quality.operations import going_live, savings
from quality.operations.savings import Spent
from quality.queries import going_live as live_queries
from quality.queries import savings as queries
from quality.queries.timings import Sides, sides
from quality.rules.going_live import Item
from quality.rules.savings import Grade, Process, Side, saving
from tests import factories as make
from tests.bedside import HOUR, MINUTE, NINE, Bedside, make_bedside
from tests.tablet import enrol_tablet, zulu

DAY = timedelta(days=1)


@pytest.fixture
def bedside(db: None) -> Bedside:
    return make_bedside()


def time_it(bedside: Bedside, process: str, minutes: float, *, at: datetime = NINE, people: int = 1) -> TimeSample:
    by = bedside.senior.pk
    with scope(home=bedside.home.pk):
        sample = savings.start(sample_id=uuid7(), home_id=bedside.home.pk, process=process, by=by, at=at)
        savings.stop(sample=sample, people=people, by=by, at=at + minutes * MINUTE)
    return sample


def say(bedside: Bedside, process: str, per_month: str, *, is_baseline: bool) -> None:
    with scope(home=bedside.home.pk):
        savings.say_frequency(
            said_id=uuid7(), home_id=bedside.home.pk, process=process, is_baseline=is_baseline,
            per_month=Decimal(per_month), by=bedside.senior.pk, at=NINE,
        )  # fmt: skip


def reach(bedside: Bedside, stage: str, at: datetime = NINE, **fields: Any) -> GoLiveStep:
    said = {"step_id": uuid7(), "stage": stage, "since_on": at.date()} | fields
    with scope(home=bedside.home.pk):
        return going_live.reach_stage(home_id=bedside.home.pk, by=bedside.senior.pk, at=at, **said)


def sides_of(bedside: Bedside, at: datetime) -> Sides:
    return sides(bedside.home.pk, at, live_queries.live_since(bedside.home.pk))


def ready_at(bedside: Bedside, at: datetime) -> list[live_queries.Ready]:
    return live_queries.readiness(bedside.home.pk, at, live_queries.survey(bedside.home.pk, at))


def staff_time(bedside: Bedside, at: datetime = NINE + DAY) -> queries.StaffTime:
    with scope(home=bedside.home.pk):
        return queries.staff_time(bedside.home.pk, at)


def of(found: queries.StaffTime, process: Process) -> Any:
    return next(each for each in found.savings if each.process == process)


def test_two_taps_before_go_live_are_a_baseline_and_afterwards_are_not(bedside: Bedside) -> None:
    before = time_it(bedside, "audit", 60)
    reach(bedside, "usage", NINE + HOUR)
    after = time_it(bedside, "audit", 20, at=NINE + 2 * HOUR)
    assert (before.is_baseline, after.is_baseline) == (True, False)


def test_a_tap_sent_twice_is_one_timer_and_the_same_person_times_a_process_once(bedside: Bedside) -> None:
    first, by = uuid7(), {"by": bedside.senior.pk, "at": NINE}
    with scope(home=bedside.home.pk):
        for _ in range(2):
            savings.start(sample_id=first, home_id=bedside.home.pk, process="audit", **by)
        with pytest.raises(savings.TimerRuns):
            savings.start(sample_id=uuid7(), home_id=bedside.home.pk, process="audit", **by)
        savings.start(sample_id=uuid7(), home_id=bedside.home.pk, process="audit", by=bedside.carer.pk, at=NINE)
        assert len(queries.running(bedside.home.pk)) == 2


def test_a_timer_is_stopped_once(bedside: Bedside) -> None:
    sample = time_it(bedside, "audit", 30)
    with scope(home=bedside.home.pk), pytest.raises(savings.AlreadyStopped):
        savings.stop(sample=sample, people=1, by=bedside.senior.pk, at=NINE + HOUR)


def test_a_timer_forgotten_overnight_counts_for_nothing(bedside: Bedside) -> None:
    sample = time_it(bedside, "audit", 9 * 60)
    with scope(home=bedside.home.pk):
        sample.refresh_from_db()
        assert sample.set_aside_at is not None
        assert sides_of(bedside, NINE)[Process.AUDIT] == (None, None)


def test_a_saving_is_the_time_before_less_the_time_since(bedside: Bedside) -> None:
    for minutes in (60, 70, 80):
        time_it(bedside, "audit", minutes, people=2)
    reach(bedside, "usage", NINE + HOUR)
    for minutes in (20, 25, 30):
        time_it(bedside, "audit", minutes, at=NINE + 2 * HOUR)
    say(bedside, "audit", "4", is_baseline=True)
    say(bedside, "audit", "2", is_baseline=False)
    found = of(staff_time(bedside), Process.AUDIT)
    assert found == saving(Process.AUDIT, Side((120, 140, 160), 4), Side((20, 25, 30), 2))
    assert found.grade == Grade.B


def test_without_times_nothing_is_claimed(bedside: Bedside) -> None:
    found = staff_time(bedside)
    assert [each.hours for each in found.savings] == [None] * len(Process)
    assert found.by_grade == {}
    assert all(each.missing for each in found.savings)


def test_a_timing_that_is_set_aside_is_left_out(bedside: Bedside) -> None:
    samples = [time_it(bedside, "audit", minutes) for minutes in (60, 70, 300)]
    say(bedside, "audit", "4", is_baseline=True)
    with scope(home=bedside.home.pk):
        savings.set_aside(sample=samples[-1], by=bedside.senior.pk, at=NINE)
        before, _ = sides_of(bedside, NINE + DAY)[Process.AUDIT]
    assert before == Side((60, 70), 4)


def test_after_go_live_a_round_is_timed_by_its_own_events(bedside: Bedside) -> None:
    reach(bedside, "usage", NINE - HOUR)
    morning = make.round_of(bedside.unit)
    with scope(home=bedside.home.pk):
        for day in range(3):
            for happened, minutes in (("started", 0), ("finished", 40 + day)):
                at = NINE + day * DAY + minutes * MINUTE
                RoundEvent.objects.create(
                    id=uuid7(), home=bedside.home, round=morning, round_on=at.date(), happened=happened, entered_at=at,
                    entered_by=bedside.carer,
                )  # fmt: skip
        # Left open overnight: nobody worked for twenty hours.
        RoundEvent.objects.create(
            id=uuid7(), home=bedside.home, round=morning, round_on=(NINE + 3 * DAY).date(), happened="started",
            entered_at=NINE + 3 * DAY, entered_by=bedside.carer,
        )  # fmt: skip
        _, after = sides_of(bedside, NINE + 4 * DAY)[Process.ROUND]
    assert after is not None
    assert after.minutes == (40, 41, 42)
    assert after.per_month == pytest.approx(3 / 4.375 * 30.4375, rel=0.01)


def test_going_live_rebases_the_charts_once(bedside: Bedside) -> None:
    reach(bedside, "intervention")
    reach(bedside, "usage", NINE + HOUR)
    reach(bedside, "usual", NINE + 2 * HOUR)
    with scope(home=bedside.home.pk):
        assert [each.why for each in Rebasing.objects.all()] == ["go_live"]
        assert live_queries.live_since(bedside.home.pk) == NINE.date()


def test_a_home_that_stopped_is_not_live_and_begins_anew(bedside: Bedside) -> None:
    reach(bedside, "usage")
    reach(bedside, "deployment", NINE + DAY)
    with scope(home=bedside.home.pk):
        assert live_queries.live_since(bedside.home.pk) is None
    reach(bedside, "usage", NINE + 2 * DAY)
    with scope(home=bedside.home.pk):
        assert live_queries.live_since(bedside.home.pk) == (NINE + 2 * DAY).date()


def test_not_adopting_needs_a_reason_and_a_day_must_have_come(bedside: Bedside) -> None:
    with pytest.raises(going_live.ReasonMissing):
        reach(bedside, "not_adopting")
    with pytest.raises(going_live.NotYetThere):
        reach(bedside, "usage", since_on=(NINE + DAY).date())
    assert reach(bedside, "not_adopting", reason="wifi").reason == "wifi"


def test_what_the_system_works_out_nobody_answers(bedside: Bedside) -> None:
    by = {"by": bedside.senior.pk, "at": NINE}
    with scope(home=bedside.home.pk):
        with pytest.raises(going_live.WorkedOut):
            going_live.answer(answer_id=uuid7(), home_id=bedside.home.pk, item="wifi", is_met=True, **by)
        going_live.answer(answer_id=uuid7(), home_id=bedside.home.pk, item="champion", is_met=True, **by)
        found = {each.item: each.is_met for each in ready_at(bedside, NINE)}
    assert found[Item.CHAMPION]
    assert not found[Item.WIFI]
    assert found[Item.MEDICINES]


def measure(bedside: Bedside, *rooms: dict[str, Any], offline: int = 0) -> None:
    tablet = enrol_tablet(bedside)
    said = {
        "since": zulu(NINE), "until": zulu(NINE + HOUR), "rooms": list(rooms), "offline_seconds": offline, "drops": 1,
    }  # fmt: skip
    (answer,) = tablet.answers(tablet.event("network", bedside.carer.pk, said))
    assert answer["answer"] in ("recorded", "recorded_with_findings"), answer


def test_the_devices_measure_the_wifi_room_by_room(bedside: Bedside) -> None:
    room = {"room": bedside.resident.room, "unit": bedside.unit.name, "tries": 9, "failed": 0, "latency_ms": 90,
            "slowest_ms": 200}  # fmt: skip
    measure(bedside, room, offline=125)
    at = NINE + HOUR
    with scope(home=bedside.home.pk):
        found = live_queries.survey(bedside.home.pk, at)
        assert (found.minutes_offline, found.drops, found.devices) == (2, 1, 1)
        assert [each.verdict for each in found.rooms] == ["good"]
        assert found.unmeasured == []
        ready = {each.item: each.is_met for each in ready_at(bedside, at)}
    assert ready[Item.WIFI]


def test_what_is_worked_out_is_written_down_when_it_changes(bedside: Bedside) -> None:
    with scope(home=bedside.home.pk):
        assert going_live.write_readiness(home_id=bedside.home.pk, at=NINE) == 5
        assert going_live.write_readiness(home_id=bedside.home.pk, at=NINE) == 0
        assert set(ReadinessAnswer.objects.values_list("answered_by", flat=True)) == {None}


def test_what_is_written_for_the_council_equals_what_is_worked_out(bedside: Bedside) -> None:
    for minutes in (60, 70, 80):
        time_it(bedside, "audit", minutes)
    reach(bedside, "usage", NINE + HOUR)
    for minutes in (20, 25, 30):
        time_it(bedside, "audit", minutes, at=NINE + 2 * HOUR)
    for is_baseline in (True, False):
        say(bedside, "audit", "4", is_baseline=is_baseline)
    with scope(home=bedside.home.pk):
        assert savings.count(home_id=bedside.home.pk, at=NINE + DAY) == len(Process)
        assert savings.count(home_id=bedside.home.pk, at=NINE + DAY) == 0
        row = SavingFigure.objects.get(process="audit")
    found = of(staff_time(bedside), Process.AUDIT)
    assert (row.hours, row.low, row.high) == tuple(
        Decimal(str(round(each, 2))).quantize(Decimal("0.01"))
        for each in (found.hours.figure, found.hours.low, found.hours.high)
    )


def test_a_cost_counts_until_it_is_withdrawn_and_stays_on_the_list(bedside: Bedside) -> None:
    by = {"by": bedside.senior.pk, "at": NINE}
    spent = Spent(uuid7(), "running", "Licences", Decimal("85.50"), is_monthly=True)
    with scope(home=bedside.home.pk):
        cost = savings.write_cost(home_id=bedside.home.pk, spent=spent, **by)
        assert savings.write_cost(home_id=bedside.home.pk, spent=spent, **by) == cost
    assert staff_time(bedside).monthly["running"] == Decimal("85.50")
    with scope(home=bedside.home.pk):
        savings.withdraw_cost(cost=cost, **by)
        assert Cost.objects.count() == 1
    found = staff_time(bedside)
    assert (found.monthly["running"], len(found.costs)) == (Decimal(0), 1)


def test_the_hours_worth_is_the_homes_own_figure(bedside: Bedside) -> None:
    with scope(home=bedside.home.pk):
        savings.set_policy(
            home_id=bedside.home.pk, figures={"hour_low": Decimal(10), "waste_before": Decimal(30)},
            by=bedside.senior.pk, at=NINE,
        )  # fmt: skip
        (entry,) = AuditEntry.objects.filter(action="savings_policy_changed")
    assert entry.changes == {"hour_low": ["12.50", "10"], "waste_before": ["None", "30"]}
    assert staff_time(bedside).waste.saved is not None


def test_staff_time_is_read_in_the_same_number_of_statements(bedside: Bedside) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            staff_time(bedside)
        return len(asked)

    time_it(bedside, "audit", 20)
    reach(bedside, "usage", NINE + HOUR)
    few = statements()
    for _ in range(4):
        time_it(bedside, "ordering", 20, at=NINE + 2 * HOUR)
    assert statements() == few


@pytest.mark.hazard("H12", control="a council reads stages and savings of its homes, and nobody's times", shows="works")
def test_a_council_reads_stages_and_figures_of_its_own_homes_and_no_times(bedside: Bedside) -> None:
    time_it(bedside, "audit", 20)
    reach(bedside, "usage")
    with scope(home=bedside.home.pk):
        savings.count(home_id=bedside.home.pk, at=NINE)
        going_live.write_readiness(home_id=bedside.home.pk, at=NINE)
    other = make.make_council()
    for council, sees in ((bedside.home.council, True), (other, False)):
        with scope(council=council.pk):
            assert GoLiveStep.objects.filter(home_id=bedside.home.pk).exists() == sees
            assert SavingFigure.objects.filter(home_id=bedside.home.pk).exists() == sees
            assert ReadinessAnswer.objects.filter(home_id=bedside.home.pk).exists() == sees
            assert not TimeSample.objects.exists()
            board = live_queries.board([bedside.home])
        assert (board[0].step is not None) == sees

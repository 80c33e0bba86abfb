"""Are the daily figures what the records say, also after a late record and a correction?"""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from uuid_utils.compat import uuid7

from emar.models import ScanEvent
from emar.rules.wall_clock import local_day
from emar.scope import scope
from quality.models import DailyFigure, DailyFigurePart, DailyKind, Incident
from quality.operations import incidents
from quality.operations.figures import close_days, rebuild_figures
from quality.operations.incidents import Judgement, Report
from quality.queries.figure_faults import figure_faults
from quality.queries.record_counts import count_days
from quality.rules.counting import COUNTS, SHARES_OF_DUE
from quality.rules.incidents import Assessment
from tests import factories as make

pytestmark = pytest.mark.django_db
#: The Tuesday before the factories' Wednesday; its day closed in the early morning.
DAY = date(2026, 11, 17)
AT = make.NOW
MORNING = AT.replace(day=17, hour=8)


class Home:
    """One resident with one tablet each morning since the day before DAY, and a carer."""

    def __init__(self) -> None:
        self.home = make.make_home()
        self.unit = make.make_unit(home=self.home)
        self.carer = make.make_staff_member(home=self.home)
        self.resident = make.make_resident(unit=self.unit)
        begins = {
            "written_at": MORNING - timedelta(days=1, hours=4),
            "checked_at": MORNING - timedelta(days=1, hours=3),
        }
        self.begins = begins
        self.line = make.make_prescription(resident=self.resident, by=self.carer, **begins)

    def give(self, at: datetime = MORNING, **fields: object):  # type: ignore[no-untyped-def]
        return make.make_administration(
            prescription=fields.pop("line", self.line), by=self.carer, due_at=fields.pop("due_at", at), given_at=at,
            **fields,
        )  # fmt: skip

    def close(self, at: datetime = AT) -> DailyFigure:
        with scope(home=self.home.pk):
            close_days(home_id=self.home.pk, at=at)
            return DailyFigure.objects.get(day_on=DAY)


@pytest.fixture
def home() -> Home:
    mine = Home()
    mine.give(MORNING - timedelta(days=1))
    return mine


def test_a_dose_given_in_its_window_is_on_time(home: Home) -> None:
    home.give(MORNING + timedelta(minutes=40), due_at=MORNING)
    figure = home.close()
    assert (figure.due, figure.on_time, figure.given, figure.scanned, figure.missed) == (1, 1, 1, 1, 0)


def test_a_dose_given_after_its_window_is_late(home: Home) -> None:
    home.give(MORNING + timedelta(minutes=61), due_at=MORNING)
    assert (home.close().late, home.close().on_time) == (1, 0)


def test_a_dose_that_nobody_answered_is_missed_once_written_down_or_not(home: Home) -> None:
    assert home.close().missed == 1
    make.make_administration(prescription=home.line, by=None, due_at=MORNING, outcome="not_recorded")
    assert home.close(AT + timedelta(hours=1)).missed == 1


@pytest.mark.parametrize(
    ("outcome", "name"),
    [
        ("refused", "refused"),
        ("asleep", "other_not_given"),
        ("withheld_on_advice", "other_not_given"),
        ("out_of_stock", "supply_failure"),
        ("destroyed_or_dropped", "supply_failure"),
    ],
)
def test_a_dose_not_given_is_counted_for_its_reason(home: Home, outcome: str, name: str) -> None:
    home.give(outcome=outcome)
    figure = home.close()
    assert (figure.due, getattr(figure, name), figure.given) == (1, 1, 0)


def test_a_dose_of_somebody_away_was_not_due(home: Home) -> None:
    home.give(outcome="away_hospital")
    assert home.close().due == 0


def test_an_absence_suspends_doses(home: Home) -> None:
    make.make_presence(resident=home.resident, by=home.carer, since_at=MORNING - timedelta(hours=2))
    assert (home.close().due, home.close().missed) == (0, 0)


def test_asleep_and_then_given_is_one_dose_and_two_records(home: Home) -> None:
    home.give(outcome="asleep")
    home.give(MORNING + timedelta(minutes=30), due_at=MORNING)
    figure = home.close()
    assert (figure.due, figure.on_time, figure.other_not_given, figure.records, figure.given) == (1, 1, 0, 2, 1)


def test_given_twice_is_one_due_dose_two_given_and_one_given_wrongly(home: Home) -> None:
    home.give()
    home.give(
        MORNING + timedelta(minutes=20), due_at=MORNING, answer="conflict",
        findings=[{"code": "double_dose", "level": "conflict"}],
    )  # fmt: skip
    figure = home.close()
    assert (figure.due, figure.given, figure.unscheduled, figure.given_wrongly) == (1, 2, 1, 1)
    with scope(home=home.home.pk):
        kind = DailyKind.objects.get(theme="given_wrongly")
    assert (kind.code, kind.count) == ("double_dose", 1)


def test_when_required_doses_are_given_and_never_due(home: Home) -> None:
    home.give()
    needed = make.make_prescription(
        resident=home.resident, by=home.carer, schedule=make.when_required(), prn_protocol={"condition": "pain"},
        **home.begins,
    )  # fmt: skip
    home.give(line=needed, due_at=None, amount=Decimal(2))
    home.give(line=needed, due_at=None, outcome="not_required", amount=None)
    figure = home.close()
    assert (figure.due, figure.given, figure.unscheduled, figure.records) == (1, 2, 1, 3)


def test_time_critical_doses_have_half_an_hour_whatever_their_window(home: Home) -> None:
    critical = make.make_prescription(resident=home.resident, by=home.carer, is_time_critical=True, **home.begins)
    home.give()
    home.give(MORNING + timedelta(minutes=31), due_at=MORNING, line=critical)
    figure = home.close()
    assert (figure.critical_due, figure.critical_on_time, figure.on_time) == (1, 0, 2)


def test_late_entries_and_reasons_for_not_scanning(home: Home) -> None:
    home.give(
        entered_at=MORNING + timedelta(hours=3), scan_source="by_hand", by_hand_reason="Entered late: mother rang"
    )
    figure = home.close()
    assert (figure.records, figure.late_entries, figure.by_staff, figure.scanned) == (1, 1, 1, 0)
    with scope(home=home.home.pk):
        kind = DailyKind.objects.get(day_on=DAY, theme="not_scanned")
    # Somebody's own words are not in the figures.
    assert (kind.code, kind.count) == ("late_entry", 1)


def scan(home: Home, *findings: str, result: str = "stopped", is_overridden: bool = False) -> None:
    with scope(home=home.home.pk):
        ScanEvent.objects.create(
            id=uuid7(), home=home.home, resident=home.resident, prescription=home.line, due_at=MORNING,
            scan_source="wedge", meaning="own_label", result=result, findings=list(findings),
            is_overridden=is_overridden, entered_at=MORNING, entered_by=home.carer, received_at=MORNING,
        )  # fmt: skip


def test_what_the_scan_stopped_is_not_among_what_reached_the_person(home: Home) -> None:
    home.give()
    scan(home, "wrong_resident")
    scan(home, "early", result="asked")
    scan(home, "early", result="asked", is_overridden=True)
    scan(home, "unknown_barcode", result="asked")
    figure = home.close()
    assert (figure.near_misses, figure.given_wrongly) == (2, 0)
    assert (figure.alerts, figure.overridden) == (3, 1)


# A day that changes


def test_a_late_record_changes_its_day_and_the_day_says_so(home: Home) -> None:
    assert home.close().missed == 1
    later = AT + timedelta(hours=5)
    home.give(received_at=later - timedelta(minutes=5))
    figure = home.close(later)
    assert (figure.missed, figure.on_time, figure.changed_at) == (0, 1, later)
    assert (figure.as_closed["missed"], figure.closed_at) == (1, AT)


def test_a_correction_changes_its_day(home: Home) -> None:
    wrong = home.give()
    assert home.close().on_time == 1
    later = AT + timedelta(hours=5)
    make.make_correction(administration=wrong, by=home.carer, corrected_at=later - timedelta(minutes=5))
    assert (home.close(later).on_time, home.close(later).missed) == (0, 1)


def test_closing_again_with_nothing_new_changes_nothing(home: Home) -> None:
    home.give()
    first = home.close()
    again = home.close(AT + timedelta(hours=1))
    assert again.numbers == first.numbers
    assert again.changed_at is None


def test_a_day_is_not_closed_while_its_last_dose_may_still_be_answered(home: Home) -> None:
    with scope(home=home.home.pk):
        close_days(home_id=home.home.pk, at=AT.replace(hour=5, minute=29))
        assert set(DailyFigure.objects.values_list("day_on", flat=True)) == {DAY - timedelta(days=1)}
        close_days(home_id=home.home.pk, at=AT.replace(hour=5, minute=30))
        assert set(DailyFigure.objects.values_list("day_on", flat=True)) == {DAY - timedelta(days=1), DAY}


# Equal to the records


def test_parts_add_up_to_their_day_and_shares_to_the_doses_due(home: Home) -> None:
    busy(home)
    home.close()
    with scope(home=home.home.pk):
        for figure in DailyFigure.objects.all():
            parts = list(DailyFigurePart.objects.filter(day_on=figure.day_on))
            assert {name: sum(part.numbers[name] for part in parts) for name in COUNTS} == figure.numbers
            assert sum(figure.numbers[name] for name in SHARES_OF_DUE) == figure.due
            for theme, name in (("near_miss", "near_misses"), ("given_wrongly", "given_wrongly"), ("alert", "alerts")):
                kinds = DailyKind.objects.filter(day_on=figure.day_on, theme=theme)
                assert sum(each.count for each in kinds) == figure.numbers[name]


def busy(home: Home) -> None:
    """Give one home something of everything on two days."""
    other = make.make_resident(unit=make.make_unit(home=home.home))
    lines = [
        make.make_prescription(
            resident=other,
            by=home.carer,
            schedule=make.regular("Morning", "Night"),
            is_controlled=n == 1,
            **home.begins,
        )
        for n in range(3)
    ]
    for n, outcome in enumerate(("given", "refused", "out_of_stock", "part_given")):
        home.give(MORNING + timedelta(minutes=25 * n), due_at=MORNING, line=lines[n % 3], outcome=outcome,
                  amount=Decimal(1) if "given" in outcome else None)  # fmt: skip
    scan(home, "wrong_resident")
    scan(home, "early", result="asked", is_overridden=True)


def test_rebuilt_figures_are_the_figures(home: Home) -> None:
    busy(home)
    home.close()
    with scope(home=home.home.pk):
        before = [each.numbers for each in DailyFigure.objects.order_by("day_on")]
        assert rebuild_figures(home_id=home.home.pk, at=AT).changed == 0
        assert [each.numbers for each in DailyFigure.objects.order_by("day_on")] == before
        assert figure_faults(home.home.pk, AT) == []


def test_a_falsified_figure_is_found_and_mended(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)
    busy(home)
    home.close()
    with scope(home=home.home.pk):
        DailyFigurePart.objects.filter(day_on=DAY, due__gt=0).update(missed=7)
        assert {each.name for each in figure_faults(home.home.pk, AT)} == {"missed"}
    with pytest.raises(CommandError, match="not what the records say"):
        call_command("rebuild_figures", check=True, home=[home.home.pk])
    call_command("rebuild_figures", home=[home.home.pk])
    call_command("rebuild_figures", check=True, home=[home.home.pk])


def test_counting_takes_as_many_statements_for_many_as_for_few(
    home: Home, django_assert_max_num_queries: object
) -> None:
    busy(home)
    with scope(home=home.home.pk), django_assert_max_num_queries(22):  # type: ignore[operator]
        count_days(home.home.pk, DAY - timedelta(days=5), DAY, AT)
    for _ in range(5):
        busy(home)
    with scope(home=home.home.pk), django_assert_max_num_queries(22):  # type: ignore[operator]
        count_days(home.home.pk, DAY - timedelta(days=5), DAY, AT)


def test_a_council_reads_the_figures_of_its_homes_and_no_others(home: Home) -> None:
    home.give()
    home.close()
    other = make.make_home()
    with scope(council=home.home.council_id):
        assert {each.home_id for each in DailyFigure.objects.all()} == {home.home.pk}
        assert DailyFigurePart.objects.exists()
    with scope(council=other.council_id):
        assert not DailyFigure.objects.exists()
        assert not DailyFigurePart.objects.exists()
    assert local_day(AT) == date(2026, 11, 18)


# What people judged

NO_HARM = Assessment(merp="C", physical="none", psychological="none")
HARM = Assessment(merp="E", physical="low", psychological="none")
NEAR_MISS = Assessment(merp="B", physical="none", psychological="none")


def report(home: Home, **fields: object) -> Incident:
    said = {"kind": "wrong_time", "words": "Two hours early", "happened_at": MORNING, "has_reached": True} | fields
    with scope(home=home.home.pk):
        said |= {"id": uuid7(), "resident_id": home.resident.pk, "prescription_id": home.line.pk}
        return incidents.report(home_id=home.home.pk, said=Report(**said), by=home.carer.pk, at=AT)  # type: ignore[arg-type]


def judge(home: Home, incident: Incident, found: Assessment, at: datetime) -> None:
    with scope(home=home.home.pk):
        judgement = Judgement(id=uuid7(), assessment=found, words="Looked at it")
        incidents.assess(incident=incident, judgement=judgement, by=home.carer.pk, at=at)


def test_an_incident_counts_once_it_is_judged_and_by_what_stands(home: Home) -> None:
    home.give()
    incident = report(home)
    assert home.close().reached == 0
    steps = ((NO_HARM, (1, 0)), (HARM, (1, 1)), (NEAR_MISS, (0, 0)), (NO_HARM, (1, 0)))
    for hours, (found, counted) in enumerate(steps, start=1):
        judge(home, incident, found, AT + timedelta(hours=hours))
        figure = home.close(AT + timedelta(hours=hours, minutes=30))
        assert (figure.reached, figure.harmed) == counted
        # Near misses are what a scan stopped; how somebody judged an incident is never added to them.
        assert figure.near_misses == 0
    assert figure.as_closed["reached"] == 0
    with scope(home=home.home.pk):
        kind = DailyKind.objects.get(theme="reached", count=1)
        assert (kind.code, kind.medicine_class, kind.time_of_day) == ("wrong_time", "other", "morning")
        assert figure_faults(home.home.pk, AT + timedelta(hours=6)) == []


def test_of_merged_incidents_one_counts(home: Home) -> None:
    home.give()
    first, second = report(home), report(home)
    for each in (first, second):
        judge(home, each, NO_HARM, AT)
    assert home.close(AT + timedelta(hours=1)).reached == 2
    with scope(home=home.home.pk):
        incidents.merge(incident=second, into=first, by=home.carer.pk, at=AT + timedelta(hours=2))
    assert home.close(AT + timedelta(hours=3)).reached == 1


def test_a_cd_discrepancy_is_counted_whatever_it_was_judged(home: Home) -> None:
    home.give()
    report(home, kind="cd_count_differs")
    figure = home.close()
    assert (figure.cd_discrepancies, figure.reached) == (1, 0)
    with scope(home=home.home.pk):
        assert DailyFigurePart.objects.get(cd_discrepancies=1).medicine_class == "controlled"


def test_actions_are_open_from_the_day_they_are_written_until_they_are_done(home: Home) -> None:
    home.give()
    incident = report(home)
    with scope(home=home.home.pk):
        action = incidents.plan_action(
            action_id=uuid7(), incident=incident, words="Move the boxes apart", who_id=home.carer.pk,
            until_on=AT.date(), by=home.carer.pk, at=MORNING,
        )  # fmt: skip
        incidents.finish_action(action=action, outcome="Moved", by=home.carer.pk, at=AT)
    assert home.close().open_actions == 1
    assert home.close(AT + timedelta(days=1)).open_actions == 1
    with scope(home=home.home.pk):
        assert DailyFigure.objects.get(day_on=DAY + timedelta(days=1)).open_actions == 0

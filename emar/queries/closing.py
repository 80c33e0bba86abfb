"""What a home's record is still waiting for: doses nobody answered, and what is due to be looked at.

Everything the closing job finds, in a constant number of statements. Writing it down is operations.closing's.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import connection

from emar.models import Authority, CovertPlan, HomelyRemedy, HomePolicy, Prescription, SelfAdministration
from emar.queries import due
from emar.queries.schedules import schedule_of
from emar.rules.amounts import ScheduleError
from emar.rules.inr import uncovered_since
from emar.rules.outcomes import GIVEN_WORDS, OUTCOMES
from emar.rules.refusals import is_critical
from emar.rules.schedule import InrPlan, Schedule
from emar.rules.wall_clock import ONE_DAY, instant, local_day

#: How far back the days of use of a when-required medicine are looked at.
USE_BACK = timedelta(days=60)
BALANCE_CHECK_DAYS = 7
#: A plan's review is announced this many days ahead.
REVIEW_AHEAD = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A warfarin line for which no dosing record says what to give, from a day on."""

    line: Prescription
    since: date


@dataclass(frozen=True, slots=True)
class Use:
    """How one when-required line was used: since when it is written, its last dose, and its latest doses."""

    started_at: datetime
    last_at: datetime | None
    given_at: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class PlanReview:
    """A plan whose day of review comes: of which kind, which row, and on which day."""

    plan: str
    plan_id: UUID
    resident_id: int | None
    review_on: date


@dataclass(frozen=True, slots=True)
class Uncounted:
    """A line of the CD register that two people have not counted since then, a week ago or longer."""

    line_id: int
    since: datetime


def unanswered(home_id: int, since: datetime, now: datetime, *, after: timedelta) -> list[due.Due]:
    """Return the due doses from `since` on whose window closed longer than `after` ago without any answer.

    Doses of somebody away, suspended doses, and those written down as not recorded before are left out.
    """
    doses, _ = due.due_between(home_id, since, now, now)
    return [
        each
        for each in doses
        if each.state in ("late", "blank")
        and now.astimezone(UTC) - each.window.closes_at.astimezone(UTC) > after
        and not any(OUTCOMES[record.outcome].is_by_system for record in each.records)
    ]


def is_critical_line(line: Prescription, policy: HomePolicy) -> bool:
    """Return whether missing a dose of this line can do harm: its time matters, or the home's policy names it."""
    medicine = line.medicine
    atc_code = medicine.atc_code or (medicine.generic.atc_code if medicine.generic else "")
    is_timed = line.is_time_critical or schedule_of(line).is_time_critical
    return is_timed or is_critical(atc_code, policy.critical_atc_codes)


def active_lines(home_id: int, now: datetime) -> list[Prescription]:
    """Return the prescriptions in force now of residents who are in the home and that nobody suspended."""
    found = list(due.prescriptions_between(home_id, now, now + timedelta(microseconds=1)).select_related("resident"))
    away = due.absences(home_id, {each.resident_id for each in found})
    paused = due.suspensions(home_id, now, now + timedelta(microseconds=1))
    return [
        each for each in found if each.pk not in paused and due.absence_at(away.get(each.resident_id, ()), now) is None
    ]


def without_inr(lines: Iterable[Prescription], now: datetime) -> list[Uncovered]:
    """Return the lines dosed by INR that no record covers today or tomorrow, with the first day of the gap."""
    found = []
    for line in lines:
        schedule = _schedule(line)
        if schedule is None or not isinstance(schedule.plan, InrPlan):
            continue
        ends_on = schedule.terms.ends_on
        for day in (local_day(now), local_day(now) + ONE_DAY):
            gap = uncovered_since(schedule.plan, schedule.terms, day)
            if gap is not None and (ends_on is None or gap < ends_on):
                found.append(Uncovered(line, gap))
                break
    return found


def use_of(home_id: int, lines: Collection[Prescription], now: datetime) -> dict[UUID, Use]:
    """Return how each of these lines, with those it replaced, was used; corrected records do not count."""
    if not lines:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE chain (asked, id, replaces_id, checked_at) AS (
                 SELECT id, id, replaces_id, checked_at FROM emar_prescription
                  WHERE home_id = %(home)s AND id = ANY (%(lines)s)
                  UNION
                 SELECT chain.asked, line.id, line.replaces_id, line.checked_at
                   FROM chain JOIN emar_prescription AS line ON line.id = chain.replaces_id)
            SELECT chain.asked, min(chain.checked_at), max(record.given_at),
                   array_agg(record.given_at) FILTER (WHERE record.given_at > %(since)s)
              FROM chain
              LEFT JOIN emar_administration AS record
                     ON record.home_id = %(home)s AND record.prescription_id = chain.id
                    AND record.outcome = ANY (%(given)s)
                    AND NOT EXISTS (SELECT FROM emar_correction WHERE administration_id = record.id)
             GROUP BY chain.asked
            """,
            {
                "home": home_id,
                "lines": [each.pk for each in lines],
                "since": now - USE_BACK,
                "given": list(GIVEN_WORDS),
            },
        )
        return {pk: Use(started, last, tuple(given or ())) for pk, started, last, given in cursor.fetchall()}


def homely_hours(home_id: int) -> dict[str, int]:
    """Return for each medicine of the home's homely remedies after how many hours the GP is asked."""
    found = HomelyRemedy.objects.filter(home_id=home_id, ended_at__isnull=True)
    return dict(found.values_list("medicine_id", "hours_before_gp"))


def plan_reviews(home_id: int, today: date) -> list[PlanReview]:
    """Return the plans in force whose day of review has come or comes within a week."""
    until = today + REVIEW_AHEAD
    found = []
    for word, model in (("covert", CovertPlan), ("self_administration", SelfAdministration)):
        rows = model.objects.filter(home_id=home_id, ended_at__isnull=True, review_on__lte=until)
        found += [PlanReview(word, *row) for row in rows.values_list("pk", "resident_id", "review_on")]
    remedies = HomelyRemedy.objects.filter(home_id=home_id, ended_at__isnull=True, review_on__lte=until)
    return found + [PlanReview("homely_remedy", pk, None, day) for pk, day in remedies.values_list("pk", "review_on")]


def uncounted(home_id: int, now: datetime, register_lines: Mapping[int, Decimal]) -> list[Uncounted]:
    """Return which of these lines of the CD register hold something and were not counted by two people for a week.

    `register_lines` are their balances. A line is counted from its first movement on. One statement.
    """
    held = [pk for pk, balance in register_lines.items() if balance]
    if not held:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT line.id, coalesce(
                       (SELECT max(counted_at) FROM stock_stockcount
                         WHERE home_id = %(home)s AND line_id = line.id AND witness_id IS NOT NULL),
                       (SELECT min(moved_at) FROM stock_stockmovement WHERE line_id = line.id))
              FROM unnest(%(lines)s::bigint[]) AS line (id)
            """,
            {"home": home_id, "lines": held},
        )
        oldest = now - timedelta(days=BALANCE_CHECK_DAYS)
        return [Uncounted(pk, since) for pk, since in cursor.fetchall() if since < oldest]


def is_homely(line: Prescription) -> bool:
    """Return whether a line rests on the home's own homely remedy protocol."""
    return line.authority == Authority.HOMELY_REMEDY


def at_nine(day: date) -> datetime:
    """Return nine in the morning of a day in the home, when the surgery and the office are open."""
    return instant(day, time(9))


def days_of(moments: Iterable[datetime]) -> set[date]:
    """Return the days in the home on which these instants lie."""
    return {local_day(each) for each in moments}


def _schedule(line: Prescription) -> Schedule | None:
    try:
        return schedule_of(line)
    except ScheduleError:
        return None

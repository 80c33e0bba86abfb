"""Closing what nobody closed: the job that writes down unanswered doses and raises what has become due.

It may run at any time, twice, and on several hosts at once: what it writes has ids and causes made from what
was found, under the home's lock. It answers no dose: a real record that comes later stands beside the "not
recorded" and counts.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from django.db import transaction

from emar.models import HomePolicy, Prescription, Task
from emar.operations import audit
from emar.operations.administrations import Dose, record
from emar.operations.counts import differences
from emar.operations.prescriptions import put_aside_replaced_packs
from emar.operations.storage import missing_readings
from emar.operations.tasks import Cause, raise_tasks
from emar.queries import closing as found
from emar.queries.due import Due
from emar.queries.policy import policy_of
from emar.queries.prescribed import firsts
from emar.queries.register import register_balances
from emar.queries.tasks import has_open, not_raised
from emar.queries.when_required import effects_due
from emar.rules.outcomes import not_recorded_id
from emar.rules.prn_protocol import review_on_of
from emar.rules.prn_review import homely_remedy_since, unused_since, used_daily_since
from emar.rules.wall_clock import instant, local_day
from stock.operations.ledger import lock_home
from stock.operations.packs import finish_packs_of_empty_lines

NOT_RECORDED = "not_recorded"
#: Doses further back than this are left to whoever asks for them: a job that stood still for longer is told so.
LOOK_BACK_DAYS = 7


@dataclass(frozen=True, slots=True)
class Closed:
    """What one run wrote for one home: so many doses not recorded, so many tasks."""

    not_recorded: int = 0
    tasks: int = 0


def close_home(*, home_id: int, at: datetime, days: int = LOOK_BACK_DAYS) -> Closed:
    """Write down the doses that nobody answered in time, and raise every task that has become due.

    Packs of prescriptions whose change has come are put aside, those of lines that hold nothing are finished. Doses of
    the last `days` are looked at. A home in which nothing waits is only read, so that devices need not fetch what has
    not changed. The home must be in scope.
    """
    put_aside_replaced_packs(home_id=home_id, by=None, at=at)
    finish_packs_of_empty_lines(home_id=home_id, at=at)
    policy = policy_of(home_id)
    if not any(_waiting(home_id, policy, at, days)):
        return Closed()
    with transaction.atomic():
        lock_home(home_id)
        # Read again behind the lock: a colleague's record or another host's run may have come in between.
        doses, causes = _waiting(home_id, policy, at, days)
        if doses:
            record([_as_dose(each, lineage, at) for each, lineage in doses], home_id=home_id, at=at)
        raised = raise_tasks(home_id=home_id, causes=causes, at=at, by=None)
        if doses or raised:
            audit.note(
                action="rounds_closed", by=None, at=at, home_id=home_id,
                changes={"not_recorded": len(doses), "tasks": raised},
            )  # fmt: skip
    return Closed(len(doses), raised)


def _waiting(home_id: int, policy: HomePolicy, now: datetime, days: int) -> tuple[list[tuple[Due, str]], list[Cause]]:
    """Return the doses to write down, each with its lineage, and the causes that have no task yet."""
    since = instant(local_day(now - timedelta(days=days)), time(0))
    after = timedelta(minutes=policy.close_after_minutes)
    blank = found.unanswered(home_id, since, now, after=after)
    lines = found.active_lines(home_id, now)
    known = firsts({str(each.prescription.pk) for each in blank} | {str(each.pk) for each in lines})
    first = {UUID(pk): lineage for pk, lineage in known.items()}
    doses = [(each, first[each.prescription.pk]) for each in blank]
    causes = [
        *(_of_dose(each, lineage, policy, now) for each, lineage in doses),
        *_of_inr(lines, first, now),
        *_of_use(home_id, lines, first, policy, now),
        *_of_plans(home_id, now),
        *_of_effects(home_id, now),
        *_of_balances(home_id, now),
        *missing_readings(home_id=home_id, at=now),
        *differences(home_id=home_id, at=now),
    ]
    return doses, not_raised(home_id, causes)


def _as_dose(each: Due, lineage: str, at: datetime) -> Dose:
    due_at = each.dose.due_at
    pk = str(not_recorded_id(lineage, due_at))
    return Dose(
        id=pk,
        resident_id=each.prescription.resident_id,
        prescription_id=str(each.prescription.pk),
        outcome=NOT_RECORDED,
        # Nobody says when: the record stands at the time of its dose.
        given_at=due_at,
        entered_at=at,
        given_by_id=None,
        due_at=due_at,
        unit=each.dose.unit,
        # Whichever host writes it, and whenever, it is the same record.
        content_hash=hashlib.sha256(pk.encode()).hexdigest(),
    )


def _of_dose(each: Due, lineage: str, policy: HomePolicy, now: datetime) -> Cause:
    line = each.prescription
    return Cause(
        kind=Task.Kind.NOT_RECORDED,
        cause=str(not_recorded_id(lineage, each.dose.due_at)),
        due_at=now,
        resident_id=line.resident_id,
        prescription_id=line.pk,
        is_urgent=found.is_critical_line(line, policy),
        facts={"due_at": each.dose.due_at.astimezone(UTC).isoformat()},
    )


def _of_inr(lines: Sequence[Prescription], first: dict[UUID, str], now: datetime) -> Iterable[Cause]:
    for each in found.without_inr(lines, now):
        yield _of_line(
            each.line, Task.Kind.NO_CURRENT_INR, f"{first[each.line.pk]} {each.since.isoformat()}", now,
            is_urgent=True, facts={"since": each.since.isoformat()},
        )  # fmt: skip


def _of_use(
    home_id: int, lines: Sequence[Prescription], first: dict[UUID, str], policy: HomePolicy, now: datetime
) -> Iterable[Cause]:
    """Give the reviews of when-required medicines, and the homely remedies that go on for too long."""
    lines = [each for each in lines if each.schedule["kind"] == "when_required"]
    hours = found.homely_hours(home_id)
    today = local_day(now)
    for pk, use in found.use_of(home_id, lines, now).items():
        line = next(each for each in lines if each.pk == pk)
        lineage, days = first[pk], found.days_of(use.given_at)
        if found.is_homely(line):
            allowed = hours.get(line.medicine_id, policy.homely_remedy_hours)
            if since := homely_remedy_since(use.given_at, now, allowed):
                facts = {"since": since.isoformat(), "hours": allowed}
                cause = f"{lineage} {since.isoformat()}"
                yield _of_line(line, Task.Kind.HOMELY_REMEDY_TO_GP, cause, now, is_urgent=True, facts=facts)
            continue
        daily = used_daily_since(days, today, policy.prn_daily_days)
        # A row that began before what was looked at was told when it was shorter.
        if daily is not None and daily > local_day(now - found.USE_BACK):
            facts = {"why": "daily", "since": daily.isoformat()}
            yield _of_line(line, Task.Kind.REVIEW_PRN, f"{lineage} daily {daily.isoformat()}", now, facts=facts)
        last_on = None if use.last_at is None else local_day(use.last_at)
        unused = unused_since(last_on, local_day(use.started_at), today, policy.prn_unused_days)
        if unused is not None:
            facts = {"why": "unused", "since": unused.isoformat(), "was_used": last_on is not None}
            yield _of_line(line, Task.Kind.REVIEW_PRN, f"{lineage} unused {unused.isoformat()}", now, facts=facts)
        review_on = review_on_of(line.prn_protocol)
        if review_on is not None and review_on <= today + found.REVIEW_AHEAD:
            facts = {"why": "date", "review_on": review_on.isoformat()}
            cause = f"{lineage} date {review_on.isoformat()}"
            yield _of_line(line, Task.Kind.REVIEW_PRN, cause, found.at_nine(review_on), facts=facts)


def _of_line(
    line: Prescription,
    kind: Task.Kind,
    cause: str,
    due_at: datetime,
    *,
    facts: dict[str, object],
    is_urgent: bool = False,
) -> Cause:
    return Cause(kind, cause, due_at, line.resident_id, line.pk, is_urgent, facts)


def _of_plans(home_id: int, now: datetime) -> Iterable[Cause]:
    for each in found.plan_reviews(home_id, local_day(now)):
        yield Cause(
            kind=Task.Kind.REVIEW_PLAN,
            cause=f"{each.plan} {each.plan_id} {each.review_on.isoformat()}",
            due_at=found.at_nine(each.review_on),
            resident_id=each.resident_id,
            facts={"plan": each.plan, "plan_id": str(each.plan_id), "review_on": each.review_on.isoformat()},
        )


def _of_effects(home_id: int, now: datetime) -> Iterable[Cause]:
    for each in effects_due(home_id, now):
        if each.due_at <= now:
            yield Cause(
                kind=Task.Kind.CHECK_EFFECT,
                cause=str(each.administration_id),
                due_at=each.due_at,
                resident_id=each.resident_id,
                prescription_id=each.prescription_id,
                facts={"given_at": each.given_at.isoformat()},
            )


def _of_balances(home_id: int, now: datetime) -> Iterable[Cause]:
    """Give one task a home for all the lines of its register that were not counted for a week."""
    overdue = found.uncounted(home_id, now, register_balances(home_id))
    if overdue and not has_open(home_id, Task.Kind.BALANCE_CHECK):
        oldest = min(each.since for each in overdue)
        yield Cause(
            kind=Task.Kind.BALANCE_CHECK,
            # The week that is missing names it: closed without a count, it is asked for again a week later.
            cause=f"since {local_day(oldest).isoformat()} week {(now - oldest).days // found.BALANCE_CHECK_DAYS}",
            due_at=now,
            facts={"lines": sorted(each.line_id for each in overdue), "since": oldest.isoformat()},
        )

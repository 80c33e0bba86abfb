"""What somebody who comes to a round must know of before: who holds it, what changed, what was had and is worn."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from emar.models import PatchCheck, Prescription, RoundEvent
from emar.queries.patches import last_checks, patch_changes
from emar.queries.schedules import schedule_of
from emar.rules.amounts import ScheduleError
from emar.rules.due import Answered
from emar.rules.interval import IntervalPlan, check_times, next_site
from emar.rules.outcomes import GIVEN_WORDS
from emar.rules.schedule import Schedule
from emar.rules.wall_clock import local_day

CHANGES_FOR = timedelta(days=14)
#: Sites rest for weeks; further back nobody rotates.
SITES_BACK = timedelta(days=84)
DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has a round of today open, on which device, since when."""

    device_id: UUID | None
    device_name: str
    staff_id: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """One change of what a resident is given. The id is the same however often it is asked for."""

    id: str
    resident_id: int
    prescription_id: UUID
    at: datetime
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Had:
    """One dose somebody had in the last 24 hours, and whether it worked as far as somebody looked."""

    administration_id: UUID
    prescription_id: UUID
    resident_id: int
    generic_id: str
    medicine_name: str
    given_at: datetime
    amount: Decimal
    unit: str
    by_initials: str
    effect: str | None


@dataclass(frozen=True, slots=True)
class Worn:
    """What is known of one patch: whether one is on, where, since when, where the next goes, when somebody looks."""

    is_worn: bool
    is_off: bool
    put_on_at: datetime | None
    last_site: str | None
    next_site: str | None
    check_times: tuple[datetime, ...]
    last_check: Mapping[str, Any] | None
    every_minutes: int
    worn_minutes: int | None
    sites: tuple[str, ...]


def held_by(home_id: int, now: datetime) -> dict[int, Holder]:
    """Return who holds each round of today that was started or taken over and not finished. One statement."""
    latest = (
        RoundEvent.objects.filter(home_id=home_id, round_on=local_day(now))
        .select_related("device")
        .order_by("round_id", "-entered_at", "-id")
        .distinct("round_id")
    )
    found = {}
    for each in latest:
        if each.happened != "finished":
            name = each.device.name if each.device else ""
            found[each.round_id] = Holder(each.device_id, name, each.entered_by_id, each.entered_at)
    return found


def changes(home_id: int, now: datetime) -> list[Change]:
    """Return what was started, stopped or replaced in the last two weeks, newest first. One statement."""
    since = now - CHANGES_FOR
    found = Prescription.objects.filter(
        Q(checked_at__gt=since, checked_at__lte=now) | Q(stopped_at__gt=since, stopped_at__lte=now), home_id=home_id
    )
    rows = found.exclude(checked_at=None).select_related("medicine", "replaces", "replaced_by")
    changed = []
    for line in rows:
        name = line.medicine.name
        if since < line.checked_at <= now:
            is_new = line.replaces_id is None
            words = f"New: {name}. {line.dose_words}" if is_new else f"Changed: {name}. Now: {line.dose_words}"
            changed.append(_change(line, "started" if is_new else "replaced", line.checked_at, words))
        is_replaced = hasattr(line, "replaced_by") and line.replaced_by.checked_at is not None
        if line.stopped_at is not None and since < line.stopped_at <= now and not is_replaced:
            changed.append(_change(line, "stopped", line.stopped_at, f"Stopped: {name}. {line.stop_reason}"))
    return sorted(changed, key=lambda each: (each.at, each.id), reverse=True)


def _change(line: Prescription, kind: str, at: datetime, words: str) -> Change:
    return Change(f"{line.pk} {kind}", line.resident_id, line.pk, at, kind, words.strip())


def had_lately(home_id: int, resident_ids: Collection[int], now: datetime) -> dict[int, list[Had]]:
    """Return what each of these residents had in the last 24 real hours, oldest first. One statement.

    Corrected records do not count. The effect is what was last found.
    """
    found: dict[int, list[Had]] = defaultdict(list)
    if not resident_ids:
        return found
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT record.id, record.prescription_id, record.resident_id,
                   coalesce(medicine.generic_id, medicine.id), medicine.name, record.given_at,
                   record.amount, record.unit, coalesce(giver.initials, ''), looked.effect
              FROM emar_administration AS record
              JOIN emar_prescription AS line ON line.id = record.prescription_id
              JOIN emar_medicine AS medicine ON medicine.id = line.medicine_id
              LEFT JOIN emar_staffmember AS giver ON giver.id = record.given_by_id
              LEFT JOIN LATERAL (
                   SELECT effect FROM emar_effectcheck
                    WHERE administration_id = record.id ORDER BY checked_at DESC, id DESC LIMIT 1) AS looked ON true
             WHERE record.home_id = %s AND record.resident_id = ANY (%s)
               AND record.given_at > %s AND record.given_at <= %s
               AND record.amount IS NOT NULL AND record.outcome = ANY (%s)
               AND NOT EXISTS (SELECT FROM emar_correction WHERE administration_id = record.id)
             ORDER BY record.given_at, record.id
            """,
            [home_id, list(resident_ids), now - DAY, now, list(GIVEN_WORDS)],
        )
        for row in cursor.fetchall():
            dose = Had(*row)
            found[dose.resident_id].append(dose)
    return found


def worn(
    home_id: int,
    lines: Iterable[Prescription],
    answered: Mapping[UUID, Sequence[Answered]],
    since: datetime,
    until: datetime,
    now: datetime,
) -> dict[UUID, Worn]:
    """Return what is known of each patch among these lines, with the checks due in a period. Two statements.

    `answered` is what queries.due.answered_doses says of them. A check somebody made on a day answers that
    day's.
    """
    plans = {each.pk: schedule for each in lines if (schedule := _interval(each)) is not None}
    looked = last_checks(home_id, plans.keys())
    changed = patch_changes(home_id, plans.keys(), now - SITES_BACK)
    found = {}
    for pk, schedule in plans.items():
        plan = schedule.plan
        assert isinstance(plan, IntervalPlan)  # noqa: S101  chosen by _interval
        placed = [each for each in changed[pk] if each.is_on]
        last = placed[-1] if placed else None
        check = looked.get(pk)
        was_off = check is not None and check.found == PatchCheck.Found.FALLEN_OFF
        is_off = was_off and (last is None or last.given_at < check.checked_at)
        # Its hours being over takes no patch off: it stays on the skin until somebody says that it is not.
        is_worn = plan.worn is not None and bool(placed) and changed[pk][-1].is_on and not is_off
        seen_on = local_day(check.checked_at) if check is not None else None
        times = check_times(plan, schedule.terms, since, until, answered.get(pk, ())) if not is_off else []
        found[pk] = Worn(
            is_worn=is_worn,
            is_off=is_off,
            put_on_at=last.given_at if last else None,
            last_site=last.site or None if last else None,
            next_site=next_site(plan.sites, [(each.given_at, each.site) for each in placed if each.site]),
            check_times=tuple(at for at in times if seen_on is None or local_day(at) > seen_on),
            last_check=check
            and {
                "found": check.found,
                "checked_at": check.checked_at,
                "by_initials": check.checked_by.initials,
                "site": check.site,
            },
            every_minutes=int(plan.every.total_seconds() // 60),
            worn_minutes=None if plan.worn is None else int(plan.worn.total_seconds() // 60),
            sites=plan.sites,
        )
    return found


def _interval(line: Prescription) -> Schedule | None:
    try:
        schedule = schedule_of(line)
    except ScheduleError:
        return None
    return schedule if isinstance(schedule.plan, IntervalPlan) else None

"""Asking for work, and doing what is due: at most one host at a time, again after a failure, lost never.

A job is taken with SKIP LOCKED and a lease, in a transaction of its own; the work runs in transactions of its own
and is ticked off afterwards. A host killed in between leaves a lease that runs out, and the work is done again.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog
from django.db import connection, transaction

from emar.jobs import LEASE, WORK, Asked, wait_after
from emar.models import Job
from emar.scope import scope

log = structlog.get_logger("emar.jobs")

TAKE = """
    UPDATE emar_job SET lease_expires_at = %(until)s, attempts = attempts + 1
     WHERE id = (SELECT id FROM emar_job
                  WHERE home_id = %(home)s AND finished_at IS NULL AND due_at <= %(at)s AND kind = ANY (%(kinds)s)
                    AND (lease_expires_at IS NULL OR lease_expires_at <= %(at)s)
                  ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id
"""


def ask(
    *, home_id: int, kind: str, key: str, payload: Mapping[str, Any] | None = None, by: int | None, at: datetime
) -> None:
    """Ask for a piece of work, in the transaction of what needs it: either both are written or neither.

    Asking again for the same key while it waits changes nothing; once it was done, it is done again. Who asked stands
    in the audit of the act (`by`).
    """
    with transaction.atomic():
        asked = {"payload": dict(payload or {}), "due_at": at}
        job, is_new = Job.objects.get_or_create(home_id=home_id, kind=kind, key=key, defaults=asked)
        if is_new:
            return
        known = Job.objects.filter(pk=job.pk)
        if not known.filter(finished_at__isnull=False).update(**asked, finished_at=None, attempts=0):
            # Somebody may be at it: what they read before this was asked does not count as done (see _tick_off).
            known.filter(lease_expires_at__isnull=False).update(**asked)


def start_periodic(*, home_id: int, at: datetime) -> None:
    """Give a home a row for each kind of periodic work that it has none of; each is due at once."""
    wanted = {kind for kind, work in WORK.items() if work.is_periodic}
    known = set(Job.objects.filter(home_id=home_id, key="", kind__in=wanted).values_list("kind", flat=True))
    # Two hosts may start together: whoever comes second finds the row there.
    Job.objects.bulk_create(
        [Job(home_id=home_id, kind=kind, due_at=at) for kind in sorted(wanted - known)], ignore_conflicts=True
    )


def run_one(*, home_id: int, at: datetime) -> bool | None:
    """Do the piece of work of a home that has been due longest: True when it was done, False when it failed.

    None when nothing is due. What fails is tried again later, however often: an alert that is lost is a safety event.
    Must not be called inside a transaction of the work's own rows.
    """
    with scope(home=home_id):
        if (job := _take(home_id, at)) is None:
            return None
    work = WORK[job.kind]
    try:
        work.do(Asked(home_id, job.kind, job.key, job.payload, job.attempts, at))
    except Exception as problem:
        # Whatever is wrong with one piece of work must not keep the others from being done.
        log.exception("a job failed", job=job.kind, home=home_id, count=job.attempts)
        _put_back(home_id, job, type(problem).__name__, at)
        return False
    _tick_off(home_id, job, at)
    return True


def _take(home_id: int, at: datetime) -> Job | None:
    with connection.cursor() as cursor:
        # Kinds that this version does not know wait for one that does.
        cursor.execute(TAKE, {"home": home_id, "at": at, "until": at + LEASE, "kinds": list(WORK)})
        row = cursor.fetchone()
    return Job.objects.get(pk=row[0]) if row else None


def _put_back(home_id: int, job: Job, problem: str, at: datetime) -> None:
    with scope(home=home_id):
        _held(job).update(lease_expires_at=None, due_at=at + wait_after(job.attempts), problem=problem)


def _tick_off(home_id: int, job: Job, at: datetime) -> None:
    done: dict[str, Any] = {"lease_expires_at": None, "problem": "", "attempts": 0}
    if WORK[job.kind].is_periodic and not job.key:
        done["due_at"] = WORK[job.kind].next_due(at)
    else:
        done["finished_at"] = at
    with scope(home=home_id):
        if not _held(job).filter(due_at=job.due_at).update(**done):
            # Asked for again while it ran: what was asked later is still to do.
            _held(job).update(lease_expires_at=None, attempts=0)


def _held(job: Job) -> Any:
    """Return the row, as long as this host still holds it: a lease that ran out may be somebody else's by now."""
    return Job.objects.filter(pk=job.pk, lease_expires_at=job.lease_expires_at)

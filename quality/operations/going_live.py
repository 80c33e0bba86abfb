"""Saying how far a home is with the record, and what it has of what it needs before its first round."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from uuid_utils.compat import uuid7

from emar.operations import audit
from emar.rules.wall_clock import local_day
from quality.models import GoLiveStep, ReadinessAnswer, Rebasing
from quality.operations.rebasings import RebasedAlready, rebase
from quality.queries.going_live import Ready, last_answers, live_since, readiness, survey
from quality.rules.going_live import LIVE, WORKED_OUT, Item, Stage
from stock.operations.ledger import lock_home


class ReasonMissing(ValueError):
    """A home that does not adopt the record says why: the programme learns from nothing else."""


class NotYetThere(ValueError):
    """A stage is written down on the day it is reached, or later."""


class WorkedOut(ValueError):
    """The system works this out by itself: nobody's word changes it."""


def reach_stage(
    *, step_id: UUID, home_id: int, stage: str, since_on: date, reason: str = "", by: int, at: datetime
) -> GoLiveStep:
    """Write down that a home came to a stage; the same id twice is one step.

    The first stage in which doses are recorded at the bedside gives the home's charts new limits from that day on, so
    that what the record itself changed is not taken for chance. Raises ReasonMissing and NotYetThere.
    """
    if stage == Stage.NOT_ADOPTING and not reason:
        raise ReasonMissing("choose why the home does not adopt it")
    if since_on > local_day(at):
        raise NotYetThere("enter a day that has come")
    with transaction.atomic():
        lock_home(home_id)
        if known := GoLiveStep.objects.filter(home_id=home_id, pk=step_id).first():
            return known
        was_live = live_since(home_id)
        step = GoLiveStep.objects.create(
            id=step_id, home_id=home_id, stage=stage, since_on=since_on,
            reason=reason if stage == Stage.NOT_ADOPTING else "", said_at=at, said_by_id=by,
        )  # fmt: skip
        audit.note(
            action="stage_reached", by=by, at=at, home_id=home_id, about=step,
            changes={"stage": stage, "since_on": since_on.isoformat()},
        )  # fmt: skip
        if was_live is None and stage in LIVE:
            _rebase(home_id, since_on, by, at)
    return step


def _rebase(home_id: int, since_on: date, by: int, at: datetime) -> None:
    try:
        rebase(home_id=home_id, from_on=since_on, why=Rebasing.Why.GO_LIVE, by=by, at=at)
    except RebasedAlready:
        # Somebody gave the charts new limits from that very day: there they are.
        return


def answer(*, answer_id: UUID, home_id: int, item: str, is_met: bool, by: int, at: datetime) -> ReadinessAnswer:
    """Write down a manager's word on one thing a home needs; the same id twice is one answer. Raises WorkedOut."""
    if item in WORKED_OUT:
        raise WorkedOut("this is worked out from the record")
    with transaction.atomic():
        lock_home(home_id)
        if known := ReadinessAnswer.objects.filter(home_id=home_id, pk=answer_id).first():
            return known
        made = ReadinessAnswer.objects.create(
            id=answer_id, home_id=home_id, item=item, is_met=is_met, answered_at=at, answered_by_id=by
        )
        audit.note(
            action="readiness_answered", by=by, at=at, home_id=home_id, about=made,
            changes={"item": item, "is_met": is_met},
        )  # fmt: skip
    return made


def write_readiness(*, home_id: int, at: datetime) -> int:
    """Write down what is worked out, where it changed since it was last written; return how many changed.

    The council's board reads these rows: it may not see what they are worked out from. The home must be in scope.
    """
    if not _changed(home_id, at):
        return 0
    with transaction.atomic():
        lock_home(home_id)
        changed = _changed(home_id, at)
        ReadinessAnswer.objects.bulk_create(
            ReadinessAnswer(id=uuid7(), home_id=home_id, item=str(Item(each.item)), is_met=each.is_met, answered_at=at)
            for each in changed
        )
    return len(changed)


def _changed(home_id: int, at: datetime) -> list[Ready]:
    known = last_answers(home_id)
    found = readiness(home_id, at, survey(home_id, at))
    return [each for each in found if each.is_worked_out and known.get(each.item) != each.is_met]

"""Every write about plans that change how doses are given: covert, crushing, by themselves, homely remedies.

A plan that ends stays as it was, with who ended it and why: what was agreed on the day of a dose must be readable ever
after.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from emar.models import (
    Authority,
    CovertPlan,
    HomelyRemedy,
    HomelyRemedyGiver,
    PharmacistAdvice,
    Prescription,
    Resident,
    SelfAdministration,
    Task,
)
from emar.operations import audit, tasks
from emar.rules.schedule import Schedule
from emar.rules.wall_clock import instant, local_day
from stock.operations.ledger import lock_home

Plan = CovertPlan | SelfAdministration


class ReviewDayPassed(ValueError):
    """A plan is reviewed on a day that is still to come."""


class EndReasonMissing(ValueError):
    """A plan ends only with words that say why."""


class NotAuthorised(Exception):
    """The home has not authorised this person to give this homely remedy without asking."""


class AuthorisedThemselves(ValueError):
    """Nobody authorises themselves."""


@dataclass(frozen=True, slots=True)
class Covert:
    """What was found and decided before medicines are hidden in food or drink. (Mental Capacity Act 2005)"""

    id: UUID
    capacity_assessed_on: date
    capacity_assessed_by: str
    decided_on: date
    decided_with: str
    decision: str
    review_on: date


@dataclass(frozen=True, slots=True)
class BySelf:
    """How far a resident looks after their own medicines: one of them, or all without `prescription_id`."""

    id: UUID
    support: str
    assessment: str
    storage: str
    assessed_on: date
    review_on: date
    prescription_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Advice:
    """A pharmacist's word on one prescription: `about` crushing or covert."""

    id: UUID
    prescription_id: UUID
    about: str
    is_allowed: bool
    method: str
    pharmacist: str
    advised_on: date


@dataclass(frozen=True, slots=True)
class Remedy:
    """A homely remedy and its protocol. `schedule` is of the kind when_required."""

    id: UUID
    medicine_id: str
    indication: str
    not_for: str
    schedule: Mapping[str, Any]
    dose_words: str
    hours_before_gp: int
    agreed_with: str
    review_on: date


def write_covert_plan(*, resident: Resident, plan: Covert, by: int, at: datetime) -> CovertPlan:
    """Keep a best-interests decision to give medicines covertly. Raises ReviewDayPassed. (NICE SC1 1.15)"""
    return _write_plan(CovertPlan, resident, plan, by, at)


def write_self_administration(*, resident: Resident, plan: BySelf, by: int, at: datetime) -> SelfAdministration:
    """Keep that a resident looks after medicines of their own. Raises ReviewDayPassed. (NICE SC1 1.13)"""
    return _write_plan(SelfAdministration, resident, plan, by, at)


def _write_plan(kind: type[Any], resident: Resident, plan: Covert | BySelf, by: int, at: datetime) -> Any:
    _refuse_past_review(plan.review_on, at)
    fields = asdict(plan)
    if prescription_id := fields.get("prescription_id"):
        _own_prescription(resident, prescription_id)
    with transaction.atomic():
        lock_home(resident.home_id)
        if (already := kind.objects.filter(pk=plan.id, resident=resident).first()) is not None:
            return already
        written = kind.objects.create(
            home_id=resident.home_id, resident=resident, written_at=at, written_by_id=by, **fields
        )
        audit.note_about(action=f"{_word(written)}_written", about=written, resident=resident, by=by, at=at)
        cause = tasks.Cause(
            kind=Task.Kind.REVIEW_PLAN,
            cause=str(written.pk),
            due_at=instant(plan.review_on, time(9)),
            resident_id=resident.pk,
            facts={"plan": _word(written), "review_on": plan.review_on.isoformat()},
        )
        tasks.raise_tasks(home_id=resident.home_id, causes=[cause], at=at, by=None)
    return written


def end_plan(*, plan: Plan, reason: str, by: int, at: datetime) -> None:
    """End a covert or self-administration plan from now on. One that has ended stays as it was.

    Raises EndReasonMissing.
    """
    if not reason.strip():
        raise EndReasonMissing("say why it ends")
    with transaction.atomic():
        lock_home(plan.home_id)
        ended = type(plan).objects.filter(pk=plan.pk, ended_at__isnull=True)
        if ended.update(ended_at=at, ended_by=by, end_reason=reason):
            audit.note_about(action=f"{_word(plan)}_ended", about=plan, resident=plan.resident, by=by, at=at)
            review = Task.objects.filter(
                home_id=plan.home_id, kind=Task.Kind.REVIEW_PLAN, cause=str(plan.pk), closed_at__isnull=True
            )
            if found := list(review):
                tasks.close(tasks=found, outcome=f"The plan ended: {reason}", by=by, at=at)


def record_advice(*, resident: Resident, advice: Advice, by: int, at: datetime) -> PharmacistAdvice:
    """Keep what a pharmacist said about crushing or hiding one medicine. The latest word counts."""
    _own_prescription(resident, advice.prescription_id)
    with transaction.atomic():
        lock_home(resident.home_id)
        if (already := PharmacistAdvice.objects.filter(pk=advice.id, resident=resident).first()) is not None:
            return already
        kept = PharmacistAdvice.objects.create(
            home_id=resident.home_id, resident=resident, recorded_at=at, recorded_by_id=by, **asdict(advice)
        )
        audit.note_about(action="pharmacist_advice_recorded", about=kept, resident=resident, by=by, at=at)
    return kept


def agree_remedy(*, home_id: int, remedy: Remedy, by: int, at: datetime) -> HomelyRemedy:
    """Put a medicine on the home's list of homely remedies, with its protocol.

    Raises ReviewDayPassed, and emar.rules.amounts.ScheduleError for a dose that is none.
    """
    _refuse_past_review(remedy.review_on, at)
    Schedule.from_json(remedy.schedule)
    with transaction.atomic():
        lock_home(home_id)
        if (already := HomelyRemedy.objects.filter(pk=remedy.id).first()) is not None:
            return already
        agreed = HomelyRemedy.objects.create(
            home_id=home_id, written_at=at, written_by_id=by, **asdict(remedy) | {"schedule": dict(remedy.schedule)}
        )
        audit.note(action="homely_remedy_agreed", home_id=home_id, by=by, at=at, about=agreed)
    return agreed


def end_remedy(*, remedy: HomelyRemedy, by: int, at: datetime) -> None:
    """Take a medicine off the home's list; what was started by its protocol goes on until its own end."""
    with transaction.atomic():
        lock_home(remedy.home_id)
        if HomelyRemedy.objects.filter(pk=remedy.pk, ended_at__isnull=True).update(ended_at=at, ended_by=by):
            audit.note(action="homely_remedy_ended", home_id=remedy.home_id, by=by, at=at, about=remedy)


def authorise_giver(*, remedy: HomelyRemedy, staff_member_id: int, by: int, at: datetime) -> None:
    """Let a named colleague give a homely remedy without asking first. Raises AuthorisedThemselves."""
    if staff_member_id == by:
        raise AuthorisedThemselves("another manager has to authorise you")
    with transaction.atomic():
        lock_home(remedy.home_id)
        giver, is_new = HomelyRemedyGiver.objects.get_or_create(
            home_id=remedy.home_id,
            remedy=remedy,
            staff_member_id=staff_member_id,
            ended_at=None,
            defaults={"authorised_at": at, "authorised_by_id": by},
        )
        if is_new:
            audit.note(action="remedy_giver_authorised", home_id=remedy.home_id, by=by, at=at, about=giver)


def end_giver(*, giver: HomelyRemedyGiver, by: int, at: datetime) -> None:
    """Take back a colleague's leave to give a homely remedy."""
    with transaction.atomic():
        lock_home(giver.home_id)
        if HomelyRemedyGiver.objects.filter(pk=giver.pk, ended_at__isnull=True).update(ended_at=at, ended_by=by):
            audit.note(action="remedy_giver_ended", home_id=giver.home_id, by=by, at=at, about=giver)


def start_remedy(
    *, resident: Resident, remedy: HomelyRemedy, prescription_id: UUID, by: int, at: datetime
) -> Prescription:
    """Start a homely remedy for a resident: a when-required prescription that ends when the GP has to be asked.

    It is checked by whoever authorised this person for this protocol, because nothing in it is typed anew. Raises
    NotAuthorised. Sending the same form twice starts it once.
    """
    with transaction.atomic():
        lock_home(resident.home_id)
        if (already := Prescription.objects.filter(pk=prescription_id, resident=resident).first()) is not None:
            return already
        giver = _giver(remedy, by)
        ends_at = at + timedelta(hours=remedy.hours_before_gp)
        started = Prescription.objects.create(
            pk=prescription_id,
            home_id=resident.home_id,
            resident=resident,
            medicine_id=remedy.medicine_id,
            authority=Authority.HOMELY_REMEDY,
            schedule=remedy.schedule | {"starts_on": local_day(at).isoformat()},
            indication=remedy.indication,
            dose_words=remedy.dose_words,
            instructions=[f"Homely remedy. Not for: {remedy.not_for}"],
            prn_protocol={"condition": remedy.indication},
            said_by=remedy.agreed_with,
            written_at=at,
            written_by_id=by,
            checked_at=at,
            checked_by_id=giver.authorised_by_id,
            stopped_at=ends_at,
            stopped_by_id=by,
            stop_reason=f"Homely remedy protocol: {remedy.hours_before_gp} hours, then the GP is asked",
        )
        cause = tasks.Cause(
            kind=Task.Kind.HOMELY_REMEDY_TO_GP,
            cause=f"started {started.pk}",
            due_at=ends_at,
            resident_id=resident.pk,
            prescription_id=started.pk,
            facts={"hours": remedy.hours_before_gp},
        )
        tasks.raise_tasks(home_id=resident.home_id, causes=[cause], at=at, by=None)
        audit.note_about(action="homely_remedy_started", about=started, resident=resident, by=by, at=at)
    return started


def _giver(remedy: HomelyRemedy, by: int) -> HomelyRemedyGiver:
    authorised = HomelyRemedyGiver.objects.filter(
        home_id=remedy.home_id,
        remedy=remedy,
        remedy__ended_at__isnull=True,
        staff_member_id=by,
        ended_at__isnull=True,
    )
    if (giver := authorised.first()) is None:
        raise NotAuthorised("a manager has to authorise you for this remedy first")
    return giver


def _own_prescription(resident: Resident, prescription_id: UUID) -> Prescription:
    return Prescription.objects.get(home_id=resident.home_id, resident=resident, pk=prescription_id)


def _refuse_past_review(review_on: date, at: datetime) -> None:
    if review_on <= local_day(at):
        raise ReviewDayPassed("choose a day that is still to come")


def _word(plan: Plan) -> str:
    return "covert_plan" if isinstance(plan, CovertPlan) else "self_administration"

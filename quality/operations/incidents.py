"""Drafting, reporting, judging, acting on, merging and closing incidents.

Nothing that was said of an incident is changed: each act is a row of its own, made with the form's id, so that sending
it twice is one act. What the system saw is drafted here as well; what it sees is queries.seen's question.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from uuid_utils.compat import uuid7

from emar.models import Task
from emar.operations import audit
from emar.operations.tasks import Cause, raise_tasks
from emar.operations.tasks import close as close_tasks
from quality.models import (
    Incident,
    IncidentAction,
    IncidentAssessment,
    IncidentDecision,
    IncidentEvidence,
    IncidentNote,
    IncidentPolicy,
)
from quality.queries import incidents as queries
from quality.queries.seen import seen
from quality.rules.drafting import Draft, Evidence, drafts
from quality.rules.incidents import Assessment, contradictions
from stock.operations.ledger import lock_home

Row = TypeVar("Row", IncidentAssessment, IncidentDecision, IncidentNote, IncidentAction)
#: A manager looks at a draft within this time.
REVIEW_WITHIN = timedelta(days=2)


class WordsMissing(ValueError):
    """An incident is reported, judged, decided and closed only with words that say what and why."""


class Contradiction(ValueError):
    """Two parts of a judgement cannot both be true."""


class IncidentClosed(ValueError):
    """The incident is closed; it is opened again before anything is added."""

    def __init__(self) -> None:
        super().__init__("this incident is closed: open it again first")


class NotReadyToClose(ValueError):
    """Something must still be said before the incident is closed."""


class CannotMerge(ValueError):
    """Two incidents that cannot become one."""


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody reports. `record_id` is the dose it was opened from, where there is one."""

    id: UUID
    kind: str
    words: str
    happened_at: datetime
    has_reached: bool
    resident_id: int | None = None
    prescription_id: UUID | None = None
    record_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What somebody judges: the scales, how many residents, what contributed, what is learned."""

    id: UUID
    assessment: Assessment
    words: str
    people: int = 1
    factors: Sequence[str] = field(default_factory=tuple)
    learning: str = ""


def draft(*, home_id: int, at: datetime, by: int | None = None) -> int:
    """Write down what the system saw and no incident rests on yet; return how many new incidents there are.

    Evidence near an open incident of the same kind about the same thing is added to it. Each new one raises a task for
    the manager. Safe to run twice and on several hosts: a cause is evidence once, and the home's lock orders the runs.
    The home must be in scope.
    """
    if not _not_yet_evidence(home_id, at):
        return 0
    with transaction.atomic():
        lock_home(home_id)
        # Read again behind the lock: another host's run may have come in between.
        found = _not_yet_evidence(home_id, at)
        new = [_write(home_id, each, at) for each in drafts(found, queries.open_for_evidence(home_id))]
        opened = [each for each in new if each is not None]
        _raise_reviews(home_id, opened, at)
        if found:
            audit.note(action="incidents_drafted", by=by, at=at, home_id=home_id, changes={"incidents": len(opened)})
    return len(opened)


def _not_yet_evidence(home_id: int, at: datetime) -> list[Evidence]:
    return queries.not_evidence(home_id, seen(home_id, at, queries.policy_of(home_id)))


def report(*, home_id: int, said: Report, by: int, at: datetime) -> Incident:
    """Open an incident that somebody reports. The same id twice is one incident. Raises WordsMissing."""
    _needs(said.words, "say what happened, in your own words")
    with transaction.atomic():
        lock_home(home_id)
        if known := Incident.objects.filter(home_id=home_id, pk=said.id).first():
            return known
        incident = Incident.objects.create(
            id=said.id, home_id=home_id, number=_next_number(home_id), kind=said.kind, words=said.words.strip(),
            about=f"reported {said.id}", resident_id=said.resident_id, prescription_id=said.prescription_id,
            happened_at=said.happened_at, reported_at=at, reported_by_id=by,
        )  # fmt: skip
        IncidentEvidence.objects.create(
            home_id=home_id, incident=incident, kind=said.kind, cause=f"reported {said.id}",
            has_reached=said.has_reached, record_id=said.record_id, happened_at=said.happened_at, facts={},
        )  # fmt: skip
        _raise_reviews(home_id, [incident], at)
        audit.note(
            action="incident_reported", by=by, at=at, home_id=home_id, resident_id=said.resident_id, about=incident
        )
    return incident


def assess(*, incident: Incident, judgement: Judgement, by: int, at: datetime) -> IncidentAssessment:
    """Write down how somebody judges an incident; the latest judgement stands.

    Raises WordsMissing, Contradiction and IncidentClosed.
    """
    _needs(judgement.words, "say what happened and why you judge it so")
    if wrong := contradictions(judgement.assessment):
        raise Contradiction(" ".join(wrong))
    scales = asdict(judgement.assessment)
    scales["is_known_to_police"] = scales.pop("are_police_told")
    row = IncidentAssessment(
        id=judgement.id, **scales, people=judgement.people, factors=sorted(set(judgement.factors)),
        words=judgement.words.strip(), learning=judgement.learning.strip(), assessed_at=at, assessed_by_id=by,
    )  # fmt: skip
    return _add(incident, row, "incident_assessed", by, at)


def decide(
    *, decision_id: UUID, incident: Incident, duty: str, is_done: bool, words: str, by: int, at: datetime
) -> IncidentDecision:
    """Write down that a duty was done, or why not. Raises WordsMissing and IncidentClosed."""
    _needs(words, "say whom you told, how and with which reference; or why not")
    advised = next((each.strength for each in queries.advice_on(incident) if each.duty == duty), "not_indicated")
    row = IncidentDecision(
        id=decision_id, duty=duty, is_done=is_done, words=words.strip(), advised=advised, decided_at=at,
        decided_by_id=by,
    )  # fmt: skip
    return _add(incident, row, "incident_decided", by, at)


def note(*, note_id: UUID, incident: Incident, words: str, by: int, at: datetime) -> IncidentNote:
    """Write down what somebody found out or was told. Raises WordsMissing and IncidentClosed."""
    _needs(words, "write down what you found out")
    row = IncidentNote(id=note_id, words=words.strip(), written_at=at, written_by_id=by)
    return _add(incident, row, "incident_noted", by, at)


def plan_action(
    *, action_id: UUID, incident: Incident, words: str, who_id: int, until_on: date, by: int, at: datetime
) -> IncidentAction:
    """Write down what is to be done, by whom and until when. Raises WordsMissing and IncidentClosed."""
    _needs(words, "say what is to be done")
    row = IncidentAction(
        id=action_id, words=words.strip(), who_id=who_id, until_on=until_on, written_at=at, written_by_id=by
    )
    return _add(incident, row, "incident_action_planned", by, at)


def finish_action(*, action: IncidentAction, outcome: str, by: int, at: datetime) -> None:
    """Write down that an action is done and what came of it; done before, the first words stay. Raises WordsMissing."""
    _needs(outcome, "say what was done, and what came of it")
    with transaction.atomic():
        lock_home(action.home_id)
        action.refresh_from_db()
        if action.done_at is not None:
            return
        action.outcome, action.done_at, action.done_by_id = outcome.strip(), at, by
        action.save(update_fields=["outcome", "done_at", "done_by"])
        audit.note(action="incident_action_done", by=by, at=at, home_id=action.home_id, about=action)


def merge(*, incident: Incident, into: Incident, by: int, at: datetime) -> None:
    """Make one incident part of another that stays open: both say the same thing happened.

    What was said of it stays with it and is shown with the other. Raises CannotMerge and IncidentClosed.
    """
    if into.pk == incident.pk or into.home_id != incident.home_id:
        raise CannotMerge("choose another incident of this home")
    with transaction.atomic():
        lock_home(incident.home_id)
        incident.refresh_from_db()
        into.refresh_from_db()
        if incident.merged_into_id == into.pk:
            return
        if into.merged_into_id or incident.merged_into_id:
            raise CannotMerge("one of the two is part of another incident already: choose that one")
        if into.closed_at or incident.closed_at:
            raise IncidentClosed
        # What was merged into the first goes along, so that one step always leads to the incident that stands.
        moved = [incident, *Incident.objects.filter(home_id=incident.home_id, merged_into=incident)]
        for each in moved:
            each.merged_into, each.merged_at, each.merged_by_id = into, at, by
            each.save(update_fields=["merged_into", "merged_at", "merged_by"])
        _close_task(incident, f"Merged into incident {into.number}.", by, at)
        audit.note(
            action="incident_merged", by=by, at=at, home_id=into.home_id, resident_id=incident.resident_id,
            about=incident, changes={"into": str(into.pk)},
        )  # fmt: skip


def close(*, incident: Incident, outcome: str, by: int, at: datetime) -> None:
    """Close an incident with what came of it; closed by a colleague before, their words stay.

    It must have been judged, each duty that is asked for decided, and each action done. Raises WordsMissing and
    NotReadyToClose.
    """
    _needs(outcome, "say what came of it")
    with transaction.atomic():
        lock_home(incident.home_id)
        incident.refresh_from_db()
        if incident.closed_at is not None:
            return
        if missing := queries.still_missing(incident):
            raise NotReadyToClose(" ".join(missing))
        incident.outcome, incident.closed_at, incident.closed_by_id = outcome.strip(), at, by
        incident.save(update_fields=["outcome", "closed_at", "closed_by"])
        _close_task(incident, outcome.strip(), by, at)
        audit.note(
            action="incident_closed", by=by, at=at, home_id=incident.home_id, resident_id=incident.resident_id,
            about=incident,
        )  # fmt: skip


def reopen(*, note_id: UUID, incident: Incident, words: str, by: int, at: datetime) -> None:
    """Open a closed incident again, with a note that says why. Raises WordsMissing."""
    _needs(words, "say why it is opened again")
    with transaction.atomic():
        lock_home(incident.home_id)
        incident.refresh_from_db()
        if incident.closed_at is None:
            return
        closed = {"outcome": incident.outcome, "closed_at": incident.closed_at.isoformat()}
        incident.outcome, incident.closed_at, incident.closed_by = "", None, None
        incident.save(update_fields=["outcome", "closed_at", "closed_by"])
        IncidentNote.objects.create(
            id=note_id,
            home_id=incident.home_id,
            incident=incident,
            words=words.strip(),
            written_at=at,
            written_by_id=by,
        )
        audit.note(
            action="incident_reopened", by=by, at=at, home_id=incident.home_id, about=incident, changes=closed
        )  # fmt: skip


def set_policy(*, home_id: int, figures: Mapping[str, Any], by: int, at: datetime) -> IncidentPolicy:
    """Write down the home's own thresholds; what they were before stands in the audit trail."""
    with transaction.atomic():
        lock_home(home_id)
        policy = queries.policy_of(home_id)
        changes = {}
        for name, figure in figures.items():
            if (before := getattr(policy, name)) != figure:
                changes[name] = [before, figure]
                setattr(policy, name, figure)
        policy.changed_at, policy.changed_by_id = at, by
        policy.save()
        audit.note(action="incident_policy_changed", by=by, at=at, home_id=home_id, about=policy, changes=changes)
    return policy


def _write(home_id: int, found: Draft, at: datetime) -> Incident | None:
    """Write a draft's evidence, and the incident itself where it belongs to none that is open."""
    first = found.evidence[0]
    incident = None
    if found.incident_id is None:
        incident = Incident.objects.create(
            id=uuid7(), home_id=home_id, number=_next_number(home_id), kind=first.kind, about=first.about,
            resident_id=first.resident_id, prescription_id=first.prescription_id, happened_at=first.happened_at,
            reported_at=at,
        )  # fmt: skip
    IncidentEvidence.objects.bulk_create(
        IncidentEvidence(
            home_id=home_id, incident_id=incident.pk if incident else found.incident_id, kind=each.kind,
            cause=each.cause, has_reached=each.has_reached, record_id=each.record_id, happened_at=each.happened_at,
            facts=dict(each.facts),
        )
        for each in found.evidence
    )  # fmt: skip
    return incident


def _next_number(home_id: int) -> int:
    # Under the home's lock, so that two reports at once get two numbers.
    return (Incident.objects.filter(home_id=home_id).aggregate(last=Max("number"))["last"] or 0) + 1


def _raise_reviews(home_id: int, opened: Sequence[Incident], at: datetime) -> None:
    raise_tasks(
        home_id=home_id,
        causes=[
            Cause(
                kind=Task.Kind.REVIEW_INCIDENT, cause=str(each.pk), due_at=at + REVIEW_WITHIN,
                resident_id=each.resident_id, facts={"number": each.number, "kind": each.kind},
            )
            for each in opened
        ],
        at=at, by=None,
    )  # fmt: skip


def _close_task(incident: Incident, outcome: str, by: int, at: datetime) -> None:
    if tasks := queries.open_tasks(incident):
        close_tasks(tasks=tasks, outcome=outcome, by=by, at=at)


def _add(incident: Incident, row: Row, action: str, by: int, at: datetime) -> Row:
    """Write one act on an open incident, once for its id."""
    with transaction.atomic():
        lock_home(incident.home_id)
        if known := type(row).objects.filter(home_id=incident.home_id, pk=row.pk).first():
            return known
        incident.refresh_from_db()
        if incident.closed_at is not None:
            raise IncidentClosed
        row.home_id, row.incident = incident.home_id, incident
        row.save(force_insert=True)
        audit.note(
            action=action, by=by, at=at, home_id=incident.home_id, resident_id=incident.resident_id, about=incident
        )
    return row


def _needs(words: str, asked: str) -> None:
    if not words.strip():
        raise WordsMissing(asked)

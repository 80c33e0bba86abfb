"""Which incidents a home has, and everything known of one: evidence, judgements, duties, actions, notes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Exists, Max, OuterRef, Prefetch, Q, QuerySet

from emar.models import Task
from quality.models import (
    Incident,
    IncidentAction,
    IncidentAssessment,
    IncidentDecision,
    IncidentEvidence,
    IncidentNote,
    IncidentPolicy,
)
from quality.rules.drafting import Evidence, OpenIncident
from quality.rules.incidents import NEAR_MISSES, Advice, Assessment, Thresholds, advice, undecided

#: Closed incidents are listed this far back.
LISTED_FOR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class ListedIncident:
    """One line of the list: the incident, its standing judgement, and whether it reached the person.

    `has_reached` is what somebody judged; before that, what the evidence says.
    """

    incident: Incident
    assessment: IncidentAssessment | None
    has_reached: bool
    open_actions: int

    @property
    def is_draft(self) -> bool:
        """Whether nobody has judged it yet."""
        return self.assessment is None


@dataclass(frozen=True, slots=True)
class WholeIncident:
    """Everything known of one incident, with what was merged into it."""

    listed: ListedIncident
    merged: tuple[Incident, ...]
    evidence: tuple[IncidentEvidence, ...]
    assessments: tuple[IncidentAssessment, ...]
    decisions: tuple[IncidentDecision, ...]
    actions: tuple[IncidentAction, ...]
    notes: tuple[IncidentNote, ...]
    advice: tuple[Advice, ...]
    repeats: int
    policy: IncidentPolicy

    @property
    def incident(self) -> Incident:
        """The incident itself."""
        return self.listed.incident

    @property
    def missing(self) -> list[str]:
        """What must be said before it can be closed, as `still_missing` has it."""
        decided = frozenset(each.duty for each in self.decisions if each.incident_id == self.incident.pk)
        return _missing(self.listed.assessment, self.advice, decided, self.listed.open_actions)


def policy_of(home_id: int) -> IncidentPolicy:
    """Return the home's thresholds; those that nobody has saved yet are the usual ones and have no id."""
    found = IncidentPolicy.objects.filter(home_id=home_id).select_related("changed_by").first()
    return found or IncidentPolicy(home_id=home_id)


def thresholds(policy: IncidentPolicy) -> Thresholds:
    """Return a home's thresholds as the rules read them."""
    return Thresholds(policy.refer_from, policy.people_to_refer, policy.repeats_to_consider, policy.repeat_days)


def not_evidence(home_id: int, found: Sequence[Evidence]) -> list[Evidence]:
    """Return the facts among these that no incident rests on yet. One statement."""
    if not found:
        return []
    kept = IncidentEvidence.objects.filter(home_id=home_id, cause__in={each.cause for each in found})
    known = set(kept.values_list("kind", "cause"))
    return [each for each in found if (each.kind, each.cause) not in known]


def open_for_evidence(home_id: int) -> list[OpenIncident]:
    """Return the open incidents that the system may still add evidence to, with the instant of their last."""
    found = Incident.objects.filter(home_id=home_id, closed_at__isnull=True, merged_into__isnull=True)
    last = found.annotate(last_at=Max("incidentevidence__happened_at"))
    return [
        OpenIncident(each.pk, each.kind, each.about, each.last_at or each.happened_at)
        for each in last.only("kind", "about", "happened_at")
    ]


def incidents(home_id: int, now: datetime, *, is_open: bool = True) -> list[ListedIncident]:
    """Return the incidents that are open, or those closed in the last year: the latest first. Two statements."""
    found = _with_people(Incident.objects.filter(home_id=home_id, merged_into__isnull=True))
    wanted = {"closed_at__isnull": True} if is_open else {"closed_at__gte": now - LISTED_FOR}
    found = found.filter(**wanted)
    return [_listed(each) for each in found.order_by("-happened_at", "-id")]


def incident(home_id: int, incident_id: UUID) -> Incident | None:
    """Return one incident of the home, or None."""
    return Incident.objects.filter(home_id=home_id, pk=incident_id).select_related("resident").first()


def of_record(home_id: int, record_id: UUID) -> Incident | None:
    """Return the incident that rests on a dose record, None where none does; of a merged one, the one that stands."""
    found = Incident.objects.filter(home_id=home_id, incidentevidence__record_id=record_id)
    first = found.select_related("merged_into").order_by("reported_at").first()
    return first.merged_into or first if first else None


def of_discrepancy(home_id: int, discrepancy_id: UUID) -> Incident | None:
    """Return the incident that rests on a difference of the CD register, None where none does. One statement.

    Of a merged one it is the one that stands.
    """
    found = Incident.objects.filter(home_id=home_id, incidentevidence__cause=f"discrepancy {discrepancy_id}")
    first = found.select_related("merged_into").order_by("reported_at").first()
    return first.merged_into or first if first else None


def whole(home_id: int, incident_id: UUID) -> WholeIncident | None:
    """Return everything known of one incident of the home, or None, in a constant number of statements."""
    found = _with_people(Incident.objects.filter(home_id=home_id, pk=incident_id)).first()
    if found is None:
        return None
    merged = tuple(Incident.objects.filter(home_id=home_id, merged_into=found).order_by("happened_at"))
    of_all = {"home_id": home_id, "incident_id__in": [found.pk, *(each.pk for each in merged)]}
    policy = policy_of(home_id)
    repeats = reached_since(home_id, found.happened_at, policy.repeat_days)
    listed = _listed(found)
    evidence = IncidentEvidence.objects.filter(**of_all).select_related("record__prescription__medicine")
    actions = IncidentAction.objects.filter(**of_all).select_related("who", "written_by", "done_by")
    return WholeIncident(
        listed=listed,
        merged=merged,
        evidence=tuple(evidence.order_by("happened_at", "id")),
        assessments=tuple(_by(IncidentAssessment.objects.filter(**of_all), "assessed")),
        decisions=tuple(_by(IncidentDecision.objects.filter(**of_all), "decided")),
        actions=tuple(actions.order_by("until_on", "id")),
        notes=tuple(_by(IncidentNote.objects.filter(**of_all), "written")),
        advice=tuple(_advice(listed.assessment, repeats, policy)),
        repeats=repeats,
        policy=policy,
    )


def reached_since(home_id: int, until: datetime, days: int) -> int:
    """Return how many incidents of the home reached a resident in the days up to an instant, that one included."""
    found = Incident.objects.filter(
        home_id=home_id, merged_into__isnull=True, happened_at__gt=until - timedelta(days=days), happened_at__lte=until
    )
    return sum(1 for each in _with_people(found) if _listed(each).has_reached)


def latest_assessment(incident: Incident) -> IncidentAssessment | None:
    """Return the judgement that stands, or None."""
    found = IncidentAssessment.objects.filter(home_id=incident.home_id, incident=incident)
    return found.order_by("-assessed_at", "-id").first()


def decisions(incident: Incident) -> QuerySet[IncidentDecision]:
    """Return what was decided about the duties of an incident."""
    return IncidentDecision.objects.filter(home_id=incident.home_id, incident=incident)


def open_actions(incident: Incident) -> int:
    """Return how many actions of an incident are not done."""
    return IncidentAction.objects.filter(home_id=incident.home_id, incident=incident, done_at__isnull=True).count()


def action(home_id: int, incident_id: UUID, action_id: UUID) -> IncidentAction | None:
    """Return one action of an incident of the home, also one of an incident merged into it, or None."""
    found = IncidentAction.objects.filter(home_id=home_id, pk=action_id)
    return found.filter(Q(incident_id=incident_id) | Q(incident__merged_into_id=incident_id)).first()


def open_tasks(incident: Incident) -> list[Task]:
    """Return the open task to review an incident, if there is one."""
    kind = Task.Kind.REVIEW_INCIDENT
    return list(
        Task.objects.filter(home_id=incident.home_id, kind=kind, cause=str(incident.pk), closed_at__isnull=True)
    )


def advice_on(incident: Incident) -> list[Advice]:
    """Return what the duties ask for as the incident is judged now; nothing before anybody has judged it."""
    policy = policy_of(incident.home_id)
    repeats = reached_since(incident.home_id, incident.happened_at, policy.repeat_days)
    return _advice(latest_assessment(incident), repeats, policy)


def still_missing(incident: Incident) -> list[str]:
    """Return what must be said before this incident can be closed, in words; empty when nothing is."""
    decided = frozenset(decisions(incident).values_list("duty", flat=True))
    return _missing(latest_assessment(incident), advice_on(incident), decided, open_actions(incident))


def _missing(
    judged: IncidentAssessment | None, asked_for: Sequence[Advice], decided: frozenset[str], number: int
) -> list[str]:
    if judged is None:
        return ["Judge it first: how far it got, and what harm there was."]
    missing = []
    if asked := undecided(asked_for, decided):
        duties = ", ".join(each.duty.replace("_", " ").replace("cqc", "CQC") for each in asked)
        missing.append(f"Write down what was decided about: {duties}.")
    if number:
        missing.append("An action is not done yet." if number == 1 else f"{number} actions are not done yet.")
    return missing


def counts(home_id: int) -> tuple[int, int]:
    """Return how many incidents are open, and how many of them nobody has judged yet. One statement."""
    judged = IncidentAssessment.objects.filter(incident=OuterRef("pk"))
    found = Incident.objects.filter(home_id=home_id, closed_at__isnull=True, merged_into__isnull=True)
    totals = found.aggregate(all=Count("pk"), drafts=Count("pk", filter=~Exists(judged)))
    return totals["all"], totals["drafts"]


def _advice(found: IncidentAssessment | None, repeats: int, policy: IncidentPolicy) -> list[Advice]:
    if found is None:
        return []
    judged = Assessment(
        merp=found.merp,
        physical=found.physical,
        psychological=found.psychological,
        is_lasting=found.is_lasting,
        is_abuse_alleged=found.is_abuse_alleged,
        are_police_told=found.is_known_to_police,
    )
    return advice(judged, people=found.people, repeats=repeats, thresholds=thresholds(policy))


def _with_people(found: QuerySet[Incident]) -> QuerySet[Incident]:
    judged = IncidentAssessment.objects.order_by("-assessed_at", "-id")
    return (
        found.select_related("resident", "prescription__medicine", "reported_by", "closed_by", "merged_into")
        .annotate(
            reached=Exists(IncidentEvidence.objects.filter(incident=OuterRef("pk"), has_reached=True)),
            actions_open=Count("incidentaction", filter=Q(incidentaction__done_at__isnull=True), distinct=True),
        )
        .prefetch_related(Prefetch("incidentassessment_set", judged, to_attr="judged"))
    )


def _listed(found: Incident) -> ListedIncident:
    latest = found.judged[0] if found.judged else None
    reached = latest.merp not in NEAR_MISSES if latest else found.reached
    return ListedIncident(found, latest, reached, found.actions_open)


def _by(found: QuerySet, act: str) -> QuerySet:
    """Give the acts of people on an incident in the order in which they were written, each with its person."""
    return found.select_related(f"{act}_by").order_by(f"{act}_at", "id")

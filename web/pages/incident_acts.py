"""What is said and done about an incident: reporting, judging, deciding, acting, merging, closing, and the policy."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from emar.queries import competencies, dose_record, residents
from emar.queries.homes import HomeOfStaff
from emar.rules.wall_clock import local_day
from quality.operations import incidents as operations
from quality.queries import incidents as queries
from quality.queries.incidents import WholeIncident
from quality.rules.drafting import kind_of_given
from quality.rules.incidents import (
    DUTY_WORDS,
    FACTORS,
    KIND_WORDS,
    MERP,
    PHYSICAL,
    PSYCHOLOGICAL,
    STRENGTH_WORDS,
    Assessment,
    Kind,
    contradictions,
)
from web.access import MANAGERS, SENIORS, WORKING, for_roles
from web.desk_form import (
    ActForm,
    DeskForm,
    as_meant,
    data_of,
    day_field,
    form_page,
    instant_field,
    is_done,
    words_field,
)
from web.incident_words import heading, record_facts
from web.pages.incidents import incident_or_404
from web.pages.residents import note_read

REACHED = [
    ("yes", "It reached the resident, or a dose was missed"),
    ("no", "It was stopped before the resident: a near miss"),
]
#: The system drafts these by itself; somebody who reports one chooses what went wrong.
NOT_REPORTED = {Kind.WRONG_PACK_REPEATED, Kind.CRITICAL_MISSED}
ACTS_TOGETHER = {operations.IncidentClosed: None, operations.WordsMissing: None}


class ReportForm(ActForm):
    """What somebody reports."""

    kind = forms.ChoiceField(
        label="What went wrong, or nearly",
        choices=[
            ("", "Choose"),
            *((str(kind), words) for kind, words in KIND_WORDS.items() if kind not in NOT_REPORTED),
        ],
    )
    reached = forms.ChoiceField(label="How far it got", choices=REACHED, widget=forms.RadioSelect)
    resident = forms.TypedChoiceField(label="Which resident", required=False, coerce=int, empty_value=None)
    happened_at = instant_field("When it happened, or was noticed")
    words = words_field(
        "What happened", rows=5, help_text="Facts only: what, where, when. Name no colleague; nobody is blamed."
    )

    def clean_happened_at(self) -> datetime | None:
        """Refuse a time that has not come."""
        happened_at = as_meant(self.cleaned_data["happened_at"], timezone.now())
        if happened_at and happened_at > timezone.now():
            raise forms.ValidationError("Enter a time that has come")
        return happened_at


@for_roles(WORKING)
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Report an incident; opened from a dose record, everything that the record knows is filled in."""
    now = timezone.now()
    record = _record_of(request, here)
    if record is not None and (known := queries.of_record(here.home_id, record.pk)) and here.role in SENIORS:
        messages.success(request, f"This dose is part of incident {known.number} already.")
        return redirect("web:incident", known.pk)
    form = ReportForm(**data_of(request), initial=_known_of(record, now))
    people = [(each.resident.pk, each.resident.full_name) for each in residents.residents(here.home_id, now)]
    if record is not None and record.resident_id not in dict(people):
        people.append((record.resident_id, record.resident.full_name))
    form.fields["resident"].choices = [("", "Nobody, or several"), *people]

    def act(said: dict[str, Any]) -> None:
        told = operations.Report(
            id=said["id"], kind=said["kind"], words=said["words"], happened_at=said["happened_at"],
            has_reached=said["reached"] == "yes", resident_id=said["resident"],
            prescription_id=record.prescription_id if record and record.resident_id == said["resident"] else None,
            record_id=record.pk if record else None,
        )  # fmt: skip
        operations.report(home_id=here.home_id, said=told, by=request.user.pk, at=now)

    if is_done(request, form, act, {operations.WordsMissing: "words"}):
        messages.success(request, "Reported. Thank you: a manager looks at it, and nobody is blamed for reporting.")
        if here.role in SENIORS:
            return redirect("web:incident", form.cleaned_data["id"])
        return redirect("web:today")
    back = reverse("web:dose", args=[record.pk]) if record else reverse("web:today")
    return form_page(request, form, heading="Report an incident", button="Report", back=back)


def _record_of(request: HttpRequest, here: HomeOfStaff) -> Any | None:
    try:
        asked = UUID(request.GET.get("record", ""))
    except ValueError:
        return None
    found = dose_record.dose_record(here.home_id, asked)
    if found is None:
        raise Http404("this home has no such record")
    note_read(request, here, found.record.resident_id, "incident")
    return found.record


def _known_of(record: Any | None, now: datetime) -> dict[str, Any]:
    if record is None:
        return {"happened_at": now}
    codes = [each.get("code") for each in record.findings]
    return {
        "kind": kind_of_given(codes) or (Kind.MISSED if record.outcome == "not_recorded" else ""),
        "reached": "yes",
        "resident": record.resident_id,
        "happened_at": record.given_at,
        "words": record_facts(record),
    }


class JudgeForm(ActForm):
    """How far it got, what harm there was, what contributed, what is learned."""

    sections = {
        "Harm": ("merp", "physical", "psychological", "is_lasting"),
        "What the law asks about": ("people", "is_abuse_alleged", "are_police_told"),
        "Why, and what is learned": ("words", "factors", "learning"),
    }
    merp = forms.ChoiceField(
        label="Category (NCC MERP)", widget=forms.RadioSelect, choices=[(k, f"{k}: {v}") for k, v in MERP.items()]
    )
    physical = forms.ChoiceField(
        label="Physical harm (LFPSE)", widget=forms.RadioSelect, choices=list(PHYSICAL.items())
    )
    psychological = forms.ChoiceField(
        label="Psychological harm (LFPSE)", widget=forms.RadioSelect, choices=list(PSYCHOLOGICAL.items())
    )
    is_lasting = forms.BooleanField(
        label="The harm lasted, or will, 28 days or more, or was treated to prevent that", required=False
    )
    people = forms.IntegerField(label="How many residents it concerns", min_value=1, max_value=999, initial=1)
    is_abuse_alleged = forms.BooleanField(label="Somebody says it was abuse or neglect", required=False)
    are_police_told = forms.BooleanField(label="The police were told, or are investigating", required=False)
    words = words_field("What happened, and why you judge it so", rows=5)
    factors = forms.MultipleChoiceField(
        label="What contributed", required=False, widget=forms.CheckboxSelectMultiple, choices=list(FACTORS.items())
    )
    learning = words_field("What is learned", required=False)

    def clean(self) -> dict[str, Any]:
        """Tell what in the judgement cannot both be true."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            for words in contradictions(_assessment(said)):
                self.add_error("merp", words)
        return said


def _assessment(said: Mapping[str, Any]) -> Assessment:
    names = ("merp", "physical", "psychological", "is_lasting", "is_abuse_alleged", "are_police_told")
    return Assessment(**{name: said[name] for name in names})


@for_roles(MANAGERS)
@require_http_methods(["GET", "POST"])
def judge(request: HttpRequest, here: HomeOfStaff, incident_id: UUID) -> HttpResponse:
    """Judge an incident, or judge it again: the latest judgement stands."""
    found = incident_or_404(here, incident_id)
    now, latest = timezone.now(), found.listed.assessment
    initial: dict[str, Any] = {"words": found.incident.words}
    if latest is not None:
        names = ("merp", "physical", "psychological", "is_lasting", "is_abuse_alleged", "people", "factors", "learning")
        initial = {name: getattr(latest, name) for name in names} | {"are_police_told": latest.is_known_to_police}
    form = JudgeForm(**data_of(request), initial=initial)

    def act(said: dict[str, Any]) -> None:
        judgement = operations.Judgement(
            id=said["id"], assessment=_assessment(said), words=said["words"], people=said["people"],
            factors=said["factors"], learning=said["learning"],
        )  # fmt: skip
        operations.assess(incident=found.incident, judgement=judgement, by=request.user.pk, at=now)

    refusals = {operations.Contradiction: "merp", operations.WordsMissing: "words", operations.IncidentClosed: None}
    return _act_page(
        request, found, form, act, refusals, title="Judge this incident", button="This is my judgement",
        said="Judged. What the duties ask for stands below.",
    )  # fmt: skip


class DecideForm(ActForm):
    """Whether a duty was done."""

    is_done = forms.ChoiceField(
        label="What was decided", widget=forms.RadioSelect, choices=[("yes", "It is done"), ("no", "It is not done")]
    )
    words = words_field(
        "Who was told, when, how, with which reference; or why not", help_text="An inspector will ask for this."
    )


@for_roles(MANAGERS)
@require_http_methods(["GET", "POST"])
def decide(request: HttpRequest, here: HomeOfStaff, incident_id: UUID, duty: str) -> HttpResponse:
    """Write down what was decided about one duty."""
    found = incident_or_404(here, incident_id)
    if duty not in DUTY_WORDS:
        raise Http404("no such duty")
    form = DecideForm(**data_of(request))

    def act(said: dict[str, Any]) -> None:
        operations.decide(
            decision_id=said["id"], incident=found.incident, duty=duty, is_done=said["is_done"] == "yes",
            words=said["words"], by=request.user.pk, at=timezone.now(),
        )  # fmt: skip

    asked = next((each for each in found.advice if each.duty == duty), None)
    words = f"{STRENGTH_WORDS[asked.strength]}: {' '.join(asked.reasons)}" if asked else "Nobody has judged it yet."
    return _act_page(
        request, found, form, act, ACTS_TOGETHER, title=DUTY_WORDS[duty], button="Write it down",  # type: ignore[index]
        said="Written down.", words=words,
    )  # fmt: skip


class NoteForm(ActForm):
    """What somebody found out."""

    words = words_field("What you found out, or were told", rows=5)


@for_roles(SENIORS)
@require_http_methods(["GET", "POST"])
def note(request: HttpRequest, here: HomeOfStaff, incident_id: UUID) -> HttpResponse:
    """Write down what was found out."""
    found = incident_or_404(here, incident_id)

    def act(said: dict[str, Any]) -> None:
        operations.note(
            note_id=said["id"], incident=found.incident, words=said["words"], by=request.user.pk, at=timezone.now()
        )

    form = NoteForm(**data_of(request))
    return _act_page(
        request, found, form, act, ACTS_TOGETHER, title="Add a note", button="Write it down", said="Written down."
    )


class ActionForm(ActForm):
    """Something to be done so that it does not happen again."""

    words = words_field("What is to be done")
    who = forms.TypedChoiceField(label="By whom", coerce=int)
    until_on = day_field("By when")


@for_roles(MANAGERS)
@require_http_methods(["GET", "POST"])
def plan_action(request: HttpRequest, here: HomeOfStaff, incident_id: UUID) -> HttpResponse:
    """Write down what is to be done, by whom and by when."""
    found, now = incident_or_404(here, incident_id), timezone.now()
    form = ActionForm(**data_of(request), initial={"until_on": local_day(now) + timedelta(days=14)})
    staff = {line.person.pk: line.person.full_name for line in competencies.staff_of(here.home_id, now)}
    form.fields["who"].choices = [("", "Choose"), *staff.items()]

    def act(said: dict[str, Any]) -> None:
        operations.plan_action(
            action_id=said["id"], incident=found.incident, words=said["words"], who_id=said["who"],
            until_on=said["until_on"], by=request.user.pk, at=now,
        )  # fmt: skip

    return _act_page(
        request, found, form, act, ACTS_TOGETHER, title="Plan an action", button="Plan it", said="Planned."
    )


class OutcomeForm(DeskForm):
    """What came of something."""

    outcome = words_field("What was done, and what came of it")


@for_roles(SENIORS)
@require_http_methods(["GET", "POST"])
def finish_action(request: HttpRequest, here: HomeOfStaff, incident_id: UUID, action_id: UUID) -> HttpResponse:
    """Write down that an action is done."""
    found = incident_or_404(here, incident_id)
    action = queries.action(here.home_id, incident_id, action_id)
    if action is None:
        raise Http404("no such action")

    def act(said: dict[str, Any]) -> None:
        operations.finish_action(action=action, outcome=said["outcome"], by=request.user.pk, at=timezone.now())

    form = OutcomeForm(**data_of(request))
    return _act_page(
        request, found, form, act, {operations.WordsMissing: "outcome"}, title="Action done", button="It is done",
        said="Done.", words=action.words,
    )  # fmt: skip


class MergeForm(DeskForm):
    """Which incident this one is part of."""

    into = forms.TypedChoiceField(label="It is part of", coerce=UUID, widget=forms.RadioSelect)


@for_roles(MANAGERS)
@require_http_methods(["GET", "POST"])
def merge(request: HttpRequest, here: HomeOfStaff, incident_id: UUID) -> HttpResponse:
    """Make this incident part of another one that is open."""
    found, now = incident_or_404(here, incident_id), timezone.now()
    others = [each.incident for each in queries.incidents(here.home_id, now) if each.incident.pk != incident_id]
    form = MergeForm(**data_of(request))
    form.fields["into"].choices = [
        (str(each.pk), f"{heading(each)}{f', {each.resident.full_name}' if each.resident else ''}") for each in others
    ]

    def act(said: dict[str, Any]) -> None:
        into = next(each for each in others if each.pk == said["into"])
        operations.merge(incident=found.incident, into=into, by=request.user.pk, at=now)

    refusals = {operations.CannotMerge: "into", operations.IncidentClosed: None}
    words = "Both stay as they were written; from now on they are looked at and closed together."
    if not others:
        words = "No other incident is open."
    return _act_page(
        request, found, form, act, refusals, title="Part of another incident", button="Merge", words=words,
        said="Merged.",
    )  # fmt: skip


@for_roles(MANAGERS)
@require_http_methods(["GET", "POST"])
def close(request: HttpRequest, here: HomeOfStaff, incident_id: UUID) -> HttpResponse:
    """Close an incident with what came of it."""
    found = incident_or_404(here, incident_id)
    form = OutcomeForm(**data_of(request))
    form.fields["outcome"].label = "What came of it"

    def act(said: dict[str, Any]) -> None:
        operations.close(incident=found.incident, outcome=said["outcome"], by=request.user.pk, at=timezone.now())

    refusals = {operations.NotReadyToClose: None, operations.WordsMissing: "outcome"}
    return _act_page(
        request, found, form, act, refusals, title="Close this incident", button="Close", said="Closed.",
        words=" ".join(found.missing),
    )  # fmt: skip


@for_roles(MANAGERS)
@require_http_methods(["GET", "POST"])
def reopen(request: HttpRequest, here: HomeOfStaff, incident_id: UUID) -> HttpResponse:
    """Open a closed incident again."""
    found = incident_or_404(here, incident_id)
    form = NoteForm(**data_of(request))
    form.fields["words"].label = "Why it is opened again"

    def act(said: dict[str, Any]) -> None:
        operations.reopen(
            note_id=said["id"], incident=found.incident, words=said["words"], by=request.user.pk, at=timezone.now()
        )

    return _act_page(
        request, found, form, act, {operations.WordsMissing: "words"}, title="Open it again", button="Open it again",
        said="Open again.",
    )  # fmt: skip


class PolicyForm(DeskForm):
    """The home's thresholds."""

    sections = {
        "Safeguarding": ("refer_from", "people_to_refer", "repeats_to_consider", "repeat_days"),
        "What the system drafts": ("stops_to_draft", "stop_days"),
    }
    refer_from = forms.ChoiceField(
        label="Harm from which a concern is raised", widget=forms.RadioSelect,
        choices=[("low", "Low harm"), ("moderate", "Moderate harm"), ("severe", "Severe harm")],
    )  # fmt: skip
    people_to_refer = forms.IntegerField(
        label="Residents in one incident from which a concern is raised", min_value=2, max_value=20
    )
    repeats_to_consider = forms.IntegerField(
        label="Incidents that reached residents before a concern is considered", min_value=2, max_value=50
    )
    repeat_days = forms.IntegerField(label="Within so many days", min_value=7, max_value=365)
    stops_to_draft = forms.IntegerField(
        label="Wrong packs scanned for one medicine before an incident is drafted", min_value=1, max_value=50
    )
    stop_days = forms.IntegerField(label="Within so many days", min_value=1, max_value=14)


@for_roles(MANAGERS)
@require_http_methods(["GET", "POST"])
def policy(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Show and change the home's thresholds for incidents."""
    kept = queries.policy_of(here.home_id)
    form = PolicyForm(**data_of(request), initial={name: getattr(kept, name) for name in PolicyForm.base_fields})

    def act(said: dict[str, Any]) -> None:
        operations.set_policy(home_id=here.home_id, figures=said, by=request.user.pk, at=timezone.now())

    if is_done(request, form, act):
        messages.success(request, "Saved. It holds from now on, also for incidents that are open.")
        return redirect("web:incidents")
    return form_page(
        request, form, heading="Incident policy", button="Save", back=reverse("web:incidents"),
        words="No law fixes these figures: agree them with the council’s safeguarding team.",
    )  # fmt: skip


def _act_page(
    request: HttpRequest,
    found: WholeIncident,
    form: forms.Form,
    act: Callable[[dict[str, Any]], object],
    refusals: Mapping[type[Exception], str | None],
    *,
    title: str,
    button: str,
    said: str,
    words: str = "",
) -> HttpResponse:
    """Show the form of one act on an incident under the incident's own words, and do it."""
    back = reverse("web:incident", args=[found.incident.pk])
    if is_done(request, form, act, refusals):
        messages.success(request, said)
        return redirect(back)
    return form_page(
        request, form, heading=title, button=button, back=back, words=words, template="incidents/act.html", whole=found
    )  # fmt: skip

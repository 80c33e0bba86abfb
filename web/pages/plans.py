"""Plans that change how doses are given: covert, crushing, by themselves; and starting a homely remedy."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods
from uuid_utils.compat import uuid7

from emar.operations import plans as operations
from emar.queries import plans as queries
from emar.queries import transfers
from emar.queries.homes import HomeOfStaff
from emar.rules.wall_clock import local_day
from web.access import READERS, SENIORS, WORKING, for_roles
from web.desk_form import ActForm, DeskForm, banner, data_of, day_field, form_page, is_done, words_field
from web.pages.residents import resident_or_404

SUPPORT = [
    ("alone", "Takes and keeps them alone"),
    ("prompted", "Keeps them; staff prompt"),
    ("made_available", "Staff keep them and make them available"),
]
YES_NO = [("yes", "Yes"), ("no", "No")]


class CovertForm(ActForm):
    """A best-interests decision."""

    sections = {
        "Capacity": ("capacity_assessed_on", "capacity_assessed_by"),
        "Best interests": ("decided_on", "decided_with", "decision"),
        "Review": ("review_on",),
    }
    capacity_assessed_on = day_field("Capacity assessed on")
    capacity_assessed_by = forms.CharField(
        label="Assessed by", max_length=200, help_text="The assessment is about this decision, not in general."
    )
    decided_on = day_field("Decided on")
    decided_with = words_field(
        "Decided together with", rows=2, help_text="GP, pharmacist, family or advocate, staff: by name."
    )
    decision = words_field("What was decided, and why", help_text="Also what was tried before.")
    review_on = day_field("Review on")


class BySelfForm(ActForm):
    """A risk assessment of somebody looking after their own medicines."""

    prescription = forms.ChoiceField(label="Which medicine", required=False)
    support = forms.ChoiceField(label="Support", widget=forms.RadioSelect, choices=SUPPORT)
    assessment = words_field("Risks found, and what is done about them")
    storage = forms.CharField(label="Where they are kept", max_length=300)
    assessed_on = day_field("Assessed on")
    review_on = day_field("Review on")


class AdviceForm(ActForm):
    """A pharmacist's word on one medicine."""

    prescription = forms.ChoiceField(label="Which medicine")
    about = forms.ChoiceField(
        label="About", widget=forms.RadioSelect,
        choices=[("crushing", "Crushing or opening it"), ("covert", "Giving it covertly")],
    )  # fmt: skip
    is_allowed = forms.ChoiceField(label="May it be done?", widget=forms.RadioSelect, choices=YES_NO)
    method = words_field("How, in the pharmacist’s words; or why not", rows=2)
    pharmacist = forms.CharField(label="Pharmacist", max_length=200, help_text="By name and pharmacy.")
    advised_on = day_field("Advised on")


class EndForm(DeskForm):
    """Why a plan ends."""

    reason = words_field("Why it ends", rows=2)


@for_roles(READERS)
@require_GET
def plans_page(request: HttpRequest, here: HomeOfStaff, resident_id: int) -> HttpResponse:
    """Show a resident's plans, those that stand and those that ended."""
    line = resident_or_404(request, here, resident_id, "plans")
    now = timezone.now()
    context = {
        "plans": queries.plans_of(here.home_id, [resident_id])[resident_id],
        "remedies": queries.remedies(here.home_id),
        "mine": {each.remedy.pk for each in queries.remedies(here.home_id) if each.is_for(request.user.pk)},
        "may_write": here.role in SENIORS,
        "today": local_day(now),
        "heading": "Plans",
    }
    return render(request, "plans/plans.html", context | banner(line, now))


def _medicines(home_id: int, resident_id: int) -> list[tuple[str, str]]:
    found = transfers.active_prescriptions(home_id, resident_id, timezone.now())
    return [(str(each.pk), f"{each.medicine.name}. {each.dose_words}") for each in found]


@for_roles(SENIORS)
@require_http_methods(["GET", "POST"])
def write_covert(request: HttpRequest, here: HomeOfStaff, resident_id: int) -> HttpResponse:
    """Write a covert plan."""
    line = resident_or_404(request, here, resident_id, "plans")
    form = CovertForm(**data_of(request))

    def act(said: dict[str, Any]) -> None:
        operations.write_covert_plan(
            resident=line.resident, plan=operations.Covert(**said), by=request.user.pk, at=timezone.now()
        )

    if is_done(request, form, act, {operations.ReviewDayPassed: "review_on"}):
        messages.success(request, "The plan stands. Ask the pharmacist about each medicine, and write the answer down.")
        return redirect("web:plans", resident_id)
    words = "The last resort. Without a capacity assessment and a best-interests decision it is unlawful."
    return _plan_page(request, form, line, "Covert plan", words)


@for_roles(SENIORS)
@require_http_methods(["GET", "POST"])
def write_by_self(request: HttpRequest, here: HomeOfStaff, resident_id: int) -> HttpResponse:
    """Write that a resident looks after medicines of their own."""
    line = resident_or_404(request, here, resident_id, "plans")
    form = BySelfForm(**data_of(request))
    form.fields["prescription"].choices = [("", "All of them"), *_medicines(here.home_id, resident_id)]

    def act(said: dict[str, Any]) -> None:
        chosen = said.pop("prescription")
        plan = operations.BySelf(**said, prescription_id=UUID(chosen) if chosen else None)
        operations.write_self_administration(resident=line.resident, plan=plan, by=request.user.pk, at=timezone.now())

    if is_done(request, form, act, {operations.ReviewDayPassed: "review_on"}):
        messages.success(request, "The plan stands.")
        return redirect("web:plans", resident_id)
    return _plan_page(request, form, line, "Takes medicines by themselves", "")


@for_roles(SENIORS)
@require_http_methods(["GET", "POST"])
def record_advice(request: HttpRequest, here: HomeOfStaff, resident_id: int) -> HttpResponse:
    """Write down what a pharmacist said of one medicine."""
    line = resident_or_404(request, here, resident_id, "plans")
    form = AdviceForm(**data_of(request))
    form.fields["prescription"].choices = [("", "Choose"), *_medicines(here.home_id, resident_id)]

    def act(said: dict[str, Any]) -> None:
        chosen, is_allowed = UUID(said.pop("prescription")), said.pop("is_allowed") == "yes"
        advice = operations.Advice(**said, prescription_id=chosen, is_allowed=is_allowed)
        operations.record_advice(resident=line.resident, advice=advice, by=request.user.pk, at=timezone.now())

    if is_done(request, form, act):
        messages.success(request, "The advice is recorded.")
        return redirect("web:plans", resident_id)
    words = "Never crush or open a medicine without a pharmacist’s word on that very medicine."
    return _plan_page(request, form, line, "Pharmacist’s advice", words)


def _plan_page(request: HttpRequest, form: Any, line: Any, heading: str, words: str) -> HttpResponse:
    back = reverse("web:plans", args=[line.resident.pk])
    return form_page(request, form, heading=heading, button="Save", back=back, line=line, words=words)


@for_roles(SENIORS)
@require_http_methods(["GET", "POST"])
def end_plan(request: HttpRequest, here: HomeOfStaff, resident_id: int, plan_id: UUID) -> HttpResponse:
    """End a plan, with a reason."""
    line = resident_or_404(request, here, resident_id, "plans")
    plan = queries.plan(here.home_id, resident_id, plan_id)
    if plan is None:
        raise Http404("no such plan of this resident")
    form = EndForm(**data_of(request))

    def act(said: dict[str, Any]) -> None:
        operations.end_plan(plan=plan, reason=said["reason"], by=request.user.pk, at=timezone.now())

    if is_done(request, form, act, {operations.EndReasonMissing: "reason"}):
        messages.success(request, "The plan has ended, and stays readable.")
        return redirect("web:plans", resident_id)
    back = reverse("web:plans", args=[resident_id])
    return form_page(request, form, heading="End a plan", button="End this plan", back=back, line=line)


@for_roles(WORKING)
@require_http_methods(["GET", "POST"])
def start_remedy(request: HttpRequest, here: HomeOfStaff, resident_id: int, remedy_id: UUID) -> HttpResponse:
    """Show a homely remedy's protocol, and start it for a resident."""
    line = resident_or_404(request, here, resident_id, "plans")
    chosen = queries.remedy(here.home_id, remedy_id)
    if chosen is None:
        raise Http404("no such homely remedy in this home")
    if request.method == "POST":
        return _start(request, line, chosen)
    context = {
        "chosen": chosen, "remedy": chosen.remedy, "id": uuid7(), "heading": "Homely remedy",
        "is_mine": chosen.is_for(request.user.pk),
    }  # fmt: skip
    return render(request, "plans/start_remedy.html", context | banner(line, timezone.now()))


def _start(request: HttpRequest, line: Any, chosen: queries.RemedyLine) -> HttpResponse:
    try:
        prescription_id = UUID(request.POST.get("id", ""))
    except ValueError:
        raise Http404("the page was not sent whole") from None
    if not request.POST.get("not_for_read"):
        messages.error(request, "Read who must not have it, and tick that none of it is so.")
        return redirect("web:start_remedy", line.resident.pk, chosen.remedy.pk)
    try:
        operations.start_remedy(
            resident=line.resident, remedy=chosen.remedy, prescription_id=prescription_id, by=request.user.pk,
            at=timezone.now(),
        )  # fmt: skip
    except operations.NotAuthorised as refusal:
        messages.error(request, f"You cannot start it: {refusal}.")
        return redirect("web:start_remedy", line.resident.pk, chosen.remedy.pk)
    messages.success(request, f"Started. It ends after {chosen.remedy.hours_before_gp} hours, when the GP is asked.")
    return redirect("web:resident", line.resident.pk)

"""How far the home is with going live: its stage, what it still needs, and the Wi-Fi of each room."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from uuid_utils.compat import uuid7

from emar.queries.homes import HomeOfStaff
from emar.rules.wall_clock import local_day
from quality.operations import going_live as operations
from quality.queries import going_live as queries
from quality.rules.going_live import ITEM_WORDS, REASONS, STAGE_WORDS, Stage
from web.access import INSPECTOR, MANAGERS, SENIORS, for_roles
from web.desk_form import ActForm, data_of, day_field, form_page, is_done, sent_id


@for_roles(SENIORS | {INSPECTOR})
@require_GET
def going_live_page(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Show the stage, the checklist and the survey."""
    now = timezone.now()
    steps = queries.steps(here.home_id)
    survey = queries.survey(here.home_id, now)
    ready = queries.readiness(here.home_id, now, survey)
    return render(
        request,
        "going_live/going_live.html",
        {
            "steps": steps,
            "step": steps[0] if steps else None,
            "stages": list(STAGE_WORDS.items()),
            "ready": ready,
            "met": sum(1 for each in ready if each.is_met),
            "survey": survey,
            "days": queries.SURVEY_DAYS,
            "may_write": here.role in MANAGERS,
            "new_id": lambda: str(uuid7()),
        },
    )


class StageForm(ActForm):
    """Which stage the home came to."""

    stage = forms.ChoiceField(label="Stage", widget=forms.RadioSelect, choices=list(STAGE_WORDS.items()))
    since_on = day_field("Since")
    reason = forms.ChoiceField(
        label="Why not, where the home does not adopt it", required=False, choices=[("", "Choose"), *REASONS.items()]
    )


@for_roles(MANAGERS)
@require_http_methods(["GET", "POST"])
def reach_stage(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Write down that the home came to a stage."""
    now = timezone.now()
    form = StageForm(**data_of(request), initial={"since_on": local_day(now)})

    def act(said: dict[str, Any]) -> None:
        operations.reach_stage(
            step_id=said["id"], home_id=here.home_id, stage=said["stage"], since_on=said["since_on"],
            reason=said["reason"], by=request.user.pk, at=now,
        )  # fmt: skip

    if is_done(request, form, act, {operations.ReasonMissing: "reason", operations.NotYetThere: "since_on"}):
        said = "Written down."
        if form.cleaned_data["stage"] == Stage.USAGE:
            said = "Live. Charts have new limits from that day on, and timings count as since go-live."
        messages.success(request, said)
        return redirect("web:going_live")
    return form_page(
        request, form, heading="The home’s stage", button="Write it down", back=reverse("web:going_live"),
        words="The council sees the stage, its day, and why a home does not adopt the record.",
    )  # fmt: skip


@for_roles(MANAGERS)
@require_POST
def answer(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Say whether the home has one of the things it needs."""
    item = request.POST.get("item", "")
    if item not in ITEM_WORDS:
        messages.success(request, "Choose what you answer for.")
        return redirect("web:going_live")
    try:
        operations.answer(
            answer_id=sent_id(request), home_id=here.home_id, item=item, is_met=request.POST.get("is_met") == "yes",
            by=request.user.pk, at=timezone.now(),
        )  # fmt: skip
    except operations.WorkedOut:
        raise Http404("this is worked out from the record") from None
    messages.success(request, "Written down.")
    return redirect("web:going_live")

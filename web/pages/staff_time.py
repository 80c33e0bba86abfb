"""How many hours the record saves the home each month, how sure that is, what it costs, and the pack that proves it."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from emar.queries.homes import HomeOfStaff
from quality.operations import savings as operations
from quality.queries import savings as queries
from quality.rules.savings import COST_WORDS, ESTIMATE_COVERS, ESTIMATE_HOURS, PROCESS_WORDS
from web.access import INSPECTOR, MANAGERS, for_roles
from web.desk_form import ActForm, DeskForm, data_of, form_page, is_done
from web.pdf.evidence import home_evidence_pdf
from web.saving_words import CLAIMS, not_measured

LOOKING = MANAGERS | {INSPECTOR}


@for_roles(LOOKING)
@require_GET
def staff_time_page(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Show what is saved process by process, what it costs, what remains, and what is not known."""
    found = queries.staff_time(here.home_id, timezone.now())
    return render(
        request,
        "staff_time/staff_time.html",
        {
            "found": found,
            "claims": CLAIMS,
            "estimate": ESTIMATE_HOURS,
            "covers": [PROCESS_WORDS[each].lower() for each in PROCESS_WORDS if each in ESTIMATE_COVERS],
            "not_measured": not_measured(found),
            "costs": [each for each in found.costs if each.withdrawn_at is None],
            "withdrawn": [each for each in found.costs if each.withdrawn_at is not None],
            "may_write": here.role in MANAGERS,
        },
    )


@for_roles(LOOKING)
@require_GET
def evidence_paper(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Print the evidence pack of the home."""
    now = timezone.now()
    paper = home_evidence_pdf(here.home_name, queries.staff_time(here.home_id, now), now)
    response = HttpResponse(paper, content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="evidence-pack.pdf"'
    return response


class FrequencyForm(ActForm):
    """How often a process comes."""

    process = forms.ChoiceField(label="Which work", choices=[("", "Choose"), *PROCESS_WORDS.items()])
    side = forms.ChoiceField(
        label="When",
        widget=forms.RadioSelect,
        choices=[("before", "Before go-live, on paper"), ("since", "Since then")],
    )
    per_month = forms.DecimalField(
        label="How often a month", min_value=0, max_value=10_000, max_digits=7, decimal_places=2,
        help_text="For a home with four rounds a day, rounds come about 122 times a month.",
    )  # fmt: skip


@for_roles(MANAGERS)
@require_http_methods(["GET", "POST"])
def say_frequency(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Write down how often a process comes."""
    form = FrequencyForm(**data_of(request))

    def act(said: dict[str, Any]) -> None:
        operations.say_frequency(
            said_id=said["id"], home_id=here.home_id, process=said["process"], is_baseline=said["side"] == "before",
            per_month=said["per_month"], by=request.user.pk, at=timezone.now(),
        )  # fmt: skip

    if is_done(request, form, act):
        messages.success(request, "Written down.")
        return redirect("web:staff_time")
    return form_page(
        request, form, heading="How often it comes", button="Write it down", back=reverse("web:staff_time"),
        words="Since go-live the record counts rounds, counts, orders and deliveries by itself; the rest is your word.",
    )  # fmt: skip


class CostForm(ActForm):
    """What the record costs."""

    kind = forms.ChoiceField(label="What sort of cost", widget=forms.RadioSelect, choices=list(COST_WORDS.items()))
    words = forms.CharField(label="What for", max_length=200)
    pounds = forms.DecimalField(label="Pounds", min_value=Decimal("0.01"), max_digits=10, decimal_places=2)
    is_monthly = forms.ChoiceField(
        label="How often", widget=forms.RadioSelect, choices=[("yes", "Each month"), ("no", "Once")]
    )


@for_roles(MANAGERS)
@require_http_methods(["GET", "POST"])
def write_cost(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Write down what the record costs."""
    form = CostForm(**data_of(request))

    def act(said: dict[str, Any]) -> None:
        spent = operations.Spent(said["id"], said["kind"], said["words"], said["pounds"], said["is_monthly"] == "yes")
        operations.write_cost(home_id=here.home_id, spent=spent, by=request.user.pk, at=timezone.now())

    if is_done(request, form, act, {operations.WordsMissing: "words"}):
        messages.success(request, "Written down.")
        return redirect("web:staff_time")
    return form_page(request, form, heading="A cost", button="Write it down", back=reverse("web:staff_time"))


@for_roles(MANAGERS)
@require_POST
def withdraw_cost(request: HttpRequest, here: HomeOfStaff, cost_id: UUID) -> HttpResponse:
    """Take a cost out of every figure."""
    found = queries.cost(here.home_id, cost_id)
    if found is None:
        raise Http404("this home has no such cost")
    operations.withdraw_cost(cost=found, by=request.user.pk, at=timezone.now())
    messages.success(request, "Withdrawn. It stays on the list.")
    return redirect("web:staff_time")


def _pounds(label: str, **options: Any) -> forms.DecimalField:
    return forms.DecimalField(label=label, min_value=0, decimal_places=2, **{"max_digits": 6, **options})


class PolicyForm(DeskForm):
    """What the home counts with."""

    hour_low = _pounds("An hour of staff time is worth at least, in pounds", help_text="Where the hour is only freed.")
    hour_high = _pounds("and at most", help_text="Where it would otherwise be paid for, with on-costs.")
    waste_before = _pounds(
        "Medicines wasted each month before go-live, in pounds", required=False, max_digits=10,
        help_text="Leave empty where nobody knows: then no saving of waste is claimed.",
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Refuse a range that is upside down."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and said["hour_low"] > said["hour_high"]:
            self.add_error("hour_high", "Enter at least what you entered above")
        return said


@for_roles(MANAGERS)
@require_http_methods(["GET", "POST"])
def policy(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Show and change what the home counts with."""
    kept = queries.policy_of(here.home_id)
    form = PolicyForm(**data_of(request), initial={name: getattr(kept, name) for name in PolicyForm.base_fields})

    def act(said: dict[str, Any]) -> None:
        operations.set_policy(home_id=here.home_id, figures=said, by=request.user.pk, at=timezone.now())

    if is_done(request, form, act):
        messages.success(request, "Saved.")
        return redirect("web:staff_time")
    return form_page(
        request, form, heading="What we count with", button="Save", back=reverse("web:staff_time")
    )  # fmt: skip

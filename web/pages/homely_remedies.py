"""The home's list of homely remedies: each with its protocol, and who may give it without asking."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from emar.operations import plans as operations
from emar.queries import competencies, medicines, plans, policy
from emar.queries.homes import HomeOfStaff
from emar.rules.amounts import ScheduleError, plain
from emar.rules.wall_clock import local_day
from web.access import MANAGERS, READERS, for_roles
from web.desk_form import ActForm, data_of, day_field, form_page, is_done, words_field


class RemedyForm(ActForm):
    """A homely remedy and its protocol."""

    sections = {
        "Dose": ("low", "high", "unit", "min_gap_hours", "max_amount_24h", "dose_words"),
        "Protocol": ("indication", "not_for", "hours_before_gp", "agreed_with", "review_on"),
    }
    medicine = forms.CharField(
        label="Medicine", max_length=300, help_text="As in the dictionary: Paracetamol 500mg tablets."
    )
    low = forms.DecimalField(label="Least at a time", min_value=0, max_digits=8, decimal_places=2)
    high = forms.DecimalField(label="Most at a time", min_value=0, max_digits=8, decimal_places=2)
    unit = forms.CharField(label="Counted in", max_length=40, help_text="tablet, ml, sachet …")
    min_gap_hours = forms.IntegerField(label="Hours between doses, at least", min_value=0, max_value=72)
    max_amount_24h = forms.DecimalField(label="Most in 24 hours", min_value=0, max_digits=8, decimal_places=2)
    dose_words = forms.CharField(label="The dose in words", max_length=300)
    indication = forms.CharField(label="What it is for", max_length=300)
    not_for = words_field("Who must not have it", rows=2)
    hours_before_gp = forms.IntegerField(label="Hours until the GP is asked", min_value=1, max_value=168)
    agreed_with = forms.CharField(label="Agreed with", max_length=300, help_text="GP or pharmacist, by name.")
    review_on = day_field("Review on")

    def clean_medicine(self) -> str:
        """Return the id of the medicine that was named."""
        name = self.cleaned_data["medicine"].strip()
        found = medicines.search(name, limit=6)
        exact = [each for each in found if each.name.casefold() == name.casefold()]
        if not exact:
            near = "; ".join(each.name for each in found) or "nothing like it"
            raise forms.ValidationError(f"Write one name of the dictionary in full. It has: {near}")
        return exact[0].pk

    def clean(self) -> dict[str, Any]:
        """Refuse a dose that ends below where it begins, or above what a day allows."""
        said = super().clean() or self.cleaned_data
        low, high, most = said.get("low"), said.get("high"), said.get("max_amount_24h")
        if low is not None and high is not None and high < low:
            self.add_error("high", "Enter at least as much as the least")
        if high is not None and most is not None and most < high:
            self.add_error("max_amount_24h", "Enter at least as much as one dose")
        return said

    def remedy(self) -> operations.Remedy:
        """Return what was written."""
        said = self.cleaned_data
        schedule = {
            "kind": "when_required",
            "starts_on": local_day(timezone.now()).isoformat(),
            "ends_on": None,
            "unit": said["unit"],
            "amount": {"low": plain(said["low"]), "high": plain(said["high"])},
            "min_gap_minutes": said["min_gap_hours"] * 60,
            "max_amount_24h": plain(said["max_amount_24h"]),
        }
        names = ("id", "indication", "not_for", "dose_words", "hours_before_gp", "agreed_with", "review_on")
        return operations.Remedy(
            medicine_id=said["medicine"], schedule=schedule, **{name: said[name] for name in names}
        )


@for_roles(READERS)
@require_GET
def remedies(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Show the home's homely remedies."""
    now = timezone.now()
    people = [line.person for line in competencies.staff_of(here.home_id, now) if line.role.role != "inspector"]
    context = {
        "remedies": plans.remedies(here.home_id),
        "people": people,
        "may_write": here.role in MANAGERS,
        "today": local_day(now),
        "me": request.user.pk,
    }
    return render(request, "policy/remedies.html", context)


@for_roles(MANAGERS)
@require_http_methods(["GET", "POST"])
def agree_remedy(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Put a homely remedy on the home's list."""
    form = RemedyForm(
        **data_of(request), initial={"hours_before_gp": policy.policy_of(here.home_id).homely_remedy_hours}
    )

    def act(_: dict[str, Any]) -> None:
        operations.agree_remedy(home_id=here.home_id, remedy=form.remedy(), by=request.user.pk, at=timezone.now())

    if is_done(request, form, act, {operations.ReviewDayPassed: "review_on", ScheduleError: "low"}):
        messages.success(request, "It is on the list. Authorise the people who may give it without asking.")
        return redirect("web:remedies")
    back = reverse("web:remedies")
    return form_page(request, form, heading="A homely remedy", button="Put it on the list", back=back)


def _remedy(here: HomeOfStaff, remedy_id: UUID) -> plans.RemedyLine:
    found = plans.remedy(here.home_id, remedy_id)
    if found is None:
        raise Http404("no such homely remedy in this home")
    return found


@for_roles(MANAGERS)
@require_POST
def end_remedy(request: HttpRequest, here: HomeOfStaff, remedy_id: UUID) -> HttpResponse:
    """Take a homely remedy off the list."""
    operations.end_remedy(remedy=_remedy(here, remedy_id).remedy, by=request.user.pk, at=timezone.now())
    messages.success(request, "It is off the list. What was started by it ends by itself.")
    return redirect("web:remedies")


@for_roles(MANAGERS)
@require_POST
def authorise_giver(request: HttpRequest, here: HomeOfStaff, remedy_id: UUID) -> HttpResponse:
    """Let a colleague give a homely remedy without asking."""
    chosen, now = _remedy(here, remedy_id), timezone.now()
    named = request.POST.get("staff_member", "")
    person = next(
        (line.person for line in competencies.staff_of(here.home_id, now) if str(line.person.pk) == named), None
    )
    if person is None:
        messages.error(request, "Choose somebody who works here.")
        return redirect("web:remedies")
    try:
        operations.authorise_giver(remedy=chosen.remedy, staff_member_id=person.pk, by=request.user.pk, at=now)
    except operations.AuthorisedThemselves:
        messages.error(request, "Another manager has to authorise you.")
    else:
        messages.success(request, f"{person.full_name} may give {chosen.remedy.medicine.name} by the protocol.")
    return redirect("web:remedies")


@for_roles(MANAGERS)
@require_POST
def end_giver(request: HttpRequest, here: HomeOfStaff, giver_id: int) -> HttpResponse:
    """Take back a colleague's leave to give a homely remedy."""
    giver = plans.giver(here.home_id, giver_id)
    if giver is None:
        raise Http404("nobody was authorised by that number")
    operations.end_giver(giver=giver, by=request.user.pk, at=timezone.now())
    messages.success(request, "They may not give it without asking any more.")
    return redirect("web:remedies")

"""How the home orders: its cycle and working days, who may approve, and which pharmacies look at what they supply."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from emar.operations.staff import UsernameTaken
from emar.queries import policy as places
from emar.queries.homes import HomeOfStaff
from emar.rules.wall_clock import local_day
from ordering import mail
from ordering.operations import calendar as operations
from ordering.operations import partners
from ordering.queries import calendar as queries
from ordering.rules.cycle import NATIONS, cycle_on, days_closed, deadlines
from web.access import MANAGERS, READERS, SENIORS, for_roles
from web.desk_form import DeskForm, data_of, day_field, form_page, is_done, words_field

WEEKDAYS = list(enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")))
#: So many cycles ahead the days are shown, for the wall.
SHOWN = 4


def _days(label: str, low: int, high: int, help_text: str = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=low, max_value=high, help_text=help_text)


class CalendarForm(DeskForm):
    """The cycle that the home agreed with its surgeries and pharmacy."""

    sections = {
        "The cycle": ("change_over_on", "cycle_days", "order_day", "check_first_day", "check_last_day"),
        "Working days that everybody needs": (
            "review_working_days", "issue_working_days", "dispense_working_days", "delivery_working_days",
        ),
        "When they work": ("weekdays", "nation", "closed_days"),
        "Sending": ("send_to", "reply_to", "telephone"),
        "How sure": ("service_percent",),
    }  # fmt: skip
    change_over_on = day_field("A change-over day", help_text="Any one of them. The others follow from it.")
    cycle_days = _days("Days of a cycle", 7, 84, "28 is usual.")
    order_day = _days("Ordered by day", 2, 80, "Counted from the change-over, which is day 1. Day 8 is usual.")
    check_first_day = _days("Prescriptions are checked from day", 3, 82, "14 is usual.")
    check_last_day = _days("… to day", 3, 83, "16 is usual.")
    review_working_days = _days("To review and approve the draft", 1, 10)
    issue_working_days = _days("For the surgery to issue", 1, 10, "At least 2: surgeries ask for 48 hours.")
    dispense_working_days = _days("For the pharmacy to dispense", 1, 15)
    delivery_working_days = _days("From the delivery to the change-over", 1, 10, "At least 3 are usual.")
    weekdays = forms.TypedMultipleChoiceField(
        label="Days on which surgery and pharmacy work", coerce=int, choices=WEEKDAYS,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    nation = forms.ChoiceField(label="Bank holidays of", choices=list(NATIONS.items()))
    closed_days = words_field(
        "Other days on which they are closed", rows=3, required=False,
        help_text="One on each line, such as 2026-05-13: training afternoons, a move.",
    )  # fmt: skip
    send_to = forms.ChoiceField(
        label="Orders go to", widget=forms.RadioSelect,
        choices=[("surgery", "Each resident’s surgery"), ("pharmacy", "Each resident’s pharmacy, which orders for us")],
    )  # fmt: skip
    reply_to = forms.EmailField(
        label="The home’s e-mail for answers",
        required=False,
        max_length=200,
        help_text="NHSmail if you have it.",
    )
    telephone = forms.CharField(label="The home’s telephone number", required=False, max_length=60)
    service_percent = _days(
        "How many times in 100 stock must last", 50, 99,
        "Covers when-required and dropped doses until the next delivery. 95 is usual; more costs more waste.",
    )  # fmt: skip

    def clean_closed_days(self) -> tuple[date, ...]:
        """Return the days, each as a calendar writes it."""
        found = []
        for line in filter(None, (each.strip() for each in self.cleaned_data["closed_days"].splitlines())):
            try:
                found.append(date.fromisoformat(line))
            except ValueError:
                raise ValidationError(f"“{line}” is not a day. Write it as 2026-05-13.") from None
        return tuple(sorted(set(found)))


class DeputyForm(DeskForm):
    """Who may approve beside the managers."""

    staff_member = forms.TypedChoiceField(label="Senior or nurse", coerce=int)


class PartnerForm(DeskForm):
    """Somebody of a pharmacy."""

    sections = {"If they have never signed in here or elsewhere": ("full_name", "password")}
    pharmacy = forms.TypedChoiceField(label="Pharmacy", coerce=int)
    username = forms.RegexField(
        r"^[a-z0-9._-]{3,60}$", label="The name they sign in with",
        error_messages={"invalid": "Use small letters, digits, dots and dashes: at least three"},
    )  # fmt: skip
    full_name = forms.CharField(label="Full name", max_length=200, required=False)
    password = forms.CharField(
        label="First password", min_length=12, max_length=200, required=False,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"}),
        help_text="At least 12 characters. Leave both empty for somebody whom another home has let in.",
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """A new person needs both a name and a password."""
        said = super().clean() or self.cleaned_data
        if bool(said.get("full_name")) != bool(said.get("password")) and not self.errors:
            self.add_error("password", "Enter both their full name and a first password, or neither")
        return said


@for_roles(READERS)
@require_GET
def order_calendar(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Show how the home orders, and the days of this cycle and the next ones."""
    kept = queries.policy_of(here.home_id)
    now = timezone.now()
    today = local_day(now)
    coming = []
    if kept is not None:
        plan = queries.plan_of(kept)
        first = cycle_on(plan, today)
        for place in range(SHOWN):
            change_over = date.fromordinal(first.change_over_on.toordinal() + place * plan.cycle_days)
            days = deadlines(plan, change_over)
            coming.append((days, days_closed(plan, days.starts_on, days.change_over_on)))
    context = {
        "kept": kept,
        "coming": coming,
        "today": today,
        "weekdays": ", ".join(name for place, name in WEEKDAYS if kept and place in kept.weekdays),
        "nation": NATIONS.get(kept.nation, "") if kept else "",
        "managers": queries.managers(here.home_id, now),
        "deputies": queries.deputies(here.home_id),
        "approvers": queries.approver_count(here.home_id, now),
        "fewest": queries.FEWEST_APPROVERS,
        "partners": queries.partners(here.home_id),
        "practices": places.practices(here.home_id),
        "pharmacies": places.pharmacies(here.home_id),
        "has_mail": mail.is_set_up(),
        "is_manager": here.role == "manager",
        "may_confirm": here.role in SENIORS,
        "cycles": queries.cycles(here.home_id),
    }
    return render(request, "orders/calendar.html", context)


@for_roles(MANAGERS)
@require_http_methods(["GET", "POST"])
def change_order_calendar(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Say how the home orders."""
    kept = queries.policy_of(here.home_id)
    usual = operations.Policy(change_over_on=local_day(timezone.now()))
    initial = {name: getattr(kept or usual, name) for name in CalendarForm.base_fields}
    initial["closed_days"] = "\n".join(each.isoformat() for each in sorted(initial["closed_days"]))
    if kept is None:
        initial["change_over_on"] = None
    form = CalendarForm(**data_of(request), initial=initial)

    def act(said: dict[str, Any]) -> None:
        said |= {name: frozenset(said[name]) for name in ("weekdays", "closed_days")}
        operations.change_policy(
            home_id=here.home_id, policy=operations.Policy(**said), by=request.user.pk, at=timezone.now()
        )
        messages.success(request, "Saved. The days below follow from it.")

    if is_done(request, form, act, {operations.PlanImpossible: "order_day"}):
        return redirect("web:order_calendar")
    return form_page(
        request, form, heading="How we order", button="Save", back=reverse("web:order_calendar"),
        words="Everything is counted backwards from the change-over, round weekends and bank holidays.",
    )  # fmt: skip


@for_roles(MANAGERS)
@require_http_methods(["GET", "POST"])
def allow_approver(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Let a senior or nurse approve orders beside the managers."""
    now = timezone.now()
    form = DeputyForm(**data_of(request))
    form.fields["staff_member"].choices = [
        (each.pk, each.full_name) for each in queries.may_become_deputies(here.home_id, now)
    ]

    def act(said: dict[str, Any]) -> None:
        operations.allow_approver(
            home_id=here.home_id, staff_member_id=said["staff_member"], by=request.user.pk, at=now
        )

    if is_done(request, form, act, {operations.NotOfThisHome: "staff_member"}):
        return redirect("web:order_calendar")
    return form_page(
        request, form, heading="Who else may approve orders", button="Let them approve",
        back=reverse("web:order_calendar"),
        words="At least two people should be able to: then no holiday stops an order.",
    )  # fmt: skip


@for_roles(MANAGERS)
@require_POST
def end_approver(request: HttpRequest, here: HomeOfStaff, approver_id: int) -> HttpResponse:
    """Let a deputy approve no more orders."""
    if all(each.pk != approver_id for each in queries.deputies(here.home_id)):
        raise Http404("nobody of that number approves orders here")
    operations.end_approver(home_id=here.home_id, approver_id=approver_id, by=request.user.pk, at=timezone.now())
    return redirect("web:order_calendar")


@for_roles(SENIORS)
@require_http_methods(["GET", "POST"])
def confirm_change_over(request: HttpRequest, here: HomeOfStaff, cycle_id: Any) -> HttpResponse:
    """Write down that the new packs are in use, what was left was carried in, and the old went back."""
    cycle = next((each for each in queries.cycles(here.home_id) if each.pk == cycle_id), None)
    if cycle is None:
        raise Http404("this home has no such cycle")
    form = ChangeOverForm(**data_of(request))

    def act(said: dict[str, Any]) -> None:
        operations.confirm_change_over(
            home_id=here.home_id, cycle_id=cycle_id, words=said["words"], by=request.user.pk, at=timezone.now()
        )
        messages.success(request, "The change-over is done.")

    if is_done(request, form, act, {operations.ChangedOverBefore: None}):
        return redirect("web:orders")
    return form_page(
        request, form, heading="Change-over done", button="It is done", back=reverse("web:orders"),
        words="Tick each when it is done. In-date stock is carried forward, never thrown away.",
    )  # fmt: skip


class ChangeOverForm(DeskForm):
    """What belongs to a change-over."""

    is_booked_in = forms.BooleanField(label="Everything that came is booked in, and what is short has been chased")
    is_carried_in = forms.BooleanField(label="What was left is carried in: the balances are those of the stock pages")
    is_returned = forms.BooleanField(label="What was stopped or is out of date is put aside to go back")
    words = words_field("Anything to note", rows=2, required=False)


@for_roles(MANAGERS)
@require_http_methods(["GET", "POST"])
def let_partner_in(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Let somebody of a pharmacy see what this home orders of it."""
    form = PartnerForm(**data_of(request))
    known = places.pharmacies(here.home_id)
    form.fields["pharmacy"].choices = [(each.pk, each.name) for each in known]

    def act(said: dict[str, Any]) -> None:
        by, at = request.user.pk, timezone.now()
        if said["full_name"]:
            new = partners.NewPartner(said["username"], said["full_name"], said["password"])
            partners.invite(home_id=here.home_id, pharmacy_id=said["pharmacy"], partner=new, by=by, at=at)
        else:
            partners.let_in(home_id=here.home_id, pharmacy_id=said["pharmacy"], username=said["username"], by=by, at=at)
        messages.success(request, "They see what you order of their pharmacy, and nothing else of the home.")

    if is_done(request, form, act, {UsernameTaken: "username", partners.NobodyFound: "username"}):
        return redirect("web:order_calendar")
    return form_page(
        request, form, heading="Let a pharmacy look at its orders", button="Let them in",
        back=reverse("web:order_calendar"),
        words="They see approved items of their own pharmacy: name, date of birth, NHS number, medicine, directions, "
        "quantity. They can say what they dispensed or owe. They see nothing else.",
    )  # fmt: skip


@for_roles(MANAGERS)
@require_POST
def end_partner(request: HttpRequest, here: HomeOfStaff, partner_id: int) -> HttpResponse:
    """Let a pharmacy's person see nothing more of this home."""
    if all(each.pk != partner_id for each in queries.partners(here.home_id)):
        raise Http404("no such partner of this home")
    partners.end(home_id=here.home_id, partner_id=partner_id, by=request.user.pk, at=timezone.now())
    return redirect("web:order_calendar")

"""Who works in the home and what each has been assessed for: a manager's pages."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from emar.operations import competencies as operations
from emar.operations import devices, staff
from emar.queries import competencies as queries
from emar.queries.homes import HomeOfStaff
from emar.rules.pins import PinTooWeak
from emar.rules.wall_clock import instant, local_day
from web.access import MANAGERS, for_roles
from web.desk_form import ActForm, DeskForm, data_of, day_field, form_page, instant_field, is_done, words_field

YEAR = timedelta(days=365)
ROLES = [
    ("carer", "Carer"),
    ("senior", "Senior carer"),
    ("nurse", "Nurse"),
    ("manager", "Manager"),
    ("inspector", "Inspector: reads only"),
]
SUBJECTS = [
    ("medicines", "Giving medicines"),
    ("controlled_drugs", "Controlled drugs"),
    ("insulin", "Insulin"),
    ("covert", "Covert medicines"),
]


class ColleagueForm(DeskForm):
    """Who starts to work here."""

    full_name = forms.CharField(label="Full name", max_length=200)
    display_name = forms.CharField(label="Name on the tile", max_length=40, help_text="As colleagues call them.")
    initials = forms.CharField(label="Initials", max_length=4, help_text="As on the MAR. Nobody else here has them.")
    role = forms.ChoiceField(label="Role", widget=forms.RadioSelect, choices=ROLES)
    ends_on = day_field("Last day", required=False, help_text="For agency staff: the role ends by itself after it.")
    username = forms.RegexField(
        r"^[a-z0-9._-]{3,60}$", label="Username",
        error_messages={"invalid": "Use small letters, digits, dots and dashes: at least three"},
    )  # fmt: skip
    password = forms.CharField(
        label="First password", min_length=12, max_length=200, widget=forms.PasswordInput(render_value=False),
        help_text="At least 12 characters. Tell it to nobody else.",
    )  # fmt: skip

    def __init__(self, *arguments: Any, taken: set[str], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.taken = taken

    def clean_initials(self) -> str:
        """Refuse initials that another person signs with."""
        initials = self.cleaned_data["initials"].upper()
        if initials in self.taken:
            raise ValidationError("Somebody here signs with these initials: add a letter")
        return initials


class PinForm(DeskForm):
    """A new PIN."""

    pin = forms.CharField(
        label="New PIN", max_length=8, widget=forms.PasswordInput(attrs={"inputmode": "numeric"}),
        help_text="4 to 8 digits. Let the person type it themselves, unseen.",
    )  # fmt: skip


class AssessmentForm(ActForm):
    """Somebody was seen to do it well."""

    subject = forms.ChoiceField(label="What you saw them do", widget=forms.RadioSelect, choices=SUBJECTS)
    assessed_on = day_field("Assessed on")
    expires_on = day_field("Holds until", help_text="The first day on which it no longer holds. A year is usual.")
    words = words_field("What you saw", required=False, rows=2)


class OverrideForm(ActForm):
    """Leave to go on for a while."""

    subject = forms.ChoiceField(label="What for", widget=forms.RadioSelect, choices=SUBJECTS)
    until_at = instant_field("Until")
    reason = words_field("Why it cannot wait for the assessment", rows=2)


@for_roles(MANAGERS)
@require_GET
def staff_page(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Show everybody with a role in the home, and how each stands."""
    found = queries.staff_of(here.home_id, timezone.now())
    return render(request, "staff/staff.html", {"staff": found, "me": request.user.pk})


@for_roles(MANAGERS)
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Let somebody new work in the home."""
    form = ColleagueForm(**data_of(request), taken=set(queries.initials_by_id(here.home_id).values()))
    added: list[Any] = []

    def act(said: dict[str, Any]) -> None:
        last = said.pop("ends_on")
        ends_at = instant(last + timedelta(days=1), time()) if last else None
        colleague = staff.Colleague(**said, ends_at=ends_at)
        added.append(staff.add(home_id=here.home_id, colleague=colleague, by=request.user.pk, at=timezone.now()))

    if is_done(request, form, act, {staff.UsernameTaken: "username"}):
        messages.success(request, f"{added[0].full_name} can sign in. Set a PIN so that they can work at the bedside.")
        return redirect("web:staff_member", added[0].pk)
    return form_page(request, form, heading="Add somebody", button="Add", back=reverse("web:staff"))


def _line(here: HomeOfStaff, staff_member_id: int, now: datetime) -> queries.StaffLine:
    line = queries.staff_line(here.home_id, staff_member_id, now)
    if line is None:
        raise Http404("nobody of that number works here")
    return line


@for_roles(MANAGERS)
@require_GET
def staff_member(request: HttpRequest, here: HomeOfStaff, staff_member_id: int) -> HttpResponse:
    """Show one person: role, PIN, and what they were assessed for."""
    line = _line(here, staff_member_id, timezone.now())
    context = {
        "staff_line": line,
        "assessments": queries.assessments_of(here.home_id, staff_member_id),
        "is_me": staff_member_id == request.user.pk,
    }
    return render(request, "staff/staff_member.html", context)


@for_roles(MANAGERS)
@require_http_methods(["GET", "POST"])
def assess(request: HttpRequest, here: HomeOfStaff, staff_member_id: int) -> HttpResponse:
    """Record an assessment."""
    now = timezone.now()
    line = _line(here, staff_member_id, now)
    today = local_day(now)
    form = AssessmentForm(**data_of(request), initial={"assessed_on": today, "expires_on": today + YEAR})

    def act(said: dict[str, Any]) -> None:
        said["competency_id"] = said.pop("id")
        operations.assess(home_id=here.home_id, staff_member_id=staff_member_id, by=request.user.pk, at=now, **said)

    if is_done(request, form, act, {operations.AssessedThemselves: None, operations.NoDaysLeft: "expires_on"}):
        messages.success(request, "The assessment is recorded.")
        return redirect("web:staff_member", staff_member_id)
    return _person_page(request, form, line, "Record an assessment", "Record it")


@for_roles(MANAGERS)
@require_http_methods(["GET", "POST"])
def override(request: HttpRequest, here: HomeOfStaff, staff_member_id: int) -> HttpResponse:
    """Let somebody whose assessment has run out go on for a while."""
    now = timezone.now()
    line = _line(here, staff_member_id, now)
    form = OverrideForm(**data_of(request), initial={"until_at": now + timedelta(hours=13)})

    def act(said: dict[str, Any]) -> None:
        said["override_id"] = said.pop("id")
        operations.override(home_id=here.home_id, staff_member_id=staff_member_id, by=request.user.pk, at=now, **said)

    refusals = {
        operations.AssessedThemselves: None, operations.NoDaysLeft: "until_at",
        operations.OverrideReasonMissing: "reason",
    }  # fmt: skip
    if is_done(request, form, act, refusals):
        messages.success(request, "They may start rounds until then. It stands in the log with your name.")
        return redirect("web:staff_member", staff_member_id)
    return _person_page(request, form, line, "Let them go on for a while", "Let them go on")


@for_roles(MANAGERS)
@require_http_methods(["GET", "POST"])
def set_pin(request: HttpRequest, here: HomeOfStaff, staff_member_id: int) -> HttpResponse:
    """Give somebody a PIN for the bedside."""
    now = timezone.now()
    line = _line(here, staff_member_id, now)
    form = PinForm(**data_of(request))

    def act(said: dict[str, Any]) -> None:
        devices.set_pin(staff_member=line.person, pin=said["pin"], home_id=here.home_id, by=request.user.pk, at=now)

    if is_done(request, form, act, {PinTooWeak: "pin"}):
        messages.success(request, "The PIN is set. It works on each device once that has reached the server.")
        return redirect("web:staff_member", staff_member_id)
    return _person_page(request, form, line, "Set a PIN", "Set this PIN")


@for_roles(MANAGERS)
@require_POST
def end_role(request: HttpRequest, here: HomeOfStaff, staff_member_id: int) -> HttpResponse:
    """End somebody's role in the home."""
    now = timezone.now()
    line = _line(here, staff_member_id, now)
    try:
        staff.end_role(role=line.role, by=request.user.pk, at=now)
    except staff.LastManager as refusal:
        messages.error(request, f"Not ended: {refusal}.")
        return redirect("web:staff_member", staff_member_id)
    messages.success(request, f"{line.person.full_name} no longer works here. What they recorded keeps their name.")
    return redirect("web:staff")


def _person_page(request: HttpRequest, form: Any, line: queries.StaffLine, heading: str, button: str) -> HttpResponse:
    return form_page(
        request, form, heading=f"{heading}: {line.person.full_name}", button=button,
        back=reverse("web:staff_member", args=[line.person.pk]),
    )  # fmt: skip

"""One dose record with everything known of it; correcting it; entering a dose late."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_http_methods
from uuid_utils.compat import uuid7

from emar.operations import administrations, late_entries
from emar.operations.administrations import AdministrationRefused, AlreadyCorrected, Dose
from emar.queries import competencies, dose_record
from emar.queries.dose_record import DoseRecord
from emar.queries.homes import HomeOfStaff
from emar.queries.schedules import schedule_of
from emar.rules.amounts import ScheduleError
from emar.rules.body_map import AREAS
from emar.rules.outcomes import OUTCOMES
from emar.rules.schedule import IntervalPlan, Schedule
from web import record_words
from web.access import READERS, SENIORS, WORKING, for_roles
from web.body_map import BodyMapSelect
from web.desk_form import ActForm, data_of, form_page, instant_field, is_done, words_field
from web.pages.residents import resident_or_404

OUTCOME_CHOICES = [("", "Choose"), *((each.word, each.label) for each in OUTCOMES.values() if not each.is_by_system)]
#: Devices' clocks and people's watches differ by minutes: a little ahead is now.
A_MOMENT = timedelta(minutes=2)


class DoseForm(ActForm):
    """What happened to one dose, as somebody says afterwards."""

    sections = {"Where on the body": ("site",), "Anything else": ("note",)}
    outcome = forms.ChoiceField(label="What happened", choices=OUTCOME_CHOICES)
    amount = forms.DecimalField(
        label="How much they had", required=False, min_value=Decimal("0.0001"), max_digits=12, decimal_places=4,
        error_messages={"min_value": "Enter more than nothing, or choose that it was not given"},
    )  # fmt: skip
    given_at = instant_field("When it happened", help_text="The time by the clock, not the time now.")
    given_by = forms.TypedChoiceField(label="Who gave or offered it", coerce=int)
    site = forms.ChoiceField(
        label="Where it went", required=False, widget=BodyMapSelect, help_text="Left and right are the resident’s own."
    )
    reading = forms.DecimalField(label="Reading", required=False, max_digits=8, decimal_places=2)
    note = words_field("Note", required=False, help_text="What others must know of it.")

    def __init__(
        self, *arguments: Any, schedule: Schedule | None, unit: str, people: list[tuple[int, str]], now: datetime,
        sites: tuple[str, ...] = (), **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(*arguments, **options)
        self.now, self.reading_name = now, schedule.terms.reading if schedule else None
        self.fields[
            "amount"
        ].help_text = f"In {record_words.PLURALS.get(unit, unit)}. Leave empty when nothing was had."
        self.fields["given_by"].choices = [("", "Choose"), *people] if len(people) != 1 else people
        if sites:
            self.fields["site"].choices = [("", "Choose"), *((words, words) for words in sites)]
        else:
            del self.fields["site"]
        if self.reading_name:
            words = record_words.READING_WORDS.get(self.reading_name, self.reading_name.replace("_", " "))
            self.fields["reading"].label = f"The {words} before it"
            self.fields["reading"].help_text = schedule.terms.reading_unit or ""
        else:
            del self.fields["reading"]
        self.sections = {name: kept for name, names in self.sections.items()
                         if (kept := tuple(each for each in names if each in self.fields))}  # fmt: skip

    def clean_given_at(self) -> datetime:
        """Refuse a time that has not come: nobody can have given a dose then."""
        given_at: datetime = self.cleaned_data["given_at"]
        if given_at > self.now + A_MOMENT:
            raise forms.ValidationError("Enter a time that has come: this one lies in the future")
        return min(given_at, self.now)

    def clean(self) -> dict[str, Any]:
        """Ask for the amount of a dose that was had and for words where the outcome needs them."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        word = said.get("outcome")
        if word and OUTCOMES[word].uses_stock and said.get("amount") is None and "amount" not in self.errors:
            self.add_error("amount", "Enter how much they had")
        if word and not (OUTCOMES[word].uses_stock or OUTCOMES[word].wastes_stock):
            said["amount"] = None
        if word and OUTCOMES[word].needs_words and not said.get("note", "").strip():
            self.add_error("note", f"Say more: “{OUTCOMES[word].label}” alone tells nobody why")
        return said

    @property
    def readings(self) -> dict[str, Decimal]:
        """Return the reading by its name, nothing where none was taken."""
        value = self.cleaned_data.get("reading")
        return {self.reading_name: value} if self.reading_name and value is not None else {}


class CorrectionForm(DoseForm):
    """What really happened, or that nothing did, and why the record was wrong."""

    field_order = ["id", "replacement_id", "reason", "has_replacement"]
    replacement_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)
    reason = words_field("Why the record is wrong", rows=2)
    has_replacement = forms.ChoiceField(
        label="What is right instead",
        choices=[("yes", "Something else happened: as below"), ("no", "Nothing happened: there was no such dose")],
        widget=forms.RadioSelect, initial="yes",
    )  # fmt: skip

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if self.data.get("has_replacement") == "no":
            for name in ("outcome", "given_at", "given_by"):
                self.fields[name].required = False

    def clean_given_at(self) -> datetime | None:
        """Look at the time only where there is a dose to have one."""
        return super().clean_given_at() if self.cleaned_data.get("given_at") else None

    def clean(self) -> dict[str, Any]:
        """Look at the dose only where there is one."""
        return self.cleaned_data if self.cleaned_data.get("has_replacement") == "no" else super().clean()


class LateForm(DoseForm):
    """A dose that nobody recorded when it happened, and why it is entered only now."""

    sections = {**DoseForm.sections, "Why late": ("reason", "is_from_paper", "paper_code")}
    reason = words_field("Why it is entered only now", rows=2)
    is_from_paper = forms.BooleanField(
        label="It was written on a printed chart while the system was down", required=False
    )
    paper_code = forms.CharField(label="Code of the row on that chart", required=False, max_length=12)


@for_roles(READERS)
@require_GET
def dose_page(request: HttpRequest, here: HomeOfStaff, record_id: UUID) -> HttpResponse:
    """Show one dose record with everything known of it."""
    found = _record_or_404(here, record_id)
    line = resident_or_404(request, here, found.record.resident_id, "dose record")
    context = {"found": found, "record": found.record, "entry": found.entry, "line": line, "resident": line.resident}
    may = {"may_correct": here.role in SENIORS and found.after is None, "may_report": here.role in WORKING}
    return render(request, "doses/dose.html", context | may)


@for_roles(SENIORS)
@require_http_methods(["GET", "POST"])
def correct_page(request: HttpRequest, here: HomeOfStaff, record_id: UUID) -> HttpResponse:
    """Say that a record was entered in error, why, and what really happened."""
    found = _record_or_404(here, record_id)
    record, now = found.record, timezone.now()
    line = resident_or_404(request, here, record.resident_id, "dose record to correct")
    form = CorrectionForm(
        **data_of(request), schedule=found.schedule, unit=record.unit, now=now,
        people=_people(here, now, also=[(record.given_by_id, record.given_by)]),
        sites=_sites(found.schedule, record.prescription.body_areas, record.site),
        initial={
            "outcome": record.outcome, "amount": _initial(record.amount), "given_at": record.given_at,
            "given_by": record.given_by_id, "site": record.site, "note": record.note,
            "reading": next(iter((record.reading or {}).values()), None),
        },
    )  # fmt: skip

    def act(said: dict[str, Any]) -> None:
        replacement = None
        if said["has_replacement"] == "yes":
            replacement = Dose(
                **_said(form), id=str(said["replacement_id"]), resident_id=record.resident_id,
                prescription_id=str(record.prescription_id), due_at=record.due_at, unit=record.unit,
                round_id=record.round_id, entered_at=now, entered_by_id=request.user.pk,
                witness_id=record.witness_id, pack_id=record.pack_id and str(record.pack_id),
                by_hand_reason=f"Correction: {said['reason'].strip()}",
            )  # fmt: skip
        administrations.correct(
            correction_id=said["id"], administration=record, replacement=replacement, reason=said["reason"].strip(),
            by=request.user.pk, at=now,
        )  # fmt: skip

    own = reverse("web:dose", args=[record_id])
    if found.after is not None:
        # Sent twice, or somebody else was faster: either way what stands is to be seen first.
        if request.POST.get("id") != str(found.after.pk):
            messages.warning(request, "This record was corrected already. To change it again, correct the newer one.")
        return redirect(own)
    if is_done(request, form, act, {AlreadyCorrected: None, AdministrationRefused: None}):
        messages.success(request, "The record is corrected. The old one stays on the chart, struck out.")
        return redirect(own)
    return form_page(
        request, form, heading="Correct a record", button="Correct this record", back=own, line=line, found=found,
        record=record, entry=found.entry, template="doses/correct.html",
    )  # fmt: skip


@for_roles(WORKING)
@require_http_methods(["GET", "POST"])
def late_page(request: HttpRequest, here: HomeOfStaff, resident_id: int) -> HttpResponse:
    """Enter a dose that nobody recorded, or, where none is chosen yet, offer those of the last days."""
    now = timezone.now()
    line = resident_or_404(request, here, resident_id, "doses to enter late")
    prescription, due_at = _asked(request)
    due = (
        dose_record.due_dose(here.home_id, resident_id, prescription, due_at, now) if prescription and due_at else None
    )
    needed = dose_record.when_required_line(here.home_id, resident_id, prescription) if prescription else None
    if due is None and needed is None:
        if prescription is not None:
            raise Http404("no such dose is due here")
        return _choose(request, here, line, now)
    if due is not None and due.answer is not None:
        if str(due.answer.pk) != request.POST.get("id"):
            messages.warning(request, "This dose was recorded already. If that is wrong, correct the record.")
        return redirect("web:dose", due.answer.pk)
    return _enter(request, here, line, due.prescription if due else needed, due, now)


def _enter(
    request: HttpRequest, here: HomeOfStaff, line: Any, prescription: Any, due: Any, now: datetime
) -> HttpResponse:
    """Show the form of one dose to be entered late, and record it."""
    schedule = _readable(prescription)
    unit = due.dose.unit if due else (schedule.unit if schedule else "")
    usual = due.dose.amount if due else None
    form = LateForm(
        **data_of(request), schedule=schedule, unit=unit, now=now,
        # A carer answers for what they did themselves; who was told by somebody asks a senior.
        people=_people(here, now) if here.role in SENIORS else [(request.user.pk, request.user.full_name)],
        sites=_sites(schedule, prescription.body_areas),
        initial={
            "given_at": due.dose.due_at if due else None, "given_by": request.user.pk,
            "amount": _initial(usual.low) if usual and not usual.is_range and usual.low else None,
        },
    )  # fmt: skip
    recorded: list[str] = []

    def act(said: dict[str, Any]) -> None:
        told = late_entries.enter_late(
            dose=Dose(
                **_said(form), id=str(said["id"]), resident_id=line.resident.pk, prescription_id=str(prescription.pk),
                due_at=due.dose.due_at if due else None, unit=unit, entered_at=now,
            ),
            home_id=here.home_id, reason=said["reason"], by=request.user.pk, at=now,
            is_from_paper=said["is_from_paper"], paper_code=said["paper_code"],
        )  # fmt: skip
        recorded.append(told.id)

    if is_done(request, form, act, {
        late_entries.ReasonMissing: "reason", late_entries.NotYet: "given_at", AdministrationRefused: None,
    }):  # fmt: skip
        messages.success(request, "Entered late. The chart shows when it happened and when it was written down.")
        return redirect("web:dose", recorded[0])
    return form_page(
        request, form, heading="Enter a dose late", button="Enter this dose", line=line, due=due,
        prescription=prescription, back=reverse("web:late_dose", args=[line.resident.pk]),
        is_own_only=here.role not in SENIORS, template="doses/late.html",
    )  # fmt: skip


def _choose(request: HttpRequest, here: HomeOfStaff, line: Any, now: datetime) -> HttpResponse:
    resident_id = line.resident.pk
    return render(
        request,
        "doses/choose.html",
        {
            "line": line,
            "resident": line.resident,
            "doses": dose_record.unanswered_doses(here.home_id, resident_id, now),
            "needed": dose_record.when_required_lines(here.home_id, resident_id, now),
            "days": dose_record.OFFERED_FOR.days,
        },
    )


def _record_or_404(here: HomeOfStaff, record_id: UUID) -> DoseRecord:
    found = dose_record.dose_record(here.home_id, record_id)
    if found is None:
        raise Http404("no such record in this home")
    return found


def _asked(request: HttpRequest) -> tuple[UUID | None, datetime | None]:
    """Return which prescription and which due time a link names; None for what is missing or makes no sense."""
    try:
        prescription = UUID(request.GET.get("prescription", ""))
    except ValueError:
        return None, None
    try:
        due_at = parse_datetime(request.GET.get("due", ""))
    except ValueError:
        due_at = None
    return prescription, due_at if due_at is not None and due_at.tzinfo is not None else None


def _said(form: DoseForm) -> dict[str, Any]:
    """Return what a dose is made of, as the form says."""
    said = form.cleaned_data
    return {
        "outcome": said["outcome"],
        "amount": said["amount"],
        "given_at": said["given_at"],
        "given_by_id": said["given_by"] or None,
        "note": said["note"].strip(),
        "site": said.get("site", ""),
        "readings": form.readings,
    }


def _people(here: HomeOfStaff, now: datetime, also: Any = ()) -> list[tuple[int, str]]:
    """Return who may have given a dose here, by name: everybody who gives now, and who is named already."""
    lines = competencies.staff_of(here.home_id, now)
    found = {each.person.pk: each.person.full_name for each in lines if each.role.role in WORKING}
    found |= {pk: person.full_name for pk, person in also if pk is not None}
    return sorted(found.items(), key=lambda each: each[1])


def _sites(schedule: Schedule | None, areas: list[str], said: str = "") -> tuple[str, ...]:
    """Return the places on the body to choose from: those prescribed; all where an injection or patch names none."""
    plan = schedule.plan if schedule else None
    named = [*areas, *(plan.sites if isinstance(plan, IntervalPlan) else ())]
    is_worn = isinstance(plan, IntervalPlan) and plan.worn is not None
    if not named and not said and not is_worn and not (schedule and schedule.unit == "unit"):
        return ()
    return tuple(dict.fromkeys(filter(None, [*(named or [area.words for area in AREAS]), said])))


def _readable(prescription: Any) -> Schedule | None:
    try:
        return schedule_of(prescription)
    except ScheduleError:
        return None


def _initial(quantity: Decimal | None) -> str:
    return "" if quantity is None else record_words.plain(quantity)

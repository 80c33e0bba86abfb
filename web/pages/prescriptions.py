"""Prescriptions at the desk: finding a medicine, writing, the second check, changing, stopping, INR results."""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from uuid_utils.compat import uuid7

from emar.operations import prescriptions
from emar.operations.prescriptions import (
    FirstDosePassed,
    OwnPrescription,
    PrescriptionConflict,
    ReasonMissing,
)
from emar.queries import transfers, writing
from emar.queries.homes import HomeOfStaff
from emar.queries.residents import age_on
from emar.rules.amounts import ScheduleError
from emar.rules.body_map import AREAS
from emar.rules.inr import InrRecord, inr_from_json
from emar.rules.patterns import WEEKDAYS
from emar.rules.prn_protocol import ProtocolError
from emar.rules.readings import READINGS
from emar.rules.reconciliation import prescription_id_for
from emar.rules.schedule import InrPlan, Schedule
from emar.rules.schedule_words import DAYS, inr_record_words, schedule_words, terms_words
from emar.rules.wall_clock import instant, local_day
from web.access import READERS, SENIORS, for_roles
from web.pages.residents import resident_or_404
from web.prescription_draft import (
    AUTHORITIES,
    Draft,
    first_values,
    posted,
    prescribed,
    read_label,
    settle,
    values_of,
)
from web.prescription_fields import HOLD_ROWS, INR_ROWS, MOST_PARTS, SCALE_ROWS, Typed, inr_record

KINDS = (
    ("regular", "At rounds or set times"),
    ("interval", "Every so many hours, patches"),
    ("when_required", "When required (PRN)"),
    ("by_inr", "Warfarin, by INR"),
    ("daily_total", "So much a day (feeds)"),
    ("standing", "Always (thickener)"),
)
PATTERNS = (
    ("daily", "Every day"),
    ("weekdays", "On these weekdays"),
    ("every_n_days", "Every so many days"),
    ("every_n_weeks", "Every so many weeks"),
    ("days_of_month", "On days of the month"),
    ("weekday_of_month", "On the first, second … weekday of the month"),
    ("cycle", "So many days on, so many off"),
    ("dates", "On these dates only"),
)
FOODS = (
    ("", "Not said"),
    ("before", "Before food"),
    ("with", "With food"),
    ("after", "After food"),
    ("with_or_after", "With or after food"),
    ("empty_stomach", "On an empty stomach"),
)
NTHS = (("1", "First"), ("2", "Second"), ("3", "Third"), ("4", "Fourth"), ("-1", "Last"))
LATE = (("", "Not agreed"), ("keep", "The later days stay"), ("move", "The later days move with it"))
LEVELS = (("", "No level said"), *((str(level), f"Level {level}") for level in range(8)))
#: The routes of dm+d that a care home sees; a medicine's own come before them.
ROUTES = (
    "Oral",
    "Buccal",
    "Sublingual",
    "Oromucosal",
    "Gastroenteral",
    "Inhalation",
    "Nasal",
    "Ocular",
    "Auricular",
    "Cutaneous",
    "Transdermal",
    "Subcutaneous",
    "Intramuscular",
    "Intravenous",
    "Rectal",
    "Vaginal",
    "Intravesical",
    "Urethral",
)
UNITS_OF_GAP = (("hours", "hours"), ("days", "days"))
PACKS = (
    ("quarantine", "Put aside: scanning one stops the carer"),
    ("keep", "Still given from: the carer is told to follow the record, not the label"),
)


@for_roles(SENIORS)
@require_http_methods(["GET", "POST"])
def write_prescription(request: HttpRequest, here: HomeOfStaff, resident_id: int) -> HttpResponse:
    """Find a medicine, then write how it is given: a new prescription, or the version that replaces one."""
    line = resident_or_404(request, here, resident_id, "write_prescription")
    sent = request.POST if request.method == "POST" else request.GET
    old = _old(here, resident_id, sent.get("replaces", ""))
    medicine_id = sent.get("medicine") or (old.medicine_id if old and "q" not in sent and "other" not in sent else "")
    choice = writing.medicine_choice(here.home_id, medicine_id) if medicine_id else None
    context = {"line": line, "resident": line.resident, "old": old, "heading": "Prescribe"}
    if choice is None:
        sought = sent.get("q", "").strip()
        found = writing.find_medicines(here.home_id, sought)
        context |= {"sought": sought, "found": found, "reconciled": sent.get("line", "")}
        return render(request, "prescriptions/find.html", context)
    draft = _draft(request, here, line.resident, choice, old)
    context |= _form_words(draft)
    if request.method == "POST":
        action = request.POST.get("action", "preview")
        if action == "write" and (saved := _write(request, draft, line.resident, old)) is not None:
            messages.success(request, "Written. It gives no dose until a second trained person has checked it.")
            return redirect("web:prescription", saved.pk)
        context["is_refused"] = action == "write"
    return render(request, "prescriptions/write.html", context)


@for_roles(SENIORS)
@require_POST
def preview_prescription(request: HttpRequest, here: HomeOfStaff, resident_id: int) -> HttpResponse:
    """Show what the form would mean as it stands: the words, the next doses, a calendar and the warnings."""
    line = resident_or_404(request, here, resident_id, "preview_prescription")
    old = _old(here, resident_id, request.POST.get("replaces", ""))
    choice = writing.medicine_choice(here.home_id, request.POST.get("medicine", ""))
    if choice is None:
        return render(request, "prescriptions/preview.html", {"draft": None})
    draft = _draft(request, here, line.resident, choice, old, is_preview=True)
    return render(request, "prescriptions/preview.html", {"draft": draft, "resident": line.resident, "old": old})


def _old(here: HomeOfStaff, resident_id: int, text: str) -> Any:
    """Return the prescription to be replaced; raises Http404 for one that is not this resident's."""
    if not text:
        return None
    try:
        found = writing.prescription(here.home_id, UUID(text))
    except ValueError:
        found = None
    if found is None or found.resident_id != resident_id:
        raise Http404("no such prescription of this resident")
    return found


def _reconciled(request: HttpRequest, here: HomeOfStaff, resident_id: int) -> Any:
    """Return the line of a reconciliation because of which something is written, or None."""
    text = request.GET.get("line", "")
    try:
        return transfers.line(here.home_id, resident_id, UUID(text)) if text else None
    except ValueError:
        return None


def _draft(
    request: HttpRequest, here: HomeOfStaff, resident: Any, choice: Any, old: Any, *, is_preview: bool = False
) -> Draft:
    now = timezone.now()
    today = local_day(now)
    rounds = writing.rounds_of(here.home_id, resident, today)
    if request.method == "POST":
        values = posted(request.POST)
    else:
        values = first_values(choice, today.isoformat(), now)
        if old is not None:
            values |= values_of(old, list(rounds))
            values["unit"] = [old.schedule["unit"]]
            # What was sent back never began; a change of what goes on begins today unless somebody says when.
            if old.checked_at is not None:
                values["starts_on"] = [today.isoformat()]
        if (found := _reconciled(request, here, resident.pk)) is not None:
            # The line never changes: what is written because of it is found by an id that follows from its own.
            values["id"] = [str(prescription_id_for(found.pk))]
    draft = Draft(choice, values, rounds)
    action = request.POST.get("action", "") if not is_preview else ""
    if action == "read":
        read_label(draft)
    elif action == "fields":
        draft.values["exact"] = [""]
    elif action == "add_part":
        _add_part(draft)
    elif action == "drop_part":
        draft.values["parts"] = [str(max(1, len(draft.parts) - 1))]
    chain = [] if old is None else [each.pk for each in writing.versions(here.home_id, old)]
    settle(draft, here.home_id, resident.pk, now, replacing=chain)
    is_first_look = request.method == "GET" or action in ("add_part", "drop_part", "fields")
    is_first_look = is_first_look or (draft.reading is not None and not draft.reading.is_read)
    if is_first_look or (is_preview and draft.is_fresh):
        draft.errors = {}
    return draft


def _add_part(draft: Draft) -> None:
    """Show one more part of the course, at the same times as the one before it."""
    last = len(draft.parts) - 1
    if last + 2 > MOST_PARTS:
        return
    for name, value in list(draft.values.items()):
        if name.startswith(f"p{last}_") and name not in (f"p{last}_days", f"p{last}_doses"):
            draft.values.setdefault(name.replace(f"p{last}_", f"p{last + 1}_", 1), value)
    draft.values["parts"] = [str(last + 2)]


def _write(request: HttpRequest, draft: Draft, resident: Any, old: Any) -> Any:
    new = prescribed(draft)
    if new is None:
        return None
    asked = {"by": request.user.pk, "at": timezone.now(), "reason": draft.text("reason")}
    try:
        if old is not None:
            return prescriptions.change(prescription=old, new=new, **asked)
        return prescriptions.write(new=new, resident=resident, **asked)
    except ReasonMissing as problem:
        draft.errors["reason"] = str(problem)
    except (ScheduleError, ProtocolError, PrescriptionConflict) as problem:
        draft.errors["kind"] = str(problem)
    return None


def _form_words(draft: Draft) -> dict[str, Any]:
    """Return what the form offers to choose from."""
    return {
        "draft": draft,
        "choice": draft.choice,
        "medicine": draft.choice.medicine,
        "values": draft.values,
        "errors": draft.errors,
        "rounds": draft.rounds,
        "parts": [{"n": part, "name": f"p{part}", "number": part + 1} for part in draft.parts],
        "kinds": KINDS,
        "patterns": PATTERNS,
        "foods": FOODS,
        "nths": NTHS,
        "lates": LATE,
        "levels_or_none": LEVELS,
        "interval_units": UNITS_OF_GAP,
        "pack_choices": PACKS,
        "weekdays": tuple(zip(WEEKDAYS, DAYS, strict=True)),
        "authorities": AUTHORITIES,
        "area_choices": [(area.words, area.words) for area in AREAS],
        "routes": _choices(draft, "route", ((each, each) for each in (*draft.choice.medicine.routes, *ROUTES))),
        "readings": _choices(draft, "reading", ((name, words) for name, (words, _) in READINGS.items())),
        "scale_rows": range(SCALE_ROWS),
        "hold_rows": range(HOLD_ROWS),
        "inr_rows": range(INR_ROWS),
    }


def _choices(draft: Draft, name: str, choices: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the choices of a field once each, behind none of them, with what an older version says."""
    said = draft.text(name)
    found = {"": "Not said"} | dict(choices)
    return list((found | ({said: said} if said not in found else {})).items())


# One prescription: its versions, its check, its end


@for_roles(READERS)
@require_GET
def prescription_page(request: HttpRequest, here: HomeOfStaff, prescription_id: UUID) -> HttpResponse:
    """Show a prescription with every version, what it brings, and to seniors what may be done with it."""
    return _page(request, here, _found(here, prescription_id))


@for_roles(SENIORS)
@require_GET
def waiting_page(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """List what waits for a second check, and what was sent back."""
    return render(
        request,
        "prescriptions/waiting.html",
        {"waiting": writing.waiting(here.home_id), "sent_back": writing.sent_back(here.home_id)},
    )


@for_roles(SENIORS)
@require_POST
def check_prescription(request: HttpRequest, here: HomeOfStaff, prescription_id: UUID) -> HttpResponse:
    """Check a prescription as the second person, or send it back in words."""
    found = _found(here, prescription_id)
    who = {"prescription": found, "by": request.user.pk, "at": timezone.now()}
    try:
        if request.POST.get("action") == "send_back":
            prescriptions.send_back(words=request.POST.get("words", ""), **who)
            messages.success(request, "Sent back. It gives no dose; it can be written again from here.")
        else:
            prescriptions.check(**who)
            messages.success(request, "Checked: it is active now, and on every device at its next contact.")
    except (OwnPrescription, PrescriptionConflict, FirstDosePassed) as problem:
        return _page(request, here, _found(here, prescription_id), {"check": str(problem)})
    except ReasonMissing as problem:
        return _page(request, here, found, {"words": str(problem)})
    return redirect("web:prescription", prescription_id)


@for_roles(SENIORS)
@require_POST
def stop_prescription(request: HttpRequest, here: HomeOfStaff, prescription_id: UUID) -> HttpResponse:
    """Stop a prescription, now or from a later time, with the reason."""
    found, now = _found(here, prescription_id), timezone.now()
    typed = Typed(posted(request.POST))
    on, clock = typed.day("stops_on", "The day it stops"), typed.clock("stops_at", "The time it stops")
    if typed.errors:
        return _page(request, here, found, typed.errors)
    stops_at = None
    if on is not None:
        stops_at = instant(date.fromisoformat(on), time.fromisoformat(clock or "00:00"))
    try:
        prescriptions.stop(
            prescription=found, reason=typed.text("stop_reason"), stops_at=stops_at, by=request.user.pk, at=now
        )
    except ReasonMissing as problem:
        return _page(request, here, found, {"stop_reason": str(problem)})
    except PrescriptionConflict as problem:
        return _page(request, here, found, {"stops_on": str(problem)})
    messages.success(request, "Stopped. What was given stays in the record.")
    return redirect("web:prescription", prescription_id)


@for_roles(SENIORS)
@require_POST
def suspend_prescription(request: HttpRequest, here: HomeOfStaff, prescription_id: UUID) -> HttpResponse:
    """Pause a prescription with the reason, or resume it."""
    found = _found(here, prescription_id)
    who = {"prescription": found, "by": request.user.pk, "at": timezone.now()}
    try:
        if request.POST.get("action") == "resume":
            prescriptions.resume(**who)
            messages.success(request, "Resumed: doses are due again from now.")
        else:
            prescriptions.suspend(reason=request.POST.get("pause_reason", ""), **who)
            messages.success(request, "Paused: its doses are neither due nor missed until somebody resumes it.")
    except (ReasonMissing, PrescriptionConflict) as problem:
        return _page(request, here, found, {"pause_reason": str(problem)})
    return redirect("web:prescription", prescription_id)


@for_roles(SENIORS)
@require_POST
def record_inr_result(request: HttpRequest, here: HomeOfStaff, prescription_id: UUID) -> HttpResponse:
    """Write a new INR result with its daily doses; a second person checks it like any change."""
    found = _found(here, prescription_id)
    typed = Typed(posted(request.POST))
    record = inr_record(typed, "inr")
    if typed.errors:
        return _page(request, here, found, typed.errors)
    try:
        saved = prescriptions.record_inr(
            prescription=found,
            record=_inr_record(record),
            new_id=UUID(typed.text("id")) if typed.text("id") else UUID(str(uuid7())),
            by=request.user.pk,
            at=timezone.now(),
        )
    except (ScheduleError, PrescriptionConflict, ReasonMissing, ValueError) as problem:
        return _page(request, here, found, {"inr_amounts": str(problem)})
    messages.success(request, "Written. The new doses count once a second trained person has checked them.")
    return redirect("web:prescription", saved.pk)


def _inr_record(value: dict[str, Any]) -> InrRecord:
    (record,) = inr_from_json({"slot": {"at": "18:00"}, "records": [value]}).records
    return record


def _found(here: HomeOfStaff, prescription_id: UUID) -> Any:
    found = writing.prescription(here.home_id, prescription_id)
    if found is None:
        raise Http404("no such prescription in this home")
    return found


def _page(request: HttpRequest, here: HomeOfStaff, found: Any, errors: dict[str, str] | None = None) -> HttpResponse:
    now = timezone.now()
    line = resident_or_404(request, here, found.resident_id, "prescription")
    chain = writing.versions(here.home_id, found)
    is_open = found.stopped_at is None or found.stopped_at > now
    is_waiting = found.checked_at is None and found.stopped_at is None
    context: dict[str, Any] = {
        "line": line,
        "resident": line.resident,
        "age": age_on(local_day(now), line.resident.born_on),
        "prescription": found,
        "medicine": found.medicine,
        "control": writing.medicine_choice(here.home_id, found.medicine_id).control,
        "versions": chain,
        "newest": chain[0] if chain else found,
        "pauses": writing.suspensions_of(here.home_id, found),
        "is_open": is_open,
        "is_waiting": is_waiting,
        "is_own": found.written_by_id == request.user.pk,
        "may_write": here.role in SENIORS,
        "writers_word": writing.writers_word(here.home_id, found),
        "errors": errors or {},
        "values": posted(request.POST) or {"id": [str(uuid7())]},
        "now": now,
    }
    try:
        schedule = Schedule.from_json(found.schedule)
        context |= _meaning(here, found, line.resident, schedule, now, is_waiting=is_waiting)
    except ScheduleError as problem:
        context["problem"] = str(problem)
    return render(request, "prescriptions/prescription.html", context)


def _meaning(
    here: HomeOfStaff, found: Any, resident: Any, schedule: Schedule, now: datetime, *, is_waiting: bool
) -> dict[str, Any]:
    """Return what a schedule says and brings, in words."""
    rounds = writing.rounds_of(here.home_id, resident, local_day(now))
    is_inr = isinstance(schedule.plan, InrPlan)
    return {
        "schedule": schedule,
        "words": schedule_words(schedule.latest),
        "more_words": terms_words(schedule.terms),
        "ahead": writing.ahead(schedule, rounds, now),
        "passed_matters": is_waiting,
        "is_inr": is_inr,
        "inr_records": _inr_words(schedule) if is_inr else [],
    }


def _inr_words(schedule: Schedule) -> list[str]:
    """Return every dosing record in words, the latest first."""
    records = schedule.plan.records if isinstance(schedule.plan, InrPlan) else ()
    return [inr_record_words(each, schedule.unit) for each in sorted(records, key=lambda each: each.from_on)[::-1]]

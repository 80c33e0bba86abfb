"""The residents of a home, one resident's page, and their photograph."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from emar.operations import audit
from emar.queries import homes, plans, residents, transfers
from emar.queries.homes import HomeOfStaff
from emar.rules.wall_clock import local_day
from web.access import INSPECTOR, MANAGER, READERS, SENIORS, WORKING, for_roles


@for_roles(READERS)
@require_GET
def residents_page(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """List the residents who live in the home, of one unit where one is chosen."""
    lines = residents.residents(here.home_id, timezone.now())
    unit = request.GET.get("unit", "")
    sought = request.GET.get("q", "").strip()
    shown = [line for line in lines if (not unit or str(line.resident.unit_id) == unit) and _matches(line, sought)]
    return render(
        request,
        "residents/residents.html",
        {
            "lines": shown,
            "total": len(lines),
            "units": homes.units(here.home_id),
            "unit": unit,
            "sought": sought,
            "may_admit": here.role in SENIORS,
        },
    )


def _matches(line: residents.ResidentLine, sought: str) -> bool:
    person = line.resident
    words = f"{person.full_name} {person.preferred_name} {person.room}".casefold()
    return all(word in words for word in sought.casefold().split())


@for_roles(READERS)
@require_GET
def resident_page(request: HttpRequest, here: HomeOfStaff, resident_id: int) -> HttpResponse:
    """Show one resident: who they are, what they must not have, how they take what they have."""
    now = timezone.now()
    line = resident_or_404(request, here, resident_id, "resident")
    lines = residents.prescriptions_of(here.home_id, resident_id)
    active = [each for each in lines if each.stopped_at is None or each.stopped_at > now]
    return render(
        request,
        "residents/resident.html",
        {
            "line": line,
            "resident": line.resident,
            "age": residents.age_on(local_day(now), line.resident.born_on),
            "regular": [each for each in active if each.schedule["kind"] != "when_required"],
            "when_required": [each for each in active if each.schedule["kind"] == "when_required"],
            "stopped": [each for each in lines if each not in active],
            "paused": _paused(here.home_id, resident_id, active),
            "plans": plans.plans_of(here.home_id, [resident_id])[resident_id],
            "weights": plans.weights(here.home_id, resident_id)[:1],
            "waiting": [each for each in transfers.reconciliations(here.home_id, resident_id) if each.waits],
            "today": local_day(now),
            "may_write": here.role in SENIORS,
            "may_work": here.role in WORKING,
            "may_see_log": here.role in (MANAGER, INSPECTOR),
        },
    )


def _paused(home_id: int, resident_id: int, active: list[Any]) -> list[tuple[Any, Any]]:
    """Return what is paused of what somebody has, each with why and since when."""
    why = residents.paused(home_id, resident_id)
    return [(each, why[each.pk]) for each in active if each.pk in why]


@for_roles(READERS)
@require_GET
def photo(request: HttpRequest, here: HomeOfStaff, resident_id: int) -> HttpResponse:
    """Answer a resident's photograph."""
    jpeg = residents.photo(here.home_id, resident_id)
    if jpeg is None:
        raise Http404("no photograph")
    return HttpResponse(jpeg, content_type="image/jpeg")


def resident_or_404(request: HttpRequest, here: HomeOfStaff, resident_id: int, page: str) -> residents.ResidentLine:
    """Return a resident of this home and write down that their record was read; raises Http404."""
    now = timezone.now()
    line = residents.resident(here.home_id, resident_id, now)
    if line is None:
        raise Http404("nobody of that number lives here")
    note_read(request, here, resident_id, page)
    return line


def note_read(request: HttpRequest, here: HomeOfStaff, resident_id: int, page: str) -> None:
    """Write down that the signed-in person read this resident's record, and on which page."""
    audit.note(
        action="record_read",
        home_id=here.home_id,
        resident_id=resident_id,
        by=request.user.pk,
        at=timezone.now(),
        about=page,
    )

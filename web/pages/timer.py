"""Timing work with medicines by two taps: one to start, one to stop. Made for a phone in one hand."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from uuid_utils.compat import uuid7

from emar.queries.homes import HomeOfStaff
from quality.operations import savings as operations
from quality.queries import savings as queries
from quality.queries.going_live import live_since
from quality.rules.savings import PROCESS_WORDS
from web.access import SENIORS, WORKING, for_roles
from web.desk_form import sent_id

MOST_PEOPLE = 9


@for_roles(WORKING)
@require_GET
def timer_page(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Show what runs now, what can be timed, and the latest timings."""
    return render(
        request,
        "staff_time/timer.html",
        {
            "running": queries.running(here.home_id),
            "processes": list(PROCESS_WORDS.items()),
            "samples": queries.samples(here.home_id, limit=20),
            "is_baseline": live_since(here.home_id) is None,
            "may_set_aside": here.role in SENIORS,
            "people": range(1, MOST_PEOPLE + 1),
            "new_id": lambda: str(uuid7()),
            "now": timezone.now(),
        },
    )


@for_roles(WORKING)
@require_POST
def start(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Start to time a process: the first tap."""
    process = request.POST.get("process", "")
    if process not in PROCESS_WORDS:
        messages.success(request, "Choose what you time.")
        return redirect("web:timer")
    try:
        operations.start(
            sample_id=sent_id(request), home_id=here.home_id, process=process, by=request.user.pk, at=timezone.now()
        )
    except operations.TimerRuns:
        messages.success(request, "You time this already: it runs above.")
        return redirect("web:timer")
    messages.success(request, f"{PROCESS_WORDS[process]}: the time runs. Tap Stop when you are done.")
    return redirect("web:timer")


@for_roles(WORKING)
@require_POST
def stop(request: HttpRequest, here: HomeOfStaff, sample_id: UUID) -> HttpResponse:
    """Stop a timer: the second tap."""
    sample = _sample_or_404(here, sample_id)
    typed = request.POST.get("people", "1")
    people = min(max(int(typed), 1), MOST_PEOPLE) if typed.isdecimal() and len(typed) < 3 else 1
    try:
        operations.stop(sample=sample, people=people, by=request.user.pk, at=timezone.now())
    except operations.AlreadyStopped:
        messages.success(request, "It was stopped before.")
        return redirect("web:timer")
    if sample.set_aside_at is not None:
        messages.success(request, "It ran for more than eight hours, so it was forgotten: it does not count.")
    else:
        messages.success(request, "Stopped, and kept.")
    return redirect("web:timer")


@for_roles(SENIORS)
@require_POST
def set_aside(request: HttpRequest, here: HomeOfStaff, sample_id: UUID) -> HttpResponse:
    """Leave a timing out of every figure."""
    operations.set_aside(sample=_sample_or_404(here, sample_id), by=request.user.pk, at=timezone.now())
    messages.success(request, "Left out of every figure. It stays on the list.")
    return redirect("web:timer")


def _sample_or_404(here: HomeOfStaff, sample_id: UUID) -> Any:
    found = queries.sample(here.home_id, sample_id)
    if found is None:
        raise Http404("this home has no such timing")
    return found

"""What people have to do today because of the record: trying it, and closing it with what came of it."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from uuid_utils.compat import uuid7

from emar.operations import tasks as operations
from emar.queries import residents
from emar.queries import tasks as queries
from emar.queries.homes import HomeOfStaff
from web.access import READERS, SENIORS, WORKING, for_roles
from web.desk_form import sent_id
from web.pages.residents import note_read

MISSING = "Write down what happened, and whom you spoke to."


@for_roles(READERS)
@require_GET
def tasks_page(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Show what is open today, urgent first; of one resident where one is chosen."""
    return _page(request, here)


@for_roles(WORKING)
@require_POST
def note_task(request: HttpRequest, here: HomeOfStaff, task_id: UUID) -> HttpResponse:
    """Write down that somebody tried; the task stays open."""
    (task,) = _tasks_or_404(here, [task_id])
    note_id = sent_id(request, "note_id")
    try:
        operations.write_note(
            note_id=note_id, task=task, words=request.POST.get("words", ""), by=request.user.pk, at=timezone.now()
        )
    except operations.WordsMissing:
        return _page(request, here, wrong=task_id, problem="Write down what you tried, and what was said.")
    except operations.TaskClosed:
        messages.success(request, "A colleague closed it in the meantime. What came of it stands below.")
        return redirect("web:tasks")
    messages.success(request, "Written down. The task stays open.")
    return redirect("web:tasks")


@for_roles(SENIORS)
@require_POST
def close_task(request: HttpRequest, here: HomeOfStaff, task_id: UUID) -> HttpResponse:
    """Close a task, or all doses left unrecorded at one time, with what came of it."""
    also = [found for each in request.POST.getlist("also") if (found := _id(each))]
    tasks = _tasks_or_404(here, {task_id, *also})
    try:
        operations.close(tasks=tasks, outcome=request.POST.get("outcome", ""), by=request.user.pk, at=timezone.now())
    except operations.WordsMissing:
        return _page(request, here, wrong=task_id, problem=MISSING)
    except operations.TaskClosed:
        messages.success(request, "A colleague closed it in the meantime. What came of it stands below.")
        return redirect("web:tasks")
    messages.success(request, "Closed. What came of it is kept with it.")
    return redirect("web:tasks")


def _tasks_or_404(here: HomeOfStaff, ids: Collection[UUID]) -> list[Any]:
    found = queries.tasks(here.home_id, ids)
    if len(found) != len(ids):
        raise Http404("no such task in this home")
    return found


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _page(request: HttpRequest, here: HomeOfStaff, *, wrong: UUID | None = None, problem: str = "") -> HttpResponse:
    now = timezone.now()
    asked = request.GET.get("resident", "")
    resident_id = int(asked) if asked.isdecimal() and len(asked) < 16 else None
    line = None
    if resident_id is not None:
        line = residents.resident(here.home_id, resident_id, now)
        if line is None:
            raise Http404("nobody of that number lives here")
        note_read(request, here, resident_id, "tasks")
    groups = queries.open_groups(here.home_id, now, resident_id=resident_id)
    return render(
        request,
        "tasks/tasks.html",
        {
            "groups": groups,
            "coming": queries.coming(here.home_id, now, resident_id=resident_id),
            "closed": queries.closed(here.home_id, now, resident_id=resident_id),
            "person": line.resident if line else None,
            "may_note": here.role in WORKING,
            "may_close": here.role in SENIORS,
            "new_id": lambda: str(uuid7()),
            "wrong": wrong,
            "problem": problem,
            "said": request.POST.get("words") or request.POST.get("outcome") or "",
            "now": now,
        },
    )

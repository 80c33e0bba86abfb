"""What devices sent and nobody could record: shown to a manager in words, until it is dealt with."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from uuid_utils.compat import uuid7

from emar.operations import held_events as operations
from emar.operations.reviews import AlreadyReviewed
from emar.queries import held_events
from emar.queries.homes import HomeOfStaff
from web.access import MANAGERS, for_roles

DECISIONS = {"by_hand": "Recorded by hand", "set_aside": "Set aside"}


class ReviewForm(forms.Form):
    """What a manager did about a held event."""

    id = forms.UUIDField()
    decision = forms.ChoiceField(
        choices=list(DECISIONS.items()),
        error_messages={"required": "Say whether it is recorded by hand now, or set aside"},
    )
    words = forms.CharField(
        max_length=2000, error_messages={"required": "Write down what you found out and what you did"}
    )


@for_roles(MANAGERS)
@require_GET
def held_events_page(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Show every held event that waits for a manager."""
    return _page(request, here)


@for_roles(MANAGERS)
@require_POST
def review(request: HttpRequest, here: HomeOfStaff, event_id: UUID) -> HttpResponse:
    """Take what a manager did about one held event."""
    if not held_events.was_held(here.home_id, event_id):
        raise Http404("no such held event in this home")
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return _page(request, here, refused=(event_id, form))
    said = "Dealt with: it stays among what the device sent, with what you wrote."
    try:
        operations.review(
            review_id=form.cleaned_data["id"],
            home_id=here.home_id,
            event_id=event_id,
            decision=form.cleaned_data["decision"],
            words=form.cleaned_data["words"],
            by=request.user.pk,
            at=timezone.now(),
        )
    except AlreadyReviewed:
        said = "Somebody has dealt with this already. Nothing was changed."
    messages.success(request, said)
    return redirect("web:held_events")


def _page(request: HttpRequest, here: HomeOfStaff, refused: tuple[UUID, ReviewForm] | None = None) -> HttpResponse:
    pk, form = refused or (None, None)
    found = held_events.held_events(here.home_id)
    rows = [{"event": each, "id": uuid7(), "form": form if each.id == pk else None} for each in found]
    context = {
        "rows": rows,
        "decisions": list(DECISIONS.items()),
        "count": held_events.held_count(here.home_id),
        "shown": held_events.MOST,
    }
    return render(request, "held_events/held_events.html", context)

"""Two records of one due dose: a senior finds out which of them is right, or that both are."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from uuid_utils.compat import uuid7

from emar.operations import conflicts as operations
from emar.operations.reviews import AlreadyReviewed
from emar.queries import conflicts
from emar.queries.conflicts import Conflict
from emar.queries.homes import HomeOfStaff
from web.access import SENIORS, for_roles

BOTH = "both"


class DecisionForm(forms.Form):
    """What a senior found out about a conflict: the record that was entered in error, or that both happened."""

    id = forms.UUIDField()
    found = forms.CharField(error_messages={"required": "Say which record was entered in error, or that both happened"})
    words = forms.CharField(
        max_length=2000, error_messages={"required": "Write down how you know, and whom you told about it"}
    )


@for_roles(SENIORS)
@require_GET
def conflicts_page(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Show every conflict that waits for a decision."""
    return _page(request, conflicts.open_conflicts(here.home_id))


@for_roles(SENIORS)
@require_POST
def decide(request: HttpRequest, here: HomeOfStaff, conflict_id: UUID) -> HttpResponse:
    """Take a senior's decision about one conflict."""
    conflict = conflicts.open_conflict(here.home_id, conflict_id)
    if conflict is None:
        if conflicts.is_conflict(here.home_id, conflict_id):
            messages.success(request, "Somebody has decided this already. Nothing was changed.")
            return redirect("web:conflicts")
        raise Http404("no such conflict in this home")
    form = DecisionForm(request.POST)
    known = {BOTH, *(str(record.pk) for record in conflict.records)}
    if form.is_valid() and form.cleaned_data["found"] not in known:
        form.add_error("found", "Choose one of the records shown, or that both happened")
    if not form.is_valid():
        return _page(request, conflicts.open_conflicts(here.home_id), refused=(conflict_id, form))
    _decide(request, conflict, form)
    return redirect("web:conflicts")


def _decide(request: HttpRequest, conflict: Conflict, form: DecisionForm) -> None:
    found, words, own_id = (form.cleaned_data[name] for name in ("found", "words", "id"))
    decision = {"by": request.user.pk, "at": timezone.now()}
    try:
        if found == BOTH:
            operations.let_both_stand(review_id=own_id, record=conflict.record, words=words, **decision)
            said = "Kept: both happened. Both stay on the chart, with what you wrote."
        else:
            operations.correct_one(
                correction_id=own_id, conflict=conflict, wrong_id=UUID(found), reason=words, **decision
            )
            said = "Corrected: the record stays on the chart, crossed out, and its stock is back."
    except AlreadyReviewed:
        said = "Somebody has decided this already. Nothing was changed."
    messages.success(request, said)


def _page(
    request: HttpRequest, found: list[Conflict], refused: tuple[UUID, DecisionForm] | None = None
) -> HttpResponse:
    pk, form = refused or (None, None)
    rows = [
        {"conflict": each, "id": uuid7(), "form": form if each.record.pk == pk else None, "both": BOTH}
        for each in found
    ]
    return render(request, "conflicts/conflicts.html", {"rows": rows, "now": timezone.now()})

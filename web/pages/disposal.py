"""Medicines that go back to the pharmacy or a waste contractor, or are destroyed: choosing them, and the lists kept."""

from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from emar.operations import disposal as operations
from emar.queries import disposal as offered
from emar.queries import residents
from emar.queries.homes import HomeOfStaff
from emar.rules.amounts import plain
from stock.operations import disposal as ledger
from stock.operations.ledger import QuantityNotPositive
from stock.queries import disposal as queries
from web.access import READERS, SENIORS, for_roles
from web.desk_form import ActForm, data_of, is_done, words_field
from web.pages.residents import note_read
from web.pdf.consignment import consignment_pdf
from web.second_person import SecondPersonFields


class ConsignmentForm(ActForm, SecondPersonFields):
    """Where medicines go, and who is there."""

    sections = {
        "Where it goes": ("goes_to", "receiver", "collected_by"),
        "Controlled drugs and medicines of people who died": ("are_denatured", "early_reason"),
        "Who is there": ("witness_name", "witness_password", "note"),
    }
    goes_to = forms.ChoiceField(
        label="Where does it go?", widget=forms.RadioSelect, choices=list(queries.DESTINATION_WORDS.items())
    )
    receiver = forms.CharField(label="Which pharmacy or contractor", required=False, max_length=200)
    collected_by = forms.CharField(
        label="Who takes it away", required=False, max_length=200, help_text="The driver’s name. They sign the list."
    )
    are_denatured = forms.BooleanField(
        label="The controlled drugs are made unusable in a denaturing kit", required=False,
        help_text="Needed in a nursing home, and wherever they are destroyed.",
    )  # fmt: skip
    early_reason = words_field(
        "Why medicines of somebody who died leave before their time", rows=2, required=False,
        help_text="They are kept for some days in case a coroner asks. Say who agreed.",
    )  # fmt: skip
    note = words_field("Anything else", rows=2, required=False)


REFUSALS = {
    ledger.WitnessMissing: "witness_password", ledger.NotDenatured: "are_denatured",
    ledger.ReceiverMissing: "collected_by", operations.HeldAfterDeath: "early_reason",
    ledger.NothingChosen: None, ledger.NotHeld: None, ledger.WordsMissing: None, QuantityNotPositive: None,
}  # fmt: skip


@for_roles(READERS)
@require_GET
def consignments_page(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Show what left the home, the newest first, and how much waits to leave."""
    waiting = [each for each in offered.candidates(here.home_id, timezone.now()) if each.is_offered]
    sent = queries.consignments(here.home_id)
    for resident_id in sorted(
        {row.line.resident_id for each in sent for row in each.disposals if row.line.resident_id}
    ):
        note_read(request, here, resident_id, "returned and destroyed")
    return render(
        request,
        "disposal/consignments.html",
        {"sent": sent, "waiting": len(waiting), "may_send": here.role in SENIORS},
    )


@for_roles(SENIORS)
@require_http_methods(["GET", "POST"])
def send(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Choose what leaves the home and write down where it goes: what is put aside comes first."""
    now = timezone.now()
    asked = request.GET.get("resident", "")
    resident_id = int(asked) if asked.isdecimal() and len(asked) < 16 else None
    found = offered.candidates(here.home_id, now, resident_id=resident_id)
    shown = found if resident_id is not None else [each for each in found if each.is_offered]
    for pk in sorted({each.line.resident_id for each in shown if each.line.resident_id}):
        note_read(request, here, pk, "return or destroy")
    form = ConsignmentForm(**data_of(request))
    rows = [_Row(each, request) for each in shown]
    form.show_who(request, here.home_id, now)

    def act(said: dict[str, Any]) -> None:
        sending = ledger.Sending(
            id=said["id"],
            goes_to=said["goes_to"],
            leaving=[each.leaving() for each in rows if each.is_chosen],
            receiver=said["receiver"],
            collected_by=said["collected_by"],
            note=said["note"],
            early_reason=said["early_reason"],
            are_denatured=said["are_denatured"],
            witness_id=form.witness_id,
        )
        operations.send(home_id=here.home_id, sending=sending, by=request.user.pk, at=now)

    if is_done(request, form, act, REFUSALS):
        messages.success(request, "It has left the home’s stock. Print the list, and have it signed.")
        return redirect("web:consignment", form.cleaned_data["id"])
    return render(
        request,
        "disposal/send.html",
        {
            "form": form,
            "rows": rows,
            "reasons": list(queries.REASON_WORDS.items()),
            "people": residents.residents(here.home_id, now),
            "person": next((each.line.resident for each in found if each.line.resident), None) if resident_id else None,
            "resident_id": resident_id,
            "back": reverse("web:consignments"),
        },
    )


class _Row:
    """One medicine of the form: what is offered, and what somebody said of it."""

    def __init__(self, candidate: offered.Candidate, request: HttpRequest) -> None:
        self.candidate, sent = candidate, request.POST
        key = candidate.key
        self.is_chosen = key in sent.getlist("chosen")
        self.quantity = sent.get(f"quantity-{key}", plain(candidate.quantity))
        self.reason = sent.get(f"reason-{key}", candidate.reason)
        self.words = sent.get(f"words-{key}", "")

    def leaving(self) -> ledger.Leaving:
        """Return what leaves. Raises what stock.operations.disposal.send does for an answer that cannot be read."""
        name = self.candidate.line.medicine.name
        try:
            quantity = Decimal(self.quantity.strip())
            quantity = quantity if quantity.is_finite() and quantity < 10**8 else Decimal(0)
        except InvalidOperation:
            quantity = Decimal(0)
        if quantity <= 0:
            raise QuantityNotPositive(f"{name}: enter how much leaves, as a number above nothing")
        if self.reason not in queries.REASON_WORDS:
            raise ledger.WordsMissing(f"{name}: choose why it leaves")
        pack = self.candidate.pack
        leaving = ledger.Leaving(self.candidate.line.pk, quantity, self.reason, pack.pk if pack else None)
        return replace(leaving, words=self.words[:1000])


def _consignment_or_404(here: HomeOfStaff, consignment_id: UUID) -> queries.Sent:
    found = queries.consignment(here.home_id, consignment_id)
    if found is None:
        raise Http404("this home has no such list")
    return found


@for_roles(READERS)
@require_GET
def consignment_page(request: HttpRequest, here: HomeOfStaff, consignment_id: UUID) -> HttpResponse:
    """Show one list."""
    sent = _read(request, here, consignment_id)
    return render(request, "disposal/consignment.html", {"sent": sent, "consignment": sent.consignment})


@for_roles(READERS)
@require_GET
def consignment_paper(request: HttpRequest, here: HomeOfStaff, consignment_id: UUID) -> HttpResponse:
    """Print one list, with places to sign."""
    sent = _read(request, here, consignment_id)
    response = HttpResponse(consignment_pdf(here.home_name, sent), content_type="application/pdf")
    # The name of a file is read over shoulders: it names nobody.
    response["Content-Disposition"] = 'inline; filename="consignment-list.pdf"'
    return response


def _read(request: HttpRequest, here: HomeOfStaff, consignment_id: UUID) -> queries.Sent:
    sent = _consignment_or_404(here, consignment_id)
    for pk in sorted({each.line.resident_id for each in sent.disposals if each.line.resident_id}):
        note_read(request, here, pk, "returned and destroyed")
    return sent

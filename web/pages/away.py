"""Where a resident is: to hospital, on leave, back, left, died; and the medicines that go out with them."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from emar.operations import leave as operations
from emar.operations import residents
from emar.queries import taken, transfers
from emar.queries.homes import HomeOfStaff
from emar.queries.presences import GONE
from emar.queries.residents import ResidentLine
from emar.rules.amounts import plain
from stock.operations.away import MoreThanWasSent
from stock.operations.ledger import QuantityNotPositive
from stock.queries.lines import held_lines
from web.access import SENIORS, WORKING, for_roles
from web.desk_form import ActForm, DeskForm, as_meant, banner, data_of, form_page, instant_field, is_done
from web.pages.residents import resident_or_404
from web.record_words import unit_for
from web.second_person import SecondPersonFields

#: What may be said of somebody who is here, and of somebody who is away.
FROM_HERE = [
    ("in_hospital", "To hospital"),
    ("on_leave", "On leave: out with family or friends"),
    ("left", "Left the home for good"),
    ("died", "Died"),
]
FROM_AWAY = [("present", "Back in the home"), *FROM_HERE]
NEEDS_WHERE = {"in_hospital": "Enter which hospital", "on_leave": "Enter with whom they are"}


class PresenceForm(DeskForm):
    """Where somebody is from now on, or from an earlier time."""

    presence = forms.ChoiceField(label="What happened", widget=forms.RadioSelect)
    since_at = instant_field("When")
    where = forms.CharField(
        label="Where, or with whom", required=False, max_length=200, help_text="Which hospital and ward, or with whom."
    )
    expected_back_at = instant_field("Expected back", required=False)

    def __init__(self, *arguments: Any, line: ResidentLine, **options: Any) -> None:
        super().__init__(*arguments, **options)
        choices = FROM_AWAY if line.is_away else FROM_HERE
        self.fields["presence"].choices = [each for each in choices if each[0] != line.presence]
        self.line = line

    def clean(self) -> dict[str, Any]:
        """Ask where they are, and refuse a time that is still to come or before the last change."""
        said = super().clean() or self.cleaned_data
        needed = NEEDS_WHERE.get(said.get("presence", ""))
        if needed and not said.get("where"):
            self.add_error("where", needed)
        since = said["since_at"] = as_meant(said.get("since_at"), timezone.now())
        if since and since > timezone.now():
            self.add_error("since_at", "Enter a time that has come: write it down when they go")
        if since and self.line.presence_since and since < self.line.presence_since:
            self.add_error("since_at", "Enter a time after the last change of where they are")
        back = said.get("expected_back_at")
        if since and back and back <= since:
            self.add_error("expected_back_at", "Enter a time after they go")
        return said


@for_roles(WORKING)
@require_http_methods(["GET", "POST"])
def where(request: HttpRequest, here: HomeOfStaff, resident_id: int) -> HttpResponse:
    """Show where a resident was and is, and write down a change."""
    line = resident_or_404(request, here, resident_id, "where")
    now = timezone.now()
    form = PresenceForm(**data_of(request), line=line, initial={"since_at": now})

    def act(said: dict[str, Any]) -> None:
        change = residents.PresenceChange(
            residents.Presence(said["presence"]), said["since_at"], said["where"], said["expected_back_at"]
        )
        residents.note_presence(resident=line.resident, change=change, by=request.user.pk, at=now)

    if line.presence not in GONE and is_done(request, form, act, {residents.AlreadyGone: None}):
        return _after(request, here, line, form.cleaned_data["presence"])
    return form_page(
        request, form, heading="Where they are", button="Write it down",
        back=reverse("web:resident", args=[resident_id]), line=line, template="away/where.html",
        presences=transfers.presences(here.home_id, resident_id), is_gone=line.presence in GONE,
        may_reconcile=here.role in SENIORS,
    )  # fmt: skip


def _after(request: HttpRequest, here: HomeOfStaff, line: ResidentLine, presence: str) -> HttpResponse:
    resident_id, name = line.resident.pk, line.resident.preferred_name
    if presence == "present" and line.presence == "in_hospital":
        messages.success(request, f"{name} is back. Compare the medicines with the discharge letter now.")
        if here.role in SENIORS:
            return redirect(f"{reverse('web:reconcile', args=[resident_id])}?occasion=from_hospital")
        return redirect("web:resident", resident_id)
    if presence == "on_leave":
        messages.success(request, f"{name} is on leave: doses are not due meanwhile. Which medicines go along?")
        return redirect("web:leave", resident_id)
    words = {
        "present": f"{name} is back: doses are due again.",
        "in_hospital": f"{name} is in hospital: doses are not due meanwhile, and not missed.",
        "left": f"{name} has left: everything is stopped. Medicines that go along are written down under Leave.",
        "died": f"{name} has died: everything is stopped, and a task says when their medicines may go back.",
    }
    messages.success(request, words[presence])
    return redirect("web:resident", resident_id)


class SendForm(ActForm, SecondPersonFields):
    """Medicines that go out."""

    field_order = ("what", "quantity", "sent_with", "witness_name", "witness_password")
    what = forms.ChoiceField(label="Which medicine", help_text="Each pack that the home holds for this person.")
    quantity = forms.DecimalField(label="How much goes out", min_value=0, max_digits=10, decimal_places=2)
    sent_with = forms.CharField(label="Who takes charge of it", max_length=200)


@for_roles(SENIORS)
@require_http_methods(["GET", "POST"])
def leave(request: HttpRequest, here: HomeOfStaff, resident_id: int) -> HttpResponse:
    """Show what is out with a resident, and write down more that goes out."""
    line = resident_or_404(request, here, resident_id, "leave")
    now = timezone.now()
    form = SendForm(**data_of(request))
    form.fields["what"].choices = [("", "Choose"), *_held(here.home_id, resident_id, now)]
    form.show_who(request, here.home_id, now)

    def act(said: dict[str, Any]) -> None:
        prescription_id, line_id, pack_id = said["what"].split("/")
        operations.send_out(
            resident=line.resident,
            going=operations.GoingOut(
                id=said["id"],
                prescription_id=UUID(prescription_id),
                line_id=int(line_id),
                pack_id=UUID(pack_id) if pack_id else None,
                quantity=said["quantity"],
                sent_with=said["sent_with"],
                witness_id=form.witness_id,
            ),
            by=request.user.pk,
            at=now,
        )

    refusals = {
        operations.NothingHeld: "what", operations.WitnessMissing: "witness_name", QuantityNotPositive: "quantity",
    }  # fmt: skip
    if is_done(request, form, act, refusals):
        messages.success(request, "It has left the home’s stock, and stands under what is out.")
        return redirect("web:leave", resident_id)
    return form_page(
        request, form, heading="Medicines on leave", button="It goes out",
        back=reverse("web:resident", args=[resident_id]), line=line, template="away/leave.html",
        out=transfers.medicines_out(here.home_id, resident_id),
    )  # fmt: skip


def _held(home_id: int, resident_id: int, now: Any) -> list[tuple[str, str]]:
    """Return the packs that may go out, each with the prescription it is for; stock without packs as a whole."""
    prescriptions = transfers.active_prescriptions(home_id, resident_id, now)
    # Somebody who leaves for good has nothing prescribed any more, and takes their medicines along.
    prescriptions = prescriptions or transfers.stopped_prescriptions(home_id, resident_id)
    held_of = {each.line.pk: each for each in held_lines(home_id, resident_id=resident_id)}
    found = []
    for each in prescriptions:
        for line in taken.lines_of(each):
            if (held := held_of.get(line.pk)) is None:
                continue
            name, key = held.line.medicine.name, f"{each.pk}/{line.pk}"
            what = f"{name}: {plain(held.balance)} {unit_for(line.unit, held.balance)} held"
            packs = [(f"{key}/{pack.pk}", f"{what}, pack {pack.label_code}") for pack in held.packs_in_use]
            found += packs or [(f"{key}/", what)]
    return found


class BackForm(SecondPersonFields):
    """What came back of medicines that were out."""

    field_order = ("returned", "witness_name", "witness_password")
    returned = forms.DecimalField(
        label="How much came back", min_value=0, max_digits=10, decimal_places=2,
        help_text="Count it. The rest is written down as used.",
    )  # fmt: skip


@for_roles(SENIORS)
@require_http_methods(["GET", "POST"])
def take_back(request: HttpRequest, here: HomeOfStaff, resident_id: int, leave_id: UUID) -> HttpResponse:
    """Write down what came back of one medicine."""
    line = resident_or_404(request, here, resident_id, "leave")
    out = transfers.medicine_out(here.home_id, resident_id, leave_id)
    if out is None:
        raise Http404("nothing of that is out")
    now = timezone.now()
    form = BackForm(**data_of(request))
    form.show_who(request, here.home_id, now)

    def act(said: dict[str, Any]) -> None:
        operations.take_back(out=out, returned=said["returned"], witness_id=form.witness_id, by=request.user.pk, at=now)

    refusals = {
        MoreThanWasSent: "returned", QuantityNotPositive: "returned", operations.WitnessMissing: "witness_name",
        operations.TakenBackBefore: None,
    }  # fmt: skip
    if is_done(request, form, act, refusals):
        messages.success(request, "What came back is in the home’s stock again.")
        return redirect("web:leave", resident_id)
    words = f"{plain(out.quantity)} {out.unit} of {out.prescription.medicine.name} went out with {out.sent_with}."
    context = {
        "form": form, "heading": "Back from leave", "button": "Write it down", "words": words,
        "back": reverse("web:leave", args=[resident_id]),
    }  # fmt: skip
    return render(request, "parts/form_page.html", context | banner(line, now))

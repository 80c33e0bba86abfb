"""Where book and cupboard disagree: what is open, what was signed, and one difference from recount to signature.

The figures of a controlled drug's difference stay hidden until two people have counted again: whoever recounts must
not know what they ought to find.
"""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from emar.operations import counts as operations
from emar.queries import cd_discrepancies as cds
from emar.queries.homes import HomeOfStaff
from emar.queries.register import register_balances
from quality.queries import incidents
from stock.operations import counts as ledger
from stock.operations.ledger import QuantityNotPositive
from stock.queries import discrepancies as queries
from stock.rules.differences import OUTCOMES, REASONS, reason_words
from web.access import MANAGERS, READERS, SENIORS, WORKING, for_roles
from web.desk_form import ActForm, DeskForm, data_of, form_page, is_done, words_field
from web.pages.counts import quantity_field
from web.pages.incidents import LOOKING
from web.pages.residents import note_read
from web.second_person import SecondPersonFields
from web.stock_words import movement_words

REFUSALS = {
    ledger.StillDiffers: "reason", ledger.StillBelowZero: None, ledger.NoSuchReason: "reason",
    ledger.AlreadySigned: None, ledger.ReasonMissing: "words", operations.RecountMissing: None,
    operations.OutcomeMissing: "outcome",
}  # fmt: skip


class RecountForm(ActForm, SecondPersonFields):
    """What is there, counted again."""

    counted = quantity_field("How much is there altogether")


class NoteForm(ActForm):
    """What was looked into, or who was told."""

    told = forms.CharField(
        label="Whom you told", required=False, max_length=200,
        help_text="Name and role, such as the accountable officer. Leave empty for a note.",
    )  # fmt: skip
    words = words_field("What was found or said, with any reference number")


class SignForm(DeskForm):
    """Why book and cupboard disagreed."""

    reason = forms.ChoiceField(
        label="Why did they differ?", widget=forms.RadioSelect,
        choices=[(code, reason.words) for code, reason in REASONS.items()],
    )  # fmt: skip
    words = words_field(
        "What was found, and what was done about it", required=False,
        help_text="Always needed for a controlled drug, for a loss, and where nobody can say.",
    )  # fmt: skip


class SignControlledForm(SignForm):
    """Why a controlled drug's book and cupboard disagreed, and what came of it."""

    outcome = forms.ChoiceField(label="What came of it?", widget=forms.RadioSelect, choices=list(OUTCOMES.items()))

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["words"].required = True


@for_roles(READERS)
@require_GET
def differences_page(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Show what is open, controlled drugs first, and what was signed lately with its reason."""
    register = register_balances(here.home_id)
    stages = {each.discrepancy_id: each.stage for each in cds.open_cd_discrepancies(here.home_id)}
    waiting = [(each, each.line_id in register or each.line.is_controlled, stages.get(each.pk, ""))
               for each in queries.open_discrepancies(here.home_id)]  # fmt: skip
    signed = [(each, reason_words(each.reason_code)) for each in queries.closed_discrepancies(here.home_id)]
    return render(
        request,
        "differences/differences.html",
        {"open": sorted(waiting, key=lambda row: not row[1]), "signed": signed, "outcomes": OUTCOMES},
    )


@for_roles(READERS)
@require_GET
def difference_page(request: HttpRequest, here: HomeOfStaff, discrepancy_id: UUID) -> HttpResponse:
    """Show one difference: how far it has come, what moved before, what was looked into, and how it was signed."""
    return _page(request, here, _or_404(here, discrepancy_id))


def _page(
    request: HttpRequest,
    here: HomeOfStaff,
    discrepancy: Any,
    *,
    note_form: NoteForm | None = None,
    sign_form: SignForm | None = None,
) -> HttpResponse:
    case, is_controlled = queries.case(discrepancy), cds.is_controlled(discrepancy)
    if discrepancy.line.resident_id is not None:
        note_read(request, here, discrepancy.line.resident_id, "stock difference")
    was_recounted = queries.was_recounted(discrepancy)
    stage = cds.stage_of(discrepancy, case.latest if case.recounts else None, was_recounted=was_recounted)
    is_open = discrepancy.closed_at is None
    sees_incidents = is_controlled and here.role in LOOKING
    return render(
        request,
        "differences/difference.html",
        {
            "each": discrepancy,
            "line": discrepancy.line,
            "case": case,
            "is_controlled": is_controlled,
            "stage": stage,
            "is_hidden": is_controlled and stage == cds.RECOUNT and discrepancy.kind != "below_zero",
            "left": queries.difference_left(discrepancy) if is_open else None,
            "late": queries.late_change(discrepancy) if is_open else None,
            "moved": [(each, *movement_words(each)) for each in case.movements],
            "reason": reason_words(discrepancy.reason_code) if not is_open else "",
            "outcome": OUTCOMES.get(discrepancy.outcome, ""),
            "note_form": note_form or NoteForm(),
            "sign_form": sign_form or _form_of(is_controlled)(auto_id="sign_%s"),
            "incident": incidents.of_discrepancy(here.home_id, discrepancy.pk) if sees_incidents else None,
            "may_report": sees_incidents and here.role in WORKING and stage == cds.INCIDENT,
            "may_count": is_open and here.role in WORKING,
            "may_sign": is_open and here.role in (MANAGERS if is_controlled else SENIORS)
            and not (is_controlled and stage == cds.RECOUNT),
        },
    )  # fmt: skip


def _form_of(is_controlled: bool) -> type[SignForm]:
    return SignControlledForm if is_controlled else SignForm


@for_roles(WORKING)
@require_http_methods(["GET", "POST"])
def recount(request: HttpRequest, here: HomeOfStaff, discrepancy_id: UUID) -> HttpResponse:
    """Count a line again, without seeing what was found or what the book says."""
    discrepancy = _or_404(here, discrepancy_id)
    line, is_controlled, now = discrepancy.line, cds.is_controlled(discrepancy), timezone.now()
    form = RecountForm(**data_of(request))
    if not is_controlled:
        del form.fields["witness_name"], form.fields["witness_password"]
    form.show_who(request, here.home_id, now)
    taken: list[ledger.Taken] = []

    def act(said: dict[str, Any]) -> None:
        found = ledger.Found(said["id"], said["counted"], form.witness_id)
        taken.append(operations.count_line(line=line, found=found, by=request.user.pk, at=now))

    back = reverse("web:discrepancy", args=[discrepancy_id])
    if is_done(request, form, act, {operations.WitnessMissing: "witness_password", QuantityNotPositive: "counted"}):
        (result,) = taken
        if result.agrees:
            words = "It agrees with the book now."
            messages.success(request, f"{words} A manager closes it." if is_controlled else words)
        else:
            messages.warning(request, "It still differs from the book.")
        return redirect(back)
    whose = line.resident.full_name if line.resident else "the home"
    people = " Two people count, and the second signs in for themselves." if is_controlled else ""
    return form_page(
        request, form, heading=f"Count again: {line.medicine.name}", button="Counted", back=back,
        words=f"Belongs to {whose}, counted in {line.unit}. Look at every pack, and behind it.{people}",
    )  # fmt: skip


@for_roles(WORKING)
@require_POST
def write_note(request: HttpRequest, here: HomeOfStaff, discrepancy_id: UUID) -> HttpResponse:
    """Write down what was looked into, or who was told."""
    discrepancy = _or_404(here, discrepancy_id)
    form = NoteForm(**data_of(request))

    def act(said: dict[str, Any]) -> None:
        operations.write_note(
            note_id=said["id"], discrepancy=discrepancy, words=said["words"], told=said["told"], by=request.user.pk,
            at=timezone.now(),
        )  # fmt: skip

    if not is_done(request, form, act, {ledger.ReasonMissing: "words", ledger.AlreadySigned: None}):
        return _page(request, here, discrepancy, note_form=form)
    messages.success(request, "Written down.")
    return redirect("web:discrepancy", discrepancy_id)


@for_roles(SENIORS)
@require_POST
def sign(request: HttpRequest, here: HomeOfStaff, discrepancy_id: UUID) -> HttpResponse:
    """Sign why book and cupboard disagreed; of a controlled drug only a manager does."""
    discrepancy = _or_404(here, discrepancy_id)
    is_controlled = cds.is_controlled(discrepancy)
    form = _form_of(is_controlled)(**data_of(request), auto_id="sign_%s")

    def act(said: dict[str, Any]) -> None:
        if is_controlled and here.role not in MANAGERS:
            raise operations.RecountMissing("a manager signs for a controlled drug")
        signature = ledger.Signature(said["reason"], said["words"], said.get("outcome", ""))
        operations.sign(discrepancy=discrepancy, signature=signature, by=request.user.pk, at=timezone.now())

    if not is_done(request, form, act, REFUSALS):
        return _page(request, here, discrepancy, sign_form=form)
    messages.success(request, "Signed. The difference is closed.")
    return redirect("web:discrepancy", discrepancy_id)


def _or_404(here: HomeOfStaff, discrepancy_id: UUID) -> Any:
    found = queries.discrepancy(here.home_id, discrepancy_id)
    if found is None:
        raise Http404("this home has no such difference")
    return found

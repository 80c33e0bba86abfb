"""Recalled batches: entering an alert, the packs it is about, who had doses of them, and what came of each pack."""

import re
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from emar.operations import recalls as operations
from emar.queries.homes import HomeOfStaff
from emar.queries.medicines import medicines_for_gtin
from emar.queries.recalls import given_from
from emar.rules.wall_clock import local_day
from stock.operations import recalls as ledger
from stock.queries import recalls as queries
from stock.rules.codes import gtin_key
from stock.rules.gs1 import ScanValue, read_scan
from web.access import MANAGER, MANAGERS, READERS, SENIORS, for_roles
from web.desk_form import ActForm, data_of, form_page, is_done, words_field
from web.pages.residents import note_read

BETWEEN_BATCHES = re.compile(r"[\n,;]+")


class AlertForm(ActForm):
    """An alert as it came by e-mail or telephone."""

    sections = {
        "What is called back": ("scan", "gtin", "batches", "product"),
        "The alert": ("level", "told_by", "words"),
    }
    scan = forms.CharField(
        label="Scan a pack of it", required=False, max_length=300, strip=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="With a scanner at this computer. Fills in the number and the batch.",
    )  # fmt: skip
    gtin = forms.CharField(
        label="Number under the barcode (GTIN)", required=False, max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text="Without batches, every batch of this product is called back.",
    )  # fmt: skip
    batches = forms.CharField(
        label="Batch numbers", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One on each line. Capitals, spaces and dashes make no difference.",
    )  # fmt: skip
    product = forms.CharField(
        label="Product", required=False, max_length=200, help_text="As the alert names it. Filled in from a scan."
    )
    level = forms.ChoiceField(
        label="Class of the alert", widget=forms.RadioSelect, choices=list(queries.LEVEL_WORDS.items())
    )
    told_by = forms.CharField(
        label="Who sent it, and its reference", max_length=200, help_text="Such as MHRA EL(26)A/12, from Quay Pharmacy."
    )
    words = words_field("What is wrong with it, and what to do", required=False)

    def __init__(self, *arguments: Any, home_id: int, today: date, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.home_id, self.today = home_id, today

    def clean(self) -> dict[str, Any]:
        """Take what a scan says for what was left empty; name what cannot be read at its own field."""
        said: dict[str, Any] = super().clean() or {}
        if (said.get("scan") or "").strip():
            scanned = read_scan(said["scan"], today=self.today)
            if scanned.kind != "gtin":
                self.add_error("scan", "This scan holds no product number. Scan the pack’s own code, or type below.")
            said["gtin"] = said.get("gtin") or scanned.key
            said["batches"] = said.get("batches") or self._batch_of(scanned)
        gtin = gtin_key("".join((said.get("gtin") or "").split()))
        if not said.get("product") and gtin:
            found = medicines_for_gtin(gtin, on=self.today, home=self.home_id)
            said["product"] = found[0].name if found else ""
        if not said.get("product") and not self.has_error("scan"):
            self.add_error("product", "Enter what is called back, as the alert names it")
        return said

    def _batch_of(self, scanned: ScanValue) -> str:
        """Return the batch that a scan holds; one that may run on into the next part is asked for instead."""
        if scanned.batch is None:
            return ""
        if not scanned.batch.confirmed:
            self.add_error("batches", f"The scan may hold batch {scanned.batch.value}: type it as the box says")
        return scanned.batch.value

    def alert(self) -> ledger.Alert:
        """Return the alert."""
        said = self.cleaned_data
        batches = tuple(each.strip() for each in BETWEEN_BATCHES.split(said["batches"]) if each.strip())
        return ledger.Alert(
            said["id"], said["product"], said["level"], said["told_by"], said["gtin"], batches, said["words"]
        )

    def filled_in(self) -> "AlertForm":
        """Return the form as it now stands, with what the scan said in its fields, to be looked at once more."""
        said = {name: self.cleaned_data.get(name) or "" for name in self.fields} | {"scan": ""}
        return AlertForm(data=said, home_id=self.home_id, today=self.today)


REFUSALS = {ledger.NothingNamed: "batches", ledger.NotAGtin: "gtin", ledger.WordsMissing: None}


class ClearForm(ActForm):
    """What stands on the box."""

    words = words_field("What does the box say?", rows=2, help_text="The batch number printed on it, read by you.")


class ReplacedForm(ActForm):
    """What came in its place."""

    words = words_field("What came in its place, and when?", rows=2, required=False)


class CloseForm(ActForm):
    """What came of a recall."""

    words = words_field(
        "What came of it?",
        help_text="What went back, what was replaced, who was told: residents, families, the GP.",
    )


@for_roles(READERS)
@require_GET
def recalls_page(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """List the home's recalls, those in force first."""
    return render(
        request,
        "recalls/recalls.html",
        {"recalls": queries.recalls(here.home_id), "may_enter": here.role in SENIORS},
    )


@for_roles(SENIORS)
@require_http_methods(["GET", "POST"])
def enter_recall(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Enter an alert: first see which packs it is about, then put them aside."""
    now = timezone.now()
    form = AlertForm(**data_of(request), home_id=here.home_id, today=local_day(now))
    found: list[tuple[Any, str]] | None = None

    def act(_: dict[str, Any]) -> None:
        nonlocal found
        called = form.alert().called()
        if request.POST.get("step") == "enter":
            operations.enter(home_id=here.home_id, alert=form.alert(), by=request.user.pk, at=now)
        else:
            found = [each for each in queries.affected_packs(here.home_id, called) if each[0].status != "finished"]

    if is_done(request, form, act, REFUSALS):
        if found is None:
            messages.success(request, "The recall is in force. What is booked in of it later is put aside as well.")
            return redirect(_address(here, form.cleaned_data["id"]))
        for pk in sorted({pack.line.resident_id for pack, _ in found if pack.line.resident_id}):
            note_read(request, here, pk, "recall")
        form = form.filled_in()
    return render(request, "recalls/enter.html", {"form": form, "found": found, "back": reverse("web:recalls")})


def _address(here: HomeOfStaff, alert_id: UUID) -> str:
    recall_id = next(each.recall.pk for each in queries.recalls(here.home_id) if each.recall.alert == alert_id)
    return reverse("web:recall", args=[recall_id])


def _or_404(here: HomeOfStaff, recall_id: UUID) -> queries.RecallStanding:
    found = queries.recall(here.home_id, recall_id)
    if found is None:
        raise Http404("this home has no such recall")
    return found


@for_roles(READERS)
@require_GET
def recall_page(request: HttpRequest, here: HomeOfStaff, recall_id: UUID) -> HttpResponse:
    """Show one recall: every pack of it, who had doses of them, and what is left to do."""
    standing = _or_404(here, recall_id)
    given = given_from(here.home_id, [each.pack for each in standing.packs if not each.is_cleared])
    people = {each.pack.line.resident_id for each in standing.packs} | {each.resident.pk for each in given}
    for pk in sorted(people - {None}):
        note_read(request, here, pk, "recall")
    return render(
        request,
        "recalls/recall.html",
        {
            "standing": standing,
            "recall": standing.recall,
            "given": given,
            "may_act": here.role in SENIORS and standing.recall.closed_at is None,
            "may_replace": here.role in SENIORS,
            "may_close": here.role == MANAGER and standing.recall.closed_at is None,
        },
    )


@for_roles(SENIORS)
@require_http_methods(["POST"])
def put_aside(request: HttpRequest, here: HomeOfStaff, recall_id: UUID) -> HttpResponse:
    """Put aside what of a recall came into use since."""
    _or_404(here, recall_id)
    caught = operations.catch(home_id=here.home_id, by=request.user.pk, at=timezone.now())
    messages.success(request, f"{caught} pack{'s' if caught != 1 else ''} put aside.")
    return redirect("web:recall", recall_id)


@for_roles(SENIORS)
@require_http_methods(["GET", "POST"])
def clear_recalled_pack(request: HttpRequest, here: HomeOfStaff, recall_id: UUID, pack_id: UUID) -> HttpResponse:
    """Say that a pack is another batch, after a look at the box."""
    standing, affected = _pack_or_404(request, here, recall_id, pack_id)
    form = ClearForm(**data_of(request))

    def act(said: dict[str, Any]) -> None:
        operations.clear_pack(
            step_id=said["id"], recall=standing.recall, pack_id=pack_id, words=said["words"], by=request.user.pk,
            at=timezone.now(),
        )  # fmt: skip

    refusals = {ledger.WordsMissing: "words", ledger.NotOfRecall: None, ledger.RecallClosed: None}
    if is_done(request, form, act, refusals):
        _, again = _pack_or_404(request, here, recall_id, pack_id)
        aside = again.pack.status == "quarantined"
        messages.success(
            request, "It stays put aside, for another reason." if aside else "The pack may be given from again."
        )
        return redirect("web:recall", recall_id)
    return form_page(
        request, form, heading=f"Not affected: {affected.pack.line.medicine.name}, pack {affected.pack.label_code}",
        button="It is not affected", back=reverse("web:recall", args=[recall_id]),
        words="Look at the box itself. It may be given from again unless it was put aside for another reason too.",
    )  # fmt: skip


@for_roles(SENIORS)
@require_http_methods(["GET", "POST"])
def replace_recalled_pack(request: HttpRequest, here: HomeOfStaff, recall_id: UUID, pack_id: UUID) -> HttpResponse:
    """Write down that another pack came in its place."""
    standing, affected = _pack_or_404(request, here, recall_id, pack_id)
    form = ReplacedForm(**data_of(request))

    def act(said: dict[str, Any]) -> None:
        operations.note_replaced(
            step_id=said["id"], recall=standing.recall, pack_id=pack_id, words=said["words"], by=request.user.pk,
            at=timezone.now(),
        )  # fmt: skip

    if is_done(request, form, act, {ledger.NotOfRecall: None}):
        messages.success(request, "Written down as replaced.")
        return redirect("web:recall", recall_id)
    return form_page(
        request, form, heading=f"Replaced: {affected.pack.line.medicine.name}, pack {affected.pack.label_code}",
        button="It was replaced", back=reverse("web:recall", args=[recall_id]),
        words="The new pack itself is booked in with its delivery. The recalled one is handed back under Returned.",
    )  # fmt: skip


@for_roles(MANAGERS)
@require_http_methods(["GET", "POST"])
def close_recall(request: HttpRequest, here: HomeOfStaff, recall_id: UUID) -> HttpResponse:
    """Close a recall with what came of it."""
    standing = _or_404(here, recall_id)
    form = CloseForm(**data_of(request))

    def act(said: dict[str, Any]) -> None:
        operations.close(recall=standing.recall, outcome=said["words"], by=request.user.pk, at=timezone.now())

    refusals = {ledger.WordsMissing: "words", ledger.StillHere: None, ledger.RecallClosed: None}
    if is_done(request, form, act, refusals):
        messages.success(request, "The recall is closed.")
        return redirect("web:recall", recall_id)
    return form_page(
        request, form, heading=f"Close the recall of {standing.recall.product}", button="Close it",
        back=reverse("web:recall", args=[recall_id]),
        words="Packs booked in from now on are not asked about this recall any more.",
    )  # fmt: skip


def _pack_or_404(
    request: HttpRequest, here: HomeOfStaff, recall_id: UUID, pack_id: UUID
) -> tuple[queries.RecallStanding, queries.Affected]:
    standing = _or_404(here, recall_id)
    found = next((each for each in standing.packs if each.pack.pk == pack_id), None)
    if found is None:
        raise Http404("this recall is not about that pack")
    if found.pack.line.resident_id:
        note_read(request, here, found.pack.line.resident_id, "recall")
    return standing, found

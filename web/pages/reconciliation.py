"""The medicines somebody came with: the list as found, what is decided of each, and the second person's check."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from emar.operations import prescriptions, transfers
from emar.operations.residents import AlreadyGone
from emar.queries import medicines
from emar.queries import transfers as queries
from emar.queries.homes import HomeOfStaff
from emar.queries.residents import ResidentLine
from emar.rules.reconciliation import faults_of_line
from web.access import READERS, SENIORS, for_roles
from web.desk_form import ActForm, DeskForm, as_meant, banner, instant_field, words_field
from web.pages.residents import resident_or_404

OCCASIONS = [
    ("admission", "Admission"),
    ("from_hospital", "Back from hospital"),
    ("transfer", "Transfer from another service"),
    ("from_leave", "Back from leave"),
]
SOURCES = (
    "Hospital discharge letter",
    "GP summary",
    "The person themselves",
    "Family",
    "Boxes they brought",
    "Previous home’s MAR",
    "Pharmacy",
)
DECISIONS = [
    ("", "Choose"),
    ("continue", "Continue as before"),
    ("start", "Start"),
    ("change", "Change"),
    ("stop", "Stop"),
    ("ask", "Ask the prescriber first"),
]
BLANK_LINES, MOST_LINES = 4, 60


class ListForm(ActForm):
    """Where the list comes from."""

    occasion = forms.ChoiceField(label="Why now", choices=OCCASIONS)
    sources = forms.MultipleChoiceField(
        label="Where the list comes from", choices=[(each, each) for each in SOURCES],
        widget=forms.CheckboxSelectMultiple, help_text="Two sources or more where there are two.",
    )  # fmt: skip
    back_at = instant_field(
        "Back in the home since", required=False,
        help_text="Where they are away now: this also writes down that they are back.",
    )  # fmt: skip
    note = words_field("Anything else that was said", required=False, rows=2)


class LineForm(DeskForm):
    """One medicine as found."""

    before = forms.UUIDField(widget=forms.HiddenInput, required=False)
    words = words_field("As found, word for word", rows=2, required=False)
    medicine = forms.ChoiceField(label="Medicine in the dictionary", required=False)
    decision = forms.ChoiceField(label="What happens", choices=DECISIONS, required=False)
    reason = forms.CharField(label="Why, and by whose word", max_length=500, required=False)
    last_given_at = instant_field("Last dose before they came", required=False)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        words = (self["words"].value() or "").strip()
        found = _looked_up(words) if words else []
        self.fields["medicine"].choices = [("", "Not matched"), *((each.pk, each.name) for each in found)]

    @property
    def is_blank(self) -> bool:
        """Whether nobody wrote anything here."""
        said = self.cleaned_data
        return not said.get("before") and not any(said.get(name) for name in ("words", "decision", "reason"))

    def clean(self) -> dict[str, Any]:
        """Tell what a line misses, at the field that misses it."""
        said = super().clean() or self.cleaned_data
        if not self.is_blank:
            for fault in faults_of_line(
                said.get("words", ""), said.get("decision", ""), said.get("reason", ""),
                has_before=said.get("before") is not None,
            ):  # fmt: skip
                self.add_error(fault.field, fault.words)
        return said


def _looked_up(words: str) -> list[Any]:
    """Find the dictionary's names for what somebody wrote: by all the words that a product's name could have."""
    telling = [word for word in words.replace(",", " ").split() if len(word) > 2]
    for count in (len(telling), 3, 2, 1):
        if 0 < count <= len(telling) and (found := medicines.search(" ".join(telling[:count]), limit=8)):
            return found
    return []


@dataclass
class Sheet:
    """The whole page: where the list comes from, and its lines."""

    head: ListForm
    lines: list[LineForm]

    def is_valid(self) -> bool:
        """Return whether everything on the page can be kept; at least one line must say something."""
        # Every line is asked, so that everything to be mended is told at once.
        wrong = [form for form in (self.head, *self.lines) if not form.is_valid()]
        is_right = not wrong
        if is_right and not self.filled:
            self.head.add_error(None, "Write down at least one medicine")
            return False
        return is_right

    @property
    def filled(self) -> list[LineForm]:
        """The lines on which somebody wrote something."""
        return [line for line in self.lines if not line.is_blank]

    @property
    def has_errors(self) -> bool:
        """Whether anything has to be mended."""
        return bool(self.head.errors) or any(line.errors for line in self.lines)


@for_roles(SENIORS)
@require_http_methods(["GET", "POST"])
def reconcile(request: HttpRequest, here: HomeOfStaff, resident_id: int) -> HttpResponse:
    """Write down the medicines as found and what is to happen with each."""
    line = resident_or_404(request, here, resident_id, "reconciliation")
    if request.method != "POST":
        return _sheet_page(request, line, _opened(request, here, line))
    sheet = _sent(request)
    if request.POST.get("act") != "keep":
        return _sheet_page(request, line, _grown(request, sheet))
    if not sheet.is_valid() or not _is_back_in_order(sheet, line):
        return _sheet_page(request, line, sheet)
    try:
        kept = _keep(request, line, sheet)
    except AlreadyGone as gone:
        sheet.head.add_error("back_at", f"{gone}")
        return _sheet_page(request, line, sheet)
    messages.success(request, "The list is kept. A second person checks it.")
    return redirect("web:reconciliation", resident_id, kept.pk)


def _is_back_in_order(sheet: Sheet, line: ResidentLine) -> bool:
    """Say whether the time of coming back lies after that of going away; tell it at the field where not."""
    now = timezone.now()
    back_at = as_meant(sheet.head.cleaned_data["back_at"], now)
    if not line.is_away or back_at is None:
        return True
    if back_at > now or (line.presence_since and back_at < line.presence_since):
        sheet.head.add_error("back_at", "Enter a time after they went that has come")
        return False
    return True


def _opened(request: HttpRequest, here: HomeOfStaff, line: ResidentLine) -> Sheet:
    occasion = request.GET.get("occasion", "")
    if occasion not in dict(OCCASIONS):
        occasion = {"in_hospital": "from_hospital", "on_leave": "from_leave"}.get(line.presence, "admission")
    now = timezone.now()
    head = ListForm(initial={"occasion": occasion, "back_at": now if line.is_away else None})
    active = queries.active_prescriptions(here.home_id, line.resident.pk, now)
    known = [
        {"before": each.pk, "words": f"{each.medicine.name}. {each.dose_words}", "medicine": each.medicine_id}
        for each in active
    ]
    return Sheet(head, [_line(place, initial) for place, initial in enumerate(known + [{}] * BLANK_LINES)])


def _line(place: int, initial: dict[str, Any]) -> LineForm:
    return LineForm(initial=initial, prefix=f"line{place}")


def _sent(request: HttpRequest) -> Sheet:
    return Sheet(
        ListForm(data=request.POST),
        [LineForm(data=request.POST, prefix=f"line{place}") for place in range(_places(request))],
    )


def _places(request: HttpRequest) -> int:
    said = request.POST.get("lines", "0")
    return min(int(said), MOST_LINES) if said.isascii() and said.isdigit() else 0


def _grown(request: HttpRequest, sheet: Sheet) -> Sheet:
    """Return the page with what was written so far, looked up, and with more empty lines where they were asked for."""
    places = len(sheet.lines) + (BLANK_LINES if request.POST.get("act") == "more" else 0)
    names = ("before", "words", "medicine", "decision", "reason", "last_given_at")
    written = [
        {name: value for name in names if (value := request.POST.get(f"line{place}-{name}"))}
        for place in range(min(places, MOST_LINES))
    ]
    head = {name: request.POST.get(name) for name in ("id", "occasion", "back_at", "note")}
    head["sources"] = request.POST.getlist("sources")
    return Sheet(ListForm(initial=head), [_line(place, initial) for place, initial in enumerate(written)])


def _keep(request: HttpRequest, line: ResidentLine, sheet: Sheet) -> Any:
    said = sheet.head.cleaned_data
    found = transfers.FoundList(
        id=said["id"],
        occasion=said["occasion"],
        sources=said["sources"],
        note=said["note"],
        lines=[
            transfers.FoundMedicine(
                words=each["words"],
                decision=each["decision"],
                reason=each["reason"],
                medicine_id=each["medicine"] or None,
                last_given_at=each["last_given_at"],
                before_id=each["before"],
            )
            for each in (form.cleaned_data for form in sheet.filled)
        ],
    )
    back_at = as_meant(said["back_at"], timezone.now()) if line.is_away else None
    return transfers.reconcile(
        resident=line.resident, found=found, by=request.user.pk, at=timezone.now(), back_at=back_at
    )


def _sheet_page(request: HttpRequest, line: ResidentLine, sheet: Sheet) -> HttpResponse:
    context = {"sheet": sheet, "form": sheet.head, "heading": "Medicines as they came"}
    return render(request, "reconciliation/sheet.html", context | banner(line, timezone.now()))


@for_roles(READERS)
@require_GET
def reconciliations(request: HttpRequest, here: HomeOfStaff, resident_id: int) -> HttpResponse:
    """List what was found and decided whenever a resident came."""
    line = resident_or_404(request, here, resident_id, "reconciliations")
    context = {"found": queries.reconciliations(here.home_id, resident_id), "may_write": here.role in SENIORS}
    return render(
        request, "reconciliation/reconciliations.html",
        context | {"heading": "Reconciliation"} | banner(line, timezone.now()),
    )  # fmt: skip


@for_roles(READERS)
@require_GET
def reconciliation(request: HttpRequest, here: HomeOfStaff, resident_id: int, reconciliation_id: UUID) -> HttpResponse:
    """Show one list with what still has to be done because of it."""
    line = resident_or_404(request, here, resident_id, "reconciliation")
    found = queries.reconciliation(here.home_id, resident_id, reconciliation_id)
    if found is None:
        raise Http404("no such list of this resident")
    context = {
        "found": found,
        "lines": [(each, write_address(resident_id, each)) for each in found.lines],
        "heading": "Reconciliation",
        "may_write": here.role in SENIORS,
        "may_check": here.role in SENIORS and found.reconciliation.done_by_id != request.user.pk,
    }
    return render(request, "reconciliation/reconciliation.html", context | banner(line, timezone.now()))


def write_address(resident_id: int, decided: queries.DecidedLine) -> str:
    """Return where the prescription of a line is written; empty where nothing has to be, or cannot be."""
    if not decided.waits:
        return ""
    try:
        address = reverse("web:write_prescription", args=[resident_id])
    except NoReverseMatch:
        return ""
    row = decided.line
    asked = {
        "line": row.pk,
        "medicine": row.medicine_id,
        "replaces": row.before_id if row.decision == "change" else None,
    }
    return f"{address}?{urlencode({name: value for name, value in asked.items() if value})}"


@for_roles(SENIORS)
@require_POST
def check(request: HttpRequest, here: HomeOfStaff, resident_id: int, reconciliation_id: UUID) -> HttpResponse:
    """Sign as the second person."""
    resident_or_404(request, here, resident_id, "reconciliation")
    found = queries.reconciliation(here.home_id, resident_id, reconciliation_id)
    if found is None:
        raise Http404("no such list of this resident")
    try:
        transfers.check(reconciliation=found.reconciliation, by=request.user.pk, at=timezone.now())
    except transfers.SamePersonChecks:
        messages.error(request, "You made this list, so somebody else has to check it.")
    else:
        messages.success(request, "You have signed as the second person.")
    return redirect("web:reconciliation", resident_id, reconciliation_id)


@for_roles(SENIORS)
@require_POST
def resume(request: HttpRequest, here: HomeOfStaff, resident_id: int, prescription_id: UUID) -> HttpResponse:
    """Let a medicine go on that was paused until somebody had asked."""
    resident_or_404(request, here, resident_id, "reconciliation")
    paused = queries.paused_prescription(here.home_id, resident_id, prescription_id)
    if paused is None:
        raise Http404("no such paused medicine of this resident")
    try:
        prescriptions.resume(prescription=paused, by=request.user.pk, at=timezone.now())
    except prescriptions.PrescriptionConflict as conflict:
        messages.error(request, str(conflict))
    else:
        messages.success(request, "It goes on from its next dose.")
    return redirect("web:resident", resident_id)

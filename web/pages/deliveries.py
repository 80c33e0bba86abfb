"""Deliveries: what is expected, how far one is booked in, what the note left unsaid, and closing with what is short."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from uuid_utils.compat import uuid7

from emar.queries import policy, residents
from emar.queries.homes import HomeOfStaff
from emar.rules.wall_clock import local_day
from ordering.operations import deliveries as operations
from ordering.queries import deliveries as queries
from ordering.queries.expecting import medicine_names
from ordering.rules.delivery_note import read_note
from web.access import READERS, SENIORS, WORKING, for_roles
from web.desk_form import ActForm, DeskForm, data_of, day_field, form_page, is_done, words_field
from web.pages.bedside import built

ORIGINS = [
    ("pharmacy", "From the pharmacy, without a delivery note as a file"),
    ("hospital", "From hospital"),
    ("own", "Own medicines, brought in by the resident or the family"),
    ("other", "From somewhere else"),
]
NOBODY = ("", "Several people’s")
#: A delivery has to last one cycle from its change-over; a home sets another day where its cycle differs.
CYCLE = timedelta(days=28)


@for_roles(READERS)
@require_GET
def deliveries_page(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Show what is expected or being booked in, what waits for a second look, and what is over."""
    waiting = queries.waiting_for_check(here.home_id)
    return render(
        request,
        "deliveries/deliveries.html",
        {
            "open": queries.open_deliveries(here.home_id),
            "closed": queries.closed_deliveries(here.home_id),
            "waiting": len(waiting),
            "today": local_day(timezone.now()),
            "may_book": here.role in WORKING,
            "may_load": here.role in SENIORS,
        },
    )


class NoteForm(ActForm):
    """A pharmacy's delivery note as a file."""

    file = forms.FileField(
        label="Delivery note", help_text="The CSV file that the pharmacy sent with the delivery, or before it.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv,text/plain"}),
    )  # fmt: skip
    sender = forms.CharField(
        label="Which pharmacy", max_length=200, required=False,
        widget=forms.TextInput(attrs={"list": "pharmacies", "autocomplete": "off"}),
    )  # fmt: skip
    reference = forms.CharField(label="Number on the note", max_length=100, required=False)
    expected_on = day_field("When it comes", required=False, help_text="Leave it empty when it is here.")
    covers_until_on = day_field("Until when it has to last", help_text="Packs that expire before are asked about.")


@for_roles(SENIORS)
@require_http_methods(["GET", "POST"])
def load_note(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Read a delivery note; what could not be read is shown on the delivery, line by line."""
    now = timezone.now()
    known = policy.pharmacies(here.home_id)
    form = NoteForm(
        **data_of(request),
        initial={
            "covers_until_on": local_day(now) + CYCLE,
            "sender": known[0].name if len(known) == 1 else "",
        },
    )
    loaded: list[UUID] = []

    def act(said: dict[str, Any]) -> None:
        delivery = operations.NewDelivery(
            id=said["id"], sender=said["sender"], reference=said["reference"], expected_on=said["expected_on"],
            covers_until_on=said["covers_until_on"],
        )  # fmt: skip
        file = said["file"]
        try:
            made = operations.load_note(
                home_id=here.home_id, delivery=delivery, file=file.read(), name=file.name, by=request.user.pk, at=now
            )
        except operations.NoteLoadedBefore as before:
            messages.info(request, "This note was loaded before: here it is.")
            loaded.append(before.delivery_id)
        else:
            loaded.append(made.pk)

    if is_done(request, form, act, {operations.NoteUnreadable: "file"}):
        return redirect("web:delivery", loaded[0])
    return form_page(
        request, form, heading="Load a delivery note", button="Load it", back=reverse("web:deliveries"),
        template="deliveries/load.html", pharmacies=known,
    )  # fmt: skip


class StartForm(ActForm):
    """A delivery that nobody sent a list for."""

    origin = forms.ChoiceField(label="Where do they come from?", choices=ORIGINS, widget=forms.RadioSelect)
    resident = forms.ChoiceField(
        label="Whose medicines are they?", required=False,
        help_text="When they are all one person’s, nobody is asked at every pack.",
    )  # fmt: skip
    sender = forms.CharField(label="Which pharmacy, ward or person", max_length=200, required=False)


@for_roles(WORKING)
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Start booking in what came without a list."""
    now = timezone.now()
    form = StartForm(**data_of(request))
    people = residents.residents(here.home_id, now)
    form.fields["resident"].choices = [
        NOBODY, *((str(each.resident.pk), f"{each.resident.full_name}, room {each.resident.room}") for each in people)
    ]  # fmt: skip

    def act(said: dict[str, Any]) -> None:
        resident_id = int(said["resident"]) if said["resident"] else None
        delivery = operations.NewDelivery(
            id=said["id"], origin=said["origin"], sender=said["sender"], resident_id=resident_id
        )
        operations.expect(home_id=here.home_id, delivery=delivery, by=request.user.pk, at=now)

    if is_done(request, form, act):
        return redirect("web:delivery", form.cleaned_data["id"])
    return form_page(request, form, heading="Book in without a list", button="Start", back=reverse("web:deliveries"))


def delivery_or_404(here: HomeOfStaff, delivery_id: UUID) -> Any:
    """Return a delivery of this home; any other does not exist."""
    found = queries.delivery_of(here.home_id, delivery_id)
    if found is None:
        raise Http404("this home has no such delivery")
    return found


def page_facts(request: HttpRequest, here: HomeOfStaff, standing: queries.Standing) -> dict[str, Any]:
    """Return what every view of one delivery shows: the tally, the bags, what came last, whose bag is open."""
    bag = bag_of(request)
    return {
        "standing": standing,
        "tally": standing.tally,
        "delivery": standing.delivery,
        "bag": next((each.resident for each in standing.bags if each.resident and each.resident.pk == bag), None),
        "may_book": here.role in WORKING and standing.tally.is_open,
        "may_close": here.role in SENIORS,
        "next_id": uuid7(),
    }


def bag_of(request: HttpRequest) -> int | None:
    """Return the resident whose bag is open on the page, None where none is."""
    asked = request.POST.get("bag") or request.GET.get("bag") or ""
    return int(asked) if asked.isdecimal() and len(asked) < 16 else None


@for_roles(READERS)
@require_GET
def delivery_page(request: HttpRequest, here: HomeOfStaff, delivery_id: UUID) -> HttpResponse:
    """Show one delivery: where to scan, how far it is, what is still to come for whom."""
    standing = queries.standing(delivery_or_404(here, delivery_id))
    facts = page_facts(request, here, standing) | {"script": built("booking_in")}
    return render(request, "deliveries/delivery.html", facts)


@for_roles(READERS)
@require_GET
def tally(request: HttpRequest, here: HomeOfStaff, delivery_id: UUID) -> HttpResponse:
    """Give the tally and the lists anew, for a page on which colleagues book in as well."""
    standing = queries.standing(delivery_or_404(here, delivery_id))
    return render(request, "deliveries/progress.html", page_facts(request, here, standing))


@for_roles(READERS)
@require_GET
def note_page(request: HttpRequest, here: HomeOfStaff, delivery_id: UUID) -> HttpResponse:
    """Show the delivery note as it came, and what each column was taken for."""
    delivery = delivery_or_404(here, delivery_id)
    if not delivery.note:
        raise Http404("this delivery came without a note")
    return render(request, "deliveries/note.html", {"delivery": delivery, "read": read_note(delivery.note)})


class WhoseForm(DeskForm):
    """Whose an expected line is, and which medicine."""

    resident = forms.ChoiceField(label="Whose is it?")
    medicine = forms.ChoiceField(label="Which medicine is it?", required=False)


@for_roles(WORKING)
@require_http_methods(["GET", "POST"])
def settle_line(request: HttpRequest, here: HomeOfStaff, expected_id: UUID) -> HttpResponse:
    """Say whose a line of the note is and which medicine, where the note was not certain."""
    now = timezone.now()
    line = queries.line_of(here.home_id, expected_id)
    if line is None:
        raise Http404("this home has no such line")
    initial = {"resident": str(line.resident_id or ("home" if line.is_for_home else "")), "medicine": line.medicine_id}
    form = WhoseForm(**data_of(request), initial=initial)
    people = residents.residents(here.home_id, now)
    own = medicine_names(here.home_id)
    names = {pk: name for of in own.values() for pk, name in of.items()}
    form.fields["resident"].choices = [
        ("", "Choose …"),
        *((str(each.resident.pk), f"{each.resident.full_name}, room {each.resident.room}") for each in people),
        ("home", "Nobody’s: stock of the home"),
    ]
    form.fields["medicine"].choices = [
        ("", "Not known yet: scan the pack"), *sorted(names.items(), key=lambda each: each[1])
    ]  # fmt: skip

    def act(said: dict[str, Any]) -> None:
        resident_id = None if said["resident"] == "home" else int(said["resident"])
        operations.say_whose(
            home_id=here.home_id, line_id=line.pk, resident_id=resident_id, medicine_id=said["medicine"] or None,
            by=request.user.pk, at=now,
        )  # fmt: skip

    if is_done(request, form, act, {operations.DeliveryClosed: None}):
        return redirect("web:delivery", line.delivery_id)
    return form_page(
        request, form, heading="Whose is it?", button="Save", back=reverse("web:delivery", args=[line.delivery_id]),
        template="deliveries/settle.html", expected=line,
    )  # fmt: skip


class ClosingForm(DeskForm):
    """Words about the delivery as a whole; each short line has an answer of its own beside it."""

    words = words_field("Anything else about this delivery", rows=2, required=False)


@for_roles(SENIORS)
@require_http_methods(["GET", "POST"])
def close(request: HttpRequest, here: HomeOfStaff, delivery_id: UUID) -> HttpResponse:
    """Close a delivery: for each line that is short, say what happens now."""
    delivery = delivery_or_404(here, delivery_id)
    short = queries.short_standings(delivery)
    form = ClosingForm(**data_of(request))
    rows = [_ShortRow(each, request) for each in short]

    def act(said: dict[str, Any]) -> None:
        outcomes = {row.standing.line.pk: (row.outcome, row.words) for row in rows if row.outcome}
        operations.close(
            home_id=here.home_id, delivery_id=delivery.pk, outcomes=outcomes, words=said["words"],
            by=request.user.pk, at=timezone.now(),
        )  # fmt: skip

    if is_done(request, form, act, {operations.WordsMissing: None, operations.DeliveryClosed: None}):
        messages.success(request, "The delivery is closed. What is short stands on it.")
        return redirect("web:delivery", delivery.pk)
    return render(
        request,
        "deliveries/close.html",
        {
            "form": form,
            "rows": rows,
            "delivery": delivery,
            "tally": queries.tally_of(delivery),
            "outcomes": queries.OUTCOMES,
        },
    )


class _ShortRow:
    """One short line of the closing form, and what was said of it."""

    def __init__(self, standing: queries.LineStanding, request: HttpRequest) -> None:
        self.standing, line = standing, standing.line
        sent = request.POST
        outcome = sent.get(f"outcome-{line.pk}", line.outcome)
        self.outcome = outcome if outcome in dict(queries.OUTCOMES) else ""
        self.words = sent.get(f"words-{line.pk}", line.outcome_words)[:500]
        self.is_missing = request.method == "POST" and not self.outcome


@for_roles(SENIORS)
@require_POST
def reopen(request: HttpRequest, here: HomeOfStaff, delivery_id: UUID) -> HttpResponse:
    """Open a closed delivery again."""
    delivery = delivery_or_404(here, delivery_id)
    operations.reopen(home_id=here.home_id, delivery_id=delivery.pk, by=request.user.pk, at=timezone.now())
    return redirect("web:delivery", delivery.pk)

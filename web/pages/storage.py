"""Where medicines are kept: temperatures read at the desk, four weeks of them as a picture, and packs that are open."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from emar.operations import storage as operations
from emar.queries.homes import HomeOfStaff
from emar.rules.wall_clock import instant, local_day
from stock.operations import packs
from stock.operations import storage as ledger
from stock.queries import storage as queries
from stock.rules.expiry import GROUP_WORDS, Lasts
from stock.rules.temperature import FRIDGE, ROOM, Range, Seen
from web.access import MANAGERS, READERS, SENIORS, WORKING, for_roles
from web.desk_form import (
    ActForm,
    DeskForm,
    as_meant,
    data_of,
    day_field,
    form_page,
    instant_field,
    is_done,
    words_field,
)
from web.pages.residents import note_read
from web.temperature_chart import chart

DAYS = 28
USUAL = {"fridge": FRIDGE, "room": ROOM}


def _degrees(label: str, **options: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=f"{label}, in °C", max_digits=4, decimal_places=1,
        widget=forms.NumberInput(attrs={"step": "0.1", "inputmode": "text"}),
        error_messages={"invalid": "Enter a temperature such as 4.5", "max_decimal_places": "One decimal is enough"},
        **options,
    )  # fmt: skip


class ReadingForm(ActForm):
    """What the thermometer shows."""

    current = _degrees("Now")
    lowest = _degrees("Lowest since the last reset")
    highest = _degrees("Highest since the last reset")
    is_reset = forms.BooleanField(label="I have reset lowest and highest", required=False, initial=True)
    read_at = instant_field("When you read it")
    action = words_field(
        "What you did about it", required=False,
        help_text="Needed when anything is out of range: whom you rang, where the medicines are now.",
    )  # fmt: skip

    def read(self, now: datetime, corrects_id: UUID | None = None) -> ledger.Read:
        """Return what was read, as the record has it."""
        said = self.cleaned_data
        return ledger.Read(
            id=said["id"],
            seen=Seen(said["current"], said["lowest"], said["highest"]),
            is_reset=said["is_reset"],
            read_at=as_meant(said["read_at"], now) or now,
            action=said["action"],
            note=said.get("note", ""),
            corrects_id=corrects_id,
        )


class CorrectionForm(ReadingForm):
    """What the thermometer really showed."""

    note = words_field("What was wrong", rows=2)


READING_REFUSALS = {
    ledger.Misread: "current", ledger.ActionMissing: "action", ledger.PlaceClosed: None, ledger.WhyMissing: "note",
    ledger.CorrectedBefore: None, operations.ReadInFuture: "read_at",
}  # fmt: skip


class PlaceForm(DeskForm):
    """A place with a thermometer."""

    name = forms.CharField(label="Name", max_length=80, help_text="Such as Medicine fridge, or Trolley cupboard, Oak.")
    kind = forms.ChoiceField(
        label="What is it?", widget=forms.RadioSelect, choices=[("fridge", "Fridge"), ("room", "Room or cupboard")]
    )
    low = _degrees("Lowest in order", required=False, help_text="Usually 2 in a fridge; empty in a room.")
    high = _degrees("Highest in order", required=False, help_text="Usually 8 in a fridge, 25 in a room.")
    is_high_allowed = forms.BooleanField(
        label="That highest temperature itself is in order", required=False,
        help_text="Yes in a fridge, where 8 °C is in order; not in a room, which stays below 25 °C.",
    )  # fmt: skip

    def place(self) -> ledger.Place:
        """Return the place; where no temperature was entered, with what is usual."""
        said = self.cleaned_data
        usual = USUAL[said["kind"]]
        if said["high"] is None:
            return ledger.Place(said["name"], said["kind"], usual)
        allowed = Range(said["low"], said["high"], said["is_high_allowed"])
        return ledger.Place(said["name"], said["kind"], allowed)


PLACE_REFUSALS = {ledger.PlaceNameTaken: "name", ledger.RangeUpsideDown: "low", ledger.PlaceClosed: None}


@for_roles(READERS)
@require_GET
def storage_page(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Show each place with its latest temperature, and what is still to be read today."""
    today = local_day(timezone.now())
    places = queries.places(here.home_id)
    rows = [(each, each.latest is None or local_day(each.latest.reading.read_at) < today) for each in places]
    return render(
        request,
        "storage/storage.html",
        {
            "rows": rows,
            "unread": sum(1 for _, is_unread in rows if is_unread),
            "closed": queries.closed_places(here.home_id),
            "open_or_over": queries.over_or_soon_count(here.home_id, today),
            "may_read": here.role in WORKING,
            "may_change": here.role in SENIORS,
        },
    )


@for_roles(READERS)
@require_GET
def place_page(request: HttpRequest, here: HomeOfStaff, place_id: UUID) -> HttpResponse:
    """Show four weeks of one place: as a picture, and every reading beside it."""
    place = _place_or_404(here, place_id)
    now = timezone.now()
    last = _day_asked_for(request) or local_day(now)
    first = last - timedelta(days=DAYS - 1)
    until = instant(last + timedelta(days=1), time(0))
    found = queries.readings(here.home_id, place_id, instant(first, time(0)), until)
    read_on = {local_day(each.reading.read_at) for each in found if each.stands}
    since = max(first, local_day(place.added_at))
    ends = min(last, local_day(place.closed_at or now))
    due = [since + timedelta(days=n) for n in range((ends - since).days + 1)]
    allowed = queries.range_of(place)
    return render(
        request,
        "storage/place.html",
        {
            "place": place,
            "allowed": allowed,
            "readings": list(reversed(found)),
            "chart": chart(found, allowed, first, DAYS),
            "first": first,
            "last": last,
            "before": first - timedelta(days=1),
            "after": last + timedelta(days=DAYS) if last < local_day(now) else None,
            "unread": [each for each in due if each not in read_on],
            "out_count": sum(1 for each in found if each.stands and each.is_out_of_range),
            "may_read": here.role in WORKING and place.closed_at is None,
            "may_change": here.role in SENIORS and place.closed_at is None,
            "may_correct": here.role in WORKING,
        },
    )


def _day_asked_for(request: HttpRequest) -> date | None:
    try:
        asked = date.fromisoformat(request.GET.get("until", ""))
    except ValueError:
        return None
    return asked if date(1990, 1, 1) <= asked <= local_day(timezone.now()) else None


def _place_or_404(here: HomeOfStaff, place_id: UUID) -> Any:
    place = queries.place(here.home_id, place_id)
    if place is None:
        raise Http404("this home has no such place")
    return place


@for_roles(WORKING)
@require_http_methods(["GET", "POST"])
def read_temperature(request: HttpRequest, here: HomeOfStaff, place_id: UUID) -> HttpResponse:
    """Write down what a thermometer shows."""
    place = _place_or_404(here, place_id)
    now = timezone.now()
    form = ReadingForm(**data_of(request), initial={"read_at": now})

    def act(_: dict[str, Any]) -> None:
        operations.record_reading(place=place, read=form.read(now), by=request.user.pk, at=now)

    if is_done(request, form, act, READING_REFUSALS):
        messages.success(request, f"{place.name}: written down.")
        return redirect("web:storage")
    return form_page(
        request, form, heading=f"Temperature of {place.name}", button="Write it down", back=reverse("web:storage"),
        words=f"In order: {queries.range_of(place).words}.",
    )  # fmt: skip


@for_roles(WORKING)
@require_http_methods(["GET", "POST"])
def correct_reading(request: HttpRequest, here: HomeOfStaff, reading_id: UUID) -> HttpResponse:
    """Correct a reading that was written down wrongly; what stood there stays readable."""
    wrong = queries.reading(here.home_id, reading_id)
    if wrong is None:
        raise Http404("this home has no such reading")
    now = timezone.now()
    names = ("current", "lowest", "highest", "is_reset", "read_at", "action")
    form = CorrectionForm(**data_of(request), initial={name: getattr(wrong, name) for name in names})

    def act(_: dict[str, Any]) -> None:
        operations.record_reading(place=wrong.place, read=form.read(now, wrong.pk), by=request.user.pk, at=now)

    if is_done(request, form, act, READING_REFUSALS):
        messages.success(request, "Corrected. What stood there before stays readable.")
        return redirect("web:storage_place", wrong.place_id)
    return form_page(
        request, form, heading=f"Correct a temperature of {wrong.place.name}", button="Correct it",
        back=reverse("web:storage_place", args=[wrong.place_id]),
    )  # fmt: skip


@for_roles(SENIORS)
@require_http_methods(["GET", "POST"])
def add_place(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Add a place."""
    form = PlaceForm(**data_of(request))

    def act(_: dict[str, Any]) -> None:
        operations.add_place(home_id=here.home_id, place=form.place(), by=request.user.pk, at=timezone.now())

    if is_done(request, form, act, PLACE_REFUSALS):
        messages.success(request, "Its temperature is asked for every day from now on.")
        return redirect("web:storage")
    words = "Leave the temperatures empty for the usual ones: 2 to 8 °C in a fridge, below 25 °C in a room."
    return form_page(
        request, form, heading="Another place", button="Add it", back=reverse("web:storage"), words=words
    )  # fmt: skip


@for_roles(SENIORS)
@require_http_methods(["GET", "POST"])
def change_place(request: HttpRequest, here: HomeOfStaff, place_id: UUID) -> HttpResponse:
    """Change a place's name or range from now on."""
    kept = _place_or_404(here, place_id)
    names = ("name", "kind", "low", "high", "is_high_allowed")
    form = PlaceForm(**data_of(request), initial={name: getattr(kept, name) for name in names})

    def act(_: dict[str, Any]) -> None:
        operations.change_place(kept=kept, place=form.place(), by=request.user.pk, at=timezone.now())

    back = reverse("web:storage_place", args=[place_id])
    if is_done(request, form, act, PLACE_REFUSALS):
        messages.success(request, "Changed from now on. Readings keep the range that held when they were taken.")
        return redirect(back)
    return form_page(request, form, heading=f"Change {kept.name}", button="Save", back=back)


@for_roles(SENIORS)
@require_POST
def close_place(request: HttpRequest, here: HomeOfStaff, place_id: UUID) -> HttpResponse:
    """Say that no medicines are kept in a place any more."""
    kept = _place_or_404(here, place_id)
    try:
        operations.close_place(kept=kept, by=request.user.pk, at=timezone.now())
    except ledger.PlaceClosed:
        messages.success(request, f"{kept.name} was out of use before.")
    else:
        messages.success(request, f"{kept.name} is out of use. Its readings stay.")
    return redirect("web:storage")


# Open packs


@for_roles(READERS)
@require_GET
def open_packs_page(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Show the packs whose opening counts: open for too long, going over soon, open, and not opened yet."""
    found = queries.open_packs(here.home_id, local_day(timezone.now()))
    for resident_id in sorted({each.pack.line.resident_id for each in found if each.pack.line.resident_id}):
        note_read(request, here, resident_id, "open packs")
    return render(
        request,
        "storage/open_packs.html",
        {
            "open": [each for each in found if each.standing != "unopened"],
            "unopened": [each for each in found if each.standing == "unopened"],
            "rules": queries.opening_rules(here.home_id),
            "may_write": here.role in WORKING,
            "may_decide": here.role in MANAGERS,
        },
    )


class OpenedForm(DeskForm):
    """When a pack was opened."""

    opened_on = day_field("Opened on")


@for_roles(WORKING)
@require_http_methods(["GET", "POST"])
def mark_opened(request: HttpRequest, here: HomeOfStaff, pack_id: UUID) -> HttpResponse:
    """Write down on which day a pack was opened."""
    pack = queries.pack(here.home_id, pack_id)
    if pack is None:
        raise Http404("this home has no such pack")
    now = timezone.now()
    form = OpenedForm(**data_of(request), initial={"opened_on": pack.opened_on or local_day(now)})

    def act(said: dict[str, Any]) -> None:
        operations.mark_opened(pack=pack, opened_on=said["opened_on"], by=request.user.pk, at=now)

    back = reverse("web:open_packs")
    if is_done(request, form, act, {packs.OpenedInFuture: "opened_on"}):
        until = f" Use it until {pack.use_by.day} {pack.use_by:%b %Y}." if pack.use_by else ""
        messages.success(request, f"Written down.{until} Write the day on the pack as well.")
        return redirect(back)
    whose = pack.line.resident.full_name if pack.line.resident else "the home"
    return form_page(
        request, form, heading=f"{pack.line.medicine.name}, pack {pack.label_code}", button="It was opened then",
        back=back, words=f"Belongs to {whose}.",
    )  # fmt: skip


class OpeningRulesForm(DeskForm):
    """How long each group of packs lasts once open."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for group, words in GROUP_WORDS.items():
            self.fields[group] = forms.CharField(
                label=words, max_length=12, widget=forms.TextInput(attrs={"class": "nhsuk-input nhsuk-input--width-10"})
            )

    def clean(self) -> dict[str, Any]:
        """Read each answer as a number of days or months."""
        said = super().clean() or self.cleaned_data
        for group in GROUP_WORDS:
            if group in said and (lasts := _lasts(said[group])) is not None:
                said[group] = lasts
            elif group in said:
                self.add_error(group, "Enter days or months, such as 28 days or 3 months")
        return said


def _lasts(words: str) -> Lasts | None:
    number, _, unit = words.strip().lower().partition(" ")
    unit = {"day": "days", "month": "months"}.get(unit.strip(), unit.strip())
    if not number.isdecimal() or unit not in ("days", "months") or not 1 <= Decimal(number) <= 730:
        return None
    return Lasts(int(number), unit)


@for_roles(MANAGERS)
@require_http_methods(["GET", "POST"])
def opening_rules(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Decide how long packs may be used in this home once they are open."""
    rules = {each.group: each.lasts for each in queries.opening_rules(here.home_id)}
    form = OpeningRulesForm(**data_of(request), initial={group: lasts.words for group, lasts in rules.items()})

    def act(said: dict[str, Any]) -> None:
        for group, lasts in said.items():
            if lasts != rules[group]:
                operations.decide_opening(
                    home_id=here.home_id, group=group, lasts=lasts, by=request.user.pk, at=timezone.now()
                )

    if is_done(request, form, act):
        messages.success(request, "Decided. Packs that are open already keep their last day.")
        return redirect("web:open_packs")
    return form_page(
        request, form, heading="How long open packs last", button="Save", back=reverse("web:open_packs"),
        words="The day of opening counts as the first. What the packet says goes before this.",
    )  # fmt: skip

"""Packs without a code, with one that nobody knows, and the rest of a split pack: booked in by what a person reads.

Two taps where a line expects the pack, or where it is known whose it is: the medicine, and the button. What a scan is
answered with is web.pages.booking_in's business.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods

from emar.queries import residents
from emar.queries.homes import HomeOfStaff
from emar.rules.amounts import plain
from ordering.operations import booking_in as operations
from ordering.operations.booking_in import Scanned
from ordering.queries import by_hand as wanted
from ordering.queries import deliveries as queries
from ordering.queries.door import shelf_for
from ordering.rules.receiving import Box, Chosen
from stock.operations.ledger import QuantityNotPositive
from web import record_words
from web.access import WORKING, for_roles
from web.delivery_words import PLACES, Names, said
from web.desk_form import ActForm, data_of, form_page, is_done
from web.pages.booking_in import Unreadable, read_typed_expiry
from web.pages.deliveries import bag_of, delivery_or_404
from web.second_person import SecondPersonFields

REST_OF_SPLIT = "The rest of a split pack"


class ByHandForm(ActForm, SecondPersonFields):
    """A pack without a code, or with one that nobody knows: what a person reads on it."""

    sections = {"Second person, if they are here now": ("witness_name", "witness_password")}
    quantity = forms.DecimalField(
        label="How much is in it", min_value=Decimal("0.0001"), max_digits=12, decimal_places=4
    )
    expires = forms.CharField(
        label="Expiry", max_length=40, help_text="As it is printed: 01/2028, Use by Jan 2028.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "text", "class": "desk-short"}),
        required=False,
    )  # fmt: skip
    batch = forms.CharField(
        label="Batch", max_length=20, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "desk-short"}),
    )  # fmt: skip
    place = forms.ChoiceField(label="Where it is kept", widget=forms.RadioSelect)
    reason = forms.CharField(
        label="Why, if something is unusual", max_length=500, required=False,
        help_text="A split pack, a part pack, more than expected.",
    )  # fmt: skip
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    text = forms.CharField(widget=forms.HiddenInput, required=False, max_length=2000)

    def clean_expires(self) -> date | None:
        """Read the expiry as it is printed."""
        try:
            return read_typed_expiry(self.cleaned_data["expires"])
        except Unreadable as problem:
            raise forms.ValidationError(str(problem)) from problem


class AskedFirst(Exception):
    """There is a question about the pack; its words stand in the message."""


@dataclass(frozen=True)
class _Pack:
    """A pack in somebody's hand: which medicine, and whose (None for the home's own); `expected` is its line."""

    delivery: Any
    medicine: Any
    resident: Any
    expected: Any = None

    @property
    def name(self) -> str:
        """What it is, as the list says it where there is one."""
        return (self.expected.medicine_words if self.expected else "") or str(self.medicine.name)

    @property
    def box(self) -> Box:
        """What is known of it without looking."""
        line = self.expected
        if line is None:
            return Box()
        return Box(contents=line.quantity / line.packs if line.quantity else None, unit=line.unit)

    @property
    def chosen(self) -> Chosen:
        """Whose it is, as booking in asks."""
        if self.expected is not None:
            return Chosen(line_id=str(self.expected.pk))
        return Chosen(resident_id=self.resident.pk if self.resident else None, is_for_home=self.resident is None)


@for_roles(WORKING)
@require_http_methods(["GET", "POST"])
def by_hand(request: HttpRequest, here: HomeOfStaff, expected_id: UUID) -> HttpResponse:
    """Book in a pack of an expected line without its code: confirm how much is in it and until when it may be used."""
    line = queries.line_of(here.home_id, expected_id)
    if line is None:
        raise Http404("this home has no such line")
    if line.medicine is None or (line.resident is None and not line.is_for_home):
        messages.info(request, "First say whose it is and which medicine.")
        return redirect("web:settle_delivery_line", line.pk)
    return _book(request, here, _Pack(line.delivery, line.medicine, line.resident, line), timezone.now())


@for_roles(WORKING)
@require_http_methods(["GET", "POST"])
def unlisted(request: HttpRequest, here: HomeOfStaff, delivery_id: UUID) -> HttpResponse:
    """Book in a pack that no list expects: of which medicine and whose, the address says."""
    delivery, now = delivery_or_404(here, delivery_id), timezone.now()
    whose = request.GET.get("resident", "")
    people = {str(each.resident.pk): each.resident for each in residents.residents(here.home_id, now)}
    found = wanted.medicine_of(here.home_id, request.GET.get("medicine", ""), now)
    if found is None or (whose not in people and whose != "home"):
        return redirect(f"{reverse('web:choose_medicine', args=[delivery.pk])}?{request.GET.urlencode()}")
    return _book(request, here, _Pack(delivery, found, people.get(whose)), now)


@for_roles(WORKING)
@require_GET
def choose(request: HttpRequest, here: HomeOfStaff, delivery_id: UUID) -> HttpResponse:
    """Ask what a pack is whose code says nothing, and whose: the lines that wait for it, then what people take."""
    delivery, now = delivery_or_404(here, delivery_id), timezone.now()
    kept = {name: request.GET[name] for name in ("text", "rest", "medicine") if request.GET.get(name)}
    whose = bag_of(request) or delivery.resident_id
    offered = wanted.offered(delivery, now, resident_id=whose, medicine_id=kept.get("medicine"))
    unlisted_at = reverse("web:book_in_unlisted", args=[delivery.pk])
    return render(
        request,
        "deliveries/choose.html",
        {
            "delivery": delivery,
            "is_rest": "rest" in kept,
            "is_unknown_code": "text" in kept and "rest" not in kept,
            "whose": whose,
            "lines": [(line, f"{reverse('web:book_in_by_hand', args=[line.pk])}?{urlencode(kept)}")
                      for line in offered.lines],
            "people": [
                (person, [(each, f"{unlisted_at}?{urlencode(kept | {'resident': person.pk, 'medicine': each.pk})}")
                          for each in theirs])
                for person, theirs in offered.taken
            ],
            "own": [(each, f"{unlisted_at}?{urlencode(kept | {'resident': 'home', 'medicine': each.pk})}")
                    for each in offered.of_home],
        },
    )  # fmt: skip


def _book(request: HttpRequest, here: HomeOfStaff, pack: _Pack, now: datetime) -> HttpResponse:
    is_rest = "rest" in request.GET
    resident_id = pack.resident.pk if pack.resident else None
    box = pack.box
    shelf = shelf_for(here.home_id, resident_id, pack.medicine, box)
    amount = shelf.contents or (box.contents if box.unit in ("", shelf.unit) else None)
    initial = {
        "quantity": plain(amount) if amount and not is_rest else None, "place": shelf.place,
        "text": request.GET.get("text", ""), "reason": REST_OF_SPLIT if is_rest else "",
    }  # fmt: skip
    form = ByHandForm(**data_of(request), initial=initial)
    form.fields["quantity"].label = f"How many {record_words.unit_for(shelf.unit, Decimal(2))} are in it"
    form.fields["place"].choices = [(name, words) for name, words in PLACES.items()]
    form.show_who(request, here.home_id, now)
    taught: list[bool] = []

    def act(typed: dict[str, Any]) -> None:
        scanned = Scanned(
            id=typed["id"], text=typed["text"], is_typed=True, chosen=pack.chosen, medicine_id=pack.medicine.pk,
            quantity=typed["quantity"], batch=typed["batch"], expires_on=typed["expires"], place=typed["place"],
            reason=typed["reason"], witness_id=form.witness_id, seen=frozenset(typed["seen"].split()),
            is_rest_of_split=is_rest,
        )  # fmt: skip
        told = operations.book_in(
            home_id=here.home_id, delivery_id=pack.delivery.pk, scanned=scanned, by=request.user.pk, at=now
        )
        taught.append(told.is_taught)
        if told.booked is None:
            form.data = form.data.copy()
            form.data["seen"] = " ".join(sorted(told.answer.codes))
            raise AskedFirst(_question(pack, told))

    refusals = {
        AskedFirst: None, operations.ReasonMissing: "reason", operations.DeliveryClosed: None,
        QuantityNotPositive: "quantity",
    }  # fmt: skip
    if is_done(request, form, act, refusals):
        place = PLACES[form.cleaned_data["place"]]
        asked = " Its code waits for the manager to approve it." if any(taught) else ""
        messages.success(request, f"Booked in: {pack.name}. {place}.{asked}")
        return redirect("web:delivery", pack.delivery.pk)
    return form_page(
        request, form, heading=REST_OF_SPLIT if is_rest else "Book in without a code", button="Book it in",
        back=reverse("web:delivery", args=[pack.delivery.pk]), template="deliveries/by_hand.html", pack=pack,
        shelf=shelf, is_rest=is_rest,
    )  # fmt: skip


def _question(pack: _Pack, told: operations.Told) -> str:
    names = Names({pack.resident.pk: pack.resident.full_name} if pack.resident else {}, {}, {})
    asked = " ".join(f"{each.title}. {each.advice}" for each in (said(f, told, names) for f in told.answer.findings))
    is_stop = told.answer.result == "stop"
    return f"{asked} " + (
        "It cannot be booked in." if is_stop else "If it is right all the same, press the button again."
    )

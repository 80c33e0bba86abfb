"""Booking in, pack by pack: what a scan is answered with, second looks, taking back.

A pack without a code is web.pages.packs_by_hand' business.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
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

from emar.queries import residents
from emar.queries.homes import HomeOfStaff
from ordering.operations import booking_in as operations
from ordering.operations import pack_checks
from ordering.operations.booking_in import Scanned, Told
from ordering.queries import deliveries as queries
from ordering.rules.receiving import NEVER_BOOKED, Chosen
from stock.operations.ledger import QuantityNotPositive
from stock.rules.expiry import read_expiry
from web.access import WORKING, for_roles
from web.delivery_words import PLACES, TONES, Names, product_of, said
from web.desk_form import ActForm, data_of, form_page, is_done, words_field
from web.pages.deliveries import bag_of, delivery_or_404, delivery_page, page_facts
from web.second_person import SecondPersonFields

EXPIRY_UNREADABLE = "Type the expiry as it is printed, such as 01/2028 or 31 Jan 2028."
QUANTITY_UNREADABLE = "Type how much is in it as a number above nothing."
__all__ = ["check", "delivery_page", "packs_to_check", "scan", "stop", "undo"]


class Unreadable(ValueError):
    """Something that was typed about a pack cannot be read; the message says how to type it."""


def _scanned(request: HttpRequest) -> Scanned:
    """Read what a page sent about one pack. Raises Unreadable."""
    sent = request.POST
    try:
        scan_id = UUID(sent.get("id", ""))
    except ValueError:
        raise Unreadable("Scan the pack again.") from None
    return Scanned(
        id=scan_id,
        text=sent.get("text", "")[:2000],
        symbology=sent.get("symbology") or None,
        is_camera=sent.get("how") == "camera",
        is_typed=sent.get("how") == "typed",
        bag=bag_of(request),
        chosen=_chosen(sent),
        quantity=_quantity(sent.get("quantity", "")),
        expires_on=read_typed_expiry(sent.get("expires", "")),
        seen=frozenset(sent.getlist("seen")),
        keep_apart="keep_apart" in sent,
        reason=sent.get("reason", "")[:1000],
    )


def _chosen(sent: Mapping[str, str]) -> Chosen | None:
    whose, line = sent.get("resident", ""), sent.get("line", "")
    if not whose and not line:
        return None
    resident_id = int(whose) if whose.isdecimal() and len(whose) < 16 else None
    return Chosen(line or None, resident_id, whose == "home")


def _quantity(typed: str) -> Decimal | None:
    if not typed.strip():
        return None
    try:
        found = Decimal(typed.strip().replace(",", ""))
    except InvalidOperation:
        raise Unreadable(QUANTITY_UNREADABLE) from None
    if not found.is_finite() or not 0 < found < 10**8:
        raise Unreadable(QUANTITY_UNREADABLE)
    return found


def read_typed_expiry(typed: str) -> date | None:
    """Return the last day that somebody typed as it is printed, None where they typed nothing. Raises Unreadable."""
    if not typed.strip():
        return None
    found = read_expiry(typed)
    if found is None:
        raise Unreadable(EXPIRY_UNREADABLE)
    return found


@for_roles(WORKING)
@require_POST
def scan(request: HttpRequest, here: HomeOfStaff, delivery_id: UUID) -> HttpResponse:
    """Book in what was scanned, or say what stands in its way and what to do."""
    delivery, now = delivery_or_404(here, delivery_id), timezone.now()
    problem, told, scanned = "", None, None
    try:
        scanned = _scanned(request)
        told = operations.book_in(
            home_id=here.home_id, delivery_id=delivery.pk, scanned=scanned, by=request.user.pk, at=now
        )
    except (Unreadable, operations.ReasonMissing, QuantityNotPositive) as refusal:
        problem = f"{str(refusal)[:1].upper()}{str(refusal)[1:]}"
    except operations.DeliveryClosed:
        problem = "This delivery was closed meanwhile. Open it again to book in more."
    if told is None and scanned is not None and problem:
        told = operations.asked_again(
            home_id=here.home_id, delivery_id=delivery.pk, scanned=scanned, by=request.user.pk, at=now
        )
    if told is not None and told.bag_label:
        return _open_bag(request, here, delivery_id, told.bag_label, now)
    answer = _answer_facts(request, here, told, scanned, now) | {"problem": problem, "delivery": delivery}
    if not request.headers.get("HX-Request"):
        facts = page_facts(request, here, queries.standing(delivery))
        return render(request, "deliveries/delivery.html", facts | answer | {"answered": True})
    line = told.booked.row.line if told is not None and told.booked is not None else None
    tally, bag, latest = queries.after_scan(delivery, line)
    return render(
        request,
        "deliveries/answered.html",
        answer | {"tally": tally, "changed_bag": bag, "latest": latest, "may_book": True, "delivery": delivery},
    )


def _open_bag(request: HttpRequest, here: HomeOfStaff, delivery_id: UUID, label: str, now: datetime) -> HttpResponse:
    """A resident's own label opens their bag."""
    whose = next(
        (e.resident.pk for e in residents.residents(here.home_id, now) if e.resident.label_code == label), None
    )
    address = reverse("web:delivery", args=[delivery_id]) + (f"?bag={whose}" if whose else "")
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": address})
    return redirect(address)


def _answer_facts(
    request: HttpRequest, here: HomeOfStaff, told: Told | None, scanned: Scanned | None, now: datetime
) -> dict[str, Any]:
    """Return what the answer shows: the words of each finding, whom to choose, and what may be pressed."""
    if told is None or scanned is None:
        return {"tone": "ask", "said": [], "scanned": None, "next_id": uuid7()}
    answer, booked = told.answer, told.booked
    tone = "good" if booked is not None else TONES[answer.result]
    if booked is not None and (booked.waits or booked.row.is_quarantined):
        tone = "ask"
    facts: dict[str, Any] = {
        "told": told, "booked": booked, "tone": tone, "scanned": scanned, "next_id": uuid7(), "label_of": told.label_of,
        "place": PLACES.get(booked.pack.location, "") if booked is not None else "",
        "come": _come(booked),
        "bag_id": scanned.bag,
        "sender_words": _sender(told),
    }  # fmt: skip
    if booked is not None:
        return facts
    people = {each.resident.pk: each for each in residents.residents(here.home_id, now)}
    names = Names(
        {pk: each.resident.full_name for pk, each in people.items()},
        {key: line.medicine_words or line.words for key, line in (told.around.lines if told.around else {}).items()},
        {each.id: each.name for each in (told.around.door.prescribed if told.around else ())},
    )
    owners = answer.candidates or ((answer.resident_id,) if answer.resident_id in people else ())
    return facts | {
        "said": [said(each, told, names) for each in answer.findings],
        "product": product_of(told),
        "candidates": [people[pk] for pk in answer.candidates if pk in people],
        "owner": people.get(owners[0]) if len(owners) == 1 else None,
        "everybody": list(people.values()) if not answer.candidates and answer.resident_id is None else [],
        "seen": sorted(answer.codes | scanned.seen),
        "codes": answer.codes,
        "may_keep_apart": told.shelf is not None and not answer.codes & NEVER_BOOKED,
        "is_never_booked": bool(answer.codes & NEVER_BOOKED),
        "asks_reason": bool(answer.codes & {"over", "not_expected"}),
    }


def _come(booked: queries.Booked | None) -> str:
    """Return which of how many packs of its line this was: "2 of 2"."""
    line = booked.row.line if booked is not None else None
    if booked is None or line is None:
        return "not on the list" if booked is not None else ""
    return f"{queries.packs_come(booked.row)} of {line.packs}"


def _sender(told: Told) -> str:
    """Return the expected line in the pharmacy's own words, for comparing with the label."""
    line = told.around.lines.get(told.answer.line_id or "") if told.around else None
    return line.words if line is not None else ""


@for_roles(WORKING)
@require_POST
def stop(request: HttpRequest, here: HomeOfStaff, delivery_id: UUID) -> HttpResponse:
    """Write down a pack that was caught: put aside to go back, or the same box again."""
    delivery = delivery_or_404(here, delivery_id)
    became = request.POST.get("became", "")
    try:
        scanned = _scanned(request)
    except Unreadable:
        return redirect("web:delivery", delivery.pk)
    if became not in ("goes_back", "same_box"):
        raise Http404("a pack goes back, or is the same box again")
    operations.stop(
        home_id=here.home_id, delivery_id=delivery.pk, scanned=scanned, became=became,
        words=request.POST.get("reason", "")[:1000], by=request.user.pk, at=timezone.now(),
    )  # fmt: skip
    words = (
        "Put aside to go back. It is on the delivery’s list of what was caught."
        if became == "goes_back"
        else "Nothing was booked twice."
    )
    if not request.headers.get("HX-Request"):
        messages.success(request, words)
        address = reverse("web:delivery", args=[delivery.pk])
        return redirect(f"{address}?bag={scanned.bag}" if scanned.bag else address)
    tally, _, latest = queries.after_scan(delivery, None)
    return render(
        request,
        "deliveries/answered.html",
        {
            "tone": "done", "done_words": words, "tally": tally, "latest": latest, "delivery": delivery,
            "may_book": True, "next_id": uuid7(),
        },
    )  # fmt: skip


@for_roles(WORKING)
@require_GET
def packs_to_check(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Show the packs that a second person has still to look at."""
    return render(request, "deliveries/to_check.html", {"waiting": queries.waiting_for_check(here.home_id)})


class CheckForm(ActForm, SecondPersonFields):
    """A second person's look at one pack."""

    counted = forms.DecimalField(
        label="How many did you count together?", required=False, max_digits=12, decimal_places=4,
        help_text="Count what is in the pack. Do not copy the number from the box.",
    )  # fmt: skip


@for_roles(WORKING)
@require_http_methods(["GET", "POST"])
def check(request: HttpRequest, here: HomeOfStaff, booked_id: UUID) -> HttpResponse:
    """Look at a pack a second time; a controlled drug enters the register here, before two people."""
    now = timezone.now()
    booked = _booked_or_404(here, booked_id)
    is_own = booked.row.booked_by_id == request.user.pk
    needs_two = booked.row.is_controlled or is_own
    form = CheckForm(**data_of(request))
    if not booked.row.is_controlled:
        del form.fields["counted"]
    if not needs_two:
        del form.fields["witness_name"], form.fields["witness_password"]
    else:
        form.show_who(request, here.home_id, now)

    def act(typed: dict[str, Any]) -> None:
        if needs_two and form.witness_id is None:
            raise pack_checks.WitnessMissing("the second person types their own name and password")
        # The look is the second person's own: at somebody else's session they are who signed in for it.
        by = form.witness_id if is_own and not booked.row.is_controlled else request.user.pk
        pack_checks.check(
            home_id=here.home_id, booked_id=booked.row.pk, check_id=typed["id"], counted=typed.get("counted"),
            witness_id=form.witness_id if booked.row.is_controlled else None, by=by, at=now,
        )  # fmt: skip

    refusals = {
        pack_checks.WitnessMissing: "witness_password" if needs_two else None, pack_checks.CountDiffers: "counted",
        pack_checks.AlreadyChecked: None, pack_checks.SamePersonChecks: None,
    }  # fmt: skip
    if is_done(request, form, act, refusals):
        messages.success(request, f"Checked: {booked.pack.line.medicine.name}. It may be used now.")
        return redirect("web:packs_to_check")
    return form_page(
        request, form, heading="Second look", button="It is as entered",
        back=reverse("web:packs_to_check"), template="deliveries/check.html", booked=booked, is_own=is_own,
    )  # fmt: skip


class UndoForm(ActForm, SecondPersonFields):
    """Why a booking was wrong."""

    reason = words_field("What was wrong?", rows=2, help_text="For example: it is Ben’s, not Ada’s.")


@for_roles(WORKING)
@require_http_methods(["GET", "POST"])
def undo(request: HttpRequest, here: HomeOfStaff, booked_id: UUID) -> HttpResponse:
    """Take a wrong booking back; the box can be booked in rightly afterwards."""
    now = timezone.now()
    booked = _booked_or_404(here, booked_id)
    form = UndoForm(**data_of(request))
    if not booked.row.is_controlled:
        del form.fields["witness_name"], form.fields["witness_password"]
    else:
        form.show_who(request, here.home_id, now)

    def act(typed: dict[str, Any]) -> None:
        pack_checks.undo(
            home_id=here.home_id, booked_id=booked.row.pk, undo_id=typed["id"], reason=typed["reason"],
            witness_id=form.witness_id, by=request.user.pk, at=now,
        )  # fmt: skip

    refusals = {
        pack_checks.WitnessMissing: "witness_password" if booked.row.is_controlled else None,
        pack_checks.PackUsed: None, operations.ReasonMissing: "reason",
    }  # fmt: skip
    if is_done(request, form, act, refusals):
        messages.success(request, "Taken back. Take its label off, and book the pack in rightly.")
        return redirect("web:delivery", booked.row.delivery_id)
    return form_page(
        request, form, heading="Undo this booking", button="Take it back",
        back=reverse("web:delivery", args=[booked.row.delivery_id]), template="deliveries/undo.html", booked=booked,
    )  # fmt: skip


def _booked_or_404(here: HomeOfStaff, booked_id: UUID) -> queries.Booked:
    booked = queries.booked_of(here.home_id, booked_id)
    if booked is None:
        raise Http404("this home has no such pack")
    return booked

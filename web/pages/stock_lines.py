"""One line of stock: its packs, everything that moved with the balance it left, its counts and differences."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from emar.operations import packs as operations
from emar.queries import stock_now as queries
from emar.queries.homes import HomeOfStaff
from emar.queries.register import register_balances
from emar.rules.wall_clock import local_day
from ordering.operations import pack_checks
from ordering.queries.deliveries import unchecked_packs
from stock.operations import packs as ledger
from stock.queries import movements, storage
from stock.queries.counts import LOCATION_WORDS, being_counted
from stock.queries.discrepancies import discrepancies_of_line
from stock.rules.differences import reason_words
from stock.rules.expiry import opened_group
from web.access import READERS, SENIORS, WORKING, for_roles
from web.audit_words import act_words
from web.desk_form import DeskForm, data_of, form_page, is_done, words_field
from web.pages.residents import note_read
from web.pages.stock import Line
from web.stock_words import movement_words


class MoveForm(DeskForm):
    """Where a pack is kept."""

    location = forms.ChoiceField(
        label="Where is it kept now?", widget=forms.RadioSelect, choices=list(LOCATION_WORDS.items())
    )


class StatusForm(DeskForm):
    """Whether a pack may be given from."""

    reason = words_field("Why", rows=2)


#: For each new state of a pack: the button, the heading, what it means, and what is said when it is done.
STATUS = {
    "quarantined": (
        "Put it aside", "Put aside", "Scanning it then stops whoever wants to give from it. What is in it stays in the "
        "book until it is returned or destroyed.", "Put aside. Keep it apart from the others.",
    ),
    "in_use": ("Take it into use again", "Take into use", "It may then be given from again.", "It may be used again."),
    "finished": (
        "It is empty", "Empty", "It then stands on no list any more. The balance stays as it is: when the book and the "
        "cupboard differ because of it, count the line.", "Finished.",
    ),
}  # fmt: skip


@for_roles(READERS)
@require_GET
def line_page(request: HttpRequest, here: HomeOfStaff, stock_line_id: int) -> HttpResponse:
    """Show one line from its packs to its latest movements."""
    line = movements.line(here.home_id, stock_line_id)
    if line is None:
        raise Http404("this home has no such stock")
    if line.resident_id is not None:
        note_read(request, here, line.resident_id, "stock line")
    now = timezone.now()
    before = request.GET.get("before", "")
    moved, has_earlier = movements.moved(
        here.home_id, stock_line_id, before=int(before) if before.isdecimal() and len(before) < 10 else None
    )
    all_packs = movements.packs(here.home_id, stock_line_id)
    here_now = queries.stock_now(here.home_id, now, resident_id=line.resident_id)
    held = next((each for each in here_now if each.held.line.pk == stock_line_id), None)
    count_id = being_counted(here.home_id).get(stock_line_id)
    waiting = unchecked_packs(here.home_id, [pack.pk for pack in all_packs])
    for pack in all_packs:
        pack.line = line
    return render(
        request,
        "stock/line.html",
        {
            "line": line,
            "now": Line(held, count_id=count_id) if held else None,
            "count_id": count_id,
            "suggested": held.suggested.pk if held and held.suggested else None,
            "packs": [(pack, opened_group(storage.packed(pack)) is not None, waiting.get(pack.pk)) for pack in all_packs
                      if pack.status != "finished"],
            "finished": [pack for pack in all_packs if pack.status == "finished"],
            "acts": [(each, act_words(each.action), _pack_of(each, all_packs))
                     for each in queries.acts_on_packs(here.home_id, line.resident_id, all_packs)],
            "moved": [(each.movement, *movement_words(each.movement), each.counts) for each in moved],
            "earlier": moved[-1].movement.line_sequence if has_earlier else None,
            "is_first_page": not before,
            "differences": [(each, reason_words(each.reason_code)) for each in
                            discrepancies_of_line(here.home_id, stock_line_id)],
            "has_register_page": stock_line_id in register_balances(here.home_id),
            "today": local_day(now),
            "may_write": here.role in WORKING,
            "may_decide": here.role in SENIORS,
        },
    )  # fmt: skip


def _pack_of(act: Any, packs: list[Any]) -> Any:
    return next((pack for pack in packs if act.about == f"StockPack {pack.pk}"), None)


@for_roles(WORKING)
@require_http_methods(["GET", "POST"])
def move_pack(request: HttpRequest, here: HomeOfStaff, pack_id: UUID) -> HttpResponse:
    """Say that a pack is kept in another place."""
    pack = _pack_or_404(here, pack_id)
    form = MoveForm(**data_of(request), initial={"location": pack.location})

    def act(said: dict[str, Any]) -> None:
        operations.move(pack=pack, location=said["location"], by=request.user.pk, at=timezone.now())

    back = reverse("web:stock_line", args=[pack.line_id])
    if is_done(request, form, act, {ledger.NoSuchPlace: "location", ledger.NotInUse: None}):
        messages.success(request, f"Pack {pack.label_code}: {LOCATION_WORDS[pack.location]}.")
        return redirect(back)
    return form_page(request, form, heading=_heading("Move", pack), button="It is there now", back=back)


@for_roles(SENIORS)
@require_http_methods(["GET", "POST"])
def change_pack_status(request: HttpRequest, here: HomeOfStaff, pack_id: UUID) -> HttpResponse:
    """Put a pack aside, take it into use again, or say that it is empty: as the address asks."""
    pack = _pack_or_404(here, pack_id)
    status = request.GET.get("to") or ("in_use" if pack.status != "in_use" else "quarantined")
    if status not in STATUS:
        raise Http404("a pack cannot be like that")
    button, heading, words, done = STATUS[status]
    form = StatusForm(**data_of(request))
    form.fields["reason"].required = status != "finished"

    def act(said: dict[str, Any]) -> None:
        asked = {"pack": pack, "reason": said["reason"], "by": request.user.pk, "at": timezone.now()}
        if status == "in_use":
            pack_checks.release(**asked)
        else:
            operations.change_status(**asked, status=status)

    back = reverse("web:stock_line", args=[pack.line_id])
    refusals = {
        ledger.NotInUse: None, operations.ReasonMissing: "reason", pack_checks.NotCheckedYet: None,
        pack_checks.CalledBack: None,
    }  # fmt: skip
    if is_done(request, form, act, refusals):
        messages.success(request, f"Pack {pack.label_code}: {done}")
        return redirect(back)
    return form_page(request, form, heading=_heading(heading, pack), button=button, back=back, words=words)


def _heading(what: str, pack: Any) -> str:
    return f"{what}: {pack.line.medicine.name}, pack {pack.label_code}"


def _pack_or_404(here: HomeOfStaff, pack_id: UUID) -> Any:
    pack = storage.pack(here.home_id, pack_id)
    if pack is None:
        raise Http404("this home has no such pack")
    return pack

"""Counting stock together, blind: beginning a count, scanning and typing what is there, taking it up again, finishing.

No page of a count shows the book's figure of a line before two counts of it are in: not even that it differs by much or
by little. What a difference was is on the page of the difference, once it stands. Nor do the pages and the file of the
stock, while a count still waits for the line. The CD register keeps its running balance: it is a record that anybody
may ask for at any time, so its counts are kept blind by their own form and by whoever counts with a second person.
"""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from uuid_utils.compat import uuid7

from emar.operations import counts as operations
from emar.queries import residents
from emar.queries.counts import lines_to_count
from emar.queries.homes import HomeOfStaff
from emar.queries.register import register_balances
from emar.rules.wall_clock import local_day
from stock.operations import counts as ledger
from stock.operations.ledger import QuantityNotPositive
from stock.queries import counts as queries
from stock.rules.counting import WHY_WORDS
from stock.rules.gs1 import read_scan
from web.access import READERS, WORKING, for_roles
from web.desk_form import ActForm, data_of, is_done, sent_id
from web.pages.bedside import built
from web.record_words import amount
from web.second_person import SecondPersonFields

REFUSALS = {
    ledger.CountFinished: None, ledger.NotInThisCount: None, operations.NothingCounted: "counted",
    QuantityNotPositive: "counted", operations.WitnessMissing: "witness_password",
}  # fmt: skip
AGREES, AGAIN, DIFFERS = "agrees", "again", "differs"
#: What whoever counts is told. The figure of the book is never among it.
TOLD = {
    AGREES: "agrees with the book.",
    AGAIN: "is not what the book says. Count it once more, as if for the first time.",
    DIFFERS: "was counted twice and still differs. It stands under Differences until somebody signs why.",
}


def quantity_field(label: str, **options: Any) -> forms.DecimalField:
    """Return a field for how much was counted: never filled in for anybody."""
    return forms.DecimalField(
        label=label, min_value=Decimal(0), max_digits=10, decimal_places=4,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
        error_messages={
            "required": "Enter how much is there; 0 when nothing is",
            "invalid": "Enter a number such as 28 or 12.5",
            "min_value": "Nobody can count less than nothing",
        },
        **options,
    )  # fmt: skip


class CountedForm(ActForm, SecondPersonFields):
    """What somebody counted of a line, with the second person where it is a controlled drug."""

    counted = quantity_field("How much is there altogether")


class PacksForm(ActForm, SecondPersonFields):
    """That the packs counted are all there is."""


class PackForm(ActForm):
    """What is in one pack."""

    quantity = quantity_field("How much is in it")


@for_roles(READERS)
@require_GET
def counts_page(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Show the counts that go on and those finished lately, and offer to begin one."""
    return _counts_page(request, here)


def _counts_page(request: HttpRequest, here: HomeOfStaff, problem: str = "") -> HttpResponse:
    now = timezone.now()
    worth = lines_to_count(here.home_id, "cycle", now)
    return render(
        request,
        "counts/counts.html",
        {
            "open": queries.sessions(here.home_id, is_finished=False),
            "finished": queries.sessions(here.home_id, is_finished=True),
            "worth": [(WHY_WORDS[why], sum(each.why == why for each in worth)) for why in WHY_WORDS
                      if any(each.why == why for each in worth)],
            "worth_count": len(worth),
            "people": residents.residents(here.home_id, now),
            "locations": queries.LOCATION_WORDS.items(),
            "has_register": bool(register_balances(here.home_id)),
            "may_count": here.role in WORKING,
            "new_id": uuid7(),
            "problem": problem,
        },
    )  # fmt: skip


@for_roles(WORKING)
@require_POST
def start_count(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Begin a count, and go to it."""
    said = request.POST
    kind, location, resident = said.get("kind", ""), said.get("location", ""), said.get("resident", "")
    resident_id = int(resident) if resident.isdecimal() and len(resident) < 16 else None
    problem = ""
    if kind not in queries.KIND_WORDS or kind == "register":
        problem = "Choose what to count."
    elif kind == "location" and location not in queries.LOCATION_WORDS:
        problem = "Choose which place to count."
    elif kind == "resident" and not any(
        each.resident.pk == resident_id for each in residents.residents(here.home_id, timezone.now())
    ):
        problem = "Choose whose stock to count."
    if problem:
        return _counts_page(request, here, problem)
    asked = operations.Asked(
        sent_id(request), kind, resident_id if kind == "resident" else None, location if kind == "location" else ""
    )
    try:
        session = operations.start_count(home_id=here.home_id, asked=asked, by=request.user.pk, at=timezone.now())
    except ledger.NothingToCount as refusal:
        return _counts_page(request, here, f"{str(refusal).capitalize()}.")
    return redirect("web:count", session.pk)


@for_roles(READERS)
@require_GET
def count_page(request: HttpRequest, here: HomeOfStaff, session_id: UUID) -> HttpResponse:
    """Show how far a count has come, and what is still to count."""
    state = queries.state(_session_or_404(here, session_id))
    return render(
        request,
        "counts/count.html",
        _named(here, state)
        | {"may_count": here.role in WORKING and state.session.finished_at is None, "script": built("booking_in")},
    )


@for_roles(READERS)
@require_GET
def count_sheet(request: HttpRequest, here: HomeOfStaff, session_id: UUID) -> HttpResponse:
    """Show a sheet to print: every line of a count with room for a figure, and no figure on it."""
    return render(request, "counts/sheet.html", _named(here, queries.state(_session_or_404(here, session_id))))


def _named(here: HomeOfStaff, state: queries.CountState) -> dict[str, Any]:
    register = register_balances(here.home_id)
    return {
        "state": state,
        "session": state.session,
        "title": title_of(state.session),
        "rows": [
            (
                each,
                each.line.is_controlled or each.line.pk in register,
                all(p.counted for p in each.packs) and each.packs,
            )
            for each in state.lines
        ],
        "new_id": lambda: str(uuid7()),
    }


def title_of(session: Any) -> str:
    """Return what a count is of, in words."""
    if session.resident is not None:
        return session.resident.full_name
    return queries.LOCATION_WORDS.get(session.location) or queries.KIND_WORDS[session.kind]


@for_roles(WORKING)
@require_POST
def finish_count(request: HttpRequest, here: HomeOfStaff, session_id: UUID) -> HttpResponse:
    """Say that a count is done."""
    session = _session_or_404(here, session_id)
    state = queries.state(session)
    try:
        operations.finish_count(session=session, by=request.user.pk, at=timezone.now())
    except ledger.CountFinished:
        messages.success(request, "Somebody finished this count before.")
    else:
        left = len(state.lines) - state.done
        words = f" {left} line{' stays' if left == 1 else 's stay'} uncounted." if left else ""
        messages.success(request, f"The count is finished.{words}")
    return redirect("web:count", session_id)


@for_roles(WORKING)
@require_POST
def scan_pack(request: HttpRequest, here: HomeOfStaff, session_id: UUID) -> HttpResponse:
    """Find the pack that was scanned, and ask what is in it: on the page itself where its script is at work."""
    session = _session_or_404(here, session_id)
    text = request.POST.get("text", "")
    found = queries.packs_of_scan(here.home_id, read_scan(text, today=local_day(timezone.now())))
    state = queries.state(session)
    of_count = [each for each in found if state.line(each.line_id) is not None]
    waiting = [each for each in of_count if not _is_counted(state, each)]
    if of_count:
        return _ask(request, session_id, (waiting or of_count)[0], others=len(waiting) if len(waiting) > 1 else 0)
    if len(found) == 1:
        return _say(request, session_id, _belongs(found[0]), "It is not part of this count: put it where it belongs.")
    shown = "".join(letter for letter in text if letter.isprintable())[:60]
    words = f"No pack in this home has the code “{shown}”."
    return _say(request, session_id, words, "Find its line below and type what is there.")


def _ask(
    request: HttpRequest, session_id: UUID, pack: Any, *, others: int = 0, errors: tuple[str, ...] = ()
) -> HttpResponse:
    if not request.htmx:
        if others:
            messages.warning(request, f"{others} packs have this code: compare batch and label.")
        address = reverse("web:line_of_count", args=[session_id, pack.line_id])
        # No fragment: where an address has one, browsers leave the field alone that asks for the focus.
        return redirect(f"{address}?pack={pack.pk}")
    return render(
        request,
        "counts/answer.html",
        {
            "tone": "ask",
            "pack": pack,
            "others": others,
            "errors": errors,
            "address": reverse("web:count_pack", args=[session_id, pack.line_id, pack.pk]),
            "new_id": uuid7(),
        },
    )


def _say(request: HttpRequest, session_id: UUID, words: str, following: str) -> HttpResponse:
    if not request.htmx:
        messages.warning(request, f"{words} {following}")
        return redirect("web:count", session_id)
    return render(request, "counts/answer.html", {"tone": "stop", "words": words, "next_words": following})


def _belongs(pack: Any) -> str:
    line = pack.line
    return f"{line.medicine.name} belongs to {line.resident.full_name if line.resident else 'the home'}."


def _is_counted(state: queries.CountState, pack: Any) -> bool:
    line = state.line(pack.line_id)
    return line is not None and any(each.pack == pack and each.counted for each in line.packs)


@for_roles(READERS)
@require_GET
def line_of_count(request: HttpRequest, here: HomeOfStaff, session_id: UUID, stock_line_id: int) -> HttpResponse:
    """Show one line of a count: its packs, and where to type what is there."""
    return _line_page(request, here, session_id, stock_line_id)


def _line_page(
    request: HttpRequest,
    here: HomeOfStaff,
    session_id: UUID,
    stock_line_id: int,
    *,
    form: CountedForm | None = None,
    pack_form: PackForm | None = None,
    packs_form: PacksForm | None = None,
    pack_id: UUID | None = None,
) -> HttpResponse:
    state, line = _line_or_404(here, session_id, stock_line_id)
    scanned = request.GET.get("pack", "")
    return render(
        request,
        "counts/line.html",
        {
            "state": state,
            "session": state.session,
            "title": title_of(state.session),
            "each": line,
            "line": line.line,
            "is_controlled": _is_controlled(here, line),
            "packs": [
                (pack, pack_form if pack_form is not None and pack.pack.pk == pack_id else PackForm(),
                 str(pack.pack.pk) == scanned or pack.pack.pk == pack_id)
                for pack in line.packs
            ],
            "scanned": scanned,
            "form": form or CountedForm(),
            "packs_form": packs_form or PacksForm(),
            "is_counted": any(pack.counted for pack in line.packs),
            "may_count": here.role in WORKING and state.session.finished_at is None,
            "new_id": lambda: str(uuid7()),
        },
    )  # fmt: skip


@for_roles(WORKING)
@require_POST
def count_pack(
    request: HttpRequest, here: HomeOfStaff, session_id: UUID, stock_line_id: int, pack_id: UUID
) -> HttpResponse:
    """Write down what is in one pack."""
    state, line = _line_or_404(here, session_id, stock_line_id)
    if not any(each.pack.pk == pack_id for each in line.packs):
        raise Http404("this line has no such pack")
    form = PackForm(**data_of(request))
    is_scanned = request.POST.get("is_scanned") == "yes"

    def act(said: dict[str, Any]) -> None:
        operations.count_pack(
            session=state.session, line_id=stock_line_id, pack_id=pack_id, quantity=said["quantity"],
            counted_id=said["id"], is_scanned=is_scanned, by=request.user.pk, at=timezone.now(),
        )  # fmt: skip

    if not is_done(request, form, act, REFUSALS | {QuantityNotPositive: "quantity"}):
        if request.htmx:
            pack = next(each.pack for each in line.packs if each.pack.pk == pack_id)
            pack.line = line.line
            errors = tuple(words for each in form.errors.values() for words in each)
            return _ask(request, session_id, pack, errors=errors)
        return _line_page(request, here, session_id, stock_line_id, pack_form=form, pack_id=pack_id)
    if request.htmx:
        return _written(request, here, session_id, stock_line_id, form.cleaned_data["quantity"])
    messages.success(
        request, f"{amount(form.cleaned_data['quantity'], line.line.unit)} of {line.line.medicine.name} written down."
    )
    after = queries.state(state.session).line(stock_line_id)
    if is_scanned and after is not None and not all(each.counted for each in after.packs):
        return redirect("web:count", session_id)
    return redirect("web:line_of_count", session_id, stock_line_id)


def _written(
    request: HttpRequest, here: HomeOfStaff, session_id: UUID, stock_line_id: int, quantity: Decimal
) -> HttpResponse:
    """Say that a scanned pack is written down, and how far the count has come."""
    state, line = _line_or_404(here, session_id, stock_line_id)
    left = sum(each.counted is None for each in line.packs)
    return render(
        request,
        "counts/answer.html",
        {
            "tone": "good",
            "state": state,
            "words": f"✓ {amount(quantity, line.line.unit)} of {line.line.medicine.name}",
            "next_words": f"{left} more pack{'' if left == 1 else 's'} of it. Scan the next." if left
            else "All its packs are counted.",
            "line_address": "" if left else reverse("web:line_of_count", args=[session_id, stock_line_id]),
            "line_words": "That is all of it",
        },
    )  # fmt: skip


@for_roles(WORKING)
@require_POST
def count_total(request: HttpRequest, here: HomeOfStaff, session_id: UUID, stock_line_id: int) -> HttpResponse:
    """Write down how much there is of a line altogether."""
    _, line = _line_or_404(here, session_id, stock_line_id)
    form = CountedForm(**data_of(request))
    form.show_who(request, here.home_id, timezone.now())
    taken: list[ledger.Taken] = []

    def act(said: dict[str, Any]) -> None:
        found = ledger.Found(said["id"], said["counted"], form.witness_id, session_id)
        taken.append(operations.count_line(line=line.line, found=found, by=request.user.pk, at=timezone.now()))

    if not is_done(request, form, act, REFUSALS):
        return _line_page(request, here, session_id, stock_line_id, form=form)
    return _after(request, here, session_id, stock_line_id)


@for_roles(WORKING)
@require_POST
def count_packs(request: HttpRequest, here: HomeOfStaff, session_id: UUID, stock_line_id: int) -> HttpResponse:
    """Say that the packs counted are all there is of a line."""
    state, line = _line_or_404(here, session_id, stock_line_id)
    form = PacksForm(**data_of(request))
    form.show_who(request, here.home_id, timezone.now())

    def act(said: dict[str, Any]) -> None:
        found = ledger.Found(said["id"], Decimal(0), form.witness_id, session_id)
        operations.count_packs(
            session=state.session, line=line.line, found=found, by=request.user.pk, at=timezone.now()
        )

    if not is_done(request, form, act, REFUSALS | {operations.NothingCounted: None}):
        return _line_page(request, here, session_id, stock_line_id, packs_form=form)
    return _after(request, here, session_id, stock_line_id)


def _after(request: HttpRequest, here: HomeOfStaff, session_id: UUID, stock_line_id: int) -> HttpResponse:
    """Tell whether a line agrees, and go where the count goes on."""
    state, line = _line_or_404(here, session_id, stock_line_id)
    words = f"{line.line.medicine.name} {TOLD[line.standing]}"
    (messages.success if line.standing == AGREES else messages.warning)(request, words)
    if line.standing == AGAIN:
        return redirect("web:line_of_count", session_id, stock_line_id)
    following = state.following(stock_line_id)
    if request.POST.get("from") == "line" and following is not None:
        return redirect("web:line_of_count", session_id, following.line.pk)
    return redirect("web:count", session_id)


def _is_controlled(here: HomeOfStaff, each: queries.LineOfCount) -> bool:
    return each.line.is_controlled or each.line.pk in register_balances(here.home_id)


def _session_or_404(here: HomeOfStaff, session_id: UUID) -> Any:
    session = queries.session(here.home_id, session_id)
    if session is None:
        raise Http404("this home has no such count")
    return session


def _line_or_404(
    here: HomeOfStaff, session_id: UUID, stock_line_id: int
) -> tuple[queries.CountState, queries.LineOfCount]:
    state = queries.state(_session_or_404(here, session_id))
    line = state.line(stock_line_id)
    if line is None:
        raise Http404("this count has no such line")
    return state, line

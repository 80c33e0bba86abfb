"""What is done with an order before it goes out: answering its items, the review, approving, sending again."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from emar.queries.homes import HomeOfStaff
from ordering.operations import reviewing, sending
from ordering.queries import orders
from web.access import SENIORS, for_roles
from web.desk_form import sent_id
from web.pages.orders import placed_or_404, read_order, show_order
from web.pdf.order import order_pdf

REFUSALS = (
    reviewing.NotADraft, reviewing.ReasonMissing, reviewing.QuantityMissing, reviewing.NotAnswered,
    reviewing.MayNotApprove, reviewing.StoppedMeanwhile, sending.NoMessage, sending.EvidenceMissing,
    sending.NotApproved,
)  # fmt: skip


@for_roles(SENIORS)
@require_POST
def answer_order_line(request: HttpRequest, here: HomeOfStaff, line_id: UUID) -> HttpResponse:
    """Answer one item: required or not, how much, and why where that is not what was suggested."""
    line = orders.line(here.home_id, line_id)
    if line is None:
        raise Http404("this home has no such item")
    sent = request.POST
    is_required = sent.get("is_required") != "no"
    if sent.get("is_required") == "as_suggested":
        is_required, quantity = line.suggested > 0, Decimal(line.suggested)
    else:
        quantity = _quantity(sent.get("quantity", "")) if is_required else Decimal(0)
    try:
        reviewing.answer(
            home_id=here.home_id, line_id=line_id, is_required=is_required, quantity=quantity,
            reason=sent.get("reason", "")[:1000], by=request.user.pk, at=timezone.now(),
        )  # fmt: skip
    except REFUSALS as refusal:
        return _again(request, here, line.order_id, refusal, wrong=line_id)
    return redirect(f"{reverse('web:order', args=[line.order_id])}{_kept(request)}#item-{line_id}")


@for_roles(SENIORS)
@require_POST
def answer_as_suggested(request: HttpRequest, here: HomeOfStaff, order_id: UUID) -> HttpResponse:
    """Answer what nobody has answered of a resident, or of the whole order, as it was suggested."""
    placed_or_404(here, order_id)
    asked = request.POST.get("resident", "")
    resident_id = int(asked) if asked.isdecimal() and len(asked) < 16 else None

    def act() -> None:
        count = reviewing.answer_as_suggested(
            home_id=here.home_id, order_id=order_id, resident_id=resident_id, by=request.user.pk, at=timezone.now()
        )
        messages.success(request, f"{count} item{'s' if count != 1 else ''} answered as suggested.")

    anchor = f"#resident-{resident_id}" if resident_id else ""
    return _done(request, here, order_id, act, anchor=anchor)


@for_roles(SENIORS)
@require_POST
def finish_review(request: HttpRequest, here: HomeOfStaff, order_id: UUID) -> HttpResponse:
    """Say that every item is answered; it waits to be approved from now on."""
    placed_or_404(here, order_id)

    def act() -> None:
        reviewing.finish_review(home_id=here.home_id, order_id=order_id, by=request.user.pk, at=timezone.now())
        messages.success(request, "Reviewed. It waits to be approved now.")

    return _done(request, here, order_id, act)


@for_roles(SENIORS)
@require_POST
def send_back_order(request: HttpRequest, here: HomeOfStaff, order_id: UUID) -> HttpResponse:
    """Send a reviewed order back, with words that say what has to be looked at again."""
    placed_or_404(here, order_id)

    def act() -> None:
        words = request.POST.get("words", "")[:1000]
        reviewing.send_back(home_id=here.home_id, order_id=order_id, words=words, by=request.user.pk, at=timezone.now())
        messages.success(request, "It is open for review again.")

    return _done(request, here, order_id, act)


@for_roles(SENIORS)
@require_POST
def approve_order(request: HttpRequest, here: HomeOfStaff, order_id: UUID) -> HttpResponse:
    """Approve a reviewed order; its e-mail goes out by itself."""
    placed_or_404(here, order_id)

    def act() -> None:
        reviewing.approve(
            home_id=here.home_id, order_id=order_id, draw=order_pdf, by=request.user.pk, at=timezone.now()
        )
        placed = placed_or_404(here, order_id)
        if placed.message is not None:
            messages.success(request, f"Approved. The e-mail to {placed.message.recipient} goes out within a minute.")
        elif placed.required:
            words = "Approved, but no e-mail can be sent: order it on the proxy screen or on paper, and write it down."
            messages.warning(request, words)
        else:
            messages.success(request, "Approved: nothing was required, so nothing is sent.")

    return _done(request, here, order_id, act)


@for_roles(SENIORS)
@require_POST
def withdraw_order(request: HttpRequest, here: HomeOfStaff, order_id: UUID) -> HttpResponse:
    """Withdraw an order that nobody approved."""
    placed_or_404(here, order_id)

    def act() -> None:
        reason = request.POST.get("words", "")[:1000]
        reviewing.withdraw(
            home_id=here.home_id, order_id=order_id, reason=reason, by=request.user.pk, at=timezone.now()
        )
        messages.success(request, "Withdrawn. It was never sent.")

    return _done(request, here, order_id, act)


@for_roles(SENIORS)
@require_POST
def send_order_again(request: HttpRequest, here: HomeOfStaff, order_id: UUID) -> HttpResponse:
    """Send the same e-mail once more, because it did not reach them."""
    placed_or_404(here, order_id)

    def act() -> None:
        sending.send_again(
            home_id=here.home_id, order_id=order_id, event_id=sent_id(request),
            words=request.POST.get("words", "")[:1000], by=request.user.pk, at=timezone.now(),
        )  # fmt: skip
        messages.success(request, "The same e-mail goes out again within a minute.")

    return _done(request, here, order_id, act)


@for_roles(SENIORS)
@require_POST
def order_by_hand(request: HttpRequest, here: HomeOfStaff, order_id: UUID) -> HttpResponse:
    """Write down that an order was typed into a proxy screen, or handed over on paper."""
    placed_or_404(here, order_id)

    def act() -> None:
        sending.ordered_by_hand(
            home_id=here.home_id, order_id=order_id, event_id=sent_id(request),
            words=request.POST.get("words", "")[:1000], by=request.user.pk, at=timezone.now(),
        )  # fmt: skip
        messages.success(request, "Written down as ordered.")

    return _done(request, here, order_id, act)


def _done(
    request: HttpRequest, here: HomeOfStaff, order_id: UUID, act: Callable[[], None], *, anchor: str = ""
) -> HttpResponse:
    try:
        act()
    except REFUSALS as refusal:
        return _again(request, here, order_id, refusal)
    return redirect(f"{reverse('web:order', args=[order_id])}{_kept(request)}{anchor}")


def _again(request: HttpRequest, here: HomeOfStaff, order_id: UUID, refusal: Exception, **more: Any) -> HttpResponse:
    words = str(refusal)
    placed = read_order(request, here, order_id)
    return show_order(request, here, placed, problem=f"{words[:1].upper()}{words[1:]}", said=request.POST, **more)


def _kept(request: HttpRequest) -> str:
    """Return the filter that the page was shown with, so that an answer does not lose the place."""
    asked = request.POST.get("show", "")
    return f"?show={asked}" if asked.isidentifier() else ""


def _quantity(text: str) -> Decimal:
    try:
        found = Decimal(text.strip())
    except InvalidOperation:
        return Decimal(0)
    return found if found.is_finite() and found < 10**8 else Decimal(0)

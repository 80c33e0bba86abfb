"""Orders: where the home is in its cycle, each order from draft to receipt, its paper, and the sheet for the screen."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET
from uuid_utils.compat import uuid7

from emar.queries.homes import HomeOfStaff
from emar.rules.wall_clock import local_day
from ordering.queries import calendar, orders, papers
from ordering.queries.forecast import run_outs
from ordering.rules.cycle import CyclePlan, Deadlines, cycle_on, days_closed, why_closed
from ordering.rules.order_paper import order_csv
from web.access import READERS, SENIORS, WORKING, for_roles
from web.pages.residents import note_read
from web.pdf.order import order_pdf

#: An order that was drafted but never sent is still answered in this time; what is older is history.
HISTORY = timedelta(days=365)
OPEN_STATES = ("draft", "reviewed", "approved", "not_sent", "sent")
COLOURS = {
    "draft": "yellow", "reviewed": "yellow", "approved": "blue", "not_sent": "red", "sent": "blue", "done": "green",
    "nothing": "grey", "withdrawn": "grey",
}  # fmt: skip
STEP_COLOURS = {
    "ordered": "white", "not_issued": "red", "issued": "blue", "dispensed": "blue", "part_received": "orange",
    "received": "green", "will_not_come": "grey",
}  # fmt: skip


@for_roles(READERS)
@require_GET
def orders_page(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Show the cycle under way with its days, the orders that somebody has to do something about, and the others."""
    now = timezone.now()
    today = local_day(now)
    plan = calendar.plan(here.home_id)
    found = orders.orders(here.home_id, since=today - HISTORY)
    days = cycle_on(plan, today) if plan else None
    cycle = calendar.cycle_of(here.home_id, days.starts_on) if days else None
    context = {
        "plan": plan,
        "days": days,
        "day_number": days.day_number(today) if days else None,
        "steps": _steps(plan, days, today) if plan and days else [],
        "closed": days_closed(plan, days.starts_on, days.cover_until_on) if plan and days else [],
        "today": today,
        "is_late": bool(days and days.draft_on <= today and not _is_drafted(here.home_id, days)),
        "open": [each for each in found if each.state in OPEN_STATES],
        "others": [each for each in found if each.state not in OPEN_STATES],
        "colours": COLOURS,
        "to_come": _to_come(found),
        "new_id": lambda: str(uuid7()),
        "run_outs": run_outs(here.home_id, now, calendar.lasts_until(here.home_id, now)),
        "change_over": cycle if cycle and cycle.drafted_at and cycle.changed_over_at is None else None,
        "approvers": calendar.approver_count(here.home_id, now),
        "fewest": calendar.FEWEST_APPROVERS,
        "may_change": here.role in SENIORS,
        "may_work": here.role in WORKING,
        "is_manager": here.role == "manager",
    }
    return render(request, "orders/orders.html", context)


def _is_drafted(home_id: int, days: Deadlines) -> bool:
    cycle = calendar.cycle_of(home_id, days.change_over_on)
    return cycle is not None and cycle.drafted_at is not None


def _steps(plan: CyclePlan, days: Deadlines, today: date) -> list[dict[str, Any]]:
    """Return the days of a cycle in order, each with its name, its day number and whether it is over."""
    named = [
        (days.starts_on, "Change-over before", "the new packs came into use"),
        (days.draft_on, "Order is drafted", "by itself, from the stock in the book"),
        (days.order_by_on, "Order by", "every item answered, approved and sent"),
        (days.check_from_on, "Prescriptions issued", "check them against the order from now on"),
        (days.check_by_on, "Checked by", "what is missing has been chased"),
        (days.deliver_by_on, "Delivery by", "and booked in"),
        (days.change_over_on, "Change-over", "the new packs come into use"),
    ]
    coming = next((day for day, _, _ in named if day >= today), None)
    return [
        {
            "day": day,
            "number": days.day_number(day),
            "name": name,
            "words": words,
            "is_over": day < today,
            "is_next": day == coming,
            "closed": why_closed(plan, day),
        }
        for day, name, words in named
    ]


def _to_come(found: Sequence[orders.PlacedOrder]) -> list[tuple[Any, int]]:
    """Return the pharmacies that still have to bring something, each with how many items."""
    counts: dict[int | None, int] = {}
    pharmacies: dict[int | None, Any] = {}
    for placed in found:
        if placed.state == "sent":
            for each in placed.required:
                if each.standing.is_open:
                    pk = each.line.pharmacy_id
                    pharmacies[pk], counts[pk] = each.line.pharmacy, counts.get(pk, 0) + 1
    return [(pharmacies[pk], count) for pk, count in counts.items()]


def placed_or_404(here: HomeOfStaff, order_id: UUID) -> orders.PlacedOrder:
    """Return one of the home's orders, or answer that there is no such page."""
    placed = orders.order(here.home_id, order_id)
    if placed is None:
        raise Http404("this home has no such order")
    return placed


def read_order(request: HttpRequest, here: HomeOfStaff, order_id: UUID) -> orders.PlacedOrder:
    """Return an order, and write down whose items were read."""
    placed = placed_or_404(here, order_id)
    for pk in sorted({each.line.resident_id for each in placed.items}):
        note_read(request, here, pk, "orders")
    return placed


@for_roles(READERS)
@require_GET
def order_page(request: HttpRequest, here: HomeOfStaff, order_id: UUID) -> HttpResponse:
    """Show one order: to be answered line by line, to be approved, or how far each item is."""
    return show_order(request, here, read_order(request, here, order_id))


def show_order(request: HttpRequest, here: HomeOfStaff, placed: orders.PlacedOrder, **more: Any) -> HttpResponse:
    """Show one order, with what could not be done where there is something."""
    now = timezone.now()
    asked = request.GET.get("show", "")
    state = placed.state
    template = "orders/review.html" if state in ("draft", "reviewed", "withdrawn", "nothing") else "orders/order.html"
    context = {
        "placed": placed,
        "order": placed.order,
        "place": placed.order.gp_practice or placed.order.pharmacy,
        "state": state,
        "colour": COLOURS[state],
        "step_colours": STEP_COLOURS,
        "last_day": placed.order.cover_until_on - timedelta(days=1),
        "show": asked,
        "groups": _shown(placed, asked),
        "counts": _counts(placed),
        "to_come": _to_come([placed]),
        "cost": _cost(placed),
        "attempts": orders.attempts(here.home_id, placed.order.pk) if placed.message else [],
        "is_waiting": state == "approved" and placed.message is not None,
        "may_answer": here.role in SENIORS,
        "may_work": here.role in WORKING,
        "may_approve": here.role in SENIORS and calendar.may_approve(here.home_id, request.user.pk, now),
        "new_id": lambda: str(uuid7()),
        "today": local_day(now),
    }
    return render(request, template, context | more)


def _shown(placed: orders.PlacedOrder, asked: str) -> list[Any]:
    choices: dict[str, Callable[[orders.Item], object]] = {
        "unanswered": lambda each: not each.is_answered,
        "changed": lambda each: each.is_changed,
        "required": lambda each: each.line.is_required or (not each.is_answered and each.line.suggested > 0),
        "open": lambda each: each.line.is_required and each.standing.is_open,
        "chase": lambda each: each.line.is_required and each.standing.needs_chasing,
    }
    # Once it was approved, what was not required is history.
    usual = "asked_for" if placed.order.approved_at is not None else "all"
    choices |= {"asked_for": lambda each: each.line.is_required, "all": lambda each: True}
    is_wanted = choices.get(asked, choices[usual])
    found = ((resident, [each for each in items if is_wanted(each)]) for resident, items in placed.residents)
    return [(resident, items) for resident, items in found if items]


def _counts(placed: orders.PlacedOrder) -> dict[str, int]:
    items = placed.items
    return {
        "all": len(items),
        "unanswered": len(placed.unanswered),
        "changed": sum(each.is_changed for each in items),
        "required": sum(bool(each.line.is_required) for each in items),
        "not_required": sum(each.line.is_required is False for each in items),
        "ask": sum(each.line.suggestion == "ask" and not each.is_answered for each in items),
        "as_suggested": sum(not each.is_answered and each.line.suggestion != "ask" for each in items),
        "open": sum(each.standing.is_open for each in placed.required),
        "chase": sum(each.standing.needs_chasing for each in placed.required),
        "residents": len(placed.residents),
    }


def _cost(placed: orders.PlacedOrder) -> dict[str, int | None]:
    """Return what the suggestions cost and save against the usual order, in pence; None where no price is known."""
    figures = [each.line.figures for each in placed.items]
    priced = [each["price_pence"] for each in figures if each.get("price_pence") is not None]
    saved = [each["saved_pence"] for each in figures if each.get("saved_pence") is not None]
    return {"price": sum(priced) if priced else None, "saved": sum(saved) if saved else None}


@for_roles(READERS)
@require_GET
def order_sheet(request: HttpRequest, here: HomeOfStaff, order_id: UUID) -> HttpResponse:
    """Show an approved order as it is typed into a proxy-ordering screen: patient by patient, with buttons to copy."""
    placed = read_order(request, here, order_id)
    paper = papers.paper(here.home_id, placed)
    if paper is None:
        raise Http404("only an approved order has a sheet")
    people: dict[tuple[str, Any, str], list[Any]] = {}
    for each in paper.lines:
        people.setdefault((each.resident, each.born_on, each.nhs_number), []).append(each)
    context = {
        "placed": placed,
        "order": placed.order,
        "paper": paper,
        "people": list(people.items()),
        "may_send": here.role in SENIORS,
        "new_id": str(uuid7()),
    }
    return render(request, "orders/sheet.html", context)


@for_roles(READERS)
@require_GET
def order_paper(request: HttpRequest, here: HomeOfStaff, order_id: UUID) -> HttpResponse:
    """Print an approved order."""
    placed = read_order(request, here, order_id)
    paper = papers.paper(here.home_id, placed)
    if paper is None:
        raise Http404("only an approved order is on paper")
    return _file(order_pdf(paper), "application/pdf", f"order-{paper.number}.pdf", "inline")


@for_roles(READERS)
@require_GET
def order_file(request: HttpRequest, here: HomeOfStaff, order_id: UUID) -> HttpResponse:
    """Save an approved order as CSV."""
    placed = read_order(request, here, order_id)
    paper = papers.paper(here.home_id, placed)
    if paper is None:
        raise Http404("only an approved order is a file")
    return _file(order_csv(paper).encode("utf-8-sig"), "text/csv; charset=utf-8", f"order-{paper.number}.csv")


@for_roles(SENIORS)
@require_GET
def order_message(request: HttpRequest, here: HomeOfStaff, order_id: UUID) -> HttpResponse:
    """Save the e-mail of an order, or another one about it, exactly as it went out, as evidence."""
    read_order(request, here, order_id)
    try:
        message_id = UUID(request.GET["message"]) if "message" in request.GET else None
    except ValueError:
        raise Http404("this order has no such e-mail") from None
    message = orders.message_of(here.home_id, order_id, message_id)
    if message is None:
        raise Http404("this order has no e-mail")
    return _file(bytes(message.mime), "message/rfc822", "order.eml" if message_id is None else "not-needed.eml")


def _file(content: bytes, kind: str, name: str, how: str = "attachment") -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    # The name of a file is read over shoulders: it names nobody.
    response["Content-Disposition"] = f'{how}; filename="{name}"'
    return response

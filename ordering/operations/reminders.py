"""Raising what people have to do about orders and stock that runs out, and closing it when it is settled.

It runs by itself every day and more often, and says nothing twice. The warning that a medicine runs out reads no order
at all: whether the ordering job ran, or whether anything was sent, cannot hide it. (hazard H22)
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from emar.models import Task
from emar.operations import tasks
from emar.queries.tasks import open_causes
from emar.rules.wall_clock import ONE_DAY, local_day
from ordering.models import Order
from ordering.queries import calendar, orders
from ordering.queries.forecast import LineRunOut, run_outs
from ordering.queries.orders import Item, PlacedOrder
from ordering.rules import reminders as rules
from ordering.rules.cycle import Deadlines, cycle_on, deadlines
from ordering.rules.reminders import Reminder

#: Closer than this a run-out is urgent: an interim order, the surgery and the pharmacy need their days.
URGENT_BEFORE = timedelta(days=4)
Kind = Task.Kind


def remind(*, home_id: int, at: datetime) -> int:
    """Raise the tasks that orders and the calendar ask for today, close those that are settled; return the new ones."""
    plan, today = calendar.plan(home_id), local_day(at)
    if plan is None:
        return 0
    days = cycle_on(plan, today)
    cycle = calendar.cycle_of(home_id, days.change_over_on)
    is_drafted = cycle is not None and cycle.drafted_at is not None
    asked = rules.of_cycle(days, today, is_drafted=is_drafted)
    causes = [_cause(each, at, {"by": each.by_on.isoformat()}) for each in asked]
    placed = orders.orders(home_id, since=today - plan.cycle_days * ONE_DAY)
    for each in placed:
        order = each.order
        is_monthly = order.kind == Order.Kind.CYCLE
        its_days = deadlines(plan, order.covers_from_on) if is_monthly else _interim_days(days, order.arrives_on)
        standings = [item.standing for item in each.required]
        found = rules.of_order(str(order.pk), each.state, standings, its_days, order.arrives_on, today)
        causes += [_of_order(each, reminder, at) for reminder in found]
        if each.state in ("sent", "done"):
            causes += chase_causes(placed=each, today=today, at=at)
    settle(home_id=home_id, placed=placed, by=None, at=at)
    return _raise(home_id, causes, at)


def _raise(home_id: int, causes: Sequence[tasks.Cause], at: datetime) -> int:
    """Raise tasks, but make urgent the one that is open already where something has become late."""
    open_now = open_causes(home_id, {each.kind for each in causes})
    new = []
    for each in causes:
        about = each.cause.split(" ", 1)[0]
        same = [cause for cause in open_now.get(each.kind, ()) if cause.split(" ", 1)[0] == about]
        if each.is_urgent and same:
            tasks.make_urgent(home_id=home_id, kind=each.kind, about=same, by=None, at=at)
        else:
            new.append(each)
    return tasks.raise_tasks(home_id=home_id, causes=new, at=at, by=None)


def chase_causes(*, placed: PlacedOrder, today: date, at: datetime) -> list[tasks.Cause]:
    """Return a task for each item of a sent order that has to be asked after."""
    found = []
    for item in placed.required:
        for reminder in rules.of_item(str(item.line.pk), item.standing, today):
            facts = {
                "order_id": str(placed.order.pk), "number": placed.order.number, "by": reminder.by_on.isoformat(),
                "medicine": item.line.medicine.name, "why": _why(item),
            }  # fmt: skip
            found.append(
                tasks.Cause(
                    reminder.kind, reminder.cause, due_at=at, resident_id=item.line.resident_id,
                    is_urgent=reminder.is_urgent, facts=facts,
                )
            )  # fmt: skip
    return found


def _why(item: Item) -> str:
    """Say why an item is asked after."""
    if item.standing.stopped_at is not None:
        pharmacy = item.line.pharmacy
        return f"it was stopped: ring {pharmacy.name if pharmacy else 'the surgery'}"
    return "; ".join(item.standing.faults) or "it is owed"


def settle(*, home_id: int, placed: Sequence[PlacedOrder], by: int | None, at: datetime) -> None:
    """Close the open tasks of orders that what was written since has settled."""
    open_now = open_causes(home_id, SETTLED_HERE)
    if not open_now:
        return
    wanted = dict(_still_wanted(placed, local_day(at)))
    known = {str(each.order.pk) for each in placed} | {
        str(item.line.pk) for each in placed for item in each.required
    }  # fmt: skip
    for kind in SETTLED_HERE:
        done = [
            cause
            for cause in open_now.get(kind, ())
            if (about := cause.split(" ", 1)[0]) in known and not wanted.get((kind, about), False)
        ]
        tasks.close_settled(home_id=home_id, kind=kind, about=done, by=by, at=at)


SETTLED_HERE = (
    Kind.ORDER_TO_REVIEW, Kind.ORDER_TO_APPROVE, Kind.ORDER_NOT_SENT, Kind.CHECK_PRESCRIPTIONS, Kind.CHASE_ORDER,
    Kind.BOOK_IN_DELIVERY,
)  # fmt: skip


def _still_wanted(placed: Iterable[PlacedOrder], today: date) -> Iterable[tuple[tuple[str, str], bool]]:
    """Give, by kind and what a cause begins with, whether the task still has something to do."""
    for each in placed:
        pk, state = str(each.order.pk), each.state
        is_open = state == "sent" and any(item.standing.is_open for item in each.required)
        yield (Kind.ORDER_TO_REVIEW.value, pk), state == "draft"
        yield (Kind.ORDER_TO_APPROVE.value, pk), state == "reviewed"
        yield (Kind.ORDER_NOT_SENT.value, pk), state in ("draft", "reviewed", "approved", "not_sent")
        unchecked = any(not item.standing.is_checked for item in each.required)
        yield (Kind.CHECK_PRESCRIPTIONS.value, pk), state == "sent" and unchecked
        yield (Kind.BOOK_IN_DELIVERY.value, pk), is_open
        yield (Kind.CHASE_ORDER.value, pk), is_open
        for item in each.required:
            asks = state == "sent" and bool(rules.of_item(str(item.line.pk), item.standing, today))
            # What stopped is told even of an order of which nothing else is to come.
            yield (Kind.CHASE_ORDER.value, str(item.line.pk)), asks or item.standing.stopped_at is not None


def warn_of_run_outs(*, home_id: int, at: datetime) -> int:
    """Raise a task for each medicine that runs out before the next delivery, by what stands in the home alone.

    Closes the tasks of those that last again. Returns how many are new.
    """
    until = calendar.lasts_until(home_id, at)
    found = run_outs(home_id, at, until)
    causes = [_of_run_out(each, until, at) for each in found]
    standing = {cause.cause for cause in causes}
    gone = [cause for cause in open_causes(home_id, (Kind.RUNS_OUT,)).get(Kind.RUNS_OUT, ()) if cause not in standing]
    tasks.close_settled(home_id=home_id, kind=Kind.RUNS_OUT, about=gone, by=None, at=at)
    close = [each.cause for each in causes if each.is_urgent]
    tasks.make_urgent(home_id=home_id, kind=Kind.RUNS_OUT, about=close, by=None, at=at)
    return tasks.raise_tasks(home_id=home_id, causes=causes, at=at, by=None)


def _of_run_out(each: LineRunOut, until: datetime, at: datetime) -> tasks.Cause:
    run_out, resident = each.run_out, each.line.resident
    key = run_out.key
    first = each.line.prescriptions[0] if each.line.prescriptions else None
    return tasks.Cause(
        Kind.RUNS_OUT.value,
        # One warning for each delivery that it does not reach.
        f"{key.resident_id} {key.medicine_id} {key.unit} {local_day(until)}",
        due_at=at,
        resident_id=resident.pk if resident is not None else None,
        prescription_id=first.pk if first is not None else None,
        is_urgent=run_out.at < at + URGENT_BEFORE,
        facts={
            "medicine": run_out.name,
            "at": run_out.at.isoformat(),
            "usable": str(run_out.usable),
            "missing": str(run_out.missing),
            "unit": key.unit,
            "is_estimate": run_out.is_estimate,
            "until": local_day(until - ONE_DAY).isoformat(),
        },
    )


def _of_order(placed: PlacedOrder, reminder: Reminder, at: datetime) -> tasks.Cause:
    facts = {"order_id": str(placed.order.pk), "number": placed.order.number, "by": reminder.by_on.isoformat()}
    return _cause(reminder, at, facts)


def _cause(reminder: Reminder, at: datetime, facts: dict[str, object]) -> tasks.Cause:
    return tasks.Cause(reminder.kind, reminder.cause, due_at=at, is_urgent=reminder.is_urgent, facts=facts)


def _interim_days(days: Deadlines, arrives_on: date) -> Deadlines:
    """Return the days of an interim order: everything about it is due before it has to arrive."""
    return replace(days, order_by_on=arrives_on, check_from_on=arrives_on, check_by_on=arrives_on)

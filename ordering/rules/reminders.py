"""What has to be done about an order now, by whom it is asked, and when it becomes urgent?

Deadlines are rules.cycle's, where an item stands rules.following's. What is found is a value: raising tasks of it is
operations.reminders' business.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from emar.rules.wall_clock import local_day
from ordering.rules.cycle import Deadlines
from ordering.rules.following import Standing

#: Why an item is chased that is not needed any more: somebody has to tell whoever brings it.
STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Reminder:
    """Something to do: a Task.Kind, a cause that is the same whenever it is found again, and until when."""

    kind: str
    cause: str
    by_on: date
    is_urgent: bool = False


def of_cycle(days: Deadlines, today: date, *, is_drafted: bool) -> list[Reminder]:
    """Return what the calendar itself asks for: stock to be counted before the order is drafted."""
    if is_drafted or today >= days.order_by_on:
        return []
    return [Reminder("count_stock", f"cycle {days.change_over_on}", days.draft_on)]


def of_order(
    order_id: str, state: str, standings: Sequence[Standing], days: Deadlines, arrives_on: date, today: date
) -> list[Reminder]:
    """Return what one order asks for today. `days` are those of its cycle; an interim order has its own `arrives_on`.

    Nothing is said twice of the same thing, but what is late is said once more, as urgent, under a cause of its own.
    """
    if state in ("draft", "reviewed", "approved", "not_sent"):
        return _not_sent_yet(order_id, state, days, arrives_on, today)
    if state != "sent":
        return []
    found = []
    if any(not each.is_checked for each in standings) and today >= min(days.check_from_on, arrives_on):
        found.append(Reminder("check_prescriptions", order_id, days.check_by_on))
        if today > days.check_by_on:
            found.append(Reminder("check_prescriptions", f"{order_id} late", days.check_by_on, is_urgent=True))
    if today > arrives_on and any(each.is_open for each in standings):
        found.append(Reminder("chase_order", f"{order_id} not here", arrives_on, is_urgent=True))
    elif today == arrives_on and any(each.is_open for each in standings):
        found.append(Reminder("book_in_delivery", order_id, arrives_on))
    return found


def _not_sent_yet(order_id: str, state: str, days: Deadlines, arrives_on: date, today: date) -> list[Reminder]:
    """Return the reminder of an order that should have been sent: on its last day, as urgent."""
    last = min(days.order_by_on, arrives_on)
    if today < last:
        return []
    kind = {"draft": "order_to_review", "reviewed": "order_to_approve"}.get(state, "order_not_sent")
    return [Reminder(kind, f"{order_id} late", last, is_urgent=True)]


def of_item(line_id: str, standing: Standing, today: date) -> list[Reminder]:
    """Return what one item asks for: to be chased when it is missing, and again when a promised day has passed.

    What stopped asks for a telephone call where the e-mail that takes it back has not gone out by the next day.
    """
    if standing.stopped_at is not None:
        late = local_day(standing.stopped_at) < today
        return [Reminder("chase_order", f"{line_id} {STOPPED}", today, is_urgent=True)] if late else []
    if not standing.needs_chasing:
        return []
    why = "not issued" if standing.step == "not_issued" else "owed" if standing.owing else "differs"
    promised = standing.promised_on
    if standing.chased_at is None and promised is None:
        return [Reminder("chase_order", f"{line_id} {why}", today)]
    if promised is not None and today > promised:
        return [Reminder("chase_order", f"{line_id} {why} promised {promised}", promised, is_urgent=True)]
    return []

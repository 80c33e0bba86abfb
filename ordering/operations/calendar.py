"""Every write about how a home orders: its calendar, who may approve, which pharmacies look on, the change-over."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from emar.operations import audit
from ordering.models import OrderApprover, OrderCycle, OrderingPolicy
from ordering.queries import calendar
from ordering.rules.cycle import CyclePlan, deadlines, faults_of
from stock.operations.ledger import lock_home


class PlanImpossible(ValueError):
    """The steps of the cycle do not fit into it; the message says why."""


class NotOfThisHome(ValueError):
    """Only a senior or nurse who works in this home can stand in for the manager."""


class ChangedOverBefore(Exception):
    """Somebody has confirmed this change-over."""


@dataclass(frozen=True, slots=True)
class Policy(CyclePlan):
    """How a home orders, as a form says it: its cycle, to whom orders go, and how sure it wants to be of its stock."""

    send_to: str = OrderingPolicy.SendTo.SURGERY.value
    service_percent: int = 95
    reply_to: str = ""
    telephone: str = ""


def change_policy(*, home_id: int, policy: Policy, by: int, at: datetime) -> OrderingPolicy:
    """Write down how a home orders; the audit keeps what stood there before. Raises PlanImpossible."""
    if faults := faults_of(policy):
        raise PlanImpossible(faults[0])
    with transaction.atomic():
        lock_home(home_id)
        kept = calendar.policy_of(home_id)
        said = asdict(policy) | {"weekdays": sorted(policy.weekdays), "closed_days": sorted(policy.closed_days)}
        changes = {
            name: [_text(getattr(kept, name)) if kept else None, _text(value)]
            for name, value in said.items()
            if kept is None or getattr(kept, name) != value
        }
        if kept is None:
            kept = OrderingPolicy.objects.create(home_id=home_id, **said, changed_at=at, changed_by_id=by)
        elif changes:
            OrderingPolicy.objects.filter(pk=kept.pk).update(**said, changed_at=at, changed_by_id=by)
            kept.refresh_from_db()
        if changes:
            audit.note(action="ordering_policy_changed", by=by, at=at, home_id=home_id, about=kept, changes=changes)
    return kept


def _text(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_text(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value


def allow_approver(*, home_id: int, staff_member_id: int, by: int, at: datetime) -> OrderApprover:
    """Let a senior or nurse of the home approve orders beside the managers. Raises NotOfThisHome."""
    with transaction.atomic():
        lock_home(home_id)
        if not any(each.pk == staff_member_id for each in calendar.may_become_deputies(home_id, at)):
            known = OrderApprover.objects.filter(
                home_id=home_id, staff_member_id=staff_member_id, ended_at__isnull=True
            ).first()
            if known is None:
                raise NotOfThisHome("choose a senior or nurse who works here")
            return known
        allowed = OrderApprover.objects.create(
            home_id=home_id, staff_member_id=staff_member_id, allowed_at=at, allowed_by_id=by
        )
        audit.note(action="order_approver_allowed", by=by, at=at, home_id=home_id, about=allowed.staff_member)
    return allowed


def end_approver(*, home_id: int, approver_id: int, by: int, at: datetime) -> None:
    """Let a deputy approve no more orders from now on. Raises OrderApprover.DoesNotExist for another home's."""
    with transaction.atomic():
        lock_home(home_id)
        found = OrderApprover.objects.select_related("staff_member").get(pk=approver_id, home_id=home_id)
        ended = OrderApprover.objects.filter(pk=found.pk, ended_at__isnull=True).update(ended_at=at, ended_by_id=by)
        if ended:
            audit.note(action="order_approver_ended", by=by, at=at, home_id=home_id, about=found.staff_member)


def open_cycle(*, home_id: int, plan: CyclePlan, change_over_on: date, at: datetime) -> OrderCycle:
    """Return the row of the cycle that ends with a change-over, opened now if it was not."""
    days = deadlines(plan, change_over_on)
    found, _ = OrderCycle.objects.get_or_create(
        home_id=home_id,
        change_over_on=change_over_on,
        defaults={"starts_on": days.starts_on, "cover_until_on": days.cover_until_on},
    )
    return found


def confirm_change_over(*, home_id: int, cycle_id: UUID, words: str, by: int, at: datetime) -> OrderCycle:
    """Write down that the new packs are in use and balances were carried in. Raises ChangedOverBefore."""
    with transaction.atomic():
        lock_home(home_id)
        cycle = OrderCycle.objects.get(pk=cycle_id, home_id=home_id)
        if cycle.changed_over_at is not None:
            raise ChangedOverBefore("this change-over was confirmed before")
        cycle.changed_over_at, cycle.changed_over_by_id, cycle.change_over_words = at, by, words.strip()
        cycle.save(update_fields=["changed_over_at", "changed_over_by", "change_over_words"])
        audit.note(action="changed_over", by=by, at=at, home_id=home_id, about=cycle)
    return cycle

"""How does a home order, where in its cycle is it, and who may approve?"""

from collections.abc import Sequence
from dataclasses import fields
from datetime import date, datetime, time, timedelta

from django.db.models import Q

from emar.models import HomeRole, Role, StaffMember
from emar.rules.wall_clock import ONE_DAY, instant, local_day
from ordering.models import OrderApprover, OrderCycle, OrderingPolicy, PharmacyPartner
from ordering.rules.cycle import CyclePlan, next_delivery

#: With fewer people who may approve, one holiday stops an order.
FEWEST_APPROVERS = 2
#: How far ahead a home is warned that has not said when its deliveries come.
WITHOUT_CALENDAR = timedelta(days=7)


def policy_of(home_id: int) -> OrderingPolicy | None:
    """Return how a home orders; None where nobody has said so yet."""
    return OrderingPolicy.objects.filter(home_id=home_id).select_related("changed_by").first()


def plan_of(policy: OrderingPolicy) -> CyclePlan:
    """Return a policy's days as the rules read them."""
    said = {each.name: getattr(policy, each.name) for each in fields(CyclePlan)}
    sets = {name: frozenset(said[name]) for name in ("weekdays", "closed_days")}
    return CyclePlan(**(said | sets))


def plan(home_id: int) -> CyclePlan | None:
    """Return the cycle plan of a home; None where it has none yet."""
    policy = policy_of(home_id)
    return plan_of(policy) if policy is not None else None


def lasts_until(home_id: int, now: datetime) -> datetime:
    """Return until when stock has to last: to the end of the day of the next delivery."""
    found = plan(home_id)
    if found is None:
        return now + WITHOUT_CALENDAR
    return instant(next_delivery(found, local_day(now)) + ONE_DAY, time())


def cycle_of(home_id: int, change_over_on: date) -> OrderCycle | None:
    """Return the cycle that ends with a change-over, once it was opened."""
    return OrderCycle.objects.filter(home_id=home_id, change_over_on=change_over_on).first()


def cycles(home_id: int, *, latest: int = 13) -> list[OrderCycle]:
    """Return the latest cycles of a home, the newest first: a year of them."""
    found = OrderCycle.objects.filter(home_id=home_id).select_related("changed_over_by")
    return list(found.order_by("-change_over_on")[:latest])


def managers(home_id: int, now: datetime) -> list[StaffMember]:
    """Return the managers of a home now, by name."""
    roles = HomeRole.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=now), home_id=home_id, role=Role.MANAGER, starts_at__lte=now
    )
    return list(
        StaffMember.objects.filter(pk__in=roles.values("staff_member_id"), is_active=True).order_by("full_name")
    )


def deputies(home_id: int) -> Sequence[OrderApprover]:
    """Return who beside the managers may approve orders, by name."""
    found = OrderApprover.objects.filter(home_id=home_id, ended_at__isnull=True)
    return list(found.select_related("staff_member", "allowed_by").order_by("staff_member__full_name"))


def may_approve(home_id: int, staff_member_id: int, now: datetime) -> bool:
    """Return whether somebody may approve this home's orders now: a manager, or a deputy who still works here."""
    roles = HomeRole.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=now),
        home_id=home_id,
        staff_member_id=staff_member_id,
        starts_at__lte=now,
    )
    held = set(roles.values_list("role", flat=True))
    if Role.MANAGER in held:
        return True
    is_deputy = OrderApprover.objects.filter(home_id=home_id, staff_member_id=staff_member_id, ended_at__isnull=True)
    return bool(held & {Role.SENIOR, Role.NURSE}) and is_deputy.exists()


def may_become_deputies(home_id: int, now: datetime) -> list[StaffMember]:
    """Return the seniors and nurses of a home who may not approve yet, by name."""
    roles = HomeRole.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=now), home_id=home_id, role__in=(Role.SENIOR, Role.NURSE),
        starts_at__lte=now,
    )  # fmt: skip
    known = OrderApprover.objects.filter(home_id=home_id, ended_at__isnull=True)
    found = StaffMember.objects.filter(pk__in=roles.values("staff_member_id"), is_active=True)
    return list(found.exclude(pk__in=known.values("staff_member_id")).order_by("full_name"))


def approver_count(home_id: int, now: datetime) -> int:
    """Return how many people may approve this home's orders now."""
    people = {each.pk for each in managers(home_id, now)}
    return len(people | {each.staff_member_id for each in deputies(home_id)})


def partners(home_id: int) -> list[PharmacyPartner]:
    """Return the people of pharmacies who see what the home orders of theirs, by pharmacy and name."""
    found = PharmacyPartner.objects.filter(home_id=home_id, ended_at__isnull=True)
    related = found.select_related("pharmacy", "staff_member", "granted_by")
    return list(related.order_by("pharmacy__name", "staff_member__full_name"))

"""Who needs a second factor at the desk, and whether theirs is set up. Keys and codes never leave the operations."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Q
from django_otp.plugins.otp_totp.models import TOTPDevice

from emar.models import HomeRole, RecoveryCode, Role, StaffMember
from emar.queries.homes import council_of
from emar.scope import scope

#: Who runs a home from the desk. Carers at the bedside have a device of the home and their PIN.
ROLES = frozenset({Role.MANAGER.value})
#: Who else has one because of their work, asked by staff number in the person's own scope: upper layers register here,
#: so that the arrows keep pointing down. A pharmacy's people see residents' names from outside the home.
ALSO_FOR: list[Callable[[int], bool]] = []


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """How one person's sign-in at the desk stands.

    `is_for_them`: their role is one that has a second factor. `is_needed`: they cannot work without one.
    """

    is_for_them: bool
    is_needed: bool
    is_set_up: bool
    recovery_codes: int

    @property
    def is_asked(self) -> bool:
        """Whether a right password alone does not let them in."""
        return self.is_set_up or self.is_needed


def of(staff_member_id: int, now: datetime) -> SecondFactor:
    """Say how a person's second factor stands, by their roles in every home and council they have now."""
    with scope(staff_member=staff_member_id):
        held = HomeRole.objects.filter(
            Q(ends_at__isnull=True) | Q(ends_at__gt=now),
            staff_member_id=staff_member_id,
            starts_at__lte=now,
            role__in=ROLES,
        )
        is_for_them = held.exists() or council_of(staff_member_id, now) is not None
        is_for_them = is_for_them or any(each(staff_member_id) for each in ALSO_FOR)
        return SecondFactor(
            is_for_them=is_for_them,
            is_needed=is_for_them and settings.REQUIRE_SECOND_FACTOR,
            is_set_up=TOTPDevice.objects.filter(user_id=staff_member_id, confirmed=True).exists(),
            recovery_codes=RecoveryCode.objects.filter(staff_member_id=staff_member_id, spent_at__isnull=True).count(),
        )


def colleagues(home_id: int, staff_member_id: int, now: datetime) -> list[StaffMember]:
    """Return the home's other people who have a second factor by their role, by name."""
    roles = HomeRole.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=now), home_id=home_id, starts_at__lte=now, role__in=ROLES
    )
    others = StaffMember.objects.filter(pk__in=roles.values("staff_member_id"), is_active=True)
    return list(others.exclude(pk=staff_member_id).order_by("full_name"))


def colleague(home_id: int, staff_member_id: int, now: datetime, *, not_me: int) -> StaffMember | None:
    """Return one of `colleagues`, or None."""
    return next((each for each in colleagues(home_id, not_me, now) if each.pk == staff_member_id), None)


def is_needed_as(role: str) -> bool:
    """Say whether somebody in this role, for a council ("council") or "pharmacy", must have shown a second factor."""
    return settings.REQUIRE_SECOND_FACTOR and (role in ("council", "pharmacy") or role in ROLES)

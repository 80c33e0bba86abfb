"""Who may work where, and with which devices.

A person's roles are looked up here on every request, so that a role that ended a minute ago opens nothing.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from emar.models import CareHome, Council, CouncilRole, Device, DeviceEnrolment, HomeRole, PinLock, Role, Unit
from emar.scope import scope


@dataclass(frozen=True, slots=True)
class HomeOfStaff:
    """One home that a staff member may work in now, and as what."""

    home_id: int
    home_name: str
    role: str
    role_label: str


def homes_of(staff_member_id: int, now: datetime) -> list[HomeOfStaff]:
    """Return the homes in which this person has a role now, by name. The scope must name the person."""
    roles = (
        HomeRole.objects.filter(
            Q(ends_at__isnull=True) | Q(ends_at__gt=now), staff_member_id=staff_member_id, starts_at__lte=now
        )
        .select_related("home")
        .order_by("home__name", "id")
    )
    return [HomeOfStaff(each.home_id, each.home.name, each.role, Role(each.role).label) for each in roles]


def role_in(home_id: int, staff_member_id: int, now: datetime) -> HomeOfStaff | None:
    """Return this person's role in this home now, or None."""
    return next((each for each in homes_of(staff_member_id, now) if each.home_id == home_id), None)


def council_of(staff_member_id: int, now: datetime) -> tuple[int, str] | None:
    """Return the council (id and name) in whose quality team this person is now, or None."""
    return (
        CouncilRole.objects.filter(
            Q(ends_at__isnull=True) | Q(ends_at__gt=now), staff_member_id=staff_member_id, starts_at__lte=now
        )
        .values_list("council_id", "council__name")
        .first()
    )


def units(home_id: int) -> list[Unit]:
    """Return the units of a home by name."""
    return list(Unit.objects.filter(home_id=home_id).order_by("name"))


# Devices


def devices(home_id: int) -> list[Device]:
    """Return the home's devices: those in use first, then those taken out of use, newest first."""
    found = Device.objects.filter(home_id=home_id).select_related("enrolled_by", "revoked_by")
    return sorted(found.order_by("-enrolled_at"), key=lambda device: device.revoked_at is not None)


def device(home_id: int, device_id: object) -> Device | None:
    """Return one device of the home, or None."""
    return Device.objects.filter(home_id=home_id, pk=device_id).first()


def open_invitations(home_id: int, now: datetime) -> list[DeviceEnrolment]:
    """Return the invitations that a device can still use, the newest first."""
    found = DeviceEnrolment.objects.filter(home_id=home_id, device__isnull=True, expires_at__gt=now)
    return list(found.select_related("invited_by").order_by("-invited_at"))


def locked_pins(home_id: int) -> list[PinLock]:
    """Return who is locked out on which device after too many wrong PINs, the latest first."""
    found = PinLock.objects.filter(home_id=home_id, locked_at__isnull=False)
    return list(found.select_related("staff_member", "device").order_by("-locked_at"))


def locked_pin(home_id: int, lock_id: int) -> PinLock | None:
    """Return one lock of the home, or None where it is not locked any more."""
    return PinLock.objects.filter(home_id=home_id, pk=lock_id, locked_at__isnull=False).first()


# Every home


def every_home() -> list[int]:
    """Return every home's number, for commands that look at one home after the other."""
    found: list[int] = []
    for council_id in Council.objects.order_by("pk").values_list("pk", flat=True):
        with scope(council=council_id):
            found += CareHome.objects.filter(council_id=council_id).order_by("pk").values_list("pk", flat=True)
    return found

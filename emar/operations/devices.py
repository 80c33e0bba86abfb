"""Which devices may speak for a home, and who is holding one."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models import Q
from uuid_utils.compat import uuid7

from emar import scope
from emar.models import AT_THE_BEDSIDE, Device, DeviceEnrolment, DeviceSignIn, HomeRole, PinLock, StaffMember
from emar.operations import audit
from emar.rules import pins
from stock.statements import Statement, run_in_order

INVITATION_HOLDS = timedelta(minutes=30)
#: How long a device keeps residents' details without reaching the server.
LEASE = timedelta(hours=24)
RENEWED_AFTER = timedelta(minutes=5)
SIGN_IN_HOLDS = timedelta(hours=13)
#: Letters and digits that are not mistaken for each other when read aloud.
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"

# Every call of a device begins with these two, so they are prepared and travel together. The second opens the
# home's rows, and only for the right key.
NAME_DEVICE = Statement("name_device", ("text",), "SELECT set_config('emar.device_id', $1, true)")
KNOW_DEVICE = Statement(
    "know_device",
    ("uuid", "text"),
    """
    SELECT id, home_id, name, key_hash, storage_key, enrolled_at, enrolled_by_id, lease_expires_at, revoked_at,
           revoked_by_id, CASE WHEN key_hash = $2 THEN set_config('emar.home_id', home_id::text, true) END
      FROM emar_device WHERE id = $1
    """,
)
DEVICE_COLUMNS = (
    "id", "home_id", "name", "key_hash", "storage_key", "enrolled_at", "enrolled_by_id", "lease_expires_at",
    "revoked_at", "revoked_by_id",
)  # fmt: skip


class CodeNotKnown(Exception):
    """The enrolment code was mistyped, used before, or is too old."""


class DeviceNotKnown(Exception):
    """No such device, or not its key, or it was revoked."""


class NotOnStaff(Exception):
    """Nobody who may work in this home now."""


class WrongPin(Exception):
    """Not this person's PIN; `tries_left` says how many more there are before the lock."""

    def __init__(self, tries_left: int) -> None:
        super().__init__(f"{tries_left} tries left")
        self.tries_left = tries_left


class PinLocked(Exception):
    """Five wrong PINs in a row: a senior unlocks it. A lock never hides the MAR from others."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A device as it is told once, with the key that only it will have."""

    device: Device
    key: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A sign-in as the device is told it: the token opens the snapshot until `expires_at`."""

    staff_member: StaffMember
    role: str
    token: str
    expires_at: datetime
    storage_key: str


def invite(*, home_id: int, by: int, at: datetime) -> str:
    """Make the code with which one device joins this home within half an hour; it is shown once."""
    code = "".join(secrets.choice(CODE_LETTERS) for _ in range(8))
    with transaction.atomic():
        invitation = DeviceEnrolment.objects.create(
            home_id=home_id,
            code_hash=_hash(code),
            invited_at=at,
            invited_by_id=by,
            expires_at=at + INVITATION_HOLDS,
        )
        audit.note(action="device_invited", home_id=home_id, by=by, at=at, about=invitation)
    return f"{code[:4]}-{code[4:]}"


def enrol(*, code: str, name: str, at: datetime) -> Enrolled:
    """Enrol a device with a code: a new id and key each time, and a lease. Raises CodeNotKnown."""
    plain = "".join(letter for letter in code.upper() if letter in CODE_LETTERS)
    with scope.scope(enrolment_code=_hash(plain)):
        invitation = (
            DeviceEnrolment.objects.select_for_update()
            .filter(code_hash=_hash(plain), device__isnull=True, expires_at__gt=at)
            .first()
        )
        if invitation is None:
            raise CodeNotKnown
        scope.widen(home=invitation.home_id)
        key = secrets.token_hex(32)
        device = Device.objects.create(
            id=uuid7(),
            home_id=invitation.home_id,
            name=name.strip() or "Device",
            key_hash=_hash(key),
            storage_key=secrets.token_hex(32),
            enrolled_at=at,
            enrolled_by_id=invitation.invited_by_id,
            lease_expires_at=at + LEASE,
        )
        invitation.device = device
        invitation.save(update_fields=["device"])
        audit.note(action="device_enrolled", home_id=device.home_id, by=invitation.invited_by_id, at=at, about=device)
        return Enrolled(Device.objects.select_related("home").get(pk=device.pk), key)


def revoke(*, device: Device, by: int, at: datetime) -> None:
    """Take a device out of use. What it still holds is taken when it comes, and flagged; never dropped."""
    with transaction.atomic():
        device.revoked_at, device.revoked_by_id = at, by
        device.save(update_fields=["revoked_at", "revoked_by"])
        DeviceSignIn.objects.filter(device=device, expires_at__gt=at).update(expires_at=at)
        audit.note(action="device_revoked", home_id=device.home_id, by=by, at=at, about=device)


def report_lost(*, device: Device, words: str, by: int, at: datetime) -> None:
    """Note that a device is lost or stolen, and take it out of use at once.

    What it still holds is taken when it is found and connects, as from any device out of use.
    """
    with transaction.atomic():
        device.lost_at, device.lost_by_id, device.lost_words = at, by, words.strip()
        device.save(update_fields=["lost_at", "lost_by", "lost_words"])
        audit.note(action="device_lost", home_id=device.home_id, by=by, at=at, about=device)
        if device.revoked_at is None:
            revoke(device=device, by=by, at=at)


def report_found(*, device: Device, by: int, at: datetime) -> None:
    """Take a device off the list of lost ones. It stays out of use: a manager may enrol it again."""
    with transaction.atomic():
        device.lost_at, device.lost_by = None, None
        device.save(update_fields=["lost_at", "lost_by"])
        audit.note(action="device_found", home_id=device.home_id, by=by, at=at, about=device)


def renew_lease(*, device: Device, at: datetime) -> None:
    """Let a device that has reached the server keep what it holds for another lease; not a revoked one.

    Written at most once in five minutes, because devices call every few seconds.
    """
    until = at + LEASE
    if device.revoked_at is None and not until - RENEWED_AFTER <= device.lease_expires_at <= until:
        device.lease_expires_at = until
        device.save(update_fields=["lease_expires_at"])


def identify(*, device_id: str, key: str) -> Device:
    """Return the device that names itself with its key, and widen the scope to its home.

    A revoked device is returned too: what happened at the bedside is never refused. Must run in a
    transaction. Raises DeviceNotKnown.
    """
    try:
        # PostgreSQL reads fewer spellings of an id than Python does.
        device_id = str(UUID(device_id))
    except ValueError:
        raise DeviceNotKnown from None
    key_hash = _hash(key)
    rows = run_in_order([(NAME_DEVICE, [device_id]), (KNOW_DEVICE, [device_id, key_hash])])
    if not rows:
        raise DeviceNotKnown
    device = Device.from_db(DEFAULT_DB_ALIAS, DEVICE_COLUMNS, rows[0][: len(DEVICE_COLUMNS)])
    if not hmac.compare_digest(device.key_hash, key_hash):
        raise DeviceNotKnown
    return device


def sign_in(*, device: Device, at: datetime, by: int | None = None, badge: str = "", pin: str = "") -> SignedIn:
    """Sign a staff member in on a device, by the PIN under their name or by their badge and PIN.

    A badge alone opens nothing when its holder has a PIN: badges are found on corridors. Raises NotOnStaff,
    WrongPin and PinLocked; the count of wrong PINs stays even though the sign-in fails.
    """
    role = _role(device.home_id, at, by=by, badge=badge)
    staff_member = role.staff_member
    lock, _ = PinLock.objects.select_for_update().get_or_create(
        home_id=device.home_id, device=device, staff_member=staff_member
    )
    if lock.locked_at is not None:
        raise PinLocked
    if not pins.is_right(pin, staff_member.pin_salt, staff_member.pin_key):
        _count_wrong(lock, staff_member, at)
    if lock.wrong_pins:
        lock.wrong_pins = 0
        lock.save(update_fields=["wrong_pins"])
    renew_lease(device=device, at=at)
    token = secrets.token_urlsafe(32)
    signed_in = DeviceSignIn.objects.create(
        home_id=device.home_id,
        device=device,
        staff_member=staff_member,
        token_hash=_hash(token),
        signed_in_at=at,
        expires_at=at + SIGN_IN_HOLDS,
    )
    return SignedIn(staff_member, role.role, token, signed_in.expires_at, device.storage_key)


def _role(home_id: int, at: datetime, *, by: int | None, badge: str) -> HomeRole:
    roles = HomeRole.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=at),
        home_id=home_id,
        starts_at__lte=at,
        staff_member__is_active=True,
        role__in=AT_THE_BEDSIDE,
    ).select_related("staff_member")
    named = roles.filter(staff_member__badge_code=badge) if badge else roles.filter(staff_member_id=by)
    role = named.first()
    if role is None:
        raise NotOnStaff
    return role


def _count_wrong(lock: PinLock, staff_member: StaffMember, at: datetime) -> None:
    lock.wrong_pins += 1
    if lock.wrong_pins >= pins.WRONG_PINS_ALLOWED:
        lock.locked_at = at
        audit.note(action="pin_locked", home_id=lock.home_id, by=staff_member.pk, at=at, about=lock)
    lock.save(update_fields=["wrong_pins", "locked_at"])
    if lock.locked_at is not None:
        raise PinLocked
    raise WrongPin(pins.WRONG_PINS_ALLOWED - lock.wrong_pins)


def unlock_pin(*, lock: PinLock, by: int, at: datetime) -> None:
    """Let a staff member try their PIN again; a senior's decision."""
    with transaction.atomic():
        lock.wrong_pins, lock.locked_at = 0, None
        lock.unlocked_at, lock.unlocked_by_id = at, by
        lock.save(update_fields=["wrong_pins", "locked_at", "unlocked_at", "unlocked_by"])
        audit.note(action="pin_unlocked", home_id=lock.home_id, by=by, at=at, about=lock)


def signed_in_staff(*, device: Device, token: str, at: datetime) -> int | None:
    """Return who is signed in on this device with this token, or None once it has expired."""
    found = DeviceSignIn.objects.filter(device=device, token_hash=_hash(token), expires_at__gt=at)
    return found.values_list("staff_member_id", flat=True).first()


def set_pin(*, staff_member: StaffMember, pin: str, home_id: int, by: int, at: datetime) -> None:
    """Give a staff member a PIN. Raises emar.rules.pins.PinTooWeak."""
    pins.check_strength(pin)
    with transaction.atomic():
        staff_member.pin_salt = pins.new_salt()
        staff_member.pin_key = pins.key_from_pin(pin, staff_member.pin_salt)
        staff_member.save(update_fields=["pin_salt", "pin_key"])
        audit.note(action="pin_set", home_id=home_id, by=by, at=at, about=staff_member)


def _hash(secret: str) -> str:
    # The secrets hashed here are random and long, so a fast hash is enough; PINs are not hashed here.
    return hashlib.sha256(secret.encode()).hexdigest()

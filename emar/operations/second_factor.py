"""How a person's second factor is set up, asked for, and reset when a phone is lost.

It is an app on their phone that shows six digits, new every half minute (TOTP, RFC 6238; django-otp reckons and
counts wrong codes), and ten recovery codes on paper. Everything here runs in the scope of the person whose factor it
is: the database shows a key and codes to nobody else, whatever their role.
"""

import hashlib
import secrets
from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django_otp.plugins.otp_totp.models import TOTPDevice, default_key

from emar.models import HomeRole, RecoveryCode
from emar.operations import audit
from emar.operations.devices import CODE_LETTERS
from emar.scope import scope

RECOVERY_CODES = 10
#: 30 letters to the 12th power: 59 bits, so that a hash of one cannot be turned back by trying.
RECOVERY_CODE_LENGTH = 12


class WrongCode(Exception):
    """Not the code that the phone shows now, or one that was used before."""


class TooSoon(Exception):
    """After wrong codes the next may be tried at `until`, and the wait doubles with each wrong one."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"not before {until}")
        self.until = until


class AlreadySetUp(Exception):
    """The key of a phone that was confirmed is never shown again."""


class NotOnStaff(Exception):
    """The person has no role in this home now, so this home's manager does not decide about their sign-in."""


@dataclass(frozen=True, slots=True)
class Key:
    """What the phone must know: `address` for its camera (otpauth://…), `letters` to type by hand."""

    address: str
    letters: str


def begin(*, by: int) -> Key:
    """Give a person the key that their phone is to learn, the same one until they have confirmed it.

    Raises AlreadySetUp.
    """
    with scope(staff_member=by):
        factor, _ = TOTPDevice.objects.get_or_create(user_id=by, defaults={"name": "phone", "confirmed": False})
        if factor.confirmed:
            raise AlreadySetUp
        return Key(factor.config_url, b32encode(factor.bin_key).decode())


def confirm(*, code: str, by: int, at: datetime) -> list[str]:
    """Set a person's second factor up once their phone shows the right code, and return their recovery codes.

    The codes are shown once: only their hashes are kept. Raises WrongCode and TooSoon.
    """
    with scope(staff_member=by):
        refusal = _try(code, by=by, is_confirmed=False)
        if refusal is None:
            TOTPDevice.objects.filter(user_id=by).update(confirmed=True)
            audit.note(action="second_factor_set_up", by=by, at=at)
            return _new_codes(by, at)
    raise refusal


def verify(*, code: str, by: int, at: datetime) -> None:
    """Accept the six digits that a person's phone shows, each time only once. Raises WrongCode and TooSoon."""
    with scope(staff_member=by):
        refusal = _try(code, by=by, is_confirmed=True)
        if refusal is None:
            audit.note(action="second_factor_used", by=by, at=at)
    if refusal is not None:
        raise refusal


def spend_recovery_code(*, code: str, by: int, at: datetime) -> None:
    """Accept one of a person's recovery codes, once, in any case and with or without its dashes.

    Wrong ones count together with the phone's. Raises WrongCode and TooSoon.
    """
    with scope(staff_member=by):
        factor = _locked(by, is_confirmed=True)
        refusal = _wait(factor)
        if refusal is None:
            unspent = RecoveryCode.objects.filter(staff_member_id=by, code_hash=_hash(code), spent_at__isnull=True)
            if unspent.update(spent_at=at):
                factor.throttle_reset()
                audit.note(action="recovery_code_used", by=by, at=at)
            else:
                factor.throttle_increment()
                refusal = WrongCode()
    if refusal is not None:
        raise refusal


def renew_recovery_codes(*, by: int, at: datetime) -> list[str]:
    """Give a person ten new recovery codes; the old ones open nothing from now on."""
    with scope(staff_member=by):
        audit.note(action="recovery_codes_renewed", by=by, at=at)
        return _new_codes(by, at)


def reset(*, staff_member_id: int, home_id: int | None, by: int | None, at: datetime) -> None:
    """Forget a person's second factor, so that they set up another at their next sign-in.

    `by` a manager of `home_id`, or the person themselves without a home, or None at the server's command line.
    Raises NotOnStaff where the person has no role in the home.
    """
    with transaction.atomic():
        if home_id is not None:
            _must_work_in(home_id, staff_member_id, at)
            # Before the reset: whoever writes a home's record takes its lock first.
            audit.note(action="second_factor_reset", by=by, at=at, home_id=home_id, about=_named(staff_member_id))
        with scope(staff_member=staff_member_id):
            TOTPDevice.objects.filter(user_id=staff_member_id).update(
                key=default_key(),
                confirmed=False,
                drift=0,
                last_t=-1,
                throttling_failure_count=0,
                throttling_failure_timestamp=None,
            )
            RecoveryCode.objects.filter(staff_member_id=staff_member_id, spent_at__isnull=True).update(spent_at=at)
            if home_id is None:
                audit.note(action="second_factor_reset", by=by, at=at, about=_named(staff_member_id))


def _try(code: str, *, by: int, is_confirmed: bool) -> WrongCode | TooSoon | None:
    # The answer is returned, not raised, so that the count of wrong codes is committed with it.
    factor = _locked(by, is_confirmed=is_confirmed)
    return _wait(factor) or (None if factor.verify_token("".join(code.split())) else WrongCode())


def _locked(by: int, *, is_confirmed: bool) -> TOTPDevice:
    # Two sign-ins at once must not both be let in by one code, nor get two tries in one wait.
    factor = TOTPDevice.objects.select_for_update().filter(user_id=by, confirmed=is_confirmed).first()
    if factor is None:
        raise WrongCode
    return factor


def _wait(factor: TOTPDevice) -> TooSoon | None:
    is_allowed, why = factor.verify_is_allowed()
    return None if is_allowed else TooSoon(why["locked_until"])


def _new_codes(by: int, at: datetime) -> list[str]:
    RecoveryCode.objects.filter(staff_member_id=by, spent_at__isnull=True).update(spent_at=at)
    codes = ["".join(secrets.choice(CODE_LETTERS) for _ in range(RECOVERY_CODE_LENGTH)) for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(staff_member_id=by, code_hash=_hash(code), made_at=at) for code in codes
    )
    return [f"{code[:4]}-{code[4:8]}-{code[8:]}" for code in codes]


def _hash(code: str) -> str:
    letters = "".join(letter for letter in code.upper() if letter.isalnum())
    return hashlib.sha256(letters.encode()).hexdigest()


def _must_work_in(home_id: int, staff_member_id: int, at: datetime) -> None:
    open_roles = HomeRole.objects.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at), home_id=home_id)
    if not open_roles.filter(staff_member_id=staff_member_id).exists():
        raise NotOnStaff


def _named(staff_member_id: int) -> str:
    return f"StaffMember {staff_member_id}"

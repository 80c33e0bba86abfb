"""Every write about who works in a home: a new colleague, a role for a time, the end of a role."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from emar.models import HomeRole, Role, StaffMember
from emar.operations import audit
from emar.scope import scope
from stock.operations.ledger import lock_home


class UsernameTaken(ValueError):
    """Somebody, here or in another home, signs in with this name."""


class LastManager(ValueError):
    """A home without a manager could let nobody in again."""


@dataclass(frozen=True, slots=True)
class Colleague:
    """Who starts to work in a home. `ends_at` for an agency carer: when the role ends by itself."""

    username: str
    full_name: str
    display_name: str
    initials: str
    role: Role
    password: str
    ends_at: datetime | None = None


def add(*, home_id: int, colleague: Colleague, by: int, at: datetime) -> StaffMember:
    """Let somebody new work in a home, with a first password that they change. Raises UsernameTaken."""
    # The database shows a new colleague, who has no role yet, only to whoever names the username.
    with transaction.atomic(), scope(home=home_id, sign_in_name=colleague.username):
        lock_home(home_id)
        try:
            with transaction.atomic():
                person = StaffMember.objects.create(
                    username=colleague.username,
                    full_name=colleague.full_name,
                    display_name=colleague.display_name,
                    initials=colleague.initials,
                    password=make_password(colleague.password),
                )
        except IntegrityError:
            raise UsernameTaken(f"{colleague.username} is taken") from None
        HomeRole.objects.create(
            home_id=home_id,
            staff_member=person,
            role=colleague.role,
            starts_at=at,
            ends_at=colleague.ends_at,
            granted_by_id=by,
        )
        audit.note(
            action="staff_added",
            home_id=home_id,
            by=by,
            at=at,
            about=person,
            changes={"role": [None, str(colleague.role)]},
        )
    return person


def end_role(*, role: HomeRole, by: int, at: datetime) -> None:
    """End somebody's role in a home from now on; what they recorded keeps their name. Raises LastManager."""
    with transaction.atomic():
        lock_home(role.home_id)
        others = HomeRole.objects.filter(home_id=role.home_id, role=Role.MANAGER, ends_at__isnull=True)
        if role.role == Role.MANAGER and not others.exclude(pk=role.pk).exists():
            raise LastManager("make somebody else manager first")
        HomeRole.objects.filter(pk=role.pk).update(ends_at=at)
        audit.note(action="role_ended", home_id=role.home_id, by=by, at=at, about=role.staff_member)

"""Who is this? Passwords at the desk.

The second factor of managers and council officers is emar.operations.second_factor's; PINs and badges belong to
emar.operations.devices.
"""

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import check_password, make_password
from django.http import HttpRequest

from emar.models import StaffMember
from emar.scope import scope

BACKEND = "emar.sign_in.PasswordBackend"


def find(username: str) -> StaffMember | None:
    """Return the one staff member who signs in by this name, or None; nobody else's row is seen on the way."""
    with scope(sign_in_name=username):
        return StaffMember.objects.filter(username=username, is_active=True).first()


class PasswordBackend(BaseBackend):
    """Signs a staff member in by username and password.

    Before sign-in there is no scope, so the database shows exactly one staff member: the one whose
    name was typed.
    """

    def authenticate(self, request: HttpRequest | None, username: str = "", password: str = "") -> StaffMember | None:
        staff_member = find(username)
        if staff_member is None:
            make_password(password)  # the same time whether or not the name exists
            return None
        return staff_member if check_password(password, staff_member.password) else None

    def get_user(self, user_id: int) -> StaffMember | None:
        with scope(staff_member=user_id):
            return StaffMember.objects.filter(pk=user_id, is_active=True).first()

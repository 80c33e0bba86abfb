"""Which device calls, and who is signed in on it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja.security.base import AuthBase

from emar.operations import devices
from emar.scope import scope

PREFIX = "/api/mobile/"
SCHEME = "Device "


class DeviceAuth(AuthBase):
    """The header `Authorization: Device <device_id>:<key>` of an enrolled device.

    Also opens the home's rows to the rest of the call, which DeviceTransactionMiddleware keeps in one
    transaction.
    """

    openapi_type = "apiKey"
    openapi_name = "Authorization"
    openapi_in = "header"

    def __call__(self, request: HttpRequest) -> Any:
        header = request.headers.get("Authorization", "")
        device_id, _, key = header.removeprefix(SCHEME).partition(":")
        if not header.startswith(SCHEME) or not key:
            return None
        try:
            return devices.identify(device_id=device_id, key=key)
        except devices.DeviceNotKnown:
            return None


class DeviceRevoked(Exception):
    """A manager took this device out of use."""


class SignInRequired(Exception):
    """The route shows personal data, and nobody is signed in on the device."""


def in_use(request: HttpRequest) -> Any:
    """Return the calling device. Raises DeviceRevoked: such a device reads nothing, but may send what it holds."""
    device = request.auth  # type: ignore[attr-defined]
    if device.revoked_at is not None:
        raise DeviceRevoked
    return device


def signed_in(request: HttpRequest, now: datetime) -> int:
    """Return who is signed in on the calling device. Raises SignInRequired and DeviceRevoked."""
    device = in_use(request)
    token = request.headers.get("X-Sign-In", "")
    staff_member = devices.signed_in_staff(device=device, token=token, at=now) if token else None
    if staff_member is None or device.lease_expires_at < now:
        raise SignInRequired
    return staff_member


class DeviceTransactionMiddleware:
    """Runs each call of a device in one transaction, authentication included.

    The scope that opens a home's rows lasts as long as its transaction. The answer goes out after commit.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        with scope():
            response = self.get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        return response

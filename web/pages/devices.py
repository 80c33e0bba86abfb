"""The phones and tablets of a home: inviting one, taking one out of use, letting a locked PIN be tried again."""

from io import BytesIO
from uuid import UUID

import qrcode
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_GET, require_POST
from qrcode.image.svg import SvgPathImage

from emar.operations import devices
from emar.queries import homes
from emar.queries.homes import HomeOfStaff
from web.access import MANAGERS, SENIORS, for_roles


@for_roles(SENIORS)
@require_GET
def devices_page(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Show the home's devices and who is locked out on one."""
    return _page(request, here)


@for_roles(MANAGERS)
@require_POST
def invite(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Invite one device and show the code once: it is not kept in a form that could be shown again."""
    code = devices.invite(home_id=here.home_id, by=request.user.pk, at=timezone.now())
    address = request.build_absolute_uri("/bedside/")
    return render(
        request,
        "devices/invited.html",
        {
            "code": code,
            "address": address,
            "qr": qr(f"{address}#enrol={code}"),
            "minutes": int(devices.INVITATION_HOLDS.total_seconds() // 60),
        },
    )


@for_roles(MANAGERS)
@require_POST
def revoke(request: HttpRequest, here: HomeOfStaff, device_id: UUID) -> HttpResponse:
    """Take a device out of use."""
    device = homes.device(here.home_id, device_id)
    if device is None:
        raise Http404("no such device in this home")
    if device.revoked_at is None:
        devices.revoke(device=device, by=request.user.pk, at=timezone.now())
    messages.success(request, f"{device.name} is out of use. Doses it still holds are kept when it next connects.")
    return redirect("web:devices")


@for_roles(SENIORS)
@require_POST
def unlock(request: HttpRequest, here: HomeOfStaff, lock_id: int) -> HttpResponse:
    """Let a staff member try their PIN again."""
    lock = homes.locked_pin(here.home_id, lock_id)
    if lock is not None:
        devices.unlock_pin(lock=lock, by=request.user.pk, at=timezone.now())
        messages.success(request, "Unlocked: the PIN can be tried again.")
    return redirect("web:devices")


def _page(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    now = timezone.now()
    return render(
        request,
        "devices/devices.html",
        {
            "devices": homes.devices(here.home_id),
            "invitations": homes.open_invitations(here.home_id, now),
            "locks": homes.locked_pins(here.home_id),
            "may_manage": here.role in MANAGERS,
            "now": now,
        },
    )


def qr(text: str) -> SafeString:
    """Return a QR code as an SVG element: drawn here, so that no other address sees the code."""
    drawn = BytesIO()
    qrcode.make(text, image_factory=SvgPathImage, border=4, box_size=10).save(drawn)
    svg = drawn.getvalue().decode()
    return mark_safe(svg[svg.index("<svg") :])  # noqa: S308  made of squares, not of text

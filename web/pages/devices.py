"""The phones and tablets of a home: inviting one, taking one out of use, what may be missing of what they recorded."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from uuid_utils.compat import uuid7

from emar.operations import devices, held_events, taught_codes
from emar.operations.reviews import AlreadyReviewed
from emar.queries import device_gaps, homes
from emar.queries.conflicts import open_conflicts
from emar.queries.held_events import held_count
from emar.queries.homes import HomeOfStaff
from emar.queries.medicines import is_taught_in, pending_codes
from web.access import MANAGERS, SENIORS, for_roles
from web.code_pictures import svg


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
            "qr": svg(f"{address}#enrol={code}", "QRCode", title="QR code that opens the enrolment page", module=6),
            "minutes": int(devices.INVITATION_HOLDS.total_seconds() // 60),
        },
    )


@for_roles(MANAGERS)
@require_POST
def revoke(request: HttpRequest, here: HomeOfStaff, device_id: UUID) -> HttpResponse:
    """Take a device out of use."""
    device = device_or_404(here, device_id)
    if device.revoked_at is None:
        devices.revoke(device=device, by=request.user.pk, at=timezone.now())
    messages.success(request, f"{device.name} is out of use. Doses it still holds are kept when it next connects.")
    return redirect("web:devices")


@for_roles(MANAGERS)
@require_POST
def report_lost(request: HttpRequest, here: HomeOfStaff, device_id: UUID) -> HttpResponse:
    """Put a device on the list of lost ones and out of use."""
    device = device_or_404(here, device_id)
    words = request.POST.get("words", "").strip()
    if not words:
        return _page(request, here, "Say where it was last seen and whom you told, then report it again.")
    if device.lost_at is None:
        devices.report_lost(device=device, words=words[:2000], by=request.user.pk, at=timezone.now())
    messages.success(request, f"{device.name} is reported lost and out of use: nobody can sign in on it.")
    return redirect("web:devices")


@for_roles(MANAGERS)
@require_POST
def report_found(request: HttpRequest, here: HomeOfStaff, device_id: UUID) -> HttpResponse:
    """Take a device off the list of lost ones."""
    device = device_or_404(here, device_id)
    if device.lost_at is not None:
        devices.report_found(device=device, by=request.user.pk, at=timezone.now())
    messages.success(request, f"{device.name} is found. Switch it on near the Wi-Fi: what it still holds is sent.")
    return redirect("web:devices")


@for_roles(MANAGERS)
@require_POST
def explain_gap(request: HttpRequest, here: HomeOfStaff, device_id: UUID) -> HttpResponse:
    """Take a manager's word for what is missing between two records of a device."""
    device = device_or_404(here, device_id)
    place = request.POST.get("after", ""), request.POST.get("before", "")
    gaps = [each for each in device_gaps.gaps(here.home_id) if each.device_id == device_id]
    gap = next((each for each in gaps if (str(each.after_sequence), str(each.before_sequence)) == place), None)
    try:
        review_id = UUID(request.POST.get("id", ""))
        if gap is not None:
            words = request.POST.get("words", "")[:2000]
            held_events.explain_gap(
                review_id=review_id, device=device, gap=gap, words=words, by=request.user.pk, at=timezone.now()
            )
    except ValueError:
        return _page(request, here, "Write down whom you asked and what was missing.")
    except AlreadyReviewed:
        pass
    messages.success(request, "Written down: the alarm is over. The numbers stay as they are.")
    return redirect("web:devices")


@for_roles(MANAGERS)
@require_POST
def approve_code(request: HttpRequest, here: HomeOfStaff, code_id: int) -> HttpResponse:
    """Let packs be matched by a barcode that staff taught."""
    try:
        code = taught_codes.approve(home_id=here.home_id, code_id=code_id, by=request.user.pk, at=timezone.now())
    except taught_codes.NotPending:
        raise Http404("no such barcode waits in this home") from None
    except taught_codes.CodeAlreadyKnown as known:
        return _page(request, here, f"{known} Refuse it, and look at the pack again.")
    messages.success(request, f"{code.gtin} means {code.medicine.name} from now on, on every device of this home.")
    return redirect("web:devices")


@for_roles(MANAGERS)
@require_POST
def withdraw_code(request: HttpRequest, here: HomeOfStaff, code_id: int) -> HttpResponse:
    """Refuse a barcode that staff taught."""
    if not is_taught_in(here.home_id, code_id):
        raise Http404("no such barcode waits in this home")
    taught_codes.withdraw(home_id=here.home_id, code_id=code_id, by=request.user.pk, at=timezone.now())
    messages.success(request, "Refused: the barcode is unknown, and scanning it asks.")
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


def device_or_404(here: HomeOfStaff, device_id: UUID) -> homes.Device:
    """Return a device of this home; raises Http404."""
    device = homes.device(here.home_id, device_id)
    if device is None:
        raise Http404("no such device in this home")
    return device


def _page(request: HttpRequest, here: HomeOfStaff, problem: str = "") -> HttpResponse:
    now = timezone.now()
    heard = device_gaps.last_heard(here.home_id)
    return render(
        request,
        "devices/devices.html",
        {
            "devices": [(device, heard.get(device.pk)) for device in homes.devices(here.home_id)],
            "invitations": homes.open_invitations(here.home_id, now),
            "locks": homes.locked_pins(here.home_id),
            "lost": device_gaps.lost_devices(here.home_id),
            "gaps": [(gap, uuid7()) for gap in device_gaps.gaps(here.home_id)],
            "held": held_count(here.home_id),
            "conflicts": len(open_conflicts(here.home_id)),
            "pending": pending_codes(here.home_id),
            "may_manage": here.role in MANAGERS,
            "now": now,
            "problem": problem,
        },
    )

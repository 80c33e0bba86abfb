"""The device API: what a bedside device may ask and tell. Translates in, calls once, translates out."""

from datetime import datetime
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import File, NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.files import UploadedFile

from emar.operations import device_events, devices
from emar.picture_header import MOST_BYTES
from emar.queries import snapshot as snapshots
from emar.queries import told_people
from emar.rules import pins
from emar.rules.wall_clock import zulu
from mobile_api import barcode_process, schemas
from mobile_api.decoded import ImageRefused
from mobile_api.device_auth import DeviceAuth, DeviceRevoked, SignInRequired, in_use, signed_in

api = NinjaAPI(
    title="Bedside device API",
    version="1",
    description="For enrolled devices of one home. Everything that happened is taken in, once, and never refused.",
    urls_namespace="mobile_api",
    auth=DeviceAuth(),
    docs_url="docs",
)


def problem(request: HttpRequest, status: int, code: str, detail: str, **facts: Any) -> HttpResponse:
    """Answer with a word for the program and a sentence that says what to do."""
    return api.create_response(request, {"code": code, "detail": detail, **facts}, status=status)


@api.exception_handler(AuthenticationError)
def not_a_device(request: HttpRequest, _: AuthenticationError) -> HttpResponse:
    """Answer a caller that is not an enrolled device."""
    return problem(
        request, 401, "device_not_known", "This device is not enrolled here. Ask a manager for an enrolment code."
    )


@api.exception_handler(DeviceRevoked)
def device_revoked(request: HttpRequest, _: DeviceRevoked) -> HttpResponse:
    """Answer a device that was taken out of use: it reads nothing more, but may send what it holds."""
    return problem(
        request, 401, "device_revoked",
        "This device was taken out of use. What it still holds will be sent; a manager can enrol it again.",
    )  # fmt: skip


@api.exception_handler(HttpError)
def not_readable(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Answer a call that is not even JSON, or too long to read."""
    return problem(
        request, error.status_code, "not_understood",
        "The server could not read this call. Update the app and try again.",
    )  # fmt: skip


@api.exception_handler(SignInRequired)
def not_signed_in(request: HttpRequest, _: SignInRequired) -> HttpResponse:
    """Answer a device on which nobody is signed in."""
    return problem(request, 401, "sign_in_required", "Sign in on this device to see the residents.")


@api.exception_handler(ValidationError)
def not_understood(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Answer a call whose shape is wrong, naming the places but never repeating what they held."""
    places = sorted({".".join(str(step) for step in each["loc"] if step != "body") for each in error.errors})
    return problem(
        request, 422, "not_understood", "The server could not read this call. Update the app and try again.",
        places=places,
    )  # fmt: skip


@api.exception_handler(devices.CodeNotKnown)
def code_not_known(request: HttpRequest, _: devices.CodeNotKnown) -> HttpResponse:
    """Answer a wrong, used or old enrolment code."""
    return problem(
        request, 404, "code_not_known",
        "This code is not known or too old. Ask a manager for a new one at the desk, under Devices.",
    )  # fmt: skip


@api.exception_handler(devices.NotOnStaff)
def not_on_staff(request: HttpRequest, _: devices.NotOnStaff) -> HttpResponse:
    """Answer for somebody who has no role in this home now."""
    return problem(
        request, 401, "not_on_staff", "This person may not sign in here now. A manager can add them at the desk."
    )


@api.exception_handler(devices.WrongPin)
def wrong_pin(request: HttpRequest, error: devices.WrongPin) -> HttpResponse:
    """Answer a wrong PIN with the tries that are left."""
    tries = "1 try" if error.tries_left == 1 else f"{error.tries_left} tries"
    return problem(request, 401, "wrong_pin", f"That PIN is not right. {tries} left.", tries_left=error.tries_left)


@api.exception_handler(devices.PinLocked)
def pin_locked(request: HttpRequest, _: devices.PinLocked) -> HttpResponse:
    """Answer a locked account; others can still sign in, so the MAR is never hidden."""
    return problem(
        request, 423, "pin_locked",
        "Five wrong PINs: this name is locked on this device. A senior can unlock it at the desk, under Devices.",
    )  # fmt: skip


@api.exception_handler(RequestDataTooBig)
def call_too_long(request: HttpRequest, _: RequestDataTooBig) -> HttpResponse:
    """Answer a call of more bytes than the server reads at once."""
    return problem(request, 413, "batch_too_large", "Too much at once: send fewer records in one call.")


@api.exception_handler(device_events.BatchTooLarge)
def batch_too_large(request: HttpRequest, error: device_events.BatchTooLarge) -> HttpResponse:
    """Answer an outbox sent in too large a piece."""
    return problem(request, 413, "batch_too_large", f"Too much at once: {error}.")


@api.exception_handler(ImageRefused)
def image_refused(request: HttpRequest, error: ImageRefused) -> HttpResponse:
    """Answer a photo that shows no single code that can be trusted."""
    return problem(request, 422, error.code, str(error))


@api.post("enrol", auth=None, response={200: schemas.Enrolled, 404: schemas.Problem})
def enrol(request: HttpRequest, told: schemas.EnrolRequest) -> dict[str, Any]:
    """Enrol a device to the home whose manager made the code."""
    enrolled = devices.enrol(code=told.code, name=told.name, at=timezone.now())
    device = enrolled.device
    return {
        "device_id": str(device.pk),
        "device_key": enrolled.key,
        "home": {"id": device.home_id, "name": device.home.name},
        "lease_expires_at": zulu(device.lease_expires_at),
    }


@api.get("staff", response={200: schemas.StaffTiles, 401: schemas.Problem})
def staff(request: HttpRequest) -> dict[str, Any]:
    """List the people who may sign in here now: names only, before anybody has."""
    now, device = timezone.now(), in_use(request)
    return {
        "home": snapshots.home(device.home_id),
        "staff": told_people.staff(device.home_id, now),
        "server_time": zulu(now),
    }


@api.post(
    "sign-in",
    response={200: schemas.SignedIn, 401: schemas.WrongPinProblem | schemas.Problem, 423: schemas.Problem},
)
def sign_in(request: HttpRequest, who: schemas.SignInRequest) -> dict[str, Any]:
    """Sign a staff member in on this device by PIN, with the name tile or the badge saying who."""
    told = devices.sign_in(device=in_use(request), at=timezone.now(), by=who.staff_id, badge=who.badge, pin=who.pin)
    person = told.staff_member
    return {
        "token": told.token,
        "expires_at": zulu(told.expires_at),
        "staff": {
            "id": person.pk,
            "display_name": person.display_name,
            "initials": person.initials,
            "role": told.role,
        },
        "pin_verifier": pins.verifier(person.pin_salt, person.pin_key),
        "storage_key": told.storage_key,
        "lease_expires_at": zulu(request.auth.lease_expires_at),  # type: ignore[attr-defined]
    }


@api.get("snapshot", response={200: dict[str, Any], 304: None, 401: schemas.Problem})
def snapshot(request: HttpRequest, since: str = "") -> Any:
    """Tell the device what it needs to work for three days; 304 when nothing changed since the cursor."""
    now: datetime = timezone.now()
    signed_in(request, now)
    device = request.auth  # type: ignore[attr-defined]
    devices.renew_lease(device=device, at=now)
    # In a header, because a snapshot that has not changed has no body.
    lease = {"X-Lease-Expires-At": zulu(device.lease_expires_at)}
    if since and since == snapshots.cursor(device.home_id, now):
        return HttpResponse(status=304, headers=lease)
    known = snapshots.snapshot(device.home_id, now)
    known["device"] = {"last_sequence": snapshots.device_sequence(device.home_id, device.pk)}
    response = api.create_response(request, known, status=200)
    response["X-Lease-Expires-At"] = lease["X-Lease-Expires-At"]
    return response


@api.get("residents/{int:resident_id}/photo", response={200: None, 401: schemas.Problem, 404: schemas.Problem})
def resident_photo(request: HttpRequest, resident_id: int) -> HttpResponse:
    """Send a resident's photograph."""
    signed_in(request, timezone.now())
    device = request.auth  # type: ignore[attr-defined]
    jpeg = snapshots.photo(device.home_id, resident_id)
    if jpeg is None:
        return problem(request, 404, "no_photo", "There is no photo of this resident yet.")
    return HttpResponse(jpeg, content_type="image/jpeg")


@api.post("sync", response={200: schemas.SyncReply, 401: schemas.Problem, 413: schemas.Problem})
def sync(request: HttpRequest, outbox: schemas.SyncRequest) -> Any:
    """Take in part of an outbox and answer each event.

    Needs the device only: an outbox can be sent by whoever signs in next, and by a device that was revoked.
    """
    now, device = timezone.now(), request.auth  # type: ignore[attr-defined]
    received = device_events.receive(outbox.events, device=device, at=now)
    devices.renew_lease(device=device, at=now)
    reply = {
        "server_time": zulu(now),
        "answers": [
            {"id": each.id, "answer": each.answer, "findings": list(each.findings), "detail": each.detail}
            for each in received.answers
        ],
        "device": {"last_sequence": received.last_sequence},
        "lease_expires_at": zulu(device.lease_expires_at),
    }
    # Validating our own answer field by field would cost more than writing the doses did.
    return api.create_response(request, reply, status=200)


@api.post("photo", response={200: schemas.PhotoReply, 401: schemas.Problem, 422: schemas.Problem})
def photo(request: HttpRequest, file: File[UploadedFile]) -> dict[str, Any]:
    """Read the barcodes in a photo, for a phone that cannot; what they mean is matched as any other scan."""
    in_use(request)
    decoded = barcode_process.decode(file.read(MOST_BYTES + 1))
    return {
        "values": [
            {"text": each.text, "symbology": each.symbology, "identifier": each.identifier} for each in decoded.values
        ],
        "cpu_ms": decoded.cpu_ms,
    }

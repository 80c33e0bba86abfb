"""Is a photo that cannot be read answered in plain words, and never with a fault?

What the decoder reads in real photographs is tests/barcodes' question.
"""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from tests.bedside import Bedside
from tests.tablet import API, Tablet, revoke


def send(tablet: Tablet, content: bytes, name: str = "photo.jpg", field: str = "file") -> tuple[int, dict[str, object]]:
    upload = SimpleUploadedFile(name, content, content_type="image/jpeg")
    reply = tablet.client.post(API + "photo", {field: upload}, headers=tablet.headers)
    return reply.status_code, reply.json()


def png(width: int, height: int) -> bytes:
    out = BytesIO()
    Image.new("L", (width, height), 255).save(out, "PNG")
    return out.getvalue()


NOT_IMAGES = {
    "nothing": b"",
    "text": b"this is not a photo",
    "a web page": b"<html><script>alert(1)</script></html>",
    "a JPEG's first bytes": b"\xff\xd8\xff\xe0\x00\x10JFIF",
    "a PNG cut short": png(60, 60)[:40],
    "zeroes": bytes(5000),
    "an SVG": b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
    "a PDF": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3",
    "a GIF with a page behind it": b"GIF89a\x01\x00\x01\x00\x00\x00\x00<html>",
}


@pytest.mark.parametrize("name", NOT_IMAGES)
def test_what_is_no_photo_is_answered_in_plain_words(tablet: Tablet, name: str) -> None:
    status, said = send(tablet, NOT_IMAGES[name])
    assert (status, said["code"]) == (422, "not_an_image"), said
    assert str(said["detail"]).endswith(".")


def test_an_empty_picture_says_that_nothing_was_found(tablet: Tablet) -> None:
    status, said = send(tablet, png(200, 200))
    assert (status, said["code"]) == (422, "nothing_found")
    assert str(said["detail"]).endswith(".")


@pytest.mark.parametrize("size", [(1, 1), (20_000, 20_000), (60_000, 1)])
def test_sizes_that_no_camera_makes_are_refused(tablet: Tablet, size: tuple[int, int]) -> None:
    # Only the header says how large it is: opening it would be the harm.
    header = png(1, 1)
    header = header[:16] + size[0].to_bytes(4, "big") + size[1].to_bytes(4, "big") + header[24:]
    status, said = send(tablet, header)
    assert status == 422
    assert said["code"] in ("too_large", "not_an_image", "nothing_found")


def test_a_call_without_a_photo_is_answered_in_words(tablet: Tablet) -> None:
    status, said = send(tablet, b"x", field="picture")
    assert (status, said["code"]) == (422, "not_understood")
    reply = tablet.post("photo", {"file": "x"})
    assert (reply.status_code, reply.json()["code"]) == (422, "not_understood")


def test_a_revoked_device_has_nothing_decoded(bedside: Bedside, tablet: Tablet) -> None:
    revoke(bedside, tablet)
    status, said = send(tablet, png(50, 50))
    assert (status, said["code"]) == (401, "device_revoked")

"""What a file says it is before anything decodes it: a whole JPEG, PNG or WebP of an allowed size, or refused.

A picture is judged from its own structure in a few milliseconds, so that a bomb, half a file or two files in
one never reach a decoder. Reading what a photo of a code shows is mobile_api.barcode_image's job, keeping a
resident's portrait is emar.portraits'.
"""

import re
import struct
from dataclasses import dataclass

MOST_BYTES = 15_000_000
MOST_PIXELS = 50_000_000
LEAST_SIDE = 4
# Above this many pixels a picture must have some substance: a bomb is nearly nothing, a photograph is not.
_PLAIN_PIXELS = 16_000_000
_MOST_PIXELS_A_BYTE = 300
_MOST_SCANS = 40
# What starts, or hides in, a file that is something else as well as a picture.
_OTHER_FILES = (b"%PDF-1", b"<script", b"<SCRIPT", b"<?php", b"<?PHP", b"<html", b"<HTML", b"<!doctype", b"<!DOCTYPE")
_JPEG_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_JPEG_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class ImageRefused(Exception):
    """The picture cannot be used; `code` is one word for it and the message a sentence for whoever sent it."""

    code = "refused"


class NotAnImage(ImageRefused):
    """The file is not a whole JPEG, PNG or WebP picture, or is something else as well."""

    code = "not_an_image"


class TooLarge(ImageRefused):
    """The file or the picture in it is larger than is ever needed."""

    code = "too_large"


@dataclass(frozen=True)
class PictureHeader:
    """What kind of picture the file is, and its size in pixels."""

    kind: str
    width: int
    height: int

    @property
    def pixels(self) -> int:
        """Give the number of pixels."""
        return self.width * self.height


def read_header(image_bytes: bytes) -> PictureHeader:
    """Say what picture this is, from its structure alone, without decoding any of it.

    Raises NotAnImage for any other kind of file, for one that is cut short, animated, or has something else
    behind or inside it; TooLarge above MOST_BYTES or MOST_PIXELS, and for a large picture made of next to
    nothing. A picture of fewer than LEAST_SIDE pixels each way shows nothing and is not an image.
    """
    if len(image_bytes) > MOST_BYTES:
        raise TooLarge(f"This file is larger than {MOST_BYTES // 1_000_000} MB. Take the photo again, smaller.")
    header = _recognised(image_bytes)
    if header.pixels > MOST_PIXELS:
        raise TooLarge("This picture has too many pixels. Take the photo again with the ordinary camera.")
    if header.pixels > _PLAIN_PIXELS and header.pixels > _MOST_PIXELS_A_BYTE * len(image_bytes):
        raise TooLarge("This picture is far larger than what it shows. Take the photo again.")
    if header.width < 1 or header.height < 1 or max(header.width, header.height) < LEAST_SIDE:
        raise NotAnImage("This picture is too small to show a barcode. Take the photo again.")
    if any(beginning in image_bytes for beginning in _OTHER_FILES):
        raise NotAnImage("This file holds more than a picture. Take the photo again with the camera.")
    return header


def _recognised(image_bytes: bytes) -> PictureHeader:
    try:
        if image_bytes.startswith(b"\xff\xd8\xff"):
            return _jpeg(image_bytes)
        if image_bytes.startswith(b"\x89PNG\r\n\x1a\n"):
            return _png(image_bytes)
        if image_bytes.startswith(b"RIFF") and image_bytes[8:12] == b"WEBP":
            return _webp(image_bytes)
    except (struct.error, IndexError):
        raise _cut_short() from None
    raise NotAnImage("This file is not a photo. Use a JPEG, PNG or WebP picture.")


def _cut_short() -> NotAnImage:
    return NotAnImage("This photo did not arrive whole. Take or send it again.")


def _more_than_a_picture() -> NotAnImage:
    return NotAnImage("This file holds more than one still picture. Take an ordinary photo, not a moving one.")


def _png(image_bytes: bytes) -> PictureHeader:
    width, height = struct.unpack(">II", image_bytes[16:24])
    if image_bytes[12:16] != b"IHDR":
        raise NotAnImage("This PNG picture is damaged. Take the photo again.")
    place = 8
    while True:
        length, name = struct.unpack(">I4s", image_bytes[place : place + 8])
        place += 12 + length
        if place > len(image_bytes):
            raise _cut_short()
        if name == b"acTL":
            raise _more_than_a_picture()
        if name == b"IEND":
            break
    if place != len(image_bytes):
        raise _more_than_a_picture()
    return PictureHeader("PNG", width, height)


def _webp(image_bytes: bytes) -> PictureHeader:
    end = 8 + struct.unpack("<I", image_bytes[4:8])[0]
    if end > len(image_bytes):
        raise _cut_short()
    if end + end % 2 < len(image_bytes):
        raise _more_than_a_picture()
    name = image_bytes[12:16]
    if name == b"VP8X":
        if image_bytes[20] & 0x02:
            raise _more_than_a_picture()
        width = int.from_bytes(image_bytes[24:27], "little") + 1
        height = int.from_bytes(image_bytes[27:30], "little") + 1
    elif name == b"VP8L":
        bits = struct.unpack("<I", image_bytes[21:25])[0]
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        width, height = (side & 0x3FFF for side in struct.unpack("<HH", image_bytes[26:30]))
    return PictureHeader("WebP", width, height)


def _jpeg(image_bytes: bytes) -> PictureHeader:
    """Walk a JPEG's segments to its end: the size stands anywhere before the pixels, and the end must be there."""
    size: tuple[int, int] | None = None
    scans, place = 0, 2
    while True:
        marker = _JPEG_MARKER.search(image_bytes, place)
        if marker is None:
            raise _cut_short()
        code = image_bytes[marker.start() + 1]
        place = marker.end()
        if code == 0xD9:
            break
        if code in (0x01, 0xD8):
            continue
        if code in _JPEG_SIZES:
            height, width = struct.unpack(">HH", image_bytes[place + 3 : place + 7])
            if size is not None:
                raise NotAnImage("This JPEG photo is damaged. Take it again.")
            size = width, height
        scans += code == 0xDA
        if scans > _MOST_SCANS:
            raise TooLarge("This picture is built in too many steps. Take the photo again.")
        place += struct.unpack(">H", image_bytes[place : place + 2])[0]
    behind = image_bytes[place:]
    # Cameras may add zeros, a second photo (multi-picture format) or their maker's own trailer.
    if behind.strip(b"\0") and not behind.startswith(b"\xff\xd8\xff") and not behind.endswith(b"SEFT"):
        raise _more_than_a_picture()
    if size is None:
        raise NotAnImage("This JPEG photo is damaged. Take it again.")
    return PictureHeader("JPEG", *size)

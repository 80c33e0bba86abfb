"""Whether bombs, halves, doubles and strangers are refused fast, and the reader lives on after each."""

import struct
import time
import zlib
from collections.abc import Callable

import cv2
import numpy as np
import pytest

from emar.picture_header import MOST_BYTES, read_header
from mobile_api import barcode_process
from mobile_api.decoded import ImageRefused, NotAnImage, TooLarge
from tests.barcodes.pictures import as_file


def chunk(name: bytes, content: bytes) -> bytes:
    """Write one PNG chunk."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(width: int, height: int, *between: bytes) -> bytes:
    """Write a grey PNG of zeros, however large it says it is, with further chunks before the pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(min(width + 1, 20_000) * min(height, 2_000)), 9)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(between) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


def plain(form: str = ".jpg") -> bytes:
    """Write an ordinary small picture."""
    return as_file(np.full((60, 80), 200, np.uint8), form)


def jpeg_of_many_scans() -> bytes:
    """Write a JPEG whose one scan is said a thousand times over."""
    whole = plain()
    scan = whole.index(b"\xff\xda")
    return whole[:scan] + whole[scan:-2] * 1000 + whole[-2:]


REFUSED: list[tuple[str, Callable[[], bytes], type[ImageRefused]]] = [
    ("nothing", lambda: b"", NotAnImage),
    ("words", lambda: b"not a picture" * 100, NotAnImage),
    ("a PDF", lambda: b"%PDF-1.7 and so on", NotAnImage),
    ("a GIF", lambda: b"GIF89a" + bytes(100), NotAnImage),
    ("one pixel", lambda: as_file(np.zeros((1, 1), np.uint8), ".png"), NotAnImage),
    ("one pixel as JPEG", lambda: as_file(np.zeros((1, 1), np.uint8)), NotAnImage),
    ("no pixel", lambda: png(0, 100), NotAnImage),
    ("a bomb of 400 million pixels", lambda: png(20_000, 20_000), TooLarge),
    ("a bomb that says four thousand million", lambda: png(65_535, 65_535), TooLarge),
    ("a bomb just under the cap", lambda: png(7_000, 7_000), TooLarge),
    ("a WebP bomb", lambda: b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0" + bytes(4) + b"\xff" * 6, TooLarge),
    ("a JPEG bomb", lambda: _with_size(plain(), 65_000, 65_000), TooLarge),
    ("a JPEG of a thousand scans", jpeg_of_many_scans, TooLarge),
    ("too many bytes", lambda: plain() + bytes(MOST_BYTES), TooLarge),
    ("half a JPEG", lambda: plain()[: len(plain()) // 2], NotAnImage),
    ("a JPEG without its last two bytes", lambda: plain()[:-2], NotAnImage),
    ("half a PNG", lambda: plain(".png")[:-20], NotAnImage),
    ("half a WebP", lambda: plain(".webp")[:-5], NotAnImage),
    ("the first bytes of a JPEG", lambda: plain()[:3], NotAnImage),
    ("the first bytes of a PNG", lambda: plain(".png")[:12], NotAnImage),
    ("the first bytes of a WebP", lambda: plain(".webp")[:16], NotAnImage),
    ("a JPEG with a zip behind it", lambda: plain() + b"PK\x03\x04" + bytes(200), NotAnImage),
    ("a PNG with a zip behind it", lambda: plain(".png") + b"PK\x03\x04" + bytes(200), NotAnImage),
    ("a WebP with a film behind it", lambda: plain(".webp") + b"\0\0\0\x18ftypmp42" + bytes(200), NotAnImage),
    ("a PNG with a script inside", lambda: png(8, 8, chunk(b"tEXt", b"Comment\0<script>")), NotAnImage),
    ("a JPEG with PHP in its comment", lambda: plain()[:2] + b"\xff\xfe\x00\x07<?php" + plain()[2:], NotAnImage),
    ("a JPEG that is a PDF too", lambda: plain()[:2] + b"\xff\xfe\x00\x0b%PDF-1.7\n" + plain()[2:], NotAnImage),
    ("a moving PNG", lambda: png(8, 8, chunk(b"acTL", bytes(8))), NotAnImage),
]  # fmt: skip


def _with_size(jpeg: bytes, width: int, height: int) -> bytes:
    place = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:place] + struct.pack(">HH", height, width) + jpeg[place + 4 :]


@pytest.mark.parametrize(("make", "refusal"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_it_is_refused_in_under_a_tenth_of_a_second(make, refusal):
    image_bytes = make()
    begun = time.thread_time()
    with pytest.raises(refusal) as problem:
        barcode_process.decode(image_bytes)
    assert time.thread_time() - begun < 0.1
    assert str(problem.value).endswith(".")


@pytest.mark.parametrize("form", [".jpg", ".png", ".webp"])
def test_an_ordinary_picture_is_let_through_with_its_size(form):
    header = read_header(plain(form))
    assert (header.width, header.height, header.pixels) == (80, 60, 4800)


@pytest.mark.parametrize("behind", [bytes(64), plain(), b"\x10\x20maker's notes SEFT"])
def test_what_cameras_put_behind_a_photo_is_let_through(behind):
    assert read_header(plain() + behind).width == 80


def test_a_progressive_photo_is_let_through():
    noise = np.random.default_rng(1).integers(0, 255, (400, 300, 3)).astype(np.uint8)
    jpeg = bytes(cv2.imencode(".jpg", noise, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1])
    assert read_header(jpeg).width == 300


@pytest.mark.parametrize("form", [".jpg", ".png", ".webp"])
def test_a_cut_at_any_byte_is_refused(form):
    whole = plain(form)
    for length in range(len(whole) - 1):
        with pytest.raises(NotAnImage):
            read_header(whole[:length])


def said_of(image_bytes: bytes) -> str:
    """Say in a word what the header check makes of a file."""
    try:
        read_header(image_bytes)
    except ImageRefused as refusal:
        return refusal.code
    return "let through"


@pytest.mark.parametrize("form", [".jpg", ".png", ".webp"])
def test_any_changed_byte_is_read_or_refused_and_never_a_failure(form):
    whole = plain(form)
    for place in range(0, len(whole), 3):
        damaged = whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :]
        assert said_of(damaged) in ("let through", "not_an_image", "too_large")

"""Which barcodes a photograph shows, and why it is refused when it cannot be read safely.

The only module that decodes pictures. OpenCV opens, finds, turns and sharpens; zxing-cpp decodes; pyzbar, where
its system library is installed, may confirm. What the text of a code means is stock.rules.gs1's job.

A wrong medicine is worse than none, and a wrong read can carry a valid check digit. So a code of bars counts
when several of its lines were read at first sight, or when looks at different parts of it, or through different
preparations, agree and nothing contradicts them. Square codes correct their own errors and count at once.
"""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

# A second wall behind our own caps; OpenCV reads it once, when it is first imported.
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", "60000000")

import cv2
import numpy as np
import zxingcpp
from cv2.typing import MatLike

from mobile_api.decoded import (
    Decoded,
    DecodedValue,
    ImageRefused,
    NotAnImage,
    NothingFound,
    TooLarge,
    TwoCodes,
)
from mobile_api.picture_header import PictureHeader, read_header
from stock.rules.gs1 import read_scan

__all__ = [
    "Decoded",
    "DecodedValue",
    "ImageRefused",
    "NotAnImage",
    "NothingFound",
    "TooLarge",
    "TwoCodes",
    "decode",
    "has_second_voter",
    "look_for_codes",
    "only_one_pack",
]

try:
    from pyzbar import pyzbar  # type: ignore[import-untyped]
except (ImportError, OSError):  # OSError: the wheel is there, the system's libzbar0 is not.
    pyzbar = None

# One picture must not take every core from the people who are recording doses.
cv2.setNumThreads(1)

_FORMAT = zxingcpp.BarcodeFormat
# Only what medicine packs and our own labels carry. UPC-E alone made most of the ghost reads in trials.
_BAR_FORMATS = [_FORMAT.EAN13, _FORMAT.EAN8, _FORMAT.UPCA, _FORMAT.Code128, _FORMAT.Code39]
_BARS = zxingcpp.BarcodeFormats(_BAR_FORMATS)
_ALL = zxingcpp.BarcodeFormats([*_BAR_FORMATS, _FORMAT.DataMatrix, _FORMAT.QRCode])
_SQUARE_NAMES = ("DataMatrix", "QRCode")
_FIRST_LOOK_SIDE = 2000
_SOLID_LINES = 3
_BANDS = 5
_BANDS_AGREE = 2


@dataclass(frozen=True)
class _Sighting:
    value: DecodedValue
    lines: float


def decode(image_bytes: bytes) -> Decoded:
    """Read the barcodes in a picture of one pack.

    Raises NotAnImage, TooLarge, NothingFound or TwoCodes (all ImageRefused, with a sentence for the carer).
    Work in proportion to the picture's size, on one thread; never keeps the picture.
    """
    return only_one_pack(look_for_codes(image_bytes))


def only_one_pack(decoded: Decoded) -> Decoded:
    """Give back what was decoded if it can say which pack is meant; raises NothingFound or TwoCodes if not."""
    if not decoded.values:
        raise NothingFound("No barcode could be read. Hold the camera closer and flat, in good light.")
    if len(_gtins(decoded.values)) > 1:
        raise TwoCodes("This photo shows the barcodes of two different packs. Photograph one pack alone.")
    return decoded


def look_for_codes(image_bytes: bytes) -> Decoded:
    """Read the barcodes in a picture, however many: none and several are answers here, not refusals.

    Raises NotAnImage and TooLarge.
    """
    begun = time.thread_time()
    header = read_header(image_bytes)
    picture = _opened(image_bytes, header)
    found: tuple[DecodedValue, ...] = ()
    tally = _Tally()
    looks = 0
    for look in _looks(picture):
        looks += 1
        found = tally.add(look(), is_first=looks == 1)
        if found:
            break
    return Decoded(found, round((time.thread_time() - begun) * 1000, 3), looks)


def has_second_voter() -> bool:
    """Tell whether pyzbar can be used here; the health page says so when it cannot."""
    return pyzbar is not None


def _gtins(values: tuple[DecodedValue, ...]) -> set[str]:
    # The day only places expiry years in a century, which does not touch the GTIN.
    today = datetime.now(UTC).date()
    scans = [read_scan(value.scan_text, today=today, separators_kept=True) for value in values]
    return {scan.key for scan in scans if scan.kind == "gtin"}


class _Tally:
    """Counts how many looks saw which code of bars, and says when that is enough to believe it."""

    def __init__(self) -> None:
        self.votes: Counter[DecodedValue] = Counter()

    def add(self, sightings: list[_Sighting], *, is_first: bool) -> tuple[DecodedValue, ...]:
        believed = []
        for value in dict.fromkeys(sighting.value for sighting in sightings):
            lines = sum(sighting.lines for sighting in sightings if sighting.value == value)
            if value.symbology in _SQUARE_NAMES or (is_first and lines >= _SOLID_LINES):
                believed.append(value)
            else:
                self.votes[value] += 1 if lines < _BANDS_AGREE else 2
        if believed:
            return tuple(believed)
        ranked = self.votes.most_common(2)
        if ranked and ranked[0][1] >= 2 and (len(ranked) == 1 or ranked[0][1] >= 2 * ranked[1][1]):
            return (ranked[0][0],)
        return ()


def _opened(image_bytes: bytes, header: PictureHeader) -> MatLike:
    """Open a picture in grey, large ones at once in half size: that is faster, and enough for most."""
    halved = max(header.width, header.height) >= 2 * _FIRST_LOOK_SIDE * 0.8
    flags = cv2.IMREAD_REDUCED_GRAYSCALE_2 if halved else cv2.IMREAD_GRAYSCALE
    picture = cv2.imdecode(np.frombuffer(image_bytes, np.uint8), flags | cv2.IMREAD_IGNORE_ORIENTATION)
    if picture is None:
        raise NotAnImage("This picture is damaged. Take the photo again.")
    height, width = picture.shape[:2]
    if min(height, width) < 16:
        # A single row of bars is a code too, but decoders want some height.
        return cv2.resize(picture, (max(width, 16), max(height, 16)), interpolation=cv2.INTER_NEAREST)
    return picture


def _looks(picture: MatLike) -> Iterator[Callable[[], list[_Sighting]]]:
    """Give the ways to look at a picture, the likeliest and cheapest first."""
    first = _within(picture, _FIRST_LOOK_SIDE)
    yield lambda: _read(first, is_first=True)
    yield lambda: _read_lines(first)
    yield lambda: _read(_contrast_evened(first))
    yield lambda: _read(_sharpened_double(_within(first, 640)))
    yield lambda: _read(_light_parts_only(first))
    yield lambda: _read(_within(first, max(first.shape) // 2))
    for degrees in (22, 45, 68):
        yield partial(_read_turned, _within(first, 800), degrees)
    yield lambda: _read(_thresholded(first))
    if max(picture.shape) > _FIRST_LOOK_SIDE:
        yield lambda: _read(picture)


def _read(picture: MatLike, *, is_first: bool = False) -> list[_Sighting]:
    barcodes = zxingcpp.read_barcodes(
        picture, formats=_ALL, text_mode=zxingcpp.TextMode.Plain, try_invert=is_first, try_downscale=is_first
    )
    return [_Sighting(_value(barcode), _lines_seen(barcode)) for barcode in barcodes]


def _read_turned(picture: MatLike, degrees: float) -> list[_Sighting]:
    # Square codes read at any angle; bars only when they stand or lie nearly straight.
    barcodes = zxingcpp.read_barcodes(
        _turned(picture, degrees),
        formats=_BARS,
        text_mode=zxingcpp.TextMode.Plain,
        try_downscale=False,
        try_invert=False,
    )
    return [_Sighting(_value(barcode), _lines_seen(barcode)) for barcode in barcodes]


def _value(barcode: zxingcpp.Barcode) -> DecodedValue:
    # Code 32 and PZN are Code 39 with a meaning, QR model 2 is QR: the symbology is what is printed.
    is_retail = barcode.symbology == _FORMAT.EANUPC
    name = (barcode.format if is_retail else barcode.symbology).name
    if name == "EAN13" and barcode.text.startswith("0"):
        # An EAN-13 with a leading zero is how zxing-cpp sees UPC-A: twelve digits as printed.
        return DecodedValue(barcode.text[1:], "UPCA", "]E0")
    return DecodedValue(barcode.text, name, barcode.symbology_identifier)


def _lines_seen(barcode: zxingcpp.Barcode) -> float:
    """Say over how many pixels across its bars the same code was read: a ghost seldom spans more than one."""
    corners = barcode.position
    left = abs(corners.bottom_left.x - corners.top_left.x) + abs(corners.bottom_left.y - corners.top_left.y)
    right = abs(corners.bottom_right.x - corners.top_right.x) + abs(corners.bottom_right.y - corners.top_right.y)
    return (left + right) / 2


def _within(picture: MatLike, side: int) -> MatLike:
    scale = max(side, 16) / max(picture.shape)
    return cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else picture


def _contrast_evened(picture: MatLike) -> MatLike:
    return cv2.createCLAHE(3, (8, 8)).apply(picture)


def _sharpened_double(picture: MatLike) -> MatLike:
    double = cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    return cv2.addWeighted(double, 2.5, cv2.GaussianBlur(double, (0, 0), 3), -1.5, 0)


def _light_parts_only(picture: MatLike) -> MatLike:
    return cv2.threshold(picture, 215, 255, cv2.THRESH_BINARY)[1]


def _thresholded(picture: MatLike) -> MatLike:
    neighbourhood = max(31, min(picture.shape) // 16 | 1)
    return cv2.adaptiveThreshold(picture, 255, cv2.ADAPTIVE_THRESH_GAUSSIAN_C, cv2.THRESH_BINARY, neighbourhood, 5)


def _turned(picture: MatLike, degrees: float) -> MatLike:
    height, width = picture.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    cosine, sine = abs(turn[0, 0]), abs(turn[0, 1])
    wide, high = int(height * sine + width * cosine), int(height * cosine + width * sine)
    turn[:, 2] += (wide - width) / 2, (high - height) / 2
    return cv2.warpAffine(picture, turn, (wide, high), flags=cv2.INTER_LINEAR, borderValue=(255,))


def _read_lines(picture: MatLike) -> list[_Sighting]:
    """Find where bars run side by side, average along them, undo the blur across them, and read band by band.

    Averaging a band removes noise and moiré that no single line survives; each band is its own witness.
    """
    sightings = []
    for bands in _bands_across_bars(picture):
        for sigma in (3.0, 5.0):
            for line in _contrast_stretched(_deblurred(bands, sigma)):
                sightings += [_Sighting(value, 1) for value in _read_line(line)]
    return sightings


def _bands_across_bars(picture: MatLike) -> Iterator[MatLike]:
    small = _within(picture, 800)
    scale = picture.shape[1] / small.shape[1]
    _, boxes = cv2.barcode.BarcodeDetector().detect(cv2.cvtColor(small, cv2.COLOR_GRAY2BGR))
    for corners in () if boxes is None else boxes[:3]:
        centre, (width, height), degrees = cv2.minAreaRect((corners * scale).astype(np.float32))
        if width < height:
            degrees, width, height = degrees + 90, height, width
        if height < 4:
            continue
        along = np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
        across = np.array([-along[1], along[0]])
        for reach in (1.25, 2.0):
            magnified = min(1000 / width, 8.0)
            wide, high = int(width * reach * magnified), max(_BANDS, int(height * min(magnified, 2)))
            corner = np.array(centre) - along * width * reach / 2 - across * height * 0.4
            source = np.array([corner, corner + along * width * reach, corner + across * height * 0.8], np.float32)
            target = np.array([[0, 0], [wide, 0], [0, high]], np.float32)
            upright = cv2.warpAffine(
                picture,
                cv2.getAffineTransform(source, target),
                (wide, high),
                flags=cv2.INTER_CUBIC,
                borderMode=cv2.BORDER_REPLICATE,
            )
            yield cv2.resize(upright, (wide, _BANDS), interpolation=cv2.INTER_AREA).astype(np.float32)


def _deblurred(lines: MatLike, sigma: float) -> MatLike:
    """Sharpen lines that a lens blurred (Richardson–Lucy, ten rounds): it invents no bars, unlike a sharp filter."""
    blurred = np.maximum(lines, 1)
    estimate: MatLike = np.full_like(blurred, blurred.mean())
    size = (int(8 * sigma) | 1, 1)
    for _ in range(10):
        ratio = blurred / np.maximum(cv2.GaussianBlur(estimate, size, sigma), 0.001)
        estimate = cv2.multiply(estimate, cv2.GaussianBlur(ratio, size, sigma))
    return estimate


def _contrast_stretched(lines: MatLike) -> MatLike:
    reach = np.ones((1, 121), np.uint8)
    dark = cv2.blur(cv2.erode(lines, reach), (121, 1))
    light = cv2.blur(cv2.dilate(lines, reach), (121, 1))
    return cv2.convertScaleAbs(np.clip((lines - dark) / np.maximum(light - dark, 8), 0, 1), alpha=255)


def _read_line(line: MatLike) -> list[DecodedValue]:
    strip = cv2.copyMakeBorder(np.repeat(line[None], 12, 0), 0, 0, 60, 60, cv2.BORDER_CONSTANT, value=(255,))
    barcodes = zxingcpp.read_barcodes(
        strip,
        formats=_BARS,
        text_mode=zxingcpp.TextMode.Plain,
        try_rotate=False,
        try_downscale=False,
        try_invert=False,
    )
    return [_value(barcode) for barcode in barcodes]

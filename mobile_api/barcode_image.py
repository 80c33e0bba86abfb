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
from functools import cache, partial

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
from mobile_api.picture_header import read_header
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
_QR = zxingcpp.BarcodeFormats([_FORMAT.QRCode])
_SQUARES = zxingcpp.BarcodeFormats([_FORMAT.DataMatrix, _FORMAT.QRCode])
_ALL = zxingcpp.BarcodeFormats([*_BAR_FORMATS, _FORMAT.DataMatrix, _FORMAT.QRCode])
_SQUARE_NAMES = ("DataMatrix", "QRCode")
_FIRST_LOOK_SIDE = 2000
# Larger pictures are first opened in half size, which JPEG does while decoding, in half the time.
_HALVED_SIDE = 3200
# Read over this share of its length across the bars, a code is no ghost of one unlucky line.
_SOLID_SHARE = 0.3
_BANDS = 5
# How blurred a band may be, in its own pixels (a thousand across the code), and how many rounds undo that.
_Blurs = tuple[tuple[float, int], ...]
_SLIGHT_BLURS: _Blurs = ((0.0, 0), (2.0, 10), (4.0, 10))
_HEAVY_BLURS: _Blurs = ((4.0, 30), (5.0, 30))
# A picture this small is worth doubling: a module of its code may be a single pixel.
_SMALL_SIDE = 400
# The largest QR version worth flattening: larger ones are not on labels, and cost too much.
_LARGEST_CREASED = 10


@dataclass(frozen=True)
class _Sighting:
    """One code as one look saw it: certain by itself, or so many witnesses' word."""

    value: DecodedValue
    witnesses: int
    is_certain: bool = False


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
    is_halved = max(header.width, header.height) >= _HALVED_SIDE
    picture = _opened(image_bytes, cv2.IMREAD_REDUCED_GRAYSCALE_2 if is_halved else cv2.IMREAD_GRAYSCALE)
    whole = partial(_opened, image_bytes, cv2.IMREAD_GRAYSCALE) if is_halved else None
    found: tuple[DecodedValue, ...] = ()
    tally = _Tally()
    looks = 0
    for look in _looks(picture, whole):
        looks += 1
        found = tally.add(look())
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
    """Counts how many witnesses saw which code of bars, and says when that is enough to believe it."""

    def __init__(self) -> None:
        self.witnesses: Counter[DecodedValue] = Counter()

    def add(self, sightings: list[_Sighting]) -> tuple[DecodedValue, ...]:
        certain = dict.fromkeys(sighting.value for sighting in sightings if sighting.is_certain)
        if certain:
            return tuple(certain)
        for sighting in sightings:
            self.witnesses[sighting.value] += sighting.witnesses
        value = _agreed(self.witnesses)
        return () if value is None else (value,)


def _agreed(witnesses: Counter[DecodedValue]) -> DecodedValue | None:
    """Give what at least two witnesses saw, and at least twice as many as saw anything else."""
    ranked = witnesses.most_common(2)
    rival = ranked[1][1] if len(ranked) > 1 else 0
    return ranked[0][0] if ranked and ranked[0][1] >= max(2, 2 * rival) else None


def _opened(image_bytes: bytes, flags: int) -> MatLike:
    picture = cv2.imdecode(np.frombuffer(image_bytes, np.uint8), flags | cv2.IMREAD_IGNORE_ORIENTATION)
    if picture is None:
        raise NotAnImage("This picture is damaged. Take the photo again.")
    height, width = picture.shape[:2]
    if min(height, width) < 16:
        # A single row of bars is a code too, but decoders want some height.
        return cv2.resize(picture, (max(width, 16), max(height, 16)), interpolation=cv2.INTER_NEAREST)
    return picture


def _looks(picture: MatLike, whole: Callable[[], MatLike] | None) -> Iterator[Callable[[], list[_Sighting]]]:
    """Give the ways to look at a picture, the likeliest and cheapest first.

    `whole` opens a picture that was opened in half size, for codes that are small in a large photograph.
    """
    first = _within(picture, _FIRST_LOOK_SIDE)
    yield lambda: _read_first(first)
    yield lambda: _read_prepared(cv2.bitwise_not(first), _SQUARES)
    yield lambda: _read_flattened(first)
    places = cache(partial(_places_of_bars, first))
    yield lambda: _read_bands(first, places(), _SLIGHT_BLURS)
    if whole is not None:
        yield lambda: _read_prepared(whole(), _ALL)
    yield lambda: _read_prepared(_contrast_evened(first), _ALL)
    if max(first.shape) <= _SMALL_SIDE:
        yield lambda: _read_prepared(_sharpened_double(first), _ALL)
    yield lambda: _read_prepared(_light_parts_only(first), _ALL)
    yield lambda: _read_prepared(_within(first, max(first.shape) // 2), _ALL)
    yield lambda: _read_prepared(_turned(_within(first, 640), 45), _BARS)
    yield lambda: _read_prepared(_thresholded(_within(first, 1000)), _ALL)
    yield lambda: _read_bands(first, places(), _HEAVY_BLURS)


def _read_first(picture: MatLike) -> list[_Sighting]:
    """Read the picture as it is; a code of bars seen over enough of their length is certain."""
    barcodes = zxingcpp.read_barcodes(picture, formats=_ALL, text_mode=zxingcpp.TextMode.Plain, try_invert=False)
    seen = [(_value(barcode), _Place.of(barcode)) for barcode in barcodes]
    sightings = []
    for value, place in seen:
        has_rival = any(other != value and there.overlaps(place) for other, there in seen)
        is_solid = place.height >= _SOLID_SHARE * place.width and not has_rival
        if is_solid or value.symbology in _SQUARE_NAMES:
            sightings.append(_Sighting(value, 1, is_certain=True))
        else:
            here = [_Sighting(value, 1), *_look_closer(picture, value, place)]
            is_agreed = not has_rival and _Tally().add(here) == (value,)
            sightings += [_Sighting(value, 1, is_certain=True)] if is_agreed else here
    return sightings


def _read_prepared(picture: MatLike, formats: zxingcpp.BarcodeFormats) -> list[_Sighting]:
    """Read a prepared picture: what it shows of bars is one witness's word, however many lines say so."""
    barcodes = zxingcpp.read_barcodes(
        picture, formats=formats, text_mode=zxingcpp.TextMode.Plain, try_invert=False, try_downscale=False
    )
    places = {_value(barcode): _Place.of(barcode) for barcode in barcodes}
    sightings = []
    for value, place in places.items():
        if value.symbology in _SQUARE_NAMES:
            sightings.append(_Sighting(value, 1, is_certain=True))
        else:
            sightings += [_Sighting(value, 1), *_look_closer(picture, value, place)]
    return sightings


def _look_closer(picture: MatLike, value: DecodedValue, place: "_Place") -> list[_Sighting]:
    """Look again where bars were read: magnified with more of their length, and if need be band by band."""
    magnified = _upright(picture, place, reach=1.3, height=max(place.height, place.width * 0.3), wide=600)
    barcodes = zxingcpp.read_barcodes(
        magnified,
        formats=_BARS,
        text_mode=zxingcpp.TextMode.Plain,
        try_rotate=False,
        try_downscale=False,
        try_invert=False,
    )
    seen = [_Sighting(each, 1) for each in dict.fromkeys(_value(barcode) for barcode in barcodes)]
    if [sighting.value for sighting in seen] == [value]:
        return seen
    return [*seen, *_witnesses(_bands(picture, place, reach=1.25), _SLIGHT_BLURS)]


def _value(barcode: zxingcpp.Barcode) -> DecodedValue:
    # Code 32 and PZN are Code 39 with a meaning, QR model 2 is QR: the symbology is what is printed.
    is_retail = barcode.symbology == _FORMAT.EANUPC
    name = (barcode.format if is_retail else barcode.symbology).name
    if name == "EAN13" and barcode.text.startswith("0"):
        # An EAN-13 with a leading zero is how zxing-cpp sees UPC-A: twelve digits as printed.
        return DecodedValue(barcode.text[1:], "UPCA", "]E0")
    return DecodedValue(barcode.text, name, barcode.symbology_identifier)


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


@dataclass(frozen=True)
class _Place:
    """Where bars stand: the centre, the width across all of them, the height along each, and the slope."""

    x: float
    y: float
    width: float
    height: float
    degrees: float

    @classmethod
    def of(cls, barcode: zxingcpp.Barcode) -> "_Place":
        """Say where zxing-cpp saw a code: as high as the lines that it could read."""
        seen = barcode.position
        corners = [(c.x, c.y) for c in (seen.top_left, seen.top_right, seen.bottom_right, seen.bottom_left)]
        a, b, c, d = np.array(corners, np.float64)
        across = (b + c - a - d) / 2
        x, y = (a + b + c + d) / 4
        height = float(np.abs(d - a).sum() + np.abs(c - b).sum()) / 2
        return cls(x, y, float(np.hypot(*across)), height, float(np.degrees(np.arctan2(across[1], across[0]))))

    def overlaps(self, other: "_Place") -> bool:
        return float(np.hypot(self.x - other.x, self.y - other.y)) < (self.width + other.width) / 4


def _read_bands(picture: MatLike, places: list[_Place], blurs: _Blurs) -> list[_Sighting]:
    """Read the places where bars run side by side band by band; wider too, where only a part was found."""
    sightings: list[_Sighting] = []
    for place in places:
        sightings += _witnesses(_bands(picture, place, reach=1.25), blurs) or _witnesses(
            _bands(picture, place, reach=2.0), blurs
        )
    return sightings


def _witnesses(bands: MatLike, blurs: _Blurs) -> list[_Sighting]:
    """Read each band on its own and count in how many the same code stands: each is its own witness.

    Averaging a band removes noise and moiré that no single line survives. Blur is undone only as far as it
    takes until two bands agree and nothing contradicts them.
    """
    seen: dict[DecodedValue, set[int]] = {}
    for sigma, rounds in blurs:
        for band, line in enumerate(_contrast_stretched(_deblurred(bands, sigma, rounds))):
            for value in _read_line(line):
                seen.setdefault(value, set()).add(band)
        if _agreed(Counter({value: len(witnesses) for value, witnesses in seen.items()})) is not None:
            break
    return [_Sighting(value, len(witnesses)) for value, witnesses in seen.items()]


def _places_of_bars(picture: MatLike) -> list[_Place]:
    places = []
    small = _within(picture, 800)
    scale = picture.shape[1] / small.shape[1]
    _, boxes = cv2.barcode.BarcodeDetector().detect(cv2.cvtColor(small, cv2.COLOR_GRAY2BGR))
    for corners in () if boxes is None else boxes[:3]:
        (x, y), (width, height), degrees = cv2.minAreaRect((corners * scale).astype(np.float32))
        if width < height:
            degrees, width, height = degrees + 90, height, width
        places.append(_Place(x, y, width, height * 0.8, degrees))
    return places


def _bands(picture: MatLike, place: _Place, reach: float) -> MatLike:
    """Turn a place upright, `reach` times as wide as it is, and average it into five lines of grey."""
    upright = _upright(picture, place, reach, height=max(place.height, 4), wide=int(1000 * reach))
    return cv2.resize(upright, (upright.shape[1], _BANDS), interpolation=cv2.INTER_AREA).astype(np.float32)


def _upright(picture: MatLike, place: _Place, reach: float, *, height: float, wide: int) -> MatLike:
    along = np.array([np.cos(np.radians(place.degrees)), np.sin(np.radians(place.degrees))])
    across = np.array([-along[1], along[0]])
    width = max(place.width, 16) * reach
    magnified = min(wide / width, 8.0)
    size = int(width * magnified), max(_BANDS, int(height * min(magnified, 2)))
    corner = np.array([place.x, place.y]) - along * width / 2 - across * height / 2
    source = np.array([corner, corner + along * width, corner + across * height], np.float32)
    target = np.array([[0, 0], [size[0], 0], [0, size[1]]], np.float32)
    turn = cv2.getAffineTransform(source, target)
    return cv2.warpAffine(picture, turn, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def _deblurred(lines: MatLike, sigma: float, rounds: int) -> MatLike:
    """Undo a lens's blur along lines (Richardson–Lucy): it invents no bars, unlike a filter that sharpens."""
    blurred = np.maximum(lines, 1)
    estimate: MatLike = np.full_like(blurred, blurred.mean()) if rounds else blurred
    size = (int(8 * sigma) | 1, 1)
    for _ in range(rounds):
        ratio = blurred / np.maximum(cv2.GaussianBlur(estimate, size, sigma), 0.001)
        estimate = cv2.multiply(estimate, cv2.GaussianBlur(ratio, size, sigma))
    return estimate


def _contrast_stretched(lines: MatLike) -> MatLike:
    reach = np.ones((1, 121), np.uint8)
    dark = cv2.blur(cv2.erode(lines, reach), (121, 1))
    light = cv2.blur(cv2.dilate(lines, reach), (121, 1))
    stretched: MatLike = np.clip((lines - dark) / np.maximum(light - dark, 8), 0, 1)
    return cv2.convertScaleAbs(stretched, alpha=255)


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


def _read_flattened(picture: MatLike) -> list[_Sighting]:
    """Flatten QR codes that were found and did not add up, as on a sleeve or a round bottle, and read them again.

    zxing-cpp corrects perspective, not creases. Its error correction still decides: nothing is guessed here.
    """
    sightings = []
    for barcode in zxingcpp.read_barcodes(picture, formats=_QR, try_invert=False, return_errors=True):
        version = str(barcode.extra.get("Version")) if isinstance(barcode.extra, dict) else ""
        if version.isdigit() and 2 <= int(version) <= _LARGEST_CREASED:
            seen = barcode.position
            corners = [(c.x, c.y) for c in (seen.top_left, seen.top_right, seen.bottom_right, seen.bottom_left)]
            sightings += _read_creased(picture, np.array(corners, np.float32), 17 + 4 * int(version))
    return sightings


def _read_creased(picture: MatLike, corners: MatLike, modules: int) -> list[_Sighting]:
    """Bend a grid over a QR code until its fixed patterns and its contrast fit best, in ever smaller steps."""
    module = float(np.linalg.norm(corners[1] - corners[0])) / modules
    inked = _ink(picture, module)
    unit = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    across, down = np.meshgrid(*[(np.arange(modules, dtype=np.float32) + 0.5) / modules] * 2)
    flat = cv2.perspectiveTransform(np.dstack([across, down]), cv2.getPerspectiveTransform(unit, corners))
    bends = _bends(across, down)
    amounts = np.zeros((2, len(bends)), np.float32)
    fixed = _fixed_patterns(modules)

    def sampled(by: MatLike) -> MatLike:
        x, y = (flat[..., axis] + np.tensordot(by[axis], bends, 1) for axis in (0, 1))
        return cv2.remap(inked, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    def fit(by: MatLike) -> float:
        grid = sampled(by)
        return float((grid * fixed)[fixed != 0].mean() + np.abs(grid[fixed == 0]).mean())

    best = fit(amounts)
    for step in np.repeat([0.8, 0.4, 0.2, 0.1], 3):
        for place in np.ndindex(amounts.shape):
            for change in (step * module, -step * module):
                bent = amounts.copy()
                bent[place] += change
                if (fitted := fit(bent)) > best:
                    best, amounts = fitted, bent
                    break
        cells = cv2.resize(np.where(sampled(amounts) > 0, 0, 255).astype(np.uint8), None, fx=6, fy=6, interpolation=0)
        page = cv2.copyMakeBorder(cells, 30, 30, 30, 30, cv2.BORDER_CONSTANT, value=(255,))
        if found := _read_prepared(page, _SQUARES):
            return found
    return []


def _ink(picture: MatLike, module: float) -> MatLike:
    """Say how dark each pixel is beside its neighbours, from -1.2 (paper) to 1.2 (ink), under any light."""
    smooth = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), module / 4)
    around = cv2.GaussianBlur(smooth, (0, 0), module * 4)
    spread = np.sqrt(cv2.GaussianBlur((smooth - around) ** 2, (0, 0), module * 4)) + 4
    inked: MatLike = np.clip((around - smooth) / spread, -1.2, 1.2)
    return inked


def _bends(across: MatLike, down: MatLike) -> MatLike:
    """Give the ways to bend a sheet: each edge, the middle, each corner, and an S along each axis."""
    back, up = 1 - across, 1 - down
    arch, rise = 4 * across * back, 4 * down * up
    corners = [across * down, back * up, across * up, back * down]
    waves = [2 * arch * (1 - 2 * across), 2 * rise * (1 - 2 * down)]
    return np.array([arch * up, arch * down, rise * back, rise * across, arch * rise, *corners, *waves], np.float32)


def _fixed_patterns(modules: int) -> MatLike:
    """Draw what every QR code of this size has: finders, timing and the last alignment pattern. ISO/IEC 18004."""
    fixed = np.zeros((modules, modules), np.float32)
    finder = cv2.copyMakeBorder(np.ones((3, 3), np.float32), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(-1,))
    finder = cv2.copyMakeBorder(finder, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(1,))
    alignment = cv2.copyMakeBorder(-np.ones((3, 3), np.float32), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(1,))
    alignment[2, 2] = 1
    fixed[:8, :8] = fixed[:8, -8:] = fixed[-8:, :8] = -1
    fixed[:7, :7] = fixed[:7, -7:] = fixed[-7:, :7] = finder
    timing = np.where(np.arange(8, modules - 8) % 2, -1, 1)
    fixed[6, 8:-8] = fixed[8:-8, 6] = timing
    fixed[-9:-4, -9:-4] = alignment
    return fixed

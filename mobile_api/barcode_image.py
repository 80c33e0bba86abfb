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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial

# A second wall behind our own caps; OpenCV reads it once, when it is first imported.
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", "60000000")

import cv2
import numpy as np
import zxingcpp
from cv2.typing import MatLike

from emar.picture_header import read_header
from mobile_api.decoded import (
    Decoded,
    DecodedValue,
    ImageRefused,
    NotAnImage,
    NothingFound,
    TooLarge,
    TwoCodes,
)
from mobile_api.picture_preparation import (
    Place,
    bands,
    contrast_evened,
    contrast_stretched,
    deblurred,
    flattened,
    light_parts_only,
    places_of_bars,
    sharpened_double,
    thresholded,
    turned,
    upright,
    within,
)
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
_SHORTEST_CODE39 = 5
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
    is_halved = max(header.width, header.height) >= _HALVED_SIDE and min(header.width, header.height) >= _SMALL_SIDE
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
    if not found and tally.witnesses and pyzbar is not None:
        found = tally.add(_read_by_second_voter(within(picture, _FIRST_LOOK_SIDE)))
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
    first = within(picture, _FIRST_LOOK_SIDE)
    yield lambda: _read_first(first)
    yield lambda: _read_prepared(cv2.bitwise_not(first), _SQUARES)
    yield lambda: _read_flattened(first)
    places = cache(partial(places_of_bars, first))
    yield lambda: _read_bands(first, places(), _SLIGHT_BLURS)
    if whole is not None:
        yield lambda: _read_prepared(whole(), _ALL)
    yield lambda: _read_prepared(contrast_evened(first), _ALL)
    yield lambda: _read_prepared(light_parts_only(first), _ALL)
    if max(first.shape) <= _SMALL_SIDE:
        yield lambda: _read_prepared(sharpened_double(first), _SQUARES)
    # Where nothing looks like bars, not even slanting, only square codes are left to look for.
    if places():
        yield lambda: _read_prepared(turned(within(first, 640), 45), _BARS)
    yield lambda: _read_prepared(thresholded(within(first, 640)), _ALL if places() else _SQUARES)
    yield lambda: _read_bands(first, places(), _HEAVY_BLURS, reaches=(2.0,))


def _read_first(picture: MatLike) -> list[_Sighting]:
    """Read the picture as it is; a code of bars seen over enough of their length is certain."""
    seen = _seen(picture, _ALL, try_downscale=True)
    sightings = []
    for value, place in seen:
        rivals = [there.height for other, there in seen if other != value and there.overlaps(place)]
        has_rival = bool(rivals)
        if value.symbology not in _SQUARE_NAMES and place.height < max(rivals, default=0.0):
            # A ghost inside a longer code, such as an EAN-8 in a UPC-A, spans fewer of its lines.
            continue
        # Code 39 carries no check character: one look never decides.
        is_solid = place.height >= _SOLID_SHARE * place.width and not has_rival and value.symbology != "Code39"
        if is_solid or value.symbology in _SQUARE_NAMES:
            sightings.append(_Sighting(value, 1, is_certain=True))
        else:
            here = [_Sighting(value, 1), *_look_closer(picture, value, place)]
            is_agreed = not has_rival and _Tally().add(here) == (value,)
            sightings += [_Sighting(value, 1, is_certain=True)] if is_agreed else here
    return sightings


def _read_prepared(picture: MatLike, formats: zxingcpp.BarcodeFormats) -> list[_Sighting]:
    """Read a prepared picture: what it shows of bars is one witness's word, however many lines say so."""
    sightings = []
    for value, place in dict(_seen(picture, formats)).items():
        if value.symbology in _SQUARE_NAMES:
            sightings.append(_Sighting(value, 1, is_certain=True))
        else:
            sightings += [_Sighting(value, 1), *_look_closer(picture, value, place)]
    return sightings


def _look_closer(picture: MatLike, value: DecodedValue, place: Place) -> list[_Sighting]:
    """Look again where bars were read: magnified with more of their length, and if need be band by band."""
    magnified = upright(picture, place, reach=1.3, height=max(place.height, place.width * 0.3), wide=600)
    seen = [_Sighting(each, 1) for each in dict(_seen(magnified, _BARS, try_rotate=False))]
    if [sighting.value for sighting in seen] == [value]:
        return seen
    return [*seen, *_witnesses(bands(picture, place, reach=1.25), _SLIGHT_BLURS)]


def _seen(
    picture: MatLike, formats: zxingcpp.BarcodeFormats, *, try_rotate: bool = True, try_downscale: bool = False
) -> list[tuple[DecodedValue, Place]]:
    """Let zxing-cpp read a picture: the codes and where they stand."""
    barcodes = zxingcpp.read_barcodes(
        picture,
        formats=formats,
        text_mode=zxingcpp.TextMode.Plain,
        try_rotate=try_rotate,
        try_downscale=try_downscale,
        try_invert=False,
    )
    seen = [(_value(barcode), Place.between(_corners(barcode))) for barcode in barcodes]
    # In noise, a few bars of anything look like a short Code 39.
    return [(value, at) for value, at in seen if value.symbology != "Code39" or len(value.text) >= _SHORTEST_CODE39]


def _value(barcode: zxingcpp.Barcode) -> DecodedValue:
    # Code 32 and PZN are Code 39 with a meaning, QR model 2 is QR: the symbology is what is printed.
    is_retail = barcode.symbology == _FORMAT.EANUPC
    name = (barcode.format if is_retail else barcode.symbology).name
    if name == "EAN13" and barcode.text.startswith("0"):
        # An EAN-13 with a leading zero is how zxing-cpp sees UPC-A: twelve digits as printed.
        return DecodedValue(barcode.text[1:], "UPCA", "]E0")
    return DecodedValue(barcode.text, name, barcode.symbology_identifier)


def _corners(barcode: zxingcpp.Barcode) -> list[tuple[float, float]]:
    """Say where zxing-cpp saw a code: bars only as high as the lines that it could read."""
    seen = barcode.position
    return [(c.x, c.y) for c in (seen.top_left, seen.top_right, seen.bottom_right, seen.bottom_left)]


def _read_bands(
    picture: MatLike, places: list[Place], blurs: _Blurs, *, reaches: Sequence[float] = (1.25, 2.0)
) -> list[_Sighting]:
    """Read the places where bars run side by side band by band; wider too, where only a part was found."""
    sightings: list[_Sighting] = []
    for place in places:
        for reach in reaches:
            if seen := _witnesses(bands(picture, place, reach=reach), blurs):
                sightings += seen
                break
    return sightings


def _witnesses(lines: MatLike, blurs: _Blurs) -> list[_Sighting]:
    """Read each band on its own and count in how many the same code stands: each is its own witness.

    Averaging a band removes noise and moiré that no single line survives. Blur is undone only as far as it
    takes until two bands agree and nothing contradicts them.
    """
    seen: dict[DecodedValue, set[int]] = {}
    for sigma, rounds in blurs:
        for band, line in enumerate(contrast_stretched(deblurred(lines, sigma, rounds))):
            for value in _read_line(line):
                seen.setdefault(value, set()).add(band)
        if _agreed(Counter({value: len(witnesses) for value, witnesses in seen.items()})) is not None:
            break
    return [_Sighting(value, len(witnesses)) for value, witnesses in seen.items()]


def _read_line(line: MatLike) -> list[DecodedValue]:
    strip = cv2.copyMakeBorder(np.repeat(line[None], 12, 0), 0, 0, 60, 60, cv2.BORDER_CONSTANT, value=(255,))
    return [value for value, _ in _seen(strip, _BARS, try_rotate=False)]


def _read_by_second_voter(picture: MatLike) -> list[_Sighting]:
    """Let pyzbar be one more witness to bars that zxing-cpp saw only once."""
    symbols = [getattr(pyzbar.ZBarSymbol, name) for name in ("EAN13", "EAN8", "CODE128", "CODE39")]
    names = {"CODE128": ("Code128", "]C0"), "CODE39": ("Code39", "]A0"), "EAN8": ("EAN8", "]E4")}
    values = []
    for seen in pyzbar.decode(picture, symbols=symbols):
        text = seen.data.decode("ascii", "replace")
        is_upc = seen.type == "EAN13" and text.startswith("0")
        retail = DecodedValue(text[1:], "UPCA", "]E0") if is_upc else DecodedValue(text, "EAN13", "]E0")
        values.append(DecodedValue(text, *names[seen.type]) if seen.type in names else retail)
    return [_Sighting(value, 1) for value in dict.fromkeys(values)]


def _read_flattened(picture: MatLike) -> list[_Sighting]:
    """Flatten QR codes that were found and did not add up, as on a sleeve or a round bottle, and read them again.

    zxing-cpp corrects perspective, not creases. Its error correction still decides: nothing is guessed here.
    """
    sightings = []
    for barcode in zxingcpp.read_barcodes(picture, formats=_QR, try_invert=False, return_errors=True):
        version = str(barcode.extra.get("Version")) if isinstance(barcode.extra, dict) else ""
        if version.isdigit() and 1 <= int(version) <= _LARGEST_CREASED:
            for page in flattened(picture, np.array(_corners(barcode), np.float32), 17 + 4 * int(version)):
                if found := _read_prepared(page, _SQUARES):
                    sightings += found
                    break
    return sightings

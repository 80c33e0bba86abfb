"""How a barcode is drawn on paper so that every scanner reads it: QR, Code 128, EAN-13 and GS1 DataMatrix.

Bars and cells are drawn as vectors, joined along each row, so that no printer leaves hairlines between them.
Sizes are in millimetres and include the quiet zone, which belongs to the code. python-barcode encodes the bars
and zxing-cpp the squares; reportlab's own DataMatrix is wrong for some characters. What stands on a label beside
its code is web.pdf.labels' job.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Literal

import zxingcpp
from barcode import EAN13, Code128
from barcode.errors import BarcodeError
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from stock.rules.codes import gtin_key
from stock.rules.gs1 import read_scan

Symbology = Literal["QRCode", "Code128", "EAN13", "DataMatrix"]

# Sizes that were read in every print test at 150 to 300 dots an inch.
QR_MM = 20.0
DATAMATRIX_MM = 12.0
CODE128_MODULE_MM = 0.375
EAN13_MODULE_MM = 0.33
# How many modules stay white around a code. ISO/IEC 18004, 16022, 15417, 15420.
QUIET_MODULES = {"QRCode": 4, "DataMatrix": 2, "Code128": 10, "EAN13": 11}


class NotPrintable(ValueError):
    """The text cannot be printed as this kind of barcode; the message says why."""


def draw_square(
    canvas: Canvas, text: str, *, symbology: Literal["QRCode", "DataMatrix"], x: float, y: float, side_mm: float
) -> None:
    """Draw a QR code (level M) or, for text in the form "(01)…(17)…", a GS1 DataMatrix.

    (x, y) is the lower left corner in points; the square includes its quiet zone. Raises NotPrintable.
    """
    rows = list(module_rows(text, symbology))
    module = side_mm * mm / (len(rows) + 2 * QUIET_MODULES[symbology])
    top = y + side_mm * mm - QUIET_MODULES[symbology] * module
    for number, row in enumerate(rows):
        _draw_row(canvas, row, x + QUIET_MODULES[symbology] * module, top - (number + 1) * module, module, module)


def draw_bars(
    canvas: Canvas,
    text: str,
    *,
    symbology: Literal["Code128", "EAN13"],
    x: float,
    y: float,
    height_mm: float,
    module_mm: float,
) -> None:
    """Draw Code 128 or EAN-13; (x, y) is the lower left corner in points, quiet zone included.

    Raises NotPrintable, for an EAN-13 with a wrong check digit as well: no digit is ever put right in silence.
    """
    row = _bars(text, symbology)
    module = module_mm * mm
    _draw_row(canvas, row, x + QUIET_MODULES[symbology] * module, y, module, height_mm * mm)


def bars_width_mm(text: str, symbology: Literal["Code128", "EAN13"], module_mm: float) -> float:
    """Say how wide `draw_bars` will be, quiet zones included."""
    return (len(_bars(text, symbology)) + 2 * QUIET_MODULES[symbology]) * module_mm


def module_rows(text: str, symbology: Symbology) -> Iterator[str]:
    """Give the modules of a code row by row, dark as "1", without quiet zone. Raises NotPrintable.

    Bars are one row, however tall they are drawn.
    """
    if symbology in ("Code128", "EAN13"):
        yield _bars(text, symbology)
        return
    image = memoryview(_square(text, symbology).to_image(scale=1, add_quiet_zones=False))
    height, width = image.shape
    pixels = image.tobytes()
    for top in range(height):
        yield "".join("1" if pixel == 0 else "0" for pixel in pixels[top * width : (top + 1) * width])


def _bars(text: str, symbology: Literal["Code128", "EAN13"]) -> str:
    # python-barcode would put a wrong check digit right and drop what is too long, both without a word.
    if symbology == "EAN13" and (len(text) != 13 or gtin_key(text) is None):
        raise NotPrintable(f"{text!r} is not an EAN-13 with a right check digit.")
    # It takes any letter that it has a pattern for, control characters included, which no label has.
    if symbology == "Code128" and not (text and text.isascii() and text.isprintable()):
        raise NotPrintable(f"{text!r} has characters that Code 128 cannot print.")
    encode = EAN13 if symbology == "EAN13" else Code128
    try:
        (row,) = encode(text).build()
    except BarcodeError as problem:
        raise NotPrintable(f"{text!r} cannot be printed as {symbology}: {problem}") from problem
    return row


def _square(text: str, symbology: Literal["QRCode", "DataMatrix"]) -> zxingcpp.Barcode:
    # The day only places expiry years in a century, which no barcode holds.
    if symbology == "DataMatrix" and read_scan(text, today=datetime.now(UTC).date()).kind != "gtin":
        raise NotPrintable(f"{text!r} is not a right GS1 message such as (01)05012345678900(17)271231.")
    if symbology == "DataMatrix" and not text.startswith("(01)"):
        raise NotPrintable(f"{text!r} must be written with brackets, such as (01)05012345678900(17)271231.")
    options = {"ec_level": "M"} if symbology == "QRCode" else {"gs1": True}
    try:
        return zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, symbology), **options)
    except ValueError as problem:
        raise NotPrintable(f"{text!r} cannot be printed as {symbology}: {problem}") from problem


def _draw_row(canvas: Canvas, row: str, x: float, y: float, module: float, height: float) -> None:
    for dark in re.finditer("1+", row):
        width = (dark.end() - dark.start()) * module
        canvas.rect(x + dark.start() * module, y, width, height, stroke=0, fill=1)

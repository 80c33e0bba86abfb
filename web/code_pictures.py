"""How a barcode is drawn on a screen: the same modules as on paper (web.pdf.barcodes), as an SVG in the page.

Sizes are attributes and colours are plain black on white, because a strict content security policy allows no
styles in the page, and because a scanner does not read a night theme.
"""

import re
from html import escape
from typing import Literal

from django.utils.safestring import SafeString, mark_safe

from web.pdf.barcodes import QUIET_MODULES, module_rows

Symbology = Literal["QRCode", "Code128", "EAN13", "DataMatrix"]
#: How many modules tall the bars of a one-line code are.
BARS_TALL = 46


def svg(text: str, symbology: Symbology, *, title: str, module: int = 4) -> SafeString:
    """Return the code as an SVG element, quiet zone included, `module` pixels to a module.

    Whole pixels for a module keep the edges sharp. Raises web.pdf.barcodes.NotPrintable.
    """
    rows = list(module_rows(text, symbology))
    is_bars = symbology in ("EAN13", "Code128")
    quiet = QUIET_MODULES[symbology]
    tall = BARS_TALL if is_bars else len(rows)
    width, height = len(rows[0]) + 2 * quiet, tall + 2 * (0 if is_bars else quiet)
    drawn = "".join(
        f"M{dark.start() + quiet} {number if is_bars else number + quiet}"
        f"h{dark.end() - dark.start()}v{tall if is_bars else 1}h-{dark.end() - dark.start()}z"
        for number, row in enumerate(rows[:1] if is_bars else rows)
        for dark in re.finditer("1+", row)
    )
    # Everything that is not a number here is escaped.
    return mark_safe(  # noqa: S308
        f'<svg class="code" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width * module}" height="{height * module}" shape-rendering="crispEdges" role="img" '
        f'aria-label="{escape(title)}"><rect width="{width}" height="{height}" fill="#fff"/>'
        f'<path d="{drawn}" fill="#000"/></svg>'
    )

"""What is printed to be scanned: pack labels, resident labels, staff badges, and sheets of codes to try.

Every label carries its code for the scanner, the same code in letters for fingers, and words for eyes: a code
that will not scan must never leave a carer guessing. Words are made smaller until they fit and are never cut
off. How bars are drawn is web.pdf.barcodes' job; who may print what is the page's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Literal, TypeVar

from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from stock.rules.codes import label_kind
from web.pdf.barcodes import (
    CODE128_MODULE_MM,
    EAN13_MODULE_MM,
    QR_MM,
    NotPrintable,
    bars_width_mm,
    draw_bars,
    draw_square,
)
from web.pdf.text import printable

Label = TypeVar("Label")
PLAIN, BOLD, CODE = "Helvetica", "Helvetica-Bold", "Courier-Bold"


@dataclass(frozen=True)
class Layout:
    """A page of labels, in millimetres: the page, how many across and down, one label, and where the first is."""

    name: str
    page: tuple[float, float]
    across: int
    down: int
    label: tuple[float, float]
    first: tuple[float, float]
    step: tuple[float, float]

    @property
    def each_page(self) -> int:
        """Say how many labels are on a page."""
        return self.across * self.down


A4 = (210.0, 297.0)
A4_24 = Layout("A4, 24 labels of 63.5 × 33.9 mm", A4, 3, 8, (63.5, 33.9), (7.2, 12.9), (66.0, 33.9))
A4_65 = Layout("A4, 65 labels of 38.1 × 21.2 mm", A4, 5, 13, (38.1, 21.2), (4.7, 10.7), (40.6, 21.2))
A4_10_BADGES = Layout("A4, 10 badges of 86 × 54 mm", A4, 2, 5, (86.0, 54.0), (14.0, 13.5), (96.0, 54.0))
ROLL_62_29 = Layout("roll, 62 × 29 mm", (62.0, 29.0), 1, 1, (62.0, 29.0), (0.0, 0.0), (62.0, 29.0))
ROLL_57_32 = Layout("roll, 57 × 32 mm", (57.0, 32.0), 1, 1, (57.0, 32.0), (0.0, 0.0), (57.0, 32.0))
LAYOUTS = (A4_24, A4_65, A4_10_BADGES, ROLL_62_29, ROLL_57_32)


@dataclass(frozen=True)
class PackLabel:
    """Our own label of one pack: whose it is, what it is, until when it may be used."""

    code: str
    resident: str
    room: str
    medicine: str
    strength_and_form: str
    expires: str = ""
    booked_in: str = ""


@dataclass(frozen=True)
class ResidentLabel:
    """A label for a resident's door, wrist or medicine box."""

    code: str
    name: str
    room: str
    born: str


@dataclass(frozen=True)
class StaffBadge:
    """A badge that signs its owner in together with a PIN."""

    code: str
    name: str
    role: str
    home: str


@dataclass(frozen=True)
class SheetCode:
    """One code of a sheet to try: what it is in words, and the code as its symbology takes it."""

    caption: str
    text: str
    symbology: Literal["QRCode", "Code128", "EAN13", "DataMatrix"]
    detail: str = ""


def pack_labels(labels: Sequence[PackLabel], *, layout: Layout = A4_24, skip: int = 0) -> bytes:
    """Print pack labels as a PDF, leaving out the first `skip` places of a part-used sheet.

    Raises NotPrintable for a code that is not one of our pack labels.
    """

    def draw(canvas: Canvas, label: PackLabel, box: "_Box") -> None:
        until = f"Use by {label.expires}" if label.expires else ""
        whose = f"{label.resident} · {label.room}" if label.room else label.resident
        lines = [_Line(label.medicine, BOLD, 11), _Line(label.strength_and_form, PLAIN, 10), _Line(whose, BOLD, 9)]
        small = " · ".join(part for part in (until, label.booked_in) if part)
        _code_and_words(canvas, box, label.code, [*lines, _Line(small, PLAIN, 7)])

    _refuse_other_codes([label.code for label in labels], "own_label")
    return _labels_pdf("Pack labels", labels, draw, layout=layout, skip=skip)


def resident_labels(labels: Sequence[ResidentLabel], *, layout: Layout = A4_24, skip: int = 0) -> bytes:
    """Print resident labels as a PDF. Raises NotPrintable for a code that is not a resident label's."""

    def draw(canvas: Canvas, label: ResidentLabel, box: "_Box") -> None:
        lines = [_Line(label.name, BOLD, 13), _Line(label.room, PLAIN, 10), _Line(f"Born {label.born}", PLAIN, 9)]
        _code_and_words(canvas, box, label.code, lines)

    _refuse_other_codes([label.code for label in labels], "resident")
    return _labels_pdf("Resident labels", labels, draw, layout=layout, skip=skip)


def staff_badges(badges: Sequence[StaffBadge], *, layout: Layout = A4_10_BADGES, skip: int = 0) -> bytes:
    """Print staff badges as a PDF; the code is not written in letters, for a badge is half a key.

    Raises NotPrintable for a code that is not a badge's.
    """

    def draw(canvas: Canvas, badge: StaffBadge, box: "_Box") -> None:
        lines = [_Line(badge.name, BOLD, 16), _Line(badge.role, PLAIN, 12), _Line(badge.home, PLAIN, 10)]
        _code_and_words(canvas, box, badge.code, lines, with_letters=False)

    _refuse_other_codes([badge.code for badge in badges], "badge")
    return _labels_pdf("Staff badges", badges, draw, layout=layout, skip=skip)


def code_sheet(title: str, codes: Sequence[SheetCode]) -> bytes:
    """Print a sheet of codes to try scanning, two across on A4, each with its words. Raises NotPrintable."""
    layout = Layout(title, A4, 2, 6, (92.0, 40.0), (10.0, 28.0), (98.0, 43.0))
    return _labels_pdf(title, codes, _draw_sheet_code, layout=layout, skip=0, heading=title)


def _refuse_other_codes(codes: Sequence[str], kind: str) -> None:
    for code in codes:
        if label_kind(code) != kind:
            raise NotPrintable(f"{code!r} is not the code of a label of this kind.")


@dataclass(frozen=True)
class _Box:
    """A label's place on the page, in points, without its margin."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class _Line:
    text: str
    font: str
    size: float


def _labels_pdf(
    title: str,
    labels: Sequence[Label],
    draw: Callable[[Canvas, Label, _Box], None],
    *,
    layout: Layout,
    skip: int,
    heading: str = "",
) -> bytes:
    written = BytesIO()
    canvas = Canvas(written, pagesize=(layout.page[0] * mm, layout.page[1] * mm), invariant=1)
    canvas.setTitle(title)
    for place, label in enumerate(labels, start=skip):
        if place % layout.each_page == 0 or place == skip:
            if place != skip:
                canvas.showPage()
            canvas.setFont(BOLD, 14)
            canvas.drawString(10 * mm, (layout.page[1] - 18) * mm, printable(heading))
        draw(canvas, label, _box(layout, place % layout.each_page))
    canvas.save()
    return written.getvalue()


def _box(layout: Layout, place: int) -> _Box:
    margin = 1.5 * mm
    x = (layout.first[0] + place % layout.across * layout.step[0]) * mm
    below = layout.first[1] + place // layout.across * layout.step[1] + layout.label[1]
    y = (layout.page[1] - below) * mm
    return _Box(x + margin, y + margin, layout.label[0] * mm - 2 * margin, layout.label[1] * mm - 2 * margin)


def _code_and_words(canvas: Canvas, box: _Box, code: str, lines: Sequence[_Line], *, with_letters: bool = True) -> None:
    """Draw a QR code at the left, and the words beside it as large as they fit."""
    letters = 3.2 * mm if with_letters else 0.0
    side = min(QR_MM * mm, box.height - letters, box.width * 0.45)
    bottom = box.y + letters + (box.height - letters - side) / 2
    draw_square(canvas, code, symbology="QRCode", x=box.x, y=bottom, side_mm=side / mm)
    if with_letters:
        canvas.setFont(CODE, _size_that_fits(code, CODE, 8.5, side))
        canvas.drawCentredString(box.x + side / 2, bottom - letters * 0.75, code)
    gap = 1.5 * mm
    _words(canvas, _Box(box.x + side + gap, box.y, box.width - side - gap, box.height), lines)


def _words(canvas: Canvas, box: _Box, lines: Sequence[_Line]) -> None:
    """Write lines from the top, wrapped between words, all smaller by the same share until they fit."""
    for percent in range(100, 29, -5):
        wrapped = [
            (part, line.font, line.size * percent / 100)
            for line in lines
            if line.text
            for part in simpleSplit(printable(line.text), line.font, line.size * percent / 100, box.width)
        ]
        fits_across = all(stringWidth(part, font, size) <= box.width for part, font, size in wrapped)
        if fits_across and sum(size * 1.15 for _, _, size in wrapped) <= box.height:
            break
    else:
        raise NotPrintable("These words do not fit on this label: " + " / ".join(line.text for line in lines))
    y = box.y + box.height
    for part, font, size in wrapped:
        y -= size * 1.15
        canvas.setFont(font, size)
        canvas.drawString(box.x, y + size * 0.25, part)


def _size_that_fits(text: str, font: str, size: float, width: float) -> float:
    return min(size, size * width / stringWidth(text, font, size))


def _draw_sheet_code(canvas: Canvas, code: SheetCode, box: _Box) -> None:
    """Draw one code of a sheet: square ones beside their words, bars under them."""
    canvas.setLineWidth(0.3)
    canvas.rect(box.x, box.y, box.width, box.height, stroke=1, fill=0)
    inner = _Box(box.x + 2 * mm, box.y + 1.5 * mm, box.width - 4 * mm, box.height - 3 * mm)
    lines = [_Line(code.caption, BOLD, 11), _Line(code.detail, PLAIN, 9), _Line(code.text, CODE, 7)]
    if code.symbology == "QRCode" or code.symbology == "DataMatrix":
        side = 24 * mm
        draw_square(canvas, code.text, symbology=code.symbology, x=inner.x, y=inner.y + 5 * mm, side_mm=side / mm)
        words = _Box(inner.x + side + 2 * mm, inner.y, inner.width - side - 2 * mm, inner.height)
        _words(canvas, words, lines)
        return
    module = CODE128_MODULE_MM if code.symbology == "Code128" else EAN13_MODULE_MM
    module = min(module, module * inner.width / mm / bars_width_mm(code.text, code.symbology, module))
    draw_bars(canvas, code.text, symbology=code.symbology, x=inner.x, y=inner.y, height_mm=15, module_mm=module)
    _words(canvas, _Box(inner.x, inner.y + 16 * mm, inner.width, inner.height - 16 * mm), lines)

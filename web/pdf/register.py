"""One page of the controlled drugs register on paper: every line with its running balance, and whose page it is."""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from io import BytesIO

from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table, TableStyle

from emar.queries.register import CountNote, Entry, Page, PageRow
from emar.rules.amounts import plain
from emar.rules.wall_clock import local
from stock.rules.differences import OUTCOMES, reason_words
from web.pdf.sheet import foot, words_on_paper
from web.record_words import moment_words, unit_for

CELL = ParagraphStyle("cell", fontName="Helvetica", fontSize=8, leading=10, splitLongWords=1)
STRONG = ParagraphStyle("strong", parent=CELL, fontName="Helvetica-Bold")
NUMBER = ParagraphStyle("number", parent=CELL, alignment=TA_RIGHT)
BALANCE = ParagraphStyle("balance", parent=STRONG, alignment=TA_RIGHT)
TITLE = ParagraphStyle("title", parent=STRONG, fontSize=13, leading=16)
MARGIN, HEAD = 12 * mm, 26 * mm
HEADINGS = ("Date, time", "What", "From or to whom", "In", "Out", "Wasted", "Given or done by", "Witness", "Balance")
WIDTHS = [each * mm for each in (25, 66, 42, 16, 16, 16, 36, 36, 20)]


def register_pdf(home_name: str, page: Page, rows: Sequence[PageRow], at: datetime) -> bytes:
    """Return a page of the register as a PDF, whose it is on each of its sheets; nothing is cut off."""
    file = BytesIO()
    document = SimpleDocTemplate(
        file, pagesize=landscape(A4), leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN + HEAD,
        bottomMargin=14 * mm, title="Controlled drugs register", invariant=1,
    )  # fmt: skip
    cells = [[_cell(each, STRONG) for each in HEADINGS]]
    cells += [cells_of for row in rows if (cells_of := _cells(row))]
    if len(cells) == 1:
        cells.append([_cell("Nothing has moved on this page yet."), *[_cell("")] * 8])
    table = Table(cells, colWidths=WIDTHS, repeatRows=1)
    shaded = [
        ("BACKGROUND", (0, place), (-1, place), colors.HexColor("#f0f4f5"))
        for place, row in enumerate(rows, start=1)
        if row.count
    ]
    table.setStyle(
        TableStyle(
            [
                ("GRID", (0, 0), (-1, -1), 0.5, colors.black),
                ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#d8dde0")),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                *shaded,
            ]
        )
    )
    frame = _on_every_sheet(home_name, page, at)
    document.build([table], onFirstPage=frame, onLaterPages=frame)
    return file.getvalue()


def _cells(row: PageRow) -> list[Paragraph]:
    if row.entry is not None:
        return _entry(row.entry)
    return _count(row.count) if row.count is not None else []


def _entry(each: Entry) -> list[Paragraph]:
    words = each.words if not each.note else f"{each.words}. {each.note}"
    witness = each.witness or "none"
    if each.witness_counted is not None:
        witness += f", counted {plain(each.witness_counted)}"
    return [
        _cell(_when(each.at)), _cell(words), _cell(each.party), _number(each.came_in), _number(each.went_out),
        _number(each.wasted), _cell(each.by or "not known"), _cell(witness), _cell(plain(each.balance), BALANCE),
    ]  # fmt: skip


def _count(each: CountNote) -> list[Paragraph]:
    words = f"{'Counted again' if each.is_recount else 'Counted'}: {plain(each.counted)}. "
    words += "Agrees with the book." if each.agrees else f"The book said {plain(each.book)}."
    case = each.discrepancy
    if case is not None and case.closed_at is not None:
        words += f" Signed {moment_words(case.closed_at)}: {reason_words(case.reason_code)}. {case.reason}"
        words += f" {OUTCOMES[case.outcome]}." if case.outcome in OUTCOMES else ""
    elif case is not None and not each.agrees:
        words += " Open."
    return [
        _cell(_when(each.at)), _cell(words), *[_cell("")] * 4, _cell(each.by), _cell(each.witness or "none"),
        _number(each.book),
    ]  # fmt: skip


def _when(moment: datetime) -> str:
    return f"{local(moment):%d/%m/%Y %H:%M}"


def _cell(words: str, style: ParagraphStyle = CELL) -> Paragraph:
    return words_on_paper(words, style)


def _number(quantity: Decimal | None) -> Paragraph:
    return _cell("" if quantity is None else plain(quantity), NUMBER)


def _on_every_sheet(home_name: str, page: Page, at: datetime) -> Callable[[Canvas, SimpleDocTemplate], None]:
    line = page.line
    resident = line.resident
    whose = f"{resident.full_name}, born {resident.born_on:%d/%m/%Y}" if resident else "The home's own stock"
    strength = " ".join(filter(None, (line.medicine.form, line.medicine.strength)))
    lines = [
        (f"Controlled drugs register: {line.medicine.name}", TITLE),
        (f"{home_name}. {whose}. {strength}. Counted in {unit_for(line.unit, Decimal(2))}.", CELL),
        (f"Balance {plain(page.balance)} as at {moment_words(at)}. Lines come from doses, deliveries and returns as "
         "they were recorded; a correction is a line of its own.", CELL),
    ]  # fmt: skip

    width, height = landscape(A4)
    footer = foot(f"{home_name}, {whose}", width=width, margin=MARGIN, sheet="Sheet")

    def draw(canvas: Canvas, document: SimpleDocTemplate) -> None:
        top = height - MARGIN
        for words, style in lines:
            paragraph = _cell(words, style)
            _, used = paragraph.wrap(width - 2 * MARGIN, HEAD)
            top -= used
            paragraph.drawOn(canvas, MARGIN, top)
        footer(canvas, document)

    return draw

"""An order on paper: for whom, what and how much, by patient, in the order of a proxy-ordering screen."""

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from itertools import groupby
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from emar.rules.amounts import plain
from ordering.rules.order_paper import OrderPaper, PaperLine
from web.pdf.sheet import EDGE, SHADE, foot, words_on_paper
from web.pdf.text import printable
from web.record_words import moment_words, nhs_number, unit_for

CELL = ParagraphStyle("cell", fontName="Helvetica", fontSize=9.5, leading=12, splitLongWords=1)
SMALL = ParagraphStyle("small", parent=CELL, fontSize=8, leading=10, textColor=colors.HexColor("#425563"))
STRONG = ParagraphStyle("strong", parent=CELL, fontName="Helvetica-Bold")
TITLE = ParagraphStyle("title", parent=STRONG, fontSize=17, leading=21)
WIDTHS = [9 * mm, 72 * mm, 58 * mm, 26 * mm, 21 * mm]
HEADINGS = ("", "Medicine and strength", "Directions", "Quantity", "Packs")


def order_pdf(paper: OrderPaper) -> bytes:
    """Return an order as a PDF. Nothing is cut off, a patient's items stay together, and every page names the order."""
    file = BytesIO()
    title = f"{'Interim medicines order' if paper.is_interim else 'Medicines order'} {paper.number}"
    document = SimpleDocTemplate(
        file, pagesize=A4, leftMargin=12 * mm, rightMargin=12 * mm, topMargin=14 * mm, bottomMargin=16 * mm,
        title=title, author=printable(paper.home), invariant=1,
    )  # fmt: skip
    story = [_cell(title, TITLE), Spacer(1, 3 * mm), _facts(paper), Spacer(1, 5 * mm)]
    place = 0
    for _, found in groupby(paper.lines, key=lambda each: (each.resident, each.born_on, each.nhs_number)):
        lines = list(found)
        story += [KeepTogether(_patient(lines, place + 1)), Spacer(1, 3 * mm)]
        place += len(lines)
    story += [Spacer(1, 3 * mm), KeepTogether(_answer(paper))]
    footer = foot(f"{title}, {paper.home}. Confidential: patient information.")
    document.build(story, onFirstPage=footer, onLaterPages=footer)
    return file.getvalue()


def _facts(paper: OrderPaper) -> Table:
    items = f"{len(paper.lines)} item{'s' if len(paper.lines) != 1 else ''} for {paper.residents} patient"
    facts = [
        ("From", f"{paper.home}{f', telephone {paper.telephone}' if paper.telephone else ''}"),
        ("To", paper.recipient),
        ("What", f"{items}{'s' if paper.residents != 1 else ''}"),
        ("Covers", f"{_day(paper.covers_from)} to {_day(paper.covers_until)}"),
        ("Needed here by", _day(paper.arrives_on)),
        ("Approved by", f"{paper.approved_by}, {moment_words(paper.approved_at)}"),
        ("Answers to", paper.reply_to),
        ("Why it cannot wait", paper.reason),
    ]
    table = Table(
        [[_cell(name, STRONG), _cell(words)] for name, words in facts if words], colWidths=[36 * mm, 150 * mm]
    )
    tight = [("VALIGN", (0, 0), (-1, -1), "TOP")]
    tight += [(padding, (0, 0), (-1, -1), 1) for padding in ("TOPPADDING", "BOTTOMPADDING")]
    table.setStyle(TableStyle(tight))
    return table


def _patient(lines: Sequence[PaperLine], first: int) -> list[Table]:
    who = lines[0]
    number = f"NHS {nhs_number(who.nhs_number)}" if who.nhs_number else "NHS number not known"
    head = f"<b>{escape(printable(who.resident))}</b>, born {_day(who.born_on)}, {number}"
    rows = [
        [Paragraph(head, CELL), "", "", "", ""],
        [_cell(words, SMALL) for words in HEADINGS],
        *([*_row(each, place)] for place, each in enumerate(lines, start=first)),
    ]
    table = Table(rows, colWidths=WIDTHS, repeatRows=2)
    table.setStyle(
        TableStyle(
            [
                ("SPAN", (0, 0), (-1, 0)),
                ("BACKGROUND", (0, 0), (-1, 0), SHADE),
                ("BOX", (0, 0), (-1, -1), 0.8, EDGE),
                ("LINEBELOW", (0, 1), (-1, -1), 0.4, EDGE),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("TOPPADDING", (0, 1), (-1, 1), 1),
                ("BOTTOMPADDING", (0, 1), (-1, 1), 1),
            ]
        )
    )
    return [table]


def _row(each: PaperLine, place: int) -> list[Paragraph]:
    notes = [
        *(["this brand only"] if each.is_brand else []),
        *(["controlled drug"] if each.is_controlled else []),
        *([each.note] if each.note else []),
    ]
    medicine = f"<b>{escape(printable(each.medicine))}</b>"
    if notes:
        medicine += f"<br/>{escape(printable('; '.join(notes)))}"
    return [
        _cell(str(place), SMALL),
        Paragraph(medicine, CELL),
        _cell(each.directions),
        _cell(f"{plain(each.quantity)} {unit_for(each.unit, each.quantity)}", STRONG),
        _cell(each.packs.replace("×", "x")),
    ]


def _answer(paper: OrderPaper) -> list[Table]:
    words = (
        "What cannot be issued or supplied, and why (please answer"
        f"{f' to {paper.reply_to}' if paper.reply_to else ''}{f' or {paper.telephone}' if paper.telephone else ''}):"
    )
    table = Table([[_cell(words, SMALL)], [""]], colWidths=[186 * mm], rowHeights=[None, 18 * mm])
    table.setStyle(TableStyle([("BOX", (0, 0), (-1, -1), 0.5, EDGE)]))
    return [table]


def _cell(words: str, style: ParagraphStyle = CELL) -> Paragraph:
    return words_on_paper(words, style)


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"

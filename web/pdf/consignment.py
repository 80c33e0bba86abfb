"""The list that goes with returned medicines, on paper: what left, why, who was there, and places to sign."""

from io import BytesIO
from typing import Any

from reportlab.lib import colors
from reportlab.lib.enums import TA_LEFT
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from emar.rules.amounts import plain
from stock.queries.disposal import Sent
from web.pdf.sheet import SHADE, foot, words_on_paper
from web.record_words import moment_words, unit_for

CELL = ParagraphStyle("cell", fontName="Helvetica", fontSize=8.5, leading=10.5, alignment=TA_LEFT, splitLongWords=1)
STRONG = ParagraphStyle("strong", parent=CELL, fontName="Helvetica-Bold")
TITLE = ParagraphStyle("title", parent=STRONG, fontSize=15, leading=19)
WIDTHS = [42 * mm, 66 * mm, 26 * mm, 26 * mm, 34 * mm, 52 * mm, 24 * mm]
HEADINGS = ("Resident", "Medicine and strength", "Quantity", "Pack, batch", "Expiry, opened", "Reason", "CD")


def consignment_pdf(home_name: str, sent: Sent) -> bytes:
    """Return the list of one consignment as a PDF: every medicine in it, and lines for those who sign.

    Nothing is cut off: a long name goes over several lines, a long list over several pages with its headings again.
    """
    kept = sent.consignment
    file = BytesIO()
    document = SimpleDocTemplate(
        file, pagesize=landscape(A4), leftMargin=12 * mm, rightMargin=12 * mm, topMargin=12 * mm, bottomMargin=14 * mm,
        title="Medicines returned or destroyed", invariant=1,
    )  # fmt: skip
    facts = [
        ("Home", home_name),
        ("Date", moment_words(kept.sent_at)),
        ("Where to", " – ".join(filter(None, (kept.get_goes_to_display(), kept.receiver)))),
        ("Taken away by", kept.collected_by),
        ("Written down by", kept.sent_by.full_name),
        ("Second person", kept.witness.full_name if kept.witness else "nobody"),
        ("Before the end of the days after a death", kept.early_reason),
        ("Note", kept.note),
        ("Number of the list", str(kept.pk)),
    ]
    rows = [
        [_cell(words, STRONG) for words in HEADINGS],
        *([_cell(each) for each in _row(row)] for row in sent.disposals),
    ]
    table = Table(rows, colWidths=WIDTHS, repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("GRID", (0, 0), (-1, -1), 0.5, colors.black),
                ("BACKGROUND", (0, 0), (-1, 0), SHADE),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ]
        )
    )
    story = [
        _cell("Medicines returned or destroyed", TITLE),
        Spacer(1, 2 * mm),
        *(_cell(f"{name}: {words}") for name, words in facts if words),
        Spacer(1, 4 * mm),
        table,
        Spacer(1, 8 * mm),
        _signatures(),
    ]
    footer = foot(home_name, width=landscape(A4)[0])
    document.build(story, onFirstPage=footer, onLaterPages=footer)
    return file.getvalue()


def _row(row: Any) -> tuple[str, ...]:
    line, pack = row.line, row.pack
    medicine = line.medicine
    strength = "" if not medicine.strength or medicine.strength in medicine.name else f", {medicine.strength}"
    days = []
    if pack and pack.expires_on:
        days.append(f"expires {pack.expires_on:%d/%m/%Y}")
    if pack and pack.opened_on:
        days.append(f"opened {pack.opened_on:%d/%m/%Y}")
    control = ("CD, denatured" if row.is_denatured else "CD") if row.is_controlled else ""
    return (
        line.resident.full_name if line.resident else "The home",
        f"{medicine.name}{strength}",
        f"{plain(row.quantity)} {unit_for(row.unit, row.quantity)}",
        ", ".join(filter(None, (pack.label_code, pack.batch and f"batch {pack.batch}"))) if pack else "",
        ", ".join(days),
        ": ".join(filter(None, (row.get_reason_display(), row.words))),
        control,
    )


def _cell(words: str, style: ParagraphStyle = CELL) -> Paragraph:
    return words_on_paper(words, style)


def _signatures() -> Table:
    people = ("Sent by", "Second person", "Collected by")
    table = Table(
        [[_cell(f"{name}: name, signature, date and time") for name in people], ["", "", ""]],
        colWidths=[90 * mm] * 3, rowHeights=[None, 14 * mm],
    )  # fmt: skip
    table.setStyle(TableStyle([("BOX", (n, 0), (n, 1), 0.5, colors.black) for n in range(3)]))
    return table

"""What do printed sheets have in common: words that can be printed, tables with lines, and a foot on every page?"""

from collections.abc import Callable
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, TableStyle

from web.pdf.text import printable

Foot = Callable[[Canvas, SimpleDocTemplate], None]
EDGE, SHADE = colors.HexColor("#768692"), colors.HexColor("#e8edee")
GRID = TableStyle(
    [
        ("GRID", (0, 0), (-1, -1), 0.4, EDGE),
        ("BACKGROUND", (0, 0), (-1, 0), SHADE),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ]
)


def words_on_paper(words: str, style: ParagraphStyle) -> Paragraph:
    """Return words as a paragraph: with the letters there are, their line breaks kept, and nothing read as markup."""
    return Paragraph(escape(printable(words)).replace("\n", "<br/>"), style)


def foot(words: str = "", *, width: float = A4[0], margin: float = 12 * mm, sheet: str = "Page") -> Foot:
    """Return what draws the foot of every page: words on the left, the page's number on the right."""

    def draw(canvas: Canvas, document: SimpleDocTemplate) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.drawString(margin, 9 * mm, printable(words))
        canvas.drawRightString(width - margin, 9 * mm, f"{sheet} {document.page}")

    return draw

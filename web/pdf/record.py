"""A resident's whole record on paper, for somebody who asks for their own data: every row of every table, in words.

What stands in it is emar.queries.record_export's answer; this file only lays it out. A chart to work with is the
MAR's job.
"""

import json
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from emar.queries.record_export import Exported
from web.pdf.text import printable, wrapped

A4 = (210 * mm, 297 * mm)
MARGIN, INDENT = 18 * mm, 44 * mm
PLAIN, BOLD = "Helvetica", "Helvetica-Bold"
SIZE, STEP = 8.5, 11.0
#: Bytes are not for reading: they are in the JSON, and a picture in a file of its own.
NOT_PRINTED = {"jpeg"}


class _Paper:
    """Writes lines from the top of a page downwards, and starts another page when one is full."""

    def __init__(self, canvas: Canvas, title: str) -> None:
        self.canvas, self.title, self.page = canvas, title, 0
        self._start()

    def _start(self) -> None:
        self.page += 1
        self.y = A4[1] - MARGIN
        self.canvas.setFont(PLAIN, 7.5)
        self.canvas.drawString(MARGIN, MARGIN / 2, printable(self.title))
        self.canvas.drawRightString(A4[0] - MARGIN, MARGIN / 2, f"Page {self.page}")

    def room_for(self, lines: int) -> None:
        """Start another page unless so many lines fit on this one."""
        if self.y - lines * STEP < MARGIN:
            self.canvas.showPage()
            self._start()

    def line(self, words: str, *, font: str = PLAIN, size: float = SIZE, indent: float = 0) -> None:
        """Write words, over as many lines as they need."""
        for each in wrapped(words, font, size, A4[0] - 2 * MARGIN - indent) or [""]:
            self.room_for(1)
            self.y -= STEP * max(size / SIZE, 1)
            self.canvas.setFont(font, size)
            self.canvas.drawString(MARGIN + indent, self.y, each)

    def pair(self, name: str, value: str) -> None:
        """Write a name with its value beside it."""
        lines = wrapped(value, PLAIN, SIZE, A4[0] - 2 * MARGIN - INDENT) or [""]
        for place, each in enumerate(lines):
            self.room_for(1)
            self.y -= STEP
            self.canvas.setFont(PLAIN, SIZE)
            if place == 0:
                self.canvas.setFillGray(0.35)
                self.canvas.drawString(MARGIN, self.y, printable(name))
                self.canvas.setFillGray(0)
            self.canvas.drawString(MARGIN + INDENT, self.y, each)


def record_pdf(title: str, tables: Sequence[Exported], people: Mapping[int, str]) -> bytes:
    """Return the record as a PDF: a heading for each table with what it is, then row after row.

    `people` are the names of the staff whose numbers stand in it.
    """
    file = BytesIO()
    canvas = Canvas(file, pagesize=A4)
    canvas.setTitle(printable(title))
    paper = _Paper(canvas, title)
    paper.line(title, font=BOLD, size=16)
    paper.line("Everything that this system holds, table by table. Times are in UTC.")
    for table in tables:
        paper.room_for(5)
        paper.y -= STEP
        paper.line(f"{table.model} ({len(table.rows)})", font=BOLD, size=12)
        paper.line(table.meaning)
        for row in table.rows:
            paper.room_for(3)
            paper.y -= STEP / 2
            for name, value in row.items():
                if value not in (None, "", [], {}):
                    paper.pair(name.removesuffix("_id").replace("_", " "), _words(name, value, people))
    canvas.save()
    return file.getvalue()


def _words(name: str, value: Any, people: Mapping[int, str]) -> str:
    if name in NOT_PRINTED:
        return "a picture, in a file beside this one"
    if isinstance(value, int) and not isinstance(value, bool) and name.endswith(("_by_id", "witness_id")):
        return people.get(value, str(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

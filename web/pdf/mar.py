"""A printed MAR chart: who it is about on every page, the grid, then everything that needs words.

A4 landscape, one chart after the other, each with pages of its own ("page 2 of 3"). Names and words are never
cut off; a chart takes as many pages as it needs. Whoever holds one sheet knows whose it is, what they must not
have, what the letters mean, who printed it when, and where the home's ledger ended. The grid's cells are
web.pdf.mar_grid's.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import TypeVar

from reportlab import rl_config
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from emar.queries.mar import Block, Entry, MarChart
from emar.rules.outcomes import is_given
from emar.rules.wall_clock import local_day
from web import record_words
from web.letters import key, letters_with
from web.pdf.mar_grid import (
    BOLD,
    HEAD_HEIGHT,
    PLAIN,
    Grid,
    Line,
    RowPart,
    draw_block,
    draw_hatching,
    draw_head,
    rows_of,
    words_of,
)
from web.pdf.text import printable, wrapped

WIDTH, HEIGHT = landscape(A4)
SIDE, TOP, BOTTOM = 22.0, 18.0, 16.0
PHOTO = 50.0
ALLERGY_WIDTH = 262.0
COLUMNS, GUTTER = 3, 14.0
Part = TypeVar("Part", Line, RowPart)
Drawing = Callable[[Canvas], None]


@dataclass(frozen=True)
class Printed:
    """Who printed a chart when, and for which home."""

    home_name: str
    by: str
    at: datetime


def mar_pdf(charts: Sequence[MarChart], printed: Printed, *, title: str = "MAR chart") -> bytes:
    """Return the charts as one PDF, each beginning on a new page."""
    # Streams as they are: written as letters they take longer to make and to read, for nobody's benefit.
    rl_config.useA85 = 0
    written = BytesIO()
    canvas = Canvas(written, pagesize=(WIDTH, HEIGHT), invariant=1)
    canvas.setTitle(title)
    canvas.setSubject(f"Medicines administration record, {printed.home_name}")
    for chart in charts:
        sheet = _Sheet(chart, printed)
        pages = _Pages(chart, printed, sheet).pages
        for number, page in enumerate(pages, start=1):
            sheet.draw(canvas, number, len(pages))
            for draw in page:
                canvas.saveState()
                draw(canvas)
                canvas.restoreState()
            canvas.showPage()
    if not charts:
        canvas.setFont(BOLD, 12)
        canvas.drawString(SIDE, HEIGHT - 60, "Nobody lives here now.")
        canvas.showPage()
    canvas.save()
    return written.getvalue()


class _Sheet:
    """What stands on every page of a chart: whose it is above, the key and the print's own words below."""

    def __init__(self, chart: MarChart, printed: Printed) -> None:
        self.chart, self.printed = chart, printed
        resident = chart.line.resident
        self.heading, said = record_words.allergy_words(chart.line.allergies)
        self.allergies = wrapped(said, BOLD, 8.5, ALLERGY_WIDTH - 12)
        number = record_words.nhs_number(resident.nhs_number) if resident.nhs_number else "not known"
        likes = f" · Likes to be called {resident.preferred_name}" if resident.preferred_name else ""
        width = WIDTH - 2 * SIDE - PHOTO - ALLERGY_WIDTH - 24
        self.facts = [
            *wrapped(f"Born {record_words.day(resident.born_on)} · NHS number {number}{likes}", BOLD, 8.6, width),
            *wrapped(f"Room {resident.room}, {resident.unit.name} · {printed.home_name}", PLAIN, 8, width),
            *wrapped(f"GP {resident.gp_practice or 'not recorded'} · Pharmacy {resident.pharmacy or 'not recorded'}",
                     PLAIN, 8, width),
        ]  # fmt: skip
        self.name = wrapped(resident.full_name, BOLD, 16, width)
        self.key = _key_words(chart)

    @property
    def body_top(self) -> float:
        """Where the body of a page begins."""
        said = len(self.name) * 18 + len(self.facts) * 10.6
        return HEIGHT - TOP - 14 - max(PHOTO, said, 20 + len(self.allergies) * 10.4) - 8

    @property
    def body_bottom(self) -> float:
        """Where the body of a page ends."""
        return BOTTOM + 12 + len(self.key) * 7.8 + 10

    def draw(self, canvas: Canvas, number: int, count: int) -> None:
        """Draw the page's head and foot."""
        canvas.saveState()
        self._draw_top_line(canvas, number, count)
        top = HEIGHT - TOP - 14
        self._draw_photo(canvas, top)
        x, y = SIDE + PHOTO + 10, top
        for words in self.name:
            y -= 16
            canvas.setFont(BOLD, 16)
            canvas.drawString(x, y, words)
        y -= 3
        for place, words in enumerate(self.facts):
            y -= 10.6
            canvas.setFont(BOLD if place == 0 else PLAIN, 8.6 if place == 0 else 8)
            canvas.drawString(x, y, words)
        self._draw_allergies(canvas, top)
        self._draw_foot(canvas)
        canvas.restoreState()

    def _draw_top_line(self, canvas: Canvas, number: int, count: int) -> None:
        days = self.chart.days
        y = HEIGHT - TOP - 8
        canvas.setFont(BOLD, 9.5)
        canvas.drawString(SIDE, y, "Medicines administration record (MAR)")
        canvas.drawCentredString(WIDTH / 2, y, f"{record_words.day(days[0])} to {record_words.day(days[-1])}")
        canvas.drawRightString(WIDTH - SIDE, y, f"Page {number} of {count}")

    def _draw_photo(self, canvas: Canvas, top: float) -> None:
        try:
            picture = ImageReader(BytesIO(self.chart.photo)) if self.chart.photo else None
        except OSError:
            # A picture that cannot be read must not keep a chart from being printed.
            picture = None
        canvas.setLineWidth(0.6)
        if picture is not None:
            canvas.drawImage(picture, SIDE, top - PHOTO, PHOTO, PHOTO, preserveAspectRatio=True, anchor="c")
        else:
            canvas.setFont(PLAIN, 7)
            canvas.drawCentredString(SIDE + PHOTO / 2, top - PHOTO / 2 - 2, "No photo")
        canvas.rect(SIDE, top - PHOTO, PHOTO, PHOTO, stroke=1, fill=0)

    def _draw_allergies(self, canvas: Canvas, top: float) -> None:
        x, height = WIDTH - SIDE - ALLERGY_WIDTH, max(PHOTO, 20 + len(self.allergies) * 10.4)
        is_safe = self.chart.line.allergies.status == "none_known"
        canvas.setLineWidth(0.8 if is_safe else 2.2)
        canvas.rect(x, top - height, ALLERGY_WIDTH, height, stroke=1, fill=0)
        canvas.setFont(BOLD, 10.5)
        canvas.drawString(x + 6, top - 13, self.heading)
        y = top - 15
        for words in self.allergies:
            y -= 10.4
            canvas.setFont(BOLD, 8.5)
            canvas.drawString(x + 6, y, words)

    def _draw_foot(self, canvas: Canvas) -> None:
        y = BOTTOM + 12 + len(self.key) * 7.8
        _draw_patterns(canvas, y)
        for words in self.key:
            y -= 7.8
            canvas.setFont(PLAIN, 6.6)
            canvas.drawString(SIDE, y, words)
        printed, sealed = self.printed, self.chart.sealed
        seal = f"Ledger {sealed[0]} {sealed[1]}" if sealed else "Ledger: no movement yet"
        canvas.setFont(PLAIN, 6.6)
        said = f"Printed {record_words.moment_words(printed.at)} by {printed.by}, {printed.home_name}"
        canvas.drawString(SIDE, BOTTOM, printable(said))
        canvas.setFont("Courier", 5.6)
        canvas.drawRightString(WIDTH - SIDE, BOTTOM, seal)


def _key_words(chart: MarChart) -> list[str]:
    used = (entry.record.outcome for block in chart.blocks for entry in block.entries)
    lines = key(used, letters_with(chart.letters))
    said = ["Key: " + " · ".join(f"{each.letter} = {each.label}" for each in lines)] if lines else []
    said.append(
        "Below the letter: who gave it (see Who is who), time given · framed = not given · struck out = "
        "entered in error · small number = see Notes · typed = time of a late entry · early / late = outside its time "
        "· ×2 = amount"
    )
    return [line for words in said for line in wrapped(words, PLAIN, 6.6, WIDTH - 2 * SIDE)]


def _draw_patterns(canvas: Canvas, y: float) -> None:
    """Draw the key of what cells show besides letters, in one line."""
    x = SIDE
    for kind, words in (
        ("diagonal", "BLANK = due, nobody recorded it"),
        ("upright", "H in hospital, L on leave: doses suspended"),
        ("level", "SUSP = suspended"),
        ("cross", "no dose due"),
    ):
        canvas.setLineWidth(0.4)
        canvas.setStrokeGray(0.4)
        if kind == "cross":
            canvas.lines([(x, y, x + 14, y + 7), (x, y + 7, x + 14, y)])
        else:
            draw_hatching(canvas, x, y, 14, 7, kind)
        canvas.rect(x, y, 14, 7, stroke=1, fill=0)
        canvas.setFont(PLAIN, 6.6)
        canvas.drawString(x + 17, y + 1.2, words)
        x += 30 + canvas.stringWidth(words, PLAIN, 6.6)


class _Pages:
    """A chart laid out: for each page, what is to be drawn on it."""

    def __init__(self, chart: MarChart, printed: Printed, sheet: _Sheet) -> None:
        self.top, self.bottom = sheet.body_top, sheet.body_bottom
        self.chart = chart
        self.grid = Grid(chart.days, local_day(printed.at), letters_with(chart.letters), SIDE, WIDTH - 2 * SIDE)
        self.pages: list[list[Drawing]] = [[]]
        self.y = self.top
        for caption, blocks in (("Regular medicines", chart.regular), ("When required (PRN)", chart.when_required)):
            if blocks:
                self._blocks(caption, blocks)
        if not chart.blocks:
            self._text("No medicine was prescribed in this period.")
        self._lists()

    def _new_page(self) -> None:
        self.pages.append([])
        self.y = self.top

    def _add(self, draw: Drawing) -> None:
        self.pages[-1].append(draw)

    def _text(self, words: str) -> None:
        y = self.y = self.y - 16

        def draw(canvas: Canvas) -> None:
            canvas.setFont(PLAIN, 10)
            canvas.drawString(SIDE, y, words)

        self._add(draw)

    def _head(self, caption: str) -> None:
        top = self.y
        self._add(lambda canvas: draw_head(canvas, self.grid, top, caption))
        self.y -= HEAD_HEIGHT

    def _blocks(self, caption: str, blocks: Sequence[Block]) -> None:
        """Put blocks under a row of days, whole where they fit on a page, else over several pages."""
        first = _height(words_of(blocks[0]), rows_of(blocks[0]))
        if self.y - HEAD_HEIGHT - first < self.bottom and self.y != self.top:
            # A row of days with nothing under it says that nothing was prescribed.
            self._new_page()
        self._head(caption)
        whole_page = self.top - HEAD_HEIGHT - self.bottom
        for block in blocks:
            words, rows, is_first = words_of(block), rows_of(block), True
            while words or rows:
                needed = _height(words, rows)
                is_at_top = self.y == self.top - HEAD_HEIGHT
                if needed > self.y - self.bottom and not is_at_top and (needed <= whole_page or is_first):
                    self._new_page()
                    self._head(f"{caption}, continued")
                shown_words, words = _that_fit(words, self.y - self.bottom)
                shown_rows, rows = _that_fit(rows, self.y - self.bottom)
                self._part(block, shown_words, shown_rows)
                is_first = False
                if words or rows:
                    words = [*_continued(block), *words]
                    self._new_page()
                    self._head(f"{caption}, continued")
        self.y -= 8

    def _part(self, block: Block, words: list[Line], rows: list[RowPart]) -> None:
        top, height = self.y, _height(words, rows)
        self._add(lambda canvas: draw_block(canvas, self.grid, top, height, words, rows, block))
        self.y -= height

    def _lists(self) -> None:
        """Put everything that needs words into columns after the grid."""
        flow = _Columns(self)
        for heading, lines in _sections(self.chart):
            flow.section(heading, lines)


def _height(words: Sequence[Line], rows: Sequence[RowPart]) -> float:
    return max(sum(line.height for line in words) + 6, sum(part.height for part in rows))


def _that_fit(parts: list[Part], room: float) -> tuple[list[Part], list[Part]]:
    """Return the parts that fit into so much room, at least one, and the others."""
    used, count = 6.0 if parts and isinstance(parts[0], Line) else 0.0, 0
    while count < len(parts) and (count == 0 or used + parts[count].height <= room):
        used += parts[count].height
        count += 1
    return parts[:count], parts[count:]


def _continued(block: Block) -> list[Line]:
    name = f"{block.prescription.medicine.name} (continued)"
    return [Line(part, BOLD, 9.5) for part in wrapped(name, BOLD, 9.5, 178)]


class _Columns:
    """Lines that flow down the columns of as many pages as they need."""

    size, leading = 7.2, 8.6

    def __init__(self, pages: _Pages) -> None:
        self.pages = pages
        self.width = (WIDTH - 2 * SIDE - (COLUMNS - 1) * GUTTER) / COLUMNS
        self.column, self.y, self.top = 0, pages.y, pages.y
        if pages.y - pages.bottom < 60:
            pages._new_page()
            self.y = self.top = pages.y

    def section(self, heading: str, lines: Sequence[str]) -> None:
        """Put a heading and its lines where the last section ended."""
        headings = wrapped(heading, BOLD, 9, self.width)
        self._need((len(headings) + 2) * 11)
        self.y -= 5
        for part in headings:
            self._line(part, BOLD, 9)
        for words in lines:
            for number, part in enumerate(wrapped(words, PLAIN, self.size, self.width - 8)):
                self._need(self.leading)
                self._line(part, PLAIN, self.size, 0 if number == 0 else 8)

    def _need(self, room: float) -> None:
        if self.y - room >= self.pages.bottom:
            return
        self.column += 1
        if self.column == COLUMNS:
            self.pages._new_page()
            self.column, self.top = 0, self.pages.top
        self.y = self.top

    def _line(self, words: str, font: str, size: float, indent: float = 0) -> None:
        self.y -= size * 1.2
        x, y = SIDE + self.column * (self.width + GUTTER) + indent, self.y

        def draw(canvas: Canvas) -> None:
            canvas.setFont(font, size)
            canvas.drawString(x, y, words)

        self.pages._add(draw)


def _sections(chart: MarChart) -> Iterator[tuple[str, list[str]]]:
    """Give the lists under the grid: each with its heading, none empty."""
    marks = {pk: mark for pk, (mark, _) in chart.people.items()}
    for block in chart.when_required:
        if lines := [_needed_words(entry) for entry in block.entries]:
            yield f"{block.prescription.medicine.name}: when-required doses", lines
    for block in chart.blocks:
        if lines := _place_words(block, marks):
            yield f"{block.prescription.medicine.name}: where on the body", lines
        if block.with_readings:
            yield f"{block.prescription.medicine.name}: readings", [_reading_words(block)]
    # When-required doses have said all there is to say in a list of their own.
    names = {entry.record.pk: block.prescription.medicine.name for block in chart.regular for entry in block.entries}
    if noted := [entry for entry in chart.notes if entry.record.pk in names]:
        yield (
            "Notes",
            [
                f"{entry.note}. {_when(entry)} {names[entry.record.pk]}: {record_words.entry_words(entry)}"
                for entry in noted
            ],
        )
    if chart.people:
        yield "Who is who", [f"{mark} = {name}" for mark, name in chart.signatures]


def _needed_words(entry: Entry) -> str:
    number = f"{entry.note}. " if entry.note else ""
    is_seen = entry.effects or not is_given(entry.record.outcome)
    return f"{number}{_when(entry)} {record_words.entry_words(entry)}{'' if is_seen else '; effect not recorded'}"


def _reading_words(block: Block) -> str:
    """Return every reading of a prescription in one paragraph: the cells have them too, without the unit."""
    return "; ".join(
        f"{_when(entry)} {record_words.reading_words(entry.record.reading, block.reading_unit)}"
        for entry in block.with_readings
    )


def _place_words(block: Block, marks: Mapping[int, str]) -> list[str]:
    """Return where each dose went and what was seen of a patch, in the order of time."""
    said = [
        (
            entry.record.given_at,
            f"{_when(entry)} {entry.record.site} ({entry.by}){' entered in error' if entry.is_corrected else ''}",
        )
        for entry in block.with_sites
    ]
    for check in block.patch_checks:
        where = f" at {check.site}" if check.site else ""
        words = f": {check.words}" if check.words else ""
        when = f"{record_words.short_day(check.checked_at)} {record_words.clock(check.checked_at)}"
        looked = f"{when} looked: {check.get_found_display()}{where}{words} ({marks[check.checked_by_id]})"
        said.append((check.checked_at, looked))
    return [words for _, words in sorted(said)]


def _when(entry: Entry) -> str:
    given = entry.record.given_at
    return f"{record_words.short_day(given)} {record_words.clock(given)}"


def period_name(first: date, last: date) -> str:
    """Return the days of a chart as part of a file's name: 2026-10-26-to-2026-11-22."""
    return f"{first.isoformat()}-to-{last.isoformat()}"

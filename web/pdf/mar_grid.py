"""How one prescription is drawn on a printed MAR chart: its words at the left, its due times × days at the right.

Every state of a cell has a word or a pattern, never only a shade: charts are copied and faxed. A long
prescription goes on over as many pages as it needs, with its name on each. How blocks follow each other on
pages, and what stands above and below them, is web.pdf.mar's.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from emar.queries.mar import Block, Cell, Entry, Row
from emar.rules.amounts import plain
from emar.rules.body_map import AREA_WORDS, in_map_order
from emar.rules.outcomes import OUTCOMES, Family
from web import letters, record_words
from web.pdf.body_map import body_map_width, draw_body_map
from web.pdf.text import printable, wrapped

PLAIN, BOLD = "Helvetica", "Helvetica-Bold"
WORDS_WIDTH, TIME_WIDTH = 186.0, 46.0
HEAD_HEIGHT = 24.0
LEAST_ROW = 23.0
LETTER_LINE, SMALL_LINE = 9.6, 6.0
MAP_HEIGHT = 68.0
#: So many records of one day stand above each other in one row; the others follow in a row of their own.
MOST_IN_A_CELL = 6


@dataclass(frozen=True)
class Line:
    """One line of a prescription's words; `is_flag`: white on black."""

    text: str
    font: str
    size: float
    is_flag: bool = False

    @property
    def height(self) -> float:
        """How much room it takes."""
        return self.size * 1.17 + (2.2 if self.is_flag else 0)


@dataclass(frozen=True)
class RowPart:
    """One row of cells as drawn, with so many of each cell's entries; `shows_state` on the first part only.

    With `areas` it is a strip with a body map instead, under the last row.
    """

    row: Row | None
    entries: list[list[Entry]]
    shows_state: bool
    height: float
    areas: tuple[str, ...] = ()


@dataclass
class Grid:
    """What all blocks of a chart share: its days, which is today's, the letters, and where its columns are."""

    days: Sequence[date]
    today: date
    letters: Mapping[str, str]
    left: float
    width: float
    day_width: float = field(init=False)

    def __post_init__(self) -> None:
        """Share out what the words and the times leave."""
        self.day_width = (self.width - WORDS_WIDTH - TIME_WIDTH) / len(self.days)

    @property
    def first_day_x(self) -> float:
        """Where the first day's column begins."""
        return self.left + WORDS_WIDTH + TIME_WIDTH


def words_of(block: Block) -> list[Line]:
    """Return everything that is to be read about a prescription before its doses, line by line."""
    line = block.prescription
    protocol = line.prn_protocol or {}
    said: list[tuple[str, str, float]] = [(line.medicine.name, BOLD, 9.5)]
    said += [(words, BOLD, 6.5) for words in record_words.flags(block)]
    said.append((line.dose_words, PLAIN, 8.2))
    said += [(words, PLAIN, 7.2) for words in line.instructions]
    if reason := record_words.reason_for(block):
        said.append((f"For: {reason}", PLAIN, 7.2))
    if line.route:
        said.append((f"Route: {line.route}", PLAIN, 7.2))
    if limits := record_words.limit_words(block):
        said.append((limits.capitalize(), BOLD, 7))
    for name, label in (
        ("choosing", "How much"), ("signs", "Signs"), ("try_first", "Try first"), ("expected_effect", "Expect"),
        ("call_when", "Call when"),
    ):  # fmt: skip
        if words := protocol.get(name):
            said.append((f"{label}: {words}", PLAIN, 6.6))
    for each in block.inr_records:
        much = " / ".join(plain(amount) for amount in each.amounts)
        inr = f"INR {plain(each.inr)}: " if each.inr is not None else ""
        unit = block.schedule.unit if block.schedule else ""
        said.append(
            (f"{inr}{much} {unit} from {record_words.day(each.from_on)} to before {record_words.day(each.until_on)}",
             PLAIN, 6.6)
        )  # fmt: skip
    said += [
        (words, BOLD if words.isupper() or words[:4].isupper() else PLAIN, 6.3)
        for words in record_words.course_words(block)
    ]
    if block.problem:
        said.append((f"When its doses are due cannot be worked out, so blanks are not shown: {block.problem}", BOLD, 7))
    flags = set(record_words.flags(block))
    return [
        Line(part, font, size, is_flag=words in flags)
        for words, font, size in said
        for part in wrapped(words, font, size, WORDS_WIDTH - 8)
    ]


def rows_of(block: Block) -> list[RowPart]:
    """Return the rows of a prescription as drawn: what does not fit into one follows in the next."""
    found = []
    for row in block.rows:
        shown = [_shown(cell) for cell in row.cells]
        deepest = max((len(entries) for entries in shown), default=0)
        for first in range(0, max(deepest, 1), MOST_IN_A_CELL):
            part = [entries[first : first + MOST_IN_A_CELL] for entries in shown]
            height = max(LEAST_ROW, *(sum(_entry_height(each) for each in entries) + 3 for entries in part))
            found.append(RowPart(row, part, first == 0, height))
    if block.areas:
        found.append(RowPart(None, [], False, MAP_HEIGHT + 6, tuple(in_map_order(block.areas))))
    return found


def _shown(cell: Cell) -> list[Entry]:
    # The closing job's "not recorded" is what the word BLANK in the cell says.
    is_blank = cell.state == "blank"
    return [entry for entry in cell.entries if not (is_blank and entry.record.outcome == "not_recorded")]


def draw_head(canvas: Canvas, grid: Grid, top: float, caption: str) -> None:
    """Draw the row of days above a page's blocks; `top` is its upper edge."""
    bottom = top - HEAD_HEIGHT
    canvas.setFillGray(0.88)
    canvas.rect(grid.left, bottom, grid.width, HEAD_HEIGHT, stroke=0, fill=1)
    canvas.setFillGray(0)
    canvas.setFont(BOLD, 9)
    canvas.drawString(grid.left + 4, bottom + 8, caption)
    canvas.setFont(BOLD, 7)
    canvas.drawString(grid.left + WORDS_WIDTH + 4, bottom + 8, "When")
    for place, day in enumerate(grid.days):
        x = grid.first_day_x + place * grid.day_width
        if day == grid.today:
            canvas.rect(x + 0.8, bottom + 0.8, grid.day_width - 1.6, HEAD_HEIGHT - 1.6, stroke=1, fill=0)
        middle = x + grid.day_width / 2
        _centred(canvas, f"{day:%a}", PLAIN, 5.8, middle, bottom + 17)
        _centred(canvas, str(day.day), BOLD, 9, middle, bottom + 8)
        if place == 0 or day.day == 1:
            _centred(canvas, f"{day:%b}", PLAIN, 5.8, middle, bottom + 2)
    canvas.setLineWidth(1.2)
    canvas.line(grid.left, bottom, grid.left + grid.width, bottom)


def draw_block(
    canvas: Canvas, grid: Grid, top: float, height: float, words: Sequence[Line], rows: Sequence[RowPart], block: Block
) -> None:
    """Draw what of a prescription stands on one page: these words and these rows, from `top` down."""
    bottom = top - height
    _draw_words(canvas, grid, top, words)
    y = top
    for part in rows:
        if part.row is None:
            _draw_areas(canvas, grid, y, part.areas)
        else:
            _draw_row(canvas, grid, y, part.height, part, part.row, block)
        y -= part.height
    # Below the rows the words go on alone: a box there would look like one to sign.
    canvas.setFillGray(0.95)
    canvas.rect(grid.left + WORDS_WIDTH, bottom, grid.width - WORDS_WIDTH, y - bottom, stroke=0, fill=1)
    canvas.setFillGray(0)
    canvas.setStrokeGray(0)
    canvas.setLineWidth(0.9)
    canvas.rect(grid.left, bottom, grid.width, height, stroke=1, fill=0)
    canvas.setLineWidth(0.6)
    canvas.line(grid.left + WORDS_WIDTH, bottom, grid.left + WORDS_WIDTH, top)


def _draw_words(canvas: Canvas, grid: Grid, top: float, words: Sequence[Line]) -> None:
    y = top - 2
    x = grid.left + 4
    for line in words:
        y -= line.height
        if line.is_flag:
            canvas.setFillGray(0)
            canvas.roundRect(
                x, y, stringWidth(line.text, line.font, line.size) + 5, line.size + 2, 1.5, stroke=0, fill=1
            )
            canvas.setFillGray(1)
        canvas.setFont(line.font, line.size)
        canvas.drawString(x + (2.5 if line.is_flag else 0), y + line.size * 0.28, line.text)
        canvas.setFillGray(0)


def _draw_areas(canvas: Canvas, grid: Grid, top: float, areas: Sequence[str]) -> None:
    """Draw a body map with the areas marked, and their words beside it in columns."""
    bottom = top - MAP_HEIGHT - 3
    draw_body_map(canvas, set(areas), x=grid.first_day_x + 6, y=bottom, height=MAP_HEIGHT)
    canvas.setFont(BOLD, 7.2)
    canvas.drawString(grid.left + WORDS_WIDTH + 4, top - 8.4, "Where")
    x, width = grid.first_day_x + body_map_width(MAP_HEIGHT) + 16, 120.0
    said = [area if area in AREA_WORDS else f"{area} (not on the map)" for area in areas]
    parts = [part for words in said for part in wrapped(words, PLAIN, 7.2, width - 6)]
    each_column = max(7, -(-len(parts) // 3))
    size = min(7.2, MAP_HEIGHT / each_column / 1.2)
    canvas.setFont(PLAIN, size)
    for number, words in enumerate(parts):
        column, place = divmod(number, each_column)
        canvas.drawString(x + column * width, top - 9 - place * size * 1.25, words)


def _draw_row(canvas: Canvas, grid: Grid, top: float, height: float, part: RowPart, row: Row, block: Block) -> None:
    bottom = top - height
    y = top
    label = row.label if part.shows_state else f"{row.label}, more"
    for words in wrapped(label, BOLD, 7.2, TIME_WIDTH - 6):
        y -= 8.4
        canvas.setFont(BOLD, 7.2)
        canvas.drawString(grid.left + WORDS_WIDTH + 4, y, words)
    canvas.setStrokeGray(0.45)
    canvas.setLineWidth(0.4)
    canvas.line(grid.left + WORDS_WIDTH, bottom, grid.left + grid.width, bottom)
    _draw_lines(canvas, grid, top, bottom, part, row, block)
    for place, cell in enumerate(row.cells):
        x = grid.first_day_x + place * grid.day_width
        if part.shows_state:
            _draw_state(canvas, grid, cell, block, x, bottom, height, has_entries=bool(part.entries[place]))
        y = top - 1.5
        for entry in part.entries[place]:
            y = _draw_entry(canvas, grid, entry, x, y)


def _draw_lines(canvas: Canvas, grid: Grid, top: float, bottom: float, part: RowPart, row: Row, block: Block) -> None:
    """Draw the lines between the days, the weeks' heavier, and the crosses of days without a dose."""
    mondays, others, crosses = [], [], []
    is_crossed = part.shows_state and not block.is_when_required and not block.problem
    for place, cell in enumerate(row.cells):
        x = grid.first_day_x + place * grid.day_width
        (mondays if cell.day.weekday() == 0 else others).append((x, bottom, x, top))
        if is_crossed and cell.state is None and not cell.entries:
            left, right = x + 3, x + grid.day_width - 3
            crosses += [(left, bottom + 3, right, top - 3), (left, top - 3, right, bottom + 3)]
    for lines, gray, width in ((others, 0.6, 0.35), (mondays, 0.1, 0.9), (crosses, 0.75, 0.4)):
        if lines:
            canvas.setStrokeGray(gray)
            canvas.setLineWidth(width)
            canvas.lines(lines)


def _draw_state(
    canvas: Canvas, grid: Grid, cell: Cell, block: Block, x: float, bottom: float, height: float, *, has_entries: bool
) -> None:
    """Draw what is to know of a dose besides its records: that it is blank, due, away, suspended or not due."""
    middle, centre = x + grid.day_width / 2, bottom + height / 2
    if has_entries and cell.state != "blank":
        return
    box = (x + 0.5, bottom + 0.5, grid.day_width - 1, height - 1)
    match cell.state:
        case "blank":
            draw_hatching(canvas, *box, "diagonal")
            _framed(canvas, "BLANK", 5.4, middle, bottom + 4 if has_entries else centre - 2)
        case "away":
            draw_hatching(canvas, *box, "upright")
            _framed(canvas, letters.PRESENCE_LETTERS.get(cell.presence, "–"), 8, middle, centre - 3)
        case "suspended":
            draw_hatching(canvas, *box, "level")
            _framed(canvas, "SUSP", 5.4, middle, centre - 2)
        case "due" | "late":
            _centred(canvas, cell.state, BOLD, 6.5, middle, centre - 2)
        case _:
            pass
    if cell.dose is not None and block.is_patch and cell.state in ("due", "late", "coming", "blank"):
        _centred(canvas, record_words.clock(cell.dose.dose.due_at), PLAIN, 5.6, middle, bottom + height - 6.5)


def draw_hatching(canvas: Canvas, x: float, y: float, width: float, height: float, kind: str) -> None:
    """Fill a box with lines that are diagonal, upright or level, so that no state is only a shade."""
    canvas.saveState()
    path = canvas.beginPath()
    path.rect(x, y, width, height)
    canvas.clipPath(path, stroke=0, fill=0)
    canvas.setStrokeGray(0.45 if kind == "diagonal" else 0.65)
    canvas.setLineWidth(0.5)
    if kind == "diagonal":
        lines = [(x + at, y, x + at + height, y + height) for at in _steps(-height, width, 4)]
    elif kind == "upright":
        lines = [(x + at, y, x + at, y + height) for at in _steps(2, width, 4)]
    else:
        lines = [(x, y + at, x + width, y + at) for at in _steps(2, height, 4)]
    canvas.lines(lines)
    canvas.restoreState()


def _steps(start: float, stop: float, step: float) -> Iterator[float]:
    while start < stop:
        yield start
        start += step


def _entry_lines(entry: Entry) -> list[str]:
    """Return what stands below an entry's letter: who, when given, and what else a small cell can say."""
    record = entry.record
    found = [entry.by or ("" if OUTCOMES[record.outcome].is_by_system else "?"), record_words.clock(record.given_at)]
    if entry.timely and not entry.is_corrected:
        found.append(entry.timely)
    found += record_words.typed_words(entry)
    found += [str(value) for value in (record.reading or {}).values()]
    return [words for words in found if words]


def _entry_height(entry: Entry) -> float:
    return LETTER_LINE + SMALL_LINE * len(_entry_lines(entry)) + 1.5


def _draw_entry(canvas: Canvas, grid: Grid, entry: Entry, x: float, top: float) -> float:
    """Draw one record from `top` down and return where the next may begin."""
    record = entry.record
    letter = printable(grid.letters[record.outcome])
    much = f"×{plain(record.amount)}" if entry.shows_amount and record.amount is not None else ""
    note = str(entry.note) if entry.note else ""
    is_framed = OUTCOMES[record.outcome].family is not Family.GIVEN
    gap = 1.6 if is_framed else 0.4
    width = _width(letter, BOLD, 8.5) + 2 * gap + _width(much, PLAIN, 6) + _width(note, PLAIN, 5)
    scale = min(1.0, (grid.day_width - 2) / max(width, 0.1))
    y = top - LETTER_LINE + 2.4
    letter_width = _width(letter, BOLD, 8.5) * scale
    at = x + (grid.day_width - width * scale) / 2 + gap * scale
    if is_framed:
        canvas.setStrokeGray(0)
        canvas.setLineWidth(0.6)
        canvas.roundRect(at - 1.2, y - 1.5, letter_width + 2.4, 8.6, 1.5, stroke=1, fill=0)
    canvas.setFont(BOLD, 8.5 * scale)
    canvas.drawString(at, y, letter)
    if much:
        canvas.setFont(PLAIN, 6 * scale)
        canvas.drawString(at + letter_width + gap * scale, y, printable(much))
    if note:
        canvas.setFont(PLAIN, 5 * scale)
        canvas.drawString(at + letter_width + (gap + _width(much, PLAIN, 6)) * scale, y + 3.2, note)
    if entry.is_corrected:
        canvas.setStrokeGray(0)
        canvas.setLineWidth(1)
        canvas.line(at - 1.5, y + 2.8, at + letter_width + 1.5, y + 2.8)
    middle, y = x + grid.day_width / 2, y - 0.6
    for words in _entry_lines(entry):
        y -= SMALL_LINE
        shown = printable(words)
        size = min(5.8, 5.8 * (grid.day_width - 1.5) / max(_width(shown, PLAIN, 5.8), 0.1))
        _centred(canvas, shown, PLAIN, size, middle, y)
    return top - _entry_height(entry)


@lru_cache(maxsize=20_000)
def _width(text: str, font: str, size: float) -> float:
    return float(stringWidth(text, font, size)) if text else 0.0


def _centred(canvas: Canvas, text: str, font: str, size: float, x: float, y: float) -> None:
    canvas.setFont(font, size)
    canvas.drawString(x - _width(text, font, size) / 2, y, text)


def _framed(canvas: Canvas, text: str, size: float, x: float, y: float) -> None:
    """Draw a word on white over a pattern, so that both can be read."""
    width = _width(text, BOLD, size)
    canvas.setFillGray(1)
    canvas.rect(x - width / 2 - 0.8, y - 1.3, width + 1.6, size + 1.6, stroke=0, fill=1)
    canvas.setFillGray(0)
    _centred(canvas, printable(text), BOLD, size, x, y)

"""A quarter of a council's homes on paper, for a committee: what changed, charts with tables, homes by name."""

from collections.abc import Mapping, Sequence
from datetime import date
from io import BytesIO

from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    Flowable,
    KeepTogether,
    PageBreak,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
)

from quality.queries import council as queries
from quality.queries import council_readings as readings
from quality.queries.council import HomeOfCouncil, Month
from quality.rules.chart_words import settings_words
from quality.rules.publication import PUBLISHED, Published, Shown
from quality.rules.suppression import SMALLEST_SHOWN
from web.charts.spc_picture import Picture, picture
from web.council_words import figure, in_overview, overview_names
from web.pdf.sheet import GRID, foot, words_on_paper
from web.pdf.text import printable
from web.trend_words import lines_of

CELL = ParagraphStyle("cell", fontName="Helvetica", fontSize=8, leading=10)
NUMBER = ParagraphStyle("number", parent=CELL, alignment=TA_RIGHT)
STRONG = ParagraphStyle("strong", parent=CELL, fontName="Helvetica-Bold")
TEXT = ParagraphStyle("text", parent=CELL, fontSize=10, leading=13, spaceAfter=4)
HEADING = ParagraphStyle("heading", parent=STRONG, fontSize=12, leading=15, spaceBefore=6, spaceAfter=4)
TITLE = ParagraphStyle("title", parent=STRONG, fontSize=17, leading=21, spaceAfter=4)
WIDTH = landscape(A4)[0] - 24 * mm


def committee_pdf(
    council_name: str,
    quarter: str,
    homes: Sequence[HomeOfCouncil],
    months: Sequence[Month],
    rebased: Mapping[int, Sequence[date]],
    measures: Sequence[str],
) -> bytes:
    """Return a quarter as a PDF. `months` go up to the quarter's last; what is hidden on screen is hidden here.

    Homes stand in the order of their names. No resident, no member of staff and nobody's words are in it.
    """
    file = BytesIO()
    document = SimpleDocTemplate(
        file, pagesize=landscape(A4), leftMargin=12 * mm, rightMargin=12 * mm, topMargin=12 * mm, bottomMargin=14 * mm,
        title=f"Medicines in care homes, {quarter}", author=printable(council_name), lang="en-GB", invariant=1,
    )  # fmt: skip
    totals, sums = queries.quarter(months[-3:])
    story: list[Flowable] = [
        _text(f"Medicines in care homes, {quarter}", TITLE),
        _text(f"{council_name}: {len(homes)} homes by name. This is not a league table.", TEXT),
        *_summary(homes, months, totals, measures),
        *_to_ask(homes, months, measures),
        *_notes(),
        PageBreak(),
        *_by_home(homes, months, sums, rebased, measures),
        PageBreak(),
    ]
    for word in measures:
        story += _chart(PUBLISHED[word], homes, months)
    footer = foot("Counts and rates of homes: no resident, no member of staff.", width=landscape(A4)[0])
    document.build(story, onFirstPage=footer, onLaterPages=footer)
    return file.getvalue()


def _summary(
    homes: Sequence[HomeOfCouncil], months: Sequence[Month], totals: Mapping[str, Shown], measures: Sequence[str]
) -> list[Flowable]:
    rows = [[_text(words, STRONG) for words in ("All homes", "This quarter", "Count", "What its chart says")]]
    for word in measures:
        measure = PUBLISHED[word]
        said = figure(measure, totals)
        trend = readings.council_trend(measure, homes, months)
        value = f"{said.value} {measure.said_in}" if said.out_of and measure.per != 100 else said.value
        rows.append([_text(measure.name), _text(value), _text(said.out_of), _text(trend.said.sentence)])
    return [Table(rows, colWidths=[42 * mm, 44 * mm, 38 * mm, WIDTH - 124 * mm], repeatRows=1, style=GRID)]


def _to_ask(homes: Sequence[HomeOfCouncil], months: Sequence[Month], measures: Sequence[str]) -> list[Flowable]:
    """Return which homes to ask: those that report too little, and those beyond a funnel's limits, by name."""
    lines = [f"{home.name}: next to nothing is {_reported(measure)}." for home, measure in
             readings.silent_homes(homes, months)]  # fmt: skip
    lines += [
        f"{home.name}: a month of “{measure.name.lower()}” is not shown, where about {number} were expected in all."
        for home, measure, number in readings.unclear_homes(homes, months)
    ]
    for word in measures:
        around = readings.compared(PUBLISHED[word], homes, months)
        if around.funnel is None:
            continue
        for home, placed in zip(around.homes, around.funnel.homes, strict=True):
            if placed.outside:
                way = "more" if placed.outside > 0 else "fewer"
                lines.append(f"{home.name}: {way} “{PUBLISHED[word].name.lower()}” than in homes of its size.")
    found = [_text(each, TEXT) for each in sorted(lines)]
    return [_text("Homes to ask", HEADING), *(found or [_text("None lies beyond the limits.", TEXT)])]


def _reported(measure: Published) -> str:
    return "stopped by scanning" if measure.word == "near_misses" else "given with something wrong"


def _notes() -> list[Flowable]:
    return [
        _text("How to read this", HEADING),
        _text(
            f"A count from 1 to {SMALLEST_SHOWN - 1} is not shown, nor is one that would give it away, nor a sum over "
            "a month in which it is hidden. Errors that reached a person and those that a scan stopped are never "
            "added. A home without any reported error is a warning sign, not a success. Limits of charts are those of "
            "“Making Data Count”; the limits between homes are 99.8% limits that allow for how homes usually differ.",
            TEXT,
        ),
    ]


def _by_home(
    homes: Sequence[HomeOfCouncil],
    months: Sequence[Month],
    sums: Mapping[int, Mapping[str, Shown]],
    rebased: Mapping[int, Sequence[date]],
    measures: Sequence[str],
) -> list[Flowable]:
    names = [f"{name}, {said_in}" for _, name, said_in in overview_names()]
    rows = [[_text(words, STRONG) for words in ("Home", "Live since", "Days", *names)]]
    for home in homes:
        mine = sums.get(home.pk, {})
        days = sum(month.homes[home.pk].days for month in months[-3:] if home.pk in month.homes)
        cells = []
        for word in measures:
            said = in_overview(
                word, mine, readings.home_variation(PUBLISHED[word], home, months, rebased.get(home.pk, ()))
            )  # fmt: skip
            note = f" ({said.mark_words.lower()})" if said.mark else ""
            cells.append(_text(f"{said.value}{note}" + (f", {said.out_of}" if said.out_of else "")))
        live = f"{home.live_on.day} {home.live_on:%b %Y}" if home.live_on else "–"
        rows.append([_text(home.name), _text(live), _text(str(days), NUMBER), *cells])
    # A scan rate is out of tens of thousands, the others of hundreds: one line each.
    shares = [1.3 if word == "not_scanned" else 1.0 for word in measures]
    each = (WIDTH - 74 * mm) / sum(shares)
    widths = [42 * mm, 21 * mm, 11 * mm, *[each * share for share in shares]]
    return [_text("Homes by name", HEADING), Table(rows, colWidths=widths, repeatRows=1, style=GRID)]


def _chart(measure: Published, homes: Sequence[HomeOfCouncil], months: Sequence[Month]) -> list[Flowable]:
    trend = readings.council_trend(measure, homes, months)
    drawn = picture(trend, measure.name, measure.better)
    head = [_text(f"{measure.name}, all homes, {measure.said_in}", HEADING), _text(trend.said.sentence, TEXT)]
    if drawn is None:
        return [KeepTogether([*head, _text("There is nothing to draw.", TEXT)])]
    headings = ("Month", "Count", "Of", "Value", "Mean", "Limits", "Unusual because")
    rows = [[_text(words, STRONG) for words in headings]]
    for line in lines_of(trend):
        cells = (line.name, line.count, line.of, line.value, line.mean, line.limits, line.why)
        rows.append([_text(each) for each in cells])
    widths = [26 * mm, 22 * mm, 26 * mm, 22 * mm, 22 * mm, 36 * mm, WIDTH - 154 * mm]
    table = Table(rows, colWidths=widths, repeatRows=1, hAlign="LEFT", style=GRID)
    # The table has every value of the chart and may go on over the page.
    drawing = [*head, _Drawing(drawn), _text(settings_words(trend.chart), CELL), Spacer(1, 2 * mm)]
    return [KeepTogether(drawing), table, PageBreak()]


class _Drawing(Flowable):
    """A chart's picture on paper: the same lengths as on screen."""

    def __init__(self, drawn: Picture) -> None:
        super().__init__()
        self.drawn = drawn
        self.scale = 190 * mm / drawn.width
        self.width, self.height = drawn.width * self.scale, drawn.height * self.scale

    def draw(self) -> None:
        """Draw lines first and marks on top; paper's zero is below, the screen's above."""
        canvas, drawn = self.canv, self.drawn
        canvas.saveState()
        canvas.scale(self.scale, self.scale)
        canvas.translate(0, drawn.height)
        canvas.setFont("Helvetica", 12)
        canvas.setStrokeColor(colors.HexColor("#aeb7bd"))
        for tick in drawn.up:
            canvas.line(drawn.left, -tick.at, drawn.right, -tick.at)
            canvas.drawRightString(drawn.left - 8, -tick.at - 4, tick.words)
        for tick in drawn.across:
            canvas.drawCentredString(tick.at, -drawn.height + 14, tick.words)
        canvas.setStrokeColor(colors.black)
        for line in drawn.lines:
            canvas.setDash([] if line.kind == "mean" else [6, 4])
            _polyline(canvas, line.points)
        canvas.setDash([])
        for points in drawn.path:
            _polyline(canvas, points)
        for mark in drawn.marks:
            if mark.points:
                _polygon(canvas, mark.points, is_filled=mark.shape != "better")
            else:
                canvas.circle(mark.x, -mark.y, 3.5, fill=1)
        canvas.restoreState()


def _corners(points: str) -> list[tuple[float, float]]:
    return [(float(x), -float(y)) for x, y in (each.split(",") for each in points.split())]


def _polyline(canvas: Canvas, points: str) -> None:
    path = canvas.beginPath()
    for n, corner in enumerate(_corners(points)):
        (path.lineTo if n else path.moveTo)(*corner)
    canvas.drawPath(path)


def _polygon(canvas: Canvas, points: str, *, is_filled: bool) -> None:
    path = canvas.beginPath()
    for n, corner in enumerate(_corners(points)):
        (path.lineTo if n else path.moveTo)(*corner)
    path.close()
    canvas.setFillColor(colors.black if is_filled else colors.white)
    canvas.drawPath(path, fill=1)
    canvas.setFillColor(colors.black)


def _text(words: str, style: ParagraphStyle = CELL) -> Paragraph:
    return words_on_paper(words, style)

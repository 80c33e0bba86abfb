"""The evidence pack on paper: what is measured in a home, or in a council's homes, and what is not."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from io import BytesIO

from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Table

from quality.queries.going_live import BoardLine
from quality.queries.savings import HomeSaving, StaffTime
from quality.rules.savings import COST_WORDS, ESTIMATE_HOURS, GRADE_WORDS, PROCESS_WORDS, Grade
from web.pdf.sheet import GRID, foot, words_on_paper
from web.record_words import day, moment_words
from web.saving_words import (
    CLAIMS,
    hours_words,
    months_words,
    not_measured,
    pounds,
    pounds_range,
    reason_words,
    stage_words,
    verdict_words,
)

TEXT = ParagraphStyle("text", fontName="Helvetica", fontSize=10, leading=13.5, spaceAfter=3)
CELL = ParagraphStyle("cell", parent=TEXT, fontSize=9, leading=11, spaceAfter=0)
NUMBER = ParagraphStyle("number", parent=CELL, alignment=TA_RIGHT)
HEAD = ParagraphStyle("head", parent=CELL, fontName="Helvetica-Bold")
SECTION = ParagraphStyle(
    "section", parent=TEXT, fontName="Helvetica-Bold", fontSize=12.5, leading=16, spaceBefore=9, keepWithNext=1
)
TITLE = ParagraphStyle("title", parent=SECTION, fontSize=17, leading=21, spaceBefore=0, spaceAfter=6)
MARGIN = 18 * mm
WIDTH = A4[0] - 2 * MARGIN
METHOD = (
    "Each process was timed with two taps before go-live, on paper. Since then rounds, counts, orders and deliveries "
    "are timed by the record’s own events, the rest with the same timer. Hours a month are the mean staff time of one "
    "go, times how often a month it comes; the saving is before less since, with a 95% interval (Welch). How often it "
    "comes is taken as counted. Times are skewed, so an interval from few timings is approximate. Nobody is named."
)


def home_evidence_pdf(home_name: str, found: StaffTime, now: datetime) -> bytes:
    """Return the evidence pack of a home: hours with counts, intervals and grades, costs, and what is unknown."""
    return _paper(f"Evidence pack: {home_name}", _home(found), now)


def council_evidence_pdf(
    council_name: str, lines: Sequence[BoardLine], saved: Sequence[HomeSaving], now: datetime
) -> bytes:
    """Return the evidence pack of a council: each home's stage and hours under each grade. No league, no total."""
    return _paper(f"Evidence pack: {council_name}", _council(lines, saved), now)


def _paper(title: str, story: Iterator[Flowable], now: datetime) -> bytes:
    file = BytesIO()
    document = SimpleDocTemplate(
        file, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN, bottomMargin=MARGIN, title=title,
        invariant=1,
    )  # fmt: skip
    footer = foot(f"Printed {moment_words(now)}", margin=MARGIN)
    document.build([_words(title, TITLE), *story], onFirstPage=footer, onLaterPages=footer)
    return file.getvalue()


def _home(found: StaffTime) -> Iterator[Flowable]:
    yield _words(f"Live since {day(found.live_on)}." if found.live_on else "The home is not live yet.")
    yield _words("What is measured", SECTION)
    for grade, hours in found.by_grade.items():
        yield _words(f"Grade {grade}: {hours_words(hours)} hours a month. {verdict_words(hours)} {GRADE_WORDS[grade]}.")
    if not found.by_grade:
        yield _words("Nothing yet: no process was timed on both sides of go-live.")
    rows = [
        (
            PROCESS_WORDS[each.process],
            str(each.before),
            str(each.after),
            hours_words(each.hours),
            str(each.grade or "–"),
        )
        for each in found.savings
    ]
    yield _table(
        ("Process", "Times before", "Times since", "Hours saved a month (95% interval)", "Grade"), rows,
        (0.34, 0.13, 0.13, 0.3, 0.1), first_number=1,
    )  # fmt: skip
    yield _words("What is not known", SECTION)
    for words in not_measured(found) or ["Every process is measured on both sides."]:
        yield _words(words)
    yield _words("Beside what others estimated", SECTION)
    measured = "; ".join(f"{hours_words(hours)} (grade {grade})" for grade, hours in found.compared.items())
    yield _words(
        f"Of the {ESTIMATE_HOURS:.0f} hours estimated for handling stock, measured here: {measured or 'none'}."
    )
    for grade, words in CLAIMS:
        yield _words(f"Grade {grade}: {words}")
    yield from _money(found)
    yield _words("How it was measured", SECTION)
    yield _words(METHOD)


def _money(found: StaffTime) -> Iterator[Flowable]:
    yield _words("Costs, kept apart", SECTION)
    rows = [(COST_WORDS[kind], pounds(found.once[kind]), pounds(found.monthly[kind])) for kind in found.monthly]
    yield _table(("Cost", "Once", "Each month"), rows, (0.6, 0.2, 0.2), first_number=1)
    waste = found.waste
    yield _words(
        f"Wasted now: {pounds(waste.now)} a month"
        + (f", with {waste.without_price} wasted lines of unknown price. " if waste.without_price else ". ")
        + ("Before go-live: not known, so no saving is claimed." if waste.before is None
           else f"Before go-live: {pounds(waste.before)} a month.")
    )  # fmt: skip
    yield _words("What remains", SECTION)
    for grade, each in found.benefits.items():
        yield _words(
            f"From grade {grade} hours at {pounds(found.policy.hour_low)} to {pounds(found.policy.hour_high)} an hour: "
            f"{pounds_range(each.net)} a month. {pounds(each.once)} spent once is earned back "
            f"{months_words(each.months[0])}; at worst {months_words(each.months[1])}, "
            f"at best {months_words(each.months[2])}."
        )
    if not found.benefits:
        yield _words("Nothing can be said before hours are measured.")


def _council(lines: Sequence[BoardLine], saved: Sequence[HomeSaving]) -> Iterator[Flowable]:
    hours = {each.home.pk: each.by_grade for each in saved}
    yield _words("Homes by name. Grades are never added together, nor homes to a total.")
    rows = []
    for line in lines:
        stage = "Not begun"
        if line.step:
            stage = f"{stage_words(line.step.stage)} (since {day(line.step.since_on)})"
            stage += f": {reason_words(line.step.reason).lower()}" if line.step.reason else ""
        of_home = hours[line.home.pk]
        rows.append(
            (line.home.name, stage, f"{line.met} of {line.asked}", hours_words(of_home.get(Grade.A)),
             hours_words(of_home.get(Grade.B)))
        )  # fmt: skip
    headings = ("Home", "Stage", "Ready", "Hours a month, grade A", "Hours a month, grade B")
    yield _table(headings, rows, (0.22, 0.34, 0.1, 0.17, 0.17), first_number=3)
    yield _words("What is measured and what is not", SECTION)
    without = sorted(each.home.name for each in saved if not each.by_grade)
    yield _words(
        f"In {len(saved) - len(without)} of {len(saved)} homes at least one process is timed on both sides of go-live."
        + (f" Not measured: {', '.join(without)}." if without else "")
    )
    for grade, words in CLAIMS:
        yield _words(f"Grade {grade}: {words}")
    yield _words("How it was measured", SECTION)
    yield _words(METHOD)


def _table(
    headings: Sequence[str], rows: Sequence[Sequence[str]], shares: Sequence[float], *, first_number: int
) -> Table:
    cells = [
        [_words(words, NUMBER if place >= first_number else CELL) for place, words in enumerate(row)] for row in rows
    ]
    table = Table(
        [[_words(words, HEAD) for words in headings], *cells], colWidths=[WIDTH * share for share in shares],
        repeatRows=1, spaceBefore=3, spaceAfter=6,
    )  # fmt: skip
    table.setStyle(GRID)
    return table


def _words(words: str, style: ParagraphStyle = TEXT) -> Paragraph:
    return words_on_paper(words, style)

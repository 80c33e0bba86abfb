"""One incident on paper: what was seen, how it was judged, what was decided and done, for an inspector or a meeting."""

from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from quality.queries.incidents import WholeIncident
from web.incident_words import evidence_words, factor_words, heading, scale_words
from web.pdf.sheet import foot, words_on_paper
from web.record_words import day, moment_words

TEXT = ParagraphStyle("text", fontName="Helvetica", fontSize=10, leading=13.5, splitLongWords=1)
STRONG = ParagraphStyle("strong", parent=TEXT, fontName="Helvetica-Bold")
SECTION = ParagraphStyle("section", parent=STRONG, fontSize=12, leading=16, spaceBefore=9, spaceAfter=3, keepWithNext=1)
TITLE = ParagraphStyle("title", parent=STRONG, fontSize=16, leading=20, spaceAfter=6)
MARGIN, NAMES = 18 * mm, 46 * mm


def incident_pdf(home_name: str, whole: WholeIncident, now: datetime) -> bytes:
    """Return everything known of one incident as a PDF. Nothing is cut off; nobody but who wrote is named."""
    file = BytesIO()
    document = SimpleDocTemplate(
        file, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN, bottomMargin=MARGIN,
        title=heading(whole.incident), invariant=1,
    )  # fmt: skip
    footer = foot(f"{home_name}. Printed {moment_words(now)}. Confidential.", margin=MARGIN)
    document.build(list(_story(whole)), onFirstPage=footer, onLaterPages=footer)
    return file.getvalue()


def _story(whole: WholeIncident) -> Iterator[Flowable]:
    incident, latest = whole.incident, whole.listed.assessment
    yield _words(heading(incident), TITLE)
    yield _facts(
        ("Resident", incident.resident.full_name if incident.resident else "No one resident"),
        ("Medicine", incident.prescription.medicine.name if incident.prescription else ""),
        ("When", moment_words(incident.happened_at)),
        ("Reported", _who(incident.reported_by, incident.reported_at)),
        ("How far it got", "Reached the resident" if whole.listed.has_reached else "Stopped before the resident"),
        ("In their words", incident.words),
        (
            "Closed",
            f"{_who(incident.closed_by, incident.closed_at)}: {incident.outcome}" if incident.closed_at else "No",
        ),
    )
    yield _words("What was seen", SECTION)
    for evidence in whole.evidence:
        yield _words(f"{moment_words(evidence.happened_at)}: {evidence_words(evidence)}")
    yield _words("Judgement", SECTION)
    yield from _judgements(whole)
    if latest:
        yield _words("What the law and the policy ask for, and what was decided", SECTION)
        yield from _duties(whole)
    yield _words("Actions", SECTION)
    for action in whole.actions:
        done = f" Done: {action.outcome} ({_who(action.done_by, action.done_at)})" if action.done_at else " Open."
        yield _words(f"{action.words}: {action.who.full_name}, by {day(action.until_on)}.{done}")
    if not whole.actions:
        yield _words("None is planned.")
    if whole.notes:
        yield _words("Notes", SECTION)
        for note in whole.notes:
            yield _words(f"{_who(note.written_by, note.written_at)}: {note.words}")


def _judgements(whole: WholeIncident) -> Iterator[Flowable]:
    latest = whole.listed.assessment
    if latest is None:
        yield _words("Nobody has judged it yet.")
        return
    yield _facts(
        ("NCC MERP", f"{latest.merp}: {scale_words(latest.merp, 'merp')}"),
        ("LFPSE, physical", scale_words(latest.physical, "physical")),
        ("LFPSE, psychological", scale_words(latest.psychological, "psychological")),
        ("Residents", str(latest.people)),
        ("Why", latest.words),
        ("Contributed", factor_words(latest.factors)),
        ("Learned", latest.learning),
        ("Judged", _who(latest.assessed_by, latest.assessed_at)),
    )
    for each in whole.assessments:
        if each != latest:
            yield _words(f"Judged before as {each.merp}: {each.words} ({_who(each.assessed_by, each.assessed_at)})")


def _duties(whole: WholeIncident) -> Iterator[Flowable]:
    for advice in whole.advice:
        yield _words(scale_words(advice.duty, "duty"), STRONG)
        yield _words(f"{scale_words(advice.strength, 'strength')}: {' '.join(advice.reasons)}")
        for each in whole.decisions:
            if each.duty == advice.duty:
                done = "Done" if each.is_done else "Not done"
                yield _words(f"{done}: {each.words} ({_who(each.decided_by, each.decided_at)})")
        yield Spacer(1, 2 * mm)


def _facts(*facts: tuple[str, str]) -> Table:
    rows = [[_words(name, STRONG), _words(words)] for name, words in facts if words]
    table = Table(rows, colWidths=[NAMES, A4[0] - 2 * MARGIN - NAMES], hAlign="LEFT")
    table.setStyle(
        TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (0, -1), 0),
                    ("TOPPADDING", (0, 0), (-1, -1), 1.5), ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5)])
    )  # fmt: skip
    return table


def _who(person: Any | None, at: datetime | None) -> str:
    name = person.full_name if person else "the system"
    return f"{name}, {moment_words(at)}" if at else name


def _words(words: str, style: ParagraphStyle = TEXT) -> Paragraph:
    return words_on_paper(words, style)

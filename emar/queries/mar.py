"""What a MAR chart shows: each prescription's doses day by day, with everything recorded about them.

A chart is a question, not a table. Letters, colours and paper are the page's business; here outcomes are
words. No record of the period is ever left out: what answers no due dose stands in a row of its own.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID

from emar.models import Administration, Prescription
from emar.queries import due
from emar.queries.residents import ResidentLine, residents
from emar.rules.outcomes import is_given
from emar.rules.timing import timing
from emar.rules.wall_clock import ONE_DAY, instant, local, local_day

DAYS = 28


@dataclass
class Entry:
    """One record in a cell. `timely` is "early", "late" or ""; `note` numbers its line under the chart.

    `shows_amount` where the prescription leaves a choice, so that the letter alone does not say how much.
    """

    record: Administration
    timely: str = ""
    was_due: bool = True
    shows_amount: bool = False
    note: int | None = None

    @property
    def is_corrected(self) -> bool:
        """Whether the record was entered in error: it stays, crossed out."""
        return due.is_corrected(self.record)

    @property
    def is_replacement(self) -> bool:
        """Whether the record takes the place of one entered in error."""
        return hasattr(self.record, "corrects")

    @property
    def has_something_to_say(self) -> bool:
        """Whether a letter in a cell would leave out something a reader must know.

        How a dose was scanned, and notes that the chart shows anyway (late), are left to the day's page:
        too many small numbers hide the ones that matter.
        """
        is_judged = any(finding.get("level") != "note" for finding in self.record.findings)
        return bool(self.record.note or is_judged or self.is_corrected or not self.was_due)


@dataclass
class Cell:
    """One day of one row: what was due, what became of it, and every record about it."""

    day: date
    state: due.State | None = None
    dose: due.Due | None = None
    presence: str = ""
    entries: list[Entry] = field(default_factory=list)


@dataclass
class Row:
    """One time of day of one prescription: at a round or a clock time, or whenever it was needed."""

    round_name: str
    clock: str
    cells: list[Cell]


@dataclass
class Block:
    """One prescription on the chart. The day it was stopped or replaced is shown, not hidden.

    `problem` says why its due times cannot be worked out; it must be shown, because its blanks cannot be.
    """

    prescription: Prescription
    problem: str = ""
    rows: list[Row] = field(default_factory=list)

    @property
    def is_when_required(self) -> bool:
        """Whether doses are given only when needed."""
        return bool(self.prescription.schedule.get("kind") == "when_required")

    @property
    def is_time_critical(self) -> bool:
        """Whether a dose a little late does harm."""
        return self.prescription.is_time_critical or bool(self.prescription.schedule.get("time_critical"))


@dataclass
class MarChart:
    """One resident's chart for a period of days."""

    line: ResidentLine
    days: list[date]
    regular: list[Block]
    when_required: list[Block]
    notes: list[Entry] = field(default_factory=list)
    people: dict[int, tuple[str, str]] = field(default_factory=dict)

    @property
    def signatures(self) -> list[tuple[str, str]]:
        """Initials and full name of everybody who recorded a dose, by initials."""
        return sorted(self.people.values())

    @property
    def blocks(self) -> list[Block]:
        """Every prescription, the regular ones first."""
        return [*self.regular, *self.when_required]


def mar_charts(
    home_id: int, resident_ids: Sequence[int], first_day: date, now: datetime, *, days: int = DAYS
) -> list[MarChart]:
    """Return the charts of residents for `days` from `first_day`, in corridor order.

    The number of SQL statements does not depend on how many residents there are.
    """
    dates = [first_day + timedelta(days=n) for n in range(days)]
    since, until = instant(first_day, time(0)), instant(dates[-1] + ONE_DAY, time(0))
    people = residents(home_id, now, resident_ids=resident_ids)
    doses, unmatched = due.due_between(home_id, since, until, now, resident_ids=resident_ids)
    lines = list(due.prescriptions_between(home_id, since, until, resident_ids=resident_ids))
    timed = {each.prescription.pk for each in doses}
    untimed = [each for each in lines if each.pk not in timed]
    problems = due.without_times(home_id, untimed, since, until)
    away = due.absences(home_id, resident_ids)
    parts = _Parts(dates, lines, doses, unmatched, away, problems)
    return [parts.chart(line) for line in people]


def mar_chart(home_id: int, resident_id: int, first_day: date, now: datetime, *, days: int = DAYS) -> MarChart | None:
    """Return one resident's chart, or None when nobody of that number is in this home."""
    charts = mar_charts(home_id, [resident_id], first_day, now, days=days)
    return charts[0] if charts else None


class _Parts:
    """What charts are put together from, sorted once by prescription."""

    def __init__(
        self,
        dates: list[date],
        lines: Iterable[Prescription],
        doses: Iterable[due.Due],
        unmatched: Iterable[Administration],
        away: dict[int, list[due.Absence]],
        problems: dict[UUID, str],
    ) -> None:
        self.dates = dates
        self.problems = problems
        self.place = {day: place for place, day in enumerate(dates)}
        self.lines: dict[int, list[Prescription]] = defaultdict(list)
        self.doses: dict[UUID, list[due.Due]] = defaultdict(list)
        self.unmatched: dict[UUID, list[Administration]] = defaultdict(list)
        self.away = away
        for line in lines:
            self.lines[line.resident_id].append(line)
        for each in doses:
            self.doses[each.prescription.pk].append(each)
        for record in unmatched:
            self.unmatched[record.prescription_id].append(record)

    def chart(self, line: ResidentLine) -> MarChart:
        """Return the chart of one resident."""
        blocks = [self._block(each) for each in self.lines[line.resident.pk]]
        chart = MarChart(
            line,
            self.dates,
            [block for block in blocks if not block.is_when_required],
            [block for block in blocks if block.is_when_required],
        )
        _number_notes(chart)
        return chart

    def _block(self, prescription: Prescription) -> Block:
        block = Block(prescription, self.problems.get(prescription.pk, ""))
        rows: dict[tuple[str, str], Row] = {}
        for each in self.doses[prescription.pk]:
            shown = local(each.dose.due_at)
            clock = shown.strftime("%H:%M")
            cell = self._row(rows, each.dose.round_name or "", clock).cells[self.place[shown.date()]]
            cell.dose, cell.state = each, each.state
            if each.state == "away":
                absence = due.absence_at(self.away[prescription.resident_id], each.dose.due_at)
                cell.presence = absence.presence if absence else ""
            cell.entries += [_entry(record, each) for record in each.records]
        for record in self.unmatched[prescription.pk]:
            self._put_unmatched(block, rows, record)
        if block.is_when_required and not rows:
            self._row(rows, "", "")
        block.rows = sorted(rows.values(), key=lambda row: (row.clock or "99", row.round_name))
        return block

    def _put_unmatched(self, block: Block, rows: dict[tuple[str, str], Row], record: Administration) -> None:
        """Put a record that answers no due dose where it belongs: by its due time, or by when it was given."""
        shown = local(record.due_at or record.given_at)
        clock = shown.strftime("%H:%M") if record.due_at else ""
        name = next((row.round_name for row in rows.values() if clock and row.clock == clock), "")
        cell = self._row(rows, name, clock).cells[self.place[local_day(shown)]]
        cell.entries.append(Entry(record, was_due=block.is_when_required, shows_amount=record.amount is not None))
        cell.entries.sort(key=lambda entry: entry.record.given_at)

    def _row(self, rows: dict[tuple[str, str], Row], round_name: str, clock: str) -> Row:
        # A round's row keeps together the days on which a spring clock change moved its time.
        key = (round_name, "" if round_name else clock)
        if key not in rows:
            rows[key] = Row(round_name, clock, [Cell(day) for day in self.dates])
        return rows[key]


def _entry(record: Administration, dose: due.Due) -> Entry:
    """Return the record as an entry: only a dose that was given can be early or late."""
    found = timing(record.given_at, dose.window) if is_given(record.outcome) else "on_time"
    is_other_amount = record.amount is not None and record.amount != dose.dose.amount.low
    return Entry(
        record,
        {"on_time": "", "too_early": "early"}.get(found, found),
        shows_amount=is_other_amount or (dose.dose.amount.is_range and record.amount is not None),
    )


def _number_notes(chart: MarChart) -> None:
    """Number the records that need words under the chart, and collect who is who by initials."""
    found = [entry for block in chart.blocks for row in block.rows for cell in row.cells for entry in cell.entries]
    found.sort(key=lambda entry: (entry.record.given_at, entry.record.pk))
    for entry in found:
        if entry.has_something_to_say:
            chart.notes.append(entry)
            entry.note = len(chart.notes)
        if (person := entry.record.given_by) is not None:
            chart.people[person.pk] = (person.initials, person.full_name)

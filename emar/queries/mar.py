"""What a MAR chart shows: each prescription's doses day by day, with everything recorded about them.

A chart is a question, not a table. Letters, colours and paper are the page's business; here outcomes are
words. No record of the period is ever left out: what answers no due dose stands in a row of its own, and a
record of a prescription that was not active in the period brings that prescription with it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Q, prefetch_related_objects

from emar.models import (
    Administration,
    EffectCheck,
    HomePolicy,
    PatchCheck,
    Prescription,
    ResidentPhoto,
    StaffMember,
    Suspension,
)
from emar.queries import due
from emar.queries.residents import ResidentLine, residents
from emar.queries.schedules import schedule_of
from emar.rules.amounts import ScheduleError
from emar.rules.initials import marks_of
from emar.rules.inr import InrPlan, InrRecord
from emar.rules.outcomes import is_given
from emar.rules.schedule import IntervalPlan, Schedule
from emar.rules.timing import timing
from emar.rules.wall_clock import ONE_DAY, instant, local, local_day
from stock.queries.chain import chain_head

DAYS = 28
#: A record typed this long after the dose is a late entry, and both times are shown.
LATE_ENTRY = timedelta(hours=1)


@dataclass
class Entry:
    """One record in a cell. `timely` is "early", "late" or ""; `note` numbers its line under the chart.

    `shows_amount` where the prescription leaves a choice, so that the letter alone does not say how much.
    `by` is the mark of who gave it, unlike anybody else's in the home; `effects` are what was seen of a
    when-required dose afterwards.
    """

    record: Administration
    timely: str = ""
    was_due: bool = True
    shows_amount: bool = False
    note: int | None = None
    by: str = ""
    effects: tuple[EffectCheck, ...] = ()

    @property
    def is_corrected(self) -> bool:
        """Whether the record was entered in error: it stays, crossed out."""
        return due.is_corrected(self.record)

    @property
    def is_replacement(self) -> bool:
        """Whether the record takes the place of one entered in error."""
        return hasattr(self.record, "corrects")

    @property
    def is_entered_late(self) -> bool:
        """Whether it was written down long after it happened, so that both times matter.

        What the closing job writes is written late by design and says nothing of a dose's time.
        """
        record = self.record
        return due.counts_as_answer(record) and record.entered_at - record.given_at > LATE_ENTRY

    @property
    def has_something_to_say(self) -> bool:
        """Whether a letter in a cell would leave out something a reader must know.

        How a dose was scanned, and notes that the chart shows anyway (late), are left to the day's page:
        too many small numbers hide the ones that matter.
        """
        is_judged = any(finding.get("level") != "note" for finding in self.record.findings)
        is_changed = self.is_corrected or self.is_replacement or self.is_entered_late
        return bool(self.record.note or is_judged or is_changed or not self.was_due)


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
    """One time of day of one prescription: at a round or a clock time, or whenever it was needed.

    A worn patch has one row for putting on and one for taking off whatever the clock says (`event`), because
    its hours move with the clocks and with every patch that was late.
    """

    round_name: str
    clock: str
    cells: list[Cell]
    event: str = ""
    label: str = ""


@dataclass
class Block:
    """One prescription on the chart. The day it was stopped or replaced is shown, not hidden.

    `problem` says why its due times cannot be worked out; it must be shown, because its blanks cannot be.
    `schedule` is None where the stored one cannot be read.
    """

    prescription: Prescription
    problem: str = ""
    rows: list[Row] = field(default_factory=list)
    schedule: Schedule | None = None
    suspensions: list[Suspension] = field(default_factory=list)
    patch_checks: list[PatchCheck] = field(default_factory=list)

    @property
    def is_when_required(self) -> bool:
        """Whether doses are given only when needed."""
        return bool(self.prescription.schedule.get("kind") == "when_required")

    @property
    def is_patch(self) -> bool:
        """Whether it is worn: put on and taken off."""
        return is_worn(self.schedule)

    @property
    def is_time_critical(self) -> bool:
        """Whether a dose a little late does harm."""
        return self.prescription.is_time_critical or bool(self.prescription.schedule.get("time_critical"))

    @property
    def entries(self) -> list[Entry]:
        """Every record of the prescription in the period, as they happened."""
        found = [entry for row in self.rows for cell in row.cells for entry in cell.entries]
        return sorted(found, key=lambda entry: (entry.record.given_at, entry.record.pk))

    @property
    def with_sites(self) -> list[Entry]:
        """The records that say where on the body."""
        return [entry for entry in self.entries if entry.record.site]

    @property
    def with_readings(self) -> list[Entry]:
        """The records with a reading: pulse, blood glucose, INR."""
        return [entry for entry in self.entries if entry.record.reading]

    @property
    def areas(self) -> list[str]:
        """Where it may go: the areas prescribed, and the sites that a patch rotates through."""
        plan = self.schedule.plan if self.schedule else None
        sites = plan.sites if isinstance(plan, IntervalPlan) else ()
        return list(dict.fromkeys([*self.prescription.body_areas, *sites]))

    @property
    def reading_unit(self) -> str:
        """The unit of the reading that comes before the dose, empty where none is named."""
        return (self.schedule.terms.reading_unit or "") if self.schedule else ""

    @property
    def inr_records(self) -> list[InrRecord]:
        """The INR dosing records, where doses go by them."""
        plan = self.schedule.plan if self.schedule else None
        return list(plan.records) if isinstance(plan, InrPlan) else []


@dataclass
class MarChart:
    """One resident's chart for a period of days.

    `people` maps everybody who signed anything on it to their mark and full name; `letters` are the home's own
    (outcome to letter); `sealed` is where the home's ledger ended when the chart was made.
    """

    line: ResidentLine
    days: list[date]
    regular: list[Block]
    when_required: list[Block]
    notes: list[Entry] = field(default_factory=list)
    people: dict[int, tuple[str, str]] = field(default_factory=dict)
    letters: Mapping[str, str] = field(default_factory=dict)
    sealed: tuple[int, str] | None = None
    photo: bytes | None = None

    @property
    def signatures(self) -> list[tuple[str, str]]:
        """Mark and full name of everybody who signed something on the chart, by mark."""
        return sorted(self.people.values())

    @property
    def blocks(self) -> list[Block]:
        """Every prescription, the regular ones first."""
        return [*self.regular, *self.when_required]


def is_worn(schedule: Schedule | None) -> bool:
    """Return whether a schedule is a patch's: put on, worn and taken off."""
    return schedule is not None and isinstance(schedule.plan, IntervalPlan) and schedule.plan.worn is not None


def mar_charts(
    home_id: int,
    resident_ids: Sequence[int],
    first_day: date,
    now: datetime,
    *,
    days: int = DAYS,
    with_photos: bool = False,
) -> list[MarChart]:
    """Return the charts of residents for `days` from `first_day`, in corridor order.

    The number of SQL statements does not depend on how many residents there are. `with_photos` brings each
    one's photograph, for paper.
    """
    dates = [first_day + timedelta(days=n) for n in range(days)]
    since, until = instant(first_day, time(0)), instant(dates[-1] + ONE_DAY, time(0))
    people = residents(home_id, now, resident_ids=resident_ids)
    prefetch_related_objects([line.resident for line in people], "gp_practice", "pharmacy")
    period = due.doses_between(home_id, since, until, now, resident_ids=resident_ids)
    lines = period.prescriptions + _brought_by_records(home_id, period.prescriptions, period.unmatched)
    prefetch_related_objects(lines, "written_by", "checked_by", "stopped_by")
    records = [record for each in period.doses for record in each.records] + period.unmatched
    prefetch_related_objects(records, "entered_by", "witness")
    facts = _facts(home_id, period, lines, records, since, until)
    parts = _Parts(dates, lines, period.doses, period.unmatched, facts)
    charts = [parts.chart(line) for line in people]
    marks = _marks(home_id, charts)
    sealed, letters = chain_head(home_id), letters_of(home_id)
    photos = _photos(home_id, resident_ids) if with_photos else {}
    for chart in charts:
        _sign(chart, marks)
        chart.sealed, chart.letters = sealed, letters
        chart.photo = photos.get(chart.line.resident.pk)
    return charts


def mar_chart(home_id: int, resident_id: int, first_day: date, now: datetime, *, days: int = DAYS) -> MarChart | None:
    """Return one resident's chart, or None when nobody of that number is in this home."""
    charts = mar_charts(home_id, [resident_id], first_day, now, days=days)
    return charts[0] if charts else None


def letters_of(home_id: int) -> dict[str, str]:
    """Return the letters that a home prints instead of the usual ones, by outcome."""
    found = HomePolicy.objects.filter(home_id=home_id).values_list("letters", flat=True).first()
    return dict(found or {})


def marks_in(home_id: int, people: Iterable[StaffMember] = ()) -> dict[int, str]:
    """Return the mark of everybody who ever had a role in a home, and of these people, by their number."""
    staff = StaffMember.objects.filter(homerole__home_id=home_id).distinct().values_list("pk", "initials")
    return marks_of({**dict(staff), **{each.pk: each.initials for each in people}}.items())


def _brought_by_records(
    home_id: int, lines: Sequence[Prescription], unmatched: Iterable[Administration]
) -> list[Prescription]:
    """Return the prescriptions that were not active in the period and yet have a record in it."""
    missing = {record.prescription_id for record in unmatched} - {line.pk for line in lines}
    found = Prescription.objects.filter(home_id=home_id, pk__in=missing)
    return list(found.select_related("medicine", "resident").order_by("medicine__name", "id")) if missing else []


def _photos(home_id: int, resident_ids: Sequence[int]) -> dict[int, bytes]:
    found = ResidentPhoto.objects.filter(home_id=home_id, resident_id__in=resident_ids)
    return {pk: bytes(jpeg) for pk, jpeg in found.values_list("resident_id", "jpeg")}


@dataclass(frozen=True)
class _Facts:
    """What belongs to prescriptions and records of the period besides themselves."""

    away: dict[int, list[due.Absence]]
    problems: dict[UUID, str]
    suspensions: dict[UUID, list[Suspension]]
    patch_checks: dict[UUID, list[PatchCheck]]
    effects: dict[UUID, list[EffectCheck]]


def _facts(
    home_id: int,
    period: due.DosesBetween,
    lines: Sequence[Prescription],
    records: Sequence[Administration],
    since: datetime,
    until: datetime,
) -> _Facts:
    ids = [line.pk for line in lines]
    suspended = Suspension.objects.filter(
        Q(resumed_at__isnull=True) | Q(resumed_at__gt=since), home_id=home_id, prescription_id__in=ids,
        since_at__lt=until,
    ).select_related("since_by", "resumed_by").order_by("since_at")  # fmt: skip
    looked_at = PatchCheck.objects.filter(
        home_id=home_id, prescription_id__in=ids, checked_at__gte=since, checked_at__lt=until
    ).select_related("checked_by").order_by("checked_at")  # fmt: skip
    # Only when-required doses are looked at afterwards: naming the others would make the question long.
    needed = {line.pk for line in lines if line.schedule.get("kind") == "when_required"}
    asked = [record.pk for record in records if record.prescription_id in needed]
    effects = EffectCheck.objects.filter(home_id=home_id, administration_id__in=asked)
    facts = _Facts(period.away, period.problems, defaultdict(list), defaultdict(list), defaultdict(list))
    for suspension in suspended:
        facts.suspensions[suspension.prescription_id].append(suspension)
    for check in looked_at:
        facts.patch_checks[check.prescription_id].append(check)
    for effect in effects.select_related("checked_by").order_by("checked_at"):
        facts.effects[effect.administration_id].append(effect)
    return facts


class _Parts:
    """What charts are put together from, sorted once by prescription."""

    def __init__(
        self,
        dates: list[date],
        lines: Iterable[Prescription],
        doses: Iterable[due.Due],
        unmatched: Iterable[Administration],
        facts: _Facts,
    ) -> None:
        self.dates = dates
        self.place = {day: place for place, day in enumerate(dates)}
        self.lines: dict[int, list[Prescription]] = defaultdict(list)
        self.doses: dict[UUID, list[due.Due]] = defaultdict(list)
        self.unmatched: dict[UUID, list[Administration]] = defaultdict(list)
        self.facts = facts
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
        facts, pk = self.facts, prescription.pk
        block = Block(
            prescription,
            facts.problems.get(pk, ""),
            schedule=_readable(prescription),
            suspensions=facts.suspensions.get(pk, []),
            patch_checks=facts.patch_checks.get(pk, []),
        )
        rows: dict[tuple[str, ...], Row] = {}
        for each in self.doses[pk]:
            cell = self._cell_of(block, rows, each)
            cell.dose, cell.state = each, each.state
            if each.state == "away":
                absence = due.absence_at(facts.away[prescription.resident_id], each.dose.due_at)
                cell.presence = absence.presence if absence else ""
            cell.entries += [_entry(record, each, facts) for record in each.records]
        for record in self.unmatched[pk]:
            self._put_unmatched(block, rows, record)
        if block.is_when_required and not rows:
            self._row(block, rows)
        block.rows = sorted(rows.values(), key=_place_of_row)
        return block

    def _cell_of(self, block: Block, rows: dict[tuple[str, ...], Row], each: due.Due) -> Cell:
        shown = local(each.dose.due_at)
        place, clock, event = self.place[shown.date()], shown.strftime("%H:%M"), each.dose.event
        event = event if block.is_patch and event in _EVENT_WORDS else ""
        row = self._row(block, rows, each.dose.round_name or "", clock, event)
        repeated = 0
        # Two doses a day by one clock time happen only when an hour comes twice: each has a row of its own.
        while row.cells[place].dose is not None:
            repeated += 1
            row = self._row(block, rows, "", clock, "", repeated)
        return row.cells[place]

    def _put_unmatched(self, block: Block, rows: dict[tuple[str, ...], Row], record: Administration) -> None:
        """Put a record that answers no due dose where it belongs: by its due time, or by when it was given."""
        shown = local(record.due_at or record.given_at)
        clock = shown.strftime("%H:%M") if record.due_at else ""
        name = next((row.round_name for row in rows.values() if clock and row.clock == clock), "")
        cell = self._row(block, rows, name, clock).cells[self.place[local_day(shown)]]
        is_expected = block.is_when_required or (block.is_patch and record.due_at is None)
        effects = tuple(self.facts.effects.get(record.pk, ()))
        cell.entries.append(Entry(record, was_due=is_expected, shows_amount=record.amount is not None, effects=effects))
        cell.entries.sort(key=lambda entry: entry.record.given_at)

    def _row(
        self,
        block: Block,
        rows: dict[tuple[str, ...], Row],
        round_name: str = "",
        clock: str = "",
        event: str = "",
        repeated: int = 0,
    ) -> Row:
        # A round's row keeps together the days on which a spring clock change moved its time.
        key = (round_name, "" if round_name or event else clock, event, str(repeated))
        if key not in rows:
            label = _EVENT_WORDS.get(event) or " ".join(filter(None, (round_name, clock)))
            if not label:
                label = "When needed" if block.is_when_required else "Put back on" if block.is_patch else "Other times"
            rows[key] = Row(round_name, clock, [Cell(day) for day in self.dates], event, label)
        return rows[key]


_EVENT_WORDS = {"put_on": "Put on", "take_off": "Take off"}


def _place_of_row(row: Row) -> tuple[str, str, str]:
    """Return what rows are sorted by: putting on before taking off, then by the clock, other times last."""
    return ("" if row.event == "put_on" else "0" if row.event else row.clock or "99", row.round_name, row.clock)


def _readable(prescription: Prescription) -> Schedule | None:
    try:
        return schedule_of(prescription)
    except ScheduleError:
        return None


def _entry(record: Administration, dose: due.Due, facts: _Facts) -> Entry:
    """Return the record as an entry: only a dose that was given can be early or late."""
    found = timing(record.given_at, dose.window) if is_given(record.outcome) else "on_time"
    is_other_amount = record.amount is not None and record.amount != dose.dose.amount.low
    return Entry(
        record,
        {"on_time": "", "too_early": "early"}.get(found, found),
        shows_amount=is_other_amount or (dose.dose.amount.is_range and record.amount is not None),
        effects=tuple(facts.effects.get(record.pk, ())),
    )


def _number_notes(chart: MarChart) -> None:
    """Number the records that need words under the chart, in the order in which they happened."""
    found = [entry for block in chart.blocks for entry in block.entries]
    for entry in sorted(found, key=lambda each: (each.record.given_at, each.record.pk)):
        if entry.has_something_to_say:
            chart.notes.append(entry)
            entry.note = len(chart.notes)


def _signers(chart: MarChart) -> Iterator[StaffMember]:
    """Give everybody whose name stands behind something on the chart."""
    for block in chart.blocks:
        line = block.prescription
        yield from filter(None, (line.written_by, line.checked_by, line.stopped_by))
        yield from (check.checked_by for check in block.patch_checks)
        for entry in block.entries:
            record = entry.record
            yield from filter(None, (record.given_by, record.entered_by, record.witness))
            yield from (effect.checked_by for effect in entry.effects)
            if entry.is_corrected:
                yield record.correction.corrected_by


def _marks(home_id: int, charts: Iterable[MarChart]) -> dict[int, str]:
    return marks_in(home_id, {person.pk: person for chart in charts for person in _signers(chart)}.values())


def _sign(chart: MarChart, marks: Mapping[int, str]) -> None:
    """Put each giver's mark on their entries, and collect who is who."""
    chart.people = {person.pk: (marks[person.pk], person.full_name) for person in _signers(chart)}
    for block in chart.blocks:
        for entry in block.entries:
            entry.by = marks.get(entry.record.given_by_id, "")

"""How the day's rounds stand, and what needs somebody now."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from emar.models import Administration, Answer, MedicineRound, Prescription, Resident
from emar.queries.conflicts import Conflict, open_conflicts
from emar.queries.due import DosesBetween, Due, doses_between, rounds_on
from emar.queries.homes import units
from emar.queries.schedules import schedule_of
from emar.rules.controlled import IN_REGISTER
from emar.rules.outcomes import is_given
from emar.rules.wall_clock import ONE_DAY, instant, local_day, round_at
from stock.models import Discrepancy
from stock.queries.discrepancies import open_discrepancies

#: How long a finding about a record stays on the list.
FINDINGS_FOR = timedelta(hours=24)


@dataclass
class RoundProgress:
    """One round of one unit on one day, or the doses between rounds (`round` None), in counts of doses."""

    round: MedicineRound | None
    now: datetime
    opens_at: datetime
    closes_at: datetime
    given: int = 0
    not_given: int = 0
    away: int = 0
    coming: int = 0
    due: int = 0
    late: int = 0
    blank: int = 0
    residents_left: set[int] = field(default_factory=set)

    @property
    def total(self) -> int:
        """How many doses the round has, those of absent residents left out."""
        return self.done + self.left

    @property
    def done(self) -> int:
        """How many have an answer, given or not."""
        return self.given + self.not_given

    @property
    def left(self) -> int:
        """How many have no answer yet."""
        return self.coming + self.due + self.late + self.blank

    def count(self, each: Due) -> None:
        """Count one dose."""
        if each.answer is not None:
            word = "given" if is_given(each.answer.outcome) else "not_given"
        else:
            # A paused medicine is left out of a round as an absent resident is: neither due nor missed.
            word = "away" if each.state == "suspended" else each.state
            if word != "away":
                self.residents_left.add(each.prescription.resident_id)
        setattr(self, word, getattr(self, word) + 1)

    @property
    def state(self) -> str:
        """Return `done`, `unfinished` (its time is over and doses are blank), `now`, `coming` or `empty`."""
        if self.total == 0:
            return "empty"
        if self.left == 0:
            return "done"
        if self.blank:
            return "unfinished"
        return "now" if self.due or self.late or self.opens_at <= self.now else "coming"


@dataclass(frozen=True, slots=True)
class UnitToday:
    """The rounds of one unit today, in the order of the day."""

    pk: int
    name: str
    rounds: tuple[RoundProgress, ...]


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The doses of one resident that nobody recorded, though their time is over."""

    resident: Resident
    doses: tuple[Due, ...]

    @property
    def day(self) -> date:
        """The day of the first of them."""
        return local_day(self.doses[0].dose.due_at)


@dataclass(frozen=True, slots=True)
class Today:
    """A home's day so far."""

    day: date
    units: tuple[UnitToday, ...]
    late_critical: tuple[Due, ...]
    unanswered: tuple[Unanswered, ...]
    unanswered_yesterday: tuple[Unanswered, ...]
    conflicts: tuple[Conflict, ...]
    witnessed_by_giver: tuple[Administration, ...]
    judged: tuple[Administration, ...]
    without_times: tuple[tuple[Prescription, str], ...]
    discrepancies: tuple[Discrepancy, ...]

    @property
    def blank_today(self) -> int:
        """How many doses of today are blank, the time-critical ones left out."""
        return sum(len(each.doses) for each in self.unanswered)

    @property
    def blank_yesterday(self) -> int:
        """How many doses of yesterday are blank."""
        return sum(len(each.doses) for each in self.unanswered_yesterday)

    @property
    def has_controlled_discrepancy(self) -> bool:
        """Whether a controlled drug is among the stock that does not add up: somebody outside may have to be rung."""
        return any(
            each.line.is_controlled or each.line.medicine.controlled_drug_category in IN_REGISTER
            for each in self.discrepancies
        )

    @property
    def needs_nobody(self) -> bool:
        """Whether nothing is waiting for a person."""
        return not (
            self.late_critical
            or self.unanswered
            or self.unanswered_yesterday
            or self.conflicts
            or self.witnessed_by_giver
            or self.judged
            or self.without_times
            or self.discrepancies
        )


def today(home_id: int, now: datetime) -> Today:
    """Return how the day stands at this instant, in a constant number of statements."""
    day = local_day(now)
    yesterday, begins, ends = (instant(each, time(0)) for each in (day - ONE_DAY, day, day + ONE_DAY))
    period = doses_between(home_id, yesterday, ends, now)
    doses = sorted(period.doses, key=lambda each: each.dose.due_at)
    of_today = [each for each in doses if each.dose.due_at >= begins]
    blank = [each for each in doses if each.state == "blank"]
    rounds = _rounds(home_id, day)
    return Today(
        day,
        tuple(
            UnitToday(unit.pk, unit.name, tuple(_progress(now, rounds[unit.pk], of_today, unit.pk)))
            for unit in units(home_id)
        ),
        tuple(each for each in of_today if each.state in ("late", "blank") and _is_critical(each)),
        _by_resident(each for each in blank if each.dose.due_at >= begins and not _is_critical(each)),
        _by_resident(each for each in blank if each.dose.due_at < begins),
        *_to_look_at(home_id, now),
        _without_times(period, begins),
        tuple(open_discrepancies(home_id)),
    )


def _without_times(period: DosesBetween, begins: datetime) -> tuple[tuple[Prescription, str], ...]:
    """Return today's prescriptions whose due times cannot be worked out, with why: they are in no round."""
    return tuple(
        (each, period.problems[each.pk])
        for each in period.prescriptions
        if each.pk in period.problems and (each.stopped_at is None or each.stopped_at > begins)
    )


def _rounds(home_id: int, today: date) -> dict[int, list[MedicineRound]]:
    found: dict[int, list[MedicineRound]] = defaultdict(list)
    for each in rounds_on(home_id, today):
        found[each.unit_id].append(each)
    return found


def _is_critical(each: Due) -> bool:
    return each.prescription.is_time_critical or schedule_of(each.prescription).is_time_critical


def _progress(
    now: datetime, rounds: Sequence[MedicineRound], doses: Iterable[Due], unit_id: int
) -> list[RoundProgress]:
    """Return each round with its counts, and after them the doses that lie in no round, if any."""
    day = local_day(now)
    found = {
        each.name: RoundProgress(
            each,
            now,
            instant(day, each.starts),
            instant(day if each.starts < each.ends else day + ONE_DAY, each.ends),
        )
        for each in rounds
    }
    spans = {each.name: (each.starts, each.ends) for each in rounds}
    between: list[Due] = []
    for each in doses:
        if each.prescription.resident.unit_id != unit_id:
            continue
        under_way = round_at(each.dose.due_at, spans) if each.dose.round_name is None else None
        name = under_way[0] if under_way else each.dose.round_name
        if name is None:
            between.append(each)
        else:
            found[name].count(each)
    if not between:
        return list(found.values())
    rest = RoundProgress(None, now, between[0].dose.due_at, between[-1].dose.due_at)
    for each in between:
        rest.count(each)
    return [*found.values(), rest]


def _by_resident(doses: Iterable[Due]) -> tuple[Unanswered, ...]:
    mine: dict[int, list[Due]] = defaultdict(list)
    for each in doses:
        mine[each.prescription.resident_id].append(each)
    found = [Unanswered(each[0].prescription.resident, tuple(each)) for each in mine.values()]
    return tuple(sorted(found, key=lambda each: (each.resident.corridor_order, each.resident.pk)))


def _to_look_at(
    home_id: int, now: datetime
) -> tuple[tuple[Conflict, ...], tuple[Administration, ...], tuple[Administration, ...]]:
    """Return doses with two answers, doses whose giver is their own witness, and others with a serious finding.

    The first two stay until somebody has resolved them; the last are those lately recorded.
    """
    records = Administration.objects.filter(home_id=home_id, correction__isnull=True)
    judged = records.filter(answer=Answer.RECORDED_WITH_FINDINGS, given_at__gt=now - FINDINGS_FOR, given_at__lte=now)
    serious = [
        each
        for each in judged.select_related("resident", "prescription__medicine", "given_by").order_by("-given_at", "-id")
        if any(finding.get("level") in ("stop", "conflict", "ask") for finding in each.findings)
    ]
    unresolved = open_conflicts(home_id)
    twice = [each for each in unresolved if each.others or not _is_own_witness(each.record)]
    alone = [
        each.record for each in unresolved if _is_own_witness(each.record) and not hasattr(each.record, "witnessreview")
    ]
    return tuple(twice), tuple(alone), tuple(serious)


def _is_own_witness(record: Administration) -> bool:
    return any(each.get("code") == "witness_is_giver" for each in record.findings)

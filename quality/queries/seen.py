"""What the record, the ledger and the scanner saw lately that could be an incident.

Each fact comes with a cause that is the same whenever it is looked for. What is made of the facts is rules.drafting's
question, writing it down operations.incidents'.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Q, QuerySet

from emar.models import Administration, ScanEvent
from emar.queries.closing import is_critical_line
from emar.queries.policy import policy_of
from emar.queries.prescribed import firsts
from emar.queries.register import register_balances
from emar.rules.outcomes import GIVEN_WORDS, OUTCOMES, Family
from quality.models import IncidentEvidence, IncidentPolicy
from quality.rules.drafting import DESPITE, OVER_LIMIT, TWICE, WRONG_PACK, Evidence, Scan, kind_of_given, repeated_stops
from quality.rules.incidents import Kind
from stock.models import Discrepancy

#: What arrives later than this after it happened is reported by a person.
LOOK_BACK = timedelta(days=14)
NOT_THERE = frozenset(word for word, each in OUTCOMES.items() if each.family is Family.SUPPLY_FAILURE) - {
    # Dropped is made good by the next tablet of the box, unless another outcome says otherwise.
    "destroyed_or_dropped"
}
NOT_RECORDED = "not_recorded"


def seen(home_id: int, now: datetime, policy: IncidentPolicy) -> list[Evidence]:
    """Return everything of the last two weeks that could be an incident, in a constant number of statements.

    Records that were corrected do not stand. A fact that was seen before is returned again, with the same cause.
    """
    since = now - LOOK_BACK
    given = list(_given_with_findings(home_id, since))
    missed = list(_missed(home_id, since))
    counted = _counted_scans(home_id, since)
    scans = [each for each in _stopped_scans(home_id, since) if str(each.pk) not in counted]
    lineage = firsts({str(each.prescription_id) for each in [*given, *missed, *scans] if each.prescription_id})
    return [
        *_of_given(given, lineage),
        *_of_missed(home_id, missed, lineage),
        *_of_scans(scans, lineage, policy),
        *_of_counts(home_id, since),
    ]


def _standing(home_id: int, since: datetime) -> QuerySet[Administration]:
    return Administration.objects.filter(home_id=home_id, given_at__gte=since, correction__isnull=True)


def _given_with_findings(home_id: int, since: datetime) -> QuerySet[Administration]:
    worth = reduce(or_, (Q(findings__contains=[{"code": code}]) for code in sorted(DESPITE | OVER_LIMIT | TWICE)))
    return _standing(home_id, since).filter(worth, outcome__in=GIVEN_WORDS)


def _missed(home_id: int, since: datetime) -> QuerySet[Administration]:
    missed = _standing(home_id, since).filter(outcome__in=[*sorted(NOT_THERE), NOT_RECORDED], due_at__isnull=False)
    # What was answered after all, by a colleague or a minute later, was not missed.
    return missed.select_related("prescription__medicine__generic")


def _stopped_scans(home_id: int, since: datetime) -> QuerySet[ScanEvent]:
    return ScanEvent.objects.filter(home_id=home_id, entered_at__gte=since, findings__overlap=sorted(WRONG_PACK))


def _counted_scans(home_id: int, since: datetime) -> set[str]:
    """Return the scans that some incident rests on already."""
    known = IncidentEvidence.objects.filter(
        home_id=home_id, kind=Kind.WRONG_PACK_REPEATED, happened_at__gte=since
    ).values_list("facts__scans", flat=True)
    return {scan for scans in known for scan in scans or ()}


def _of_given(given: Iterable[Administration], lineage: Mapping[str, str]) -> Iterable[Evidence]:
    for each in given:
        codes = [found["code"] for found in each.findings]
        if (kind := kind_of_given(codes)) is not None:
            yield _of_record(each, kind, lineage, each.given_at, has_reached=True, facts={"findings": codes})


def _of_missed(home_id: int, missed: list[Administration], lineage: Mapping[str, str]) -> Iterable[Evidence]:
    policy = policy_of(home_id)
    answered = _answered(home_id, missed)
    for each in missed:
        if each.due_at is None or (each.prescription_id, each.due_at) in answered:
            continue
        if is_critical_line(each.prescription, policy):
            kind = Kind.CRITICAL_MISSED
        elif each.outcome in NOT_THERE:
            kind = Kind.NOT_AVAILABLE
        else:
            # A blank of an ordinary medicine has its task and its rate: an incident for each would drown the others.
            continue
        facts = {"outcome": each.outcome, "due_at": each.due_at.isoformat()}
        yield _of_record(each, kind, lineage, each.due_at, has_reached=True, facts=facts)


def _answered(home_id: int, missed: list[Administration]) -> set[tuple[UUID, datetime]]:
    """Return the due doses among these that have another standing record, which says what happened."""
    if not missed:
        return set()
    others = Administration.objects.filter(
        home_id=home_id,
        correction__isnull=True,
        prescription_id__in={each.prescription_id for each in missed},
        due_at__in={each.due_at for each in missed},
    ).exclude(outcome__in=[*sorted(NOT_THERE), NOT_RECORDED])
    return set(others.values_list("prescription_id", "due_at"))


def _of_record(
    record: Administration,
    kind: Kind,
    lineage: Mapping[str, str],
    happened_at: datetime,
    *,
    has_reached: bool,
    facts: Mapping[str, object],
) -> Evidence:
    first = lineage.get(str(record.prescription_id), str(record.prescription_id))
    return Evidence(
        kind=kind,
        cause=f"record {record.pk}",
        happened_at=happened_at,
        about=f"prescription {first}",
        has_reached=has_reached,
        resident_id=record.resident_id,
        prescription_id=record.prescription_id,
        record_id=record.pk,
        facts=facts,
    )


def _of_scans(scans: Iterable[ScanEvent], lineage: Mapping[str, str], policy: IncidentPolicy) -> list[Evidence]:
    found = [
        Scan(
            id=each.pk,
            at=each.entered_at,
            findings=tuple(each.findings),
            about=(
                f"prescription {lineage.get(str(each.prescription_id), each.prescription_id)}"
                if each.prescription_id
                else f"resident {each.resident_id}"
            ),
            resident_id=each.resident_id,
            prescription_id=each.prescription_id,
        )
        for each in scans
    ]
    return repeated_stops(found, at_least=policy.stops_to_draft, within=timedelta(days=policy.stop_days))


def _of_counts(home_id: int, since: datetime) -> Iterable[Evidence]:
    """Give the counts of the CD register that were not what the book says."""
    found = Discrepancy.objects.filter(home_id=home_id, opened_at__gte=since).select_related("line")
    of_register = register_balances(home_id)
    for each in found:
        if each.line_id in of_register:
            yield Evidence(
                kind=Kind.CD_COUNT_DIFFERS,
                cause=f"discrepancy {each.pk}",
                happened_at=each.opened_at,
                about=f"line {each.line_id}",
                has_reached=False,
                resident_id=each.line.resident_id,
                facts={"line_id": each.line_id, "expected": str(each.expected), "found": str(each.found)},
            )

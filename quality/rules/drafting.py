"""Which of the things that the record shows make an incident, and which belong to one that is open already.

The system drafts and a person decides: a draft states facts with their instants and grades nothing. The same facts
found again are the same cause, so that a job may look as often as it likes. Plain values in, plain values out; where
the facts come from is queries.seen's question.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from quality.rules.incidents import Kind

#: Facts of one kind about the same thing belong together when they are no further apart than this.
TOGETHER = timedelta(hours=24)
#: Findings that stop a carer and name a pack or person that is not the right one.
WRONG_PACK = frozenset(
    {"wrong_resident", "wrong_medicine", "wrong_strength", "stopped_medicine", "quarantined", "expired"}
)
#: A given dose on which one of these stands reached somebody who should not have had it like that.
DESPITE = WRONG_PACK | {"allergy", "opened_too_long", "hold_rule"}
OVER_LIMIT = frozenset({"prn_too_soon", "prn_over_maximum"})
TWICE = frozenset({"double_dose"})


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that the system saw. `cause` is the same words whenever it is found again.

    `about` is what it happened to (a prescription's lineage, a stock line): evidence of one kind about one thing
    belongs together. `has_reached` says whether it got as far as the resident.
    """

    kind: Kind
    cause: str
    happened_at: datetime
    about: str
    has_reached: bool
    resident_id: int | None = None
    prescription_id: UUID | None = None
    record_id: UUID | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """An incident that somebody may still add to, with the evidence it rests on so far."""

    id: UUID
    kind: str
    about: str
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """New evidence, first to last, and the open incident it belongs to; None for one to be opened."""

    evidence: tuple[Evidence, ...]
    incident_id: UUID | None


@dataclass(frozen=True, slots=True)
class Scan:
    """A scan that stopped a carer: what was found, for which line, when."""

    id: UUID
    at: datetime
    findings: tuple[str, ...]
    about: str
    resident_id: int | None
    prescription_id: UUID | None


def drafts(found: Iterable[Evidence], open_incidents: Sequence[OpenIncident]) -> list[Draft]:
    """Return what to write: each piece of evidence once, with the open incident it belongs to or a new one.

    Evidence belongs to an incident of the same kind about the same thing whose last evidence is at most `TOGETHER`
    away. The order in which evidence arrives makes no difference to which pieces end up together.
    """
    groups: dict[tuple[str, str], list[Evidence]] = defaultdict(list)
    for each in found:
        groups[each.kind, each.about].append(each)
    written = []
    for (kind, about), pieces in groups.items():
        pieces.sort(key=lambda each: (each.happened_at, each.cause))
        known = [each for each in open_incidents if (each.kind, each.about) == (kind, about)]
        written += [Draft(tuple(run), _home_of(run, known)) for run in _runs(pieces)]
    return sorted(written, key=lambda each: each.evidence[0].happened_at)


def _runs(pieces: Sequence[Evidence]) -> Iterable[list[Evidence]]:
    run: list[Evidence] = []
    for each in pieces:
        if run and each.happened_at - run[-1].happened_at > TOGETHER:
            yield run
            run = []
        run.append(each)
    if run:
        yield run


def _home_of(run: Sequence[Evidence], known: Sequence[OpenIncident]) -> UUID | None:
    near = [
        each
        for each in known
        if run[0].happened_at - TOGETHER <= each.last_at <= run[-1].happened_at + TOGETHER
    ]  # fmt: skip
    return max(near, key=lambda each: each.last_at).id if near else None


def repeated_stops(scans: Iterable[Scan], *, at_least: int, within: timedelta) -> list[Evidence]:
    """Return one piece of evidence for each line at which the wrong pack was scanned `at_least` times `within`.

    One wrong pack is the check at work. The same again and again means that something invites it: two boxes side by
    side, a label, a name. The evidence is named by the scan that made it too many, and names all of them: whoever asks
    again later leaves those out, because a week's first scan is another one tomorrow.
    """
    of_line: dict[str, list[Scan]] = defaultdict(list)
    for scan in scans:
        if WRONG_PACK & set(scan.findings):
            of_line[scan.about].append(scan)
    found = []
    for about, many in of_line.items():
        many.sort(key=lambda each: (each.at, str(each.id)))
        since = 0
        for place, last in enumerate(many):
            while last.at - many[since].at > within:
                since += 1
            if place - since + 1 == at_least:
                kinds = sorted({code for each in many[since : place + 1] for code in each.findings} & WRONG_PACK)
                found.append(
                    Evidence(
                        kind=Kind.WRONG_PACK_REPEATED,
                        cause=f"scan {last.id}",
                        happened_at=last.at,
                        about=about,
                        has_reached=False,
                        resident_id=last.resident_id,
                        prescription_id=last.prescription_id,
                        facts={
                            "scans": [str(each.id) for each in many[since : place + 1]],
                            "since": many[since].at.isoformat(),
                            "findings": kinds,
                        },
                    )
                )
                # The next one needs as many again: what was told is not told with every further scan.
                since = place + 1
    return found


def kind_of_given(findings: Iterable[str]) -> Kind | None:
    """Return the kind of incident that a given dose with these findings is, worst first; None where it is none."""
    codes = set(findings)
    if codes & TWICE:
        return Kind.DOUBLE_DOSE
    if codes & DESPITE:
        return Kind.GIVEN_DESPITE_STOP
    return Kind.PRN_OVER_LIMIT if codes & OVER_LIMIT else None

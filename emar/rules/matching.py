"""What a scan means at the bedside: whose pack it is, which dose it is for, and what stands in the way.

The ladder, in order: our own pack label (the only proof of whose it is), a GS1 serial bound to a pack at
booking-in, a GTIN, a resident's label, a staff badge. What the scanned text says is stock.rules.gs1's job.
The bedside app holds the same ladder in TypeScript; tests/vectors/matching hold both to the same answers.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from emar.rules.dose_choice import DoseChoice, choose_dose
from emar.rules.findings import Finding, finding, in_order
from emar.rules.snapshot import Id, PrescribedLine, Resident, Snapshot, StockPack
from emar.rules.wall_clock import local_day
from stock.rules.gs1 import ScanValue

Meaning = Literal["own_label", "gs1_serial", "gtin", "resident", "badge", "unknown"]
Result = Literal["in_pot", "stopped", "asked", "opened"]


@dataclass(frozen=True, slots=True)
class InPot:
    """A dose put in the pot and not yet recorded; `due_at` None for a when-required dose."""

    prescription_id: Id
    due_at: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Match:
    """What a scan means. `findings` are in the order of showing; the first one names the screen."""

    meaning: Meaning
    result: Result
    resident_id: Id | None = None
    prescription_id: Id | None = None
    due_at: datetime | None = None
    pack_id: Id | None = None
    findings: tuple[Finding, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the match as the vectors write it."""
        return {
            "meaning": self.meaning,
            "result": self.result,
            "resident_id": self.resident_id,
            "prescription_id": self.prescription_id,
            "due_at": None if self.due_at is None else self.due_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "pack_id": self.pack_id,
            "findings": [each.to_json() for each in self.findings],
        }


@dataclass(frozen=True)
class Bedside:
    """Where a scan happens: what the device knows, the time, whose page is open, what is in the pot.

    `readings` are readings taken in this round: by prescription, by name of the reading.
    """

    snapshot: Snapshot
    now: datetime
    open_resident_id: Id | None = None
    pot: Sequence[InPot] = ()
    readings: Mapping[Id, Mapping[str, Decimal]] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The day in the home, which decides what has expired."""
        return local_day(self.now)


def match_scan(scan: ScanValue, bedside: Bedside) -> Match:
    """Return what this scan means here and now; it never raises and changes nothing.

    `in_pot`: the dose may go in the pot. `stopped`: it must not, and nothing at the bedside overrides that.
    `asked`: it may, once the carer has answered. `opened`: a page opens (a person's, or a when-required
    medicine's, whose dose is chosen there).
    """
    match scan.kind:
        case "own_label":
            pack = bedside.snapshot.pack_of_label.get(scan.key)
            if pack is None:
                return _asked("own_label", bedside, finding("unknown_barcode"))
            return _pack_scanned("own_label", pack, scan, bedside)
        case "gtin":
            pack = _pack_of_serial(scan, bedside.snapshot)
            if pack is not None:
                return _pack_scanned("gs1_serial", pack, scan, bedside)
            return _gtin_scanned(scan, bedside)
        case "resident":
            resident = bedside.snapshot.resident_of_label.get(scan.key)
            if resident is None:
                return _asked("resident", bedside, finding("unknown_barcode"))
            return Match("resident", "opened", resident.id)
        case "badge":
            return Match("badge", "opened", bedside.open_resident_id)
        case _:
            return _asked("unknown", bedside, finding("unknown_barcode"))


def _asked(meaning: Meaning, bedside: Bedside, question: Finding) -> Match:
    return Match(meaning, "asked", bedside.open_resident_id, findings=(question,))


def _pack_of_serial(scan: ScanValue, snapshot: Snapshot) -> StockPack | None:
    """Return the one pack with this GTIN and serial; a serial that is only likely proves nothing."""
    if scan.serial is None or not scan.serial.confirmed:
        return None
    bound = [pack for pack in snapshot.packs if pack.gtin == scan.key and pack.serial == scan.serial.value]
    return bound[0] if len(bound) == 1 else None


def _pack_scanned(meaning: Meaning, pack: StockPack, scan: ScanValue, bedside: Bedside) -> Match:
    """Answer a scan that names one pack."""
    opened = bedside.open_resident_id
    if opened is None:
        if pack.resident_id is not None:
            return Match(meaning, "opened", pack.resident_id, pack_id=pack.id)
        return Match(meaning, "asked", pack_id=pack.id, findings=(finding("whose_pack", resident_ids=[]),))
    if pack.resident_id is not None and pack.resident_id != opened:
        stop = finding("wrong_resident", owner_ids=[pack.resident_id])
        return Match(meaning, "stopped", opened, pack_id=pack.id, findings=(stop,))
    lines = _lines_for(pack.medicine_id, pack.gtin, opened, bedside.snapshot)
    if isinstance(lines, Finding):
        return Match(meaning, "stopped", opened, pack_id=pack.id, findings=(lines,))
    return _dose_match(meaning, lines, [pack], scan, bedside)


def _gtin_scanned(scan: ScanValue, bedside: Bedside) -> Match:
    """Answer a scan that names a product, which says what it is but not whose."""
    snapshot, opened = bedside.snapshot, bedside.open_resident_id
    medicine_id = _medicine_of(scan.key, snapshot)
    if medicine_id is None:
        return _asked("gtin", bedside, finding("unknown_barcode"))
    owners = _owners(scan.key, medicine_id, snapshot)
    if opened is None:
        if len(owners) == 1:
            return Match("gtin", "opened", owners[0])
        return Match("gtin", "asked", findings=(finding("whose_pack", resident_ids=owners),))
    lines = _lines_for(medicine_id, scan.key, opened, snapshot)
    if isinstance(lines, Finding):
        if lines.code == "wrong_medicine" and "must_be_brand" not in lines.facts and owners:
            lines = finding("wrong_resident", owner_ids=owners)
        return Match("gtin", "stopped", opened, findings=(lines,))
    return _dose_match("gtin", lines, _packs_meant(scan, medicine_id, opened, snapshot), scan, bedside)


def _medicine_of(gtin: str, snapshot: Snapshot) -> Id | None:
    """Return the medicine this GTIN is a pack of: by the known codes, a booked-in pack, or a prescription."""
    if gtin in snapshot.medicine_of_gtin:
        return snapshot.medicine_of_gtin[gtin]
    for pack in snapshot.packs:
        if pack.gtin == gtin:
            return pack.medicine_id
    for line in snapshot.prescriptions:
        if gtin in line.acceptable_gtins:
            return line.medicine_ids[0]
    return None


def _owners(gtin: str, medicine_id: Id, snapshot: Snapshot) -> list[Id]:
    """Return the residents who have a pack of this product, in the snapshot's order of residents."""
    holding = {
        pack.resident_id
        for pack in snapshot.packs
        if pack.status != "finished" and (pack.gtin == gtin or (pack.gtin is None and pack.medicine_id == medicine_id))
    }
    return [resident_id for resident_id in snapshot.residents if resident_id in holding]


def _lines_for(
    medicine_id: Id, gtin: str | None, resident_id: Id, snapshot: Snapshot
) -> list[PrescribedLine] | Finding:
    """Return the resident's active prescriptions that this product answers, or why there are none."""
    own = snapshot.prescriptions_of.get(resident_id, ())
    same = [line for line in own if medicine_id in line.medicine_ids or gtin in line.acceptable_gtins]
    active = [line for line in same if line.is_active]
    right = [line for line in active if not line.must_be_brand or gtin in line.acceptable_gtins or gtin is None]
    if right:
        return right
    if active:
        return finding("wrong_medicine", must_be_brand=True)
    if same:
        return finding("stopped_medicine", prescription_id=same[-1].id)
    ingredients = snapshot.ingredients_of_medicine.get(medicine_id)
    for line in own:
        if ingredients and line.is_active and line.ingredient_ids == ingredients:
            return finding("wrong_strength", prescription_id=line.id)
    return finding("wrong_medicine")


def _packs_meant(scan: ScanValue, medicine_id: Id, resident_id: Id, snapshot: Snapshot) -> list[StockPack]:
    """Return which of the resident's packs, or else of the home's own, a GTIN can mean: ideally one."""
    for owner in (resident_id, None):
        packs = [
            pack
            for pack in snapshot.packs
            if pack.resident_id == owner
            and pack.status != "finished"
            and (pack.gtin == scan.key or (pack.gtin is None and pack.medicine_id == medicine_id))
        ]
        if packs:
            break
    if scan.batch is not None and scan.batch.confirmed:
        packs = [pack for pack in packs if pack.batch == scan.batch.value] or packs
    packs = [pack for pack in packs if pack.status == "in_use"] or packs
    opened = [pack for pack in packs if pack.opened_on is not None]
    return opened if len(opened) == 1 else packs


def _dose_match(
    meaning: Meaning,
    lines: Sequence[PrescribedLine],
    packs: Sequence[StockPack],
    scan: ScanValue,
    bedside: Bedside,
) -> Match:
    """Answer a scan of the right medicine for the open person: which dose, and what stands in the way."""
    line, choice = _line_meant(lines, bedside)
    findings = list(choice.findings)
    findings += _person_findings(line, bedside)
    findings += _line_findings(line, bedside)
    pack = packs[0] if len(packs) == 1 else None
    if not packs:
        findings.append(finding("not_booked_in"))
    elif pack is None:
        findings.append(finding("two_packs", pack_ids=[each.id for each in packs]))
    else:
        findings += _pack_findings(pack, choice, bedside)
    expires_on = scan.expires_on
    is_printed_past = expires_on is not None and expires_on.confirmed and expires_on.value < bedside.today
    if expires_on is not None and is_printed_past and not any(each.code == "expired" for each in findings):
        findings.append(finding("expired", expires_on=expires_on.value.isoformat()))
    return Match(
        meaning,
        _result(findings, opens_page=line.is_when_required),
        bedside.open_resident_id,
        line.id,
        None if choice.slot is None else choice.slot.due_at,
        None if pack is None else pack.id,
        tuple(in_order(findings)),
    )


def _result(findings: Sequence[Finding], *, opens_page: bool) -> Result:
    levels = {each.level for each in findings}
    if "stop" in levels:
        return "stopped"
    if "ask" in levels:
        return "asked"
    return "opened" if opens_page else "in_pot"


def _line_meant(lines: Sequence[PrescribedLine], bedside: Bedside) -> tuple[PrescribedLine, DoseChoice]:
    """Return which of several prescriptions of one product is meant, with its dose.

    A regular dose comes before a when-required one. While the regular dose of now is in the pot or given,
    the second scan is the same dose again, and must not slip into the when-required line.
    """
    regular = [line for line in lines if not line.is_when_required]
    choices = [(line, _choice(line, bedside)) for line in regular]
    best = min(choices, key=lambda pair: pair[1].rank, default=None)
    when_required = [line for line in lines if line.is_when_required]
    if best is not None and (not when_required or best[1].rank <= _ALREADY_GIVEN):
        return best
    if when_required:
        return when_required[0], DoseChoice(None, ())
    raise AssertionError("a product that answers no prescription was stopped before this")


_ALREADY_GIVEN = 4


def _choice(line: PrescribedLine, bedside: Bedside) -> DoseChoice:
    in_pot = {
        each.due_at: each.at for each in bedside.pot if each.prescription_id == line.id and each.due_at is not None
    }
    return choose_dose(bedside.snapshot.due_of.get(line.id, ()), in_pot, bedside.now)


def _person_findings(line: PrescribedLine, bedside: Bedside) -> list[Finding]:
    resident = bedside.snapshot.residents.get(line.resident_id)
    if resident is None:
        return []
    found = [
        finding("allergy", substance=substance)
        for substance in allergies_met(resident, line.medicine_name, line.ingredient_ids, line.allergies_met)
        if substance not in line.accepted_allergies
    ]
    if not resident.is_present:
        found.append(finding("resident_away"))
    return found


def allergies_met(
    resident: Resident, medicine_name: str, ingredient_ids: frozenset[Id], known: frozenset[str] = frozenset()
) -> list[str]:
    """Return the resident's allergies that this medicine meets: `known` to the server, by ingredient or by name.

    What the server knows counts classes of medicines too. The name is a last line: an allergy typed as words only
    has no ingredients to compare.
    """
    return [
        allergy.substance
        for allergy in resident.allergies
        if allergy.substance in known
        or allergy.ingredient_ids & ingredient_ids
        or _is_named(allergy.substance, medicine_name)
    ]


def _is_named(substance: str, medicine_name: str) -> bool:
    words = substance.strip().lower()
    return bool(words) and re.search(rf"(?<![a-z]){re.escape(words)}(?![a-z])", medicine_name.lower()) is not None


def _line_findings(line: PrescribedLine, bedside: Bedside) -> list[Finding]:
    """Return what gaps, totals and hold rules say."""
    found = _wait_findings(line, bedside)
    readings = bedside.readings.get(line.id, {})
    for hold in line.holds:
        value = readings.get(hold.reading)
        if value is None:
            found.append(finding("reading_first", reading=hold.reading))
        elif hold.holds(value):
            found.append(finding("hold_rule", reading=hold.reading, value=format(value, "f")))
    return found


def _wait_findings(line: PrescribedLine, bedside: Bedside) -> list[Finding]:
    """Return whether it is too soon or too much, by the server's answer and by what is in the pot since."""
    prn = line.prn
    if line.is_when_required and any(each.prescription_id == line.id for each in bedside.pot):
        return [finding("in_pot")]
    waits = [] if line.next_allowed_at is None else [line.next_allowed_at]
    if prn is not None and prn.min_gap:
        waits += [
            each.at + prn.min_gap
            for each in bedside.pot
            if (other := bedside.snapshot.prescription(each.prescription_id)) is not None
            and other.id != line.id
            and other.ingredient_ids & line.ingredient_ids
        ]
    opens_at = max(waits, default=bedside.now)
    is_over = prn is not None and prn.max_amount_24h is not None and prn.given_24h + prn.low > prn.max_amount_24h
    if opens_at > bedside.now:
        code = "prn_over_maximum" if is_over else "prn_too_soon"
        return [finding(code, next_allowed_at=opens_at.strftime("%Y-%m-%dT%H:%M:%SZ"))]
    return []


def _pack_findings(pack: StockPack, choice: DoseChoice, bedside: Bedside) -> list[Finding]:
    """Return what is wrong with the pack itself."""
    found = []
    if pack.status == "quarantined":
        found.append(finding("quarantined"))
    if pack.expires_on is not None and pack.expires_on < bedside.today:
        found.append(finding("expired", expires_on=pack.expires_on.isoformat()))
    if pack.use_by is not None and pack.use_by < bedside.today:
        found.append(finding("opened_too_long", use_by=pack.use_by.isoformat()))
    is_older_open = pack.opened_on is None and any(
        other.id != pack.id
        and other.status == "in_use"
        and other.opened_on is not None
        and other.resident_id == pack.resident_id
        and other.medicine_id == pack.medicine_id
        for other in bedside.snapshot.packs
    )
    if is_older_open:
        found.append(finding("older_pack_open"))
    is_low = pack.balance is not None and choice.slot is not None and pack.balance < choice.slot.low
    if pack.status == "finished" or is_low:
        found.append(finding("low_stock"))
    return found

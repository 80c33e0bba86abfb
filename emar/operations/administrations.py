"""Recording what happened to doses: the only code that writes an administration.

Record, then judge: nothing that happened is refused. What was wrong about it is kept beside the record as
findings and told to a person. The rules are in emar.rules.judging; this file gives them their facts,
writes the rows and takes the stock, all in one transaction under the home's lock.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from emar.models import Administration, Answer, Correction
from emar.operations import audit, tasks
from emar.operations.doses import Dose, Told
from emar.operations.register import CountedDose, CountsBeside, write_counts
from emar.queries import prescribed as facts
from emar.queries.due import answered_of
from emar.queries.medicines import codes_of
from emar.queries.patches import fallen_off
from emar.queries.policy import policy_of
from emar.queries.taken import Wanted, strengths_of
from emar.queries.when_required import past_doses
from emar.rules.due import Answered
from emar.rules.findings import Finding, finding, in_order
from emar.rules.judging import OtherAnswer, PackUsed, Prescribed, RecordedDose, judge
from emar.rules.outcomes import OUTCOMES, StockEffect, is_given, not_recorded_id, stock_effect
from emar.rules.prn import GivenDose
from emar.rules.refusals import REFUSED
from emar.rules.schedule import depends_on_answers
from emar.rules.taken import Counted, Share, Strength, counted_out, differs, movement_ids, part_id, shares, wasted_id
from emar.rules.wall_clock import is_night, local_day
from stock.models import LedgerHead, Place, StockMovement
from stock.operations.ledger import LineKey, line_ids, lock_home, write_movements
from stock.operations.packs import open_used
from stock.rules.balance import Movement, given_back_id, kept
from stock.statements import Writing


class AdministrationRefused(Exception):
    """What must not happen: an id used again for something else, or a dose of a prescription nobody knows."""


class AlreadyCorrected(Exception):
    """Somebody has corrected this record before; correct the newer one."""


@dataclass(slots=True)
class _Facts:
    """What judging a batch needs, read once under the lock, and kept up to date while the batch goes on."""

    home_id: int
    around: facts.Around
    others: dict[facts.Slot, list[OtherAnswer]]
    past: dict[int, list[GivenDose]]
    given: dict[UUID, list[Answered]]
    put_back: Collection[str]
    strengths: Mapping[str, tuple[Strength, ...]]

    @property
    def lines(self) -> Mapping[str, facts.Line]:
        """The prescriptions of the batch."""
        return self.around.lines

    @property
    def packs(self) -> Mapping[str, tuple[int, PackUsed]]:
        """The packs of the batch, each with its stock line."""
        return self.around.packs


def record(
    doses: Sequence[Dose],
    *,
    home_id: int,
    at: datetime,
    head: LedgerHead | None = None,
    also: Sequence[Finding] = (),
    writing: Writing | None = None,
) -> list[Told]:
    """Record doses in the order given and return what is said of each, in the same order.

    Promises, for ever: the same id and content gets the same answer and is recorded once, however often and
    from wherever it is sent. Stock leaves in the same transaction. `at` is the server's clock; `also` is what
    the caller found about the sender of them all. With `writing` the rows are only put
    there, and the caller runs them before anything else is read. Raises
    AdministrationRefused, and records nothing, for an id that was used for other content and for a
    prescription that is not this home's.
    """
    if head is None:
        with transaction.atomic():
            return record(doses, home_id=home_id, at=at, head=lock_home(home_id), also=also)
    doses = [_as_kept(dose) for dose in doses]
    around = facts.around(
        home_id,
        ids=[dose.id for dose in doses],
        prescription_ids={dose.prescription_id for dose in doses},
        pack_ids={pk for dose in doses for pk in _pack_ids(dose)},
        staff_ids={dose.given_by_id for dose in doses if dose.given_by_id is not None},
    )
    told = _told_before(doses, around)
    fresh = [dose for dose in _once_each(doses) if dose.id not in told]
    if fresh:
        mine = writing or Writing()
        told |= {each.id: each for each in _record_fresh(fresh, _facts(fresh, home_id, around), at, head, also, mine)}
        if writing is None:
            mine.run()
    return [told[dose.id] for dose in doses]


def _as_kept(dose: Dose) -> Dose:
    """Return the dose with its id and its amounts as the database will have them, so that all copies agree."""
    changed: dict[str, Any] = {}
    if dose.id != (pk := str(UUID(dose.id))):
        changed["id"] = pk
    for name in ("amount", "prepared", "counted_balance"):
        amount = getattr(dose, name)
        if amount is not None and amount != kept(amount):
            changed[name] = kept(amount)
    return replace(dose, **changed) if changed else dose


def _pack_ids(dose: Dose) -> list[str]:
    """Return the packs a dose was taken from, the first one first."""
    return list(dict.fromkeys(pk for pk in (dose.pack_id, *(part.pack_id for part in dose.parts)) if pk))


def _once_each(doses: Sequence[Dose]) -> list[Dose]:
    once: dict[str, Dose] = {}
    for dose in doses:
        if once.setdefault(dose.id, dose).sealed() != dose.sealed():
            raise AdministrationRefused("This id was used for another dose.")
    return list(once.values())


def _told_before(doses: Sequence[Dose], around: facts.Around) -> dict[str, Told]:
    """Return the answers given before; a resend is recognised before any rule runs."""
    for dose in doses:
        if dose.id in around.told and around.told[dose.id][0] != dose.sealed():
            raise AdministrationRefused("This id was used for another dose.")
    return {pk: Told(pk, answer, tuple(json.loads(found))) for pk, (_, answer, found) in around.told.items()}


def _record_fresh(
    doses: Sequence[Dose],
    known: _Facts,
    at: datetime,
    head: LedgerHead,
    also: Sequence[Finding],
    writing: Writing,
) -> list[Told]:
    home_id = head.home_id
    rows, movements, told = [], [], []
    taken = {dose.id: _taken(dose, known) for dose in doses if _touches_stock(dose)}
    keys = [key for each in taken.values() for key, _ in each if key is not None]
    lines = line_ids(home_id=home_id, keys=keys, codes_of=codes_of)
    balances = CountsBeside(
        [
            CountedDose(
                dose.id,
                _line_id(dose, known, lines, taken[dose.id]),
                kept(dose.counted_balance),
                dose.given_at,
                dose.given_by_id,
                dose.witness_id,
            )
            for dose in doses
            if dose.counted_balance is not None
        ],
        home_id,
    )
    for dose in doses:
        moved = _movements(dose, known, lines, taken.get(dose.id, ()))
        judged = [*_judged(dose, known, at), *balances.after(dose.id, moved)]
        found = [each.to_json() for each in in_order([*judged, *also])]
        answer = _answer(found)
        told.append(Told(dose.id, answer, tuple(found)))
        rows.append(_row(dose, home_id, at, answer, found, known))
        movements += moved
    writing.insert_rows(Administration, rows)
    write_movements(home_id=home_id, movements=movements, at=at, head=head, writing=writing)
    _open_packs(doses, known, at)
    _follow_up(doses, known, balances, at, writing)
    return told


def _open_packs(doses: Sequence[Dose], known: _Facts, at: datetime) -> None:
    """Write down as opened the packs from which these doses are the first, where opening counts."""
    used: dict[str, date] = {}
    for dose in doses:
        for pk in _pack_ids(dose) if _effect(dose).leaves else ():
            if pk in known.around.unopened:
                given_on = local_day(dose.given_at)
                used[pk] = min(given_on, used.get(pk, given_on))
    if used:
        open_used(home_id=known.home_id, used=used, by=None, at=at)


def _touches_stock(dose: Dose) -> bool:
    return bool(_effect(dose).leaves) or dose.counted_balance is not None


def _follow_up(doses: Sequence[Dose], known: _Facts, balances: CountsBeside, at: datetime, writing: Writing) -> None:
    """Write what follows from the doses: counts, what somebody must now do, and what they need not any more."""
    home_id = balances.home_id
    counts = balances.counts()
    refused = [
        tasks.RefusedDose(dose.id, dose.resident_id, dose.prescription_id, _slot(dose, known.lines)[0], dose.due_at)
        for dose in doses
        if dose.outcome == REFUSED and dose.due_at is not None
    ]
    settled = [
        (dose, not_recorded_id(*_slot(dose, known.lines)))
        for dose in doses
        if dose.due_at is not None and _was_closed(dose, known)
    ]
    if not (counts or refused or settled):
        return
    # What follows is read from the rows themselves.
    writing.run()
    write_counts(home_id=home_id, counts=counts)
    tasks.tell_of_refusals(home_id=home_id, refused=refused, at=at)
    for dose, cause in settled:
        tasks.close_settled(home_id=home_id, kind="not_recorded", about=[cause], by=dose.given_by_id, at=at)


def _was_closed(dose: Dose, known: _Facts) -> bool:
    """Return whether a dose was written down as not recorded before somebody said what happened to it."""
    others = known.others.get(_slot(dose, known.lines), ())
    return not OUTCOMES[dose.outcome].is_by_system and any(OUTCOMES[each.outcome].is_by_system for each in others)


def _facts(doses: Sequence[Dose], home_id: int, around: facts.Around) -> _Facts:
    if any(dose.outcome not in OUTCOMES for dose in doses):
        raise AdministrationRefused("The outcome is not one of the record's words.")
    lines = around.lines
    if any(dose.prescription_id not in lines for dose in doses):
        raise AdministrationRefused("This home has no such prescription.")
    limited = {dose.resident_id for dose in doses if lines[dose.prescription_id].prescribed.limits}
    times = [dose.given_at for dose in doses]
    moving = {dose.prescription_id for dose in doses if depends_on_answers(lines[dose.prescription_id].schedule)}
    put_on = {dose.prescription_id for dose in doses if dose.due_at is None} & moving
    return _Facts(
        home_id=home_id,
        around=around,
        others=facts.other_answers(home_id, {_slot(dose, lines) for dose in doses if dose.due_at is not None}),
        past=past_doses(home_id, limited, min(times), max(times)),
        given=answered_of(home_id, moving),
        put_back=fallen_off(home_id, put_on),
        strengths=strengths_of(
            home_id,
            [
                Wanted(pk, line.prescribed.resident_id, line.stock_medicine_id, line.schedule)
                for pk, line in lines.items()
            ],
        ),
    )


def _slot(dose: Dose, lines: Mapping[str, facts.Line]) -> facts.Slot:
    assert dose.due_at is not None  # noqa: S101  only asked of doses that were due
    return lines[dose.prescription_id].lineage, dose.due_at


def _judged(dose: Dose, known: _Facts, at: datetime) -> list[Finding]:
    """Return what is found about a dose, and let the doses behind it in the batch know of it."""
    line = known.lines[dose.prescription_id]
    given = known.given.get(UUID(dose.prescription_id), ())
    window, amount = facts.due_dose(line, dose.due_at or dose.given_at, known.around.clocks, given)
    packs = [known.packs[pk][1] for pk in _pack_ids(dose) if pk in known.packs]
    others = known.others.get(_slot(dose, known.lines), []) if dose.due_at else []
    recorded = RecordedDose(
        resident_id=dose.resident_id,
        prescription_id=dose.prescription_id,
        outcome=dose.outcome,
        given_at=dose.given_at,
        received_at=at,
        due_at=dose.due_at,
        amount=dose.amount,
        unit=dose.unit,
        given_by=dose.given_by_id,
        witness_id=dose.witness_id,
        witnessed_at=dose.witnessed_at,
        note=dose.note,
        readings=dose.readings,
        takes_stock=bool(_effect(dose).leaves),
        may_be_unwitnessed=_may_be_unwitnessed(dose, line, known.home_id),
        no_witness_reason=dose.no_witness_reason,
        site=dose.site,
        is_put_back=dose.due_at is None and dose.prescription_id in known.put_back,
    )
    found = judge(
        recorded,
        _prescribed(line, known),
        due_amount=amount,
        window=window,
        packs=packs,
        others=others,
        past=known.past.get(dose.resident_id, ()),
    )
    extra = _of_the_sender(dose, known)
    _remember(dose, known)
    return in_order(found + extra) if extra else found


def _prescribed(line: facts.Line, known: _Facts) -> Prescribed:
    """Return the prescription with every product that its doses may be taken from."""
    also = {each.medicine_id for each in known.strengths.get(str(line.prescribed.id), ())}
    also -= set(line.prescribed.medicine_ids)
    if not also:
        return line.prescribed
    return replace(line.prescribed, medicine_ids=(*line.prescribed.medicine_ids, *sorted(also)))


def _of_the_sender(dose: Dose, known: _Facts) -> list[Finding]:
    found = []
    if any(pk not in known.packs for pk in _pack_ids(dose)):
        found.append(finding("unknown_pack"))
    if dose.amount is not None and differs(dose.prepared or dose.amount, dose.parts):
        found.append(finding("parts_differ"))
    shifts = known.around.shifts.get(dose.given_by_id or 0, ())
    if dose.given_by_id is not None and not facts.is_on_duty(shifts, dose.given_at):
        found.append(finding("not_on_duty"))
    if dose.witness_id is not None and not dose.is_witness_proven:
        found.append(finding("witness_unproven"))
    return found


def _may_be_unwitnessed(dose: Dose, line: facts.Line, home_id: int) -> bool:
    """Return whether the home lets a controlled drug be given alone at that hour; asked only where it matters."""
    if not line.prescribed.needs_witness or dose.witness_id is not None or not is_night(dose.given_at):
        return False
    return policy_of(home_id).has_unwitnessed_nights


def _remember(dose: Dose, known: _Facts) -> None:
    if dose.due_at is not None and dose.outcome in OUTCOMES:
        known.others.setdefault(_slot(dose, known.lines), []).append(OtherAnswer(dose.outcome, dose.given_at))
    line = known.lines[dose.prescription_id]
    prescribed = line.prescribed
    if is_given(dose.outcome) and depends_on_answers(line.schedule):
        known.given.setdefault(UUID(dose.prescription_id), []).append(Answered(dose.due_at, dose.given_at))
    if prescribed.limits and dose.amount and dose.outcome in OUTCOMES and is_given(dose.outcome):
        held = {name: each * dose.amount for name, each in prescribed.ingredients_per_unit.items()}
        past = known.past.setdefault(dose.resident_id, [])
        past.append(GivenDose(dose.given_at, dose.amount, dose.prescription_id, held))


def _answer(found: Sequence[Mapping[str, Any]]) -> str:
    if any(each["level"] == "conflict" for each in found):
        return Answer.CONFLICT.value
    return (Answer.RECORDED_WITH_FINDINGS if found else Answer.RECORDED).value


def _effect(dose: Dose) -> StockEffect:
    return stock_effect(dose.outcome, dose.amount, prepared=dose.prepared, was_in_pot=bool(dose.prepared))


def _key(dose: Dose, known: _Facts) -> LineKey:
    """Return the stock line a dose leaves: the person's own stock of the generic medicine."""
    line = known.lines[dose.prescription_id]
    return LineKey(dose.resident_id, line.stock_medicine_id, line.prescribed.unit)


#: Something that leaves for a dose, on the line of a pack or of a key that may have to be opened.
_Taken = tuple[LineKey | None, Share]


def _taken(dose: Dose, known: _Facts) -> list[_Taken]:
    """Return what a dose takes from where: by strength where it is written by weight, else in its own unit."""
    effect, line = _effect(dose), known.lines[dose.prescription_id]
    pack_line, pack = known.packs.get(dose.pack_id or "", (None, None))
    strengths = known.strengths.get(dose.prescription_id, ())
    counted = []
    if strengths:
        counted = counted_out(
            effect.leaves,
            strengths,
            said=dose.parts,
            pack_id=dose.pack_id,
            pack_medicine_id=str(pack.medicine_id) if pack is not None else None,
            has_halves=line.schedule.terms.has_halves,
        )
    if not counted:
        own = Strength(line.stock_medicine_id, Decimal(1), line.prescribed.unit, pack_line)
        counted = [Counted(own, effect.leaves, dose.pack_id)]
    is_all_had = bool(effect.to_resident) and not effect.to_waste
    return [(_key(each, dose, known), each) for each in shares(counted, None if is_all_had else effect.to_resident)]


def _key(share: Share, dose: Dose, known: _Facts) -> LineKey | None:
    """Return the person's own line of what was taken, None where a pack or a line of theirs says it."""
    strength = share.counted.strength
    if (share.counted.pack_id or "") in known.packs or strength.line_id is not None:
        return None
    return LineKey(dose.resident_id, strength.medicine_id, strength.unit)


def _movements(dose: Dose, known: _Facts, lines: Mapping[LineKey, int], taken: Sequence[_Taken]) -> list[Movement]:
    effect = _effect(dose)
    if not effect.leaves:
        return []
    found = []
    for place, each in enumerate(taken):
        share = each[1]
        line_id = _line_id(dose, known, lines, [each])
        for quantity, destination in ((share.had, Place.RESIDENT), (share.wasted, Place.WASTE)):
            if not quantity:
                continue
            is_had = destination is Place.RESIDENT
            pack_id = share.counted.pack_id
            found.append(
                Movement(
                    # The movement that reached the person carries the record's own id, so it cannot be doubled.
                    id=str((part_id if is_had else wasted_id)(UUID(dose.id), place)),
                    line_id=line_id,
                    quantity=quantity,
                    source=Place.HOME.value,
                    destination=destination.value,
                    reason=dose.outcome,
                    moved_at=dose.given_at,
                    moved_by_id=dose.given_by_id,
                    witness_id=dose.witness_id if dose.witness_id != dose.given_by_id else None,
                    pack_id=pack_id if pack_id in known.packs else None,
                    record_id=dose.id if place == 0 and (is_had or not effect.to_resident) else None,
                )
            )
    return found


def _line_id(dose: Dose, known: _Facts, lines: Mapping[LineKey, int], taken: Sequence[_Taken]) -> int:
    """Return the stock line that a dose leaves first: that of the pack it was taken from, or the person's own."""
    key, share = taken[0]
    if key is not None:
        return lines[key]
    line_id, _ = known.packs.get(share.counted.pack_id or "", (None, None))
    found = line_id if line_id is not None else share.counted.strength.line_id
    assert found is not None  # noqa: S101  without a key there is a pack or a line
    return found


def _row(
    dose: Dose,
    home_id: int,
    at: datetime,
    answer: str,
    found: Sequence[Mapping[str, Any]],
    known: _Facts,
) -> dict[str, Any]:
    return {
        "id": dose.id,
        "home_id": home_id,
        "resident_id": dose.resident_id,
        "prescription_id": dose.prescription_id,
        "round_id": dose.round_id,
        "outcome": dose.outcome,
        "amount": dose.amount,
        "unit": dose.unit,
        "due_at": dose.due_at,
        "given_at": dose.given_at,
        "given_by_id": dose.given_by_id,
        "entered_at": dose.entered_at,
        "entered_by_id": dose.entered_by_id or dose.given_by_id,
        "received_at": at,
        "device_id": dose.device_id,
        "witness_id": dose.witness_id,
        "counted_balance": dose.counted_balance,
        "pack_id": dose.pack_id if dose.pack_id in known.packs else None,
        "scan_source": dose.scan_source,
        "scan_text": dose.scan_text,
        "by_hand_reason": dose.by_hand_reason,
        "note": dose.note,
        "reading": {name: str(value) for name, value in dose.readings.items()} or None,
        "site": dose.site,
        "findings": found,
        "answer": answer,
        "content_hash": dose.sealed(),
    }


def correct(
    *, correction_id: UUID, administration: Administration, replacement: Dose | None, reason: str, by: int, at: datetime
) -> Correction:
    """Say that a record was entered in error, why, and what really happened (None: nothing did).

    The old record stays and points nowhere new; its stock comes back, and the replacement takes its own.
    Raises AlreadyCorrected, ValueError without a reason, and AdministrationRefused as `record` does.
    """
    if not reason.strip():
        raise ValueError("say why the record was wrong")
    if replacement is not None and UUID(replacement.id) == administration.pk:
        raise AdministrationRefused("A record cannot replace itself.")
    home_id = administration.home_id
    with transaction.atomic():
        head = lock_home(home_id)
        if Correction.objects.filter(administration=administration).exists():
            raise AlreadyCorrected
        # The wrong record must not make its own replacement look like a second dose, so it is set aside first.
        correction = Correction.objects.create(
            id=correction_id,
            home_id=home_id,
            administration=administration,
            replacement_id=replacement and replacement.id,
            reason=reason,
            corrected_at=at,
            corrected_by_id=by,
        )
        back = _given_back(administration, by, at)
        write_movements(home_id=home_id, movements=back, at=at, head=head)
        if replacement is not None:
            record([replacement], home_id=home_id, at=at, head=head)
        audit.note(
            action="administration_corrected",
            home_id=home_id,
            resident_id=administration.resident_id,
            by=by,
            at=at,
            about=administration,
        )
    return correction


def _given_back(administration: Administration, by: int, at: datetime) -> list[Movement]:
    """Return the movements that undo what a record took from stock."""
    taken = StockMovement.objects.filter(home_id=administration.home_id, pk__in=movement_ids(administration.pk))
    return [
        Movement(
            id=str(given_back_id(movement.pk)),
            line_id=movement.line_id,
            quantity=movement.quantity,
            source=movement.destination,
            destination=movement.source,
            reason="corrected",
            moved_at=at,
            moved_by_id=by,
            pack_id=str(movement.pack_id) if movement.pack_id else None,
        )
        for movement in taken
    ]

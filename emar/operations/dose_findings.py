"""What is found about each dose of a batch: the facts it is judged by, read once, and what the rules say of it.

Only operations.administrations calls this, under the home's lock. The rules are in emar.rules.judging.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from emar.operations.doses import AdministrationRefused, Dose
from emar.queries import prescribed as facts
from emar.queries.due import answered_of
from emar.queries.patches import fallen_off
from emar.queries.policy import policy_of
from emar.queries.taken import Wanted, strengths_of
from emar.queries.when_required import past_doses
from emar.rules.due import Answered
from emar.rules.findings import Finding, finding, in_order
from emar.rules.judging import OtherAnswer, PackUsed, Prescribed, RecordedDose, judge
from emar.rules.outcomes import OUTCOMES, is_given
from emar.rules.prn import GivenDose
from emar.rules.schedule import depends_on_answers
from emar.rules.taken import Strength, differs
from emar.rules.wall_clock import is_night


@dataclass(slots=True)
class Facts:
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


def facts_of(doses: Sequence[Dose], home_id: int, around: facts.Around) -> Facts:
    if any(dose.outcome not in OUTCOMES for dose in doses):
        raise AdministrationRefused("The outcome is not one of the record's words.")
    lines = around.lines
    if any(dose.prescription_id not in lines for dose in doses):
        raise AdministrationRefused("This home has no such prescription.")
    limited = {dose.resident_id for dose in doses if lines[dose.prescription_id].prescribed.limits}
    times = [dose.given_at for dose in doses]
    moving = {dose.prescription_id for dose in doses if depends_on_answers(lines[dose.prescription_id].schedule)}
    put_on = {dose.prescription_id for dose in doses if dose.due_at is None} & moving
    return Facts(
        home_id=home_id,
        around=around,
        others=facts.other_answers(home_id, {slot_of(dose, lines) for dose in doses if dose.due_at is not None}),
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


def slot_of(dose: Dose, lines: Mapping[str, facts.Line]) -> facts.Slot:
    assert dose.due_at is not None  # noqa: S101  only asked of doses that were due
    return lines[dose.prescription_id].lineage, dose.due_at


def was_closed(dose: Dose, known: Facts) -> bool:
    """Return whether a dose was written down as not recorded before somebody said what happened to it."""
    others = known.others.get(slot_of(dose, known.lines), ())
    return not OUTCOMES[dose.outcome].is_by_system and any(OUTCOMES[each.outcome].is_by_system for each in others)


def judged(dose: Dose, known: Facts, at: datetime) -> list[Finding]:
    """Return what is found about a dose, and let the doses behind it in the batch know of it."""
    line = known.lines[dose.prescription_id]
    given = known.given.get(UUID(dose.prescription_id), ())
    window, amount = facts.due_dose(line, dose.due_at or dose.given_at, known.around.clocks, given)
    packs = [known.packs[pk][1] for pk in dose.pack_ids if pk in known.packs]
    others = known.others.get(slot_of(dose, known.lines), []) if dose.due_at else []
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
        takes_stock=bool(dose.effect.leaves),
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


def _prescribed(line: facts.Line, known: Facts) -> Prescribed:
    """Return the prescription with every product that its doses may be taken from."""
    also = {each.medicine_id for each in known.strengths.get(str(line.prescribed.id), ())}
    also -= set(line.prescribed.medicine_ids)
    if not also:
        return line.prescribed
    return replace(line.prescribed, medicine_ids=(*line.prescribed.medicine_ids, *sorted(also)))


def _of_the_sender(dose: Dose, known: Facts) -> list[Finding]:
    found = []
    if any(pk not in known.packs for pk in dose.pack_ids):
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


def _remember(dose: Dose, known: Facts) -> None:
    if dose.due_at is not None and dose.outcome in OUTCOMES:
        known.others.setdefault(slot_of(dose, known.lines), []).append(OtherAnswer(dose.outcome, dose.given_at))
    line = known.lines[dose.prescription_id]
    prescribed = line.prescribed
    if is_given(dose.outcome) and depends_on_answers(line.schedule):
        known.given.setdefault(UUID(dose.prescription_id), []).append(Answered(dose.due_at, dose.given_at))
    if prescribed.limits and dose.amount and dose.outcome in OUTCOMES and is_given(dose.outcome):
        held = {name: each * dose.amount for name, each in prescribed.ingredients_per_unit.items()}
        past = known.past.setdefault(dose.resident_id, [])
        past.append(GivenDose(dose.given_at, dose.amount, dose.prescription_id, held))

"""What was wrong about a dose that is already recorded: record, then judge.

At the bedside the same findings stop the carer (rules.matching). Here the act has happened, perhaps offline
an hour ago, so nothing is refused: the findings are kept beside the record and told to a person. Whether
the record is the same one sent again is asked before any of this, by the operation that records.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from emar.rules.amounts import Amount, plain
from emar.rules.body_map import AREA_WORDS
from emar.rules.findings import Finding, finding, in_order
from emar.rules.outcomes import OUTCOMES, Family
from emar.rules.prn import GivenDose, Limit, prn_findings
from emar.rules.readings import HoldRule
from emar.rules.snapshot import Id
from emar.rules.timing import Window, timing
from emar.rules.wall_clock import local_day

# Clocks of devices are corrected by their measured offset; what is left is a few minutes at most.
CLOCK_TOLERANCE = timedelta(minutes=5)
#: A second person who signs longer before or after than this did not stand by. (trust.md, ledger invariant 6)
WITNESS_WITHIN = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class RecordedDose:
    """What a carer says happened to one dose. `received_at` is the server's clock.

    `takes_stock`: something left the cupboard for it, had or wasted. `may_be_unwitnessed`: the home's policy
    lets a controlled drug be given without a second person at that hour. `is_put_back`: a new patch for one
    that fell off, which no schedule expects.
    """

    resident_id: Id
    prescription_id: Id
    outcome: str
    given_at: datetime
    received_at: datetime
    due_at: datetime | None = None
    amount: Decimal | None = None
    unit: str = ""
    given_by: Id | None = None
    witness_id: Id | None = None
    witnessed_at: datetime | None = None
    note: str = ""
    readings: Mapping[str, Decimal] = field(default_factory=dict)
    takes_stock: bool = False
    may_be_unwitnessed: bool = False
    no_witness_reason: str = ""
    is_put_back: bool = False
    site: str = ""


@dataclass(frozen=True, slots=True)
class Prescribed:
    """The prescription that a dose was recorded against, as it stands now.

    `active_from` is when a second person had checked it; `stopped_at` when it ended, `is_replaced` whether
    another took its place. `ingredients_per_unit` is how much of each limited ingredient one unit holds.
    `allergies` are the substances it meets that no prescriber accepted. `away_since` is when its resident left
    the home for hospital, leave or good; None while they are in the home.
    """

    id: Id
    resident_id: Id
    medicine_ids: tuple[Id, ...]
    unit: str
    active_from: datetime | None
    stopped_at: datetime | None = None
    is_replaced: bool = False
    is_when_required: bool = False
    needs_witness: bool = False
    limits: tuple[Limit, ...] = ()
    ingredients_per_unit: Mapping[str, Decimal] = field(default_factory=dict)
    holds: tuple[HoldRule, ...] = ()
    allergies: tuple[str, ...] = ()
    away_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class PackUsed:
    """The pack a dose was taken from. Its days are the last days of use."""

    medicine_id: Id
    resident_id: Id | None
    status: str = "in_use"
    expires_on: date | None = None
    use_by: date | None = None


@dataclass(frozen=True, slots=True)
class OtherAnswer:
    """Another record of the same due dose that stands (not corrected away)."""

    outcome: str
    given_at: datetime


def judge(
    dose: RecordedDose,
    prescribed: Prescribed | None,
    *,
    due_amount: Amount | None = None,
    window: Window | None = None,
    packs: Sequence[PackUsed] = (),
    others: Sequence[OtherAnswer] = (),
    past: Sequence[GivenDose] = (),
) -> list[Finding]:
    """Return everything found about a recorded dose, in the order of showing; empty when all is well.

    `window` and `due_amount` belong to the due dose answered, `due_amount` also to a when-required dose;
    `window` None for a regular prescription means that no such dose was due. `others` answer the same due
    dose. `past` are the resident's doses within two days on either side that count towards a limit, without
    this one. Never raises and asks nobody: it decides from these values alone.
    """
    found = _of_the_act(dose)
    if prescribed is None:
        found.append(finding("unknown_prescription"))
        return in_order(found)
    outcome = OUTCOMES.get(dose.outcome)
    is_given = outcome is not None and outcome.family is Family.GIVEN
    if prescribed.resident_id != dose.resident_id:
        found.append(finding("wrong_resident", owner_ids=[prescribed.resident_id]))
    if others:
        found += _of_other_answers(dose, is_given, others)
    if prescribed.needs_witness and (is_given or dose.takes_stock):
        found += _of_the_witness(dose)
    if is_given:
        given_at = dose.given_at.astimezone(UTC)
        found += _of_the_amount(dose, prescribed, due_amount)
        found += _of_the_prescription(dose, prescribed, given_at)
        if not dose.is_put_back:
            found += _of_the_time(prescribed, given_at, window)
        for pack in packs:
            found += [each for each in _of_the_pack(dose, prescribed, pack) if each not in found]
        if prescribed.limits:
            found += _of_the_limits(dose, prescribed, given_at, past)
        if prescribed.holds:
            found += _of_the_readings(dose, prescribed)
    return in_order(found) if found else found


def _of_the_act(dose: RecordedDose) -> list[Finding]:
    """Return what is missing or impossible in the record itself."""
    found = []
    outcome = OUTCOMES.get(dose.outcome)
    if outcome is None:
        found.append(finding("unknown_outcome" if dose.outcome else "missing_reason"))
    else:
        if outcome.needs_words and not dose.note.strip():
            found.append(finding("missing_reason"))
        if dose.given_by is None and not outcome.is_by_system:
            found.append(finding("no_performer"))
    if dose.site and dose.site not in AREA_WORDS:
        # A picture of the body cannot show it, and nobody can say that the next one goes elsewhere.
        found.append(finding("unknown_site", site=dose.site))
    if dose.given_at > dose.received_at + CLOCK_TOLERANCE:
        found.append(finding("future_time"))
    return found


def _of_other_answers(dose: RecordedDose, is_given: bool, others: Sequence[OtherAnswer]) -> list[Finding]:
    """Return whether the due dose now has two answers that cannot both be the whole truth.

    Not given and then given on a later try is how rounds go. Given twice, or given and later said not to
    be, is for a senior to resolve.
    """
    given = [other for other in others if OUTCOMES[other.outcome].family is Family.GIVEN]
    if is_given:
        if given:
            return [finding("double_dose", given_at=_text(given[0].given_at))]
        later = [other for other in others if other.given_at > dose.given_at and not _is_by_system(other)]
        return [finding("two_answers", outcome=later[0].outcome)] if later else []
    earlier = [other for other in given if other.given_at <= dose.given_at]
    return [finding("two_answers", outcome=earlier[0].outcome)] if earlier else []


def _is_by_system(other: OtherAnswer) -> bool:
    return OUTCOMES[other.outcome].is_by_system


def _of_the_amount(dose: RecordedDose, prescribed: Prescribed, due_amount: Amount | None) -> list[Finding]:
    amount = dose.amount
    if amount is None or amount <= 0:
        # What somebody else gave, or the person took alone, may not be known to the carer who records it.
        return [finding("missing_amount")] if dose.outcome in ("given", "part_given") else []
    found = []
    if dose.unit != prescribed.unit:
        found.append(finding("wrong_unit", unit=prescribed.unit))
    if due_amount is not None and (
        amount > due_amount.high or (amount < due_amount.low and dose.outcome != "part_given")
    ):
        found.append(finding("wrong_amount", low=plain(due_amount.low), high=plain(due_amount.high)))
    return found


def _of_the_prescription(dose: RecordedDose, prescribed: Prescribed, given_at: datetime) -> list[Finding]:
    found = []
    if prescribed.stopped_at is not None and given_at >= prescribed.stopped_at:
        # The device may not have known yet; the person had the old dose all the same.
        code = "superseded_prescription" if prescribed.is_replaced else "stopped_medicine"
        found.append(finding(code, stopped_at=_text(prescribed.stopped_at)))
    if prescribed.away_since is not None and given_at >= prescribed.away_since:
        found.append(finding("resident_away"))
    if prescribed.active_from is None or given_at < prescribed.active_from:
        found.append(finding("not_active"))
    if prescribed.allergies:
        found += [finding("allergy", substance=substance) for substance in prescribed.allergies]
    return found


def _of_the_witness(dose: RecordedDose) -> list[Finding]:
    """Return whether a second person stood by when a CD left the cupboard. (domain.md, Controlled drugs)"""
    if dose.witness_id is not None:
        found = [finding("witness_is_giver")] if dose.witness_id == dose.given_by else []
        if dose.witnessed_at is not None and abs(dose.witnessed_at - dose.given_at) > WITNESS_WITHIN:
            found.append(finding("witness_apart", witnessed_at=_text(dose.witnessed_at)))
        return found
    reason = {"reason": dose.no_witness_reason} if dose.no_witness_reason else {}
    return [finding("unwitnessed" if dose.may_be_unwitnessed else "no_witness", **reason)]


def _of_the_time(prescribed: Prescribed, given_at: datetime, window: Window | None) -> list[Finding]:
    if window is None:
        return [] if prescribed.is_when_required else [finding("not_due")]
    if given_at >= window.opens_at:
        # On time or late: lateness is computed from the two times wherever it is shown.
        return []
    if timing(given_at, window) == "early":
        return [finding("early", opens_at=_text(window.opens_at))]
    return [finding("too_early", early_from=_text(window.early_from))]


def _of_the_pack(dose: RecordedDose, prescribed: Prescribed, pack: PackUsed) -> list[Finding]:
    found = []
    if pack.resident_id is not None and pack.resident_id != dose.resident_id:
        found.append(finding("wrong_resident", owner_ids=[pack.resident_id]))
    if pack.medicine_id not in prescribed.medicine_ids:
        found.append(finding("wrong_medicine"))
    if pack.status == "quarantined":
        found.append(finding("quarantined"))
    if pack.expires_on is not None or pack.use_by is not None:
        given_on = local_day(dose.given_at)
        if pack.expires_on is not None and pack.expires_on < given_on:
            found.append(finding("expired", expires_on=pack.expires_on.isoformat()))
        if pack.use_by is not None and pack.use_by < given_on:
            found.append(finding("opened_too_long", use_by=pack.use_by.isoformat()))
    return found


def _of_the_limits(
    dose: RecordedDose, prescribed: Prescribed, given_at: datetime, past: Sequence[GivenDose]
) -> list[Finding]:
    amount = dose.amount or Decimal(0)
    ingredients = {name: each * amount for name, each in prescribed.ingredients_per_unit.items()}
    broken = prn_findings(str(prescribed.id), amount, ingredients, given_at, prescribed.limits, past)
    return [
        finding(
            each.code,
            ingredient_id=each.limit.ingredient_id,
            given_24h=plain(each.given_24h),
            next_allowed_at=None if each.next_allowed_at is None else _text(each.next_allowed_at),
        )
        for each in broken
    ]


def _of_the_readings(dose: RecordedDose, prescribed: Prescribed) -> list[Finding]:
    found = []
    for hold in prescribed.holds:
        value = dose.readings.get(hold.reading)
        if value is None:
            found.append(finding("reading_first", reading=hold.reading))
        elif hold.holds(value):
            found.append(finding("hold_rule", reading=hold.reading, value=format(value, "f")))
    return found


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

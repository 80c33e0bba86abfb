"""Which due dose a scanned pack is for, when its prescription has several or none.

Late is never blocked, so an unanswered dose of the morning can still be meant at noon; but once a later
dose has been given or put in the pot, the earlier one has been overtaken and giving it would double. So would
today's dose minutes after yesterday's forgotten one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from emar.rules.findings import Finding, finding
from emar.rules.outcomes import is_given
from emar.rules.snapshot import DueSlot

#: Two doses of one prescription closer than this are one dose given twice, whatever their due times say.
JUST_NOW = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class DoseChoice:
    """The due dose meant (None: there is none to give) and what was found about giving it now."""

    slot: DueSlot | None
    findings: tuple[Finding, ...]

    @property
    def rank(self) -> int:
        """How well this prescription explains the scan, lowest best: on time, late, early, taken, not due."""
        codes = {each.code for each in self.findings}
        for place, code in enumerate(("late", "early", "in_pot", "already_given", "too_early", "not_due"), 1):
            if code in codes:
                return place
        return 0


def choose_dose(slots: Sequence[DueSlot], in_pot: Mapping[datetime, datetime], now: datetime) -> DoseChoice:
    """Return the due dose of one prescription that a scan now is for.

    `slots` are in order of time, `in_pot` the due times already in the pot, each with when it went in. The dose
    whose window is open comes first; then the latest one past, however late; then one that may be given early with
    a reason. Another dose taken just now stands in the way of each.
    """
    choice = _chosen(slots, in_pot, now)
    if choice.slot is None:
        return choice
    for other in reversed(slots):
        taken_at = in_pot.get(other.due_at) or (other.given_at if other.outcome and is_given(other.outcome) else None)
        if other is not choice.slot and taken_at and abs(now - taken_at) < _too_close(choice.slot, other):
            return DoseChoice(None, (_taken(other, in_pot),))
    return choice


def _too_close(one: DueSlot, other: DueSlot) -> timedelta:
    # Drops every half hour are meant to be close.
    return min(JUST_NOW, abs(one.due_at - other.due_at) / 2)


def _chosen(slots: Sequence[DueSlot], in_pot: Mapping[datetime, datetime], now: datetime) -> DoseChoice:
    overtaken = max(
        (slot.due_at for slot in slots if slot.due_at in in_pot or (slot.outcome and is_given(slot.outcome))),
        default=None,
    )
    open_slots = [slot for slot in slots if overtaken is None or slot.due_at > overtaken]
    on_time = [slot for slot in open_slots if slot.opens_at <= now <= slot.closes_at]
    if on_time:
        return DoseChoice(on_time[0], _tried(on_time[0]))
    past = [slot for slot in open_slots if slot.closes_at < now]
    if past:
        late = finding("late", closes_at=_text(past[-1].closes_at))
        return DoseChoice(past[-1], (*_tried(past[-1]), late))
    ahead = [slot for slot in open_slots if slot.opens_at > now]
    if ahead and ahead[0].early_from <= now:
        return DoseChoice(ahead[0], (*_tried(ahead[0]), finding("early", opens_at=_text(ahead[0].opens_at))))
    taken = [slot for slot in slots if slot.due_at == overtaken]
    if taken and (not ahead or now <= taken[0].closes_at or _is_recent(taken[0], ahead[0], now)):
        return DoseChoice(None, (_taken(taken[0], in_pot),))
    if ahead:
        return DoseChoice(None, (finding("too_early", early_from=_text(ahead[0].early_from)),))
    return DoseChoice(None, (finding("not_due"),))


def _is_recent(taken: DueSlot, ahead: DueSlot, now: datetime) -> bool:
    """Return whether the dose taken is nearer than the one ahead, so that it is what the carer means."""
    return now - taken.due_at <= ahead.due_at - now


def _taken(slot: DueSlot, in_pot: Mapping[datetime, datetime]) -> Finding:
    if slot.due_at in in_pot:
        return finding("in_pot")
    return finding("already_given", given_at=None if slot.given_at is None else _text(slot.given_at))


def _tried(slot: DueSlot) -> tuple[Finding, ...]:
    """Return the note that this dose was offered before and not given."""
    return () if slot.outcome is None else (finding("tried_before", outcome=slot.outcome),)


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

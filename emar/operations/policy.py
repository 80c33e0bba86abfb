"""Every write about what a home decides for itself: its policy, its rounds, the surgeries and pharmacies it knows."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from typing import Any

from django.db import transaction

from emar.models import GpPractice, HomePolicy, MedicineRound, Pharmacy, Unit
from emar.operations import audit
from emar.rules.wall_clock import local_day
from stock.operations.ledger import lock_home


class DayHasPassed(ValueError):
    """New round times hold from a later day on: those of today's doses stand already."""


class RoundNameTaken(ValueError):
    """The unit has a round of this name."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything that a home decides for itself. Minutes, hours and days are whole ones."""

    window_minutes: int
    refusal_days: int
    critical_atc_codes: Sequence[str]
    close_after_minutes: int
    has_unwitnessed_nights: bool
    also_controlled: Sequence[str]
    letters: Mapping[str, str]
    death_hold_days: int
    homely_remedy_hours: int
    prn_unused_days: int
    prn_daily_days: int
    contact_card: Sequence[Mapping[str, str]]


def change_policy(*, home_id: int, policy: Policy, by: int, at: datetime) -> HomePolicy:
    """Write a home's policy down; the trail keeps every figure as it was before."""
    wanted: dict[str, Any] = {
        name: list(value) if isinstance(value, tuple) else value for name, value in asdict(policy).items()
    }
    with transaction.atomic():
        lock_home(home_id)
        kept, _ = HomePolicy.objects.get_or_create(home_id=home_id, defaults={"changed_at": at, "changed_by_id": by})
        changes = {name: [getattr(kept, name), value] for name, value in wanted.items() if getattr(kept, name) != value}
        if changes:
            for name, value in wanted.items():
                setattr(kept, name, value)
            kept.changed_at, kept.changed_by_id = at, by
            kept.save()
            audit.note(action="policy_changed", home_id=home_id, by=by, at=at, about=kept, changes=changes)
    return kept


def start_round(*, unit: Unit, name: str, starts: time, ends: time, by: int, at: datetime) -> MedicineRound:
    """Give a unit a round that it did not have, from tomorrow on. Raises RoundNameTaken."""
    with transaction.atomic():
        lock_home(unit.home_id)
        if MedicineRound.objects.filter(unit=unit, name=name, ends_on__isnull=True).exists():
            raise RoundNameTaken(f"{unit.name} has a round called {name}")
        started = MedicineRound.objects.create(
            home_id=unit.home_id, unit=unit, name=name, starts=starts, ends=ends, starts_on=_tomorrow(at)
        )
        _note_round("round_started", started, by, at, {"starts": [None, f"{starts:%H:%M}"]})
    return started


def change_round(
    *, medicine_round: MedicineRound, starts: time, ends: time, from_on: date, by: int, at: datetime
) -> MedicineRound:
    """Give a round other times from a day on; what was due before that day keeps its time.

    The row ends and another of the same name starts, because doses of the past are computed from it. Raises
    DayHasPassed for today and earlier.
    """
    if from_on <= local_day(at):
        raise DayHasPassed("choose tomorrow or a later day")
    with transaction.atomic():
        lock_home(medicine_round.home_id)
        kept = MedicineRound.objects.select_for_update().get(pk=medicine_round.pk, ends_on__isnull=True)
        before = f"{kept.starts:%H:%M} to {kept.ends:%H:%M}"
        changes = {"times": [before, f"{starts:%H:%M} to {ends:%H:%M}"], "from": [None, from_on.isoformat()]}
        if kept.starts_on >= from_on:
            # It has not begun, so no dose was ever due by it: another first day would leave a row of no days.
            raise DayHasPassed(f"other times start on {kept.starts_on:%d/%m/%Y} already: choose a day after that")
        kept.ends_on = from_on
        kept.save(update_fields=["ends_on"])
        changed = MedicineRound.objects.create(
            home_id=kept.home_id, unit_id=kept.unit_id, name=kept.name, starts=starts, ends=ends, starts_on=from_on
        )
        _note_round("round_changed", changed, by, at, changes)
    return changed


def _tomorrow(at: datetime) -> date:
    return date.fromordinal(local_day(at).toordinal() + 1)


def _note_round(action: str, about: MedicineRound, by: int, at: datetime, changes: dict[str, Any]) -> None:
    audit.note(action=action, home_id=about.home_id, by=by, at=at, about=about, changes=changes)


def know_practice(
    *, home_id: int, name: str, telephone: str = "", email: str = "", by: int, at: datetime
) -> GpPractice:
    """Write down a GP practice of the home's residents; one of this name gets its new telephone and address."""
    with transaction.atomic():
        practice, _ = GpPractice.objects.update_or_create(
            home_id=home_id, name=name, defaults={"telephone": telephone, "email": email}
        )
        audit.note(action="gp_practice_written", home_id=home_id, by=by, at=at, about=practice)
    return practice


def know_pharmacy(*, home_id: int, name: str, telephone: str = "", email: str = "", by: int, at: datetime) -> Pharmacy:
    """Write down a pharmacy that supplies residents; one of this name gets its new telephone and address."""
    with transaction.atomic():
        pharmacy, _ = Pharmacy.objects.update_or_create(
            home_id=home_id, name=name, defaults={"telephone": telephone, "email": email}
        )
        audit.note(action="pharmacy_written", home_id=home_id, by=by, at=at, about=pharmacy)
    return pharmacy

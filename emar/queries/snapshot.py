"""What one device needs to know of its home to work for three days without a network.

The device decides nothing from dates and doses itself: windows, acceptable codes and when-required times are worked
out here and travel as facts, so the device and the server cannot drift apart. (bedside.md, Offline)
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from emar.models import CareHome, DeviceEvent, MedicineRound, Prescription, ResidentPhoto, Unit
from emar.queries import due, handed_over, told_packs, told_people, told_prescriptions
from emar.queries.allergies import HomeAllergies
from emar.queries.medicines import products_of
from emar.queries.policy import policy_of
from emar.queries.schedules import schedule_of
from emar.queries.when_required import EffectDue, effects_due
from emar.rules.amounts import ScheduleError
from emar.rules.replacing import begins
from emar.rules.wall_clock import instant, local_day, zulu
from stock.models import LedgerHead
from stock.queries.balances import line_balances

SCHEMA = 1
AHEAD = timedelta(hours=72)
#: Earlier rounds of the day and the whole of last night stay on the list, so that a blank is seen.
BEHIND = timedelta(hours=24)


def cursor(home_id: int, now: datetime) -> str:
    """Return a word that changes whenever a snapshot would: after any write of the home, and every ten minutes."""
    version = LedgerHead.objects.filter(pk=home_id).values_list("version", flat=True).first() or 0
    return f"{version}.{int(now.timestamp()) // 600}"


def snapshot(home_id: int, now: datetime) -> dict[str, Any]:
    """Return the snapshot of a home in the form of the device API, in a constant number of queries."""
    # Read first: a write that lands while the rest is read must leave the device with an old cursor.
    known_as = cursor(home_id, now)
    since = instant(local_day(now - BEHIND), time(0))
    until = now + AHEAD
    period = due.doses_between(home_id, since, until, now)
    lines = [line for line in period.prescriptions if _is_offered(line, now)]
    rounds = due.rounds_on(home_id, local_day(now))
    packs = told_packs.packs_in_use(home_id)
    balances = line_balances(home_id)
    # Prescriptions, packs and stock may name one product by codes of different years: the device gets today's.
    product_of = products_of(
        {line.medicine_id for line in lines}
        | {pack.line.medicine_id for pack in packs}
        | {line.medicine_id for line in balances}
    )
    codes = told_packs.codes(home_id, product_of, local_day(now))
    allergies = HomeAllergies(home_id, {*product_of.values(), *(line.medicine_id for line in lines)})
    return {
        "cursor": known_as,
        "server_time": zulu(now),
        "schema": SCHEMA,
        "home": home(home_id),
        "units": [{"id": u.pk, "name": u.name} for u in Unit.objects.filter(home_id=home_id).order_by("id")],
        "rounds": _rounds(home_id, rounds, now),
        "policy": _policy(home_id),
        "changes": [_change(each) for each in handed_over.changes(home_id, now)],
        "effect_checks": [_effect_due(each) for each in effects_due(home_id, now)],
        "staff": told_people.staff(home_id, now, with_verifiers=True),
        "residents": told_people.residents(home_id, allergies.of_residents()),
        "prescriptions": [
            told | {"allergies_met": allergies.met_by(told)}
            for told in told_prescriptions.prescriptions(home_id, period, lines, codes, product_of, now, since, until)
        ],
        "due": _doses(period, rounds),
        "packs": told_packs.packs(packs, product_of),
        "codes": codes,
        "stock": told_packs.stock(balances, product_of),
    }


def _rounds(home_id: int, rounds: Sequence[MedicineRound], now: datetime) -> list[dict[str, Any]]:
    holders = handed_over.held_by(home_id, now)
    return [
        {
            "id": each.pk,
            "unit_id": each.unit_id,
            "name": each.name,
            "starts": each.starts.strftime("%H:%M"),
            "ends": each.ends.strftime("%H:%M"),
            "held_by": _holder(holders.get(each.pk)),
        }
        for each in rounds
    ]


def _policy(home_id: int) -> dict[str, Any]:
    policy = policy_of(home_id)
    return {
        "close_after_minutes": policy.close_after_minutes,
        "has_unwitnessed_nights": policy.has_unwitnessed_nights,
        "homely_remedy_hours": policy.homely_remedy_hours,
    }


def _doses(period: due.DosesBetween, rounds: Sequence[MedicineRound]) -> list[dict[str, Any]]:
    round_ids = {(each.unit_id, each.name): each.pk for each in rounds}
    return [
        told_prescriptions.dose(each, round_ids.get((each.prescription.resident.unit_id, each.dose.round_name or "")))
        for each in sorted(period.doses, key=lambda each: each.dose.due_at)
        # What is suspended is not due: it is neither offered nor missed.
        if each.state != "suspended"
    ]


def _is_offered(line: Prescription, now: datetime) -> bool:
    """Return whether a prescription without due times has begun; the times of the others say so themselves."""
    try:
        schedule = schedule_of(line)
    except ScheduleError:
        return True
    return schedule.kind not in ("when_required", "standing") or begins(schedule) <= now


def home(home_id: int) -> dict[str, Any]:
    """Return a home's id and name."""
    return {"id": home_id, "name": CareHome.objects.values_list("name", flat=True).get(pk=home_id)}


def _holder(holder: handed_over.Holder | None) -> dict[str, Any] | None:
    return holder and {
        "device_id": holder.device_id and str(holder.device_id),
        "device_name": holder.device_name,
        "staff_id": holder.staff_id,
        "since": zulu(holder.since),
    }


def _change(change: handed_over.Change) -> dict[str, Any]:
    return {
        "id": change.id,
        "resident_id": change.resident_id,
        "prescription_id": str(change.prescription_id),
        "at": zulu(change.at),
        "kind": change.kind,
        "words": change.words,
    }


def _effect_due(check: EffectDue) -> dict[str, Any]:
    return {
        "administration_id": str(check.administration_id),
        "resident_id": check.resident_id,
        "prescription_id": str(check.prescription_id),
        "given_at": zulu(check.given_at),
        "due_at": zulu(check.due_at),
    }


def photo(home_id: int, resident_id: int) -> bytes | None:
    """Return a resident's photograph as JPEG, or None where there is none in this home."""
    found = ResidentPhoto.objects.filter(home_id=home_id, resident_id=resident_id)
    jpeg = found.values_list("jpeg", flat=True).first()
    return bytes(jpeg) if jpeg is not None else None


def device_sequence(home_id: int, device_id: UUID) -> int:
    """Return the highest sequence number the server has of a device: 0 when it has none."""
    events = DeviceEvent.objects.filter(home_id=home_id, device_id=device_id).order_by("-sequence")
    return events.values_list("sequence", flat=True).first() or 0

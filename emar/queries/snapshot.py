"""What one device needs to know of its home to work for three days without a network.

The device decides nothing from dates and doses itself: windows, acceptable codes and when-required times are worked
out here and travel as facts, so the device and the server cannot drift apart. (bedside.md, Offline)
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import Q

from emar.models import (
    AT_THE_BEDSIDE,
    CareHome,
    DeviceEvent,
    HomeRole,
    MedicineIngredient,
    NoKnownAllergies,
    PackCode,
    Prescription,
    Presence,
    Resident,
    ResidentPhoto,
    ResidentPresence,
    TaughtCode,
    Unit,
)
from emar.queries import bedside_facts, due, handed_over
from emar.queries.allergies import HomeAllergies
from emar.queries.medicines import IN_USE, meant_on, products_of
from emar.queries.policy import policy_of
from emar.queries.schedules import schedule_of
from emar.queries.when_required import Demand, EffectDue, demand_of, effects_due, ingredient_limits, past_doses
from emar.rules import pins
from emar.rules.amounts import ScheduleError, plain
from emar.rules.prn import GivenDose, given_24h
from emar.rules.prn_protocol import condition_of, effect_after_minutes_of
from emar.rules.replacing import begins
from emar.rules.schedule import WhenRequiredPlan
from emar.rules.wall_clock import instant, local_day
from stock.models import LedgerHead, PackStatus, StockPack
from stock.queries.balances import line_balances

SCHEMA = 1
AHEAD = timedelta(hours=72)
#: Earlier rounds of the day and the whole of last night stay on the list, so that a blank is seen.
BEHIND = timedelta(hours=24)
GONE = {Presence.LEFT, Presence.DIED}


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
    doses, _ = due.due_between(home_id, since, until, now)
    lines = [line for line in due.prescriptions_between(home_id, since, until) if _is_offered(line, now)]
    rounds = due.rounds_on(home_id, local_day(now))
    holders = handed_over.held_by(home_id, now)
    policy = policy_of(home_id)
    round_ids = {(each.unit_id, each.name): each.pk for each in rounds}
    unit_of = {line.pk: line.resident.unit_id for line in lines}
    presence = _presence(home_id)
    residents = [
        resident
        for resident in Resident.objects.filter(home_id=home_id).order_by("corridor_order", "room", "id")
        if presence.get(resident.pk, Presence.PRESENT) not in GONE
    ]
    packs = _packs_in_use(home_id)
    balances = list(line_balances(home_id))
    # Prescriptions, packs and stock may name one product by codes of different years: the device gets today's.
    product_of = products_of(
        {line.medicine_id for line in lines}
        | {pack.line.medicine_id for pack in packs}
        | {line.medicine_id for line in balances}
    )
    codes = _codes(home_id, product_of, local_day(now))
    allergies = HomeAllergies(home_id, {*product_of.values(), *(line.medicine_id for line in lines)})
    return {
        "cursor": known_as,
        "server_time": zulu(now),
        "schema": SCHEMA,
        "home": home(home_id),
        "units": [{"id": u.pk, "name": u.name} for u in Unit.objects.filter(home_id=home_id).order_by("id")],
        "rounds": [
            {
                "id": each.pk,
                "unit_id": each.unit_id,
                "name": each.name,
                "starts": each.starts.strftime("%H:%M"),
                "ends": each.ends.strftime("%H:%M"),
                "held_by": _holder(holders.get(each.pk)),
            }
            for each in rounds
        ],
        "policy": {
            "close_after_minutes": policy.close_after_minutes,
            "has_unwitnessed_nights": policy.has_unwitnessed_nights,
            "homely_remedy_hours": policy.homely_remedy_hours,
        },
        "changes": [_change(each) for each in handed_over.changes(home_id, now)],
        "effect_checks": [_effect_due(each) for each in effects_due(home_id, now)],
        "staff": staff(home_id, now, with_verifiers=True),
        "residents": _residents(home_id, residents, presence, allergies.of_residents()),
        "prescriptions": [
            told | {"allergies_met": allergies.met_by(told)}
            for told in _prescriptions(
                home_id, lines, codes, product_of, due.without_times(home_id, lines, since, until), now, since, until
            )
        ],
        "due": [
            _due(each, round_ids.get((unit_of[each.prescription.pk], each.dose.round_name)))
            for each in sorted(doses, key=lambda each: each.dose.due_at)
            # What is suspended is not due: it is neither offered nor missed.
            if each.state != "suspended"
        ],
        "packs": _packs(packs, product_of),
        "codes": codes,
        "stock": [
            {
                "line_id": line.line_id,
                "resident_id": line.resident_id,
                "medicine_id": product_of[line.medicine_id],
                "balance": plain(line.balance),
                "unit": line.unit,
            }
            for line in balances
        ],
    }


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


def zulu(moment: datetime) -> str:
    """Return an instant as the device API writes it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def staff(home_id: int, now: datetime, *, with_verifiers: bool = False) -> list[dict[str, Any]]:
    """Return the people who may work in the home now, as name tiles.

    With verifiers, each also carries what their PIN and badge stand for, for sign-in without a network.
    """
    roles = HomeRole.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=now),
        home_id=home_id,
        starts_at__lte=now,
        staff_member__is_active=True,
        role__in=AT_THE_BEDSIDE,
    ).select_related("staff_member")
    tiles = [_tile(role, with_verifiers) for role in roles.order_by("staff_member__display_name", "id")]
    if not with_verifiers:
        return tiles
    standing = bedside_facts.standing_of(home_id, [tile["id"] for tile in tiles], now)
    return [tile | standing[tile["id"]] for tile in tiles]


def _tile(role: HomeRole, with_verifiers: bool) -> dict[str, Any]:
    person = role.staff_member
    tile: dict[str, Any] = {
        "id": person.pk,
        "display_name": person.display_name,
        "initials": person.initials,
        "role": role.role,
        "photo_url": None,
    }
    if with_verifiers:
        tile["badge_hash"] = pins.badge_hash(person.badge_code) if person.badge_code else None
        tile["pin_verifier"] = pins.verifier(person.pin_salt, person.pin_key)
    return tile


def _presence(home_id: int) -> dict[int, str]:
    latest = (
        ResidentPresence.objects.filter(home_id=home_id)
        .order_by("resident_id", "-since_at", "-id")
        .distinct("resident_id")
    )
    return dict(latest.values_list("resident_id", "presence"))


def _residents(
    home_id: int,
    residents: Sequence[Resident],
    presence: dict[int, str],
    allergies: Mapping[int, list[dict[str, Any]]],
) -> list[dict[str, Any]]:
    photos = dict(ResidentPhoto.objects.filter(home_id=home_id).values_list("resident_id", "sha256"))
    none_known = set(NoKnownAllergies.objects.filter(home_id=home_id).values_list("resident_id", flat=True))

    def allergy_status(resident: Resident) -> str:
        if resident.pk in allergies:
            return "recorded"
        return "none_known" if resident.pk in none_known else "not_recorded"

    return [
        {
            "id": resident.pk,
            "unit_id": resident.unit_id,
            "room": resident.room,
            "full_name": resident.full_name,
            "preferred_name": resident.preferred_name,
            "born_on": resident.born_on.isoformat(),
            "photo_url": (
                f"/api/mobile/residents/{resident.pk}/photo?v={photos[resident.pk][:12]}"
                if resident.pk in photos
                else None
            ),
            "label_code": resident.label_code,
            "presence": presence.get(resident.pk, Presence.PRESENT),
            "allergies": allergies.get(resident.pk, []),
            "allergy_status": allergy_status(resident),
            "how_i_take": resident.how_i_take,
            "drink_level": resident.drink_level,
            "food_level": resident.food_level,
            "swallowing_words": resident.swallowing_words,
            "corridor_order": resident.corridor_order,
        }
        for resident in residents
    ]


def _codes(home_id: int, product_of: Mapping[str, str], today: date) -> list[dict[str, Any]]:
    """Return every GTIN of the medicines that are prescribed or stocked in the home, with what it is today."""
    stocked = StockPack.objects.filter(home_id=home_id).exclude(gtin="").values_list("gtin", flat=True)
    rows = (
        PackCode.objects.filter(
            Q(pack__medicine__in=product_of)
            | Q(pack__medicine__generic__in=product_of)
            | Q(gtin__in=stocked.distinct())
        )
        .select_related("pack__medicine")
        .order_by("gtin", "id")
    )
    found = [
        (code.gtin, code.pack.medicine, code.pack.name)
        for _, same in groupby(rows, key=lambda code: code.gtin)
        for code in meant_on(list(same), today)
    ]
    taught = TaughtCode.objects.filter(home_id=home_id, **IN_USE).select_related("medicine")
    found += [(code.gtin, code.medicine, code.pack_name or code.medicine.name) for code in taught]
    generic_of = {medicine.pk: medicine.generic_id or medicine.pk for _, medicine, _ in found}
    ingredients = ingredients_of(set(generic_of.values()))
    return [
        {
            "gtin": gtin,
            "medicine_id": product_of.get(generic_of[medicine.pk], generic_of[medicine.pk]),
            "brand_id": medicine.pk if medicine.generic_id else None,
            "pack_name": name,
            "ingredient_ids": [each.ingredient_id for each in ingredients[generic_of[medicine.pk]]],
        }
        for gtin, medicine, name in found
    ]


def ingredients_of(generic_ids: Iterable[str]) -> dict[str, list[MedicineIngredient]]:
    """Return what each generic medicine holds, in one query."""
    found: dict[str, list[MedicineIngredient]] = defaultdict(list)
    for each in MedicineIngredient.objects.filter(medicine_id__in=set(generic_ids)).order_by("position"):
        found[each.medicine_id].append(each)
    return found


def _prescriptions(
    home_id: int,
    lines: Sequence[Prescription],
    codes: Sequence[dict[str, Any]],
    product_of: Mapping[str, str],
    problems: Mapping[UUID, str],
    now: datetime,
    since: datetime,
    until: datetime,
) -> list[dict[str, Any]]:
    by_product = _gtins_by_product(codes)
    ingredients = ingredients_of(line.medicine.generic_id or line.medicine_id for line in lines)
    past = past_doses(home_id, {line.resident_id for line in lines}, now, now)
    demands = demand_of(lines, past, ingredients, now)
    had = handed_over.had_lately(home_id, {line.resident_id for line in lines if _is_when_required(line)}, now)
    worn = handed_over.worn(home_id, lines, due.answered_doses(home_id, lines), since, until, now)
    paused = due.suspensions(home_id, now, now + timedelta(microseconds=1))
    roots = due.lineages(lines)
    facts = bedside_facts.facts_of(home_id, lines, product_of, ingredients, now)
    found = []
    for line in lines:
        told = _prescription(line, by_product, product_of, ingredients, demands[line.pk], now)
        told |= {
            "problem": problems.get(line.pk),
            "needs_witness": line.is_controlled,
            "patch": _patch(worn.get(line.pk)),
        } | facts[line.pk]
        if line.pk in paused and told["status"] == "active":
            told["status"] = "suspended"
        if told["prn"] is not None:
            told["prn"] |= _lately(line, roots, ingredients, had.get(line.resident_id, ()), past, now)
        found.append(told)
    return found


def _is_when_required(line: Prescription) -> bool:
    return isinstance(schedule_of(line).plan, WhenRequiredPlan)


def _gtins_by_product(codes: Sequence[dict[str, Any]]) -> dict[str, set[str]]:
    """Return what may be given for each product and each brand; a code with two meanings is for neither."""
    products: dict[str, set[str]] = defaultdict(set)
    brands: dict[str, set[str | None]] = defaultdict(set)
    for code in codes:
        products[code["gtin"]].add(code["medicine_id"])
        brands[code["gtin"]].add(code["brand_id"])
    found: dict[str, set[str]] = defaultdict(set)
    for code in codes:
        if len(products[code["gtin"]]) == 1:
            found[code["medicine_id"]].add(code["gtin"])
        if code["brand_id"] and len(brands[code["gtin"]]) == 1:
            found[code["brand_id"]].add(code["gtin"])
    return found


def _prescription(
    line: Prescription,
    by_product: Mapping[str, Collection[str]],
    product_of: Mapping[str, str],
    ingredients: dict[str, list[MedicineIngredient]],
    demand: Demand,
    now: datetime,
) -> dict[str, Any]:
    schedule, medicine = schedule_of(line), line.medicine
    generic_id = medicine.generic_id or medicine.pk
    product_id = product_of[medicine.pk]
    must_be_brand = line.must_be_brand and medicine.generic_id is not None
    return {
        "id": str(line.pk),
        "version": line.version,
        "resident_id": line.resident_id,
        "medicine": {
            "id": product_id,
            "name": medicine.name,
            "strength": medicine.strength,
            "form": medicine.form,
            "ingredient_ids": [each.ingredient_id for each in ingredients[generic_id]],
            "is_cd": line.is_controlled,
        },
        "dose_words": line.dose_words,
        "instructions": line.instructions,
        "reason": line.indication,
        "unit": schedule.unit,
        "kind": "when_required" if schedule.kind == "when_required" else "regular",
        "window_minutes": schedule.window_minutes,
        "time_critical": schedule.is_time_critical or line.is_time_critical,
        "must_be_brand": line.must_be_brand,
        "status": "stopped" if line.stopped_at is not None and line.stopped_at <= now else "active",
        "acceptable_gtins": sorted(by_product.get(medicine.pk if must_be_brand else product_id, ())),
        "stock_unit": schedule.unit,
        "next_allowed_at": zulu(demand.next_allowed_at) if demand.next_allowed_at else None,
        "prn": _prn(line, schedule.plan, demand) if isinstance(schedule.plan, WhenRequiredPlan) else None,
    }


def _lately(
    line: Prescription,
    roots: Mapping[UUID, UUID],
    ingredients: Mapping[str, Sequence[MedicineIngredient]],
    had: Sequence[handed_over.Had],
    past: Mapping[int, Sequence[GivenDose]],
    now: datetime,
) -> dict[str, Any]:
    """Return what was had in the last 24 hours of this medicine, and of others with a limited ingredient in common."""
    limits = ingredient_limits(ingredients[line.medicine.generic_id or line.medicine_id])
    wanted = {each.ingredient_id for each in limits}
    own = {pk for pk, root in roots.items() if root == roots[line.pk]} | {line.replaces_id}
    shares = {generic for generic, holds in ingredients.items() if any(each.ingredient_id in wanted for each in holds)}
    others = [each for each in had if each.prescription_id not in own and each.generic_id in shares]
    return {
        "history": [_had(each) for each in had if each.prescription_id in own],
        "other_products": [_had(each) | {"medicine_name": each.medicine_name} for each in others],
        "limited_ingredients": [
            {
                "ingredient_id": limit.ingredient_id,
                "name": limit.name,
                "max_mg_24h": plain(limit.max_mg_24h),
                "given_mg_24h": plain(
                    given_24h(past.get(line.resident_id, ()), now, ingredient_id=limit.ingredient_id)
                ),
                "min_gap_minutes": limit.min_gap_minutes,
            }
            for limit in limits
        ],
    }


def _had(dose: handed_over.Had) -> dict[str, Any]:
    return {
        "administration_id": str(dose.administration_id),
        "given_at": zulu(dose.given_at),
        "amount": plain(dose.amount),
        "unit": dose.unit,
        "prescription_id": str(dose.prescription_id),
        "by_initials": dose.by_initials,
        "effect": dose.effect,
    }


def _patch(worn: handed_over.Worn | None) -> dict[str, Any] | None:
    if worn is None:
        return None
    check = worn.last_check
    return {
        "is_worn": worn.is_worn,
        "is_off": worn.is_off,
        "every_minutes": worn.every_minutes,
        "worn_minutes": worn.worn_minutes,
        "sites": list(worn.sites),
        "next_site": worn.next_site,
        "last_site": worn.last_site,
        "put_on_at": worn.put_on_at and zulu(worn.put_on_at),
        "check_times": [zulu(at) for at in worn.check_times],
        "last_check": check and {**check, "checked_at": zulu(check["checked_at"])},
    }


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


def _protocol(value: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return every field of a when-required protocol; what it does not say is empty."""
    usual = {
        "condition": "", "signs": "", "can_ask": True, "choosing": "", "try_first": "", "order": None,
        "expected_effect": "", "effect_after_minutes": None, "review_on": None, "call_when": "",
    }  # fmt: skip
    return usual | (value or {})


def _prn(line: Prescription, plan: WhenRequiredPlan, demand: Demand) -> dict[str, Any]:
    return {
        "condition": condition_of(line.prn_protocol),
        "protocol": _protocol(line.prn_protocol),
        "effect_after_minutes": effect_after_minutes_of(line.prn_protocol),
        "max_doses_24h": plan.max_doses_24h,
        "min_gap_minutes": plan.min_gap_minutes,
        "max_amount_24h": _plain(plan.max_amount_24h),
        "low": plain(plan.amount.low),
        "high": plain(plan.amount.high),
        "next_allowed_at": zulu(demand.next_allowed_at) if demand.next_allowed_at else None,
        "given_24h": plain(demand.given_24h),
        "last_given_at": zulu(demand.last_given_at) if demand.last_given_at else None,
    }


def _due(each: due.Due, round_id: int | None) -> dict[str, Any]:
    dose, window, answer = each.dose, each.window, each.answer
    return {
        "prescription_id": str(each.prescription.pk),
        "due_at": zulu(dose.due_at),
        "round_id": round_id,
        "low": plain(dose.amount.low),
        "high": plain(dose.amount.high),
        "unit": dose.unit,
        "opens_at": zulu(window.opens_at),
        "closes_at": zulu(window.closes_at),
        "early_from": zulu(window.early_from),
        "event": dose.event,
        "parts": [{"strength": plain(part.strength), "count": plain(part.count)} for part in dose.parts],
        "needs_reading": dose.reading,
        "scale": bedside_facts.scale_of(schedule_of(each.prescription), dose),
        "answered": answer
        and {
            "administration_id": str(answer.pk),
            "outcome": answer.outcome,
            "given_at": zulu(answer.given_at),
            "by_initials": answer.given_by.initials if answer.given_by else "",
        },
    }


def _packs_in_use(home_id: int) -> list[StockPack]:
    packs = StockPack.objects.filter(home_id=home_id).exclude(status=PackStatus.FINISHED)
    return list(packs.select_related("line").order_by("expires_on", "booked_in_at"))


def _packs(packs: Sequence[StockPack], product_of: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "id": str(pack.pk),
            "label_code": pack.label_code,
            "gtin": pack.gtin or None,
            "serial": pack.serial or None,
            "batch": pack.batch or None,
            "expires_on": _day(pack.expires_on),
            "opened_on": _day(pack.opened_on),
            "use_by": _day(pack.use_by),
            "status": pack.status,
            "line_id": pack.line_id,
            "resident_id": pack.line.resident_id,
            "medicine_id": product_of[pack.line.medicine_id],
            "location": pack.location,
        }
        for pack in packs
    ]


def _day(day: Any) -> str | None:
    return day.isoformat() if day else None


def _plain(quantity: Decimal | None) -> str | None:
    return None if quantity is None else plain(quantity)


def photo(home_id: int, resident_id: int) -> bytes | None:
    """Return a resident's photograph as JPEG, or None where there is none in this home."""
    found = ResidentPhoto.objects.filter(home_id=home_id, resident_id=resident_id)
    jpeg = found.values_list("jpeg", flat=True).first()
    return bytes(jpeg) if jpeg is not None else None


def device_sequence(home_id: int, device_id: UUID) -> int:
    """Return the highest sequence number the server has of a device: 0 when it has none."""
    events = DeviceEvent.objects.filter(home_id=home_id, device_id=device_id).order_by("-sequence")
    return events.values_list("sequence", flat=True).first() or 0

"""What a device is told of the people of its home: who may work there, and who lives there."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q

from emar.models import (
    AT_THE_BEDSIDE,
    HomeRole,
    NoKnownAllergies,
    Presence,
    Resident,
    ResidentPhoto,
)
from emar.queries import bedside_facts
from emar.queries.presences import GONE, where_residents_are
from emar.rules import pins


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


def residents(home_id: int, allergies: Mapping[int, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return the residents who have not left the home, in corridor order, with these allergies of each."""
    presence = where_residents_are(home_id)
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
        for resident in Resident.objects.filter(home_id=home_id).order_by("corridor_order", "room", "id")
        if presence.get(resident.pk, Presence.PRESENT) not in GONE
    ]

"""Who lives in a home, and what a reader must know of one resident before anything else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, F, Q
from django.db.models.functions import Length

from emar.models import (
    Allergy,
    Ingredient,
    NoKnownAllergies,
    Prescription,
    Presence,
    Resident,
    ResidentPhoto,
    Suspension,
)
from emar.queries.presences import GONE, latest_presences


@dataclass(frozen=True, slots=True)
class AllergyWord:
    """What is known of a resident's allergies: recorded ones, or somebody's word that there are none known.

    With neither it is "not recorded", which is never shown as safe. (hazard H07)
    """

    recorded: tuple[Allergy, ...] = ()
    none_known: NoKnownAllergies | None = None

    @property
    def status(self) -> str:
        """`recorded`, `none_known` or `not_recorded`."""
        if self.recorded:
            return "recorded"
        return "none_known" if self.none_known else "not_recorded"


@dataclass(frozen=True, slots=True)
class ResidentLine:
    """A resident as lists show them."""

    resident: Resident
    presence: str
    presence_since: datetime | None
    allergies: AllergyWord
    has_photo: bool
    prescriptions: int = 0
    where: str = ""
    expected_back_at: datetime | None = None

    @property
    def presence_label(self) -> str:
        """Where the resident is, in words."""
        return Presence(self.presence).label

    @property
    def is_away(self) -> bool:
        """Whether the resident is not in the home now."""
        return self.presence != Presence.PRESENT


def residents(home_id: int, now: datetime, *, resident_ids: Sequence[int] | None = None) -> list[ResidentLine]:
    """Return the residents who live in the home, by unit and corridor, in five statements.

    Without `resident_ids`, those who left or died are left out.
    """
    found = Resident.objects.filter(home_id=home_id).select_related("unit", "gp_practice", "pharmacy")
    if resident_ids is not None:
        found = found.filter(pk__in=resident_ids)
    found = found.annotate(
        active=Count(
            "prescription",
            filter=Q(prescription__checked_at__lte=now)
            & (Q(prescription__stopped_at__isnull=True) | Q(prescription__stopped_at__gt=now)),
        )
    ).order_by("unit__name", "corridor_order", "room", "pk")
    presence = {each.resident_id: each for each in latest_presences(home_id, until=now)}
    words = allergy_words(home_id, resident_ids)
    photos = set(ResidentPhoto.objects.filter(home_id=home_id).values_list("resident_id", flat=True))
    lines = []
    for resident in found:
        change = presence.get(resident.pk)
        where = change.presence if change else Presence.PRESENT
        if resident_ids is None and where in GONE:
            continue
        lines.append(
            ResidentLine(
                resident,
                where,
                change.since_at if change else None,
                words.get(resident.pk, AllergyWord()),
                resident.pk in photos,
                resident.active,
                change.where if change else "",
                change.expected_back_at if change else None,
            )
        )
    return lines


def resident(home_id: int, resident_id: int, now: datetime) -> ResidentLine | None:
    """Return one resident of this home, also one who left, or None."""
    found = residents(home_id, now, resident_ids=[resident_id])
    return found[0] if found else None


def allergy_words(home_id: int, resident_ids: Sequence[int] | None = None) -> dict[int, AllergyWord]:
    """Return what is known of each resident's allergies; a resident without any word is not in it."""
    recorded = Allergy.objects.filter(home_id=home_id, withdrawn_at__isnull=True).order_by("id")
    stated = NoKnownAllergies.objects.filter(home_id=home_id).select_related("stated_by").order_by("stated_at")
    if resident_ids is not None:
        recorded = recorded.filter(resident_id__in=resident_ids)
        stated = stated.filter(resident_id__in=resident_ids)
    words = {each.resident_id: AllergyWord((), each) for each in stated}
    by_resident: dict[int, list[Allergy]] = {}
    for each in recorded.select_related("recorded_by"):
        by_resident.setdefault(each.resident_id, []).append(each)
    return words | {pk: AllergyWord(tuple(allergies)) for pk, allergies in by_resident.items()}


def withdrawn_allergies(home_id: int, resident_id: int) -> list[Allergy]:
    """Return the allergies of a resident that were recorded in error, the latest first."""
    found = Allergy.objects.filter(home_id=home_id, resident_id=resident_id, withdrawn_at__isnull=False)
    return list(found.select_related("recorded_by", "withdrawn_by").order_by("-withdrawn_at"))


def ingredient_named(words: str) -> str | None:
    """Return the id of a substance of this name, so that a medicine with it is stopped; None for any other.

    "Codeine" finds codeine phosphate where dm+d has no plain codeine: other salts are found by their names
    (rules.allergy_classes). One in use is taken before one that dm+d retired.
    """
    name = words.strip()
    if not name:
        return None
    named = Ingredient.objects.filter(Q(name__iexact=name) | Q(name__istartswith=f"{name} "))
    best = named.order_by(Length("name"), F("retired_on").desc(nulls_first=True), "pk")
    return best.values_list("pk", flat=True).first()


def prescriptions_of(home_id: int, resident_id: int) -> list[Prescription]:
    """Return every version of every prescription of a resident, by medicine, the newest version first."""
    found = Prescription.objects.filter(home_id=home_id, resident_id=resident_id)
    people = ("medicine", "written_by", "checked_by", "stopped_by")
    return list(found.select_related(*people).order_by("medicine__name", "-version", "-id"))


def paused(home_id: int, resident_id: int) -> dict[UUID, Suspension]:
    """Return what is paused now of a resident, by prescription, with why and by whom."""
    found = Suspension.objects.filter(
        home_id=home_id, prescription__resident_id=resident_id, resumed_at__isnull=True
    ).select_related("since_by")
    return {each.prescription_id: each for each in found}


def photo(home_id: int, resident_id: int) -> bytes | None:
    """Return a resident's photograph as JPEG, or None where there is none in this home."""
    found = ResidentPhoto.objects.filter(home_id=home_id, resident_id=resident_id)
    jpeg = found.values_list("jpeg", flat=True).first()
    return bytes(jpeg) if jpeg is not None else None


def age_on(day: date, born_on: date) -> int:
    """Return how many whole years old a person is on a day; born on 29 February, older on 1 March."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))

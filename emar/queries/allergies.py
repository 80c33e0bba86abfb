"""Which of a home's medicines does each resident's allergy mean, for a device that compares codes and nothing else?"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from emar.models import Allergy, Ingredient, Medicine, MedicineIngredient
from emar.rules.allergy_classes import (
    CLASSES,
    AllergyFacts,
    MedicineFacts,
    classes_of,
    ingredients_met,
    is_checked,
    met,
)

#: How many names a form offers while somebody types.
MOST_OFFERED = 12


def facts_of(allergy: Allergy) -> AllergyFacts:
    """Return what of a recorded allergy medicines are compared with."""
    return AllergyFacts(allergy.substance, allergy.ingredient_id, tuple(allergy.class_codes))


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an allergy means to the system: the classes it counts for, and whether any medicine is checked for it."""

    classes: tuple[str, ...]
    is_checked: bool


def meaning(allergy: Allergy) -> Meaning:
    """Return what a recorded allergy means to the system."""
    return _meaning(facts_of(allergy))


def meaning_of_words(words: str, ingredient_id: str | None) -> Meaning:
    """Return what an allergy in these words would mean; `ingredient_id` is the one substance of that name."""
    return _meaning(AllergyFacts(words, ingredient_id))


def _meaning(facts: AllergyFacts) -> Meaning:
    return Meaning(tuple(each.name for each in classes_of(facts)), is_checked(facts))


def offered(words: str) -> list[str]:
    """Return the classes and dm+d substances whose names begin like these words, classes first. One statement."""
    sought = words.strip().casefold()
    if len(sought) < 2:
        return []
    classes = [
        each.name
        for each in CLASSES
        if any(name.casefold().startswith(sought) for name in (each.name, *each.words))
        or (each.one_means_all and any(name.startswith(sought) for name in each.substances))
    ]
    substances = Ingredient.objects.filter(name__istartswith=words.strip(), retired_on__isnull=True).order_by("name")
    return [*classes, *substances.values_list("name", flat=True)[:MOST_OFFERED]][:MOST_OFFERED]


class HomeAllergies:
    """The standing allergies of a home, beside the medicines with these ids. Read in four statements."""

    def __init__(self, home_id: int, medicine_ids: Collection[str]) -> None:
        self._recorded: dict[int, list[Allergy]] = defaultdict(list)
        for each in Allergy.objects.filter(home_id=home_id, withdrawn_at__isnull=True).order_by("id"):
            self._recorded[each.resident_id].append(each)
        asked = {each.pk: each for each in Medicine.objects.filter(pk__in=set(medicine_ids))}
        generic_of = {pk: each.generic_id or pk for pk, each in asked.items()}
        generics = Medicine.objects.in_bulk(set(generic_of.values()))
        held: dict[str, dict[str, str]] = defaultdict(dict)
        rows = MedicineIngredient.objects.filter(medicine_id__in=list(generics)).order_by("position")
        for medicine_id, code, name in rows.values_list("medicine_id", "ingredient_id", "ingredient__name"):
            held[medicine_id][code] = name
        self._medicines: dict[str, MedicineFacts] = {}
        self._names: dict[str, str] = {}
        self._alone: dict[str, set[str]] = defaultdict(set)
        for pk, medicine in asked.items():
            generic = generics[generic_of[pk]]
            facts = MedicineFacts(medicine.name, held[generic.pk], generic.atc_code, generic.moiety_name)
            self._medicines[pk] = facts
            self._names.update(facts.ingredients)
            if len(facts.ingredients) == 1 and facts.atc_code:
                self._alone[next(iter(facts.ingredients))].add(facts.atc_code)

    def of_residents(self) -> dict[int, list[dict[str, Any]]]:
        """Return each resident's allergies as a device is told of them; somebody with none is not in it."""
        return {pk: [self._told(each) for each in recorded] for pk, recorded in self._recorded.items()}

    def met_by(self, told: Mapping[str, Any]) -> list[str]:
        """Return the substances of its resident's allergies that a prescription's medicine meets."""
        recorded = self._recorded.get(told["resident_id"], ())
        medicine = self._medicines.get(told["medicine"]["id"])
        return [] if medicine is None else met(map(facts_of, recorded), medicine)

    def _told(self, each: Allergy) -> dict[str, Any]:
        facts = facts_of(each)
        return {
            "substance": each.substance,
            "reaction": each.reaction,
            "ingredient_ids": ingredients_met(facts, self._names, self._alone),
            "classes": [found.name for found in classes_of(facts)],
            "is_checked": is_checked(facts),
        }

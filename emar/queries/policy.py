"""What a home has decided for itself, with the usual figures where it has decided nothing."""

from collections.abc import Sequence
from datetime import date

from emar.models import GpPractice, HomePolicy, Medicine, MedicineRound, Pharmacy


def policy_of(home_id: int) -> HomePolicy:
    """Return a home's medicines policy; one that nobody has saved yet has the usual figures and no id."""
    found = HomePolicy.objects.filter(home_id=home_id).select_related("changed_by").first()
    return found or HomePolicy(home_id=home_id)


def rounds_of(home_id: int, today: date) -> list[MedicineRound]:
    """Return the rounds of a home that hold today or from a later day on, by unit, name and first day."""
    found = MedicineRound.objects.filter(home_id=home_id).exclude(ends_on__lte=today).select_related("unit")
    return sorted(found, key=lambda each: (each.unit.name, each.starts, each.name, each.starts_on))


def practices(home_id: int) -> list[GpPractice]:
    """Return the GP practices that a home's residents are registered with, by name."""
    return list(GpPractice.objects.filter(home_id=home_id).order_by("name"))


def pharmacies(home_id: int) -> list[Pharmacy]:
    """Return the pharmacies that supply a home's residents, by name."""
    return list(Pharmacy.objects.filter(home_id=home_id).order_by("name"))


def medicine_names(ids: Sequence[str]) -> list[str]:
    """Return the names of medicines, in the order of the names."""
    return sorted(Medicine.objects.filter(pk__in=ids).values_list("name", flat=True))

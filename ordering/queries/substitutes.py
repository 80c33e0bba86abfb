"""Which products may come instead of an ordered one: its brands, and the same substance in another strength or form."""

from django.db.models import Q

from emar.models import Medicine
from emar.queries.medicines import ingredients_of

#: A longer list is no choice any more: what is not on it is written in words.
MOST = 120


def substitutes(medicine_id: str) -> list[Medicine]:
    """Return what is supplied of the same substance, the ordered product itself left out, by name. Three statements."""
    medicine = Medicine.objects.get(pk=medicine_id)
    generic_id = medicine.generic_id or medicine.pk
    alike = Q(generic_id=generic_id)
    ingredients = ingredients_of([medicine_id])[medicine_id]
    if medicine.moiety_id:
        alike |= Q(kind=Medicine.Kind.GENERIC, moiety_id=medicine.moiety_id)
    elif ingredients:
        alike |= Q(kind=Medicine.Kind.GENERIC, ingredients__ingredient_id=ingredients[0])
    found = Medicine.objects.filter(alike, retired_on__isnull=True).exclude(pk=medicine_id)
    return list(found.order_by("name", "id").distinct()[:MOST])

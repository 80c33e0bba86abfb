"""How much of an ingredient an adult may have in 24 hours over every product, where a published rule says so.

Only rules that hold for every adult and every product are here. Morphine, oxycodone, fentanyl and other
strong opioids have no published maximum: theirs is the prescriber's, on the prescription. A lower maximum
for a frail or light person is the prescriber's as well.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from emar.rules.prn import Limit

PARACETAMOL = "387517004"


@dataclass(frozen=True, slots=True)
class IngredientLimit:
    """The most of one ingredient in 24 real hours, in mg, the least gap if the rule has one, and who says so."""

    ingredient_id: str
    name: str
    max_mg_24h: Decimal
    source: str
    min_gap_minutes: int | None = None

    @property
    def limit(self) -> Limit:
        """The limit as rules.prn counts it."""
        gap = None if self.min_gap_minutes is None else timedelta(minutes=self.min_gap_minutes)
        return Limit(gap, self.max_mg_24h, self.ingredient_id)


#: By dm+d's codes of ingredients.
LIMITS: Mapping[str, IngredientLimit] = {
    each.ingredient_id: each
    for each in (
        IngredientLimit(PARACETAMOL, "Paracetamol", Decimal(4000), "BNF, paracetamol: adults", 240),
        IngredientLimit("261000", "Codeine phosphate", Decimal(240), "BNF, codeine phosphate: adults"),
        IngredientLimit("322538006", "Dihydrocodeine tartrate", Decimal(240), "BNF, dihydrocodeine: adults"),
        IngredientLimit("108505002", "Tramadol hydrochloride", Decimal(400), "BNF, tramadol: adults"),
        IngredientLimit("387207008", "Ibuprofen", Decimal(2400), "BNF, ibuprofen: adults"),
        IngredientLimit("57574005", "Loperamide hydrochloride", Decimal(16), "BNF, loperamide: adults"),
    )
}
LIMITED = sorted(LIMITS)
#: How many milligrams one of a unit of strength is.
MILLIGRAMS = {"mg": Decimal(1), "gram": Decimal(1000), "g": Decimal(1000), "microgram": Decimal("0.001")}


def limits_of_ingredients(ingredient_ids: Collection[str]) -> list[IngredientLimit]:
    """Return the published limits among these ingredients, in the order of the table."""
    return [each for pk, each in LIMITS.items() if pk in ingredient_ids]


def milligrams(amount: Decimal, unit: str, per: Decimal | None, much: Decimal) -> Decimal | None:
    """Return how many mg of an ingredient so many units of a product hold: `amount` of `unit` in each `per` units.

    None for a strength in units that are no weight.
    """
    if unit not in MILLIGRAMS:
        return None
    return amount * MILLIGRAMS[unit] / (per or Decimal(1)) * much

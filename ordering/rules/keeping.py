"""Where does a pack belong that was just booked in, and how much is in it as the home counts?

Both are suggestions: a person sees them and says otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

TROLLEY, CUPBOARD, CD_CABINET, FRIDGE = "trolley", "cupboard", "cd_cabinet", "fridge"
#: What is kept at 2-8 °C until it is opened, by the beginning of its ATC code: insulins, GLP-1 injections, latanoprost
#: and its kin, chloramphenicol eye drops, vaccines, epoetins, interferons, adalimumab and its kin, denosumab,
#: teriparatide, calcitonin. Products differ: the label on the pack decides, and what the home did last is asked first.
KEPT_COLD = ("A10A", "A10BJ", "S01EE01", "S01EE51", "S01AA01", "J07", "B03XA", "L03AB", "L04AB", "M05BX04", "H05AA02")
#: A drop of an eye medicine is a twentieth of a millilitre, as dispensers have always reckoned.
DROPS_A_ML = Decimal(20)
_SAME_UNIT = {"dose": "puff", "puff": "dose", "actuation": "puff"}


@dataclass(frozen=True, slots=True)
class Kept:
    """What a place depends on: the product, whether it is kept as a CD, where the home put the last of its kind."""

    atc_code: str = ""
    needs_cupboard: bool = False
    last_place: str = ""
    has_open_pack: bool = False


def place_for(kept: Kept) -> str:
    """Return where a new pack belongs: CD cabinet, where its like stood last, fridge, or cupboard and trolley.

    A reserve goes to the cupboard while another pack of the same line is in use.
    """
    if kept.needs_cupboard:
        return CD_CABINET
    if kept.last_place in (FRIDGE, CUPBOARD, CD_CABINET):
        return kept.last_place
    if kept.atc_code.startswith(KEPT_COLD):
        return FRIDGE
    return CUPBOARD if kept.has_open_pack else TROLLEY


def contents_in(unit: str, contents: Decimal | None, contents_unit: str, last: Mapping[str, Decimal]) -> Decimal | None:
    """Return how much a pack holds in the unit that the home counts this medicine in; None where nobody can know.

    `last` is what packs of this product were booked in as before, by unit. dm+d counts eye drops in millilitres and
    a prescription in drops.
    """
    if contents is not None and _is_same(unit, contents_unit):
        return contents
    if unit in last:
        return last[unit]
    if contents is not None and unit == "drop" and contents_unit == "ml":
        return contents * DROPS_A_ML
    return None


def _is_same(one: str, other: str) -> bool:
    plain, others = one.strip().lower().removesuffix("s"), other.strip().lower().removesuffix("s")
    return plain == others or _SAME_UNIT.get(plain) == others

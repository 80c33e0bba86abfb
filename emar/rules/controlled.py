"""What the law asks of a controlled drug in a home: a register, a cupboard, a witness.

The schedule follows the product (its dm+d category), never the ingredient. (Misuse of Drugs Regulations 2001;
Misuse of Drugs (Safe Custody) Regulations 1973.) What a home keeps as a CD beyond the law is its own policy.
"""

from dataclasses import dataclass

#: dm+d categories, by what they ask. Those of schedule 3 that keep safe custody are buprenorphine, temazepam and
#: a few that homes hardly see; midazolam, pregabalin, gabapentin and tramadol have a category of their own (0005).
IN_REGISTER = frozenset({"0001", "0002", "0003"})
IN_CUPBOARD = frozenset({"0001", "0002", "0004", "0007"})
SCHEDULE_OF = {
    "0001": 1,
    "0002": 2,
    "0003": 2,
    "0004": 3,
    "0005": 3,
    "0006": 3,
    "0007": 3,
    "0008": 4,
    "0009": 4,
    "0010": 5,
}


@dataclass(frozen=True, slots=True)
class Control:
    """What a product asks of the home: its schedule (None: no CD), register with witness, CD cupboard."""

    schedule: int | None
    needs_register: bool
    needs_cupboard: bool
    is_by_policy: bool = False

    @property
    def words(self) -> str:
        """What to do, empty for a medicine that is no CD."""
        if self.is_by_policy:
            return "This home keeps it as a controlled drug: CD register, second person, CD cupboard."
        if self.schedule is None:
            return ""
        asks = []
        if self.needs_register:
            asks.append("CD register and second person")
        if self.needs_cupboard:
            asks.append("CD cupboard")
        return (
            f"Controlled drug, schedule {self.schedule}: {', '.join(asks) or 'stored and recorded as other medicines'}."
        )


def control_of(category: str, *, is_in_policy: bool = False) -> Control:
    """Return what a product of this dm+d category asks; `is_in_policy`: the home keeps it as a CD by its policy."""
    schedule = SCHEDULE_OF.get(category)
    needs_register = category in IN_REGISTER
    return Control(
        schedule,
        needs_register or is_in_policy,
        category in IN_CUPBOARD or is_in_policy,
        is_in_policy and not needs_register,
    )

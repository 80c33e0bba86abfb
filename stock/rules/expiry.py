"""Until which day may a pack be used: what its label says, and how long it lasts once it is open.

Every day here is the last on which the pack may be given from. Days of GS1 codes, with their day 00, are read by
stock.rules.gs1_elements. What a pack does in a home, and the home's own figures, are the callers' business.
"""

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

DAYS, MONTHS = "days", "months"
EYE_DROPS, INSULIN, EAR_NOSE, LIQUID = "eye_drops", "insulin", "ear_nose", "liquid"
CREAM_TUBE, CREAM_TUB = "cream_tube", "cream_tub"


@dataclass(frozen=True, slots=True)
class Lasts:
    """How long a pack may be used once it is open: so many days or calendar months."""

    amount: int
    unit: str

    @property
    def words(self) -> str:
        """Write it as people say it: 28 days, 1 month."""
        return f"{self.amount} {self.unit if self.amount != 1 else self.unit.removesuffix('s')}"


#: What is usual in care homes, by the group of forms; a home may decide otherwise. (domain.md, Storage)
USUAL: Mapping[str, Lasts] = {
    EYE_DROPS: Lasts(28, DAYS),
    INSULIN: Lasts(28, DAYS),
    EAR_NOSE: Lasts(3, MONTHS),
    LIQUID: Lasts(6, MONTHS),
    CREAM_TUBE: Lasts(6, MONTHS),
    CREAM_TUB: Lasts(3, MONTHS),
}
GROUP_WORDS: Mapping[str, str] = {
    EYE_DROPS: "Eye drops, gel or ointment",
    INSULIN: "Insulin",
    EAR_NOSE: "Ear or nose drops and sprays",
    LIQUID: "Liquid by mouth",
    CREAM_TUBE: "Cream, ointment or gel in a tube or pump",
    CREAM_TUB: "Cream, ointment or gel in a tub or jar",
}
#: Nobody can see in a list of medicines what a cream is packed in. More than this is hardly ever a tube.
LARGEST_TUBE_GRAMS = 100
INSULINS = "A10A"
LIQUIDS = frozenset(
    {
        "concentrate for oral solution", "elixir", "linctus", "mouthwash", "oral drops", "oral emulsion", "oral liquid",
        "oral solution", "oral suspension", "syrup",
    }
)  # fmt: skip
CREAMS = frozenset({"cream", "ointment", "gel", "lotion", "cutaneous cream", "cutaneous ointment", "cutaneous gel"})


@dataclass(frozen=True, slots=True)
class PackedMedicine:
    """What is known of a medicine and its pack, as dm+d says it; empty where it says nothing.

    `quantity` is what one pack holds, in `unit`.
    """

    form: str
    name: str = ""
    atc_code: str = ""
    quantity: Decimal | None = None
    unit: str = ""


def opened_group(medicine: PackedMedicine) -> str | None:
    """Return the group of forms whose opening counts, None for a medicine that opening does not shorten.

    Single doses are used up when they are opened and have no group. A cream whose pack is not known counts as a tub,
    which lasts the shorter time.
    """
    form, name = medicine.form.lower().strip(), medicine.name.lower()
    if "unit dose" in name or "sachet" in name or medicine.unit == "sachet":
        return None
    if medicine.atc_code.startswith(INSULINS) or (name.startswith("insulin ") and "injection" in form):
        return INSULIN
    words = set(re.findall(r"[a-z]+", form))
    # Drops for ears as well as eyes last as long as the stricter of the two.
    if "eye" in words:
        return None if "lotion" in words else EYE_DROPS
    if words & {"ear", "nasal", "nose"}:
        return EAR_NOSE
    if form in LIQUIDS:
        return LIQUID
    if form in CREAMS:
        is_tube = medicine.quantity is not None and medicine.quantity <= LARGEST_TUBE_GRAMS
        return CREAM_TUBE if is_tube else CREAM_TUB
    return None


def may_count_opening(form: str) -> bool:
    """Return whether opening could count for some medicine of this form, before more is asked about it."""
    return "injection" in form.lower() or opened_group(PackedMedicine(form=form)) is not None


def use_by(opened_on: date, lasts: Lasts | None, expires_on: date | None) -> date | None:
    """Return the last day of use of an open pack: the earlier of its expiry and what opening allows.

    The day of opening is the first day: 28 days from 1 March end on 28 March. A month ends the day before the same day
    of a later month, and on its last day where that month has no such day. None where neither is known.
    """
    opened = None if lasts is None else _last_day(opened_on, lasts)
    return min((day for day in (opened, expires_on) if day is not None), default=None)


def _last_day(opened_on: date, lasts: Lasts) -> date:
    if lasts.unit == DAYS:
        return opened_on + timedelta(days=lasts.amount - 1)
    month = opened_on.month - 1 + lasts.amount
    year, month = opened_on.year + month // 12, month % 12 + 1
    if opened_on.day > calendar.monthrange(year, month)[1]:
        return last_of_month(year, month)
    return date(year, month, opened_on.day) - timedelta(days=1)


def last_of_month(year: int, month: int) -> date:
    """Return the last day of a month."""
    return date(year, month, calendar.monthrange(year, month)[1])


_NAMES = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}
_PHRASE = re.compile(r"(?P<phrase>use\s*(?:by|before)|best\s*before|expir(?:es|y\s*date|y)|exp)?[\s.:]*(?P<rest>.*)")
_NUMBERS = re.compile(r"(?:(?P<day>\d{1,2})[/. -])?(?P<month>\d{1,2})[/. -](?P<year>\d{4}|\d{2})")
_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2}))?")
_NAMED = re.compile(r"(?:(?P<day>\d{1,2})[ -]?)?(?P<name>[a-z]{3,9})[ .-]*(?P<year>\d{4}|\d{2})")


def read_expiry(words: str) -> date | None:
    """Read what is printed on a pack as the last day of use; None where it is not certain which day is meant.

    "Use by January 2027" ends on 31 December 2026, "Expires January 2027" and a bare "01/2027" on 31 January 2027.
    A whole day after "use before" ends the day before; after anything else it is the last day itself.
    (NHS: medicines, expiry dates)
    """
    phrase_and_rest = _PHRASE.fullmatch(" ".join(words.lower().split()))
    if phrase_and_rest is None:
        return None
    phrase, rest = (phrase_and_rest["phrase"] or "").replace(" ", ""), phrase_and_rest["rest"]
    found = _ISO.fullmatch(rest) or _NUMBERS.fullmatch(rest) or _NAMED.fullmatch(rest)
    if found is None:
        return None
    parts = found.groupdict()
    month = int(parts["month"]) if parts.get("month") else _month(parts["name"])
    year = int(parts["year"]) + (2000 if len(parts["year"]) == 2 else 0)
    try:
        if parts.get("day"):
            day = date(year, month, int(parts["day"]))
            return day - timedelta(days=1) if phrase in ("usebefore", "bestbefore") else day
        if phrase in ("useby", "usebefore", "bestbefore"):
            return date(year, month, 1) - timedelta(days=1)
        return last_of_month(year, month)
    except (ValueError, calendar.IllegalMonthError):
        return None


def _month(name: str) -> int:
    number = _NAMES.get(name[:3], 0)
    full = calendar.month_name[number].lower() if number else ""
    return number if number and full.startswith(name) else 0

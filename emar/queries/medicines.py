"""Which medicine or pack does a code mean, and which packs may be given for a medicine?

dm+d's codes change and boxes outlive their codes, so every question here follows what NHSBSA replaced. Shared
reference data needs no home; what a home taught about a code is asked for with that home.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol, TypeVar

from django.db import connection
from django.db.models import Q
from django.utils.timezone import localdate

from emar.models import DmdChangedId, Medicine, MedicineIngredient, Pack, PackCode, TaughtCode
from stock.rules.codes import gtin_key

# Chains of replaced codes are short; the limit only stops a circle in bad data.
LONGEST_CHAIN = 8
#: Which taught codes mean anything: those a manager approved and nobody withdrew since.
IN_USE = {"approved_at__isnull": False, "withdrawn_at__isnull": True}


@dataclass(frozen=True)
class KnownCode:
    """A GTIN that a scan may show, and the medicine it means."""

    gtin: str
    medicine_id: str
    pack_name: str
    # Taught by the home's own staff rather than found in dm+d.
    is_taught: bool


def medicine_for_code(code: str, *, on: date | None = None) -> Medicine | None:
    """Find the medicine that a dm+d code means, following codes that were replaced.

    With `on`, the day the code was written down, a code that meant something else on that day is read as on
    that day; without it a code that still has a meaning of its own keeps it. None when nothing is known under
    the code, its successors or the codes before it.
    """
    if on is not None:
        then = _changes(old_id=code).filter(Q(starts_on__isnull=True) | Q(starts_on__lte=on), Q(ends_on__gt=on))
        for current in then.values_list("current_id", flat=True):
            if medicine := _present(current):
                return medicine
    return _present(code) or _before(code)


def _changes(**which: str) -> Any:
    return DmdChangedId.objects.filter(kind=DmdChangedId.Kind.MEDICINE, **which).order_by("-ends_on", "pk")


def _present(code: str) -> Medicine | None:
    """Follow replaced codes forward to a product in use; a retired one only when nothing came after it."""
    fallback = None
    seen: set[str] = set()
    while code not in seen and len(seen) < LONGEST_CHAIN:
        seen.add(code)
        medicine = Medicine.objects.filter(pk=code).first()
        if medicine and medicine.retired_on is None:
            return medicine
        fallback = medicine or fallback
        successor = _changes(old_id=code).filter(is_reused=False).first()
        if successor is None:
            break
        code = successor.current_id
    return fallback


def _before(code: str) -> Medicine | None:
    """Find the product under the code this one replaced: the release with the new code is yet to come."""
    for old in _changes(current_id=code).filter(is_reused=False).values_list("old_id", flat=True):
        if medicine := Medicine.objects.filter(pk=old).first():
            return medicine
    return None


def packs_for_gtin(gtin: str, *, on: date) -> list[Pack]:
    """Find the packs that a GTIN (8, 12, 13 or 14 digits) means on a day.

    A code in use on that day wins. Otherwise the pack that last had it: boxes stand in cupboards long after
    their code ended. Several packs share a code rarely; then all are returned. Empty for an unknown code.
    """
    key = gtin_key(gtin)
    codes = list(PackCode.objects.filter(gtin=key).select_related("pack__medicine")) if key else []
    return [code.pack for code in meant_on(codes, on)]


class _Dated(Protocol):
    @property
    def starts_on(self) -> date | None: ...
    @property
    def ends_on(self) -> date | None: ...


_DatedCode = TypeVar("_DatedCode", bound=_Dated)


def meant_on(codes: Sequence[_DatedCode], on: date) -> list[_DatedCode]:
    """Pick the rows that say what one code means on a day: those in use, else those that ended last."""
    in_use = [
        code
        for code in codes
        if (code.starts_on is None or code.starts_on <= on) and (code.ends_on is None or on < code.ends_on)
    ]
    if in_use:
        return in_use
    last = max((code.ends_on for code in codes if code.ends_on is not None and code.ends_on <= on), default=None)
    return [code for code in codes if code.ends_on == last] if last else list(codes)


def acceptable_gtins(
    medicine: Medicine, *, must_be_brand: bool = False, home: int | None = None, on: date | None = None
) -> frozenset[str]:
    """List the 14-digit GTINs of all packs that may be given for a medicine.

    Any brand of the same product (same substance, strength and form) will do, also for a prescription on a
    code that was replaced since; with `must_be_brand` and a brand, only that brand's packs. Codes that ended
    count, codes that mean another product on the day (today unless told) do not. With `home`, also what its
    staff taught.
    """
    wanted = (medicine.pk, must_be_brand)
    return acceptable_gtins_of([wanted], home=home, on=on)[wanted]


def acceptable_gtins_of(
    wanted: Collection[tuple[str, bool]], *, home: int | None = None, on: date | None = None
) -> dict[tuple[str, bool], frozenset[str]]:
    """Answer acceptable_gtins for many (medicine id, must be the brand) in at most three queries."""
    families = {each.medicine: each for each in _families({medicine for medicine, _ in wanted})}
    generics = {each for family in families.values() for each in family.generics}
    meaning: dict[str, list[list[_CodeRow]]] = defaultdict(list)
    for rows in _rows_of_codes(generics).values():
        valid = meant_on(rows, on or localdate())
        for generic in {row.generic for row in valid}:
            meaning[generic].append(valid)
    taught = _taught(home, generics)
    answer = {}
    for medicine, must_be_brand in wanted:
        family = families.get(medicine)
        if family is None:
            answer[medicine, must_be_brand] = frozenset[str]()
            continue
        only = medicine if must_be_brand and family.is_brand else None
        # A code with two meanings is accepted only where both are the prescribed product.
        codes = {
            rows[0].gtin
            for generic in family.generics
            for rows in meaning[generic]
            if all(family.accepts(row, only) for row in rows)
        }
        codes |= {
            each.gtin
            for each in taught
            if (each.medicine_id == only if only else _generic(each.medicine) in family.generics)
        }
        answer[medicine, must_be_brand] = frozenset(codes)
    return answer


def known_codes(medicines: Iterable[str], *, home: int | None = None) -> list[KnownCode]:
    """List every GTIN known for these medicines and their brands, with the home's taught codes."""
    families = _families(set(medicines))
    generics = {each for family in families for each in family.generics}
    codes = (
        PackCode.objects.filter(Q(pack__medicine__in=generics) | Q(pack__medicine__generic__in=generics))
        .order_by("gtin", "pack_id")
        .values_list("gtin", "pack__medicine_id", "pack__name")
    )
    known = [KnownCode(gtin, medicine, name, is_taught=False) for gtin, medicine, name in codes]
    known += [
        KnownCode(each.gtin, each.medicine_id, each.pack_name or each.medicine.name, is_taught=True)
        for each in _taught(home, generics)
    ]
    return known


def medicines_for_gtin(gtin: str, *, on: date, home: int | None = None) -> list[Medicine]:
    """Find the medicines a scanned GTIN may mean: by dm+d, and by what the home's staff taught."""
    found = {pack.medicine_id: pack.medicine for pack in packs_for_gtin(gtin, on=on)}
    key = gtin_key(gtin)
    if key and home is not None:
        taught = TaughtCode.objects.filter(home=home, gtin=key, **IN_USE).select_related("medicine")
        found.update({each.medicine_id: each.medicine for each in taught})
    return list(found.values())


def products_of(medicines: Iterable[str]) -> dict[str, str]:
    """Say which generic product each of these medicines is today: one name for brands and replaced codes alike.

    Also names every other code that these products have or had, so that packs under either code meet.
    """
    products = {}
    for family in _families(set(medicines)):
        products[family.medicine] = family.product
        products.update(dict.fromkeys(family.generics, family.product))
    return products


def codes_of(medicines: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return every code that the generic product of each of these medicines has or had, its own among them."""
    return {family.medicine: family.generics | {family.medicine} for family in _families(set(medicines))}


def ingredients_of(medicines: Iterable[str]) -> dict[str, list[str]]:
    """List the ingredient ids of each medicine in the order of the product; a brand has its generic's."""
    wanted = {
        each["id"]: each["generic_id"] or each["id"]
        for each in Medicine.objects.filter(pk__in=set(medicines)).values("id", "generic_id")
    }
    contents: dict[str, list[str]] = defaultdict(list)
    rows = MedicineIngredient.objects.filter(medicine__in=set(wanted.values())).order_by("position")
    for generic, ingredient in rows.values_list("medicine_id", "ingredient_id"):
        contents[generic].append(ingredient)
    return {medicine: contents[generic] for medicine, generic in wanted.items()}


def contents_of(generic_ids: Iterable[str]) -> dict[str, list[MedicineIngredient]]:
    """Return what each generic medicine holds and how much of it, in one query."""
    found: dict[str, list[MedicineIngredient]] = defaultdict(list)
    for each in MedicineIngredient.objects.filter(medicine_id__in=set(generic_ids)).order_by("position"):
        found[each.medicine_id].append(each)
    return found


def search(words: str, *, limit: int = 20) -> list[Medicine]:
    """Find medicines in use whose name has all these words, generic products first, shortest names first."""
    found = Medicine.objects.filter(retired_on=None)
    for word in words.split():
        found = found.filter(name__icontains=word)
    in_order = found.extra(select={"length": "length(name)"}).order_by("-kind", "length", "name")
    return list(in_order[:limit])


@dataclass(frozen=True)
class _Family:
    """A medicine and the codes under which its generic product is or was known."""

    medicine: str
    is_brand: bool
    # The generic product as it is known today, and every code it has or had.
    product: str
    generics: frozenset[str]

    def accepts(self, row: "_CodeRow", only: str | None) -> bool:
        return row.medicine == only if only else row.generic in self.generics


_FAMILIES = f"""
    WITH RECURSIVE asked AS (
        SELECT id AS medicine, kind = 'brand' AS is_brand, COALESCE(generic_id, id) AS generic
        FROM emar_medicine WHERE id = ANY(%(wanted)s)
    ),
    -- A product in use ends the way up: a code may have had another meaning before its present one.
    up (medicine, code, depth) AS (
        SELECT medicine, generic, 0 FROM asked
        UNION ALL
        SELECT up.medicine, latest.current_id, up.depth + 1
        FROM up LEFT JOIN emar_medicine m ON m.id = up.code
        CROSS JOIN LATERAL (
            SELECT current_id FROM emar_dmdchangedid
            WHERE kind = 'medicine' AND old_id = up.code AND NOT is_reused
            ORDER BY ends_on DESC NULLS FIRST, id LIMIT 1
        ) AS latest
        WHERE (m.id IS NULL OR m.retired_on IS NOT NULL) AND up.depth < {LONGEST_CHAIN}
    ),
    top AS (
        SELECT DISTINCT ON (up.medicine) up.medicine, up.code
        FROM up JOIN emar_medicine m ON m.id = up.code ORDER BY up.medicine, up.depth DESC
    ),
    down (medicine, code, depth) AS (
        SELECT medicine, code, 0 FROM top
        UNION ALL
        SELECT down.medicine, changed.old_id, down.depth + 1
        FROM down
        JOIN emar_dmdchangedid AS changed
          ON changed.kind = 'medicine' AND changed.current_id = down.code AND NOT changed.is_reused
        LEFT JOIN emar_medicine m ON m.id = changed.old_id
        WHERE (m.id IS NULL OR m.retired_on IS NOT NULL) AND down.depth < {LONGEST_CHAIN}
          AND NOT EXISTS (
            SELECT FROM emar_dmdchangedid AS later
            WHERE later.kind = 'medicine' AND later.old_id = changed.old_id AND NOT later.is_reused
              AND later.current_id <> changed.current_id
              AND (later.ends_on IS NULL OR later.ends_on > changed.ends_on)
          )
    )
    SELECT asked.medicine, asked.is_brand, top.code, array_agg(DISTINCT down.code)
    FROM asked JOIN top ON top.medicine = asked.medicine JOIN down ON down.medicine = asked.medicine
    GROUP BY 1, 2, 3
"""  # noqa: S608 - only the limit, a number of ours, is put in


def _families(medicines: set[str]) -> list[_Family]:
    with connection.cursor() as cursor:
        cursor.execute(_FAMILIES, {"wanted": sorted(medicines)})
        return [_Family(*row[:3], frozenset(row[3])) for row in cursor.fetchall()]


@dataclass(frozen=True)
class _CodeRow:
    gtin: str
    medicine: str
    generic: str
    starts_on: date | None
    ends_on: date | None


_ROWS_OF_CODES = """
    SELECT c.gtin, m.id, COALESCE(m.generic_id, m.id), c.starts_on, c.ends_on
    FROM emar_packcode c JOIN emar_pack p ON p.id = c.pack_id JOIN emar_medicine m ON m.id = p.medicine_id
    WHERE c.gtin IN (
        SELECT c.gtin FROM emar_medicine m JOIN emar_pack p ON p.medicine_id = m.id
        JOIN emar_packcode c ON c.pack_id = p.id
        WHERE m.id = ANY(%(medicines)s) OR m.generic_id = ANY(%(medicines)s)
    )
"""


def _rows_of_codes(medicines: set[str]) -> dict[str, list[_CodeRow]]:
    """Read every row of every code that a pack of these medicines has, also those on other products."""
    by_gtin: dict[str, list[_CodeRow]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_ROWS_OF_CODES, {"medicines": sorted(medicines)})
        for row in cursor.fetchall():
            by_gtin[row[0]].append(_CodeRow(*row))
    return by_gtin


def _generic(medicine: Medicine) -> str:
    return medicine.generic_id or medicine.pk


def _taught(home: int | None, medicines: set[str]) -> list[TaughtCode]:
    if home is None:
        return []
    return list(
        TaughtCode.objects.filter(
            Q(medicine__in=medicines) | Q(medicine__generic__in=medicines), home=home, **IN_USE
        ).select_related("medicine")
    )


def pending_codes(home_id: int) -> list[TaughtCode]:
    """Return the codes that staff of a home taught and no manager has looked at yet, the longest waiting first."""
    pending = TaughtCode.objects.filter(home_id=home_id, approved_at=None, withdrawn_at=None)
    return list(pending.select_related("medicine", "taught_by").order_by("taught_at", "pk"))


def is_taught_in(home_id: int, code_id: int) -> bool:
    """Say whether staff of this home taught this code, whatever became of it."""
    return TaughtCode.objects.filter(home_id=home_id, pk=code_id).exists()

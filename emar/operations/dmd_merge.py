"""What does a staged dm+d release change in the medicines we hold?

Each step builds the rows as the release wants them in a temporary table and merges that table into ours:
rows we lack are added, rows that differ are changed, nothing is deleted. A release older than the newest one
imported only adds. Words are looked up by code; a code without words leaves the words we have.
"""

# The SQL is put together from the names in these files alone; values from a release are always rows.
# ruff: noqa: S608

from dataclasses import dataclass, field
from datetime import date
from typing import Any

EXAMPLES = 3
ADDED_ENOUGH_TO_ANALYSE = 500


@dataclass
class Tally:
    """What happened to one kind of row."""

    added: int = 0
    changed: int = 0
    retired: int = 0
    unchanged: int = 0
    left_as_newer: int = 0

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.retired)


@dataclass
class Merge:
    """One merge under way: the cursor, the release's date, and the tallies so far."""

    cursor: Any
    released_on: date
    is_older: bool
    has_products: bool
    tallies: dict[str, Tally] = field(default_factory=dict)
    unknown: dict[str, tuple[int, list[str]]] = field(default_factory=dict)

    def run(self, sql: str, **values: object) -> int:
        self.cursor.execute(sql, {"released_on": self.released_on} | values)
        return max(self.cursor.rowcount, 0)

    def note_unknown(self, what: str, select: str) -> None:
        """Count the rows of `select` (one text column) as unknown, keeping the first few as examples."""
        self.run(f"SELECT count(*), (array_agg(DISTINCT u.x))[1:{EXAMPLES}] FROM ({select}) u(x)")
        count, examples = self.cursor.fetchone()
        if count:
            before, earlier = self.unknown.get(what, (0, []))
            self.unknown[what] = (before + count, (earlier + examples)[:EXAMPLES])


@dataclass(frozen=True)
class Target:
    """A table of ours and the columns a release speaks about."""

    noun: str
    table: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    # Columns where NULL means "the release does not say": ours stays, and a new row gets this default.
    if_unsaid: tuple[tuple[str, str], ...] = ()
    # The date whose appearance means that the row was retired.
    ended_by: str = "retired_on"
    constants: tuple[tuple[str, str], ...] = ()


def merge(step: Merge, target: Target, source: str) -> Tally:
    """Bring `source`, a temporary table shaped like the target, into the target's table and count."""
    tally = step.tallies.setdefault(target.noun, Tally())
    unsaid = dict(target.if_unsaid)
    on = " AND ".join(f"t.{name} = n.{name}" for name in target.key)
    said = {name: f"COALESCE(n.{name}, t.{name})" if name in unsaid else f"n.{name}" for name in target.columns}
    differs = " OR ".join(f"{said[name]} IS DISTINCT FROM t.{name}" for name in target.columns)
    ends = (
        f"t.{target.ended_by} IS NULL AND {said[target.ended_by]} IS NOT NULL"
        if target.ended_by in target.columns
        else "false"
    )
    step.run(
        f"SELECT count(*) FILTER (WHERE ({differs}) AND ({ends})), "
        f"count(*) FILTER (WHERE ({differs}) AND NOT ({ends})), count(*) "
        f"FROM {source} n JOIN {target.table} t ON {on}"
    )
    retired, changed, met = step.cursor.fetchone()
    tally.unchanged += met - retired - changed
    if step.is_older:
        tally.left_as_newer += retired + changed
    elif retired or changed:
        settings = ", ".join(f"{name} = {said[name]}" for name in target.columns)
        step.run(f"UPDATE {target.table} t SET {settings} FROM {source} n WHERE {on} AND ({differs})")
        tally.retired += retired
        tally.changed += changed
    constants = dict(target.constants)
    names = ", ".join((*target.key, *target.columns, *constants))
    values = [f"n.{name}" for name in target.key]
    values += [f"COALESCE(n.{name}, {unsaid[name]})" if name in unsaid else f"n.{name}" for name in target.columns]
    added = step.run(
        f"INSERT INTO {target.table} ({names}) SELECT {', '.join([*values, *constants.values()])} "
        f"FROM {source} n WHERE NOT EXISTS (SELECT FROM {target.table} t WHERE {on}) "
        f"ORDER BY {', '.join(f'n.{name}' for name in target.key)}"
    )
    if added > ADDED_ENOUGH_TO_ANALYSE:
        # The steps to come join these rows, and the planner still believes that there are none.
        step.run(f"ANALYZE {target.table}")
    tally.added += added
    return tally


TERM = Target("words", "emar_dmdterm", ("kind", "code"), ("words", "retired_on"))
CHANGED_ID = Target(
    "changed ids",
    "emar_dmdchangedid",
    ("kind", "old_id", "current_id"),
    ("starts_on", "ends_on", "is_reused"),
    ended_by="",
)
INGREDIENT = Target("ingredients", "emar_ingredient", ("id",), ("name", "retired_on"))
NOT_CLASSIFIED = (("bnf_code", "''"), ("atc_code", "''"), ("defined_daily_dose_unit", "''"))
PRODUCT_COLUMNS = (
    "kind",
    "name",
    "generic_id",
    "moiety_id",
    "moiety_name",
    "form",
    "strength",
    "routes",
    "dose_unit",
    "dose_size",
    "dose_size_unit",
    "supplier",
    "controlled_drug_category",
    "prescribing_status",
    "retired_on",
)
MEDICINE = Target(
    "medicines",
    "emar_medicine",
    ("id",),
    PRODUCT_COLUMNS,
    if_unsaid=(
        *(
            (name, "''")
            for name in (
                "moiety_name",
                "form",
                "strength",
                "dose_unit",
                "dose_size_unit",
                "supplier",
                "prescribing_status",
            )
        ),
        ("routes", "'{}'"),
        # Every real release gives each product a category; one without is counted and shown as unknown.
        ("controlled_drug_category", "'0000'"),
    ),
    constants=NOT_CLASSIFIED,
)
CONTENT = Target(
    "ingredient strengths",
    "emar_medicineingredient",
    ("medicine_id", "position"),
    ("ingredient_id", "strength_as_id", "amount", "amount_unit", "per_amount", "per_unit"),
    if_unsaid=(("amount_unit", "''"), ("per_unit", "''")),
    ended_by="",
)
PACK = Target(
    "packs",
    "emar_pack",
    ("id",),
    (
        "kind",
        "name",
        "medicine_id",
        "generic_id",
        "quantity",
        "unit",
        "divided_as",
        "supplier",
        "price_pence",
        "price_on",
        "price_source",
        "discontinued_on",
        "retired_on",
    ),
    if_unsaid=(("unit", "''"), ("supplier", "''")),
)
PACK_CODE = Target("pack codes", "emar_packcode", ("gtin", "pack_id"), ("starts_on", "ends_on"), ended_by="ends_on")

"""In which order does a staged release become ours, and how is each kind of row built?

Each step writes the rows as the release wants them into a temporary table (new_…) and hands it to
operations.dmd_merge. Words come before what uses them, generics before brands, medicines before packs.
"""

# The SQL is put together from the names in these files alone; values from a release are always rows.
# ruff: noqa: S608

from emar.dmd import ReleaseRefused
from emar.models import ControlledDrugCategory
from emar.operations import dmd_merge
from emar.operations.dmd_merge import Merge, Tally, Target, merge
from emar.operations.dmd_staging import NO_GTIN

KINDS_OF_CODE = ("moiety", "form", "route", "unit", "supplier")
# Python's dates end with the year 9999, which some sources write for "no end".
NO_END = "last_day IS NULL OR last_day >= DATE '9999-01-01'"
CLASSES = Target(
    "classifications",
    "emar_medicine",
    ("id",),
    ("bnf_code", "atc_code", "defined_daily_dose", "defined_daily_dose_unit"),
    if_unsaid=(("defined_daily_dose_unit", "''"),),
    ended_by="",
)
INHERITED = (
    "moiety_id",
    "moiety_name",
    "form",
    "strength",
    "dose_unit",
    "dose_size",
    "dose_size_unit",
    "controlled_drug_category",
    "prescribing_status",
    "atc_code",
    "defined_daily_dose",
    "defined_daily_dose_unit",
)


def merge_all(step: Merge) -> None:
    """Merge everything that was staged; raises ReleaseRefused when one id stands twice in a file."""
    for stage in ("ingredient", "generic", "brand", "generic_pack", "brand_pack"):
        _refuse_doubles(step, stage)
    merge_words(step)
    merge_changed_ids(step)
    build_word_table(step)
    merge_ingredients(step)
    merge_generics(step)
    build_alias_table(step)
    merge_brands(step)
    merge_contents(step)
    merge_generic_packs(step)
    merge_brand_packs(step)
    merge_pack_codes(step)
    merge_classes(step)
    fill_contents_from_moieties(step)
    retire_replaced(step)
    pass_on_to_brands(step)


def _refuse_doubles(step: Merge, stage: str) -> None:
    step.run(f"SELECT id FROM stage_{stage} GROUP BY id HAVING count(*) > 1 LIMIT 1")
    if double := step.cursor.fetchone():
        raise ReleaseRefused(f"The release lists {double[0]} twice among its {stage.replace('_', ' ')}s.")


def merge_words(step: Merge) -> None:
    step.run(
        "CREATE TEMPORARY TABLE new_term ON COMMIT DROP AS "
        "SELECT DISTINCT ON (s.sort, s.code) s.sort AS kind, s.code, s.words, "
        "CASE WHEN s.is_invalid THEN COALESCE(t.retired_on, %(released_on)s) END AS retired_on "
        "FROM stage_term s LEFT JOIN emar_dmdterm t ON t.kind = s.sort AND t.code = s.code "
        "ORDER BY s.sort, s.code, s.is_invalid NULLS FIRST, s.line"
    )
    merge(step, dmd_merge.TERM, "new_term")


def merge_changed_ids(step: Merge) -> None:
    # The history lists every code, most of them as their own successor; such a row still open says that
    # the code means itself today, whatever it meant before.
    step.run(
        "CREATE TEMPORARY TABLE new_changed_id ON COMMIT DROP AS "
        "SELECT h.sort AS kind, h.old_id, h.current_id, min(h.starts_on) AS starts_on, "
        f"CASE WHEN NOT bool_or({NO_END}) THEN max(h.last_day) + 1 END AS ends_on, "
        "bool_or(own.old_id IS NOT NULL) AS is_reused "
        "FROM stage_changed_id h LEFT JOIN "
        f"(SELECT DISTINCT sort, old_id FROM stage_changed_id WHERE old_id = current_id AND ({NO_END})) own "
        "ON own.sort = h.sort AND own.old_id = h.old_id "
        "WHERE h.old_id <> h.current_id GROUP BY 1, 2, 3"
    )
    merge(step, dmd_merge.CHANGED_ID, "new_changed_id")
    # A product file names only the one code before; the history knows more, so this fills gaps only.
    step.run(
        "CREATE TEMPORARY TABLE new_previous ON COMMIT DROP AS "
        "SELECT DISTINCT ON (kind, old_id, current_id) p.kind, p.old_id, p.current_id, "
        "NULL::date AS starts_on, p.ends_on, "
        "p.kind = 'medicine' AND EXISTS (SELECT FROM stage_generic g WHERE g.id = p.old_id) AS is_reused "
        "FROM (SELECT 'medicine' AS kind, previous AS old_id, id AS current_id, changed_on AS ends_on "
        "FROM stage_generic UNION ALL SELECT 'ingredient', previous, id, changed_on FROM stage_ingredient "
        "UNION ALL SELECT sort, previous, code, changed_on FROM stage_term WHERE sort = ANY(%(kinds)s)) p "
        "WHERE p.old_id <> p.current_id AND NOT EXISTS (SELECT FROM emar_dmdchangedid c "
        "WHERE c.kind = p.kind AND c.old_id = p.old_id AND c.current_id = p.current_id) "
        "ORDER BY kind, old_id, current_id, p.ends_on",
        kinds=list(KINDS_OF_CODE),
    )
    merge(step, dmd_merge.CHANGED_ID, "new_previous")


def build_word_table(step: Merge) -> None:
    step.run("CREATE TEMPORARY TABLE word (kind text, code text, words text, PRIMARY KEY (kind, code)) ON COMMIT DROP")
    step.run("INSERT INTO word SELECT kind, code, words FROM emar_dmdterm")
    step.run(
        "INSERT INTO word SELECT DISTINCT ON (c.kind, c.old_id) c.kind, c.old_id, t.words "
        "FROM emar_dmdchangedid c JOIN emar_dmdterm t ON t.kind = c.kind AND t.code = c.current_id "
        "ORDER BY c.kind, c.old_id, c.ends_on DESC NULLS FIRST ON CONFLICT DO NOTHING"
    )
    # The bonus release may name a unit by its new code before a full release with that code was imported.
    step.run(
        "INSERT INTO word SELECT DISTINCT ON (c.kind, c.current_id) c.kind, c.current_id, t.words "
        "FROM emar_dmdchangedid c JOIN emar_dmdterm t ON t.kind = c.kind AND t.code = c.old_id "
        "WHERE NOT c.is_reused "
        "ORDER BY c.kind, c.current_id, c.ends_on DESC NULLS FIRST ON CONFLICT DO NOTHING"
    )
    step.run("ANALYZE word")
    for stage, column, kind in (
        ("generic", "moiety_id", "moiety"),
        ("generic", "dose_unit_code", "unit"),
        ("generic", "dose_size_unit_code", "unit"),
        ("generic", "prescribing_status_code", "prescribing_status"),
        ("form", "form_code", "form"),
        ("route", "route_code", "route"),
        ("brand", "supplier_code", "supplier"),
        ("generic_pack", "unit_code", "unit"),
        ("content", "amount_unit_code", "unit"),
        ("content", "per_unit_code", "unit"),
        ("classification", "daily_dose_unit_code", "unit"),
    ):
        step.note_unknown(
            "codes without words",
            f"SELECT DISTINCT '{kind} ' || s.{column} FROM stage_{stage} s WHERE s.{column} IS NOT NULL "
            f"AND NOT EXISTS (SELECT FROM word w WHERE w.kind = '{kind}' AND w.code = s.{column})",
        )


def _words(kind: str, code: str, name: str) -> tuple[str, str]:
    """Return the expression and the join that turn a code into words: '' without code, NULL when unknown."""
    return (
        f"CASE WHEN {code} IS NULL THEN '' ELSE {name}.words END",
        f"LEFT JOIN word {name} ON {name}.kind = '{kind}' AND {name}.code = {code}",
    )


def merge_ingredients(step: Merge) -> None:
    step.run(
        "CREATE TEMPORARY TABLE new_ingredient ON COMMIT DROP AS SELECT s.id, s.name, "
        "CASE WHEN s.is_invalid THEN COALESCE(t.retired_on, %(released_on)s) END AS retired_on "
        "FROM stage_ingredient s LEFT JOIN emar_ingredient t ON t.id = s.id"
    )
    merge(step, dmd_merge.INGREDIENT, "new_ingredient")
    step.run(
        "CREATE TEMPORARY TABLE new_content ON COMMIT DROP AS SELECT s.medicine_id, "
        "row_number() OVER (PARTITION BY s.medicine_id ORDER BY s.line) AS position, "
        "s.ingredient_id AS written_id, COALESCE(i.id, ic.current_id) AS ingredient_id, "
        "COALESCE(b.id, bc.current_id) AS strength_as_id, "
        "round(s.amount, 6) AS amount, {amount_unit} AS amount_unit, "
        "round(s.per_amount, 6) AS per_amount, {per_unit} AS per_unit "
        "FROM stage_content s {ingredient} {strength_as} {amount_join} {per_join}".format(
            amount_unit=_words("unit", "s.amount_unit_code", "au")[0],
            per_unit=_words("unit", "s.per_unit_code", "pu")[0],
            amount_join=_words("unit", "s.amount_unit_code", "au")[1],
            per_join=_words("unit", "s.per_unit_code", "pu")[1],
            ingredient=_ingredient("s.ingredient_id", "i"),
            strength_as=_ingredient("s.strength_as_id", "b"),
        )
    )
    step.note_unknown(
        "ingredients of products that no list names",
        "SELECT written_id FROM new_content WHERE ingredient_id IS NULL",
    )
    step.run("ANALYZE new_content")


def _ingredient(code: str, name: str) -> str:
    return (
        f"LEFT JOIN emar_ingredient {name} ON {name}.id = {code} "
        f"LEFT JOIN LATERAL (SELECT c.current_id FROM emar_dmdchangedid c "
        f"JOIN emar_ingredient now ON now.id = c.current_id "
        f"WHERE {name}.id IS NULL AND c.kind = 'ingredient' AND c.old_id = {code} "
        f"ORDER BY c.ends_on DESC NULLS FIRST LIMIT 1) {name}c ON true"
    )


# 500 mg · 5 mg/ml · 250 mg/5 ml · 30 mg + 500 mg. Where one part has no figure, the name must do.
# Of one ingredient the figure in the name is taken if there is one: a vial that says 6mg/2ml is not to be
# called 3 mg/ml beside it.
IN_NAME = (
    r"[0-9][0-9.,]* ?(?:mg|g|gram|kg|micrograms?|nanograms?|(?:million )?units?|mmol|%%)"
    r"(?:/[0-9.,]* ?(?:mg|g|ml|litre|dose|hours?|actuation|tablet|vial|micrograms?|units?)\y)*"
)
STRENGTHS = (
    "SELECT medicine_id, CASE WHEN bool_or(amount IS NULL) OR count(*) > 6 THEN '' "
    "WHEN bool_or(amount_unit IS NULL OR per_unit IS NULL) THEN NULL "
    "ELSE string_agg(trim_scale(amount)::text || rtrim(' ' || amount_unit) || "
    "CASE WHEN per_amount IS NULL THEN '' WHEN per_amount = 1 THEN '/' || per_unit "
    "ELSE '/' || trim_scale(per_amount)::text || rtrim(' ' || per_unit) END, ' + ' ORDER BY position) END "
    "AS words, count(*) AS ingredients FROM new_content GROUP BY medicine_id"
)
FORMS = (
    "SELECT s.medicine_id, CASE WHEN bool_and(w.words IS NOT NULL) "
    "THEN string_agg(DISTINCT w.words, ', ') END AS words FROM stage_form s "
    "LEFT JOIN word w ON w.kind = 'form' AND w.code = s.form_code GROUP BY s.medicine_id"
)
ROUTES = (
    "SELECT s.medicine_id, CASE WHEN bool_and(w.words IS NOT NULL) "
    "THEN array_agg(DISTINCT w.words::varchar ORDER BY w.words::varchar) END AS words FROM stage_route s "
    "LEFT JOIN word w ON w.kind = 'route' AND w.code = s.route_code GROUP BY s.medicine_id"
)


def merge_generics(step: Merge) -> None:
    known = ", ".join(f"'{category}'" for category in ControlledDrugCategory.values)
    moiety, moiety_join = _words("moiety", "s.moiety_id", "vt")
    dose_unit, dose_unit_join = _words("unit", "s.dose_unit_code", "du")
    size_unit, size_unit_join = _words("unit", "s.dose_size_unit_code", "su")
    status, status_join = _words("prescribing_status", "s.prescribing_status_code", "ps")
    step.run(
        "CREATE TEMPORARY TABLE new_generic ON COMMIT DROP AS SELECT s.id, 'generic' AS kind, s.name, "
        f"NULL::varchar AS generic_id, COALESCE(s.moiety_id, '') AS moiety_id, {moiety} AS moiety_name, "
        "CASE WHEN f.medicine_id IS NULL THEN '' ELSE f.words END AS form, "
        "CASE WHEN st.medicine_id IS NULL THEN '' WHEN st.words <> '' AND st.ingredients = 1 "
        f"THEN COALESCE(substring(s.name FROM '{IN_NAME}'), st.words) ELSE st.words END AS strength, "
        "CASE WHEN r.medicine_id IS NULL THEN ARRAY[]::varchar[] ELSE r.words END AS routes, "
        f"{dose_unit} AS dose_unit, round(s.dose_size, 6) AS dose_size, {size_unit} AS dose_size_unit, "
        "'' AS supplier, "
        # An unheard-of category is treated as the strictest that is kept in a home, and reported.
        f"CASE WHEN c.category IS NULL OR c.category IN ({known}) THEN c.category "
        "ELSE '0002' END AS controlled_drug_category, "
        f"{status} AS prescribing_status, "
        "CASE WHEN s.is_invalid THEN COALESCE(t.retired_on, %(released_on)s) END AS retired_on "
        "FROM stage_generic s LEFT JOIN emar_medicine t ON t.id = s.id "
        f"LEFT JOIN ({FORMS}) f ON f.medicine_id = s.id LEFT JOIN ({STRENGTHS}) st ON st.medicine_id = s.id "
        f"LEFT JOIN ({ROUTES}) r ON r.medicine_id = s.id "
        "LEFT JOIN (SELECT medicine_id, max(category) AS category FROM stage_control GROUP BY 1) c "
        f"ON c.medicine_id = s.id {moiety_join} {dose_unit_join} {size_unit_join} {status_join}"
    )
    step.note_unknown(
        "products without a controlled-drug category",
        "SELECT id FROM new_generic WHERE controlled_drug_category IS NULL",
    )
    step.note_unknown(
        "controlled-drug categories nobody told us (treated as Schedule 2)",
        f"SELECT category FROM stage_control WHERE category NOT IN ({known})",
    )
    step.run("ANALYZE new_generic")
    merge(step, dmd_merge.MEDICINE, "new_generic")


def build_alias_table(step: Merge) -> None:
    """Find the row we hold for a product code that has none of its own: its successor, or the code before."""
    step.run(
        "CREATE TEMPORARY TABLE alias ON COMMIT DROP AS "
        "WITH RECURSIVE missing AS (SELECT id FROM (SELECT generic_id AS id FROM stage_brand "
        "UNION SELECT medicine_id FROM stage_generic_pack "
        "UNION SELECT medicine_id FROM stage_classification) m "
        "WHERE NOT EXISTS (SELECT FROM emar_medicine t WHERE t.id = m.id)), "
        "changed AS (SELECT old_id, current_id, ends_on FROM emar_dmdchangedid "
        "WHERE kind = 'medicine' AND NOT is_reused), "
        "forward (start, id, ends_on, step) AS ("
        "SELECT m.id, c.current_id, c.ends_on, 1 FROM missing m JOIN changed c ON c.old_id = m.id "
        "UNION ALL SELECT f.start, c.current_id, c.ends_on, f.step + 1 "
        "FROM forward f JOIN changed c ON c.old_id = f.id WHERE f.step < 8), "
        "found AS (SELECT start, id, ends_on, step FROM forward "
        "UNION ALL SELECT m.id, c.old_id, c.ends_on, 100 "
        "FROM missing m JOIN changed c ON c.current_id = m.id) "
        "SELECT DISTINCT ON (found.start) found.start AS id, t.id AS row_id "
        "FROM found JOIN emar_medicine t ON t.id = found.id AND t.kind = 'generic' "
        "ORDER BY found.start, found.step, found.ends_on DESC NULLS FIRST"
    )
    step.run("ANALYZE alias")


def merge_brands(step: Merge) -> None:
    supplier, supplier_join = _words("supplier", "s.supplier_code", "su")
    generic = "LEFT JOIN alias a ON a.id = s.generic_id "
    step.note_unknown(
        "brands of unknown products",
        f"SELECT s.id FROM stage_brand s {generic} LEFT JOIN emar_medicine g "
        "ON g.id = COALESCE(a.row_id, s.generic_id) AND g.kind = 'generic' WHERE g.id IS NULL",
    )
    step.run(
        "CREATE TEMPORARY TABLE new_brand ON COMMIT DROP AS SELECT s.id, 'brand' AS kind, "
        "COALESCE(s.full_name, s.name) AS name, g.id AS generic_id, g.moiety_id, g.moiety_name, g.form, "
        "g.strength, CASE WHEN r.medicine_id IS NULL THEN g.routes ELSE r.words END AS routes, "
        f"g.dose_unit, g.dose_size, g.dose_size_unit, {supplier} AS supplier, g.controlled_drug_category, "
        "g.prescribing_status, "
        "CASE WHEN s.is_invalid THEN COALESCE(t.retired_on, %(released_on)s) END AS retired_on "
        f"FROM stage_brand s {generic} JOIN emar_medicine g "
        "ON g.id = COALESCE(a.row_id, s.generic_id) AND g.kind = 'generic' "
        f"LEFT JOIN emar_medicine t ON t.id = s.id "
        f"LEFT JOIN ({ROUTES}) r ON r.medicine_id = s.id {supplier_join}"
    )
    step.run("ANALYZE new_brand")
    merge(step, dmd_merge.MEDICINE, "new_brand")


def merge_contents(step: Merge) -> None:
    step.run("DELETE FROM new_content WHERE ingredient_id IS NULL")
    step.note_unknown(
        "ingredient strengths of unknown products",
        "SELECT DISTINCT medicine_id FROM new_content n "
        "WHERE NOT EXISTS (SELECT FROM emar_medicine t WHERE t.id = n.medicine_id)",
    )
    step.run("DELETE FROM new_content n WHERE NOT EXISTS (SELECT FROM emar_medicine t WHERE t.id = n.medicine_id)")
    tally = merge(step, dmd_merge.CONTENT, "new_content")
    if not step.is_older:
        tally.retired += step.run(
            "DELETE FROM emar_medicineingredient t USING (SELECT DISTINCT medicine_id FROM new_content) m "
            "WHERE t.medicine_id = m.medicine_id AND NOT EXISTS (SELECT FROM new_content n "
            "WHERE n.medicine_id = t.medicine_id AND n.position = t.position)"
        )


def _prices(sort: str) -> str:
    return (
        # Nought pence is dm+d's way of saying that there is no price.
        "(SELECT DISTINCT ON (pack_id) pack_id, NULLIF(pence, 0) AS pence, priced_on FROM stage_price "
        f"WHERE sort = '{sort}' ORDER BY pack_id, line DESC)"
    )


def merge_generic_packs(step: Merge) -> None:
    unit, unit_join = _words("unit", "s.unit_code", "u")
    medicine = "LEFT JOIN alias a ON a.id = s.medicine_id "
    step.note_unknown(
        "packs of unknown products",
        f"SELECT s.id FROM stage_generic_pack s {medicine} LEFT JOIN emar_medicine m "
        "ON m.id = COALESCE(a.row_id, s.medicine_id) WHERE m.id IS NULL",
    )
    step.note_unknown("packs without a quantity", "SELECT id FROM stage_generic_pack WHERE round(quantity, 6) <= 0")
    step.run(
        "CREATE TEMPORARY TABLE new_generic_pack ON COMMIT DROP AS SELECT s.id, 'generic' AS kind, s.name, "
        "m.id AS medicine_id, NULL::varchar AS generic_id, round(s.quantity, 6) AS quantity, "
        f"{unit} AS unit, '' AS divided_as, '' AS supplier, p.pence AS price_pence, "
        "CASE WHEN p.pence IS NOT NULL THEN p.priced_on END AS price_on, "
        "CASE WHEN p.pence IS NULL THEN '' ELSE 'drug_tariff' END AS price_source, "
        "NULL::date AS discontinued_on, "
        "CASE WHEN s.is_invalid THEN COALESCE(t.retired_on, %(released_on)s) END AS retired_on "
        f"FROM stage_generic_pack s {medicine} JOIN emar_medicine m "
        "ON m.id = COALESCE(a.row_id, s.medicine_id) AND m.kind = 'generic' "
        f"LEFT JOIN emar_pack t ON t.id = s.id LEFT JOIN {_prices('drug_tariff')} p ON p.pack_id = s.id "
        f"{unit_join} WHERE round(s.quantity, 6) > 0"
    )
    step.run("ANALYZE new_generic_pack")
    merge(step, dmd_merge.PACK, "new_generic_pack")


def merge_brand_packs(step: Merge) -> None:
    step.run(
        "CREATE TEMPORARY TABLE new_brand_pack ON COMMIT DROP AS SELECT s.id, 'brand' AS kind, s.name, "
        "m.id AS medicine_id, g.id AS generic_id, g.quantity, g.unit, "
        "COALESCE(s.divided_as, '') AS divided_as, m.supplier, p.pence AS price_pence, "
        "CASE WHEN p.pence IS NOT NULL THEN p.priced_on END AS price_on, "
        "CASE WHEN p.pence IS NULL THEN '' ELSE 'nhs_indicative' END AS price_source, "
        "COALESCE(s.discontinued_on, CASE WHEN s.is_discontinued THEN "
        "COALESCE(t.discontinued_on, %(released_on)s) END) AS discontinued_on, "
        "CASE WHEN s.is_invalid THEN COALESCE(t.retired_on, %(released_on)s) END AS retired_on "
        "FROM stage_brand_pack s "
        "LEFT JOIN emar_medicine m ON m.id = s.medicine_id AND m.kind = 'brand' "
        "LEFT JOIN emar_pack g ON g.id = s.generic_id AND g.kind = 'generic' "
        "LEFT JOIN emar_pack t ON t.id = s.id "
        f"LEFT JOIN {_prices('nhs_indicative')} p ON p.pack_id = s.id"
    )
    homeless = "new_brand_pack WHERE medicine_id IS NULL OR generic_id IS NULL"
    step.note_unknown("packs of unknown products", f"SELECT id FROM {homeless}")
    step.run(f"DELETE FROM {homeless}")
    step.run("ANALYZE new_brand_pack")
    merge(step, dmd_merge.PACK, "new_brand_pack")
    step.note_unknown(
        "prices of unknown packs",
        "SELECT DISTINCT pack_id FROM stage_price s WHERE NOT EXISTS (SELECT FROM emar_pack t WHERE t.id = s.pack_id)",
    )


def merge_pack_codes(step: Merge) -> None:
    step.note_unknown("pack codes that are no GTIN", f"SELECT pack_id FROM stage_pack_code WHERE gtin = '{NO_GTIN}'")
    step.note_unknown(
        "pack codes of unknown packs",
        "SELECT s.pack_id FROM stage_pack_code s WHERE NOT EXISTS (SELECT FROM emar_pack t WHERE t.id = s.pack_id)",
    )
    # One key for a code that was re-issued with another number of digits, from its first to its last day.
    step.run(
        "CREATE TEMPORARY TABLE new_pack_code ON COMMIT DROP AS SELECT s.gtin, s.pack_id, "
        "min(s.starts_on) AS starts_on, "
        f"CASE WHEN NOT bool_or({NO_END}) THEN max(s.last_day) + 1 END AS ends_on "
        "FROM stage_pack_code s JOIN emar_pack p ON p.id = s.pack_id "
        f"WHERE s.gtin <> '{NO_GTIN}' GROUP BY 1, 2"
    )
    step.run("ANALYZE new_pack_code")
    tally = merge(step, dmd_merge.PACK_CODE, "new_pack_code")
    if not step.is_older:
        # A code taken off a pack was a mistake in an earlier release: scanning it must not find this pack.
        tally.retired += step.run(
            "UPDATE emar_packcode t SET ends_on = GREATEST(%(released_on)s, t.starts_on) "
            "FROM (SELECT DISTINCT pack_id FROM stage_pack_code) s WHERE s.pack_id = t.pack_id "
            "AND t.ends_on IS NULL AND NOT EXISTS "
            "(SELECT FROM new_pack_code n WHERE n.gtin = t.gtin AND n.pack_id = t.pack_id)"
        )


def merge_classes(step: Merge) -> None:
    unit, unit_join = _words("unit", "s.daily_dose_unit_code", "u")
    medicine = "LEFT JOIN alias a ON a.id = s.medicine_id "
    step.note_unknown(
        "classified products we do not hold",
        f"SELECT s.medicine_id FROM stage_classification s {medicine} LEFT JOIN emar_medicine m "
        "ON m.id = COALESCE(a.row_id, s.medicine_id) WHERE m.id IS NULL",
    )
    # A brand has only a BNF code of its own; the rest is its generic's.
    step.run(
        "CREATE TEMPORARY TABLE new_class ON COMMIT DROP AS SELECT DISTINCT ON (m.id) m.id, "
        "COALESCE(s.bnf_code, '') AS bnf_code, "
        # Products without an ATC code have "n/a" in its place.
        "CASE m.kind WHEN 'brand' THEN m.atc_code "
        "ELSE COALESCE(substring(s.atc_code FROM '^[A-Z][0-9A-Z]*$'), '') END AS atc_code, "
        "CASE m.kind WHEN 'brand' THEN m.defined_daily_dose ELSE round(s.daily_dose, 6) END "
        "AS defined_daily_dose, "
        f"CASE m.kind WHEN 'brand' THEN m.defined_daily_dose_unit ELSE {unit} END AS defined_daily_dose_unit "
        f"FROM stage_classification s {medicine} "
        "JOIN emar_medicine m ON m.id = COALESCE(a.row_id, s.medicine_id) "
        f"{unit_join} ORDER BY m.id, (s.medicine_id = m.id) DESC, s.line"
    )
    merge(step, CLASSES, "new_class")


def fill_contents_from_moieties(step: Merge) -> None:
    """Give products that name no ingredient those of their moiety: maximums by ingredient then see them."""
    added = step.run(
        "INSERT INTO emar_medicineingredient "
        "(medicine_id, position, ingredient_id, amount_unit, per_unit) "
        "SELECT m.id, row_number() OVER (PARTITION BY m.id ORDER BY i.id), i.id, '', '' "
        "FROM (SELECT DISTINCT moiety_id, ingredient_id FROM stage_moiety_content) s "
        "JOIN emar_ingredient i ON i.id = s.ingredient_id "
        "JOIN emar_medicine m ON m.moiety_id = s.moiety_id AND m.kind = 'generic' "
        "WHERE NOT EXISTS (SELECT FROM emar_medicineingredient t WHERE t.medicine_id = m.id)"
    )
    step.tallies.setdefault(dmd_merge.CONTENT.noun, Tally()).added += added
    step.note_unknown(
        "ingredients of moieties that no list names",
        "SELECT DISTINCT ingredient_id FROM stage_moiety_content s "
        "WHERE NOT EXISTS (SELECT FROM emar_ingredient i WHERE i.id = s.ingredient_id)",
    )


def retire_replaced(step: Merge) -> None:
    """Retire products whose code was replaced, once the product under the new code is here."""
    tally = step.tallies.setdefault(dmd_merge.MEDICINE.noun, Tally())
    tally.retired += step.run(
        "UPDATE emar_medicine t SET retired_on = COALESCE(c.ends_on, %(released_on)s) "
        "FROM (SELECT DISTINCT ON (c.old_id) c.old_id, c.ends_on FROM emar_dmdchangedid c "
        "JOIN emar_medicine now ON now.id = c.current_id WHERE c.kind = 'medicine' AND NOT c.is_reused "
        "ORDER BY c.old_id, c.ends_on DESC NULLS FIRST) c "
        "WHERE c.old_id = t.id AND t.retired_on IS NULL "
        "AND NOT EXISTS (SELECT FROM stage_generic s WHERE s.id = t.id)"
    )


def pass_on_to_brands(step: Merge) -> None:
    """Bring what a brand shares with its generic up to date, mentioned in this release or not."""
    step.run(
        f"UPDATE emar_medicine b SET {', '.join(f'{name} = g.{name}' for name in INHERITED)} "
        "FROM emar_medicine g WHERE g.id = b.generic_id AND "
        f"({', '.join(f'b.{name}' for name in INHERITED)}) IS DISTINCT FROM "
        f"({', '.join(f'g.{name}' for name in INHERITED)})"
    )

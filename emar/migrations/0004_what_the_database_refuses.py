"""The database itself refuses wrong NHS numbers (Modulus 11) and changes of what was prescribed."""

from django.db import migrations

# Django gives every text key a second index for LIKE. Nobody searches for part of a dm+d code, and an import of
# a release would keep ten such indexes up to date for nothing.
DROP_PATTERN_INDEXES = """
DO $$
DECLARE name text;
BEGIN
    FOR name IN
        SELECT indexname FROM pg_indexes
        WHERE schemaname = current_schema() AND indexname LIKE '%\\_like' AND tablename IN (
            'emar_ingredient', 'emar_medicine', 'emar_medicineingredient', 'emar_pack', 'emar_packcode'
        )
    LOOP
        EXECUTE format('DROP INDEX %I', name);
    END LOOP;
END $$
"""

NHS_NUMBER = """
CREATE FUNCTION is_nhs_number(number text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN number ~ '^[0-9]{10}$' AND (
    (SELECT sum(substr(number, place, 1)::int * (11 - place)) FROM generate_series(1, 10) AS place) % 11 = 0
)
"""

# Doses are judged by the prescription they were given on, and a process reads each schedule once: a row that
# changed under them would make yesterday's records wrong. A change is another prescription.
PRESCRIBED_ONCE = """
CREATE FUNCTION refuse_change_of_prescription() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    later text[] := ARRAY['stopped_at', 'stopped_by_id', 'stop_reason'];
BEGIN
    IF OLD.checked_at IS NULL THEN
        later := later || ARRAY['checked_at', 'checked_by_id'];
    END IF;
    IF to_jsonb(NEW) - later IS DISTINCT FROM to_jsonb(OLD) - later THEN
        RAISE EXCEPTION 'what was prescribed never changes: replace it with another prescription'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER prescribed_once BEFORE UPDATE ON emar_prescription
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_prescription();
"""
PRESCRIBED_OFTEN = "DROP TRIGGER prescribed_once ON emar_prescription; DROP FUNCTION refuse_change_of_prescription()"


class Migration(migrations.Migration):
    dependencies = [("emar", "0003_row_security")]

    operations = [
        migrations.RunSQL(DROP_PATTERN_INDEXES, migrations.RunSQL.noop),
        migrations.RunSQL(NHS_NUMBER, "DROP FUNCTION is_nhs_number(text)"),
        migrations.RunSQL(
            "ALTER TABLE emar_resident ADD CONSTRAINT nhs_number_passes_modulus_11"
            " CHECK (nhs_number IS NULL OR is_nhs_number(nhs_number))",
            "ALTER TABLE emar_resident DROP CONSTRAINT nhs_number_passes_modulus_11",
        ),
        migrations.RunSQL(PRESCRIBED_ONCE, PRESCRIBED_OFTEN),
    ]

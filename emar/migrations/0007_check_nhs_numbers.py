"""The database itself refuses an NHS number whose check digit is wrong (Modulus 11)."""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION is_nhs_number(number text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN number ~ '^[0-9]{10}$' AND (
    (SELECT sum(substr(number, place, 1)::int * (11 - place)) FROM generate_series(1, 10) AS place) % 11 = 0
)
"""


class Migration(migrations.Migration):
    dependencies = [("emar", "0006_no_pattern_indexes_on_dmd_codes")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION is_nhs_number(text)"),
        migrations.RunSQL(
            "ALTER TABLE emar_resident ADD CONSTRAINT nhs_number_passes_modulus_11"
            " CHECK (nhs_number IS NULL OR is_nhs_number(nhs_number))",
            "ALTER TABLE emar_resident DROP CONSTRAINT nhs_number_passes_modulus_11",
        ),
    ]

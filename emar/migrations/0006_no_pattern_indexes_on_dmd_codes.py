from django.db import migrations

# Django gives every text key a second index for LIKE. Nobody searches for part of a dm+d code, and an import of
# a release would keep ten such indexes up to date for nothing.
DROP = """
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


class Migration(migrations.Migration):
    dependencies = [("emar", "0005_only_indexes_that_questions_ask_for")]

    operations = [migrations.RunSQL(DROP, migrations.RunSQL.noop)]

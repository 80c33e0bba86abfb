from django.db import migrations

# Doses are judged by the prescription they were given on, and a process reads each schedule once: a row that
# changed under them would make yesterday's records wrong. A change is another prescription.
REFUSE = """
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
ALLOW = "DROP TRIGGER prescribed_once ON emar_prescription; DROP FUNCTION refuse_change_of_prescription()"


class Migration(migrations.Migration):
    dependencies = [("emar", "0007_check_nhs_numbers")]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]

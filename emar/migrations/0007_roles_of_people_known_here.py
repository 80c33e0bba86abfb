"""A role in a home is given only to somebody whom the home may see: a colleague, or who is named by their username.

Without this a home could give a role to any id, and then read that person's row: whoever has a role in a home is
shown to it.
"""

from django.db import migrations

# A policy cannot ask this: whether a person is shown depends on roles already, and PostgreSQL refuses the circle. The
# function runs as whoever writes, so it finds only whom the policy of staff members shows in this scope.
REFUSE = """
CREATE FUNCTION refuse_role_of_stranger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM emar_staffmember WHERE id = NEW.staff_member_id) THEN
        RAISE EXCEPTION 'a role is given to a colleague, or to somebody named by their username'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$
"""
TRIGGER = """
CREATE TRIGGER known_here BEFORE INSERT OR UPDATE OF staff_member_id ON emar_homerole
   FOR EACH ROW EXECUTE FUNCTION refuse_role_of_stranger()
"""


class Migration(migrations.Migration):
    dependencies = [
        ("emar", "0006_accepted_allergies"),
    ]

    operations = [
        migrations.RunSQL(
            [REFUSE, TRIGGER], ["DROP TRIGGER known_here ON emar_homerole", "DROP FUNCTION refuse_role_of_stranger()"]
        )
    ]

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from stock import row_security as rows

# A second factor is nobody's but the person's own: not their home's, not their manager's.
OWN_FACTOR = f"user_id = {rows.STAFF_MEMBER}"
OWN_CODES = f"staff_member_id = {rows.STAFF_MEMBER}"

# Who repairs a sign-in at the server has no account here. The line is about the person, who may see it.
OWN_ACTS = f"home_id IS NULL AND acted_by_id = {rows.STAFF_MEMBER}"
AT_THE_SERVER = f"home_id IS NULL AND acted_by_id IS NULL AND about = 'StaffMember ' || {rows.STAFF_MEMBER}"
AUDITED_BEFORE = f"{rows.OWN_HOME} OR ({OWN_ACTS})"
AUDITED = f"{AUDITED_BEFORE} OR ({AT_THE_SERVER})"


def alter_policy(condition: str) -> str:
    return f"ALTER POLICY scope ON emar_auditentry USING ({condition}) WITH CHECK ({condition})"


class Migration(migrations.Migration):
    dependencies = [
        ("emar", "0008_what_was_prescribed_never_changes"),
        ("otp_totp", "0003_add_timestamps"),
    ]

    operations = [
        migrations.CreateModel(
            name="RecoveryCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code_hash", models.CharField(help_text="SHA-256 of the code's letters", max_length=64)),
                ("made_at", models.DateTimeField()),
                ("spent_at", models.DateTimeField(help_text="used, or replaced by newer codes", null=True)),
                (
                    "staff_member",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("staff_member", "code_hash"), name="recovery_code_once")
                ],
            },
        ),
        rows.protect_rows("emar_recoverycode", OWN_CODES),
        rows.grant("emar_recoverycode", "SELECT, INSERT, UPDATE"),
        rows.grant("SEQUENCE emar_recoverycode_id_seq", "USAGE"),
        rows.protect_rows("otp_totp_totpdevice", OWN_FACTOR),
        rows.grant("otp_totp_totpdevice", "SELECT, INSERT, UPDATE"),
        rows.grant("SEQUENCE otp_totp_totpdevice_id_seq", "USAGE"),
        # Two windows open on the same page must not make two keys of which the phone knows one.
        migrations.RunSQL(
            "ALTER TABLE otp_totp_totpdevice ADD CONSTRAINT one_second_factor UNIQUE (user_id)",
            "ALTER TABLE otp_totp_totpdevice DROP CONSTRAINT one_second_factor",
        ),
        migrations.RunSQL(alter_policy(AUDITED), alter_policy(AUDITED_BEFORE)),
    ]

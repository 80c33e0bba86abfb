"""The record is seen by one home at a time, and what happened is never changed.

Rows that must be found before a home is known (who signs in, which device calls) are visible to whoever
already names them: the username, the device, the enrolment code.
"""

from django.db import migrations

from stock import row_security as rows

STAFF_OF_HOME = (
    f"id IN (SELECT staff_member_id FROM emar_homerole WHERE home_id = {rows.HOME}) "
    f"OR id = {rows.STAFF_MEMBER} "
    "OR username = NULLIF(current_setting('emar.sign_in_name', true), '')"
)
HOMES_IN_SCOPE = (
    f"id = {rows.HOME} OR council_id = {rows.COUNCIL} "
    f"OR id IN (SELECT home_id FROM emar_homerole WHERE staff_member_id = {rows.STAFF_MEMBER})"
)
NAMED_DEVICE = f"{rows.OWN_HOME} OR id = NULLIF(current_setting('emar.device_id', true), '')::uuid"
NAMED_CODE = f"{rows.OWN_HOME} OR code_hash = NULLIF(current_setting('emar.enrolment_code', true), '')"
# Who repairs a sign-in at the server has no account here. The line is about the person, who may see it.
OWN_ACTS = f"home_id IS NULL AND acted_by_id = {rows.STAFF_MEMBER}"
AT_THE_SERVER = f"home_id IS NULL AND acted_by_id IS NULL AND about = 'StaffMember ' || {rows.STAFF_MEMBER}"
AUDITED = f"{rows.OWN_HOME} OR ({OWN_ACTS}) OR ({AT_THE_SERVER})"
# A second factor is nobody's but the person's own: not their home's, not their manager's.
OWN_FACTOR = f"user_id = {rows.STAFF_MEMBER}"
OWN_CODES = f"staff_member_id = {rows.STAFF_MEMBER}"

CHANGEABLE = [
    "emar_unit",
    "emar_medicineround",
    "emar_resident",
    "emar_residentphoto",
    "emar_allergy",
    "emar_prescription",
    "emar_devicesignin",
    "emar_pinlock",
    "emar_taughtcode",
    "emar_gppractice",
    "emar_pharmacy",
    "emar_homepolicy",
    "emar_covertplan",
    "emar_selfadministration",
    "emar_homelyremedy",
    "emar_homelyremedygiver",
    "emar_suspension",
    "emar_task",
    "emar_reconciliation",
    "emar_leavemedicines",
]
APPEND_ONLY = [
    "emar_residentpresence",
    "emar_noknownallergies",
    "emar_administration",
    "emar_correction",
    "emar_roundevent",
    "emar_deviceevent",
    "emar_scanevent",
    "emar_pharmacistadvice",
    "emar_competency",
    "emar_competencyoverride",
    "emar_measurement",
    "emar_tasknote",
    "emar_reconciliationline",
    "emar_effectcheck",
    "emar_patchcheck",
    "emar_witnessreview",
    "emar_conflictreview",
    "emar_heldreview",
    "emar_devicegapreview",
]
SPECIAL = ["emar_staffmember", "emar_homerole", "emar_device", "emar_deviceenrolment"]
REFERENCE = [
    "emar_council",
    "emar_provider",
    "emar_councilrole",
    "emar_carehome",
    "emar_ingredient",
    "emar_medicine",
    "emar_medicineingredient",
    "emar_pack",
    "emar_packcode",
    "emar_dmdterm",
    "emar_dmdchangedid",
    "emar_dmdrelease",
    "django_content_type",
]
NUMBERED = [
    "unit",
    "medicineround",
    "resident",
    "residentphoto",
    "residentpresence",
    "allergy",
    "noknownallergies",
    "staffmember",
    "homerole",
    "deviceenrolment",
    "devicesignin",
    "pinlock",
    "taughtcode",
    "gppractice",
    "pharmacy",
    "homepolicy",
    "homelyremedygiver",
    "recoverycode",
]
SAME_HOME = [
    ("emar_medicineround", "unit_id", "emar_unit"),
    ("emar_resident", "unit_id", "emar_unit"),
    ("emar_residentphoto", "resident_id", "emar_resident"),
    ("emar_residentpresence", "resident_id", "emar_resident"),
    ("emar_allergy", "resident_id", "emar_resident"),
    ("emar_noknownallergies", "resident_id", "emar_resident"),
    ("emar_deviceenrolment", "device_id", "emar_device"),
    ("emar_devicesignin", "device_id", "emar_device"),
    ("emar_pinlock", "device_id", "emar_device"),
    ("emar_prescription", "resident_id", "emar_resident"),
    ("emar_prescription", "replaces_id", "emar_prescription"),
    ("emar_administration", "resident_id", "emar_resident"),
    ("emar_administration", "prescription_id", "emar_prescription"),
    ("emar_administration", "round_id", "emar_medicineround"),
    ("emar_administration", "device_id", "emar_device"),
    ("emar_administration", "pack_id", "stock_stockpack"),
    ("emar_correction", "administration_id", "emar_administration"),
    ("emar_roundevent", "round_id", "emar_medicineround"),
    ("emar_roundevent", "device_id", "emar_device"),
    ("emar_deviceevent", "device_id", "emar_device"),
    ("emar_scanevent", "device_id", "emar_device"),
    ("emar_scanevent", "resident_id", "emar_resident"),
    ("emar_scanevent", "prescription_id", "emar_prescription"),
    ("emar_auditentry", "resident_id", "emar_resident"),
    ("emar_resident", "gp_practice_id", "emar_gppractice"),
    ("emar_resident", "pharmacy_id", "emar_pharmacy"),
    ("emar_covertplan", "resident_id", "emar_resident"),
    ("emar_pharmacistadvice", "resident_id", "emar_resident"),
    ("emar_pharmacistadvice", "prescription_id", "emar_prescription"),
    ("emar_selfadministration", "resident_id", "emar_resident"),
    ("emar_selfadministration", "prescription_id", "emar_prescription"),
    ("emar_homelyremedygiver", "remedy_id", "emar_homelyremedy"),
    ("emar_measurement", "resident_id", "emar_resident"),
    ("emar_suspension", "prescription_id", "emar_prescription"),
    ("emar_task", "resident_id", "emar_resident"),
    ("emar_task", "prescription_id", "emar_prescription"),
    ("emar_tasknote", "task_id", "emar_task"),
    ("emar_reconciliation", "resident_id", "emar_resident"),
    ("emar_reconciliationline", "reconciliation_id", "emar_reconciliation"),
    ("emar_reconciliationline", "before_id", "emar_prescription"),
    ("emar_reconciliationline", "after_id", "emar_prescription"),
    ("emar_leavemedicines", "resident_id", "emar_resident"),
    ("emar_leavemedicines", "prescription_id", "emar_prescription"),
    ("emar_leavemedicines", "line_id", "stock_stockline"),
    ("emar_leavemedicines", "pack_id", "stock_stockpack"),
    ("emar_effectcheck", "administration_id", "emar_administration"),
    ("emar_effectcheck", "device_id", "emar_device"),
    ("emar_patchcheck", "prescription_id", "emar_prescription"),
    ("emar_patchcheck", "device_id", "emar_device"),
    ("emar_witnessreview", "administration_id", "emar_administration"),
    ("emar_conflictreview", "administration_id", "emar_administration"),
    ("emar_devicegapreview", "device_id", "emar_device"),
]
REFERABLE = [
    "emar_unit",
    "emar_medicineround",
    "emar_device",
    "emar_prescription",
    "emar_administration",
    "emar_gppractice",
    "emar_pharmacy",
    "emar_homelyremedy",
    "emar_task",
    "emar_reconciliation",
]


class Migration(migrations.Migration):
    dependencies = [
        ("emar", "0002_doses_and_leave_use_packs"),
        ("stock", "0002_row_security"),
        ("sessions", "0001_initial"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("otp_totp", "0003_add_timestamps"),
    ]

    operations = [
        *[rows.protect_rows(table) for table in CHANGEABLE + APPEND_ONLY],
        rows.protect_rows("emar_auditentry", AUDITED),
        rows.protect_rows("emar_staffmember", STAFF_OF_HOME, check=f"{rows.HOME} IS NOT NULL OR {STAFF_OF_HOME}"),
        rows.protect_rows(
            "emar_homerole",
            f"{rows.OWN_HOME} OR staff_member_id = {rows.STAFF_MEMBER}",
            check=rows.OWN_HOME,
        ),
        rows.protect_rows(
            "emar_councilrole",
            f"staff_member_id = {rows.STAFF_MEMBER} OR council_id = {rows.COUNCIL}",
        ),
        rows.protect_rows("emar_carehome", HOMES_IN_SCOPE),
        rows.protect_rows("emar_device", NAMED_DEVICE, check=rows.OWN_HOME),
        rows.protect_rows("emar_deviceenrolment", NAMED_CODE, check=rows.OWN_HOME),
        *[rows.grant(table, "SELECT, INSERT, UPDATE") for table in CHANGEABLE + SPECIAL],
        *[operation for table in [*APPEND_ONLY, "emar_auditentry"] for operation in rows.append_only(table)],
        *[rows.grant(table, "SELECT") for table in REFERENCE],
        rows.grant("django_session", "SELECT, INSERT, UPDATE, DELETE"),
        *[rows.grant(f"SEQUENCE emar_{name}_id_seq", "USAGE") for name in NUMBERED],
        *[rows.referable_in_home(table) for table in REFERABLE],
        *[rows.same_home(*reference) for reference in SAME_HOME],
        # A correction is written before the record that replaces the wrong one.
        rows.same_home("emar_correction", "replacement_id", "emar_administration", is_deferred=True),
        rows.protect_rows("emar_recoverycode", OWN_CODES),
        rows.protect_rows("otp_totp_totpdevice", OWN_FACTOR),
        *[rows.grant(table, "SELECT, INSERT, UPDATE") for table in ("emar_recoverycode", "otp_totp_totpdevice")],
        rows.grant("SEQUENCE otp_totp_totpdevice_id_seq", "USAGE"),
        # Two windows open on the same page must not make two keys of which the phone knows one.
        migrations.RunSQL(
            "ALTER TABLE otp_totp_totpdevice ADD CONSTRAINT one_second_factor UNIQUE (user_id)",
            "ALTER TABLE otp_totp_totpdevice DROP CONSTRAINT one_second_factor",
        ),
    ]

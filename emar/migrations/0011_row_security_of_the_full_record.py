"""Plans, tasks, transfers and checks are seen by one home at a time, and what was done is never changed."""

from django.db import migrations

from stock import row_security as rows

CHANGEABLE = [
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
    "emar_pharmacistadvice",
    "emar_competency",
    "emar_competencyoverride",
    "emar_measurement",
    "emar_tasknote",
    "emar_reconciliationline",
    "emar_effectcheck",
    "emar_patchcheck",
    "emar_witnessreview",
]
NUMBERED = ["gppractice", "pharmacy", "homepolicy", "homelyremedygiver"]
RESIDENT, PRESCRIPTION, DEVICE = "emar_resident", "emar_prescription", "emar_device"
SAME_HOME = [
    ("emar_resident", "gp_practice_id", "emar_gppractice"),
    ("emar_resident", "pharmacy_id", "emar_pharmacy"),
    ("emar_covertplan", "resident_id", RESIDENT),
    ("emar_pharmacistadvice", "resident_id", RESIDENT),
    ("emar_pharmacistadvice", "prescription_id", PRESCRIPTION),
    ("emar_selfadministration", "resident_id", RESIDENT),
    ("emar_selfadministration", "prescription_id", PRESCRIPTION),
    ("emar_homelyremedygiver", "remedy_id", "emar_homelyremedy"),
    ("emar_measurement", "resident_id", RESIDENT),
    ("emar_suspension", "prescription_id", PRESCRIPTION),
    ("emar_task", "resident_id", RESIDENT),
    ("emar_task", "prescription_id", PRESCRIPTION),
    ("emar_tasknote", "task_id", "emar_task"),
    ("emar_reconciliation", "resident_id", RESIDENT),
    ("emar_reconciliationline", "reconciliation_id", "emar_reconciliation"),
    ("emar_reconciliationline", "before_id", PRESCRIPTION),
    ("emar_reconciliationline", "after_id", PRESCRIPTION),
    ("emar_leavemedicines", "resident_id", RESIDENT),
    ("emar_leavemedicines", "prescription_id", PRESCRIPTION),
    ("emar_leavemedicines", "line_id", "stock_stockline"),
    ("emar_leavemedicines", "pack_id", "stock_stockpack"),
    ("emar_effectcheck", "administration_id", "emar_administration"),
    ("emar_effectcheck", "device_id", DEVICE),
    ("emar_patchcheck", "prescription_id", PRESCRIPTION),
    ("emar_patchcheck", "device_id", DEVICE),
    ("emar_witnessreview", "administration_id", "emar_administration"),
]
REFERABLE = ["emar_gppractice", "emar_pharmacy", "emar_homelyremedy", "emar_task", "emar_reconciliation"]


class Migration(migrations.Migration):
    dependencies = [("emar", "0010_the_clinical_record_in_full"), ("stock", "0002_row_security")]

    operations = [
        *[rows.protect_rows(table) for table in CHANGEABLE + APPEND_ONLY],
        *[rows.grant(table, "SELECT, INSERT, UPDATE") for table in CHANGEABLE],
        *[operation for table in APPEND_ONLY for operation in rows.append_only(table)],
        *[rows.grant(f"SEQUENCE emar_{name}_id_seq", "USAGE") for name in NUMBERED],
        *[rows.referable_in_home(table) for table in REFERABLE],
        *[rows.same_home(*reference) for reference in SAME_HOME],
    ]

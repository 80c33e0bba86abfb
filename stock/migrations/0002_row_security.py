"""Rows of the ledger are seen by one home at a time, and what moved is never changed."""

from django.db import migrations

from stock import row_security as rows

CHANGEABLE = [
    "stock_stockline",
    "stock_stockpack",
    "stock_discrepancy",
    "stock_ledgerhead",
    "stock_storageplace",
    "stock_openingrule",
]
APPEND_ONLY = [
    "stock_stockmovement",
    "stock_stockcount",
    "stock_temperaturereading",
    "stock_consignment",
    "stock_disposal",
]
REFERABLE = [
    "emar_resident",
    "stock_stockline",
    "stock_stockpack",
    "stock_stockmovement",
    "stock_stockcount",
    "stock_storageplace",
    "stock_temperaturereading",
    "stock_consignment",
]
SAME_HOME = [
    ("stock_stockline", "resident_id", "emar_resident"),
    ("stock_stockpack", "line_id", "stock_stockline"),
    ("stock_stockmovement", "line_id", "stock_stockline"),
    ("stock_stockmovement", "pack_id", "stock_stockpack"),
    ("stock_stockcount", "line_id", "stock_stockline"),
    ("stock_discrepancy", "line_id", "stock_stockline"),
    ("stock_discrepancy", "movement_id", "stock_stockmovement"),
    ("stock_discrepancy", "count_id", "stock_stockcount"),
    ("stock_temperaturereading", "place_id", "stock_storageplace"),
    ("stock_temperaturereading", "corrects_id", "stock_temperaturereading"),
    ("stock_disposal", "consignment_id", "stock_consignment"),
    ("stock_disposal", "line_id", "stock_stockline"),
    ("stock_disposal", "pack_id", "stock_stockpack"),
    ("stock_disposal", "movement_id", "stock_stockmovement"),
]


class Migration(migrations.Migration):
    dependencies = [("stock", "0001_initial"), ("emar", "0002_doses_and_leave_use_packs")]

    operations = [
        rows.APPLICATION_ROLE,
        rows.REFUSE_CHANGE,
        *[rows.protect_rows(table) for table in CHANGEABLE + APPEND_ONLY],
        *[rows.grant(table, "SELECT, INSERT, UPDATE") for table in CHANGEABLE],
        *[operation for table in APPEND_ONLY for operation in rows.append_only(table)],
        rows.grant("SEQUENCE stock_stockline_id_seq", "USAGE"),
        *[rows.referable_in_home(table) for table in REFERABLE],
        *[rows.same_home(*reference) for reference in SAME_HOME],
    ]

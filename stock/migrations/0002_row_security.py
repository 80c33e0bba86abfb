"""Rows of the ledger are seen by one home at a time, and what moved is never changed."""

from django.db import migrations

from stock import row_security as rows

CHANGEABLE = ["stock_stockline", "stock_stockpack", "stock_discrepancy", "stock_ledgerhead"]
APPEND_ONLY = ["stock_stockmovement", "stock_stockcount"]


class Migration(migrations.Migration):
    dependencies = [("stock", "0001_initial"), ("emar", "0002_relations")]

    operations = [
        rows.APPLICATION_ROLE,
        rows.REFUSE_CHANGE,
        *[rows.protect_rows(table) for table in CHANGEABLE + APPEND_ONLY],
        *[rows.grant(table, "SELECT, INSERT, UPDATE") for table in CHANGEABLE],
        *[operation for table in APPEND_ONLY for operation in rows.append_only(table)],
        rows.grant("SEQUENCE stock_stockline_id_seq", "USAGE"),
        *[rows.referable_in_home(table) for table in ["emar_resident", *CHANGEABLE[:2], *APPEND_ONLY]],
        rows.same_home("stock_stockline", "resident_id", "emar_resident"),
        rows.same_home("stock_stockpack", "line_id", "stock_stockline"),
        rows.same_home("stock_stockmovement", "line_id", "stock_stockline"),
        rows.same_home("stock_stockmovement", "pack_id", "stock_stockpack"),
        rows.same_home("stock_stockcount", "line_id", "stock_stockline"),
        rows.same_home("stock_discrepancy", "line_id", "stock_stockline"),
        rows.same_home("stock_discrepancy", "movement_id", "stock_stockmovement"),
        rows.same_home("stock_discrepancy", "count_id", "stock_stockcount"),
    ]

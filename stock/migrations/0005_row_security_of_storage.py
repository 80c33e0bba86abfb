"""Storage and disposal are seen by one home at a time, and what was read or has left is never changed."""

from django.db import migrations

from stock import row_security as rows

CHANGEABLE = ["stock_storageplace", "stock_openingrule"]
APPEND_ONLY = ["stock_temperaturereading", "stock_consignment", "stock_disposal"]
REFERABLE = ["stock_storageplace", "stock_temperaturereading", "stock_consignment"]
SAME_HOME = [
    ("stock_temperaturereading", "place_id", "stock_storageplace"),
    ("stock_temperaturereading", "corrects_id", "stock_temperaturereading"),
    ("stock_disposal", "consignment_id", "stock_consignment"),
    ("stock_disposal", "line_id", "stock_stockline"),
    ("stock_disposal", "pack_id", "stock_stockpack"),
    ("stock_disposal", "movement_id", "stock_stockmovement"),
]


class Migration(migrations.Migration):
    dependencies = [("stock", "0004_storage_and_disposal")]

    operations = [
        *[rows.protect_rows(table) for table in CHANGEABLE + APPEND_ONLY],
        *[rows.grant(table, "SELECT, INSERT, UPDATE") for table in CHANGEABLE],
        *[operation for table in APPEND_ONLY for operation in rows.append_only(table)],
        *[rows.referable_in_home(table) for table in REFERABLE],
        *[rows.same_home(*reference) for reference in SAME_HOME],
    ]

"""Counts that several people work at, pack by pack, and how a difference was looked into."""

import django.db.models.deletion
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models

from stock import row_security as rows

APPEND_ONLY = ["stock_linetocount", "stock_countedpack", "stock_discrepancynote"]
SAME_HOME = [
    ("stock_stockcountsession", "resident_id", "emar_resident"),
    ("stock_stockcount", "session_id", "stock_stockcountsession"),
    ("stock_stockcount", "recount_of_id", "stock_discrepancy"),
    ("stock_linetocount", "session_id", "stock_stockcountsession"),
    ("stock_linetocount", "line_id", "stock_stockline"),
    ("stock_countedpack", "session_id", "stock_stockcountsession"),
    ("stock_countedpack", "line_id", "stock_stockline"),
    ("stock_countedpack", "pack_id", "stock_stockpack"),
    ("stock_discrepancynote", "discrepancy_id", "stock_discrepancy"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("emar", "0004_what_the_database_refuses"),
        ("stock", "0002_row_security"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CountedPack",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("quantity", models.DecimalField(decimal_places=4, max_digits=14)),
                ("is_scanned", models.BooleanField(default=False)),
                (
                    "after_sequence",
                    models.PositiveIntegerField(help_text="the line's last movement when it was counted"),
                ),
                ("counted_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="DiscrepancyNote",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                (
                    "told",
                    models.TextField(blank=True, help_text="who was told, with their role; empty for a plain note"),
                ),
                ("words", models.TextField(help_text="what was found or said, and any reference")),
                ("written_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="LineToCount",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("place", models.PositiveIntegerField(help_text="where it stands in the order in which people walk")),
                (
                    "why",
                    models.CharField(blank=True, help_text="a key of stock.rules.counting.WHY_WORDS", max_length=12),
                ),
            ],
        ),
        migrations.CreateModel(
            name="StockCountSession",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("resident", "One resident"),
                            ("location", "One place"),
                            ("cycle", "What matters most"),
                            ("full", "Everything"),
                            ("register", "CD balance check"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "location",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("trolley", "Trolley"),
                            ("cupboard", "Cupboard"),
                            ("cd_cabinet", "CD cabinet"),
                            ("fridge", "Fridge"),
                        ],
                        max_length=16,
                    ),
                ),
                ("started_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="discrepancy",
            name="outcome",
            field=models.CharField(
                blank=True, help_text="what came of a controlled drug's, by its manager", max_length=10
            ),
        ),
        migrations.AddField(
            model_name="discrepancy",
            name="reason_code",
            field=models.CharField(blank=True, help_text="a reason of stock.rules.differences", max_length=20),
        ),
        migrations.AddField(
            model_name="stockcount",
            name="recount_of",
            field=models.ForeignKey(
                db_constraint=False,
                help_text="the open difference that this count looks at again",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="recounts",
                to="stock.discrepancy",
            ),
        ),
        migrations.AddIndex(
            model_name="stockmovement",
            index=models.Index(
                condition=models.Q(("destination", "waste")), fields=["home", "moved_at"], name="wasted_in_home"
            ),
        ),
        migrations.AddField(
            model_name="countedpack",
            name="counted_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="countedpack",
            name="home",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome"),
        ),
        migrations.AddField(
            model_name="countedpack",
            name="line",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="stock.stockline"
            ),
        ),
        migrations.AddField(
            model_name="countedpack",
            name="pack",
            field=models.ForeignKey(
                db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="stock.stockpack"
            ),
        ),
        migrations.AddField(
            model_name="discrepancynote",
            name="discrepancy",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="stock.discrepancy"
            ),
        ),
        migrations.AddField(
            model_name="discrepancynote",
            name="home",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome"),
        ),
        migrations.AddField(
            model_name="discrepancynote",
            name="written_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="linetocount",
            name="home",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome"),
        ),
        migrations.AddField(
            model_name="linetocount",
            name="line",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="stock.stockline"
            ),
        ),
        migrations.AddField(
            model_name="stockcountsession",
            name="finished_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="stockcountsession",
            name="home",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome"),
        ),
        migrations.AddField(
            model_name="stockcountsession",
            name="resident",
            field=models.ForeignKey(
                db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="emar.resident"
            ),
        ),
        migrations.AddField(
            model_name="stockcountsession",
            name="started_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="linetocount",
            name="session",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="stock.stockcountsession"
            ),
        ),
        migrations.AddField(
            model_name="countedpack",
            name="session",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="stock.stockcountsession"
            ),
        ),
        migrations.AddField(
            model_name="stockcount",
            name="session",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="stock.stockcountsession",
            ),
        ),
        migrations.AddIndex(
            model_name="discrepancynote",
            index=models.Index(fields=["discrepancy"], name="notes_of_discrepancy"),
        ),
        migrations.AddIndex(
            model_name="stockcountsession",
            index=models.Index(fields=["home", "started_at"], name="counts_of_home"),
        ),
        migrations.AddConstraint(
            model_name="stockcountsession",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("resident__isnull", False), models.Q(("kind", "resident"), _negated=True), _connector="OR"
                ),
                name="count_of_a_resident",
            ),
        ),
        migrations.AddConstraint(
            model_name="stockcountsession",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("location", ""), _negated=True),
                    models.Q(("kind", "location"), _negated=True),
                    _connector="OR",
                ),
                name="count_of_place",
            ),
        ),
        migrations.AddConstraint(
            model_name="linetocount",
            constraint=models.UniqueConstraint(fields=("session", "line"), name="line_once_in_a_count"),
        ),
        migrations.AddIndex(
            model_name="countedpack",
            index=models.Index(fields=["session", "line"], name="packs_counted_of_line"),
        ),
        migrations.AddConstraint(
            model_name="countedpack",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gte", 0)), name="counted_pack_not_below_zero"
            ),
        ),
        *[rows.protect_rows(table) for table in ["stock_stockcountsession", *APPEND_ONLY]],
        rows.grant("stock_stockcountsession", "SELECT, INSERT, UPDATE"),
        *[operation for table in APPEND_ONLY for operation in rows.append_only(table)],
        *[rows.referable_in_home(table) for table in ["stock_stockcountsession", "stock_discrepancy"]],
        *[rows.same_home(*reference) for reference in SAME_HOME],
    ]

"""Which batches are called back, as each home was told, and what was done about each of its packs."""

import django.contrib.postgres.fields
import django.db.models.deletion
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models

from stock import row_security as rows


class Migration(migrations.Migration):
    dependencies = [
        ("emar", "0005_jobs"),
        ("stock", "0003_counting_together"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Recall",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("alert", models.UUIDField(help_text="the same for one alert in every home")),
                ("product", models.TextField(help_text="what is called back, in the alert's words")),
                ("gtin", models.CharField(blank=True, max_length=14)),
                (
                    "batches",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        blank=True,
                        default=list,
                        help_text="as printed; none means every batch",
                        size=None,
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("class_1", "Class 1: act at once"),
                            ("class_2", "Class 2: within 48 hours"),
                            ("class_3", "Class 3: within 5 days"),
                            ("class_4", "Class 4: caution in use"),
                        ],
                        max_length=7,
                    ),
                ),
                ("told_by", models.TextField(help_text="who sent the alert, and its reference")),
                ("words", models.TextField(blank=True, help_text="what is wrong with it, and what to do")),
                ("entered_at", models.DateTimeField()),
                ("outcome", models.TextField(blank=True)),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "closed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "entered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
            ],
        ),
        migrations.CreateModel(
            name="RecalledPack",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("put_aside", "Put aside"),
                            ("not_affected", "Not affected: back in use"),
                            ("replaced", "Replaced"),
                        ],
                        max_length=12,
                    ),
                ),
                ("words", models.TextField(blank=True)),
                ("taken_at", models.DateTimeField()),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "pack",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="stock.stockpack"
                    ),
                ),
                (
                    "recall",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="stock.recall"
                    ),
                ),
                (
                    "taken_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="recall",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)), fields=["home"], name="recalls_in_force"
            ),
        ),
        migrations.AddConstraint(
            model_name="recall",
            constraint=models.UniqueConstraint(fields=("home", "alert"), name="recall_once_in_home"),
        ),
        migrations.AddConstraint(
            model_name="recall",
            constraint=models.CheckConstraint(
                condition=models.Q(("gtin__regex", "^([0-9]{14})?$")), name="recall_gtin_has_14_digits"
            ),
        ),
        migrations.AddConstraint(
            model_name="recall",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("gtin", ""), _negated=True), models.Q(("batches", []), _negated=True), _connector="OR"
                ),
                name="recall_names_gtin_or_batch",
            ),
        ),
        migrations.AddConstraint(
            model_name="recall",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("closed_at__isnull", True), models.Q(("outcome", ""), _negated=True), _connector="OR"
                ),
                name="recall_closed_with_outcome",
            ),
        ),
        migrations.AddConstraint(
            model_name="recalledpack",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("step", "not_affected"), _negated=True),
                    models.Q(("words", ""), _negated=True),
                    _connector="OR",
                ),
                name="not_affected_with_words",
            ),
        ),
        rows.protect_rows("stock_recall"),
        rows.grant("stock_recall", "SELECT, INSERT, UPDATE"),
        rows.referable_in_home("stock_recall"),
        rows.protect_rows("stock_recalledpack"),
        *rows.append_only("stock_recalledpack"),
        rows.same_home("stock_recalledpack", "recall_id", "stock_recall"),
        rows.same_home("stock_recalledpack", "pack_id", "stock_stockpack"),
    ]

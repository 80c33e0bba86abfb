"""Deliveries: what is expected, what was booked in, checked, undone and stopped; each home sees its own."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models

from stock import row_security as rows

CHANGEABLE = ["ordering_delivery", "ordering_deliveryline"]
APPEND_ONLY = [
    "ordering_bookedpack",
    "ordering_packcheck",
    "ordering_undonebooking",
    "ordering_stoppedpack",
    "ordering_labelsheet",
]
REFERABLE = ["ordering_delivery", "ordering_deliveryline", "ordering_bookedpack"]
SAME_HOME = [
    ("ordering_delivery", "resident_id", "emar_resident"),
    ("ordering_deliveryline", "delivery_id", "ordering_delivery"),
    ("ordering_deliveryline", "resident_id", "emar_resident"),
    ("ordering_bookedpack", "delivery_id", "ordering_delivery"),
    ("ordering_bookedpack", "line_id", "ordering_deliveryline"),
    ("ordering_bookedpack", "pack_id", "stock_stockpack"),
    ("ordering_packcheck", "booked_id", "ordering_bookedpack"),
    ("ordering_undonebooking", "booked_id", "ordering_bookedpack"),
    ("ordering_stoppedpack", "delivery_id", "ordering_delivery"),
    ("ordering_stoppedpack", "line_id", "ordering_deliveryline"),
    ("ordering_stoppedpack", "resident_id", "emar_resident"),
    ("ordering_labelsheet", "delivery_id", "ordering_delivery"),
]


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("emar", "0004_what_the_database_refuses"),
        ("stock", "0002_row_security"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                (
                    "origin",
                    models.CharField(
                        choices=[
                            ("pharmacy", "From the pharmacy"),
                            ("hospital", "From hospital"),
                            ("own", "Own medicines, brought in"),
                            ("other", "From somewhere else"),
                        ],
                        default="pharmacy",
                        max_length=10,
                    ),
                ),
                ("sender", models.TextField(blank=True, help_text="which pharmacy, ward or person")),
                ("reference", models.TextField(blank=True, help_text="the number on the delivery note")),
                ("expected_on", models.DateField(null=True)),
                (
                    "covers_until_on",
                    models.DateField(help_text="the last day that these medicines are to last", null=True),
                ),
                (
                    "note",
                    models.TextField(blank=True, help_text="the delivery note exactly as it came, every line of it"),
                ),
                ("note_name", models.TextField(blank=True, help_text="the name of the file")),
                (
                    "note_hash",
                    models.CharField(
                        blank=True, help_text="SHA-256 of the file: loaded twice is one note", max_length=64
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                ("closing_words", models.TextField(blank=True)),
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
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "opened_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        db_constraint=False,
                        help_text="whose medicines they are, where all of them are one person's",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="emar.resident",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DeliveryLine",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("position", models.PositiveIntegerField(help_text="its line in the note")),
                ("words", models.TextField(help_text="the line as it was written")),
                ("resident_words", models.TextField(blank=True)),
                ("medicine_words", models.TextField(blank=True)),
                (
                    "is_for_home",
                    models.BooleanField(default=False, help_text="homely remedies and bulk: nobody's in particular"),
                ),
                ("gtin", models.CharField(blank=True, max_length=14)),
                ("quantity", models.DecimalField(decimal_places=4, max_digits=12, null=True)),
                ("unit", models.TextField(blank=True, help_text="what the quantity counts: tablet, ml, pack …")),
                (
                    "packs",
                    models.PositiveIntegerField(default=1, help_text="how many packs that is, as far as is known"),
                ),
                (
                    "faults",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        default=list,
                        help_text="what could not be read, and what to do",
                        size=None,
                    ),
                ),
                ("asked_by", models.UUIDField(help_text="the order line that it answers", null=True)),
                (
                    "asked",
                    models.DecimalField(
                        decimal_places=4, help_text="how much was asked for in all", max_digits=12, null=True
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("owing", "Owed: the pharmacy will send it"),
                            ("not_supplied", "Will not come: order it again or ask the GP"),
                            ("not_needed", "Not needed"),
                        ],
                        help_text="of what did not come",
                        max_length=12,
                    ),
                ),
                ("outcome_words", models.TextField(blank=True)),
                (
                    "delivery",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="ordering.delivery"
                    ),
                ),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "medicine",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="emar.medicine"),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="emar.resident"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="BookedPack",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "quantity",
                    models.DecimalField(
                        decimal_places=4, help_text="what is in it, in the unit of the stock", max_digits=12
                    ),
                ),
                ("unit", models.TextField()),
                (
                    "answers",
                    models.DecimalField(
                        decimal_places=4, help_text="how much of the expected line it is", max_digits=12
                    ),
                ),
                ("answers_unit", models.TextField(blank=True)),
                (
                    "how",
                    models.CharField(choices=[("scanned", "Scanned"), ("by_hand", "Entered by hand")], max_length=8),
                ),
                ("text", models.TextField(blank=True, help_text="the scan, exactly as it was read")),
                ("findings", models.JSONField(default=list, help_text="what somebody was asked about, and let pass")),
                ("reason", models.TextField(blank=True, help_text="why, where something was changed or let pass")),
                ("is_controlled", models.BooleanField(default=False)),
                ("must_be_checked", models.BooleanField(default=False)),
                ("is_quarantined", models.BooleanField(default=False, help_text="kept, but not to be given from")),
                ("booked_at", models.DateTimeField()),
                ("received_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "booked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "pack",
                    models.OneToOneField(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="stock.stockpack"
                    ),
                ),
                (
                    "witness",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "delivery",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="ordering.delivery"
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="ordering.deliveryline",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LabelSheet",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "booked",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(),
                        help_text="the booked packs, in the order of the labels",
                        size=None,
                    ),
                ),
                ("layout", models.CharField(max_length=16)),
                (
                    "skipped",
                    models.PositiveSmallIntegerField(default=0, help_text="places of a part-used sheet left free"),
                ),
                ("printed_at", models.DateTimeField()),
                (
                    "delivery",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="ordering.delivery"
                    ),
                ),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "printed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PackCheck",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "counted",
                    models.DecimalField(
                        decimal_places=4, help_text="what they counted, of a CD", max_digits=12, null=True
                    ),
                ),
                ("unit", models.TextField()),
                ("checked_at", models.DateTimeField()),
                (
                    "booked",
                    models.OneToOneField(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="ordering.bookedpack"
                    ),
                ),
                (
                    "checked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "witness",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="StoppedPack",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "became",
                    models.CharField(
                        choices=[
                            ("goes_back", "Put aside to go back"),
                            ("same_box", "The same box again: it is booked in"),
                        ],
                        max_length=10,
                    ),
                ),
                ("text", models.TextField(blank=True, help_text="the scan, exactly as it was read")),
                ("batch", models.CharField(blank=True, max_length=20)),
                ("expires_on", models.DateField(null=True)),
                ("findings", models.JSONField(default=list)),
                ("words", models.TextField(blank=True)),
                ("stopped_at", models.DateTimeField()),
                (
                    "delivery",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="ordering.delivery"
                    ),
                ),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "line",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="ordering.deliveryline",
                    ),
                ),
                (
                    "medicine",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="emar.medicine"),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="emar.resident"
                    ),
                ),
                (
                    "stopped_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="UndoneBooking",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("reason", models.TextField()),
                ("undone_at", models.DateTimeField()),
                (
                    "booked",
                    models.OneToOneField(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="ordering.bookedpack"
                    ),
                ),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "undone_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "witness",
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
            model_name="delivery",
            index=models.Index(fields=["home", "opened_at"], name="deliveries_of_home"),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(
                condition=models.Q(("note_hash", ""), _negated=True),
                fields=("home", "note_hash"),
                name="delivery_note_loaded_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", True), ("closed_by__isnull", True)),
                    models.Q(("closed_at__isnull", False), ("closed_by__isnull", False)),
                    _connector="OR",
                ),
                name="delivery_closed_by_someone",
            ),
        ),
        migrations.AddIndex(
            model_name="deliveryline",
            index=models.Index(fields=["home", "asked_by"], name="delivery_line_of_order"),
        ),
        migrations.AddConstraint(
            model_name="deliveryline",
            constraint=models.UniqueConstraint(fields=("delivery", "position"), name="delivery_line_once"),
        ),
        migrations.AddConstraint(
            model_name="deliveryline",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__isnull", True), ("quantity__gt", 0), _connector="OR"),
                name="delivery_line_of_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="deliveryline",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_for_home", False), ("resident__isnull", True), _connector="OR"),
                name="delivery_line_of_one_owner",
            ),
        ),
        migrations.AddIndex(
            model_name="bookedpack",
            index=models.Index(fields=["home", "delivery"], name="booked_packs_of_delivery"),
        ),
        migrations.AddConstraint(
            model_name="bookedpack",
            constraint=models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="booked_pack_of_something"),
        ),
        migrations.AddConstraint(
            model_name="bookedpack",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("witness__isnull", True),
                    models.Q(("witness", models.F("booked_by")), _negated=True),
                    _connector="OR",
                ),
                name="booked_pack_witness_is_another",
            ),
        ),
        migrations.AddIndex(
            model_name="stoppedpack",
            index=models.Index(fields=["home", "delivery"], name="stopped_packs_of_delivery"),
        ),
        migrations.AddConstraint(
            model_name="undonebooking",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="undone_with_a_reason"
            ),
        ),
        *[rows.protect_rows(table) for table in CHANGEABLE + APPEND_ONLY],
        *[rows.grant(table, "SELECT, INSERT, UPDATE") for table in CHANGEABLE],
        *[operation for table in APPEND_ONLY for operation in rows.append_only(table)],
        *[rows.referable_in_home(table) for table in REFERABLE],
        *[rows.same_home(*reference) for reference in SAME_HOME],
    ]

import django.db.models.deletion
import django.db.models.functions.datetime
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("emar", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Consignment",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "goes_to",
                    models.CharField(
                        choices=[
                            ("pharmacy", "Back to the pharmacy"),
                            ("contractor", "To a licensed waste contractor"),
                            ("destroyed", "Destroyed in the home"),
                        ],
                        max_length=10,
                    ),
                ),
                ("receiver", models.TextField(blank=True, help_text="which pharmacy or contractor")),
                ("collected_by", models.TextField(blank=True, help_text="who took it away, by name")),
                ("note", models.TextField(blank=True)),
                (
                    "early_reason",
                    models.TextField(blank=True, help_text="why medicines of somebody who died left before their time"),
                ),
                ("sent_at", models.DateTimeField()),
                (
                    "sent_by",
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
            options={
                "indexes": [models.Index(fields=["home", "sent_at"], name="consignments_of_home")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("goes_to", "destroyed"),
                            models.Q(
                                models.Q(("receiver", ""), _negated=True), models.Q(("collected_by", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="consignment_says_who_took_it",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("witness", models.F("sent_by")), _negated=True),
                        name="consignment_witness_is_another",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StockLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "resident",
                    models.ForeignKey(
                        db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="emar.resident"
                    ),
                ),
                ("medicine", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.medicine")),
                ("unit", models.TextField(help_text="what is counted: tablet, ml, patch …")),
                ("is_controlled", models.BooleanField(default=False)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("home", "resident", "medicine", "unit"),
                        name="one_line_of_medicine",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LedgerHead",
            fields=[
                (
                    "home",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="emar.carehome",
                    ),
                ),
                ("sequence", models.BigIntegerField(default=0)),
                (
                    "hash",
                    models.CharField(
                        default="0000000000000000000000000000000000000000000000000000000000000000", max_length=64
                    ),
                ),
                ("version", models.BigIntegerField(default=0, help_text="how often this home was written to")),
            ],
        ),
        migrations.CreateModel(
            name="OpeningRule",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                ("group", models.CharField(help_text="a group of stock.rules.expiry", max_length=12)),
                ("lasts", models.PositiveSmallIntegerField()),
                ("unit", models.CharField(choices=[("days", "days"), ("months", "months")], max_length=6)),
                ("changed_at", models.DateTimeField()),
                (
                    "changed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("home", "group"), name="one_opening_rule_for_a_group"),
                    models.CheckConstraint(condition=models.Q(("lasts__gt", 0)), name="opening_rule_above_nothing"),
                ],
            },
        ),
        migrations.CreateModel(
            name="StoragePlace",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                ("name", models.TextField()),
                ("kind", models.CharField(choices=[("fridge", "Fridge"), ("room", "Room or cupboard")], max_length=6)),
                ("low", models.DecimalField(decimal_places=1, max_digits=4, null=True)),
                ("high", models.DecimalField(decimal_places=1, max_digits=4)),
                ("unit", models.CharField(default="°C", max_length=2)),
                ("is_high_allowed", models.BooleanField(default=True, help_text="whether `high` itself is in order")),
                ("added_at", models.DateTimeField()),
                (
                    "added_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
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
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at__isnull", True)),
                        fields=("home", "name"),
                        name="storage_place_name_in_home",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("low__isnull", True), ("low__lt", models.F("high")), _connector="OR"),
                        name="storage_range",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StockCount",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "line",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="stock.stockline"
                    ),
                ),
                ("counted", models.DecimalField(decimal_places=4, max_digits=14)),
                ("book", models.DecimalField(decimal_places=4, max_digits=14)),
                (
                    "after_sequence",
                    models.PositiveIntegerField(help_text="the line's last movement when it was counted"),
                ),
                ("counted_at", models.DateTimeField()),
                (
                    "counted_by",
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
                ("received_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name="StockPack",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "line",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="stock.stockline"
                    ),
                ),
                ("product", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="emar.pack")),
                ("label_code", models.CharField(max_length=16, unique=True)),
                ("gtin", models.CharField(blank=True, max_length=14)),
                ("serial", models.CharField(blank=True, max_length=20)),
                ("batch", models.CharField(blank=True, max_length=20)),
                ("expires_on", models.DateField(null=True)),
                ("opened_on", models.DateField(null=True)),
                ("use_by", models.DateField(help_text="the earlier of expiry and what opening allows", null=True)),
                (
                    "location",
                    models.CharField(
                        choices=[
                            ("trolley", "Trolley"),
                            ("cupboard", "Cupboard"),
                            ("cd_cabinet", "CD cabinet"),
                            ("fridge", "Fridge"),
                        ],
                        default="trolley",
                        max_length=16,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("in_use", "In use"), ("quarantined", "Quarantined"), ("finished", "Finished")],
                        default="in_use",
                        max_length=16,
                    ),
                ),
                ("booked_in_at", models.DateTimeField()),
                (
                    "booked_in_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["home", "line"], name="pack_of_line")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("serial", ""), _negated=True),
                        fields=("home", "gtin", "serial"),
                        name="serial_once_in_home",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TemperatureReading",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "place",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="stock.storageplace"
                    ),
                ),
                ("current", models.DecimalField(decimal_places=1, max_digits=4)),
                ("lowest", models.DecimalField(decimal_places=1, max_digits=4)),
                ("highest", models.DecimalField(decimal_places=1, max_digits=4)),
                ("allowed_low", models.DecimalField(decimal_places=1, max_digits=4, null=True)),
                ("allowed_high", models.DecimalField(decimal_places=1, max_digits=4)),
                ("is_high_allowed", models.BooleanField(default=True)),
                ("unit", models.CharField(default="°C", max_length=2)),
                ("is_reset", models.BooleanField(help_text="whether lowest and highest were reset afterwards")),
                ("action", models.TextField(blank=True, help_text="what was done because it was out of range")),
                ("note", models.TextField(blank=True)),
                (
                    "corrects",
                    models.OneToOneField(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrected_as",
                        to="stock.temperaturereading",
                    ),
                ),
                ("read_at", models.DateTimeField()),
                (
                    "read_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("received_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["home", "place", "read_at"], name="readings_of_place")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("lowest__lt", models.F("allowed_low")),
                                ("highest__gt", models.F("allowed_high")),
                                ("current__lt", models.F("allowed_low")),
                                ("current__gt", models.F("allowed_high")),
                                _connector="OR",
                                _negated=True,
                            ),
                            models.Q(("action", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="out_of_range_with_action",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("current__lte", models.F("highest")), ("lowest__lte", models.F("current"))),
                        name="lowest_current_highest",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("corrects__isnull", True), models.Q(("note", ""), _negated=True), _connector="OR"
                        ),
                        name="corrected_with_a_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StockMovement",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "home",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="emar.carehome",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="stock.stockline",
                    ),
                ),
                ("line_sequence", models.PositiveIntegerField()),
                (
                    "pack",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="stock.stockpack",
                    ),
                ),
                ("quantity", models.DecimalField(decimal_places=4, max_digits=12)),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("supplier", "Supplier"),
                            ("home", "In the home"),
                            ("resident", "Given"),
                            ("waste", "Wasted"),
                            ("returned", "Returned"),
                            ("away", "Away with the resident"),
                            ("unexplained", "Unexplained"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "destination",
                    models.CharField(
                        choices=[
                            ("supplier", "Supplier"),
                            ("home", "In the home"),
                            ("resident", "Given"),
                            ("waste", "Wasted"),
                            ("returned", "Returned"),
                            ("away", "Away with the resident"),
                            ("unexplained", "Unexplained"),
                        ],
                        max_length=12,
                    ),
                ),
                ("reason", models.TextField()),
                ("record_id", models.UUIDField(help_text="the administration that used it", null=True, unique=True)),
                ("balance", models.DecimalField(decimal_places=4, max_digits=14)),
                ("moved_at", models.DateTimeField()),
                (
                    "moved_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "witness",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("received_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("chain_sequence", models.BigIntegerField()),
                ("chain_hash", models.CharField(max_length=64)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("line", "line_sequence"), name="line_has_no_gap_or_double"),
                    models.UniqueConstraint(fields=("home", "chain_sequence"), name="chain_has_no_gap_or_double"),
                    models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="quantity_is_positive"),
                    models.CheckConstraint(
                        condition=models.Q(("source", models.F("destination")), _negated=True),
                        name="a_movement_goes_somewhere",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("witness__isnull", True),
                            models.Q(("witness", models.F("moved_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="witness_is_a_second_person",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Discrepancy",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "line",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="stock.stockline"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("below_zero", "below_zero"), ("count_differs", "count_differs")], max_length=16
                    ),
                ),
                (
                    "movement",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="stock.stockmovement",
                    ),
                ),
                (
                    "count",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="stock.stockcount",
                    ),
                ),
                ("expected", models.DecimalField(decimal_places=4, max_digits=14)),
                ("found", models.DecimalField(decimal_places=4, max_digits=14)),
                ("opened_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "opened_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("reason", models.TextField(blank=True)),
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
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at__isnull", True), ("kind", "below_zero")),
                        fields=("line",),
                        name="one_open_below_zero",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closed_at__isnull", True), models.Q(("reason", ""), _negated=True), _connector="OR"
                        ),
                        name="closed_with_a_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Disposal",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "consignment",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="stock.consignment"
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="stock.stockline"
                    ),
                ),
                (
                    "pack",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="stock.stockpack",
                    ),
                ),
                (
                    "movement",
                    models.OneToOneField(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="stock.stockmovement"
                    ),
                ),
                ("quantity", models.DecimalField(decimal_places=4, max_digits=12)),
                ("unit", models.TextField()),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("stopped", "Stopped or changed by the prescriber"),
                            ("out_of_date", "Out of date"),
                            ("opened_too_long", "Open for too long"),
                            ("died", "The resident died"),
                            ("left", "The resident left the home"),
                            ("too_much", "More than is needed"),
                            ("recalled", "Recalled"),
                            ("wrong_temperature", "Kept too warm or too cold"),
                            ("spoilt", "Dropped, spoilt or damaged"),
                            ("wrong_supply", "Supplied wrongly"),
                            ("other", "Something else"),
                        ],
                        max_length=20,
                    ),
                ),
                ("words", models.TextField(blank=True, help_text="which batch was recalled, what else happened")),
                (
                    "is_controlled",
                    models.BooleanField(default=False, help_text="whether it was kept as a controlled drug then"),
                ),
                ("is_denatured", models.BooleanField(default=False)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="disposal_of_something"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reason", "other"), _negated=True),
                            models.Q(("words", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="other_disposal_with_words",
                    ),
                ],
            },
        ),
    ]

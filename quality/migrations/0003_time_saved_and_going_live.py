"""Times, costs and stages of each home. A council reads stages and what was saved, and nobody's times or words."""

from decimal import Decimal

import django.db.models.deletion
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models

from stock import row_security as rows

#: What a council reads of its own homes: choices, days and counts.
FOR_COUNCIL = ["quality_golivestep", "quality_readinessanswer", "quality_savingfigure"]
OF_HOME = ["quality_timesample", "quality_processfrequency", "quality_cost", "quality_savingspolicy"]
APPEND_ONLY = ["quality_golivestep", "quality_readinessanswer", "quality_processfrequency"]
CHANGEABLE = ["quality_timesample", "quality_cost", "quality_savingspolicy", "quality_savingfigure"]


class Migration(migrations.Migration):
    dependencies = [
        ("emar", "0006_accepted_allergies"),
        ("quality", "0002_daily_figures"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Cost",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("start_up", "Start-up: devices, set-up, Wi-Fi"),
                            ("hidden", "Hidden: IT support, time spent in training"),
                            ("running", "Running: licences, hosting, replacement"),
                            ("direct", "Direct: labels, paper, carriage"),
                        ],
                        max_length=8,
                    ),
                ),
                ("words", models.TextField()),
                ("pounds", models.DecimalField(decimal_places=2, max_digits=10)),
                ("is_monthly", models.BooleanField()),
                ("written_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "written_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SavingsPolicy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("hour_low", models.DecimalField(decimal_places=2, default=Decimal("12.50"), max_digits=6)),
                ("hour_high", models.DecimalField(decimal_places=2, default=Decimal("18.00"), max_digits=6)),
                (
                    "waste_before",
                    models.DecimalField(
                        decimal_places=2,
                        help_text="£ a month before go-live, where it is known",
                        max_digits=10,
                        null=True,
                    ),
                ),
                ("changed_at", models.DateTimeField()),
                (
                    "changed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("home", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
            ],
        ),
        migrations.CreateModel(
            name="GoLiveStep",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("intervention", "Intervention: agreed, baseline being taken"),
                            ("deployment", "Deployment: devices, Wi-Fi, training, entering medicines"),
                            ("usage", "Usage and feedback: live at the bedside"),
                            ("evaluation", "Evaluation: measured against the baseline"),
                            ("usual", "Business as usual"),
                            ("not_adopting", "Not adopting"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("has_other", "Has another electronic record"),
                            ("wifi", "Wi-Fi is not good enough"),
                            ("cost", "Cost"),
                            ("staffing", "No staff time to change"),
                            ("training", "Training cannot be arranged"),
                            ("pharmacy", "The pharmacy’s system does not fit"),
                            ("owner", "The owner decided otherwise"),
                            ("closing", "The home closes or changes hands"),
                            ("not_convinced", "Not convinced of the benefit"),
                        ],
                        help_text="why not adopting",
                        max_length=16,
                    ),
                ),
                ("since_on", models.DateField()),
                ("said_at", models.DateTimeField()),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "said_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["home", "-said_at"], name="step_of_home")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("stage", "not_adopting"), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="not_adopting_says_why",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ProcessFrequency",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                (
                    "process",
                    models.CharField(
                        choices=[
                            ("stock_count", "Counting stock"),
                            ("ordering", "Ordering"),
                            ("checking_prescriptions", "Checking prescriptions against the order"),
                            ("booking_in", "Booking in a delivery"),
                            ("change_over", "Change-over"),
                            ("audit", "Medicines audit"),
                            ("mar_writing", "Writing and checking MAR charts"),
                            ("round", "Medicine round"),
                        ],
                        max_length=24,
                    ),
                ),
                ("is_baseline", models.BooleanField()),
                ("per_month", models.DecimalField(decimal_places=2, max_digits=7)),
                ("said_at", models.DateTimeField()),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "said_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("per_month__gte", 0)), name="frequency_is_not_negative")
                ],
            },
        ),
        migrations.CreateModel(
            name="ReadinessAnswer",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                (
                    "item",
                    models.CharField(
                        choices=[
                            ("wifi", "Wi-Fi carries a round in every room"),
                            ("data_security", "Data Security and Protection Toolkit: standards met"),
                            ("champion", "A champion on each shift is named"),
                            ("training", "Everybody who gives medicines is trained and assessed"),
                            ("baseline", "Baseline taken: each desk process timed on paper"),
                            ("devices", "A device for each round at once, and one to spare"),
                            ("medicines", "Every prescription entered and checked by a second person"),
                            ("downtime", "Everybody knows what to do when it does not work"),
                        ],
                        max_length=16,
                    ),
                ),
                ("is_met", models.BooleanField()),
                ("answered_at", models.DateTimeField()),
                (
                    "answered_by",
                    models.ForeignKey(
                        help_text="empty: worked out by the system",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
            ],
            options={
                "indexes": [models.Index(fields=["home", "item", "-answered_at"], name="readiness_of_home")],
            },
        ),
        migrations.CreateModel(
            name="SavingFigure",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "process",
                    models.CharField(
                        choices=[
                            ("stock_count", "Counting stock"),
                            ("ordering", "Ordering"),
                            ("checking_prescriptions", "Checking prescriptions against the order"),
                            ("booking_in", "Booking in a delivery"),
                            ("change_over", "Change-over"),
                            ("audit", "Medicines audit"),
                            ("mar_writing", "Writing and checking MAR charts"),
                            ("round", "Medicine round"),
                        ],
                        max_length=24,
                    ),
                ),
                ("before", models.PositiveIntegerField()),
                ("after", models.PositiveIntegerField()),
                ("hours", models.DecimalField(decimal_places=2, max_digits=9, null=True)),
                ("low", models.DecimalField(decimal_places=2, max_digits=9, null=True)),
                ("high", models.DecimalField(decimal_places=2, max_digits=9, null=True)),
                (
                    "grade",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("A", "Measured here, before and after, 12 times or more on each side"),
                            ("B", "Measured here, before and after, fewer times"),
                            ("C", "A published study of other homes"),
                            ("D", "A claim or estimate, not measured"),
                        ],
                        max_length=1,
                    ),
                ),
                ("counted_at", models.DateTimeField()),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("home", "process"), name="saving_of_process")],
            },
        ),
        migrations.CreateModel(
            name="TimeSample",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                (
                    "process",
                    models.CharField(
                        choices=[
                            ("stock_count", "Counting stock"),
                            ("ordering", "Ordering"),
                            ("checking_prescriptions", "Checking prescriptions against the order"),
                            ("booking_in", "Booking in a delivery"),
                            ("change_over", "Change-over"),
                            ("audit", "Medicines audit"),
                            ("mar_writing", "Writing and checking MAR charts"),
                            ("round", "Medicine round"),
                        ],
                        max_length=24,
                    ),
                ),
                ("is_baseline", models.BooleanField(help_text="from before the home went live")),
                ("people", models.PositiveSmallIntegerField(default=1)),
                ("started_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "set_aside_at",
                    models.DateTimeField(help_text="a wrong tap, or interrupted: it does not count", null=True),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "set_aside_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "started_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["home", "process"], name="sample_of_home")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_at__isnull", True), ("ended_at__gt", models.F("started_at")), _connector="OR"
                        ),
                        name="sample_ends_after_it_began",
                    )
                ],
            },
        ),
        *[rows.protect_rows(table, rows.OWN_HOME_OR_COUNCIL, check=rows.OWN_HOME) for table in FOR_COUNCIL],
        *[rows.protect_rows(table) for table in OF_HOME],
        *[rows.grant(table, "SELECT, INSERT, UPDATE") for table in CHANGEABLE],
        *[operation for table in APPEND_ONLY for operation in rows.append_only(table)],
        *[rows.grant(f"SEQUENCE quality_{name}_id_seq", "USAGE") for name in ("savingspolicy", "savingfigure")],
    ]

"""Each home's days in counts. The only rows about care that a council may read: they name nobody."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from stock import row_security as rows

TABLES = ["quality_dailyfigure", "quality_dailyfigurepart", "quality_dailykind", "quality_rebasing"]
SAME_HOME = [
    ("quality_dailyfigurepart", "unit_id", "emar_unit"),
    ("quality_dailykind", "unit_id", "emar_unit"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("emar", "0005_jobs"),
        ("quality", "0001_incidents"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DailyFigure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("due", models.PositiveIntegerField(default=0)),
                ("on_time", models.PositiveIntegerField(default=0)),
                ("early", models.PositiveIntegerField(default=0)),
                ("late", models.PositiveIntegerField(default=0)),
                ("refused", models.PositiveIntegerField(default=0)),
                ("other_not_given", models.PositiveIntegerField(default=0)),
                ("supply_failure", models.PositiveIntegerField(default=0)),
                ("missed", models.PositiveIntegerField(default=0)),
                ("given", models.PositiveIntegerField(default=0)),
                ("unscheduled", models.PositiveIntegerField(default=0)),
                ("given_wrongly", models.PositiveIntegerField(default=0)),
                ("near_misses", models.PositiveIntegerField(default=0)),
                ("by_staff", models.PositiveIntegerField(default=0)),
                ("scanned", models.PositiveIntegerField(default=0)),
                ("records", models.PositiveIntegerField(default=0)),
                ("late_entries", models.PositiveIntegerField(default=0)),
                ("critical_due", models.PositiveIntegerField(default=0)),
                ("critical_on_time", models.PositiveIntegerField(default=0)),
                ("alerts", models.PositiveIntegerField(default=0)),
                ("overridden", models.PositiveIntegerField(default=0)),
                ("day_on", models.DateField()),
                (
                    "residents",
                    models.PositiveIntegerField(default=0, help_text="who lived there at the end of the day"),
                ),
                ("devices", models.PositiveIntegerField(default=0, help_text="in use that day")),
                ("still_open", models.PositiveIntegerField(default=0)),
                ("without_times", models.PositiveIntegerField(default=0)),
                ("silent_devices", models.PositiveIntegerField(default=0)),
                ("closed_at", models.DateTimeField()),
                ("counted_at", models.DateTimeField(help_text="when its records were last looked at")),
                ("changed_at", models.DateTimeField(help_text="when late records last changed it", null=True)),
                (
                    "as_closed",
                    models.JSONField(help_text="the numbers that late records changed, as they were first", null=True),
                ),
                (
                    "home",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="emar.carehome"),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("home", "day_on"), name="figure_of_day")],
            },
        ),
        migrations.CreateModel(
            name="DailyFigurePart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("due", models.PositiveIntegerField(default=0)),
                ("on_time", models.PositiveIntegerField(default=0)),
                ("early", models.PositiveIntegerField(default=0)),
                ("late", models.PositiveIntegerField(default=0)),
                ("refused", models.PositiveIntegerField(default=0)),
                ("other_not_given", models.PositiveIntegerField(default=0)),
                ("supply_failure", models.PositiveIntegerField(default=0)),
                ("missed", models.PositiveIntegerField(default=0)),
                ("given", models.PositiveIntegerField(default=0)),
                ("unscheduled", models.PositiveIntegerField(default=0)),
                ("given_wrongly", models.PositiveIntegerField(default=0)),
                ("near_misses", models.PositiveIntegerField(default=0)),
                ("by_staff", models.PositiveIntegerField(default=0)),
                ("scanned", models.PositiveIntegerField(default=0)),
                ("records", models.PositiveIntegerField(default=0)),
                ("late_entries", models.PositiveIntegerField(default=0)),
                ("critical_due", models.PositiveIntegerField(default=0)),
                ("critical_on_time", models.PositiveIntegerField(default=0)),
                ("alerts", models.PositiveIntegerField(default=0)),
                ("overridden", models.PositiveIntegerField(default=0)),
                ("day_on", models.DateField()),
                ("medicine_class", models.CharField(help_text="quality.rules.medicine_classes", max_length=16)),
                ("time_of_day", models.CharField(help_text="quality.rules.times_of_day", max_length=12)),
                ("round_name", models.TextField(help_text="empty between rounds")),
                (
                    "home",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="emar.carehome"),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="emar.unit",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("home", "day_on", "unit", "medicine_class", "time_of_day", "round_name"),
                        name="figure_of_part",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DailyKind",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day_on", models.DateField()),
                ("medicine_class", models.CharField(max_length=16)),
                ("time_of_day", models.CharField(max_length=12)),
                ("round_name", models.TextField()),
                ("theme", models.CharField(help_text="quality.rules.counting.Theme", max_length=16)),
                ("code", models.CharField(help_text="a finding, or why a dose was not scanned", max_length=32)),
                ("count", models.PositiveIntegerField()),
                ("overridden", models.PositiveIntegerField(default=0)),
                (
                    "home",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="emar.carehome"),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="emar.unit",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=(
                            "home",
                            "day_on",
                            "unit",
                            "medicine_class",
                            "time_of_day",
                            "round_name",
                            "theme",
                            "code",
                        ),
                        name="kind_of_part",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Rebasing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("from_on", models.DateField()),
                (
                    "why",
                    models.CharField(
                        choices=[
                            ("go_live", "Went live"),
                            ("process", "Another way of working"),
                            ("staffing", "Another staffing"),
                            ("residents", "Other residents or units"),
                            ("recording", "Another way of recording"),
                        ],
                        max_length=12,
                    ),
                ),
                ("set_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(null=True)),
                (
                    "home",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="emar.carehome"),
                ),
                (
                    "set_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        db_index=False,
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
                        condition=models.Q(("withdrawn_at__isnull", True)),
                        fields=("home", "from_on"),
                        name="one_rebasing_a_day",
                    )
                ],
            },
        ),
        *[rows.protect_rows(table, rows.OWN_HOME_OR_COUNCIL, check=rows.OWN_HOME) for table in TABLES],
        *[rows.grant(table, "SELECT, INSERT, UPDATE") for table in TABLES],
        *[rows.grant(f"SEQUENCE {table}_id_seq", "USAGE") for table in TABLES],
        *[rows.same_home(*reference) for reference in SAME_HOME],
    ]

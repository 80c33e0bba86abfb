import django.db.models.deletion
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models

from stock import row_security as rows

TABLES = ["quality_letterreader", "quality_dailyletter"]


class Migration(migrations.Migration):
    dependencies = [
        ("emar", "0006_accepted_allergies"),
        ("quality", "0003_time_saved_and_going_live"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LetterReader",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("email", models.EmailField(max_length=254)),
                ("added_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "added_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
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
            ],
        ),
        migrations.CreateModel(
            name="DailyLetter",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("day_on", models.DateField()),
                ("message_id", models.TextField()),
                ("mime", models.BinaryField()),
                ("created_at", models.DateTimeField()),
                ("answer", models.TextField(blank=True, help_text="what the mail server said when it took it")),
                ("sent_at", models.DateTimeField(null=True)),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "reader",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="quality.letterreader"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="letterreader",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)), fields=("home", "email"), name="reader_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="dailyletter",
            constraint=models.UniqueConstraint(fields=("reader", "day_on"), name="letter_once_a_day"),
        ),
        *[rows.protect_rows(table) for table in TABLES],
        *[rows.grant(table, "SELECT, INSERT, UPDATE") for table in TABLES],
        rows.referable_in_home("quality_letterreader"),
        rows.same_home("quality_dailyletter", "reader_id", "quality_letterreader"),
    ]

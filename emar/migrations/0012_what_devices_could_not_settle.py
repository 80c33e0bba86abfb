import django.db.models.deletion
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models

from stock import row_security as rows

REVIEWS = ["emar_conflictreview", "emar_heldreview", "emar_devicegapreview"]


class Migration(migrations.Migration):
    dependencies = [
        ("emar", "0011_row_security_of_the_full_record"),
    ]

    operations = [
        migrations.CreateModel(
            name="ConflictReview",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("words", models.TextField()),
                ("reviewed_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="DeviceGapReview",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("after_sequence", models.BigIntegerField(help_text="the number before the gap; 0 for the beginning")),
                ("before_sequence", models.BigIntegerField(help_text="the number after the gap")),
                ("words", models.TextField()),
                ("reviewed_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="HeldReview",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("event", models.UUIDField(help_text="the held DeviceEvent", unique=True)),
                (
                    "decision",
                    models.CharField(
                        choices=[("by_hand", "Recorded by hand"), ("set_aside", "Set aside")], max_length=9
                    ),
                ),
                ("words", models.TextField()),
                ("reviewed_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="device",
            name="lost_at",
            field=models.DateTimeField(help_text="reported lost or stolen; empty again once it is found", null=True),
        ),
        migrations.AddField(
            model_name="device",
            name="lost_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="device",
            name="lost_words",
            field=models.TextField(blank=True, help_text="where it was last seen, who was told"),
        ),
        migrations.AddField(
            model_name="taughtcode",
            name="approved_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="taughtcode",
            name="approved_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="taughtcode",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("approved_at__isnull", True), ("approved_by__isnull", True)),
                    models.Q(("approved_at__isnull", False), ("approved_by__isnull", False)),
                    _connector="OR",
                ),
                name="taught_code_approved_by_someone",
            ),
        ),
        migrations.AddField(
            model_name="conflictreview",
            name="administration",
            field=models.OneToOneField(
                db_constraint=False,
                help_text="the record answered with a conflict",
                on_delete=django.db.models.deletion.PROTECT,
                to="emar.administration",
            ),
        ),
        migrations.AddField(
            model_name="conflictreview",
            name="home",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome"),
        ),
        migrations.AddField(
            model_name="conflictreview",
            name="reviewed_by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="devicegapreview",
            name="device",
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.device"),
        ),
        migrations.AddField(
            model_name="devicegapreview",
            name="home",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome"),
        ),
        migrations.AddField(
            model_name="devicegapreview",
            name="reviewed_by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="heldreview",
            name="home",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome"),
        ),
        migrations.AddField(
            model_name="heldreview",
            name="reviewed_by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="conflictreview",
            constraint=models.CheckConstraint(
                condition=models.Q(("words", ""), _negated=True), name="conflict_review_says_why"
            ),
        ),
        migrations.AddConstraint(
            model_name="devicegapreview",
            constraint=models.CheckConstraint(
                condition=models.Q(("words", ""), _negated=True), name="gap_review_says_why"
            ),
        ),
        migrations.AddConstraint(
            model_name="devicegapreview",
            constraint=models.UniqueConstraint(
                fields=("device", "after_sequence", "before_sequence"), name="gap_review_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="heldreview",
            constraint=models.CheckConstraint(
                condition=models.Q(("words", ""), _negated=True), name="held_review_says_why"
            ),
        ),
        migrations.AddIndex(
            model_name="administration",
            index=models.Index(
                condition=models.Q(("answer", "conflict")), fields=["home", "given_at"], name="dose_in_conflict"
            ),
        ),
        migrations.AddIndex(
            model_name="deviceevent",
            index=models.Index(
                condition=models.Q(("answer", "held")), fields=["home", "received_at"], name="event_held"
            ),
        ),
        *[rows.protect_rows(table) for table in REVIEWS],
        *[operation for table in REVIEWS for operation in rows.append_only(table)],
        rows.same_home("emar_conflictreview", "administration_id", "emar_administration"),
        rows.same_home("emar_devicegapreview", "device_id", "emar_device"),
    ]

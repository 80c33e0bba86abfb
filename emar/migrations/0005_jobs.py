"""What the system has to do by itself is seen by one home at a time, and never deleted."""

import django.db.models.deletion
import uuid_utils.compat
from django.db import migrations, models

from stock import row_security as rows


class Migration(migrations.Migration):
    dependencies = [
        ("emar", "0004_what_the_database_refuses"),
    ]

    operations = [
        migrations.CreateModel(
            name="Job",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("kind", models.CharField(help_text="a kind of emar.jobs", max_length=40)),
                ("key", models.TextField(blank=True, help_text="which one of its kind; empty for periodic work")),
                ("payload", models.JSONField(default=dict)),
                ("due_at", models.DateTimeField(help_text="when it is tried next")),
                ("attempts", models.PositiveIntegerField(default=0, help_text="since it last succeeded")),
                ("lease_expires_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("problem", models.TextField(blank=True, help_text="the kind of the last failure, without its words")),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("finished_at__isnull", True)), fields=["home", "due_at"], name="job_waiting"
                    )
                ],
                "constraints": [models.UniqueConstraint(fields=("home", "kind", "key"), name="job_once")],
            },
        ),
        rows.protect_rows("emar_job"),
        rows.grant("emar_job", "SELECT, INSERT, UPDATE"),
    ]

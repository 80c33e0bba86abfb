"""A prescription says which recorded allergies were accepted, with a reason, when it was written."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("emar", "0005_jobs"),
    ]

    operations = [
        migrations.AddField(
            model_name="prescription",
            name="accepted_allergies",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(),
                default=list,
                help_text="allergies it meets though they are recorded: it was written with a reason",
                size=None,
            ),
        ),
    ]

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("emar", "0012_what_devices_could_not_settle"),
    ]

    operations = [
        # Earlier rows need no filling in: the classes that their words name are read from the words as well.
        migrations.AddField(
            model_name="allergy",
            name="class_codes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40),
                db_default=[],
                default=list,
                help_text="classes of medicines: rules.allergy_classes",
                size=None,
            ),
        ),
    ]

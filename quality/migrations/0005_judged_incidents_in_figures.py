"""Daily figures also count what people judged: incidents that reached somebody, with harm, and CD discrepancies."""

from django.db import migrations, models

COUNTED = ("reached", "harmed", "cd_discrepancies")


class Migration(migrations.Migration):
    dependencies = [("quality", "0004_daily_letters")]

    operations = [
        *[
            migrations.AddField(model, name, models.PositiveIntegerField(default=0))
            for model in ("dailyfigure", "dailyfigurepart")
            for name in COUNTED
        ],
        migrations.AddField(
            "dailyfigure",
            "open_actions",
            models.PositiveIntegerField(default=0, help_text="of incidents, at the end of the day"),
        ),
    ]

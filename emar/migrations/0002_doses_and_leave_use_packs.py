import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("emar", "0001_initial"),
        ("stock", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="leavemedicines",
            name="pack",
            field=models.ForeignKey(
                db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="stock.stockpack"
            ),
        ),
        migrations.AddField(
            model_name="leavemedicines",
            name="line",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="stock.stockline"
            ),
        ),
        migrations.AddField(
            model_name="administration",
            name="pack",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="stock.stockpack",
            ),
        ),
    ]

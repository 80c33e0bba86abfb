"""What stopped is taken back from an order that was sent: an e-mail of its own, and what a pharmacy sees of it."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from stock import row_security as rows

#: As in 0002.
MINE = (
    "SELECT mine.pharmacy_id FROM ordering_pharmacypartner AS mine "
    f"WHERE {rows.HOME} IS NULL AND mine.staff_member_id = {rows.STAFF_MEMBER} AND mine.ended_at IS NULL"
)
MY_LINES = f"SELECT line.id FROM ordering_orderline AS line WHERE line.pharmacy_id IN ({MINE})"
BEFORE = "'issued', 'not_issued', 'dispensed', 'owing', 'substituted', 'will_not_come'"
SEEN = "ALTER POLICY supplied ON ordering_orderevent USING (kind IN ({kinds}) AND line_id IN ({lines}))"


class Migration(migrations.Migration):
    dependencies = [
        ("emar", "0007_roles_of_people_known_here"),
        ("ordering", "0002_orders"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="ordermessage",
            name="kind",
            field=models.CharField(
                choices=[("order", "The order"), ("cancellation", "What is not needed any more")],
                default="order",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="ordermessage",
            name="line_ids",
            field=django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None),
        ),
        migrations.AlterField(
            model_name="orderevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("sent", "Sent"),
                    ("sent_by_hand", "Ordered on the proxy screen or on paper"),
                    ("not_sent", "Could not be sent"),
                    ("send_again", "Asked to be sent again"),
                    ("issued", "Prescription issued"),
                    ("not_issued", "Prescription missing"),
                    ("dispensed", "Dispensed"),
                    ("owing", "Owed: to follow"),
                    ("substituted", "Another product instead"),
                    ("will_not_come", "Will not come"),
                    ("stopped", "Stopped: not needed any more"),
                    ("cancelled", "Told that it is not needed any more"),
                    ("chased", "Chased"),
                ],
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="ordermessage",
            name="order",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="ordering.order"
            ),
        ),
        migrations.AlterField(
            model_name="ordermessage",
            name="written_by",
            field=models.ForeignKey(
                help_text="empty: the system",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="orderevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "cancelled"), _negated=True),
                    models.Q(("words", ""), _negated=True),
                    _connector="OR",
                ),
                name="cancelled_with_evidence",
            ),
        ),
        migrations.AddConstraint(
            model_name="ordermessage",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "order")), fields=("order",), name="order_mailed_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="ordermessage",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "order"), ("line_ids", [])),
                    models.Q(("kind", "cancellation"), models.Q(("line_ids", []), _negated=True)),
                    _connector="OR",
                ),
                name="cancellation_names_its_items",
            ),
        ),
        migrations.RunSQL(
            SEEN.format(kinds=f"{BEFORE}, 'stopped', 'cancelled'", lines=MY_LINES),
            SEEN.format(kinds=BEFORE, lines=MY_LINES),
        ),
    ]

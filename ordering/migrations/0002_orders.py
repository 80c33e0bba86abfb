"""Orders: the calendar of a home, what it orders, what was sent, and what became of it.

A pharmacy's people see, in the scope of themselves and of no home, the lines that were ordered of their pharmacy, what
became of them, and the name of the home: nothing else of it.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models

import ordering.models.calendar
from stock import row_security as rows

CHANGEABLE = [
    "ordering_orderingpolicy",
    "ordering_orderapprover",
    "ordering_ordercycle",
    "ordering_order",
    "ordering_orderline",
]
APPEND_ONLY = ["ordering_orderevent", "ordering_ordermessage", "ordering_sendattempt"]
REFERABLE = ["ordering_ordercycle", "ordering_order", "ordering_orderline", "ordering_ordermessage"]
SAME_HOME = [
    ("ordering_pharmacypartner", "pharmacy_id", "emar_pharmacy"),
    ("ordering_order", "cycle_id", "ordering_ordercycle"),
    ("ordering_order", "gp_practice_id", "emar_gppractice"),
    ("ordering_order", "pharmacy_id", "emar_pharmacy"),
    ("ordering_orderline", "order_id", "ordering_order"),
    ("ordering_orderline", "resident_id", "emar_resident"),
    ("ordering_orderline", "prescription_id", "emar_prescription"),
    ("ordering_orderline", "pharmacy_id", "emar_pharmacy"),
    ("ordering_orderevent", "order_id", "ordering_order"),
    ("ordering_orderevent", "line_id", "ordering_orderline"),
    ("ordering_ordermessage", "order_id", "ordering_order"),
    ("ordering_sendattempt", "message_id", "ordering_ordermessage"),
    ("ordering_deliveryline", "asked_by", "ordering_orderline"),
]
NUMBERED = ["orderingpolicy", "orderapprover", "pharmacypartner"]

#: Of which pharmacies the person of this transaction is a partner now. Never inside a home: whoever works in one home
#: and for a pharmacy sees one of the two at a time.
MINE = (
    "SELECT mine.pharmacy_id FROM ordering_pharmacypartner AS mine "
    f"WHERE {rows.HOME} IS NULL AND mine.staff_member_id = {rows.STAFF_MEMBER} AND mine.ended_at IS NULL"
)
MY_LINES = f"SELECT line.id FROM ordering_orderline AS line WHERE line.pharmacy_id IN ({MINE})"
MY_ORDERS = f"SELECT line.order_id FROM ordering_orderline AS line WHERE line.pharmacy_id IN ({MINE})"
#: What a pharmacy needs to know of what became of a line; whom the home rang about it is not among it.
ABOUT_SUPPLY = "('issued', 'not_issued', 'dispensed', 'owing', 'substituted', 'will_not_come')"
SEEN_BY_PARTNER = {
    "emar_carehome": (
        "id IN (SELECT mine.home_id FROM ordering_pharmacypartner AS mine "
        f"WHERE {rows.HOME} IS NULL AND mine.staff_member_id = {rows.STAFF_MEMBER} AND mine.ended_at IS NULL)"
    ),
    "emar_pharmacy": f"id IN ({MINE})",
    "ordering_order": f"id IN ({MY_ORDERS})",
    "ordering_orderline": f"pharmacy_id IN ({MINE})",
    "ordering_orderevent": f"kind IN {ABOUT_SUPPLY} AND line_id IN ({MY_LINES})",
}
#: A home sees who its pharmacy's people are, by name.
PARTNERS_OF_HOME = f"id IN (SELECT staff_member_id FROM ordering_pharmacypartner WHERE home_id = {rows.HOME})"

WHAT_WAS_APPROVED = """
CREATE FUNCTION refuse_change_of_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.approved_at IS NOT NULL OR OLD.withdrawn_at IS NOT NULL THEN
        RAISE EXCEPTION 'what was approved never changes: write down what became of it'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION refuse_change_of_order_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM ordering_order
                WHERE id = NEW.order_id AND home_id = NEW.home_id
                  AND (approved_at IS NOT NULL OR withdrawn_at IS NOT NULL)) THEN
        RAISE EXCEPTION 'what was approved never changes: write down what became of it'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER approved_once BEFORE UPDATE ON ordering_order
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_order();
CREATE TRIGGER approved_once BEFORE INSERT OR UPDATE ON ordering_orderline
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_order_line();
"""
WHAT_MAY_CHANGE = """
DROP TRIGGER approved_once ON ordering_orderline;
DROP TRIGGER approved_once ON ordering_order;
DROP FUNCTION refuse_change_of_order_line();
DROP FUNCTION refuse_change_of_order();
"""


def also_seen(table: str, name: str, using: str) -> migrations.RunSQL:
    """Let rows of a table also be read by whoever `using` describes."""
    return migrations.RunSQL(
        f"CREATE POLICY {name} ON {table} FOR SELECT USING ({using})", f"DROP POLICY {name} ON {table}"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("emar", "0005_jobs"),
        ("ordering", "0001_deliveries"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="OrderCycle",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("starts_on", models.DateField()),
                ("change_over_on", models.DateField()),
                ("cover_until_on", models.DateField(help_text="the first day that its order need not cover")),
                ("drafted_at", models.DateTimeField(help_text="when its orders were drafted", null=True)),
                ("changed_over_at", models.DateTimeField(null=True)),
                ("change_over_words", models.TextField(blank=True)),
                (
                    "changed_over_by",
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
            name="Order",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                (
                    "number",
                    models.PositiveIntegerField(
                        help_text="counts the orders of the home; named in the e-mail and on paper"
                    ),
                ),
                (
                    "kind",
                    models.CharField(choices=[("cycle", "Monthly order"), ("interim", "Interim order")], max_length=8),
                ),
                ("reason", models.TextField(blank=True, help_text="why this could not wait for the monthly order")),
                ("arrives_on", models.DateField(help_text="when it has to be here")),
                ("covers_from_on", models.DateField()),
                ("cover_until_on", models.DateField(help_text="the first day that it need not cover")),
                ("drafted_at", models.DateTimeField()),
                ("reviewed_at", models.DateTimeField(null=True)),
                ("approved_at", models.DateTimeField(null=True)),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("withdraw_reason", models.TextField(blank=True)),
                (
                    "approved_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "drafted_by",
                    models.ForeignKey(
                        help_text="empty: by itself, on time",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "gp_practice",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="emar.gppractice",
                    ),
                ),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "pharmacy",
                    models.ForeignKey(
                        db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="emar.pharmacy"
                    ),
                ),
                (
                    "reviewed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
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
                    "cycle",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="ordering.ordercycle",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="OrderingPolicy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("change_over_on", models.DateField(help_text="any one change-over day; the others follow from it")),
                ("cycle_days", models.PositiveSmallIntegerField(default=28)),
                (
                    "order_day",
                    models.PositiveSmallIntegerField(
                        default=8, help_text="the day of the cycle by which it is ordered"
                    ),
                ),
                ("check_first_day", models.PositiveSmallIntegerField(default=14)),
                ("check_last_day", models.PositiveSmallIntegerField(default=16)),
                ("review_working_days", models.PositiveSmallIntegerField(default=2)),
                ("issue_working_days", models.PositiveSmallIntegerField(default=2)),
                ("dispense_working_days", models.PositiveSmallIntegerField(default=4)),
                ("delivery_working_days", models.PositiveSmallIntegerField(default=3)),
                (
                    "weekdays",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(),
                        default=ordering.models.calendar.monday_to_friday,
                        help_text="Monday is 0",
                        size=None,
                    ),
                ),
                (
                    "nation",
                    models.CharField(default="ENG", help_text="whose bank holidays: rules.cycle.NATIONS", max_length=3),
                ),
                (
                    "closed_days",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DateField(),
                        default=list,
                        help_text="closed beside weekends and bank holidays",
                        size=None,
                    ),
                ),
                (
                    "send_to",
                    models.CharField(
                        choices=[("surgery", "Each resident’s surgery"), ("pharmacy", "Each resident’s pharmacy")],
                        default="surgery",
                        max_length=8,
                    ),
                ),
                (
                    "service_percent",
                    models.PositiveSmallIntegerField(default=95, help_text="how sure stock is to last, of 100"),
                ),
                ("reply_to", models.TextField(blank=True, help_text="the home's own e-mail address, for answers")),
                ("telephone", models.TextField(blank=True)),
                ("changed_at", models.DateTimeField()),
                (
                    "changed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("home", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
            ],
        ),
        migrations.CreateModel(
            name="OrderLine",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("position", models.PositiveIntegerField(help_text="its place on the proxy-ordering screen")),
                ("unit", models.TextField()),
                ("suggestion", models.CharField(help_text="rules.forecast.Answer", max_length=12)),
                (
                    "suggested",
                    models.DecimalField(decimal_places=4, help_text="how much, in the unit; 0: nothing", max_digits=12),
                ),
                ("suggested_packs", models.JSONField(default=list)),
                ("sentence", models.TextField(help_text="why, in one sentence")),
                ("figures", models.JSONField(default=dict, help_text="the numbers behind it, as exact text")),
                ("sizes", models.JSONField(default=list, help_text="the packs that it is supplied in")),
                ("is_required", models.BooleanField(help_text="empty until somebody answers", null=True)),
                ("quantity", models.DecimalField(decimal_places=4, default=0, max_digits=12)),
                ("packs", models.JSONField(default=list)),
                ("reason", models.TextField(blank=True, help_text="why the answer is not the suggestion")),
                ("answered_at", models.DateTimeField(null=True)),
                ("as_sent", models.JSONField(default=dict)),
                (
                    "answered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                ("medicine", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.medicine")),
                (
                    "order",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="ordering.order"
                    ),
                ),
                (
                    "pharmacy",
                    models.ForeignKey(
                        db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="emar.pharmacy"
                    ),
                ),
                (
                    "prescription",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.prescription"
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.resident"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="OrderEvent",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
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
                            ("chased", "Chased"),
                        ],
                        max_length=16,
                    ),
                ),
                ("quantity", models.DecimalField(decimal_places=4, max_digits=12, null=True)),
                ("unit", models.TextField(blank=True)),
                ("spoke_to", models.TextField(blank=True, help_text="who said so, and how they were reached")),
                ("words", models.TextField(blank=True)),
                ("promised_on", models.DateField(null=True)),
                ("is_from_pharmacy", models.BooleanField(default=False)),
                ("happened_at", models.DateTimeField()),
                (
                    "happened_by",
                    models.ForeignKey(
                        help_text="empty: the system",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "medicine",
                    models.ForeignKey(
                        help_text="what comes instead",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="emar.medicine",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="ordering.order"
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="ordering.orderline",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="OrderMessage",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("message_id", models.TextField(unique=True)),
                ("sender", models.TextField()),
                ("recipient", models.TextField()),
                ("subject", models.TextField()),
                ("mime", models.BinaryField(help_text="the whole message with its attachments")),
                ("sha256", models.CharField(max_length=64)),
                ("written_at", models.DateTimeField()),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "order",
                    models.OneToOneField(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="ordering.order"
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
            name="PharmacyPartner",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("granted_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "granted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "pharmacy",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.pharmacy"
                    ),
                ),
                (
                    "staff_member",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SendAttempt",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                (
                    "step",
                    models.CharField(
                        choices=[("begun", "Begun"), ("taken", "Taken by the mail server"), ("refused", "Refused")],
                        max_length=8,
                    ),
                ),
                ("words", models.TextField(blank=True, help_text="the mail server's answer")),
                ("tried_at", models.DateTimeField()),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "message",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="ordering.ordermessage"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="OrderApprover",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("allowed_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "allowed_by",
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
                (
                    "staff_member",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("home", "staff_member"),
                        name="order_approver_once",
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="ordercycle",
            constraint=models.UniqueConstraint(fields=("home", "change_over_on"), name="order_cycle_once"),
        ),
        migrations.AddConstraint(
            model_name="ordercycle",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("starts_on__lt", models.F("change_over_on")), ("change_over_on__lt", models.F("cover_until_on"))
                ),
                name="order_cycle_days_in_order",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["home", "drafted_at"], name="orders_of_home"),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.UniqueConstraint(fields=("home", "number"), name="order_number_once"),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "cycle"), ("withdrawn_at__isnull", True)),
                fields=("cycle", "gp_practice", "pharmacy"),
                name="one_order_of_a_cycle",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(("gp_practice__isnull", True), ("pharmacy__isnull", True), _connector="OR"),
                name="order_goes_to_one_place",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind", "cycle"), models.Q(("reason", ""), _negated=True), _connector="OR"),
                name="interim_order_with_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(("approved_at__isnull", True), ("reviewed_at__isnull", False), _connector="OR"),
                name="order_reviewed_before_approved",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("withdrawn_at__isnull", True),
                    models.Q(("approved_at__isnull", True), models.Q(("withdraw_reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="only_a_draft_is_withdrawn",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderingpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("service_percent__gte", 50), ("service_percent__lte", 99)),
                name="service_level_is_possible",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderingpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("cycle_days__gte", 7)), name="cycle_of_a_week_at_least"
            ),
        ),
        migrations.AddIndex(
            model_name="orderline",
            index=models.Index(fields=["home", "order"], name="lines_of_order"),
        ),
        migrations.AddIndex(
            model_name="orderline",
            index=models.Index(
                condition=models.Q(("pharmacy__isnull", False)), fields=["pharmacy"], name="lines_of_pharmacy"
            ),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.UniqueConstraint(
                fields=("order", "resident", "medicine", "unit"), name="order_line_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_required__isnull", True),
                    models.Q(("is_required", True), ("quantity__gt", 0)),
                    models.Q(("is_required", False), ("quantity", 0)),
                    _connector="OR",
                ),
                name="required_means_a_quantity",
            ),
        ),
        migrations.AddIndex(
            model_name="orderevent",
            index=models.Index(fields=["home", "order"], name="events_of_order"),
        ),
        migrations.AddIndex(
            model_name="orderevent",
            index=models.Index(fields=["line"], name="events_of_order_line"),
        ),
        migrations.AddConstraint(
            model_name="orderevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "chased"), _negated=True),
                    models.Q(models.Q(("spoke_to", ""), _negated=True), models.Q(("words", ""), _negated=True)),
                    _connector="OR",
                ),
                name="chased_with_evidence",
            ),
        ),
        migrations.AddConstraint(
            model_name="pharmacypartner",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("pharmacy", "staff_member"),
                name="pharmacy_partner_once",
            ),
        ),
        migrations.AddIndex(
            model_name="sendattempt",
            index=models.Index(fields=["message"], name="attempts_of_message"),
        ),
        *[rows.protect_rows(table) for table in CHANGEABLE + APPEND_ONLY],
        rows.protect_rows(
            "ordering_pharmacypartner",
            f"{rows.OWN_HOME} OR staff_member_id = {rows.STAFF_MEMBER}",
            check=rows.OWN_HOME,
        ),
        *[rows.grant(table, "SELECT, INSERT, UPDATE") for table in [*CHANGEABLE, "ordering_pharmacypartner"]],
        *[operation for table in APPEND_ONLY for operation in rows.append_only(table)],
        *[rows.grant(f"SEQUENCE ordering_{name}_id_seq", "USAGE") for name in NUMBERED],
        *[rows.referable_in_home(table) for table in REFERABLE],
        *[rows.same_home(*reference) for reference in SAME_HOME],
        *[also_seen(table, "supplied", using) for table, using in SEEN_BY_PARTNER.items()],
        also_seen("emar_staffmember", "partners", PARTNERS_OF_HOME),
        migrations.RunSQL(WHAT_WAS_APPROVED, WHAT_MAY_CHANGE),
    ]

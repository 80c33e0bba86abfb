"""What a home orders, of whom, how it was sent, and what became of each medicine on it."""

import uuid_utils.compat as uuid
from django.contrib.postgres.fields import ArrayField
from django.db import models

from .calendar import OrderCycle


class Order(models.Model):
    """Everything that one surgery or pharmacy is asked for at one time. What was approved never changes.

    A draft is reviewed line by line, approved by somebody who may, and sent. Whether it was sent, and everything after
    that, is an OrderEvent.
    """

    class Kind(models.TextChoices):
        CYCLE = "cycle", "Monthly order"
        INTERIM = "interim", "Interim order"

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey("emar.CareHome", on_delete=models.PROTECT)
    cycle = models.ForeignKey(OrderCycle, null=True, on_delete=models.PROTECT, db_constraint=False)
    number = models.PositiveIntegerField(help_text="counts the orders of the home; named in the e-mail and on paper")
    kind = models.CharField(max_length=8, choices=Kind)
    reason = models.TextField(blank=True, help_text="why this could not wait for the monthly order")
    gp_practice = models.ForeignKey("emar.GpPractice", null=True, on_delete=models.PROTECT, db_constraint=False)
    pharmacy = models.ForeignKey("emar.Pharmacy", null=True, on_delete=models.PROTECT, db_constraint=False)
    arrives_on = models.DateField(help_text="when it has to be here")
    covers_from_on = models.DateField()
    cover_until_on = models.DateField(help_text="the first day that it need not cover")
    drafted_at = models.DateTimeField()
    drafted_by = models.ForeignKey(
        "emar.StaffMember", null=True, on_delete=models.PROTECT, related_name="+", help_text="empty: by itself, on time"
    )
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.ForeignKey("emar.StaffMember", null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey("emar.StaffMember", null=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey("emar.StaffMember", null=True, on_delete=models.PROTECT, related_name="+")
    withdraw_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["home", "number"], name="order_number_once"),
            models.UniqueConstraint(
                fields=["cycle", "gp_practice", "pharmacy"],
                condition=models.Q(kind="cycle", withdrawn_at__isnull=True),
                nulls_distinct=False,
                name="one_order_of_a_cycle",
            ),
            models.CheckConstraint(
                condition=models.Q(gp_practice__isnull=True) | models.Q(pharmacy__isnull=True),
                name="order_goes_to_one_place",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="cycle") | ~models.Q(reason=""), name="interim_order_with_a_reason"
            ),
            models.CheckConstraint(
                condition=models.Q(approved_at__isnull=True) | models.Q(reviewed_at__isnull=False),
                name="order_reviewed_before_approved",
            ),
            models.CheckConstraint(
                condition=models.Q(withdrawn_at__isnull=True)
                | (models.Q(approved_at__isnull=True) & ~models.Q(withdraw_reason="")),
                name="only_a_draft_is_withdrawn",
            ),
        ]
        indexes = [models.Index(fields=["home", "drafted_at"], name="orders_of_home")]


class OrderLine(models.Model):
    """One resident's medicine on an order: what the forecast suggested and why, and what somebody answered.

    `pharmacy` is filled in when the order is approved: from then on the pharmacy may see the line. `as_sent` holds the
    resident and the directions as they stood on the order.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey("emar.CareHome", on_delete=models.PROTECT)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, db_constraint=False)
    position = models.PositiveIntegerField(help_text="its place on the proxy-ordering screen")
    resident = models.ForeignKey("emar.Resident", on_delete=models.PROTECT, db_constraint=False)
    prescription = models.ForeignKey("emar.Prescription", on_delete=models.PROTECT, db_constraint=False)
    medicine = models.ForeignKey("emar.Medicine", on_delete=models.PROTECT)
    pharmacy = models.ForeignKey("emar.Pharmacy", null=True, on_delete=models.PROTECT, db_constraint=False)
    unit = models.TextField()
    suggestion = models.CharField(max_length=12, help_text="rules.forecast.Answer")
    suggested = models.DecimalField(max_digits=12, decimal_places=4, help_text="how much, in the unit; 0: nothing")
    suggested_packs = models.JSONField(default=list)
    sentence = models.TextField(help_text="why, in one sentence")
    figures = models.JSONField(default=dict, help_text="the numbers behind it, as exact text")
    sizes = models.JSONField(default=list, help_text="the packs that it is supplied in")
    is_required = models.BooleanField(null=True, help_text="empty until somebody answers")
    quantity = models.DecimalField(max_digits=12, decimal_places=4, default=0)
    packs = models.JSONField(default=list)
    reason = models.TextField(blank=True, help_text="why the answer is not the suggestion")
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey("emar.StaffMember", null=True, on_delete=models.PROTECT, related_name="+")
    as_sent = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "resident", "medicine", "unit"], name="order_line_once"
            ),
            models.CheckConstraint(
                condition=models.Q(is_required__isnull=True)
                | models.Q(is_required=True, quantity__gt=0)
                | models.Q(is_required=False, quantity=0),
                name="required_means_a_quantity",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["home", "order"], name="lines_of_order"),
            models.Index(fields=["pharmacy"], condition=models.Q(pharmacy__isnull=False), name="lines_of_pharmacy"),
        ]


class OrderEvent(models.Model):
    """Something that happened to an order or one of its lines after it was approved. Append-only.

    What was received is no event: it is what was booked in against the line.
    """

    class Kind(models.TextChoices):
        SENT = "sent", "Sent"
        SENT_BY_HAND = "sent_by_hand", "Ordered on the proxy screen or on paper"
        NOT_SENT = "not_sent", "Could not be sent"
        SEND_AGAIN = "send_again", "Asked to be sent again"
        ISSUED = "issued", "Prescription issued"
        NOT_ISSUED = "not_issued", "Prescription missing"
        DISPENSED = "dispensed", "Dispensed"
        OWING = "owing", "Owed: to follow"
        SUBSTITUTED = "substituted", "Another product instead"
        WILL_NOT_COME = "will_not_come", "Will not come"
        STOPPED = "stopped", "Stopped: not needed any more"
        CANCELLED = "cancelled", "Told that it is not needed any more"
        CHASED = "chased", "Chased"

    id = models.UUIDField(primary_key=True)
    home = models.ForeignKey("emar.CareHome", on_delete=models.PROTECT)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, db_constraint=False)
    line = models.ForeignKey(OrderLine, null=True, on_delete=models.PROTECT, db_constraint=False)
    kind = models.CharField(max_length=16, choices=Kind)
    quantity = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    unit = models.TextField(blank=True)
    medicine = models.ForeignKey("emar.Medicine", null=True, on_delete=models.PROTECT, help_text="what comes instead")
    spoke_to = models.TextField(blank=True, help_text="who said so, and how they were reached")
    words = models.TextField(blank=True)
    promised_on = models.DateField(null=True)
    is_from_pharmacy = models.BooleanField(default=False)
    happened_at = models.DateTimeField()
    happened_by = models.ForeignKey(
        "emar.StaffMember", null=True, on_delete=models.PROTECT, related_name="+", help_text="empty: the system"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(kind="chased") | (~models.Q(spoke_to="") & ~models.Q(words="")),
                name="chased_with_evidence",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="cancelled") | ~models.Q(words=""), name="cancelled_with_evidence"
            ),
        ]
        indexes = [
            models.Index(fields=["home", "order"], name="events_of_order"),
            models.Index(fields=["line"], name="events_of_order_line"),
        ]


class OrderMessage(models.Model):
    """An e-mail about an order, exactly as it goes out. Append-only.

    One carries the order itself, with its PDF and CSV, made at approval; others take back items that stopped since,
    `line_ids`. Sending one again sends these bytes again, under the same Message-ID.
    """

    class Kind(models.TextChoices):
        ORDER = "order", "The order"
        CANCELLATION = "cancellation", "What is not needed any more"

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey("emar.CareHome", on_delete=models.PROTECT)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, db_constraint=False)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.ORDER)
    line_ids = ArrayField(models.UUIDField(), default=list)
    message_id = models.TextField(unique=True)
    sender = models.TextField()
    recipient = models.TextField()
    subject = models.TextField()
    mime = models.BinaryField(help_text="the whole message with its attachments")
    sha256 = models.CharField(max_length=64)
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(
        "emar.StaffMember", null=True, on_delete=models.PROTECT, related_name="+", help_text="empty: the system"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order"], condition=models.Q(kind="order"), name="order_mailed_once"),
            models.CheckConstraint(
                condition=models.Q(kind="order", line_ids=[]) | models.Q(kind="cancellation") & ~models.Q(line_ids=[]),
                name="cancellation_names_its_items",
            ),
        ]


class SendAttempt(models.Model):
    """One step of sending an order's e-mail: begun, taken by the mail server, or refused. Append-only.

    A step that began and has no answer may or may not have been taken: the host was killed in between.
    """

    class Step(models.TextChoices):
        BEGUN = "begun", "Begun"
        TAKEN = "taken", "Taken by the mail server"
        REFUSED = "refused", "Refused"

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey("emar.CareHome", on_delete=models.PROTECT)
    message = models.ForeignKey(OrderMessage, on_delete=models.PROTECT, db_constraint=False)
    step = models.CharField(max_length=8, choices=Step)
    words = models.TextField(blank=True, help_text="the mail server's answer")
    tried_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["message"], name="attempts_of_message")]

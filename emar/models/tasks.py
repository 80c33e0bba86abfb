"""What a person has to do because of the record, open until somebody says what came of it."""

import uuid_utils.compat as uuid
from django.db import models

from .people import Resident, StaffMember
from .places import CareHome
from .prescriptions import Prescription


class Task(models.Model):
    """One thing for a person to do. The cause names it once, so that finding the cause again raises nothing new."""

    class Kind(models.TextChoices):
        REFUSED_IN_A_ROW = "refused_in_a_row", "Refused several days running: tell the GP"
        CRITICAL_NOT_GIVEN = "critical_not_given", "Critical medicine not given: tell the GP"
        NOT_RECORDED = "not_recorded", "Dose not recorded: find out what happened"
        NO_CURRENT_INR = "no_current_inr", "No current INR dose: ring the clinic"
        CHECK_EFFECT = "check_effect", "Did it work?"
        REVIEW_PRN = "review_prn", "Review a when-required medicine"
        RECONCILE = "reconcile", "Reconcile medicines"
        REVIEW_PLAN = "review_plan", "Review a plan"
        HOMELY_REMEDY_TO_GP = "homely_remedy_to_gp", "Homely remedy used for long: ask the GP"
        PATCH_NOT_IN_PLACE = "patch_not_in_place", "Patch not in place"
        BALANCE_CHECK = "balance_check", "Weekly CD balance check"
        RETURN_STOCK = "return_stock", "Return or destroy medicines"
        TEMPERATURE_OUT_OF_RANGE = "temperature_out_of_range", "Medicines kept too warm or too cold"
        READING_MISSING = "reading_missing", "Temperature not read"
        STOCK_DIFFERS = "stock_differs", "Stock does not add up: find out why"
        PACK_RECALLED = "pack_recalled", "Recalled pack: put aside and return"
        RUNS_OUT = "runs_out", "Medicine will run out before the next delivery"
        COUNT_STOCK = "count_stock", "Count stock before ordering"
        ORDER_TO_REVIEW = "order_to_review", "Order ready to review"
        ORDER_TO_APPROVE = "order_to_approve", "Order waiting to be approved"
        ORDER_NOT_SENT = "order_not_sent", "Order could not be sent"
        CHECK_PRESCRIPTIONS = "check_prescriptions", "Check prescriptions against the order"
        CHASE_ORDER = "chase_order", "Chase what is missing from an order"
        BOOK_IN_DELIVERY = "book_in_delivery", "Delivery expected: book it in"
        REVIEW_INCIDENT = "review_incident", "Incident to review"

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey(CareHome, on_delete=models.PROTECT)
    kind = models.CharField(max_length=24, choices=Kind)
    resident = models.ForeignKey(Resident, null=True, on_delete=models.PROTECT, db_constraint=False)
    prescription = models.ForeignKey(Prescription, null=True, on_delete=models.PROTECT, db_constraint=False)
    cause = models.TextField(help_text="what raised it, the same for the same cause")
    facts = models.JSONField(default=dict, help_text="what its words need: dates, counts, record ids")
    is_urgent = models.BooleanField(default=False)
    raised_at = models.DateTimeField()
    due_at = models.DateTimeField()
    outcome = models.TextField(blank=True, help_text="what came of it; whom they spoke to")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(StaffMember, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["home", "kind", "cause"], name="task_once_for_its_cause"),
            models.CheckConstraint(
                condition=models.Q(closed_at__isnull=True) | ~models.Q(outcome=""), name="task_closed_with_an_outcome"
            ),
        ]
        indexes = [
            models.Index(fields=["home", "due_at"], condition=models.Q(closed_at__isnull=True), name="task_open")
        ]


class TaskNote(models.Model):
    """Somebody tried, rang, or asked, and the task stays open. Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey(CareHome, on_delete=models.PROTECT)
    task = models.ForeignKey(Task, on_delete=models.PROTECT, db_constraint=False)
    words = models.TextField()
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")

"""What was found and decided when a resident's medicines came from somewhere else."""

import uuid_utils.compat as uuid
from django.contrib.postgres.fields import ArrayField
from django.db import models

from .medicines import Medicine
from .people import Resident, StaffMember
from .places import CareHome
from .prescriptions import Prescription


class Reconciliation(models.Model):
    """The list of medicines as found, compared with the record, by somebody and checked by another. (NICE SC1 1.7)"""

    class Occasion(models.TextChoices):
        ADMISSION = "admission", "Admission"
        FROM_HOSPITAL = "from_hospital", "Back from hospital"
        TRANSFER = "transfer", "Transfer from another service"
        FROM_LEAVE = "from_leave", "Back from leave"

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey(CareHome, on_delete=models.PROTECT)
    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, db_constraint=False)
    occasion = models.CharField(max_length=16, choices=Occasion)
    sources = ArrayField(models.TextField(), help_text="discharge letter, GP summary, the person, the family, boxes …")
    note = models.TextField(blank=True)
    done_at = models.DateTimeField()
    done_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    checked_at = models.DateTimeField(null=True)
    checked_by = models.ForeignKey(StaffMember, null=True, on_delete=models.PROTECT, related_name="+")


class ReconciliationLine(models.Model):
    """One medicine as found, what is to happen with it and why. Append-only."""

    class Decision(models.TextChoices):
        CONTINUE = "continue", "Continue as before"
        START = "start", "Start"
        CHANGE = "change", "Change"
        STOP = "stop", "Stop"
        ASK = "ask", "Ask the prescriber first"

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey(CareHome, on_delete=models.PROTECT)
    reconciliation = models.ForeignKey(Reconciliation, on_delete=models.PROTECT, db_constraint=False)
    words = models.TextField(help_text="as found, word for word")
    medicine = models.ForeignKey(Medicine, null=True, on_delete=models.PROTECT)
    last_given_at = models.DateTimeField(null=True, help_text="the last dose before they came, where it matters")
    decision = models.CharField(max_length=8, choices=Decision)
    reason = models.TextField(blank=True)
    before = models.ForeignKey(Prescription, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    after = models.ForeignKey(Prescription, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+")


class LeaveMedicines(models.Model):
    """Medicines that went out with a resident, and what came back of them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey(CareHome, on_delete=models.PROTECT)
    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, db_constraint=False)
    prescription = models.ForeignKey(Prescription, on_delete=models.PROTECT, db_constraint=False)
    line = models.ForeignKey("stock.StockLine", on_delete=models.PROTECT, db_constraint=False)
    pack = models.ForeignKey("stock.StockPack", null=True, on_delete=models.PROTECT, db_constraint=False)
    quantity = models.DecimalField(max_digits=12, decimal_places=4)
    unit = models.TextField()
    sent_at = models.DateTimeField()
    sent_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    sent_with = models.TextField(help_text="who took charge of them")
    returned = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    returned_at = models.DateTimeField(null=True)
    returned_by = models.ForeignKey(StaffMember, null=True, on_delete=models.PROTECT, related_name="+")

"""What left the home for good other than by being given: returned, collected as waste, destroyed; and why."""

import uuid_utils.compat as uuid
from django.db import models

from .ledger import StockLine, StockMovement, StockPack


class Consignment(models.Model):
    """Medicines that left the home together, in whose hands, before which second person. Append-only."""

    class GoesTo(models.TextChoices):
        PHARMACY = "pharmacy", "Back to the pharmacy"
        CONTRACTOR = "contractor", "To a licensed waste contractor"
        DESTROYED = "destroyed", "Destroyed in the home"

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey("emar.CareHome", on_delete=models.PROTECT)
    goes_to = models.CharField(max_length=10, choices=GoesTo)
    receiver = models.TextField(blank=True, help_text="which pharmacy or contractor")
    collected_by = models.TextField(blank=True, help_text="who took it away, by name")
    note = models.TextField(blank=True)
    early_reason = models.TextField(blank=True, help_text="why medicines of somebody who died left before their time")
    sent_at = models.DateTimeField()
    sent_by = models.ForeignKey("emar.StaffMember", on_delete=models.PROTECT, related_name="+")
    witness = models.ForeignKey("emar.StaffMember", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(goes_to="destroyed") | (~models.Q(receiver="") & ~models.Q(collected_by="")),
                name="consignment_says_who_took_it",
            ),
            models.CheckConstraint(
                condition=~models.Q(witness=models.F("sent_by")), name="consignment_witness_is_another"
            ),
        ]
        indexes = [models.Index(fields=["home", "sent_at"], name="consignments_of_home")]


class Disposal(models.Model):
    """One medicine of a consignment: so much of it, out of which pack, and why. Append-only."""

    class Reason(models.TextChoices):
        STOPPED = "stopped", "Stopped or changed by the prescriber"
        OUT_OF_DATE = "out_of_date", "Out of date"
        OPENED_TOO_LONG = "opened_too_long", "Open for too long"
        DIED = "died", "The resident died"
        LEFT = "left", "The resident left the home"
        TOO_MUCH = "too_much", "More than is needed"
        RECALLED = "recalled", "Recalled"
        WRONG_TEMPERATURE = "wrong_temperature", "Kept too warm or too cold"
        SPOILT = "spoilt", "Dropped, spoilt or damaged"
        WRONG_SUPPLY = "wrong_supply", "Supplied wrongly"
        OTHER = "other", "Something else"

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey("emar.CareHome", on_delete=models.PROTECT)
    consignment = models.ForeignKey(Consignment, on_delete=models.PROTECT, db_constraint=False)
    line = models.ForeignKey(StockLine, on_delete=models.PROTECT, db_constraint=False)
    pack = models.ForeignKey(StockPack, null=True, on_delete=models.PROTECT, db_constraint=False)
    movement = models.OneToOneField(StockMovement, on_delete=models.PROTECT, db_constraint=False)
    quantity = models.DecimalField(max_digits=12, decimal_places=4)
    unit = models.TextField()
    reason = models.CharField(max_length=20, choices=Reason)
    words = models.TextField(blank=True, help_text="which batch was recalled, what else happened")
    is_controlled = models.BooleanField(default=False, help_text="whether it was kept as a controlled drug then")
    is_denatured = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="disposal_of_something"),
            models.CheckConstraint(
                condition=~models.Q(reason="other") | ~models.Q(words=""), name="other_disposal_with_words"
            ),
        ]

"""Which batches and products are called back, as one home was told, and what was done about each of its packs."""

import uuid_utils.compat as uuid
from django.contrib.postgres.fields import ArrayField
from django.db import models

from .ledger import StockPack


class Recall(models.Model):
    """An alert that calls medicines back, as it stands in one home; in force for every pack until it is closed.

    An alert that was spread to several homes has the same `alert` in each; nobody of the home entered it there.
    """

    class Level(models.TextChoices):
        CLASS_1 = "class_1", "Class 1: act at once"
        CLASS_2 = "class_2", "Class 2: within 48 hours"
        CLASS_3 = "class_3", "Class 3: within 5 days"
        CLASS_4 = "class_4", "Class 4: caution in use"

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey("emar.CareHome", on_delete=models.PROTECT)
    alert = models.UUIDField(help_text="the same for one alert in every home")
    product = models.TextField(help_text="what is called back, in the alert's words")
    gtin = models.CharField(max_length=14, blank=True)
    batches = ArrayField(models.TextField(), default=list, blank=True, help_text="as printed; none means every batch")
    level = models.CharField(max_length=7, choices=Level)
    told_by = models.TextField(help_text="who sent the alert, and its reference")
    words = models.TextField(blank=True, help_text="what is wrong with it, and what to do")
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey("emar.StaffMember", null=True, on_delete=models.PROTECT, related_name="+")
    outcome = models.TextField(blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey("emar.StaffMember", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["home", "alert"], name="recall_once_in_home"),
            models.CheckConstraint(condition=models.Q(gtin__regex=r"^([0-9]{14})?$"), name="recall_gtin_has_14_digits"),
            models.CheckConstraint(
                condition=~models.Q(gtin="") | ~models.Q(batches=[]), name="recall_names_gtin_or_batch"
            ),
            models.CheckConstraint(
                condition=models.Q(closed_at__isnull=True) | ~models.Q(outcome=""), name="recall_closed_with_outcome"
            ),
        ]
        indexes = [
            models.Index(fields=["home"], condition=models.Q(closed_at__isnull=True), name="recalls_in_force"),
        ]

    def __str__(self) -> str:
        return self.product


class RecalledPack(models.Model):
    """One thing that was done about one pack of a recall; the latest word on a pack counts. Append-only.

    That it left the home is written down with its consignment, not here.
    """

    class Step(models.TextChoices):
        PUT_ASIDE = "put_aside", "Put aside"
        NOT_AFFECTED = "not_affected", "Not affected: back in use"
        REPLACED = "replaced", "Replaced"

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey("emar.CareHome", on_delete=models.PROTECT)
    recall = models.ForeignKey(Recall, on_delete=models.PROTECT, db_constraint=False)
    pack = models.ForeignKey(StockPack, on_delete=models.PROTECT, db_constraint=False)
    step = models.CharField(max_length=12, choices=Step)
    words = models.TextField(blank=True)
    taken_at = models.DateTimeField()
    taken_by = models.ForeignKey("emar.StaffMember", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(step="not_affected") | ~models.Q(words=""), name="not_affected_with_words"
            )
        ]

"""Where medicines are kept, how warm it was there, and how long an open pack lasts in this home."""

import uuid_utils.compat as uuid
from django.db import models

OUT_OF_RANGE = (
    models.Q(lowest__lt=models.F("allowed_low"))
    | models.Q(highest__gt=models.F("allowed_high"))
    | models.Q(current__lt=models.F("allowed_low"))
    | models.Q(current__gt=models.F("allowed_high"))
)


class StoragePlace(models.Model):
    """One place of a home with a thermometer: a medicines fridge, the medicine room, a trolley's cupboard."""

    class Kind(models.TextChoices):
        FRIDGE = "fridge", "Fridge"
        ROOM = "room", "Room or cupboard"

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey("emar.CareHome", on_delete=models.PROTECT)
    name = models.TextField()
    kind = models.CharField(max_length=6, choices=Kind)
    low = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    high = models.DecimalField(max_digits=4, decimal_places=1)
    unit = models.CharField(max_length=2, default="°C")
    is_high_allowed = models.BooleanField(default=True, help_text="whether `high` itself is in order")
    added_at = models.DateTimeField()
    added_by = models.ForeignKey("emar.StaffMember", on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey("emar.StaffMember", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["home", "name"],
                condition=models.Q(closed_at__isnull=True),
                name="storage_place_name_in_home",
            ),
            models.CheckConstraint(
                condition=models.Q(low__isnull=True) | models.Q(low__lt=models.F("high")), name="storage_range"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TemperatureReading(models.Model):
    """What a thermometer showed, and what was done when that was not in order. Append-only; a slip is corrected anew.

    The range is the one that held when it was read: a later change of it makes no reading right or wrong.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey("emar.CareHome", on_delete=models.PROTECT)
    place = models.ForeignKey(StoragePlace, on_delete=models.PROTECT, db_constraint=False)
    current = models.DecimalField(max_digits=4, decimal_places=1)
    lowest = models.DecimalField(max_digits=4, decimal_places=1)
    highest = models.DecimalField(max_digits=4, decimal_places=1)
    allowed_low = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    allowed_high = models.DecimalField(max_digits=4, decimal_places=1)
    is_high_allowed = models.BooleanField(default=True)
    unit = models.CharField(max_length=2, default="°C")
    is_reset = models.BooleanField(help_text="whether lowest and highest were reset afterwards")
    action = models.TextField(blank=True, help_text="what was done because it was out of range")
    note = models.TextField(blank=True)
    corrects = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="corrected_as", db_constraint=False
    )
    read_at = models.DateTimeField()
    read_by = models.ForeignKey("emar.StaffMember", on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~OUT_OF_RANGE | ~models.Q(action=""), name="out_of_range_with_action"),
            models.CheckConstraint(
                condition=models.Q(lowest__lte=models.F("current"), current__lte=models.F("highest")),
                name="lowest_current_highest",
            ),
            models.CheckConstraint(
                condition=models.Q(corrects__isnull=True) | ~models.Q(note=""), name="corrected_with_a_reason"
            ),
        ]
        indexes = [models.Index(fields=["home", "place", "read_at"], name="readings_of_place")]


class OpeningRule(models.Model):
    """How long packs of one group of forms may be used once open, where this home decided otherwise than usual."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey("emar.CareHome", on_delete=models.PROTECT)
    group = models.CharField(max_length=12, help_text="a group of stock.rules.expiry")
    lasts = models.PositiveSmallIntegerField()
    unit = models.CharField(max_length=6, choices=[("days", "days"), ("months", "months")])
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey("emar.StaffMember", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["home", "group"], name="one_opening_rule_for_a_group"),
            models.CheckConstraint(condition=models.Q(lasts__gt=0), name="opening_rule_above_nothing"),
        ]

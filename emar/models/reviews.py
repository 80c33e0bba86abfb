"""What a senior or manager made of something a device told that the server could not settle by itself. Append-only."""

import uuid_utils.compat as uuid
from django.db import models

from .administrations import Administration
from .people import Device, StaffMember
from .places import CareHome


class ConflictReview(models.Model):
    """A senior found that two records of one due dose both stand, and says why. Append-only.

    Where one of the two was entered in error, its Correction says so and there is no review.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey(CareHome, on_delete=models.PROTECT)
    administration = models.OneToOneField(
        Administration, on_delete=models.PROTECT, db_constraint=False, help_text="the record answered with a conflict"
    )
    words = models.TextField()
    reviewed_at = models.DateTimeField()
    reviewed_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, db_index=False, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=~models.Q(words=""), name="conflict_review_says_why")]


class HeldReview(models.Model):
    """A manager dealt with an event that was held: it is in the record by hand now, or was set aside. Append-only."""

    class Decision(models.TextChoices):
        RECORDED_BY_HAND = "by_hand", "Recorded by hand"
        SET_ASIDE = "set_aside", "Set aside"

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey(CareHome, on_delete=models.PROTECT)
    # No reference: the index it needs would cost every event of every device, for the few that are held.
    event = models.UUIDField(unique=True, help_text="the held DeviceEvent")
    decision = models.CharField(max_length=9, choices=Decision)
    words = models.TextField()
    reviewed_at = models.DateTimeField()
    reviewed_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, db_index=False, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=~models.Q(words=""), name="held_review_says_why")]


class DeviceGapReview(models.Model):
    """A manager found out what is missing between two events of a device, and says so. Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey(CareHome, on_delete=models.PROTECT)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, db_constraint=False)
    after_sequence = models.BigIntegerField(help_text="the number before the gap; 0 for the beginning")
    before_sequence = models.BigIntegerField(help_text="the number after the gap")
    words = models.TextField()
    reviewed_at = models.DateTimeField()
    reviewed_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, db_index=False, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(words=""), name="gap_review_says_why"),
            models.UniqueConstraint(fields=["device", "after_sequence", "before_sequence"], name="gap_review_once"),
        ]

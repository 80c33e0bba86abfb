"""How far each home is with the record. A council reads it, so it holds choices and days, and nobody's own words."""

import uuid_utils.compat as uuid
from django.db import models

from quality.rules.going_live import ITEM_WORDS, REASONS, STAGE_WORDS

HOME = "emar.CareHome"
STAFF = "emar.StaffMember"


class GoLiveStep(models.Model):
    """A home came to a stage, on a day; the latest stands. Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey(HOME, on_delete=models.PROTECT)
    stage = models.CharField(max_length=16, choices=[(str(each), words) for each, words in STAGE_WORDS.items()])
    reason = models.CharField(max_length=16, blank=True, choices=list(REASONS.items()), help_text="why not adopting")
    since_on = models.DateField()
    said_at = models.DateTimeField()
    said_by = models.ForeignKey(STAFF, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(stage="not_adopting") | ~models.Q(reason=""), name="not_adopting_says_why"
            )
        ]
        indexes = [models.Index(fields=["home", "-said_at"], name="step_of_home")]


class ReadinessAnswer(models.Model):
    """Whether a home has one thing it needs before its first round; the latest stands. Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey(HOME, on_delete=models.PROTECT)
    item = models.CharField(max_length=16, choices=[(str(each), words) for each, words in ITEM_WORDS.items()])
    is_met = models.BooleanField()
    answered_at = models.DateTimeField()
    answered_by = models.ForeignKey(
        STAFF, null=True, on_delete=models.PROTECT, related_name="+", help_text="empty: worked out by the system"
    )

    class Meta:
        indexes = [models.Index(fields=["home", "item", "-answered_at"], name="readiness_of_home")]

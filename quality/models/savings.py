"""How long the work with medicines takes before and after go-live, what it costs, and what came of counting it."""

from decimal import Decimal

import uuid_utils.compat as uuid
from django.db import models

from quality.rules.savings import COST_WORDS, GRADE_WORDS, PROCESS_WORDS

HOME = "emar.CareHome"
STAFF = "emar.StaffMember"
PROCESSES = [(str(each), words) for each, words in PROCESS_WORDS.items()]


class TimeSample(models.Model):
    """Somebody timed one go at a process with two taps. `people` worked at it together."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey(HOME, on_delete=models.PROTECT)
    process = models.CharField(max_length=24, choices=PROCESSES)
    is_baseline = models.BooleanField(help_text="from before the home went live")
    people = models.PositiveSmallIntegerField(default=1)
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(STAFF, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(STAFF, null=True, on_delete=models.PROTECT, related_name="+")
    set_aside_at = models.DateTimeField(null=True, help_text="a wrong tap, or interrupted: it does not count")
    set_aside_by = models.ForeignKey(STAFF, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True) | models.Q(ended_at__gt=models.F("started_at")),
                name="sample_ends_after_it_began",
            )
        ]
        indexes = [models.Index(fields=["home", "process"], name="sample_of_home")]


class ProcessFrequency(models.Model):
    """How often a month a process comes, before or after go-live, as a manager says; the latest stands. Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey(HOME, on_delete=models.PROTECT)
    process = models.CharField(max_length=24, choices=PROCESSES)
    is_baseline = models.BooleanField()
    per_month = models.DecimalField(max_digits=7, decimal_places=2)
    said_at = models.DateTimeField()
    said_by = models.ForeignKey(STAFF, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(per_month__gte=0), name="frequency_is_not_negative"),
        ]


class Cost(models.Model):
    """What the record costs the home, once or each month."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey(HOME, on_delete=models.PROTECT)
    kind = models.CharField(max_length=8, choices=[(str(each), words) for each, words in COST_WORDS.items()])
    words = models.TextField()
    pounds = models.DecimalField(max_digits=10, decimal_places=2)
    is_monthly = models.BooleanField()
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(STAFF, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(STAFF, null=True, on_delete=models.PROTECT, related_name="+")


class SavingsPolicy(models.Model):
    """What a home counts with: what an hour is worth, and what was wasted each month before go-live."""

    home = models.OneToOneField(HOME, on_delete=models.PROTECT)
    hour_low = models.DecimalField(max_digits=6, decimal_places=2, default=Decimal("12.50"))
    hour_high = models.DecimalField(max_digits=6, decimal_places=2, default=Decimal("18.00"))
    waste_before = models.DecimalField(
        max_digits=10, decimal_places=2, null=True, help_text="£ a month before go-live, where it is known"
    )
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(STAFF, null=True, on_delete=models.PROTECT, related_name="+")


class SavingFigure(models.Model):
    """What one process saves a home in hours a month, as last counted; a council reads it and nobody's times.

    Counted again from the times it can be made of at any moment (operations.savings.count).
    """

    id = models.BigAutoField(primary_key=True)
    home = models.ForeignKey(HOME, on_delete=models.PROTECT)
    process = models.CharField(max_length=24, choices=PROCESSES)
    before = models.PositiveIntegerField()
    after = models.PositiveIntegerField()
    hours = models.DecimalField(max_digits=9, decimal_places=2, null=True)
    low = models.DecimalField(max_digits=9, decimal_places=2, null=True)
    high = models.DecimalField(max_digits=9, decimal_places=2, null=True)
    grade = models.CharField(
        max_length=1, blank=True, choices=[(str(each), words) for each, words in GRADE_WORDS.items()]
    )
    counted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["home", "process"], name="saving_of_process")]

"""What happened in each home each day, in counts: written when the day closes, again when a late record changes it.

Nothing here is anybody's own word or name, so a council may read it (migration 0001). What is counted is said in
quality.rules.counting; every row can be counted again from the record (manage.py rebuild_figures --check).
"""

from django.db import models

from emar.models import CareHome, StaffMember, Unit
from quality.rules.counting import COUNTS


def _number() -> models.PositiveIntegerField:
    return models.PositiveIntegerField(default=0)


class Figures(models.Model):
    """The numbers of quality.rules.counting.COUNTS: so many doses, records, scans, questions and incidents."""

    due = _number()
    on_time = _number()
    early = _number()
    late = _number()
    refused = _number()
    other_not_given = _number()
    supply_failure = _number()
    missed = _number()
    given = _number()
    unscheduled = _number()
    given_wrongly = _number()
    near_misses = _number()
    by_staff = _number()
    scanned = _number()
    records = _number()
    late_entries = _number()
    critical_due = _number()
    critical_on_time = _number()
    alerts = _number()
    overridden = _number()
    reached = _number()
    harmed = _number()
    cd_discrepancies = _number()

    class Meta:
        abstract = True

    @property
    def numbers(self) -> dict[str, int]:
        """The numbers by name."""
        return {name: getattr(self, name) for name in COUNTS}


class DailyFigure(Figures):
    """One home's day in counts: the sum of its parts, and how complete they are.

    `still_open` doses had a window that reached beyond the counting; `without_times` prescriptions had no due times
    that could be worked out; `silent_devices` had not been heard of since the day ended, so records may still come.
    `as_closed` are the numbers as first counted, kept when a late record or a correction changes them.
    """

    home = models.ForeignKey(CareHome, on_delete=models.PROTECT, db_index=False)
    day_on = models.DateField()
    residents = models.PositiveIntegerField(default=0, help_text="who lived there at the end of the day")
    devices = models.PositiveIntegerField(default=0, help_text="in use that day")
    still_open = models.PositiveIntegerField(default=0)
    without_times = models.PositiveIntegerField(default=0)
    silent_devices = models.PositiveIntegerField(default=0)
    open_actions = models.PositiveIntegerField(default=0, help_text="of incidents, at the end of the day")
    closed_at = models.DateTimeField()
    counted_at = models.DateTimeField(help_text="when its records were last looked at")
    changed_at = models.DateTimeField(null=True, help_text="when late records last changed it")
    as_closed = models.JSONField(null=True, help_text="the numbers that late records changed, as they were first")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["home", "day_on"], name="figure_of_day")]


class DailyFigurePart(Figures):
    """One part of a home's day: a unit, class of medicines, part of the day and round, in counts."""

    home = models.ForeignKey(CareHome, on_delete=models.PROTECT, db_index=False)
    day_on = models.DateField()
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    medicine_class = models.CharField(max_length=16, help_text="quality.rules.medicine_classes")
    time_of_day = models.CharField(max_length=12, help_text="quality.rules.times_of_day")
    round_name = models.TextField(help_text="empty between rounds")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["home", "day_on", "unit", "medicine_class", "time_of_day", "round_name"],
                name="figure_of_part", nulls_distinct=False,
            )
        ]  # fmt: skip


class DailyKind(models.Model):
    """How often one kind of near miss, wrong dose, question or missing scan came in one part of a home's day."""

    home = models.ForeignKey(CareHome, on_delete=models.PROTECT, db_index=False)
    day_on = models.DateField()
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    medicine_class = models.CharField(max_length=16)
    time_of_day = models.CharField(max_length=12)
    round_name = models.TextField()
    theme = models.CharField(max_length=16, help_text="quality.rules.counting.Theme")
    code = models.CharField(max_length=32, help_text="a finding, or why a dose was not scanned")
    count = models.PositiveIntegerField()
    overridden = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "home", "day_on", "unit", "medicine_class", "time_of_day", "round_name", "theme", "code",
                ],
                name="kind_of_part", nulls_distinct=False,
            )
        ]  # fmt: skip


class Rebasing(models.Model):
    """A day from which a home's charts have new limits, because something known changed the process."""

    class Why(models.TextChoices):
        GO_LIVE = "go_live", "Went live"
        PROCESS = "process", "Another way of working"
        STAFFING = "staffing", "Another staffing"
        RESIDENTS = "residents", "Other residents or units"
        RECORDING = "recording", "Another way of recording"

    home = models.ForeignKey(CareHome, on_delete=models.PROTECT, db_index=False)
    from_on = models.DateField()
    why = models.CharField(max_length=12, choices=Why)
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(StaffMember, null=True, on_delete=models.PROTECT, db_index=False, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(StaffMember, null=True, on_delete=models.PROTECT, db_index=False, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["home", "from_on"], condition=models.Q(withdrawn_at__isnull=True), name="one_rebasing_a_day"
            )
        ]

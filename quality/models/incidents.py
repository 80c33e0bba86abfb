"""What went wrong, or nearly: an incident, what it rests on, how it was judged, and what was done.

An incident itself only says what it is about and whether it is open. Everything that somebody says of it is a row of
its own that is never changed: judged again, the latest judgement stands and the earlier ones stay.
"""

import uuid_utils.compat as uuid
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from quality.rules.incidents import DUTY_WORDS, FACTORS, KIND_WORDS, MERP, PHYSICAL, PSYCHOLOGICAL

HOME = "emar.CareHome"
STAFF = "emar.StaffMember"
KINDS = [(str(kind), words) for kind, words in KIND_WORDS.items()]


class Incident(models.Model):
    """A medicines incident or near miss of a home: drafted by the system from what it saw, or reported by somebody."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey(HOME, on_delete=models.PROTECT)
    number = models.PositiveIntegerField(help_text="counts the home's incidents from one")
    kind = models.CharField(max_length=24, choices=KINDS)
    about = models.TextField(blank=True, help_text="what its evidence has in common: a prescription, a stock line")
    resident = models.ForeignKey("emar.Resident", null=True, on_delete=models.PROTECT, db_constraint=False)
    prescription = models.ForeignKey("emar.Prescription", null=True, on_delete=models.PROTECT, db_constraint=False)
    words = models.TextField(blank=True, help_text="what happened, by who reported it; a draft states facts only")
    happened_at = models.DateTimeField()
    reported_at = models.DateTimeField()
    reported_by = models.ForeignKey(
        STAFF, null=True, on_delete=models.PROTECT, related_name="+", help_text="empty: the system drafted it"
    )
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, db_constraint=False)
    merged_at = models.DateTimeField(null=True)
    merged_by = models.ForeignKey(STAFF, null=True, on_delete=models.PROTECT, related_name="+")
    outcome = models.TextField(blank=True, help_text="what came of it, said on closing")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(STAFF, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["home", "number"], name="incident_number_once"),
            models.CheckConstraint(
                condition=models.Q(closed_at__isnull=True) | ~models.Q(outcome=""), name="incident_closed_with_outcome"
            ),
            models.CheckConstraint(
                condition=models.Q(merged_into__isnull=True) | ~models.Q(merged_into=models.F("id")),
                name="incident_merged_into_another",
            ),
        ]
        indexes = [
            models.Index(fields=["home", "happened_at"], name="incident_of_home"),
            models.Index(
                fields=["home", "kind", "about"], condition=models.Q(closed_at__isnull=True), name="incident_open"
            ),
        ]


class IncidentEvidence(models.Model):
    """One thing that an incident rests on: a dose, a count, scans. Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey(HOME, on_delete=models.PROTECT)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, db_constraint=False)
    kind = models.CharField(max_length=24, choices=KINDS)
    cause = models.TextField(help_text="the same for the same fact, so that it is drafted once")
    has_reached = models.BooleanField(help_text="whether it got as far as the resident")
    record = models.ForeignKey("emar.Administration", null=True, on_delete=models.PROTECT, db_constraint=False)
    facts = models.JSONField(default=dict)
    happened_at = models.DateTimeField(help_text="when a dose was given, or was due; when somebody counted or scanned")
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["home", "kind", "cause"], name="incident_evidence_once")]


class IncidentAssessment(models.Model):
    """How somebody judged an incident; the latest stands. Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey(HOME, on_delete=models.PROTECT)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, db_constraint=False)
    merp = models.CharField(max_length=1, choices=list(MERP.items()))
    physical = models.CharField(max_length=8, choices=list(PHYSICAL.items()))
    psychological = models.CharField(max_length=8, choices=list(PSYCHOLOGICAL.items()))
    is_lasting = models.BooleanField(default=False)
    is_abuse_alleged = models.BooleanField(default=False)
    is_known_to_police = models.BooleanField(default=False)
    people = models.PositiveSmallIntegerField(default=1, help_text="how many residents it concerns")
    factors = ArrayField(models.CharField(max_length=16, choices=list(FACTORS.items())), default=list)
    words = models.TextField(help_text="what happened and why it was judged so")
    learning = models.TextField(blank=True)
    assessed_at = models.DateTimeField()
    assessed_by = models.ForeignKey(STAFF, on_delete=models.PROTECT, related_name="+")


class IncidentDecision(models.Model):
    """What a manager decided about one duty: done, or not and why. Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey(HOME, on_delete=models.PROTECT)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, db_constraint=False)
    duty = models.CharField(max_length=16, choices=list(DUTY_WORDS.items()))
    is_done = models.BooleanField()
    words = models.TextField(help_text="whom, how, which reference; or why not")
    advised = models.CharField(max_length=16, help_text="what the rules said when it was decided")
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(STAFF, on_delete=models.PROTECT, related_name="+")


class IncidentAction(models.Model):
    """Something to be done so that it does not happen again, by whom and until when."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey(HOME, on_delete=models.PROTECT)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, db_constraint=False)
    words = models.TextField()
    who = models.ForeignKey(STAFF, on_delete=models.PROTECT, related_name="+")
    until_on = models.DateField()
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(STAFF, on_delete=models.PROTECT, related_name="+")
    outcome = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(STAFF, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(done_at__isnull=True) | ~models.Q(outcome=""), name="action_done_with_outcome"
            )
        ]


class IncidentNote(models.Model):
    """What somebody found out, said or was told. Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey(HOME, on_delete=models.PROTECT)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, db_constraint=False)
    words = models.TextField()
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(STAFF, on_delete=models.PROTECT, related_name="+")


class IncidentPolicy(models.Model):
    """The home's own thresholds for incidents. Changes are in the audit trail."""

    home = models.OneToOneField(HOME, on_delete=models.PROTECT)
    refer_from = models.CharField(
        max_length=8, default="low", choices=[(each, each.capitalize()) for each in ("low", "moderate", "severe")]
    )
    people_to_refer = models.PositiveSmallIntegerField(default=2)
    repeats_to_consider = models.PositiveSmallIntegerField(default=3)
    repeat_days = models.PositiveSmallIntegerField(default=28)
    stops_to_draft = models.PositiveSmallIntegerField(default=3, help_text="wrong packs scanned before it is drafted")
    stop_days = models.PositiveSmallIntegerField(default=7)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(STAFF, null=True, on_delete=models.PROTECT, related_name="+")

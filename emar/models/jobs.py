"""What the system has to do by itself, and how far it is."""

import uuid_utils.compat as uuid
from django.db import models

from .places import CareHome


class Job(models.Model):
    """One piece of work for one home, written in the same transaction as what asked for it.

    Periodic work has one row a home and an empty key: running it moves its due time on, so that there is one slot
    however many hosts look. `lease_expires_at` is set while somebody works on it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey(CareHome, on_delete=models.PROTECT)
    kind = models.CharField(max_length=40, help_text="a kind of emar.jobs")
    key = models.TextField(blank=True, help_text="which one of its kind; empty for periodic work")
    payload = models.JSONField(default=dict)
    due_at = models.DateTimeField(help_text="when it is tried next")
    attempts = models.PositiveIntegerField(default=0, help_text="since it last succeeded")
    lease_expires_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True, help_text="the kind of the last failure, without its words")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["home", "kind", "key"], name="job_once")]
        indexes = [
            models.Index(fields=["home", "due_at"], condition=models.Q(finished_at__isnull=True), name="job_waiting")
        ]

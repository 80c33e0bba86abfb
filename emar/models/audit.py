"""Who looked at and who changed what is not itself an append-only record."""

import uuid_utils.compat as uuid
from django.db import models
from django.db.models.functions import Now

from .people import Resident, StaffMember
from .places import CareHome


class AuditEntry(models.Model):
    """One act of a person at the desk, or one look at a resident's record, in words. Append-only.

    Acts at the bedside are their own evidence (DeviceEvent, Administration) and are not repeated here.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey(CareHome, null=True, on_delete=models.PROTECT)
    resident = models.ForeignKey(Resident, null=True, on_delete=models.PROTECT, db_constraint=False)
    action = models.TextField(help_text="a word for the act, such as prescription_written or record_read")
    about = models.TextField(blank=True, help_text="model and id of what it was done to")
    changes = models.JSONField(default=dict)
    acted_at = models.DateTimeField(db_default=Now())
    acted_by = models.ForeignKey(StaffMember, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["home", "resident", "-acted_at"], name="audit_of_resident")]

"""The phone of a person in a test: what it was told, and the code it shows at a moment."""

from base64 import b32decode
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from django.utils import timezone
from django_otp.oath import TOTP

from emar.models import StaffMember
from emar.operations import second_factor


@dataclass(frozen=True)
class Phone:
    """An app for sign-in codes, as anybody's phone has one: it knows the key and the time, nothing else."""

    letters: str

    @classmethod
    def scanning(cls, address: str) -> "Phone":
        """Read what the QR code says."""
        return cls(parse_qs(urlsplit(address).query)["secret"][0])

    def shows(self, at: datetime | None = None) -> str:
        """Return the six digits shown at an instant."""
        app = TOTP(b32decode(self.letters))
        app.time = (at or timezone.now()).timestamp()
        return f"{app.token():06}"


def set_up_phone(person: StaffMember) -> tuple[Phone, list[str]]:
    """Set a person's phone up as the page does, and return it with the recovery codes."""
    phone = Phone.scanning(second_factor.begin(by=person.pk).address)
    codes = second_factor.confirm(code=phone.shows(), by=person.pk, at=timezone.now())
    return phone, codes

"""The shapes of what devices send and are told, for the API's own documentation as well."""

from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import AfterValidator, Field


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("a text of the record holds no NUL")
    return text


#: What PostgreSQL can keep: it refuses NUL in a text.
Text = Annotated[str, AfterValidator(_without_nul)]


class Problem(Schema):
    """Why a call was not answered: a word for the program and a sentence for the person."""

    code: str
    detail: str


class WrongPinProblem(Problem):
    """A wrong PIN, and how many tries are left before the lock."""

    tries_left: int


class HomeRef(Schema):
    """A home by id and name."""

    id: int
    name: str


class EnrolRequest(Schema):
    """The code a manager was shown, and what to call the device."""

    code: Text = Field(max_length=40)
    name: Text = Field("", max_length=80)


class Enrolled(Schema):
    """The device's new identity; the key is told this once."""

    device_id: str
    device_key: str
    home: HomeRef
    lease_expires_at: str


class StaffTile(Schema):
    """One person who may work here, as a tile to sign in with."""

    id: int
    display_name: str
    initials: str
    role: str
    photo_url: str | None = None


class StaffTiles(Schema):
    """The tiles of a home, before anybody has signed in."""

    home: HomeRef
    staff: list[StaffTile]
    server_time: str


class SignInRequest(Schema):
    """A name tile or a badge, and the PIN."""

    staff_id: int | None = Field(None, ge=1, lt=2**62)
    badge: Text = Field("", max_length=40)
    pin: Text = Field("", max_length=20)


class SignedIn(Schema):
    """A sign-in: the token opens the snapshot, the storage key the device's own copy."""

    token: str
    expires_at: str
    staff: StaffTile
    pin_verifier: dict[str, Any] | None
    storage_key: str
    lease_expires_at: str


class SyncRequest(Schema):
    """Part of an outbox, oldest first.

    Events are taken as they come and read one by one, so that one that cannot be understood is held and
    does not turn away the ones behind it.
    """

    schema_: int = Field(1, alias="schema")
    device_time: str | None = None
    events: list[Any]


class SyncAnswer(Schema):
    """What the record says of one event, for ever."""

    id: str
    answer: Literal["recorded", "recorded_with_findings", "conflict", "held", "refused"]
    findings: list[dict[str, Any]]
    detail: str | None = None


class DeviceState(Schema):
    """What the server has of the calling device."""

    last_sequence: int


class SyncReply(Schema):
    """An answer for each event, in the order they were sent."""

    server_time: str
    answers: list[SyncAnswer]
    device: DeviceState
    lease_expires_at: str


class ImageValue(Schema):
    """One code read from a photo: its raw payload, with the group separator as U+001D.

    `identifier` is what a scanner that sends symbology identifiers would put before it ("]d2").
    """

    text: str
    symbology: str
    identifier: str


class PhotoReply(Schema):
    """What a photo says, and what reading it cost."""

    values: list[ImageValue]
    cpu_ms: float

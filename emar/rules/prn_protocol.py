"""What a carer must know before giving a medicine "when required", and what to look for afterwards.

The gap and the maximum are the schedule's (rules.schedule, WhenRequiredPlan); this is everything a person
reads. (NICE SC1 1.14.21; CQC, When required medicines in adult social care)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

LONGEST_WAIT = timedelta(days=7)


class ProtocolError(ValueError):
    """A protocol that leaves out what a carer needs, in plain words."""


@dataclass(frozen=True, slots=True)
class PrnProtocol:
    """One when-required protocol. Words are for carers; only `condition` is always needed.

    `can_ask`: the person can say when they need it; otherwise `signs` say how staff can tell. `choosing` says
    how to choose within a dose range. `order` is the place among several medicines for the same condition, 1
    first. `effect_after_minutes`: when somebody looks whether it worked.
    """

    condition: str
    signs: str = ""
    can_ask: bool = True
    choosing: str = ""
    try_first: str = ""
    order: int | None = None
    expected_effect: str = ""
    effect_after_minutes: int | None = None
    review_on: date | None = None
    call_when: str = ""

    def __post_init__(self) -> None:
        """Refuse a protocol that a carer could not follow. Raises ProtocolError."""
        if not self.condition.strip():
            raise ProtocolError("Say what the medicine is for: a carer must know when to offer it.")
        if not self.can_ask and not self.signs.strip():
            raise ProtocolError("This person cannot ask for it: say how staff can tell that it is needed.")
        if self.order is not None and self.order < 1:
            raise ProtocolError("The order among several medicines starts at 1.")
        wait = self.effect_after_minutes
        if wait is not None and not 0 < wait <= LONGEST_WAIT.total_seconds() // 60:
            raise ProtocolError("Look for the effect between one minute and seven days after the dose.")

    def to_json(self) -> dict[str, Any]:
        """Return JSON that `protocol_from_json` reads back to an equal protocol; what is usual is left out."""
        found: dict[str, Any] = {"condition": self.condition}
        for name in ("signs", "choosing", "try_first", "expected_effect", "call_when"):
            if words := getattr(self, name):
                found[name] = words
        if not self.can_ask:
            found["can_ask"] = False
        for name in ("order", "effect_after_minutes"):
            if (number := getattr(self, name)) is not None:
                found[name] = number
        if self.review_on is not None:
            found["review_on"] = self.review_on.isoformat()
        return found


def protocol_from_json(value: object) -> PrnProtocol:
    """Return the protocol that JSON describes. Raises ProtocolError with plain words."""
    if not isinstance(value, Mapping):
        raise ProtocolError("A when-required protocol is written as fields.")
    unknown = value.keys() - PrnProtocol.__dataclass_fields__.keys()
    if unknown:
        raise ProtocolError(f"A when-required protocol has no {sorted(unknown)[0]!r}.")
    fields = dict(value)
    if (review_on := fields.get("review_on")) is not None:
        try:
            fields["review_on"] = date.fromisoformat(review_on)
        except (TypeError, ValueError):
            raise ProtocolError(f"The review date {review_on!r} is not a day.") from None
    fields.setdefault("condition", "")
    return PrnProtocol(**fields)


def condition_of(value: Mapping[str, Any] | None) -> str:
    """Return what a stored protocol is for, empty where there is none."""
    return str(value.get("condition", "")) if value else ""


def review_on_of(value: Mapping[str, Any] | None) -> date | None:
    """Return the day on which a stored protocol is to be reviewed, None where it does not say."""
    review_on = value.get("review_on") if value else None
    return None if review_on is None else date.fromisoformat(review_on)


def effect_after_minutes_of(value: Mapping[str, Any] | None) -> int | None:
    """Return after how many minutes a stored protocol wants the effect looked at, None where it does not say."""
    return value.get("effect_after_minutes") if value else None

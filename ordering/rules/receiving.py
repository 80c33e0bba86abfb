"""What does a pack that was just scanned mean: which expected line it answers, and what stands in its way?

A pharmacy's label carries no resident in its barcode, so a scan says what a pack is and never whose. Whose it is
follows from what is expected and from whose bag is open; where several could be meant, a person reads the label and
chooses. Every answer is a value with its findings: caught now, while the driver is at the door. (hazard H13)
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

Level = Literal["stop", "ask", "note"]
Result = Literal["book", "choose", "ask", "stop"]

#: How strongly each finding counts, in the order of showing. A stop is never booked in as usable stock.
LEVELS: Mapping[str, Level] = {
    "serial_booked": "stop",
    "own_label_booked": "stop",
    "recalled": "stop",
    "out_of_date": "stop",
    "wrong_resident": "stop",
    "wrong_strength": "stop",
    "stopped_medicine": "stop",
    "not_prescribed": "stop",
    "other_brand": "stop",
    "resident_gone": "stop",
    "batch_quarantined": "ask",
    "over": "ask",
    "more_than_expected": "ask",
    "not_expected": "ask",
    "short_dated": "ask",
    "expiry_unsure": "ask",
    "no_expiry": "ask",
    "quantity_unknown": "ask",
    "unknown_code": "ask",
    "resident_away": "note",
    "not_checked_yet": "note",
    "paused": "note",
    "less_than_expected": "note",
}
_ORDER = {code: place for place, code in enumerate(LEVELS)}
#: Findings that nobody can let pass: the number is in the book already, and a second row of it would be a second box.
NEVER_BOOKED = frozenset({"serial_booked", "own_label_booked"})


@dataclass(frozen=True, slots=True)
class Found:
    """One thing found about a pack: its code, how strongly it counts, and the facts that its words need."""

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def level(self) -> Level:
        """Whether it stops the pack, asks about it or only says something."""
        return LEVELS[self.code]

    def to_json(self) -> dict[str, Any]:
        """Return `{"code", "level", …facts}`, as it is kept beside the pack."""
        return {"code": self.code, "level": self.level, **self.facts}


@dataclass(frozen=True, slots=True)
class Box:
    """What is known of the pack in hand. `products` are the generic products that its code may mean.

    `contents` is how much is in it, in `unit`, as dm+d says; None where it says nothing. An expiry that is only the
    likeliest reading is not `is_expiry_sure`.
    """

    gtin: str = ""
    products: frozenset[str] = frozenset()
    brands: frozenset[str] = frozenset()
    ingredients: frozenset[str] = frozenset()
    contents: Decimal | None = None
    unit: str = ""
    batch: str = ""
    serial: str = ""
    expires_on: date | None = None
    is_expiry_sure: bool = True


@dataclass(frozen=True, slots=True)
class Expected:
    """One line that is expected, and how much of it has come: `booked` of `quantity`, or packs where that is unknown.

    `elsewhere` is what other deliveries have brought of the same order line, of which `asked` was asked for in all.
    """

    id: str
    resident_id: int | None
    product: str
    gtin: str = ""
    quantity: Decimal | None = None
    unit: str = ""
    packs: int = 1
    booked: Decimal = Decimal(0)
    booked_packs: int = 0
    asked: Decimal | None = None
    elsewhere: Decimal = Decimal(0)
    ingredients: frozenset[str] = frozenset()
    is_for_home: bool = False

    @property
    def left(self) -> Decimal | None:
        """How much is still to come, None where nobody knows."""
        if self.quantity is None:
            return None
        left = self.quantity - self.booked
        if self.asked is not None:
            left = min(left, self.asked - self.booked - self.elsewhere)
        return max(left, Decimal(0))

    @property
    def is_complete(self) -> bool:
        """Whether everything that was expected has come."""
        left = self.left
        return self.booked_packs >= self.packs if left is None else left == 0


@dataclass(frozen=True, slots=True)
class Prescribed:
    """One prescription of somebody here, as far as a delivery asks: what, whether it is given now, and why not."""

    id: str
    resident_id: int
    product: str
    medicine_id: str
    name: str = ""
    ingredients: frozenset[str] = frozenset()
    must_be_brand: bool = False
    is_stopped: bool = False
    stopped_on: date | None = None
    stop_reason: str = ""
    is_checked: bool = True
    is_paused: bool = False


@dataclass(frozen=True)
class Door:
    """Where a pack is scanned: what is expected, what is prescribed, whose bag is open.

    `serial_of` and `label_of` say whose pack a GS1 serial or one of our own labels is bound to. `usable_until` is the
    day to which these medicines have to last. `gone` and `away` are residents who do not live here any more, or are
    out of the home.
    """

    today: date
    expected: Sequence[Expected] = ()
    prescribed: Sequence[Prescribed] = ()
    open_resident_id: int | None = None
    usable_until: date | None = None
    bound_to: Mapping[str, Any] | None = None
    recall: str = ""
    has_quarantined_batch: bool = False
    gone: frozenset[int] = frozenset()
    away: frozenset[int] = frozenset()

    @property
    def has_list(self) -> bool:
        """Whether anything is expected at all."""
        return bool(self.expected)


@dataclass(frozen=True, slots=True)
class Answer:
    """Whose the pack is and what was found. `candidates` are whom to choose from, in the order of showing."""

    result: Result
    resident_id: int | None = None
    line_id: str | None = None
    is_for_home: bool = False
    candidates: tuple[int, ...] = ()
    findings: tuple[Found, ...] = ()

    @property
    def codes(self) -> frozenset[str]:
        """What was found, by code."""
        return frozenset(each.code for each in self.findings)

    @property
    def first(self) -> Found | None:
        """What names the screen."""
        return self.findings[0] if self.findings else None


@dataclass(frozen=True, slots=True)
class Chosen:
    """Whose pack somebody said it is: a line of the list, a resident, or the home's own stock."""

    line_id: str | None = None
    resident_id: int | None = None
    is_for_home: bool = False


def receive(box: Box, door: Door, chosen: Chosen | None = None) -> Answer:
    """Return what a pack means at the door; it never raises and changes nothing.

    `book`: it answers one line and nothing is in the way. `choose`: several people could be meant. `ask`: it may be
    booked in once somebody has answered. `stop`: it goes back, or is kept apart and never given from.
    """
    whose = _chosen(box, door, chosen) if chosen else _whose(box, door)
    found = [*_box_findings(box, door), *whose.findings]
    if whose.resident_id is not None:
        found += _person_findings(box, door, whose.resident_id, is_listed=whose.line_id is not None)
    found += _amount_findings(box, door, whose.line_id)
    findings = tuple(sorted(found, key=lambda each: _ORDER[each.code]))
    levels = {each.level for each in findings}
    is_open = whose.resident_id is None and not whose.is_for_home
    result: Result = "book"
    if "stop" in levels:
        result = "stop"
    elif is_open:
        result = "choose" if whose.candidates else "ask"
    elif "ask" in levels:
        result = "ask"
    return Answer(result, whose.resident_id, whose.line_id, whose.is_for_home, whose.candidates, findings)


@dataclass(frozen=True, slots=True)
class _Whose:
    resident_id: int | None = None
    line_id: str | None = None
    is_for_home: bool = False
    candidates: tuple[int, ...] = ()
    findings: tuple[Found, ...] = ()


def _answers(box: Box, line: Expected) -> bool:
    return line.product in box.products or (line.gtin != "" and line.gtin == box.gtin)


def _chosen(box: Box, door: Door, chosen: Chosen) -> _Whose:
    """Answer for the person or line that somebody chose: what they read on the label beats every guess of ours."""
    if chosen.line_id is not None:
        line = next((each for each in door.expected if each.id == chosen.line_id), None)
        if line is not None:
            resident_id = chosen.resident_id if line.resident_id is None else line.resident_id
            found = _line_findings(box, line)
            return _Whose(resident_id, line.id, line.is_for_home or chosen.is_for_home, (), found)
    if chosen.is_for_home:
        line = _first_open([each for each in door.expected if each.is_for_home and _answers(box, each)])
        return _Whose(None, line.id if line else None, True)
    if chosen.resident_id is not None:
        return _of_person(box, door, chosen.resident_id)
    return _whose(box, door)


def _line_findings(box: Box, line: Expected) -> tuple[Found, ...]:
    """Return what is wrong between a pack of a known product and the line it was put to."""
    if not box.products or not line.product or _answers(box, line):
        return ()
    if line.ingredients and line.ingredients == box.ingredients:
        return (Found("wrong_strength", {"line_id": line.id}),)
    return (Found("not_prescribed"),)


def _whose(box: Box, door: Door) -> _Whose:
    """Find out whose the pack is from what is expected and whose bag is open."""
    if not box.products and not box.gtin:
        return _Whose(door.open_resident_id, findings=(Found("unknown_code"),))
    if door.open_resident_id is not None:
        return _of_person(box, door, door.open_resident_id)
    same = [each for each in door.expected if _answers(box, each)]
    waiting = [each for each in same if not each.is_complete]
    owners = _owners(waiting)
    if len(owners) == 1:
        return _on_line(waiting[0])
    if owners:
        return _Whose(candidates=tuple(each for each in owners if each is not None))
    if not box.products:
        return _Whose(findings=(Found("unknown_code"),))
    if same:
        whose = _owners(same)
        over = Found("over", {"line_ids": [each.id for each in same]})
        only = _on_line(same[0]) if len(whose) == 1 else _Whose(candidates=tuple(each for each in whose if each))
        return _Whose(only.resident_id, only.line_id, only.is_for_home, only.candidates, (over,))
    return _unlisted(box, door)


def _owners(lines: Sequence[Expected]) -> list[int | None]:
    return list(dict.fromkeys(each.resident_id for each in lines))


def _on_line(line: Expected) -> _Whose:
    """Answer a line; whose it is has to be chosen where its words named nobody of this home."""
    return _Whose(line.resident_id, line.id, line.is_for_home)


def _unlisted(box: Box, door: Door) -> _Whose:
    """Answer a pack of a known product that no line expects."""
    same = [each for each in door.prescribed if each.product in box.products]
    active = tuple(dict.fromkeys(each.resident_id for each in same if not each.is_stopped))
    if active:
        extra = (Found("not_expected"),) if door.has_list else ()
        return _Whose(candidates=active, findings=extra)
    if same:
        return _Whose(findings=(_stopped(same[-1]),))
    likely = [each for each in door.expected if each.ingredients and each.ingredients == box.ingredients]
    if likely:
        line = next((each for each in likely if not each.is_complete), likely[0])
        return _Whose(findings=(Found("wrong_strength", {"line_id": line.id}),))
    near = next((each for each in door.prescribed if _is_near(each, box)), None)
    if near is not None:
        return _Whose(findings=(_wrong_strength(near),))
    return _Whose(findings=(Found("not_prescribed"),))


def _is_near(prescribed: Prescribed, box: Box) -> bool:
    return bool(box.ingredients) and not prescribed.is_stopped and prescribed.ingredients == box.ingredients


def _wrong_strength(prescribed: Prescribed) -> Found:
    return Found("wrong_strength", {"prescription_id": prescribed.id, "resident_id": prescribed.resident_id})


def _stopped(prescribed: Prescribed) -> Found:
    on = prescribed.stopped_on.isoformat() if prescribed.stopped_on else None
    return Found(
        "stopped_medicine",
        {"resident_id": prescribed.resident_id, "stopped_on": on, "reason": prescribed.stop_reason},
    )


def _of_person(box: Box, door: Door, resident_id: int) -> _Whose:
    """Answer a pack that came out of one person's bag, or that somebody said is theirs."""
    same = [each for each in door.expected if _answers(box, each)]
    own = [each for each in same if each.resident_id == resident_id]
    if line := _first_open(own):
        if line.is_complete:
            over = Found("over", {"line_ids": [each.id for each in own]})
            return _Whose(resident_id, line.id, findings=(over,))
        return _on_line(line)
    if not box.products:
        return _Whose(resident_id, findings=(Found("unknown_code"),))
    prescribed = [each for each in door.prescribed if each.resident_id == resident_id]
    mine = [each for each in prescribed if each.product in box.products]
    if any(not each.is_stopped for each in mine):
        return _Whose(resident_id, findings=(Found("not_expected"),) if door.has_list else ())
    if others := _owners([each for each in same if not each.is_complete and each.resident_id is not None]):
        return _Whose(None, candidates=tuple(each for each in others if each), findings=(_elses(others, resident_id),))
    if mine:
        return _Whose(resident_id, findings=(_stopped(mine[-1]),))
    if near := next((each for each in prescribed if _is_near(each, box)), None):
        return _Whose(resident_id, findings=(_wrong_strength(near),))
    likely = [each for each in door.expected if each.resident_id == resident_id and each.ingredients]
    if near_line := next((each for each in likely if each.ingredients == box.ingredients), None):
        return _Whose(resident_id, findings=(Found("wrong_strength", {"line_id": near_line.id}),))
    takers = tuple(
        dict.fromkeys(p.resident_id for p in door.prescribed if p.product in box.products and not p.is_stopped)
    )
    if takers:
        return _Whose(None, candidates=takers, findings=(_elses(takers, resident_id),))
    return _Whose(resident_id, findings=(Found("not_prescribed"),))


def _elses(owners: Iterable[int | None], opened: int) -> Found:
    return Found("wrong_resident", {"owner_ids": [each for each in owners if each], "open_resident_id": opened})


def _first_open(lines: Sequence[Expected]) -> Expected | None:
    return next((each for each in lines if not each.is_complete), lines[0] if lines else None)


def _box_findings(box: Box, door: Door) -> list[Found]:
    """Return what is wrong with the pack itself, whosever it is."""
    found = []
    if door.bound_to is not None:
        found.append(Found("serial_booked", dict(door.bound_to)))
    if door.recall:
        found.append(Found("recalled", {"words": door.recall}))
    if door.has_quarantined_batch:
        found.append(Found("batch_quarantined", {"batch": box.batch}))
    if box.expires_on is None:
        if box.products:
            found.append(Found("no_expiry"))
        return found
    facts = {"expires_on": box.expires_on.isoformat()}
    if not box.is_expiry_sure:
        found.append(Found("expiry_unsure", facts))
    elif box.expires_on < door.today:
        found.append(Found("out_of_date", facts))
    elif door.usable_until is not None and box.expires_on < door.usable_until:
        days = (box.expires_on - door.today).days
        found.append(Found("short_dated", facts | {"days": days, "until": door.usable_until.isoformat()}))
    return found


def _person_findings(box: Box, door: Door, resident_id: int, *, is_listed: bool) -> list[Found]:
    """Return what the person's own record says about the product."""
    found = []
    if resident_id in door.gone:
        found.append(Found("resident_gone", {"resident_id": resident_id}))
    elif resident_id in door.away:
        found.append(Found("resident_away", {"resident_id": resident_id}))
    if not box.products:
        return found
    own = [each for each in door.prescribed if each.resident_id == resident_id]
    same = [each for each in own if each.product in box.products]
    active = [each for each in same if not each.is_stopped]
    if active:
        right = [each for each in active if not each.must_be_brand or each.medicine_id in box.brands]
        if not right:
            found.append(Found("other_brand", {"prescription_id": active[0].id}))
        if not any(each.is_checked for each in active):
            found.append(Found("not_checked_yet", {"prescription_id": active[0].id}))
        if all(each.is_paused for each in active):
            found.append(Found("paused", {"prescription_id": active[0].id}))
        return found
    # Without a line the search for its owner has said so already.
    if not is_listed:
        return found
    if same:
        found.append(_stopped(same[-1]))
    elif near := next((each for each in own if _is_near(each, box)), None):
        found.append(_wrong_strength(near))
    else:
        found.append(Found("not_prescribed", {"resident_id": resident_id}))
    return found


def _amount_findings(box: Box, door: Door, line_id: str | None) -> list[Found]:
    """Return what is wrong between how much is in the pack and how much is still expected."""
    line = next((each for each in door.expected if each.id == line_id), None)
    if line is None or line.left is None or line.is_complete or box.contents is None or box.unit != line.unit:
        return []
    facts = {"contents": str(box.contents), "left": str(line.left), "unit": line.unit}
    if box.contents > line.left:
        return [Found("more_than_expected", facts)]
    return []

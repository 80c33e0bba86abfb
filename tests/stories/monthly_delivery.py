"""A monthly delivery of 320 packs: 40 residents, eight medicines each, a delivery note, and five faults in it."""

import random
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby

from django.utils import timezone

from emar.models import Resident
from tests import factories as make
from tests.delivery import Sold, Waiting, make_waiting, sell

RESIDENTS, EACH = 40, 8
NAMES = (
    "Amlodipine 5mg tablets", "Bisoprolol 2.5mg tablets", "Furosemide 40mg tablets", "Sertraline 50mg tablets",
    "Memantine 10mg tablets", "Folic acid 5mg tablets", "Senna 7.5mg tablets", "Atorvastatin 20mg tablets",
    "Levothyroxine sodium 50microgram tablets", "Metformin 500mg tablets", "Mirtazapine 15mg tablets",
    "Thiamine 100mg tablets", "Lansoprazole 15mg gastro-resistant capsules", "Clopidogrel 75mg tablets",
)  # fmt: skip
GIVEN = ("Ada", "Ben", "Cora", "Dan", "Edith", "Frank", "Grace", "Harold", "Iris", "Jack")
SURNAMES = ("Winterbottom", "Oldacre", "Fairweather", "Thistlewood")


@dataclass(frozen=True)
class Box:
    """One box on the table: whose bag it lies in, what a scanner reads on it; nothing where it has no code."""

    bag: Resident
    sold: Sold
    text: str
    fault: str = ""


@dataclass
class Month:
    """A delivery on the table. `boxes` are in the order in which bags are unpacked."""

    waiting: Waiting
    note: str
    boxes: list[Box] = field(default_factory=list)
    unusual: frozenset[str] = frozenset()

    def bags(self) -> list[tuple[Resident, list[Box]]]:
        """Return the bags in the order in which they are unpacked, each with its boxes."""
        return [(bag, list(boxes)) for bag, boxes in groupby(self.boxes, lambda box: box.bag)]

    def is_plain(self, boxes: list[Box]) -> bool:
        """Whether nothing in a bag is out of the ordinary: no fault, no controlled drug, no code without an expiry."""
        return not any(box.fault or box.sold.medicine.name in self.unusual for box in boxes)


def deliver(seed: int = 4) -> Month:
    """Let a pharmacy pack a month for a home, and go wrong five times."""
    chance = random.Random(seed)
    waiting = make_waiting()
    sold = [sell(name, unit="capsule" if "capsule" in name else "tablet") for name in NAMES]
    ingredient = make.make_ingredient(name="Amlodipine")
    ten = sell("Amlodipine 10mg tablets", strength="10mg")
    for each in (sold[0], ten):
        make.make_medicine_ingredient(medicine=each.medicine, ingredient=ingredient)
    plain = sell("Vitamin B compound strong tablets")
    morphine = sell("Morphine 10mg modified-release tablets", controlled_drug_category="0002")
    rows, boxes = ["Patient Name,NHS No,Item Description,Qty Supplied"], []
    far, old = timezone.now() + timedelta(days=500), timezone.now() - timedelta(days=40)
    for number in range(RESIDENTS):
        name = f"{GIVEN[number % 10]} {SURNAMES[number // 10]}"
        person = waiting.live(
            name, room=str(number + 1), label_code=f"ER{'ABCDEFGHJK'[number % 10]}{'WXYZ'[number // 10]}7K3M"
        )
        own = [sold[0], *chance.sample(sold[1:], 7)]
        if number < 4:
            own[-1] = (morphine, plain)[number % 2]
        for place, each in enumerate(own):
            waiting.prescribe(person, each, schedule=make.regular(unit=each.pack.unit), is_controlled=each is morphine)
            turned = f"{name.split()[1].upper()} {name.split()[0]}"
            rows.append(f"{turned},,{each.medicine.name},28")
            serial = f"{number:02}{place}{chance.randrange(10**9):09}"
            text = each.scan(serial=serial, batch=f"B{chance.randrange(10**4)}", expires=f"{far:%y%m%d}")
            # Of two products the boxes carry only the bars of old: no batch, no expiry.
            boxes.append(Box(person, each, each.gtin[1:] if each is plain else text))
    month = Month(waiting, "\n".join(rows), boxes, frozenset({plain.medicine.name, morphine.medicine.name}))
    _go_wrong(month, ten, f"{old:%y%m%d}", f"{far:%y%m%d}")
    return month


def _go_wrong(month: Month, ten: Sold, old: str, far: str) -> None:
    """Plant the five faults: a box in the wrong bag, another strength, out of date, one missing, one box twice."""
    boxes = month.boxes
    fifth, sixth = (f"{GIVEN[number]} {SURNAMES[0]}" for number in (4, 5))
    of_fifth = {each.sold.gtin for each in boxes if each.bag.full_name == fifth}
    wrong = next(b for b in boxes if b.bag.full_name == sixth and b.sold.gtin not in of_fifth)
    at = next(place for place, each in enumerate(boxes) if each.bag.full_name == fifth)
    boxes.remove(wrong)
    boxes.insert(at + 2, Box(boxes[at].bag, wrong.sold, wrong.text, "wrong_resident"))
    place = next(n for n, b in enumerate(boxes) if b.bag.room == "12" and b.sold.medicine.name == NAMES[0])
    boxes[place] = Box(boxes[place].bag, ten, ten.scan(serial="TEN1", expires=far), "wrong_strength")
    place = next(n for n, b in enumerate(boxes) if b.bag.room == "20")
    boxes[place] = Box(
        boxes[place].bag, boxes[place].sold, boxes[place].sold.scan(serial="OLD1", expires=old), "out_of_date"
    )
    place = next(n for n, b in enumerate(boxes) if b.bag.room == "27")
    boxes[place] = Box(boxes[place].bag, boxes[place].sold, "", "short")
    place = next(n for n, b in enumerate(boxes) if b.bag.room == "33")
    # Not the very next one: the same code again within a moment is a trigger that bounced, and no box.
    boxes.insert(place + 3, Box(boxes[place].bag, boxes[place].sold, boxes[place].text, "serial_booked"))

"""What care-home residents usually take, and in what words: one line for each medicine the demo prescribes.

In usual_doses.tsv, `share` is the medicine's share of the items prescribed to English care-home residents (per
cent, NHSBSA care-home prescribing 2020/21, Open Government Licence v3.0), split over its usual strengths, and
`how` is a dose in the short spelling that emar.demo.directions reads. Doses are ordinary adult ones (BNF); they
are for trying a record out and advise nobody.
"""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

FILE = Path(__file__).with_name("usual_doses.tsv")
Kind = Literal["regular", "parkinsons", "when_required", "course", "special"]


@dataclass(frozen=True, slots=True)
class UsualDose:
    """One medicine as it is usually prescribed to an older person.

    Residents get at most one medicine of each `family`. `per_pack` says how many of `unit` one pack holds
    where that is not the pack's own count (drops in a bottle).
    """

    medicine: str
    family: str
    share: float
    how: str
    unit: str
    indication: str
    instructions: tuple[str, ...] = ()
    prn_condition: str = ""
    per_pack: int | None = None
    route: str = "Oral"


def _read(kind: Kind) -> tuple[UsualDose, ...]:
    with FILE.open(encoding="utf-8", newline="") as file:
        return tuple(
            UsualDose(
                row["medicine"],
                row["family"],
                float(row["share"]),
                row["how"],
                row["unit"],
                row["indication"],
                tuple(words for words in row["instructions"].split(" | ") if words),
                row["prn_condition"],
                int(row["per_pack"]) if row["per_pack"] else None,
                row["route"],
            )
            for row in csv.DictReader(file, delimiter="\t")
            if row["kind"] == kind
        )


REGULAR = _read("regular")
PARKINSONS = _read("parkinsons")
WHEN_REQUIRED = _read("when_required")
COURSES = _read("course")
#: Given to one or two in every home, on schedules of emar.demo.special.
SPECIAL = _read("special")

#: Strong painkillers bring a laxative with them.
OPIOID_FAMILIES = frozenset({"strong opioid", "breakthrough"})
#: What must be given to the minute.
TIME_CRITICAL_FAMILIES = frozenset({"levodopa"})

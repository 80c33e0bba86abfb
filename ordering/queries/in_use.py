"""Which ordered medicines does nobody use any more: stopped, or their resident has left or died?

A change of dose is another prescription of the same medicine, and a code that dm+d has replaced is the same medicine
too: both are still in use.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db.models import Q

from emar.models import Prescription
from emar.queries.medicines import products_of
from emar.queries.presences import GONE, where_residents_are
from ordering.models import OrderLine
from ordering.queries.forecast import line_facts
from ordering.queries.orders import keys_of
from ordering.rules.suggestion import Answer

#: What is over for good; somebody in hospital, or a medicine that is suspended, may need it again tomorrow.
OVER = (Answer.STOPPED, Answer.LEFT)


def not_in_use(
    home_id: int, lines: Sequence[OrderLine], at: datetime, *, counts_waiting: bool = False
) -> list[OrderLine]:
    """Return the lines whose medicine no prescription of their resident uses any more. Two or three statements.

    `counts_waiting` takes a prescription that waits for its second person for one in use.
    """
    if not lines:
        return []
    in_use = Prescription.objects.filter(
        Q(stopped_at__isnull=True) | Q(stopped_at__gt=at),
        home_id=home_id,
        resident_id__in={line.resident_id for line in lines},
    )
    if not counts_waiting:
        in_use = in_use.filter(checked_at__isnull=False)
    ids, medicines = set(), set()
    for pk, resident_id, medicine_id in in_use.values_list("pk", "resident_id", "medicine_id"):
        ids.add(pk)
        medicines.add((resident_id, medicine_id))
    left = [line for line in lines if line.prescription_id not in ids]
    if not left:
        return []
    products = products_of({medicine for _, medicine in medicines} | {line.medicine_id for line in left})
    used = {(resident_id, products.get(medicine, medicine)) for resident_id, medicine in medicines}
    return [line for line in left if (line.resident_id, products.get(line.medicine_id, line.medicine_id)) not in used]


def over(home_id: int, lines: Sequence[OrderLine], at: datetime) -> list[OrderLine]:
    """Return the lines that nobody will use any more, also because the resident has left or died.

    A constant number of statements, and few of them as long as nothing has stopped: those who might be meant are
    looked for first, and only of them the forecast is asked, which decides.
    """
    gone = _gone({line.resident_id for line in lines}, home_id, at)
    asked = {line.pk: line for line in not_in_use(home_id, lines, at, counts_waiting=True)}
    asked |= {line.pk: line for line in lines if line.resident_id in gone}
    if not asked:
        return []
    known = line_facts(home_id, at, at + timedelta(days=1), resident_ids={line.resident_id for line in asked.values()})
    closed = {each.facts.key: each.facts.closed for each in known}
    keys = keys_of(list(asked.values()))
    # A line that the forecast does not know any more has no prescription and nothing in the cupboard.
    return [line for pk, line in asked.items() if closed.get(keys[pk], Answer.STOPPED) in OVER]


def _gone(residents: Collection[int], home_id: int, at: datetime) -> set[int]:
    where = where_residents_are(home_id, until=at, resident_ids=residents)
    return {pk for pk, presence in where.items() if presence in GONE}

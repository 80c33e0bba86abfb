"""An invented home that orders: a surgery, a pharmacy, two residents, and stock that will not last."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from uuid_utils.compat import uuid7

from emar.models import CareHome, GpPractice, Medicine, Pack, Pharmacy, Prescription, Resident, Role, StaffMember
from emar.scope import scope
from ordering.models import Order, OrderingPolicy, OrderLine
from ordering.operations import calendar, drafting, reviewing, sending
from ordering.operations.calendar import Policy
from ordering.rules.order_paper import OrderPaper
from stock.models import StockPack
from tests import factories as make

#: A Monday. The cycle before it began on Monday 2 November 2026: draft 5, order by 9, check 13 to 17, delivery 25.
CHANGE_OVER = date(2026, 11, 30)
STARTS = date(2026, 11, 2)
DRAFT_DAY = datetime(2026, 11, 5, 5, 0, tzinfo=UTC)
NINE = datetime(2026, 11, 5, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def draw(paper: OrderPaper) -> bytes:
    """Draw a PDF without the web layer."""
    return f"%PDF-1.4 order {paper.number} with {len(paper.lines)} items".encode()


@dataclass
class OrderingHome:
    """A home with everything that an order needs."""

    home: CareHome
    manager: StaffMember
    senior: StaffMember
    carer: StaffMember
    surgery: GpPractice
    pharmacy: Pharmacy
    residents: list[Resident]
    prescriptions: list[Prescription] = field(default_factory=list)

    @property
    def pk(self) -> int:
        """The home's number."""
        return self.home.pk

    def prescribe(
        self, resident: Resident, name: str, *, held: int = 30, per_pack: int = 28, price: int = 112, **fields: Any
    ) -> Prescription:
        """Prescribe a tablet each morning, with so many in the cupboard."""
        medicine = make.make_medicine(name=name)
        make.make_pack(
            medicine=medicine, name=f"{name} {per_pack} tablet", quantity=Decimal(per_pack), price_pence=price,
            price_source=Pack.PriceSource.DRUG_TARIFF,
        )  # fmt: skip
        written = make.make_prescription(resident=resident, by=self.manager, medicine=medicine, **fields)
        if held:
            self.hold(written, held)
        self.prescriptions.append(written)
        return written

    def hold(self, prescription: Prescription, quantity: int, **fields: Any) -> StockPack:
        """Put a pack into the cupboard."""
        with scope(home=self.pk):
            from stock.models import StockLine

            known = StockLine.objects.filter(
                resident_id=prescription.resident_id, medicine_id=prescription.medicine_id
            ).first()
        line = known or make.make_stock_line(prescription=prescription)
        at = datetime(2026, 11, 1, 9, tzinfo=UTC)
        return make.make_stock_pack(line=line, by=self.manager, quantity=Decimal(quantity), at=at, **fields)

    def agree(self, **fields: Any) -> OrderingPolicy:
        """Say how the home orders."""
        said = {"change_over_on": CHANGE_OVER, "telephone": "01632 960999", "reply_to": "home@larkfield.example"}
        with scope(home=self.pk):
            return calendar.change_policy(
                home_id=self.pk, policy=Policy(**(said | fields)), by=self.manager.pk, at=NINE - DAY
            )

    def draft(self, at: datetime = DRAFT_DAY) -> list[Order]:
        """Let the day's job draft what is due."""
        with scope(home=self.pk):
            return drafting.draft_cycle(home_id=self.pk, at=at)

    def lines(self, order: Order | None = None) -> list[OrderLine]:
        """Return the lines of an order, or of all, by their place on the screen."""
        with scope(home=self.pk):
            found = OrderLine.objects.filter(home_id=self.pk).select_related("medicine", "resident", "order")
            if order is not None:
                found = found.filter(order=order)
            return list(found.order_by("order__number", "position"))

    def review(self, order: Order, at: datetime = NINE) -> None:
        """Answer everything as suggested and finish the review."""
        with scope(home=self.pk):
            reviewing.answer_as_suggested(home_id=self.pk, order_id=order.pk, by=self.senior.pk, at=at)
            reviewing.finish_review(home_id=self.pk, order_id=order.pk, by=self.senior.pk, at=at)

    def approve(self, order: Order, at: datetime = NINE + HOUR) -> Order:
        """Approve an order as the manager."""
        with scope(home=self.pk):
            return reviewing.approve(home_id=self.pk, order_id=order.pk, draw=draw, by=self.manager.pk, at=at)

    def sent(self, at: datetime = NINE + HOUR) -> Order:
        """Draft, review, approve and hand over one order on paper."""
        [order, *_] = self.draft()
        self.review(order)
        self.approve(order, at)
        with scope(home=self.pk):
            sending.ordered_by_hand(
                home_id=self.pk, order_id=order.pk, event_id=uuid7(), words="typed in, reference 7", by=self.manager.pk,
                at=at,
            )  # fmt: skip
        return order


def make_ordering_home(*, name: str = "", has_policy: bool = True, email: str = "orders@elm.example") -> OrderingHome:
    """Make a home with a surgery, a pharmacy and two residents who take a tablet each morning."""
    home = make.make_home(**({"name": name} if name else {}))
    unit = make.make_unit(home=home)
    manager = make.make_staff_member(home=home, role=Role.MANAGER)
    with scope(home=home.pk):
        surgery = GpPractice.objects.create(home=home, name="Elm Surgery", email=email)
        pharmacy = Pharmacy.objects.create(home=home, name="Quay Pharmacy", email="orders@quay.example")
    places = {"gp_practice": surgery, "pharmacy": pharmacy}
    made = OrderingHome(
        home=home,
        manager=manager,
        senior=make.make_staff_member(home=home, role=Role.SENIOR),
        carer=make.make_staff_member(home=home, role=Role.CARER),
        surgery=surgery,
        pharmacy=pharmacy,
        residents=[
            make.make_resident(unit=unit, full_name="Joan Whitfield", **places),
            make.make_resident(unit=unit, full_name="William Pryce", **places),
        ],
    )
    made.prescribe(made.residents[0], "Amlodipine 5mg tablets")
    made.prescribe(made.residents[1], "Ramipril 5mg capsules")
    if has_policy:
        made.agree()
    return made


def medicine_of(prescription: Prescription) -> Medicine:
    """Return what a prescription is for."""
    return Medicine.objects.get(pk=prescription.medicine_id)

from .calendar import OrderApprover, OrderCycle, OrderingPolicy, PharmacyPartner
from .deliveries import (
    BookedPack,
    Delivery,
    DeliveryLine,
    LabelSheet,
    PackCheck,
    StoppedPack,
    UndoneBooking,
)
from .orders import Order, OrderEvent, OrderLine, OrderMessage, SendAttempt

__all__ = [
    "BookedPack",
    "Delivery",
    "DeliveryLine",
    "LabelSheet",
    "Order",
    "OrderApprover",
    "OrderCycle",
    "OrderEvent",
    "OrderLine",
    "OrderMessage",
    "OrderingPolicy",
    "PackCheck",
    "PharmacyPartner",
    "SendAttempt",
    "StoppedPack",
    "UndoneBooking",
]

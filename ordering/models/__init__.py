from .deliveries import (
    BookedPack,
    Delivery,
    DeliveryLine,
    LabelSheet,
    PackCheck,
    StoppedPack,
    UndoneBooking,
)

__all__ = [
    "BookedPack",
    "Delivery",
    "DeliveryLine",
    "LabelSheet",
    "PackCheck",
    "StoppedPack",
    "UndoneBooking",
]

from .counting import CountedPack, DiscrepancyNote, LineToCount, StockCountSession
from .disposal import Consignment, Disposal
from .ledger import (
    Discrepancy,
    LedgerHead,
    Location,
    PackStatus,
    Place,
    StockCount,
    StockLine,
    StockMovement,
    StockPack,
)
from .recalls import Recall, RecalledPack
from .storage import OpeningRule, StoragePlace, TemperatureReading

__all__ = [
    "Consignment",
    "CountedPack",
    "Discrepancy",
    "DiscrepancyNote",
    "Disposal",
    "LedgerHead",
    "LineToCount",
    "Location",
    "OpeningRule",
    "PackStatus",
    "Place",
    "Recall",
    "RecalledPack",
    "StockCount",
    "StockCountSession",
    "StockLine",
    "StockMovement",
    "StockPack",
    "StoragePlace",
    "TemperatureReading",
]

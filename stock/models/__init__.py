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
from .storage import OpeningRule, StoragePlace, TemperatureReading

__all__ = [
    "Consignment",
    "Discrepancy",
    "Disposal",
    "LedgerHead",
    "Location",
    "OpeningRule",
    "PackStatus",
    "Place",
    "StockCount",
    "StockLine",
    "StockMovement",
    "StockPack",
    "StoragePlace",
    "TemperatureReading",
]

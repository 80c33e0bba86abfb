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

__all__ = [
    "Discrepancy",
    "LedgerHead",
    "Location",
    "PackStatus",
    "Place",
    "StockCount",
    "StockLine",
    "StockMovement",
    "StockPack",
]

"""The tables of what the numbers say, and of incidents."""

from .figures import DailyFigure, DailyFigurePart, DailyKind, Figures, Rebasing
from .incidents import (
    Incident,
    IncidentAction,
    IncidentAssessment,
    IncidentDecision,
    IncidentEvidence,
    IncidentNote,
    IncidentPolicy,
)

__all__ = [
    "DailyFigure",
    "DailyFigurePart",
    "DailyKind",
    "Figures",
    "Incident",
    "IncidentAction",
    "IncidentAssessment",
    "IncidentDecision",
    "IncidentEvidence",
    "IncidentNote",
    "IncidentPolicy",
    "Rebasing",
]

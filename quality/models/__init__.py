"""The tables of what the numbers say, of incidents, of time saved and of going live."""

from .figures import DailyFigure, DailyFigurePart, DailyKind, Figures, Rebasing
from .going_live import GoLiveStep, ReadinessAnswer
from .incidents import (
    Incident,
    IncidentAction,
    IncidentAssessment,
    IncidentDecision,
    IncidentEvidence,
    IncidentNote,
    IncidentPolicy,
)
from .letters import DailyLetter, LetterReader
from .savings import Cost, ProcessFrequency, SavingFigure, SavingsPolicy, TimeSample

__all__ = [
    "Cost",
    "DailyFigure",
    "DailyFigurePart",
    "DailyKind",
    "DailyLetter",
    "Figures",
    "GoLiveStep",
    "Incident",
    "IncidentAction",
    "IncidentAssessment",
    "IncidentDecision",
    "IncidentEvidence",
    "IncidentNote",
    "IncidentPolicy",
    "LetterReader",
    "ProcessFrequency",
    "ReadinessAnswer",
    "Rebasing",
    "SavingFigure",
    "SavingsPolicy",
    "TimeSample",
]

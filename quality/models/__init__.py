"""The tables of what the numbers say, and of incidents."""

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
    "Incident",
    "IncidentAction",
    "IncidentAssessment",
    "IncidentDecision",
    "IncidentEvidence",
    "IncidentNote",
    "IncidentPolicy",
]

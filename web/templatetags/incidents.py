"""Incidents in words, for templates."""

from django import template

from web import incident_words

register = template.Library()
register.filter("evidence_words", incident_words.evidence_words)
register.filter("incident_heading", incident_words.heading)
register.filter("incident_kind", incident_words.kind_words)
register.filter("factor_words", incident_words.factor_words)
register.filter("scale_words", incident_words.scale_words)

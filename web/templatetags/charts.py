"""How numbers of the figures are named on a page."""

from django import template

register = template.Library()

#: Numbers of quality.rules.counting in words, for telling which of them changed.
NUMBER_WORDS = {
    "due": "doses due", "on_time": "on time", "early": "early", "late": "late", "refused": "refused",
    "other_not_given": "otherwise not given", "supply_failure": "not in stock", "missed": "missed", "given": "given",
    "unscheduled": "given without being due", "given_wrongly": "given with something wrong",
    "near_misses": "stopped by the scan", "by_staff": "given by staff", "scanned": "scanned", "records": "records",
    "late_entries": "entered late", "critical_due": "time-critical due",
    "critical_on_time": "time-critical within 30 minutes", "alerts": "questions asked", "overridden": "overridden",
    "reached": "reached the person, as judged", "harmed": "with harm, as judged",
    "cd_discrepancies": "CD discrepancies",
}  # fmt: skip


@register.filter
def figure_name(word: str) -> str:
    """Name one of the numbers of the figures."""
    return NUMBER_WORDS.get(word, word)


@register.filter
def thousands(count: int) -> str:
    """Write a count with its thousands set apart."""
    return f"{count:,}"

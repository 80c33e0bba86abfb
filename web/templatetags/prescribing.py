"""The fields of the prescription form, and how what it would mean is written on the page."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import template
from django.template import Context

from emar.queries.writing import SHOWN_DOSES, Ahead
from emar.rules.amounts import plain
from emar.rules.due import DueDose
from emar.rules.schedule_words import amount_words, day_words
from emar.rules.wall_clock import local

register = template.Library()


def _of(context: Context, name: str) -> str:
    found = context["values"].get(name) or [""]
    return str(found[-1])


def _field(context: Context, name: str, label: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        # Rounds are named by the home, with spaces if it likes; an id has none.
        "id": "id_" + "".join(each if each.isalnum() else "_" for each in name),
        "label": label,
        "value": _of(context, name),
        "error": context["errors"].get(name, ""),
        **more,
    }


@register.inclusion_tag("prescriptions/field.html", takes_context=True)
def typed(
    context: Context, name: str, label: str, hint: str = "", kind: str = "text", width: str = "10", after: str = ""
) -> dict[str, Any]:
    """Write a field of one line, with what was typed and what is wrong with it."""
    return _field(context, name, label, hint=hint, kind=kind, width=width, after=after)


@register.inclusion_tag("prescriptions/lines.html", takes_context=True)
def typed_lines(context: Context, name: str, label: str, hint: str = "", rows: int = 3) -> dict[str, Any]:
    """Write a field of several lines."""
    return _field(context, name, label, hint=hint, rows=rows)


@register.inclusion_tag("prescriptions/choice.html", takes_context=True)
def chosen(
    context: Context, name: str, label: str, choices: Sequence[tuple[str, str]], hint: str = ""
) -> dict[str, Any]:
    """Write a field with a list to choose from."""
    return _field(context, name, label, choices=choices, hint=hint)


@register.inclusion_tag("prescriptions/tick.html", takes_context=True)
def ticked(context: Context, name: str, label: str, hint: str = "") -> dict[str, Any]:
    """Write one box to tick."""
    return _field(context, name, label, hint=hint)


@register.inclusion_tag("prescriptions/ticks.html", takes_context=True)
def ticks(context: Context, name: str, label: str, choices: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Write a group of boxes to tick."""
    return _field(context, name, label, choices=choices, picked=context["values"].get(name) or [])


@register.simple_tag
def joined(*parts: object) -> str:
    """Join the parts of a field's name."""
    return "".join(str(part) for part in parts)


@register.filter
def of_field(errors: Mapping[str, str], name: str) -> str:
    """Return what is wrong with a field."""
    return errors.get(name, "")


@register.filter
def ids(name: str) -> str:
    """Return the id of the field of a name, to point at from the list of problems."""
    return "id_" + "".join(each if each.isalnum() else "_" for each in name)


@register.filter
def doses_heading(ahead: Ahead) -> str:
    """Say what the doses shown are: the next ten of many, or all there are; taking a patch off is no dose."""
    if len(ahead.doses) >= SHOWN_DOSES:
        return "The next ten doses"
    count = sum(dose.event != "take_off" for dose in ahead.doses)
    if ahead.passed:
        return f"The {count} dose{'' if count == 1 else 's'} still to come"
    return {1: "The only dose", 2: "Both doses"}.get(count, f"All {count} doses")


@register.filter
def dose_amount(dose: DueDose) -> str:
    """Write how much of a due dose, or what to do with a patch."""
    if dose.event == "take_off":
        return "take off"
    words = amount_words(dose.amount, dose.unit)
    if dose.parts:
        made_up = [f"{plain(part.count)} × {plain(part.strength)} {dose.unit}" for part in dose.parts]
        words += f" ({' and '.join(made_up)})"
    if dose.reading:
        words += f", after the {dose.reading.replace('_', ' ')}"
    return f"put on {words}" if dose.event == "put_on" else words


@register.filter
def dose_when(dose: DueDose) -> str:
    """Write when a due dose falls due: Wed 4 Mar 2026, 08:00 (Morning)."""
    at = local(dose.due_at)
    name = f" ({dose.round_name})" if dose.round_name else ""
    return f"{day_words(at.date())}, {at:%H:%M}{name}"


@register.filter
def dose_clock(dose: DueDose) -> str:
    """Write the time of a due dose."""
    return f"{local(dose.due_at):%H:%M}"

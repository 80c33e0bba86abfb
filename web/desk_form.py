"""How does a form of the desk look and answer: nhsuk-frontend's fields, errors in plain words, one act a sending?

A form says what it asks for; this file dresses its fields. What is done with the answer is the page's one call of an
operation.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from uuid_utils.compat import uuid7

from emar.queries.residents import ResidentLine, age_on
from emar.rules.wall_clock import local_day

Bound = forms.BoundField


class Day(forms.DateInput):
    """A day, by the browser's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class Instant(forms.DateTimeInput):
    """A day and a time, by the browser's own calendar."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class Clock(forms.TimeInput):
    """A time of day."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


def words_field(label: str, *, rows: int = 3, **options: Any) -> forms.CharField:
    """Return a field for some sentences."""
    return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": rows}), max_length=4000, **options)


def day_field(label: str, **options: Any) -> forms.DateField:
    """Return a field for a day."""
    return forms.DateField(
        label=label, widget=Day(), error_messages={"invalid": "Enter a day such as 4 March 2026"}, **options
    )


def instant_field(label: str, **options: Any) -> forms.DateTimeField:
    """Return a field for a day and a time in the home."""
    return forms.DateTimeField(
        label=label, widget=Instant(), error_messages={"invalid": "Enter a day and a time"}, **options
    )


def as_meant(typed: datetime | None, now: datetime) -> datetime | None:
    """Return the instant that somebody meant: the browser's calendar has no seconds, so this minute means now."""
    if typed is not None and timedelta() <= now - typed < timedelta(minutes=1):
        return now
    return typed


def clock_field(label: str, **options: Any) -> forms.TimeField:
    """Return a field for a time of day."""
    return forms.TimeField(
        label=label, widget=Clock(), error_messages={"invalid": "Enter a time such as 08:30"}, **options
    )


class DeskForm(forms.Form):
    """A form whose fields wear nhsuk-frontend's classes. `sections` group the fields under headings."""

    use_required_attribute = False
    sections: Mapping[str, tuple[str, ...]] = {}
    #: Whether a field offers names while somebody types: its page then needs the script that asks for them.
    asks_while_typing = False

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **{"label_suffix": "", **options})
        for field in self.fields.values():
            _dress(field)

    def groups(self) -> Iterator[tuple[str, list[Bound]]]:
        """Give each heading with its fields; fields of no section come first, under none."""
        placed = {name for names in self.sections.values() for name in names}
        yield "", [self[name] for name in self.fields if name not in placed]
        for heading, names in self.sections.items():
            yield heading, [self[name] for name in names]


class ActForm(DeskForm):
    """A form that writes one row: the row's id goes along, so that sending it twice is one act."""

    id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)


def sent_id(request: HttpRequest, name: str = "id") -> UUID:
    """Return the id that a page put into a form written by hand, so that sending it twice is one act.

    A form without one was not made by the page: what it asks for is an act of its own.
    """
    try:
        return UUID(request.POST.get(name, ""))
    except ValueError:
        return uuid7()


def _dress(field: forms.Field) -> None:
    label = str(field.label or "")
    verb = "Choose" if isinstance(field, forms.ChoiceField | forms.FileField) else "Enter"
    if field.error_messages["required"] == forms.Field.default_error_messages["required"]:
        # "IDDSI level" and "NHS number" keep their capitals.
        plain = label if label[1:2].isupper() else f"{label[:1].lower()}{label[1:]}"
        field.error_messages["required"] = f"{verb} {plain}" if label else "This is needed"
    widget = field.widget
    match widget:
        case forms.HiddenInput():
            return
        case forms.RadioSelect():
            added = "nhsuk-radios__input"
        case forms.CheckboxInput() | forms.CheckboxSelectMultiple():
            added = "nhsuk-checkboxes__input"
        case forms.Textarea():
            added = "nhsuk-textarea"
        case forms.Select():
            added = "nhsuk-select"
        case forms.ClearableFileInput() | forms.FileInput():
            added = "desk-file"
        case _:
            added = "nhsuk-input"
    widget.attrs["class"] = f"{widget.attrs.get('class', '')} {added}".strip()
    if isinstance(widget, Day | Instant | Clock | forms.NumberInput):
        widget.attrs.setdefault("autocomplete", "off")
        widget.attrs["class"] += " desk-short"


def is_done(
    request: HttpRequest,
    form: forms.Form,
    act: Callable[[dict[str, Any]], object],
    refusals: Mapping[type[Exception], str | None] | None = None,
) -> bool:
    """Do what a form asks for, and return whether it was done.

    A refusal that the operation raises is told at the field it belongs to, None for the whole form, in the
    operation's own words.
    """
    refusals = refusals or {}
    if request.method != "POST" or not form.is_valid():
        return False
    try:
        act(form.cleaned_data)
    except tuple(refusals) as refusal:
        field = next(name for kind, name in refusals.items() if isinstance(refusal, kind))
        form.add_error(field, _sentence(str(refusal)))
        return False
    return True


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}" if words else "This could not be done"


def data_of(request: HttpRequest) -> dict[str, Any]:
    """Return what a form is bound to: what was sent, or nothing when the page is only opened."""
    if request.method != "POST":
        return {}
    return {"data": request.POST, "files": request.FILES}


def form_page(
    request: HttpRequest,
    form: forms.Form,
    *,
    heading: str,
    button: str,
    back: str,
    line: ResidentLine | None = None,
    words: str = "",
    template: str = "parts/form_page.html",
    **more: Any,
) -> HttpResponse:
    """Show a form on a page of its own, under the resident it is about where there is one.

    `back` is the address that the page's link back leads to.
    """
    context = {"form": form, "heading": heading, "button": button, "back": back, "words": words}
    return render(request, template, context | banner(line, timezone.now()) | more)


def banner(line: ResidentLine | None, now: datetime) -> dict[str, Any]:
    """Return what the resident's banner shows; nothing where a page is about nobody."""
    if line is None:
        return {}
    return {"line": line, "resident": line.resident, "age": age_on(local_day(now), line.resident.born_on)}

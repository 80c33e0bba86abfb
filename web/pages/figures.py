"""What a home's figures say of a period: every figure with its numerator, denominator and how complete it is."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from emar.queries.homes import HomeOfStaff
from quality.queries import figures as queries
from quality.rules.measures import MEASURES
from web.access import INSPECTOR, MANAGERS, for_roles
from web.csv_file import csv_response
from web.figure_choice import BY_WORDS, Choice, choice_of, days_words
from web.figure_words import GROUPS, THEME_NAMES, groups, kind_words, shown

#: Who reads what the numbers say of a home. (trust.md, Who sees what)
REPORT_READERS = MANAGERS | {INSPECTOR}


@for_roles(REPORT_READERS)
@require_GET
def figures_page(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Show the figures of a period, of the whole home or one part of it, taken apart if asked."""
    span = queries.span(here.home_id)
    if span is None:
        return render(request, "figures/none_yet.html", {"heading": "Figures"})
    choice = choice_of(here.home_id, request.GET, span)
    numbers = queries.figures(here.home_id, choice.first, choice.last, choice.where)
    found = queries.kinds(here.home_id, choice.first, choice.last, choice.where)
    return render(
        request,
        "figures/figures.html",
        {
            "choice": choice,
            "days": days_words(choice.first, choice.last),
            "groups": groups(numbers),
            "complete": queries.completeness(here.home_id, choice.first, choice.last),
            "apart": _apart(here, choice),
            "by_words": BY_WORDS.get(choice.by, ""),
            "kinds": [
                (name, theme, [(kind_words(theme, code), number, again) for code, number, again in found[theme]])
                for theme, name in THEME_NAMES.items()
                if theme in found
            ],
        },
    )


def _apart(here: HomeOfStaff, choice: Choice) -> list[dict[str, Any]]:
    """Return each part of what is shown, with its figures and the way to see that part alone."""
    if not choice.by:
        return []
    rows = queries.taken_apart(here.home_id, choice.first, choice.last, choice.by, choice.where)
    chosen_as = {"unit": str, "medicine_class": str, "time_of_day": str, "round": lambda key: str(key) or "-"}
    found = []
    for key, numbers in rows:
        value = "" if key is None else chosen_as[choice.by](key)
        found.append(
            {
                "name": choice.name_of(choice.by, key),
                "address": choice.address(**{choice.by: value, "by": _next(choice.by)}),
                "cells": [shown(MEASURES[word], numbers) for words in GROUPS.values() for word in words],
            }
        )
    return found


def _next(by: str) -> str:
    """Return what a part is most likely to be taken apart by next: class, then part of the day, then round."""
    return {"unit": "medicine_class", "medicine_class": "time_of_day", "time_of_day": "round"}.get(by, "")


@for_roles(REPORT_READERS)
@require_GET
def figures_file(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Give the figures of a period as a file: one line for each figure, and for each part where it is taken apart."""
    headings = ["From", "To", "Part", "Figure", "Said in", "Count", "Of", "Rate", "95% low", "95% high",
                "Days with figures", "Days"]  # fmt: skip
    span = queries.span(here.home_id)
    if span is None:
        return csv_response("figures", headings, [])
    choice = choice_of(here.home_id, request.GET, span)
    complete = queries.completeness(here.home_id, choice.first, choice.last)
    parts = [(choice.part_words, queries.figures(here.home_id, choice.first, choice.last, choice.where))]
    if choice.by:
        rows = queries.taken_apart(here.home_id, choice.first, choice.last, choice.by, choice.where)
        parts += [(choice.name_of(choice.by, key), numbers) for key, numbers in rows]
    lines = []
    for name, numbers in parts:
        for words in GROUPS.values():
            for word in words:
                rate = MEASURES[word].rate(numbers)
                low, high = rate.interval or (None, None)
                lines.append(
                    (choice.first, choice.last, name, MEASURES[word].name, MEASURES[word].said_in, rate.count, rate.of,
                     _rounded(rate.value), _rounded(low), _rounded(high), complete.days, complete.of)
                )  # fmt: skip
    return csv_response("figures", headings, lines)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)

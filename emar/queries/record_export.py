"""Everything the record holds about one resident, row by row, as somebody who asks for their own data is given it.

Which tables belong to a resident is not listed: it follows from the models. A table with a resident column is exported
from the day it exists; so is one whose rows belong to such a row. What a device sent is kept as it came and is left
out: each dose, scan and check in it is a row of its own. (UK GDPR, Article 15)
"""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import Field, Model, Q

from emar.models import Resident, StaffMember
from emar.scope import scope

APPS = ("emar", "stock", "ordering", "quality")


@dataclass(frozen=True, slots=True)
class Exported:
    """The rows of one table that are about a resident, each as its columns' values."""

    model: str
    meaning: str
    rows: list[dict[str, Any]]


@cache
def paths() -> Mapping[type[Model], tuple[str, ...]]:
    """Return every model whose rows are about a resident, with the ways by which each row names them.

    A row names a resident itself, or belongs to a row that does: a correction to its dose, a movement to its
    stock line.
    """
    models = [model for model in apps.get_models() if model._meta.app_label in APPS]
    models.remove(Resident)
    found: dict[type[Model], tuple[str, ...]] = {Resident: ("pk",)}
    direct = {model: _references(model, Resident) for model in models}
    found |= {model: tuple(names) for model, names in direct.items() if names}
    # One step at a time, so that each path is the shortest: a path of three would repeat what two say.
    while further := _one_step_more(models, found):
        found |= further
    return found


def _one_step_more(
    models: list[type[Model]], found: Mapping[type[Model], tuple[str, ...]]
) -> dict[type[Model], tuple[str, ...]]:
    further = {}
    for model in models:
        if model in found:
            continue
        ways = [
            f"{name}__{way}"
            for owner, known in found.items()
            if owner is not Resident
            for name in _references(model, owner)
            for way in known
        ]
        if ways:
            further[model] = tuple(ways)
    return further


def _references(model: type[Model], target: type[Model]) -> list[str]:
    return [field.name for field in model._meta.local_fields if field.related_model is target]


def record_of(home_id: int, resident_id: int) -> Iterator[Exported]:
    """Give every table's rows about one resident of a home, in one statement a table.

    The home must be in scope. Raises Resident.DoesNotExist.
    """
    Resident.objects.get(home_id=home_id, pk=resident_id)
    for model, ways in paths().items():
        about = Q()
        for way in ways:
            about |= Q(**{way: resident_id})
        rows = model.objects.filter(about, home_id=home_id).order_by("pk").distinct()
        meaning = (model.__doc__ or "").split("\n", 1)[0]
        yield Exported(model.__name__, meaning, [row_of(row) for row in rows.iterator()])


def row_of(row: Model) -> dict[str, Any]:
    """Return a row as values that JSON can hold, by the names of its columns."""
    return {field.attname: _value(field, row) for field in row._meta.local_fields}


def _value(field: Field, row: Model) -> Any:
    return _written(getattr(row, field.attname))


def _written(value: Any) -> Any:
    match value:
        case bytes() | memoryview():
            return base64.b64encode(bytes(value)).decode()
        case Decimal() | UUID():
            return str(value)
        case datetime() | date() | time():
            return value.isoformat()
        case list():
            return [_written(each) for each in value]
        case _:
            return value


def names_of(home_id: int) -> dict[int, str]:
    """Return the names of the staff who may stand in a home's record, by their number. The home must be in scope."""
    return dict(StaffMember.objects.filter(homerole__home_id=home_id).values_list("pk", "full_name").distinct())


def home_of(resident_id: int, homes: list[int]) -> int | None:
    """Return the home of these that a resident belongs to, None where none has them.

    Each home is asked in its own scope: there is no scope that sees them all.
    """
    for home_id in homes:
        with scope(home=home_id):
            if Resident.objects.filter(home_id=home_id, pk=resident_id).exists():
                return home_id
    return None

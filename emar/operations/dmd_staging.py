"""How does a dm+d release get into the database before it is compared with what is there?

Every record is copied as it is into temporary tables that vanish with the transaction. Comparing and merging
them is operations.dmd_merge's job.
"""

import io
from collections.abc import Callable
from typing import Any

from emar.dmd import STAGES, ReleaseFile, rows
from emar.dmd.layout import DATE, FLAG, NUMBER, PENCE
from stock.rules.codes import gtin_key

ROWS_A_COPY = 20_000
_GTIN = [column.name for column in STAGES["pack_code"]].index("gtin")
_TYPES = {DATE: "date", NUMBER: "numeric", PENCE: "integer", FLAG: "boolean"}
#: What stands in for the code of a pack that is no GTIN.
NO_GTIN = "-"


def create_stages(cursor: Any) -> None:
    """Make one empty temporary table for each kind of record; `line` keeps the order of the file."""
    for stage, columns in STAGES.items():
        typed = ", ".join(f"{column.name} {_TYPES.get(column.content, 'text')}" for column in columns)
        cursor.execute(
            f"CREATE TEMPORARY TABLE stage_{stage} (line bigint GENERATED ALWAYS AS IDENTITY, {typed}) ON COMMIT DROP"
        )


def fill_stages(cursor: Any, file: ReleaseFile, seen: Callable[[bytes], object]) -> int:
    """Copy every record of one file of a release into its temporary table and return how many there were.

    Raises ReleaseRefused where the file is damaged or breaks its layout.
    """
    waiting: dict[str, list[str]] = {stage: [] for stage in STAGES}
    count = 0
    for stage, row in rows(file, seen):
        count += 1
        if stage == "pack_code":
            row = _with_gtin_key(row)
        # No row holds an empty text, a tab or a line break, so an empty field is free to mean NULL.
        line = "\t".join([each or "" for each in row])
        lines = waiting[stage]
        lines.append(line.replace("\\", "\\\\") if "\\" in line else line)
        if len(lines) >= ROWS_A_COPY:
            _copy(cursor, stage, lines)
    for stage, lines in waiting.items():
        _copy(cursor, stage, lines)
    return count


def analyse_stages(cursor: Any) -> None:
    """Tell the planner how large the temporary tables are; without it the joins take minutes."""
    for stage in STAGES:
        cursor.execute(f"ANALYZE stage_{stage}")


def _with_gtin_key(row: tuple[str | None, ...]) -> tuple[str | None, ...]:
    # 13 and 14 digits of one code are one key. An empty element is allowed by the layout and says nothing; it
    # is told apart from a wrong one, which is counted as unknown.
    written = row[_GTIN]
    return (*row[:_GTIN], gtin_key(written) or NO_GTIN if written else None, *row[_GTIN + 1 :])


def _copy(cursor: Any, stage: str, lines: list[str]) -> None:
    if not lines:
        return
    names = ", ".join(column.name for column in STAGES[stage])
    cursor.copy_expert(f"COPY stage_{stage} ({names}) FROM STDIN WITH (NULL '')", io.StringIO("\n".join(lines) + "\n"))
    lines.clear()

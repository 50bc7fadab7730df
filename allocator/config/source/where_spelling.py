"""Conditions as tables are stored: a lock may be called 必选 and a month 2021年3月, in a condition as in a cell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from allocator.config.source.months import folded, month_in

LOCKS: Final = {"必选": "must_fund", "must_fund": "must_fund", "排除": "must_not", "must_not": "must_not", "": ""}
MONTHS: Final = ("start_ym", "end_ym")


def as_stored(where: dict[str, Any]) -> dict[str, Any]:
    """The conditions with every literal as the project table keeps it; what means nothing stays as it is."""
    return {
        name: respelt(condition, reader(name)) if name in ("lock", *MONTHS) else condition
        for name, condition in where.items()
    }


def reader(name: str) -> Callable[[str], str | None]:
    """What turns the text of a cell into what is kept of it."""
    return month_in if name in MONTHS else lambda text: LOCKS.get(folded(text).casefold())


def respelt(condition: Any, read: Callable[[str], str | None]) -> Any:
    """A value, a list of values, or a range whose `not` is either."""
    if isinstance(condition, list):
        return [respelt(value, read) for value in condition]
    if isinstance(condition, str):
        return read(condition) or condition
    excluded = getattr(condition, "not_", None)
    return condition if excluded is None else condition.model_copy(update={"not_": respelt(excluded, read)})

"""Room under the debt limit that the tables tell and that no rule holds the plan's bonds against."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from allocator.config.rules.bond_money import folded, letters
from allocator.config.rules.debt_rules import bond_sources
from allocator.messages import Message

if TYPE_CHECKING:
    import pandas as pd

    from allocator.config.loaded import Loaded

ROOM: Final = (
    *("债务限额余额", "债限额余额", "债务限额空间", "债限额空间", "剩余债务限额", "举债空间", "新增债务空间"),
    *("debtroom", "roomunderdebtlimit", "roomunderthedebtlimit", "debtlimitroom", "debtheadroom"),
)
"""Words by which a column says that it is room under the debt limit."""
OTHER_DEBT: Final = ("一般债", "generalbond", "generaldebt")
"""Words of room that special bonds do not use."""


def tells_room(column: str) -> bool:
    """Whether a column is called room under the debt limit, by its header or by its name."""
    name = letters(folded(column))
    return any(word in name for word in ROOM) and not any(word in name for word in OTHER_DEBT)


def room_columns(projects: pd.DataFrame) -> list[str]:
    """Columns of room that hold a number."""
    numbers = projects.select_dtypes("number")
    return [name for name in map(str, numbers.columns) if tells_room(name) and numbers[name].notna().any()]


def unused_room(loaded: Loaded, projects: pd.DataFrame) -> Iterator[Message]:
    """Columns of room that hold a number, where bonds are given and nothing says what to do with them."""
    config = loaded.config
    paying = [name for name in bond_sources(config) if config.sources[name].pays or config.options is not None]
    if not paying or (config.debt is not None and config.debt.room is not None):
        return
    found = room_columns(projects)
    used = {name for limit in config.limits for name in limit.columns("max")}
    if not used & {*found}:
        yield from (Message("options.room_unused", {"got": name}, loaded.place("debt"), "debt") for name in found)

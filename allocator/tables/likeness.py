"""A config that becomes another one: whether its tables would be read in the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from allocator.tables.inputs import FACTORS, demanded
from allocator.tables.opened import Inputs

if TYPE_CHECKING:
    from allocator.config.loaded import Loaded

READ_BY: Final = (
    "projects", "columns", "money", "years", "regions", "options", "commitments", "previous", "progress", "uncertainty",
    "report", "stacking",
)  # fmt: skip
"""Parts of the config by which tables are read, beside the names of sources and instruments, and what is a number."""


def reads_alike(one: Loaded, other: Loaded, inputs: Inputs) -> bool:
    """Whether another config reads from its tables what ``one`` has read as ``inputs``."""
    first, second = one.config, other.config
    if any(getattr(first, part) != getattr(second, part) for part in READ_BY):
        return False
    if any(getattr(first, part).keys() != getattr(second, part).keys() for part in ("sources", "instruments")):
        return False
    if any(getattr(first.leverage, name) != getattr(second.leverage, name) for name in FACTORS):
        return False
    asked = [demanded(config) for config in (first, second)]
    tables = (inputs.projects, inputs.options, inputs.commitments)
    return not (asked[0] ^ asked[1]) & {name for table in tables if table is not None for name in table.columns}

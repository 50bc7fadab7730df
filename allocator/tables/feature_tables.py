"""Tables that single features need: outcomes, the previous plan and its progress, awards of earlier years."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allocator.tables import earlier_table, outcome_table
from allocator.tables import previous_plan as replanning

if TYPE_CHECKING:
    import pandas as pd

    from allocator.tables.opened import Reading


def open_files(reading: Reading) -> None:
    """Read the files and match their headers."""
    outcome_table.open_file(reading)
    earlier_table.open_file(reading)
    replanning.open_files(reading)


def read(reading: Reading) -> dict[str, pd.DataFrame]:
    """The frames by name."""
    single = {
        "outcomes": outcome_table.read(reading),
        "regions": reading.region_rows,
        earlier_table.ROLE: earlier_table.read(reading),
    }
    return replanning.read(reading) | {name: frame for name, frame in single.items() if frame is not None}

"""Tables that single features need: outcomes, the previous plan and its progress."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allocator.replanning import previous as replanning
from allocator.tables import outcome_table

if TYPE_CHECKING:
    import pandas as pd

    from allocator.tables.inputs import Reading


def open_files(reading: Reading) -> None:
    """Read the files and match their headers."""
    outcome_table.open_file(reading)
    replanning.open_files(reading)


def read(reading: Reading) -> dict[str, pd.DataFrame]:
    """The frames by name."""
    outcomes = outcome_table.read(reading)
    regions = {} if reading.region_rows is None else {"regions": reading.region_rows}
    return replanning.read(reading) | ({} if outcomes is None else {"outcomes": outcomes}) | regions

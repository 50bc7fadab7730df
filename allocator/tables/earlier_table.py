"""The table of awards of earlier years, against double support: whom they went to, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from allocator.tables.files.columns import Known, attribute_column
from allocator.tables.files.table import series
from allocator.tables.missing import complete

if TYPE_CHECKING:
    from allocator.tables.opened import Reading

ROLE: Final = "stacking.earlier.file"
YEAR: Final = "start_year"


def open_file(reading: Reading) -> None:
    """Read the file and match its headers."""
    earlier = reading.config.stacking.earlier
    if earlier is not None:
        own = [attribute_column(earlier.by)]
        reading.known[ROLE] = Known.of(["commitments", "projects"], reading.config.columns, own)
        reading.open_one(ROLE, reading.source(ROLE, earlier.file, ROLE), {earlier.by})


def read(reading: Reading) -> pd.DataFrame | None:
    """Whom and when, one row for each of the file; no year where it tells none; None where there is no such table."""
    earlier = reading.config.stacking.earlier
    table = None if earlier is None else complete(reading, ROLE, [earlier.by])
    if table is None or earlier is None:
        return None
    years = table.years(YEAR) if YEAR in table.matching.names else np.full(table.size, np.nan)
    table.values = {earlier.by: table.verbatim(earlier.by), YEAR: years}
    return pd.DataFrame({name: series(values) for name, values in table.values.items()})

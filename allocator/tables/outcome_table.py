"""The table of outcomes: one row per effect, an outcome's probability on each of its rows or on the first."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from allocator.messages import did_you_mean
from allocator.tables.files.columns import Known
from allocator.tables.files.table import Table, objects, series
from allocator.tables.missing import complete
from allocator.tables.outcomes import KINDS, OWN

if TYPE_CHECKING:
    from allocator.tables.opened import Reading

KEY: Final = "uncertainty.file"
ROLE: Final = "uncertainty.file"
NEEDED: Final = ("outcome", "probability", "on", "factor")


def open_file(reading: Reading) -> None:
    """Read the file and match its headers."""
    uncertainty = reading.config.uncertainty
    if uncertainty is not None and uncertainty.file is not None:
        reading.known[ROLE] = Known.of(["outcomes", "projects"], reading.config.columns)
        reading.open_one(ROLE, reading.source(ROLE, uncertainty.file, KEY), set(NEEDED))


def read(reading: Reading) -> pd.DataFrame | None:
    """The rows, in the order of the file; None where there is no such table."""
    table = complete(reading, ROLE, NEEDED)
    if table is None:
        return None
    values = {name: table.texts(name) for name in table.matching.names if name not in OWN}
    table.values = {"outcome": table.verbatim("outcome"), "on": table.texts("on"), "source": _optional(table, "source")}
    table.report_blank("outcome")
    table.values["factor"] = table.numbers("factor")
    table.values["probability"] = table.fractions("probability")
    years = table.years("year") if "year" in table.matching.names else np.full(table.size, np.nan)
    table.values |= {"year": years, **values}
    _check(reading, table)
    columns = [*OWN, *values]
    return pd.DataFrame({name: series(table.values[name]) for name in columns})


def _optional(table: Table, name: str) -> np.ndarray:
    return table.verbatim(name) if name in table.matching.names else objects([""] * table.size)


def _check(reading: Reading, table: Table) -> None:
    """Every effect is one there is, with a factor; probabilities agree within an outcome and sum to 1."""
    kind, factor, config = table.values["on"], table.values["factor"], reading.config
    wrong = [row for row, on in enumerate(kind) if on and on not in KINDS]
    table.faults("unknown_effect", "on", [(row, {"got": kind[row], "hint": _hint(kind[row])}) for row in wrong])
    blank = [row for row, on in enumerate(kind) if on and np.isnan(factor[row])]
    table.faults("blank", "factor", [(row, {}) for row in blank])
    above = [row for row, on in enumerate(kind) if (on == "realisation" and factor[row] > 1) or factor[row] < 0]
    table.faults("bad_factor", "factor", [(row, {"got": table.got("factor", row)}) for row in above])
    source = table.values["source"]
    unknown = [row for row, name in enumerate(source) if name and name not in config.sources]
    if unknown:
        hints = {row: did_you_mean(source[row], config.sources) for row in unknown}
        table.faults("effect_source", "source", [(row, {"got": source[row], "hint": hints[row]}) for row in unknown])
    total = _fill_probabilities(table)
    if total != 1 and not any(np.isnan(table.values["probability"])):
        reading.problems.error(
            "probabilities", table.sheet.file, table.header("probability"), got=f"{float(total):.12g}"
        )


def _hint(text: str) -> object:
    return did_you_mean(text, KINDS)


def _fill_probabilities(table: Table) -> Fraction:
    """An outcome's rows all have the probability of its first row; the sum over the outcomes."""
    names, found = table.values["outcome"], table.values["probability"]
    first: dict[str, int] = {}
    differs = []
    for row, name in enumerate(names):
        start = first.setdefault(name, row)
        if np.isnan(found[row]) and not np.isnan(found[start]):
            found[row] = found[start]
        elif found[row] != found[start]:
            differs.append(row)
    table.faults("probability_differs", "probability", [(r, {"outcome": names[r]}) for r in differs])
    if not differs:
        table.report_blank("probability")
    given = [found[row] for row in first.values() if not np.isnan(found[row])]
    return sum((Fraction(repr(float(value))) for value in given), Fraction(0))

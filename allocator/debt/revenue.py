"""Which part of a project's revenue and cost stands against the bonds that a plan gives it."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np

from allocator.config.instruments import Bond
from allocator.instruments.bond import NEED, counted_part, terms_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from allocator.case import Case

ALL: Final = Fraction(1)


def made_here(case: Case, awards: pd.DataFrame) -> Iterator[tuple[str, str, str, int, float]]:
    """Project, option, instrument, start year and award of the awards that instruments of kind bond made."""
    config, ready = case.loaded.config, case.inputs.options
    given = set() if ready is None else set(zip(ready["project_id"], ready["option"], strict=True))
    names = ("project_id", "option", "instrument", "start_year", "award", "committed")
    columns = zip(*(awards[name].tolist() for name in names), strict=True)
    for project, option, key, start, award, committed in columns:
        if isinstance(config.instruments.get(key), Bond) and not committed and (project, option) not in given:
            yield str(project), str(option), str(key), int(start), float(award)


def counted_parts(case: Case, awards: pd.DataFrame) -> dict[str, Fraction]:
    """Project → part of its revenue, where that may not be all: its bonds ÷ all the bonds that it asks for."""
    config, table, unit = case.loaded.config, case.inputs.projects, case.money.fen_per_unit
    row_of = {project: row for row, project in enumerate(table["project_id"])}
    parts = dict[str, Fraction]()
    if not any(source.bond is not None and source.bond.revenue != "whole" for source in config.sources.values()):
        return parts
    for project, _, key, _, award in made_here(case, awards):
        instrument = config.instruments[key]
        assert isinstance(instrument, Bond)
        part = counted_part(
            terms_of(config, instrument), int(np.rint(award * unit)), asked_for(case, row_of[project], instrument)
        )
        parts[project] = min(parts.get(project, Fraction(0)) + part, ALL)
    return parts


def asked_for(case: Case, row: int, instrument: Bond) -> Fraction:
    """What one project needs in bonds, else min(rate × base, cap, requested amount), in fen."""
    cells = case.inputs.projects.iloc[row]
    need = cells.get(NEED)
    if isinstance(need, float) and need > 0:
        return Fraction(int(need))
    ends = [max(int(cells[instrument.base]), 0) * Fraction(instrument.rate)]
    if instrument.award.max is not None:
        ends.append(Fraction(case.money.to_fen(instrument.award.max)))
    asked = cells.get("requested_amount")
    if isinstance(asked, float) and not np.isnan(asked):
        ends.append(Fraction(max(int(asked), 0)))
    return min(ends)

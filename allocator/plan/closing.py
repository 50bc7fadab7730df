"""The closing sheet of every supported project: who pays what of its investment, and the gap that is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from allocator.options.candidates import Candidates
from allocator.options.instruments.phases import left_for_later, sums
from allocator.options.screening.financing import FUNDS, PUBLIC, investment, public_owners

if TYPE_CHECKING:
    from allocator.money.arrays import Floats
    from allocator.problem.case import Case

COLUMNS: Final = (
    *("project_id", "total_investment", "done_investment", "own_private", "own_public", "loans"),
    *("other_public", "bond_issued", "award", "later_phases", "gap"),
)


def tables(case: Case, awards: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """closing.csv: one row per supported project, in the config's unit; the sources and the gap add up to the investment.

    Own funds, loans and what the phases after the one supported need are shown as far as they are needed, own funds first;
    the gap is below 0 where public money alone exceeds the investment. Where the table does not tell the financing, own
    funds, loans, later phases and gap are blank.
    """
    pool = Candidates.of(case.loaded, case.inputs)
    names = awards["project_id"].drop_duplicates()
    ids = pd.Index(case.inputs.projects["project_id"].to_numpy(dtype=object))
    rows = ids.get_indexer(names.to_numpy(dtype=object))
    award = np.rint(
        awards.groupby("project_id", sort=False)["award"].sum()[names].to_numpy(float) * case.money.fen_per_unit
    )
    sheet = _paid(pool, rows, award, _later(pool, awards)[rows])
    public = public_owners(pool, rows)
    own = sheet.pop(FUNDS[0])
    done = pool.fen("done_investment")[rows]
    columns = {
        **sheet, "done_investment": done, "loans": sheet[FUNDS[1]] + sheet[FUNDS[2]], "award": award,
        "own_private": np.where(public, own * 0, own), "own_public": np.where(public, own, own * 0),
    }  # fmt: skip
    amounts = {name: case.money.floats(columns[name]) for name in COLUMNS[1:]}
    return {"closing": pd.DataFrame({"project_id": names.to_numpy(dtype=object), **amounts})}


def _later(pool: Candidates, awards: pd.DataFrame) -> Floats:
    """What the phases after those supported need, per project in fen."""
    found, ids = np.zeros(pool.size), pd.Index(pool.inputs.projects["project_id"].to_numpy(dtype=object))
    for key, rule in pool.config.instruments.items():
        mine = awards[(awards["instrument"].astype(str) == key) & (awards["committed"] == 0)]
        phase = pd.to_numeric(mine["option"].astype(str).str.split("#").str[-1], errors="coerce").to_numpy(float)
        if rule.award.phases and len(mine):
            rows = ids.get_indexer(mine["project_id"].to_numpy(dtype=object))
            later = left_for_later(sums(pool, rows, rule.award))
            known = ~np.isnan(phase)
            found[rows[known]] += later[np.flatnonzero(known), phase[known].astype(np.int64) - 1]
    return found


def _paid(pool: Candidates, rows: np.ndarray, award: Floats, later: Floats) -> dict[str, Floats]:
    """What each pays of the investment of some projects, and the gap; fen, NaN where nothing is told."""
    total = investment(pool)[rows]
    told = ~np.logical_and.reduce([pool.blank(name)[rows] for name in FUNDS]) & ~np.isnan(total)
    found = {"total_investment": total}
    left = total - award
    for name in PUBLIC:
        found[name] = np.maximum(np.nan_to_num(pool.fen(name)[rows]), 0)
        left = left - found[name]
    for name in FUNDS:
        there = np.maximum(np.nan_to_num(pool.fen(name)[rows]), 0)
        found[name] = np.where(told, np.minimum(there, np.maximum(left, 0)), np.nan)
        left = left - np.nan_to_num(found[name])
    found["later_phases"] = np.where(told, np.minimum(later, np.maximum(left, 0)), np.nan)
    return {**found, "gap": np.where(told, left - np.nan_to_num(found["later_phases"]), np.nan)}

"""Ratios that say how good investment is, before and after; and what every candidate's structure score is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from allocator.options.scores import FULL_SCORE, structure_scores
from allocator.report.chapters.clusters import attribute, starts
from allocator.report.view import Column, Table
from allocator.tables.conditions import groups
from allocator.tables.files.columns import money_columns

if TYPE_CHECKING:
    from allocator.report.view import View

AREA = "indicators"
RATIOS = {
    "energy_per_va": ("energy_tce", "new_va"),
    "energy_per_output": ("energy_tce", "new_output"),
    "rd_intensity": ("rd_spend", "new_output"),
    "va_rate": ("new_va", "new_output"),
    "tax_per_mu": ("new_tax", "land_mu"),
}
"""Indicator → columns of the project table: the sum of one over the sum of the other."""
CHAIN = "chain"
Row = tuple[str, str, float, float]
"""Key, name, before and after of an indicator."""


def indicators(view: View) -> Table | None:
    """Every ratio for all candidates and for the projects supported, where the table has both of its columns.

    A project of which one of the two is not known is left out of that ratio.
    """
    funded = starts(view).notna().to_numpy()
    rows = [row for name, columns in RATIOS.items() if (row := _ratio(view, name, columns, funded)) is not None]
    rows += [*_concentration(view), *_nodes(view, funded)]
    if not rows:
        return None
    frame = pd.DataFrame(rows, columns=["key", "name", "before", "after"])
    given = {key: float(value) for key, value in view.config.report.before.items()}
    frame["before"] = [given.get(key, before) for key, before in zip(frame["key"], frame["before"], strict=True)]
    frame["change"] = frame["after"] - frame["before"]
    frame["source"] = [view.say(f"{AREA}.source_{'given' if key in given else 'pool'}") for key in frame["key"]]
    shown = ("source",) if given.keys() & set(frame["key"]) else ()
    columns = (
        *view.columns("name", area=AREA),
        Column("before", view.say(f"{AREA}.column_before{'_given' if shown else ''}"), "number"),
        *view.columns("after", "change", kind="number", area=AREA),
        *view.columns(*shown, area=AREA),
    )
    return view.table("indicators", columns, frame, area=AREA)


def _ratio(view: View, name: str, columns: tuple[str, str], funded: Any) -> Row | None:
    projects = view.inputs.projects
    if not set(columns) <= set(projects.columns):
        return None
    top, bottom = (_numbers(view, column) for column in columns)
    known = np.isfinite(top) & np.isfinite(bottom)
    sums = [(top[some].sum(), bottom[some].sum()) for some in (known, known & funded)]
    if any(below <= 0 for _, below in sums):
        return None
    before, after = (float(above / below) for above, below in sums)
    return name, view.say(f"{AREA}.name_{name}", unit=view.unit), before, after


def _numbers(view: View, column: str) -> Any:
    """A column as numbers; money in the config's unit."""
    values = pd.to_numeric(view.inputs.projects[column], errors="coerce").to_numpy(float)
    return view.run.money.floats(values) if column in money_columns("projects") else values


def _concentration(view: View) -> list[Row]:
    """Herfindahl–Hirschman index of investment over chains: the sum of squared shares."""
    projects = view.inputs.projects
    if not {CHAIN, "fixed_investment"} <= set(projects.columns):
        return []
    brought = view.tables["awards"].groupby("project_id")["nominal_investment"].sum()
    plan = projects["project_id"].map(brought).fillna(0.0).to_numpy(float)
    found, chain = [], projects[CHAIN].astype("string").fillna("")
    named = chain != ""
    for amounts in (_numbers(view, "fixed_investment"), plan):
        by_chain = pd.Series(np.nan_to_num(amounts))[named.to_numpy()].groupby(chain[named].to_numpy()).sum()
        if not by_chain.sum():
            return []
        found.append(float(((by_chain / by_chain.sum()) ** 2).sum()))
    return [("hhi", view.say(f"{AREA}.name_hhi"), found[0], found[1])]


def _nodes(view: View, funded: Any) -> list[Row]:
    """Chain nodes, and how many of them the plan closes."""
    if view.config.chains is None:
        return []
    members = [rows for _, rows in groups(view.config.chains.node, lambda name: attribute(view, name))]
    closed = sum(bool(funded[rows].any()) for rows in members)
    return [("nodes", view.say(f"{AREA}.name_nodes", count=len(members)), 0.0, float(closed))]


def score_parts(view: View) -> Table | None:
    """The points of every candidate by criterion; their sum held within 0 and 100 is its structure score."""
    scores = structure_scores(view.run.loaded, view.inputs)
    if scores.components.empty:
        return None
    rows = view.inputs.projects[["project_id", "project_name"]].copy()
    points = [Column(f"points_{name}", view.names.column(str(name))) for name in scores.components.columns]
    for column, name in zip(points, scores.components.columns, strict=True):
        rows[column.key] = scores.components[name].to_numpy(float)
    rows["score"] = scores.score
    rows["supported"] = np.where(starts(view).notna(), view.say("word_yes"), "")
    columns = (
        *view.columns("project_id", "project_name"),
        *(Column(column.key, column.title, "number") for column in points),
        *view.columns("score", kind="number", area=AREA),
        *view.columns("supported", area=AREA),
    )
    title = view.say(f"{AREA}.table_score_parts", full=FULL_SCORE)
    return Table("score_parts", title, columns, rows.reset_index(drop=True), on_page=False)

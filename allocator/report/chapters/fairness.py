"""Is it fair? What each region gets against its quota, per head and per output, how unequal that is, and who gets nothing."""

from __future__ import annotations

from math import log

import numpy as np
import pandas as pd

from allocator.problem.quota import by_value, quotas
from allocator.report.view import Table, View

AREA = "judging"
PEOPLE, OUTPUT = "population", "gdp"


def rows_of(view: View) -> pd.DataFrame:
    """One row per region: candidates, funded, award, share, quota, award per head and per output, why nothing."""
    method = view.config.factor_method
    by = "region" if method is None else method.by
    projects, awards = view.tables["projects"], view.tables["awards"]
    if by not in projects.columns:
        attribute = view.inputs.projects.set_index("project_id")[by].astype(str)
        projects, awards = (frame.assign(**{by: frame["project_id"].map(attribute)}) for frame in (projects, awards))
    column = "award" if method is None or method.source is None else method.source
    given = awards.groupby(by)[column].sum()
    facts = by_value(view.inputs, by, [PEOPLE, OUTPUT])
    quota = {key: float(share) for key, share in quotas(view.run.loaded, view.inputs).items()}
    names = dict.fromkeys([*projects[by].astype(str), *facts.index.map(str)])
    found = pd.DataFrame({"region": [name for name in names if name]})
    found["candidates"] = found["region"].map(projects.groupby(by)["project_id"].nunique()).fillna(0)
    found["eligible"] = found["region"].map(eligible(projects, by)).fillna(0)
    found["funded"] = found["region"].map(awards.groupby(by)["project_id"].nunique()).fillna(0)
    found["award"] = found["region"].map(given).fillna(0.0)
    whole = found["award"].sum()
    found["share"] = found["award"] / whole if whole else float("nan")
    if quota:
        found["quota"] = found["region"].map(quota).fillna(0.0)
        found["over"] = (found["share"] - found["quota"]) / found["quota"].where(found["quota"] > 0)
    for key, name in ((PEOPLE, "per_head"), (OUTPUT, "per_output")):
        if key in facts.columns:
            base = found["region"].map(facts[key])
            found[key], found[name] = base, found["award"] / base.where(base > 0)
    nothing = np.where(found["candidates"] == 0, "none", np.where(found["eligible"] == 0, "ineligible", "lost"))
    found["why"] = [
        view.say(f"{AREA}.nothing_{code}") if award == 0 else ""
        for code, award in zip(nothing, found["award"], strict=True)
    ]
    return found.sort_values("award", ascending=False, kind="stable", ignore_index=True)


def eligible(projects: pd.DataFrame, by: str) -> pd.Series:
    """Candidates that could have had something, by region."""
    return projects[projects["reason_code"] != "not_eligible"].groupby(by)["project_id"].nunique()


def fairness(view: View) -> Table | None:
    """What every region gets, held against its quota, its people and its output."""
    rows = view.once(rows_of)
    if len(rows) < 2:
        return None
    columns = (
        *view.columns("region"),
        *view.columns("candidates", "funded", kind="count"),
        *view.columns("award", kind="money"),
        *view.columns("share", "quota", "over", kind="share", area=AREA),
        *view.columns("per_head", "per_output", kind="estimate", area=AREA),
        *view.columns("why", area=AREA),
    )
    return view.table("fairness", columns, rows, area=AREA)


def inequality(view: View) -> Table | None:
    """How unequal regions are treated: Gini and Theil of the money per head, per output, and against the quota."""
    rows = view.once(rows_of)
    if len(rows) < 2 or not rows["award"].sum():
        return None
    measures = [("regions", pd.Series(1.0, rows.index))]
    measures += [(key, rows[key]) for key in (PEOPLE, OUTPUT, "quota") if key in rows.columns]
    found = [
        {
            "basis": view.say(f"{AREA}.basis_{name}"),
            "gini": gini(rows["award"], base),
            "theil": theil(rows["award"], base),
        }
        for name, base in measures
        if base.fillna(0).gt(0).any()
    ]
    columns = (*view.columns("basis", area=AREA), *view.columns("gini", "theil", kind="number", area=AREA))
    return view.table("inequality", columns, pd.DataFrame(found).round(4), area=AREA)


def gini(amounts: pd.Series, base: pd.Series) -> float:
    """Gini coefficient of amounts per unit of a base: 0 when all have the same, near 1 when one has all.

    Twice the area between the diagonal and the Lorenz curve of regions ordered by amount per unit.
    """
    given, size = known(amounts, base)
    order = np.argsort(given / size, kind="stable")
    money = np.concatenate([[0.0], np.cumsum(given[order]) / given.sum()])
    units = np.concatenate([[0.0], np.cumsum(size[order]) / size.sum()])
    return float(1 - np.sum(np.diff(units) * (money[1:] + money[:-1])))


def theil(amounts: pd.Series, base: pd.Series) -> float:
    """Theil index of amounts per unit of a base: Σ share × ln(share ÷ share of the base)."""
    given, size = known(amounts, base)
    shares = zip(given / given.sum(), size / size.sum(), strict=True)
    return float(sum(share * log(share / weight) for share, weight in shares if share > 0))


def known(amounts: pd.Series, base: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Amounts and base where there is a base."""
    there = base.fillna(0.0).to_numpy(float) > 0
    return amounts.to_numpy(float)[there], base.to_numpy(float)[there]

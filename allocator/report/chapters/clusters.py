"""What projects bring together and when: chain nodes, synergies, capacity of parks, and spending by year."""

from __future__ import annotations

from decimal import Decimal
from math import comb
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from allocator.config.keys.parts import Where
from allocator.problem.parks import existing
from allocator.report.chapters.goal import kind_of_goal
from allocator.report.view import INVESTMENTS, Table
from allocator.tables.conditions import groups, matches, normal
from allocator.tables.files.columns import money_columns

if TYPE_CHECKING:
    from allocator.config.keys.clusters import Synergy
    from allocator.config.keys.parks import Parks, Resource
    from allocator.report.view import View

AREA = "clusters"
JOIN = "; "
MOST = 6
"""Projects named in a cell."""


def attribute(view: View, name: str) -> Any:
    """An attribute of every candidate as the planner wrote it; money in the config's unit."""
    values = view.inputs.projects[name]
    if name in money_columns("projects"):
        return view.run.money.floats(values.to_numpy(float))
    return values.to_numpy() if values.dtype.kind in "fiub" else pd.Categorical(values)


def flags(view: View, where: Where) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """The candidates for which everything holds."""
    return matches(where, lambda name: attribute(view, name), len(view.inputs.projects))


def starts(view: View) -> pd.Series:
    """The year in which support of every candidate starts; nan where there is none."""
    first = view.tables["awards"].drop_duplicates("project_id").set_index("project_id")["start_year"]
    return view.inputs.projects["project_id"].map(first).astype(float)


def named(view: View, rows: Any) -> str:
    """Ids and names of the first candidates, and how many more there are."""
    some = view.inputs.projects.iloc[rows[:MOST]]
    told = [f"{key} {name}" for key, name in zip(some["project_id"], some["project_name"], strict=True)]
    return JOIN.join(told + ([f"… +{len(rows) - MOST}"] if len(rows) > MOST else []))


def nodes(view: View) -> Table | None:
    """Every node of a chain: its role, whether it is closed and by whom, and what that adds to the goal."""
    chains = view.config.chains
    if chains is None:
        return None
    funded = starts(view).notna().to_numpy()
    reasons = view.tables["projects"].drop_duplicates("project_id").set_index("project_id")["reason_code"]
    out = (view.inputs.projects["project_id"].map(reasons) == "not_eligible").to_numpy()
    bonuses = {normal(key): bonus for key, bonus in chains.bonus.items()} if isinstance(chains.bonus, dict) else {}
    rows = []
    for label, members in groups(chains.node, lambda name: attribute(view, name)):
        by = members[funded[members]]
        possible = members[~out[members]]
        role = role_of(view, (possible if len(possible) else members)[0])
        bonus = bonuses.get(role, Decimal(0)) if isinstance(chains.bonus, dict) else chains.bonus
        state = "closed" if len(by) else "open" if len(possible) else "impossible"
        rows.append(
            {
                "node": label,
                "role": role,
                "state": view.say(f"{AREA}.state_{state}"),
                "bonus": float(bonus) if len(by) else 0.0,
                "candidates": len(members),
                "funded": len(by),
                "by": named(view, by),
            }
        )
    frame = pd.DataFrame(rows)
    if chains.role is None:
        frame = frame.drop(columns="role", errors="ignore")
    columns = (
        *view.columns("node", "role", "state", area=AREA),
        *view.columns("bonus", kind=kind_of_goal(view.run, "money"), area=AREA),
        *view.columns("candidates", "funded", kind="count", area=AREA),
        *view.columns("by", area=AREA),
    )
    return view.table("nodes", columns, frame, area=AREA) if rows else None


def role_of(view: View, row: int) -> str:
    """The role of a node by one of its projects; '' where roles are not asked for."""
    chains = view.config.chains
    return "" if chains is None or chains.role is None else normal(view.inputs.projects[chains.role].iloc[row])


def how_often(synergy: Synergy, funded: int, needed: int, *, drawn: bool) -> int:
    """How often a synergy brings its bonus; ``drawn``: its anchor is funded, and counted among the funded."""
    if synergy.anchor is not None:
        return funded - 1 if drawn else 0
    if synergy.per == "pair":
        return comb(funded, 2)
    return max(0, funded - needed + 1) if synergy.per == "further" else int(funded >= needed)


def synergies(view: View) -> Table | None:
    """Every synergy: how many of its members are supported and needed, and what it adds to the goal."""
    if not view.config.synergies:
        return None
    funded = starts(view).notna().to_numpy()
    ids = view.inputs.projects["project_id"]
    rows = []
    for synergy in view.config.synergies:
        inside = flags(view, synergy.where) if synergy.projects is None else ids.isin(synergy.projects).to_numpy()
        drawing = (ids == synergy.anchor).to_numpy()
        inside = inside | drawing
        members, each = int(inside.sum()), synergy.anchor is not None or synergy.per != "group"
        needed = synergy.at_least or (2 if each else members)
        reached = np.flatnonzero(inside & funded)
        count = how_often(synergy, len(reached), needed, drawn=bool((drawing & funded).any()))
        rows.append(
            {
                "synergy": synergy.name,
                "state": view.say(f"{AREA}.{'joined' if count else 'apart'}"),
                "times": count if each else None,
                "bonus": float(synergy.bonus) * count,
                "members": members,
                "needed": needed,
                "funded": len(reached),
                "by": named(view, reached),
            }
        )
    columns = (
        *view.columns("synergy", "state", area=AREA),
        *view.columns("bonus", kind=kind_of_goal(view.run, "money"), area=AREA),
        *view.columns("members", "needed", "funded", "times", kind="count", area=AREA),
        *view.columns("by", area=AREA),
    )
    return view.table("synergies", columns, pd.DataFrame(rows).dropna(axis="columns", how="all"), area=AREA)


def parks(view: View) -> Table | None:
    """Of every park and resource by year: what there is, what plants use of it, and what is left."""
    if view.config.parks is None:
        return None
    rule, begun = view.config.parks, starts(view).to_numpy()
    builds = flags(view, rule.builders)
    rows = [
        line
        for name, resource in rule.resources.items()
        for label, members in groups(rule.park, lambda name: attribute(view, name))
        for line in _capacity(
            view, rule, (name, resource), label, members[builds[members]], members[~builds[members]], begun
        )
    ]
    columns = (
        *view.columns("resource", "park", area=AREA),
        *view.columns("year", kind="year", area=AREA),
        *view.columns("vacant", "built", "capacity", "used", "headroom", kind="number", area=AREA),
        *view.columns("use_share", kind="share", area=AREA),
    )
    return view.table("parks", columns, pd.DataFrame(rows), area=AREA) if rows else None


def _capacity(
    view: View, rule: Parks, resource: tuple[str, Resource], label: str, builders: Any, plants: Any, begun: Any
) -> list[dict[str, object]]:
    """One park's lines for one resource; none where nobody in it could use any."""
    name, told = resource
    projects = view.inputs.projects
    use = pd.to_numeric(projects[told.use], errors="coerce").fillna(0.0).to_numpy(float)
    if not use[plants].any():
        return []
    adds = (
        0 * use
        if told.adds is None
        else pd.to_numeric(projects[told.adds], errors="coerce").fillna(0.0).to_numpy(float)
    )
    vacant = float(existing(told.existing, label))
    lines = []
    for year in view.config.years:
        built = float(adds[builders[begun[builders] <= year - rule.lag]].sum())
        used = float(use[plants[begun[plants] <= year]].sum())
        capacity = vacant + built
        share = used / capacity if capacity else float("nan")
        line: dict[str, object] = {"resource": name, "park": label, "year": year, "vacant": vacant, "built": built}
        lines.append(line | {"capacity": capacity, "used": used, "headroom": capacity - used, "use_share": share})
    return lines


def spending(view: View) -> Table | None:
    """Investment in the year in which it is spent, after the plan too, with what targets ask of each year."""
    totals = view.tables["totals"]
    totals = totals[totals["dimension"] == "spending"]
    if totals.empty:
        return None
    rows = totals.assign(value=totals["value"].astype(float)).pivot_table(
        index="year", columns="measure", values="value"
    )
    rows = rows.reset_index()
    rows["year"] = rows["year"].astype(int)
    last = view.config.years[-1]
    rows["period"] = [
        view.say(f"{AREA}.period_{'before' if y < view.config.years[0] else 'plan' if y <= last else 'after'}")
        for y in rows["year"]
    ]
    amounts = rows["nominal_investment"]
    inside = (rows["year"] > view.config.years[0]) & (rows["year"] <= last)  # outside, part of the projects is missing
    rows["growth"] = (amounts / amounts.shift() - 1).where(inside & (amounts.shift() > 0))
    rows["target"] = [_asked(view, str(year)) for year in rows["year"]]
    if rows["target"].isna().all():
        rows = rows.drop(columns="target")
    columns = (
        *view.columns("year", kind="year", area=AREA),
        *view.columns("period", area=AREA),
        *view.columns(*INVESTMENTS, kind="estimate"),
        *view.columns("growth", kind="share", area=AREA),
        *view.columns("target", kind="estimate", area=AREA),
    )
    return view.table("spending", columns, rows, area=AREA)


def _asked(view: View, year: str) -> float:
    """The most that targets ask of nominal investment in a year; nan where they do not."""
    names = [target.name for target in view.config.targets if not target.where]
    rows = view.tables["limits"]
    mine = rows["limit"].isin(names) & (rows["group"] == year) & (rows["measure"] == "nominal_investment")
    return float(rows.loc[mine, "lower"].astype(float).max())

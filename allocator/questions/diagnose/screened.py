"""What screening has to do with a conflict: who is meant by a rule and kept out, by which gate, and who nearly passes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from allocator.config.keys.plan import Limit
from allocator.messages import Message
from allocator.money.arrays import Flags
from allocator.optimise.conflicts.conflict_sets import Found
from allocator.optimise.conflicts.members import Member
from allocator.options.screening.near_miss import nearest
from allocator.problem.activity_bounds import Reach
from allocator.problem.case import Case, RowsOf
from allocator.tables.conditions import groups, holds, matches

NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
NEAREST, GROUPS = 3, 6
"""Projects named as nearest to passing, and groups of one rule that are told."""


def screened(case: Case, sets: Sequence[Found]) -> Iterator[Message]:
    """Of every conflict what its rules ask of candidates that are screened out, and the nearest of these."""
    at = RowsOf(case.measures.project)
    for found in sets:
        for member in found.members:
            limit = _limit(case, member)
            if limit is not None and (member.kind == "strict" or member.lower_end):
                yield from _of_floor(case, limit, member, found)
            named = member.rule.projects if member.rule is not None else [member.project] if member.project >= 0 else []
            out = np.array([p for p in named if not len(at(p))], np.int64)
            yield from _nearest(_rows(case, out), len(out))


def _limit(case: Case, member: Member) -> Limit | None:
    """The limit that a member is an end of."""
    names = {f"limits.{limit.name}": limit for limit in case.loaded.config.limits}
    return names.get(member.key.rpartition(".")[0]) if member.kind in ("limit", "strict") else None


def _of_floor(case: Case, limit: Limit, member: Member, found: Found) -> Iterator[Message]:
    """Candidates that a floor means and that are out, where there are no others or the floor cannot be met alone."""
    labels = found.labels.get(member.key, ())
    told = {
        b.label: b for n, b in enumerate(case.rules.bounds) if n in member.bounds and (not labels or b.label in labels)
    }
    strict = [str(m.values["group"]) for m in case.rules.unreachable if m.values["name"] == limit.name]
    for label in (strict if member.kind == "strict" else list(told))[:GROUPS]:
        meant, instruments = _meant(case, limit, label)
        group = None if member.kind == "strict" else case.rules.groups[told[label].group]
        open_ = np.zeros(len(meant), bool)
        if group is not None:
            open_[case.measures.project[group.rows]] = True
        rows = _rows(case, np.flatnonzero(meant & ~open_), instruments)
        if not meant.any():
            yield Message("diagnose.nobody_meant", {"rule": _shown(limit, label)}, member.place)
        if rows.empty or (open_.any() and len(found.members) > 1):
            continue
        most = rows.groupby("rule")["project_id"].nunique().sort_values(ascending=False, kind="stable")
        have = 0.0 if group is None else float(Reach(case).most(group))
        money = case.measures.is_money(limit.measure)
        yield Message(
            "diagnose.screened_for",
            {
                "rule": _shown(limit, label),
                "have": f"{case.money.text(have)} {case.money.name}" if money else f"{have:.12g}",
                "meant": f"{int(meant.sum()):,}",
                "out": f"{rows['project_id'].nunique():,}",
                "by": str(most.index[0]),
                "count": f"{int(most.iloc[0]):,}",
            },
            member.place,
        )
        yield from _nearest(rows, NEAREST)


def _shown(limit: Limit, label: str) -> str:
    return f"{limit.name}[{label}]" if label else limit.name


def _meant(case: Case, limit: Limit, label: str) -> tuple[Flags, set[str] | None]:
    """Projects that a limit means, whether or not they have an option, and the instruments (None: all)."""
    m, size = case.measures, len(case.inputs.projects)
    known = set(map(str, m.projects.columns))
    meant = matches({k: c for k, c in limit.where.items() if k in known}, m.project_attribute, size)
    each = [limit.each] if isinstance(limit.each, str) else list(limit.each or ())
    plain = [name for name in each if name in known]
    if plain:
        wanted = label.rpartition(" / ")[0] if "year" in each else label
        inside = np.zeros(size, bool)
        for part in groups(plain, m.project_attribute):
            if part.label == wanted:
                inside[part.rows] = True
        meant = meant & inside
    names = np.array(list(case.loaded.config.instruments), object)
    condition = limit.where.get("instrument")
    return meant, None if condition is None else set(names[holds(condition, names)].tolist())


def _rows(case: Case, projects: Any, instruments: set[str] | None = None) -> pd.DataFrame:
    """Why projects are out: of each the rules of the instrument that it came nearest to."""
    frame = case.options.screening
    ids = case.inputs.projects["project_id"].to_numpy(object)[projects]
    rows = frame[frame["project_id"].isin(ids)]
    if instruments is not None:
        rows = rows[rows["instrument"].isin(instruments)]
    return nearest(rows, list(case.loaded.config.instruments)).fillna("")


def _nearest(rows: pd.DataFrame, most: int) -> Iterator[Message]:
    """The projects with fewest rules between them and an option; of these those whose numbers are nearest."""
    ranked = []
    for number, (project, own) in enumerate(rows.groupby("project_id", sort=False)):
        away = max(_distance(str(row["value"]), str(row["threshold"])) for _, row in own.iterrows())
        ranked.append((len(own), away, number, project, own))
    for _, _, _, project, own in sorted(ranked, key=lambda entry: entry[:3])[:most]:
        told = [
            Message("explain.screened", {n: str(row[n]) for n in ("instrument", "rule", "value", "threshold")})
            for _, row in own.iterrows()
        ]
        yield Message("diagnose.nearest", {"project": project, "screened": told})


def _distance(value: str, threshold: str) -> float:
    """How far a number is from the nearest one asked, as a share of it; without numbers as far as can be."""
    ends = [float(number) for number in NUMBER.findall(threshold)]
    if not ends or not NUMBER.fullmatch(value):
        return float("inf")
    return min(abs(float(value) - end) / max(abs(end), 1e-9) for end in ends)

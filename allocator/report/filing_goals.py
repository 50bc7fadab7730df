"""绩效目标表: what the plan is held to afterwards, in the three levels of the official form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from allocator.report.amounts import amount, grouped, percent
from allocator.report.documents import Document
from allocator.report.filing import heads
from allocator.report.headline import funded, total
from allocator.report.structure import shares
from allocator.report.view import INVESTMENTS

if TYPE_CHECKING:
    from allocator.report.view import View

SATISFACTION, PAID_IN_TIME = 0.9, 0.9
"""Usual targets that no plan can give: assumptions, to be replaced by the bureau's own."""
EXTRA = ("new_output", "new_va", "new_tax", "jobs")
"""Columns of the project table that are worth a target of their own where they are filled in."""


def goals(view: View) -> Document:
    """Every target that follows from the plan, and the two that are usual."""
    rows = [*outputs(view), *effects(view), satisfaction(view)]
    frame = pd.DataFrame(rows, columns=["first", "second", "third", "aim", "basis"])
    cells = heads(view, "first", "second", "third", "aim", "basis")
    title, notes = view.say("document_goals"), (view.say("document_goals_note"),)
    return Document("goals", title, cells, frame, notes=notes, upright=True)


def said(view: View, second: str, third: str, aim: str, basis: str = "plan") -> list[str]:
    """One line: the levels from the catalogue, or the name of an indicator as it is."""
    first = {"quantity": "output", "time": "output", "cost": "output", "satisfaction": "satisfaction"}.get(
        second, "effect"
    )
    words = (view.say(f"goal_{first}"), view.say(f"goal_{second}"))
    return [*words, third, aim, view.say(f"goal_basis_{basis}")]


def outputs(view: View) -> list[list[str]]:
    """产出指标: how many, by when, for how much."""
    money, language = view.run.money, view.language
    counts = view.tables["awards"].groupby("category")["project_id"].nunique()
    rows = [said(view, "quantity", view.say("goal_projects"), f"≥ {funded(view):,}")]
    rows += [
        said(view, "quantity", view.say("goal_projects_of", category=category or "–"), f"≥ {count:,}")
        for category, count in counts.items()
    ]
    rows.append(said(view, "time", view.say("goal_paid"), f"≥ {percent(PAID_IN_TIME)}", "usual"))
    rows.append(said(view, "cost", view.say("goal_support"), f"≤ {amount(total(view, 'award'), money, language)}"))
    return rows


def effects(view: View) -> list[list[str]]:
    """效益指标: investment, structure, and what the project table promises."""
    money, language = view.run.money, view.language
    rows = [
        said(view, "economic", view.say(f"column_{name}"), f"≥ {amount(total(view, name), money, language)}")
        for name in INVESTMENTS
        if total(view, name)
    ]
    promised = brought(view)
    for name in EXTRA:
        if promised.get(name):
            is_money = name != "jobs"
            told = amount(promised[name], money, language) if is_money else grouped(promised[name], 0)
            second = "economic" if is_money else "social"
            rows.append(said(view, second, view.say(f"goal_{name}"), f"≥ {told}", "table"))
    found = view.once(shares)
    lines = zip(found["key"], found["indicator"], found["after"].astype(float), strict=True) if len(found) else ()
    for key, part, share in lines:
        if str(key).startswith("is_"):
            sign, second = ("≤", "ecological") if key == "is_energy_heavy" else ("≥", "sustainable")
            rows.append(said(view, second, view.say("goal_share", part=part), f"{sign} {percent(share, 1)}"))
    return rows


def brought(view: View) -> dict[str, float]:
    """Sums over the supported projects of what the project table promises, in the config's unit."""
    projects = view.inputs.projects
    mine = projects[projects["project_id"].isin(set(view.tables["awards"]["project_id"]))]
    sums = {}
    for name in EXTRA:
        if name in mine.columns:
            value = float(pd.to_numeric(mine[name], errors="coerce").sum())
            sums[name] = value if name == "jobs" else value / view.run.money.fen_per_unit
    return sums


def satisfaction(view: View) -> list[str]:
    """满意度指标: not from the plan."""
    return said(view, "satisfaction", view.say("goal_firms"), f"≥ {percent(SATISFACTION)}", "usual")

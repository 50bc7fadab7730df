"""绩效目标表: what the plan is held to afterwards, in the three levels of the official form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from allocator.report.amounts import amount, grouped, percent
from allocator.report.chapters.structure import shares
from allocator.report.headline import funded, total
from allocator.report.workbook.documents import FIRST, Cell, Document
from allocator.report.workbook.filing import facts, floats, heads, texts

if TYPE_CHECKING:
    from allocator.report.view import View

SATISFACTION, PAID_IN_TIME = 0.9, 0.9
"""Usual targets that no plan can give: assumptions, to be replaced by the bureau's own."""
INVESTED = "supported_investment"
EXTRA = ("new_output", "new_va", "new_tax", "jobs")
"""Columns of the project table that are worth a target of their own where they are filled in."""


def goals(view: View) -> Document:
    """Every target that follows from the plan, and the two that are usual."""
    rows = [*outputs(view), *effects(view), satisfaction(view)]
    frame = pd.DataFrame(rows, columns=["first", "second", "third", "aim", "basis"])
    cells = heads(view, "first", "second", "third", "aim", "basis")
    title, notes = view.say("document_goals"), (view.say("document_goals_note"),)
    return Document("goals", title, cells, frame, notes=notes, upright=True)


def goals_by_project(view: View) -> Document:
    """绩效目标分解表: what every supported project is held to, and the sum of every city's."""
    awards = view.tables["awards"]
    sums = awards.groupby(["region", "project_id"], sort=True)[["award", INVESTED]].sum().reset_index()
    names = awards.drop_duplicates("project_id").set_index("project_id")["project_name"]
    promised = [name for name in EXTRA if name in view.inputs.projects.columns]
    known = facts(view, sums["project_id"], *promised, "end_ym")
    rows = pd.DataFrame({"number": range(1, len(sums) + 1), "region": sums["region"]})
    rows["name"], rows["end"] = names.reindex(sums["project_id"]).to_numpy(), texts(known["end_ym"])
    amounts = ["award", INVESTED, *promised]
    rows[amounts[:2]] = sums[amounts[:2]]
    for name in promised:
        rows[name] = floats(known[name])
    parts = []
    for region, mine in rows.groupby("region", sort=True):
        city = {"region": region, "strong": True, "name": view.say("goal_city"), "end": ""}
        parts += [pd.DataFrame([city | mine[amounts].sum(min_count=1).to_dict()]), mine.assign(strong=False)]
    frame = pd.concat(parts, ignore_index=True) if parts else rows.assign(strong=False)
    titles = {"award": "document_award", INVESTED: "goal_invested"} | {name: f"goal_{name}" for name in promised}
    last = FIRST + max(len(frame), 1) - 1
    cells = (*heads(view, ("number", "index"), "region", "name"), *(
        Cell(name, view.say(titles[name]), "count" if name == "jobs" else "money",
             total=f'SUMIF($A${FIRST}:$A${last},">0",{letter}${FIRST}:{letter}${last})')
        for letter, name in zip("DEFGHIJ", amounts, strict=False)
    ), *heads(view, "end"))  # fmt: skip
    totals = {name: float(rows[name].sum()) for name in amounts}
    title, notes = view.say("document_goals_of"), (view.say("document_goals_of_note"),)
    return Document("goals_of", title, cells, frame, notes=notes, totals=totals, strong="strong")


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
    """效益指标: what can be measured afterwards: investment made, structure, and what the project table promises.

    Certified and additional investment are estimates: nobody can measure them, so they are no targets.
    """
    money, language = view.run.money, view.language
    invested = total(view, INVESTED)
    done = f"≥ {amount(invested, money, language)}"
    rows = [said(view, "economic", view.say("goal_invested"), done)] if invested else []
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

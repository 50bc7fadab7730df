"""How sure the numbers behind a plan are: ranges beside the headline, what each group of numbers does, what moves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from allocator.problem.uncertain_numbers import MOST as OPTIONS
from allocator.report.amounts import amount, grouped, padded, percent, width
from allocator.report.charts import spans
from allocator.report.view import INVESTMENTS, Chart, Column, Table, View

if TYPE_CHECKING:
    from allocator.runs.folder import StoredRun

AREA = "sensitivity"
SHAPES = ("response", "elasticity", "bonds")
"""Groups that say how the effect of money goes, not how high it is."""
MOST = 3
"""Groups of numbers that the memo names."""
ALL, PLAN = "all", "plan"


def rows_of(view: View) -> dict[tuple[str, str], dict[str, float]]:
    """The short form by group and setting; empty where the run has none."""
    rows = view.tables.get("ranges")
    found = [] if rows is None else rows.to_dict("records")
    return {(row["parameter"], row["setting"]): {str(key): value for key, value in row.items()} for row in found}


def range_of(view: View, measure: str) -> tuple[str, str] | None:
    """A measure with all numbers at their low and at their high ends; None where none of them moves it."""
    rows = view.once(rows_of)
    if measure not in rows.get((ALL, "low"), {}):
        return None
    low, high = (rows[ALL, end][measure] for end in ("low", "high"))
    if low == high:
        return None
    unit, language = view.run.money, view.language
    return amount(low, unit, language), amount(high, unit, language)


def range_note(view: View, measure: str, key: str) -> str:
    """The range of a measure as it stands beside its amount; nothing where there is none."""
    found = range_of(view, measure)
    return "" if found is None else view.say(f"{AREA}.{key}", low=found[0], high=found[1])


def about(view: View) -> str:
    """That the proof is about the numbers given, and how far they are known; nothing where no number is in use."""
    measure = str(view.config.leverage.goal) + "_investment"
    for name in (measure, "additional_investment"):
        found = range_of(view, name)
        if found is not None:
            return view.say(f"{AREA}.about", measure=view.say(f"column_{name}"), low=found[0], high=found[1])
    very_large = int(view.run.manifest["sizes"].get("options", 0)) > OPTIONS
    return view.say(f"{AREA}.about_large") if very_large else ""


def ranges(view: View) -> Table | None:
    """The leverages with all numbers at their low ends, as given and at their high ends."""
    rows = view.once(rows_of)
    if not rows:
        return None
    ends = {"low": (ALL, "low"), "central": (PLAN, "1"), "high": (ALL, "high")}
    shown = [measure for measure in INVESTMENTS if measure in rows[PLAN, "1"]]
    found = [
        {"measure": view.say(f"column_{name}"), **{end: rows[key][name] for end, key in ends.items()}} for name in shown
    ]
    columns = (*view.columns("measure", area=AREA), *view.columns(*ends, kind="estimate", area=AREA))
    return view.table("ranges", columns, pd.DataFrame(found), area=AREA)


def effects(view: View) -> pd.DataFrame:
    """Every group of numbers: its settings, and the least and most by which the goal of the plan as it is changes."""
    rows = view.once(rows_of)
    if not rows:
        return pd.DataFrame()
    base = rows[PLAN, "1"]["goal_fixed"]
    found = []
    for group in dict.fromkeys(name for name, _ in rows if name not in (ALL, PLAN)):
        changes = {name: row["goal_fixed"] - base for (of, name), row in rows.items() if of == group}
        words = view.say(f"{AREA}.ends_joiner").join(setting(view, name) for name in changes)
        name = view.say(f"{AREA}.parameter_{group}")
        found.append({"parameter": name, "ends": words, "least": min(changes.values()), "most": max(changes.values())})
    table = pd.DataFrame(found)
    table["share_least"], table["share_most"] = (table[end] / abs(base) if base else 0.0 for end in ("least", "most"))
    order = (table["most"] - table["least"]).sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index(drop=True)


def setting(view: View, name: str) -> str:
    """A factor or another shape, in words."""
    if not name.replace(".", "").isdigit():
        return view.say(f"{AREA}.setting_{name}")
    return view.say(f"{AREA}.setting_times", factor=grouped(float(name), 4))


def moving(rows: pd.DataFrame) -> pd.Series[bool]:
    """Which groups of numbers change the goal at all."""
    return rows["most"] > rows["least"]


def tornado(view: View) -> Table | None:
    """What each group of numbers does to the goal of the plan as it is, the widest first; nothing where none does."""
    rows = view.once(effects)
    if rows.empty or not moving(rows).any():
        return None
    shown = rows.assign(least=rows["share_least"], most=rows["share_most"])
    columns = (*view.columns("parameter", "ends", area=AREA), *view.columns("least", "most", kind="share", area=AREA))
    return view.table("tornado", columns, shown, area=AREA)


def tornado_chart(view: View) -> Chart | None:
    """The same as lying bars from the least to the most."""
    rows = view.once(effects)
    if rows.empty or not moving(rows).any():
        return None
    names = [f"{row['parameter']} {row['ends']}" for _, row in rows.iterrows()]
    ends = list(zip(rows["share_least"] * 100, rows["share_most"] * 100, strict=True))
    option = spans(names, ends)
    title, text = (view.say(f"{AREA}.{key}") for key in ("chart_tornado", "chart_tornado_text"))
    return Chart("tornado", title, option, text, 80 + 34 * len(names), 560)


def solved(view: View) -> Table | None:
    """Every setting: what the plan as it is and the one made anew are worth, what keeping costs, and what moves."""
    rows = view.tables.get("sensitivity")
    if rows is None or rows.empty:
        return None
    base = abs(float(view.run.manifest["objective"])) or 1.0
    given = float(view.run.manifest["objective"])
    shown = pd.DataFrame(
        {
            "parameter": [view.say(f"{AREA}.parameter_{name}") for name in rows["parameter"]],
            "setting": [setting(view, str(name)) for name in rows["setting"]],
            "fixed_change": (rows["goal_fixed"].astype(float) - given) / base,
            "goal_change": (rows["goal"].astype(float) - given) / base,
            "regret": [regret(view, row) for row in rows.to_dict("records")],
            "projects_moved": rows["projects_moved"],
            "money_moved": rows["money_moved"].astype(float),
            "breaks": [broken(view, str(told)) for told in rows["breaks"]],
        }
    )
    columns = (
        *view.columns("parameter", "setting", area=AREA),
        *view.columns("fixed_change", "goal_change", kind="share", area=AREA),
        *view.columns("regret", area=AREA),
        *view.columns("projects_moved", kind="count", area=AREA),
        *view.columns("money_moved", kind="money", area=AREA),
        *view.columns("breaks", area=AREA),
    )
    return view.table("sensitivity", columns, shown, area=AREA)


def broken(view: View, told: str) -> str:
    """The rules that a plan breaks as it is; of many the first."""
    rules = [view.names.rule(rule) for rule in told.split(";") if rule]
    if len(rules) > MOST:
        rules = [*rules[:MOST], view.say("summary_more", count=len(rules) - MOST)]
    return view.say("joiner").join(rules) or "–"


def regret(view: View, row: dict[Any, Any]) -> str:
    """What keeping the plan costs, never claimed below the gap."""
    if pd.isna(row["goal"]):
        return view.say(f"{AREA}.no_plan")
    if pd.notna(row["regret"]):
        return percent(float(row["regret"]) / (abs(float(row["goal_fixed"])) or 1.0))
    return view.say(f"{AREA}.not_kept" if row["breaks"] else f"{AREA}.below_gap")


def matters(view: View) -> Iterator[str]:
    """The groups of numbers that change the goal most, then what decides the plan, as far as that was asked."""
    rows = view.once(effects)
    for _, row in rows[moving(rows)].head(MOST).iterrows() if len(rows) else ():
        ends = {end: signed(float(row[f"share_{end}"])) for end in ("least", "most")}
        yield view.say(f"{AREA}.matters_one", parameter=row["parameter"], ends=row["ends"], **ends)
    yield from decides(view)


def signed(share: float) -> str:
    """A change in percent, with its sign."""
    return f"{'+' if share > 0 else ''}{percent(share, 1)}"


def decides(view: View) -> Iterator[str]:
    """Which projects stay under every setting, and whether shapes move more money than levels of numbers do."""
    rows = view.tables.get("sensitivity")
    if rows is None or rows.empty:
        return
    whole = set(view.tables["awards"]["project_id"].astype(str))
    left = {project for told in rows["leaves"] for project in str(told).split(";") if project}
    stays = len(whole - left)
    counts = {"count": len(rows), "whole": f"{len(whole):,}", "stays": f"{stays:,}"}
    yield view.say(f"{AREA}.stay", **counts, share=percent(stays / len(whole) if whole else 1.0, 1))
    is_shape = rows["parameter"].isin(SHAPES)
    if not is_shape.any():
        return
    moved = {"shape": rows.loc[is_shape, "money_moved"].max(), "level": rows.loc[~is_shape, "money_moved"].max()}
    moved = {key: 0.0 if pd.isna(value) else float(value) for key, value in moved.items()}
    names = [view.say(f"{AREA}.parameter_{name}") for name in dict.fromkeys(rows.loc[is_shape, "parameter"])]
    told = {key: amount(value, view.run.money, view.language) for key, value in moved.items()}
    key = "shape_decides" if moved["shape"] > moved["level"] else "level_decides"
    yield view.say(f"{AREA}.{key}", shapes=names, **told)


def render_settings(run: StoredRun, language: str, rows: pd.DataFrame) -> str:
    """The settings as lines of text, amounts in the unit of the run."""
    view = View(run, language)
    view.tables = {**view.tables, "sensitivity": rows}
    table = solved(view)
    if table is None:
        return ""
    columns = [column for column in table.columns if column.key != "breaks"]
    whole = table.rows.to_dict("records")
    lines = [[column.title for column in columns]]
    lines += [[cell(view, column, row[column.key]) for column in columns] for row in whole]
    widths = [max(width(line[n]) for line in lines) for n in range(len(columns))]
    text = [
        "  ".join(padded(part, w, right=n > 1) for n, (part, w) in enumerate(zip(line, widths, strict=True))).rstrip()
        for line in lines
    ]
    broken = [f"  {row['parameter']} {row['setting']}: {row['breaks']}" for row in whole if row["breaks"] != "–"]
    head = [view.say("judging.breaks_head"), *broken] if broken else []
    return "\n".join([*text, "", *head, *decides(view)])


def cell(view: View, column: Column, value: Any) -> str:
    """A cell of the settings as a terminal shows it."""
    if column.kind == "text":
        return str(value)
    if pd.isna(value):
        return "–"
    if column.kind == "money":
        return amount(float(value), view.run.money, view.language)
    return signed(float(value)) if column.kind == "share" else f"{value:,.0f}"

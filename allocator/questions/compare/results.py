"""What two plans decide, and where it differs: headline, awards, totals, and the rules that bind in one of them only."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from allocator.questions.compare.pairing import Pair
from allocator.runs.schema import MONEY

if TYPE_CHECKING:
    from allocator.runs.folder import StoredRun

FIGURES = (
    "objective",
    "award",
    "supported_investment",
    "certified_investment",
    "counterpart_investment",
    "additional_investment",
    "upgrading",
    "funded",
)
"""The headline; all but the last are money, the first where the goal is."""
PER_AWARD, FINE = "per_award", Decimal("1e-12")
AWARDS = ["project_id", "project_name", "region", "category", "change"]
AWARDS += ["award_before", "award_after", "difference", "start_before", "start_after"]
AWARDS += ["instrument_before", "instrument_after"]
NOTHING = {"award": 0.0, "start_year": float("nan"), "instrument": ""}


def headline(run: StoredRun) -> dict[str, Decimal]:
    """The headline of a run in its own unit, exactly."""
    awards, money = run.tables["awards"], run.money
    found = {"objective": Decimal(str(run.manifest["objective"]))}
    for name in FIGURES[1:-1]:
        fen = sum(round(float(value) * money.fen_per_unit) for value in awards[name])
        found[name] = money.to_unit(fen)
    return {**found, "funded": Decimal(int(run.tables["projects"]["funded"].sum()))}


def figures(pair: Pair) -> pd.DataFrame:
    """The headline of both runs; ``distinguishable`` is 0 where the true optima may be the same.

    Where both have one goal, also the goal of the plan per unit of money that it awards.
    """
    one, other = headline(pair.before), headline(pair.after)
    rows: list[tuple[object, ...]] = []
    for name in FIGURES:
        after = other[name]
        if name != "funded":
            after = pair.aligned_goal(after) if name == "objective" else pair.aligned(after)
        clear: object = ""
        if name == "objective" and same_goal(pair):
            clear = int(apart(pair))
        rows.append((name, one[name], after, after - one[name], clear))
    if same_goal(pair) and not pair.before.loaded.config.minimise and all(found["award"] > 0 for found in (one, other)):
        aligned = {"objective": pair.aligned_goal(other["objective"]), "award": pair.aligned(other["award"])}
        before, after = ((found["objective"] / found["award"]).quantize(FINE) for found in (one, aligned))
        rows.append((PER_AWARD, before, after, after - before, rows[0][4]))
    return pd.DataFrame(rows, columns=["figure", "before", "after", "difference", "distinguishable"])


def same_goal(pair: Pair) -> bool:
    """Whether both runs ask the same question of their plans."""
    configs = pair.before.loaded.config, pair.after.loaded.config
    return bool(configs[0].goals == configs[1].goals and configs[0].minimise == configs[1].minimise)


def apart(pair: Pair) -> bool:
    """Whether what is known of the best plans (objective to bound) does not overlap."""
    ends = []
    for run in (pair.before, pair.after):
        stated = [Decimal(str(run.manifest[name])) for name in ("objective", "bound")]
        values = [float(value if run is pair.before else pair.aligned_goal(value)) for value in stated]
        ends.append((min(values), max(values)))
    (low, high), (other_low, other_high) = ends
    return high < other_low or other_high < low


def awards(pair: Pair) -> pd.DataFrame:
    """Every project whose support differs: in, out, more, less, other instrument, or moved in time."""
    first, second = (by_project(frame) for frame in pair.table("awards", MONEY))
    who = {**second, **first}
    rows = []
    for project in sorted(who):
        before, after = first.get(project, NOTHING), second.get(project, NOTHING)
        change = change_of(before, after, project in first, project in second)
        if change:
            known = who[project]
            rows.append(
                (
                    *(project, known["project_name"], known["region"], known["category"], change),
                    *(before["award"], after["award"], after["award"] - before["award"]),
                    *(before["start_year"], after["start_year"], before["instrument"], after["instrument"]),
                )
            )
    return pd.DataFrame(rows, columns=AWARDS)


def by_project(frame: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """What every funded project gets."""
    found: dict[str, dict[str, Any]] = {}
    records: list[dict[Any, Any]] = frame.to_dict("records")
    for row in records:
        project = str(row["project_id"])
        if project not in found:
            found[project] = {**row, "instrument": str(row["instrument"])}
            continue
        known = found[project]
        known["award"] += row["award"]
        known["start_year"] = min(known["start_year"], row["start_year"])
        if str(row["instrument"]) not in known["instrument"].split(" + "):
            known["instrument"] += f" + {row['instrument']}"
    return found


def change_of(before: dict[str, Any], after: dict[str, Any], was: bool, is_: bool) -> str:
    """What happened to a project; '' when nothing did."""
    if was != is_:
        return "in" if is_ else "out"
    if before["instrument"] != after["instrument"]:
        return "instrument"
    if abs(after["award"] - before["award"]) > 1e-9 * max(1.0, abs(before["award"])):
        return "more" if after["award"] > before["award"] else "less"
    return "moved" if before["start_year"] != after["start_year"] else ""


def totals(pair: Pair) -> pd.DataFrame:
    """Totals that differ, by source, year, region, category and instrument."""
    keys = ["dimension", "key", "year", "source", "measure"]
    first, second = (run.tables["totals"].copy() for run in (pair.before, pair.after))
    money = second["measure"].isin(MONEY)
    second.loc[money, "value"] = second.loc[money, "value"] * float(pair.factor)
    whole = first.merge(second, on=keys, how="outer", suffixes=("_before", "_after"), sort=True)
    whole = whole.rename(columns={"value_before": "before", "value_after": "after"})
    values = whole[["before", "after"]].astype(float).fillna(0.0)
    whole = whole.assign(before=values["before"], after=values["after"], difference=values["after"] - values["before"])
    unequal = whole["difference"].abs() > 1e-9 * values.abs().max(axis=1).clip(lower=1.0)
    return whole[unequal][[*keys, "before", "after", "difference"]].reset_index(drop=True)


def goals(pair: Pair) -> pd.DataFrame:
    """What every term of the goal contributes."""
    rows = []
    told = [{str(goal["term"]): goal for goal in run.manifest.get("goals") or ()} for run in (pair.before, pair.after)]
    for term in dict.fromkeys([*told[0], *told[1]]):
        one, other = told[0].get(term), told[1].get(term)
        measure = (one or other or {})["measure"] if one is None or other is None else one["measure"]
        if one is not None and other is not None and one["measure"] != other["measure"]:
            measure = f"{one['measure']} → {other['measure']}"
        before = Decimal(str(one["contribution"])) if one else Decimal(0)
        after = pair.aligned_goal(Decimal(str(other["contribution"]))) if other else Decimal(0)
        rows.append((term, measure, before, after, after - before))
    return pd.DataFrame(rows, columns=["term", "measure", "before", "after", "difference"])


def limits(pair: Pair) -> pd.DataFrame:
    """Rules that bind in one of the plans only."""
    keys = ["limit", "group", "unit"]
    first, second = (run.tables["limits"] for run in (pair.before, pair.after))
    scaled = second.copy()
    money = second["unit"] == pair.after.money.name
    for column in ("value", "lower", "upper", "slack"):
        scaled.loc[money, column] = scaled.loc[money, column] * float(pair.factor)
    scaled.loc[money, "unit"] = pair.before.money.name
    shown = [*keys, "value", "lower", "upper", "binding"]
    whole = first[shown].merge(scaled[shown], on=keys, how="outer", suffixes=("_before", "_after"), sort=True)
    binding = whole[["binding_before", "binding_after"]].astype(float).fillna(0.0)
    differs = binding["binding_before"] != binding["binding_after"]
    side = binding["binding_after"].map({1.0: "after", 0.0: "before"})
    return whole.assign(binds_in=side)[differs][
        [*keys, "binds_in", "value_before", "value_after", "lower_before", "lower_after", "upper_before", "upper_after"]
    ].reset_index(drop=True)

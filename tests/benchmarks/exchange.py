"""A plan's numbers as plain tables, for solvers' front ends: what a user of one would have on his desk.

Screening, options and the resolved rules are given to the peers for nothing; money and goal are scaled as in
the allocator's own model, which is in the peers' favour too.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from allocator.config.source.load import load_config
from allocator.options.table import build_options
from allocator.tables.inputs import read_inputs
from tests.benchmarks.floor import Floor


def export(plan: Path, folder: Path) -> Path:
    """Write options.csv, payments.csv, members.csv and rules.json for a plan made by `plans.write_plan`."""
    loaded = load_config(plan)
    inputs = read_inputs(loaded)
    floor = Floor(loaded, inputs, build_options(loaded, inputs))
    folder.mkdir(parents=True, exist_ok=True)
    options = {"project": floor.owner, "value": floor.cost[: floor.n]}
    payments = {"option": floor.option, "source": floor.klass, "year": floor.year, "amount": floor.paid / floor.money}
    found, scale, bounds = floor.measured()
    member = [floor.position[rows] for rows, _ in found]
    members = {
        "group": np.repeat(np.arange(len(found)), [len(m) for m in member]),
        "option": np.concatenate(member),
        "amount": np.concatenate([amounts / s for (_, amounts), s in zip(found, scale, strict=True)]),
    }
    kept = pd.DataFrame(members).query("option >= 0")
    for name, table in (("options", options), ("payments", payments), ("members", kept)):
        pd.DataFrame(table).to_csv(folder / f"{name}.csv", index=False)
    rules = {"bounds": bounds, "sources": _sources(floor), **_links(floor)}
    (folder / "rules.json").write_text(json.dumps(rules))
    return folder


def _sources(floor: Floor) -> list[dict[str, Any]]:
    """Budgets and carry-over of every source, in the scale of payments."""
    money = floor.fen / floor.money
    return [
        {
            "budget": list(budget := [float(floor.config.budget(name, y)) * money for y in floor.config.years]),
            "carry_share": float(source.carryover.max_share),
            "carry_years": source.carryover.years,
            "tail": float(source.tail.max_share) * budget[-1],
            "years": floor.years,
        }
        for name, source in floor.config.sources.items()
    ]


def _links(floor: Floor) -> dict[str, Any]:
    """Options that need others (at most as many of the first as of the second), and options that exclude each other."""
    needs, rivals = floor.linked()
    return {
        "needs": [[a.tolist(), b.tolist()] for a, b in needs],
        "rivals": [both.tolist() for both in rivals],
    }

"""A plan written down by hand: what the tests of store and reports need, without solving anything."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from allocator.config.source.load import load_config
from allocator.messages import Message
from allocator.money import Money
from allocator.pipeline import store
from allocator.runs import folder as run_folder
from allocator.runs.solution import Solution
from allocator.tables.measures import INVESTMENTS
from allocator.tables.opened import InputFile

CONFIG = """\
title: {title}
language: {language}
money: 万元
years: [2026, 2027]
projects: 项目.csv
sources:
  fiscal: {{name: 财政资金, budget: {{2026: 1000, 2027: 1000}}, opening: {{2025: 50}},
            carryover: {{max_share: 0.5}}, pays: [grant]}}
  bond: {{name: 专项债券, budget: 500, pays: [park]}}
instruments:
  grant: {{kind: grant, name: 补助, rate: 0.1, award: {{step: 0.01}}}}
  park: {{kind: grant, rate: 0.3, where: {{category: 园区}}}}
limits:
  - {{name: 各市上限, measure: award, each: region, max_share: 0.8}}
"""

PROJECTS = """\
project_id,project_name,region,category,fixed_investment
001,=1+1 公司,南宁,重大,10000
002,<b>柳州</b> & 厂,柳州,重大,5000.5
003,园区,南宁,园区,1500
004,落选,桂林,技改,100
"""


def award(project_id: str, name: str, region: str, category: str, instrument: str, amount: float, **more: Any) -> dict:
    """One row of awards."""
    return {
        "project_id": project_id,
        "project_name": name,
        "region": region,
        "category": category,
        "instrument": instrument,
        "option": f"{instrument}@2026#1",
        "start_year": 2026,
        "award": amount,
        "supported_investment": amount * 10,
        "nominal_investment": amount * 10,
        "certified_investment": amount * 9,
        "counterpart_investment": 0.0,
        "additional_investment": amount * 3,
        "leveraged_investment": amount * 3,
        "upgrading": amount,
        "committed": 0,
        "fiscal": amount if instrument == "grant" else 0.0,
        "bond": amount if instrument == "park" else 0.0,
        **more,
    }


def made_solution(folder: Path, *, language: str = "zh", title: str = "小方案 <i>", many: int = 0) -> Solution:
    """Three projects are funded by hand; ``many`` adds as many small awards more."""
    loaded = load_config(made_inputs(folder, language, title))
    frame = made_awards(many)
    return Solution(
        loaded=loaded,
        inputs_files=(input_file("projects", folder / "项目.csv"),),
        run_id="20260101-120000-abcdef12",
        status="optimal",
        objective=Decimal("5850.15"),
        bound=Decimal("5852.00"),
        bound_by="two solves",
        gap=Decimal("0.000316231207747"),
        awards=frame,
        payments=made_payments(),
        projects=made_projects(frame),
        limits=made_limits(),
        totals=made_totals(),
        screening=made_screening(),
        goals=pd.DataFrame(
            [
                {
                    "term": 1,
                    "measure": "leveraged_investment",
                    "weight": Decimal(1),
                    "value": 5850.15,
                    "contribution": 5850.15,
                }
            ]
        ),
        penalties=pd.DataFrame(columns=["limit", "group", "violation", "price", "loss"]),
        stages=[],
        timings={"load": 0.1, "solve": 1e-05},
        sizes={"projects": 4, "options": 9, "rows": 12, "columns": 20, "nonzeros": 60},
        notices=(Message("cli.exists", {"file": str(folder / "项目.csv")}, f"{folder / '项目.csv'}:3 (row)"),),
        assumptions=(),
        seed=0,
        money=Money.of("万元"),
    )


def made_inputs(folder: Path, language: str, title: str) -> Path:
    """Write config and project table; the config's path."""
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "plan.yaml"
    config.write_text(CONFIG.format(language=language, title=title), encoding="utf-8")
    (folder / "项目.csv").write_text(PROJECTS, encoding="utf-8")
    return config


def made_awards(many: int) -> pd.DataFrame:
    """Who gets what."""
    awards = [
        award("001", "=1+1 公司", "南宁", "重大", "grant", 1000.0),
        award("002", "<b>柳州</b> & 厂", "柳州", "重大", "grant", 500.05),
        award("003", "园区", "南宁", "园区", "park", 450.0),
        *(award(f"M{n:05d}", f"项目{n}", "南宁", "重大", "grant", 0.1) for n in range(many)),
    ]
    return pd.DataFrame(awards)


def made_payments() -> pd.DataFrame:
    """Who pays what."""
    rows = [
        {"project_id": "001", "option": "grant@2026#1", "source": "fiscal", "year": 2026, "amount": 1000.0},
        {"project_id": "002", "option": "grant@2026#1", "source": "fiscal", "year": 2027, "amount": 500.05},
        {"project_id": "003", "option": "park@2026#1", "source": "bond", "year": 2026, "amount": 450.0},
    ]
    return pd.DataFrame(rows)


def made_projects(frame: pd.DataFrame) -> pd.DataFrame:
    """Every candidate: those funded and one that is not."""
    known = ["project_id", "project_name", "region", "category"]
    figures = ["award", *INVESTMENTS]
    projects = frame[[*known, *figures, "upgrading"]].assign(funded=1, reason_code="", reason="")
    out: dict[str, object] = {
        "project_id": "004",
        "project_name": "落选",
        "region": "桂林",
        "category": "技改",
        "funded": 0,
    }
    out |= {"reason_code": "not_examined", "reason": "未进一步查证；可用 explain 命令求证是什么使其未获安排"}
    return pd.concat([projects, pd.DataFrame([out])], ignore_index=True)


def input_file(role: str, path: Path) -> InputFile:
    """An input as the tables report it."""
    return InputFile(role=role, path=path, sha256=store.sha256(path))


def made_limits() -> pd.DataFrame:
    """Limits in three units."""
    columns = ["limit", "group", "measure", "unit", "value", "lower", "upper", "slack", "binding", "violation"]
    nan = float("nan")
    return pd.DataFrame(
        [
            ["各市上限", "南宁", "award", "share", 1450 / 1950.05, nan, 0.8, 0.8 - 1450 / 1950.05, 0, nan],
            ["总额", "", "award", "万元", 1950.05, 100.0, 1950.05, 0.0, 1, nan],
            ["项目数", "", "count", "count", 3.0, 1.0, nan, 2.0, 0, nan],
        ],
        columns=columns,
    )


def made_screening() -> pd.DataFrame:
    """Why one candidate may not have one instrument."""
    row = {"project_id": "004", "instrument": "park", "rule": "where:category", "value": "技改", "threshold": "园区"}
    return pd.DataFrame([row])


def made_totals() -> pd.DataFrame:
    """The flows of the sources, and a number with float noise."""
    rows = [
        ("source", "fiscal", "2026", "fiscal", "opening", 50.0),
        ("source", "fiscal", "2026", "fiscal", "carry", 50.0),
        ("source", "fiscal", "2027", "fiscal", "lapse", 549.95),
        ("source", "bond", "2026", "bond", "lapse", 50.0),
        ("source", "bond", "2027", "bond", "lapse", 500.0),
        ("all", "", "", "", "award", 0.1 + 0.2),
        ("all", "", "", "", "jobs", 1e16),
    ]
    return pd.DataFrame(rows, columns=["dimension", "key", "year", "source", "measure", "value"])


def made_run(folder: Path, **options: Any) -> run_folder.StoredRun:
    """The plan stored as a run folder, without its verification."""
    solution = made_solution(folder / "inputs", **options)
    target = folder / solution.run_id
    target.mkdir()
    manifest = store.fill(target, solution, solution.run_id)
    store.finish(target, manifest)
    return run_folder.read(target)

"""Seeded plans of any size in the shape of the demo: its columns, sources, kinds of limits and dependencies.

`python -m tests.benchmarks.plans 10000 FOLDER` writes `FOLDER/plan.yaml` and `FOLDER/projects.csv`. Budgets are
about a third of what is asked for, so that they decide; every figure is invented.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

YEARS = (2021, 2022, 2023)
CITIES = "南宁 柳州 桂林 梧州 北海 防城港 钦州 贵港 玉林 百色 贺州 河池 来宾 崇左".split()
CATEGORIES = ("重大工业项目", "企业技改", "科技成果产业化", "园区基础设施")
STAGES = {"签约": 0.40, "备案": 0.55, "已开工": 0.80, "在建": 0.92}
SIZES = {"大型": 0.25, "中型": 0.35, "小型": 0.45}
MAJOR, RENOVATION, PARK = CATEGORIES[0], CATEGORIES[1], CATEGORIES[3]


def write_plan(folder: Path, projects: int, *, gap: float = 1e-4, seed: int = 1) -> Path:
    """Write a plan over ``projects`` candidates, about 20 options each; the same bytes for the same arguments."""
    folder.mkdir(parents=True, exist_ok=True)
    table = candidates(np.random.default_rng((seed, projects)), projects)
    table.to_csv(folder / "projects.csv", index=False)
    path = folder / "plan.yaml"
    path.write_text(yaml.safe_dump(config(table, gap), allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def candidates(rng: np.random.Generator, count: int) -> pd.DataFrame:
    """The project table, amounts in 万元."""
    category = rng.choice(CATEGORIES, count, p=[0.45, 0.35, 0.10, 0.10])
    park = category == PARK
    fixed = np.rint(np.exp(rng.normal(9.5, 1.0, count))) + 2_000
    ids = np.array([f"P{i:06d}" for i in range(count)])
    stage = rng.choice(list(STAGES), count, p=[0.10, 0.30, 0.34, 0.26])
    group = rng.integers(0, max(count // 4, 1), count)
    return pd.DataFrame(
        {
            "项目编号": ids,
            "项目名称": [f"示例项目{i}" for i in range(count)],
            "项目单位": [f"示例企业{i % 997}" for i in range(count)],
            "所属集团": np.where(group < count // 20, [f"示例集团{g}" for g in group], ""),
            "设区市": rng.choice(CITIES, count),
            "项目类别": category,
            "企业规模": rng.choice(list(SIZES), count, p=[0.3, 0.4, 0.3]),
            "是否战新": np.where(rng.random(count) < 0.4, "是", "否"),
            "是否高耗能(六大)": np.where(rng.random(count) < 0.2, "是", "否"),
            "链条位置": rng.choice(["上游", "中游", "下游"], count),
            "目录类别": rng.choice(["鼓励", "允许", "限制"], count, p=[0.56, 0.41, 0.03]),
            "项目阶段": stage,
            "开工年月": [f"{y}-06" for y in rng.choice([2020, *YEARS], count, p=[0.2, 0.32, 0.3, 0.18])],
            "总投资": np.rint(fixed * 1.4).astype(int),
            "固定资产投资": fixed.astype(int),
            "设备投资": np.rint(fixed * rng.uniform(0.4, 0.7, count)).astype(int),
            "已完成固定资产投资": np.rint(fixed * np.where(stage == "在建", rng.uniform(0.1, 0.6, count), 0)).astype(
                int
            ),
            "综合能耗": np.rint(rng.exponential(3_000, count)).astype(int),
            "资料齐全": np.where(rng.random(count) < 0.97, "是", "否"),
            "有收益": np.where(park, "是", ""),
            "专项债需求": np.where(park, np.rint(fixed * 0.3).astype(int).astype(str), ""),
            **links(rng, ids, park),
        }
    )


def links(rng: np.random.Generator, ids: np.ndarray, park: np.ndarray) -> dict[str, np.ndarray]:
    """Plants that need a park, and rival bids: 2 % and 1 % of the candidates."""
    needs, rival = np.full(len(ids), "", object), np.full(len(ids), "", object)
    plants, parks = rng.permutation(np.flatnonzero(~park)), np.flatnonzero(park)
    waiting, rest = plants[: len(ids) // 50], plants[len(ids) // 50 :]
    needs[waiting] = ids[rng.choice(parks, len(waiting))]
    pairs = len(ids) // 100
    rival[rest[:pairs]] = ids[rest[pairs : 2 * pairs]]
    return {"前置条件": needs, "互斥项目": rival}


def config(table: pd.DataFrame, gap: float) -> dict[str, Any]:
    """The plan's config, with budgets and limits in proportion to the table."""
    fixed, park = table["固定资产投资"], table["项目类别"] == PARK
    grants, bonds = float(fixed[~park].sum()) * 0.06, float(fixed[park].sum()) * 0.3
    return {
        "title": f"{len(table)} 个项目",
        "money": "万元",
        "years": list(YEARS),
        "projects": "projects.csv",
        "sources": {
            "fiscal": {
                "budget": _round(grants * 0.10),
                "carryover": {"max_share": 0.1, "years": 2},
                "tail": {"max_share": 0.3},
                "pays": ["construction_grant", "renovation_grant"],
            },
            "special_bond": {
                "budget": _round(bonds * 0.12),
                "carryover": {"max_share": 0.05, "years": 1},
                "tail": {"max_share": 0.2},
                "pays": ["park_infrastructure"],
            },
        },
        "instruments": instruments(),
        "leverage": {
            "goal": "additional",
            "realisation": {"by": "stage", "values": STAGES},
            "additionality": {"by": "firm_size", "values": SIZES},
            "response": [[0, 0], [0.5, 0.7], [1, 1]],
        },
        "upgrading": {"criteria": {"is_sei": 30, "chain_position": {"下游": 20}}},
        "goals": {"terms": [{"measure": "leveraged_investment", "weight": 1}, {"measure": "upgrading", "weight": 0.5}]},
        "limits": limits(table),
        "dependencies": later_parks(table),
        "solver": {"gap": gap, "time_limit": 600},
        "scenarios": {"poorer": {"sources": {"special_bond": {"budget": _round(bonds * 0.11)}}}},
    }


def instruments() -> dict[str, Any]:
    """Three ways of supporting, ten levels each, starting as planned or a year later."""
    ready = {"catalog_class": ["鼓励", "允许"], "资料齐全": True}
    major = [MAJOR, CATEGORIES[2]]
    grant: dict[str, Any] = {"kind": "grant", "start": {"delay": 1}}
    return {
        "construction_grant": grant
        | {"where": {"category": major, **ready}, "base": "fixed_investment", "rate": 0.06, "payments": [0.4, 0.3, 0.3]}
        | {"award": {"min": 50, "max": 10_000, "step": 10, "levels": 10}},
        "renovation_grant": grant
        | {"where": {"category": RENOVATION, **ready}, "base": "equipment_investment", "rate": 0.10, "payments": [1]}
        | {"award": {"min": 30, "max": 1_000, "step": 10, "levels": 10}},
        "park_infrastructure": grant
        | {"where": {"category": PARK, "有收益": True}, "base": "bond_need", "rate": 1.0, "payments": [0.7, 0.3]}
        | {"award": {"min": 100, "step": 100, "levels": 10}},
    }


def limits(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Floors, caps and shares by city, category and year, as in the demo."""
    sei, heavy = {"is_sei": True}, {"is_energy_heavy": True}
    renovations = int((table["项目类别"] == RENOVATION).sum())
    return [
        {"name": "各市财政上限", "measure": "award", "source": "fiscal", "each": "region", "max_share": 0.12},
        {"name": "各市财政下限", "measure": "award", "source": "fiscal", "each": "region", "min_share": 0.03},
        {
            "name": "技改占比",
            "measure": "award",
            "source": "fiscal",
            "where": {"category": RENOVATION},
            "min_share": 0.10,
        },
        {"name": "战新投资占比", "measure": "nominal_investment", "where": sei, "min_share": 0.42},
        {"name": "高耗能投资占比", "measure": "nominal_investment", "where": heavy, "max_share": 0.19},
        {"name": "综合能耗总量", "measure": "energy_tce", "max": int(table["综合能耗"].sum() * 0.35)},
        {
            "name": "每年技改项目数",
            "measure": "count",
            "where": {"category": RENOVATION},
            "each": "year",
            "max": max(1, renovations * 2 // 5),
        },
    ]


def later_parks(table: pd.DataFrame) -> list[dict[str, Any]]:
    """A few plants whose park must be supported a year before them, beside those of the table's column."""
    free = table.index[(table["前置条件"] == "") & (table["互斥项目"] == "")]
    category = table["项目类别"].to_numpy()[free]
    parks, plants = free[category == PARK], free[category == MAJOR]
    ids = table["项目编号"]
    return [
        {"requires": [ids[p], ids[q]], "lag": 1} for p, q in zip(plants[:40], parks[: len(table) // 50], strict=False)
    ]


def _round(amount: float) -> int:
    """Whole hundreds of 万元."""
    return max(100, int(amount // 100 * 100))


if __name__ == "__main__":
    sys.stdout.write(f"{write_plan(Path(sys.argv[2]), int(sys.argv[1]))}\n")

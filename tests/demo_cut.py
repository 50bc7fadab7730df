"""A tenth of the demo with its rules and scenarios as they are: small enough to decide many times over."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from pathlib import Path

import yaml
from planning import ROOT, Row, write_table

CONFIGS = ROOT / "configs"
LEAST = {
    "项目类别": 3, "设区市": 1, "产业链": 2, "公平竞争审查": 2, "目录类别": 2, "项目阶段": 2, "节点状态": 2,
    "企业规模": 2, "链条位置": 2, "计划标签": 3, "技改类型": 1, "信用/环保/安全合格": 2, "资料齐全": 2, "有收益": 11, "备注": 1,
}  # fmt: skip
"""How many projects there are at least of every value of a column, so that the rules find what they speak of."""
DROPPED = frozenset({"各市财政资金下限", "各市财政资金上限", "各市专项债上限", "各片区财政资金下限", "红色等级地区新增专项债",
                     "重点帮扶县和边境县", "技改资金占比", "公共配套资金占比", "担保资金占比", "双百双新资金上限", "每年技改项目数",
                     "各市重大项目数", "首年支付进度", "综合能耗总量", "技改投资占比", "工业强县", "千企科创资金占比", "三企入桂资金占比",
                     "民营企业资金占比", "桂惠贷资金占比"})  # fmt: skip
"""Limits of the demo that are about fourteen cities or hundreds of projects."""


FEW = (
    "synergies.园区与整机=null synergies.动力电池集群.at_least=2 synergies.糖业扎堆.at_least=2 limits.补齐缺失节点.min=1 "
    "synergies.龙头带原料基地.where.region=null synergies.铜加工互为上下游.where.region=null "
    "synergies.石化集聚.where.region=null synergies.石化集聚.at_least=2"
)
"""Chains, synergies and gaps that a tenth of the projects has (scenario `chains`)."""
CHEAP = (
    "limits.各市财政资金下限=null limits.各片区财政资金下限=null limits.重点帮扶县和边境县=null limits.民营企业资金占比=null "
    "limits.首年支付进度=null solver.gap=0.002"
)
"""Floors of cities and groups that the cut does without (scenario `least_spending`)."""

OF_SCENARIOS = {
    "chains": FEW,
    "debt": "",
    "green": "limits.综合能耗总量=null",
    "instruments": "limits.技改贴息资金.min=1000",
    "judged": "",
    "least_spending": f"{CHEAP} targets.三年带动名义投资.min=6500000",
    "replan": "limits.首年支付进度=null screening.capital.where.lock=null",
    "robust": "",
    "uncertain": "",
    "volume": "targets.三年带动名义投资.min=6500000 targets.投资逐年增长=null",
}
"""Scenario → what is changed for a tenth of the demo, with amounts that a tenth of the projects can reach."""
WHOLE = frozenset({"green", "replan"})
"""Scenarios that are told on the whole demo."""


def projects() -> list[Row]:
    """The first projects of every value of some columns; rules between projects only where both are there."""
    with (CONFIGS / "data" / "projects.csv").open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.DictReader(file))
    seen: Counter[tuple[str, str]] = Counter()
    rows: list[Row] = []
    for row in table:
        values = [(column, row[column]) for column in LEAST if row[column]]
        if any(seen[value] < LEAST[value[0]] for value in values):
            seen.update(values)
            rows.append(dict(row) | {"锁定": ""})
    ids = {row["项目编号"] for row in rows}
    for row in rows:
        row |= {name: row[name] if row[name] in ids else "" for name in ("前置条件", "互斥项目")}
    return rows


def write(folder: Path, *, scenarios: bool = True) -> None:
    """Write `guangxi.yaml`, its tables for the cut and the ``scenarios`` as they are shipped into ``folder``."""
    config = yaml.safe_load((CONFIGS / "guangxi.yaml").read_text(encoding="utf-8"))
    config["limits"] = [limit for limit in config["limits"] if limit["name"] not in DROPPED]
    for name in ("dependencies", "locks", "commitments", "scenarios", "targets"):
        del config[name]
    config["sources"]["fiscal"] |= {"budget": dict.fromkeys(config["years"], 40_000)}
    config["sources"]["special_bond"] |= {"budget": 250_000}
    for instrument in config["instruments"].values():
        instrument["award"]["levels"] = 1
        instrument["start"] = {"delay": 0}
    config["solver"] |= {"gap": 0.002, "threads": 1}
    (folder / "data").mkdir()
    (folder / "guangxi.yaml").write_text(yaml.safe_dump(config, allow_unicode=True, sort_keys=False), encoding="utf-8")
    if scenarios:
        shutil.copytree(CONFIGS / "scenarios", folder / "scenarios")
    shutil.copyfile(CONFIGS / "data" / "regions.csv", folder / "data" / "regions.csv")
    write_table(folder / "data" / "projects.csv", projects())

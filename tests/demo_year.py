"""The demo's first year: `python tests/demo_year.py` writes how far the projects of `configs/data/previous` got.

The approved plan itself is a run of the demo: `python tests/demo_year.py RUN` takes its awards and payments, as
`allocator run configs/guangxi.yaml` stored them. Who failed is invented: the earlier the stage, the more of them.
"""

from __future__ import annotations

import csv
import shutil
import sys
from decimal import Decimal
from pathlib import Path

from demo_data import write
from demo_draw import Draw, Row

SEED = 20220101
DATA = Path(__file__).parents[1] / "configs" / "data"
YEAR = "2021"
FAILED = {"签约": 0.5, "备案": 0.3, "已开工": 0.12, "在建": 0.05, "竣工": 0.0}
"""Stage when the plan was approved → how many are given up or do not begin in time."""
SILENT = 0.4
"""Of those that did not get on, how many have not begun; the others are given up."""
LATE = 0.1
"""How many of those that began were paid half of the year's money."""
INVESTED = {"签约": 0.15, "备案": 0.2, "已开工": 0.35, "在建": 0.6, "竣工": 0.95}
"""Stage when the plan was approved → about how much of the investment is done a year later."""


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a table."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def progress(previous: Path, projects: Path) -> list[Row]:
    """One row per project that was to begin by the end of the first year."""
    draw, done = Draw(SEED), Draw(SEED + 1)
    table = read(projects)
    stage = {row["项目编号"]: row["项目阶段"] for row in table}
    whole = {row["项目编号"]: Decimal(row["固定资产投资"] or row["总投资"] or 0) for row in table}
    due: dict[str, dict[str, Decimal]] = {}
    for row in read(previous / "awards.csv"):
        if row["start_year"] <= YEAR:
            due[row["project_id"]] = {}
    sources: set[str] = set()
    for row in read(previous / "payments.csv"):
        sources.add(row["source"])
        if row["project_id"] in due and row["year"] == YEAR:
            paid = due[row["project_id"]]
            paid[row["source"]] = paid.get(row["source"], Decimal(0)) + Decimal(row["amount"])
    rows = [told(draw, project, stage[project], due[project], sorted(sources)) for project in sorted(due)]
    return [row | {"已完成投资": invested(done, row, whole[str(row["项目编号"])])} for row in rows]


def invested(done: Draw, row: Row, whole: Decimal) -> str:
    """How much of the investment is done, in whole 万元; nothing where the project has not begun."""
    share = min(1.0, INVESTED[str(row["项目阶段"])] * (0.6 + 0.7 * done.random()))
    return f"{int(whole * Decimal(share)) if row['已开工'] else 0}"


def told(draw: Draw, project: str, stage: str, due: dict[str, Decimal], sources: list[str]) -> Row:
    """How far one project got, and what it was paid."""
    stuck, silent, late = (draw.random() < share for share in (FAILED[stage], SILENT, LATE))
    share = Decimal(0) if stuck else Decimal("0.5") if late else Decimal(1)
    flags = {"已开工": int(not stuck), "已竣工": 0, "已投产": 0, "已失败": int(stuck and not silent)}
    paid = {f"{source}@{YEAR}": f"{(due.get(source, Decimal(0)) * share).normalize():f}" for source in sources}
    return {"项目编号": project, "项目阶段": stage, **flags, **paid}


def main(folder: Path, run: Path | None = None) -> None:
    """Write `progress.csv` into ``folder``, after taking the approved plan from ``run``."""
    if run is not None:
        (folder / "previous").mkdir(parents=True, exist_ok=True)
        for name in ("awards.csv", "payments.csv"):
            shutil.copyfile(run / name, folder / "previous" / name)
    write(folder / "progress.csv", progress(DATA / "previous", DATA / "projects.csv"))


if __name__ == "__main__":
    main(DATA, Path(sys.argv[1]) if len(sys.argv) > 1 else None)

"""Reports of plans that have next to nothing: no money, no source, nobody funded, no rule."""

from __future__ import annotations

from pathlib import Path

import pytest
from planning import decide, write_plan

from allocator.pipeline import store
from allocator.report import write_reports
from allocator.runs import folder as run_folder

PROJECTS = [{"project_id": p, "region": "=A", "category": "@c"} for p in ("P1", "P2")]


def options(value: float, **payments: float) -> list[dict[str, object]]:
    """One ready-made option for each project."""
    return [{"project_id": p, "option": "x", "gain": value, **payments} for p in ("P1", "P2")]


@pytest.mark.sweep(1)
@pytest.mark.parametrize("value", [5, -5])
@pytest.mark.parametrize("paid", [False, True])
def test_reports_are_made_of_next_to_nothing(tmp_path: Path, value: float, *, paid: bool) -> None:
    """Two options that cost nothing, or are worth nothing, make a report, a workbook and a memo in both languages."""
    config = {"years": [2026], "goals": {"terms": [{"measure": "gain"}]}}
    if paid:
        config["sources"] = {"pot": {"budget": 100}}
    rows = options(value, **({"pot@2026": 40} if paid else {}))
    solution = decide(write_plan(tmp_path / "plan", config, projects=PROJECTS, options=rows))
    run = run_folder.read(store.write(solution, tmp_path / "runs"))

    assert (2 if value > 0 else 0) == len(run.tables["awards"])
    for language in ("zh", "en"):
        assert all(path.stat().st_size > 500 for path in write_reports(run, tmp_path, language))

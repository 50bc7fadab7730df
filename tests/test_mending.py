"""A first plan where rounding the relaxation breaks shares of something small."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
from planning import decide, write_plan

import allocator

SEARCH = import_module("allocator.optimise.search.strategy")
REGIONS = [f"r{number}" for number in range(9)]


def shared(folder: Path, **more: object) -> Path:
    """Nine regions, each with a cheap and a dear project; no region may have over 0.26 of what is little."""
    projects = [
        {"project_id": f"{r}{k}", "project_name": r, "region": r, "category": k}
        for r in REGIONS
        for k in ("few", "big")
    ]
    options = [
        {
            "project_id": row["project_id"],
            "option": "a",
            "start_year": 2021,
            "few@2021": (7 + 3 * n if row["category"] == "few" else 0),
            "big@2021": (0 if row["category"] == "few" else 100 + n),
            "jobs": 5 if row["category"] == "few" else 60,
        }
        for n, row in enumerate(projects)
    ]
    config = {
        "money": "万元",
        "years": [2021],
        "sources": {"few": {"budget": 400}, "big": {"budget": 2000}},
        "minimise": "spending",
        "limits": [
            {"name": "share", "measure": "award", "source": "few", "each": "region", "max_share": 0.26},
            {"name": "least", "measure": "award", "source": "few", "min": 20},
        ],
        "targets": [{"name": "jobs", "measure": "jobs", "min": 137}],
        "solver": {"gap": 0, "threads": 1},
        **more,
    }
    return write_plan(folder, config, projects=projects, options=options)


def test_what_breaks_rules_is_freed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without rounding and without the whole program, the plan comes from mending alone, and it keeps every rule."""
    path = shared(tmp_path)
    best = decide(path).objective
    monkeypatch.setattr(SEARCH, "SMALL", 0)
    for name in ("_first_plan", "_around_plan"):
        monkeypatch.setattr(SEARCH, name, lambda *_: None)
    monkeypatch.setattr(import_module("allocator.optimise.search.neighbourhoods"), "FREED", ())
    monkeypatch.setattr(SEARCH, "prove", lambda *_: None)
    monkeypatch.setattr(SEARCH, "secure", lambda *_: None)
    monkeypatch.setattr(SEARCH.Search, "done", property(lambda s: s.best is not None))
    found = decide(path)

    assert best <= found.objective <= best * 2
    assert found.bound <= best


@pytest.mark.slow
def test_nothing_to_mend_is_no_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no plan exists, mending ends without one and the whole program says so."""
    monkeypatch.setattr(SEARCH, "SMALL", 0)
    limits = [
        {"name": "share", "measure": "award", "source": "few", "each": "region", "max_share": 0.26, "strict": True}
    ]
    limits.append({"name": "least", "measure": "count", "where": {"category": "few"}, "min": 1, "max": 3})
    with pytest.raises(allocator.Infeasible):
        decide(shared(tmp_path, limits=limits))

"""Every default that rests on an assumption is told wherever it is used, and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from forging import reseal
from planning import Row, decide, write_plan
from pydantic import BaseModel
from reference import opinion

import allocator
from allocator.config.keys.plan import Config
from allocator.options.assumed_defaults import MARK
from allocator.report import sections, summary
from allocator.runs import folder as run_folder
from allocator.verify import verify

PROJECTS: list[Row] = [
    {
        "project_id": "A", "region": "甲", "category": "企业技改", "fixed_investment": 1000, "done_investment": 0, "stage": "在建",
        "bank_loan_committed": 500, "loan_rate": 4, "guarantee_amount": 100, "debt_grade": "绿", "park_id": "园一", "power": 1,
        "kind": 1,
    },
    {
        "project_id": "P", "region": "甲", "category": "园区基础设施", "fixed_investment": 500, "bond_need": 100, "stage": "在建",
        "revenue_total": 900, "cost_total": 10, "debt_grade": "绿", "park_id": "园一", "bond_last": 100, "kind": 2,
    },
    {
        "project_id": "Q", "region": "乙", "category": "园区基础设施", "fixed_investment": 500, "bond_need": 100, "stage": "在建",
        "revenue_total": 900, "cost_total": 10, "debt_grade": "绿", "park_id": "园二", "bond_last": 100, "kind": 3,
    },
]  # fmt: skip
CONFIG: Row = {
    "years": [2021],
    "sources": {
        "fiscal": {"budget": 1000, "pays": ["loan", "credit"]},
        "special_bond": {
            "budget": 1000, "pays": ["park", "capital"], "bond": {"rate": 0.02, "term": 5, "revenue_haircut": 0.7},
        },
    },
    "instruments": {
        "loan": {"kind": "interest_subsidy", "points": 0.01, "where": {"category": "企业技改"}},
        "credit": {"kind": "guarantee", "where": {"category": "企业技改"}},
        "park": {"kind": "bond", "where": {"kind": 2}},
        "capital": {"kind": "bond", "use": "capital", "where": {"kind": 3}},
    },
    "debt": {"grade": "debt_grade", "last": "bond_last"},
    "flags": {},
    "leverage": {"realisation": {"from": "progress", "by": "stage", "values": {"在建": 0.9}}},
    "parks": {"builders": {"category": "园区基础设施"}, "resources": {"power": {"use": "power", "existing": 5}}},
    "uncertainty": {"sample": {"count": 2, "draw": [{"on": "leverage", "low": 0.9, "high": 1}]}, "shortage_price": 1},
    "risk": {"weight": 0.1},
    "limits": [{"name": "每年", "measure": "nominal_investment", "year": 2021, "min": 1}],
}  # fmt: skip
"""Uses every part of a config that has a default marked as an assumption. A new mark needs its part here."""


def types(of: Any, seen: set[type[BaseModel]]) -> Iterator[type[BaseModel]]:
    """Every config type that is reached from ``of``."""
    if isinstance(of, type) and issubclass(of, BaseModel):
        if of not in seen:
            seen.add(of)
            yield of
            for info in of.model_fields.values():
                yield from types(info.annotation, seen)
        return
    for part in get_args(getattr(of, "__value__", of)):
        yield from types(part, seen)


def marked() -> set[tuple[str, str]]:
    """Type and key of every default that says it is an assumption."""
    return {
        (kind.__name__, info.alias or name)
        for kind in types(Config, set())
        for name, info in kind.model_fields.items()
        if MARK in (info.description or "") and not info.is_required()
    }


@pytest.mark.slow
@pytest.mark.ranges
def test_every_assumption_that_is_used_is_told(tmp_path: Any) -> None:
    """A run that leaves them all out lists each with its value in the report, and counts them in the summary."""
    first = {key: CONFIG[key] for key in ("years", "sources", "instruments")}
    before = allocator.run(write_plan(tmp_path / "a", first, projects=PROJECTS), out=tmp_path / "runs").folder
    progress = [{"project_id": "A", "started": 1}]
    again = {**CONFIG, "previous": str(before)}
    run = allocator.run(
        write_plan(tmp_path / "b", again, projects=PROJECTS, progress=progress), out=tmp_path / "runs"
    ).folder
    assert run is not None
    assert [] == opinion(run)[1]
    stored = run_folder.read(run)
    told = [message.path for message in stored.assumptions]

    missing = {(kind, key) for kind, key in marked() if not any(path.rpartition(".")[2] == key for path in told)}
    assert set() == missing
    assert len(told) == len(set(told))
    assert f"{len(told)} assumptions" in summary.text(stored, "en")
    assert f"假设 {len(told)} 条" in summary.text(stored, "zh")
    listed = "\n".join(sections.build(stored, "en").assumptions)
    assert all(path in listed for path in told)
    in_words = sections.build(stored, "zh").assumptions
    assert len(told) == len(in_words)
    assert [] == [line for line in in_words if "按  计" in line or "leverage." in line]
    assert "flags.firm_share: not given: taken as 0.08, an assumption" in [m.text("en") for m in stored.assumptions]


def test_what_the_planner_writes_is_no_assumption(tmp_path: Any) -> None:
    """A value that is given, and a default that nothing uses, are not told."""
    config: Row = {
        **{key: CONFIG[key] for key in ("years", "sources", "instruments", "flags")},
        "debt": {},
        "limits": [{"name": "每年", "measure": "nominal_investment", "year": 2021, "min": 1}],
        "spending": {"profile": {"企业技改": [1], "园区基础设施": [1]}},
    }
    path = write_plan(tmp_path, config, projects=PROJECTS)
    told = {message.path for message in decide(path).assumptions}
    given = {message.path for message in decide(path, "instruments.credit.claim_rate=0.03").assumptions}

    assert {"instruments.credit.claim_rate"} == told - given
    assert not {"debt.tiers", "spending", "instruments.park.capital_ratio", "leverage.realisation.least"} & told
    assert {"instruments.capital.capital_ratio", "sources.special_bond.bond.shortfall_price"} <= told


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that rests on assumptions."""
    folder = tmp_path_factory.mktemp("assumed")
    config = {key: CONFIG[key] for key in ("years", "sources", "instruments", "flags", "limits")}
    run = allocator.run(write_plan(folder, config, projects=PROJECTS), out=folder / "runs").folder
    assert run is not None
    assert [] == opinion(run)[1]
    return run


FORGERIES: dict[str, Callable[[dict[str, Any]], object]] = {
    "the first is left out": lambda m: m["assumptions"].pop(0),
    "the last is left out": lambda m: m["assumptions"].pop(),
    "none is told": lambda m: m["assumptions"].clear(),
    "another value": lambda m: m["assumptions"][-2]["values"].update(value="0.5"),
    "another path": lambda m: m["assumptions"][-2].update(path="flags.behind"),
    "one is told twice": lambda m: m["assumptions"].append(m["assumptions"][0]),
    "no list": lambda m: m.pop("assumptions"),
    "it is said to be written": lambda m: m["origins"].update({"flags.firm_share": "plan.yaml:3:4"}),
    "an origin is left out": lambda m: m["origins"].pop("flags.firm_share"),
    "another title": lambda m: m.update(title="x"),
    "a goal's number": lambda m: m["goals"][0].update(term=2),
    "a table's role": lambda m: m["inputs"][-1].update(role="regions"),
    "a table's name": lambda m: m["inputs"][-1].update(path="other.csv"),
    "where the config is": lambda m: m["config"].update(path="plan.yaml"),
}


@pytest.mark.sweep(2)
@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_list_is_caught(stored: Path, forgery: Callable[[dict[str, Any]], object]) -> None:
    """What a plan rests on is found again by verification, from config and tables."""
    path = stored / "manifest.json"
    sound = path.read_text(encoding="utf-8")
    manifest = json.loads(sound)
    forgery(manifest)
    path.write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")
    reseal(stored)
    caught = verify(stored)
    path.write_text(sound, encoding="utf-8")

    assert not caught.ok
    assert verify(stored).ok


def test_what_cannot_be_found_again_is_sealed(stored: Path) -> None:
    """Notices, times and sizes of the model rest on no rule; a change of one is seen all the same."""
    path = stored / "manifest.json"
    sound = path.read_text(encoding="utf-8")
    for part, key in (("sizes", "nonzeros"), ("timings", "solve")):
        manifest = json.loads(sound)
        manifest[part][key] += 1
        path.write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")
        told = [f"{message.where}: {message.path}" for message in verify(stored).violations]

        assert told == ["manifest.json: seal"]
    path.write_text(sound, encoding="utf-8")


def test_a_factor_that_some_projects_lack_is_assumed_for_them(tmp_path: Path) -> None:
    """Two of three have no probability of their own and there is no other: 1 is taken, told, and found by verification."""
    rows = [row | {"p_realise": 0.5 if row["project_id"] == "P" else ""} for row in PROJECTS]
    config: Row = {
        "money": "万元",
        "years": [2021],
        "sources": {"fiscal": {"budget": 100, "pays": ["grant"]}},
        "instruments": {"grant": {"kind": "grant", "rate": 0.01}},
    }
    solution = allocator.run(write_plan(tmp_path, config, projects=rows), out=tmp_path / "runs")
    told = {message.text("en") for message in solution.assumptions}

    assert "leverage.realisation: 2 projects have no p_realise: taken as 1 for them" in told
    assert solution.folder is not None
    assert verify(solution.folder).ok
    assert [] == opinion(solution.folder)[1]

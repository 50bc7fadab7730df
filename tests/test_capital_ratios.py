"""Least own capital by industry: the State Council's table, the planner's own before it, at the gate and behind loans."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from shutil import copytree

import pytest
from forging import restate
from planning import Row, decide, write_plan

import allocator
from allocator.config.source.load import load_config
from allocator.messages.errors import InputError
from allocator.options.screening.capital import built_in
from allocator.report.sections import build
from allocator.runs.folder import read
from allocator.verify import verify

PLANT: Row = {
    "project_name": "p", "region": "r", "category": "plant", "bank_loan_committed": 600, "loan_rate": 4,
    "total_investment": 1000, "fixed_investment": 5000, "own_funds": 350,
}  # fmt: skip
CODES = {"A": "C3120", "B": "3011", "C": "C2521", "D": "C3670", "E": ""}
"""Steel 40 %, cement (without its letter) 35 %, coke 30 %, cars and whoever has no code 20 %."""


def made(folder: Path, codes: dict[str, str] = CODES, **changes: object) -> Path:
    config: Row = {
        "years": [2021],
        "sources": {"fiscal": {"budget": 1000, "pays": ["interest"]}},
        "instruments": {
            "interest": {"kind": "interest_subsidy", "points": 0.01, "years": 1, "capital_ratio": "by_industry"}
        },
        "leverage": {"goal": "nominal"},
        "solver": {"gap": 0},
    }
    return write_plan(
        folder,
        config | changes,
        projects=[{"project_id": p, **PLANT, "gb4754_code": code} for p, code in codes.items()],
    )


def attached(path: Path) -> dict[str, float]:
    return decide(path).awards.set_index("project_id")["nominal_investment"].to_dict()


def test_the_built_in_ratios() -> None:
    """State Council documents 27 of 2009 and 51 of 2015, each line with source and grade; codes are our own reading."""
    ratios = {line.code: line.ratio for line in built_in()}

    assert {Fraction(2, 5), Fraction(7, 20), Fraction(3, 10)} == set(ratios.values())
    assert (Fraction(2, 5), Fraction(7, 20), Fraction(3, 10)) == tuple(
        ratios[code] for code in ("C3216", "C3011", "C314")
    )
    assert all("国发〔2015〕51号" in line.source and line.grade in "ABCK" for line in built_in())


def test_loans_attach_by_industry(tmp_path: Path) -> None:
    """600 of loan: 1,000 with 40 % of own capital, 923.08 with 35 %, 857.14 with 30 %, 750 with 20 %; 20 % for all: 750."""
    by_industry = attached(made(tmp_path / "a"))
    plain = {"interest": {"kind": "interest_subsidy", "points": 0.01, "years": 1}}

    assert {"A": 1000, "B": 923.0769, "C": 857.1429, "D": 750, "E": 750} == {
        p: round(v, 4) for p, v in by_industry.items()
    }
    assert {750} == set(attached(made(tmp_path / "b", instruments=plain)).values())


def test_the_planners_own_ratios_come_first(tmp_path: Path) -> None:
    """Half for all of C31 beats the built-in 40 % for steel making, the longest of the own codes counts; 25 % for the rest."""
    own = {"own": {"C31": 0.5, "3011": 0.4, "C36": 0.2, "C367": 0.52}, "default": 0.25}
    found = attached(made(tmp_path, capital_ratios=own))

    assert {"A": 1200, "B": 1000, "C": 857.1429, "D": 1250, "E": 800} == {p: round(v, 4) for p, v in found.items()}


def test_the_gate_asks_by_industry(tmp_path: Path) -> None:
    """350 of 1,000 are enough but for steel; a case of `ratios` comes before the industry; the changed row is found."""
    gate: Row = {"min": "by_industry"}
    path = made(tmp_path / "a", screening={"capital": gate})
    run = allocator.run(path, out=tmp_path / "runs").folder
    assert run is not None
    cases = [{"where": {"project_id": "A"}, "min": 0.1}, {"where": {"project_id": "D"}, "min": 0.36}]
    other = decide(made(tmp_path / "b", screening={"capital": {**gate, "ratios": cases}}))

    assert [("A", "interest", "gate.capital", "0.35", "0.4")] == [
        *decide(path).screening.itertuples(index=False, name=None)
    ]
    assert [("D", "interest", "gate.capital", "0.35", "0.36")] == [*other.screening.itertuples(index=False, name=None)]
    assert verify(run).ok
    copy = Path(copytree(run, tmp_path / "copy"))
    resolved = (copy / "config.resolved.yaml").read_text(encoding="utf-8")
    assert "min: by_industry" in resolved
    (copy / "config.resolved.yaml").write_text(resolved.replace("min: by_industry", "min: 0.2"), encoding="utf-8")
    restate(copy)
    assert "verify.not_expected" in {message.code for message in verify(copy).violations}
    forged = Path(copytree(run, tmp_path / "forged"))
    text = (forged / "config.resolved.yaml").read_text(encoding="utf-8")
    (forged / "config.resolved.yaml").write_text(
        text.replace("capital_ratio: by_industry", "capital_ratio: 0.2"), encoding="utf-8"
    )
    restate(forged)
    assert not verify(forged).ok


def test_what_is_told(tmp_path: Path) -> None:
    """Who has no code is noted, the ratios stand among the judgements with their source; a missing column is an error."""
    path = made(tmp_path / "a", capital_ratios={"own": {"C31": 0.5}})
    case = allocator.load(path)
    run = allocator.run(path, out=tmp_path / "runs").folder
    assert run is not None
    rows = {one.key: one.rows for one in build(read(run), "zh").tables}["judgements"]
    rows = rows[rows["judgement"] == "最低资本金比例"]

    assert [1] == [notice.values["count"] for notice in case.notices if notice.code == "options.industry_blank"]
    assert [0.5, 0.4] == rows["number"].tolist()[:2]
    assert "国发〔2015〕51号" in rows["origin"].tolist()[1]
    with pytest.raises(InputError, match="industry_code"):
        allocator.load(made(tmp_path / "b", capital_ratios={"by": "industry_code"}))
    for word in ("by_industri", 1, 1.5):
        with pytest.raises(InputError):
            load_config(made(tmp_path / "c", screening={"capital": {"min": word}}))

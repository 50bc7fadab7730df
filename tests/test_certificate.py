"""Certificates: at any prices no plan is worth more than the bound, and what is changed in a stored one is found."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from enumeration import Problem
from forging import reseal
from hypothesis import HealthCheck, Phase, assume, given, note, settings
from hypothesis import strategies as st
from planning import Row, write_plan
from test_brute_force import problems

import allocator
from allocator.messages.watch import Watch
from allocator.money.arrays import Floats
from allocator.optimise import instance
from allocator.optimise.certificate import Certificate, certificate
from allocator.optimise.search.engine import Engine
from allocator.optimise.search.highs import Solver
from allocator.problem import build
from allocator.problem.case import Case
from allocator.problem.certificate import Key, bound_at, in_fen
from allocator.report import summary
from allocator.runs import folder as run_folder
from allocator.runs import manifest as manifests
from allocator.verify import verify

ROOT = Path(__file__).parents[1]


class Opened:
    """A plan's model, and the prices of its relaxation."""

    def __init__(self, path: Path) -> None:
        self.case: Case = build.load(path)
        self.numbers = instance.build(self.case)
        self.engine = Engine.of(self.numbers)
        cost = self.numbers.cost(self.engine.compiled, 0)
        program = replace(self.engine.program(self.case, self.numbers), cost=cost)
        self.relaxed = Solver(program, Watch(), relaxed=True).run()

    def certified(self, duals: Floats) -> Certificate:
        """What these prices prove."""
        found = certificate(self.case, self.numbers, self.engine.compiled, duals)
        assert found is not None
        return found


def bound_of(case: Case, table: pd.DataFrame) -> int:
    """What a stored table proves."""
    prices = {Key(*row[2:6]): Fraction(row[6]) for row in table.astype(str).itertuples(index=False)}
    return bound_at(case, in_fen(case, prices))


def hold(problem: tuple[Row, list[Row], list[Row]], seed: int) -> None:
    """The best of all plans counted one by one, at the prices of the relaxation, these disturbed, and at random ones."""
    config, projects, options = problem
    term = {key: told for key, told in config["goals"]["terms"][0].items() if key != "tolerance"}
    config = config | {"goals": {"terms": [term]}}
    note(str(config))
    with TemporaryDirectory() as folder:
        try:
            plan = Opened(write_plan(Path(folder), config, projects=projects, options=options))
        except allocator.Infeasible:
            assume(False)
    best = Problem(config, projects, options).best()
    luck, count = np.random.default_rng(seed), len(plan.engine.compiled.row_lower)
    solved = plan.relaxed.status == "optimal"
    dual = plan.relaxed.row_dual if solved else np.zeros(count)
    for prices in (dual, dual * luck.uniform(0.9, 1.1, count), luck.normal(0, 10, count) * (luck.random(count) < 0.5)):
        found = plan.certified(prices)

        assert best is None or best <= Fraction(found.bound, plan.case.money.fen_per_unit)
        assert found.bound == bound_of(plan.case, found.prices)
    if solved:
        value = plan.relaxed.value * plan.numbers.goal_scale

        assert plan.certified(dual).bound == pytest.approx(value, rel=1e-6, abs=2)


SETTINGS = settings(
    max_examples=100, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)


@settings(SETTINGS, max_examples=25)
@given(problems(), st.integers(0, 1000))
def test_no_plan_is_worth_more_than_its_certificate(problem: tuple[Row, list[Row], list[Row]], seed: int) -> None:
    """A few plans counted one by one."""
    hold(problem, seed)


@pytest.mark.slow
@SETTINGS
@given(problems(), st.integers(0, 1000))
def test_no_plan_of_a_hundred_is_worth_more_than_its_certificate(
    problem: tuple[Row, list[Row], list[Row]], seed: int
) -> None:
    """A hundred of them."""
    hold(problem, seed)


@pytest.mark.parametrize("name", ["guangxi", "starter", "scenarios/chains", "scenarios/least_spending"])
def test_the_certificate_proves_what_the_relaxation_claims(name: str) -> None:
    """Of the plans that are shipped: by few prices, to the last digits of the claim."""
    plan = Opened(ROOT / "configs" / f"{name}.yaml")
    found = plan.certified(plan.relaxed.row_dual)

    assert found.bound == pytest.approx(plan.relaxed.value * plan.numbers.goal_scale, rel=1e-9)
    assert 0 < len(found.prices) < 120


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the starter, whose certificate proves less than two solves claim."""
    run = allocator.run(ROOT / "configs" / "starter.yaml", out=tmp_path_factory.mktemp("runs"))
    assert run.folder is not None
    return run.folder


@pytest.fixture
def run(stored: Path, tmp_path: Path) -> Path:
    """A copy of it to be changed."""
    return Path(shutil.copytree(stored, tmp_path / stored.name))


def said(run: Path) -> str:
    """What verification finds, after the manifest was sealed anew."""
    reseal(run)
    return "\n".join(message.text("en") for message in verify(run).violations)


def told(run: Path, **more: object) -> None:
    """Write something else into the manifest."""
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"), parse_float=Decimal)
    manifests.write(run / "manifest.json", manifest | more)


def test_a_run_has_a_certificate(run: Path) -> None:
    """The starter's three prices prove it within 8.2 %, which its manifest and its words say."""
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))

    assert "" == said(run)
    assert ("two solves", 0.082) == (manifest["bound_by"], round(manifest["certified_gap"], 3))
    assert 3 == len(run_folder.read(run).tables["certificate"])
    assert "provable by 3 prices, without a solver: within 8.194%" in summary.text(run_folder.read(run), "en")
    assert "凭 3 个价格即可证明，无需求解器：相差不超过 8.194%" in summary.text(run_folder.read(run), "zh")


@pytest.mark.parametrize("name", ["certified_bound", "certified_gap"])
@pytest.mark.parametrize("value", [Decimal(17950), Decimal("0.0001"), None])
def test_a_forged_claim_is_found(name: str, value: Decimal | None, run: Path) -> None:
    """A bound or gap that the certificate does not give."""
    told(run, **{name: value})

    assert f"manifest.json: {name}:" in said(run)


def test_nothing_is_said_to_be_certified_that_is_not(run: Path) -> None:
    """That the bound rests on the certificate, when it is below what that proves."""
    told(run, bound_by="certificate")

    assert "manifest.json: bound: states 17900, recomputed 19366.666667" == said(run)


@pytest.mark.parametrize("line", [1, 2, 3])
@pytest.mark.parametrize("how", ["*0.99", "*0", "*-1", "gone"])
def test_a_changed_price_is_found(line: int, how: str, run: Path) -> None:
    """Prices that give another bound than the one stated."""
    path = run / "certificate.csv"
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    before, _, price = lines.pop(line).rpartition(",")
    if how != "gone":
        lines.insert(line, f"{before},{Decimal(price) * Decimal(how[1:]):f}")
    path.write_text("\n".join(lines), encoding="utf-8-sig")

    assert "manifest.json: certified_bound: states 19366.666667, recomputed" in said(run)


@pytest.mark.parametrize(
    "line", ["1,0,limit,no such rule,,money,1", "1,1,money,fiscal,2024,,1", "1,0,money,fiscal,2030,,1"]
)
def test_a_price_of_nothing_is_found(line: str, run: Path) -> None:
    """Rules, years and leaves that the plan does not have."""
    path = run / "certificate.csv"
    path.write_text(path.read_text(encoding="utf-8-sig") + line + "\n", encoding="utf-8-sig")

    assert "certificate" in said(run)


def test_a_certificate_that_was_taken_away_is_missed(run: Path) -> None:
    """Also when the manifest does not list it any more but still claims what it proved."""
    (run / "certificate.csv").unlink()

    assert "'certificate.csv', which is not there" in said(run)
    tables = json.loads((run / "manifest.json").read_text(encoding="utf-8"))["tables"]
    told(run, tables=[name for name in tables if name != "certificate"])

    assert "'certificate.csv', which is not there" in said(run)

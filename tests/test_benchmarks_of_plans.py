"""A plan against the ways money used to be split: each as it is, mended where it breaks rules, never better than the plan."""

from __future__ import annotations

import re
import shutil
from decimal import Decimal

import pytest
from planning import decide, write_plan
from random_plans import plan

import allocator
from allocator.messages.errors import Infeasible, InputError
from allocator.optimise.benchmarks.rules_of_thumb import RULES
from allocator.pipeline.store import write
from allocator.questions.benchmarks import benchmarks
from allocator.report.chapters.benchmarks import render_table as as_text
from allocator.runs.folder import read
from allocator.verify import verify

PROJECTS = [
    {
        "project_id": f"P{n}", "region": "AB"[n > 2], "category": "x", "fixed_investment": investment, "done_investment": 0,
        "structure_score": score, "additionality": caused,
    }
    for n, (investment, score, caused) in enumerate(
        [(1000, 90, 0.9), (1000, 10, 0.8), (1000, 50, 0.2), (1000, 20, 0.7), (1000, 80, 0.6), (1000, 70, 0.1)]
    )
]  # fmt: skip
REGIONS = [{"region": "A", "industry": 30, "people": 50}, {"region": "B", "industry": 10, "people": 50}]
CONFIG = {
    "years": [2021],
    "sources": {"fiscal": {"budget": 300, "pays": ["grant"]}},
    "instruments": {"grant": {"kind": "grant", "rate": 0.1, "award": {"step": 10, "levels": 2}}},
    "leverage": {"response": [[0, 0], [0.5, 0.5], [1, 1]]},
    "factor_method": {"factors": {"industry": 0.5, "people": 0.5}},
    "benchmarks": ["factor_method", "leverage_rank", "score_rank", "pro_rata"],
    "solver": {"gap": 0},
}


def judged(folder, config=CONFIG):
    """The stored run and its benchmarks by name: status, what each is worth, and its rows."""
    path = write_plan(folder, config, projects=PROJECTS, regions=REGIONS)
    run = allocator.run(path, out=folder / "runs").folder
    rows = allocator_rows(run)
    return run, {name: rows[rows["benchmark"] == name] for name in rows["benchmark"].unique()}


def allocator_rows(run):
    from allocator.runs.stored_tables import read_table

    return read_table(run, "benchmarks")


def figure(rows, name, key=""):
    row = rows[(rows["figure"] == name) & (rows["key"].fillna("").astype(str) == key)].iloc[0]
    return float(row["plan"]), float(row["other"])


def test_each_way_splits_as_its_name_says(tmp_path):
    """Worked out by hand: three whole awards of 100 by rank, six of 50 pro rata, quotas of 187.5 and 112.5 by formula."""
    _, rows = judged(tmp_path)

    worth = {name: figure(found, "objective")[1] for name, found in rows.items()}
    awards = {name: (figure(found, "award", "A")[1], figure(found, "award", "B")[1]) for name, found in rows.items()}

    # by leverage P0, P1 and P3: 900 × (0.9 + 0.8 + 0.7); by score P0, P4 and P5: 900 × (0.9 + 0.6 + 0.1)
    assert {"leverage_rank": 2160, "score_rank": 1440} == {
        name: worth[name] for name in ("leverage_rank", "score_rank")
    }
    assert (150, 150) == awards["pro_rata"]
    # the quotas buy one whole award each; the 100 left over go to the best of the rest
    assert (200, 100) == awards["factor_method"]
    assert all(
        figure(found, "objective")[0] >= value for found, value in zip(rows.values(), worth.values(), strict=True)
    )


@pytest.mark.slow
def test_what_breaks_a_rule_is_mended(tmp_path):
    """With at most 100 for A, ranking breaks the rule by name, and the nearest plan that keeps it is judged instead."""
    rule = {"name": "little for A", "measure": "award", "where": {"region": "A"}, "max": 100}

    run, rows = judged(tmp_path, {**CONFIG, "limits": [rule]})

    ranked = rows["leverage_rank"]
    assert ("mended", "little for A") == (ranked["status"].iloc[0], ranked["breaks"].iloc[0])
    assert figure(ranked, "award", "A")[1] <= 100
    assert verify(run).ok


def test_with_three_quarters_of_the_money(tmp_path):
    """225 buy two and a half awards of the best: 900 × 0.9 + … against the benchmark's whole money."""
    _, rows = judged(tmp_path)

    row = rows["score_rank"].set_index("figure").loc["share_reached"]

    assert row["gain"] == pytest.approx(row["plan"] / row["other"], abs=1e-6)
    assert row["plan"] < figure(rows["score_rank"], "objective")[0]


def test_the_command_judges_any_run(tmp_path):
    """A run whose config names no benchmark is held against all that its tables allow; the run's files stay as they are."""
    config = {key: value for key, value in CONFIG.items() if key not in ("benchmarks", "factor_method")}
    run = write(decide(write_plan(tmp_path, config, projects=PROJECTS)), tmp_path / "runs")
    before = {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()}

    path, rows = benchmarks(run)

    assert {"leverage_rank", "score_rank", "pro_rata"} == set(rows["benchmark"])
    assert before == {p.name: p.read_bytes() for p in run.iterdir() if p.is_file() and p != path}
    assert set(RULES) > set(rows["benchmark"])


def test_a_changed_benchmark_is_caught(tmp_path):
    """The plan's side, the gain, and a benchmark better than any plan can be."""
    run, _ = judged(tmp_path)
    text = (run / "benchmarks.csv").read_text(encoding="utf-8-sig")
    for column in (-3, -2, -1):
        lines = text.splitlines()
        cells = lines[1].split(",")
        cells[column] = str(Decimal(cells[column]) + 5000)
        copy = shutil.copytree(run, tmp_path / f"copy{column}")
        (copy / "benchmarks.csv").write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]), encoding="utf-8-sig")

        assert not verify(copy).ok


def test_factors_must_exist(tmp_path):
    """A factor that no table has, and weights that are no whole, are told."""
    for factors, told in (({"industri": 1}, "did you mean 'industry'"), ({"industry": 0.4}, "must sum to 1, got 0.4")):
        path = write_plan(
            tmp_path, {**CONFIG, "factor_method": {"factors": factors}}, projects=PROJECTS, regions=REGIONS
        )
        with pytest.raises(InputError, match=told):
            allocator.load(path)


def test_least_spending_counts_as_a_loss(tmp_path):
    """With a floor to reach for the least money, no benchmark spends less than the plan, and the run is stored."""
    floor = {"name": "floor", "measure": "leveraged_investment", "min": 800}
    run, rows = judged(tmp_path, {**CONFIG, "minimise": "spending", "limits": [floor]})
    ours, other = figure(rows["leverage_rank"], "objective")

    assert ours < 0
    assert other <= ours
    assert verify(run).ok


@pytest.mark.slow
def test_the_other_side_is_worked_out_again(tmp_path):
    """A benchmark that is told poorer than its own awards are, with a gain to match, and any change of those, is found."""
    run, _ = judged(tmp_path)
    assert verify(run).ok

    def changed(name, file, before, after):
        copy = shutil.copytree(run, tmp_path / name)
        text = (copy / file).read_text(encoding="utf-8-sig")
        assert before in text
        (copy / file).write_text(text.replace(before, after, 1), encoding="utf-8-sig")
        return copy

    lines = (run / "benchmarks.csv").read_text(encoding="utf-8-sig").splitlines()
    for number, line in enumerate(lines[1:], start=1):
        cells = line.split(",")
        if cells[3] == "share_reached":
            continue
        poorer = [*cells[:-2], str(Decimal(cells[-2]) - 1), str(Decimal(cells[-1]) + 1)]
        copy = changed(f"poorer{number}", "benchmarks.csv", line, ",".join(poorer))
        assert any("benchmarks.csv" in message.where for message in verify(copy).violations), line
    for file, before, after in (
        ("benchmark_awards.csv", "leverage_rank,P0", "leverage_rank,P5"),
        ("benchmark_awards.csv", ",100,1000,1000,900", ",100,1000,1000,901"),
        ("benchmark_payments.csv", ",fiscal,2021,100", ",fiscal,2021,99"),
    ):
        assert not verify(changed(f"{after[-9:]}", file, before, after)).ok


@pytest.mark.sweep(1)
@pytest.mark.parametrize(
    ("budget", "rule", "worth", "spent"),
    [
        # P0 and P1 in whole, then half of P3, the next by leverage, at the level of 50
        (250, {}, 900 * (0.9 + 0.8 + 0.7 / 2), 250),
        # at most 100 for A: P0, then the best of B
        (300, {"measure": "award", "where": {"region": "A"}, "max": 100}, 900 * (0.9 + 0.7 + 0.6), 300),
        (400, {"measure": "award", "where": {"region": "A"}, "max": 50}, 900 * (0.9 / 2 + 0.7 + 0.6 + 0.1), 350),
        (300, {"measure": "count", "max": 2}, 900 * (0.9 + 0.8), 200),
        (90, {}, 900 * 0.9 / 2, 50),
    ],
)
def test_a_rule_of_thumb_goes_on_until_nothing_more_fits(tmp_path, budget, rule, worth, spent):
    """By leverage P0, P1, P3, P4, P2, P5: what is left goes to the next that the rules allow, in part where only that fits."""
    config = {
        **CONFIG, "sources": {"fiscal": {"budget": budget, "pays": ["grant"]}}, "benchmarks": ["leverage_rank"],
        "limits": [{"name": "rule", **rule}] if rule else [],
    }  # fmt: skip
    run, rows = judged(tmp_path, config)

    assert (pytest.approx(worth), spent) == tuple(
        figure(rows["leverage_rank"], name)[1] for name in ("objective", "award")
    )
    assert verify(run).ok


@pytest.mark.slow
def test_the_gain_is_told_per_yuan_as_well(tmp_path):
    """What each side reaches over what it awards, in the table, the report's lines, and as verification counts it."""
    config = {**CONFIG, "sources": {"fiscal": {"budget": 250, "pays": ["grant"]}}, "language": "en"}
    run, rows = judged(tmp_path, config)
    lines = as_text(read(run), "en").splitlines()

    for found in rows.values():
        sides = [figure(found, "objective")[side] / figure(found, "award")[side] for side in (0, 1)]
        assert figure(found, "per_award") == pytest.approx(tuple(sides), abs=1e-11)
    assert ["Awarded by the benchmark", "Gain per yuan"] == re.split(r" {2,}", lines[0])[5:7]
    text = (run / "benchmarks.csv").read_text(encoding="utf-8-sig")
    line = next(line for line in text.splitlines() if ",per_award," in line)
    cells = line.split(",")
    for column in (-3, -2, -1):
        changed = [*cells]
        changed[column] = str(Decimal(cells[column]) + Decimal("0.001"))
        copy = shutil.copytree(run, tmp_path / f"copy{column}")
        (copy / "benchmarks.csv").write_text(text.replace(line, ",".join(changed)), encoding="utf-8-sig")
        assert any("benchmarks.csv" in found.where for found in verify(copy).violations)


@pytest.mark.slow
def test_benchmarks_of_random_plans_raise_no_false_alarm(tmp_path):
    """Whatever rules a plan has, its benchmarks are stored as they keep them."""
    decided = 0
    for seed in range(40, 52):
        config, tables = plan(seed)
        known = {**config, "benchmarks": ["leverage_rank", "score_rank", "pro_rata"]}
        try:
            allocator.run(write_plan(tmp_path / str(seed), known, **tables), out=tmp_path / "runs")
            decided += 1
        except (Infeasible, InputError):
            continue

    assert decided > 4

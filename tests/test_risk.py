"""Outcomes against enumeration: every plan in every outcome, in exact fractions and nothing of the package."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, product
from pathlib import Path
from random import Random
from shutil import copytree

import pytest
from forging import reseal
from planning import Row, chosen, decide, write_plan, write_table

import allocator
from allocator.optimise.search import outcome_cuts
from allocator.verify import verify

YEARS = [2021, 2022]
REGIONS = ["east", "west", "north"]
SEEDS = range(8)


def random_plan(seed: int) -> tuple[Row, list[Row], list[Row]]:
    """A plan of five projects with outcomes on what they bring, cost and are paid from."""
    rng = Random(seed)
    projects: list[Row] = [
        {"project_id": f"P{n}", "region": REGIONS[n % 3], "category": rng.choice("xy")} for n in range(5)
    ]
    options: list[Row] = [
        {"project_id": p["project_id"], "option": f"o{k}", "start_year": 2021,
         "additional_investment": rng.randint(10, 99), "f@2021": rng.randint(0, 9), "f@2022": rng.randint(0, 9)}
        for p in projects for k in range(rng.randint(1, 2))
    ]  # fmt: skip
    kinds: list[Row] = [
        {"on": "realisation", "where": {"region": rng.choice(REGIONS)}, "factor": rng.choice([0, 0.25, 0.5])},
        {"on": "leverage", "where": {"category": projects[0]["category"]}, "factor": rng.choice([0.75, 1.5])},
        {"on": "budget", "source": "f", "year": rng.choice(YEARS), "factor": rng.choice([0.5, 0.75])},
        {"on": "cost", "where": {"region": rng.choice(REGIONS)}, "factor": 1.5},
    ]
    outcomes = {
        f"w{n}": {"probability": chance, "effects": rng.sample(kinds, rng.randint(1, 3))}
        for n, chance in enumerate([0.25, 0.125, 0.25])
    }
    source: Row = {"budget": {2021: rng.randint(10, 20), 2022: rng.randint(8, 16)}}
    if rng.random() < 0.6:
        source["carryover"] = {"max_share": 0.5}
    config: Row = {
        "money": "元",
        "years": YEARS,
        "sources": {"f": source},
        "uncertainty": {"shortage_price": rng.choice([1, 4]), "outcomes": outcomes},
        "risk": {"alpha": rng.choice([0.5, 0.75, 0.9]), "weight": rng.choice([0, 0.25, 0.5, 1])},
        "solver": {"gap": 0, "threads": 1},
    }
    return config, projects, options


def exact(value: float) -> Fraction:
    """The decimal that was written."""
    return Fraction(repr(value))


def plans(projects: list[Row], options: list[Row]) -> Iterator[list[Row]]:
    """Every choice of at most one option per project."""
    about = {p["project_id"]: p for p in projects}
    by_project = [[None, *({**about[p], **o} for o in options if o["project_id"] == p)] for p in about]
    for picked in product(*by_project):
        yield [row for row in picked if row is not None]


def shortage(config: Row, plan: list[Row], effects: list[Row]) -> Fraction:
    """What is missing over the years when as much as allowed is carried on."""
    source = config["sources"]["f"]
    missing = carried = Fraction(0)
    for year in YEARS:
        have, due = Fraction(source["budget"][year]), Fraction(0)
        for effect in effects:
            if effect["on"] == "budget" and effect["year"] == year:
                have *= exact(effect["factor"])
        for row in plan:
            cost = Fraction(row[f"f@{year}"])
            for effect in effects:
                if effect["on"] == "cost" and effect["where"].items() <= row.items():
                    cost *= exact(effect["factor"])
            due += cost
        budget, have = have, have + carried
        missing += max(Fraction(0), due - have)
        share = exact(source["carryover"]["max_share"]) if "carryover" in source else Fraction(0)
        carried = min(max(Fraction(0), have - due), share * have, budget)
    return missing


def worth(config: Row, plan: list[Row], effects: list[Row]) -> Fraction:
    """The goal in one outcome."""
    total = Fraction(0)
    for row in plan:
        value = Fraction(row["additional_investment"])
        for effect in effects:
            if effect["on"] in ("realisation", "leverage") and effect["where"].items() <= row.items():
                value *= exact(effect["factor"])
        total += value
    return total - config["uncertainty"]["shortage_price"] * shortage(config, plan, effects)


def goal(config: Row, plan: list[Row]) -> tuple[Fraction, Fraction, Fraction]:
    """Goal, expected value, and mean of the worst, by sorting the outcomes."""
    outcomes = config["uncertainty"]["outcomes"]
    cases = [(worth(config, plan, o["effects"]), exact(o["probability"])) for o in outcomes.values()]
    cases.append((worth(config, plan, []), 1 - sum((p for _, p in cases), Fraction(0))))
    expected = sum((p * v for v, p in cases), Fraction(0))
    rest = 1 - exact(config["risk"]["alpha"])
    left, mean = rest, Fraction(0)
    for value, chance in sorted(cases):
        mean += min(left, chance) * value / rest
        left -= min(left, chance)
    weight = exact(config["risk"]["weight"])
    return (1 - weight) * expected + weight * mean, expected, mean


@pytest.mark.sweep(2)
@pytest.mark.parametrize("seed", SEEDS)
def test_plan_is_the_best_of_all(tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Objective, expected value and mean of the worst are those of the enumeration; with cuts as well as with rows."""
    config, projects, options = random_plan(seed)
    payable = [plan for plan in plans(projects, options) if shortage(config, plan, []) == 0]
    best = max(goal(config, plan)[0] for plan in payable)
    path = write_plan(tmp_path, config, projects=projects, options=options)
    if seed % 2:
        monkeypatch.setattr(outcome_cuts, "MANY", 1)
    solution = allocator.run(path, out=tmp_path / "runs") if seed < 3 else decide(path)
    about = {p["project_id"]: p for p in projects}
    names = chosen(solution)
    plan = [{**about[o["project_id"]], **o} for o in options if (o["project_id"], o["option"]) in names]
    told = [Fraction(str(solution.risk[key])) for key in ("expected_value", "worst_mean")]

    assert float(best) == pytest.approx(float(solution.objective), abs=1e-9)
    assert goal(config, plan)[1:] == pytest.approx(tuple(told), abs=1e-20)


def test_weight_of_nothing_is_the_risk_neutral_plan(tmp_path: Path) -> None:
    """Without weight there is no row of an outcome, and more weight trades expected value for the mean of the worst."""
    config, projects, options = random_plan(3)
    path = write_plan(tmp_path, config, projects=projects, options=options)
    steps = [decide(path, f"risk.weight={weight}") for weight in (0, 0.3, 0.7, 1)]
    expected = [float(s.risk["expected_value"]) for s in steps]
    worst = [float(s.risk["worst_mean"]) for s in steps]
    neutral = max(goal(config, p)[1] for p in plans(projects, options) if shortage(config, p, []) == 0)

    assert float(neutral) == expected[0] == float(steps[0].objective)
    assert expected == sorted(expected, reverse=True)
    assert worst == sorted(worst)


SURE: list[Row] = [
    {"project_id": "A", "region": "east", "category": "x"},
    {"project_id": "B", "region": "west", "category": "x"},
]
CHOICE: list[Row] = [
    {"project_id": "A", "option": "a", "start_year": 2021, "additional_investment": 100, "f@2021": 10},
    {"project_id": "B", "option": "b", "start_year": 2021, "additional_investment": 90, "f@2021": 10},
]
FLOOD: Row = {
    "money": "万元",
    "years": [2021],
    "sources": {"f": {"budget": 10}},
    "uncertainty": {
        "outcomes": {
            "flood": {
                "probability": 0.1,
                "effects": [{"on": "realisation", "where": {"region": "east"}, "factor": 0.2}],
            }
        }
    },
    "solver": {"gap": 0},
}


def test_hand_solved_choice(tmp_path: Path) -> None:
    """A brings 92 on average and 20 in a flood, B 90 for sure: A unless the worst tenth weighs more than 2 of 72."""
    path = write_plan(tmp_path, FLOOD, projects=SURE, options=CHOICE)
    neutral = decide(path)
    careful = decide(path, "risk.alpha=0.9", "risk.weight=0.03")
    bold = decide(path, "risk.alpha=0.9", "risk.weight=0.02")

    assert ([("A", "a")], 92) == (chosen(neutral), neutral.objective)
    assert ([("B", "b")], 90) == (chosen(careful), careful.objective)
    assert [("A", "a")] == chosen(bold)
    assert "90.56" == str(bold.objective)  # 0.98 * 92 + 0.02 * 20


@pytest.mark.parametrize(
    "floor",
    [("risk.floor=90",), ("risk.floor=50", "risk.floor_on=worst_mean"), ("uncertainty.outcomes.flood.floor=21",)],
)
def test_floor_on_the_bad_outcome_changes_the_plan(tmp_path: Path, floor: tuple[str, ...]) -> None:
    """A floor that A misses in a flood leaves B, whatever A brings on average."""
    path = write_plan(tmp_path, FLOOD, projects=SURE, options=CHOICE)

    assert [("B", "b")] == chosen(decide(path, *floor))


def test_floor_nobody_reaches_is_a_conflict(tmp_path: Path) -> None:
    """There is no plan then, and that is said."""
    path = write_plan(tmp_path, FLOOD, projects=SURE, options=CHOICE)

    with pytest.raises(allocator.Infeasible):
        decide(path, "risk.floor=200")


def test_outcomes_without_price_must_be_payable(tmp_path: Path) -> None:
    """With no price for a shortage the plan keeps within the smallest budget of all outcomes."""
    config = FLOOD | {
        "uncertainty": {"outcomes": {"cut": {"probability": 0.1, "effects": [{"on": "budget", "factor": 0.7}]}}}
    }
    options = [CHOICE[0] | {"f@2021": 8}, CHOICE[1] | {"f@2021": 7}]
    path = write_plan(tmp_path, config, projects=SURE, options=options)

    assert [("B", "b")] == chosen(decide(path))
    assert [("A", "a")] == chosen(decide(path, "uncertainty.shortage_price=10"))


def test_outcomes_of_a_table_are_those_of_the_config(tmp_path: Path) -> None:
    """The same outcomes by name or from a file, in Chinese headers: one plan, one value; the run verifies from its copy."""
    rows: list[Row] = [
        {"情形": "flood", "概率": 0.1, "影响对象": "realisation", "倍数": 0.2, "region": "east"},
        {"情形": "dry", "概率": 0.9, "影响对象": "", "倍数": ""},
    ]
    named = decide(write_plan(tmp_path / "named", FLOOD, projects=SURE, options=CHOICE))
    config = FLOOD | {"uncertainty": {"file": "states.csv"}}
    path = write_plan(tmp_path / "filed", config, projects=SURE, options=CHOICE)
    write_table(tmp_path / "filed" / "states.csv", rows)
    filed = allocator.run(path, out=tmp_path / "runs")
    assert filed.folder is not None

    assert named.objective == filed.objective == 92
    assert {"states.csv"} <= {file.name for file in (filed.folder / "inputs").iterdir()}


def test_sample_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    """Another seed gives other outcomes; all lie between low and high."""
    config = FLOOD | {
        "uncertainty": {
            "sample": {"count": 40, "draw": [{"on": "realisation", "each": "region", "low": 0.5, "high": 1}]}
        },
        "risk": {"alpha": 0.9, "weight": 0.5},
    }
    path = write_plan(tmp_path, config, projects=SURE, options=CHOICE)
    first, again, other = (decide(path, f"uncertainty.sample.seed={seed}") for seed in (0, 0, 1))

    assert first.extra["outcomes"]["value"].tolist() == again.extra["outcomes"]["value"].tolist()
    assert first.extra["outcomes"]["value"].tolist() != other.extra["outcomes"]["value"].tolist()
    assert first.extra["outcomes"]["value"].between(45, 100).all()


def test_hand_solved_value_of_information(tmp_path: Path) -> None:
    """Known a flood, B brings 90 instead of 20: 0.1 x 70 = 7. The plan for the mean is the same plan: nothing gained."""
    path = write_plan(tmp_path, FLOOD | {"risk": {"report": ["evpi", "vss"]}}, projects=SURE, options=CHOICE)
    told = decide(path).risk

    assert (7, 0) == (told["evpi"]["value"], told["vss"]["value"])


@pytest.mark.sweep(1)
@pytest.mark.parametrize("seed", [1, 4, 6])
def test_information_is_never_worth_less_than_nothing(tmp_path: Path, seed: int) -> None:
    """The value of information is the enumerated one; planning for all outcomes never loses against the mean."""
    config, projects, options = random_plan(seed)
    path = write_plan(tmp_path, config, projects=projects, options=options)
    told = decide(path, "risk.weight=0.5", "risk.report=[evpi, vss]").risk
    every = [p for p in plans(projects, options) if shortage(config, p, []) == 0]
    outcomes = [(exact(o["probability"]), o["effects"]) for o in config["uncertainty"]["outcomes"].values()]
    outcomes.append((1 - sum(p for p, _ in outcomes), []))
    known = sum(chance * max(worth(config, p, effects) for p in every) for chance, effects in outcomes)
    neutral = max(goal(config, p)[1] for p in every)

    assert float(known - neutral) == pytest.approx(float(told["evpi"]["value"]), abs=1e-9)
    assert told["vss"]["value"] >= 0


def test_worst_falls_are_those_of_every_subset(tmp_path: Path) -> None:
    """The robust plan is the best of all plans held against every set of two projects that fall."""
    _, projects, options = random_plan(5)
    shares = {"east": 0.5, "west": 0.25, "north": 0.75}
    config = {
        "money": "元", "years": YEARS, "sources": {"f": {"budget": {2021: 22, 2022: 22}}}, "solver": {"gap": 0},
        "robust": {"gamma": 2, "deviation": {"by": "region", "values": shares}},
    }  # fmt: skip
    solution = allocator.run(write_plan(tmp_path, config, projects=projects, options=options), out=tmp_path / "runs")

    def held(plan: list[Row]) -> Fraction:
        lost = [Fraction(row["additional_investment"]) * exact(shares[row["region"]]) for row in plan]
        value = sum(Fraction(row["additional_investment"]) for row in plan)
        return min(value - sum(fallen) for size in (0, 1, 2) for fallen in combinations(lost, size))

    payable = [p for p in plans(projects, options) if all(sum(row[f"f@{y}"] for row in p) <= 22 for y in YEARS)]
    assert max(held(p) for p in payable) == Fraction(str(solution.objective))
    assert solution.risk["price_of_robustness"]["value"] >= 0
    bold = decide(write_plan(tmp_path / "bold", config, projects=projects, options=options), "robust.gamma=0")
    assert bold.objective >= solution.objective


CORRUPTIONS = [
    ("outcomes.csv", "flood,0.1,", "flood,0.2,"),
    ("outcomes.csv", ",20,", ",20.01,"),
    ("outcomes.csv", "base", "calm"),
    ("manifest.json", '"worst_mean": 60', '"worst_mean": 61'),
    ("manifest.json", '"expected_value": 92', '"expected_value": 92.5'),
    ("manifest.json", '"objective": 92', '"objective": 92.01'),
]


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stored plan with outcomes."""
    folder = tmp_path_factory.mktemp("stored")
    path = write_plan(folder, FLOOD | {"risk": {"alpha": 0.8}}, projects=SURE, options=CHOICE)
    run = allocator.run(path, out=folder / "runs").folder
    assert run is not None
    return run


@pytest.mark.sweep(3)
@pytest.mark.parametrize(("file", "before", "after"), CORRUPTIONS)
def test_corrupted_run_is_caught(stored: Path, tmp_path: Path, file: str, before: str, after: str) -> None:
    """One figure of an outcome that is changed is a violation."""
    run = tmp_path / "run"
    copytree(stored, run)
    text = (run / file).read_text(encoding="utf-8")
    assert before in text
    (run / file).write_text(text.replace(before, after, 1), encoding="utf-8")
    reseal(run)

    assert verify(stored).ok
    assert not verify(run).ok


def test_verification_counts_the_outcomes(stored: Path, tmp_path: Path) -> None:
    """The same plan without outcomes has fewer checks."""
    config = {key: value for key, value in FLOOD.items() if key != "uncertainty"}
    plain = allocator.run(write_plan(tmp_path, config, projects=SURE, options=CHOICE), out=tmp_path / "runs").folder
    assert plain is not None

    assert verify(stored).checks > verify(plain).checks + 10
    assert not (plain / "outcomes.csv").exists()

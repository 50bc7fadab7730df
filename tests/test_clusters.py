"""Chains and synergies: what projects bring together moves the plan as it should, exactly, and is verified."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from random import Random
from shutil import copytree
from typing import Any

import pytest
from forging import reseal
from planning import Row, chosen, decide, write_plan

import allocator
from allocator.messages.errors import Infeasible, InputError
from allocator.verify import verify

NODES = {
    "A": ("cells", "gap"),
    "B": ("cells", "gap"),
    "C": ("motors", "weak"),
    "D": ("cells;motors", ""),
    "E": ("", ""),
}
WORTH = {"A": 10, "B": 9, "C": 5, "D": 4, "E": 6}


def made(folder: Path, money: int, nodes: dict[str, tuple[str, str]] | None = None, **changes: Any) -> Path:
    """Five projects that cost 1 each; D closes two nodes."""
    rows = nodes or {p: n for p, n in NODES.items() if p != "D"} | {"D": ("", "")}
    projects = [
        {"project_id": p, "project_name": p, "region": "r", "category": "c", "chain_node": node, "state": state}
        for p, (node, state) in sorted(rows.items())
    ]
    options = [
        {"project_id": p, "option": "o", "start_year": 2021, "fiscal@2021": 1, "nominal_investment": WORTH[p]}
        for p in rows
    ]
    config = {
        "money": "万元",
        "years": [2021],
        "sources": {"fiscal": {"budget": money}},
        "leverage": {"goal": "nominal"},
        "solver": {"gap": 0, "threads": 1},
        **changes,
    }
    return write_plan(folder, config, projects=projects, options=options)


def who(solution: allocator.Solution) -> str:
    return "".join(project for project, _ in chosen(solution))


@pytest.mark.parametrize(
    ("chains", "funded", "worth"),
    [
        (None, "AB", "19"),  # 10 + 9
        ({"bonus": 3}, "AB", "22"),  # one node closed, by both; with C: 10 + 5 + 6 = 21
        ({"bonus": 5}, "AC", "25"),  # 10 + 5 + two nodes; A and B: 24
        ({"role": "state", "bonus": {"gap": 1, "weak": 4.5}}, "AC", "20.5"),  # A and B: 20
        ({"bonus": -9.5}, "DE", "10"),  # a node closed is a loss: A and B 9.5, A and E 6.5
    ],
)
def test_bonus_per_closed_node(tmp_path: Path, chains: Row | None, funded: str, worth: str) -> None:
    """A second project at a closed node brings no second bonus."""
    solution = decide(made(tmp_path, 2, chains=chains))

    assert (funded, Decimal(worth), "optimal") == (who(solution), solution.objective, solution.status)


def test_bonus_of_a_role_whose_projects_are_out(tmp_path: Path) -> None:
    """C alone has the role `weak` and no option is open to it: the bonus is idle, the config is not wrong."""
    path = made(
        tmp_path,
        2,
        chains={"role": "state", "bonus": {"gap": 1, "weak": 4.5}},
        limits=limit(where={"state": "weak"}, max=1),
    )
    table = tmp_path / "options.csv"
    table.write_text("".join(line for line in table.open(encoding="utf-8") if line[0] != "C"), encoding="utf-8")
    solution = allocator.run(path, out=tmp_path / "runs")

    assert ("AB", Decimal(20)) == (who(solution), solution.objective)


def test_a_project_may_close_two_nodes(tmp_path: Path) -> None:
    """D is worth 4 and two bonuses, A 10 and one: D is funded when a bonus exceeds 6."""
    nodes = {p: (node, "") for p, (node, _) in NODES.items()}
    found = [decide(made(tmp_path / str(b), 1, nodes, chains={"bonus": b})) for b in (4, 7)]

    assert [("A", 14), ("D", 18)] == [(who(s), s.objective) for s in found]


def limit(**more: Any) -> list[Row]:
    return [{"name": "nodes", "measure": "closed_nodes", **more}]


@pytest.mark.sweep(2)
@pytest.mark.parametrize(
    ("limits", "funded"),
    [
        (limit(min=2), "AC"),
        (limit(max=0), "DE"),
        (limit(where={"state": "weak"}, min=1), "AC"),
        (limit(each="state", min=1), "AC"),
        (limit(where={"chain_node": "motors"}, min=1), "AC"),
        (limit(where={"state": "weak"}, min_share=0.5), "AC"),
        (limit(where={"state": "gap"}, max_share=0.5), "AC"),
        (limit(min=2, soft=3), "AB"),
        (limit(min=2, soft=5), "AC"),
    ],
)
def test_limits_on_closed_nodes(tmp_path: Path, limits: list[Row], funded: str) -> None:
    """Floors, caps, shares and prices on the number of nodes closed; every run is verified as it is stored."""
    path = made(tmp_path, 2, chains={"role": "state"}, limits=limits)
    solution = allocator.run(path, out=tmp_path / "runs")

    assert (funded, "optimal") == (who(solution), solution.status)


def test_floor_above_all_nodes_is_told_before_solving(tmp_path: Path) -> None:
    """There are two nodes."""
    with pytest.raises(Infeasible) as caught:
        decide(made(tmp_path, 2, chains={}, limits=limit(min=3)))

    assert "nodes" in caught.value.text("en")
    assert "2" in caught.value.text("en")
    assert "3" in caught.value.text("en")


@pytest.mark.sweep(2)
@pytest.mark.parametrize(
    ("synergy", "funded", "worth"),
    [
        ({"projects": ["C", "E"], "bonus": 8.5}, "CE", "19.5"),  # 5 + 6 + 8.5, against 19
        ({"projects": ["C", "E"], "bonus": 7.5}, "AB", "19"),
        ({"projects": ["A", "B"], "bonus": -4}, "AE", "16"),  # 10 + 6, against 15
        ({"projects": ["A", "B"], "bonus": -2.99}, "AB", "16.01"),
        ({"where": {"chain_node": ["cells", "motors"]}, "at_least": 2, "bonus": -4}, "AE", "16"),
        ({"projects": ["C", "D", "E"], "at_least": 2, "bonus": 9}, "CE", "20"),
        ({"projects": ["C", "D", "E"], "bonus": 99}, "AB", "19"),  # there is money for two
    ],
)
def test_synergy_by_hand(tmp_path: Path, synergy: Row, funded: str, worth: str) -> None:
    """Pairs and groups, gains and losses, to the cent; nobody is paid a bonus that is not joined."""
    path = made(tmp_path, 2, synergies=[{"name": "s", **synergy}])
    solution = allocator.run(path, out=tmp_path / "runs")

    assert (funded, Decimal(worth), "optimal") == (who(solution), solution.objective, solution.status)
    assert ["leveraged_investment", "synergy"] == solution.goals["measure"].tolist()


@pytest.mark.sweep(8)
@pytest.mark.parametrize("seed", range(25))
def test_equals_the_best_of_all_choices(tmp_path: Path, seed: int) -> None:
    """Random nodes, bonuses and synergies of either sign, against every choice counted one by one."""
    rng = Random(seed)
    nodes = {p: (";".join(rng.sample(["u", "v", "w"], rng.randint(0, 2))), "") for p in WORTH}
    bonus = rng.choice([-3, 2.5, 6])
    synergies = []
    for number in range(3):
        members = rng.sample(sorted(WORTH), rng.randint(2, 4))
        more = {"at_least": rng.randint(2, len(members))} if rng.random() < 0.5 else {}
        synergies.append({"name": str(number), "projects": members, "bonus": rng.choice([-6, -2.25, 3, 7.5]), **more})
    most = rng.choice([None, 1, 2])
    limits = [] if most is None else limit(max=most)
    money = rng.randint(2, 4)
    solution = decide(made(tmp_path, money, nodes, chains={"bonus": bonus}, synergies=synergies, limits=limits))

    def worth(funded: tuple[str, ...]) -> Fraction | None:
        closed = {node for p in funded for node in nodes[p][0].split(";") if node}
        if most is not None and len(closed) > most:
            return None
        joined = [
            s for s in synergies if len(set(funded) & set(s["projects"])) >= s.get("at_least", len(s["projects"]))
        ]
        parts = [*(WORTH[p] for p in funded), *(s["bonus"] for s in joined), bonus * len(closed)]
        return sum(map(Fraction, parts), Fraction(0))

    choices = [worth(some) for size in range(money + 1) for some in combinations(sorted(WORTH), size)]

    assert max(value for value in choices if value is not None) == Fraction(solution.objective)


def test_goals_in_order_may_count_nodes(tmp_path: Path) -> None:
    """First as many nodes as can be, then what is worth most."""
    terms = [{"measure": "closed_nodes", "tolerance": 0}, {"measure": "nominal_investment"}]
    solution = decide(made(tmp_path, 2, chains={}, goals={"mode": "lexicographic", "terms": terms}))

    assert ("AC", [2, 15]) == (who(solution), [stage["value"] for stage in solution.stages])


def test_nodes_count_the_same_in_every_outcome(tmp_path: Path) -> None:
    """A goal on closed nodes beside outcomes: no outcome changes it, and the verification says so too."""
    bad = {"probability": 0.5, "effects": [{"on": "leverage", "factor": 0.5}]}
    terms = [{"measure": "closed_nodes", "weight": 20}, {"measure": "nominal_investment"}]
    path = made(tmp_path, 2, chains={}, goals={"terms": terms}, uncertainty={"outcomes": {"bad": bad}})
    solution = allocator.run(path, out=tmp_path / "runs")
    assert solution.folder is not None

    assert ("AC", Decimal("51.25"), True) == (who(solution), solution.objective, verify(solution.folder).ok)


def test_corrupted_bonus_is_caught(tmp_path: Path) -> None:
    """What the manifest says of nodes and synergies is worked out again from the awards."""
    synergies = [{"name": "s", "projects": ["A", "C"], "bonus": 5}]
    solution = allocator.run(made(tmp_path, 2, chains={"bonus": 5}, synergies=synergies), out=tmp_path / "runs")
    assert solution.folder is not None

    assert (30, True) == (solution.objective, verify(solution.folder).ok)
    for number, name, value in ((1, "value", 1), (2, "contribution", 6), (2, "measure", "award")):
        copy = Path(copytree(solution.folder, tmp_path / f"{number}{name}"))
        manifest = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
        manifest["goals"][number][name] = value
        (copy / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        reseal(copy)

        assert not verify(copy).ok


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"chains": {"node": "chain_nod"}}, "chains.node: no column 'chain_nod' in the tables; did you mean 'chain_node'?"),
        ({"chains": {"role": "state", "bonus": {"gapp": 1}}}, "chains.bonus.gapp: no chain node has the role 'gapp'; did you mean 'gap'?"),
        ({"chains": {"bonus": {"gap": 1}}}, "chains.bonus: a bonus per role needs 'chains.role', the column that says it"),
        ({"chains": {}, "limits": limit(min=1, each="region")},
         "limits.nodes.each: 'region' says nothing of a chain node; closed_nodes knows: chain_node"),
        ({"chains": {}, "limits": limit(min=1, year=2021)},
         "limits.nodes.year: says nothing about closed_nodes: a chain node is closed once, by whatever project, in whatever year"),
        ({"limits": limit(min=1)}, "limits.nodes.measure: there is no measure 'closed_nodes'"),
        ({"synergies": [{"name": "s", "projects": ["A", "Q"], "bonus": 1}]},
         "synergies.s.projects.1: there is no project 'Q' in the project table"),
        ({"synergies": [{"name": "s", "projects": ["A", "B"], "at_least": 3, "bonus": 1}]},
         "synergies.s: synergy 's' asks for 3 projects, but only 2 are meant"),
        ({"synergies": [{"name": "s", "bonus": 1}]}, "synergies.s: synergy 's' needs either projects or where"),
    ],
)  # fmt: skip
def test_faults_are_told(tmp_path: Path, changes: Row, says: str) -> None:
    """What is written wrongly is told with its key, and what to write."""
    with pytest.raises(InputError) as caught:
        allocator.load(made(tmp_path, 2, **changes))

    assert says in caught.value.text("en")


def test_a_node_has_one_role(tmp_path: Path) -> None:
    """Two projects at one node that call it differently are both named."""
    with pytest.raises(InputError) as caught:
        allocator.load(made(tmp_path, 2, NODES, chains={"role": "state"}))

    assert "chain node 'cells' has several roles: – (D), gap (B)" in caught.value.text("en")


@pytest.mark.sweep(2)
@pytest.mark.parametrize(
    ("synergy", "funded", "worth"),
    [
        (None, "ABE", 25),
        # one attracted project brings a string: D (4) draws C (5) and E (6)
        ({"anchor": "D", "projects": ["C", "E"], "bonus": 6}, "CDE", 27),
        ({"anchor": "D", "projects": ["C", "D", "E"], "bonus": 4}, "ABE", 25),  # D, E and A: 24; C, D and E: 23
        ({"anchor": "D", "projects": ["B", "E"], "bonus": 4.5}, "BDE", 28),  # A, B and D: 27.5
        ({"anchor": "B", "where": {"state": "x"}, "bonus": -4}, "ACE", 21),  # B drives A and E away: A, B and E are 17
        # every two of them: three pairs among three
        ({"per": "pair", "projects": ["C", "D", "E"], "bonus": 4}, "CDE", 27),
        (
            {"per": "pair", "projects": ["A", "C", "D", "E"], "bonus": 2.5},
            "ACE",
            28.5,
        ),  # 21 + 3 pairs; A, B and E: 25 + 1
        ({"per": "pair", "projects": ["A", "B", "E"], "bonus": -2}, "ABC", 22),  # 24 − 2; A, B and E: 25 − 6
        # every one from the second, or from the third on
        (
            {"per": "further", "projects": ["C", "D", "E"], "bonus": 6.5},
            "CDE",
            28,
        ),  # 15 + 2 × 6.5; A, C and E: 21 + 6.5
        ({"per": "further", "at_least": 3, "projects": ["C", "D", "E"], "bonus": 5.5}, "ABE", 25),
        ({"per": "further", "projects": ["A", "B", "E"], "bonus": -3}, "ABC", 21),  # 24 − 3; A, B and E: 25 − 6
        # once, when two of them are in
        ({"at_least": 2, "projects": ["C", "D", "E"], "bonus": 5.5}, "ACE", 26.5),
    ],
)
def test_forms_of_synergy(synergy: Row | None, funded: str, worth: float, tmp_path: Path) -> None:
    """Anchor, pairs, further ones, and once for enough of them, to the cent and as stored."""
    nodes = {p: (n, "x" if p in "AE" else "y") for p, (n, _) in NODES.items()}
    synergies = [] if synergy is None else [{"name": "s", **synergy}]
    solution = allocator.run(made(tmp_path, 3, nodes, synergies=synergies), out=tmp_path / "runs")

    assert (funded, worth, "optimal") == (who(solution), float(solution.objective), solution.status)


@pytest.mark.sweep(3)
@pytest.mark.parametrize("seed", range(6))
def test_forms_of_synergy_against_enumeration(seed: int, tmp_path: Path) -> None:
    """Random synergies of every form: no plan is better than the one found."""
    rng = Random(seed)
    forms: list[Row] = [
        {"per": "pair"},
        {"per": "further", "at_least": rng.randint(2, 3)},
        {"per": "further"},
        {"anchor": "C"},
    ]
    synergies = [
        {"name": f"s{n}", "projects": rng.sample("ABDE", 3), "bonus": rng.choice([-3, -1, 2, 3.5]), **rng.choice(forms)}
        for n in range(3)
    ]
    money = rng.randint(2, 4)
    solution = decide(made(tmp_path, money, synergies=synergies))

    def worth(plan: tuple[str, ...]) -> float:
        total = float(sum(WORTH[p] for p in plan))
        for one in synergies:
            inside = sum(p in one["projects"] for p in plan)
            if "anchor" in one:
                total += one["bonus"] * inside * ("C" in plan)
            elif one["per"] == "pair":
                total += one["bonus"] * inside * (inside - 1) / 2
            else:
                total += one["bonus"] * max(0, inside - one.get("at_least", 2) + 1)
        return total

    best = max(worth(plan) for size in range(money + 1) for plan in combinations("ABCDE", size))
    assert best == float(solution.objective)


@pytest.mark.parametrize(
    ("synergy", "path"),
    [
        ({"anchor": "X", "projects": ["A", "B"]}, "synergies.s.anchor"),
        ({"anchor": "A", "projects": ["A", "B"], "per": "pair"}, "synergies.s.per"),
        ({"anchor": "A", "projects": ["A", "B"], "at_least": 2}, "synergies.s.at_least"),
        ({"per": "pair", "projects": ["A", "B"], "at_least": 2}, "synergies.s.at_least"),
        ({"per": "further", "projects": ["A", "B"], "at_least": 3}, "synergies.s"),
    ],
)
def test_forms_of_synergy_that_cannot_be_meant(synergy: Row, path: str, tmp_path: Path) -> None:
    """Unknown anchors, two forms at once, more than there are."""
    with pytest.raises(InputError) as caught:
        decide(made(tmp_path, 2, synergies=[{"name": "s", "bonus": 1, **synergy}]))

    assert [path] == [message.path for message in caught.value.messages]


def test_a_string_is_told_and_checked(tmp_path: Path) -> None:
    """The report says how often the bonus came; another sum in the manifest is found."""
    from allocator.report.sections import build
    from allocator.runs.folder import read

    synergies = [{"name": "s", "anchor": "D", "projects": ["C", "E"], "bonus": 6}]
    run = allocator.run(made(tmp_path, 3, synergies=synergies), out=tmp_path / "runs").folder
    assert run is not None
    row = {one.key: one.rows for one in build(read(run), "zh").tables}["synergies"].iloc[0]

    assert (2, 12, 3) == (row["times"], row["bonus"], row["funded"])
    copy = Path(copytree(run, tmp_path / "copy"))
    text = (copy / "manifest.json").read_text(encoding="utf-8")
    assert '"contribution": 12' in text
    (copy / "manifest.json").write_text(text.replace('"contribution": 12', '"contribution": 6'), encoding="utf-8")
    reseal(copy)
    assert not verify(copy).ok

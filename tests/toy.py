"""A plan of five projects that uses every kind of rule, and whose best plan is found by hand. Amounts in 万元.

Factory A, wharf C and road E are in the east; mill B and depot D are in the west.

    project  option         instrument  starts  pays                                   brings
    A        grant@2021#1   grant       2021    2 in 2021 and 2 in 2022, fiscal/bond      8
             grant@2022#1   grant       2022    2 in 2022 and 2 in 2023, fiscal/bond      8
    B        mill           loan        2022    3 in 2022, fiscal                         6
    C        large          grant       2021    3 in 2021 and 2 in 2022, bond             5
             small          loan        2021    2 in 2021, bond                           3
    D        depot          loan        2021    2 in 2021, fiscal                         4
    E        promised       loan        2021    1 in 2021, fiscal: committed              1

Fiscal money: 3 in 2021 with 1 left of 2020, 2 in 2022; half of a year's money may be carried on, for a year.
Bonds: 3 in 2021, 2 in 2022. Half of the last year's budget may be bound for each later year: 1 and 1.

A must be funded. Of C and D exactly one is funded, and B and D exclude each other: so B comes with C, or else
not at all. B and C must use the same instrument: with B, C is small. B starts a year after A: with B, A starts in
2021. Each region needs an award, so without B there must be D. But for the start of A, two plans are left:

    A, B, C small, E    8 + 6 + 3 + 1 = 18
    A, D, E             8 + 4 + 1     = 13

What the west brings should be 8, each unit missing costs 0.5: B misses 2 (−1), D misses 4 (−2). Awards in the east
above 6 cost 0.5 each: A, C small and E are 7 (−0.5), A and E are 5. So the first plan is worth 16.5, the second 11,
if there is money for the first. In 2021 bonds have 3 and pay C 2, so they pay at most 1 of A's first 2; at most 0.6 of
all fiscal awards may go west: the 3 of B need fiscal awards of 5; E and B are 4, so fiscal must pay 1 of A's 4. If
fiscal pays E and 1 of A's 2 in 2021, 2 of its 4 are left, which is the half that may be carried on; in 2022 it then
has 4, pays B's 3 and may pay 1 of A's other 2. Bonds pay the rest. So there is, and **16.5 is the optimum**.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from planning import Row, write_plan

from allocator.optimise import instance
from allocator.problem import build
from allocator.problem.case import Case
from models.values import Values

BEST = "16.5"
CHOSEN = [("A", "grant@2021#1"), ("B", "mill"), ("C", "small"), ("E", "promised")]
PROJECTS: list[Row] = [
    {"project_id": "A", "project_name": "factory", "region": "east", "category": "plant", "fixed_investment": 8,
     "chain_node": "steel"},
    {"project_id": "B", "project_name": "mill", "region": "west", "category": "plant"},
    {"project_id": "C", "project_name": "wharf", "region": "east", "category": "port",
     "chain_node": "steel"},
    {"project_id": "D", "project_name": "depot", "region": "west", "category": "port", "chain_node": "rail"},
    {"project_id": "E", "project_name": "road", "region": "east", "category": "port"},
]  # fmt: skip
NOTHING = {"fiscal@2021": 0, "fiscal@2022": 0, "bond@2021": 0, "bond@2022": 0}
OPTIONS: list[Row] = [
    {"project_id": "B", "option": "mill", "instrument": "loan", "start_year": 2022, "nominal_investment": 6}
    | NOTHING | {"fiscal@2022": 3},
    {"project_id": "C", "option": "large", "instrument": "grant", "start_year": 2021, "nominal_investment": 5}
    | NOTHING | {"bond@2021": 3, "bond@2022": 2},
    {"project_id": "C", "option": "small", "instrument": "loan", "start_year": 2021, "nominal_investment": 3}
    | NOTHING | {"bond@2021": 2},
    {"project_id": "D", "option": "depot", "instrument": "loan", "start_year": 2021, "nominal_investment": 4}
    | NOTHING | {"fiscal@2021": 2},
]  # fmt: skip
COMMITMENTS: list[Row] = [
    {"project_id": "E", "option": "promised", "instrument": "loan", "start_year": 2021, "nominal_investment": 1,
     "fiscal@2021": 1},
]  # fmt: skip
CONFIG: Row = {
    "money": "万元",
    "years": [2021, 2022],
    "sources": {
        "fiscal": {
            "budget": {2021: 3, 2022: 2},
            "opening": {2020: 1},
            "carryover": {"max_share": 0.5, "years": 1},
            "tail": {"max_share": 0.5},
            "pays": ["grant"],
        },
        "bond": {"budget": {2021: 3, 2022: 2}, "tail": {"max_share": 0.5}, "pays": ["grant"]},
    },
    "instruments": {
        "grant": {
            "kind": "grant",
            "where": {"project_id": "A"},
            "rate": 0.5,
            "payments": [0.5, 0.5],
            "start": {"delay": 1},
        }
    },
    "leverage": {"goal": "nominal"},
    "limits": [
        {"name": "every region", "measure": "count", "each": "region", "min": 1},
        {"name": "fiscal west", "measure": "award", "source": "fiscal", "where": {"region": "west"}, "max_share": 0.6},
        {"name": "west", "measure": "nominal_investment", "where": {"region": "west"}, "min": 8, "soft": 0.5},
        {"name": "east", "measure": "award", "where": {"region": "east"}, "max": 6, "soft": 0.5},
    ],
    "dependencies": [
        {"requires": ["D", "A"]},
        {"requires": ["B", "A"], "lag": 1},
        {"excludes": ["B", "D"]},
        {"one_of": ["C", "D"]},
        {"all_or_none": ["A", "E"]},
        {"same_instrument": ["B", "C"]},
    ],
    "locks": {"must_fund": ["A"]},
    "commitments": "commitments.csv",
    "solver": {"gap": 0, "threads": 1},
}
CLUSTERS: Row = {
    "chains": {},
    "synergies": [
        {"name": "A and C", "projects": ["A", "C"], "bonus": 0},
        {"name": "two of B, C, D", "projects": ["B", "C", "D"], "at_least": 2, "bonus": 0},
    ],
    "limits": [*CONFIG["limits"], {"name": "nodes", "measure": "closed_nodes", "min": 1, "max": 2}],
}
"""A and C close the node steel, D the node rail; both synergies are joined in the best plan, and change nothing."""
IN_ORDER = {
    "mode": "lexicographic",
    "terms": [
        {"measure": "leveraged_investment", "tolerance": 0.1},
        {"measure": "award", "source": "fiscal", "weight": -1},
    ],
}
"""First what is brought, then as little fiscal money as possible."""


def write_toy(folder: Path, **changes: Any) -> Path:
    """Write the plan, with some top-level keys of its config changed."""
    return write_plan(folder, CONFIG | changes, projects=PROJECTS, options=OPTIONS, commitments=COMMITMENTS)


def toy_case(folder: Path, **changes: Any) -> Case:
    """The plan as a case."""
    return build.load(write_toy(folder, **changes))


def values_of(case: Case) -> Values:
    """The model's numbers of a case, with the planner's names."""
    made = instance.build(case)
    ids, table = case.inputs.projects["project_id"], case.options.table
    options = [f"{ids[table['project'][row]]} {table['option'][row]}" for row in made.rows]
    names = [f"{b.name} {b.label}".strip() for b in case.rules.bounds]
    owner = {b.of: f"all of {name}" for b, name in zip(case.rules.bounds, names, strict=True)}
    owner |= {b.group: name for b, name in zip(case.rules.bounds, names, strict=True)}
    groups = [f"{g.measure} {owner[number]}" for number, g in enumerate(case.rules.groups)]
    sides = {side: [names[number] for number in numbers] for side, numbers in made.sides.items()}
    kinds = table["instrument"].cat.categories.tolist()
    labels = {**made.values.labels, "OPTIONS": options, "GROUPS": groups, "INSTRUMENTS": kinds, **sides}
    return replace(made.values, labels=labels)

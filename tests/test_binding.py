"""A rule binds when the plan is at its bound, in every table and text that says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from planning import Row, write_plan

import allocator
from allocator.questions.explain import explain
from allocator.report.summary import text
from allocator.runs import folder as run_folder
from allocator.verify import verify

ASKS = {"A": ("north", 600, 60), "B": ("north", 500, 40), "C": ("south", 400, 45), "D": ("west", 300, 1)}
"""Region, investment and worth; grants of a tenth, of which 100 are there: A and C are the best."""
CONFIG: Row = {
    "language": "en",
    "money": "万元",
    "years": [2021],
    "sources": {"fiscal": {"budget": 100, "pays": ["grant"]}},
    "instruments": {"grant": {"kind": "grant", "rate": 0.1, "award": {"step": 1}}},
    "goals": {"terms": [{"measure": "worth"}]},
    "solver": {"gap": 0, "threads": 1},
}


def planned(folder: Path, *limits: Row, **more: Row) -> allocator.Solution:
    """The plan of A to D under some limits, stored and verified."""
    projects = [
        {"project_id": p, "region": region, "category": "works", "fixed_investment": fixed, "worth": worth}
        for p, (region, fixed, worth) in ASKS.items()
    ]
    path = write_plan(folder, {**CONFIG, **more, "limits": list(limits)}, projects=projects)
    done = allocator.run(path, out=folder / "runs")
    assert done.folder is not None
    assert verify(done.folder).ok
    return done


def summary(done: allocator.Solution) -> str:
    """What the run prints."""
    assert done.folder is not None
    return text(run_folder.read(done.folder), "en")


def rule(measure: str, **bounds: object) -> Row:
    """A limit."""
    return {"name": "rule", "measure": measure, **bounds}


NEAR: list[Row] = [
    rule("award", where={"region": "west"}, max_share=0.2),  # has 0 %, D would be more than 20 % of all
    rule("award", where={"region": "west"}, max=29),  # has 0, D asks for 30
    rule("award", where={"region": "north"}, max=62),  # has 60, no award of 2 is offered
    rule("award", max=101),
    rule("nominal_investment", max=1001),
    rule("award", where={"region": "north"}, max_share=0.601),
    rule("award", where={"region": "south"}, min_share=0.399),
    rule("award", where={"region": "north"}, min=59.99),
    rule("count", max=3),
    rule("count", min=1),
    rule("award", where={"region": "south"}, max=39, soft=0.01) | {"max": 41},
    rule("award", per="nominal_investment", max=0.1001),
]
AT: list[Row] = [
    rule("count", max=2),
    rule("count", min=2),
    rule("award", where={"region": "north"}, max=60),
    rule("award", where={"region": "north"}, max_share=0.6),
    rule("award", where={"region": "south"}, min_share=0.4),
    rule("award", max=100),
    rule("award", where={"region": "west"}, max=0),
    rule("award", of="budget", max_share=1),
    rule("award", per="nominal_investment", max=0.1),
    rule("award", where={"region": "south"}, max=40, soft=0.01),
]


def test_a_rule_with_room_does_not_bind(tmp_path: Path) -> None:
    """However little room there is, and though no further award fits into it."""
    done = planned(tmp_path, *({**limit, "name": f"rule {n}"} for n, limit in enumerate(NEAR)))

    assert [0] * len(NEAR) == done.limits["binding"].tolist()
    assert done.limits["slack"].astype(float).min() > 0
    assert "no limit is at its bound" in summary(done)


def test_a_rule_at_its_bound_binds(tmp_path: Path) -> None:
    """Whatever would become of the plan without it."""
    done = planned(tmp_path, *({**limit, "name": f"rule {n}"} for n, limit in enumerate(AT)))

    assert [(1, 0.0)] * len(AT) == list(zip(done.limits["binding"], done.limits["slack"].astype(float), strict=True))
    assert "rule 0: has 2, at most 2" in summary(done)


def test_every_group_binds_by_itself(tmp_path: Path) -> None:
    """Of three regions at most 60 each only the one that has 60 binds."""
    done = planned(tmp_path, rule("award", each="region", max=60))

    assert {"north": 1, "south": 0, "west": 0} == dict(zip(done.limits["group"], done.limits["binding"], strict=True))


def test_a_share_of_nothing_binds_nothing(tmp_path: Path) -> None:
    """Nothing is funded in the west, so no share of what is funded there is at a bound."""
    west = {"region": "west"}
    done = planned(tmp_path, rule("award", where={"region": "west", "category": "works"}, of=west, max_share=0.5))

    assert [0] == done.limits["binding"].tolist()
    assert done.limits["value"].isna().all()


def test_what_is_missed_binds_but_is_told_as_missed(tmp_path: Path) -> None:
    """A soft cap that is exceeded is beyond its bound; the summary says so once."""
    done = planned(tmp_path, rule("award", where={"region": "north"}, max=50, soft=0.01))

    assert [1] == done.limits["binding"].tolist()
    assert "no limit is at its bound" in summary(done)


@pytest.mark.slow
def test_explain_names_what_another_plan_takes_to_its_bound(tmp_path: Path) -> None:
    """With B forced in, A leaves: the north has 50 of 55, money is left, and only the count is used up."""
    done = planned(tmp_path, rule("award", where={"region": "north"}, max=64) | {"name": "north"}, rule("count", max=2))
    assert done.folder is not None
    told = explain(done.folder, "B").counterfactual
    assert told is not None

    assert ("rule",) == told.binding

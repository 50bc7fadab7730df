"""Random tiny plans, decided by the whole pipeline, equal the best of all plans counted one by one."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from enumeration import Problem
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from planning import Row, decide, write_plan

import allocator

Draw = Any
YEARS = [2021, 2022, 2023]
MEASURES = ["award", "payment", "count", "nominal_investment", "jobs"]
WHOLE = st.integers(0, 40)


def tenths(low: int, high: int) -> st.SearchStrategy[Fraction]:
    """Shares in tenths."""
    return st.integers(low, high).map(lambda n: Fraction(n, 10))


@st.composite
def source(draw: Draw, years: list[int]) -> Row:
    """A pot of money, perhaps with carry-over, money of earlier years and promises for later ones."""
    made: Row = {"budget": {year: draw(st.integers(0, 60)) for year in years}}
    if draw(st.booleans()):
        made["carryover"] = {"max_share": draw(tenths(1, 10)), "years": draw(st.integers(1, 2))}
    if draw(st.integers(0, 3)) == 0:
        made["opening"] = {years[0] - draw(st.integers(1, 2)): draw(WHOLE)}
    if draw(st.booleans()):
        made["tail"] = {"max_share": draw(tenths(1, 8))}
    return made


@st.composite
def tables(draw: Draw, config: Row) -> tuple[list[Row], list[Row]]:
    """Up to five projects with one to three options each."""
    years, sources = config["years"], list(config["sources"])
    later = [years[-1] + 1] if draw(st.booleans()) else []
    columns = [f"{s}@{t}" for s in sources for t in [*years, *later] if t in years or "tail" in config["sources"][s]]
    projects, options = [], []
    for at in range(draw(st.integers(2, 5))):
        name = f"P{at}"
        projects.append(
            {
                "project_id": name,
                "project_name": name,
                "region": draw(st.sampled_from(["North", "South"])),
                "category": draw(st.sampled_from(["plant", "park"])),
                "jobs": draw(st.integers(0, 9)),
            }
        )
        for number in range(draw(st.integers(1, 3))):
            start = draw(st.sampled_from(years))
            payable = {
                c: draw(st.sampled_from([0, 0, 1])) * draw(WHOLE) if int(c[-4:]) >= start else 0 for c in columns
            }
            options.append(
                {
                    "project_id": name,
                    "option": f"o{number}",
                    "instrument": draw(st.sampled_from(["grant", "loan"])),
                    "start_year": start,
                    "nominal_investment": draw(st.integers(0, 99)),
                    **payable,
                }
            )
    return projects, options


@st.composite
def limit(draw: Draw, number: int, config: Row, rows: list[Row]) -> Row:
    """A floor, cap or share of any kind."""
    rule: Row = {"name": f"rule {number}", "measure": draw(st.sampled_from(MEASURES))}
    attributes = ["region", "category", "instrument"]
    if draw(st.booleans()):
        attribute = draw(st.sampled_from(attributes))
        rule["where"] = {attribute: draw(st.sampled_from(sorted({row[attribute] for row in rows})))}
    if rule["measure"] in ("award", "payment") and draw(st.booleans()):
        rule["source"] = draw(st.sampled_from(sorted(config["sources"])))
    if draw(st.integers(0, 2)) == 0:
        rule["each"] = draw(st.sampled_from([a for a in [*attributes, "year"] if a not in rule.get("where", {})]))
    if rule.get("each") != "year" and draw(st.integers(0, 2)) == 0:
        rule["year"] = draw(st.sampled_from(config["years"]))
        rule["cumulative"] = draw(st.booleans())
    small = {"count": 3, "jobs": 15}.get(rule["measure"], 90)
    bound = draw(st.sampled_from(["min", "max", "max", "band", "min_share", "max_share", "max_share"]))
    if bound in ("min", "band"):
        rule["min"] = draw(st.integers(0, small // 2))
    if bound in ("max", "band"):
        rule["max"] = draw(st.integers(small // 2, small))
    if bound.endswith("share"):
        rule[bound] = draw(tenths(1, 5) if bound == "min_share" else tenths(3, 9))
        if rule["measure"] == "payment" and "source" in rule and draw(st.booleans()):
            rule["of"] = "budget"
        elif draw(st.booleans()):
            rule["of"] = {"category": draw(st.sampled_from(sorted({row["category"] for row in rows})))}
    if draw(st.integers(0, 3)) == 0:
        rule["soft"] = draw(st.sampled_from([Fraction(1, 4), Fraction(1), Fraction(5)]))
    return rule


@st.composite
def rules_between(draw: Draw, names: list[str]) -> list[Row]:
    """Dependencies of any kind; a project only needs projects before it, so nothing needs itself."""
    made = []
    for _ in range(draw(st.integers(0, 2))):
        pair = sorted(draw(st.lists(st.sampled_from(names), min_size=2, max_size=3, unique=True)), reverse=True)
        kind = draw(st.sampled_from(["requires", "excludes", "one_of", "all_or_none", "same_instrument"]))
        lag = {"lag": draw(st.integers(0, 1))} if kind == "requires" else {}
        made.append({kind: pair, **lag})
    return made


@st.composite
def decided_before(draw: Draw, options: list[Row]) -> Row:
    """Locks, which may clash."""
    names = sorted({row["project_id"] for row in options})
    locks: Row = {}
    if draw(st.integers(0, 3)) == 0:
        locks["must_fund"] = [draw(st.sampled_from(names))]
    if draw(st.integers(0, 3)) == 0:
        locks["must_not"] = [draw(st.sampled_from(names))]
    if draw(st.integers(0, 4)) == 0:
        row = draw(st.sampled_from(options))
        locks["fix"] = {row["project_id"]: {"option": row["option"]}}
    return locks


@st.composite
def targets(draw: Draw, config: Row) -> list[Row]:
    """A volume or growth to reach, perhaps priced."""
    kind = draw(st.sampled_from(["none", "none", "volume", "priced", "growth"]))
    if kind == "none":
        return []
    if kind == "growth":
        base = {"base": draw(WHOLE)} if draw(st.booleans()) else {}
        return [{"name": "growth", "measure": "nominal_investment", "growth": draw(tenths(0, 3)), **base}]
    target = {"name": "volume", "measure": "nominal_investment", "min": draw(st.integers(0, 200))}
    if draw(st.booleans()):
        target |= {"year": draw(st.sampled_from(config["years"])), "cumulative": draw(st.booleans())}
    return [target | ({"shortfall_price": Fraction(1, 2)} if kind == "priced" else {})]


@st.composite
def goals(draw: Draw, softness: bool) -> Row:
    """A weighted sum, or (where nothing is priced) two goals one after the other."""
    first = {"measure": "nominal_investment", "weight": 1}
    second = {"measure": draw(st.sampled_from(MEASURES)), "weight": draw(st.sampled_from([-1, Fraction(1, 2), 2]))}
    if softness or draw(st.booleans()):
        return {"mode": "weighted", "terms": [first, second]}
    return {"mode": "lexicographic", "terms": [{**first, "tolerance": draw(tenths(0, 2))}, {**second, "tolerance": 0}]}


@st.composite
def problems(draw: Draw) -> tuple[Row, list[Row], list[Row]]:
    """Config, projects and options of a tiny plan."""
    years = YEARS[: draw(st.integers(2, 3))]
    config: Row = {"money": "元", "years": years}
    config["sources"] = {name: draw(source(years)) for name in ["fiscal", "bond"][: draw(st.integers(1, 2))]}
    projects, options = draw(tables(config))
    about = {row["project_id"]: row for row in projects}
    rows = [{**about[row["project_id"]], **row} for row in options]
    config["limits"] = [draw(limit(at, config, rows)) for at in range(draw(st.integers(0, 3)))]
    config["dependencies"] = draw(rules_between(sorted(about)))
    config["targets"] = draw(targets(config))
    config["locks"] = draw(decided_before(options))
    priced = any("soft" in rule for rule in config["limits"]) or any("shortfall_price" in t for t in config["targets"])
    config["goals"] = draw(goals(priced))
    config["leverage"] = {"goal": "nominal"}
    config["solver"] = {"gap": 0, "threads": 1}
    return config, projects, options


def found(config: Row, projects: list[Row], options: list[Row]) -> Fraction | None:
    """The objective of the plan that the pipeline makes and verifies; None where it says there is none."""
    with TemporaryDirectory() as folder:
        try:
            solution = decide(write_plan(Path(folder), config, projects=projects, options=options))
        except allocator.Infeasible:
            return None
    assert "optimal" == solution.status
    return Fraction(solution.objective)


def holds(problem: tuple[Row, list[Row], list[Row]]) -> None:
    """At gap 0 the objective is the exact optimum, and there is no plan exactly when none keeps the rules."""
    config, projects, options = problem
    note(str(config))
    expected = Problem(config, projects, options).best()
    actual = found(config, projects, options)

    assert expected == actual


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(problems())
def test_equals_the_best_of_all_plans(problem: tuple[Row, list[Row], list[Row]]) -> None:
    """At gap 0 the objective is the exact optimum, and there is no plan exactly when none keeps the rules."""
    holds(problem)


@pytest.mark.slow
@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(problems())
def test_equals_the_best_of_more_plans(problem: tuple[Row, list[Row], list[Row]]) -> None:
    """The same of many more."""
    holds(problem)

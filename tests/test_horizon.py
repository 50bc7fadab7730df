"""Where a plan of years goes wrong when years are looked at naively: lags, money that expires, promises, the end.

Every case is so small that all plans can be listed. The naive rule is written down and its best plan found by
listing; it breaks the true rule, and repairing it afterwards is worse than the plan that knows the rule from the start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from planning import Row, chosen, write_plan

import allocator
from allocator.verify import verify


class Option(NamedTuple):
    """One way of supporting a project: what it pays by year and what it is worth."""

    project: str
    name: str
    start: int
    paid: dict[int, int]
    worth: int


Plan = tuple[Option, ...]
Rule = Callable[[Plan], bool]


def plans(options: list[Option]) -> Iterator[Plan]:
    """Every plan: at most one option of each project."""
    projects = sorted({option.project for option in options})
    choices = [[None, *(option for option in options if option.project == project)] for project in projects]
    for picked in product(*choices):
        yield tuple(option for option in picked if option is not None)


def best(options: list[Option], *rules: Rule) -> tuple[str, int]:
    """The names of the best plan that keeps the rules, and its worth."""
    kept = [plan for plan in plans(options) if all(rule(plan) for rule in rules)]
    plan = max(kept, key=lambda plan: sum(option.worth for option in plan))
    return names(plan), sum(option.worth for option in plan)


def names(plan: Plan) -> str:
    return " ".join(f"{option.project}{option.name}" for option in plan)


def named(options: list[Option], text: str) -> Plan:
    return next(plan for plan in plans(options) if names(plan) == text)


def pays(plan: Plan, year: int) -> int:
    return sum(option.paid.get(year, 0) for option in plan)


def within(budget: dict[int, int]) -> Rule:
    """Every year pays from its own budget; years without one are not looked at."""
    return lambda plan: all(pays(plan, year) <= money for year, money in budget.items())


def ours(folder: Path, options: list[Option], source: Row, years: list[int], **changes: Any) -> tuple[str, int]:
    """The plan that is found, verified as stored."""
    paid = sorted({year for option in options for year in option.paid})
    rows = [
        {"project_id": o.project, "option": o.name, "start_year": o.start, "nominal_investment": o.worth}
        | {f"fiscal@{year}": o.paid.get(year, 0) for year in paid}
        for o in options
    ]
    projects = [
        {"project_id": p, "project_name": p, "region": "r", "category": "c"}
        for p in sorted({o.project for o in options})
    ]
    config = {
        "years": years, "sources": {"fiscal": source}, "leverage": {"goal": "nominal"}, "solver": {"gap": 0, "threads": 1},
    }  # fmt: skip
    solution = allocator.run(write_plan(folder, config | changes, projects=projects, options=rows), out=folder / "runs")
    assert solution.folder is not None
    assert ("optimal", True) == (solution.status, verify(solution.folder).ok)
    return " ".join(p + o for p, o in chosen(solution)), int(solution.objective)


def test_a_plant_waits_for_its_park(tmp_path: Path) -> None:
    """Naive: plant A and its park K both in 2021, and B in 2022 (16). A cannot run before K is built, a year later.

    Taking A out of that plan leaves 6; knowing the lag gives up B for A in 2022: 1 + 8 = 9.
    """
    options = [
        Option("A", "21", 2021, {2021: 1}, 10), Option("A", "22", 2022, {2022: 1}, 8),
        Option("B", "22", 2022, {2022: 1}, 5), Option("K", "21", 2021, {2021: 1}, 1), Option("K", "22", 2022, {2022: 1}, 1),
    ]  # fmt: skip
    budget = {2021: 2, 2022: 1}

    def together(plan: Plan) -> bool:
        funded = {option.project for option in plan}
        return "A" not in funded or "K" in funded

    def a_year_later(plan: Plan) -> bool:
        start = {option.project: option.start for option in plan}
        return "A" not in start or start.get("K", 9999) + 1 <= start["A"]

    naive = best(options, within(budget), together)

    assert ("A21 B22 K21", 16) == naive
    assert not a_year_later(named(options, naive[0]))
    repaired = tuple(option for option in named(options, naive[0]) if option.project != "A")
    assert 6 == sum(option.worth for option in repaired)
    lag = [{"requires": ["A", "K"], "lag": 1}]
    found = ours(tmp_path, options, {"budget": budget}, [2021, 2022], dependencies=lag)
    assert ("A22 K21", 9) == found == best(options, within(budget), a_year_later)


def test_money_that_is_too_old_is_gone(tmp_path: Path) -> None:
    """Naive: what is not spent is kept, so 10 of 2021 pay P in 2023 (10). After a year it has lapsed: Q in 2022 (5)."""
    options = [Option("P", "", 2021, {2023: 10}, 10), Option("Q", "", 2021, {2022: 6}, 5)]
    options = [option._replace(name="o") for option in options]
    budget = {2021: 10, 2022: 0, 2023: 0}

    def kept_for_ever(plan: Plan) -> bool:
        return all(
            sum(pays(plan, year) for year in budget if year <= last)
            <= sum(b for year, b in budget.items() if year <= last)
            for last in budget
        )

    def pays_from_young_money(plan: Plan) -> bool:
        left: dict[int, int] = {}
        for year, money in budget.items():
            left = {born: rest for born, rest in left.items() if born + 1 >= year} | {year: money}
            due = pays(plan, year)
            for born in sorted(left):
                part = min(due, left[born])
                left[born], due = left[born] - part, due - part
            if due:
                return False
        return True

    naive = best(options, kept_for_ever)

    assert ("Po", 10) == naive
    assert not pays_from_young_money(named(options, naive[0]))
    source = {"budget": budget, "carryover": {"max_share": 1, "years": 1}}
    assert ("Qo", 5) == ours(tmp_path, options, source, [2021, 2022, 2023]) == best(options, pays_from_young_money)


def test_the_oldest_money_is_spent_first(tmp_path: Path) -> None:
    """Naive: a year is paid from its own budget first, so that of 2021 lapses and either R or S is paid (S: 5).

    Paid from the oldest money, 2022 uses what 2021 left and hands its own 4 on to 2023: R and S, 9.
    """
    options = [Option("R", "o", 2021, {2022: 4}, 4), Option("S", "o", 2021, {2022: 0, 2023: 4}, 5)]
    budget = {2021: 4, 2022: 4, 2023: 0}

    def youngest_first(plan: Plan) -> bool:
        left: dict[int, int] = {}
        for year, money in budget.items():
            left = {born: rest for born, rest in left.items() if born + 1 >= year} | {year: money}
            due = pays(plan, year)
            for born in sorted(left, reverse=True):
                part = min(due, left[born])
                left[born], due = left[born] - part, due - part
            if due:
                return False
        return True

    assert ("So", 5) == best(options, youngest_first)
    source = {"budget": budget, "carryover": {"max_share": 1, "years": 1}}
    assert ("Ro So", 9) == ours(tmp_path, options, source, [2021, 2022, 2023])


@pytest.mark.slow
def test_what_is_promised_beyond_the_plan_counts(tmp_path: Path) -> None:
    """Naive: only payments within the plan are looked at; A and C pay 6 of 10 in 2022 and are worth 31.

    They bind 14 of the budget of 2023, of which a half may be bound: B, worth 12. Where nothing may be bound, C, with a
    payment in 2023, is not even offered; where 2022 has 15, B and C fit (23).
    """
    options = [
        Option("A", "o", 2022, {2022: 1, 2023: 9}, 20), Option("B", "o", 2022, {2022: 10}, 12),
        Option("C", "o", 2022, {2022: 5, 2023: 5}, 11),
    ]  # fmt: skip
    budget = {2021: 0, 2022: 10}
    naive = best(options, within(budget))

    assert ("Ao Co", 31) == naive
    assert 14 == pays(named(options, naive[0]), 2023)
    bound = within({**budget, 2023: 5})
    source = {"budget": budget, "tail": {"max_share": 0.5}}
    assert ("Bo", 12) == ours(tmp_path / "a", options, source, [2021, 2022]) == best(options, bound)
    assert ("Bo", 12) == ours(tmp_path / "b", options, {"budget": budget}, [2021, 2022])
    more = {"budget": {2021: 0, 2022: 15}, "tail": {"max_share": 0.34}}
    assert ("Bo Co", 23) == ours(tmp_path / "c", options, more, [2021, 2022])


def test_what_starts_at_the_end_is_not_done_at_the_end(tmp_path: Path) -> None:
    """Naive: investment counts whole in the year of the start; D, begun in 2023, fills a target of 90 until then.

    It spends 30 of its 110 in the plan; E, begun in 2021, spends all of its 100. Without the target D is the better one.
    """
    options = [Option("D", "o", 2023, {2023: 1}, 110), Option("E", "o", 2021, {2021: 1, 2023: 0}, 100)]
    budget, shares = {2021: 1, 2022: 0, 2023: 1}, (0.3, 0.4, 0.3)
    one = {"name": "one", "measure": "count", "max": 1}
    until = {"name": "cumulative", "year": 2023, "cumulative": True, "min": 90}

    def one_project(plan: Plan) -> bool:
        return len(plan) <= 1

    def counted_at_the_start(plan: Plan) -> bool:
        return sum(option.worth for option in plan if option.start <= 2023) >= 90

    def spent_by_2023(plan: Plan) -> bool:
        return sum(o.worth * sum(shares[: 2023 - o.start + 1]) for o in plan) >= 90

    naive = best(options, one_project, counted_at_the_start)

    assert ("Do", 110) == naive
    assert not spent_by_2023(named(options, naive[0]))
    spending = {"default": list(shares)}
    rules = {"limits": [one], "targets": [until]}
    found = ours(tmp_path / "a", options, {"budget": budget}, [2021, 2022, 2023], spending=spending, **rules)
    assert ("Eo", 100) == found == best(options, one_project, spent_by_2023)
    assert ("Do", 110) == ours(tmp_path / "b", options, {"budget": budget}, [2021, 2022, 2023], **rules)


def test_debt_is_served_after_the_plan(tmp_path: Path) -> None:
    """Naive: the plan's own years owe 1.1 of interest for each park, far below the cap of 60, so both may borrow 50.

    In 2031 both principals fall due: 102.2. One park may borrow; the other one may not.
    """
    park = {
        "project_name": "p", "region": "r", "category": "园区基础设施", "fixed_investment": 300, "bond_need": 50,
        "revenue_total": 400, "cost_total": 50,
    }  # fmt: skip
    years, cap = [2021, 2022], 60.0

    def due(count: int, year: int) -> float:
        return count * 50 * (0.022 * (2021 < year <= 2031) + (year == 2031))

    naive = max(count for count in range(3) if all(due(count, year) <= cap for year in years))
    true = max(count for count in range(3) if all(due(count, year) <= cap for year in range(2021, 2032)))

    assert (2, 1) == (naive, true)
    config = {
        "years": years,
        "sources": {"bond": {"budget": 200, "pays": ["park"], "bond": {"rate": 0.022, "term": 10}}},
        "instruments": {"park": {"kind": "bond"}},
        "leverage": {"goal": "nominal"},
        "debt": {"service": {"total": cap}},
    }
    path = write_plan(tmp_path, config, projects=[{"project_id": p, **park} for p in "KL"])
    solution = allocator.run(path, out=tmp_path / "runs")
    assert (true, 300) == (len(solution.awards), solution.objective)

"""The mathematics is the same three times over: as it is printed, as Pyomo builds it, and as it is compiled."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest
import yaml
from planning import write_plan
from pyomo.core.expr.template_expr import resolve_template, templatize_rule
from pyomo.util.check_units import assert_units_consistent
from random_plans import plan
from toy import CLUSTERS, IN_ORDER, toy_case, values_of

from allocator.messages.errors import AllocatorError
from allocator.optimise import instance
from allocator.problem.build import load
from models import document
from models.compiler import Columns, Rows, SlowExpansion, compile_model, expand, expand_or_fall_back
from models.equation import Equation, equation
from models.expansion import Row, standard_form
from models.formulation import EQUATIONS, GOAL
from models.pyomo_model import build, expand_all
from models.rows import broken_rows, column_name, rows_as_text
from models.symbols import VARIABLES
from models.values import Values

TOY = yaml.safe_load(Path(__file__).with_name("toy_rows.yaml").read_text(encoding="utf-8"))
TRUTHS = TOY["truths"]
OF_THEIR_OWN = ("risk",)
"""Chapters whose rows have a small plan and a test file of their own."""
SEEDS = range(80)
"""About four in five of these are plans; the others have faults that are told before any model."""


def normal(row: Row) -> Row:
    """A row without zero coefficients, an equality with a positive first one."""
    terms, lower, upper = row
    terms = {key: round(value, 9) for key, value in terms.items() if value}
    turned = lower == upper and terms and terms[min(terms)] < 0
    sign = -1.0 if turned else 1.0
    upper = round(sign * upper, 9) + 0.0
    return {key: sign * value for key, value in sorted(terms.items())}, upper if lower == row[2] else lower, upper


def printed(m: Any, eq: Equation) -> Iterator[Row]:
    """The formula as it is printed, its letters replaced by every index."""
    over = [m.component(name) for name in eq.over]
    if not all(over):
        return  # Pyomo makes no template over an empty set, and there is no index to put in
    index_set = None
    for s in over:
        index_set = s if index_set is None else index_set * s
    formula, letters = templatize_rule(m, lambda b, ix: eq.rule(b, *(i for i in ix if i is not None)), index_set)
    letters = [letter for letter in letters if letter is not None]
    for members in product(*over):
        index = flat(members)
        for letter, value in zip(letters, index, strict=True):
            letter.set_value(value)
        yield normal(standard_form(resolve_template(formula)))


def flat(members: tuple[Any, ...]) -> list[int]:
    """The letters of one member of a product of sets."""
    return [i for member in members for i in (member if isinstance(member, tuple) else (member,))]


def built(m: Any, eq: Equation) -> Iterator[Row]:
    """The members as Pyomo builds them when they are touched."""
    component = m.component(eq.name)
    for members in product(*(m.component(name) for name in eq.over)):
        index = tuple(flat(members))
        member = component[index if len(index) > 1 else index[0]] if index else component
        yield normal(standard_form(member.expr))


def compiled(values: Values, rows: Rows) -> list[Row]:
    """The compiled rows, with variables by name and index."""
    columns = Columns.of(values)
    terms: list[dict[Any, float]] = [{} for _ in rows.upper]
    for row, column, value in zip(rows.row.tolist(), rows.column.tolist(), rows.value.tolist(), strict=True):
        name = next(v.name for v in reversed(VARIABLES) if columns.start[v.name] <= column)
        index = np.unravel_index(column - columns.start[name], columns.shape[name])
        key = (name, tuple(int(i) for i in index))
        terms[row][key] = terms[row].get(key, 0.0) + value
    return [normal(row) for row in zip(terms, rows.lower.tolist(), rows.upper.tolist(), strict=True)]


def differences(values: Values, equations: tuple[Equation, ...] = (*EQUATIONS, GOAL)) -> list[str]:
    """Names of the equations whose three forms are not the same."""
    m = build(values)
    for eq in equations:
        if m.component(eq.name) is None:
            m.add_component(eq.name, pyo.Constraint(*(m.component(name) for name in eq.over), rule=eq.rule))
    expand_all(m)
    columns = Columns.of(values)
    return [
        eq.name
        for eq in equations
        if not list(printed(m, eq)) == list(built(m, eq)) == compiled(values, expand(eq, values, columns))
    ]


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Values:
    """The numbers of the toy, its goals one after the other."""
    return values_of(toy_case(tmp_path_factory.mktemp("toy"), goals=IN_ORDER, **CLUSTERS))


def test_printed_built_and_compiled_are_the_same_on_the_toy(toy: Values) -> None:
    """Every equation and the goal, at every index."""
    members = {eq.name: len(rows_as_text(toy, eq)) for eq in EQUATIONS}

    assert [] == differences(toy)
    assert [] == [eq.name for eq in EQUATIONS if not members[eq.name] and eq.chapter not in OF_THEIR_OWN]


@pytest.mark.sweep(3)
@pytest.mark.parametrize("seed", SEEDS)
def test_printed_built_and_compiled_are_the_same_on_random_plans(tmp_path: Path, seed: int) -> None:
    """Every equation and the goal, at every index, whatever a config says."""
    config, tables = plan(seed)
    try:
        case = load(write_plan(tmp_path, config, **tables))
    except AllocatorError:
        return

    assert [] == differences(instance.build(case).values)


def test_units_are_consistent(toy: Values) -> None:
    """Money is never added to projects, nor a price to a share."""
    m = build(toy)
    expand_all(m)

    assert_units_consistent(m)


def test_sum_that_is_a_factor_stands_in_brackets() -> None:
    """A sum times something is not printed as the sum of the products."""

    @equation("SOURCES")
    def twice(m, s):
        """Twice the budgets are drawn."""
        return 2 * sum(m.draw[s, k, t] for k in m.CLASSES for t in m.PLAN_YEARS) <= sum(m.budget[s, t] for t in m.YEARS)

    assert (
        r"2\, (\sum_{k \in \mathrm{CLASSES},\; t \in \mathrm{PLAN\_YEARS}} \mathbf{d}_{s, k, t}) \le "
        r"\sum_{t' \in \mathrm{YEARS}} B_{s, t'} \qquad \forall\, s \in \mathrm{SOURCES}"
    ) == document.formula(twice)


def test_document_is_current() -> None:
    """`models/README.md` is what the rules print."""
    assert 0 == document.main(["--check"])


def test_every_row_of_the_toy_can_be_checked_by_hand(toy: Values) -> None:
    """Each family's rows, as a person writes them from the toy's tables (money in 万元)."""
    actual = [line for eq in (GOAL, *EQUATIONS) for line in rows_as_text(toy, eq)]

    assert TOY["rows"] == actual


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Values:
    """The numbers of the toy with its weighted goal."""
    return values_of(toy_case(tmp_path_factory.mktemp("toy"), **CLUSTERS))


def test_best_plan_of_the_toy_breaks_no_row(plain: Values) -> None:
    """The plan that the toy's docstring finds by hand, with the draws it names, keeps every row."""
    assert [] == broken_rows(plain, by_hand(plain))


@pytest.mark.parametrize("fault", TRUTHS, ids=[", ".join(fault["put"]) for fault in TRUTHS])
def test_wrong_number_breaks_the_rows_that_speak_of_it(plain: Values, fault: dict[str, Any]) -> None:
    """Each number of the plan by hand that is changed breaks its own rules and no others."""
    numbers = by_hand(plain)
    for name, number in fault["put"].items():
        put(plain, numbers, name, number)

    assert fault["breaks"] == broken_rows(plain, numbers)


def test_every_family_of_rows_is_broken_by_some_number() -> None:
    """No equation of the toy holds whatever the numbers are (goals come in an order in another test)."""
    broken = {row.partition("[")[0] for fault in TRUTHS for row in fault["breaks"]}

    assert {"earlier_goal"} == {eq.name for eq in EQUATIONS if eq.chapter not in OF_THEIR_OWN} - broken


def put(values: Values, numbers: dict[str, np.ndarray], name: str, number: float) -> None:
    """Set one number by its name, as in `carry[fiscal,2021]`."""
    columns = Columns.of(values)
    variable = name.partition("[")[0]
    of_variable = range(columns.start[variable], columns.start[variable] + numbers[variable].size)
    at = next(c for c in of_variable if column_name(values, columns, c) == name)
    numbers[variable].ravel()[at - columns.start[variable]] = number


def by_hand(values: Values) -> dict[str, np.ndarray]:
    """The best plan of the toy, all its numbers worked out in its docstring; in 万元."""
    numbers = {v.name: np.zeros(values.shape(v.over)) for v in VARIABLES}
    for name, number in TOY["by_hand"].items():
        put(values, numbers, name, number)
    return numbers


CLOSED = {"2", "3"}


def test_hidden_filter_is_caught(plain: Values) -> None:
    """A filter inside a sum is not printed: what is built then differs from what is printed and compiled."""

    @equation("PROJECTS")
    def filtered(m, p):
        """Twice the open options of a project."""
        return 2 * sum(m.choose[o] for o in m.OPTIONS_OF[p] if str(o) not in CLOSED) <= m.choose[p] + 1

    @equation("PROJECTS")
    def pure(m, p):
        """Twice all options of a project."""
        return 2 * sum(m.choose[o] for o in m.OPTIONS_OF[p]) <= m.choose[p] + 1

    assert ["filtered"] == differences(plain, (filtered, pure))


@equation("SOURCES", "PLAN_YEARS")
def part_of_budget(m, s, t):
    """What is drawn is at most the whole budget."""
    return sum(m.draw[s, k, t] for k in m.CLASSES_OF[s]) / m.budget[s, t] <= 1


@equation("SOURCES", "PLAN_YEARS")
def size_of_budget(m, s, t):
    """What is drawn is at most the size of the budget."""
    return sum(m.draw[s, k, t] for k in m.CLASSES_OF[s]) <= abs(m.budget[s, t])


@pytest.mark.parametrize(
    ("eq", "unknown"), [(part_of_budget, "DivisionExpression"), (size_of_budget, "NPV_AbsExpression")]
)
def test_unknown_kind_of_expression_is_left_to_pyomo(plain: Values, eq: Equation, unknown: str) -> None:
    """The compiler names what it does not know; the model is compiled all the same, with a warning."""
    with pytest.raises(NotImplementedError, match=unknown):
        expand(eq, plain, Columns.of(plain))
    told = f"equation '{eq.name}' has a {unknown}, which is not compiled; Pyomo expands it member by member"
    with pytest.warns(SlowExpansion, match=told):
        rows = expand_or_fall_back(eq, plain, Columns.of(plain))
    m = build(plain)
    m.add_component(eq.name, pyo.Constraint(m.SOURCES, m.PLAN_YEARS, rule=eq.rule))

    assert list(built(m, eq)) == compiled(plain, rows)


def test_equation_left_to_pyomo_stands_among_the_others(plain: Values) -> None:
    """Its rows are found by its name, as those of any equation."""
    with pytest.warns(SlowExpansion):
        model = compile_model(plain, (*EQUATIONS, part_of_budget))
    at = model.rows_of("part_of_budget")

    assert 4 == at.stop - at.start == len(model.row_upper[at])
    assert [1.0] * 4 == model.row_upper[at].tolist()


@pytest.mark.parametrize(
    "rule",
    [
        lambda m, s, t: m.carry[s, t] * m.lapse[s, t] / 2 <= 1,
        lambda m, s, t: (0, m.carry[s, t], 1),
        lambda m, s, t: abs(m.carry[s, t]) <= 1,
    ],
)
def test_rule_that_is_not_linear_is_refused(plain: Values, rule: Any) -> None:
    """A product of variables, a double inequality and a size of a variable are errors, never silently other rows."""
    eq = Equation("strange", ("SOURCES", "PLAN_YEARS"), rule, "Strange.", "", "", "test")

    with pytest.warns(SlowExpansion), pytest.raises(TypeError):
        expand_or_fall_back(eq, plain, Columns.of(plain))


def test_constants_may_be_sums_and_factors(plain: Values) -> None:
    """Sums of numbers on either side, and as factor of a variable, are compiled as Pyomo builds them."""

    @equation("SOURCES", "YEARS")
    def weighed(m, s, t):
        """A rule nobody needs."""
        budgets = sum(2 * m.budget[s, u] for u in m.PLAN_YEARS)
        return budgets * m.carry[s, t] - 3 * m.budget[s, t] >= sum(
            m.draw[s, k, t] + m.opening[s] for k in m.CLASSES_OF[s]
        )

    assert [] == differences(plain, (weighed,))


def test_equation_needs_a_sentence() -> None:
    """A rule without docstring is refused."""
    with pytest.raises(TypeError, match="say in one sentence what holds"):
        equation("YEARS")(lambda m, t: m.carry[0, t] <= 1)

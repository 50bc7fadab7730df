"""Everything known before the model: config, tables, options, rules; and which options can still be chosen."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from allocator.config.keys.locks import FixedAward
from allocator.config.loaded import Loaded
from allocator.messages import Message
from allocator.messages.errors import InputError, Together
from allocator.messages.progress import Phases
from allocator.money import Money, quantum_for
from allocator.money.arrays import Flags, Ints
from allocator.options.named_projects import with_ids
from allocator.options.table import OptionTable, build_options
from allocator.problem import clusters, dependencies, goals, limits
from allocator.problem.dependencies import Links
from allocator.problem.goals import Term
from allocator.problem.limits import Rules
from allocator.problem.measures import FIGURES, Measures
from allocator.problem.quota import quotas
from allocator.problem.risk import outcome_values as risk
from allocator.problem.risk import robust
from allocator.problem.risk.outcome_values import Risk
from allocator.problem.risk.robust import Robust
from allocator.problem.spending import spread_of
from allocator.tables.opened import Inputs
from allocator.tables.previous_plan import to_keep


@dataclass(frozen=True, eq=False)
class Case:
    """A plan to be made, with every rule resolved to rows of its tables."""

    loaded: Loaded
    inputs: Inputs
    options: OptionTable
    measures: Measures
    rules: Rules
    links: Links
    terms: tuple[Term, ...]
    usable: Flags
    """Options that locks and dependencies leave open."""
    notices: tuple[Message, ...]
    timings: dict[str, float]
    memory: dict[str, float]
    risk: Risk | None = None
    """What may turn out otherwise."""
    robust: Robust | None = None
    """Which values may fall at the same time."""

    def funded(self, rows: Ints) -> Flags:
        """Which projects have one of these option rows."""
        funded = np.zeros(len(self.inputs.projects), bool)
        funded[self.measures.project[rows]] = True
        return funded

    def closed(self, rows: Ints) -> Flags:
        """Which chain nodes are closed by these option rows."""
        return self.measures.clusters.closed(self.funded(rows))

    @property
    def years(self) -> tuple[int, ...]:
        """The plan years, then every year in which an award is still paid."""
        plan, paid = self.loaded.config.years, self.options.payments["year"]
        last = max(plan[-1], int(paid.max()) if len(paid) else plan[-1])
        return (*plan, *range(plan[-1] + 1, last + 1))

    @property
    def money(self) -> Money:
        """The config's unit of money."""
        return self.measures.money


def resolved(loaded: Loaded, inputs: Inputs, phases: Phases | None = None, options: OptionTable | None = None) -> Case:
    """Screen the candidates of tables that have been read, unless their ``options`` are known, and resolve every rule.

    Raises:
        InputError: what in the config does not fit the tables, all at once.
    """
    phases, steps = phases or Phases(), Together()
    loaded = with_ids(loaded, inputs)
    with phases.of("options"):
        offered = steps.of(lambda: options or build_options(loaded, inputs))
    with phases.of("screen"):
        steps.of(lambda: quotas(loaded, inputs))  # factors that the tables do not have are told at once
        links = steps.of(lambda: dependencies.resolve(loaded, inputs))
        options = steps.sound(offered)  # without options no limit or goal can be looked at
        check_sums(loaded, options)
        measures = Measures.of(inputs, options, loaded.config.unit)
        joined = steps.of(lambda: clusters.resolve(loaded, measures))
        spread = steps.of(lambda: spread_of(loaded, measures))
        measures = replace(measures, clusters=steps.sound(joined), spread=spread)
        rules = steps.of(lambda: limits.resolve(loaded, measures, to_keep(loaded.config, inputs.extra)))
        terms = steps.of(lambda: goals.resolve(loaded, measures))
        steps.check()
        links, rules, terms = steps.sound(links), steps.sound(rules), steps.sound(terms)
        open_ = usable(measures, links)
        unsure = risk.resolve(loaded, inputs, measures, terms)
        falls = robust.resolve(loaded, measures, terms)
    of_spread = spread.notices if spread else ()
    unsure_of = unsure.notices if unsure else ()
    told = (*options.notices, *of_spread, *rules.notices, *unsure_of)
    notices = (*loaded.notices, *inputs.notices, *told)
    return Case(
        *(loaded, inputs, options, measures, rules, links, terms, open_, notices, phases.timings, phases.memory),
        risk=unsure,
        robust=falls,
    )


def check_sums(loaded: Loaded, options: OptionTable) -> None:
    """Whatever options are chosen, their sums are exact.

    Raises:
        InputError: they might be more than that, with the smallest amount that would do.
    """
    unit = loaded.config.unit
    by_project = options.table[list(FIGURES)].abs().groupby(options.table["project"].to_numpy()).max()
    total = by_project.sum().max()
    if total > unit.largest:
        quantum = quantum_for(unit.name, unit.to_unit(total))
        values = {"quantum": f"{quantum:f}", "smallest": f"{unit.quantum:f}", "base": unit.base}
        raise InputError([Message("options.sum_too_large", values, loaded.place("money"), "quantum")])


def usable(measures: Measures, links: Links) -> Flags:
    """Which options can be chosen at all under the locks and under what their projects require.

    An option goes when its project is locked out, when a fixed award is another one, when a required project
    has no option left, or when none of those starts the lag before it.
    """
    left = np.ones(len(measures.project), bool)
    rows = RowsOf(measures.project)
    for p in links.must_not:
        left[rows(p)] = False
    for p, fixed in links.fix.items():
        at = rows(p)
        left[at[~as_fixed(measures, at, fixed)]] = False
    left |= measures.committed
    while _drop_dependent(measures, links, rows, left):
        pass
    return left


def as_fixed(measures: Measures, at: Ints, fixed: FixedAward) -> Flags:
    """Which of the option rows ``at`` are what is fixed."""
    table = measures.options.table.iloc[at]
    keep = np.ones(len(at), bool)
    if fixed.instrument is not None:
        keep &= (table["instrument"] == fixed.instrument).to_numpy()
    if fixed.option is not None:
        keep &= (table["option"] == fixed.option).to_numpy()
    if fixed.start_year is not None:
        keep &= table["start_year"].to_numpy() == fixed.start_year
    if fixed.award is not None:
        keep &= table["award"].to_numpy() == float(fixed.award * measures.money.fen_per_unit)
    return keep


def _drop_dependent(measures: Measures, links: Links, rows: RowsOf, left: Flags) -> bool:
    """Drop options that come too early for, or without, what their project requires; whether any was dropped."""
    dropped = False
    for rule in links.requires:
        at = rows(rule.projects[0])
        at = at[left[at] & ~measures.committed[at]]
        for other in rule.projects[1:]:
            theirs = rows(other)
            theirs = theirs[left[theirs]]
            if measures.committed[theirs].any() or (len(theirs) and not rule.lag):
                continue
            earliest = measures.start_year[theirs].min() + rule.lag if len(theirs) else np.inf
            late = at[measures.start_year[at] < earliest]
            dropped |= bool(left[late].any())
            left[late] = False
    return dropped


class RowsOf:
    """Rows of a project in a table sorted by project."""

    def __init__(self, project: Ints) -> None:
        self.project = project

    def __call__(self, p: int) -> Ints:
        first, last = np.searchsorted(self.project, [p, p + 1])
        return np.arange(first, last)

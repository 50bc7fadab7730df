"""Projects, their options and the rules between them as the model's sets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from allocator.money.arrays import Flags, Ints
from allocator.optimise.instance.shapes import NONE, Part, columns
from allocator.problem.case import Case
from models.values import Family


@dataclass(frozen=True, eq=False)
class _Options:
    """The model's options by project: ``of`` holds those that fund a project, ``has`` which projects have any."""

    project: Ints
    start: Ints
    instrument: Ints
    committed: Flags
    of: Family
    has: Flags
    first: Ints

    def __call__(self, p: int) -> Ints:
        """Positions of the options of a project."""
        return np.arange(self.first[p], self.first[p + 1])


def project_sets(case: Case, rows: Ints, years: Sequence[int]) -> Part:
    """Members, families and sizes of the sets of `models.choice` and `models.dependencies`."""
    options = _options(case, rows)
    plan = len(case.loaded.config.years)
    must = sorted(p for p in case.links.must_fund if options.has[p])
    members: dict[str, Any] = {
        "FIRST_YEAR": (np.arange(1),),
        "PLAN_YEARS": (np.arange(plan),),
        "LATER_YEARS": (np.arange(1, plan),),
        "TAIL_YEARS": (np.arange(plan, len(years)),),
        "CANDIDATES": (np.flatnonzero(options.has),),
        "MUST_FUND": (np.array(must, np.int64),),
        "COMMITTED": (np.flatnonzero(options.committed),),
    }
    own = Part(members=members, families={"OPTIONS_OF": options.of})
    return own | _requirements(case, options, years) | _instruments(case, options) | _choices(case, options)


def _options(case: Case, rows: Ints) -> _Options:
    """Of several commitments of one project only the first stands for its being funded."""
    m, count = case.measures, len(case.inputs.projects)
    project = m.project[rows]
    once = np.flatnonzero(m.once[rows]).astype(np.int64)
    of = Family.grouped(project[once], [once], count)
    return _Options(
        project,
        m.start_year[rows],
        np.asarray(case.options.table["instrument"].cat.codes, np.int64)[rows],
        m.committed[rows],
        of,
        of.start[1:] > of.start[:-1],
        np.searchsorted(project, np.arange(count + 1)).astype(np.int64),
    )


def _requirements(case: Case, options: _Options, years: Sequence[int]) -> Part:
    """Pairs without lag, and with one the years by which both must have started; promised projects satisfy all."""
    promised = set(options.project[options.committed].tolist())
    asked = sorted({(r.projects[0], q, r.lag) for r in case.links.requires for q in r.projects[1:]})
    asked = [(p, q, lag) for p, q, lag in asked if not {p, q} & promised and options.has[p]]
    plan = case.loaded.config.years
    lagged = [
        (p, q, plan.index(t), plan.index(t - lag))
        for p, q, lag in asked
        for t in plan
        if lag and t - lag in plan and (options.start[options(p)] <= t).any()
    ]
    started = sorted({(p, t) for p, _, t, _ in lagged} | {(q, u) for _, q, _, u in lagged})
    by_year = {(p, t): options(p)[options.start[options(p)] <= years[t]] for p, t in started}
    members = {
        "REQUIRES": columns([(p, q) for p, q, lag in asked if not lag], 2),
        "REQUIRES_EARLIER": columns(lagged, 4),
    }
    return Part(members=members, families={"STARTED_BY": _keyed(by_year, len(years))})


def _instruments(case: Case, options: _Options) -> Part:
    """(p, q, i) wherever p could have instrument i and q another one."""
    kind = options.instrument
    found = sorted(
        {
            (p, q, int(i))
            for rule in case.links.same_instrument
            for p in rule.projects
            for q in rule.projects
            if p != q
            for i in np.unique(kind[options(p)])
            if (kind[options(q)] != i).any()
        }
    )
    size = len(case.options.table["instrument"].cat.categories)
    families = {
        "WITH": _keyed({(p, i): options(p)[kind[options(p)] == i] for p, _, i in found}, size),
        "WITHOUT": _keyed({(q, i): options(q)[kind[options(q)] != i] for _, q, i in found}, size),
    }
    return Part(members={"SAME_INSTRUMENT": columns(found, 3)}, families=families)


def _choices(case: Case, options: _Options) -> Part:
    """Projects that exclude each other, of which one is picked, and that go together."""
    links, has = case.links, options.has
    rivals = [r.projects for r in links.excludes if sum(has[p] for p in r.projects) > 1]
    alternatives = [r.projects for r in links.one_of]
    pairs = [(p, q) for r in links.all_or_none for p, q in zip(r.projects, r.projects[1:], strict=False)]
    families = {"RIVALS": _listed(rivals, options.of), "ALTERNATIVES": _listed(alternatives, options.of)}
    together = {"TOGETHER": columns([(p, q) for p, q in pairs if has[p] or has[q]], 2)}
    sizes = {"EXCLUSIVE": len(rivals), "ONE_OF": len(alternatives)}
    return Part(sizes=sizes, members=together, families=families)


def _keyed(rows: dict[tuple[int, int], Ints], size: int) -> Family:
    """A family over pairs of positions, the second below ``size``."""
    owner = np.concatenate([NONE, *(np.full(len(r), a * size + b) for (a, b), r in rows.items())])
    return Family.sparse(owner, [np.concatenate([NONE, *rows.values()])])


def _listed(lists: Iterable[Sequence[int]], of: Family) -> Family:
    """The options of the projects of every list."""
    found = [[of.items[0][of.start[p] : of.start[p + 1]] for p in projects] for projects in lists]
    items = [np.concatenate([NONE, *options]) for options in found]
    owner = np.repeat(np.arange(len(items)), [len(i) for i in items])
    return Family.grouped(owner, [np.concatenate([NONE, *items])], len(items))

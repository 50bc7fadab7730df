"""Rules between projects and decisions taken before, from the config and from the project table, by project row.

The columns `requires`, `excludes` and `lock` of the project table act like their config keys.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components, shortest_path

from allocator.config.keys.locks import FixedAward
from allocator.config.loaded import Loaded
from allocator.messages import Message
from allocator.messages.errors import InputError
from allocator.options.named_projects import RULES, project_ids, unknown
from allocator.tables.files.project_ids import ProjectIds
from allocator.tables.opened import Inputs

_MUST_FUND = ("must_fund", "必选")
_MUST_NOT = ("must_not", "排除")


@dataclass(frozen=True)
class Rule:
    """One rule over ``projects`` (rows of the project table), and where it was written."""

    projects: tuple[int, ...]
    place: str
    path: str
    lag: int = 0


@dataclass(frozen=True)
class Links:
    """Every rule between projects, and every lock with where it was written."""

    requires: tuple[Rule, ...]
    excludes: tuple[Rule, ...]
    one_of: tuple[Rule, ...]
    all_or_none: tuple[Rule, ...]
    same_instrument: tuple[Rule, ...]
    must_fund: dict[int, str]
    must_not: dict[int, str]
    fix: dict[int, FixedAward]


class _Resolver:
    def __init__(self, loaded: Loaded, inputs: Inputs) -> None:
        self.loaded, self.inputs = loaded, inputs
        ids = inputs.projects["project_id"].tolist()
        self.row = {project: row for row, project in enumerate(ids)}
        self.problems: list[Message] = []
        self.rules: dict[str, list[Rule]] = defaultdict(list)
        self.must_fund: dict[int, str] = {}
        self.must_not: dict[int, str] = {}
        self.fix: dict[int, FixedAward] = {}

    def rows(self, ids: Iterable[str], path: str) -> tuple[int, ...]:
        """Rows of projects named in the config; what is not one project, and once, becomes a problem."""
        found: dict[int, None] = {}
        for project in ids:
            row = self.row.get(project)
            if row is None:
                self._problem(path, *unknown(self.called, project))
            elif row in found:
                self._problem(path, "project_twice", {"project": project})
            else:
                found[row] = None
        return tuple(found)

    def _problem(self, path: str, code: str, values: dict[str, object]) -> None:
        self.problems.append(Message(f"audit.{code}", values, self.loaded.place(path), path))

    @cached_property
    def called(self) -> ProjectIds:
        """What the projects are called."""
        return project_ids(self.inputs)

    def config_rules(self) -> None:
        for number, rule in enumerate(self.loaded.config.dependencies):
            for kind in RULES:
                ids = getattr(rule, kind)
                if ids is not None:
                    path = f"dependencies.{number}"
                    projects = self.rows(ids, f"{path}.{kind}")
                    self.rules[kind].append(Rule(projects, self.loaded.place(path), path, rule.lag))

    def config_locks(self) -> None:
        locks = self.loaded.config.locks
        for row in self.rows(locks.must_fund, "locks.must_fund"):
            self.must_fund[row] = self.loaded.place("locks.must_fund")
        for row in self.rows(locks.must_not, "locks.must_not"):
            self.must_not[row] = self.loaded.place("locks.must_not")
        for project, fixed in locks.fix.items():
            for row in self.rows([project], f"locks.fix.{project}"):
                self.fix[row] = fixed
                self.must_fund.setdefault(row, self.loaded.place(f"locks.fix.{project}"))

    def table_rules(self) -> None:
        for column in ("requires", "excludes"):
            for row, text in self._filled(column):
                place = self.inputs.place("projects", row, column)
                others = tuple(self.row[part.strip()] for part in text.split(";") if part.strip())
                if column == "requires":
                    self.rules[column].append(Rule((row, *others), place, column))
                else:
                    self.rules[column] += [Rule((row, other), place, column) for other in others]
        failed = self._failed()
        for row, text in self._filled("lock"):
            place = self.inputs.place("projects", row, "lock")
            if text in _MUST_FUND:
                self.must_fund.setdefault(row, place)
            elif text in _MUST_NOT:
                self.must_not.setdefault(row, failed.get(row, place))

    def _failed(self) -> dict[int, str]:
        """Projects of which progress tells that they have failed or not begun, which may have locked them out."""
        told = self.inputs.extra.get("progress")
        if told is None:
            return {}
        gone = told["failed"] | ~(told["started"] | told["completed"] | told["in_production"])
        shown = self.loaded.as_written.get("progress", "progress")
        return {self.row[p]: f"{shown}: {p}" for p in told["project_id"][gone].tolist() if p in self.row}

    def _filled(self, column: str) -> Iterator[tuple[int, str]]:
        if column in self.inputs.projects.columns:
            text = self.inputs.projects[column].to_numpy(object)
            for row in np.flatnonzero(text != ""):
                yield int(row), str(text[row])


def resolve(loaded: Loaded, inputs: Inputs) -> Links:
    """The rules and locks of config and table.

    Raises:
        InputError: unknown projects, or projects that would have to start before themselves.
    """
    resolver = _Resolver(loaded, inputs)
    resolver.config_rules()
    resolver.config_locks()
    resolver.table_rules()
    links = Links(
        tuple(resolver.rules["requires"]),
        tuple(resolver.rules["excludes"]),
        tuple(resolver.rules["one_of"]),
        tuple(resolver.rules["all_or_none"]),
        tuple(resolver.rules["same_instrument"]),
        resolver.must_fund,
        resolver.must_not,
        resolver.fix,
    )
    problems = resolver.problems
    if not problems:
        ids = inputs.projects["project_id"].tolist()
        promised = set() if inputs.commitments is None else {resolver.row[p] for p in inputs.commitments["project_id"]}
        circles = cycles(links, ids, promised)
        problems = [m for m, projects in circles if not any(p in links.must_fund for p in projects)]
    if problems:
        raise InputError(problems)
    return links


def cycles(links: Links, ids: list[str], promised: set[int]) -> list[tuple[Message, tuple[int, ...]]]:
    """Circles of `requires` whose lags add up to more than 0: no project of such a circle can ever start.

    A ``promised`` project closes no circle: it satisfies what others require, and requires nothing any more.
    """
    edges = [(r.projects[0], q, r) for r in links.requires for q in r.projects[1:]]
    edges = [(a, b, r) for a, b, r in edges if a not in promised and b not in promised]
    if not edges:
        return []
    used = sorted({p for a, b, _ in edges for p in (a, b)})
    at = {p: i for i, p in enumerate(used)}
    source, target = [at[a] for a, _, _ in edges], [at[b] for _, b, _ in edges]
    graph = sp.csr_array((np.ones(len(edges)), (source, target)), (len(used), len(used)))
    _, component = connected_components(graph, connection="strong")
    found: dict[int, tuple[Message, tuple[int, ...]]] = {}
    for (a, _, rule), i, j in zip(edges, source, target, strict=True):
        if rule.lag and component[i] == component[j] and component[i] not in found:
            circle = (a, *(used[k] for k in _path(graph, j, i)))
            names = " → ".join(ids[p] for p in circle)
            found[int(component[i])] = (Message("audit.cycle", {"circle": names}, rule.place, rule.path), circle)
    return list(found.values())


def _path(graph: sp.csr_array, start: int, end: int) -> list[int]:
    """Positions from ``start`` to ``end`` along the shortest way."""
    _, before = shortest_path(graph, unweighted=True, indices=start, return_predecessors=True)
    path = [end]
    while path[-1] != start:
        path.append(int(before[path[-1]]))
    return path[::-1]

"""Rules between projects as rows that a certificate may have prices of, in the order and with the names of the equations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from allocator.money.arrays import Ints
from allocator.problem.case import Case

JOINS = ";"
"""Between names: no id has one."""


@dataclass(frozen=True, eq=False)
class Link:
    """One row: options, nodes closed and bundles joined times their numbers are at most, or equal to, ``end``."""

    key: tuple[str, str, str, str]
    options: tuple[tuple[Ints, int], ...]
    end: int = 0
    equal: bool = False
    closed: Mapping[int, int] = field(default_factory=dict)
    joined: Mapping[int, int] = field(default_factory=dict)


def links(case: Case) -> dict[str, list[Link]]:
    """All rows between projects, by the name of their equation."""
    made = _Links(case)
    return {
        "requires": list(made.requires()),
        "requires_earlier": list(made.requires_earlier()),
        "excludes": list(made.excludes()),
        "one_of": list(made.one_of()),
        "all_or_none": list(made.all_or_none()),
        "same_instrument": list(made.same_instrument()),
        "node_needs_funding": list(made.node_needs_funding()),
        "funding_closes_node": list(made.funding_closes_node()),
        "bonus_needs_each": list(made.bonus_needs_each()),
        "bonus_needs_enough": list(made.bonus_needs_enough()),
        "enough_brings_loss": list(made.enough_brings_loss()),
    }


class _Links:
    def __init__(self, case: Case) -> None:
        self.case, self.links = case, case.links
        m, count = case.measures, len(case.inputs.projects)
        self.ids = case.inputs.projects["project_id"].tolist()
        self.start = m.start_year
        self.first = np.searchsorted(m.project, np.arange(count + 1))
        self.kind = np.asarray(case.options.table["instrument"].cat.codes, np.int64)
        self.kinds = case.options.table["instrument"].cat.categories.tolist()
        self.promised = set(m.project[m.committed & case.usable].tolist())
        asked = sorted({(r.projects[0], q, r.lag) for r in self.links.requires for q in r.projects[1:]})
        self.asked = [(p, q, lag) for p, q, lag in asked if not {p, q} & self.promised and len(self.of(p))]

    def all(self, p: int) -> Ints:
        """The options of a project that are open."""
        rows = np.arange(self.first[p], self.first[p + 1])
        return rows[self.case.usable[rows]]

    def of(self, p: int) -> Ints:
        """The options of a project that stand for its being funded: of several promises the first."""
        rows = self.all(p)
        return rows[self.case.measures.once[rows]]

    def of_all(self, projects: Iterable[int]) -> Ints:
        """The options that stand for any of the projects being funded."""
        return np.concatenate([np.zeros(0, np.int64), *(self.of(int(p)) for p in projects)])

    def named(self, kind: str, projects: Sequence[int], *more: object) -> tuple[str, str, str, str]:
        """The first project as the rule, the others and what else tells rows apart as the member."""
        first, *others = [str(self.ids[int(p)]) for p in projects]
        return kind, first, JOINS.join([*others, *map(str, more)]), ""

    def requires(self) -> Iterator[Link]:
        for p, q, lag in self.asked:
            if not lag:
                yield Link(self.named("requires", (p, q)), ((self.of(p), 1), (self.of(q), -1)))

    def requires_earlier(self) -> Iterator[Link]:
        plan = self.case.loaded.config.years
        for p, q, lag in self.asked:
            for year in plan if lag else ():
                mine, theirs = self.all(p), self.all(q)
                mine, theirs = mine[self.start[mine] <= year], theirs[self.start[theirs] <= year - lag]
                if year - lag in plan and len(mine):
                    yield Link(self.named("requires", (p, q), year, year - lag), ((mine, 1), (theirs, -1)))

    def excludes(self) -> Iterator[Link]:
        for rule in self.links.excludes:
            if sum(len(self.of(p)) > 0 for p in rule.projects) > 1:
                yield Link(self.named("excludes", rule.projects), ((self.of_all(rule.projects), 1),), 1)

    def one_of(self) -> Iterator[Link]:
        for rule in self.links.one_of:
            yield Link(self.named("one_of", rule.projects), ((self.of_all(rule.projects), 1),), 1, equal=True)

    def all_or_none(self) -> Iterator[Link]:
        for rule in self.links.all_or_none:
            for p, q in zip(rule.projects, rule.projects[1:], strict=False):
                if len(self.of(p)) or len(self.of(q)):
                    key = self.named("all_or_none", (p, q))
                    yield Link(key, ((self.of(p), 1), (self.of(q), -1)), equal=True)

    def same_instrument(self) -> Iterator[Link]:
        found = {
            (p, q, int(i))
            for rule in self.links.same_instrument
            for p in rule.projects
            for q in rule.projects
            if p != q
            for i in np.unique(self.kind[self.all(p)])
            if (self.kind[self.all(q)] != i).any()
        }
        for p, q, i in sorted(found):
            mine, theirs = self.all(p), self.all(q)
            options = ((mine[self.kind[mine] == i], 1), (theirs[self.kind[theirs] != i], 1))
            yield Link(self.named("same_instrument", (p, q), self.kinds[i]), options, 1)

    def node(self, h: int) -> str:
        """What a chain node is called."""
        clusters, chains = self.case.measures.clusters, self.case.loaded.config.chains
        return "" if chains is None else str(clusters.column(chains.node)[h])

    def node_needs_funding(self) -> Iterator[Link]:
        for h, projects in enumerate(self.case.measures.clusters.nodes):
            yield Link(("node", self.node(h), "", ""), ((self.of_all(projects.tolist()), -1),), closed={h: 1})

    def funding_closes_node(self) -> Iterator[Link]:
        for h, projects in enumerate(self.case.measures.clusters.nodes):
            for p in projects.tolist():
                key = ("node", self.node(h), str(self.ids[p]), "")
                yield Link(key, ((self.of(p), 1),), closed={h: -1})

    def bonus_needs_each(self) -> Iterator[Link]:
        for y, bundle in enumerate(self.case.measures.clusters.bundles):
            if bundle.needed == len(bundle.projects) and bundle.bonus >= 0:
                for p in bundle.projects:
                    key = ("bundle", bundle.name, str(self.ids[int(p)]), "")
                    yield Link(key, ((self.of(int(p)), -1),), joined={y: 1})

    def bonus_needs_enough(self) -> Iterator[Link]:
        for y, bundle in enumerate(self.case.measures.clusters.bundles):
            if bundle.bonus >= 0 and bundle.needed != len(bundle.projects):
                options = ((self.of_all(bundle.projects.tolist()), -1),)
                yield Link(("bundle", bundle.name, "enough", ""), options, joined={y: int(bundle.needed)})

    def enough_brings_loss(self) -> Iterator[Link]:
        for y, bundle in enumerate(self.case.measures.clusters.bundles):
            if bundle.bonus <= 0:
                beyond = len(bundle.projects) - bundle.needed + 1
                options = ((self.of_all(bundle.projects.tolist()), 1),)
                key = ("bundle", bundle.name, "loss", "")
                yield Link(key, options, int(bundle.needed) - 1, joined={y: -int(beyond)})

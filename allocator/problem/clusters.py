"""Chain nodes and bundles of projects: who belongs to them, and which of them a plan reaches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from allocator.config.keys.clusters import Synergy
from allocator.config.keys.plan import Config, GoalTerm
from allocator.config.loaded import Loaded
from allocator.messages import Message, nearest
from allocator.messages.errors import InputError
from allocator.money.arrays import Ints
from allocator.options.named_projects import unknown
from allocator.problem.chain_nodes import CLOSED_NODES, Bundle, Clusters
from allocator.tables.conditions import each_problems, groups, matches, normal, where_problems
from allocator.tables.files.project_ids import ProjectIds

if TYPE_CHECKING:
    from allocator.problem.measures import Measures

SYNERGY = "synergy"
PAIR = 2


def terms_of(config: Config) -> list[GoalTerm]:
    """The planner's terms of the goal, then what chains and synergies add to them."""
    terms = list(config.goals.terms)
    if config.chains is not None:
        bonus, role = config.chains.bonus, config.chains.role
        if isinstance(bonus, dict):
            terms += [GoalTerm(measure=CLOSED_NODES, weight=w, where={str(role): r}) for r, w in bonus.items() if w]
        elif bonus:
            terms.append(GoalTerm(measure=CLOSED_NODES, weight=bonus))
    if any(synergy.bonus for synergy in config.synergies):
        terms.append(GoalTerm(measure=SYNERGY, weight=Decimal(1)))
    return terms


def resolve(loaded: Loaded, measures: Measures) -> Clusters:
    """Chain nodes and bundles.

    Raises:
        InputError: unknown columns, projects or values, and nodes with two roles, all at once.
    """
    if loaded.config.chains is None and not loaded.config.synergies:
        return Clusters()
    reader = _Reader(loaded, measures)
    nodes, attributes = reader.nodes(np.unique(measures.project))
    bundles = reader.bundles()
    if reader.problems:
        raise InputError(reader.problems)
    return Clusters(nodes, attributes, bundles)


MOST_BUNDLES = 20_000
"""Most bonuses that one synergy may be made of."""


def together(synergy: Synergy, rows: Sequence[int], anchor: int | None) -> list[tuple[list[int], int]]:
    """Members and how many of them are needed, for every bonus of a synergy."""
    if anchor is not None:
        return [([anchor, row], 2) for row in rows if row != anchor]
    if synergy.per == "pair":
        return [([a, b], 2) for a, b in combinations(rows, 2)]
    if synergy.per == "further":
        return [(list(rows), needed) for needed in range(synergy.at_least or 2, len(rows) + 1)]
    return [(list(rows), len(rows) if synergy.at_least is None else synergy.at_least)]


def bonus_text(ids: Any, members: Sequence[int], needed: int) -> str:
    """Which of the bonuses of a synergy one is."""
    return " + ".join(ids[list(members)]) if len(members) == needed == PAIR else f"{needed} / {len(members)}"


class _Reader:
    def __init__(self, loaded: Loaded, measures: Measures) -> None:
        self.loaded, self.config, self.table = loaded, loaded.config, measures.projects
        self._column = measures.project_attribute
        self.problems: list[Message] = []
        self.fen = loaded.config.unit.fen_per_unit

    def nodes(self, offered: Ints) -> tuple[tuple[Ints, ...], Mapping[str, Any]]:
        """Nodes with the projects that have an option, and the attributes of each."""
        chains = self.config.chains
        if chains is None:
            return (), {}
        names = list(map(str, self.table.columns))
        for key in ("node", "role"):
            if getattr(chains, key) is not None:
                path, column = f"chains.{key}", getattr(chains, key)
                self.problems += each_problems([column], self._column, names, path, self.loaded.place)
        if self.problems:
            return (), {}
        open_ = np.zeros(len(self.table), bool)
        open_[offered] = True
        found = [(label, rows[open_[rows]]) for label, rows in groups(chains.node, self._column)]
        found = [(label, rows) for label, rows in found if len(rows)]
        attributes: dict[str, Any] = {chains.node: np.array([label for label, _ in found], object)}
        if chains.role is not None:
            attributes[chains.role] = np.array([self._role(chains.role, *node) for node in found], object)
            written = [self._column(chains.role)[rows] for _, rows in groups(chains.node, self._column)]
            self._check_bonus(chains.bonus, {normal(value) for values in written for value in values})
        return tuple(rows for _, rows in found), attributes

    def _role(self, column: str, node: str, rows: Ints) -> str:
        """The one role of a node; a second one is a problem."""
        roles = {
            normal(value): int(row)
            for row, value in zip(rows, np.asarray(self._column(column), object)[rows], strict=True)
        }
        if len(roles) > 1:
            ids = self.table["project_id"].to_numpy(object)
            told = ", ".join(f"{role or '–'} ({ids[row]})" for role, row in sorted(roles.items()))
            self.problems.append(self._message("node_with_roles", "chains.role", node=node, roles=told))
        return next(iter(roles))

    def _check_bonus(self, bonus: object, roles: set[str]) -> None:
        """Roles that no project of a node has, whether or not it may be funded."""
        for role in bonus if isinstance(bonus, dict) else ():
            if normal(role) not in roles:
                close = nearest(role, roles)
                code = "role_unknown" if close is None else "role_unknown_near"
                self.problems.append(self._message(code, f"chains.bonus.{role}", role=role, nearest=close))

    def bundles(self) -> tuple[Bundle, ...]:
        """The bundles that have as many projects as they ask for."""
        ids = self.table["project_id"].tolist()
        row_of = {project: row for row, project in enumerate(ids)}
        called, found = ProjectIds(ids, self.table["project_name"].tolist()), list[Bundle]()
        for synergy in self.config.synergies:
            path = f"synergies.{synergy.name}"
            listed = synergy.projects or []
            for at, project in enumerate(listed):
                if project not in row_of:
                    code, values = unknown(called, project)
                    self.problems.append(self._message(code, f"{path}.projects.{at}", **values))
                elif project in listed[:at]:
                    self.problems.append(self._message("project_twice", f"{path}.projects.{at}", project=project))
            if synergy.projects is None:
                names = list(map(str, self.table.columns))
                faults = where_problems(synergy.where, self._column, names, f"{path}.where", self.loaded.place)
                self.problems += faults
                rows = [] if faults else np.flatnonzero(matches(synergy.where, self._column, len(ids))).tolist()
            else:
                rows = [row_of[project] for project in synergy.projects if project in row_of]
            anchor = None
            if synergy.anchor is not None:
                anchor = row_of.get(synergy.anchor)
                if anchor is None:
                    code, values = unknown(called, synergy.anchor)
                    self.problems.append(self._message(code, f"{path}.anchor", **values))
            if not self.problems:
                found += self._bundles_of(synergy, rows, anchor)
        return tuple(found)

    def _bundles_of(self, synergy: Synergy, rows: list[int], anchor: int | None) -> list[Bundle]:
        """One synergy as bundles, each of which brings its bonus once."""
        kinds = together(synergy, rows, anchor)
        others = sum(row != anchor for row in rows)
        told = {"name": synergy.name, "need": 1 if synergy.anchor else synergy.at_least or PAIR, "have": others}
        if not kinds or kinds[0][1] > len(kinds[0][0]):
            self.problems.append(self._message("synergy_too_few", f"synergies.{synergy.name}", **told))
            return []
        if len(kinds) > MOST_BUNDLES:
            told |= {"pairs": len(kinds), "most": MOST_BUNDLES}
            self.problems.append(self._message("synergy_too_many", f"synergies.{synergy.name}", **told))
            return []
        bonus, ids = float(synergy.bonus * self.fen), self.table["project_id"].to_numpy(object)
        names = [synergy.name] if len(kinds) == 1 else [f"{synergy.name}: {bonus_text(ids, *kind)}" for kind in kinds]
        return [
            Bundle(name, np.array(members, np.int64), needed, bonus)
            for name, (members, needed) in zip(names, kinds, strict=True)
        ]

    def _message(self, code: str, path: str, **values: object) -> Message:
        return Message(f"audit.{code}", values, self.loaded.place(path), path)


def node_problems(loaded: Loaded, names: Sequence[str], path: str) -> list[Message]:
    """Attributes that say nothing of a chain node."""
    chains = loaded.config.chains
    known = [] if chains is None else [name for name in (chains.node, chains.role) if name is not None]
    values = {"known": ", ".join(known)}
    return [
        Message("audit.not_of_a_node", {**values, "got": name}, loaded.place(path), path)
        for name in names
        if name not in known
    ]

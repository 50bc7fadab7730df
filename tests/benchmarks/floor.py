"""The floor: the same matrix from the same tables by bare NumPy and SciPy, written for one shape of plan only.

It knows what `plans.write_plan` writes: which rules there are, in which order, who pays what. Nothing can be
changed in it without touching every line, which is why the allocator is not written so; but it is about as
fast as Python gets there, and so the measure of what the readable model costs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

Array = np.ndarray


def _scale(amounts: Array) -> float:
    size = np.abs(amounts[amounts != 0])
    return float(10.0 ** np.floor(np.log10(np.median(size)))) if len(size) else 1.0


@dataclass
class Rows:
    """Triplets of a growing matrix."""

    row: list[Array]
    column: list[Array]
    value: list[Array]
    lower: list[Array]
    upper: list[Array]
    count: int = 0

    def add(self, count: int, parts: list[tuple[Any, Any, Any]], lower: Any, upper: Any) -> None:
        """``count`` rows, their entries as (row, column, value) relative to the first of them."""
        for part in parts:
            row, column, value = np.broadcast_arrays(*part)
            self.row.append(row.ravel() + self.count)
            self.column.append(column.ravel())
            self.value.append(value.ravel())
        self.lower.append(np.broadcast_to(np.asarray(lower, float), count))
        self.upper.append(np.broadcast_to(np.asarray(upper, float), count))
        self.count += count


class Floor:
    """The matrix of one plan: ``matrix``, ``row_lower``, ``row_upper``, ``cost``; and its answer as table rows."""

    def __init__(self, loaded: Any, inputs: Any, options: Any) -> None:
        self.config, self.projects, self.options = loaded.config, inputs.projects, options
        table, payments = options.table, options.payments
        self.project, self.start = table["project"].to_numpy(), table["start_year"].to_numpy()
        self._links()
        self.rows = np.flatnonzero(self._usable())
        self.position = np.full(len(table), -1)
        self.position[self.rows] = np.arange(len(self.rows))
        option = self.position[payments["option"].to_numpy()]
        line = np.flatnonzero(option >= 0)
        self.option, self.year = option[line], payments["year"].to_numpy()[line] - self.config.years[0]
        self.klass, self.paid = (
            payments["payers"].to_numpy()[line].astype(np.int64),
            payments["amount"].to_numpy()[line],
        )
        self.years, self.n = int(self.year.max()) + 1, len(self.rows)
        self.plan, self.money, self.fen = len(self.config.years), _scale(self.paid), 1_000_000
        self.sources = list(self.config.sources)
        self.draw_at = self.n
        self.carry_at = self.draw_at + len(self.sources) ** 2 * self.years
        self.lapse_at = self.carry_at + len(self.sources) * self.years
        self.total_at = self.lapse_at + len(self.sources) * self.years
        self.out = Rows([], [], [], [], [])
        self._choice()
        self._funding()
        groups = self._limits()
        self._dependencies()
        self._finish(self.total_at + groups)

    def _links(self) -> None:
        number = {name: at for at, name in enumerate(self.projects["project_id"].tolist())}
        needs, rival = self.projects["requires"].to_numpy(), self.projects["excludes"].to_numpy()
        pairs = [(p, number[needs[p]], 0) for p in np.flatnonzero(needs != "")]
        rules = [(number[r.requires[0]], number[r.requires[1]], r.lag) for r in self.config.dependencies]
        self.requires = sorted({*pairs, *rules})
        self.rivals = [(p, number[rival[p]]) for p in np.flatnonzero(rival != "")]
        self.first = np.searchsorted(self.project, np.arange(len(self.projects) + 1))

    def _usable(self) -> Array:
        left, first = np.ones(len(self.project), bool), self.first
        for p, q, lag in self.requires:
            mine, theirs = slice(first[p], first[p + 1]), slice(first[q], first[q + 1])
            if first[q] == first[q + 1]:
                left[mine] = False
            elif lag:
                left[mine] &= self.start[mine] >= self.start[theirs].min() + lag
        return left

    def _choice(self) -> None:
        self.owner = self.project[self.rows]
        candidates, row = np.unique(self.owner, return_inverse=True)
        self.out.add(len(candidates), [(row, np.arange(self.n), 1.0)], -np.inf, 1.0)

    def _funding(self) -> None:
        count, years, plan = len(self.sources), self.years, self.plan
        s, t = np.divmod(np.arange(count * years), years)
        draw = self.draw_at + (s * count + s) * years + t  # every source has one class, its own
        paid = (self.klass * years + self.year, self.option, self.paid / self.money)
        self.out.add(count * years, [paid, (np.arange(count * years), draw, -1.0)], 0.0, 0.0)
        unit = self.fen / self.money
        rules = [self.config.sources[name] for name in self.sources]
        budget = np.array([[float(self.config.budget(n, y)) for y in self.config.years] for n in self.sources]) * unit
        share = np.array([float(r.carryover.max_share) for r in rules])
        carry, lapse = self.carry_at + s * years + t, self.lapse_at + s * years + t
        for at, later in ((t == 0, False), ((t > 0) & (t < plan), True)):
            i, own = np.arange(at.sum()), budget[s[at], t[at]]
            parts = [(i, draw[at], 1.0), (i, carry[at], 1.0), (i, lapse[at], 1.0)]
            self.out.add(len(i), [*parts, (i, carry[at] - 1, -1.0)] if later else parts, own, own)
        for at, later in ((t == 0, False), ((t > 0) & (t < plan), True)):
            i, most = np.arange(at.sum()), share[s[at]]
            parts = [(i, carry[at], 1.0), *([(i, carry[at] - 1, -most)] if later else [])]
            self.out.add(len(i), parts, -np.inf, most * budget[s[at], t[at]])
        age = [
            [sum(row[max(0, y + 1 - r.carryover.years) : y + 1]) if y < plan - 1 else 0.0 for y in range(plan)]
            for row, r in zip(budget, rules, strict=True)
        ]
        at = t < plan
        self.out.add(int(at.sum()), [(np.arange(at.sum()), carry[at], 1.0)], -np.inf, np.ravel(age))
        cap = np.array([float(r.tail.max_share) for r in rules]) * budget[:, -1]
        self.out.add(int((~at).sum()), [(np.arange((~at).sum()), draw[~at], 1.0)], -np.inf, cap[s[~at]])

    def _groups(self) -> tuple[list[tuple[Array, Array]], list[Any], list[Any]]:
        """Options and amounts of every group; floors and caps as (group, group of the whole, share or amount)."""
        table, projects = self.options.table, self.projects
        by_name = {limit.name: limit for limit in self.config.limits}
        award, nominal = table["award"].to_numpy(), table["nominal_investment"].to_numpy()
        fiscal = table["instrument"].to_numpy() != "park_infrastructure"
        region, category = projects["region"].to_numpy(), projects["category"].to_numpy()
        found, floors, caps = [], [], []

        def group(mask: Array, amounts: Array) -> int:
            at = np.flatnonzero(mask & (amounts != 0))
            found.append((at, amounts[at]))
            return len(found) - 1

        whole = None
        names, code = np.unique(region, return_inverse=True)
        here = code[self.project]
        for limit, side in (("各市财政上限", caps), ("各市财政下限", floors)):
            for number in range(len(names)):
                g = group((here == number) & fiscal, award)
                whole = group(fiscal, award) if whole is None else whole
                side.append((g, whole, float(by_name[limit].max_share or by_name[limit].min_share)))
        renovation = (category == "企业技改")[self.project]
        floors.append((group(renovation & fiscal, award), whole, float(by_name["技改占比"].min_share)))
        sei = group((projects["is_sei"].to_numpy() == 1)[self.project], nominal)
        everything = group(np.ones(len(table), bool), nominal)
        floors.append((sei, everything, float(by_name["战新投资占比"].min_share)))
        heavy = group((projects["is_energy_heavy"].to_numpy() == 1)[self.project], nominal)
        caps.append((heavy, everything, float(by_name["高耗能投资占比"].max_share)))
        energy = projects["energy_tce"].to_numpy()[self.project]
        caps.append((group(np.ones(len(table), bool), energy), None, float(by_name["综合能耗总量"].max)))
        for year in self.config.years:
            g = group(renovation & (self.start == year), np.ones(len(table)))
            caps.append((g, None, float(by_name["每年技改项目数"].max)))
        return found, floors, caps

    def measured(self) -> tuple[list[tuple[Array, Array]], Array, list[tuple[list[tuple[int, float]], float]]]:
        """Options and amounts of every group, the scale of each, and all bounds as "Σ factor · total ≤ number"."""
        found, floors, caps = self._groups()
        scale = np.array([_scale(amounts) for _, amounts in found])
        bounds = []
        for side, sign in ((floors, -1.0), (caps, 1.0)):
            for g, whole, number in side:
                if whole is None:
                    bounds.append(([(g, sign)], sign * number / float(scale[g])))
                else:
                    factor = -sign * number * float(scale[whole] / scale[g])
                    bounds.append(([(g, sign), (whole, factor)], 0.0))
        return found, scale, bounds

    def _limits(self) -> int:
        found, scale, bounds = self.measured()
        parts: list[tuple[Any, Any, Any]] = [(np.arange(len(found)), self.total_at + np.arange(len(found)), -1.0)]
        for g, (rows, amounts) in enumerate(found):
            at = self.position[rows]
            parts.append((g, at[at >= 0], amounts[at >= 0] / scale[g]))
        self.out.add(len(found), parts, 0.0, 0.0)
        entries = [(row, self.total_at + g, factor) for row, (terms, _) in enumerate(bounds) for g, factor in terms]
        self.out.add(len(bounds), entries, -np.inf, [end for _, end in bounds])
        return len(found)

    def linked(self) -> tuple[list[tuple[Array, Array]], list[Array]]:
        """Options of which at most as many are chosen as of others, and options of which at most one is."""
        first = np.searchsorted(self.owner, np.arange(len(self.projects) + 1))
        of = [np.arange(a, b) for a, b in zip(first[:-1].tolist(), first[1:].tolist(), strict=True)]
        start = self.start[self.rows]
        plain = [(of[p], of[q]) for p, q, lag in self.requires if not lag and len(of[p])]
        lagged = [
            (of[p][start[of[p]] <= y], of[q][start[of[q]] <= y - lag])
            for p, q, lag in self.requires
            for y in self.config.years
            if lag and (start[of[p]] <= y).any()
        ]
        rivals = [np.concatenate([of[p], of[q]]) for p, q in self.rivals if len(of[p]) and len(of[q])]
        return [*plain, *lagged], rivals

    def _dependencies(self) -> None:
        needs, rivals = self.linked()
        parts = [part for i, (a, b) in enumerate(needs) for part in ((i, a, 1.0), (i, b, -1.0))]
        self.out.add(len(needs), parts, -np.inf, 0.0)
        self.out.add(len(rivals), [(i, both, 1.0) for i, both in enumerate(rivals)], -np.inf, 1.0)

    def _finish(self, columns: int) -> None:
        o, table = self.out, self.options.table
        triplets = np.concatenate(o.value), (np.concatenate(o.row), np.concatenate(o.column))
        self.matrix = sp.csc_array(sp.coo_array(triplets, (o.count, columns)))
        self.row_lower, self.row_upper = np.concatenate(o.lower), np.concatenate(o.upper)
        weights = {term.measure: float(term.weight) for term in self.config.goals.terms}
        worth = sum(table[measure].to_numpy() * weight for measure, weight in weights.items())
        value = worth[self.rows]
        self.cost = np.zeros(columns)
        self.cost[: self.n] = value / _scale(value)

    def extract(self, x: Array) -> tuple[Any, Array]:
        """The chosen rows of the option table, and what every source pays by class and year, in fen."""
        chosen = self.rows[np.flatnonzero(x[: self.n] > 0.5)]
        count = len(self.sources)
        draws = x[self.draw_at : self.carry_at].reshape(count, count, self.years) * self.money
        return self.options.table.iloc[chosen], draws

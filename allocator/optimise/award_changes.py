"""What moved between the approved plan and the new one, and why; amounts in fen.

The reason of a move is what happens when that one project is given its approved award again and all others stay as
they are: money lacks, a limit or a rule between projects breaks, or the goal falls by a figure that is told; and where
it does not fall, the move is told to be within the gap. Of an award that stayed, it is told whether only the price for
moving keeps it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

import numpy as np

from allocator.config.rules.package_rules import JOINT
from allocator.money.arrays import Ints
from allocator.optimise.exact import ExactPlan, examine, objective
from allocator.optimise.instance import Instance
from allocator.plan.reasons import option_values, who_pays_counts
from allocator.problem.case import Case, RowsOf
from allocator.tables.previous_plan import FAILED, REALISED, Approved, approved

COLUMNS = (
    "project_id",
    "before",
    "after",
    "change",
    "reason",
    "by",
    "own_goal",
    "restored",
    "start_before",
    "start_after",
)
JOINED = ", "
EARLIER, LATER = "earlier", "later"
"""Reasons of an award that is as approved but starts in another year."""


class Move(NamedTuple):
    """One project: its award before and after, why they differ, and figures in fen of goal."""

    project: str
    before: int
    after: int
    reason: str
    by: str = ""
    """The source and year that lack, the limit, the other projects, or the rule that names the reason."""
    own_goal: Fraction | None = None
    """What its option adds to the goal by itself, less what the approved one would add."""
    restored: Fraction | None = None
    """What the goal would lose if only this project had its approved award again; the price for moving counts."""
    starts: tuple[int | None, int | None] = (None, None)
    """Year in which support was to start, and in which it starts now."""


def moves(case: Case, numbers: Instance, plan: ExactPlan) -> list[Move]:
    """Every project with an award in either plan, by id."""
    before: dict[str, list[Approved]] = {}
    for award in approved(case.loaded.config, case.inputs.extra):
        before.setdefault(award.project, []).append(award)
    found = _Moves(case, numbers, plan)
    return [found.with_starts(project, before.get(project, [])) for project in sorted({*before, *found.after})]


@dataclass(eq=False)
class _Moves:
    case: Case
    numbers: Instance
    plan: ExactPlan

    def __post_init__(self) -> None:
        m = self.case.measures
        self.ids = [str(name) for name in self.case.inputs.projects["project_id"].tolist()]
        self.row_of = {name: p for p, name in enumerate(self.ids)}
        self.rows_of = RowsOf(m.project)
        self.award = m.amount("award").astype(np.int64)
        self.value = option_values(self.case)
        self.instrument = np.asarray(self.case.options.table["instrument"], object)
        self.after: dict[str, int] = {}
        self.now: dict[int, list[int]] = {}
        for row in self.plan.options.tolist():
            p = int(m.project[row])
            self.now.setdefault(p, []).append(row)
            self.after[self.ids[p]] = self.after.get(self.ids[p], 0) + int(self.award[row])

    @cached_property
    def told(self) -> bool:
        """Whether an option's own worth can be told."""
        return not who_pays_counts(self.case.loaded.config)

    def with_starts(self, project: str, before: list[Approved]) -> Move:
        """One project: its move, and when its support was to start and starts."""
        rows = self.now.get(self.row_of.get(project, -1), [])
        now = min((int(self.case.measures.start_year[row]) for row in rows), default=None)
        return self.of(project, before)._replace(starts=(min((a.start for a in before), default=None), now))

    def of(self, project: str, before: list[Approved]) -> Move:
        """One project: what it has now, and why that differs."""
        old, new = sum(a.award for a in before), self.after.get(project, 0)
        state = before[-1].state if before else ""
        if state in (FAILED, REALISED):
            return Move(project, old, new, state)
        p = self.row_of.get(project, -1)
        rows = self.rows_of(p) if p >= 0 else np.zeros(0, np.int64)
        if old == new:
            start = int(self.case.measures.start_year[self.now[p][0]]) if self.now.get(p) else before[0].start
            shifted = EARLIER if start < before[0].start else LATER if start > before[0].start else ""
            return Move(project, old, new, shifted) if shifted else self._kept(project, p, rows, old)
        if not len(rows):
            return Move(project, old, new, "not_eligible", self._screened(project, before))
        links = self.case.links
        if p in links.must_fund or p in links.must_not or p in links.fix:
            return Move(project, old, new, "locked")
        options = self._approved(rows, before, old) if old else np.array([-1])
        if not len(options):
            return Move(project, old, new, "not_offered", self._offered(rows, before))
        open_ = [r for r in options.tolist() if r < 0 or self.case.usable[r]]
        row = max(open_ or options.tolist(), key=lambda r: (self._worth([r]), -r))
        own = self._worth(self.now.get(p, [])) - self._worth([row]) if self.told else None
        if not open_:
            return Move(project, old, new, "dependency", "", own)
        reason, by, restored = self._restored(p, [row] if row >= 0 else [])
        return Move(project, old, new, reason, by, own, restored)

    def _worth(self, rows: Iterable[int]) -> Fraction:
        return sum((Fraction(float(self.value[row])) for row in rows if row >= 0), Fraction(0))

    def _approved(self, rows: Ints, before: list[Approved], old: int) -> Ints:
        """Options of the approved award and instruments, whenever they start."""
        kinds = sorted(a.instrument for a in before)
        same = [r for r in rows.tolist() if self.award[r] == old and sorted(self._kinds(r)) == kinds]
        return np.array(same, np.int64)

    def _kinds(self, row: int) -> list[str]:
        name = str(self.instrument[row])
        return [name] if name in self.case.loaded.config.instruments else name.split(JOINT)

    def _offered(self, rows: Ints, before: list[Approved]) -> str:
        """The awards that the approved instruments offer now, least and most."""
        kinds = sorted(a.instrument for a in before)
        offered = sorted({int(self.award[r]) for r in rows.tolist() if sorted(self._kinds(r)) == kinds})
        unit = self.case.money.fen_per_unit
        return "–".join(f"{amount / unit:.12g}" for amount in dict.fromkeys([*offered[:1], *offered[-1:]]))

    def _screened(self, project: str, before: list[Approved]) -> str:
        """The rules that screened out the approved instruments."""
        table, kinds = self.case.options.screening, {a.instrument for a in before}
        mine = table[(table["project_id"].astype(str) == project) & table["instrument"].isin(kinds)]
        return JOINED.join(dict.fromkeys(map(str, mine["rule"])))

    def _kept(self, project: str, p: int, rows: Ints, award: int) -> Move:
        """As approved; by its price alone where a little less or more would add to the goal."""
        price = self.case.loaded.config.stability
        if price and self.told and project in self.after:
            own = self._worth(self.now[p])
            gains = ((self._worth([r]) - own, r) for r in rows.tolist() if self.case.usable[r])
            for gain, row in sorted(gains, key=lambda pair: (-pair[0], pair[1])):
                if 0 < gain <= Fraction(price) * abs(int(self.award[row]) - award):
                    reason, _, restored = self._restored(p, [row])
                    if reason in ("better", "within_gap") and restored is not None:
                        name = str(self.case.options.table["option"].iloc[row])
                        return Move(project, award, award, "kept_by_price", name, -gain, restored)
        return Move(project, award, award, "kept")

    def _restored(self, p: int, rows: list[int]) -> tuple[str, str, Fraction | None]:
        """What happens when one project has other options and all others stay: reason, what names it, loss of goal."""
        case, mine = self.case, self.now.get(p, [])
        chosen = np.array(sorted({*self.plan.options.tolist()} - {*mine} | {*rows}), np.int64)
        others = JOINED.join(self.ids[q] for q in sorted({*_tied(case, chosen, p), *self._unlike(p, rows)}))
        if others:
            return "dependency", others, None
        tried = examine(case, self.numbers, np.searchsorted(self.numbers.rows, chosen), self.plan.draws.astype(float))
        if tried.short.any():
            s, t = np.argwhere(tried.short > 0)[0].tolist()
            return "money", f"{list(case.loaded.config.sources)[s]}@{self.numbers.years[t]}", None
        if tried.broken:
            bound = case.rules.bounds[min(tried.broken)]
            return "limit", f"{bound.name} [{bound.label}]" if bound.label else bound.name, None
        if not tried.valid:
            return "outcomes", "", None
        ordered = case.loaded.config.goals.mode == "lexicographic"
        for stage in range(len(case.terms)) if ordered else (None,):
            lost = objective(case, self.plan, stage) - objective(case, tried, stage)
            if lost:
                break
        return ("better" if lost > 0 else "within_gap"), "", lost

    def _unlike(self, p: int, rows: list[int]) -> Iterator[int]:
        """Projects that must have the instrument of this one, and have another."""
        for rule in self.case.links.same_instrument:
            if p in rule.projects and rows:
                mine = {str(self.instrument[row]) for row in rows}
                theirs = ((q, {str(self.instrument[row]) for row in self.now.get(q, [])}) for q in rule.projects)
                yield from (q for q, kinds in theirs if q != p and kinds and kinds != mine)


def _tied(case: Case, chosen: Ints, p: int) -> Iterator[int]:
    """Projects with which one project breaks a rule between projects when these option rows are chosen."""
    m, links = case.measures, case.links
    start: Mapping[int, int] = {int(m.project[row]): int(m.start_year[row]) for row in chosen.tolist()}
    for rule in (*links.excludes, *links.one_of):
        if p in rule.projects and p in start:
            yield from (q for q in rule.projects if q != p and q in start)
    for rule in links.one_of:
        if p in rule.projects and not any(q in start for q in rule.projects):
            yield from (q for q in rule.projects if q != p)
    for rule in links.all_or_none:
        if p in rule.projects:
            yield from (q for q in rule.projects if (q in start) != (p in start))
    anyhow = set(m.project[chosen[m.committed[chosen]]].tolist())
    for rule in links.requires:
        first, *needed = rule.projects
        if p in rule.projects and first in start and first not in anyhow:
            any_order = anyhow if rule.lag else set(needed)
            late = [q for q in needed if q not in start or (q not in any_order and start[q] + rule.lag > start[first])]
            yield from (late if p == first else [first] if p in late else [])

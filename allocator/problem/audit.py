"""Conflicts that can be seen without solving: what there is, what is needed, the smallest change that helps.

Only what is certain is reported: every message names rules that no plan can keep together.
"""

from __future__ import annotations

from collections.abc import Iterator

from allocator.messages import Message
from allocator.money.arrays import Ints
from allocator.problem.audit_amounts import amounts
from allocator.problem.case import Case, RowsOf, as_fixed
from allocator.problem.dependencies import Rule, cycles


def conflicts(case: Case) -> list[Message]:
    """Every conflict there is to see, each with the place of the rule."""
    decided = _Decided(case)
    found = [*case.rules.unreachable, *decided.locks(), *decided.links(), *amounts(case)]
    if not found:
        found = list(decided.left_over())
    return list({(m.code, m.where, str(m.values)): m for m in found}.values())


class _Decided:
    """Locks, commitments and dependencies, held against each other."""

    def __init__(self, case: Case) -> None:
        self.case, self.rules = case, case.links
        self.ids: list[str] = case.inputs.projects["project_id"].tolist()
        self.rows = RowsOf(case.measures.project)
        self.promised = set(case.measures.project[case.measures.committed].tolist())
        self.circles = cycles(case.links, self.ids, self.promised)
        self.told = {p for _, circle in self.circles for p in circle}
        """Projects whose lock cannot be kept for a reason that is reported already."""

    def locks(self) -> Iterator[Message]:
        """Locks that contradict each other, or what is open."""
        must_fund, must_not, fix = self.rules.must_fund, self.rules.must_not, self.rules.fix
        for p in sorted(set(must_fund) & set(must_not)):
            self.told.add(p)
            yield Message("audit.lock_both", {"project": self.ids[p], "other": must_not[p]}, must_fund[p])
        for p in sorted(self.promised & set(must_not)):
            yield Message("audit.lock_committed", {"project": self.ids[p]}, must_not[p])
        for p in sorted(set(must_fund) - set(must_not) - self.promised):
            if not len(self.rows(p)):
                self.told.add(p)
                yield Message("audit.must_fund_not_eligible", {"project": self.ids[p]}, must_fund[p])
            elif p in fix and not len(self._wanted(p)):
                self.told.add(p)
                yield Message("audit.fix_matches_nothing", {"project": self.ids[p]}, must_fund[p])

    def links(self) -> Iterator[Message]:
        """Dependencies that what is decided already cannot keep."""
        yield from (message for message, circle in self.circles if any(p in self.rules.must_fund for p in circle))
        sure = self._sure()
        yield from self._requires(sure)
        for rule in (*self.rules.excludes, *self.rules.one_of):
            both = [p for p in rule.projects if p in sure]
            if len(both) > 1:
                yield _about("excludes_both", rule, projects=", ".join(map(self._named, both)))
        for rule in self.rules.one_of:
            if not any(self._open(p) for p in rule.projects):
                yield _about("one_of_none", rule, projects=", ".join(map(self._named, rule.projects)))
        for rule in self.rules.all_or_none:
            inside = [p for p in rule.projects if p in sure and p not in self.told and self._open(p)]
            outside = [p for p in rule.projects if not self._open(p)]
            if inside and outside:
                yield _about("all_or_none_split", rule, project=self._named(inside[0]), other=self._named(outside[0]))

    def _requires(self, sure: set[int]) -> Iterator[Message]:
        start = self.case.measures.start_year
        for rule in self.rules.requires:
            p = rule.projects[0]
            if p not in sure or p in self.promised or p in self.told:
                continue
            for q in rule.projects[1:]:
                if q in self.promised or q in self.told:
                    continue
                values = {"project": self._named(p), "other": self._named(q)}
                if not self._open(q):
                    yield _about("requires_impossible", rule, **values)
                elif rule.lag and not self._open(p):
                    theirs = self.rows(q)
                    own = self._wanted(p)
                    first = start[theirs[self.case.usable[theirs]]].min()
                    if len(own) and start[own].max() < first + rule.lag:
                        yield _about("lag_impossible", rule, lag=rule.lag, **values)

    def left_over(self) -> Iterator[Message]:
        """Projects that must be funded and have no option left, where nothing else says why."""
        for p, place in self.rules.must_fund.items():
            if p not in self.promised and not self._open(p):
                yield Message("audit.must_fund_closed", {"project": self.ids[p]}, place)

    def _named(self, p: int) -> str:
        """A project, with the place of the lock that decides it where it has one."""
        place = self.rules.must_fund.get(p) or self.rules.must_not.get(p)
        return f"{self.ids[p]} ({place})" if place else self.ids[p]

    def _open(self, p: int) -> bool:
        return bool(self.case.usable[self.rows(p)].any())

    def _wanted(self, p: int) -> Ints:
        """Options of a project that are what its lock fixes, if it fixes any."""
        at = self.rows(p)
        return at[as_fixed(self.case.measures, at, self.rules.fix[p])] if p in self.rules.fix else at

    def _sure(self) -> set[int]:
        """Projects that are funded in every plan: locked, promised, or bound to one that is."""
        never = self.told | set(self.rules.must_not)
        sure = (set(self.rules.must_fund) | self.promised) - never
        bonds = [(r.projects[:1], r.projects[1:]) for r in self.rules.requires]
        bonds += [(r.projects, r.projects) for r in self.rules.all_or_none]
        before = -1
        while before != len(sure):
            before = len(sure)
            for given, follow in bonds:
                new = given is follow or given[0] not in self.promised  # a commitment needs nothing any more
                if new and any(p in sure for p in given):
                    sure.update(set(follow) - never)
        return sure


def _about(code: str, rule: Rule, **values: object) -> Message:
    return Message(f"audit.{code}", values, rule.place, rule.path)

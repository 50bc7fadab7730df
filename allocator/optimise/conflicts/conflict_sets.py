"""Smallest sets of rules that cannot hold together; independent conflicts are separate sets.

A set is found by dividing the members (QuickXplain, Junker 2004). Its members are then taken out and the rest is
searched for the next one, until the rest has a plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from allocator.messages import Message
from allocator.messages.errors import NoPlanInTime
from allocator.messages.watch import Watch
from allocator.optimise.conflicts.members import Elastic, Member
from allocator.problem.case import Case

Some = TypeVar("Some")
LAST = {"budget": 1, "tail": 1, "must_fund": 2, "must_not": 2, "fix": 2, "dependency": 3}
"""Which rules are named after the limits."""
SECONDS = 60.0
"""Longest search for the rules named where a plan was asked for; then what is left of them is named."""


@dataclass(frozen=True, eq=False)
class Found:
    """Members that cannot hold together, and the groups of their limits that are needed for it."""

    members: tuple[Member, ...]
    labels: dict[str, tuple[str, ...]]


def conflict_sets(elastic: Elastic, watch: Watch) -> Iterator[Found]:
    """Every conflict that has no member in common with those before it.

    Raises:
        NoPlanInTime: that there is none besides those told could not be decided in time.
    """
    yield from (Found((m,), {}) for m in elastic.hopeless)
    kept = list(elastic.members)
    while members := smallest(elastic, kept, watch):
        found = Found(members, labels(elastic, members, watch))
        if watch.over:  # what was in doubt was taken to be needed
            raise NoPlanInTime([Message("diagnose.undecided", {"seconds": f"{watch.seconds:.0f}"})])
        yield found
        taken = {id(m) for m in members}
        kept = [m for m in kept if id(m) not in taken]


def smallest(elastic: Elastic, kept: Sequence[Member], watch: Watch) -> tuple[Member, ...]:
    """A smallest set of members without a plan; empty when all of them together have one.

    Raises:
        NoPlanInTime: that could not be decided in time.
    """
    if not kept:
        return ()
    members = list(kept)
    if elastic.impossible(members, watch, relaxed=True):
        members = divide(lambda some: elastic.impossible(some, watch, relaxed=True), [], [], members)
    elif not elastic.impossible(members, watch):
        if watch.over:
            raise NoPlanInTime([Message("diagnose.undecided", {"seconds": f"{watch.seconds:.0f}"})])
        return ()
    return tuple(divide(lambda some: elastic.impossible(some, watch), [], [], members))


def labels(elastic: Elastic, members: Sequence[Member], watch: Watch) -> dict[str, tuple[str, ...]]:
    """Groups of each limit in a conflict that are needed for it, where the limit has several.

    In a large model those that are needed for what the relaxation sees of it already, where it sees it.
    """
    parts = needed = [part for m in members for part in (apart(m) if len(m.bounds) > 1 else [m])]
    if len(parts) > len(members):
        seen = elastic.large and elastic.impossible(parts, watch, relaxed=True)
        needed = divide(lambda some: elastic.impossible(some, watch, relaxed=seen), [], [], parts)
    bounds = elastic.case.rules.bounds
    told: dict[str, list[str]] = {}
    for part in needed:
        told.setdefault(part.key, []).extend(bounds[n].label for n in part.bounds if bounds[n].label)
    return {key: tuple(names) for key, names in told.items() if names}


def apart(member: Member) -> list[Member]:
    """A limit's member as one member per group."""
    return [
        replace(
            member,
            rows=member.rows[[i]],
            lower=member.lower[[i]],
            upper=member.upper[[i]],
            bounds=(member.bounds[i],),
        )
        for i in np.arange(len(member.rows)).tolist()
    ]


def divide(
    impossible: Callable[[Sequence[Some]], bool], kept: list[Some], new: list[Some], rest: list[Some]
) -> list[Some]:
    """The rules of ``rest`` that are needed, together with ``kept``, for the conflict."""
    if new and impossible(kept):
        return []
    if len(rest) == 1:
        return rest
    first, second = rest[: len(rest) // 2], rest[len(rest) // 2 :]
    right = divide(impossible, [*kept, *first], first, second)
    left = divide(impossible, [*kept, *right], right, first)
    return left + right


def names(case: Case) -> tuple[str, ...]:
    """Names of rules of a case without a plan that cannot hold together; every one of them is needed for it."""
    elastic = Elastic.of(case)
    try:
        found = smallest(elastic, elastic.members, Watch(SECONDS))
    except NoPlanInTime:
        found = ()
    members = sorted(elastic.hopeless[:1] or found or elastic.members, key=lambda m: LAST.get(m.kind, 0))
    return tuple(dict.fromkeys(display_name(case, m) for m in members))


def display_name(case: Case, member: Member) -> str:
    """A member by the name that the planner gave it: a limit's own, the source's key; else the rule's key."""
    if member.kind == "limit" and case.rules.bounds[member.bounds[0]].path.startswith(("limits.", "targets.")):
        return case.rules.bounds[member.bounds[0]].name
    return f"sources.{member.source}" if member.kind in ("budget", "tail") else member.key


def message(case: Case) -> Message:
    """That there is no plan, and which rules cannot hold together."""
    place = case.loaded.place("limits") if case.loaded.config.limits else case.loaded.place("sources")
    return Message("solve.infeasible", {"rules": list(names(case))}, place)

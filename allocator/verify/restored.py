"""What stands against one project's other option while all others stay: rules between projects, and money.

Payments are replayed source by source. Where several sources may pay the same, who would pay is open, so that a
source which shares payments with another is told nothing of.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from allocator.verify.choice import instrument_of, rules
from allocator.verify.payments import tail_room, years_short

if TYPE_CHECKING:
    from allocator.config.keys.plan import Dependency
    from allocator.verify.plan import Award, Choice, Plan

Paid = dict[str, dict[int, int]]
"""Source → year → amount."""


class Lack(NamedTuple):
    """The first source and year in which money lacks, '' where it suffices; None where that is open."""

    at: str | None


class Restored:
    """One plan, in which one project at a time has another option."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    def rivals(self, project: str, choice: Choice) -> set[str]:
        """Projects with which a rule between projects would break."""
        start = {name: max(award.start for award in awards) for name, awards in self.plan.by_project.items()}
        start.pop(project, None)
        if choice:
            start[project] = choice[0].start
        found: set[str] = set()
        for rule in self._rules.get(project, ()):
            found.update(self._broken(rule, project, start, choice))
        return found - {project}

    @cached_property
    def _rules(self) -> Mapping[str, Sequence[Dependency]]:
        named: dict[str, list[Dependency]] = defaultdict(list)
        for _, rule in rules(self.plan):
            kinds = (rule.requires, rule.excludes, rule.one_of, rule.all_or_none, rule.same_instrument)
            for project in {project for kind in kinds for project in kind or ()}:
                named[project].append(rule)
        return named

    def _broken(self, rule: Dependency, project: str, start: Mapping[str, int], choice: Choice) -> Iterator[str]:
        inside = [*(rule.excludes or ()), *(rule.one_of or ())]
        if project in start:
            yield from (other for other in inside if other in start)
        elif rule.one_of and not any(other in start for other in rule.one_of):
            yield from rule.one_of
        yield from (other for other in rule.all_or_none or () if (other in start) != (project in start))
        if rule.requires and rule.requires[0] in start and not self._promised(rule.requires[0]):
            first, *needed = rule.requires
            late = [other for other in needed if other not in start or self._late(other, rule.lag, start, start[first])]
            yield from late if project == first else [first] if project in late else []
        if rule.same_instrument and choice:
            yield from (other for other in rule.same_instrument if other in start and self._differs(other, choice))

    def _late(self, other: str, lag: int, start: Mapping[str, int], first: int) -> bool:
        """Whether a project starts too late for one that needs it; one promised before never does."""
        return bool(lag) and not self._promised(other) and start[other] + lag > first

    def _promised(self, project: str) -> bool:
        """Whether a project was promised before: it requires nothing any more."""
        return any(award.committed for award in self.plan.by_project.get(project, ()))

    def _differs(self, other: str, choice: Choice) -> bool:
        awards = self.plan.by_project.get(other, ())
        return any(instrument_of(mine) != instrument_of(choice) for mine in self.plan.choices_of(awards))

    def lack(self, now: Sequence[Award], choice: Choice) -> Lack:
        """Where money lacks first, in the order of sources and years."""
        change: Paid = defaultdict(lambda: defaultdict(int))
        for award in now:
            for (source, year), amount in award.paid.items():
                change[source][year] -= amount
        for payers, year, amount in self._due(choice):
            if len(payers) != 1:
                return Lack(None)
            change[payers[0]][year] += amount
        for source in self.plan.config.sources:
            if source in change and source in self._shared:
                return Lack(None)
            short = self._short(source, change[source]) if source in change else None
            if short is not None:
                return Lack(f"{source}@{short}")
        return Lack("")

    def may_pay(self, choice: Choice) -> set[str]:
        """Sources that could be drawn on for an option."""
        return {source for payers, _, _ in self._due(choice) for source in payers}

    def _due(self, choice: Choice) -> Iterator[tuple[Sequence[str], int, int]]:
        """Who may pay, when, how much."""
        for offer in (award.offer for award in choice):
            if offer is not None and offer.drawn is not None:
                yield from (([source], year, amount) for (source, year), amount in offer.drawn.items())
            elif offer is not None:
                for year, amount in offer.payments.items():
                    yield self.plan.offers.payers(offer.instrument, year), year, amount

    @cached_property
    def _shared(self) -> frozenset[str]:
        """Sources that may pay an instrument which others may pay too."""
        pairs = combinations(self.plan.config.sources.items(), 2)
        return frozenset(name for (one, a), (other, b) in pairs if set(a.pays) & set(b.pays) for name in (one, other))

    @cached_property
    def _paid(self) -> Paid:
        paid: Paid = defaultdict(lambda: defaultdict(int))
        for award in self.plan.awards:
            for (source, year), amount in award.paid.items():
                paid[source][year] += amount
        return paid

    def _short(self, source: str, change: Mapping[int, int]) -> int | None:
        """The first year in which a source could not pay."""
        before = self._paid[source]
        paid = {year: before.get(year, 0) + change.get(year, 0) for year in {*before, *change}}
        later = (year for year in sorted(paid) if year > self.plan.years[-1])
        room = tail_room(self.plan, source)
        years: Iterable[int] = [*years_short(self.plan, source, paid), *(year for year in later if paid[year] > room)]
        return next(iter(years), None)

"""What moved against the approved plan: amounts, states and reasons held against options, limits and the goal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from typing import Any

from allocator.config.keys.plan import Dependency, GoalTerm
from allocator.tables.previous_plan import FAILED, REALISED, Approved
from allocator.verify.awards import Award, Choice
from allocator.verify.bounds import Bound, limit_bounds, target_bounds
from allocator.verify.choice import instrument_of, must_fund, must_not, rules
from allocator.verify.measures import scale, term_value
from allocator.verify.payments import paid_by_source, rooms
from allocator.verify.plan import Plan
from allocator.verify.risk import expected_factor, touching
from allocator.verify.stored import Findings, Row, Table, matched, project_of

Paid = dict[str, dict[int, int]]
"""Source → year → amount."""


BY_ITSELF = ("dependency", "money", "limit", "outcomes", "better", "within_gap")
"""Reasons that giving the approved award back would show."""
LIMITS = 20
"""Moves because of a limit for which the limit is worked out again."""


def check_moves(
    plan: Plan, before: Sequence[Approved], tables: Mapping[str, Table], manifest: Mapping[str, Any], findings: Findings
) -> None:
    """One row for every project with an award in either plan, with a reason that can be true."""
    was: dict[str, list[Approved]] = {}
    for award in before:
        was.setdefault(award.project, []).append(award)
    limits = {_named(row.text("limit"), row.text("group")) for row in tables["limits"]}
    check = _Moves(plan, manifest, frozenset(limits), findings)
    expected = {project: was.get(project, []) for project in sorted({*was, *plan.by_project})}
    for row, approved in matched(tables["moved"], expected, project_of, "project_id", findings):
        check.row(row, project_of(row), approved)


def _named(limit: str, group: str) -> str:
    return f"{limit} [{group}]" if group else limit


class _Moves:
    """One plan, in which one project at a time has another option."""

    def __init__(self, plan: Plan, manifest: Mapping[str, Any], limits: frozenset[str], findings: Findings) -> None:
        self.plan, self.limits, self.findings, self.left = plan, limits, findings, LIMITS
        self.slack = Fraction(str(manifest["bound"])) - Fraction(str(manifest["objective"]))
        self.locked = {*must_fund(plan), *must_not(plan)}
        self.worth_known = not who_pays_counts(plan)
        self.dependent = {rule.requires[0] for _, rule in rules(plan) if rule.requires}

    def row(self, row: Row, project: str, was: Sequence[Approved]) -> None:
        """One project."""
        now = self.plan.by_project.get(project, ())
        old, new = sum(a.award for a in was), sum(a.award for a in now)
        for column, amount in (("before", old), ("after", new), ("change", new - old)):
            self.findings.same_fen(row.fen(column), amount, self.plan.money, row.place, column)
        starts = [str(min((a.start for a in awards), default="")) for awards in (was, now)]
        self.findings.equal([row.text("start_before"), row.text("start_after")], starts, row.place, "start_after")
        reason = row.text("reason")
        expected = self._expected(reason, project, was, old, new)
        if not self.findings.hold(reason in expected, "reason_untrue", row.place, "reason", got=reason):
            return
        if reason == "kept_by_price":
            self._kept(row, project, now)
        elif reason in BY_ITSELF:
            self._moved(row, project, was, now)
        else:
            figures = (row.text("own_goal"), row.text("restored"))
            self.findings.equal(figures, ("", ""), row.place, "own_goal")

    def _expected(self, reason: str, project: str, was: Sequence[Approved], old: int, new: int) -> Sequence[str]:
        """The reasons that can hold."""
        state = was[-1].state if was else ""
        if state in (FAILED, REALISED):
            return (state,)
        if old == new:
            now = self.plan.by_project.get(project, ())
            if now and now[0].start != was[0].start:
                return ("earlier",) if now[0].start < was[0].start else ("later",)
            return ("kept", "kept_by_price") if self.plan.config.stability and self.worth_known else ("kept",)
        possible = self.plan.possible(project) if project in self.plan.facts.row_of else ()
        if not possible:
            return ("not_eligible",)
        if project in self.locked:
            return ("locked",)
        if old and not self._approved(project, was):
            return ("not_offered",)
        return BY_ITSELF if reason in BY_ITSELF else ()

    def _approved(self, project: str, was: Sequence[Approved]) -> list[Choice]:
        """Options of the approved award by the approved instruments."""
        kinds, old = sorted(a.instrument for a in was), sum(a.award for a in was)
        return [
            choice
            for choice in self.plan.possible(project)
            if sum(award.award for award in choice) == old and sorted(award.instrument for award in choice) == kinds
        ]

    def _kept(self, row: Row, project: str, now: Sequence[Award]) -> None:
        """Another option adds to the goal, and less than moving to it would cost."""
        price, own = Fraction(self.plan.config.stability or 0), self._worth(now)
        held, by = sum(a.award for a in now), row.text("by")
        others = [c for c in self.plan.possible(project) if "+".join(award.option for award in c) == by]
        if self.findings.hold(bool(others), "reason_untrue", row.place, "by", got=by):
            gain = worth(self.plan, others[0]) - own
            cost = price * Fraction(abs(sum(a.award for a in others[0]) - held), self.plan.money.fen_per_unit)
            self.findings.hold(0 < gain <= cost, "reason_untrue", row.place, "reason", got="kept_by_price")
            self._same(row, "own_goal", [-gain])
            if adds_up(self.plan):
                self._same(row, "restored", [cost - gain])

    def _moved(self, row: Row, project: str, was: Sequence[Approved], now: Sequence[Award]) -> None:
        """What the approved award would do: its own worth, and what stands against it."""
        reason, by = row.text("reason"), row.text("by")
        options: Sequence[Choice] = self._approved(project, was) if was else [()]
        if self.worth_known:
            own = self._worth(now)
            worths = [own - (worth(self.plan, c) if c else 0) for c in options]
            self._same(row, "own_goal", worths)
            if reason in ("better", "within_gap"):
                self._restored(row, worths, abs(sum(a.award for a in now) - sum(a.award for a in was)))
        self._obstacles(row, project, now, options)
        if reason == "limit":
            self.findings.hold(by in self.limits, "reason_untrue", row.place, "by", got=by)
            self.left -= 1
            if self.left >= 0:
                broken = any(self._breaks(by, project, choice) for choice in options)
                self.findings.hold(broken, "reason_untrue", row.place, "by", got=by)

    def _obstacles(self, row: Row, project: str, now: Sequence[Award], options: Sequence[Choice]) -> None:
        """Rules between projects come first, then money; what is told can be so with an approved option."""
        reason, by = row.text("reason"), row.text("by")
        rivals = [self.rivals(project, choice) for choice in options]
        free = [choice for choice, others in zip(options, rivals, strict=True) if not others]
        if reason == "dependency":
            holds = set(by.split(", ")) in rivals if by else project in self.dependent
        elif reason == "money":
            holds = any(self._lacks(now, choice, by) for choice in free)
        else:
            holds = any(not self.lack(now, choice) for choice in free)
        self.findings.hold(holds, "reason_untrue", row.place, "by", got=f"{reason} {by}".strip())

    def _lacks(self, now: Sequence[Award], choice: Choice, by: str) -> bool:
        """Whether money lacks there; where who would pay is open, whether that source might be drawn on."""
        at, (source, _, year) = self.lack(now, choice), by.rpartition("@")
        if at is not None:
            return at == by
        return source in self.may_pay(choice) and year.isdigit() and int(year) >= self.plan.years[0]

    def _restored(self, row: Row, worths: Sequence[Fraction], moved: int) -> None:
        """What the goal would lose: exactly where options add up, else no more than the bound allows."""
        lost = Fraction(row.plain("restored"))
        sign = lost > 0 if row.text("reason") == "better" else -self.slack - 1 <= lost <= 0
        self.findings.hold(sign, "reason_untrue", row.place, "reason", got=row.text("reason"))
        if adds_up(self.plan):
            price = Fraction(self.plan.config.stability or 0) * Fraction(moved, self.plan.money.fen_per_unit)
            self._same(row, "restored", [own - price for own in worths])

    def _worth(self, now: Sequence[Award]) -> Fraction:
        return sum((worth(self.plan, choice) for choice in self.plan.choices_of(now)), Fraction(0))

    def _same(self, row: Row, column: str, values: Iterable[Fraction]) -> None:
        """A figure is one of those recomputed, to the fen and the noise of floats."""
        stated, found = Fraction(row.plain(column)), list(values)
        fen = Fraction(1, self.plan.money.fen_per_unit)
        near = any(abs(stated - value) <= fen + abs(value) / 10**12 for value in found)
        self.findings.hold(near, "differs", row.place, column, stated=row.text(column), recomputed=float(found[0]))

    def _breaks(self, by: str, project: str, choice: Choice) -> bool:
        """Whether a limit is broken when a project has another option and all others stay; true where it cannot be told."""
        rest = {name: awards for name, awards in self.plan.by_project.items() if name != project}
        other = {**rest, project: choice} if choice else rest
        awards = [award for mine in other.values() for award in mine if award.at >= 0]
        tried = replace(self.plan, awards=awards, by_project=other)
        lines: list[Bound] = []
        for limit in self.plan.config.limits:
            if by == limit.name or by.startswith(f"{limit.name} ["):
                if (limit.source or limit.per_source) is not None and self.lack((), choice) is None:
                    return True  # who would pay is open
                lines += limit_bounds(tried, limit)
        for target in self.plan.config.targets:
            if by == target.name or by.startswith(f"{target.name} ["):
                lines += target_bounds(tried, target)
        mine = [line for line in lines if _named(line.limit, line.name_of_group) == by or line.group]
        return not lines or any(line.violation > 0 for line in mine)

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
            mine, plan = instrument_of(choice), self.plan
            for other in rule.same_instrument:
                theirs = {instrument_of(one) for one in plan.choices_of(plan.by_project.get(other, ()))}
                yield from [other] if other in start and theirs - {mine} else ()

    def _late(self, other: str, lag: int, start: Mapping[str, int], first: int) -> bool:
        """Whether a project starts too late for one that needs it; one promised before never does."""
        return bool(lag) and not self._promised(other) and start[other] + lag > first

    def _promised(self, project: str) -> bool:
        """Whether a project was promised before: it requires nothing any more."""
        return any(award.committed for award in self.plan.by_project.get(project, ()))

    def lack(self, now: Sequence[Award], choice: Choice) -> str | None:
        """The first source and year in which money lacks, '' where it suffices; None where who pays is open."""
        change: Paid = defaultdict(lambda: defaultdict(int))
        for award in now:
            for (source, year), amount in award.paid.items():
                change[source][year] -= amount
        for payers, year, amount in self._due(choice):
            if len(payers) != 1:
                return None
            change[payers[0]][year] += amount
        for source in self.plan.config.sources:
            if source in change and source in self._shared:
                return None
            short = self._short(source, change[source]) if source in change else None
            if short is not None:
                return f"{source}@{short}"
        return ""

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
    def _paid(self) -> Mapping[str, Mapping[int, int]]:
        return paid_by_source(self.plan)

    def _short(self, source: str, change: Mapping[int, int]) -> int | None:
        """The first year in which a source could not pay."""
        before = self._paid[source]
        paid = {year: before.get(year, 0) + change.get(year, 0) for year in {*before, *change}}
        return next((year for _, year, due, most in rooms(self.plan, source, paid) if due > most), None)


def adds_up(plan: Plan) -> bool:
    """Whether the goal is the sum of what options add and of the price for moving."""
    config = plan.config
    soft = [x.soft for x in config.limits] + [x.shortfall_price for x in config.targets]
    alone = config.goals.mode == "weighted" and config.uncertainty is None and config.robust is None
    together = config.chains is not None or config.synergies
    return alone and not together and all(price is None for price in soft)


def who_pays_counts(plan: Plan) -> bool:
    """Whether a goal speaks of a source that shares an instrument with another: then an option's worth is open."""
    goals, sources = plan.config.goals, plan.config.sources
    named = {term.source for term in (goals.terms if goals.mode == "weighted" else goals.terms[:1])} - {None}
    pairs = ((one, other) for one in named for other in sources if other != one)
    return any(set(sources[str(one)].pays) & set(sources[other].pays) for one, other in pairs)


def worth(plan: Plan, choice: Choice) -> Fraction:
    """What an option adds to the goal, the first one where they are ordered."""
    terms = plan.config.goals.terms
    counted = terms if plan.config.goals.mode == "weighted" else terms[:1]
    return sum((Fraction(term.weight) * _value(plan, term, choice) for term in counted), Fraction(0))


def _value(plan: Plan, term: GoalTerm, choice: Choice) -> Fraction:
    """What an option is expected to add to a term, in its measure's unit."""
    value = Fraction(term_value(plan, term, choice)) / scale(plan, term.measure)
    outcomes = plan.outcomes
    return value if outcomes is None else value * expected_factor(outcomes, touching(plan, outcomes, term, choice[0]))

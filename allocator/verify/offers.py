"""What a project may be offered, worked out again from config and tables in exact fractions.

Written from the contract alone: nothing here is shared with the code that made the option table, so that
a mistake there does not hide here.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from allocator.config.keys.instruments import BondTerms, Instrument
from allocator.config.keys.plan import Config
from allocator.money import Money
from allocator.tables.measures import MEASURES
from allocator.tables.opened import Inputs
from allocator.verify import gates
from allocator.verify.awards import Award, Choice, Offer, ReadyMade
from allocator.verify.facts import Cell, Facts, exact, rounded
from allocator.verify.gates import Open, barred, left_open
from allocator.verify.kinds import Candidate, Shares
from allocator.verify.leverage import Leveraging, used

FIXED = "fix"
"""Level in the name of an award that the planner fixed and that is no level of the entitlement."""
BOND_MEASURES = ("bond_service", "bond_revenue", "bond_shortfall")
FINEST = 1_000
"""Most multiples of a step that are offered; else every second, third … and the last."""
OPTION_NAME = re.compile(r"(?P<instrument>.+)@(?P<year>[0-9]{4})#(?P<level>[0-9]+|fix)")


class Terms(NamedTuple):
    """What an instrument gives, in exact fractions; amounts in fen."""

    least: Fraction
    most: Fraction | None
    step: int
    levels: int
    continuous: bool


class NotOffered(Exception):
    """Why an option cannot be had: the key of a sentence and its values."""

    def __init__(self, key: str, **values: object) -> None:
        self.key, self.values = key, values
        super().__init__(key)


@dataclass
class Offers:
    """All that config and tables offer, one option at a time."""

    config: Config
    money: Money
    facts: Facts
    leveraging: Leveraging
    options: ReadyMade
    commitments: ReadyMade
    _entitled: dict[tuple[int, str], tuple[Fraction, dict[int, int], Fraction]] = field(default_factory=dict)
    _terms: dict[str, Terms] = field(default_factory=dict)
    _attached: dict[tuple[int, str], int | None] = field(default_factory=dict)
    _shares: dict[tuple[int, str], Shares] = field(default_factory=dict)
    _payers: dict[tuple[str, bool], list[str]] = field(default_factory=dict)
    offered: dict[tuple[str, str, bool], Offer] = field(default_factory=dict)
    possible: dict[str, list[Choice]] = field(default_factory=dict)
    """Project → options that it could have had, as far as it was asked."""
    awards: dict[Hashable, Award] | None = None
    """Funded rows of plans before, by what is written; None where no plan comes after another."""
    before: frozenset[str] = frozenset()
    """Who had support in the years before."""
    granted: bool = False
    """Whether it was found before that who is asked about may have what is asked for."""

    @classmethod
    def of(cls, config: Config, inputs: Inputs, money: Money) -> Offers:
        """Prepare the tables."""
        facts = Facts.of(inputs.projects, money)
        leveraging = Leveraging(config, facts, inputs.factors, used(config, facts, inputs.extra))
        before = gates.had_before(config, inputs.extra)
        ready = ReadyMade.of(inputs.options), ReadyMade.of(inputs.commitments)
        return cls(config, money, facts, leveraging, *ready, before=before)

    @cached_property
    def extra(self) -> frozenset[str]:
        """Columns of ready-made options that are neither keys, payments nor known measures."""
        return self.options.extra | self.commitments.extra | self.of_bonds

    @cached_property
    def numeric_extra(self) -> frozenset[str]:
        """Those of them that hold numbers."""
        return self.of_bonds | frozenset(
            name
            for table in (self.options, self.commitments)
            for name in table.extra
            if not any(isinstance(value, str) for value in table.columns[name])
        )

    @cached_property
    def of_bonds(self) -> frozenset[str]:
        """Measures that only bonds have, where the plan knows any."""
        return frozenset(BOND_MEASURES if self.bond_terms else ())

    def offer(self, project: str, option: str, *, committed: bool) -> Offer:
        """The option of that name.

        Raises:
            NotOffered: config and tables do not give the project such an option.
        """
        key = (project, option, committed)
        if key not in self.offered:
            self.offered[key] = self._offer(project, option, committed=committed)
        return self.offered[key]

    def is_written(self, award: Award) -> bool:
        """Whether the planner wrote the option down, instead of an instrument making it."""
        return (award.project, award.option) in (self.commitments if award.committed else self.options).row_of

    def _offer(self, project: str, option: str, *, committed: bool) -> Offer:
        row = self.facts.row_of.get(project)
        if row is None:
            raise NotOffered("unknown_project", got=project)
        if not committed and project in self.commitments.names:
            raise NotOffered("is_committed", got=project)
        table = self.commitments if committed else self.options
        if (project, option) in table.row_of:
            return self._ready(table, table.row_of[project, option], row, committed=committed)
        name = OPTION_NAME.fullmatch(option)
        if committed or name is None or name["instrument"] not in self.config.instruments:
            raise NotOffered("unknown_option", got=option)
        return self._granted(row, project, name["instrument"], int(name["year"]), name["level"])

    def every(self, project: str) -> Iterator[tuple[str, Offer]]:
        """Every option of a project by name; a project with commitments has only these."""
        for committed, table in ((True, self.commitments), (False, self.options)):
            for option in table.names.get(project, ()):
                try:
                    yield option, self.offer(project, option, committed=committed)
                except NotOffered:
                    continue
            if committed and project in table.names:
                return
        row = self.facts.row_of[project]
        for key, instrument in self.config.instruments.items():
            if self._refusal(row, project, key) is not None:
                continue
            for year in self.starts(row, instrument):
                for level in (*map(str, self._names_of_levels(row, key)), FIXED):
                    try:
                        yield f"{key}@{year}#{level}", self._at_level(row, project, key, year, level)
                    except NotOffered:
                        continue

    def _names_of_levels(self, row: int, key: str) -> Iterable[int]:
        """Names of the levels a project may have of an instrument, as far as they can be had."""
        instrument = self.config.instruments[key]
        if not instrument.continuous:
            return range(1, (len(instrument.award.phases) or instrument.award.levels) + 1)
        try:
            return self.entitlement(row, key)[1]
        except NotOffered:
            return ()

    def starts(self, row: int, instrument: Instrument) -> list[int]:
        """Years in which support may start; empty when the project starts after the plan."""
        start = self.support_start(row)
        return [year for year in self.config.years if start <= year <= start + instrument.start.delay]

    def support_start(self, row: int) -> int:
        """The later of the planned start and the first plan year."""
        planned = self.facts.cell(row, "start_year")
        first = self.config.years[0]
        return max(int(planned), first) if isinstance(planned, Fraction) else first

    def entitlement(self, row: int, key: str) -> tuple[Fraction, dict[int, int]]:
        """Entitlement in fen and award in fen by level.

        Raises:
            NotOffered: a cell it is computed from is blank, or a rule of the kind is not met.
        """
        if (row, key) not in self._entitled:
            whole, left = self.claimed(row, key), gates.ceiling(self.config, self.facts, row, key)
            within = whole if left is None else min(whole, Fraction(left))
            (levels, later), need = self._awards(row, key, within), left_open(self.config, self.facts, row, key)
            if need is not None:
                levels = {level: award for level, award in levels.items() if need.closes(award + later.get(level, 0))}
            self._entitled[row, key] = within, levels, whole
        return self._entitled[row, key][:2]

    def unclosed(self, row: int, key: str) -> Open | None:
        """What keeps levels of an instrument from a project since they leave its financing open; None where nothing does."""
        need = left_open(self.config, self.facts, row, key)
        levels, later = self._awards(row, key, self.entitlement(row, key)[0])
        return need if need and not all(need.closes(levels[level] + later.get(level, 0)) for level in levels) else None

    def _awards(self, row: int, key: str, within: Fraction) -> tuple[dict[int, int], dict[int, int]]:
        """Award in fen by level, or by the phase up to which it pays; and what the phases after it need."""
        terms, needs = self.terms(key), gates.phase_needs(self.config, self.facts, row, key)
        if not needs:
            return _levels(within, terms), {}
        by_phase = gates.phase_awards(needs, int(within), terms.step)
        return {phase: award for phase, award in by_phase.items() if award >= terms.least}, gates.after_phases(needs)

    def candidate(self, row: int, key: str) -> Candidate:
        """A project under an instrument."""
        return Candidate(self.config.instruments[key], self.facts, row, self.money, self.bond_terms.get(key))

    @cached_property
    def bond_terms(self) -> dict[str, BondTerms]:
        """Instrument → terms of the bonds that pay it."""
        return {
            key: source.bond
            for source in self.config.sources.values()
            if source.bond is not None
            for key in source.pays
        }

    def claimed(self, row: int, key: str) -> Fraction:
        """Entitlement in fen before any ceiling of public money.

        Raises:
            NotOffered: a cell it is computed from is blank, or a rule of the kind is not met.
        """
        if (row, key) in self._entitled:
            return self._entitled[row, key][2]
        candidate, terms = self.candidate(row, key), self.terms(key)
        for _, column in candidate.blanks():
            raise NotOffered("base_missing", column=column)
        for refusal in candidate.refusals():
            raise NotOffered("kind_refuses", rule=refusal.rule)
        entitlement = candidate.whole()
        if terms.most is not None and entitlement > terms.most:
            entitlement = terms.most
        requested = self.facts.fen(row, "requested_amount")
        if requested is not None:
            entitlement = min(entitlement, Fraction(max(requested, 0)))
        for refusal in candidate.cover(entitlement):
            raise NotOffered("kind_refuses", rule=refusal.rule, refusal=refusal)
        return entitlement

    def terms(self, key: str) -> Terms:
        """The terms of an instrument."""
        if key not in self._terms:
            rule, award = self.config.instruments[key], self.config.instruments[key].award
            most = None if award.max is None else self._fen(award.max)
            self._terms[key] = Terms(self._fen(award.min), most, self.step(rule), award.levels, rule.continuous)
        return self._terms[key]

    def step(self, instrument: Instrument) -> int:
        """Step of the awards in fen."""
        return 1 if instrument.award.step is None else int(self._fen(instrument.award.step))

    def _fen(self, amount: Decimal) -> Fraction:
        return Fraction(amount) * self.money.fen_per_unit

    def _granted(self, row: int, project: str, key: str, year: int, level: str) -> Offer:
        refusal = None if self.granted else self._refusal(row, project, key)
        if refusal is not None:
            raise refusal
        if year not in self.starts(row, self.config.instruments[key]):
            raise NotOffered("start_not_allowed", year=year)
        return self._at_level(row, project, key, year, level)

    def _refusal(self, row: int, project: str, key: str) -> NotOffered | None:
        """Why a project may not have an instrument at all."""
        fulfils = self.facts.fulfils
        for name, condition in self.config.instruments[key].where.items():
            if not fulfils(row, name, condition):
                return NotOffered("not_eligible", instrument=key, condition=name)
        if barred(self.config, self.facts, row, key):
            return NotOffered("bond_misused", project=project, instrument=key)
        stopped = next(gates.stops(self.config, self.facts, row, key), None)
        if stopped is not None:
            return NotOffered("not_eligible", instrument=key, condition=stopped.rule)
        support = next(gates.supported(self.config, self.facts, self.before, row, key), None)
        return None if support is None else NotOffered(support[0], got=project)

    def _at_level(self, row: int, project: str, key: str, year: int, level: str) -> Offer:
        entitlement, levels = self.entitlement(row, key)
        award = self._fixed(project, key, entitlement, levels) if level == FIXED else levels.get(int(level))
        if award is None:
            raise NotOffered("no_such_level", level=level)
        payments = self.payments(row, key, award, year)
        if any(due > self.config.years[-1] and not self.payers(key, due) for due in payments):
            raise NotOffered("pays_after_plan", year=max(payments))
        own = self.candidate(row, key).bond_measures(award, payments, year, self.claimed(row, key), self.config)
        return Offer(key, year, award, self.brings(row, key, award), payments, None, own)

    def brings(self, row: int, key: str, award: int, others: int = 0) -> dict[str, int]:
        """The measures of an award where the project is entitled to ``others`` as well."""
        whole = self.claimed(row, key)
        if (row, key) not in self._attached:
            self._attached[row, key] = self.candidate(row, key).attached(whole, self.config)
        return self.leveraging.measures(row, key, award, whole, self._attached[row, key], others)

    def payments(self, row: int, key: str, award: int, year: int) -> dict[int, int]:
        """What an award with support from ``year`` on causes to be paid, by year."""
        if (row, key) not in self._shares:
            self._shares[row, key] = self.candidate(row, key).shares(self.support_start(row))
        return profile(award, self._shares[row, key], year)

    def _fixed(self, project: str, key: str, entitlement: Fraction, levels: Mapping[int, int]) -> int | None:
        """An award fixed by the planner that is no level of the entitlement."""
        fixed, instrument = self.config.locks.fix.get(project), self.config.instruments[key]
        if fixed is None or fixed.award is None or fixed.option is not None or fixed.instrument not in (None, key):
            return None
        award, least = self._fen(fixed.award), self._fen(instrument.award.min)
        legal = award.denominator == 1 and not award % self.step(instrument) and 0 < award <= entitlement
        need = left_open(self.config, self.facts, self.facts.row_of[project], key)
        legal = legal and award >= least and (need is None or need.closes(int(award)))
        return int(award) if legal and award not in levels.values() else None

    def payers(self, instrument: str, year: int) -> list[str]:
        """Sources that may pay an instrument in a year."""
        after = year > self.config.years[-1]
        if (instrument, after) not in self._payers:
            self._payers[instrument, after] = [
                name
                for name, source in self.config.sources.items()
                if instrument in source.pays and (not after or source.tail.max_share > 0)
            ]
        return self._payers[instrument, after]

    def _ready(self, table: ReadyMade, at: int, row: int, *, committed: bool) -> Offer:
        def cell(column: str) -> Cell:
            return exact(table.columns[column][at]) if column in table.columns else None

        drawn = {(source, year): int(exact(table.columns[name][at]) or 0) for name, source, year in table.paying}
        drawn = {key: amount for key, amount in drawn.items() if amount}
        payments: dict[int, int] = {}
        for (_, year), amount in drawn.items():
            payments[year] = payments.get(year, 0) + amount
        last = self.config.years[-1]
        if not committed and self.support_start(row) > last:
            raise NotOffered("start_not_allowed", year=self.support_start(row))
        late = [year for source, year in drawn if year > last and not self.config.sources[source].tail.max_share]
        if late:
            raise NotOffered("pays_after_plan", year=max(late))
        extra = {name: cell(name) for name in table.extra}
        for name, value in extra.items():
            if name in BOND_MEASURES and isinstance(value, Fraction):
                extra[name] = value / self.money.fen_per_unit  # these are read in fen
        start = cell("start_year")
        return Offer(
            instrument=str(cell("instrument") or ""),
            start=int(start) if isinstance(start, Fraction) else min(self.support_start(row), last),
            award=int(cell("award") or sum(drawn.values())),
            measures=self.leveraging.ready_made(row, {name: cell(name) for name in MEASURES if name in table.columns}),
            payments=payments,
            drawn=drawn,
            extra=extra,
        )


def _levels(entitlement: Fraction, terms: Terms) -> dict[int, int]:
    """Award in fen by level; without levels by the number of steps."""
    if terms.continuous:
        most = entitlement.numerator // (entitlement.denominator * terms.step)
        stride = max(1, -(-most // FINEST))
        offered = (n for n in range(1, most + 1) if n % stride == 0 or n == most)
        return {n: n * terms.step for n in offered if n * terms.step >= terms.least}
    top, bottom = entitlement.numerator, entitlement.denominator * terms.levels * terms.step
    levels: dict[int, int] = {}
    before = 0
    for level in range(1, terms.levels + 1):
        award = top * level // bottom * terms.step
        if award > before and award >= terms.least:  # awards grow with the level, so equal ones are neighbours
            levels[level] = before = award
    return levels


def profile(award: int, shares: Sequence[tuple[int, Fraction]], start: int) -> dict[int, int]:
    """Payments by year in fen: each share rounded half up, the last one takes the remainder."""
    left, paid = award, {}
    for number, (offset, share) in enumerate(shares, start=1):
        part = min(rounded(share.numerator * award, share.denominator), left)
        paid[start + offset] = left if number == len(shares) else part
        left -= paid[start + offset]
    return {year: amount for year, amount in paid.items() if amount}

"""The plan as its tables state it: the funded rows with their payments, read once for every later check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

import pandas as pd

from allocator.config.keys.parts import Where
from allocator.config.keys.plan import Config
from allocator.money import Money
from allocator.tables.measures import MEASURES
from allocator.tables.outcomes import Outcomes
from allocator.verify import packages
from allocator.verify.awards import Award, Choice, Offer
from allocator.verify.facts import Cell, Facts, fulfils, parts
from allocator.verify.offers import Offers
from allocator.verify.stored import Findings, Row, Table


@dataclass(frozen=True)
class Plan:
    """Everything the checks of the rules need."""

    config: Config
    money: Money
    offers: Offers
    awards: Sequence[Award]
    by_project: Mapping[str, Sequence[Award]]
    outcomes: Outcomes | None = None
    """What may turn out otherwise."""
    extra: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    """Tables of the planner besides those of projects and options."""

    @property
    def facts(self) -> Facts:
        """The project table."""
        return self.offers.facts

    @property
    def years(self) -> Sequence[int]:
        """Plan years."""
        return self.config.years

    def possible(self, project: str) -> Sequence[Choice]:
        """Every option the project could have had, as if it were funded."""
        known = self.offers.possible
        if project not in known:
            singles = list(self.offers.every(project))
            found = [[named] for named in singles]
            if self.config.packages and project not in self.offers.commitments.names:
                found += packages.every(self.offers, project, singles)
            known[project] = [tuple(self.as_award(project, *named) for named in parts) for parts in found]
        return known[project]

    @cached_property
    def choices(self) -> Sequence[Choice]:
        """The funded rows, those of a package together."""
        return [
            choice for awards in self.by_project.values() for choice in self.choices_of(awards) if awards[0].at >= 0
        ]

    def choices_of(self, awards: Sequence[Award]) -> list[Choice]:
        """The rows of one project, those of a package together."""
        if len(awards) > 1 and not any(award.committed for award in awards):
            order = packages.in_order(self.config, [award.instrument for award in awards])
            if order is not None:
                return [tuple(awards[at] for at in order)]
        return [(award,) for award in awards]

    def as_award(self, project: str, option: str, offer: Offer) -> Award:
        """An option as if it were funded."""
        at, committed = self.facts.row_of[project], project in self.offers.commitments.names
        figures = offer.instrument, offer.start, offer.award, offer.measures
        return Award("", project, at, option, *figures, committed, offer=offer)

    @cached_property
    def carriers(self) -> frozenset[str]:
        """Place of the award that carries what counts once per project: the first of each by name of the option."""
        return frozenset(self.main(awards)[0].place for awards in self.by_project.values())

    def main(self, awards: Sequence[Award]) -> Choice:
        """The package among the rows of one project, else the first of them by name of the option."""
        return min(self.choices_of(awards), key=lambda choice: choice[0].option)

    def fits(self, award: Award, where: Where) -> bool:
        """Whether an option meets every condition."""
        return all(
            self.facts.fulfils(award.at, name, condition)
            if name in self.of_project
            else fulfils(condition, self.attribute(award, name))
            for name, condition in where.items()
        )

    def parts(self, award: Award, name: str) -> tuple[str, ...]:
        """The single values of an attribute in normal form."""
        return self.facts.parts(award.at, name) if name in self.of_project else parts(self.attribute(award, name))

    def attribute(self, award: Award, name: str) -> Cell:
        """An attribute of a funded option, in the config's units."""
        if award.offer is not None and name in award.offer.extra:
            return award.offer.extra[name]
        if name in OF_OPTION or name in MEASURES:
            return self._of_option(award, name)
        if name == "structure_score":
            return self.offers.leveraging.score(award.at)
        if name in self.facts.columns:
            return self.facts.cell(award.at, name)
        return Fraction(0) if name in self.offers.numeric_extra else None

    @cached_property
    def of_project(self) -> frozenset[str]:
        """Attributes that are the project's alone, whatever its option."""
        return frozenset(self.facts.columns) - OF_OPTION - frozenset(MEASURES) - self.offers.extra

    def _of_option(self, award: Award, name: str) -> Cell:
        if name in ("option", "instrument"):
            return str(getattr(award, name)) or None
        if name == "start_year":
            return Fraction(award.start)
        if name == "committed":
            return Fraction(int(award.committed))
        return Fraction(award.award if name == "award" else award.measures[name], self.money.fen_per_unit)


OF_OPTION = frozenset({"option", "instrument", "start_year", "award", "committed"})


def read_plan(awards: Table, payments: Table, offers: Offers, config: Config, money: Money, findings: Findings) -> Plan:
    """Join awards with their payments; rows that fit nothing are findings."""
    paid: dict[tuple[str, str], list[Row]] = {}
    for row in payments:
        paid.setdefault((row.text("project_id"), row.text("option")), []).append(row)
    funded = [
        _award(row, paid.get((row.text("project_id"), row.text("option")), ()), offers, findings) for row in awards
    ]
    named = {(award.project, award.option) for award in funded}
    for key, rows in paid.items():
        for row in rows:
            if not findings.hold(key in named, "payment_without_award", row.place, "option", got=key[1]):
                _payment(row, config)
    by_project: dict[str, list[Award]] = {}
    for award in funded:
        by_project.setdefault(award.project, []).append(award)
    return Plan(config, money, offers, [award for award in funded if award.at >= 0], by_project)


def _award(row: Row, payments: Sequence[Row], offers: Offers, findings: Findings) -> Award:
    """A funded row with its payments; that of a plan before, where it is written alike."""
    key = (tuple(row.cells), *(tuple(payment.cells) for payment in payments)) if offers.awards is not None else ()
    award = (offers.awards or {}).get(key)
    if award is not None:
        findings.checks += award.read
        award.place, award.stated = row.place, row
        return award
    checks, faults = findings.checks, len(findings.violations)
    award = Award(row.place, *_figures(row, offers), stated=row)
    for payment in payments:
        source, year, amount = _payment(payment, offers.config)
        if source in offers.config.sources:
            award.paid[source, year] = award.paid.get((source, year), 0) + amount
    award.read = findings.checks - checks
    if offers.awards is not None and len(findings.violations) == faults:
        offers.awards[key] = award
    return award


def _payment(row: Row, config: Config) -> tuple[str, int, int]:
    """Source, year and amount (fen) of a payment."""
    source, amount, year = row.text("source"), row.fen("amount"), row.whole("year")
    findings = row.findings
    findings.hold(source in config.sources, "unknown_source", row.place, "source", got=source)
    findings.hold(amount > 0, "payment_not_positive", row.place, "amount", got=row.text("amount"))
    findings.hold(year in config.years or year > config.years[-1], "no_plan_year", row.place, "year", got=year)
    return source, year, amount


def _figures(row: Row, offers: Offers) -> tuple[str, int, str, str, int, int, Mapping[str, int], bool]:
    """What a funded row says, in the order of `Award`."""
    project = row.text("project_id")
    at = offers.facts.row_of.get(project, -1)
    row.findings.hold(at >= 0, "unknown_project", row.place, "project_id", got=project)
    measures = {name: row.fen(name) for name in MEASURES}
    named = project, at, row.text("option"), row.text("instrument")
    return *named, row.whole("start_year"), row.fen("award"), measures, row.flag("committed")

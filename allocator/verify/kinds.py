"""What each kind of instrument gives a project, worked out again in exact fractions; amounts in fen.

Written from the published rules alone: an interest subsidy is counted year by year, a guarantee client class by
client class, and a grant's payments are held back until the project is accepted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from allocator.config.keys.instruments import Bond, BondTerms, Grant, Guarantee, Instrument, InterestSubsidy
from allocator.config.keys.plan import Config
from allocator.money import Money
from allocator.verify import gates
from allocator.verify.facts import Cell, Facts, half_up
from allocator.verify.stored import plain

Year = tuple[Fraction, Fraction, Fraction]
"""Interest, repayment and balance at the end of a year, per yuan issued."""


@cache
def served(repayment: str, rate: Fraction, term: int) -> tuple[Year, ...]:
    """The years after the issue of one yuan, one by one."""
    left, found = Fraction(1), list[Year]()
    payment = Fraction(1, term) if not rate else rate / (1 - (1 + rate) ** -term)
    for year in range(1, term + 1):
        interest = left * rate
        repaid = payment - interest if repayment == "annuity" else Fraction(int(year == term))
        left -= repaid
        found.append((interest, repaid, left))
    return tuple(found)


@cache
def due(repayment: str, rate: Fraction, term: int) -> tuple[Fraction, ...]:
    """What one yuan owes in each year after its issue."""
    return tuple(interest + repaid for interest, repaid, _ in served(repayment, rate, term))


PERCENT = 100
Loan = tuple[str, Fraction, int]
"""Repayment, yearly rate and years."""


def loan_of(facts: Facts, at: int, terms: BondTerms) -> Loan:
    """The terms of a project's bonds: its own rate (in percent) and term take precedence."""
    rate, term = (facts.cell(at, name) for name in ("bond_rate", "bond_term"))
    return (
        terms.repayment,
        rate / PERCENT if isinstance(rate, Fraction) else Fraction(terms.rate),
        max(int(term), 1) if isinstance(term, Fraction) else terms.term,
    )


Shares = tuple[tuple[int, Fraction], ...]
"""Years after the start, and the share of the award that falls due."""


class Exclusion(NamedTuple):
    """A rule by which a project cannot have an instrument, with its value and threshold in words."""

    rule: str
    value: str
    threshold: str


@dataclass(frozen=True)
class Candidate:
    """One project under one instrument."""

    instrument: Instrument
    facts: Facts
    row: int
    money: Money
    terms: BondTerms | None = None

    @property
    def needed(self) -> Mapping[str, str]:
        """Column that must be filled → rule of the exclusion when it is blank."""
        rule, columns = self.instrument, {self.instrument.base: "base_missing"}
        if isinstance(rule, InterestSubsidy):
            columns["loan_rate"] = "cell_missing"
        if isinstance(rule, Bond):
            columns |= dict.fromkeys(("revenue_total", "cost_total"), "cell_missing")
        if self.by_year:
            columns |= dict.fromkeys(("build_years", "operate_years"), "cell_missing")
        if isinstance(rule, Guarantee) and rule.client is not None:
            columns.setdefault(rule.client, "cell_missing")
        if isinstance(rule, Grant) and (rule.payment_mode == "reimbursement" or rule.before_acceptance is not None):
            columns["end_ym"] = "cell_missing"
        return columns

    @property
    def by_year(self) -> bool:
        """Whether what is missing for a bond's debt is counted year by year."""
        return isinstance(self.instrument, Bond) and self.terms is not None and self.terms.shortfall == "yearly"

    def blanks(self) -> list[tuple[str, str]]:
        """Rule and column of every cell that is missing."""
        return [(rule, column) for column, rule in self.needed.items() if self.cell(column) is None]

    def cell(self, column: str) -> Cell:
        """A cell in the config's units."""
        return self.facts.cell(self.row, column)

    def fen(self, column: str) -> int:
        """An amount that is at least nothing."""
        return max(self.facts.fen(self.row, column) or 0, 0)

    def number(self, column: str) -> Fraction | None:
        """A number, or nothing."""
        value = self.cell(column)
        return value if isinstance(value, Fraction) else None

    def refusals(self) -> list[Exclusion]:
        """Rules of the kind that the project does not meet."""
        rule = self.instrument
        if isinstance(rule, InterestSubsidy):
            loan, least = self.fen(rule.base), self.money.to_fen(rule.min_loan)
            said = Exclusion("min_loan", self.money.text(loan), self.money.text(least))
            return [said] if loan < least else []
        if isinstance(rule, Guarantee):
            most, client = self.money.to_fen(rule.fee[-1][0]), self.client(rule)
            said = Exclusion("client_amount", self.money.text(client), self.money.text(most))
            return [said] if client > most else []
        return []

    def cover(self, entitlement: Fraction) -> list[Exclusion]:
        """The official cover ratio of a bond project, where it is too low: (revenue − cost) ÷ (principal + interest).

        Other debt that the terms name counts beside the bonds.
        Nobody without net revenue has bonds.
        """
        if self.terms is None or not isinstance(self.instrument, Bond) or entitlement <= 0:
            return []
        found = []
        ratio = self.net_revenue(Fraction(1), entitlement) / (entitlement * self.debt_cost() + self.other_debt())
        if ratio < Fraction(self.terms.min_cover) or ratio <= 0:
            shown = Fraction(half_up(ratio * 10_000), 10_000)
            least = plain(self.terms.min_cover) if self.terms.min_cover else "> 0"
            found.append(Exclusion("cover_ratio", plain(shown), least))
        operate = self.number("operate_years")
        if self.by_year and operate is not None and operate < 1:
            found.append(Exclusion("operate_years", plain(operate), ">= 1"))
        return found

    def net_revenue(self, counted: Fraction, entitlement: Fraction) -> Fraction:
        """Revenue that is counted on, less what running the project costs."""
        return (self.facts.fen(self.row, "revenue_total") or 0) * counted - self.running(entitlement)

    def running(self, entitlement: Fraction) -> int:
        """Cost of running the project: what it repays of the bonds it needs is none, where its cost holds that."""
        assert self.terms is not None
        cost, bonds = self.facts.fen(self.row, "cost_total") or 0, self.fen("bond_need") or entitlement
        return max(0, cost - half_up(self.debt_cost() * bonds)) if self.terms.cost_includes_debt_service else cost

    def other_debt(self) -> int:
        """What it repays of other debt."""
        return 0 if self.terms is None or self.terms.other_debt is None else self.fen(self.terms.other_debt)

    def counted(self, award: int, entitlement: Fraction) -> Fraction:
        """Which part of the revenue and cost stands against an award: as much as it is of what is needed in bonds."""
        assert self.terms is not None
        needed = self.fen("bond_need") or entitlement
        in_part = self.terms.revenue == "in_proportion" and award < needed
        return Fraction(award) / needed if in_part else Fraction(1)

    def debt_cost(self) -> Fraction:
        """Principal and all interest of one yuan of debt, year by year."""
        return sum(due(*self.loan()), Fraction(0))

    def gaps(self, paid: Mapping[int, int], start: int, entitlement: Fraction) -> Iterator[tuple[int, Fraction]]:
        """Years in which what is counted on of the revenue does not pay what is owed, and what is missing."""
        assert self.terms is not None
        build, operate = (max(int(self.number(name) or 0), 0) for name in ("build_years", "operate_years"))
        owes: dict[int, Fraction] = {}
        for issued, amount in paid.items():
            for year, share in enumerate(due(*self.loan()), start=issued + 1):
                owes[year] = owes.get(year, Fraction(0)) + amount * share
        part = self.counted(sum(paid.values()), entitlement)
        left = self.net_revenue(Fraction(self.terms.revenue_haircut or 0), entitlement) - self.other_debt()
        income, cash, opens = left * part / operate, Fraction(0), start + build
        for year in range(min([opens, *owes]), max(owes, default=opens) + 1):
            cash += (income if opens <= year < opens + operate else 0) - owes.get(year, 0)
            if cash < 0:
                yield year, -cash
                cash = Fraction(0)

    def loan(self) -> Loan:
        """Its bonds."""
        assert self.terms is not None
        return loan_of(self.facts, self.row, self.terms)

    def bond_measures(
        self, award: int, paid: Mapping[int, int], start: int, entitlement: Fraction, config: Config
    ) -> dict[str, Fraction]:
        """Measures that only bonds have, in the config's unit; payments by year."""
        if self.terms is None or not isinstance(self.instrument, Bond):
            return {}
        haircut, part = self.terms.revenue_haircut, self.counted(award, entitlement)
        unit, service = self.money.fen_per_unit, award * self.debt_cost() + part * self.other_debt()
        left = service if haircut is None else service - self.net_revenue(Fraction(haircut), entitlement) * part
        missing = Fraction(0) if haircut is None else max(left, Fraction(0))
        if self.by_year:
            missing = present(config.years, config.discount, self.gaps(paid, start, entitlement))
        return {
            "bond_service": Fraction(half_up(service), unit),
            "bond_revenue": Fraction(half_up(self.net_revenue(Fraction(1), entitlement) * part), unit),
            "bond_shortfall": Fraction(half_up(missing), unit),
        }

    def whole(self) -> Fraction:
        """The entitlement before caps and requests."""
        rule = self.instrument
        if isinstance(rule, Grant | Bond):
            return self.fen(rule.base) * Fraction(rule.rate)
        if isinstance(rule, InterestSubsidy):
            return sum(self.interest(rule), Fraction(0))
        return self.credit(rule) * self.cost(rule) * rule.years

    def shares(self, planned: int) -> Shares:
        """When the award falls due; a start later than ``planned`` delays the completion as well."""
        rule = self.instrument
        if isinstance(rule, Grant):
            return staged(rule, self.completion() - planned if "end_ym" in self.needed else 0)
        if isinstance(rule, Bond):
            return tuple((year, Fraction(share)) for year, share in enumerate(rule.payments) if share)
        if isinstance(rule, Guarantee):
            return tuple((year, Fraction(1, rule.years)) for year in range(rule.years))
        by_year = self.interest(rule)
        total = sum(by_year, Fraction(0))
        if not total:
            return ((rule.arrears, Fraction(1)),)
        return tuple((year + rule.arrears, part / total) for year, part in enumerate(by_year) if part)

    def attached(self, entitlement: Fraction, config: Config) -> int | None:
        """The investment that comes with the support; None where it is the project's own."""
        rule = self.instrument
        if isinstance(rule, Bond) and rule.use == "capital":
            return half_up(entitlement / Fraction(rule.capital_ratio))
        if isinstance(rule, InterestSubsidy):
            return half_up(
                self.fen(rule.base) / (1 - gates.least_capital(config, self.facts, self.row, rule.capital_ratio))
            )
        if isinstance(rule, Guarantee):
            return half_up(self.credit(rule) * Fraction(rule.fixed_share) / (1 - Fraction(rule.capital_ratio)))
        return None

    def completion(self) -> int:
        """Year of the planned completion."""
        return int(str(self.cell("end_ym"))[:4])

    def interest(self, rule: InterestSubsidy) -> list[Fraction]:
        """Subsidy of every year."""
        rate = (self.number("loan_rate") or Fraction(0)) / PERCENT
        caps = [rate]
        caps += [] if rule.points is None else [Fraction(rule.points)]
        caps += [] if rule.share_of_rate is None else [Fraction(rule.share_of_rate) * rate]
        if rule.share_of_reference is not None:
            caps.append(Fraction(rule.share_of_reference) * Fraction(rule.reference_rate or 0))
        own = self.number("subsidy_years")
        years = rule.years if own is None else min(rule.years, max(int(own), 0))
        most = None if rule.max_per_year is None else self.money.to_fen(rule.max_per_year)
        found = []
        for year in range(years):
            balance = Fraction(rule.balance[min(year, len(rule.balance) - 1)])
            part = self.fen(rule.base) * balance * max(min(caps), Fraction(0))
            found.append(part if most is None else min(part, Fraction(most)))
        return found

    def client(self, rule: Guarantee) -> int:
        """Credit per client."""
        return self.fen(rule.base) if rule.client is None else self.facts.fen(self.row, rule.client) or 0

    def credit(self, rule: Guarantee) -> int:
        """Credit that is supported: at most the largest multiple of the guarantor's capital."""
        capital = self.facts.fen(self.row, "guarantee_capital")
        asked = self.fen(rule.base)
        return asked if capital is None else min(asked, int(max(capital, 0) * Fraction(rule.multiple.max)))

    def cost(self, rule: Guarantee) -> Fraction:
        """Cost of a unit of credit in one year."""
        client = self.client(rule)
        fee = next(Fraction(rate) for most, rate in rule.fee if client <= self.money.to_fen(most))
        charged, own = self.number("fee"), self.number("claim_rate")
        fee = fee if charged is None else min(fee, max(charged, Fraction(0)) / PERCENT)
        claims = Fraction(rule.claim_rate) if own is None else own / PERCENT
        capital = self.facts.fen(self.row, "guarantee_capital")
        enough = capital is None or self.credit(rule) >= Fraction(rule.multiple.min) * capital
        low, high = map(Fraction, rule.claim_band)
        compensated = claims * Fraction(rule.compensation) if enough and low <= claims <= high else Fraction(0)
        return fee * Fraction(rule.fee_share) + compensated


def staged(rule: Grant, until: int) -> Shares:
    """A grant's payments when the project is completed ``until`` years after its start."""
    shares: Sequence[Fraction] = [Fraction(share) for share in rule.payments]
    if rule.payment_mode == "reimbursement":
        return tuple((max(until + 1, 0) + year, share) for year, share in enumerate(shares) if share)
    if rule.before_acceptance is None or until <= 0:
        return tuple((year, share) for year, share in enumerate(shares) if share)
    room, due = Fraction(rule.before_acceptance), dict.fromkeys(range(max(len(shares), until + 1)), Fraction(0))
    for year, share in enumerate(shares):
        now = share if year >= until else min(share, room)
        room -= now if year < until else 0
        due[year] += now
        due[until] += share - now
    return tuple((year, share) for year, share in due.items() if share)


def present(plan_years: Iterable[int], rate: object, gaps: Iterable[tuple[int, Fraction]]) -> Fraction:
    """Their worth in the first plan year."""
    first = min(plan_years)
    return sum((gap / (1 + Fraction(str(rate))) ** max(year - first, 0) for year, gap in gaps), Fraction(0))

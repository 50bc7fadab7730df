"""Who may have what: gates, own capital, bond money, closed financing, phases and stacking, for one project and instrument."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache, lru_cache, partial
from importlib.resources import files
from math import floor
from typing import NamedTuple

import pandas as pd

from allocator.config.keys.instruments import Bond
from allocator.config.keys.parts import Condition
from allocator.config.keys.plan import Config, Limit
from allocator.config.keys.screening import Capital, Gate
from allocator.config.keys.sources import Source
from allocator.verify.facts import Cell, Facts, normal, number_in

MILLION = 10**6
"""Ratios are stated in millionths, rounded down."""


class Stop(NamedTuple):
    """A gate that is closed to a project."""

    rule: str
    got: Cell
    needed: Condition
    """A condition of the config, or what stands in its place as text."""


def stops(config: Config, facts: Facts, at: int, instrument: str) -> Iterator[Stop]:
    """The gates before an instrument that a project does not pass."""
    for gate in config.screening.gates:
        if not gate.instruments or instrument in gate.instruments:
            yield from facts.once(gate.name, at, partial(_closed, facts, at, gate))
    rule = config.screening.capital
    if rule is not None and (not rule.instruments or instrument in rule.instruments):
        yield from facts.once("", at, partial(_capital, config, facts, at, rule))
    yield from _tier(config, facts, at, instrument)


def _closed(facts: Facts, at: int, gate: Gate) -> list[Stop]:
    if not facts.meets(at, gate.where):
        return []
    rule, cell = f"gate.{gate.name}.", partial(facts.cell, at)
    unmet = [name for name, condition in gate.require.items() if not facts.fulfils(at, name, condition)]
    found = [Stop(f"{rule}{name}", cell(name), gate.require[name]) for name in unmet]
    return found + [Stop(f"{rule}{name}", None, "filled") for name in gate.filled if cell(name) is None]


def _capital(config: Config, facts: Facts, at: int, rule: Capital) -> list[Stop]:
    if not facts.meets(at, rule.where):
        return []
    written = next((case.min for case in rule.ratios if facts.meets(at, case.where)), rule.min)
    least = least_capital(config, facts, at, written)
    own, whole = sum(facts.fen(at, column) or 0 for column in rule.funds), facts.fen(at, rule.of) or 0
    if whole > 0 and own >= least * whole:
        return []
    return [Stop("gate.capital", _millionths(Fraction(own, whole)) if whole > 0 else "", _millionths(least))]


def _tier(config: Config, facts: Facts, at: int, instrument: str) -> Iterator[Stop]:
    """No new bonds where the grade of debt risk allows none, but for projects that have some already."""
    debt, rule = config.debt, config.instruments.get(instrument)
    if debt is None or debt.grade is None or not isinstance(rule, Bond) or (facts.fen(at, "bond_issued") or 0) > 0:
        return
    closed = {normal(grade) for grade, share in debt.tiers.items() if share == 0}
    if not closed.isdisjoint(facts.parts(at, debt.grade)):
        yield Stop("debt.tier", facts.cell(at, debt.grade), "bond_issued > 0")


def _millionths(share: Fraction) -> str:
    whole, rest = divmod(share.numerator * MILLION // share.denominator, MILLION)
    return f"{whole}.{rest:06d}".rstrip("0").rstrip(".")


INDUSTRY = re.compile("重大工业项目|企业技改|融资担保|科技成果产业化|plants?|factor(y|ies)|.*(企业|工业项目)")
"""Categories that are the projects of enterprises."""
WORKS = re.compile("基础设施|标准厂房|infrastructure")
AID = re.compile("担保|renovation|guarantee")
NOT_EVEN_THERE = re.compile(
    "贴息|利息|interestsubsid|loaninterest|补(助|贴)|subsid|奖(补|励)|工资|流动资金|风险补偿|经费|技改|技术改造|设备购置"
)
SUBSIDIES = re.compile("贴息|补助|补贴|担保|interest|subsid|grant|guarantee")
TRADE = re.compile("工业[项項]目|产业化|制造业|制造项目|enterprise|manufactur|indust(rial|ry)project")
BONDS = re.compile(
    "专(项)?债|债券|(地方|政府)债|specialbond|zhuanxiangzhai|zxzq|lgsb|(municipal|revenue|localgovernment)bond"
)
PARKS = re.compile("园区|基础设施|标准厂房|park|infrastructure")


def is_bond(key: str, source: Source) -> bool:
    """Whether a source is special-bond money by its terms, its key or its name."""
    return source.bond is not None or named_bonds(key) or named_bonds(source.name)


@cache
def named_bonds(text: str) -> bool:
    """Whether a text means special bonds, and not general or treasury bonds."""
    if re.search("一般债|国债", bare(text)):
        return False
    return bool(BONDS.search(bare(text)))


def barred(config: Config, facts: Facts, at: int, instrument: str) -> bool:
    """Whether special-bond money is to pay an instrument and the project is an enterprise's own, or a guarantee."""
    paid = any(instrument in source.pays for key, source in config.sources.items() if is_bond(key, source))
    return paid and industry(facts, at)


def industry(facts: Facts, at: int) -> bool:
    """Whether a project is an enterprise's own, or a guarantee."""
    return _of_enterprises(str(facts.cell(at, "category") or ""))


@lru_cache(maxsize=10_000)
def _of_enterprises(category: str) -> bool:
    text = folded(category)
    return any(_enterprise(bare(part)) for part in re.split("[;,、/|\n]", text))


def _enterprise(part: str) -> bool:
    if NOT_EVEN_THERE.search(part) or WORKS.search(part):
        return bool(NOT_EVEN_THERE.search(part))
    return bool(INDUSTRY.fullmatch(part) or AID.search(part) or (TRADE.search(part) and not PARKS.search(part)))


def folded(text: str) -> str:
    """Half-width, lower case."""
    return unicodedata.normalize("NFKC", text).casefold()


def bare(text: str) -> str:
    """Its letters and figures."""
    return re.sub(r"[\W_]", "", folded(text)).replace("專", "专").replace("項", "项").replace("債", "债")


LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz "


@cache
def published() -> dict[str, Fraction]:
    """Digits of a code → ratio, as shipped."""
    lines = files("allocator.tables").joinpath("capital_ratios.csv").read_text(encoding="utf-8").splitlines()
    return {row["code"].lstrip(LETTERS): Fraction(row["ratio"]) for row in csv.DictReader(lines)}


def least_capital(config: Config, facts: Facts, at: int, written: object) -> Fraction:
    """A ratio of the config: a number, or that of the project's industry."""
    if written != "by_industry":
        return Fraction(str(written))
    digits = normal(facts.cell(at, config.capital_ratios.by)).lstrip(LETTERS)
    own = {normal(code).lstrip(LETTERS): Fraction(ratio) for code, ratio in config.capital_ratios.own.items()}
    for table in (own, published()):
        for length in range(len(digits), 0, -1):
            if digits[:length] in table:
                return table[digits[:length]]
    return Fraction(config.capital_ratios.default)


OWN, COMMITTED, PLANNED = "own_funds", "bank_loan_committed", "bank_loan_planned"


class Open(NamedTuple):
    """What the award must pay for the financing to close, and the gap that may be left; fen."""

    need: int
    most: int

    def closes(self, award: int) -> bool:
        """Whether an award leaves no greater gap."""
        return self.need - award <= self.most


def whole(facts: Facts, at: int) -> int | None:
    """The investment of a project."""
    total = facts.fen(at, "total_investment")
    return facts.fen(at, "fixed_investment") if total is None else total


def finance(facts: Facts, at: int) -> tuple[int, int, int] | None:
    """Own funds, loans committed and loans planned; None where none of them is told."""
    cells = [facts.fen(at, column) for column in (OWN, COMMITTED, PLANNED)]
    if all(cell is None for cell in cells):
        return None
    own, committed, planned = (max(cell or 0, 0) for cell in cells)
    return own, committed, planned


def publicly_owned(config: Config, facts: Facts, at: int) -> bool:
    """Whether the owner of a project is public, so that its own funds are no private money."""
    owner = config.leverage.public_owner
    return bool(owner) and facts.meets(at, owner)


def elsewhere(facts: Facts, at: int) -> tuple[int, int]:
    """Other public money, and bonds issued before."""
    return max(facts.fen(at, "other_public") or 0, 0), max(facts.fen(at, "bond_issued") or 0, 0)


def left_open(config: Config, facts: Facts, at: int, instrument: str) -> Open | None:
    """What an award of an instrument must pay; None where nothing is asked or the financing is not told."""
    rule, kind = config.closing, config.instruments[instrument]
    asked = instrument in rule.instruments if rule.instruments else isinstance(kind, Bond)
    total, paid = whole(facts, at), finance(facts, at)
    if not (rule.gate and asked) or total is None or paid is None:
        return None
    share = Fraction(rule.max_gap)
    return Open(total - sum(paid) - sum(elsewhere(facts, at)), total * share.numerator // share.denominator)


def phase_needs(config: Config, facts: Facts, at: int, instrument: str) -> list[int]:
    """What each phase of a project needs, fen; none where the instrument knows no phases."""
    return [max(facts.fen(at, column) or 0, 0) for column in config.instruments[instrument].award.phases]


def after_phases(phases: Sequence[int]) -> dict[int, int]:
    """Phase → what the phases after it need."""
    return {number: sum(phases[number:]) for number in range(1, len(phases) + 1)}


def phase_awards(phases: Sequence[int], whole: int, step: int) -> dict[int, int]:
    """Phase → award that pays all phases up to it, at most ``whole``, which is the last; down to the step."""
    ends = [sum(phases[:number]) for number in range(1, len(phases))]
    paid = [min(end, whole) // step * step for end in (*ends, whole)]
    return {number: one for number, one in enumerate(paid, start=1) if one and one not in paid[: number - 1]}


BESIDES = ("other_public", "bond_issued")


def public_room(config: Config, facts: Facts, at: int) -> int | None:
    """What the ceiling of public money leaves for awards to a project, in fen; None without a ceiling."""
    rule = config.stacking.public_share
    if rule is None:
        return None
    most = floor(Fraction(rule.max) * max(facts.fen(at, "fixed_investment") or 0, 0))
    return max(0, most - sum(facts.fen(at, column) or 0 for column in BESIDES))


def ceiling(config: Config, facts: Facts, at: int, instrument: str) -> int | None:
    """What is left for awards of one instrument; None where no ceiling is set for it."""
    rule = config.stacking.public_share
    return public_room(config, facts, at) if rule is not None and rule.covers(instrument) else None


def may_join(config: Config, package: Iterable[str]) -> bool:
    """Whether one project may have these instruments together."""
    keys, rules = set(package), config.stacking
    one = rules.one_per_entity
    alone = one is None or sum(one.covers(key) for key in keys) <= 1
    return alone and all(len(keys.intersection(listed)) <= 1 for listed in rules.exclusive)


def together_within(config: Config, facts: Facts, at: int, awards: Sequence[tuple[str, int]]) -> bool:
    """Whether awards (instrument and fen) to one project keep to the ceiling of public money."""
    rule, left = config.stacking.public_share, public_room(config, facts, at)
    return rule is None or left is None or sum(amount for key, amount in awards if rule.covers(key)) <= left


def had_before(config: Config, further: Mapping[str, pd.DataFrame]) -> frozenset[str]:
    """Whom the table of earlier awards names in the years that count, in normal form."""
    rule = config.stacking.earlier
    if rule is None:
        return frozenset()
    rows = further["stacking.earlier.file"].to_dict("records")
    late = [row for row in rows if not row["start_year"] < min(config.years) - rule.years]
    return frozenset(normal(row[rule.by]) for row in late) - {""}


def supported(config: Config, facts: Facts, before: frozenset[str], at: int, key: str) -> Iterator[tuple[str, str]]:
    """Support that keeps a project from an instrument, by the state or in the years before, and the column that says so."""
    national, earlier = config.stacking.national, config.stacking.earlier
    if national is not None and national.covers(key):
        number = number_in(normal(facts.cell(at, national.column)))
        if number is not None and number > 0:
            yield "nationally_supported", national.column
    if earlier is not None and earlier.covers(key) and normal(facts.cell(at, earlier.by)) in before:
        yield "supported_before", earlier.by


def entity_limits(config: Config, facts: Facts) -> Iterator[Limit]:
    """One award for every legal entity that several projects have, in every start year."""
    rule = config.stacking.one_per_entity
    if rule is None:
        return
    cells = facts.each(rule.by, normal)
    repeated = sorted(value for value, count in Counter(cells).items() if value and count > 1)
    if repeated:
        where = {rule.by: repeated} | ({"instrument": rule.instruments} if rule.instruments else {})
        yield Limit(name="stacking.one_per_entity", measure="count", where=where, each=[rule.by, "year"], max=1)

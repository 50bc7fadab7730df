"""Rules against stacking worked out again: one of a list, one award per legal entity, national support, public share."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING

from allocator.config.keys.plan import Limit
from allocator.verify.facts import normal, number_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pandas as pd

    from allocator.config.keys.plan import Config
    from allocator.verify.facts import Facts
    from allocator.verify.findings import Findings
    from allocator.verify.plan import Plan

BESIDES = ("other_public", "bond_issued")


def room(config: Config, facts: Facts, at: int) -> int | None:
    """What the ceiling of public money leaves for awards to a project, in fen; None without a ceiling."""
    rule = config.stacking.public_share
    if rule is None:
        return None
    most = floor(Fraction(rule.max) * max(facts.fen(at, "fixed_investment") or 0, 0))
    return max(0, most - sum(facts.fen(at, column) or 0 for column in BESIDES))


def ceiling(config: Config, facts: Facts, at: int, instrument: str) -> int | None:
    """What is left for awards of one instrument; None where no ceiling is set for it."""
    rule = config.stacking.public_share
    return room(config, facts, at) if rule is not None and rule.covers(instrument) else None


def may_join(config: Config, package: Iterable[str]) -> bool:
    """Whether one project may have these instruments together."""
    keys, rules = set(package), config.stacking
    one = rules.one_per_entity
    alone = one is None or sum(one.covers(key) for key in keys) <= 1
    return alone and all(len(keys.intersection(listed)) <= 1 for listed in rules.exclusive)


def together_within(config: Config, facts: Facts, at: int, awards: Sequence[tuple[str, int]]) -> bool:
    """Whether awards (instrument and fen) to one project keep to the ceiling of public money."""
    rule, left = config.stacking.public_share, room(config, facts, at)
    return rule is None or left is None or sum(amount for key, amount in awards if rule.covers(key)) <= left


def national(config: Config, facts: Facts, at: int, instrument: str) -> str | None:
    """The cell by which national support keeps a project from an instrument; None where nothing does."""
    rule = config.stacking.national
    if rule is None or not rule.covers(instrument):
        return None
    cell = facts.cell(at, rule.column)
    number = None if cell is None else number_in(normal(cell))
    return normal(cell) if number is not None and number > 0 else None


def had_before(config: Config, further: Mapping[str, pd.DataFrame]) -> frozenset[str]:
    """Whom the table of earlier awards names in the years that count, in normal form."""
    rule = config.stacking.earlier
    if rule is None:
        return frozenset()
    rows = further["stacking.earlier.file"].to_dict("records")
    late = [row for row in rows if not row["start_year"] < min(config.years) - rule.years]
    return frozenset(normal(row[rule.by]) for row in late) - {""}


def earlier(config: Config, facts: Facts, before: frozenset[str], at: int, instrument: str) -> str | None:
    """The cell by which earlier support keeps a project from an instrument; None where nothing does."""
    rule = config.stacking.earlier
    cell = None if rule is None or not rule.covers(instrument) else facts.cell(at, rule.by)
    return None if cell is None or normal(cell) not in before else normal(cell)


def entity_limits(config: Config, facts: Facts) -> Iterator[Limit]:
    """One award for every legal entity that several projects have, in every start year."""
    rule = config.stacking.one_per_entity
    if rule is None:
        return
    cells = facts.each(rule.by, lambda cell: "" if cell is None else normal(cell))
    repeated = sorted(value for value, count in Counter(cells).items() if value and count > 1)
    if repeated:
        where = {rule.by: repeated} | ({"instrument": rule.instruments} if rule.instruments else {})
        yield Limit(name="stacking.one_per_entity", measure="count", where=where, each=[rule.by, "year"], max=1)


def check_stacking(plan: Plan, findings: Findings) -> None:
    """What is funded keeps every rule, whatever was offered."""
    config, facts = plan.config, plan.facts
    if config.stacking == type(config.stacking)():
        return
    for choice in plan.choices:
        first, keys = choice[0], [award.instrument for award in choice]
        if first.committed or first.instrument not in config.instruments or plan.offers.is_written(first):
            continue
        findings.hold(may_join(config, keys), "stacked", first.place, "instrument", got=", ".join(keys))
        awards = [(award.instrument, award.award) for award in choice]
        awarded, left = sum(amount for _, amount in awards), room(config, facts, first.at) or 0
        findings.hold(
            together_within(config, facts, first.at, awards), "public_share_exceeded", first.place, "award",
            awarded=plan.money.text(awarded), left=plan.money.text(left),
        )  # fmt: skip
        for key in keys:
            cell = national(config, facts, first.at, key)
            findings.hold(cell is None, "nationally_supported", first.place, "project_id", got=first.project)
            cell = earlier(config, facts, plan.offers.before, first.at, key)
            findings.hold(cell is None, "supported_before", first.place, "project_id", got=first.project)

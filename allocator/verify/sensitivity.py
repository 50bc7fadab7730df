"""The plan as it is under other numbers, worked out again: what it is worth and what it brings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from allocator.config.keys.plan import Config
from allocator.verify import benchmarks, debt_service
from allocator.verify.awards import Award, Offer
from allocator.verify.benchmarks import CLOSE, worth_of
from allocator.verify.bounds import limit_bounds, target_bounds
from allocator.verify.facts import half_up
from allocator.verify.leverage import OWN_COLUMN
from allocator.verify.offers import NotOffered, Offers
from allocator.verify.packages import joined
from allocator.verify.plan import Plan
from allocator.verify.stored import Findings, Row, Table, matched, plain

BROUGHT = ("supported_investment", "certified_investment", "counterpart_investment", "additional_investment")
USUAL = ("0.8", "1.2")
"""The ends of a group that the config says nothing of."""
HAIRCUT = "revenue_haircut"
Settings = Mapping[str, str]
"""Group of numbers → what each is multiplied by, or the end of its own range."""


def check_ranges(plan: Plan, tables: Mapping[str, Table], findings: Findings) -> None:
    """Every group has both its ends, and each row is what the plan as it is brings with these numbers."""
    table = tables["ranges"]
    rows = {_key(row): row for row in table}
    for row, settings in matched(table, expected(plan, rows), _key, "parameter", findings):
        check_row(plan, row, settings, tables, findings)


def _key(row: Row) -> tuple[str, str]:
    return row.text("parameter"), row.text("setting")


def check_goals(plan: Plan, tables: Mapping[str, Table], findings: Findings) -> None:
    """What the plan as it is is worth in each setting of a group of numbers, and that the rest of its row agrees."""
    groups = dict(in_use(plan))
    for row in tables["sensitivity"]:
        group, setting = row.text("parameter"), row.text("setting")
        known = group in groups and (is_factor(setting) or setting in groups[group])
        if known and row.text("goal_fixed") and not row.whole("dropped"):
            restated = under(plan, {group: setting})
            goal(row, worth(restated, tables), findings)
        check_regret(plan, row, findings)


def check_regret(plan: Plan, row: Row, findings: Findings) -> None:
    """The regret is the goal made anew less that of the plan as it is; no goal is beyond its bound."""
    if not row.text("goal"):
        return
    sign = -1 if plan.config.minimise else 1
    kept, found, bound = (sign * Fraction(row.number(name)) for name in ("goal_fixed", "goal", "bound"))
    findings.hold(found <= bound + abs(bound) * CLOSE_TO_BOUND, "beats_bound", row.place, "goal", got=row.text("goal"))
    if row.text("regret"):
        findings.equal(Fraction(row.number("regret")), max(found - kept, Fraction(0)), row.place, "regret")
        findings.hold(not row.text("breaks"), "not_expected", row.place, "regret", got=row.text("regret"))


CLOSE_TO_BOUND = Fraction(1, 10**9)
"""A bound is a float of the solver."""


def is_factor(setting: str) -> bool:
    """Whether a setting is a factor."""
    return setting.replace(".", "").isdigit()


def expected(plan: Plan, rows: Mapping[tuple[str, str], Row]) -> dict[tuple[str, str], Settings]:
    """Every row that there must be, with the numbers it stands for."""
    found: dict[tuple[str, str], Settings] = {("plan", "1"): {}}
    least, most = dict[str, str](), dict[str, str]()
    for group, ends in in_use(plan):
        keys = [(group, end) for end in ends]
        found |= {key: {group: key[1]} for key in keys}
        order = sorted(range(2), key=lambda n: brought(plan, rows.get(keys[n])))
        least[group], most[group] = (ends[n] for n in order)
    return found | ({("all", "low"): least, ("all", "high"): most} if least else {})


def brought(plan: Plan, row: Row | None) -> tuple[Decimal, Decimal]:
    """What is less at the low end: additional investment, then the goal."""
    sign = -1 if plan.config.minimise else 1
    return (row.number("additional_investment"), sign * row.number("goal_fixed")) if row else (Decimal(0), Decimal(0))


def in_use(plan: Plan) -> Iterator[tuple[str, tuple[str, str]]]:
    """The groups of numbers that the plan rests on, with their ends; what is known for sure has none."""
    config, columns = plan.config, plan.facts.columns
    rules = config.instruments.values()
    used = {name: getattr(config.leverage, name) is not None or own in columns for name, own in OWN_COLUMN.items()}
    rule = config.leverage.additionality
    elastic = rule is not None and rule.elasticity is not None
    used["additionality"] = (rule is not None and not elastic) or OWN_COLUMN["additionality"] in columns
    curved = bool(config.leverage.response) or any(r.response for r in rules)
    used["response"] = curved or any(r.continuous or r.award.offers > 1 for r in rules)
    used["upgrading"] = config.upgrading is not None or "structure_score" in columns
    used[HAIRCUT] = any(s.bond is not None and s.bond.revenue_haircut is not None for s in config.sources.values())
    for name, here in used.items():
        own = getattr(config.sensitivity, name)
        told = (None, None) if own is None else (own.low, own.high)
        low, high = (usual if end is None else plain(end) for end, usual in zip(told, USUAL, strict=True))
        if here and low != high:
            yield name, (low, high)
    if elastic and rule is not None:
        yield "elasticity", ("low", "high") if has_bands(rule.elasticity or {}) else USUAL


def has_bands(values: Mapping[str, Any]) -> bool:
    """Whether any elasticity has a range of its own."""
    return any(has_bands(v) if isinstance(v, Mapping) else hasattr(v, "central") for v in values.values())


def check_row(plan: Plan, row: Row, settings: Settings, tables: Mapping[str, Table], findings: Findings) -> None:
    """A row of the short form: the goal, the three investments, and that no award is lost."""
    restated = under(plan, settings)
    goal(row, worth(restated, tables), findings)
    for name in BROUGHT:
        findings.same_fen(row.fen(name), sum(a.measures[name] for a in restated.awards), plan.money, row.place, name)
    findings.equal(row.whole("dropped"), 0, row.place, "dropped")


def goal(row: Row, exact: Fraction, findings: Findings) -> None:
    """What the plan as it is is worth."""
    within = CLOSE * max(abs(exact), Fraction(1))
    findings.near(Fraction(row.number("goal_fixed")), exact, within, row.place, "goal_fixed")


def worth(plan: Plan, tables: Mapping[str, Table]) -> Fraction:
    """The goal as the planner counts it."""
    lines = [line for limit in plan.config.limits if limit.soft is not None for line in limit_bounds(plan, limit)]
    targets = (target for target in plan.config.targets if target.shortfall_price is not None)
    lines += [line for target in targets for line in target_bounds(plan, target)]
    lines += [*benchmarks.stability(plan), *debt_service.service_bounds(plan, tables["limits"])]
    value = worth_of(plan, lines)
    return -value if plan.config.minimise else value


def under(plan: Plan, settings: Settings) -> Plan:
    """The plan with the same awards, which bring what they would with other numbers."""
    if not settings:
        return plan
    scales = {group: Fraction(setting) for group, setting in settings.items() if is_factor(setting)}
    config = with_elasticity(with_haircut(plan.config, scales), settings.get("elasticity"))
    fresh: dict[str, Any] = {name: {} for name in ("_tables", "_factors", "_pieces")}
    fresh |= {"_scored": []} if "upgrading" in scales else {}
    leveraging = replace(plan.offers.leveraging, config=config, scales=scales, **fresh)
    offers = replace(plan.offers, config=config, leveraging=leveraging, granted=True, offered={}, possible={})
    by_project = {project: restated(plan, offers, awards) for project, awards in plan.by_project.items()}
    kept = [award for awards in by_project.values() for award in awards if award.at >= 0]
    return replace(plan, config=config, offers=offers, awards=kept, by_project=by_project)


def restated(plan: Plan, offers: Offers, awards: Sequence[Award]) -> list[Award]:
    """The awards of a project with what they bring now; those that cannot be had, which is found elsewhere, as stated."""
    found: list[Award] = []
    for choice in plan.choices_of(awards):
        now = offers_of(offers, choice)
        told = zip(choice, now, strict=True) if now else ()
        found += [replace(award, measures=offer.measures, offer=offer, answers={}) for award, offer in told] or [
            replace(award, answers={}) for award in choice
        ]
    return found


def offers_of(offers: Offers, choice: Sequence[Award]) -> list[Offer]:
    """What is offered for the awards that are chosen as one; nothing where they cannot be had."""
    first = choice[0]
    if any(award.offer is None for award in choice):
        return []
    try:
        if len(choice) == 1 and first.offer is not None:
            if HAIRCUT not in offers.leveraging.scales and not offers.is_written(first):
                return [replace(first.offer, measures=offers.brings(first.at, first.instrument, first.award))]
            return [offers.offer(first.project, first.option, committed=first.committed)]
        return [offer for _, offer in joined(offers, first.project, [award.option for award in choice]) or ()]
    except NotOffered:
        return []


def with_haircut(config: Config, scales: Mapping[str, Fraction]) -> Config:
    """The config with another share of the revenue counted on."""
    if HAIRCUT not in scales:
        return config
    sources = {}
    for name, source in config.sources.items():
        terms = source.bond
        if terms is not None and terms.revenue_haircut is not None:
            share = min(Fraction(1), Fraction(terms.revenue_haircut) * scales[HAIRCUT])
            terms = terms.model_copy(update={HAIRCUT: to_12_places(share)})
        sources[name] = source.model_copy(update={"bond": terms})
    return config.model_copy(update={"sources": sources})


def with_elasticity(config: Config, setting: str | None) -> Config:
    """The config with other elasticities: all times a factor, or each at an end of its own range."""
    rule = config.leverage.additionality
    if setting is None or rule is None:
        return config
    update: dict[str, Any] = {"elasticity": elasticities(rule.elasticity or {}, setting)}
    if rule.default is not None and is_factor(setting):
        update["default"] = to_12_places(Fraction(rule.default) * Fraction(setting))
    leverage = config.leverage.model_copy(update={"additionality": rule.model_copy(update=update)})
    return config.model_copy(update={"leverage": leverage})


def elasticities(values: Mapping[str, Any], setting: str) -> dict[str, Any]:
    """Nested elasticities under a setting."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        middle = getattr(value, "central", value)
        if isinstance(value, Mapping):
            found[key] = elasticities(value, setting)
        elif is_factor(setting):
            found[key] = to_12_places(Fraction(middle) * Fraction(setting))
        else:
            end = getattr(value, setting, None)
            found[key] = middle if end is None else end
    return found


def to_12_places(value: Fraction) -> Decimal:
    """A number rounded half up to 12 decimals."""
    return Decimal(plain(Fraction(half_up(value * 10**12), 10**12)))

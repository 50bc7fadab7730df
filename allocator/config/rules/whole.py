"""Rules across keys of one config: what the types cannot say, each fault at the key it concerns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from allocator.config.keys.elasticity import Band
from allocator.config.keys.plan import Additionality, Config, Factor, Limit, Realisation
from allocator.config.keys.scalars import plain_number
from allocator.config.rules.check import Checked, Path, below, message
from allocator.config.rules.cluster_rules import check_clusters, check_coefficients
from allocator.config.rules.debt_rules import check_debt
from allocator.config.rules.implied_rules import check_implied, check_shortfall, strange_bonds
from allocator.config.rules.instrument_rules import Fault, check_bonds, check_instruments, check_where, wrong_depth
from allocator.config.rules.money_rules import check_money, check_spending
from allocator.config.rules.package_rules import JOINT, check_gates, check_packages, check_stacking
from allocator.config.rules.report_rules import check_report
from allocator.config.source.odd_values import odd_values
from allocator.config.source.yaml_source import Block, Items, Written
from allocator.messages import Message, did_you_mean, nearest

EARLIEST, LATEST = 1900, 2200
MONEY_MEASURES = ("award", "payment")
OWN_MATTER = ("instrument_unpaid", "instrument_without_sources", "name_twice")
"""Faults that stand whatever else is wrong inside the part they concern."""
OF_TERMS = ("bond_without_terms", "debt_without_bonds")
"""Faults of a plan without bonds."""
RULES = ("requires", "excludes", "one_of", "all_or_none", "same_instrument")


def check_rules(root: Block, checked: Checked) -> tuple[list[Message], list[Message]]:
    """Faults and notices. Parts that already have a fault were left out of ``checked.config``."""
    from allocator.config.rules.risk_rules import check_risk, strange_risk

    config = checked.config
    assert config is not None
    names = {section: written_keys(root, section) for section in ("sources", "instruments")} | {"paid": paid(root)}
    broken = {str(path[0]) for path in checked.faulty if path}
    faults: list[Fault] = [
        *check_money(config),
        *check_names(config),
        *check_factors(config),
        *check_instruments(config),
        *check_bonds(config),
        *check_benchmarks(config),
    ]
    faults += [*check_references(config, names), *check_limits(config), *check_dependencies(config)]
    faults += [*check_packages(config, names["instruments"]), *check_stacking(config, names["instruments"])]
    faults += [
        *check_gates(config),
        *check_debt(config),
        *check_implied(config),
        *check_shortfall(config),
        *check_coefficients(config),
        *check_clusters(config),
        *check_spending(config),
        *check_risk(config),
        *check_report(config),
    ]
    if "years" not in broken:
        faults += [*check_years(config), *check_budgets(config), *check_plan_years(config)]
    if not (config.instruments or config.options or names["instruments"] or "options" in broken):
        faults.append(Fault((), "nothing_to_choose"))
    notices = (
        [] if checked.faults else [*strange(config), *odd_values(config), *strange_bonds(config), *strange_risk(config)]
    )
    told = [replace(fault, path=checked.original(fault.path)) for fault in faults]
    told = [fault for fault in told if fault.code in OWN_MATTER or not follows(fault, checked.faulty)]
    told = [fault for fault in told if not (fault.code in OF_TERMS and terms_faulty(checked.faulty))]
    return [said(root, fault) for fault in (*told, *years_written_twice(root))], [said(root, note) for note in notices]


def check_benchmarks(config: Config) -> Iterator[Fault]:
    """Weights of the factor method sum to 1; a benchmark has what it is made from."""
    method = config.factor_method
    if method is not None and sum(method.factors.values()) != 1:
        total = plain_number(sum(method.factors.values(), Decimal(0)))
        yield Fault(("factor_method", "factors"), "weights_sum", {"got": total})
    if method is not None and method.source is not None and method.source not in config.sources:
        values = {"got": method.source, "hint": did_you_mean(method.source, list(config.sources))}
        yield Fault(("factor_method", "source"), "unknown_source", values)
    for number, name in enumerate(config.benchmarks or ()):
        path: Path = ("benchmarks", number)
        if name in (config.benchmarks or ())[:number]:
            yield Fault(path, "listed_twice", {"got": name})
        if name in ("factor_method", "previous") and getattr(config, name) is None:
            yield Fault(path, "benchmark_needs", {"got": name, "key": name})


def follows(fault: Fault, faulty: Iterable[Path]) -> bool:
    """Whether a fault may only be there because something inside it, or around it, is faulty already."""
    return any(path[: len(fault.path)] == fault.path or fault.path[: len(path)] == path for path in faulty if path)


def terms_faulty(faulty: Iterable[Path]) -> bool:
    """Whether the terms of some source's bonds have a fault, so that it only seems to have none."""
    return any(path[:1] == ("sources",) and path[2:3] == ("bond",) for path in faulty)


def said(root: Block, fault: Fault) -> Message:
    """The fault as a message with its place."""
    return message(root, fault.path, fault.code, fault.values, key=fault.key)


def written_keys(root: Block, section: str) -> list[str]:
    """Keys of a top-level mapping, faulty entries included."""
    node = root.entries.get(section)
    return list(node.entries) if isinstance(node, Block) else []


def paid(root: Block) -> list[str]:
    """Instruments that some source lists, sources with faults and misspelt names included."""
    sources = root.entries.get("sources")
    entries = sources.entries.values() if isinstance(sources, Block) else ()
    lists = [source.entries.get("pays") for source in entries if isinstance(source, Block)]
    items = [item for each in lists for item in (each.items if isinstance(each, Items) else (each,))]
    listed = [item.strip() for item in items if isinstance(item, Written)]
    instruments = written_keys(root, "instruments")
    return [name if name in instruments else nearest(name, instruments) or name for name in listed]


def years_written_twice(root: Block) -> Iterator[Fault]:
    """Years that are the same number although they are written differently: 2021 and ２０２１."""
    for key in written_keys(root, "sources"):
        for name in ("budget", "opening"):
            node = below(below(root.entries["sources"], key), name)
            seen: set[int] = set()
            for year in node.entries if isinstance(node, Block) else ():
                number = int(year) if year.strip().isdecimal() and len(year) < 10 else None
                if number is not None and number in seen:
                    yield Fault(("sources", key, name, year), "year_twice", {"got": number}, key=True)
                seen |= {number} if number is not None else set()


def check_years(config: Config) -> Iterator[Fault]:
    """Plan years: plausible, ascending, each once, none left out."""
    for index, year in enumerate(config.years):
        if not EARLIEST <= year <= LATEST:
            yield Fault(("years", index), "implausible_year", {"got": year, "earliest": EARLIEST, "latest": LATEST})
    for index, (before, year) in enumerate(pairwise(config.years), start=1):
        if year == before or year in config.years[:index]:
            yield Fault(("years", index), "year_twice", {"got": year})
        elif year < before:
            yield Fault(("years", index), "years_descend", {"got": year, "before": before})
        elif year > before + 1 and before >= EARLIEST and year <= LATEST:
            yield Fault(("years", index), "years_skip", {"got": year, "before": before, "next": before + 1})


def check_budgets(config: Config) -> Iterator[Fault]:
    """Budgets name the plan years, openings the years before."""
    for key, source in config.sources.items():
        if isinstance(source.budget, dict):
            path: Path = ("sources", key, "budget")
            missing = [year for year in config.years if year not in source.budget]
            if missing:
                yield Fault(path, "budget_misses_years", {"years": missing}, key=True)
            for year in source.budget:
                if year not in config.years:
                    yield Fault((*path, year), "not_a_plan_year", {"got": year, "years": config.years}, key=True)
        for year in source.opening:
            if year >= config.years[0]:
                values = {"got": year, "first": config.years[0]}
                yield Fault(("sources", key, "opening", year), "opening_in_plan", values, key=True)
            elif year < EARLIEST:
                values = {"got": year, "earliest": EARLIEST, "latest": LATEST}
                yield Fault(("sources", key, "opening", year), "implausible_year", values, key=True)


def check_plan_years(config: Config) -> Iterator[Fault]:
    """Years of limits, targets and locks are plan years."""
    rows: list[tuple[str, int, int | None, bool]] = []
    rows += [("limits", index, limit.year, limit.cumulative) for index, limit in enumerate(config.limits)]
    rows += [("targets", index, target.year, target.cumulative) for index, target in enumerate(config.targets)]
    for section, index, year, cumulative in rows:
        if year is not None and year not in config.years:
            yield Fault((section, index, "year"), "not_a_plan_year", {"got": year, "years": config.years})
        if cumulative and year is None:
            yield Fault((section, index, "cumulative"), "cumulative_needs_year", key=True)
    for project, fixed in config.locks.fix.items():
        if fixed.start_year is not None and fixed.start_year not in config.years:
            values = {"got": fixed.start_year, "years": config.years}
            yield Fault(("locks", "fix", project, "start_year"), "not_a_plan_year", values)


def check_names(config: Config) -> Iterator[Fault]:
    """Names of limits and targets are used once."""
    for section, named in (
        ("limits", [limit.name for limit in config.limits]),
        ("targets", [target.name for target in config.targets]),
    ):
        seen: set[str] = set()
        for index, name in enumerate(named):
            if name in seen:
                yield Fault((section, index, "name"), "name_twice", {"got": name})
            seen.add(name)


def check_factors(config: Config) -> Iterator[Fault]:
    """Leverage factors and the response curve."""
    for name in ("realisation", "additionality", "displacement"):
        factor: Factor | None = getattr(config.leverage, name)
        path: Path = ("leverage", name)
        if factor is None:
            continue
        estimated = isinstance(factor, Realisation) and factor.from_ == "progress"
        given = [key for key in ("values", "elasticity", "file") if getattr(factor, key, None) is not None]
        if len(given) != 1 and not (estimated and not given):
            yield Fault(path, "elasticity_source" if "elasticity" in given else "factor_source", key=True)
        if estimated and config.progress is None:
            yield Fault((*path, "from"), "from_needs_progress")
        if estimated and "instrument" in ([factor.by] if isinstance(factor.by, str) else factor.by):
            yield Fault((*path, "by"), "from_not_by_instrument")
        depth = len(factor.by) if isinstance(factor.by, list) else 1
        if factor.values is not None:
            yield from wrong_depth(factor.values, depth, (*path, "values"), depth)
        if isinstance(factor, Additionality) and factor.elasticity is not None:
            yield from wrong_depth(factor.elasticity, depth, (*path, "elasticity"), depth)
            yield from unordered(factor.elasticity, (*path, "elasticity"))
    yield from check_response(config.leverage.response, ("leverage", "response"))
    for key, instrument in config.instruments.items():
        yield from check_response(instrument.response, ("instruments", key, "response"))


def check_response(corners: Sequence[tuple[Decimal, Decimal]], path: Path) -> Iterator[Fault]:
    """A curve of response goes from nothing for nothing to all for all."""
    if corners and (max(corners[0]) != 0 or set(corners[-1]) != {Decimal(1)}):
        yield Fault(path, "response_ends")
    for index, (before, point) in enumerate(pairwise(corners), start=1):
        if point[0] <= before[0]:
            yield Fault((*path, index), "response_order")


def unordered(values: Mapping[str, object], path: Path) -> Iterator[Fault]:
    """Ranges of elasticities whose bounds do not ascend."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from unordered(value, (*path, key))
        elif isinstance(value, Band):
            bounds = [bound for bound in (value.low, value.central, value.high) if bound is not None]
            if bounds != sorted(bounds):
                yield Fault((*path, key), "elasticity_descends")


def check_references(config: Config, names: Mapping[str, list[str]]) -> Iterator[Fault]:
    """Sources and instruments that are named must exist; what is named as a fixed instrument may come from options."""
    instruments, sources = names["instruments"], names["sources"]
    for key, source in config.sources.items():
        for index, name in enumerate(source.pays):
            if name not in instruments and (instruments or not config.options):
                values = {"got": name, "hint": did_you_mean(name, instruments)}
                yield Fault(("sources", key, "pays", index), "unknown_instrument", values)
            elif name in source.pays[:index]:
                yield Fault(("sources", key, "pays", index), "listed_twice", {"got": name})
    for key in config.instruments:
        if not sources:
            yield Fault(("instruments", key), "instrument_without_sources", key=True)
        elif key not in names["paid"]:
            yield Fault(("instruments", key), "instrument_unpaid", {"sources": sources}, key=True)
    for path, measure, named in named_sources(config):
        for part, name in named:
            if name not in sources:
                yield Fault((*path, *part), "unknown_source", {"got": name, "hint": did_you_mean(name, sources)})
        if named and measure not in MONEY_MEASURES:
            yield Fault(path, "source_needs_money", {"measure": measure}, key=True)
    if not config.options:
        for project, fixed in config.locks.fix.items():
            if fixed.instrument is not None and fixed.instrument not in {
                *instruments,
                *map(JOINT.join, config.packages),
            }:
                values = {"got": fixed.instrument, "hint": did_you_mean(fixed.instrument, instruments)}
                yield Fault(("locks", "fix", project, "instrument"), "unknown_instrument", values)


def named_sources(config: Config) -> Iterator[tuple[Path, str, list[tuple[Path, str]]]]:
    """Where sources are named: path, measure, and (rest of the path, name) of each."""
    for index, term in enumerate(config.goals.terms):
        if term.source is not None:
            yield ("goals", "terms", index, "source"), term.measure, [((), term.source)]
    for index, limit in enumerate(config.limits):
        given = {"source": (limit.source, limit.measure), "per_source": (limit.per_source, limit.per or "award")}
        for key, (sources, measure) in given.items():
            if isinstance(sources, list):
                yield ("limits", index, key), measure, [((number,), name) for number, name in enumerate(sources)]
            elif sources is not None:
                yield ("limits", index, key), measure, [((), sources)]


def check_limits(config: Config) -> Iterator[Fault]:
    """Limits, targets and goal terms: what belongs together."""
    for index, limit in enumerate(config.limits):
        path: Path = ("limits", index)
        bounds = (limit.min, limit.max, limit.min_share, limit.max_share, limit.min_from, limit.max_from)
        if all(bound is None for bound in bounds):
            yield Fault(path, "limit_without_bound", {"name": limit.name}, key=True)
        for end in ("min", "max"):
            if getattr(limit, f"{end}_from") is None and getattr(limit, f"{end}_times") != 1:
                yield Fault((*path, f"{end}_times"), "goes_with", {"other": f"{end}_from"}, key=True)
        yield from check_where(limit.where, (*path, "where"))
        yield from check_shares(limit, path)
        each = limit.each if isinstance(limit.each, list) else []
        for number, attribute in enumerate(each):
            if attribute in each[:number]:
                yield Fault((*path, "each", number), "listed_twice", {"got": attribute})
    for index, target in enumerate(config.targets):
        if target.min is None and target.growth is None:
            yield Fault(("targets", index), "target_without_volume", {"name": target.name}, key=True)
        if target.base is not None and target.growth is None:
            yield Fault(("targets", index, "base"), "base_without_growth", key=True)
        yield from check_where(target.where, ("targets", index, "where"))
    for index, term in enumerate(config.goals.terms):
        yield from check_where(term.where, ("goals", "terms", index, "where"))
        if term.tolerance is not None and config.goals.mode != "lexicographic":
            yield Fault(("goals", "terms", index, "tolerance"), "tolerance_needs_order", key=True)

    if config.minimise is not None and config.goals.mode == "lexicographic":
        yield Fault(("goals", "mode"), "order_of_a_minimum", {"got": config.minimise})


def check_shares(limit: Limit, path: Path) -> Iterator[Fault]:
    """`of` goes with shares."""
    if limit.of is None:
        return
    if limit.min_share is None and limit.max_share is None:
        yield Fault((*path, "of"), "of_without_share", key=True)
    if limit.of == "budget" and limit.measure not in MONEY_MEASURES:
        yield Fault((*path, "of"), "budget_needs_money", {"measure": limit.measure})


def check_dependencies(config: Config) -> Iterator[Fault]:
    """One rule per dependency, each project once."""
    for index, dependency in enumerate(config.dependencies):
        path: Path = ("dependencies", index)
        given = [rule for rule in RULES if getattr(dependency, rule) is not None]
        if len(given) != 1:
            yield Fault(path, "one_rule", {"rules": RULES, "got": len(given)})
        if dependency.lag and dependency.requires is None:
            yield Fault((*path, "lag"), "lag_needs_requires", key=True)
        for rule in given:
            yield from twice(getattr(dependency, rule), (*path, rule))
    yield from twice(config.locks.must_fund, ("locks", "must_fund"))
    yield from twice(config.locks.must_not, ("locks", "must_not"))


def twice(projects: Iterable[str], path: Path) -> Iterator[Fault]:
    """Projects listed twice."""
    seen: set[str] = set()
    for index, project in enumerate(projects):
        if project in seen:
            yield Fault((*path, index), "listed_twice", {"got": project})
        seen.add(project)


def strange(config: Config) -> Iterator[Fault]:
    """What is valid but most likely not meant."""
    for key, instrument in config.instruments.items():
        most = config.years[-1] - config.years[0]
        if instrument.start.delay > most:
            values = {"got": instrument.start.delay, "most": most}
            yield Fault(("instruments", key, "start", "delay"), "delay_beyond_plan", values)
        if instrument.fair_competition == "none":
            yield Fault(("instruments", key, "fair_competition"), "unreviewed")
    for key, source in config.sources.items():
        if not source.pays and not config.options:
            yield Fault(("sources", key), "source_unused", key=True)
        budget = source.budget.values() if isinstance(source.budget, dict) else [source.budget]
        if not any(budget):
            yield Fault(("sources", key, "budget"), "source_empty")
        keep = source.carryover.years if source.carryover else 0
        for year, amount in source.opening.items():
            if amount and year + keep < config.years[0]:
                yield Fault(("sources", key, "opening", year), "opening_lapsed", {"got": year, "last": year + keep})
    floors = [limit for limit in config.limits if limit.min or limit.min_share or limit.min_from]
    if config.minimise is not None and not floors and not config.targets:
        yield Fault(("minimise",), "minimum_of_nothing")
    for index, limit in enumerate(config.limits):
        if limit.soft == 0:
            yield Fault(("limits", index, "soft"), "soft_for_nothing", {"name": limit.name})

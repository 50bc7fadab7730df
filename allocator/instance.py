"""A case as the numbers of `models.symbols`.

Positions: projects as in the project table, options as in the option table less those that cannot be chosen,
years from the first plan year to the last payment. Money is scaled by a power of ten near the median payment,
the goal by one near the median value, each measured group by one near its median amount, so coefficients stay
between about 1e-3 and 1e4 whatever unit the planner uses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from allocator.case import Case
from allocator.goals import Term
from allocator.groups import Group
from allocator.limits import Bound
from allocator.measures import Floats, Ints
from models.values import Family, Sparse, Values

SIDES = ("FLOORS", "CAPS", "PRICED_FLOORS", "PRICED_CAPS")
_NONE = np.zeros(0, np.int64)


@dataclass(frozen=True, eq=False)
class Instance:
    """The numbers of the model, and how to read its answers.

    ``rows``: option-table row of every model option; ``lines``: payment-table rows the model knows, with the
    class of each in ``line_class``; ``stages``: per goal term (one when weighted) the values of options and draws.
    """

    values: Values
    rows: Ints
    lines: Ints
    line_class: Ints
    class_payers: tuple[tuple[str, ...], ...]
    years: tuple[int, ...]
    money_scale: float
    goal_scale: float
    sides: dict[str, tuple[int, ...]]
    stages: tuple[tuple[Floats, Floats], ...]


@dataclass(frozen=True, eq=False)
class _Lines:
    """Payments of the model's options: option position, year position, class and amount (fen) of each."""

    row: Ints
    option: Ints
    year: Ints
    klass: Ints
    amount: Floats
    class_payers: tuple[tuple[str, ...], ...]


def build(case: Case) -> Instance:
    """The model's numbers for a case."""
    config = case.loaded.config
    rows = np.flatnonzero(case.usable)
    position = np.full(len(case.usable), -1)
    position[rows] = np.arange(len(rows))
    years = _years(case)
    goal_groups = [t.group for t in case.terms]
    groups = [*case.rules.groups, *goal_groups]
    lines = _classify(case, position, years, groups)
    money_scale = power_of_ten(lines.amount)
    stages, goal_scale = _stages(case, rows, lines, years, position)
    sides = {side: _side(case.rules.bounds, side) for side in SIDES}
    drawn = [_drawn(g, lines, tuple(config.sources)) for g in case.rules.groups]
    scales = np.array([power_of_ten(np.append(g.amounts, lines.amount if len(d[0]) else 0)) for g, d in zip(
        case.rules.groups, drawn, strict=True)])
    sizes = {
        "PROJECTS": len(case.inputs.projects),
        "OPTIONS": len(rows),
        "YEARS": len(years),
        "SOURCES": len(config.sources),
        "CLASSES": len(lines.class_payers),
        "GROUPS": len(case.rules.groups),
        "INSTRUMENTS": len(case.options.table["instrument"].cat.categories),
        "EARLIER_GOALS": len(stages) - 1,
        **{side: len(bounds) for side, bounds in sides.items()},
    }
    members, families, extra = _projects(case, rows, years)
    sizes |= extra
    labels = {
        "PROJECTS": case.inputs.projects["project_id"].tolist(),
        "YEARS": years,
        "SOURCES": list(config.sources),
        "CLASSES": ["+".join(p) for p in lines.class_payers],
    }
    parameters: dict[str, Any] = {"value": stages[0][0] / goal_scale, "draw_value": stages[0][1] * money_scale / goal_scale}
    for part_families, part_parameters in (
        _funding(case, lines, years, money_scale),
        _groups(case.rules.groups, drawn, position, scales, money_scale, len(rows)),
        _bounds(case, sides, scales, goal_scale),
        _earlier(stages, sizes, goal_scale, money_scale),
    ):
        families |= part_families
        parameters |= part_parameters
    members["VALUED_DRAWS"] = np.nonzero(sum(np.abs(draws) for _, draws in stages))
    values = Values(sizes, members, families, parameters, labels)
    return Instance(
        values, rows, lines.row, lines.klass, lines.class_payers, years, money_scale, goal_scale, sides, stages
    )


def power_of_ten(amounts: Floats) -> float:
    """The power of ten at or below the median size of what is not zero; 1 when nothing is."""
    size = np.abs(amounts[amounts != 0])
    return float(10.0 ** np.floor(np.log10(np.median(size)))) if len(size) else 1.0


def _years(case: Case) -> tuple[int, ...]:
    plan = case.loaded.config.years
    paid = case.options.payments["year"]
    last = max(plan[-1], int(paid.max()) if len(paid) else plan[-1])
    return (*plan, *range(plan[-1] + 1, last + 1))


def _classify(case: Case, position: Ints, years: Sequence[int], groups: Sequence[Group]) -> _Lines:
    """Payments that the same sources may pay and the same drawn groups touch share a class."""
    payments = case.options.payments
    option = position[payments["option"].to_numpy(np.int64)]
    row = np.flatnonzero(option >= 0)
    payers = payments["payers"].to_numpy(np.int64)[row]
    signature = payers
    for group in groups:
        if len(group.lines):
            touched = np.zeros(len(payments), np.int64)
            touched[group.lines] = 1
            _, signature = np.unique(signature * 2 + touched[row], return_inverse=True)
    _, first, klass = np.unique(signature, return_index=True, return_inverse=True)
    year = np.searchsorted(np.array(years), payments["year"].to_numpy(np.int64)[row])
    amount = payments["amount"].to_numpy(float)[row]
    class_payers = tuple(case.options.payers[payers[f]] for f in first)
    return _Lines(row, option[row], year, klass, amount, class_payers)


def _drawn(group: Group, lines: _Lines, sources: tuple[str, ...]) -> tuple[Ints, Ints, Ints]:
    """The draws (source, class, year) that count in a group: what its sources pay of shared payments."""
    if not len(group.lines):
        return _NONE, _NONE, _NONE
    inside = np.isin(lines.row, group.lines)
    pairs = np.unique(np.stack([lines.klass[inside], lines.year[inside]]), axis=1)
    found = [
        (sources.index(s), k, t)
        for k, t in pairs.T.tolist()
        for s in lines.class_payers[k]
        if s in group.sources
    ]
    columns = np.array(sorted(found), np.int64).reshape(-1, 3).T
    return columns[0], columns[1], columns[2]


def _stages(
    case: Case, rows: Ints, lines: _Lines, years: Sequence[int], position: Ints
) -> tuple[tuple[tuple[Floats, Floats], ...], float]:
    """Values of options and draws in fen of goal (per fen drawn), and the goal's scale."""
    sources = tuple(case.loaded.config.sources)
    shape = (len(sources), len(lines.class_payers), len(years))

    def worth(term: Term) -> tuple[Floats, Floats]:
        value, draws = np.zeros(len(position)), np.zeros(shape)
        value[term.group.rows] = term.group.amounts * float(term.weight)
        draws[_drawn(term.group, lines, sources)] = float(term.weight)
        return value[rows], draws

    terms = [worth(t) for t in case.terms]
    if case.loaded.config.goals.mode == "weighted":
        terms = [(sum(v for v, _ in terms), sum(d for _, d in terms))]
    scale = power_of_ten(np.concatenate([v for v, _ in terms] or [np.zeros(0)]))
    return tuple(terms), scale if scale != 1.0 else power_of_ten(lines.amount)


def _side(bounds: Sequence[Bound], side: str) -> tuple[int, ...]:
    priced = side.startswith("PRICED")
    lower = side.endswith("FLOORS")
    return tuple(
        i
        for i, b in enumerate(bounds)
        if (b.lower if lower else b.upper) is not None and (b.price is not None) == priced
    )


def _projects(case: Case, rows: Ints, years: Sequence[int]) -> tuple[dict[str, Any], dict[str, Family], dict[str, int]]:
    """Sets of projects and of the rules between them."""
    m, links, count = case.measures, case.links, len(case.inputs.projects)
    project, start = m.project[rows], m.start_year[rows]
    committed, once = m.committed[rows], m.once[rows]
    instrument = case.options.table["instrument"].cat.codes.to_numpy(np.int64)[rows]
    option = np.arange(len(rows))
    first = np.flatnonzero(once)
    of = Family.grouped(project[first], [option[first]], count)
    has = of.start[1:] > of.start[:-1]
    promised = set(project[committed].tolist())
    bounds = np.searchsorted(project, [np.arange(count), np.arange(count) + 1])

    def options(p: int) -> Ints:
        return option[bounds[0][p] : bounds[1][p]]

    pairs = sorted(
        {(r.projects[0], q, r.lag) for r in links.requires for q in r.projects[1:]},
    )
    pairs = [(p, q, lag) for p, q, lag in pairs if p not in promised and q not in promised and has[p]]
    plan = case.loaded.config.years
    lagged = [
        (p, q, plan.index(t), plan.index(t - lag))
        for p, q, lag in pairs
        if lag
        for t in plan
        if (start[options(p)] <= t).any()
    ]
    started = {(p, t) for p, _, t, _ in lagged} | {(q, u) for _, q, _, u in lagged}
    together = [(a, b) for r in links.all_or_none for a, b in zip(r.projects, r.projects[1:], strict=False)]
    together = [(a, b) for a, b in together if has[a] or has[b]]
    same = [
        (a, b, int(i))
        for r in links.same_instrument
        for a in r.projects
        for b in r.projects
        if a != b
        for i in np.unique(instrument[options(a)])
        if (instrument[options(b)] != i).any()
    ]
    rivals = [list(r.projects) for r in links.excludes if sum(has[p] for p in r.projects) > 1]
    alternatives = [list(r.projects) for r in links.one_of]
    year_rows = {key: options(key[0])[start[options(key[0])] <= years[key[1]]] for key in sorted(started)}
    kinds = case.options.table["instrument"].cat.categories
    with_ = {(p, i): options(p)[instrument[options(p)] == i] for p, _, i in sorted(same)}
    without = {(q, i): options(q)[instrument[options(q)] != i] for _, q, i in sorted(same)}
    columns = _columns
    n = len(plan)
    members: dict[str, Any] = {
        "FIRST_YEAR": (np.array([0]),),
        "PLAN_YEARS": (np.arange(n),),
        "LATER_YEARS": (np.arange(1, n),),
        "TAIL_YEARS": (np.arange(n, len(years)),),
        "CANDIDATES": (np.flatnonzero(has),),
        "MUST_FUND": (np.array(sorted(p for p in links.must_fund if has[p]), np.int64),),
        "COMMITTED": (np.flatnonzero(committed),),
        "REQUIRES": columns([(p, q) for p, q, lag in pairs if not lag], 2),
        "REQUIRES_EARLIER": columns(lagged, 4),
        "TOGETHER": columns(together, 2),
        "SAME_INSTRUMENT": columns(same, 3),
    }
    families = {
        "OPTIONS_OF": of,
        "STARTED_BY": _keyed(year_rows, len(years)),
        "WITH": _keyed(with_, len(kinds)),
        "WITHOUT": _keyed(without, len(kinds)),
        "RIVALS": _listed(rivals, of),
        "ALTERNATIVES": _listed(alternatives, of),
    }
    return members, families, {"EXCLUSIVE": len(rivals), "ONE_OF": len(alternatives)}


def _columns(tuples: Sequence[tuple[int, ...]], width: int) -> tuple[Ints, ...]:
    return tuple(np.array(tuples, np.int64).reshape(-1, width).T)


def _keyed(rows: dict[tuple[int, int], Ints], size: int) -> Family:
    """A family over pairs of positions, the second below ``size``."""
    owner = np.concatenate([_NONE, *(np.full(len(r), a * size + b) for (a, b), r in rows.items())])
    return Family.sparse(owner, [np.concatenate([_NONE, *rows.values()])])


def _listed(lists: Sequence[Sequence[int]], of: Family) -> Family:
    """The options of the projects of every list."""
    owner, items = [_NONE], [_NONE]
    for number, projects in enumerate(lists):
        for p in projects:
            options = of.items[0][of.start[p] : of.start[p + 1]]
            owner.append(np.full(len(options), number))
            items.append(options)
    return Family.grouped(np.concatenate(owner), [np.concatenate(items)], len(lists))


def _funding(case: Case, lines: _Lines, years: Sequence[int], scale: float) -> tuple[dict[str, Family], dict[str, Any]]:
    """Payments, payers and budgets."""
    config, fen = case.loaded.config, case.money.fen_per_unit
    sources = list(config.sources)
    count, options = len(lines.class_payers), int(case.usable.sum())
    owner = lines.klass * len(years) + lines.year
    order = np.lexsort((lines.option, owner))
    key = owner[order] * options + lines.option[order]
    pays = [(k, sources.index(s)) for k, payers in enumerate(lines.class_payers) for s in payers]
    klass, source = _columns(pays, 2)
    families = {
        "PAID": Family.sparse(owner[order], [lines.option[order]]),
        "PAYERS_OF": Family.grouped(klass, [source], count),
        "CLASSES_OF": Family.grouped(source, [klass], len(sources)),
    }
    budget, age, tail = (np.zeros((len(sources), len(years))) for _ in range(3))
    opening, share = np.zeros(len(sources)), np.zeros(len(sources))
    for s, name in enumerate(sources):
        rule = config.sources[name].carryover
        pots = dict(config.sources[name].opening) | {y: config.budget(name, y) for y in config.years}
        keep = rule.years if rule else 0
        share[s] = float(rule.max_share) if rule else 0.0
        opening[s] = float(sum((a for y, a in config.sources[name].opening.items() if y + keep >= years[0]), Decimal(0)))
        for t, year in enumerate(years):
            if t >= len(config.years):
                tail[s, t] = float(config.sources[name].tail.max_share * config.budget(name, config.years[-1]))
                continue
            budget[s, t] = float(config.budget(name, year))
            last = t == len(config.years) - 1
            young = sum((a for y, a in pots.items() if year + 1 - keep <= y <= year), Decimal(0))
            age[s, t] = 0.0 if last else float(young)
    unit = fen / scale
    parameters = {
        "payment": Sparse(key, lines.amount[order] / scale),
        "budget": budget * unit,
        "opening": opening * unit,
        "carry_share": share,
        "carry_age": age * unit,
        "tail_cap": tail * unit,
    }
    return families, parameters


def _groups(
    groups: Sequence[Group],
    drawn: Sequence[tuple[Ints, Ints, Ints]],
    position: Ints,
    scales: Floats,
    money_scale: float,
    options: int,
) -> tuple[dict[str, Family], dict[str, Any]]:
    """Measured groups: their options with amounts, and their draws."""
    owner, item, amount, d_owner, d_items = [_NONE], [_NONE], [np.zeros(0)], [_NONE], [[_NONE], [_NONE], [_NONE]]
    for g, (group, draws) in enumerate(zip(groups, drawn, strict=True)):
        at = position[group.rows]
        keep = at >= 0
        owner.append(np.full(int(keep.sum()), g))
        item.append(at[keep])
        amount.append(group.amounts[keep] / scales[g])
        d_owner.append(np.full(len(draws[0]), g))
        for column, values in zip(d_items, draws, strict=True):
            column.append(values)
    own, items = np.concatenate(owner), np.concatenate(item)
    families = {
        "OPTIONS_IN": Family.grouped(own, [items], len(groups)),
        "DRAWS_IN": Family.grouped(np.concatenate(d_owner), [np.concatenate(c) for c in d_items], len(groups)),
    }
    parameters = {
        "amount": Sparse.at(own * options + items, np.concatenate(amount)),
        "per_money": money_scale / scales if len(scales) else np.zeros(0),
    }
    return families, parameters


def _bounds(
    case: Case, sides: dict[str, tuple[int, ...]], scales: Floats, goal_scale: float
) -> tuple[dict[str, Family], dict[str, Any]]:
    """Lower and upper bounds, hard and priced, each a weighted sum of groups against a number."""
    families: dict[str, Family] = {}
    parameters: dict[str, Any] = {}
    names = {
        "FLOORS": ("GROUPS_OF_FLOOR", "floor_factor", "lower", None),
        "CAPS": ("GROUPS_OF_CAP", "cap_factor", "upper", None),
        "PRICED_FLOORS": ("GROUPS_OF_PRICED_FLOOR", "priced_floor_factor", "priced_lower", "shortfall_price"),
        "PRICED_CAPS": ("GROUPS_OF_PRICED_CAP", "priced_cap_factor", "priced_upper", "excess_price"),
    }
    for side, (family, factor, bound_name, price_name) in names.items():
        terms: dict[tuple[int, int], float] = {}
        ends, prices = np.zeros(len(sides[side])), np.zeros(len(sides[side]))
        for row, number in enumerate(sides[side]):
            bound = case.rules.bounds[number]
            end = float((bound.lower if side.endswith("FLOORS") else bound.upper) or 0)
            scale = scales[bound.group]
            terms[row, bound.group] = 1.0
            if bound.of is not None:
                terms[row, bound.of] = terms.get((row, bound.of), 0.0) - end * scales[bound.of] / scale
            elif bound.of_amount is not None:
                ends[row] = end * float(bound.of_amount) / scale
            else:
                ends[row] = end / scale
            if bound.price is not None:
                money = case.rules.groups[bound.group].money
                prices[row] = float(bound.price) * (1 if money else case.money.fen_per_unit) * scale / goal_scale
        ordered = sorted(terms)
        row, group = _columns(ordered, 2)
        families[family] = Family.grouped(row, [group], len(sides[side]))
        count = len(case.rules.groups)
        parameters[factor] = Sparse.at(row * count + group, np.array([terms[t] for t in ordered]))
        parameters[bound_name] = ends
        if price_name:
            parameters[price_name] = prices
    return families, parameters


def _earlier(
    stages: Sequence[tuple[Floats, Floats]], sizes: dict[str, int], goal_scale: float, money_scale: float
) -> tuple[dict[str, Family], dict[str, Any]]:
    """Goals that later stages must keep; their floors are set when they have been found."""
    owner, item, value = [_NONE], [_NONE], [np.zeros(0)]
    d_owner, d_items, d_keys, d_value = [_NONE], [[_NONE], [_NONE], [_NONE]], [_NONE], [np.zeros(0)]
    for j, (values, draws) in enumerate(stages[:-1]):
        at = np.flatnonzero(values)
        owner.append(np.full(len(at), j))
        item.append(at)
        value.append(values[at] / goal_scale)
        where = np.nonzero(draws)
        d_owner.append(np.full(len(where[0]), j))
        for column, positions in zip(d_items, where, strict=True):
            column.append(positions)
        d_keys.append(j * draws.size + np.ravel_multi_index(where, draws.shape) if draws.size else _NONE)
        d_value.append(draws[where] * money_scale / goal_scale)
    own, items = np.concatenate(owner), np.concatenate(item)
    families = {
        "VALUED_BY": Family.grouped(own, [items], len(stages) - 1),
        "DRAWS_VALUED_BY": Family.grouped(
            np.concatenate(d_owner), [np.concatenate(c) for c in d_items], len(stages) - 1
        ),
    }
    parameters = {
        "earlier_value": Sparse.at(own * sizes["OPTIONS"] + items, np.concatenate(value)),
        "earlier_draw_value": Sparse.at(np.concatenate(d_keys), np.concatenate(d_value)),
        "goal_floor": np.full(len(stages) - 1, -np.inf),
    }
    return families, parameters

"""An exact plan as the tables of a solution: awards, payments, candidates, limits, totals, goals."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from allocator.messages import Message
from allocator.money.arrays import Ints
from allocator.optimise.exact import ExactPlan, objective, price_in_fen, worth
from allocator.optimise.instance import Instance
from allocator.plan import totals
from allocator.plan.reasons import in_units, options_table, projects_table
from allocator.problem.case import Case
from allocator.problem.clusters import terms_of
from allocator.problem.limits import SHARE, Bound, nearer
from allocator.problem.measures import FIGURES

if TYPE_CHECKING:
    from allocator.optimise.search.strategy import Answer


def tables(case: Case, instance: Instance, plan: ExactPlan) -> dict[str, pd.DataFrame]:
    """The tables of a solution by name, amounts in the config's unit."""
    payments = payments_table(case, instance, plan)
    awards = awards_table(case, plan, payments)
    return {
        "awards": in_units(case, awards, [*FIGURES, *case.loaded.config.sources]),
        "payments": in_units(case, payments.drop(columns="row"), ["amount"]),
        "projects": in_units(case, projects_table(case, plan.options), FIGURES),
        "limits": limits_table(case, plan),
        **totals.tables(case, awards, payments),
        "goals": goals_table(case, plan),
        "penalties": penalties_table(case, plan),
    }


def payments_table(case: Case, instance: Instance, plan: ExactPlan) -> pd.DataFrame:
    """Who pays what: row of the part, project_id, option, source, year, amount in fen; every draw met exactly."""
    frame = _paid(case, instance, plan).groupby(["row", "s", "year"], as_index=False)["amount"].sum()
    table = case.measures.by_part.options.table
    ids = case.inputs.projects["project_id"].to_numpy(object)
    sources = np.array([*case.loaded.config.sources, ""], object)
    return pd.DataFrame(
        {
            "row": frame["row"],
            "project_id": ids[table["project"].to_numpy()[frame["row"]]],
            "option": np.asarray(table["option"], object)[frame["row"]],
            "source": sources[frame["s"].to_numpy(np.int64)],
            "year": frame["year"],
            "amount": frame["amount"].astype(float),
        }
    )


def _paid(case: Case, instance: Instance, plan: ExactPlan) -> pd.DataFrame:
    """Row of the part, source, year and amount of every payment.

    Within a class all awards may be paid by the same sources, so filling them in order of project is exact.
    """
    lines = case.options.payments
    chosen = np.zeros(len(case.usable), bool)
    chosen[plan.options] = True
    known = chosen[lines["option"].to_numpy(np.int64)[instance.lines]]
    row, klass = instance.lines[known], instance.line_class[known]
    option, year = (lines[name].to_numpy(np.int64)[row] for name in ("option", "year"))
    if case.options.parts is not None:
        option = case.options.parts.line[row]
    amount = lines["amount"].to_numpy(float)[row].astype(np.int64)
    order = np.lexsort((option, year, klass))
    option, year, klass, amount = option[order], year[order], klass[order], amount[order]
    sources = list(case.loaded.config.sources)
    parts: list[tuple[Ints, ...]] = [tuple(np.zeros(0, np.int64) for _ in range(4))]
    for first, last in _runs(klass, year):
        k, t = int(klass[first]), instance.years.index(int(year[first]))
        taken, filled = np.cumsum(amount[first:last]), 0
        for s in (sources.index(name) for name in instance.class_payers[k]):
            share = np.diff(np.clip(taken, filled, filled + int(plan.draws[s, k, t])), prepend=filled)
            filled += int(plan.draws[s, k, t])
            at = np.flatnonzero(share)
            parts.append((option[first:last][at], np.full(len(at), s), year[first:last][at], share[at]))
    columns = [np.concatenate([p[i] for p in parts]) for i in range(4)]
    return pd.DataFrame(dict(zip(("row", "s", "year", "amount"), columns, strict=True)))


def _runs(*keys: Ints) -> list[tuple[int, int]]:
    """Where runs of equal keys begin and end."""
    size = len(keys[0])
    if not size:
        return []
    new = np.zeros(size - 1, bool)
    for key in keys:
        new |= key[1:] != key[:-1]
    starts = [0, *(np.flatnonzero(new) + 1).tolist()]
    return list(zip(starts, [*starts[1:], size], strict=True))


def awards_table(case: Case, plan: ExactPlan, payments: pd.DataFrame) -> pd.DataFrame:
    """The awards of a plan, a row for every part, with what each source pays; amounts in fen."""
    parts, measures = case.options.parts, case.measures.by_part
    rows = plan.options if parts is None else parts.of(plan.options)
    frame = options_table(case, rows, measures)
    frame["committed"] = measures.committed[rows].astype(int)
    sources = list(case.loaded.config.sources)
    paid = payments.pivot_table(index="row", columns="source", values="amount", aggfunc="sum", fill_value=0.0)
    paid = paid.reindex(index=rows, columns=sources, fill_value=0.0)
    for name in sources:
        frame[name] = paid[name].to_numpy(float)
    return frame


def limits_table(case: Case, plan: ExactPlan) -> pd.DataFrame:
    """Every bound with value, ends, slack and whether it binds, in its own unit: it does at its end, or beyond a soft one."""
    rows = [_limit_row(case, plan, bound) for bound in case.rules.bounds]
    columns = ["limit", "group", "measure", "unit", "value", "lower", "upper", "slack", "binding", "violation"]
    return pd.DataFrame(rows, columns=columns)


def _limit_row(case: Case, plan: ExactPlan, bound: Bound) -> list[object]:
    group = case.rules.groups[bound.group]
    unit = case.money.fen_per_unit if group.money else 1
    total = plan.totals[bound.group]
    value: Fraction | None = total
    lower, upper = bound.ends(plan.totals)
    room = bound.slack(plan.totals)
    missed = None if bound.price is None else max(Fraction(0), -(room or Fraction(0))) / unit
    if bound.unit == SHARE or bound.per:
        base = bound.base(plan.totals)
        lower, upper = (None if e is None else Fraction(e / bound.per_unit) for e in (bound.lower, bound.upper))
        value = total / base / Fraction(bound.per_unit) if base else None
        room = None if value is None else nearer(value, lower, upper)
        unit = 1
    binding = room is not None and room <= 0
    slack = None if room is None else max(room, Fraction(0))
    scaled = [None if v is None else float(v / unit) for v in (value, lower, upper, slack)]
    named = bound.unit if bound.unit == SHARE or bound.per else case.money.name if group.money else bound.measure
    head: list[object] = [bound.name, bound.label, bound.measure, named]
    return [*head, *scaled, int(binding), None if missed is None else float(missed)]


def goals_table(case: Case, plan: ExactPlan) -> pd.DataFrame:
    """Every term of the goal: what it measures, its unit of money (blank for points), and what it adds."""
    unit = case.money.fen_per_unit
    rows = []
    told = [(term, value) for term, value in zip(case.terms, plan.terms, strict=True) if term.told]
    for number, ((term, value), written) in enumerate(zip(told, terms_of(case.loaded.config), strict=True), 1):
        shown = value / unit if term.group.money else value
        named = case.money.name if term.group.money else ""
        rows.append([number, term.measure, written.weight, named, decimal(shown), decimal(worth(term, value) / unit)])
    return pd.DataFrame(rows, columns=["term", "measure", "weight", "unit", "value", "contribution"], dtype=object)


def penalties_table(case: Case, plan: ExactPlan) -> pd.DataFrame:
    """Every soft limit and group: by how much it is missed and what that costs, amounts in the config's unit."""
    unit = case.money.fen_per_unit
    rows = []
    for number, bound in enumerate(case.rules.bounds):
        if bound.price is None:
            continue
        miss = plan.violations.get(number, Fraction(0))
        money = case.rules.groups[bound.group].money
        loss = price_in_fen(case, number) * miss / unit
        rows.append([bound.name, bound.label, decimal(miss / (unit if money else 1)), bound.price, decimal(loss)])
    return pd.DataFrame(rows, columns=["limit", "group", "violation", "price", "loss"], dtype=object)


def volume(case: Case, awards: pd.DataFrame) -> list[Message]:
    """That the projects supported invest a greater share of what the region is expected to than the config finds plausible."""
    rule = case.loaded.config.report
    if rule.region_investment is None:
        return []
    share = Decimal(str(awards["supported_investment"].sum())) / rule.region_investment
    if share <= rule.region_share:
        return []
    told = {
        "share": f"{share:.1%}", "most": f"{rule.region_share:.0%}",
        "region": f"{rule.region_investment:,f}", "unit": case.money.name,
    }  # fmt: skip
    path = "report.region_investment"
    return [Message("solve.volume_beyond_region", told, case.loaded.place(path), path)]


def priced(case: Case, answer: Answer) -> dict[str, list[list[str]]]:
    """The rules, by limit and group, and the money, by source and year, that have a price; empty where none are known."""
    if answer.prices is None:
        return {}
    bounds, config = case.rules.bounds, case.loaded.config
    sources = list(config.sources)
    return {
        "rules": [[bounds[number].name, bounds[number].label] for number in answer.prices.rules],
        "money": [[sources[s], str(config.years[t])] for s, t in answer.prices.money],
    }


def decimal(value: Fraction, places: int = 30) -> Decimal:
    """A fraction as a decimal: exact when it has one, else to so many places."""
    scaled = value * 10**places
    whole = scaled.numerator // scaled.denominator
    number = Decimal(whole).scaleb(-places)
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()


def goal_in_units(case: Case, plan: ExactPlan) -> Decimal:
    """The objective in the config's unit, exactly."""
    return decimal(objective(case, plan) / case.money.fen_per_unit)

"""The groups of numbers that a plan rests on, and a plan's config and tables with a group changed.

A factor changes a group wherever it is written: values of the config, tables of factors, own cells of projects, shares seen
in the progress. Shares and probabilities stay within 1. What is changed is rounded half up to 12 decimals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

import numpy as np
import pandas as pd

from allocator.config.keys.elasticity import Band
from allocator.config.keys.instruments import Bond, Instrument
from allocator.config.keys.plan import Additionality, Config, Factor
from allocator.config.loaded import Loaded
from allocator.messages import Message
from allocator.money.rounding import as_written
from allocator.options.leverage import FACTORS
from allocator.tables.opened import Inputs
from allocator.tables.realised_shares import TABLE as REALISED

LOW: Final = Decimal("0.8")
HIGH: Final = Decimal("1.2")
"""At which every group is looked at."""
SHAPES: Final = {"response": "linear", "bonds": "whole"}
"""Group → another shape that it is looked at; what is no number has only that."""
MOST: Final = 50_000
"""Options up to which every run has the short form: it takes about a second for each 5,000."""
FINE: Final = Decimal("1e-12")
HALF: Final = Decimal("0.5")
SCORE: Final = "structure_score"
ENDS: Final = ("low", "high")
"""Of elasticities: the ends that stand beside each of them."""
SCALED: Final = "*"
"""Behind the name of a table of factors whose values were changed."""

Changed = tuple[Loaded, Inputs]
Corners = list[tuple[Decimal, Decimal]]


@dataclass(frozen=True)
class Setting:
    """A group of numbers and what is done to it: a factor, or another shape."""

    parameter: str
    setting: str

    def of(self, loaded: Loaded, inputs: Inputs) -> Changed:
        """Config and tables with the group changed."""
        if self.setting == SHAPES.get(self.parameter):
            config = loaded.config
            return replace(loaded, config=straight(config) if self.setting == "linear" else whole_bonds(config)), inputs
        if self.setting in ENDS:
            return elasticity_changed(loaded, inputs, self.setting)
        return CHANGES[self.parameter](loaded, inputs, Decimal(self.setting))


def settings(loaded: Loaded, inputs: Inputs) -> list[Setting]:
    """Everything a plan is looked at with: every group 20 % lower and higher, at its own ends, in its other shape."""
    found = []
    for group in in_use(loaded, inputs):
        told = [] if group == "bonds" else [*map(written, (LOW, HIGH)), *ends(loaded.config, group)]
        found += [Setting(group, setting) for setting in dict.fromkeys(told)]
        found += [Setting(group, SHAPES[group])] if group in SHAPES else []
    return [s for s in found if s != Setting("response", "linear") or curved(loaded.config)]


def range_of(loaded: Loaded, inputs: Inputs) -> dict[str, tuple[Setting, Setting]]:
    """Both ends of every group that is a number, its own where the config says so; none of what is known for sure."""
    groups = [group for group in in_use(loaded, inputs) if group != "bonds"]
    both = {group: ends(loaded.config, group) for group in groups}
    return {group: (Setting(group, low), Setting(group, high)) for group, (low, high) in both.items() if low != high}


def ends(config: Config, group: str) -> tuple[str, str]:
    """The settings at the ends of a group."""
    if group == "elasticity" and has_bands(config.leverage.additionality):
        return ENDS
    own = getattr(config.sensitivity, group, None)
    low, high = (None, None) if own is None else (own.low, own.high)
    return written(LOW if low is None else low), written(HIGH if high is None else high)


def written(factor: Decimal) -> str:
    """A factor as a setting."""
    return format(factor.normalize(), "f")


def has_bands(factor: Additionality | None) -> bool:
    """Whether any elasticity says how far it may be off."""
    return factor is not None and any(isinstance(value, Band) for value in leaves(factor.elasticity or {}))


def leaves(values: Mapping[str, Any]) -> Iterator[Any]:
    """What nested values hold."""
    for value in values.values():
        yield from leaves(value) if isinstance(value, Mapping) else (value,)


def in_use(loaded: Loaded, inputs: Inputs) -> list[str]:
    """The groups that the plan rests on, in the order in which they are told."""
    config, columns = loaded.config, inputs.projects.columns
    rules, share = config.instruments.values(), config.leverage.additionality
    fixed = share is not None and share.elasticity is None
    used = {
        **{name: getattr(config.leverage, name) is not None or own in columns for name, (own, _) in FACTORS.items()},
        "additionality": fixed or "additionality" in columns,
        "elasticity": share is not None and share.elasticity is not None,
        "response": curved(config) or any(partial(rule) for rule in rules),
        "upgrading": config.upgrading is not None or SCORE in columns,
        "revenue_haircut": any(
            s.bond is not None and s.bond.revenue_haircut is not None for s in config.sources.values()
        ),
        "bonds": any(isinstance(rule, Bond) and partial(rule) for rule in rules),
    }
    return [name for name, is_used in used.items() if is_used]


def partial(rule: Instrument) -> bool:
    """Whether an instrument offers parts of what projects are entitled to."""
    return rule.continuous or rule.award.offers > 1


def unused(loaded: Loaded, inputs: Inputs) -> Iterator[Message]:
    """Groups whose ends the config names although the plan rests on none of their numbers."""
    used = in_use(loaded, inputs)
    for group in type(loaded.config.sensitivity).model_fields:
        path = f"sensitivity.{group}"
        if getattr(loaded.config.sensitivity, group) is not None and group not in used:
            yield Message("sensitivity.unused", {}, loaded.place(path), path)


def times(value: Decimal, factor: Decimal, most: Decimal | None = Decimal(1)) -> Decimal:
    """A number times a factor, rounded, and no more than ``most``."""
    found = (value * factor).quantize(FINE, ROUND_HALF_UP).normalize()
    return found if most is None else min(found, max(most, value))


def column_times(values: pd.Series, factor: Decimal, most: Decimal = Decimal(1)) -> pd.Series:
    """A column of numbers times a factor; blanks stay blank."""
    known = {v: float(times(decimal(v), factor, most)) for v in set(values.dropna().tolist())}
    return pd.Series([known.get(v, np.nan) for v in values.tolist()], values.index, dtype=float)


def decimal(value: float) -> Decimal:
    """The decimal a person wrote for a number."""
    exact = as_written(value)
    return Decimal(exact.numerator) / Decimal(exact.denominator)


def factor_changed(name: str) -> Callable[[Loaded, Inputs, Decimal], Changed]:
    """What changes one of the leverage factors."""

    def change(loaded: Loaded, inputs: Inputs, by: Decimal) -> Changed:
        factor, own = getattr(loaded.config.leverage, name), FACTORS[name][0]
        if own in inputs.projects.columns:
            inputs = replace(inputs, projects=inputs.projects.assign(**{own: column_times(inputs.projects[own], by)}))
        if factor is None:
            return loaded, inputs
        if isinstance(factor, Additionality) and factor.elasticity is not None:
            return loaded, inputs  # whose values are elasticities, not shares
        told, tables = scaled(factor, inputs.factors, by)
        inputs = replace(inputs, factors=tables)
        if name == "realisation" and REALISED in inputs.extra:
            seen = inputs.extra[REALISED]
            used = [None if value is None else times(Decimal(value), by) for value in seen["used"]]
            inputs = replace(
                inputs,
                extra={**inputs.extra, REALISED: seen.assign(used=pd.Series(used, seen.index, dtype=object))},
            )
        leverage = loaded.config.leverage.model_copy(update={name: told})
        return replace(loaded, config=loaded.config.model_copy(update={"leverage": leverage})), inputs

    return change


def scaled(
    factor: Factor, tables: Mapping[str, pd.DataFrame], by: Decimal
) -> tuple[Factor, Mapping[str, pd.DataFrame]]:
    """A leverage factor with all its values changed, and the tables of factors with its own beside the others."""
    update: dict[str, Any] = {} if factor.default is None else {"default": times(factor.default, by)}
    if factor.values is not None:
        update["values"] = nested_times(factor.values, by)
    if factor.file is not None:
        update["file"] = f"{factor.file}{SCALED}"
        frame = tables[factor.file]
        tables = {**tables, update["file"]: frame.assign(value=column_times(frame["value"], by))}
    return factor.model_copy(update=update), tables


def nested_times(values: Mapping[str, Any], by: Decimal, most: Decimal | None = Decimal(1)) -> dict[str, Any]:
    """Nested numbers, each times a factor."""
    return {
        key: nested_times(value, by, most) if isinstance(value, Mapping) else times(Decimal(value), by, most)
        for key, value in values.items()
    }


def elasticity_changed(loaded: Loaded, inputs: Inputs, by: Decimal | str) -> Changed:
    """Other elasticities: all times a factor, or each at an end of its own range."""
    leverage = loaded.config.leverage
    factor = leverage.additionality
    assert factor is not None
    update: dict[str, Any] = {"elasticity": nested_elasticity(factor.elasticity or {}, by)}
    if factor.default is not None and isinstance(by, Decimal):
        update["default"] = times(factor.default, by, None)
    leverage = leverage.model_copy(update={"additionality": factor.model_copy(update=update)})
    return replace(loaded, config=loaded.config.model_copy(update={"leverage": leverage})), inputs


def nested_elasticity(values: Mapping[str, Any], by: Decimal | str) -> dict[str, Any]:
    """Nested elasticities, each times a factor or at its own end."""
    return {key: one_elasticity(value, by) for key, value in values.items()}


def one_elasticity(value: Any, by: Decimal | str) -> Any:
    """One elasticity, or those below a value."""
    if isinstance(value, Mapping):
        return nested_elasticity(value, by)
    middle = value.central if isinstance(value, Band) else Decimal(value)
    if isinstance(by, Decimal):
        return times(middle, by, None)
    end = getattr(value, by, None)
    return middle if end is None else end


def response_changed(loaded: Loaded, inputs: Inputs, by: Decimal) -> Changed:
    """Other effects at the inner corner points of every curve, at half the entitlement where there are none."""
    config = with_responses(loaded.config, lambda corners: bent(corners, by))
    return replace(loaded, config=config), inputs


def bent(corners: Corners, by: Decimal) -> Corners:
    """A curve with other effects at its inner corner points; a last straight piece that begins at none is broken."""
    corners = corners or [(Decimal(0), Decimal(0)), (Decimal(1), Decimal(1))]
    inner = corners[1:-1]
    if not any(effect for _, effect in inner):
        (x0, y0), (x1, y1) = corners[-2:]
        inner = [*inner, ((x0 + x1) * HALF, (y0 + y1) * HALF)]
    return [corners[0], *((share, times(effect, by)) for share, effect in inner), corners[-1]]


def curved(config: Config) -> bool:
    """Whether any curve is told."""
    return bool(config.leverage.response) or any(rule.response for rule in config.instruments.values())


def straight(config: Config) -> Config:
    """Every award brings its share of the effect."""
    return with_responses(config, lambda _: [])


def with_responses(config: Config, change: Callable[[Corners], Corners]) -> Config:
    """The config with other curves, the instruments' own among them."""
    leverage = config.leverage.model_copy(update={"response": change(config.leverage.response)})
    rules = {
        key: rule.model_copy(update={"response": change(rule.response)}) if rule.response else rule
        for key, rule in config.instruments.items()
    }
    return config.model_copy(update={"leverage": leverage, "instruments": rules})


def whole_bonds(config: Config) -> Config:
    """Bonds are given whole or not at all."""
    rules = {key: only_whole(rule) if isinstance(rule, Bond) else rule for key, rule in config.instruments.items()}
    return config.model_copy(update={"instruments": rules})


def only_whole(rule: Bond) -> Bond:
    """An instrument that offers nothing but all that projects are entitled to."""
    award = rule.award.model_copy(update={"levels": 1, "phases": []})
    return rule.model_copy(update={"award": award, "continuous": False})


def score_changed(loaded: Loaded, inputs: Inputs, by: Decimal) -> Changed:
    """Other points of the structure score, or another score where the table has it."""
    rule = loaded.config.upgrading
    if rule is None:
        column = column_times(inputs.projects[SCORE], by, Decimal(100))
        return loaded, replace(inputs, projects=inputs.projects.assign(**{SCORE: column}))
    rule = rule.model_copy(update={"criteria": nested_times(rule.criteria, by, None)})
    return replace(loaded, config=loaded.config.model_copy(update={"upgrading": rule})), inputs


def haircut_changed(loaded: Loaded, inputs: Inputs, by: Decimal) -> Changed:
    """Another share of the forecast revenue that is counted on."""
    sources = {}
    for key, source in loaded.config.sources.items():
        terms = source.bond
        if terms is not None and terms.revenue_haircut is not None:
            terms = terms.model_copy(update={"revenue_haircut": times(terms.revenue_haircut, by)})
        sources[key] = source.model_copy(update={"bond": terms})
    return replace(loaded, config=loaded.config.model_copy(update={"sources": sources})), inputs


CHANGES: Final[Mapping[str, Callable[[Loaded, Inputs, Decimal], Changed]]] = {
    **{name: factor_changed(name) for name in FACTORS},
    "elasticity": elasticity_changed,
    "response": response_changed,
    "upgrading": score_changed,
    "revenue_haircut": haircut_changed,
}

"""What each region would get by the factor method: Σ weight × the region's share of a factor."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from allocator.messages import Message
from allocator.messages.errors import InputError
from allocator.money.arrays import is_nan
from allocator.money.rounding import as_written
from allocator.tables.conditions import normal, unknown

if TYPE_CHECKING:
    from allocator.config.loaded import Loaded
    from allocator.tables.opened import Inputs


def quotas(loaded: Loaded, inputs: Inputs) -> dict[str, Fraction]:
    """Value of the attribute → share of the money, summing to 1; empty without `factor_method`.

    Source: domain practice of formula-based transfers, Q_c = Σ w_f x_cf ÷ Σ_c x_cf.

    Raises:
        InputError: factors that no table has, that are not numbers, or of which there is nothing to share.
    """
    method = loaded.config.factor_method
    if method is None:
        return {}
    rows = by_value(inputs, method.by, list(method.factors))
    problems, result = [], dict.fromkeys(rows.index.map(str), Fraction(0))
    for name, weight in method.factors.items():
        path = f"factor_method.factors.{name}"
        place = loaded.place(path)
        if name not in rows.columns:
            problems.append(unknown("attribute", name, known_numbers(inputs), path, place))
            continue
        values = [max(as_written(value), Fraction(0)) if not is_nan(value) else Fraction(0) for value in rows[name]]
        whole = sum(values, Fraction(0))
        if not whole:
            problems.append(Message("audit.factor_of_nothing", {"factor": name}, place, path))
            continue
        for key, value in zip(result, values, strict=True):
            result[key] += Fraction(weight) * value / whole
    if problems:
        raise InputError(problems)
    return result


def by_value(inputs: Inputs, attribute: str, columns: list[str]) -> pd.DataFrame:
    """Number columns by value of an attribute: of the region table, or of the first project of each value."""
    regions = inputs.extra.get("regions")
    frame = regions if regions is not None and attribute in regions.columns else inputs.projects
    if attribute not in frame.columns:
        return pd.DataFrame(index=pd.Index([], dtype=object))
    shown = [name for name in columns if name in frame.columns and frame[name].dtype.kind in "fiub"]
    rows = frame[[attribute, *shown]]
    rows = rows[rows[attribute].map(lambda value: normal(value) != "")].drop_duplicates(attribute)
    return rows.set_index(attribute).astype(np.float64)


def known_numbers(inputs: Inputs) -> list[str]:
    """Number columns there are."""
    frames = [inputs.projects, *(frame for name, frame in inputs.extra.items() if name == "regions")]
    return list(dict.fromkeys(str(c) for frame in frames for c in frame.columns if frame[c].dtype.kind in "fiub"))

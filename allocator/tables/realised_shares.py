"""How often projects of the previous plan were realised, by the attributes that the probability goes by.

Counted is every project of the previous plan of which it is known whether it was realised: it has begun and has not
failed, or it failed, or it should have begun before the first plan year and has not. A project that is not yet due,
or of which the progress says nothing, is not counted. Its value is the one that the progress table gives, so that it
may be told as it was when the plan was approved; else the one of the project table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pandas as pd

from allocator.messages import Message
from allocator.tables.conditions import normal
from allocator.tables.previous_plan import FAILED, REALISED, approved, attributes_of_realisation

if TYPE_CHECKING:
    from allocator.config.keys.plan import Config
    from allocator.config.loaded import Loaded
    from allocator.tables.opened import Inputs

TABLE: Final = "realisation"
COLUMNS: Final = ("value", "projects", "realised", "estimate", "low", "high", "used", "source")
KEY: Final = "key"
PATH: Final = "leverage.realisation"
SIGN: Final = " / "
QUANTILE: Final = Decimal("1.959963984540054")
"""Of the normal distribution, for an interval of 95 %."""
PLACES: Final = Decimal("0.0001")
"""To what estimates are rounded, half up; so is what the plan uses."""
Key = tuple[str, ...]


class Share(NamedTuple):
    """A share with its Wilson interval of 95 %; None of each where there is nothing to count."""

    estimate: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None


def wilson(realised: int, projects: int) -> Share:
    """The share of ``projects`` that were ``realised``; ``projects`` is at least 1.

    Source: Wilson (1927), Journal of the American Statistical Association 22, 209–212.
    """
    with localcontext(prec=40):
        square, share = QUANTILE**2, Decimal(realised) / projects
        middle = share + square / (2 * projects)
        half = QUANTILE * (share * (1 - share) / projects + square / (4 * projects**2)).sqrt()
        ends = [(middle + sign * half) / (1 + square / projects) for sign in (-1, 1)]
        return Share(*(value.quantize(PLACES, ROUND_HALF_UP) for value in (share, *ends)))


def estimated(inputs: Inputs, loaded: Loaded) -> Inputs:
    """The inputs with the table of shares, where progress is given."""
    config = loaded.config
    if "progress" not in inputs.extra:
        return inputs
    counts = _counted(inputs, loaded)
    rows = list(_rows(config, inputs, counts))
    table = pd.DataFrame(rows, columns=[KEY, *COLUMNS]).astype(object)
    notices = inputs.notices
    factor = config.leverage.realisation
    if factor is not None and factor.from_ == "progress":
        few = [f"{row[1]} ({row[2]})" for row in rows if row[-1] != "progress"]
        if few:
            values = {"least": factor.least, "few": ", ".join(few)}
            notices = (*notices, Message("risk.few_observations", values, loaded.place(PATH), PATH))
    return replace(inputs, extra={**inputs.extra, TABLE: table}, notices=notices)


def used(extra: Mapping[str, pd.DataFrame]) -> dict[Key, float]:
    """What takes the place of the config's values; nothing unless the config asks for it."""
    table = extra.get(TABLE)
    if table is None:
        return {}
    told = table[table["source"] == "progress"]
    return {key: float(value) for key, value in zip(told[KEY], told["used"], strict=True)}


def _counted(inputs: Inputs, loaded: Loaded) -> dict[Key, tuple[Key, int, int]]:
    """Normal form of the values → as written, projects, realised."""
    states: dict[str, str] = {}
    told = set(inputs.extra["progress"]["project_id"])
    for award in approved(loaded.config, inputs.extra):
        if award.project in told and states.get(award.project) != REALISED:
            states[award.project] = award.state
    values = [_values(inputs, name) for name in attributes_of_realisation(loaded.config)]
    found: dict[Key, tuple[Key, int, int]] = {}
    for project in sorted(name for name, state in states.items() if state in (REALISED, FAILED)):
        written = tuple(column.get(project, "") for column in values)
        key = tuple(normal(value) for value in written)
        if all(key):
            first, projects, realised = found.get(key, (written, 0, 0))
            found[key] = (first, projects + 1, realised + (states[project] == REALISED))
    return found


def _values(inputs: Inputs, name: str) -> dict[str, str]:
    """Project → its value as text; as progress says, else as the project table."""
    found: dict[str, str] = {}
    for frame in (inputs.projects, inputs.extra["progress"]):
        if name in frame:
            for project, value in zip(frame["project_id"], frame[name], strict=True):
                text = "" if isinstance(value, float) and np.isnan(value) else str(value)
                found[str(project)] = text or found.get(str(project), "")
    return found


def _rows(config: Config, inputs: Inputs, counts: Mapping[Key, tuple[Key, int, int]]) -> Iterator[list[Any]]:
    """Every value that is listed or was counted: the counts, the share, and what the plan uses."""
    factor, listed = config.leverage.realisation, _listed(config, inputs)
    for key in sorted({*counts, *listed}):
        written, projects, realised = counts.get(key, (key, 0, 0))
        share = wilson(realised, projects) if projects else Share()
        told = factor is not None and factor.from_ == "progress" and projects >= factor.least
        shown = SIGN.join(listed[key][0] if key in listed else written)
        value: Decimal | None = listed[key][1] if key in listed else None
        if factor is not None and value is None and attributes_of_realisation(config) == _by(factor.by):
            value = factor.default
        taken = (
            (share.estimate, "progress") if told else (Decimal(1), "assumed") if factor is None else (value, "config")
        )
        yield [key, shown, projects, realised, *share, *taken]


def _listed(config: Config, inputs: Inputs) -> dict[Key, tuple[Key, Decimal]]:
    """The values for which the config has a probability."""
    factor = config.leverage.realisation
    if factor is None or attributes_of_realisation(config) != _by(factor.by):
        return {}
    if factor.file is None:
        leaves = [(key, Decimal(value)) for key, value in _leaves(factor.values or {})]
    else:
        frame = inputs.factors[factor.file]
        rows = frame[[*attributes_of_realisation(config), "value"]].itertuples(index=False, name=None)
        leaves = [(tuple(map(str, row[:-1])), Decimal(repr(float(row[-1])))) for row in rows]
    return {tuple(map(normal, key)): (key, value) for key, value in leaves}


def _by(by: str | list[str]) -> list[str]:
    return [by] if isinstance(by, str) else list(by)


def _leaves(values: Mapping[str, Any], above: Key = ()) -> Iterator[tuple[Key, Decimal]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*above, str(key)))
        else:
            yield (*above, str(key)), value

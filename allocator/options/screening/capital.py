"""The least share of own capital of a project by its industry: the planner's table first, then the State Council's."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from allocator.config.keys.capital import BY_INDUSTRY
from allocator.config.keys.instruments import InterestSubsidy
from allocator.messages import Message
from allocator.tables.conditions import matches, normal, unknown

if TYPE_CHECKING:
    from allocator.config.keys.parts import Where
    from allocator.config.keys.plan import Config
    from allocator.options.candidates import Candidates

TABLE: Final = "capital_ratios.csv"
LETTER: Final = re.compile(r"^[A-Za-z]?\s*")


@dataclass(frozen=True)
class Ratio:
    """One line of the built-in table."""

    code: str
    ratio: Fraction
    industry: Mapping[str, str]
    """Language → name."""
    source: str
    grade: str


@cache
def built_in() -> tuple[Ratio, ...]:
    """The State Council's minimum ratios."""
    text = files("allocator.tables").joinpath(TABLE).read_text(encoding="utf-8")
    return tuple(
        Ratio(
            row["code"], Fraction(row["ratio"]), {"zh": row["industry_zh"], "en": row["industry_en"]}, row["source"],
            row["grade"],
        )
        for row in csv.DictReader(text.splitlines())
    )  # fmt: skip


def figures(code: str) -> str:
    """A code without its letter: divisions are numbered across sections."""
    return LETTER.sub("", normal(code))


def ratio_of(config: Config, code: str) -> Fraction:
    """The least share of own capital of an industry."""
    rule, mine = config.capital_ratios, figures(code)
    for table in ([(key, Fraction(value)) for key, value in rule.own.items()], [(r.code, r.ratio) for r in built_in()]):
        fitting = [(len(figures(key)), ratio) for key, ratio in table if mine and mine.startswith(figures(key))]
        if fitting:
            return max(fitting, key=lambda found: found[0])[1]
    return Fraction(rule.default)


def ratios_of(pool: Candidates) -> Sequence[Fraction]:
    """The least share of own capital of every project."""
    codes = codes_of(pool)
    known = {code: ratio_of(pool.config, code) for code in set(codes)}
    return [known[code] for code in codes]


def codes_of(pool: Candidates) -> list[str]:
    """Industry codes as text; '' where blank."""
    values = np.asarray(pool.column(pool.config.capital_ratios.by), object)
    return ["" if pd.isna(value) else f"{value:g}" if isinstance(value, float) else str(value) for value in values]


def asked_by(config: Config) -> Iterator[tuple[str, Where]]:
    """Paths of the keys that ask for ratios by industry, and whom they are about."""
    for key, instrument in config.instruments.items():
        if isinstance(instrument, InterestSubsidy) and instrument.capital_ratio == BY_INDUSTRY:
            yield f"instruments.{key}.capital_ratio", instrument.where
    if config.screening.capital is not None and config.screening.capital.min == BY_INDUSTRY:
        yield "screening.capital.min", config.screening.capital.where


def capital_problems(pool: Candidates) -> Iterator[Message]:
    """A column of codes that is not there."""
    by = pool.config.capital_ratios.by
    for path, _ in asked_by(pool.config):
        if by not in pool.names:
            yield unknown("attribute", by, pool.names, path, pool.loaded.place(path))


def capital_notices(pool: Candidates) -> Iterator[Message]:
    """Projects without a code that are asked for a ratio: they have that of all other industries."""
    asked, by = list(asked_by(pool.config)), pool.config.capital_ratios.by
    if not asked or by not in pool.names:
        return
    meant = np.logical_or.reduce([matches(where, pool.column, pool.size) for _, where in asked])
    count = int((pool.blank(by) & meant).sum())
    if count:
        told = {"count": count, "column": by, "ratio": pool.config.capital_ratios.default}
        yield Message("options.industry_blank", told, pool.loaded.place(asked[0][0]), asked[0][0])

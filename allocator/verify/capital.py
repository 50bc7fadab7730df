"""The least share of own capital by industry, looked up anew; one digit less until a table knows the code."""

from __future__ import annotations

import csv
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from allocator.verify.facts import normal

if TYPE_CHECKING:
    from allocator.config.keys.plan import Config
    from allocator.verify.facts import Facts

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz "


@cache
def published() -> dict[str, Fraction]:
    """Digits of a code → ratio, as shipped."""
    lines = files("allocator.tables").joinpath("capital_ratios.csv").read_text(encoding="utf-8").splitlines()
    return {row["code"].lstrip(LETTERS): Fraction(row["ratio"]) for row in csv.DictReader(lines)}


def least(config: Config, facts: Facts, at: int, written: object) -> Fraction:
    """A ratio of the config: a number, or that of the project's industry."""
    if written != "by_industry":
        return Fraction(str(written))
    cell = facts.cell(at, config.capital_ratios.by)
    digits = "" if cell is None else normal(cell).lstrip(LETTERS)
    own = {normal(code).lstrip(LETTERS): Fraction(ratio) for code, ratio in config.capital_ratios.own.items()}
    for table in (own, published()):
        for length in range(len(digits), 0, -1):
            if digits[:length] in table:
                return table[digits[:length]]
    return Fraction(config.capital_ratios.default)

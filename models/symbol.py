"""What a set, a parameter and a variable are, and the units they may have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MONEY = "money"  # power of ten of 0.01 yuan
MEASURE = "measure"  # whatever a measured group counts: money, projects, tonnes …
RATE = "measure_per_money"
PRICE = "money_per_measure"
ONE = "1"


@dataclass(frozen=True, kw_only=True)
class Index:
    """A set. ``of`` names the sets its members are taken from; ``over`` the sets that index it."""

    name: str
    letters: tuple[str, ...]
    of: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    doc: str


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A number the model is given."""

    name: str
    latex: str
    over: tuple[str, ...] = ()
    unit: str
    doc: str


@dataclass(frozen=True, kw_only=True)
class Variable:
    """A number the model decides; never negative unless ``domain`` says so."""

    name: str
    latex: str
    over: tuple[str, ...] = ()
    domain: Literal["Binary", "NonNegativeReals", "Reals"]
    unit: str
    doc: str

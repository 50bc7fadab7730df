"""What a set, a parameter and a variable are, and the units they may have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MONEY = "money"  # power of ten of 0.01 yuan
MEASURE = "measure"  # whatever a measured group counts: money, projects, tonnes …
RATE = "measure_per_money"
PRICE = "money_per_measure"
ONE = "1"
Domain = Literal["Binary", "NonNegativeReals", "Reals"]


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
    domain: Domain
    unit: str
    doc: str


def index(name: str, letters: str, doc: str, *, of: str = "", over: str = "") -> Index:
    """A set, its letters and the names of other sets apart by spaces."""
    return Index(name=name, letters=tuple(letters.split()), of=tuple(of.split()), over=tuple(over.split()), doc=doc)


def param(name: str, latex: str, over: str, unit: str, doc: str) -> Parameter:
    """A parameter, the names of the sets that index it apart by spaces."""
    return Parameter(name=name, latex=latex, over=tuple(over.split()), unit=unit, doc=doc)


def variable(name: str, latex: str, over: str, unit: str, doc: str, domain: Domain = "NonNegativeReals") -> Variable:
    """A variable, the names of the sets that index it apart by spaces."""
    return Variable(name=name, latex=latex, over=tuple(over.split()), domain=domain, unit=unit, doc=doc)

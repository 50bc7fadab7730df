"""One vocabulary: every symbol is declared once, means something, is used, and is printed."""

from __future__ import annotations

import inspect
import re
from collections import Counter

import pytest

from models.document import document, formula
from models.equation import Equation
from models.formulation import CHAPTERS, EQUATIONS, GOAL
from models.symbol import MEASURE, MONEY, ONE, PRICE, RATE
from models.symbols import PARAMETERS, SET, SETS, VARIABLES

EVERY = (*EQUATIONS, GOAL)
SYMBOLS = (*SETS, *PARAMETERS, *VARIABLES)


def used() -> set[str]:
    """Names that the rules and what they share speak of, and the sets in which they hold."""
    named = {name for chapter in CHAPTERS for name in re.findall(r"\bm\.(\w+)", inspect.getsource(chapter))}
    return named | {name for eq in EVERY for name in eq.over}


def test_every_symbol_is_declared_once() -> None:
    """No name stands for two things."""
    assert [] == [name for name, count in Counter(s.name for s in SYMBOLS).items() if count > 1]


def test_every_symbol_is_used_and_every_used_one_declared() -> None:
    """Sets that only index others count as used."""
    indexing = {name for s in SYMBOLS for name in (*getattr(s, "of", ()), *s.over)}

    assert set() == {s.name for s in SYMBOLS} - used() - indexing
    assert set() == used() - {s.name for s in SYMBOLS}


def test_every_symbol_has_a_sentence_and_a_unit() -> None:
    """What it means ends with a full stop; a number has one of the model's units."""
    assert [] == [s.name for s in SYMBOLS if not re.fullmatch(r"[A-Z(0-9].*\.", s.doc)]
    assert set() == {s.unit for s in (*PARAMETERS, *VARIABLES)} - {MONEY, MEASURE, RATE, PRICE, ONE}


def test_index_letters_mean_the_same_everywhere() -> None:
    """A basic set has its own letter; a set taken from it has that letter, or a second one beside it."""
    basic = [s for s in SETS if not s.of]
    letters = Counter(letter for s in basic for letter in s.letters)

    assert [] == [letter for letter, count in letters.items() if count > 1]
    for s in SETS:
        for letter, base in zip(s.letters, s.of, strict=False):
            assert letter in SET[base].letters or letter not in letters, s.name


def test_names_follow_the_trade() -> None:
    """Sets in upper case, numbers in lower case, equations named for what holds and no two alike."""
    assert [] == [s.name for s in SETS if not re.fullmatch(r"[A-Z_]+", s.name)]
    assert [] == [s.name for s in (*PARAMETERS, *VARIABLES) if not re.fullmatch(r"[a-z_]+", s.name)]
    assert len(EVERY) == len({eq.name for eq in EVERY})


@pytest.mark.parametrize("eq", EVERY, ids=[eq.name for eq in EVERY])
def test_rule_is_one_expression(eq: Equation) -> None:
    """Its body is its docstring and a return; where it holds is said by its sets, with one index letter each."""
    source = inspect.getsource(eq.rule)
    body = source.split('"""')[2]
    letters = list(inspect.signature(eq.rule).parameters)[1:]

    assert 1 == len(re.findall(r"\breturn\b", body))
    assert [] == re.findall(r"\b(if|while|else|lambda|quicksum|Skip)\b|^\s*for\b", body, re.MULTILINE)
    assert letters == [letter for name in eq.over for letter in SET[name].letters]


@pytest.mark.parametrize("eq", EVERY, ids=[eq.name for eq in EVERY])
def test_rule_is_printed(eq: Equation) -> None:
    """Its formula and its caption stand in the document, under its name."""
    text = document()

    assert f"`{eq.name}`**: {eq.caption}" in text
    assert formula(eq) in text


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("one_option", r"\sum_{o \in \mathrm{OPTIONS\_OF}_{p}} \mathbf{x}_{o} \le 1 \qquad \forall\, p \in \mathrm{CANDIDATES}"),
        (
            "carry_share_limit",
            (r"\mathbf{h}_{s, t} \le \gamma_{s}\, (B_{s, t} + \mathbf{h}_{s, t - 1})"
            r" \qquad \forall\, s \in \mathrm{SOURCES},\; t \in \mathrm{LATER\_YEARS}"),
        ),
        (
            "floor",
            (r"\sum_{g \in \mathrm{GROUPS\_OF\_FLOOR}_{l}} f_{l, g}\, \mathbf{T}_{g} \ge L_{l}"
            r" \qquad \forall\, l \in \mathrm{FLOORS}"),
        ),
    ],
)  # fmt: skip
def test_formula_as_a_person_writes_it(name: str, expected: str) -> None:
    """Sums, products, brackets and the side of an inequality."""
    assert expected == formula(next(eq for eq in EQUATIONS if eq.name == name))

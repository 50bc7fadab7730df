"""Amounts convert exactly between the config's unit and whole fen."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.money import LARGEST_FEN, Money

UNITS = ["元", "千元", "万元", "百万元", "亿元", "1000 EUR", "USD", "万美元"]
FEN = st.integers(-LARGEST_FEN, LARGEST_FEN)


@pytest.mark.parametrize(
    ("name", "fen", "places", "base"),
    [
        ("元", 100, 2, "元"),
        ("千元", 100_000, 5, "元"),
        ("万元", 1_000_000, 6, "元"),
        ("百万元", 100_000_000, 8, "元"),
        ("亿元", 10_000_000_000, 10, "元"),
        ("1000 EUR", 100_000, 5, "EUR"),
        ("1,000,000 USD", 100_000_000, 8, "USD"),
        ("USD", 100, 2, "USD"),
        ("　万元 ", 1_000_000, 6, "元"),
        ("千万元", 1_000_000_000, 9, "元"),
        ("千亿元", 10_000_000_000_000, 13, "元"),
        ("万亿元", 100_000_000_000_000, 14, "元"),
        ("VND", 1, 0, "VND"),
        ("billion VND", 10**9, 9, "VND"),
        ("1,000 IDR", 1000, 3, "IDR"),
        ("亿日元", 10**8, 8, "日元"),
        ("million EUR", 10**8, 8, "EUR"),
    ],
)
def test_units(name: str, fen: int, places: int, base: str) -> None:
    """Every unit planners use has its fen and the decimals that make one fen exact."""
    money = Money.of(name)

    assert (fen, places, base) == (money.fen_per_unit, money.places, money.base)


@pytest.mark.parametrize("name", ["", "万", "吨", "亿亿元", "0 USD", "3 USD", "0.001 EUR", "euro"])
def test_unknown_units(name: str) -> None:
    """What is no money unit, or has no exact decimal for a fen, is refused."""
    with pytest.raises(ValueError, match="money unit"):
        Money.of(name)


@given(FEN, st.sampled_from(UNITS))
def test_round_trip(fen: int, unit: str) -> None:
    """Text and Decimal of any amount read back as the same fen."""
    money = Money.of(unit)

    assert fen == money.to_fen(Decimal(money.text(fen)))
    assert fen == money.to_fen(money.to_unit(fen))


@given(st.lists(FEN, max_size=20), st.sampled_from(UNITS))
def test_vectorised(amounts: list[int], unit: str) -> None:
    """The vectorised forms say what the single ones say."""
    money = Money.of(unit)

    assert [money.text(fen) for fen in amounts] == money.texts(np.array(amounts, dtype=float))
    assert [float(money.to_unit(fen)) for fen in amounts] == money.floats(np.array(amounts, dtype=float)).tolist()


def test_plain_text() -> None:
    """Texts have no exponent, no trailing zeros and no float noise; a blank has no text."""
    money = Money.of("亿元")

    assert ["0.0000000001", "-0.1", "0", "", "900000"] == money.texts([1, -1e9, 0, np.nan, 9e15])


def test_finer_than_a_fen() -> None:
    """An amount that is no whole number of fen is refused, not rounded."""
    with pytest.raises(ValueError, match=r"finer than 0\.01 元"):
        Money.of("万元").to_fen(Decimal("0.0000005"))

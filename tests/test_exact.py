"""Who pays what is settled in whole fen: every payment met, every budget kept, money carried oldest first."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator.config.keys.plan import Config
from allocator.money.rounding import as_written, sum_as_written
from allocator.optimise.exact import settle
from allocator.problem.accounts import Balance, balances

YEARS = [2021, 2022, 2023]
FEN = 100
"""Amounts of the configs below are in 元."""


def config(**sources: dict[str, Any]) -> Config:
    """A config in 元 with these sources, which pay one grant."""
    pays = {name: {"pays": ["grant"], **source} for name, source in sources.items()}
    instruments = {"grant": {"kind": "grant", "rate": 1}}
    return Config.model_validate(
        {"money": "元", "years": YEARS, "projects": "p.csv", "sources": pays, "instruments": instruments}
    )


def written(fen: int) -> str:
    """Fen as a config writes them, in 元."""
    return f"{fen // FEN}.{fen % FEN:02d}"


def replayed(pot: dict[str, Any], paid: list[int]) -> list[Balance]:
    """What happens to every single lot of money: the oldest is paid first, and lapses first."""
    keep, share = (pot["carryover"]["years"], Fraction(pot["carryover"]["max_share"])) if "carryover" in pot else (0, 0)
    lots = sorted((year, fen) for year, fen in pot["opening"].items() if year + keep >= YEARS[0])
    found = []
    for year, due in zip(YEARS, paid, strict=True):
        carried_in = sum(fen for _, fen in lots)
        lots.append((year, pot["budget"][year]))
        most = int(share * (carried_in + pot["budget"][year])) if year != YEARS[-1] else 0
        missing = due
        left = []
        for born, fen in lots:
            used = min(missing, fen)
            missing -= used
            left.append((born, fen - used))
        kept = []
        for born, fen in reversed([lot for lot in left if lot[0] + keep > year]):
            kept.append((born, min(fen, most)))
            most -= kept[-1][1]
        carried_out = sum(fen for _, fen in kept)
        lapsed = sum(fen for _, fen in left) - carried_out - missing
        found.append(Balance(year, pot["budget"][year], carried_in, due, carried_out, lapsed))
        lots = sorted(kept)
    return found


@st.composite
def pots(draw: Any) -> dict[str, Any]:
    """A source in fen, with or without carry-over and money of earlier years."""
    pot: dict[str, Any] = {"budget": {year: draw(st.integers(0, 2000)) for year in YEARS}, "opening": {}}
    if draw(st.integers(0, 3)):
        share = draw(st.sampled_from(["0.1", "0.333", "0.5", "1"]))
        pot["carryover"] = {"max_share": share, "years": draw(st.integers(1, 3))}
        for year in draw(st.sets(st.integers(2017, 2020), max_size=3)):
            pot["opening"][year] = draw(st.integers(0, 2000))
    return pot


def as_source(pot: dict[str, Any]) -> dict[str, Any]:
    """A pot as a config writes it."""
    amounts = {key: {year: written(fen) for year, fen in pot[key].items()} for key in ("budget", "opening")}
    return {key: value for key, value in {**pot, **amounts}.items() if value}


@pytest.mark.slow
@settings(max_examples=300, deadline=None, derandomize=True)
@given(pots(), st.lists(st.integers(0, 2500), min_size=3, max_size=3))
def test_balances_equal_a_replay_of_every_lot_of_money(pot: dict[str, Any], paid: list[int]) -> None:
    """Shares, ages and money of earlier years, whatever is paid; what is missing is a negative lapse."""
    assert replayed(pot, paid) == balances(config(fiscal=as_source(pot)), FEN, "fiscal", paid)


def test_balances_by_hand() -> None:
    """Half of 300 + 100 is carried; of that only this year's 300 is young enough; nothing leaves the last year."""
    source = {
        "budget": {2021: 3, 2022: 1, 2023: 0},
        "opening": {2020: 1, 2019: 5},
        "carryover": {"max_share": "0.5", "years": 1},
    }

    assert [
        Balance(2021, 300, 100, 50, 200, 150),
        Balance(2022, 100, 200, 0, 100, 200),
        Balance(2023, 0, 100, 101, 0, -1),
    ] == balances(config(fiscal=source), FEN, "fiscal", [50, 0, 101])


NAMES = ("a", "b", "c")
CLASSES = (("a",), ("a", "b"), ("b", "c"), ("a", "b", "c"), ("b",), ("c", "a"))


@st.composite
def settled(draw: Any) -> tuple[dict[str, Any], tuple[tuple[str, ...], ...], np.ndarray, np.ndarray]:
    """Budgets tight to the fen for some whole draws, and fractional draws that keep the same sums."""
    classes = tuple(draw(st.lists(st.sampled_from(CLASSES), min_size=1, max_size=5)))
    exact = np.zeros((len(NAMES), len(classes), len(YEARS)), np.int64)
    for k, payers in enumerate(classes):
        for t, name in product(range(len(YEARS)), payers):
            exact[NAMES.index(name), k, t] = draw(st.integers(0, 400))
    fractional = exact.astype(float)
    for _ in range(draw(st.integers(0, 6))):
        t = draw(st.integers(0, len(YEARS) - 1))
        both = [(k, j) for k, j in product(range(len(classes)), repeat=2) if k < j and common(classes[k], classes[j])]
        if both:
            k, j = draw(st.sampled_from(both))
            one, other = (NAMES.index(n) for n in common(classes[k], classes[j])[:2])
            most = min(fractional[one, k, t], fractional[other, j, t])
            moved = most * draw(st.floats(0, 1))
            fractional[[one, other], k, t] += (-moved, moved)
            fractional[[one, other], j, t] += (moved, -moved)
    paid = exact.sum(axis=1)
    sources: dict[str, Any] = {}
    for s, name in enumerate(NAMES):
        due = paid[s].tolist()
        early = [draw(st.integers(0, due[1])), draw(st.integers(0, due[2]))] if draw(st.booleans()) else [0, 0]
        budget = [due[0] + early[0], due[1] - early[0] + early[1], due[2] - early[1]]
        sources[name] = {"budget": {year: written(fen) for year, fen in zip(YEARS, budget, strict=True)}}
        if any(early):
            sources[name]["carryover"] = {"max_share": 1, "years": 2}
    return sources, classes, exact.sum(axis=0), fractional


def common(one: tuple[str, ...], other: tuple[str, ...]) -> list[str]:
    """Sources of both classes, when there are two."""
    both = sorted(set(one) & set(other))
    return both if len(both) > 1 else []


@settings(max_examples=100, deadline=None, derandomize=True)
@given(settled())
def test_tight_budgets_are_met_to_the_fen(plan: Any) -> None:
    """Where whole draws exist near the solver's fractional ones, every payment is met and no source lacks a fen."""
    sources, classes, demand, fractional = plan
    made = SimpleNamespace(class_payers=classes, years=tuple(YEARS))
    draws, short = settle(config(**sources), FEN, made, demand, fractional)

    assert demand.tolist() == draws.sum(axis=0).tolist()
    assert 0 == short.sum()
    assert (draws >= 0).all()
    assert all(name in classes[k] for s, k, _ in np.argwhere(draws).tolist() for name in [NAMES[s]])


def test_rounding_is_mended_by_way_of_a_third_source() -> None:
    """a has a fen too little and c one to spare, but they share no payment: b takes it from a and gives one to c."""
    sources = {"a": {"budget": "0.02"}, "b": {"budget": "0.02"}, "c": {"budget": "0.02"}}
    made = SimpleNamespace(class_payers=(("a", "b"), ("b", "c")), years=(2021, 2022, 2023))
    demand = np.array([[3, 0, 0], [3, 0, 0]])
    guess = np.zeros((3, 2, 3))
    guess[0, 0, 0], guess[1, 1, 0] = 3, 2
    draws, short = settle(config(**sources), FEN, made, demand, guess)

    assert 0 == short.sum()
    assert [[2, 0], [1, 1], [0, 2]] == draws[:, :, 0].tolist()


def test_money_missing_in_a_later_year_is_saved_in_an_earlier_one() -> None:
    """a carries its money on and needs it all in 2022; so b pays what they share in 2021."""
    sources = {
        "a": {"budget": {2021: "0.03", 2022: 0, 2023: 0}, "carryover": {"max_share": 1}},
        "b": {"budget": {2021: "0.02", 2022: 0, 2023: 0}},
    }
    made = SimpleNamespace(class_payers=(("a", "b"), ("a",)), years=(2021, 2022, 2023))
    demand = np.array([[2, 0, 0], [0, 3, 0]])
    guess = np.zeros((2, 2, 3))
    guess[0, 0, 0], guess[1, 0, 0], guess[0, 1, 1] = 1, 1, 3
    draws, short = settle(config(**sources), FEN, made, demand, guess)

    assert 0 == short.sum()
    assert [0, 2] == draws[:, 0, 0].tolist()


@pytest.mark.parametrize(("paid", "expected"), [(19, 0), (20, 0), (21, 1)])
def test_promises_after_the_plan_stay_in_the_tail(paid: int, expected: int) -> None:
    """A tenth of the last budget of 2 元 may be promised; a fen more is missing."""
    source = {"budget": 2, "tail": {"max_share": "0.1"}}
    made = SimpleNamespace(class_payers=(("fiscal",),), years=(2021, 2022, 2023, 2024))
    demand = np.array([[0, 0, 0, paid]])
    _, short = settle(config(fiscal=source), FEN, made, demand, np.zeros((1, 1, 4)))

    assert [[0, 0, 0, expected]] == short.tolist()


@given(st.lists(st.decimals(-(10**12), 10**12, places=7) | st.decimals(-999, 999, places=2) | st.floats(-1e17, 1e17)))
@settings(max_examples=100, deadline=None)
def test_decimals_add_up_as_they_are_written(numbers: list[Any]) -> None:
    """The sum of floats is that of the decimals they were written as, however many places or digits these have."""
    values = np.array([float(number) for number in numbers])
    for kept in (values, np.round(values, 2), np.round(values, 4), np.rint(values)):
        assert sum((as_written(v) for v in kept.tolist()), Fraction(0)) == sum_as_written(kept)

"""Investment measures follow the planner's factors and are exact to the fen."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from factory import GRANT, inputs, option_table, options
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator.config.keys.instruments import Grant
from allocator.messages.errors import InputError
from allocator.money import Money
from allocator.money.rounding import half_up_exactly, share_of
from allocator.options.instruments import payment_plan
from allocator.options.instruments.claim import whole_numbers
from allocator.options.instruments.grant import grant
from allocator.options.instruments.levels import levels
from allocator.options.leverage import Caused, Response, additional, effect, need_without_support
from allocator.options.scores import upgrading_value

FEN = Money.of("0.01 CNY")
AMOUNTS = st.one_of(st.integers(0, 10**4), st.integers(0, 10**14), st.integers(0, 10**9).map(lambda n: n * 10**6))
SHARES = st.decimals(0, 1, places=4, allow_nan=False, allow_infinity=False)
MEASURES = ("nominal_investment", "certified_investment", "additional_investment", "leveraged_investment")
PROJECT = {
    "project_id": "P1",
    "fixed_investment": 100_000.0,
    "done_investment": 20_000.0,
    "other_public": np.nan,
    "stage": "在建",
    "firm_size": "large",
    "structure_score": 40.0,
}
LEVERAGE = {
    "realisation": {"by": "stage", "values": {"在建": "0.8"}},
    "additionality": {"by": ["instrument", "firm_size"], "values": {"grant": {"large": "0.3", "small": "0.4"}}},
    "displacement": {"by": "instrument", "values": {}, "default": "0.1"},
}


def texts(error):
    return [message.text("en") for message in error.value.messages]


def test_three_leverages():
    """Half of the entitlement of 6,000: 50,000 nominal; (100,000 − 20,000 − 6,000) / 2 certified; × 0.8 × 0.3 × 0.9 additional."""
    table = option_table(inputs([PROJECT]), leverage=LEVERAGE)

    actual = options(table, *MEASURES, "upgrading")[0, "grant@2021#2"]

    assert (50_000.0, 37_000.0, 7_992.0, 7_992.0, 3_196.8) == actual


@pytest.mark.parametrize(
    ("goal", "expected"), [("nominal", 50_000.0), ("certified", 37_000.0), ("additional", 7_992.0)]
)
def test_the_goal_names_leveraged_investment(goal, expected):
    """Leveraged investment is whichever leverage the config names."""
    table = option_table(inputs([PROJECT]), leverage={**LEVERAGE, "goal": goal})

    assert expected == options(table, "leveraged_investment")[0, "grant@2021#2"]


def test_a_response_curve_bends_the_effect():
    """With 70 % of the effect at half of the award, three quarters of it bring 85 %."""
    leverage = {"response": [["0", "0"], ["0.5", "0.7"], ["1", "1"]]}

    actual = options(option_table(inputs([PROJECT]), leverage=leverage), "nominal_investment")

    assert [35_000.0, 70_000.0, 85_000.0, 100_000.0] == list(actual.values())


def test_certified_investment_is_never_negative():
    """A project that is publicly paid in full brings nothing certified."""
    project = {**PROJECT, "other_public": 70_000.0, "bond_issued": 20_000.0}

    actual = options(option_table(inputs([project])), "certified_investment")

    assert {0.0} == set(actual.values())


def test_own_column_takes_precedence():
    """A filled cell of the project's own factor column wins over the table, a blank one does not."""
    projects = [{**PROJECT, "p_realise": 0.5}, {**PROJECT, "project_id": "P2", "p_realise": np.nan}]

    actual = options(option_table(inputs(projects), leverage=LEVERAGE), "additional_investment")

    assert (4_995.0, 7_992.0) == (actual[0, "grant@2021#2"], actual[1, "grant@2021#2"])


def test_factors_from_a_table():
    """A table has a column per attribute and a column of values."""
    frame = pd.DataFrame({"firm_size": ["small", "large"], "value": [0.9, 0.25]})
    leverage = {"additionality": {"by": "firm_size", "file": "a.csv"}}

    actual = options(
        option_table(inputs([PROJECT], factors={"a.csv": frame}), leverage=leverage), "additional_investment"
    )

    assert 9_250.0 == actual[0, "grant@2021#2"]


def test_missing_factors_are_assumed_and_said():
    """Without factors everything is realised, additional and not displaced, and that is listed."""
    table = option_table(inputs([PROJECT]))

    assert [
        "leverage.realisation: not given: taken as 1 for every project",
        "leverage.additionality: not given: taken as 1 for every project",
        "leverage.displacement: not given: taken as 0 for every project",
    ] == [message.text("en") for message in table.assumptions]
    assert 37_000.0 == options(table, "additional_investment")[0, "grant@2021#2"]


def test_every_unlisted_value_is_reported_at_once():
    """Combinations without a factor are named together, once each."""
    projects = [
        PROJECT,
        {**PROJECT, "project_id": "P2", "stage": "签约", "firm_size": "medium"},
        {**PROJECT, "project_id": "P3", "stage": "签约", "firm_size": ""},
    ]

    with pytest.raises(InputError) as error:
        option_table(inputs(projects), leverage=LEVERAGE)

    hint = "add it to the values, or give a default"
    assert [
        f"plan.yaml: leverage.realisation: no factor for stage = 签约; {hint}",
        f"plan.yaml: leverage.additionality: no factor for instrument / firm_size = grant / ''; {hint}",
        f"plan.yaml: leverage.additionality: no factor for instrument / firm_size = grant / medium; {hint}",
    ] == texts(error)


def test_faulty_factors_are_reported_at_once():
    """Unknown attributes and values given twice in different spelling are errors of the input."""
    leverage = {
        "realisation": {"by": "is_sei", "values": {"true": "0.5", "是": "0.6"}},
        "displacement": {"by": "stge", "values": {"在建": "0.1"}},
    }

    with pytest.raises(InputError) as error:
        option_table(inputs([{**PROJECT, "is_sei": 1.0}]), leverage=leverage)

    assert [
        "plan.yaml: leverage.realisation.values: two factors for 1; keep one",
        "plan.yaml: leverage.displacement.by: no column 'stge' in the tables; did you mean 'stage'?",
    ] == texts(error)


@st.composite
def cases(draw):
    """Projects under one instrument and one response curve; amounts in fen."""
    size = draw(st.integers(1, 8))
    fixed = [draw(AMOUNTS) for _ in range(size)]
    instrument = Grant.model_validate(
        {
            "kind": "grant",
            "rate": draw(st.decimals("0.0001", "1.5", places=4)),
            "award": {
                "max": draw(st.one_of(st.none(), st.integers(1, 10**13))),
                "step": draw(st.sampled_from([1, 3, 1000, 10**6])),
                "levels": draw(st.integers(1, 7)),
            },
        }
    )
    x = sorted(draw(st.sets(st.integers(1, 99), max_size=3)))
    corners = [(Decimal(0), Decimal(0)), *((Decimal(v) / 100, draw(SHARES)) for v in x), (Decimal(1), Decimal(1))]
    return fixed, instrument, corners


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(cases(), st.lists(SHARES, min_size=3, max_size=3), st.decimals(0, 100, places=2))
def test_exact_to_the_fen(case, factors, score):
    """Awards, investments and upgrading equal exact fractions, ties and huge amounts included."""
    fixed, instrument, corners = case
    base = np.array(fixed, dtype=float)
    entitlement = grant(instrument, base, None, FEN)
    offered = levels(entitlement, instrument.award, FEN)
    full = base[offered.row]
    nominal = effect(full, offered.award, entitlement, offered.row, Response(corners))
    ones = np.ones(len(full))
    realised, caused, displaced = (float(factor) * ones for factor in factors)
    brought = additional(nominal, realised, Caused.fixed(caused), displaced)
    upgraded = upgrading_value(float(score) * ones, brought)
    expected = []
    for row, amount in enumerate(fixed):
        whole = Fraction(instrument.rate) * amount
        whole = whole if instrument.award.max is None else min(whole, Fraction(instrument.award.max))
        step, n = int(instrument.award.step), instrument.award.levels
        for award in sorted({k * whole // (n * step) * step for k in range(1, n + 1)} - {0}):
            effect_of = half_up_exactly(amount * Response(corners).exact(award / whole))
            realisation, additionality, displacement = map(Fraction, factors)
            more = half_up_exactly(realisation * additionality * (1 - displacement) * effect_of)
            expected.append((row, award, effect_of, more, half_up_exactly(Fraction(score) / 100 * more)))

    actual = zip(offered.row, offered.award, nominal, brought, upgraded, strict=True)

    assert expected == [tuple(map(int, entry)) for entry in actual]


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(st.lists(AMOUNTS, min_size=1, max_size=20), st.lists(st.integers(0, 1000), min_size=1, max_size=5).filter(any))
def test_payments_add_up(awards, weights):
    """The payments of every award are whole fen, near their shares, and add up to it."""
    shares = [Decimal(weight) / sum(weights) for weight in weights]

    plan = payment_plan(np.array(awards, dtype=float), whole_numbers(shares)[None, :])

    assert awards == [int(total) for total in plan.sum(axis=1)]
    assert (plan == np.floor(plan)).all()
    assert (plan >= 0).all()


@settings(max_examples=300, deadline=None)
@given(st.lists(AMOUNTS, min_size=1, max_size=20), SHARES)
def test_shares_of_amounts_are_exact(amounts, share):
    """A share of an amount is rounded half-up from the exact value."""
    exact = Fraction(share)

    actual = share_of(np.array(amounts, dtype=float), exact.numerator, exact.denominator)

    assert [half_up_exactly(exact * amount) for amount in amounts] == [int(value) for value in actual]


def test_ties_round_up():
    """Half a fen is a fen, away from zero on both sides."""
    tie = np.array([1.0, 3.0, 2_000_000_000_001.0, -1.0])

    actual = upgrading_value(np.full(4, 50.0), tie)

    assert [1.0, 2.0, 1_000_000_000_001.0, -1.0] == actual.tolist()


def test_public_money_is_left_out():
    """What is done, publicly paid or entitled to is no new private investment."""
    actual = need_without_support(
        np.array([100.0, 10.0]), [np.array([20.0, 0.0]), np.array([5.0, 8.0])], np.array([6.0, 6.0])
    )

    assert [69.0, 0.0] == actual.tolist()


def test_grant_of_the_factory():
    """The factory's grant is the one the docstrings of this file compute with."""
    assert ("0.06", 4) == (GRANT["rate"], GRANT["award"]["levels"])


def test_factors_are_needed_only_for_options():
    """A project without any award level needs no factor."""
    small = {**PROJECT, "project_id": "P2", "fixed_investment": 1.0, "stage": "备案"}

    table = option_table(inputs([PROJECT, small]), leverage=LEVERAGE)

    assert 4 == len(table.table)

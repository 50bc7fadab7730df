"""The option table holds every way to support every project, with everything computed as the rules say."""

from __future__ import annotations

import numpy as np
import pytest
from factory import FISCAL, GRANT, inputs, option_table, options, payments, screened

from allocator.messages.errors import InputError

BIG = {"project_id": "P1", "fixed_investment": 100_000.0}


def grant(**changes):
    return {"grant": {**GRANT, **changes}}


def messages(error):
    return [message.text("en") for message in error.value.messages]


def test_levels_are_shares_of_the_entitlement():
    """6 % of 100,000 in four levels, each a multiple of the step."""
    actual = options(option_table(inputs([BIG])))

    assert {(0, f"grant@2021#{k}"): 1500.0 * k for k in (1, 2, 3, 4)} == actual


def test_levels_round_down_to_the_step():
    """A third and two thirds of 1,000 at step 10 are 330 and 660."""
    project = {"project_id": "P1", "fixed_investment": 10_000.0}

    actual = options(option_table(inputs([project]), instruments=grant(rate="0.1", award={"step": 10, "levels": 3})))

    assert [330.0, 660.0, 1000.0] == list(actual.values())


def test_equal_levels_are_merged_and_small_ones_dropped():
    """Of k/5 of 24 at step 10, zero is dropped and two tens and one twenty become one each; the least k names them."""
    project = {"project_id": "P1", "fixed_investment": 400.0}

    actual = options(option_table(inputs([project]), instruments=grant(award={"step": 10, "levels": 5})))

    assert {(0, "grant@2021#3"): 10.0, (0, "grant@2021#5"): 20.0} == actual


def test_entitlement_is_capped():
    """The maximum and the amount asked for both cap the award; a blank request caps nothing."""
    projects = [
        {"project_id": "P1", "fixed_investment": 100_000.0, "requested_amount": np.nan},
        {"project_id": "P2", "fixed_investment": 100_000.0, "requested_amount": 1234.0},
    ]

    actual = options(option_table(inputs(projects), instruments=grant(award={"max": 5000, "step": 10})))

    assert {(0, "grant@2021#1"): 5000.0, (1, "grant@2021#1"): 1230.0} == actual


def test_the_smallest_award_screens():
    """A project whose entitlement is below the minimum has no option and a row that says so."""
    project = {"project_id": "P1", "fixed_investment": 3000.0}

    with_one = option_table(inputs([project, {**BIG, "project_id": "P2"}]), instruments=grant(award={"min": 200}))

    assert [("P1", "grant", "award_min", "180", "200")] == screened(with_one)


def test_a_delay_adds_later_starts():
    """Support may start later, but not after the last plan year; a start before the plan is the first year."""
    projects = [
        {**BIG, "start_year": 2019.0},
        {**BIG, "project_id": "P2", "start_year": 2022.0},
        {**BIG, "project_id": "P3", "start_year": np.nan},
    ]
    instrument = grant(start={"delay": 1}, payments=[1], award={"step": 10})

    actual = options(option_table(inputs(projects), instruments=instrument))

    expected = {
        (row, f"grant@{year}#1"): 6000.0
        for row, year in [(0, 2021), (0, 2022), (1, 2022), (1, 2023), (2, 2021), (2, 2022)]
    }
    assert expected == actual


def test_a_start_after_the_plan_is_not_eligible():
    """A project planned to start after the last year has no option at all."""
    table = option_table(
        inputs([BIG, {**BIG, "project_id": "P2", "start_year": 2024.0}]), instruments=grant(payments=[1])
    )

    assert [("P2", "grant", "start_after_horizon", "2024", "2023")] == screened(table)
    assert [0] == table.table["project"].unique().tolist()


def test_conditions_screen():
    """Every failing condition is kept with the cell and the condition as the config writes it."""
    projects = [
        {"project_id": "P1", "fixed_investment": 5000.0, "category": "企业技改"},
        {**BIG, "project_id": "P2"},
        {**BIG, "project_id": "P3", "fixed_investment": np.nan},
    ]
    where = {"category": ["重大工业项目"], "fixed_investment": {"min": "9999.5"}}

    table = option_table(inputs(projects), instruments=grant(where=where))

    expected = [
        ("P1", "grant", "where.category", "企业技改", "[重大工业项目]"),
        ("P1", "grant", "where.fixed_investment", "5000", "{min: 9999.5}"),
        ("P3", "grant", "where.fixed_investment", "", "{min: 9999.5}"),
    ]
    assert expected == screened(table)


def test_a_blank_base_screens():
    """A project without the base of an instrument cannot have it."""
    projects = [BIG, {"project_id": "P2", "fixed_investment": np.nan}]

    assert [("P2", "grant", "base_missing", "", "fixed_investment")] == screened(option_table(inputs(projects)))


def test_faults_of_instruments_are_reported_together():
    """Unknown attributes, values and bases come in one list."""
    instrument = grant(where={"categroy": "x", "region": "南宁"}, base="equipment")

    with pytest.raises(InputError) as error:
        option_table(inputs([BIG]), instruments=instrument)

    assert [
        "options.unknown_attribute",
        "options.unknown_value",
        "options.unknown_attribute",
    ] == [message.code for message in error.value.messages]
    assert (
        "plan.yaml: instruments.grant.where.categroy: no column 'categroy' in the tables; did you mean 'category'?"
        == messages(error)[0]
    )


def test_a_base_of_text_is_refused():
    """A rate applies to numbers only."""
    with pytest.raises(InputError) as error:
        option_table(inputs([BIG]), instruments=grant(base="region"))

    assert ["options.base_not_number"] == [message.code for message in error.value.messages]


def test_a_base_of_the_planners_own():
    """A column that the contract does not know is read in the config's unit."""
    project = {**BIG, "my_base": 12_345.67}

    actual = options(option_table(inputs([project]), instruments=grant(base="my_base", rate="0.1", award={})))

    assert {(0, "grant@2021#1"): 1234.567} == actual


def test_payments_follow_the_profile():
    """40, 30 and 30 % of the award in the start year and the two after."""
    actual = payments(option_table(inputs([BIG])))

    assert {(("fiscal",), 2021): 600.0, (("fiscal",), 2022): 450.0, (("fiscal",), 2023): 450.0} == actual[
        0, "grant@2021#1"
    ]


def test_the_last_payment_takes_the_remainder():
    """0.05 yuan in thirds: two cents twice, one cent last; a year without a share pays nothing."""
    project = {**BIG, "fixed_investment": 0.0001}
    third = ["0.333", "0.333", "0.334", 0]
    instrument = grant(rate="0.05", award={}, payments=third)

    table = option_table(inputs([project]), instruments=instrument)

    assert [(2021, 2.0), (2022, 2.0), (2023, 1.0)] == list(
        zip(table.payments["year"], table.payments["amount"], strict=True)
    )


def test_every_permitted_source_may_pay():
    """Options of an instrument may be paid by all sources that list it, in the order of the config."""
    sources = {"a": {**FISCAL}, "other": {**FISCAL, "pays": []}, "b": {**FISCAL}}

    table = option_table(inputs([BIG]), sources=sources)

    assert (("a", "b"),) == table.payers


def test_payments_after_the_plan_need_a_tail():
    """Without a tail a late start is removed, with a screening row and one notice that counts."""
    table = option_table(inputs([BIG]), instruments=grant(start={"delay": 2}))

    assert {2021} == set(table.table["start_year"])
    assert [("P1", "grant", "tail", "2022;2023", "2023")] == screened(table)
    assert [("options.tail_removed", 8)] == [(message.code, message.values["count"]) for message in table.notices]


def test_the_tail_is_paid_by_sources_that_have_one():
    """After the last plan year only sources with a tail may pay."""
    sources = {"a": {**FISCAL}, "b": {**FISCAL, "tail": {"max_share": "0.5"}}}
    instrument = grant(start={"delay": 1}, award={"step": 10})

    actual = payments(option_table(inputs([BIG]), sources=sources, instruments=instrument))

    assert {(("a", "b"), 2022): 2400.0, (("a", "b"), 2023): 1800.0, (("b",), 2024): 1800.0} == actual[0, "grant@2022#1"]


def test_options_are_sorted_by_project_and_name():
    """Names sort as text, whatever order instruments and projects come in."""
    instruments = {"z": {**GRANT, "award": {"levels": 12}}, "a": GRANT}
    sources = {"fiscal": {**FISCAL, "pays": ["a", "z"]}}

    table = option_table(inputs([{**BIG, "project_id": "P2"}, BIG]), instruments=instruments, sources=sources).table

    keys = list(zip(table["project"], table["option"].astype(str), strict=True))
    assert sorted(keys) == keys
    assert 32 == len(keys)


READY = [
    {"project_id": "P1", "option": "large", "fiscal@2021": 30.0, "fiscal@2022": 0.0, "jobs": 7.0, "mode": "x"},
    {"project_id": "P1", "option": "free", "fiscal@2021": 0.0, "fiscal@2022": 0.0, "jobs": -2.0, "mode": ""},
]


def test_ready_made_options():
    """Payments name their source, the award is their sum, and the support starts as planned."""
    table = option_table(inputs([{"project_id": "P1", "start_year": 2022.0}], READY), instruments={})

    assert {(0, "free"): 0.0, (0, "large"): 30.0} == options(table)
    assert {(("fiscal",), 2021): 30.0} == payments(table)[0, "large"]
    assert [2022, 2022] == table.table["start_year"].tolist()
    assert [-2.0, 7.0] == table.table["jobs"].tolist()
    assert ["", "x"] == table.table["mode"].tolist()


def test_missing_measures_are_assumed_once():
    """Measures the file does not have are 0 and named in one assumption."""
    table = option_table(inputs([{"project_id": "P1"}], READY), instruments={})

    expected = (
        "table options has no columns nominal_investment, certified_investment, additional_investment, "
        "leveraged_investment, upgrading: they are taken as 0"
    )
    assert [expected] == [message.text("en") for message in table.assumptions]


def test_leveraged_investment_of_a_file():
    """It is the investment the goal names, and gives the upgrading value with the project's score."""
    ready = [{"project_id": "P1", "option": "a", "award": 10.0, "certified_investment": 500.0}]
    projects = [{"project_id": "P1", "structure_score": 40.0}]

    table = option_table(inputs(projects, ready), instruments={}, leverage={"goal": "certified"})

    assert {(0, "a"): (500.0, 500.0, 200.0)} == options(
        table, "certified_investment", "leveraged_investment", "upgrading"
    )


def test_ready_made_options_beside_instruments():
    """Own columns are 0 or blank for instrument options, or the project's value where the project has one."""
    ready = [{"project_id": "P1", "option": "own", "award": 0.0, "jobs": 7.0, "mode": "x", "land_mu": 3.0}]

    table = option_table(inputs([{**BIG, "land_mu": 5.0}], ready), instruments=grant(award={"levels": 1})).table

    assert ["grant@2021#1", "own"] == table["option"].astype(str).tolist()
    assert [0.0, 7.0] == table["jobs"].tolist()
    assert ["", "x"] == table["mode"].tolist()
    assert [5.0, 3.0] == table["land_mu"].tolist()


def test_ready_made_payments_after_the_plan_need_a_tail():
    """A row that pays too late is removed, unless its source has a tail."""
    ready = [
        {"project_id": "P1", "option": "late", "fiscal@2023": 1.0, "fiscal@2024": 1.0},
        {"project_id": "P1", "option": "soon", "fiscal@2023": 2.0, "fiscal@2024": 0.0},
    ]

    without = option_table(inputs([{"project_id": "P1"}], ready), instruments={})
    sources = {"fiscal": {**FISCAL, "tail": {"max_share": 1}}}
    with_tail = option_table(inputs([{"project_id": "P1"}], ready), instruments={}, sources=sources)

    assert [(0, "soon")] == list(options(without))
    assert [("P1", "", "tail", "late", "2023")] == screened(without)
    assert [(0, "late"), (0, "soon")] == list(options(with_tail))


def test_commitments_replace_everything_new():
    """A project with commitments has just these, all of them, whenever they started."""
    promised = [
        {"project_id": "P1", "option": "old", "instrument": "grant", "start_year": 2019.0, "fiscal@2021": 5.0},
        {"project_id": "P1", "option": "older", "instrument": "grant", "start_year": 2018.0, "fiscal@2021": 6.0},
    ]

    table = option_table(inputs([BIG, {**BIG, "project_id": "P2"}], None, promised), instruments=grant(award={}))

    assert {(0, "old"): 5.0, (0, "older"): 6.0, (1, "grant@2021#1"): 6000.0} == options(table)
    assert [True, True, False] == table.table["committed"].tolist()
    assert [2019, 2018, 2021] == table.table["start_year"].tolist()
    assert [("P1", "grant", "committed", "old;older", "")] == screened(table)


def test_commitments_after_the_plan_need_a_tail():
    """What was promised cannot be removed, so the input is wrong."""
    promised = [{"project_id": "P1", "option": "old", "fiscal@2025": 5.0}]

    with pytest.raises(InputError) as error:
        option_table(inputs([BIG], None, promised))

    expected = (
        "commitments:0:fiscal@2025: fiscal@2025: pays in 2025, after the last plan year 2023, "
        "but fiscal allows no payments then; set sources.fiscal.tail.max_share"
    )
    assert [expected] == messages(error)


def test_a_fixed_award_that_is_no_level_is_offered():
    """It is added beside the levels, with its own measures; one that is a level is not doubled."""
    both = [BIG, {**BIG, "project_id": "P2"}]
    fix = {"P1": {"instrument": "grant", "award": 2000}, "P2": {"award": 3000}}

    actual = options(option_table(inputs(both), locks={"fix": fix}), "award", "nominal_investment")

    assert (2000.0, 33333.333333) == actual[0, "grant@2021#fix"]
    assert 9 == len(actual)


@pytest.mark.parametrize(
    ("award", "expected"),
    [
        (2005, "a fixed award must be a whole multiple of the instrument's step 10 万元, got 2005"),
        ("0.0000001", "a fixed award must be a whole multiple of the instrument's step 10 万元, got 0.0000001"),
        (100, "a fixed award must be at least the instrument's minimum 200 万元, got 100"),
        (7000, "a fixed award may be at most the instrument's maximum 6500 万元, got 7000"),
        (6500, "a fixed award may be at most the project's entitlement 6000 万元, got 6500"),
    ],
)
def test_a_fixed_award_keeps_the_rules(award, expected):
    """A fixed award that the instrument could not give is an error with the bound."""
    instrument = grant(award={"min": 200, "max": 6500, "step": 10})

    with pytest.raises(InputError) as error:
        option_table(
            inputs([BIG]), instruments=instrument, locks={"fix": {"P1": {"instrument": "grant", "award": award}}}
        )

    assert [f"plan.yaml: locks.fix.P1.award: {expected}"] == messages(error)


def test_two_options_of_one_name_are_refused():
    """A ready-made option may not be named like an instrument's."""
    ready = [{"project_id": "P1", "option": "grant@2021#1", "award": 0.0}]

    with pytest.raises(InputError) as error:
        option_table(inputs([BIG], ready))

    assert ["project P1 has two options named 'grant@2021#1'; rename the one in the option file"] == messages(error)


def test_amounts_are_exact_when_they_are_huge():
    """Levels and measures of sums that floats cannot multiply are still exact."""
    project = {"project_id": "P1", "fixed_investment": 8_000_000_000.0}
    instrument = grant(rate="0.123456789", award={"levels": 3})

    table = option_table(inputs([project]), instruments=instrument).table

    whole = 8 * 10**15 * 123456789
    assert [k * whole // (3 * 10**9) for k in (1, 2, 3)] == [int(award) for award in table["award"]]


def test_the_unit_does_not_matter():
    """The same pool in yuan gives the identical table."""
    tables = inputs([BIG])
    yuan = option_table(tables, money="元", instruments=grant(award={"step": 100_000, "levels": 4}))

    assert option_table(tables).table.equals(yuan.table)


def test_a_pool_without_any_option():
    """When every project is screened out, the table is empty and the screening says why."""
    table = option_table(inputs([{"project_id": "P1", "fixed_investment": 1.0}]))

    assert (0, 0, 1) == (len(table.table), len(table.payments), len(table.screening))

"""Awards follow the published rules of each kind of instrument, to the 万元, and verification agrees with every one."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from factory import inputs, option_table, options, payments, screened
from planning import decide, write_plan

from allocator.pipeline.store import write
from allocator.verify import verify

YEARS = [2021, 2022, 2023, 2024]
FISCAL = {"fiscal": {"budget": 1_000_000, "pays": ["aid"], "tail": {"max_share": 1}}}


def offered(project, **instrument):
    """The option table of one project under one instrument."""
    return option_table(inputs([project]), years=YEARS, sources=FISCAL, instruments={"aid": instrument})


def award(project, **instrument):
    """The full award in 万元."""
    return max(options(offered({"project_id": "P", **project}, **instrument)).values())


@pytest.mark.parametrize(
    ("fixed", "rate", "most", "expected"),
    [
        (100_000, "0.06", 10_000, 6_000),  # major project, 2025: 6 % of fixed investment, at most 1 亿元
        (500_000, "0.06", 10_000, 10_000),
        (30_000, "0.06", 2_000, 1_800),  # upgrading, 2025: 6 %, at most 2,000 万元
        (60_000, "0.06", 2_000, 2_000),
    ],
)
def test_grants_of_fixed_investment(fixed, rate, most, expected):
    """Guangxi's published rates and caps."""
    actual = award({"fixed_investment": float(fixed)}, kind="grant", rate=rate, award={"max": most})

    assert expected == actual


def test_grant_of_equipment():
    """千企技改 of 2022: at most 10 % of equipment and 1,000 万元."""
    rule = {"kind": "grant", "base": "equipment_investment", "rate": "0.1", "award": {"max": 1000}}

    actual = [award({"equipment_investment": amount}, **rule) for amount in (3920.0, 25_000.0)]

    assert [392.0, 1000.0] == actual


@pytest.mark.parametrize(
    ("points", "years", "multiple"),
    [("0.02", 3, Fraction("20.8")), ("0.01", 2, Fraction("62.5")), ("0.015", 2, Fraction("41.7"))],
)
def test_interest_subsidy_attaches_investment(points, years, multiple):
    """A level loan with a fifth of own capital brings 20.8, 62.5 and 41.7 times its subsidy, as is published."""
    project = {"project_id": "P", "bank_loan_committed": 80_000.0, "loan_rate": 4.0, "fixed_investment": 100_000.0}
    table = offered(project, kind="interest_subsidy", points=points, years=years)

    subsidy, brought = options(table, "award", "nominal_investment")[0, "aid@2021#1"]

    assert 80_000 * float(points) * years == subsidy
    assert 100_000 == brought
    assert round(brought / subsidy, 1) == round(float(multiple), 1)


EQUIPMENT = {"kind": "grant", "base": "equipment_investment"}
INTEREST = {"kind": "interest_subsidy"}
ELSEWHERE = {
    "宁波 10 %, at most 3,000": (
        {"equipment_investment": 35_000},
        {**EQUIPMENT, "rate": "0.1", "award": {"max": 3000}},
        3000,
    ),
    "山东 10 %, at most 500": (
        {"equipment_investment": 4_300},
        {**EQUIPMENT, "rate": "0.1", "award": {"max": 500}},
        430,
    ),
    "安徽 8 %, at most 500": (
        {"equipment_investment": 5_000},
        {**EQUIPMENT, "rate": "0.08", "award": {"max": 500}},
        400,
    ),
    "安徽 40 % of the benchmark, three years, at most 500": (
        {"bank_loan_committed": 10_000, "loan_rate": 4.35},
        {**INTEREST, "share_of_reference": "0.4", "reference_rate": "0.0435", "years": 3, "award": {"max": 500}},
        500,  # of 522
    ),
    "half of the loan's rate, at most two points and 1,000 a year": (
        {"bank_loan_committed": 80_000, "loan_rate": 3.8},
        {**INTEREST, "share_of_rate": "0.5", "points": "0.02", "years": 2, "max_per_year": 1000},
        2000,  # of 3,040
    ),
    "广西 at most three years and 1 亿元": (
        {"bank_loan_committed": 300_000, "loan_rate": 4.0, "subsidy_years": 5},
        {**INTEREST, "points": "0.02", "years": 3, "award": {"max": 10_000}},
        10_000,  # of 18,000
    ),
    "科技创新类 clients up to 3,000": (
        {"guarantee_amount": 30_000, "client_amount": 3_000, "claim_rate": 8, "guarantee_capital": 3_000},
        {"kind": "guarantee", "client": "client_amount", "fee": [[1000, "0.01"], [2000, "0.015"], [3000, "0.015"]]},
        1650,  # 1.5 % and half of 8 %, of ten times the capital
    ),
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_rules_of_other_places(name):
    """What other programmes publish can be written down, and gives their amounts."""
    project, rule, expected = ELSEWHERE[name]

    assert expected == award({column: float(value) for column, value in project.items()}, **rule)


def test_never_more_than_the_interest():
    """A loan at 1.2 % is subsidised by 1.2 points, not by 2; half of 4 % is two points."""
    loan = {"bank_loan_committed": 10_000.0}

    low = award({**loan, "loan_rate": 1.2}, kind="interest_subsidy", points="0.02", years=1)
    half = award({**loan, "loan_rate": 4.0}, kind="interest_subsidy", share_of_rate="0.5", years=1)

    assert [120.0, 200.0] == [low, half]


def test_shandong_share_of_the_reference_rate():
    """35 % of a one-year LPR of 3.65 % for at most three years, at most 2,000 万元, from a loan of 3,000 万元 on."""
    rule = {
        "kind": "interest_subsidy", "reference_rate": "0.0365", "share_of_reference": "0.35",
        "min_loan": 3000, "award": {"max": 2000},
    }  # fmt: skip
    loan = {"project_id": "P", "loan_rate": 4.0}

    small = offered({**loan, "bank_loan_committed": 2999.0}, **rule)

    assert award({**loan, "bank_loan_committed": 10_000.0}, **rule) == 383.25
    assert award({**loan, "bank_loan_committed": 90_000.0}, **rule) == 2000
    assert [("P", "aid", "min_loan", "2999", "3000")] == screened(small)


def test_interest_is_paid_year_by_year():
    """Balances of 100, 80 and 50 % at two points, at most 180 a year, paid a year later; two years where so asked."""
    rule = {
        "kind": "interest_subsidy", "points": "0.02", "balance": ["1", "0.8", "0.5"], "max_per_year": 180, "arrears": 1,
    }  # fmt: skip
    project = {"project_id": "P", "bank_loan_committed": 10_000.0, "loan_rate": 5.0}

    three = payments(offered(project, **rule))[0, "aid@2021#1"]
    two = payments(offered({**project, "subsidy_years": 2.0}, **rule))[0, "aid@2021#1"]

    paid = ("fiscal",)
    assert {(paid, 2022): 180.0, (paid, 2023): 160.0, (paid, 2024): 100.0} == three
    assert {(paid, 2022): 180.0, (paid, 2023): 160.0} == two


def test_guarantee_costs_two_percent():
    """A fee of 1 % and half of claims of 2 % cost 2 % of the credit: 50 yuan of credit and 15 of investment a yuan."""
    project = {"project_id": "P", "guarantee_amount": 1000.0}
    table = offered(project, kind="guarantee", claim_rate="0.02")

    cost, brought = options(table, "award", "nominal_investment")[0, "aid@2021#1"]

    assert (20.0, 300.0) == (cost, brought)
    assert 15.0 == brought / cost


@pytest.mark.parametrize(
    ("client", "claims", "capital", "expected"),
    [
        (1000, 2.0, 5000, 200.0),  # 1 % fee, half of 2 % claims
        (1500, 2.0, 5000, 250.0),  # 1.5 % fee
        (1000, 0.9, 5000, 100.0),  # claims below the band are not compensated
        (1000, 8.1, 5000, 100.0),  # nor above
        (1000, 2.0, 5001, 100.0),  # a multiple below 2 is not compensated
        (1000, 2.0, 500, 100.0),  # beyond ten times the capital nothing is supported
    ],
)
def test_guarantee_by_the_published_rules(client, claims, capital, expected):
    """Fee by client class; half of the claims within 1–8 % from a multiple of 2 on; credit up to ten times the capital."""
    project = {
        "guarantee_amount": 10_000.0, "client_amount": float(client),
        "claim_rate": claims, "guarantee_capital": float(capital),
    }  # fmt: skip

    assert expected == award(project, kind="guarantee", client="client_amount")


def test_no_more_fee_is_paid_than_is_charged():
    """A fee of 0.6 % is supported as it is, one of 2.0 % up to the 1 % of its class; a blank means the class's."""
    project = {"guarantee_amount": 1000.0, "claim_rate": 2.0}

    low, high, none = (award({**project, "fee": fee}, kind="guarantee") for fee in (0.6, 2.0, float("nan")))

    assert [16.0, 20.0, 20.0] == [low, high, none]


def test_a_client_beyond_the_last_class_is_refused():
    """2,001 万元 for one client has no fee class."""
    project = {"project_id": "P", "guarantee_amount": 10_000.0, "client_amount": 2001.0}

    table = offered(project, kind="guarantee", client="client_amount")

    assert [("P", "aid", "client_amount", "2001", "2000")] == screened(table)


def test_at_most_a_share_before_acceptance():
    """0.5/0.3/0.2 with at most 0.7 before completion in the third year: 0.5, 0.2 and what is left."""
    rule = {"kind": "grant", "rate": "0.1", "payments": ["0.5", "0.3", "0.2"], "before_acceptance": "0.7"}
    project = {"project_id": "P", "fixed_investment": 10_000.0}

    late, soon = (
        payments(offered({**project, "end_ym": end}, **rule))[0, "aid@2021#1"] for end in ("2023-06", "2021-12")
    )

    paid = ("fiscal",)
    assert {(paid, 2021): 500.0, (paid, 2022): 200.0, (paid, 2023): 300.0} == late
    assert {(paid, 2021): 500.0, (paid, 2022): 300.0, (paid, 2023): 200.0} == soon


def test_reimbursement_follows_completion():
    """What is reimbursed is paid from the year after completion on, later when the start is delayed."""
    rule = {"kind": "grant", "rate": "0.1", "payment_mode": "reimbursement", "start": {"delay": 1}}

    table = offered({"project_id": "P", "fixed_investment": 10_000.0, "end_ym": "2022-12"}, **rule)

    paid = ("fiscal",)
    assert {(0, "aid@2021#1"): {(paid, 2023): 1000.0}, (0, "aid@2022#1"): {(paid, 2024): 1000.0}} == payments(table)


def test_completed_before_support():
    """Where completion came first, what is reimbursed is paid from the start year on: that is after completion."""
    rule = {"kind": "grant", "rate": "0.1", "payment_mode": "reimbursement", "payments": ["0.5", "0.5"]}
    built = {"project_id": "P", "fixed_investment": 10_000.0, "end_ym": "2020-03"}

    before, later = offered(built, **rule), offered(built, start={"delay": 1}, **rule)

    first = {(("fiscal",), 2021): 500.0, (("fiscal",), 2022): 500.0}
    second = {(("fiscal",), 2022): 500.0, (("fiscal",), 2023): 500.0}
    assert {(0, "aid@2021#1"): first} == payments(before)
    assert {(0, "aid@2021#1"): first, (0, "aid@2022#1"): second} == payments(later)


def test_blank_cells_are_named():
    """A grant that waits for completion, and a subsidy of interest, say which cell they miss."""
    grant = offered(
        {"project_id": "P", "fixed_investment": 1.0, "end_ym": ""}, kind="grant", rate="0.1", before_acceptance="0.7"
    )
    project = {"project_id": "P", "bank_loan_committed": 10.0, "loan_rate": float("nan")}
    interest = offered(project, kind="interest_subsidy", points="0.02")

    assert [("P", "aid", "cell_missing", "", "end_ym")] == screened(grant)
    assert [("P", "aid", "cell_missing", "", "loan_rate")] == screened(interest)


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 12))])
def test_verification_agrees(seed, tmp_path):
    """Random tables under all kinds: the stored plan, its options and its screening pass the independent check."""
    rng = random.Random(seed)
    kinds = {
        "grant": {"kind": "grant", "rate": 0.0613, "before_acceptance": 0.55, "payments": [0.5, 0.3, 0.2]},
        "back": {"kind": "grant", "rate": 0.07, "payment_mode": "reimbursement"},
        "interest": {
            "kind": "interest_subsidy", "points": 0.0175, "share_of_rate": 0.4, "balance": [1, 0.77, 0.5],
            "max_per_year": 150, "min_loan": 500, "arrears": rng.randint(0, 1),
        },
        "fees": {"kind": "guarantee", "years": 3, "client": "client_amount", "capital_ratio": 0.1},
    }  # fmt: skip
    for rule in kinds.values():
        rule["award"] = {"step": rng.choice([1, 7, 10]), "levels": rng.randint(1, 4), "max": 900}
        rule["start"] = {"delay": rng.randint(0, 1)}
    projects = [
        {
            "project_id": f"P{number:02}", "region": "A", "category": "x",
            "fixed_investment": rng.choice(["", round(rng.uniform(500, 20_000), 2)]),
            "bank_loan_committed": round(rng.uniform(100, 9000), 2),
            "loan_rate": rng.choice(["", 1.05, 3.85, 4.2]), "subsidy_years": rng.choice(["", 1, 2, 3]),
            "guarantee_amount": round(rng.uniform(100, 9000), 2), "client_amount": rng.choice([800, 1500, 2500]),
            "claim_rate": rng.choice(["", 0.5, 2.75]), "guarantee_capital": rng.choice(["", 300, 2000]),
            "start_year": (start := rng.choice([2020, 2021, 2022])), "done_investment": rng.choice([0, 300]),
            "end_ym": rng.choice(["", f"{start}-05", f"{start}-12", "2023-11"]),
        }
        for number in range(12)
    ]  # fmt: skip
    config = {
        "years": YEARS,
        "sources": {"fiscal": {"budget": 700, "pays": list(kinds), "tail": {"max_share": 0.5}}},
        "instruments": kinds,
        "leverage": {"goal": rng.choice(["nominal", "certified"])},
    }
    solution = decide(write_plan(tmp_path, config, projects=projects))

    result = verify(write(solution, tmp_path / "runs"))

    assert [] == [message.text("en") for message in result.violations]
    assert len(solution.awards)

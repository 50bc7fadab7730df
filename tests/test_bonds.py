"""Special bonds: cover as issuers disclose it, shortfall at stressed revenue, capital, and what the money may never pay."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from factory import inputs, option_table, options, screened
from planning import decide, write_plan

from allocator.config.source.load import load_config
from allocator.messages.errors import InputError
from allocator.options.instruments.bond import debt_cost
from allocator.pipeline.store import write
from allocator.verify import verify

TERMS = {"rate": "0.022", "term": 20, "min_cover": 0}
PARK = {"kind": "bond", "payments": ["1"]}


def offered(project, terms, **instrument):
    """The option table of one park."""
    sources = {"special_bond": {"budget": 1_000_000, "pays": ["park"], "bond": {**TERMS, **terms}}}
    return option_table(
        inputs([{"project_id": "P", "category": "园区基础设施", **project}]),
        sources=sources,
        instruments={"park": {**PARK, **instrument}},
    )


def cover(project, terms, revenue_share=1):
    """Cover ratio from what an option tells of its debt."""
    table = offered(project, terms)
    service, net = options(table, "bond_service", "bond_revenue")[0, "park@2021#1"]
    return (net - (1 - revenue_share) * project["revenue_total"]) / service


PUBLISHED = {
    "忻城 sewage works": ({"bond_need": 3000.0, "revenue_total": 41_431.0, "cost_total": 9889.0}, "0.0189", 7.63),
    "玉林 light-industry park": (
        {"bond_need": 20_000.0, "revenue_total": 61_780.0, "cost_total": 10_677.0},
        "0.0247",
        1.71,
    ),
    "北海 green-energy park": (
        {"bond_need": 48_000.0, "revenue_total": 107_711.0, "cost_total": 19_305.0},
        "0.025",
        1.23,
    ),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_disclosed_cover_ratios(name):
    """(revenue − cost) ÷ (principal + all interest) gives the ratios that Guangxi's park projects disclose."""
    project, rate, disclosed = PUBLISHED[name]

    assert disclosed == round(cover(project, {"rate": rate}), 2)


def test_cover_at_seventy_percent():
    """At 2.2 % over 20 years the two parks that pass 1.2 at full revenue fall to 1.13 and 0.81 at 70 %."""
    parks = [PUBLISHED[name][0] for name in ("玉林 light-industry park", "北海 green-energy park")]

    assert [1.13, 0.81] == [round(cover(park, {}, revenue_share=0.7), 2) for park in parks]


def test_a_park_that_does_not_cover_its_debt_is_refused():
    """Cover is screened at the whole entitlement; the row names the ratio and the least one."""
    park = {"bond_need": 10_000.0, "revenue_total": 20_000.0, "cost_total": 3000.0}

    assert [("P", "park", "cover_ratio", "1.1806", "1.2")] == screened(offered(park, {"min_cover": "1.2"}))
    assert [] == screened(offered(park, {"min_cover": "1.18"}))
    assert [] == screened(offered({**park, "bond_rate": 2.0, "bond_term": 15.0}, {"min_cover": "1.2"}))


def test_equal_payments():
    """An annuity of 10 years at 3 % costs 1.1723 per yuan, less than 1.3 at the end; without interest it costs 1."""
    assert Fraction(13, 10) == debt_cost("bullet", Fraction("0.03"), 10)
    assert 1.1723 == round(float(debt_cost("annuity", Fraction("0.03"), 10)), 4)
    assert 1 == debt_cost("annuity", Fraction(0), 10)


def test_shortfall_at_stressed_revenue():
    """10,000 at 1.44 owes 14,400; 70 % of 20,000 less 3,000 pays 11,000 of it; half the bond is paid in full."""
    park = {"bond_need": 10_000.0, "revenue_total": 20_000.0, "cost_total": 3000.0}
    table = offered(park, {"revenue_haircut": "0.7"}, award={"levels": 2})

    assert {(0, "park@2021#1"): (7200.0, 0.0), (0, "park@2021#2"): (14_400.0, 3400.0)} == options(
        table, "bond_service", "bond_shortfall"
    )


def test_capital_brings_more_than_debt():
    """2,000 of project capital at a fifth carries 10,000 of investment; as debt the whole project counts."""
    park = {"bond_need": 2000.0, "revenue_total": 20_000.0, "cost_total": 0.0, "fixed_investment": 16_000.0}

    capital = options(offered(park, {}, use="capital"), "nominal_investment")
    debt = options(offered(park, {}), "nominal_investment")

    assert ([10_000.0], [16_000.0]) == ([*capital.values()], [*debt.values()])


PLAN = {
    "years": [2021, 2022],
    "sources": {
        "fiscal": {"budget": 100, "pays": ["grant"]},
        "special_bond": {"budget": 100, "pays": ["park"], "bond": {"rate": 0.022, "term": 20}},
    },
    "instruments": {"grant": {"kind": "grant", "rate": 0.1}, "park": {"kind": "bond"}},
}


def park(number, **cells):
    return {
        "project_id": f"K{number}", "region": "A", "category": "园区基础设施", "fixed_investment": 300,
        "bond_need": 100, "revenue_total": 400, "cost_total": 50, **cells,
    }  # fmt: skip


def changed(**sources):
    """The plan with sources changed."""
    return {**PLAN, "sources": {name: {**PLAN["sources"][name], **change} for name, change in sources.items()}}


def bonds(**terms):
    """A plan of one year with nothing but bonds."""
    source = {**PLAN["sources"]["special_bond"], "bond": {"rate": 0.022, "term": 20, **terms}}
    return {"years": [2021], "sources": {"special_bond": source}, "instruments": {"park": {"kind": "bond"}}}


@pytest.mark.parametrize(
    ("config", "told"),
    [
        (changed(fiscal={}, special_bond={"pays": ["park", "grant"]}), "special-bond money never pays grant"),
        (changed(fiscal={"pays": ["grant", "park"]}, special_bond={}), "park is of kind bond"),
    ],
    ids=["a grant from bonds", "bonds from the budget"],
)
def test_bond_money_pays_bonds_alone(config, told, tmp_path):
    """Neither may bonds pay a subsidy, nor may ordinary money be spent as if it were a bond."""
    path = write_plan(tmp_path, config, projects=[park(1)])

    with pytest.raises(InputError) as caught:
        load_config(path)

    assert told in caught.value.text("en")


def test_overrides_cannot_open_bonds_to_subsidies(tmp_path):
    """An override meets the same rule."""
    path = write_plan(tmp_path, PLAN, projects=[park(1)])

    with pytest.raises(InputError, match="special-bond money never pays grant"):
        load_config(path, overrides=["sources.special_bond.pays=[park, grant]"])


def test_shortfall_moves_the_plan(tmp_path):
    """At full trust the park with more investment wins; priced at stressed revenue, the one that can repay does."""
    parks = [park(1, fixed_investment=300), park(2, fixed_investment=320, revenue_total=240)]
    plain = decide(write_plan(tmp_path / "a", bonds(), projects=parks))
    priced = decide(write_plan(tmp_path / "b", bonds(revenue_haircut=0.7), projects=parks))

    # K2 owes 144 and can pay 0.7 × 240 − 50 = 118: 26 are missing, so it is worth 220 − 26 against 200
    assert (["K2"], ["K1"]) == (plain.awards["project_id"].tolist(), priced.awards["project_id"].tolist())
    assert [200, 0] == [float(row) for row in priced.goals["contribution"]]


def test_capital_share_is_kept(tmp_path):
    """Of 300 in bonds at most 30 % may be capital, although capital brings more."""
    parks = [park(number, kind=kind) for number, kind in enumerate(["资本", "资本", "债", "债"])]
    config = bonds(max_capital_share=0.3)
    config["sources"]["special_bond"] |= {"budget": 300, "pays": ["park", "equity"]}
    levels = {"kind": "bond", "award": {"step": 1, "levels": 10}}
    config["instruments"] = {
        "park": {**levels, "where": {"kind": "债"}},
        "equity": {**levels, "where": {"kind": "资本"}, "use": "capital"},
    }

    solution = decide(write_plan(tmp_path, config, projects=parks))

    by_kind = solution.awards.groupby("instrument", observed=True)["award"].sum()
    limit = solution.limits.set_index("limit").loc["special_bond: max_capital_share"]
    assert by_kind["equity"] <= 0.3 * by_kind.sum()
    assert 0.3 == limit["upper"]


@pytest.mark.sweep(1)
@pytest.mark.parametrize("seed", range(8))
def test_verification_agrees(seed, tmp_path):
    """Random parks: stored plans with bonds, goals and limits on their measures pass the independent check."""
    rng = random.Random(seed)
    terms = {
        "rate": rng.choice([0.022, 0.0304]), "term": rng.randint(5, 20), "repayment": rng.choice(["bullet", "annuity"]),
        "min_cover": 1.1, "revenue_haircut": rng.choice([0.5, 0.7]), "max_capital_share": 0.4,
    }  # fmt: skip
    bond = {
        "kind": "bond",
        "award": {"step": rng.choice([1, 7]), "levels": 3},
        "start": {"delay": 1},
        "payments": [0.7, 0.3],
    }
    config = {
        "years": [2021, 2022],
        "sources": {
            "special_bond": {"budget": 400, "pays": ["park", "equity"], "bond": terms, "tail": {"max_share": 1}}
        },
        "instruments": {"park": bond, "equity": {**bond, "use": "capital"}},
        "limits": [
            {"name": "service", "measure": "bond_service", "max": 900},
            {"name": "missing", "measure": "bond_shortfall", "each": "region", "max": 60},
        ],
    }
    parks = [
        park(
            number, region=rng.choice("AB"), fixed_investment=rng.randint(100, 500), bond_need=rng.randint(50, 200),
            revenue_total=round(rng.uniform(100, 500), 2), cost_total=round(rng.uniform(0, 60), 2),
            bond_rate=rng.choice(["", 2.5]), bond_term=rng.choice(["", 10]),
        )
        for number in range(10, 22)
    ]  # fmt: skip
    solution = decide(write_plan(tmp_path, config, projects=parks))

    result = verify(write(solution, tmp_path / "runs"))

    assert [] == [message.text("en") for message in result.violations]
    assert len(solution.awards)


def test_no_revenue_no_bonds(tmp_path):
    """Even at `min_cover: 0` a park that earns nothing beyond its cost has no bonds, which is told; one yuan more will do."""
    parks = [park(1, revenue_total=50, cost_total=50), park(2, revenue_total=50.01, cost_total=50), park(3)]
    solution = decide(write_plan(tmp_path, bonds(min_cover=0), projects=parks))

    assert [("K1", "park", "cover_ratio", "0", "> 0")] == [*solution.screening.itertuples(index=False, name=None)]
    assert {"K1"}.isdisjoint(solution.awards["project_id"])
    assert "config.cover_below_one" in [notice.code for notice in solution.notices]
    run = write(solution, tmp_path / "runs")
    assert verify(run).ok
    table = run / "screening.csv"
    table.write_text(table.read_text(encoding="utf-8-sig").replace("> 0", "0.5"), encoding="utf-8-sig")
    assert not verify(run).ok


CAPITAL_LIMIT = {"name": "special_bond: max_capital_share", "measure": "award", "max_share": 0.9}


def test_a_limit_cannot_take_the_place_of_one_that_follows(tmp_path):
    """A limit of the planner's own with the name of the implied one is an error that names both; a stored config is not."""
    config = bonds(max_capital_share=0.3)
    config["instruments"]["park"]["use"] = "capital"
    path = write_plan(tmp_path, {**config, "limits": [CAPITAL_LIMIT]}, projects=[park(1)])
    with pytest.raises(InputError) as caught:
        load_config(path)

    (message,) = caught.value.messages
    assert "limits.special_bond: max_capital_share.name" == message.path
    assert "sources.special_bond.bond.max_capital_share" in message.text("en")
    solution = decide(
        write_plan(tmp_path, config, projects=[park(1)]), "debt={quota: 60}", "goals.terms=[{measure: award}]"
    )
    again = load_config(write(solution, tmp_path / "runs") / "config.resolved.yaml").config
    assert ["special_bond: max_capital_share", "debt: quota 2021"] == [limit.name for limit in again.limits]

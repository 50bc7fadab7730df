"""Special-bond money never pays a subsidy: attacks by config, overrides, scenarios, option files and commitments."""

from __future__ import annotations

import csv
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from planning import ROOT, Row, decide, write_plan

import allocator
from allocator.messages.errors import AllocatorError, InputError
from allocator.verify import verify

TERMS = {"rate": 0.022, "term": 20, "min_cover": 0}
CONFIG: Row = {
    "money": "万元",
    "years": [2021],
    "sources": {
        "fiscal": {"budget": 100, "pays": ["grant", "interest", "guarantee", "open"]},
        "special_bond": {"name": "专项债券", "budget": 10_000, "pays": ["park"], "bond": TERMS},
    },
    "instruments": {
        "grant": {"kind": "grant", "where": {"category": "企业技改"}, "rate": 0.1},
        "open": {"kind": "grant", "rate": 0.1},
        "interest": {"kind": "interest_subsidy", "points": 0.02},
        "guarantee": {"kind": "guarantee", "fee": [[100_000, 0.01]]},
        "park": {"kind": "bond"},
    },
    "leverage": {"goal": "nominal"},
    "closing": {"gate": False},
    "solver": {"gap": 0},
}
PROJECTS: list[Row] = [
    {"project_id": name, "region": "east", "category": category, "fixed_investment": 1000, "bank_loan_committed": 500,
     "loan_rate": 4, "guarantee_amount": 400, "bond_need": 300, "revenue_total": 900, "cost_total": 100}
    for name, category in [("P1", "企业技改"), ("P2", "重大工业项目"), ("P3", "融资担保"), ("P4", "园区基础设施")]
]  # fmt: skip
NAMES = [
    ("special_bond", ""),
    ("bonds", "2021年专项债券"),
    ("debt", "Special Bonds"),
    ("专项债", ""),
    ("Special-Bond", ""),
    ("specialbond", ""),
    ("debt", "专 项 债"),
    ("debt", "新增专项\u200b债"),
    ("debt", "地方政府债券"),
    ("debt", "Special   Bond"),
    ("debt", "专项債"),
    ("debt", "專項债"),
    ("debt", "专债"),
    ("debt", "政府债"),
    ("debt", "地方债"),
    ("debt", "ZXZQ"),
    ("debt", "LGSB"),
    ("debt", "Municipal bond"),
    ("debt", "revenue bonds"),
]
OTHER_WORDS = [
    "企业技改项目",
    "企业 技改",
    "工业项目",
    "先进制造业",
    "技术改造",
    "园区企业技改",
    "plant",
    "Major industrial project",
    "重大工业项目/园区基础设施",
    "园区补助",
    "园区基础设施贷款贴息",
    "Park loan-interest subsidy",
    "园区内重大工业项目",
    "产业园区工业项目",
    "园区基础设施(企业技改)",
    "园区基础设施技术改造",
    "标准厂房租金补贴",
    "园区奖补",
    "园区标准厂房装修补贴",
    "园区标准厂房装修补助",
    "园区厂房设备购置",
    "园区龙头企业",
    "园区流动资金",
    "园区职工工资",
    "园区风险补偿",
    "园区基础设施;企业技改",
    "企业技改；园区基础设施",
]


def write(folder: Path, *, tables: dict[str, list[Row]] | None = None, **changes: Any) -> Path:
    return write_plan(folder, CONFIG | changes, projects=PROJECTS, **(tables or {}))


def refused(path: Path, *overrides: str, scenario: str | None = None) -> str:
    """What is wrong with a config."""
    with pytest.raises(InputError) as caught:
        allocator.load(path, scenario=scenario, overrides=overrides)
    return str(caught.value)


def test_bonds_build_parks_alone(tmp_path: Path) -> None:
    """Every project asks for bonds and fits the instrument; only the park gets them, the others are screened."""
    solution = allocator.run(write(tmp_path), out=tmp_path / "runs")
    paid = solution.payments[solution.payments["source"] == "special_bond"]
    screened = solution.screening[solution.screening["rule"] == "bond_use"]

    assert ["P4"] == paid["project_id"].tolist()
    assert [("P1", "park"), ("P2", "park"), ("P3", "park")] == list(
        screened[["project_id", "instrument"]].itertuples(index=False, name=None)
    )


@pytest.mark.parametrize("key", ["grant", "open", "interest", "guarantee"])
def test_a_bond_source_pays_no_subsidy(tmp_path: Path, key: str) -> None:
    """In `pays` of the config, by --set, by a scenario, and by a config that extends it."""
    plain = write(tmp_path, scenarios={"attack": {"sources": {"special_bond": {"pays": ["park", key]}}}})
    child = tmp_path / "child.yaml"
    child.write_text(f"extends: plan.yaml\nsources: {{special_bond: {{pays: [{key}]}}}}\n", encoding="utf-8")

    assert "sources.special_bond.pays.1" in refused(plain, f"sources.special_bond.pays=[park, {key}]")
    assert "sources.special_bond.pays.1" in refused(plain, scenario="attack")
    assert "sources.special_bond.pays.0" in refused(child)


@pytest.mark.parametrize(("key", "name"), NAMES)
@pytest.mark.parametrize("instrument", ["grant", "open", "interest", "guarantee"])
def test_a_source_that_says_it_is_bonds_pays_no_subsidy(tmp_path: Path, key: str, name: str, instrument: str) -> None:
    """Without the terms of the bond, too."""
    sources = {"fiscal": CONFIG["sources"]["fiscal"], key: {"name": name, "budget": 100, "pays": [instrument]}}
    instruments = {k: v for k, v in CONFIG["instruments"].items() if k != "park"}

    assert f"sources.{key}.pays.0" in refused(write(tmp_path, sources=sources, instruments=instruments))


def test_taking_the_terms_away_does_not_help(tmp_path: Path) -> None:
    """`--set sources.special_bond.bond=null`, with and without another instrument to pay."""
    path = write(tmp_path)

    assert "sources.special_bond" in refused(path, "sources.special_bond.bond=null")
    assert "sources.special_bond.pays.0" in refused(
        path, "sources.special_bond.bond=null", "sources.special_bond.pays=[grant]", "instruments.park=null"
    )


@pytest.mark.parametrize("disguise", ["grant", "interest_subsidy", "guarantee"])
def test_a_subsidy_with_the_name_of_the_park_is_no_park(tmp_path: Path, disguise: str) -> None:
    """The kind decides, whatever the instrument is called."""
    park = {"name": "园区基础设施", **next(rule for rule in CONFIG["instruments"].values() if rule["kind"] == disguise)}
    instruments = {**CONFIG["instruments"], "park": park}

    assert "sources.special_bond.pays.0" in refused(write(tmp_path, instruments=instruments))


def test_bonds_are_no_part_of_a_package(tmp_path: Path) -> None:
    """Neither first nor second."""
    for package in (["park", "open"], ["open", "park"]):
        assert "packages.0" in refused(write(tmp_path, packages=[package]))


OPTION = {"project_id": "P1", "option": "mine", "start_year": 2021, "nominal_investment": 10_000}


@pytest.mark.sweep(15)
@pytest.mark.parametrize("table", ["options", "commitments"])
@pytest.mark.parametrize("instrument", ["", "grant", "park", "企业技改贴息"])
@pytest.mark.parametrize("project", ["P1", "P2", "P3"])
def test_tables_of_options_do_not_get_round_it(tmp_path: Path, table: str, instrument: str, project: str) -> None:
    """A payment column of a bond source for an enterprise or a guarantee is refused at its cell."""
    row = OPTION | {"project_id": project, "instrument": instrument, "special_bond@2021": 50}
    words = refused(write(tmp_path, tables={table: [row]}))

    assert f"{table}.csv" in words
    assert "special-bond money of special_bond never pays this" in words


@pytest.mark.sweep(2)
@pytest.mark.parametrize("category", OTHER_WORDS)
def test_competitive_industry_in_other_words(tmp_path: Path, category: str) -> None:
    """An enterprise whose category is written otherwise gets no bonds: screened, refused in tables of options, caught."""
    projects = [PROJECTS[0] | {"category": category}, PROJECTS[3]]
    instruments = {"open": CONFIG["instruments"]["open"], "park": {"kind": "bond"}}
    sources = CONFIG["sources"] | {"fiscal": {"budget": 100, "pays": ["open"]}}
    config = CONFIG | {"instruments": instruments, "sources": sources}
    solution = allocator.run(write_plan(tmp_path, config, projects=projects), out=tmp_path / "runs")
    row = OPTION | {"instrument": "", "special_bond@2021": 50}
    bare = config | {"sources": {"special_bond": {"budget": 100}}, "instruments": {}}

    assert ["P4"] == solution.payments.loc[solution.payments["source"] == "special_bond", "project_id"].tolist()
    assert "never pays this" in refused(write_plan(tmp_path / "options", bare, projects=projects, options=[row]))


@pytest.mark.sweep(3)
@pytest.mark.parametrize(
    "category", ["先进制造业园区", "工业项目配套基础设施", "标准厂房", "industrial park", "sewage plant"]
)
def test_infrastructure_in_other_words(tmp_path: Path, category: str) -> None:
    """What is built for plants is no competitive industry, whatever word stands beside it."""
    projects = [PROJECTS[3] | {"category": category}]
    config = CONFIG | {
        "instruments": {"park": {"kind": "bond"}},
        "sources": {"b": {**CONFIG["sources"]["special_bond"]}},
    }

    assert ["P4"] == allocator.run(write_plan(tmp_path, config, projects=projects), out=tmp_path).awards[
        "project_id"
    ].tolist()


def test_general_bonds_are_no_special_bonds(tmp_path: Path) -> None:
    """They are money of the general budget."""
    sources = {"general": {"name": "一般债券", "budget": 100, "pays": ["open"]}}
    config = CONFIG | {"sources": sources, "instruments": {"open": CONFIG["instruments"]["open"]}}

    assert 1 <= len(decide(write_plan(tmp_path, config, projects=PROJECTS)).awards)


def test_a_park_pays_no_subsidy_either(tmp_path: Path) -> None:
    """An option of the park by the interest subsidy is refused, one by the bond is taken."""
    wrong = OPTION | {"project_id": "P4", "instrument": "interest", "special_bond@2021": 50}
    right = OPTION | {"project_id": "P4", "instrument": "park", "special_bond@2021": 50}

    assert "never pays this" in refused(write(tmp_path, tables={"options": [wrong]}))
    assert "mine" in decide(write(tmp_path / "right", tables={"options": [right]})).awards["option"].tolist()


def test_options_of_a_source_that_says_it_is_bonds(tmp_path: Path) -> None:
    """Option files without instruments: an enterprise and a named subsidy are refused, a park is not."""
    sources = {"special_bond": {"budget": 100}}
    for project, instrument, ok in [("P1", "", False), ("P4", "贴 息", False), ("P4", "", True), ("P2", "park", False)]:
        row = OPTION | {"project_id": project, "instrument": instrument, "special_bond@2021": 50}
        folder = tmp_path / f"{project}{instrument}"
        path = write(folder, tables={"options": [row]}, sources=sources, instruments={})
        if ok:
            assert 1 == len(decide(path).awards)
        else:
            assert "never pays this" in refused(path)


def test_a_corrupted_plan_is_caught(tmp_path: Path) -> None:
    """Whoever writes bonds into the payments of a subsidy afterwards is found out."""
    folder = allocator.run(write(tmp_path), out=tmp_path / "runs").folder
    assert folder is not None
    with (folder / "payments.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    target = next(row for row in rows if row[0] == "P1")
    target[2] = "special_bond"
    with (folder / "payments.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)

    assert {"bond_misused", "may_not_pay"} <= {message.code.split(".")[1] for message in verify(folder).violations}


NEW_KEYS: Row = {
    "synergies": [{"name": "draw", "anchor": "P4", "projects": ["P1", "P2", "P3"], "bonus": 100_000}],
    "goals": {
        "terms": [{"measure": "nominal_investment"}, {"measure": "award", "coefficient": "whole", "weight": 1000}]
    },
    "limits": [
        {
            "name": "投资",
            "measure": "nominal_investment",
            "coefficient": "whole",
            "where": {"category": "企业技改"},
            "max": 1e9,
        }
    ],
    "debt": {"service": {"max": 1_000_000, "max_from": "limit", "total": 10_000_000}, "min_cover": 0},
    "capital_ratios": {"own": {"C": 0}, "default": 0},
    "screening": {"capital": {"min": "by_industry", "funds": ["bond_need"]}},
    "spending": {"from": "months", "curve": [[0, 0], [0.1, 0.9], [1, 1]], "default": [1]},
}
"""Everything that might draw money to plants, or let loose what holds the bonds."""
LOOSE: Row = {**TERMS, "revenue_haircut": 0, "shortfall": "yearly", "shortfall_price": 0, "max_capital_share": 1}


def tempted(folder: Path, **changes: Any) -> Path:
    """The plan with all of them, and with a bond that is put in as capital."""
    cells = {
        "whole": 1,
        "limit": 10**6,
        "build_years": 1,
        "operate_years": 20,
        "gb4754_code": "C1",
        "total_investment": 1,
    }
    sources = CONFIG["sources"] | {
        "fiscal": {"budget": 0, "pays": ["grant", "interest", "guarantee", "open"]},
        "special_bond": {**CONFIG["sources"]["special_bond"], "bond": LOOSE, "pays": ["park", "equity"]},
    }
    instruments = CONFIG["instruments"] | {"equity": {"kind": "bond", "use": "capital"}}
    instruments["interest"] = {**instruments["interest"], "capital_ratio": "by_industry"}
    config = CONFIG | {"sources": sources, "instruments": instruments} | NEW_KEYS | changes
    return write_plan(folder, config, projects=[{**row, **cells} for row in PROJECTS])


def test_no_key_draws_bonds_to_plants(tmp_path: Path) -> None:
    """A bonus for every plant beside the park, all caps loose, capital for nothing: the bonds build the park, no more."""
    solution = allocator.run(tempted(tmp_path), out=tmp_path / "runs")

    assert {("P4", "special_bond")} == set(
        zip(solution.payments["project_id"], solution.payments["source"], strict=True)
    )
    assert {"P1", "P2", "P3"} == set(solution.screening.loc[solution.screening["rule"] == "bond_use", "project_id"])
    assert solution.folder is not None
    assert verify(solution.folder).ok


@pytest.mark.parametrize("key", ["grant", "open", "interest", "guarantee"])
def test_no_key_opens_a_bond_source_to_subsidies(tmp_path: Path, key: str) -> None:
    """The rule stands beside each of them, with terms and without."""
    path = tempted(tmp_path)

    assert "sources.special_bond.pays.1" in refused(path, f"sources.special_bond.pays=[park, {key}]")
    assert "sources.special_bond.pays.0" in refused(
        path, "sources.special_bond.bond=null", f"sources.special_bond.pays=[{key}]", "debt=null",
        "instruments.park=null", "instruments.equity=null",
    )  # fmt: skip


def test_the_share_of_capital_is_not_written_over(tmp_path: Path) -> None:
    """A looser limit of the same name does not take the place of the share that the source is bound to."""
    loose = {"name": "special_bond: max_capital_share", "measure": "award", "source": "special_bond", "max_share": 1}
    bound = {**LOOSE, "max_capital_share": 0.3}
    path = tempted(tmp_path, limits=[loose])

    assert "sources.special_bond.bond.max_capital_share" in refused(path, f"sources.special_bond.bond={bound}")


def test_a_park_without_revenue_has_no_bonds(tmp_path: Path) -> None:
    """No least cover and no counted revenue make a park without net revenue one that earns."""
    path = tempted(tmp_path)
    table = tmp_path / "projects.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("300,900,100", "300,100,100"), encoding="utf-8")
    solution = decide(path)

    assert [] == solution.payments["project_id"].tolist()
    assert {"park", "equity"} == set(
        solution.screening.loc[
            (solution.screening["rule"] == "cover_ratio") & (solution.screening["project_id"] == "P4"), "instrument"
        ]
    )


DEMO = [
    "flagship_grant",
    "construction_grant",
    "upgrade_grant",
    "renovation_grant",
    "park_supporting",
    "guarantee_subsidy",
]


@pytest.mark.sweep(2)
@pytest.mark.parametrize(("instrument", "bare"), list(product(DEMO, [False, True])))
def test_the_demo_cannot_be_talked_into_it(instrument: str, bare: bool) -> None:
    """The demo's bonds pay none of its subsidies, with their terms or without."""
    sets = [f"sources.special_bond.pays=[park_infrastructure, {instrument}]"]
    sets += ["sources.special_bond.bond=null"] if bare else []

    assert "sources.special_bond.pays" in refused(ROOT / "configs" / "guangxi.yaml", *sets)


SPELLINGS: dict[str, tuple[Row, tuple[str, ...]]] = {
    "in the unspent money of earlier years": ({"budget": 0, "opening": {"2020": 5000}, "carryover": {"max_share": 1, "years": 5}}, ()),
    "after the plan": ({"tail": {"max_share": 1}}, ()),
    "as capital, for everybody": ({}, ("instruments.park={kind: bond, use: capital}",)),
    "for named projects": ({}, ("instruments.park.where={project_id: [P1, P2, P3]}",)),
    "for all but parks": ({}, ("instruments.park.where={category: {not: 园区基础设施}}",)),
    "by size": ({}, ("instruments.park.where={fixed_investment: {min: 0}}",)),
    "in single steps": ({}, ("instruments.park={kind: bond, continuous: true, award: {step: 1}}",)),
    "in a bond that is called a subsidy": ({}, ("instruments.park.name=企业技改贴息",)),
    "in an instrument that becomes a bond": ({"pays": ["park", "open"]}, ("instruments.open={kind: bond}", "sources.fiscal.pays=[grant]")),
    "in a source that is called otherwise": ({"name": "财政资金"}, ()),
    "by a goal": ({}, ("goals.terms=[{measure: award, source: special_bond, where: {category: 企业技改}}]",)),
    "by a lock": ({}, ("locks.must_not=[P4]",)),
}  # fmt: skip


@pytest.mark.sweep(4)
@pytest.mark.parametrize(("source", "overrides"), SPELLINGS.values(), ids=SPELLINGS)
def test_no_spelling_brings_bonds_to_plants(tmp_path: Path, source: Row, overrides: tuple[str, ...]) -> None:
    """However money, terms, instrument or goal are written: what bonds pay is the park, if anything."""
    sources = CONFIG["sources"] | {"special_bond": {**CONFIG["sources"]["special_bond"], **source}}
    try:
        solution = decide(write(tmp_path, sources=sources), *overrides)
    except InputError:
        return
    paid = solution.payments

    assert {"P4"} >= set(paid.loc[paid["source"] == "special_bond", "project_id"])


@pytest.mark.parametrize("wish", [
    "locks={fix: {P1: {instrument: park}}}", "packages=[[park, grant]]", "sources.fiscal.bond={rate: 0.02, term: 5}",
    "instruments.park={kind: grant, rate: 0.1}", "sources.special_bond={budget: 5, pays: [open]}",
    "sources.fiscal.name=专项债券", "sources.special_bond.pays.0=open",
])  # fmt: skip
def test_such_a_wish_is_refused(tmp_path: Path, wish: str) -> None:
    """A plan that cannot be made without bonds for plants is no plan, and says so."""
    with pytest.raises(AllocatorError):
        decide(write(tmp_path), wish)

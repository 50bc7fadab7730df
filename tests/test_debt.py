"""Debt of special bonds: service year by year, room, tiers, quota and cover, as limits and as tables that are verified."""

from __future__ import annotations

import csv
import shutil
from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest
import yaml
from forging import restate
from planning import ROOT, Row, chosen, decide, write_plan
from reference import opinion

import allocator
from allocator.config.source.load import load_config
from allocator.messages.errors import InputError
from allocator.options.instruments.bond import debt_cost
from allocator.options.instruments.loan import Loan
from allocator.plan.debt import total_service
from allocator.report import summary
from allocator.report.sections import build
from allocator.runs import folder as run_folder
from allocator.verify import verify

TERMS: Row = {"rate": 0.022, "term": 20, "min_cover": 0}
PARK: Row = {
    "category": "园区基础设施", "region": "甲", "grade": "绿", "fixed_investment": 300, "bond_need": 100,
    "revenue_total": 400, "cost_total": 50, "room": "", "before": "",
}  # fmt: skip


def park(number: int, **cells: object) -> Row:
    return {**PARK, "project_id": f"K{number}", **cells}


def plan(folder: Path, parks: list[Row], debt: Row | None, years: int = 1, **bond: object) -> Path:
    """A plan of parks, each paid in full in its start year."""
    source = {"budget": 1000, "pays": ["park"], "bond": {**TERMS, **bond}, "tail": {"max_share": 1}}
    config: Row = {
        "years": [2021 + n for n in range(years)],
        "sources": {"special_bond": source},
        "instruments": {"park": {"kind": "bond", "award": {"levels": 2}, "start": {"delay": years - 1}}},
        "leverage": {"goal": "nominal"},
        "goals": {"terms": [{"measure": "award"}]},
        "solver": {"gap": 0},
    }
    return write_plan(folder, config | ({} if debt is None else {"debt": debt}), projects=parks)


def stored(folder: Path, *args: object, **bond: object) -> Path:
    """A stored plan that verification has nothing against."""
    run = allocator.run(plan(folder, *args, **bond), out=folder / "runs").folder  # type: ignore[arg-type]
    assert run is not None
    assert [] == [message.text("en") for message in verify(run).violations]
    assert [] == opinion(run)[1]
    return run


def table(run: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(run / f"{name}.csv", encoding="utf-8-sig", keep_default_na=False)


def test_bullet_and_annuity_year_by_year() -> None:
    """A bullet of 3 years at 10 %: 0.1, 0.1, 1.1. Equal payments: 0.4021 three times, the balance falls to 0."""
    bullet, annuity = Loan("bullet", Fraction(1, 10), 3), Loan("annuity", Fraction(1, 10), 3)
    served = [[float(x.interest(k) + x.balance(k - 1) - x.balance(k)) for k in (1, 2, 3)] for x in (bullet, annuity)]

    assert [0.1, 0.1, 1.1] == served[0]
    assert [0.4021] * 3 == [round(value, 4) for value in served[1]]
    assert [1, 0.6979, 0.3656, 0] == [round(float(annuity.balance(k)), 4) for k in range(4)]
    for loan in (bullet, annuity, Loan("annuity", Fraction(0), 4)):
        assert total_service(loan) == debt_cost(loan.repayment, loan.rate, loan.term)


def test_service_runs_to_the_last_repayment(tmp_path: Path) -> None:
    """100 issued in 2021 at 2.2 % for 20 years: 2.2 a year until 2040, 102.2 in 2041, long after the plan's only year."""
    run = stored(tmp_path, [park(1)], {}, min_cover=1.2)
    rows = table(run, "debt").query("region == '甲'").set_index("year")

    assert [100, 0, 100] == rows.loc[2021, ["issue", "service", "balance"]].tolist()
    assert [2.2] * 19 == rows.loc[2022:2040, "service"].tolist()
    assert [2.2, 100, 102.2, 0] == rows.loc[2041, ["interest", "repaid", "service", "balance"]].tolist()
    assert (2041, 144) == (rows.index.max(), round(rows["service"].sum(), 2))


def test_cover_of_projects_and_of_all(tmp_path: Path) -> None:
    """玉林 and 北海 at 2.2 %: 1.77 and 1.28 alone; together (169,491 − 29,982) ÷ 97,920 = 1.42, at half revenue 0.56."""
    parks = [
        park(1, bond_need=20_000, revenue_total=61_780, cost_total=10_677),
        park(2, bond_need=48_000, revenue_total=107_711, cost_total=19_305),
    ]
    path = plan(tmp_path, parks, {})
    run = allocator.run(path, out=tmp_path / "runs", overrides=["sources.special_bond.budget=100000"]).folder
    assert run is not None
    assert verify(run).ok
    rows = table(run, "cover").set_index("project_id")

    assert [68_000, 97_920, 169_491, 29_982] == rows.loc["", ["award", "service", "revenue", "cost"]].tolist()
    assert [1.7744, 1.279, 1.4247] == rows.loc[["K1", "K2", ""], "cover_100"].tolist()
    assert [1.1309, 0.8115, 0.9055] == rows.loc[["K1", "K2", ""], "cover_70"].tolist()
    assert 0.5593 == rows.loc["", "cover_50"]


def test_room_is_kept_and_headroom_told(tmp_path: Path) -> None:
    """甲 has room for 150: one park whole, one by half; 乙 has none told and is free."""
    parks = [park(1, room=150), park(2, room=150), park(3, region="乙")]
    run = stored(tmp_path, parks, {"room": "room"})
    awards = table(run, "awards").groupby("region")["award"].sum()
    rows = table(run, "debt").set_index(["region", "year"])
    limits = table(run, "limits").set_index(["limit", "group"])

    assert {"甲": 150, "乙": 100} == awards.to_dict()
    assert [150, 0] == [float(rows.loc[("甲", 2021), name]) for name in ("room", "headroom")]
    assert [150, 0, 1] == limits.loc[("debt: room", "甲"), ["upper", "slack", "binding"]].astype(float).tolist()
    assert ("", "") == tuple(rows.loc[("乙", 2021), ["room", "headroom"]])


def test_tiers_by_grade_of_risk(tmp_path: Path) -> None:
    """Red: only the project that has bonds already. Orange: half of last year's 200 a year. Green: free."""
    parks = [
        park(1, region="红县", grade="红", before=500), park(2, region="红县", grade="红", before=500, bond_issued=1),
        park(3, region="橙县", grade="橙", before=200), park(4, region="橙县", grade="橙", before=200),
        park(5, region="绿县", grade="绿", before=0),
    ]  # fmt: skip
    solution = decide(plan(tmp_path, parks, {"grade": "grade", "last": "before"}))

    by_region = solution.awards.groupby("region", observed=True)["award"].sum().to_dict()
    assert {"红县": 100, "橙县": 100, "绿县": 100} == by_region
    assert [("K1", "park", "debt.tier", "红", "bond_issued > 0")] == list(
        solution.screening.itertuples(index=False, name=None)
    )
    assert ("K2", "park@2021#2") in chosen(solution)


def test_quota_of_each_year(tmp_path: Path) -> None:
    """Three parks that may wait: 100 in 2021 and 150 in 2022, whatever the budget."""
    run = stored(tmp_path, [park(n) for n in (1, 2, 3)], {"quota": {2021: 100, 2022: 150}}, 2)
    rows = table(run, "debt").query("region == '' and issue > 0").set_index("year")

    assert {2021: 100, 2022: 150} == rows["issue"].to_dict()


def test_cover_of_all_bonds(tmp_path: Path) -> None:
    """The weak park (0.9 alone) comes in only with what is left over of the strong one: 1.5 admits half of it."""
    weak = {"revenue_total": 180, "cost_total": 50}
    free, floored = (
        decide(plan(tmp_path / str(least), [park(1), park(2, **weak)], {} if least is None else {"min_cover": least}))
        for least in (None, "1.7")
    )

    assert (200, 150) == (free.awards["award"].sum(), floored.awards["award"].sum())
    told = floored.limits.set_index("limit").loc["debt: min_cover"]
    assert (1.7, 2.2222) == (told["lower"], round(told["value"], 4))


def test_without_debt_there_are_no_tables(tmp_path: Path) -> None:
    """Nothing configured, nothing added."""
    run = stored(tmp_path, [park(1)], None)

    assert not (run / "debt.csv").exists()
    assert not (run / "cover.csv").exists()


@pytest.mark.sweep(1)
@pytest.mark.parametrize("repayment", ["bullet", "annuity"])
@pytest.mark.parametrize(
    ("name", "column", "row"), [("debt", "service", 25), ("debt", "headroom", 2), ("cover", "cover_70", 1)]
)
def test_a_corrupted_figure_is_found(repayment: str, name: str, column: str, row: int, tmp_path: Path) -> None:
    """Service after the plan, headroom and stressed cover are recomputed; so is that no row is missing."""
    parks = [park(1, room=150, bond_rate=3.07, bond_term=7), park(2, room=150)]
    run = stored(tmp_path, parks, {"room": "room"}, 2, repayment=repayment)
    for change in ("figure", "row"):
        copy = shutil.copytree(run, tmp_path / change)
        path = copy / f"{name}.csv"
        rows = list(csv.reader(path.open(encoding="utf-8-sig")))
        at = rows[0].index(column)
        rows[row][at] = str(float(rows[row][at]) + 0.01)
        kept = rows if change == "figure" else rows[:row] + rows[row + 1 :]
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(kept)

        assert not verify(copy).ok


def test_debt_that_cannot_be_meant(tmp_path: Path) -> None:
    """Debt without bonds, tiers without last year's issue, quotas of other years; then columns that are not there."""
    config = plan(tmp_path, [park(1)], {"grade": "grade", "quota": {2030: 1}})

    with pytest.raises(InputError) as caught:
        load_config(config)

    assert {"debt.grade", "debt.quota.2030"} == {message.path for message in caught.value.messages}
    with pytest.raises(InputError, match="no column 'rom' in the tables; did you mean 'room'"):
        decide(plan(tmp_path, [park(1)], {"room": "rom"}))


@pytest.mark.sweep(1)
@pytest.mark.parametrize(("language", "word"), [("en", "Debt service by year"), ("zh", "分年还本付息")])
def test_reports_tell_the_debt(language: str, word: str, tmp_path: Path) -> None:
    """Page and summary have issue, heaviest year and cover in both languages."""
    run = stored(tmp_path, [park(1, room=150), park(2, room=150)], {"room": "room"})
    told = summary.text(run_folder.read(run), language)
    report = build(run_folder.read(run), language)
    tables = {one.key: one for one in report.tables}

    assert "3.24" in told
    assert "2041" in told
    assert word == tables["debt"].title
    assert [150, 153.3] == [float(tables["debt_regions"].rows[name].iloc[0]) for name in ("issue", "most_service")]
    assert ["", "K1", "K2"] == sorted(tables["cover"].rows["project_id"])


@pytest.mark.slow
def test_the_demo_limits_its_debt() -> None:
    """The scenario of the demo: no new bonds where the grade is red, a room for every city; gates and warnings are on."""
    case = allocator.load(ROOT / "configs" / "scenarios" / "debt.yaml")
    rules = set(case.options.screening["rule"])
    rooms = {bound.label for bound in case.rules.bounds if bound.name == "debt: room"}

    assert {"debt.tier", "gate.capital", "gate.备案.filing_no", "gate.目录.catalog_class"} <= rules
    assert 14 == len(rooms)
    red = case.options.screening.query("rule == 'debt.tier'")
    assert ({"红"}, {"bond_issued > 0"}) == (set(red["value"]), set(red["threshold"]))
    assert case.loaded.config.flags is not None


CAPPED: list[Row] = [
    park(1),
    park(2, bond_term=10),
    park(3, region="乙", income=1000),
    park(4, region="乙", income=1000),
]
"""甲: bullets of 20 and of 10 years; 乙: two of 20 years."""


@pytest.mark.sweep(1)
@pytest.mark.parametrize(
    ("service", "funded"),
    [
        ({"max": 210}, {"甲": 200, "乙": 200}),  # 204.4 in 乙 in 2041
        ({"max": 205}, {"甲": 200, "乙": 200}),
        ({"max": 204}, {"甲": 200, "乙": 150}),  # 153.3; 甲 never owes more than 104.4, in 2031
        ({"max": 104.4}, {"甲": 200, "乙": 100}),
        ({"max": 104.39}, {"甲": 150, "乙": 100}),  # half of either of 甲's
        ({"max": 2.2}, {"甲": 0, "乙": 0}),  # a naive look at the plan's own years sees 2.2 of interest in each and funds all
        ({"max_from": "income", "max_times": 0.16}, {"甲": 200, "乙": 150}),
        ({"max_from": "income", "max_times": 0.16, "max": 110}, {"甲": 200, "乙": 100}),
        ({"max": {2041: 104}}, {"甲": 200, "乙": 100}),
        ({"max": {2031: 60}}, {"甲": 150, "乙": 200}),  # K1 whole and half of K2: 53.3
        ({"total": 254}, {"甲": 200, "乙": 100}),  # 2041: 甲 102.2 and 乙 102.2; one more half makes 255.5
        ({"total": {2041: 154, 2031: 55.5}}, {"甲": 150, "乙": 50}),  # 150 until 2041 and half of K2: 54.4 in 2031
    ],
)  # fmt: skip
def test_caps_on_service_look_beyond_the_plan(service: Row, funded: dict[str, int], tmp_path: Path) -> None:
    """The plan has one year and pays 2.2 of interest a year for long; what counts is the heaviest year of all."""
    run = stored(tmp_path, CAPPED, {"service": service})
    awards = table(run, "awards").groupby("region")["award"].sum()

    assert funded == {region: awards.get(region, 0) for region in funded}


def edited(run: Path, to: Path, file: str, before: str, after: str) -> Path:
    """A copy of a run with a text changed once."""
    copy = shutil.copytree(run, to)
    text = (copy / file).read_text(encoding="utf-8-sig")
    assert before in text
    (copy / file).write_text(text.replace(before, after, 1), encoding="utf-8-sig")
    return copy


@pytest.mark.slow
def test_room_under_the_caps_is_told_and_checked(tmp_path: Path) -> None:
    """Cap and room of every year in the debt table, the years that lead in the limits; any change of them is found."""
    run = stored(tmp_path, CAPPED, {"service": {"max": 204, "total": {2031: 300}}})
    years = table(run, "debt").set_index(["region", "year"])
    limits = table(run, "limits").query("limit.str.startswith('debt: service')")

    assert [204, 50.7] == years.loc[("乙", 2041), ["service_cap", "service_headroom"]].astype(float).tolist()
    assert [204, 200.7] == years.loc[("乙", 2030), ["service_cap", "service_headroom"]].astype(float).tolist()
    assert [300, 192.3] == years.loc[("", 2031), ["service_cap", "service_headroom"]].astype(float).tolist()
    assert "" == years.loc[("", 2041), "service_cap"]
    assert ["乙 / 2041", "甲 / 2031", "甲 / 2041", "2031"] == limits["group"].tolist()
    assert [153.3, 104.4, 102.2, 107.7] == limits["value"].astype(float).tolist()
    told = summary.text(run_folder.read(run), "en")
    assert (
        "nearest to its cap: 乙 in 2041, 1.53 million yuan due of at most 2.04 million yuan, 507,000 yuan left" in told
    )
    assert "最接近上限的是乙 2041 年" in summary.text(run_folder.read(run), "zh")
    for number, change in enumerate(
        [("debt.csv", ",50.7", ",50.71"), ("limits.csv", "153.3", "153.29"), ("limits.csv", "乙 / 2041", "乙 / 2040"),
         ("config.resolved.yaml", "max: 204", "max: 150"), ("config.resolved.yaml", "2031: 300", "2031: 107.69")]
    ):  # fmt: skip
        forged = edited(run, tmp_path / str(number), *change)
        restate(forged)
        codes = {message.code for message in verify(forged).violations}
        assert codes, change
        assert change[0] != "config.resolved.yaml" or "verify.limit_broken" in codes


@pytest.mark.parametrize(
    ("service", "path"),
    [
        ({}, "debt.service"), ({"max": 1, "max_times": 2}, "debt.service.max_times"),
        ({"total": {2020: 1}}, "debt.service.total.2020"), ({"max": {2020: 1}}, "debt.service.max.2020"), ({"max_from": "incom"}, "debt.service.max_from"),
    ],
)  # fmt: skip
def test_caps_that_cannot_be_meant(service: Row, path: str, tmp_path: Path) -> None:
    """No cap at all, a factor of nothing, a year before the plan, a column that is not there."""
    with pytest.raises(InputError) as caught:
        decide(plan(tmp_path, CAPPED, {"service": service}))

    assert [path] == [message.path for message in caught.value.messages]


@pytest.mark.slow
def test_promised_and_ready_made_bonds_owe_as_well(tmp_path: Path) -> None:
    """A commitment of 80 and a ready-made option of 30 for 乙's park count under its cap of 120: no room for K3's 100."""
    parks = [park(1), park(2, region="乙"), park(3, region="乙"), park(4, region="乙")]
    common = {"instrument": "park", "start_year": 2021, "nominal_investment": 300}
    promised = [{"project_id": "K2", "option": "old", "special_bond@2021": 80, **common}]
    ready = [{"project_id": "K4", "option": "own", "special_bond@2021": 30, **common}]
    path = plan(tmp_path, parks, {"service": {"max": 120}}, revenue_haircut=0.7)
    tables = {"projects": parks, "commitments": promised, "options": ready}
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    for shortfall in ("whole", "yearly"):
        config["sources"]["special_bond"]["bond"]["shortfall"] = shortfall
        tables["projects"] = [{**row, "build_years": 1, "operate_years": 15} for row in parks]
        config["instruments"]["park"] |= {"continuous": True, "award": {"min": 10, "step": 1}}
        solution = allocator.run(write_plan(tmp_path / shortfall, config, **tables), out=tmp_path / "runs")
        assert solution.folder is not None
        awards = solution.awards.set_index("project_id")["award"].to_dict()
        limits = solution.limits.set_index(["limit", "group"])

        assert {"K1": 100, "K2": 80} == {name: awards[name] for name in ("K1", "K2")}
        assert 120 >= limits.loc[("debt: service", "乙 / 2041"), "value"] > 118
        assert verify(solution.folder).ok

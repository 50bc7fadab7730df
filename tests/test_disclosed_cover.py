"""Cover as projects disclose it: a cost that holds debt service already, and other debt in the denominator.

Bonds of 1000 at 2 % for 10 years cost 1200 in all. A park that earns 3000 and costs 600 to run covers them twice;
its table states a cost of 1800 when principal and interest are in it.
"""

from __future__ import annotations

import csv
from math import nan
from pathlib import Path

import pytest
from factory import inputs, option_table, options, screened
from forging import restate
from planning import Row, write_plan
from reference import opinion

import allocator
from allocator.messages.errors import InputError
from allocator.verify import verify

TERMS: Row = {"rate": 0.02, "term": 10, "min_cover": 0}
PARK: Row = {
    "project_id": "P", "category": "园区基础设施", "bond_need": 1000.0, "revenue_total": 3000.0, "cost_total": 1800.0,
}  # fmt: skip
HELD: Row = {"cost_includes_debt_service": True}
OTHER: Row = {"other_debt": "other_debt"}
MEASURES = ("bond_service", "bond_revenue", "bond_shortfall")


def table(terms: Row, park: Row, levels: int = 1):  # type: ignore[no-untyped-def]
    """The options of one park."""
    bond = {key: str(value) if isinstance(value, float) else value for key, value in {**TERMS, **terms}.items()}
    return option_table(
        inputs([{**PARK, **park}]),
        sources={"bonds": {"budget": 10_000, "pays": ["park"], "bond": bond}},
        instruments={"park": {"kind": "bond", "award": {"levels": levels}}},
    )


@pytest.mark.parametrize(
    ("terms", "park", "ratio"),
    [
        ({}, {}, "1"),
        (HELD, {}, "2"),
        (HELD, {"cost_total": 500.0, "revenue_total": 1500.0}, "1.25"),  # nothing is left of the cost, and not less
        (OTHER, {"cost_total": 600.0, "other_debt": 400.0}, "1.5"),
        ({**HELD, **OTHER}, {"other_debt": 400.0}, "1.5"),
        ({**HELD, **OTHER}, {"other_debt": nan}, "2"),  # blank is none
        (HELD, {"bond_rate": 5.0}, "1.8"),  # 1500 owed, so 300 to run it
        (HELD, {"bond_need": nan, "bond_as_base": 1000.0}, "2"),
        ({"other_debt": "loans"}, {"cost_total": 600.0, "loans": 800.0}, "1.2"),  # the planner's own column
    ],
)
def test_cover_is_screened_as_it_is_disclosed(terms: Row, park: Row, ratio: str) -> None:
    """(Revenue − cost without debt service) ÷ (bonds and other debt, with interest)."""
    if "bond_as_base" in park:
        found = option_table(
            inputs([{**PARK, **park}]),
            sources={
                "bonds": {"budget": 10_000, "pays": ["p"], "bond": {**TERMS, "rate": "0.02", **terms, "min_cover": 9}}
            },
            instruments={"p": {"kind": "bond", "base": "bond_as_base"}},
        )
    else:
        found = table({**terms, "min_cover": 9}, park)

    assert [ratio] == [row[3] for row in screened(found)]


def test_what_an_option_owes_and_what_is_missing() -> None:
    """At half the revenue 900 of 1600 are left with 400 of other debt; half the award in proportion owes and lacks half."""
    terms = {**HELD, **OTHER, "revenue_haircut": 0.5}
    whole = options(table(terms, {"other_debt": 400.0}, levels=2), *MEASURES)
    part = options(table({**terms, "revenue": "in_proportion"}, {"other_debt": 400.0}, levels=2), *MEASURES)

    assert {"1/2": (1000, 2400, 100), "1": (1600, 2400, 700)} == {
        "1/2": whole[0, "park@2021#1"], "1": whole[0, "park@2021#2"],
    }  # fmt: skip
    assert {"1/2": (800, 1200, 350), "1": (1600, 2400, 700)} == {
        "1/2": part[0, "park@2021#1"], "1": part[0, "park@2021#2"],
    }  # fmt: skip


def plan(folder: Path, parks: list[Row], **terms: object) -> Path:
    """Parks that may have all they ask for, with tables of debt and of warnings."""
    config: Row = {
        "years": [2026],
        "sources": {"bonds": {"budget": 9000, "pays": ["park"], "bond": {**TERMS, **terms}, "tail": {"max_share": 1}}},
        "instruments": {"park": {"kind": "bond", "award": {"levels": 2}}},
        "leverage": {"goal": "nominal"},
        "goals": {"terms": [{"measure": "award"}]},
        "debt": {},
        "flags": {},
        "solver": {"gap": 0},
    }
    rows = [{"region": "甲", "fixed_investment": 3000, **park} for park in parks]
    return write_plan(folder, config, projects=rows)


def cover_of(run: Path) -> dict[str, tuple[float, ...]]:
    with (run / "cover.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    names = ("service", "other_debt", "revenue", "cost", "cover_100", "cover_70")
    return {row["project_id"]: tuple(float(row[name]) for name in names if name in row) for row in rows}


PARKS: list[Row] = [
    {**PARK, "other_debt": 400, "operate_years": 10, "build_years": 1},
    {**PARK, "project_id": "Q", "cost_total": 2400, "other_debt": "", "operate_years": 10, "build_years": 1},
]


@pytest.mark.sweep(1)
@pytest.mark.parametrize("shortfall", ["whole", "yearly"])
def test_the_table_of_cover_shows_what_counts_and_is_verified(tmp_path: Path, shortfall: str) -> None:
    """P: 2400 on 1600. Q: 1200 of its 2400 are debt service, so 1800 on 1200. Both: 4200 on 2800."""
    path = plan(tmp_path, PARKS, **HELD, **OTHER, revenue_haircut=0.7, shortfall=shortfall, shortfall_price=0)
    run = allocator.run(path, out=tmp_path / "runs").folder
    assert run is not None

    assert {
        "": (2400, 400, 6000, 1800, 1.5, 0.8571),
        "P": (1200, 400, 3000, 600, 1.5, 0.9375),
        "Q": (1200, 0, 3000, 1200, 1.5, 0.75),
    } == cover_of(run)
    assert [] == opinion(run)[1]
    assert [] == [message.text("en") for message in verify(run).violations]

    text = (run / "cover.csv").read_text(encoding="utf-8-sig")
    (run / "cover.csv").write_text(text.replace(",600,", ",500,"), encoding="utf-8-sig")
    restate(run)

    assert any("cost" in message.text("en") for message in verify(run).violations)


def test_without_the_keys_nothing_is_taken_out_or_added(tmp_path: Path) -> None:
    """The same tables at face value: 1200 on 1200, and 600 on 1200; no column of other debt."""
    run = allocator.run(plan(tmp_path, PARKS), out=tmp_path / "runs").folder
    assert run is not None

    assert {"": (2400, 6000, 4200, 0.75, 0), "P": (1200, 3000, 1800, 1, 0.25), "Q": (1200, 3000, 2400, 0.5, -0.25)} == (
        cover_of(run)
    )


def test_warnings_of_weak_cover_count_alike(tmp_path: Path) -> None:
    """F8 at 70 % of the revenue: P 1500 on 1600, Q 900 on 1200; at face value 300 and −300 on 1200."""

    def told(name: str, **terms: object) -> dict[str, str]:
        run = allocator.run(plan(tmp_path / name, PARKS, **terms), out=tmp_path / name / "runs").folder
        assert run is not None
        assert [] == [message.text("en") for message in verify(run).violations]
        with (run / "flags.csv").open(encoding="utf-8-sig") as file:
            return {row["scope"]: row["value"] for row in csv.DictReader(file) if row["flag"] == "F8"}

    assert {"P": "0.9375", "Q": "0.75"} == told("a", **HELD, **OTHER)
    assert {"P": "0.25", "Q": "-0.25"} == told("b")


@pytest.mark.parametrize(("column", "said"), [("other_dept", "other_debt"), ("region", "region")])
def test_other_debt_is_a_column_of_numbers(tmp_path: Path, column: str, said: str) -> None:
    """A column that is not there, or holds text, is refused at its key."""
    with pytest.raises(InputError) as refused:
        allocator.run(plan(tmp_path, PARKS, other_debt=column), out=tmp_path / "runs")

    messages = [message.text("en") for message in refused.value.messages]
    assert any("sources.bonds.bond.other_debt" in text and said in text for text in messages)


def told(path: Path) -> list[tuple[str, object]]:
    notices = allocator.load(path).notices
    return [(n.code, n.values.get("project", n.values.get("count"))) for n in notices if "co" in n.code[8:10]]


def test_a_cost_that_seems_to_hold_debt_service_is_told_with_the_key(tmp_path: Path) -> None:
    """Two of three ratios come out once the service is taken out; with the key only the third one differs."""
    parks = [{**park, "cover_ratio": cover} for park, cover in zip(PARKS, (2, 1.5), strict=True)]
    parks.append({**PARK, "project_id": "R", "cover_ratio": 3})

    assert [("options.cost_holds_service", "P"), *(("options.cover_differs", name) for name in "PQR")] == told(
        plan(tmp_path / "a", parks)
    )
    assert [("options.cover_differs", "R")] == told(plan(tmp_path / "b", parks, **HELD))


def test_a_cost_below_the_service_it_is_said_to_hold_is_told(tmp_path: Path) -> None:
    """1199 cannot hold 1200; 1200 can."""
    parks: list[Row] = [{**PARK, "cost_total": 1199}, {**PARK, "project_id": "Q", "cost_total": 1200}]

    assert [("options.cost_below_service", 1)] == told(plan(tmp_path / "a", parks, **HELD))
    assert [] == told(plan(tmp_path / "b", parks))

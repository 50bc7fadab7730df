"""What is counted: support that is refused never becomes private investment, nor does public owners' own money."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import numpy as np
import pytest
from factory import UNIT, inputs, loaded, option_table, options
from planning import config_faults, decide, write_plan

from allocator.config.source.load import load_config
from allocator.messages.errors import InputError
from allocator.options.leverage import Response
from allocator.verify.offers import Offers

KINK = [["0", "0"], ["0.5", "0.65"], ["1", "1"]]
THRESHOLD = [["0", "0"], ["0.3", "0"], ["1", "1"]]
"""Less than 30 % of the entitlement is too small to matter."""
MEASURES = (
    *("supported_investment", "nominal_investment", "certified_investment", "counterpart_investment"),
    *("additional_investment", "leveraged_investment", "upgrading"),
)
BY_AWARD = MEASURES[1:]
"""Measures that are scaled by what is awarded."""
BOND = {
    "sources": {
        "fiscal": {"budget": 10_000_000, "pays": ["grant"]},
        "special_bond": {"budget": 10_000_000, "pays": ["park"], "bond": {"rate": "0.02", "term": 10, "min_cover": 0}},
    },
    "instruments": {
        "grant": {
            "kind": "grant",
            "rate": "0.06",
            "where": {"category": "技改"},
            "award": {"step": "0.01", "levels": 5},
        },
        "park": {"kind": "bond", "where": {"category": "园区"}, "award": {"step": "0.01", "levels": 5}},
    },
    "closing": {"gate": False},
}


def project(rng: Random, number: int, **more: object) -> dict[str, object]:
    """A candidate with random financing: told in full, in part or not at all."""
    fixed = rng.randint(100, 5_000)
    row: dict[str, object] = {
        "project_id": f"P{number}",
        "category": ["技改", "园区"][number % 2],
        "fixed_investment": float(fixed),
        "bond_need": float(rng.randint(1, fixed)),
        "revenue_total": 1e6,
        "cost_total": 0.0,
        "owner": ["城投", "民营"][number // 2 % 2],
        "structure_score": float(rng.randint(0, 100)),
    }
    for name in (
        "done_investment",
        "other_public",
        "bond_issued",
        "own_funds",
        "bank_loan_committed",
        "bank_loan_planned",
    ):
        row[name] = float(rng.randint(0, fixed)) if rng.random() < 0.6 else np.nan
    return {**row, **more}


SHARES = {"by": "instrument", "values": {"grant": "0.4", "park": "0.5"}}
BY_INTENSITY = {"by": "instrument", "elasticity": {"grant": {"low": 1, "central": "1.5", "high": 2}, "park": "0.3"}}


def plan(
    rows: list[dict[str, object]], response: list[list[str]], owner: dict[str, str], additionality: object = SHARES
) -> dict[tuple[int, str], dict[str, float]]:
    """(Project, option) → award and measures."""
    leverage = {"public_owner": owner, "response": response, "additionality": additionality}
    found = options(option_table(inputs(rows), **BOND, leverage=leverage), "award", *MEASURES)
    return {key: dict(zip(("award", *MEASURES), map(float, values), strict=True)) for key, values in found.items()}


CASES = [
    pytest.param(curve, owner, additionality, id=f"{len(curve)}-{len(owner)}-{max(additionality)}")
    for curve in ([], KINK)
    for owner in ({}, {"owner": "城投"})
    for additionality in (SHARES, BY_INTENSITY | {"cap": "0.1"})
]
MANY = 300


@pytest.mark.parametrize(("curve", "owner", "additionality"), CASES)
def test_an_award_cut_to_a_share_brings_at_most_the_share_of_its_response(curve, owner, additionality):
    """In every measure that goes by the award, whatever the financing, the owner and the kind of instrument."""
    rng = Random(len(curve) + len(owner))
    found = plan([project(rng, number) for number in range(MANY)], curve, owner, additionality)
    response = Response([(Fraction(x), Fraction(y)) for x, y in curve])
    by_project: dict[int, list[dict[str, float]]] = {}
    for (row, _), values in found.items():
        by_project.setdefault(row, []).append(values)

    assert len(by_project) > MANY / 2
    for mine in by_project.values():
        whole = max(mine, key=lambda values: values["award"])
        for part in mine:
            share = float(response.exact(Fraction(part["award"]) / Fraction(whole["award"])))
            assert [] == [name for name in BY_AWARD if part[name] > share * whole[name] + 0.02]


@pytest.mark.sweep(8)
@pytest.mark.parametrize("column", ["done_investment", "other_public", "bond_issued"])
@pytest.mark.parametrize(("curve", "owner", "additionality"), CASES)
def test_more_public_money_elsewhere_never_brings_more(curve, owner, additionality, column):
    """Of the same award, in every measure."""
    rng = Random(len(column))
    rows = [project(rng, number) for number in range(MANY)]
    before = plan(rows, curve, owner, additionality)
    more = [{**row, column: np.nan_to_num(row[column]) + rng.randint(1, 2_000)} for row in rows]
    after = plan(more, curve, owner, additionality)

    assert before.keys() == after.keys()
    assert [] == [
        (key, name)
        for key in before
        for name in ("certified_investment", "additional_investment", "leveraged_investment", "upgrading")
        if after[key][name] > before[key][name]
    ]


def one(**cells: object) -> dict[str, float]:
    """What half and all of a need of 1,000 bring of a park of 2,000."""
    row = {
        "project_id": "P", "category": "园区", "fixed_investment": 2_000.0, "bond_need": 1_000.0, "revenue_total": 1e6,
        "cost_total": 0.0, **cells,
    }  # fmt: skip
    owner = {"owner": "城投"} if "owner" in cells else {}
    changed = {**BOND, "instruments": {"park": {"kind": "bond", "award": {"step": 1, "levels": 2}}}}
    changed["sources"] = {"special_bond": {**BOND["sources"]["special_bond"]}}
    table = option_table(inputs([row]), **changed, leverage={"public_owner": owner, "goal": "certified"})
    return {
        name: tuple(float(value) for value in options(table, f"{name}_investment").values())
        for name in ("supported", "nominal", "certified", "counterpart")
    }


@pytest.mark.parametrize(
    ("cells", "certified", "counterpart"),
    [
        ({}, (500, 1_000), (0, 0)),
        ({"own_funds": 400.0}, (200, 400), (0, 0)),
        ({"own_funds": 400.0, "bank_loan_planned": 300.0}, (350, 700), (0, 0)),
        ({"own_funds": 1_600.0}, (500, 1_000), (0, 0)),
        ({"own_funds": 0.0}, (0, 0), (0, 0)),
        ({"owner": "城投"}, (0, 0), (500, 1_000)),
        ({"owner": "城投", "own_funds": 400.0}, (0, 0), (200, 400)),
        ({"owner": "城投", "own_funds": 800.0, "bank_loan_committed": 300.0}, (150, 300), (350, 700)),
        ({"owner": "民营", "own_funds": 800.0, "bank_loan_committed": 300.0}, (500, 1_000), (0, 0)),
        ({"other_public": 600.0, "done_investment": 300.0}, (50, 100), (0, 0)),
    ],
)
def test_certified_is_private_money_less_the_whole_entitlement(cells, certified, counterpart):
    """A park of 2,000 that needs 1,000 of bonds: what owners and banks pay of the other 1,000, by half of it and by all."""
    found = one(**cells)

    assert (certified, counterpart) == (found["certified"], found["counterpart"])
    assert ((2_000, 2_000), (1_000, 2_000)) == (found["supported"], found["nominal"])


@pytest.mark.parametrize(
    ("cells", "rule", "expected"),
    [
        ({}, {"elasticity": {"大型": {"low": 0, "central": "0.15", "high": "0.3"}}}, 0.15 * 60),
        ({}, {"elasticity": {"大型": "1.5"}}, 1.5 * 60),
        ({}, {"elasticity": {"大型": "0"}}, 0),
        ({}, {"elasticity": {"小型": "1.5"}, "default": "0.5"}, 0.5 * 60),
        ({}, {"elasticity": {"大型": "5"}, "cap": "0.25"}, 0.25 * 940),
        ({"own_funds": 40.0}, {"elasticity": {"大型": "1"}}, 40),
        ({"own_funds": 0.0}, {"elasticity": {"大型": "1"}}, 0),
        ({"done_investment": 500.0}, {"elasticity": {"大型": "1"}}, 60),
        ({"additionality": 0.4}, {"elasticity": {"大型": "1"}}, 0.4 * 940),
        ({"additionality": np.nan}, {"elasticity": {"大型": "1"}}, 60),
    ],
)
def test_additional_investment_by_intensity(cells, rule, expected):
    """A grant of 60 to a project of 1,000, all private: elasticity × award, at most the cap, of half of it half as much."""
    row = {"project_id": "P", "category": "技改", "fixed_investment": 1_000.0, "firm_size": "大型", **cells}
    changed = BOND | {
        "instruments": {"grant": {"kind": "grant", "rate": "0.06", "award": {"step": "0.01", "levels": 2}}}
    }
    changed["sources"] = {"fiscal": BOND["sources"]["fiscal"]}
    leverage = {
        "realisation": {"by": "category", "values": {"技改": "0.8"}},
        "additionality": {"by": "firm_size", **rule},
        "displacement": {"by": "category", "values": {"技改": "0.25"}},
    }
    half, whole = options(option_table(inputs([row]), **changed, leverage=leverage), "additional_investment").values()

    assert (half, whole) == pytest.approx((0.8 * 0.75 * expected / 2, 0.8 * 0.75 * expected))


PLAN = """
money: 万元
years: [2021]
projects: projects.csv
sources: {fiscal: {budget: 100, pays: [grant]}}
instruments: {grant: {kind: grant, rate: 0.06}}
leverage: {additionality: {by: [firm_size], %s}}
"""


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("elasticity: {大型: {low: 0.5, central: 0.2}}", "elasticity.大型: must ascend from low over central to high"),
        ("elasticity: {大型: {central: 0.2, high: 0.1}}", "elasticity.大型: must ascend from low over central to high"),
        ("elasticity: {大型: {low: 0.2}}", "elasticity.大型.central"),
        ("elasticity: {大型: {小型: 0.2}}", "elasticity.大型: values must be nested once per attribute"),
        ("elasticity: {大型: -0.2}", "elasticity.大型: must be at least 0"),
        ("elasticity: {大型: 0.2}, values: {大型: 0.2}", "needs exactly one of 'values', 'elasticity' and 'file'"),
        ("cap: 0.2", "needs exactly one of 'values' and 'file'"),
        ("elasticity: {大型: {low: 0, central: 0.2, high: 0.2}}", ""),
        ("elasticity: {大型: {central: 0.2}, 中型: 1, 小型: 1.5}, cap: 0.5", ""),
        ("values: {大型: 0.2}", ""),
    ],
)
def test_faults_of_elasticities_are_told(tmp_path, rule, told):
    """Ranges ascend, nest as deep as `by`, and stand instead of shares; what is right is not told."""
    messages = config_faults(tmp_path, PLAN % rule)

    assert bool(told) == bool(messages)
    assert told in "\n".join(messages)


@pytest.mark.sweep(2)
@pytest.mark.parametrize(("curve", "owner", "additionality"), CASES)
def test_verification_counts_every_measure_alike(curve, owner, additionality):
    """What the option table says of every award, verification finds by other code, to the fen."""
    rng = Random(len(curve))
    tables = inputs([project(rng, number, additionality=[np.nan, 0.3][number % 7 == 0]) for number in range(MANY)])
    leverage = {"public_owner": owner, "response": curve, "additionality": additionality}
    kinds = {**BOND["instruments"], "park": {**BOND["instruments"]["park"], "response": THRESHOLD if curve else []}}
    found = options(option_table(tables, **{**BOND, "instruments": kinds}, leverage=leverage), *MEASURES)
    config = loaded(**{**BOND, "instruments": kinds}, leverage=leverage).config
    offers = Offers.of(config, tables, UNIT)
    projects = sorted(tables.projects["project_id"])

    assert len(found) > MANY
    for (row, option), values in found.items():
        offer = offers.offer(projects[row], option, committed=False)
        assert [round(value * UNIT.fen_per_unit) for value in values] == [offer.measures[name] for name in MEASURES]


@pytest.mark.parametrize(
    ("common", "own", "expected"),
    [
        ([], [], [250, 500, 750, 1_000]),
        (KINK, [], [325, 650, 825, 1_000]),
        ([], KINK, [325, 650, 825, 1_000]),
        (KINK, [["0", "0"], ["1", "1"]], [250, 500, 750, 1_000]),
        (KINK, THRESHOLD, [0, 286, 643, 1_000]),
        ([], [["0", "0"], ["0.75", "0"], ["1", "1"]], [0, 0, 0, 1_000]),
    ],
)
def test_an_instrument_has_a_response_of_its_own(common, own, expected):
    """It takes precedence over that of all instruments, which is linear when left out."""
    row = {"project_id": "P", "fixed_investment": 1_000.0}
    grant = {"kind": "grant", "rate": "0.06", "award": {"step": "0.01", "levels": 4}, "response": own}
    table = option_table(inputs([row]), instruments={"grant": grant}, leverage={"response": common})

    assert expected == [round(value) for value in options(table, "nominal_investment").values()]


@pytest.mark.parametrize(("own", "funded"), [([], 2), ([[0, 0], [0.6, 0.1], [1, 1]], 1)])
def test_a_response_decides_between_many_halves_and_few_wholes(tmp_path, own, funded):
    """Half of what two projects may have: two halves where the first half brings most, one whole where it does not matter."""
    projects = [
        {"project_id": name, "region": "甲", "category": "技改", "start_year": 2021, "fixed_investment": 1_000}
        for name in "AB"
    ]
    config = {
        "money": "万元",
        "years": [2021],
        "sources": {"fiscal": {"budget": 100, "pays": ["grant"]}},
        "instruments": {"grant": {"kind": "grant", "rate": 0.1, "award": {"levels": 2}, "response": own}},
        "leverage": {"response": [[0, 0], [0.5, 0.65], [1, 1]], "goal": "nominal"},
        "solver": {"gap": 0},
    }
    run = decide(write_plan(tmp_path, config, projects=projects))
    curves = [said.path for said in run.assumptions if said.code == "options.response_assumed"]

    assert (funded, 100) == (len(run.awards), run.awards["award"].sum())
    assert curves == ["leverage.response", *(["instruments.grant.response"] if own else [])]


def test_faults_of_an_instruments_response_are_told(tmp_path):
    """Corner points ascend from nothing to all, as those of all instruments."""
    file = tmp_path / "plan.yaml"
    text = (PLAN % "values: {大型: 0.2}").replace("rate: 0.06", "rate: 0.06, response: [[0, 0], [0.5, 0.7], [0.4, 1]]")
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        load_config(file)

    assert ["instruments.grant.response", "instruments.grant.response.2"] == [
        fault.path for fault in error.value.messages
    ]

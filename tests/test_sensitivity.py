"""How sure a plan is: ranges beside the headline, what each group of numbers does, and what keeping the plan costs."""

from __future__ import annotations

import csv
import json
import signal
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from commands import allocator as command
from planning import Row, write_plan, write_table
from random_plans import plan as random_plan

import allocator
from allocator.questions.sensitivity import sensitivity
from allocator.report import sections, summary
from allocator.report.chapters.sensitivity import about
from allocator.report.memo import build as memo
from allocator.report.view import View
from allocator.runs import folder as run_folder
from allocator.verify import verify

pytestmark = pytest.mark.ranges

PROJECTS: list[Row] = [
    {"project_id": n, "project_name": n, "region": "x", "category": "c", "kind": k, "fixed_investment": i}
    for n, k, i in (("A", "a", 1000), ("B", "b", 1000), ("C", "a", 500))
]
"""Grants of 100, 100 and 50, of which the budget pays one, or C beside nothing better; 900, 900 and 450 are private."""
PLAN: Row = {
    "money": "万元",
    "years": [2025],
    "sources": {"f": {"budget": 100, "pays": ["g"]}},
    "instruments": {"g": {"kind": "grant", "rate": 0.1, "award": {"levels": 1}}},
    "leverage": {
        "goal": "additional",
        "realisation": {"by": "kind", "values": {"a": 0.9, "b": 0.8}},
        "additionality": {"by": "kind", "values": {"a": 0.5, "b": 0.55}},
    },
    "solver": {"gap": 0},
}
"""A brings 900 × 0.9 × 0.5 = 405, B 900 × 0.8 × 0.55 = 396. Probabilities × 1.2: A 900 × 1 × 0.5 = 450, B 475.2."""


def made(folder: Path, changes: Row | None = None, projects: list[Row] | None = None) -> Path:
    """The folder of a stored run."""
    path = write_plan(folder, {**PLAN, **(changes or {})}, projects=projects or PROJECTS)
    found = allocator.run(path, out=folder / "runs").folder
    assert found is not None
    return found


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of the plan above, whose sensitivity has been asked for."""
    folder = made(tmp_path_factory.mktemp("plain"))
    sensitivity(folder)
    return folder


Found = dict[tuple[str, str], dict[str, Any]]


def stored(folder: Path, table: str) -> Found:
    """The rows of a table of a run by group and setting."""
    rows = run_folder.read(folder).tables[table].to_dict("records")
    return {(row["parameter"], row["setting"]): row for row in rows}


def test_the_short_form_has_both_ends_of_every_group_in_use(plain: Path) -> None:
    """Probabilities and shares are in use, so nothing else is looked at; a probability is never above 1."""
    rows = stored(plain, "ranges")
    ends = [(group, end) for group in ("realisation", "additionality") for end in ("0.8", "1.2")]
    goals = [405, 324, 450, 324, 486, 405 * 0.64, 540]

    assert [("plan", "1"), *ends, ("all", "low"), ("all", "high")] == list(rows)
    assert goals == pytest.approx([row["goal_fixed"] for row in rows.values()])
    assert goals == pytest.approx([row["additional_investment"] for row in rows.values()])
    assert {900} == {row["certified_investment"] for row in rows.values()}


def test_a_choice_that_a_group_of_numbers_flips_has_its_regret(plain: Path) -> None:
    """With probabilities × 1.2 B brings 475.2 and A, which is funded, 450: keeping A loses 25.2, and 100 moves."""
    row = stored(plain, "sensitivity")["realisation", "1.2"]

    assert (450, 475.2, 25.2) == (row["goal_fixed"], row["goal"], row["regret"])
    assert (2, 100, "A", "B") == (row["projects_moved"], row["money_moved"], row["leaves"], row["enters"])
    assert (0, "") == (row["dropped"], row["breaks"])


def test_what_scales_every_project_alike_moves_nothing(plain: Path) -> None:
    """A goal of additional investment alone is worth 0.8 times as much with every probability, or share, times 0.8."""
    rows = stored(plain, "sensitivity")

    for group in ("realisation", "additionality"):
        low = rows[group, "0.8"]
        assert (324, 324, 0, 0, 0) == tuple(
            low[key] for key in ("goal_fixed", "goal", "regret", "projects_moved", "money_moved")
        )


WAYS = {
    "values": {},
    "default": {"leverage": {"realisation": {"by": "kind", "values": {"b": 0.8}, "default": 0.9}}},
    "file": {"leverage": {"realisation": {"by": "kind", "file": "shares.csv"}}},
    "own": {"leverage": {}},
    "own_before_values": {"leverage": {"realisation": {"by": "kind", "values": {"a": 0.1, "b": 0.1}}}},
}
"""Where the probabilities 0.9 and 0.8 may be written."""


@pytest.mark.sweep(1)
@pytest.mark.parametrize("way", WAYS)
def test_a_group_is_changed_wherever_it_is_written(tmp_path: Path, way: str) -> None:
    """Values, default, table and own cells alike; the verification finds the same in other code."""
    leverage = {**PLAN["leverage"], **WAYS[way].get("leverage", {})}
    if way == "own":
        del leverage["realisation"]
    own = [{**p, "p_realise": {"a": 0.9, "b": 0.8}[p["kind"]]} for p in PROJECTS] if "own" in way else PROJECTS
    write_table(tmp_path / "shares.csv", [{"kind": "a", "value": 0.9}, {"kind": "b", "value": 0.8}])
    folder = made(tmp_path, {"leverage": leverage}, own)
    rows = stored(folder, "ranges")

    assert (324, 450) == (rows["realisation", "0.8"]["goal_fixed"], rows["realisation", "1.2"]["goal_fixed"])
    assert verify(folder).ok


ELASTIC = {"banded": {"a": {"low": 1, "central": 2, "high": 3}, "b": 1}, "numbers": {"a": 2, "b": 1}}


@pytest.mark.sweep(1)
@pytest.mark.parametrize("told", ELASTIC)
def test_an_elasticity_has_its_own_ends(tmp_path: Path, told: str) -> None:
    """A brings 2 × 100 × 0.9 = 180, at its ends 1 and 3 times 90; without ends 0.8 and 1.2 times 180."""
    rule = {"by": "kind", "elasticity": ELASTIC[told]}
    folder = made(tmp_path, {"leverage": {**PLAN["leverage"], "additionality": rule}})
    rows = stored(folder, "ranges")
    ends = {"banded": (("low", 90), ("high", 270)), "numbers": (("0.8", 144), ("1.2", 216))}[told]
    settings = sensitivity(folder).rows

    assert [180, *(value for _, value in ends)] == [
        rows[key]["goal_fixed"] for key in (("plan", "1"), *(("elasticity", end) for end, _ in ends))
    ]
    assert not any(group == "additionality" for group, _ in rows)
    assert {"0.8", "1.2", *(end for end, _ in ends)} == set(
        settings.loc[settings["parameter"] == "elasticity", "setting"]
    )
    assert verify(folder).ok


def test_own_ends_take_the_place_of_the_usual_ones_in_the_ranges(tmp_path: Path) -> None:
    """The long form looks at both; what is known for sure has no range; what is unused is told."""
    told = {"additionality": {"low": 0.5}, "realisation": {"low": 1, "high": 1}, "displacement": {"low": 0.5}}
    folder = made(tmp_path, {"sensitivity": told})
    ranges = stored(folder, "ranges")
    answer = sensitivity(folder)
    settings = list(zip(answer.rows["parameter"], answer.rows["setting"], strict=True))

    assert [("plan", "1"), ("additionality", "0.5"), ("additionality", "1.2"), ("all", "low"), ("all", "high")] == list(
        ranges
    )
    assert 202.5 == ranges["all", "low"]["goal_fixed"]
    assert [("additionality", end) for end in ("0.8", "1.2", "0.5")] == [s for s in settings if s[0] == "additionality"]
    assert ["sensitivity.displacement"] == [
        n.path for n in run_folder.read(folder).notices if n.code == "sensitivity.unused"
    ]


CURVES = {"linear": [], "bent": [[0, 0], [0.5, 0.6], [1, 1]], "threshold": [[0, 0], [0.2, 0], [1, 1]]}
HALVES = {"linear": (0.4, 0.5, 0.6), "bent": (0.48, 0.6, 0.72), "threshold": (0.3, 0.375, 0.45)}
"""Effect of half the entitlement with the response × 0.8, as it is, and × 1.2; that of the threshold is 0.5 at 0.6."""


@pytest.mark.sweep(1)
@pytest.mark.parametrize("curve", CURVES)
def test_the_response_is_bent_at_its_inner_corners(tmp_path: Path, curve: str) -> None:
    """Half an award brings 0.8 and 1.2 times its effect; a straight piece is broken in its middle."""
    instruments = {"g": {"kind": "grant", "rate": 0.1, "award": {"levels": 2}}}
    leverage = {"goal": "nominal", "response": CURVES[curve]}
    changes = {"leverage": leverage, "instruments": instruments, "sources": {"f": {"budget": 50, "pays": ["g"]}}}
    projects = [{**PROJECTS[0], "lock": "must_fund"}]
    folder = made(tmp_path, changes, projects)
    rows = stored(folder, "ranges")
    found = [rows["response", "0.8"], rows["plan", "1"], rows["response", "1.2"]]

    assert [1000 * half for half in HALVES[curve]] == pytest.approx([row["goal_fixed"] for row in found])
    assert ("linear" in dict(sensitivity(folder).rows[["setting", "parameter"]].values)) == (curve != "linear")
    assert verify(folder).ok


def test_an_instrument_s_own_response_is_bent_as_well(tmp_path: Path) -> None:
    """Its own half of 0.4 becomes 0.32 and 0.48; as a straight line it is 0.5, though the general curve is one already."""
    own = {"kind": "grant", "rate": 0.1, "award": {"levels": 2}, "response": [[0, 0], [0.5, 0.4], [1, 1]]}
    changes = {
        "leverage": {"goal": "nominal"},
        "instruments": {"g": own},
        "sources": {"f": {"budget": 50, "pays": ["g"]}},
    }
    folder = made(tmp_path, changes, [{**PROJECTS[0], "lock": "must_fund"}])
    rows, solved = stored(folder, "ranges"), stored_after(folder)
    found = [rows["response", "0.8"], rows["plan", "1"], rows["response", "1.2"], solved["response", "linear"]]

    assert [320, 400, 480, 500] == pytest.approx([row["goal_fixed"] for row in found])
    assert verify(folder).ok


def test_points_of_the_score_stay_within_a_hundred(tmp_path: Path) -> None:
    """Of 90 points × 1.2 count 100, of a column as of criteria; the goal follows."""
    goals = {"terms": [{"measure": "upgrading"}]}
    column = made(tmp_path / "column", {"goals": goals}, [{**p, "structure_score": 90} for p in PROJECTS])
    points = {"upgrading": {"criteria": {"kind": {"a": 90, "b": 90}}}, "goals": goals}
    criteria = made(tmp_path / "criteria", points)

    for folder in (column, criteria):
        rows = stored(folder, "ranges")
        found = [rows[key]["goal_fixed"] for key in (("upgrading", "0.8"), ("plan", "1"), ("upgrading", "1.2"))]
        assert [405 * 0.72, 405 * 0.9, 405] == pytest.approx(found)
        assert verify(folder).ok


BONDS: Row = {
    "sources": {
        "s": {"budget": 100, "pays": ["park"], "bond": {"rate": 0, "term": 1, "min_cover": 1, "revenue_haircut": 0.8}}
    },
    "instruments": {"park": {"kind": "bond", "base": "bond_need", "rate": 1.0, "award": {"levels": 2}}},
    "leverage": {"goal": "nominal"},
}


def parks(*needs: int) -> list[Row]:
    """Parks that earn 1.25 times the bonds that they need."""
    return [
        {"project_id": f"P{n}", "region": "x", "category": "园区基础设施", "fixed_investment": 2 * need, "bond_need": need}
        | {"revenue_total": need * 1.25, "cost_total": 0}
        for n, need in enumerate(needs)
    ]  # fmt: skip


def test_an_award_that_nobody_offers_is_a_finding_and_no_error(plain: Path) -> None:
    """Whoever renames the option in the awards is told so, though it brings nothing that could be worked out."""
    paths = [plain / f"{table}.csv" for table in ("awards", "payments")]
    before = [path.read_bytes() for path in paths]
    for path, content in zip(paths, before, strict=True):
        path.write_bytes(content.replace(b"g@2025#1", b"g@2025#9"))
    found = verify(plain)
    for path, content in zip(paths, before, strict=True):
        path.write_bytes(content)

    assert "verify.no_such_level" in {violation.code for violation in found.violations}


def test_a_lower_share_of_revenue_leaves_debt_to_the_budget(tmp_path: Path) -> None:
    """At 0.8 the revenue just pays the bonds of 100; at 0.64 it pays 80, so that 20 of the goal is lost."""
    folder = made(tmp_path, BONDS, parks(100))
    rows = stored(folder, "ranges")

    found = [rows[key]["goal_fixed"] for key in (("plan", "1"), ("revenue_haircut", "0.8"), ("revenue_haircut", "1.2"))]

    assert [200, 180, 200] == found
    assert verify(folder).ok


def test_bonds_given_whole_or_not_at_all_drop_what_is_given_in_part(tmp_path: Path) -> None:
    """Of needs of 80 and 60, 100 pays 60 and half of 80: whole, it pays 80, so that 40 more go there and 60 leave."""
    folder = made(tmp_path, BONDS, parks(80, 60))
    row = stored_after(folder)["bonds", "whole"]
    awards = run_folder.read(folder).tables["awards"]

    assert {"P0": 40, "P1": 60} == dict(zip(awards["project_id"], awards["award"], strict=True))
    assert (1, 120, 160, 40) == (row["dropped"], row["goal_fixed"], row["goal"], row["regret"])
    assert (2, 60, "P1", "") == (row["projects_moved"], row["money_moved"], row["leaves"], row["enters"])


def stored_after(folder: Path) -> Found:
    """The settings, once they are asked for."""
    sensitivity(folder)
    return stored(folder, "sensitivity")


def test_the_least_spending_reaches_its_targets_with_more_where_numbers_fall(tmp_path: Path) -> None:
    """A alone, for 100, brings 405 of the 400 asked for; with 0.8 times its probability 324, so that C enters for 50."""
    changes = {
        "minimise": "spending",
        "targets": [{"name": "t", "measure": "additional_investment", "min": 400}],
        "sources": {"f": {"budget": 200, "pays": ["g"]}},
    }
    projects = [row | {"fixed_investment": 700} if row["project_id"] == "B" else row for row in PROJECTS]
    folder = made(tmp_path, changes, projects)
    row = stored_after(folder)["realisation", "0.8"]
    keys = [table.key for section in sections.build(run_folder.read(folder), "en").sections for table in section.tables]

    assert (100, 150, "t", "", "C") == tuple(row[key] for key in ("goal_fixed", "goal", "breaks", "leaves", "enters"))
    assert pd.isna(row["regret"])
    assert (1, 50) == (row["projects_moved"], row["money_moved"])
    assert {"ranges", "sensitivity"} <= set(keys)
    assert "tornado" not in keys
    assert verify(folder).ok


@pytest.mark.slow
def test_goals_in_order_keep_what_the_earlier_reach_with_other_numbers(tmp_path: Path) -> None:
    """Additional investment comes first, so that with probabilities × 1.2 B, which brings more of it, takes the place of A."""
    goals = {"mode": "lexicographic", "terms": [{"measure": "additional_investment"}, {"measure": "count"}]}
    folder = made(tmp_path, {"goals": goals})
    row = stored_after(folder)["realisation", "1.2"]

    assert {"A"} == set(run_folder.read(folder).tables["awards"]["project_id"])
    assert ("A", "B", "goals.terms.0") == (row["leaves"], row["enters"], row["breaks"])
    assert verify(folder).ok


def test_below_the_gap_nothing_is_claimed(tmp_path: Path) -> None:
    """Within a gap of 10 % A, worth 450 where B is worth 475.2, stays, and no regret is told."""
    folder = made(tmp_path, {"solver": {"gap": 0.1}})
    row = stored_after(folder)["realisation", "1.2"]

    assert (0, 0, "", "") == (row["projects_moved"], row["money_moved"], row["leaves"], row["enters"])
    assert pd.isna(row["regret"])


def test_a_forged_range_is_found(plain: Path) -> None:
    """Every figure of the short form, and the goal of the plan as it is in the long one, is worked out again."""
    for table, column in (("ranges", "goal_fixed"), ("ranges", "additional_investment"), ("sensitivity", "goal_fixed")):
        path = plain / f"{table}.csv"
        before = path.read_bytes()
        rows = list(csv.reader(before.decode("utf-8-sig").splitlines()))
        rows[1][rows[0].index(column)] = "401"
        path.write_text("\n".join(",".join(f'"{cell}"' for cell in row) for row in rows), encoding="utf-8-sig")
        found = verify(plain)
        path.write_bytes(before)

        assert [f"{table}.csv:2"] == sorted({v.where for v in found.violations}), column
    assert verify(plain).ok


def test_a_range_that_was_taken_away_is_missed(plain: Path) -> None:
    """A table that a run was stored with, and that very large plans do without, may not go unseen."""
    path = plain / "ranges.csv"
    before = path.read_bytes()
    path.unlink()
    found = [message.text("en") for message in verify(plain).violations]
    path.write_bytes(before)

    assert ["manifest.json: tables: the run was stored with the table 'ranges.csv', which is not there"] == found


@pytest.mark.parametrize(("language", "words"), [
    ("zh", ("对所给规则和数字的证明", "259.2 万元至 540 万元", "实现概率", "4 种设定下", "每种设定下都保留")),
    ("en", ("proved of the rules and numbers given", "2.59 million yuan to 5.4 million yuan", "Realisation", "stay in all")),
])  # fmt: skip
def test_reports_say_how_far_the_numbers_are_known(plain: Path, language: str, words: tuple[str, ...]) -> None:
    """The summary, the headline, the memo and the section with its chart, in both languages."""
    run = run_folder.read(plain)
    report = sections.build(run, language)
    page = next(section for section in report.sections if section.key == "sensitivity")
    told = [summary.text(run, language), *(line for _, lines in memo(report).parts for line in lines)]
    told += [figure.note for figure in report.figures]

    assert ["ranges", "tornado", "sensitivity"] == [table.key for table in page.tables]
    assert ["tornado"] == [chart.key for chart in page.charts]
    assert words[-1] in page.lead
    for word in words:
        assert any(word in line for line in told), (word, told)


@pytest.mark.sweep(1)
@pytest.mark.parametrize("seed", range(30))
def test_ranges_and_goals_of_random_plans_are_found_again(tmp_path: Path, seed: int) -> None:
    """Of plans that use everything a config can say; a plan that is kept is never worth more than the best one's bound."""
    config, tables = random_plan(seed)
    try:
        folder = allocator.run(write_plan(tmp_path, config, **tables), out=tmp_path / "runs").folder
    except allocator.Infeasible:
        return
    assert folder is not None
    rows = sensitivity(folder).rows
    kept = rows[(rows["breaks"] == "") & rows["goal"].notna()]
    found = verify(folder)

    assert (folder / "ranges.csv").is_file()
    assert [] == list(found.violations)
    assert all(row["goal_fixed"] <= row["goal"] for row in kept.to_dict("records"))


@pytest.mark.sweep(1)
@pytest.mark.parametrize(
    "rule", [{"requires": ["A", "C"]}, {"requires": ["A", "C"], "lag": 1}, {"requires": ["B", "A"]}]
)
def test_what_was_promised_before_breaks_no_requirement(tmp_path: Path, rule: Row) -> None:
    """A is promised 50 and needs C no more; B is given the rest, and the plan can be kept under other numbers."""
    promised = [
        {
            "project_id": "A",
            "option": "old",
            "instrument": "g",
            "nominal_investment": 77,
            "start_year": 2024,
            "f@2025": 50,
        }
    ]
    config = {
        **PLAN,
        "years": [2025, 2026],
        "dependencies": [rule],
        "sources": {"f": {"budget": {2025: 150, 2026: 0}, "pays": ["g"]}},
    }
    path = write_plan(tmp_path, config, projects=PROJECTS, commitments=promised)
    solution = allocator.run(path, out=tmp_path / "runs")
    assert solution.folder is not None

    assert ["A", "B"] == sorted(solution.awards["project_id"])
    assert {""} == set(sensitivity(solution.folder).rows["breaks"])


def test_of_a_very_large_plan_the_command_is_named_instead(plain: Path) -> None:
    """Beyond 50,000 options nothing is worked out with the run; a smaller one without numbers in use says nothing."""
    run = run_folder.read(plain)
    found = []
    for options in (50_001, 50_000):
        sizes = {**run.manifest["sizes"], "options": options}
        view = View(replace(run, manifest={**run.manifest, "sizes": sizes}), "en")
        view.tables = {name: table for name, table in run.tables.items() if name != "ranges"}
        found.append(about(view))

    assert "the command sensitivity does" in found[0]
    assert "" == found[1]


def test_the_command_prints_the_settings_and_writes_them(plain: Path) -> None:
    """As text and for machines, from the run's folder; 2 where there is no such run."""
    (plain / "sensitivity.csv").unlink()
    text = command("sensitivity", str(plain), "--language", "en", folder=plain)
    answer = command("sensitivity", str(plain), "--json", folder=plain)
    rows = json.loads(answer.stdout)["rows"]

    assert (0, 0) == (text.returncode, answer.returncode)
    assert "Realisation" in text.stdout
    assert "sensitivity.csv" in text.stdout
    assert (4, "25.2") == (len(rows), next(r["regret"] for r in rows if r["goal"] == "475.2"))
    assert 2 == command("sensitivity", "nowhere", folder=plain).returncode


def test_stopped_it_tells_what_is_known_and_writes_nothing(plain: Path) -> None:
    """Stopped at the third setting two are told; before anything is known the status is 130."""
    before = (plain / "sensitivity.csv").read_bytes()

    def stop_at(phase: str) -> Any:
        return lambda told, *_: signal.raise_signal(signal.SIGINT) if told == phase else None

    answer = sensitivity(plain, language="en", progress=stop_at("sensitivity 3/4"))
    with pytest.raises(allocator.Interrupted):
        sensitivity(plain, progress=stop_at("open"))

    assert (2, 4, None) == (len(answer.rows), answer.whole, answer.path)
    assert "Stopped: 2 of 4 settings are done" in answer.text()
    assert before == (plain / "sensitivity.csv").read_bytes()
    assert Fraction(405) == Fraction(str(stored(plain, "ranges")["plan", "1"]["goal_fixed"]))

"""In a Chinese session nobody reads an English word or a raw key, in any output of the demo and its scenarios."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import demo_cut
import pytest
import yaml
from planning import ROOT, write_plan
from shown import cells_of, spoken, words_of

from allocator.config.labels import labels
from allocator.config.source.load import load_config
from allocator.report.names import Names

CONFIGS = ROOT / "configs"
SCENARIOS = sorted(path.name for path in (CONFIGS / "scenarios").glob("*.yaml"))
ALLOWED = re.compile(
    r"(?<!\w)(/|\.\./|\./)[^\s，；]*"  # folders of the machine
    r"|[\w./-]+\.(csv|xlsx|html|md|yaml|json|geojson)(:\d+)*"  # names of files, with line and column
    r"|\d{8}-\d{6}-[0-9a-f]{8}(-\d+)?|\b[0-9a-f]{64}\b|sha256"  # ids of runs and digests
    r"|--[a-z]+(-[a-z]+)*|\ballocator( [a-z]+)?\b|\b[a-z]+ 命令"  # what is typed
    r"|\b[A-Z]{1,3}\d*\b|\b\d{6}DEMO\d{8}\b|\bs\d+\b"  # ids of projects, warnings, firms, outcomes; codes
    r"|情景“\w+”"  # a scenario is called what the planner called it
    r"|allocator|python|pyomo|highspy|pandas|numpy|scipy"  # programs whose versions are told
    r"|Excel|GDP|CVaR"  # names that Chinese texts use as they are
    r"|Bartik|Bronzini|de Blasio"  # authors a warning rests on
    r"|\bexport\b"  # one of the words that warning F4 looks for in the tables
)
WORD = re.compile(r"[A-Za-z][A-Za-z_.]*")


@pytest.fixture(autouse=True)
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose locale is Chinese."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")


def english(lines: list[str]) -> list[str]:
    """Lines with a word that is not allowed."""
    return sorted({line.strip() for line in lines if WORD.search(ALLOWED.sub("", line))})


def written(run: Path) -> Iterator[str]:
    """Everything that people read in a run's folder."""
    for page in ("report.html", "memo.html"):
        yield from words_of(run / page)
    yield from cells_of(run / "allocation.xlsx")
    yield from (run / "memo.md").read_text(encoding="utf-8").splitlines()


def runs_in(folder: Path) -> list[str]:
    """The runs of a folder, oldest first."""
    return sorted(path.name for path in folder.iterdir())


def told(config: Path, folder: Path, *changes: str) -> list[str]:
    """What check, run and the commands about its run say but for ``changes`` as typed, and what the run's folder has."""
    out = ("--out", str(folder))
    sets = [part for change in changes for part in ("--set", change)]
    lines = [*spoken("check", str(config), *sets), *spoken("run", str(config), *out, "--gap", "0.05", *sets)]
    run = runs_in(folder)[-1]
    for command in (("list",), ("show", run), ("verify", run), ("benchmarks", run), ("report", run)):
        lines += spoken(*command, *out)
    lines += written(folder / run)
    for change in changes:
        lines = [line.replace(change, "") for line in lines]
    return lines


@pytest.mark.slow
@pytest.mark.reports
def test_a_tenth_of_the_demo_is_told_without_an_english_word(tmp_path: Path) -> None:
    """Check, run, list, show, verify, benchmarks, reports, memo, workbook, and a comparison of two runs."""
    demo_cut.write(tmp_path, scenarios=False)
    config, runs = tmp_path / "guangxi.yaml", tmp_path / "runs"
    lines = told(config, runs)
    lines += spoken("run", str(config), "--out", str(runs), "--set", "sources.fiscal.budget=70000")
    lines += spoken("compare", *runs_in(runs), "--runs", str(runs), "--out", str(tmp_path / "both"), "--no-attribution")
    lines += [*words_of(tmp_path / "both" / "compare.html"), *cells_of(tmp_path / "both" / "compare.xlsx")]

    assert len(lines) > 2000
    assert [] == english(lines)


@pytest.mark.reports
@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["guangxi.yaml", *(f"scenarios/{name}" for name in SCENARIOS if name[:-5] not in demo_cut.OF_SCENARIOS)]
)
def test_the_demo_and_its_scenarios_are_told_without_an_english_word(name: str, tmp_path: Path) -> None:
    """As they are shipped."""
    assert [] == english(told(CONFIGS / name, tmp_path / "runs"))


@pytest.mark.reports
@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(demo_cut.OF_SCENARIOS.keys() - demo_cut.WHOLE))
def test_scenarios_of_a_tenth_of_the_demo_are_told_without_an_english_word(name: str, tmp_path: Path) -> None:
    """With amounts that a tenth of the projects can reach."""
    demo_cut.write(tmp_path)
    config = tmp_path / "scenarios" / f"{name}.yaml"
    assert [] == english(told(config, tmp_path / "runs", *demo_cut.OF_SCENARIOS[name].split()))


SMALL = {
    "title": "小方案", "language": "zh", "money": "万元", "years": [2026, 2027],
    "sources": {"fiscal": {"name": "财政资金", "budget": 60, "pays": ["grant"]}},
    "instruments": {"grant": {"kind": "grant", "name": "补助", "rate": 0.1, "where": {"clean_record": True,
                              "total_investment": {"min": 100, "not": 999}}, "award": {"min": 10, "levels": 1}}},
    "limits": [{"name": "各市上限", "measure": "award", "each": "region", "max": 40}],
    "screening": {"gates": [{"name": "备案", "filled": ["filing_no"]}]},
}  # fmt: skip
ROWS = [
    {"project_id": f"P{n}", "project_name": f"项目{n}", "region": "甲市" if n % 2 else "乙市", "category": "技改",
     "fixed_investment": 100 + 100 * n if n != 5 else 90, "total_investment": 100 + 100 * n if n != 5 else 90,
     "clean_record": int(n != 4), "filing_no": "" if n == 3 else f"备{n}"}
    for n in range(1, 7)
]  # fmt: skip


@pytest.mark.slow
def test_every_loser_is_explained_without_an_english_word(tmp_path: Path) -> None:
    """Screened out by a flag, a blank, a range; outranked; and the funded; all of them together."""
    write_plan(tmp_path, SMALL, projects=ROWS)
    runs = tmp_path / "runs"
    spoken("run", str(tmp_path / "plan.yaml"), "--out", str(runs))
    (run,) = runs_in(runs)
    about = {row["project_id"]: spoken("explain", run, row["project_id"], "--out", str(runs)) for row in ROWS}
    lines = [line for told_of in about.values() for line in told_of] + spoken(
        "explain", run, "--all", "--out", str(runs)
    )

    assert [] == english(lines)
    assert any("补助：信用/环保/安全合格，实际 否，要求 是" in line for line in about["P4"])
    assert any("补助：准入门槛“备案”的备案(核准)文号，实际 空白，要求 已填写" in line for line in about["P3"])
    assert any("补助：总投资，实际 90，要求 不低于 100、不是999" in line for line in about["P5"])


def test_a_plan_that_cannot_be_is_diagnosed_without_an_english_word(tmp_path: Path) -> None:
    """All but the lines that are pasted behind --set."""
    bad = {**SMALL, "limits": [{"name": "各市下限", "measure": "award", "each": "region", "min": 40}]}
    config = write_plan(tmp_path, bad, projects=ROWS)
    lines = [*spoken("run", str(config), "--out", str(tmp_path / "runs")), *spoken("diagnose", str(config))]

    assert any("各市下限" in line for line in lines)
    assert [] == english([line for line in lines if "--set" not in line])


def test_what_must_be_funded_beyond_a_budget_is_told_by_the_name_of_the_source(tmp_path: Path) -> None:
    """The refusal itself goes through the names of the config, as its notices do."""
    forced = {
        **SMALL,
        "limits": [],
        "locks": {"must_fund": ["P1", "P2"]},
        "sources": {"fiscal": {**SMALL["sources"]["fiscal"], "budget": 6}},
    }
    lines = spoken("run", str(write_plan(tmp_path, forced, projects=ROWS)), "--out", str(tmp_path / "runs"))

    assert any("需要 财政资金" in line for line in lines)
    assert [] == english([line for line in lines if "--set" not in line])


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("sources.fiscal.carryover.max_share", "资金来源 › 财政资金 › 结转 › 最高占比"),
        ("sources.fiscal.budget.2026", "资金来源 › 财政资金 › 预算 › 2026 年"),
        ("instruments.grant.where.category", "支持方式 › 补助 › 适用条件 › 项目类别"),
        ("limits.各市上限.max", "限额规则 › 各市上限 › 上限"),
        ("screening.gates.备案.filled", "准入审查 › 准入门槛 › 备案 › 必须填写的列"),
        ("leverage.response.0.1", "带动系数 › 响应曲线 › 第 1 项 › 第 2 项"),
        ("固定资产投资", "固定资产投资"),
    ],
)
def test_a_key_has_the_names_that_lead_to_it(path: str, said: str, tmp_path: Path) -> None:
    """Keys by their labels, columns by the data dictionary, sources and instruments by the planner's names."""
    names = Names(load_config(write_plan(tmp_path, SMALL, projects=ROWS)).config, "zh")

    assert said == names.path(path)


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("{min: 100000, max: 499999}", "100000 至 499999"),
        ("{min: 5}", "不低于 5"),
        ("{max: 5, not: 3}", "不高于 5、不是3"),
        ("{not: [限制, 淘汰]}", "不是限制、淘汰之一"),
        ("[技改, 园区]", "技改、园区之一"),
        ("true", "是"),
        ("技改", "技改"),
    ],
)
def test_a_condition_is_said_in_words(condition: str, said: str, tmp_path: Path) -> None:
    """As it stands in a config, and as people say it."""
    names = Names(load_config(write_plan(tmp_path, SMALL, projects=ROWS)).config, "zh")

    assert said == names.condition(condition)


@pytest.mark.slow
def test_every_key_of_the_config_has_both_names() -> None:
    """A new key is asked for its names here; names are in the language they claim to be."""
    schema = yaml.safe_load((CONFIGS / "allocator.schema.json").read_text(encoding="utf-8"))
    keys = {key for part in schema["$defs"].values() for key in part.get("properties", {})}
    entries = [*labels().values(), *(word for entry in labels().values() for word in entry.get("values", {}).values())]

    assert [] == sorted(keys - {key.rpartition(".")[2] for key in labels()})
    assert [] == [entry for entry in entries if re.search(r"[A-Za-z]", entry["zh"]) or not entry["en"].isascii()]

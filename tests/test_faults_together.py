"""Faults of config and tables are told in one list, and none is invented because of another."""

from __future__ import annotations

from pathlib import Path

import pytest

from allocator.messages.errors import InputError
from allocator.problem.build import load

CONFIG = """\
money: 万元
years: [2021, 2022]
projects: p.csv
regions: r.csv
options: o.csv
sources:
  f: {budget: 100, pays: [g]}
instruments:
  g: {kind: grant, base: fixed_investment, rate: 0.1}
limits:
  - {name: a, measure: award, max: 3}
"""
FILES = {
    "p.csv": "project_id,region,category,fixed_investment\nA,南宁,c,100\nA,南宁,c,1亿2\nB,,c,5\n",
    "r.csv": "region,gdp\n南宁,12\n柳州,x\n",
    "o.csv": "project_id,option,f@2021\nA,o,5\nC,o,1\n",
}
FAULTS = {
    "p.csv:3 (row): fixed_investment", "p.csv:3 (row): project_id", "p.csv:4 (row): region", "r.csv:3 (row): gdp",
    "o.csv:3 (row): project_id",
}  # fmt: skip
OF_OPTIONS = {"o.csv:3 (row): project_id"}


def told(folder: Path, config: str, files: dict[str, str] | None = None) -> set[str]:
    """Place and path of every fault, without the folder."""
    for name, text in (files or FILES).items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "plan.yaml").write_text(config, encoding="utf-8")
    with pytest.raises(InputError) as error:
        load(folder / "plan.yaml")
    return {f"{message.where}: {message.path}".replace(f"{folder}/", "") for message in error.value.messages}


def test_three_faults_of_the_config_and_bad_tables(tmp_path: Path) -> None:
    """What is wrong in tables stands beside a misspelt key, a number that is none and a key that does not exist."""
    config = CONFIG.replace("rate: 0.1", "rate: 0.1x").replace("max: 3", "mx: 3") + "lox: {}\n"

    assert FAULTS - OF_OPTIONS == {line for line in told(tmp_path, config) if "csv" in line}
    assert {"plan.yaml:9:50: instruments.g.rate", "plan.yaml:11:31: limits.a.mx", "plan.yaml:12:1: lox"} == {
        line for line in told(tmp_path, config) if "yaml" in line
    }


@pytest.mark.parametrize(
    ("before", "after", "tables"),
    [
        ("max: 3", "max: 3x", FAULTS),
        ("years:", "yeers:", FAULTS - OF_OPTIONS),
        ("sources:", "sauces:", FAULTS - OF_OPTIONS),
        ("pays: [g]", "pays: [h]", FAULTS - OF_OPTIONS),
        ("projects: p.csv", "project: p.csv", set()),
        ("money: 万元", "money: 里拉", set()),
        ("money: 万元", "colums: {region: city}", set()),
    ],
)
def test_no_fault_follows_from_another(tmp_path: Path, before: str, after: str, tables: set[str]) -> None:
    """A table is not read by something that is faulty: its faults would be those of the config again."""
    found = {line for line in told(tmp_path, CONFIG.replace(before, after, 1)) if "csv" in line}

    assert tables == found


def test_rules_that_do_not_fit_sound_tables_are_told_together(tmp_path: Path) -> None:
    """A limit, a goal, a rule between projects and a quota that name what no table has: all at once."""
    files = {"p.csv": "project_id,region,category,fixed_investment\nA,南宁,c,100\nB,南宁,c,5\n"}
    config = """\
projects: p.csv
years: [2021]
sources: {f: {budget: 100, pays: [g]}}
instruments: {g: {kind: grant, base: fixed_investment, rate: 0.1}}
limits: [{name: a, measure: award, where: {colour: red}, max: 3}]
goals: {terms: [{measure: jobs}]}
dependencies: [{excludes: [A, C]}]
factor_method: {source: f, factors: {population: 1}}
"""
    paths = {line.split(": ")[1] for line in told(tmp_path, config, files)}

    assert {"limits.a.where.colour", "goals.terms.0.measure", "dependencies.0.excludes"} <= paths

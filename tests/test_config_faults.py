"""Every slip in a config has its message: where it is, what is wrong, and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from allocator.config.source.load import load_config
from allocator.messages import catalogue
from allocator.messages.errors import InputError

PLAN = """\
years: [2021, 2022]
projects: projects.csv
sources:
  fiscal: {budget: 1000, pays: [grant]}
instruments:
  grant: {kind: grant, rate: 0.1}
"""
FAULTS = yaml.safe_load(Path(__file__).with_name("config_faults.yaml").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("fault", FAULTS, ids=[fault["name"] for fault in FAULTS])
def test_fault_has_its_message(fault):
    """The planner is told the line and column, the key, what is wrong and what to do; in Chinese as well."""
    replaced, expected = fault.get("replace"), fault["says"]
    text = PLAN.replace(replaced, fault["write"]) if replaced else f"{PLAN}{fault['write']}\n"
    Path("plan.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(InputError) as caught:
        load_config("plan.yaml")

    assert caught.value.text("en").split("\n") == expected
    assert len(caught.value.text("zh").split("\n")) == len(expected)
    assert caught.value.text("zh") != caught.value.text("en")
    assert caught.value.exit_code == 2


def test_the_plan_itself_is_sound():
    """The config that the faults are put into has none."""
    Path("plan.yaml").write_text(PLAN, encoding="utf-8")

    assert load_config("plan.yaml").notices == ()


def test_both_languages_say_the_same():
    """Every message exists in Chinese and English, with the same placeholders."""
    english, chinese = catalogue("config", "en"), catalogue("config", "zh")

    assert list(english) == list(chinese)
    for key, text in english.items():
        assert placeholders(text) == placeholders(chinese[key]), key


def placeholders(text):
    return {part.split("}")[0] for part in text.split("{")[1:]}


def test_all_faults_come_at_once_in_the_order_of_the_file():
    """Faults of types and rules, in different parts, are listed together; what only follows from one is not."""
    text = """\
years: [2021, 2022]
projects: projects.csv
sources:
  fiscal: {budgett: 1000, pays: [grant]}
  bond: {budget: {2021: 5}, pays: [grnt]}
instruments:
  grant: {kind: grant, rate: ten, payments: [0.5]}
limits:
  - {name: 无量度, max: 5}
  - {name: 上限, measure: award}
  - {name: 占比, measure: award, max_share: 25}
solver: {gapp: 1}
"""
    Path("plan.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(InputError) as caught:
        load_config("plan.yaml")

    assert caught.value.text("en").split("\n") == [
        "plan.yaml:4:12: sources.fiscal.budgett: unknown key; did you mean 'budget'?",
        "plan.yaml:5:10: sources.bond.budget: no budget for 2022; name every plan year, or give one number for all",
        "plan.yaml:5:36: sources.bond.pays.0: there is no instrument 'grnt'; did you mean 'grant'?",
        "plan.yaml:7:30: instruments.grant.rate: must be a number, got 'ten'",
        "plan.yaml:9:5: limits.无量度.measure: missing; this key is required",
        "plan.yaml:10:5: limits.上限: limit '上限' has no bound; give min, max, min_share or max_share",
        "plan.yaml:11:43: limits.占比.max_share: must be at most 1, got '25'; write 0.25 if that is a percentage",
        "plan.yaml:12:10: solver.gapp: unknown key; did you mean 'gap'?",
    ]


def test_fault_in_the_base_is_reported_there():
    """A value is reported in the file where it was written, a rule broken by the merge where its part stands."""
    Path("base.yaml").write_text(PLAN.replace("rate: 0.1", "rate: -1"), encoding="utf-8")
    Path("plan.yaml").write_text("extends: base.yaml\nsources: {fiscal: {budget: {2021: x}}}\n", encoding="utf-8")

    with pytest.raises(InputError) as caught:
        load_config("plan.yaml")

    assert caught.value.text("en").split("\n") == [
        "base.yaml:6:30: instruments.grant.rate: must be greater than 0, got '-1'",
        "plan.yaml:2:35: sources.fiscal.budget.2021: must be a number, got 'x'",
    ]


def test_thousands_of_faults_are_counted():
    """A table given as a config is answered at once, with the first faults and how many more there are."""
    Path("plan.yaml").write_text(PLAN + "".join(f"k{n}: 1\n" for n in range(1000)), encoding="utf-8")

    with pytest.raises(InputError) as caught:
        load_config("plan.yaml")

    lines = caught.value.text("en").split("\n")
    assert len(lines) == 201
    assert lines[-1] == "plan.yaml: and 800 more of these"

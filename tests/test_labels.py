"""A key in the planner's own words leads to the key of the contract."""

from __future__ import annotations

from pathlib import Path

import pytest

from allocator.config.keys.plan import Config
from allocator.config.labels import key_meant, labels
from allocator.config.rules.check import field_names
from allocator.config.source.load import load_config
from allocator.messages.errors import InputError

PLAN = """\
years: [2021, 2022]
projects: projects.csv
sources:
  fiscal: {budget: 1000, pays: [grant]}
instruments:
  grant: {kind: grant, rate: 0.1}
"""
MEANT = {
    "限制": "limits", "限制条件": "limits", "约束": "limits", "constraints": "limits", "限额": "limits",
    "资金": "sources", "资金来源": "sources", "支持方式": "instruments", "政策工具": "instruments",
    "目标": "goals", "objective": "goals", "项目": "projects", "年份": "years", "规划年度": "years", "情景": "scenarios",
    "“limits”": "limits", "limts": "limits", "Solver": "solver",
}  # fmt: skip


@pytest.mark.parametrize(("word", "key"), MEANT.items(), ids=MEANT)
def test_a_word_leads_to_its_key(word, key):
    """In either language, exact or nearly so."""
    hint = key_meant(word, field_names(Config))

    assert hint.text("en") == f"; did you mean '{key}'?"


def test_a_word_unlike_any_leads_nowhere():
    """Nothing is suggested that is not near."""
    assert key_meant("天气", field_names(Config)) == ""
    assert key_meant("abcxyz", field_names(Config)) == ""


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ("budget: 1000", "预算: 1000", "plan.yaml:4:12: sources.fiscal.预算: unknown key; did you mean 'budget'?"),
        ("rate: 0.1", "比例: 0.1", "plan.yaml:6:24: instruments.grant.比例: unknown key; did you mean 'rate'?"),
        ("years:", "年份:", "plan.yaml:1:1: 年份: unknown key; did you mean 'years'?"),
        ("sources:", "资金:", "plan.yaml:3:1: 资金: unknown key; did you mean 'sources'?"),
        (
            "instruments:",
            "solver: {时限: 5}\ninstruments:",
            "plan.yaml:5:10: solver.时限: unknown key; did you mean 'time_limit'?",
        ),
    ],
)
def test_keys_at_any_depth_are_led_to_the_contract(right, wrong, says, tmp_path, monkeypatch):
    """A key that is only called otherwise is not missing as well."""
    monkeypatch.chdir(tmp_path)
    Path("plan.yaml").write_text(PLAN.replace(right, wrong, 1), encoding="utf-8")

    with pytest.raises(InputError) as caught:
        load_config("plan.yaml")

    assert says in caught.value.text("en").split("\n")
    assert "missing" not in caught.value.text("en")


def test_set_takes_no_word_but_says_which_key():
    """On the command line too."""
    with pytest.raises(InputError) as caught:
        load_config("configs/starter.yaml", overrides=["限制.x.max=1"])

    assert caught.value.text("en").endswith("there is no '限制' here; did you mean 'limits'?")


def test_every_labelled_key_has_a_chinese_name():
    """Every key has a name in Chinese."""
    assert all(not entry["zh"].isascii() for entry in labels().values())

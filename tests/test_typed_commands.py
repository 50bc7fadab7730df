"""Commands that are printed can be pasted: they name the program as it was called and quote what a shell would change."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest
from planning import write_plan
from shown import spoken

from allocator.cli import typed as cli_typed
from allocator.money import Money
from allocator.report.amounts import amount, unit_name

WORDS = [
    "plan.yaml",
    "my plan.yaml",
    "项目#3/plan.yaml",
    "it's.yaml",
    'a"b.yaml',
    "$HOME/`x`;y&z.yaml",
    "a\\b c.yaml",
    "x*?.yaml",
]


@pytest.mark.parametrize("word", WORDS)
def test_a_shell_reads_the_word_again(word: str) -> None:
    """Whatever is in a path, a shell takes it as one word and unchanged."""
    assert ["allocator", "run", word] == shlex.split(cli_typed.typed("run", word))[-3:]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("plan.yaml", "plan.yaml"), (".venv\\Scripts\\x", ".venv\\Scripts\\x"), ("my plan.yaml", "'my plan.yaml'"),
        ("it's.yaml", "'it''s.yaml'"), ("$x.yaml", "'$x.yaml'"), ("方案#1.yaml", "'方案#1.yaml'"), ("a’b", "'a’’b'"),
    ],
)  # fmt: skip
def test_powershell(monkeypatch: pytest.MonkeyPatch, word: str, expected: str) -> None:
    """On Windows single quotes, doubled within, keep everything."""
    monkeypatch.setattr(cli_typed.os, "name", "nt")

    assert expected == cli_typed.quoted(word)


@pytest.mark.parametrize(
    ("argv", "original", "expected"),
    [
        (".venv/bin/allocator", ["python", ".venv/bin/allocator"], ".venv/bin/allocator"),
        ("/x y/bin/allocator", ["python", "/x y/bin/allocator"], "'/x y/bin/allocator'"),
        ("/code/allocator/__main__.py", ["/no/python3", "-m", "allocator"], "/no/python3 -m allocator"),
        ("/code/allocator/__main__.py", [".venv/bin/python", "-m", "allocator"], ".venv/bin/python -m allocator"),
        ("/usr/bin/pytest", ["python", "/usr/bin/pytest"], "allocator"),
        ("/code/pytest/__main__.py", ["python", "-m", "pytest"], "allocator"),
        ("", ["python"], "allocator"),
    ],
)
def test_the_program_as_it_was_called(
    monkeypatch: pytest.MonkeyPatch, argv: str, original: list[str], expected: str
) -> None:
    """The script by its path, or Python with the module."""
    monkeypatch.setattr(sys, "argv", [argv])
    monkeypatch.setattr(sys, "orig_argv", original)

    assert f"{expected} run p" == cli_typed.typed("run", "p")


def test_found_by_the_shell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A program that the shell finds by its name is called by its name; another of that name is not."""
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "allocator").write_text("#!/bin/sh\n")
        (tmp_path / folder / "allocator").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "a"))

    assert "allocator" == cli_typed.started(str(tmp_path / "a" / "allocator"))
    assert str(tmp_path / "b" / "allocator") == cli_typed.started(str(tmp_path / "b" / "allocator"))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_printed(tmp_path: Path, language: str) -> None:
    """What `init` and a conflict print leads to the same config, scenario and changes."""
    folder = tmp_path / "我的 项目#3 it's"
    line = spoken("init", str(folder), "--language", language)[-1]
    assert ["run", str(folder / "plan.yaml")] == shlex.split(line.partition(": ")[2] or line.partition("：")[2])[-2:]
    projects = [{"project_id": "A", "region": "r", "category": "c", "fixed_investment": 100}]
    plan = {
        "language": language, "years": [2026], "sources": {"s": {"budget": 100, "pays": ["g"]}}, "instruments": {"g": {"kind": "grant", "rate": 0.1}},
        "scenarios": {"坏 情景": {"locks": {"must_fund": ["A"]}}},
    }  # fmt: skip
    config = write_plan(folder / "b", plan, projects=projects)
    told = spoken("check", str(config), "--scenario", "坏 情景", "--set", "locks.must_not=[A]")
    [hint] = [line for line in told if "diagnose" in line]
    words = shlex.split(hint.removeprefix("运行 "))

    assert ["diagnose", str(config), "--scenario", "坏 情景", "--set", "locks.must_not=[A]"] == words[1:7]


@pytest.mark.parametrize(
    ("unit", "english", "chinese", "named"),
    [
        ("1 EUR", "123,456 EUR", "12.35 万EUR", "1 EUR"),
        ("1000 EUR", "123.46 million EUR", "1.23 亿EUR", "1000 EUR"),
        ("million USD", "123.46 billion USD", "1,234.56 亿USD", "million USD"),
        ("万欧元", "1.23 billion EUR", "12.35 亿欧元", "10,000 EUR"),
        ("亿日元", "12.35 trillion JPY", "12.35 万亿日元", "100 million JPY"),
        ("美元", "123,456 USD", "12.35 万美元", "USD"),
        ("万元", "1.23 billion yuan", "12.35 亿元", "10,000 yuan"),
        ("百亿元", "1,234.56 trillion yuan", "1,234.56 万亿元", "百亿元"),
    ],
)
def test_amounts_name_their_own_currency(unit: str, english: str, chinese: str, named: str) -> None:
    """An amount is never said to be of yuan where it is of another currency."""
    money = Money.of(unit)

    assert (english, chinese) == tuple(amount(123_456, money, language) for language in ("en", "zh"))
    assert named == unit_name(unit, "en")

"""Help and faults of the command line are said in the language of the user."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from shown import ended, spoken

from allocator.cli.command_line import app

COMMANDS = [
    "check",
    "run",
    "verify",
    "list",
    "show",
    "report",
    "init",
    "explain",
    "diagnose",
    "compare",
    "benchmarks",
    "sensitivity",
]
TYPED = re.compile(
    r"^  [a-z]+ |--?[a-z]+(-[a-z]+)*|allocator( \w+)?|\.?[./\w]+\.(html|xlsx|csv|yaml)|\./runs|zh\b|\ben\b|YAML|Excel|JSON|“[^”]*”"
)
"""What is typed as it is, names of files and formats, and what is quoted from the user."""
WRONG = [
    (("frob",), "没有命令“frob”"),
    (("chek", "plan.yaml"), "没有命令“chek”；是否应为“check”？"),
    (("run",), "缺少参数“配置文件”"),
    (("run", "--gap", "0.1"), "缺少参数“配置文件”"),
    (("run", "plan.yaml", "--gap", "x"), "选项 --gap 的值不对：应为 0 至 1 之间的数，实际为“x”"),
    (("run", "plan.yaml", "--gap=7"), "选项 --gap 的值不对：应为 0 至 1 之间的数，实际为“7”"),
    (("run", "plan.yaml", "--time-limit", "-1"), "选项 --time-limit 的值不对：应为 不小于 0 的数，实际为“-1”"),
    (("run", "plan.yaml", "--scenari", "x"), "没有选项“--scenari”；是否应为“--scenario”？"),
    (("run", "1", "2"), "多余的参数：2"),
    (("explain", "--time-limit"), "选项 --time-limit 的写法不对"),
    (("explain", "x", "--all=3"), "选项 --all 的写法不对"),
    (("--versio",), "没有选项“--versio”；是否应为“--version”？"),
]


@pytest.fixture(autouse=True)
def chinese(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine whose locale is Chinese."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    monkeypatch.chdir(tmp_path)


def english(lines: list[str]) -> list[str]:
    """Lines with a word in Latin letters that nobody has to type."""
    return [line for line in lines if re.search(r"[A-Za-z]{2,}", TYPED.sub("", line))]


def test_every_command_is_among_those_tried() -> None:
    """A new command has its help read here."""
    assert sorted(COMMANDS) == sorted(str(command.name) for command in app.registered_commands)


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_has_no_english_word(command: str) -> None:
    """Usage, arguments, options, bounds and defaults."""
    lines = spoken(*([command] if command else []), "--help")

    assert lines[0].startswith(f"用法：allocator {command}".rstrip())
    assert [] == english(lines)
    assert any("显示本说明后退出" in line for line in lines)


@pytest.mark.parametrize(
    ("arguments", "said"), WRONG, ids=lambda value: " ".join(value) if isinstance(value, tuple) else ""
)
def test_a_wrong_command_line_is_told_in_chinese(arguments: tuple[str, ...], said: str) -> None:
    """What is wrong, what was got and where help is; exit status 2."""
    lines, status = ended(*arguments)

    assert 2 == status
    assert any(said in line for line in lines)
    assert [] == english(lines)


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"LANGUAGE": "zh_CN:en"}, "没有命令"),
        ({"LC_ALL": "zh_TW.UTF-8"}, "没有命令"),
        ({"LC_ALL": "C"}, "No such command"),
        ({"LANG": "en_US.UTF-8"}, "No such command"),
        ({"LANGUAGE": "en", "LC_ALL": "zh_CN"}, "No such command"),
    ],
)
def test_the_locale_says_the_language(
    variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LANGUAGE before LC_ALL before LANG."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert expected in "\n".join(spoken("frob"))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--language", "en", "frob"), "No such command"),
        (("--language", "en", "--help"), "Usage: allocator "),
        (("run", "--language=en", "--help"), "Usage: allocator run"),
        (("--language", "zh", "run", "--help"), "用法：allocator run"),
        (("--language", "fr", "list"), "语言只能是 zh 或 en，实际为“fr”"),
    ],
)
def test_the_language_can_be_asked_for(arguments: tuple[str, ...], expected: str) -> None:
    """Whatever the locale says."""
    assert expected in "\n".join(spoken(*arguments))

"""The commands: exit statuses, one line per problem, plain text in a pipe, and nothing imported in vain."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from commands import ENVIRONMENT, Done, allocator, own_process

from allocator.cli import commands as cli
from allocator.cli import progress_line as live


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    """A folder with the starter plan in English, and how its first run ended, which writes a log."""
    folder = tmp_path_factory.mktemp("plan")
    written = allocator("init", ".", "--language", "en", folder=folder)

    assert (0, "") == (written.returncode, written.stderr)
    return folder, own_process("run", "plan.yaml", "--log", "highs.log", folder=folder)


@pytest.fixture(scope="module")
def started(first: tuple[Path, Done]) -> Path:
    """A folder with the starter plan in English and one run of it."""
    assert (0, "") == (first[1].returncode, first[1].stderr)
    return first[0]


@pytest.fixture(scope="module")
def elsewhere(started: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    """A folder in use that a run with a gap of its own was told to store in, and how that run ended."""
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "note.txt").touch()
    return folder, allocator("run", "plan.yaml", "--out", str(folder), "--gap", "0", folder=started)


def run_folder(started: Path) -> Path:
    """The folder of the run that was made first."""
    return min((started / "runs").iterdir())


@pytest.mark.parametrize("command", ["check", "run", "verify", "list", "show", "init", "report"])
def test_every_command_explains_itself_in_plain_text(command: str, tmp_path: Path) -> None:
    """Help in a pipe has neither colour nor boxes nor lines that were wrapped or cut."""
    done = allocator(command, "--help", folder=tmp_path)

    assert (0, "") == (done.returncode, done.stderr)
    assert done.stdout.startswith(f"Usage: allocator {command}")
    assert [] == [letter for letter in done.stdout if letter in "\x1b│╭─…"]


def test_help_speaks_the_language_of_the_machine(tmp_path: Path) -> None:
    """Chinese where the locale is Chinese, in UTF-8 whatever the locale's encoding."""
    done = own_process("--help", folder=tmp_path, LANG="zh_CN.GB18030", PYTHONIOENCODING="ascii")

    assert "在候选项目之间分配财政资金" in done.stdout


@pytest.mark.sweep(2)
@pytest.mark.parametrize("arguments", [("run", "bad.yaml"), ("list",), ("--help",), ("--version",), ("run", "--help")])
def test_light_commands_import_neither_pandas_nor_the_solver(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """Help, version and a broken config answer at once."""
    (tmp_path / "bad.yaml").write_text("language: en\nyear: [2021]\n", encoding="utf-8")

    done = own_process(*arguments, folder=tmp_path, python=("-X", "importtime"))
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines() if "|" in line}

    assert set() == imported & {"pandas", "pyomo", "highspy", "xlsxwriter", "jinja2", "models", "scipy", "rich"}
    assert "typer" in imported


def test_a_broken_config_is_told_without_traceback(tmp_path: Path) -> None:
    """Exit status 2, one line per problem with its place, nothing on standard output, no folder."""
    (tmp_path / "bad.yaml").write_text("language: en\nyear: [2021]\nprojects: p.csv\n", encoding="utf-8")

    done = allocator("run", "bad.yaml", folder=tmp_path)

    assert (2, "") == (done.returncode, done.stdout)
    assert "bad.yaml:2:1: year: unknown key; did you mean 'years'?" in done.stderr
    assert "Traceback" not in done.stderr
    assert ["bad.yaml"] == [path.name for path in tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("language: en\n: : :\n", "en"),
        ("title: x\n", "zh"),
        ("extends: base.yaml\n", "en"),
        ("extends: 'missing.yaml'  # gone\n", "zh"),
        ("extends: plan.yaml\n", "zh"),
    ],
)
def test_messages_about_a_broken_config_are_in_its_language(text: str, expected: str, tmp_path: Path) -> None:
    """The language is found in the file or in what it extends, even where neither can be read as a whole."""
    (tmp_path / "base.yaml").write_text("language: 'en'\n", encoding="utf-8")
    (tmp_path / "plan.yaml").write_text(text, encoding="utf-8")

    assert expected == cli.config_language(tmp_path / "plan.yaml")


@pytest.mark.parametrize(("overrides", "expected"), [
    ((), "zh"), (("language=en",), "en"), (("language=en", "money=元", "language = 'zh'"), "zh"),
    (("title=language=en",), "zh"), (("language=english",), "zh"),
])  # fmt: skip
def test_messages_about_a_broken_config_are_in_the_language_that_is_set(
    overrides: tuple[str, ...], expected: str, tmp_path: Path
) -> None:
    """What is set comes before what the file says, the last of several, even where the rest cannot be read."""
    (tmp_path / "plan.yaml").write_text("language: zh\n: : :\n", encoding="utf-8")

    assert expected == cli.config_language(tmp_path / "plan.yaml", overrides)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("show", "x"), "no run 'x': no runs are stored in runs; name a folder with --out\n"),
        (("verify", "x"), "no run 'x': no runs are stored in runs; name a folder with --out\n"),
        (("report", "x", "--language", "fr"), "language must be zh or en, got 'fr'\n"),
        (("init", "taken"), "taken/plan.yaml exists already; choose another folder, or remove it first\n"),
    ],
)
def test_wrong_arguments_exit_with_2(arguments: tuple[str, ...], expected: str, tmp_path: Path) -> None:
    """What was got and what to do, in one line."""
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "plan.yaml").touch()

    done = allocator(*arguments, folder=tmp_path)

    assert (2, "", expected) == (done.returncode, done.stdout, done.stderr.replace("\\", "/"))


@pytest.mark.parametrize("arguments", [("runn",), ("run",), ("run", "a.yaml", "--gap", "x"), ("run", "a", "b")])
def test_a_wrong_command_line_exits_with_2(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """As every command-line program does."""
    done = allocator(*arguments, folder=tmp_path)

    assert (2, "") == (done.returncode, done.stdout)
    assert "Traceback" not in done.stderr


def test_the_live_line_is_silent_in_a_pipe(capfd: pytest.CaptureFixture[str]) -> None:
    """Progress goes to a terminal or nowhere."""
    with live.LiveLine("en") as line:
        line("mip", 10.0, 11.0, 0.1, 1.0, 5, 7)

    assert ("", "") == capfd.readouterr()


def test_the_live_line_says_how_far_the_proof_is() -> None:
    """Phase, best, bound, gap and seconds; a dash for what is not known yet."""
    line = live.LiveLine("en")
    line.stream = io.StringIO()

    line("load", None, None, None, 0.0, 0, 0)
    line("lp", None, 12345.678, None, 0.4, 5, 7)
    line("mip", 12000.0, 12345.678, 0.028806, 3.2, 5, 7)

    assert [
        "reading · 0 s",
        "linear relaxation · 0 s · best – · bound 12,345.68 · gap – · 5 rows × 7 columns",
        "proving · 0 s · best 12,000.00 · bound 12,345.68 · gap 2.881% · 5 rows × 7 columns",
    ] == line.stream.getvalue().split(live.CLEAR)[1:]


def test_the_clock_goes_on_while_nothing_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """A phase that says nothing for seconds does not look stuck."""
    shown = io.StringIO()
    monkeypatch.setattr(live, "TICK", 0.01)
    line = live.LiveLine("en")
    line.stream = shown
    line("verify", None, None, None, 0.0, 0, 0)
    line.started -= 7
    line.last -= 7
    threading.Thread(target=line._tick, daemon=True).start()
    until = time.monotonic() + 5
    while "7 s" not in shown.getvalue() and time.monotonic() < until:
        time.sleep(0.01)
    line.closed.set()

    assert "verifying · 7 s" == shown.getvalue().split(live.CLEAR)[2]


@pytest.mark.parametrize("debug", [False, True])
def test_an_unexpected_error_is_one_line_unless_asked(
    debug: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 1; where it happened is shown with --debug."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError("nothing to divide by\nmore")

    monkeypatch.setattr("allocator.runs.folder.find", fail)
    monkeypatch.setattr(cli.State, "debug", False)
    monkeypatch.setenv("LC_ALL", "C")
    with pytest.raises(SystemExit) as end:
        cli.main([*["--debug"] * debug, "show", "r", "--out", str(tmp_path)])
    told = capsys.readouterr().err

    assert 1 == end.value.code
    assert told.endswith("unexpected error: ZeroDivisionError: nothing to divide by; add --debug to see where\n")
    assert debug == ("Traceback" in told)


def test_a_run_prints_one_screen_and_where_it_is(first: tuple[Path, Done]) -> None:
    """The summary is plain text and ends with the folder of the run."""
    started, done = first
    lines = done.stdout.splitlines()

    assert (0, "") == (done.returncode, done.stderr)
    assert len(lines) <= 24
    assert "Example of an industrial support plan 2026–2027" == lines[0]
    assert (started / lines[-1].split()[-1] / "manifest.json").is_file()
    assert "\x1b" not in done.stdout


def test_show_prints_what_run_printed(started: Path) -> None:
    """By id, by beginning of the id, or by folder."""
    run = run_folder(started)

    by_id = allocator("show", run.name, folder=started)
    by_folder = allocator("show", f"runs/{run.name}", folder=started)

    assert by_id.stdout == by_folder.stdout
    assert (0, "") == (by_id.returncode, by_id.stderr)


def test_list_names_every_run(started: Path) -> None:
    """One line per run below a heading, nothing cut."""
    stored = [path.name for path in (started / "runs").iterdir()]

    done = allocator("list", folder=started)

    assert sorted(stored) == sorted(line.split()[0] for line in done.stdout.splitlines()[1:])


@pytest.mark.reports
def test_a_stored_plan_verifies_and_a_changed_one_does_not(started: Path, tmp_path: Path) -> None:
    """Exit status 0 and 1; a run may be renamed and moved before."""
    moved = tmp_path / "mailed"
    shutil.copytree(run_folder(started), moved)

    good = allocator("verify", str(moved), folder=tmp_path)
    awards = moved / "awards.csv"
    awards.write_text(awards.read_text(encoding="utf-8").replace("2026", "2027", 1), encoding="utf-8")
    bad = allocator("verify", str(moved), folder=tmp_path)

    assert (0, "") == (good.returncode, good.stderr)
    assert 1 == bad.returncode
    assert bad.stdout.splitlines()
    assert "Traceback" not in bad.stderr


@pytest.mark.reports
def test_report_in_another_language_changes_nothing_else(started: Path) -> None:
    """``report --language zh`` adds its four files, lists them in the manifest, and touches no other."""
    run = run_folder(started)
    before = {path.name: path.stat().st_mtime_ns for path in run.iterdir()}

    done = allocator("report", run.name, "--language", "zh", folder=started)
    after = {path.name: path.stat().st_mtime_ns for path in run.iterdir()}

    assert (0, "") == (done.returncode, done.stderr)
    assert {"report.zh.html", "allocation.zh.xlsx", "memo.zh.html", "memo.zh.md"} == set(after) - set(before)
    assert {"manifest.json"} == {name for name, changed in before.items() if after[name] != changed}


def test_check_solves_and_stores_nothing(started: Path) -> None:
    """It says that the plan can be made, and how large it is."""
    before = sorted((started / "runs").iterdir())

    done = allocator("check", "plan.yaml", folder=started)

    assert (0, "") == (done.returncode, done.stderr)
    assert "12 projects" in done.stdout
    assert before == sorted((started / "runs").iterdir())


def test_out_replaces_the_folder_of_runs(elsewhere: tuple[Path, Done]) -> None:
    """DIR may exist and hold other files."""
    folder, done = elsewhere
    folders = [path for path in folder.iterdir() if path.is_dir()]

    assert (0, "") == (done.returncode, done.stderr)
    assert [True] == [(folder / "manifest.json").is_file() for folder in folders]
    manifest = json.loads((folders[0] / "manifest.json").read_text(encoding="utf-8"))
    assert folders[0].name == manifest["run_id"]


def test_the_log_holds_the_words_of_the_solver(first: tuple[Path, Done]) -> None:
    """One heading per solve, below it what HiGHS says; nothing of it on the console."""
    folder, done = first
    lines = (folder / "highs.log").read_text(encoding="utf-8").splitlines()

    assert (0, "") == (done.returncode, done.stderr)
    assert len(done.stdout.splitlines()) <= 24
    assert [line for line in lines if line.startswith("# ")]
    assert [line for line in lines if line.startswith("Solving report")]


def test_a_log_that_cannot_be_written_is_told_before_the_work(started: Path) -> None:
    """Nothing is solved for it."""
    done = allocator("run", "plan.yaml", "--log", "missing/highs.log", folder=started)

    assert (2, "") == (done.returncode, done.stdout)
    assert done.stderr.startswith("missing/highs.log: ")


def gap_line(folder: Path) -> list[str]:
    """The gap of the only run in a folder, as its resolved config has it."""
    resolved = next(folder.glob("*/config.resolved.yaml")).read_text(encoding="utf-8").splitlines()
    return next(line.split() for line in resolved if line.strip().startswith("gap:"))


def test_a_plan_is_stored_with_the_gap_it_was_asked_for(
    elsewhere: tuple[Path, Done],
) -> None:
    """The resolved config names the gap, and where it came from; such a run verifies like any other."""
    folder, made = elsewhere
    line = gap_line(folder)

    assert (0, "") == (made.returncode, made.stderr)
    assert 0 == float(line[1])
    assert ["#", "--gap"] == line[2:]


@pytest.mark.slow
def test_a_plan_is_stored_with_a_wide_gap_it_was_asked_for(started: Path, tmp_path: Path) -> None:
    """As any other."""
    made = allocator("run", "plan.yaml", "--gap", "0.5", "--out", str(tmp_path), folder=started)
    line = gap_line(tmp_path)

    assert (0, "") == (made.returncode, made.stderr)
    assert ([0.5], ["#", "--gap"]) == ([float(line[1])], line[2:])


@pytest.mark.parametrize("out", ["plan.yaml", "plan.yaml/runs"])
def test_a_folder_that_cannot_be_written_is_told_before_the_work(out: str, started: Path) -> None:
    """Nobody waits for a plan that cannot be stored."""
    done = allocator("run", "plan.yaml", "--out", out, folder=started)

    assert (2, "") == (done.returncode, done.stdout)
    assert done.stderr.startswith(f"{out} is no folder that can be written to: ")


def clean(done: Done, stored: Path) -> None:
    """A starter plan ran without any notice, and bonds go where its comments say."""
    manifest = json.loads((stored / "manifest.json").read_text(encoding="utf-8"))
    awards = csv.DictReader((stored / "awards.csv").read_text(encoding="utf-8-sig").splitlines())
    bonds = [row for row in awards if row["instrument"] == "park_infrastructure"]
    worth = sum(float(row["leveraged_investment"]) for row in bonds)

    assert (0, "") == (done.returncode, done.stderr)
    assert [] == manifest["notices"]
    assert ([("P010", "12000"), ("P011", "4500")], 2725) == (
        [(row["project_id"], row["award"]) for row in bonds],
        worth,
    )


def test_the_starter_plan_is_clean(first: tuple[Path, Done]) -> None:
    """What ``init`` writes runs as it is, without any notice, and bonds go where its comments say."""
    clean(first[1], run_folder(first[0]))


def test_the_starter_plan_is_clean_in_chinese(tmp_path: Path) -> None:
    """The same of the Chinese one."""
    written = allocator("init", "new", "--language", "zh", folder=tmp_path)
    done = allocator("run", "new/plan.yaml", folder=tmp_path)

    assert (0, "") == (written.returncode, written.stderr)
    clean(done, next((tmp_path / "runs").iterdir()))


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="a process cannot be killed at once there")
def test_a_killed_run_leaves_nothing_half_written(started: Path, tmp_path: Path) -> None:
    """Killed at random moments, a run is stored whole or not at all."""
    begun = time.monotonic()
    own_process("run", "plan.yaml", "--out", str(tmp_path / "whole"), folder=started)
    took = time.monotonic() - begun
    whole = sorted(path.name for path in next((tmp_path / "whole").iterdir()).iterdir())
    moments = random.Random(5)
    out = tmp_path / "killed"

    for _ in range(6):
        process = subprocess.Popen(
            [sys.executable, "-m", "allocator", "run", "plan.yaml", "--out", str(out)],
            cwd=started,
            env=ENVIRONMENT | {"TMPDIR": str(tmp_path)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(moments.uniform(0.5, 1.05) * took)
        process.send_signal(signal.SIGKILL)
        process.wait()

    stored = list(out.iterdir()) if out.exists() else []
    assert [whole] * len(stored) == [sorted(path.name for path in folder.iterdir()) for folder in stored]

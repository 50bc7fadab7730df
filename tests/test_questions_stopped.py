"""Questions follow their work on a terminal; Ctrl-C gives what is known by then, told as such, and no half of a file."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import commands
import pytest
from planning import ROOT, Row, write_plan

import allocator
from allocator.questions.benchmarks import benchmarks
from allocator.questions.explain import explain_all
from allocator.report import write_reports
from allocator.runs import folder as run_folder

pytestmark = pytest.mark.reports


class CtrlC:
    """Presses Ctrl-C when a phase is reported for the first time; remembers all of them."""

    def __init__(self, phase: str) -> None:
        self.phase, self.seen = phase, list[str]()

    def __call__(self, phase: str, *_figures: Any) -> None:
        before = phase in self.seen
        self.seen.append(phase)
        if phase == self.phase and not before:
            signal.raise_signal(signal.SIGINT)


NEVER = "never"
PROJECTS = [
    {"project_id": n, "project_name": n, "region": r, "category": "c", "fixed_investment": i}
    for n, r, i in (("A", "x", 500), ("B", "x", 400), ("C", "y", 300), ("D", "y", 900), ("E", "y", 100))
]
PLAN: Row = {
    "money": "万元",
    "years": [2025],
    "sources": {"f": {"budget": 80, "pays": ["g"]}},
    "instruments": {"g": {"kind": "grant", "rate": 0.1}},
    "leverage": {"goal": "nominal"},
    "solver": {"gap": 0},
    "limits": [{"name": "cap", "measure": "award", "where": {"region": "x"}, "max": 45}],
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two stored runs, the second with other money and another cap."""
    folder = tmp_path_factory.mktemp("asked")
    path = write_plan(folder, PLAN, projects=PROJECTS)
    changes = ([], ["sources.f.budget=95", "limits.cap.max=60"])
    found = [allocator.run(path, overrides=change, out=folder / "runs").folder for change in changes]
    return [one for one in found if one is not None]


@pytest.fixture
def files(runs: list[Path]) -> Iterator[dict[Path, bytes]]:
    """What the first run's folder holds; the same afterwards."""
    before = content(runs[0])
    yield before
    for path in set(content(runs[0])) - set(before):
        path.unlink()


def content(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.slow
def test_explaining_all_tells_how_far_it_is_and_keeps_those_answered(
    runs: list[Path], files: dict[Path, bytes]
) -> None:
    """Stopped at the third, two are answered, in the text, for machines and in the file."""
    whole = CtrlC(NEVER)
    everyone = explain_all(runs[0], progress=whole)
    count = len(everyone.table)
    press = CtrlC(f"explain {count}/{count}")
    some = explain_all(runs[0], progress=press, language="en")

    assert files
    assert [f"explain {n}/{count}" for n in range(1, count + 1)] == [p for p in whole.seen if p.startswith("explain ")]
    assert (count - 1, 1, 0) == (len(some.table), some.left, everyone.left)
    assert everyone.table["reason_code"].tolist()[:-1] == some.table["reason_code"].tolist()
    assert f"Stopped: {count - 1} of {count} candidates" in some.text()
    assert count - 1 == len(some.file.read_text(encoding="utf-8-sig").splitlines()) - 1


def test_a_question_stopped_before_anything_is_known_writes_nothing(runs: list[Path], files: dict[Path, bytes]) -> None:
    """Exit status 130 is only for that."""
    for ask, phase in ((explain_all, "open"), (benchmarks, "open")):
        with pytest.raises(allocator.Interrupted) as stopped:
            ask(runs[0], progress=CtrlC(phase))  # type: ignore[operator]
        assert 130 == stopped.value.exit_code
        assert "nothing was written" in stopped.value.text("en")
    assert files == content(runs[0])


@pytest.mark.slow
def test_an_explanation_that_is_stopped_gives_the_reason(runs: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """What would change it is said not to have been examined; nothing is claimed of it."""
    from allocator.questions.explain import single

    def stopped(*arguments: Any, **named: Any) -> Any:
        signal.raise_signal(signal.SIGINT)
        return compare(*arguments, **named)

    compare = single.compare
    lost = next(p for p in ("A", "B", "D") if not allocator.explain(runs[0], p).funded)
    whole = allocator.explain(runs[0], lost)
    monkeypatch.setattr(single, "compare", stopped)
    found = allocator.explain(runs[0], lost)

    assert whole.reason_code == found.reason_code
    assert (None, ()) == (found.counterfactual, found.thresholds)
    assert "not examined further" in found.text("en")
    assert "未再分析" in found.text("zh")


@pytest.mark.slow
def test_a_comparison_that_is_stopped_has_everything_but_the_attribution(runs: list[Path], tmp_path: Path) -> None:
    """Inputs, results and files are whole; the terms are said not to have been worked out."""
    whole, press = allocator.compare(*runs), CtrlC("compare 2")
    some = allocator.compare(*runs, progress=press)
    one, other = whole.differences[0], some.differences[0]

    assert "shapley" == one.method
    assert ("none", ["compare.stopped"]) == (other.method, [m.code for m in other.notices])
    assert set(one.tables) - {"attribution"} == set(other.tables)
    assert one.tables["figures"].equals(other.tables["figures"])
    assert "was not worked out" in allocator.compare(*runs, progress=CtrlC("compare 1"), language="en").text()
    assert 3 == len([path for path in some.write(tmp_path) if path.stat().st_size])


def test_benchmarks_that_are_stopped_tell_those_judged(runs: list[Path], files: dict[Path, bytes]) -> None:
    """The rows of what was judged before, as in the whole table; no file."""
    path, whole = benchmarks(runs[0])
    assert path is not None
    path.unlink()
    names = list(dict.fromkeys(whole["benchmark"]))
    nothing, some = benchmarks(runs[0], progress=CtrlC(f"benchmarks {len(names)}/{len(names)}"))

    assert nothing is None
    assert names[:-1] == list(dict.fromkeys(some["benchmark"]))
    assert files == content(runs[0])


@pytest.mark.sweep(2)
@pytest.mark.parametrize("phase", ["reports", "reports 1/4", "reports 3/4", "reports 4/4"])
def test_reports_that_are_stopped_stay_as_they_were(runs: list[Path], files: dict[Path, bytes], phase: str) -> None:
    """All four together or none, and no draft is left."""
    with pytest.raises(KeyboardInterrupt):
        write_reports(run_folder.read(runs[0]), runs[0], "en", progress=CtrlC(phase))

    assert files == content(runs[0])


def conflicting(folder: Path) -> Path:
    """Two conflicts that have nothing to do with each other."""
    limits = [
        {"name": "some", "measure": "award", "where": {"region": "x"}, "min": 60},
        {"name": "cap", "measure": "award", "where": {"region": "x"}, "max": 45},
    ]
    return write_plan(folder, {**PLAN, "limits": limits, "locks": {"must_fund": ["C", "D"]}}, projects=PROJECTS)


@pytest.mark.parametrize(("phase", "conflicts", "fixes"), [("conflicts", 0, 0), ("fixes", 2, 0), ("fixes 2", 2, 1)])
def test_a_diagnosis_that_is_stopped_tells_what_it_found(
    tmp_path: Path, phase: str, conflicts: int, fixes: int
) -> None:
    """Conflicts found and changes tried by then; that there is no plan is known from the beginning."""
    found = allocator.diagnose(conflicting(tmp_path), progress=CtrlC(phase))

    assert (conflicts, fixes) == (len(found.conflicts), len(found.fixes))
    assert (False, True, False) == (found.ok, found.stopped, found.finished)
    assert "Stopped after" in found.text("en")
    assert "no plan meets every rule" in found.text("en")
    assert all(fix.plan.optimal for fix in found.fixes)


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(folder), "TERM": "xterm"}


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="no pseudo-terminals there")
@pytest.mark.sweep(1)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_terminal_sees_phases_and_a_pipe_sees_none(tmp_path: Path, language: str) -> None:
    """On a terminal the line names what is asked and goes before the answer; in a pipe there is the answer alone."""
    import pty

    path = conflicting(tmp_path)
    arguments = ["diagnose", str(path), "--language", language]
    piped = commands.allocator(*arguments, folder=tmp_path)
    command = [sys.executable, "-m", "allocator", *arguments]
    leader, follower = pty.openpty()
    process = subprocess.Popen(command, env=environment(tmp_path), stdout=subprocess.PIPE, stderr=follower, text=True)
    os.close(follower)
    shown = b""
    while part := read(leader):
        shown += part
    answer = process.communicate()[0]
    text = shown.decode("utf-8")

    assert (3, 3) == (piped.returncode, process.returncode)
    assert "" == piped.stderr
    assert piped.stdout == answer
    assert {"en": "trying changes 1", "zh": "试算改动 1"}[language] in text
    assert text.endswith("\r\x1b[2K")
    assert not re.search(r"\d+\.\d{2} ", text)  # no figures of goals that nobody asked about


def read(leader: int) -> bytes:
    """What a pseudo-terminal shows next; nothing once its process has ended."""
    try:
        return os.read(leader, 4096)
    except OSError:
        return b""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="a process gets no such signal there")
@pytest.mark.parametrize("question", ["explain", "compare", "benchmarks", "report", "diagnose"])
def test_a_real_process_that_is_stopped_says_what_it_knows(runs: list[Path], tmp_path: Path, question: str) -> None:
    """Exit status 130 with one line, or the answer; never a traceback, and never half a file."""
    arguments = {
        "explain": ["explain", str(runs[0]), "--all"],
        "compare": ["compare", *map(str, runs), "--out", str(tmp_path / "comparison")],
        "benchmarks": ["benchmarks", str(runs[0])],
        "report": ["report", str(runs[0]), "--language", "en"],
        "diagnose": ["diagnose", str(conflicting(tmp_path)), "--json"],
    }[question]
    for moment in (1.0, 2.5, 4.0):
        process = subprocess.Popen(
            [sys.executable, "-m", "allocator", *arguments], env=environment(tmp_path),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        time.sleep(moment)
        process.send_signal(signal.SIGINT)
        said, faults = process.communicate()

        assert "Traceback" not in faults
        assert process.returncode in (0, 3, 130, -signal.SIGINT)  # the last: stopped while it was loading
        assert (process.returncode in (0, 3)) == bool(said)
        if question == "diagnose" and said:
            json.loads(said)
    assert not list(runs[0].glob(".*"))

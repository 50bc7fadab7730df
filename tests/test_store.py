"""A run folder appears whole or not at all, holds all it needs, and is found again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_runs import made_run, made_solution

from allocator.config.keys.plan import Config
from allocator.config.source.load import load_config
from allocator.messages import Message
from allocator.messages.errors import InputError, VerificationFailed
from allocator.money import Money
from allocator.pipeline import store
from allocator.runs import folder as run_folder
from allocator.runs import manifest, schema, stored_tables
from allocator.runs import run_inputs as copies

pytestmark = pytest.mark.reports

RUN_ID = "20260101-120000-abcdef12"


@pytest.fixture
def solution(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A plan whose verification is taken for granted, and a temporary folder of its own."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    monkeypatch.setattr(store, "verify_in", lambda folder, found, *_: None)
    return made_solution(tmp_path / "in")


def names(folder: Path) -> list[str]:
    """What a folder holds, in order."""
    return sorted(path.name for path in folder.iterdir())


def test_a_run_lands_under_its_id(solution: Any, tmp_path: Path) -> None:
    """The folder is made only now, beside whatever else is there, and nothing else is left anywhere."""
    folder = store.write(solution, tmp_path / "deep" / "runs")

    assert tmp_path / "deep" / "runs" / RUN_ID == folder
    assert [RUN_ID] == names(folder.parent)
    assert [] == names(tmp_path / "tmp")
    expected = {
        "manifest.json",
        "config.resolved.yaml",
        "inputs",
        "report.html",
        "allocation.xlsx",
        "memo.html",
        "memo.md",
    }
    assert expected | {f"{name}.csv" for name in schema.ALWAYS} == set(names(folder))


@pytest.mark.slow
def test_a_run_of_the_same_second_gets_its_own_folder(solution: Any, tmp_path: Path) -> None:
    """Two runs with one id are both kept, and each manifest names its own folder."""
    folders = [store.write(solution, tmp_path / "runs") for _ in range(3)]

    assert [RUN_ID, f"{RUN_ID}-2", f"{RUN_ID}-3"] == [folder.name for folder in folders]
    assert [folder.name for folder in folders] == [run_folder.read(folder).run_id for folder in folders]


@pytest.mark.slow
def test_a_run_that_loses_the_race_for_its_name_takes_the_next(
    solution: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that appears while the reports are written is neither overwritten nor mixed with."""
    finish, other = store.finish, tmp_path / "runs" / RUN_ID

    def slow_finish(folder: Path, found: dict[str, Any], *_: object) -> None:
        finish(folder, found)
        if not other.exists():
            other.mkdir(parents=True)

    monkeypatch.setattr(store, "finish", slow_finish)
    folder = store.write(solution, tmp_path / "runs")

    assert f"{RUN_ID}-2" == folder.name
    assert f"{RUN_ID}-2" == run_folder.read(folder).run_id
    assert [] == names(other)


def test_a_plan_that_fails_its_verification_is_not_stored(
    solution: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even the folder for runs is made."""

    def fail(folder: Path, found: dict[str, Any], *_: object) -> None:
        assert (folder / "manifest.json").exists(), found
        raise VerificationFailed([Message("cli.interrupted")])

    monkeypatch.setattr(store, "verify_in", fail)
    with pytest.raises(VerificationFailed):
        store.write(solution, tmp_path / "runs")

    assert not (tmp_path / "runs").exists()
    assert [] == names(tmp_path / "tmp")


def test_an_input_that_changed_meanwhile_is_refused(solution: Any, tmp_path: Path) -> None:
    """The copies in a run are what the plan was made from, or there is no run."""
    (tmp_path / "in" / "项目.csv").write_text("project_id\n9\n", encoding="utf-8")

    with pytest.raises(InputError, match=r"项目\.csv changed while the plan was being made"):
        store.write(solution, tmp_path / "runs")


def test_runs_on_another_device_are_put_together_in_a_hidden_folder(
    solution: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a rename out of the temporary folder is impossible, the run is built beside its place, out of sight."""
    seen: list[str] = []
    elsewhere = Path("/dev/shm")  # noqa: S108 - a second device wherever there is one
    if not elsewhere.is_dir() or elsewhere.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("no second device to put temporary files on")
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))
    monkeypatch.setattr(store, "verify_in", lambda folder, found, *_: seen.append(folder.parent.name))

    folder = store.write(solution, tmp_path / "runs")

    assert seen[0].startswith(f".partial-{os.getpid()}-")
    assert [folder.name] == names(tmp_path / "runs")


def test_what_a_killed_run_left_is_removed_by_the_next(solution: Any, tmp_path: Path) -> None:
    """Folders of processes that are gone are swept; those of living ones are not, and no list shows them."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    dead = tmp_path / "runs" / f".partial-{gone.pid}-x" / RUN_ID
    living = tmp_path / "runs" / f".partial-{os.getppid()}-x" / RUN_ID
    for folder in (dead, living):
        folder.mkdir(parents=True)
        (folder.parent / "manifest.json").write_text('{"run_id": "x", "language": "zh"}')

    assert [] == run_folder.runs(tmp_path / "runs")
    store.write(solution, tmp_path / "runs")
    assert sorted([RUN_ID, living.parent.name]) == names(tmp_path / "runs")


def test_a_run_works_after_it_was_moved(tmp_path: Path) -> None:
    """The resolved config names the copies of the inputs and loads by itself, equal to the first one."""
    run = made_run(tmp_path / "a")
    original = load_config(tmp_path / "a" / "inputs" / "plan.yaml").config
    moved = run.folder.rename(tmp_path / "moved")
    for path in (tmp_path / "a" / "inputs").iterdir():
        path.unlink()

    again = run_folder.read(moved)

    assert (moved / "inputs" / "项目.csv") == Path(again.loaded.config.projects)
    assert bare(original) == bare(again.loaded.config)


def bare(config: Config) -> dict[str, Any]:
    """A config without the place of its table."""
    return {key: value for key, value in config.model_dump().items() if key != "projects"}


def test_a_run_names_no_folder_of_the_machine(tmp_path: Path) -> None:
    """No file of a run holds the path of the folder it was made in."""
    run = made_run(tmp_path / "secret")
    texts = [path.read_bytes() for path in run.folder.rglob("*") if path.is_file() and path.suffix != ".xlsx"]

    assert [False] * len(texts) == [b"secret" in text or str(tmp_path).encode() in text for text in texts]


def test_every_input_is_copied_and_hashed(tmp_path: Path) -> None:
    """Config and tables are copied byte for byte."""
    run = made_run(tmp_path)

    assert ["config", "projects"] == [entry["role"] for entry in run.manifest["inputs"]]
    for entry in run.manifest["inputs"]:
        original = tmp_path / "inputs" / entry["path"]
        assert original.read_bytes() == (run.folder / entry["copy"]).read_bytes()
        assert store.sha256(original) == entry["sha256"]


def test_copies_of_equal_names_do_not_collide() -> None:
    """Two files of one name are both kept, also where the file system ignores case."""
    assert "projects.csv" == copies.free_name("projects.csv", [])
    assert "Projects-3.csv" == copies.free_name("Projects.csv", ["projects.csv", "projects-2.csv"])


def test_tables_are_exact_plain_decimals(tmp_path: Path) -> None:
    """No exponent, no float noise, no trailing zeros; the byte-order mark lets Excel read Chinese."""
    run = made_run(tmp_path)
    totals = (run.folder / "totals.csv").read_bytes()

    assert totals.startswith(b"\xef\xbb\xbfdimension,key,")
    assert ["all,,,,award,0.3", "all,,,,jobs,10000000000000000"] == totals.decode("utf-8").splitlines()[-2:]
    assert b"\r" not in totals


def test_ids_and_names_are_written_as_they_are(tmp_path: Path) -> None:
    """'001' keeps its zeros and a name that begins with = is not changed."""
    awards = made_run(tmp_path).tables["awards"]

    assert ("001", "=1+1 公司") == tuple(awards.loc[0, ["project_id", "project_name"]])


def test_a_manifest_is_plain_json(tmp_path: Path) -> None:
    """Numbers have no exponent; the messages in it can be told again in the other language."""
    run = made_run(tmp_path)
    text = (run.folder / "manifest.json").read_text(encoding="utf-8")
    read = json.loads(text, parse_float=Decimal)

    assert (Decimal("5850.15"), 5852, Decimal("0.000316231207747")) == (read["objective"], read["bound"], read["gap"])
    assert 0 == read["timings"]["solve"]
    assert ["项目.csv:3 (row): 项目.csv exists already; choose another folder, or remove it first"] == [
        notice.text("en") for notice in run.notices
    ]


def test_a_manifest_says_what_every_phase_took(tmp_path: Path) -> None:
    """Seconds of every phase, also of those that took none, and memory in MB where the system tells it."""
    found = made_run(tmp_path).manifest

    assert list(manifest.PHASES) == list(found["timings"])
    assert found["timings"]["report"] > 0
    assert ["report"] == list(found["memory"]) or os.name == "nt"


@given(st.integers(min_value=-(10**15), max_value=10**15), st.sampled_from(["元", "千元", "万元", "百万元", "亿元"]))
def test_any_amount_survives_the_csv(fen: int, unit: str) -> None:
    """Written as text and read as a decimal, an amount is the same to 0.01 yuan."""
    money = Money.of(unit)
    text = stored_tables.in_money(pd.Series(money.floats(np.array([fen]))), money)[0]

    assert fen == money.to_fen(Decimal(text))
    assert "e" not in text.lower()


@given(st.floats(min_value=-1e300, max_value=1e300))
def test_any_number_is_written_without_exponent(value: float) -> None:
    """Fifteen digits are kept."""
    text = stored_tables.plain(value)

    assert "e" not in text.lower()
    assert float(text) == pytest.approx(value, rel=1e-14)
    assert not (text.endswith("0") and "." in text)


@pytest.mark.slow
@settings(max_examples=20)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | st.text(),
                    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20))  # fmt: skip
def test_any_manifest_reads_back(value: Any) -> None:
    """What is written is JSON and means the same."""
    assert value == json.loads(manifest.dumps(value), parse_float=Decimal)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/srv/wang/plan/plan.yaml:3:4", "plan.yaml:3:4"),
        ("/other/place/book.xlsx#项目库!C7", "book.xlsx#项目库!C7"),
        ("C:\\Users\\li\\plan.yaml:3:4", "plan.yaml:3:4"),
        ("configs/plan.yaml:3:4", "configs/plan.yaml:3:4"),
        ("scenario bad: ../base.yaml:1:2", "scenario bad: ../base.yaml:1:2"),
        ("1/2 and 万元/吨", "1/2 and 万元/吨"),
    ],
)
def test_places_lose_the_folders_of_the_machine(text: str, expected: str) -> None:
    """Relative paths stay; absolute ones keep the file's name."""
    assert expected == manifest.portable(text, {Path("/srv/wang/plan")})


def test_a_run_is_found_by_folder_id_and_beginning(tmp_path: Path) -> None:
    """All three mean the same run."""
    run = made_run(tmp_path)

    assert run.folder == run_folder.find(str(run.folder), tmp_path / "elsewhere")
    assert run.folder == run_folder.find(RUN_ID, tmp_path)
    assert run.folder == run_folder.find("2026", tmp_path)


@pytest.mark.sweep(1)
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("20260102", "no run '20260102'; did you mean '20260101-120000-abcdef12'?"),
        ("2026", "'2026' is the beginning of several runs: 20260101-120000-abcdef12, 20260101-120000-abcdef12-2;"),
        ("", "no run ''; did you mean"),
    ],
)  # fmt: skip
def test_a_run_that_is_not_found_is_said_so(solution: Any, tmp_path: Path, name: str, expected: str) -> None:
    """The nearest run is named, or all that the name may mean."""
    store.write(solution, tmp_path / "runs")
    store.write(solution, tmp_path / "runs")

    with pytest.raises(InputError) as error:
        run_folder.find(name, tmp_path / "runs")

    assert error.value.text("en").startswith(expected)


def test_a_broken_manifest_is_an_input_error(tmp_path: Path) -> None:
    """Neither a cut file nor one of another kind ends in a traceback."""
    for text in ("{", "[]", '{"run_id": 1}'):
        (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match="cannot be read as a run's manifest"):
            run_folder.read(tmp_path)


def test_opening_a_run_reads_no_table(tmp_path: Path) -> None:
    """Listing runs imports neither pandas nor a solver."""
    made_run(tmp_path)
    code = f"import sys; from pathlib import Path; from allocator.runs import folder; print(len(folder.runs(Path({str(tmp_path)!r}))), 'pandas' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "1 False" == done.stdout.strip()

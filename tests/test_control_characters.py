"""No text of an input steers a terminal or turns the direction of reading, wherever it stands and wherever it is told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import allocator
from allocator import pipeline
from allocator.config.source.load import load_config
from allocator.messages.control import CONTROL, shown
from allocator.messages.errors import InputError
from allocator.problem import build
from allocator.runs import folder as run_folder

PAYLOADS = {
    "colour": "\x1b[31m", "title": "\x1b]0;pwned\x07", "clear": "\x1b[2J", "csi": "\x9b31m", "osc": "\x9d0;x\x9c", "bell": "\x07",
    "backspace": "\x08\x08", "delete": "\x7f", "shift": "\x0e", "escape": "\x1b", "feed": "\x0c", "override": "\u202e",
    "embedding": "\u202a", "isolate": "\u2066", "pop": "\u2069", "mark": "\u200f", "line": "\u2028", "interlinear": "\ufff9",
}  # fmt: skip
CONFIG = """
title: {title}
language: en
years: [2024]
projects: p.csv
sources: {{fiscal: {{name: {source}, budget: 10, pays: [grant]}}}}
instruments: {{grant: {{kind: grant, base: fixed_investment, rate: 1}}}}
leverage: {{goal: nominal}}
limits: [{{name: {limit}, measure: count, max: 5}}]
"""
PLACES = ("title", "source", "limit")


def escaped(text: str) -> str:
    """The payload as YAML escapes."""
    return '"a' + "".join(f"\\u{ord(letter):04x}" for letter in text) + 'b"'


def written(folder: Path, **values: str) -> Path:
    """A plan of one project."""
    (folder / "p.csv").write_text(
        "project_id,project_name,region,category,fixed_investment\nA,one,r,c,5\n", encoding="utf-8"
    )
    (folder / "plan.yaml").write_text(CONFIG.format(**dict.fromkeys(PLACES, "x") | values), encoding="utf-8")
    return folder / "plan.yaml"


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_escapes_in_a_config_are_refused(tmp_path: Path, payload: str, place: str) -> None:
    """Written as YAML escapes they are refused at their place, and what is said of them is harmless."""
    with pytest.raises(InputError, match=rf"plan\.yaml:\d+:\d+: .*U\+{ord(payload[0]):04X}") as fault:
        load_config(written(tmp_path, **{place: escaped(payload)}))

    assert not CONTROL.search(fault.value.text("en") + fault.value.text("zh"))


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_raw_in_a_config_is_refused(tmp_path: Path, payload: str) -> None:
    """Typed as they are, in a key or a value, they are refused as well."""
    for text in (f"a{payload}b", "x"):
        path = written(tmp_path, title=text)
        if text == "x":
            path.write_text(path.read_text(encoding="utf-8") + f"\na{payload}b: 1\n", encoding="utf-8")
        with pytest.raises(InputError, match=rf"U\+{ord(payload[0]):04X}"):
            load_config(path)


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_cells_lose_them_and_it_is_told(tmp_path: Path, payload: str) -> None:
    """In a cell they are left out, with a notice at the first one; the names read as they look."""
    path = written(tmp_path)
    rows = f"project_id,project_name,region,category,fixed_investment\nA{payload}1,o{payload}ne,r,c,5\nB,two,r,c{payload}c,5\n"
    (tmp_path / "p.csv").write_text(rows, encoding="utf-8", newline="")
    case = build.check(path)
    told = [m for m in case.notices if m.code == "tables.control_character"]

    rest = CONTROL.sub("", payload)

    assert [(f"A{rest}1", f"o{rest}ne", "c"), ("B", "two", f"c{rest}c")] == list(
        case.inputs.projects[["project_id", "project_name", "category"]].itertuples(index=False, name=None)
    )
    assert ["p.csv:2 (row)", "p.csv:2 (row)", "p.csv:3 (row)"] == [m.where for m in told]
    assert {f"U+{ord(payload[0]):04X}"} == {m.values["code"] for m in told}


@pytest.mark.reports
def test_nothing_of_a_run_steers_a_terminal(tmp_path: Path) -> None:
    """Of a table full of payloads none reaches a file of the run."""
    path = written(tmp_path)
    rows = ["project_id,project_name,region,category,fixed_investment,so\x1b[1mrt"]
    rows += [f"P{n},n{text}ame,r{text},c,1,k{text}" for n, text in enumerate(PAYLOADS.values())]
    (tmp_path / "p.csv").write_text("\n".join(rows), encoding="utf-8", newline="")
    folder = pipeline.run(path, out=tmp_path / "runs").folder
    assert folder is not None
    texts = {
        f.name: f.read_text(encoding="utf-8-sig")
        for f in folder.iterdir()
        if f.suffix in {".csv", ".md", ".json", ".yaml"}
    }

    assert [] == [name for name, text in texts.items() if CONTROL.search(text)]
    assert not CONTROL.search((folder / "memo.html").read_text(encoding="utf-8"))
    assert not any(text in (folder / "report.html").read_text(encoding="utf-8") for text in ("\x1b", "\x9b", "\u202e"))
    assert run_folder.runs(tmp_path / "runs")[0].run_id == folder.name


@pytest.mark.slow
def test_a_foreign_folder_and_arguments(tmp_path: Path) -> None:
    """A manifest that somebody else wrote, and an argument with escapes, print harmlessly."""
    folder = pipeline.run(written(tmp_path), out=tmp_path / "runs").folder
    assert folder is not None
    manifest = folder / "manifest.json"
    text = manifest.read_text(encoding="utf-8").replace('"title": "x"', '"title": "\\u001b[31mred\\u202e"')
    manifest.write_text(text, encoding="utf-8")

    def said(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "allocator", *arguments],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(Path(allocator.__file__).parents[1])},
            capture_output=True,
            check=False,
            encoding="utf-8",
        )
        return done.stdout + done.stderr

    assert "<U+001B>[31mred<U+202E>" in said("list")
    assert "<U+009B>31m" in said("explain", "\x9b31m", "A")


@pytest.mark.parametrize("text", ["固投\t(万元)\n第二行", "naïve café", "👩‍👩‍👧", "أهلا", "a\u200bb", "[red]x[/red]"])
def test_ordinary_text_stays(text: str) -> None:
    """Line breaks, accents, joined emoji, right-to-left scripts and brackets are text."""
    assert text == shown(text)

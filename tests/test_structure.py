"""The shape of the project: who may import whom, texts in both languages, and what no tracked file contains."""

from __future__ import annotations

import ast
import re
import subprocess
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
import yaml
from planning import ROOT

SOLVER = {"pyomo", "highspy"}
WITH_MODEL = {"instance", "solve", "search", "diagnose"}
"""Modules of the application that may import the model or the solver."""
DOWNSTREAM = {"verify", "store", "compare", "explain", "diagnose", "report", "cli", "pipeline"}
"""Modules that read a finished plan; what makes the plan knows nothing of them."""
UPSTREAM = {
    "attributes", "config", "errors", "goals", "groups", "leverage", "limits", "load", "messages", "money",
    "options", "screening", "tables", "upgrading", "instance", "instruments",
}  # fmt: skip
MAKERS = (
    "options", "instruments", "leverage", "measures", "screening", "case", "debt", "reasons", "flags", "upgrading", "totals",
)  # fmt: skip
"""Modules of the application that make what verification works out again, or tells again."""
RESTATED = ROOT / "allocator" / "verify" / "restate.py"
CATALOGUES = sorted((ROOT / "allocator" / "messages").glob("*.en.yaml"))


def modules(package: str) -> list[Path]:
    """The Python files of a package."""
    return sorted((ROOT / package).rglob("*.py"))


def top(path: Path) -> str:
    """The module or subpackage of its package that a file belongs to."""
    return path.relative_to(ROOT).with_suffix("").parts[1]


def guarded(tree: ast.AST) -> set[ast.AST]:
    """Everything that only a type checker runs."""
    return {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for statement in node.body
        for inner in ast.walk(statement)
    }


@cache
def imports(path: Path) -> list[str]:
    """Dotted names that a file imports when it runs, also inside functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = guarded(tree)
    names: list[str] = []
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            names += (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += (node.module, *(f"{node.module}.{name.name}" for name in node.names))
    return names


def reached(path: Path) -> set[str]:
    """Modules of the application that are loaded with a file, those imported inside functions left out."""
    found: set[str] = set()
    waiting = [path]
    while waiting:
        tree = ast.parse(waiting.pop().read_text(encoding="utf-8"))
        for node in tree.body:
            if not isinstance(node, ast.ImportFrom) or not node.module or not node.module.startswith("allocator"):
                continue
            for name in (node.module, *(f"{node.module}.{name.name}" for name in node.names)):
                file = ROOT.joinpath(*name.split(".")).with_suffix(".py")
                file = file if file.is_file() else file.with_suffix("") / "__init__.py"
                if file.is_file() and name not in found:
                    found.add(name)
                    waiting.append(file)
    return {name for name in found if "." in name}


def tracked() -> list[Path]:
    """The files under version control, or every file of the packages where there is none."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )  # fmt: skip
    if listed.returncode:
        return [path for name in ("allocator", "models", "configs", "tests") for path in (ROOT / name).rglob("*.*")]
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_models_know_nothing_of_the_application() -> None:
    """`models` imports Pyomo, NumPy and SciPy, and nothing of files, tables, reports or solvers."""
    found = {(path.name, name) for path in modules("models") for name in imports(path)}
    barred = {"allocator", "pandas", "highspy", "yaml", "pydantic", "rich", "typer"}

    assert [] == sorted((file, name) for file, name in found if name.split(".")[0] in barred)


def test_only_the_solving_half_knows_the_model() -> None:
    """Only what builds and solves the model imports it, Pyomo or HiGHS: a stored plan is readable without them."""
    found = {(top(path), name) for path in modules("allocator") for name in imports(path)}
    barred = {*SOLVER, "models"}

    assert [] == sorted({(m, n) for m, n in found if n.split(".")[0] in barred and m not in WITH_MODEL})


def test_verification_is_independent() -> None:
    """The checks share no arithmetic with what made the plan; only what tells it again knows who made that, and no model."""
    paths = [path for path in modules("allocator") if top(path).startswith("verify")]
    used = {name for path in paths if path != RESTATED for name in imports(path)}
    barred = tuple(f"allocator.{name}" for name in (*MAKERS, *WITH_MODEL, "exact", "publish", "pipeline"))

    assert [] == sorted(name for name in used if f"{name}.".startswith(tuple(f"{name}." for name in barred)))
    assert [] == sorted(set(MAKERS[-4:]) - {name.split(".")[1] for name in imports(RESTATED) if "." in name})
    assert set() == {name.split(".")[1] for name in reached(RESTATED)} & {*WITH_MODEL, "exact", "publish", "pipeline"}


def test_work_flows_one_way() -> None:
    """Nothing upstream of a plan looks at what comes after it."""
    found = {(top(path), name) for path in modules("allocator") if top(path) in UPSTREAM for name in imports(path)}
    later = {f"allocator.{name}" for name in DOWNSTREAM}

    assert [] == sorted((module, name) for module, name in found if name in later)


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.name.split(".")[0])
def test_catalogue_speaks_both_languages(path: Path) -> None:
    """Every message exists in English and Chinese, with the same placeholders."""
    english = yaml.safe_load(path.read_text(encoding="utf-8"))
    chinese = yaml.safe_load(path.with_name(path.name.replace(".en.", ".zh.")).read_text(encoding="utf-8"))

    assert placeholders(english) == placeholders(chinese)


def placeholders(catalogue: dict[str, str]) -> dict[str, list[str]]:
    """Key → the names that its text fills in."""
    return {
        key: sorted({field.split("!")[0] for _, field, _, _ in Formatter().parse(str(text)) if field})
        for key, text in catalogue.items()
    }


def test_every_message_used_is_in_a_catalogue() -> None:
    """Every code that the application says, such as 'config.unknown_key', is in a catalogue."""
    areas = {path.name.split(".")[0] for path in CATALOGUES}
    known = {
        f"{path.name.split('.')[0]}.{key}"
        for path in CATALOGUES
        for key in yaml.safe_load(path.read_text(encoding="utf-8"))
    }
    said = {
        match
        for path in modules("allocator")
        for match in re.findall(r"(?:Message|say)\(\s*\"([a-z_]+\.[a-z_.]+)\"", path.read_text(encoding="utf-8"))
    }

    assert [] == sorted(code for code in said if code.split(".")[0] in areas and code not in known)


def test_no_file_names_a_registry_or_a_machine() -> None:
    """No tracked file holds the host of a package registry or a folder of one machine."""
    hosts = re.compile("|".join(["py" + r"pi\.org", "python" + r"hosted\.org", "index" + "-url", "extra-" + "index"]))
    folders = re.compile(r"(?<![\w./<>-])/(?:home|Users|root|work|tmp)/\w")
    found = []
    for path in tracked():
        if path.suffix in {".png", ".xlsx", ".js"} or "__pycache__" in path.parts:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        if hosts.search(text) or folders.search(text):
            found.append(path.relative_to(ROOT).as_posix())

    assert [] == found


def test_top_level_is_as_agreed() -> None:
    """The top level holds what it must and nothing else; files starting with a dot may stand beside it."""
    names = {path.relative_to(ROOT).parts[0] for path in tracked()}

    assert {"allocator", "models", "configs", "tests", "pyproject.toml", "README.md"} == {
        name for name in names if not name.startswith(".")
    }


@pytest.mark.parametrize(
    "path", [p for n in ("allocator", "models", "tests") for p in modules(n)], ids=lambda p: p.name
)
def test_files_and_functions_stay_short(path: Path) -> None:
    """No file is longer than 600 lines and no function longer than 40."""
    text = path.read_text(encoding="utf-8")
    functions = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef)]
    long = [f.name for f in functions if f.end_lineno is not None and f.end_lineno - f.lineno >= 40]

    assert (True, []) == (len(text.splitlines()) <= 600, long)

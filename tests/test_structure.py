"""The shape of the project: who may import whom, texts in both languages, and what no tracked file contains."""

from __future__ import annotations

import ast
import re
import subprocess
from collections import Counter
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
import yaml
from planning import ROOT

from allocator.config.keys.plan import Dependency
from models.formulation import EQUATIONS

KINDS_OF_DEPENDENCIES = set(Dependency.model_fields)
"""Keys of the config, which the equations of rules between projects are called by too."""
SOLVER = {"pyomo", "highspy", "models"}
FLOORS = (
    "messages money", "config", "tables", "options runs", "problem", "plan", "verify", "optimise report", "questions pipeline",
    "__init__", "cli", "__main__",
)  # fmt: skip
"""The packages of the application by floor: each imports only what lies on floors below its own."""
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names.split()}
MOST_FILES = 25
RESTATED = ROOT / "allocator" / "verify" / "restate.py"
PRICED = ROOT / "allocator" / "verify" / "certificate.py"
"""What adds up what prices prove, as what made them does: over options made anew, and without a model."""
CATALOGUES = sorted((ROOT / "allocator" / "messages").glob("*.en.yaml"))


def modules(package: str) -> list[Path]:
    """The Python files of a package."""
    return sorted((ROOT / package).rglob("*.py"))


def top(path: Path) -> str:
    """The module or subpackage of its package that a file belongs to."""
    return path.relative_to(ROOT).with_suffix("").parts[1]


@cache
def imports(path: Path) -> list[str]:
    """Dotted names that a file imports: at its top, inside functions, and for type checkers alike."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += (node.module, *(f"{node.module}.{name.name}" for name in node.names))
    return names


@cache
def needed(path: Path) -> frozenset[Path]:
    """Files of the application that a file imports; of a package and its file the one that is meant."""
    found = {file for name in imports(path) if (file := file_of(name)) is not None and file != path}
    return frozenset(found - {file for file in found if file.name == "__init__.py" and only_a_way(path, file)})


def file_of(name: str) -> Path | None:
    """The file of a module of the application; None where the name is none."""
    if name.split(".", maxsplit=1)[0] != "allocator":
        return None
    place = ROOT.joinpath(*name.split("."))
    return next((file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file()), None)


def only_a_way(path: Path, package: Path) -> bool:
    """Whether a file imports nothing of a package itself, only modules in it."""
    dotted = ".".join(package.parent.relative_to(ROOT).parts)
    taken = [name for name in imports(path) if name.rpartition(".")[0] == dotted]
    return bool(taken) and all(file_of(name) is not None for name in taken)


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


def test_only_one_room_knows_the_model() -> None:
    """Only what builds and solves the model imports it, Pyomo or HiGHS: a stored plan is readable without them."""
    found = {(top(path), name.split(".")[0]) for path in modules("allocator") for name in imports(path)}

    assert {"optimise"} == {package for package, name in found if name in SOLVER}


def test_what_an_equation_is_stands_on_it() -> None:
    """No list of names of equations says elsewhere what they are."""
    names = {eq.name for eq in EQUATIONS}
    lists = [
        (str(path), found)
        for path in (*modules("allocator"), *modules("models"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, (ast.Tuple, ast.Set, ast.List))
        for found in [{item.value for item in node.elts if isinstance(item, ast.Constant)} & names]
        if len(found) > 2  # the two families of a pair that is one rule are named where it is told
    ]

    assert [] == [entry for entry in lists if not entry[1] <= KINDS_OF_DEPENDENCIES]


def test_nothing_looks_up() -> None:
    """No file imports from its own floor or one above, but from its own package."""
    pairs = {(path, other) for path in modules("allocator") for other in needed(path) if top(path) != top(other)}

    assert set(FLOOR) == {top(path) for path in modules("allocator")}
    assert [] == sorted(
        (str(path), str(other)) for path, other in pairs if FLOOR[top(path)] <= FLOOR[top(other)]
    )  # fmt: skip


def test_no_two_files_need_each_other() -> None:
    """However many files lie between them."""
    below = {path: set(needed(path)) for path in modules("allocator")}
    while free := {path for path, others in below.items() if not others & set(below)}:
        below = {path: others for path, others in below.items() if path not in free}
    above = {path: {other for other in below if path in below[other]} for path in below}
    while free := {path for path, others in above.items() if not others & set(above)}:
        above = {path: others for path, others in above.items() if path not in free}

    assert [] == sorted(map(str, above))


def test_packages_are_small() -> None:
    """A folder has 25 files at most."""
    counts = Counter(path.parent for path in modules("allocator"))

    assert [] == [str(place) for place, count in counts.items() if count > MOST_FILES]


def test_verification_is_independent() -> None:
    """The checks share no arithmetic with what made the plan; only what tells it again knows who made that, and no model."""
    paths = [path for path in modules("allocator") if top(path) == "verify"]
    used = {top(other) for path in paths if path != RESTATED for other in needed(path)}

    assert used <= {"verify", "tables", "config", "runs", "messages", "money", "problem"}
    assert {"problem/case.py"} >= {
        str(other.relative_to(ROOT / "allocator"))
        for path in paths if path != RESTATED for other in needed(path) if top(other) == "problem" and path != PRICED
    }  # fmt: skip
    assert {"options", "plan"} <= {top(other) for other in needed(RESTATED)}
    assert "optimise" not in {name.split(".")[1] for name in reached(RESTATED)}


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

"""What verification accepts and what it refuses, on a run folder worked out by hand."""

from __future__ import annotations

import ast
import csv
import io
import json
import shutil
from pathlib import Path

import pytest
from forging import restate
from run_folders import CONFIG, TABLES, write_run

from allocator.messages import catalogue
from allocator.verify import as_json, verify

PUBLISHED = [name for name in TABLES if not name.startswith("inputs/")]
HERE = Path(__file__).parent
RESTATED = HERE.parent / "allocator" / "verify" / "restate.py"
"""What tells a plan again, by those who made it."""
FORBIDDEN = {"options", "instrument_options", "instruments", "leverage", "upgrading", "attributes", "limits", "groups",
             "measures", "instance", "solve", "exact", "rounding", "screening", "goals", "dependencies"}  # fmt: skip


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("runs") / "whole")


@pytest.fixture
def run(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "run"))


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def write(folder: Path, name: str, rows: list[list[str]]) -> None:
    with (folder / f"{name}.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def said(folder: Path) -> str:
    return "\n".join(message.text("en") for message in verify(folder).violations)


def other(cell: str) -> str:
    """A cell that means something else."""
    if cell in ("0", "1"):
        return "1" if cell == "0" else "0"
    try:
        return str(float(cell) + 1)
    except ValueError:
        return f"{cell}x"


def test_a_sound_run_is_accepted(whole: Path) -> None:
    """The hand-made run holds, and hundreds of facts of it were checked."""
    verification = verify(whole)

    assert (True, ()) == (verification.ok, verification.violations)
    assert verification.checks > 500
    assert {"ok": True, "checks": verification.checks, "violations": []} == json.loads(as_json(verification, "zh"))


@pytest.mark.parametrize("times", [5, pytest.param(1, marks=pytest.mark.slow)], ids=["some", "all"])
@pytest.mark.parametrize("name", PUBLISHED)
def test_any_changed_cell_is_caught(name: str, run: Path, times: int) -> None:
    """No cell of any table can be changed without a violation (of a long table every third; in the test command a fifth of these)."""
    rows = rows_of(TABLES[name])
    step = times * (3 if len(rows) > 20 else 1)
    missed = []
    for number, row in enumerate(rows):
        for column, cell in list(enumerate(row))[number % step :: step]:
            changed = [list(other_row) for other_row in rows]
            changed[number][column] = other(cell)
            write(run, name, changed)
            if verify(run).ok:
                missed.append((number, rows[0][column]))

    assert [] == missed


@pytest.mark.sweep(1)
@pytest.mark.parametrize("name", PUBLISHED)
def test_a_row_dropped_or_repeated_is_caught(name: str, run: Path) -> None:
    """Every row is needed once."""
    rows = rows_of(TABLES[name])
    missed = []
    for number in range(1, len(rows), 3 if len(rows) > 20 else 1):
        for changed in (rows[:number] + rows[number + 1 :], [*rows, rows[number]]):
            write(run, name, changed)
            if verify(run).ok:
                missed.append((number, len(changed)))

    assert [] == missed


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_order_of_rows_means_nothing(name: str, run: Path) -> None:
    """Rows and columns in another order, no byte-order mark, other line ends and '1.0' for '1' are the same table."""
    header, *rows = rows_of(TABLES[name])
    turned = [[*header[1:], header[0]], *([*row[1:], row[0]] for row in reversed(rows))]
    longer = [[f"{cell}.0" if cell.isdigit() and head in ("award", "value", "amount") else cell
               for head, cell in zip(turned[0], row, strict=True)] for row in turned]  # fmt: skip
    text = "\r\n".join(",".join(row) for row in longer) + "\r\n"
    (run / f"{name}.csv").write_text(text, encoding="utf-8", newline="")

    assert "" == said(run)


@pytest.mark.sweep(9)
@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("fiscal: {budget: {2021: 100", "fiscal: {budget: {2021: 65", "payments.csv: fiscal: pays 66 in 2021, but has 65"),
        ("budget: 50, pays", "budget: 39.999999, pays", "payments.csv: bond: pays 40 in 2021, but has 39.999999"),
        ("2022: 100}, carryover: {max_share: 0.5, years: 1}", "2022: 43}", "pays 44 in 2022, but has 43"),
        ("rate: 0.1", "rate: 0.09", "awards.csv:2: award: states 50, recomputed 40"),
        ("step: 10", "step: 20", "awards.csv:2: award: states 50, recomputed 40"),
        ("{min: 10,", "{min: 55,", "awards.csv:2: option: no award level 2 of the project's entitlement"),
        ("where: {category: 技改}\n    base", "where: {category: 园区}\n    base",
         "awards.csv:2: option: the project may not have grant: its category does not fit"),
        ("pays: [grant]", "pays: [park, grant]", ""),
        ("{budget: 50, pays: [park]}", "{budget: 50, pays: [grant, park]}", ""),
        ("payments: [0.6, 0.4]", "payments: [0.5, 0.5]", "awards.csv:2: payments.csv 2021: states 30, recomputed 25"),
        ("在建: 0.9", "在建: 0.8", "awards.csv:2: additional_investment: states 315, recomputed 280"),
        ("goal: additional", "goal: nominal", "awards.csv:2: leveraged_investment: states 315, recomputed 500"),
        ("weight: 0.5", "weight: 0.4", "manifest.json: objective: states 1085.75, recomputed 1036.4"),
        ("max: 2}", "max: 1}", "limits.csv: 技改个数: limit broken for '': value 2, floor '', cap 1"),
        ("max_share: 0.6}", "max_share: 0.599999}", "limit broken for '南宁': value 0.6, floor '', cap 0.599999"),
        ("max_share: 0.6}", "max_share: 0.6, new_only: true}", ""),
        ("shortfall_price: 0.1", "shortfall_price: 0.2", "manifest.json: objective: states 1085.75, recomputed 1045.75"),
        ("must_fund: [P1]", "must_fund: [P5]", "awards.csv: project P5 must be funded and is not"),
        ("must_fund: [P1]", "must_not: [P1]", "awards.csv: project P1 must not be funded and is"),
        ("must_fund: [P1]", "fix: {P1: {award: 20}}", "awards.csv:2: award: project P1 was fixed to 20, got 50"),
        ("requires: [P2, P3]", "requires: [P2, P5]",
         "awards.csv: dependencies.0: project P2 is funded, but P5 is not, or not 0 years earlier"),
        ("requires: [P2, P3]}", "requires: [P2, P3], lag: 1}", "or not 1 year earlier"),
        ("requires: [P2, P3]", "excludes: [P2, P3]", "dependencies.0: P2, P3 are all funded, but at most one of them may be"),
        ("requires: [P2, P3]", "one_of: [P2, P3]", "dependencies.0: 2 of P2, P3 are funded; exactly one must be"),
        ("requires: [P2, P3]", "all_or_none: [P2, P3, P5]", "2 of P2, P3, P5 are funded; either all of them or none"),
        ("requires: [P2, P3]", "same_instrument: [P2, P3]", "must have one instrument, got grant, park"),
        ("gap: 0.001", "gap: 0.0001", "manifest.json: status: stated as optimal, but the gap"),
    ],
)  # fmt: skip
def test_every_rule_of_the_config_is_held(before: str, after: str, expected: str, run: Path) -> None:
    """A plan that breaks a rule is refused in words that name it; a rule it keeps changes nothing."""
    assert before in CONFIG
    (run / "config.resolved.yaml").write_text(CONFIG.replace(before, after, 1), encoding="utf-8")
    restate(run)

    text = said(run)
    assert expected in text if expected else text == ""


@pytest.mark.sweep(10)
@pytest.mark.parametrize("name", [*(f"{table}.csv" for table in TABLES), "manifest.json", "config.resolved.yaml"])
@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe\x00 nonsense", b'"never closed', b"[1, 2]\n"])
def test_a_broken_file_is_a_violation(name: str, content: bytes | None, run: Path) -> None:
    """A file that is missing, empty or nonsense is told in both languages, without a traceback."""
    if content is None:
        (run / name).unlink()
    else:
        (run / name).write_bytes(content)

    violations = verify(run).violations
    assert violations
    assert all(message.text(language) for message in violations for language in ("zh", "en"))


def test_a_changed_input_is_caught(run: Path) -> None:
    """Even a changed input that alters no figure is told, by its hash."""
    path = run / "inputs/projects.csv"
    path.write_text(path.read_text(encoding="utf-8-sig") + "\n", encoding="utf-8-sig")

    assert "inputs/projects.csv: sha256: is not the file the plan was made from" in said(run)


def test_a_weakened_limit_is_caught(run: Path) -> None:
    """A cap that is lifted together with its row in limits.csv: by the config's hash, by the digest, by the id."""
    config, limits, manifest = (run / name for name in ("config.resolved.yaml", "limits.csv", "manifest.json"))
    config.write_text(
        config.read_text(encoding="utf-8").replace("max_share: 0.6}", "max_share: 0.7}"), encoding="utf-8"
    )
    rows = (
        limits.read_text(encoding="utf-8-sig")
        .replace(",0.6,0,1,", ",0.7,0.1,0,")
        .replace("0.4,,0.6,0.2", "0.4,,0.7,0.3")
    )
    limits.write_text(rows.replace("0,,0.6,0.6", "0,,0.7,0.7"), encoding="utf-8-sig")
    made = json.loads(manifest.read_text(encoding="utf-8"))

    assert "config.resolved.yaml: sha256: is not the file the plan was made from" in said(run)
    restate(run)
    assert "" == said(run)
    forged = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps(forged | {"run_id": made["run_id"]}), encoding="utf-8")
    assert f"{made['run_id']} is not the id of a run made with this config" in said(run)
    manifest.write_text(json.dumps(forged | {"digest": made["digest"], "run_id": made["run_id"]}), encoding="utf-8")
    assert "manifest.json: digest: states" in said(run)


@pytest.mark.sweep(4)
@pytest.mark.parametrize(
    "key",
    [
        "objective",
        "bound",
        "bound_by",
        "gap",
        "status",
        "money",
        "seed",
        "goals",
        "penalties",
        "sizes",
        "inputs",
        "tables",
        "config",
        "digest",
        "run_id",
    ],
)
def test_the_manifest_is_held(key: str, run: Path) -> None:
    """Every figure of the manifest that follows from the plan must be there and right."""
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    wrong = {**manifest, key: manifest[key] + 1 if isinstance(manifest[key], int | float) else f"{manifest[key]}"[:-1]}
    missing = {name: value for name, value in manifest.items() if name != key}
    for broken in (wrong, missing):
        (run / "manifest.json").write_text(json.dumps(broken), encoding="utf-8")

        assert ("config.resolved.yaml: sha256" if key == "config" else "manifest.json: ") in said(run)


def test_both_languages_say_everything() -> None:
    """The two catalogues have the same entries with the same placeholders."""
    english, chinese = (catalogue("verify", language) for language in ("en", "zh"))

    assert set(english) == set(chinese)
    for key, text in english.items():
        assert sorted(part.split("}")[0] for part in text.split("{")[1:]) == sorted(
            part.split("}")[0] for part in chinese[key].split("{")[1:]
        )


def test_nothing_is_shared_with_the_code_that_makes_plans() -> None:
    """Verification imports neither the option table nor the model, nor any solver."""
    imported = set()
    for path in set((HERE.parent / "allocator" / "verify").glob("*.py")) - {RESTATED}:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                imported |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
            elif isinstance(node, ast.Import):
                imported |= {name.name for name in node.names}

    assert set() == {
        name for name in imported if name.split(".")[0] in ("pyomo", "highspy", "models", "numpy", "scipy")
    }
    assert set() == imported & {f"allocator.{name}" for name in FORBIDDEN}

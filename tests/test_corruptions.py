"""Real runs, corrupted in hundreds of seeded ways: whatever changes meaning is caught, whatever does not is accepted."""

from __future__ import annotations

import csv
import shutil
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from planning import write_plan
from random_plans import plan
from reference import opinion

import allocator
from allocator.messages.errors import Infeasible, InputError
from allocator.verify import verify

TABLES = ("awards", "payments", "projects", "limits", "totals", "screening")
SEEDS = (0, 3, 8)
"""Random plans that have rows in every table."""
CORRUPTIONS = 90
"""Per plan."""


def stored(seed: int, folder: Path) -> Path:
    """The run folder of a random plan."""
    config, tables = plan(seed)
    solution = allocator.run(write_plan(folder / "plan", config, **tables), out=folder / "runs")
    assert solution.folder is not None
    return solution.folder


@pytest.fixture(scope="module", params=[SEEDS[0], *(pytest.param(seed, marks=pytest.mark.slow) for seed in SEEDS[1:])])
def sound(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stored(request.param, tmp_path_factory.mktemp("sound"))


def read(folder: Path, name: str) -> list[list[str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def write(folder: Path, name: str, rows: list[list[str]], encoding: str = "utf-8-sig") -> None:
    with (folder / f"{name}.csv").open("w", encoding=encoding, newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def another(rng: Random, cell: str) -> str:
    """A cell that means something else: a number off by a little or a lot, a flag turned, a name misspelt."""
    try:
        number = Decimal(cell)
    except ArithmeticError:
        return rng.choice([f"{cell}x", cell[:-1] if cell else "1", "南宁" if cell != "南宁" else "柳州"])
    last = Decimal(1).scaleb(int(number.as_tuple().exponent))
    changed = rng.choice([number + last, number - last, number + 1, 2 * number + 1, -number - 1])
    return rng.choice([format(changed, "f"), format(changed, "f"), "", f"{cell}e0", f"{cell},0"])


def corrupt(rng: Random, rows: list[list[str]]) -> list[list[str]]:
    """A table that says something else."""
    body = [list(row) for row in rows[1:]]
    at = rng.randrange(len(body))
    kind = rng.choice(["cell", "cell", "cell", "cell", "drop", "repeat", "swap", "header"])
    if kind == "cell":
        column = rng.randrange(len(rows[0]))
        body[at][column] = another(rng, body[at][column])
    elif kind == "drop":
        del body[at]
    elif kind == "repeat":
        body.append(body[at])
    elif kind == "swap":
        column, other = rng.randrange(len(rows[0])), rng.randrange(len(body))
        body[at][column], body[other][column] = body[other][column], body[at][column]
    else:
        header = list(rows[0])
        header[rng.randrange(len(header))] += "x"
        return [header, *body]
    return [list(rows[0]), *body]


def meaning(rows: list[list[str]]) -> list[tuple[tuple[str, str], ...]]:
    """What a table says, whatever the order of its rows."""
    return sorted(tuple(sorted(zip(rows[0], row, strict=False))) for row in rows[1:])


@pytest.mark.slow
def test_every_corruption_that_changes_meaning_is_caught(sound: Path, tmp_path: Path) -> None:
    """Cells, rows and headers of all tables, changed, dropped, doubled and swapped with a fixed seed."""
    rng = Random(1)
    run = Path(shutil.copytree(sound, tmp_path / "run"))
    missed, changed = [], 0
    while changed < CORRUPTIONS:
        name = rng.choice(TABLES)
        rows = read(sound, name)
        if len(rows) < 2:
            continue
        wrong = corrupt(rng, rows)
        if meaning(wrong) == meaning(rows):
            continue
        changed += 1
        write(run, name, wrong)
        if verify(run).ok:
            missed.append((name, set(meaning(wrong)) ^ set(meaning(rows))))
        write(run, name, rows)

    assert [] == missed


def test_what_means_the_same_is_accepted(sound: Path, tmp_path: Path) -> None:
    """Rows and columns in another order, '1.0' for '1' and a missing byte-order mark change nothing."""
    rng = Random(2)
    run = Path(shutil.copytree(sound, tmp_path / "renamed"))
    for name in TABLES:
        header, *body = read(run, name)
        rng.shuffle(body)
        order = rng.sample(range(len(header)), len(header))
        rows = [[row[column] for column in order] for row in [header, *body]]
        amounts = [at for at, column in enumerate(rows[0]) if column in ("award", "amount", "slack", "upgrading")]
        for row in rows[1:]:
            for at in amounts:
                row[at] = f"{row[at]}.0" if row[at] and "." not in row[at] else row[at]
        write(run, name, rows, encoding="utf-8")

    assert () == verify(run).violations


@pytest.mark.slow
def test_random_plans_raise_no_false_alarm(tmp_path: Path) -> None:
    """Plans that use everything a config can say are stored, which they are only when their verification finds nothing.

    What only tells them again is as a second implementation has it.
    """
    decided = 0
    for seed in range(100, 130):
        try:
            folder = stored(seed, tmp_path / str(seed))
        except (Infeasible, InputError):
            continue
        decided += 1
        assert [] == opinion(folder)[1]

    assert decided > 15


@pytest.mark.slow
def test_any_change_of_config_or_inputs_is_caught(sound: Path, tmp_path: Path) -> None:
    """One sign of the stored config, or of a copied table, made another: even in a comment, the file is not the one."""
    rng = Random(3)
    run = Path(shutil.copytree(sound, tmp_path / "run"))
    files = sorted([run / "config.resolved.yaml", *(path for path in (run / "inputs").rglob("*") if path.is_file())])
    missed = []
    for number in range(3 * len(files)):
        path = files[number % len(files)]
        content = path.read_bytes()
        at = rng.randrange(len(content))
        path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        if verify(run).ok:
            missed.append((path.name, at))
        path.write_bytes(content)

    assert [] == missed
    assert verify(run).ok


def test_a_weakened_limit_with_a_table_to_match_is_caught(sound: Path, tmp_path: Path) -> None:
    """Every number of the config's limits, changed one by one: the hash tells, whatever the tables say."""
    run = Path(shutil.copytree(sound, tmp_path / "run"))
    path = run / "config.resolved.yaml"
    lines = path.read_text(encoding="utf-8").split("\n")
    inside = [
        at for at, line in enumerate(lines) if line.strip().startswith(("max_share:", "min_share:", "max:", "min:"))
    ]
    for at in inside[:6]:
        key, _, rest = lines[at].partition(": ")
        value = Decimal(rest.split(" ")[0])
        weaker = [*lines[:at], f"{key}: {value / 2:f}", *lines[at + 1 :]]
        path.write_text("\n".join(weaker), encoding="utf-8")
        assert any("config.resolved.yaml" in message.where for message in verify(run).violations), lines[at]

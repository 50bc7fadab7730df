"""`--set path=*0.9` and `=+5%` change what is written, exactly; `latest` is the run made last."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from allocator.config.source.load import load_config
from allocator.messages.errors import InputError
from allocator.runs import folder as run_folder

PLAN = """
title: +5% more
years: [2024, 2025]
projects: p.csv
sources:
  fiscal: {budget: {2024: 1000.1, 2025: "2,000"}, pays: [grant]}
  bond: {budget: 0.07, pays: [grant]}
instruments: {grant: {kind: grant, base: fixed_investment, rate: 0.1, payments: [0.5, 0.5]}}
limits: [{name: a=b, measure: count, max: 10}, {name: 上限, measure: count, max: 30, each: region}]
"""


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """A config with numbers of every shape."""
    (tmp_path / "plan.yaml").write_text(PLAN, encoding="utf-8")
    return tmp_path / "plan.yaml"


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("sources.bond.budget=*0.9", "0.063"),
        ("sources.bond.budget=+5%", "0.0735"),
        ("sources.bond.budget=-10%", "0.063"),
        ("sources.bond.budget= * 3", "0.21"),
        ("sources.bond.budget=×2", "0.14"),
        ("sources.bond.budget=-100%", "0"),
        ("sources.bond.budget=+0.01%", "0.070007"),
        ("sources.bond.budget=+5", "5"),
        ("sources.bond.budget=7", "7"),
        ("sources.fiscal.budget.2024=*0.9", "{2024: 900.09, 2025: 2000}"),
        ("sources.fiscal.budget=*0.5", "{2024: 500.05, 2025: 1000}"),
        ("limits.上限.max=*2", "60"),
        ("limits.1.max=-50%", "15"),
        ("instruments.grant.rate=*1.5", "0.15"),
    ],
)
def test_changed(plan: Path, override: str, expected: str) -> None:
    """The number written, or every number of a mapping, times the factor, without noise, known to come from --set."""
    loaded = load_config(plan, overrides=[override])
    path = override.partition("=")[0].replace("limits.1.", "limits.上限.")
    fiscal, bond = (loaded.config.sources[name].budget for name in ("fiscal", "bond"))
    found = {
        "sources.bond.budget": bond, "limits.上限.max": loaded.config.limits[1].max,
        "instruments.grant.rate": loaded.config.instruments["grant"].rate,
    }.get(path, fiscal)  # fmt: skip
    told = (
        f"{{{', '.join(f'{year}: {amount}' for year, amount in found.items())}}}"
        if isinstance(found, dict)
        else str(found)
    )

    assert expected == told
    assert "--set" == loaded.origins[path if path in loaded.origins else "sources.fiscal.budget.2024"]


def test_one_after_the_other(plan: Path) -> None:
    """Several changes of one value count one on the other."""
    loaded = load_config(
        plan, overrides=["sources.bond.budget=100", "sources.bond.budget=*0.9", "sources.bond.budget=+10%"]
    )

    assert 99 == loaded.config.sources["bond"].budget


def test_a_list(plan: Path) -> None:
    """Every number of a list."""
    loaded = load_config(plan, overrides=["years=*1", "instruments.grant.payments=*1"])

    assert ([2024, 2025], [0.5, 0.5]) == (
        loaded.config.years,
        list(map(float, loaded.config.instruments["grant"].payments)),
    )


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("title=*2", "title: what stands here is no number"),
        ("sources.fiscal=*2", "sources.fiscal: what stands here is no number"),
        ("projects=+5%", "projects: what stands here is no number"),
        ("sources.fiscal.pays=*2", "sources.fiscal.pays: what stands here is no number"),
        ("solver.gap=*2", "solver.gap: no value is written here"),
        ("sources.fiscal.budgett=*2", "there is no 'budgett' here; did you mean 'budget'"),
        ("sources.bond.budget=*x", "--set"),
        ("sources.bond.budget=* ", "--set"),
        ("sources.bond.budget=-200%", "sources.bond.budget"),
    ],
)
def test_not_changed(plan: Path, override: str, said: str) -> None:
    """What is no number cannot be changed by a factor, and says so at the path."""
    with pytest.raises(InputError) as fault:
        load_config(plan, overrides=[override])

    assert said in fault.value.text("en")


def made(out: Path, name: str, time: int) -> Path:
    """A run folder of that name whose manifest is so old."""
    (out / name).mkdir(parents=True)
    (out / name / run_folder.MANIFEST).write_text("{}", encoding="utf-8")
    os.utime(out / name / run_folder.MANIFEST, (time, time))
    return out / name


def test_latest(tmp_path: Path) -> None:
    """The run made last, by the time in its id and within one second by its file; a folder of that name comes first."""
    first = made(tmp_path, "20260101-120000-aaaaaaaa", 9)

    assert first == run_folder.find("latest", tmp_path)
    made(tmp_path, "20260102-120000-ffffffff", 5)
    last = made(tmp_path, "20260102-120000-bbbbbbbb", 6)
    assert last == run_folder.find("latest", tmp_path)
    assert made(tmp_path, "latest", 1) == run_folder.find("latest", tmp_path)


@pytest.mark.parametrize("there", [True, False])
def test_no_latest(tmp_path: Path, *, there: bool) -> None:
    """Without runs there is none, and no other name is offered for it."""
    out = tmp_path if there else tmp_path / "none"
    with pytest.raises(InputError, match="no runs are stored in"):
        run_folder.find("latest", out)

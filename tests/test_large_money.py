"""Plans as large as a nation's, in any currency: exact to the smallest amount, or refused with the way out."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from allocator import pipeline
from allocator.config.source.load import load_config
from allocator.messages.errors import InputError
from allocator.money import LARGEST_FEN, LARGEST_UNSCALED, Coarse, Money, quantum_for
from allocator.problem import build
from allocator.runs import folder as run_folder
from allocator.verify import verify

ROWS = (
    ("A01", "甲市", "一", 8000), ("A02", "甲市", "一", 6000), ("A03", "甲市", "", 5000), ("A04", "甲市", "", 4000),
    ("A05", "乙市", "", 900),
)  # fmt: skip


def plan(folder: Path, money: str, scale: str, more: str = "", budget: str = "") -> Path:
    """The starter's kind of plan with every amount so many times as large; its best takes A01, A03, A04 and A05."""

    def by(amount: int) -> str:
        return format((amount * Decimal(scale)).normalize(), "f")

    lines = ["project_id,region,category,group_id,fixed_investment"]
    lines += [f"{name},{region},工业,{group},{by(amount)}" for name, region, group, amount in ROWS]
    (folder / "p.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    award = f"{{min: {by(60)}, max: {by(300)}, step: {by(10)}}}"
    text = f"""
money: {money}
years: [2024]
projects: p.csv
sources: {{fiscal: {{budget: {budget or by(1000)}, pays: [grant]}}}}
instruments: {{grant: {{kind: grant, base: fixed_investment, rate: 0.1, award: {award}}}}}
leverage: {{goal: nominal}}
limits: [{{name: group, measure: award, each: group_id, max: {by(500)}}}]
solver: {{gap: 0}}
{more}
"""
    (folder / "plan.yaml").write_text(text, encoding="utf-8")
    return folder / "plan.yaml"


@pytest.mark.sweep(1)
@pytest.mark.parametrize(
    ("money", "scale", "quantum"),
    [
        ("万元", "15000000", "10"),
        ("万亿元", "0.15", "10"),
        ("VND", "800000000000", "10"),
        ("billion VND", "800", "10"),
        ("IDR", "3600000000000", "100"),
        ("韩元", "1000000000000", "100"),
        ("日元", "100000000", "1"),
        ("亿元", "1", "0.01"),
    ],
)
def test_national_plans(tmp_path: Path, money: str, scale: str, quantum: str) -> None:
    """A nation's plan is the small one many times over: same choice, exact sums, verified, the quantum told if it grew."""
    solution = pipeline.run(plan(tmp_path, money, scale), out=tmp_path / "runs")
    folder = solution.folder
    assert folder is not None
    unit, stored = run_folder.read(folder).money, (folder / "payments.csv").read_text(encoding="utf-8-sig").splitlines()
    usual = Money.of(money).quantum

    assert ["A01", "A03", "A04", "A05"] == sorted(solution.awards["project_id"])
    assert Decimal(scale) * 17900 == solution.objective
    assert Decimal(scale) * 990 == sum(Decimal(line.split(",")[4]) for line in stored[1:])
    assert verify(folder).ok
    assert Decimal(quantum) == unit.quantum
    assert (unit.quantum != usual) == any(m.code == "config.quantum_taken" for m in solution.notices)


def test_budget_alone(tmp_path: Path) -> None:
    """A budget of 790 trillion dong over small projects is no fault, and nothing is rounded: one dong is exact."""
    solution = pipeline.run(plan(tmp_path, "VND", "1", budget="790000000000000"), out=tmp_path / "runs")

    assert [] == [m.code for m in solution.notices if "quantum" in m.code]
    assert 1 == solution.money.fen_per_unit


@pytest.mark.sweep(2)
@pytest.mark.parametrize(("money", "quantum"), [("万元", "0.01"), ("VND", "1"), ("VND", "1000"), ("亿元", "100")])
def test_edge(tmp_path: Path, money: str, quantum: str) -> None:
    """With a written quantum the largest budget that fits runs to its last unit; one quantum more is refused."""
    unit = Money.of(money, Decimal(quantum))
    most, over = (unit.text(unit.largest + more) for more in (0, 1))
    text = f"""
money: {money}
quantum: {quantum}
years: [2024]
projects: p.csv
sources: {{fiscal: {{budget: {most}, pays: [grant]}}}}
instruments: {{grant: {{kind: grant, base: fixed_investment, rate: 1}}}}
leverage: {{goal: nominal}}
"""
    halves = (unit.largest // 2 - 1, unit.largest - unit.largest // 2 + 1)
    lines = [f"P{n},a,b,{unit.text(half)}" for n, half in enumerate(halves)]
    (tmp_path / "p.csv").write_text(
        "\n".join(["project_id,region,category,fixed_investment", *lines]), encoding="utf-8"
    )
    (tmp_path / "plan.yaml").write_text(text, encoding="utf-8")
    folder = pipeline.run(tmp_path / "plan.yaml", out=tmp_path / "runs").folder
    assert folder is not None
    paid = [line.split(",")[4] for line in (folder / "payments.csv").read_text(encoding="utf-8-sig").splitlines()[1:]]

    assert [unit.text(half) for half in halves] == paid
    assert Decimal(most) == sum(map(Decimal, paid))
    assert verify(folder).ok
    (tmp_path / "plan.yaml").write_text(text.replace(f"budget: {most}", f"budget: {over}"), encoding="utf-8")
    with pytest.raises(
        InputError, match=rf"plan\.yaml:6:.*too large.*write `quantum: {max(Decimal(quantum) * 10, Decimal(1)):f}`"
    ):
        build.check(tmp_path / "plan.yaml")


def test_sums_are_bounded(tmp_path: Path) -> None:
    """Amounts that fit one by one and not together are refused: of years of a budget, and of a column at its header."""
    yearly = "quantum: 0.01\nyears: [2024]\n"
    path = plan(tmp_path, "万元", "1")
    text = path.read_text(encoding="utf-8")
    many = text.replace("years: [2024]", "quantum: 0.01\nyears: [2024, 2025]").replace("budget: 1000", "budget: 1.5e9")
    path.write_text(many, encoding="utf-8")
    with pytest.raises(InputError, match=r"sources.*together are 3000000000.*`quantum: 1`"):
        build.check(path)
    path.write_text(text.replace("years: [2024]", yearly), encoding="utf-8")
    rows = (tmp_path / "p.csv").read_text(encoding="utf-8").replace(",8000", ",1.5e9").replace(",6000", ",1.5e9")
    (tmp_path / "p.csv").write_text(rows, encoding="utf-8")
    with pytest.raises(InputError, match=r"p\.csv:1.*fixed_investment.*add up to about 3.00001e\+9.*`quantum: 1`"):
        build.check(path)


@pytest.mark.parametrize("quantum", ["0.03", "25", "0", "-1", "x"])
def test_no_quantum(tmp_path: Path, quantum: str) -> None:
    """A quantum is a power of ten."""
    with pytest.raises(InputError, match="quantum"):
        load_config(plan(tmp_path, "元", "1", f"quantum: {quantum}"))


def test_finer_than_the_quantum(tmp_path: Path) -> None:
    """A step below the quantum is refused at its place; a cell below it is rounded half up, which is told."""
    with pytest.raises(InputError, match=r"award\.step: 10 元 is no whole multiple of the smallest amount, 100 元"):
        build.check(plan(tmp_path, "元", "1", "quantum: 100"))
    path = plan(tmp_path, "元", "1", "quantum: 1")
    rows = (tmp_path / "p.csv").read_text(encoding="utf-8").replace(",900", ",900.5")
    (tmp_path / "p.csv").write_text(rows, encoding="utf-8")
    case = build.check(path)

    assert [901] == case.inputs.projects["fixed_investment"].tolist()[-1:]
    assert ["1 amount is finer than 1 元 and is rounded, the first '900.5' to 901"] == [
        m.text("en").split(": ", 2)[2] for m in case.notices if m.code == "tables.finer"
    ]


def test_implausible(tmp_path: Path) -> None:
    """Money beyond any nation's is a slip of unit, and says so."""
    with pytest.raises(InputError, match="check the unit"):
        load_config(plan(tmp_path, "亿元", "1", budget="1e14"))


@pytest.mark.parametrize(
    ("unit", "total", "quantum"),
    [
        ("万元", "2e9", "0.01"), ("万元", "2000000000.000001", "1"), ("元", "2e15", "1"), ("VND", "9e15", "1"),
        ("VND", "9000000000000001", "10"), ("1000 VND", "2e12", "1"), ("1000 VND", "2000000000000.001", "10"),
        ("EUR", "-2e13", "0.01"),
    ],
)  # fmt: skip
def test_quantum_for(unit: str, total: str, quantum: str) -> None:
    """The smallest quantum that holds a sum, to the last unit."""
    assert Decimal(quantum) == quantum_for(unit, Decimal(total))


@pytest.mark.parametrize("fen", [1, 7, LARGEST_FEN - 1, LARGEST_FEN])
@pytest.mark.parametrize(("unit", "quantum"), [("万元", "0.01"), ("亿元", "1"), ("IDR", "1000"), ("IDR", "10")])
def test_floats_round_trip(fen: int, unit: str, quantum: str) -> None:
    """An amount in the config's unit as a float is of one fen only, up to the largest."""
    money = Money.of(unit, Decimal(quantum))
    values = money.floats(np.array([fen, fen - 1], float))

    assert [fen, fen - 1] == np.rint(values * money.fen_per_unit).tolist()
    assert fen == money.to_fen(Decimal(money.text(fen)))
    assert Decimal(money.text(fen)) == money.to_unit(fen)


def test_whole_units_are_exact_further() -> None:
    """Where the unit is the quantum a float is the amount itself."""
    assert LARGEST_UNSCALED == Money.of("VND").largest
    assert [float(LARGEST_UNSCALED - 1)] == Money.of("VND").floats([LARGEST_UNSCALED - 1]).tolist()


def test_coarse_computes_like_an_int() -> None:
    """Quanta per unit below one: what an int does with decimals, arrays, whole numbers and fractions, it does."""
    scale = Coarse(1, 1000)

    assert Decimal(5) == Decimal(5000) * scale == scale * Decimal(5000)
    assert Decimal(5000) == Decimal(5) / scale
    assert 5000 == 5 / scale
    assert Fraction(1, 200) == 5 * scale
    assert 5000.0 == 5.0 / scale
    assert [5000.0] == (np.array([5.0]) / scale).tolist()
    assert [5.0] == (np.array([5000.0]) * scale).tolist() == (scale * np.array([5000.0])).tolist()

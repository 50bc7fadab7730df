"""Investment spent month by month between a project's own start and completion: by hand, verified, told when wrong."""

from __future__ import annotations

from pathlib import Path
from random import Random
from shutil import copytree
from typing import Any

import pytest
from planning import Row, decide, write_plan, write_table
from reference import opinion

import allocator
from allocator.messages.errors import InputError
from allocator.verify import verify

MONTHS: Row = {"from": "months"}
PLANT: Row = {"project_name": "p", "region": "r", "category": "plant", "fixed_investment": 280, "done_investment": 0}


def plant(name: str, start: str, end: str, **cells: Any) -> Row:
    return {"project_id": name, **PLANT, "start_ym": start, "end_ym": end, **cells}


def made(folder: Path, plants: list[Row], spending: Row | None = None, **changes: Any) -> Path:
    config: Row = {
        "money": "万元",
        "years": [2021, 2022, 2023],
        "sources": {"fiscal": {"budget": 1000, "pays": ["grant"]}},
        "instruments": {"grant": {"kind": "grant", "rate": 0.1, "payments": [1]}},
        "leverage": {"goal": "nominal"},
        "spending": spending or MONTHS,
        "solver": {"gap": 0, "threads": 1},
        **changes,
    }
    return write_plan(folder, config, projects=plants)


def by_year(path: Path, measure: str = "nominal_investment") -> dict[str, float]:
    """Investment of a verified plan by the year in which it is spent."""
    solution = allocator.run(path, out=path.parent / "runs")
    assert solution.folder is not None
    assert [] == opinion(solution.folder)[1]
    rows = solution.totals[(solution.totals["dimension"] == "spending") & (solution.totals["measure"] == measure)]
    return dict(zip(rows["year"], rows["value"], strict=True))


def test_from_may_2021_to_august_2023(tmp_path: Path) -> None:
    """28 months, both counted: 8 in 2021, 12 in 2022, 8 in 2023; 280 are 80, 120 and 80."""
    path = made(tmp_path, [plant("A", "2021-05", "2023-08")])

    assert {"2021": 80, "2022": 120, "2023": 80} == by_year(path)
    assert "audit.spread_evenly" in [assumed.code for assumed in decide(path).assumptions]


def test_a_curve_is_followed(tmp_path: Path) -> None:
    """A tenth in the first quarter of 24 months, half by the middle: 2021 has 18 months to the curve's 0.9."""
    curve = {**MONTHS, "curve": [[0, 0], [0.25, 0.1], [0.5, 0.5], [0.75, 0.9], [1, 1]]}
    whole = made(tmp_path / "a", [plant("A", "2021-07", "2023-06", fixed_investment=100)], curve)
    begun = made(tmp_path / "b", [plant("A", "2020-07", "2022-06", fixed_investment=100)], curve)

    assert {"2021": 10, "2022": 80, "2023": 10} == by_year(whole)
    # six months are over, which are a tenth; of the 90 that the grant of 10 leaves, 80 come until three quarters
    assert {"2020": 0, "2021": 80, "2022": 10} == by_year(begun, "certified_investment")


@pytest.mark.parametrize(
    ("measure", "spent"),
    [
        ("nominal_investment", {"2019": 120, "2020": 120, "2021": 120, "2022": 120}),
        ("certified_investment", {"2019": 0, "2020": 0, "2021": 96, "2022": 96}),  # 480 − 240 done − 48 granted
    ],
)
def test_what_was_spent_before_is_not_spent_again(measure: str, spent: dict[str, float], tmp_path: Path) -> None:
    """Half of four years' works are over: all of it took four years, what is left to do takes the two that are left."""
    begun = [plant("A", "2019-01", "2022-12", fixed_investment=480, done_investment=240)]

    assert spent == by_year(made(tmp_path, begun), measure)


def test_what_was_promised_before_is_not_all_still_to_come(tmp_path: Path) -> None:
    """Promised in 2020 for works of 2020–2021: half of what was to come then has come in 2020, and counts in no plan year."""
    path = made(tmp_path, [plant("A", "2020-01", "2021-12")])
    worth = dict.fromkeys([f"{kind}_investment" for kind in ("nominal", "certified", "additional", "leveraged")], 240)
    kept = [{"project_id": "A", "start_year": 2020, "award": 5, "fiscal@2021": 5, "upgrading": 0, **worth}]
    write_table(tmp_path / "kept.csv", kept)
    path.write_text(path.read_text(encoding="utf-8") + "commitments: kept.csv\n", encoding="utf-8")

    assert {"2020": 120, "2021": 120} == by_year(path, "certified_investment")


@pytest.mark.parametrize(
    ("limit", "kept"),
    [
        ({"year": 2021, "max": 120}, 1), ({"year": 2021, "max": 119}, 0), ({"year": 2020, "min": 0}, None),
        ({"year": 2022, "cumulative": True, "max": 240}, 1), ({"year": 2023, "cumulative": True, "max": 239}, 0),
    ],
)  # fmt: skip
def test_a_volume_of_the_plan_counts_from_its_first_year(limit: Row, kept: int | None, tmp_path: Path) -> None:
    """480 over 2019–2022: a cap on what is spent until 2022 looks at 240; by start years it would look at 480."""
    begun = [plant("A", "2019-01", "2022-12", fixed_investment=480)]
    rule = {"name": "cap", "measure": "nominal_investment", **limit}
    path = made(tmp_path, begun, limits=[rule])

    if kept is None:
        with pytest.raises(InputError, match="2020"):
            decide(path)
    else:
        assert kept == len(decide(path).awards)


def test_a_later_support_moves_the_works(tmp_path: Path) -> None:
    """A floor of 100 in 2023 is met by waiting a year: 80 in 2022, 120 in 2023, 80 in 2024; works that are over stay."""
    floor = [{"name": "r", "measure": "nominal_investment", "year": 2023, "min": 120}]
    wait = {"instruments": {"grant": {"kind": "grant", "rate": 0.1, "payments": [1], "start": {"delay": 1}}}}
    fresh = made(tmp_path / "a", [plant("A", "2021-05", "2023-08")], limits=floor, **wait)
    begun = made(tmp_path / "b", [plant("A", "2020-01", "2022-12", fixed_investment=360)], limits=floor, **wait)

    assert {"2022": 80, "2023": 120, "2024": 80} == by_year(fresh)
    assert {"2020": 120, "2021": 0, "2022": 120, "2023": 120} == by_year(begun)


def test_months_change_the_plan(tmp_path: Path) -> None:
    """Growth from 2021 to 2022 asks for the plant that starts late in 2021; by start years both would do none of it."""
    plants = [plant("A", "2021-01", "2021-12"), plant("B", "2021-12", "2022-12", fixed_investment=130)]
    limits = [
        {"name": "r", "measure": "nominal_investment", "year": 2022, "min": 120},
        {"name": "n", "measure": "count", "max": 1},
    ]
    own = decide(made(tmp_path / "a", plants, limits=limits))
    free = decide(made(tmp_path / "b", plants, limits=limits[1:]))

    assert (["B"], ["A"]) == ([*own.awards["project_id"]], [*free.awards["project_id"]])


def test_missing_months_are_told(tmp_path: Path) -> None:
    """Without months the profile is used and named; without a profile that is an error, as is an end before the start."""
    plants = [plant("A", "2021-05", "2023-08"), plant("B", "2022-01", "", fixed_investment=100)]
    with_default = made(tmp_path / "a", plants, {**MONTHS, "default": [0.5, 0.5]})
    told = [
        str(notice.text("en")).split("spending.from: ")[-1]
        for notice in allocator.load(with_default).notices
        if "profile" in notice.code
    ]

    assert {"2021": 80, "2022": 170, "2023": 130} == by_year(with_default)
    assert ["without months of start and completion, spread by profile instead: B"] == told
    with pytest.raises(InputError, match="B: without months of start and completion"):
        allocator.load(made(tmp_path / "b", plants))
    with pytest.raises(InputError, match=r"C: the end \(2022-01\) is before the start \(2022-03\)"):
        allocator.load(made(tmp_path / "c", [plant("C", "2022-03", "2022-01")]))


@pytest.mark.parametrize(
    ("spending", "code"),
    [
        ({"by": "category"}, "spending_without_profile"), ({"curve": [[0, 0], [1, 1]], "default": [1]}, "goes_with"),
        ({**MONTHS, "curve": [[0, 0], [0.5, 0.8], [0.7, 0.6], [1, 1]]}, "curve_falls"),
        ({**MONTHS, "curve": [[0, 0], [0.5, 0.8]]}, "response_ends"),
    ],
)  # fmt: skip
def test_spending_that_cannot_be_meant(spending: Row, code: str, tmp_path: Path) -> None:
    """Neither profile nor months, a curve without months, a curve that falls or does not end."""
    with pytest.raises(InputError) as caught:
        allocator.load(made(tmp_path, [plant("A", "2021-05", "2023-08")], spending))

    assert [f"config.{code}"] == [message.code for message in caught.value.messages]


@pytest.mark.sweep(1)
@pytest.mark.parametrize("seed", range(3))
def test_verification_agrees_and_finds_changes(seed: int, tmp_path: Path) -> None:
    """Random months, curve and delays: the stored plan passes, with one cell of a month changed it does not."""
    rng = Random(seed)

    def month(low: int, high: int) -> str:
        return f"{rng.randint(low, high)}-{rng.randint(1, 12):02}"

    plants = [
        plant(f"P{n}", month(2019, 2021), month(2022, 2025), fixed_investment=rng.randint(100, 900) + 0.01,
              done_investment=rng.randint(0, 90)) for n in range(6)
    ]  # fmt: skip
    plants.append(plant("Q", "", "2022-01"))
    curve = [[0, 0], [0.3, round(rng.random() * 0.5, 2)], [0.8, 0.9], [1, 1]]
    limits = [
        {"name": "y", "measure": rng.choice(["nominal_investment", "leveraged_investment"]), "each": "year", "min": 1},
        {"name": "c", "measure": "additional_investment", "year": 2022, "cumulative": True, "max": 900},
    ]
    grant = {"kind": "grant", "rate": 0.1, "payments": [1], "start": {"delay": 2}, "award": {"levels": 2}}
    path = made(
        tmp_path, plants, {**MONTHS, "curve": curve, "default": [0.4, 0.6]}, limits=limits, instruments={"grant": grant},
        leverage={"goal": "additional", "realisation": {"by": "category", "values": {"plant": 0.7}}},
    )  # fmt: skip
    solution = allocator.run(path, out=tmp_path / "runs")
    assert solution.folder is not None
    copy = Path(copytree(solution.folder, tmp_path / "copy"))
    table = copy / "totals.csv"
    before = next(
        line for line in table.read_text(encoding="utf-8-sig").splitlines() if line.startswith("spending,,2022")
    )
    head, _, value = before.rpartition(",")
    after = f"{head},{float(value) + 0.01:.2f}"
    table.write_text(table.read_text(encoding="utf-8-sig").replace(before, after), encoding="utf-8-sig")

    assert verify(solution.folder).ok
    assert not verify(copy).ok

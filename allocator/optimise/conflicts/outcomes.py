"""Rules about outcomes: floors of the goal there, and that payments can be met with the money there."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from allocator.problem.case import Case
from models.compiler import Compiled

FLOOR = "risk.floor"


def rows_by_key(case: Case, c: Compiled) -> dict[str, list[int]]:
    """Rows of every rule, under its key, or under the outcome and the source whose money it is."""
    risk = case.risk
    if risk is None:
        return {}
    uncertainty, found = case.loaded.config.uncertainty, dict[str, list[int]]()
    names = [state.name for state in risk.outcomes.states]
    named = uncertainty.outcomes if uncertainty is not None else {}

    def add(equation: str, at: int, key: str) -> None:
        found.setdefault(key, []).append(c.rows_of(equation).start + at)

    for at, w in enumerate(c.row_members["outcome_floor"][0].tolist()):
        own = risk.outcomes.states[w].floor
        mine = own is not None and own * case.money.fen_per_unit == risk.floors[w]
        add("outcome_floor", at, f"uncertainty.outcomes.{names[w]}.floor" if mine else FLOOR)
    for at in range(len(c.row_members["worst_floor"][0])):
        add("worst_floor", at, FLOOR)
    for at, d in enumerate(c.row_members["replay_balance"][0].tolist()):
        w, source = risk.replayed[d]
        add(
            "replay_balance",
            at,
            f"uncertainty.outcomes.{names[w]}: {source}" if names[w] in named else f"uncertainty: {source}",
        )
    return found


def is_floor(key: str) -> bool:
    """Whether a rule is a floor of the goal."""
    return key.endswith(".floor")


def written(case: Case, key: str) -> Decimal:
    """A floor as the planner wrote it."""
    config = case.loaded.config
    if key == FLOOR:
        assert config.risk.floor is not None
        return config.risk.floor
    assert config.uncertainty is not None
    floor = config.uncertainty.outcomes[_name(key)].floor
    assert floor is not None
    return floor


def with_floor(case: Case, key: str, value: Decimal | None) -> Case:
    """The case with another floor, or without it."""
    risk, config = case.risk, case.loaded.config
    assert risk is not None
    before = Fraction(written(case, key)) * case.money.fen_per_unit
    after = None if value is None else Fraction(value) * case.money.fen_per_unit
    if key == FLOOR and config.risk.floor_on == "worst_mean":
        return replace(case, risk=replace(risk, worst_floor=after))
    mine = [key == FLOOR or state.name == _name(key) for state in risk.outcomes.states]
    floors = tuple(after if own and f == before else f for own, f in zip(mine, risk.floors, strict=True))
    return replace(case, risk=replace(risk, floors=floors))


def without_money(case: Case, key: str) -> Case:
    """The case in which a source's money in an outcome (in any, where outcomes have no names) is not looked at."""
    risk = case.risk
    assert risk is not None
    head, _, source = key.partition(": ")
    names = [state.name for state in risk.outcomes.states]
    everywhere = head == "uncertainty"
    kept = tuple(
        (w, s)
        for w, s in risk.replayed
        if s != source or not (everywhere or head == f"uncertainty.outcomes.{names[w]}")
    )
    return replace(case, risk=replace(risk, replayed=kept))


def _name(key: str) -> str:
    return key.removeprefix("uncertainty.outcomes.").removesuffix(".floor")

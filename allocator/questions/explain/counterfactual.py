"""The best plan with a project forced in or out, against the stored one."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from allocator.messages.watch import Watch
from allocator.optimise.conflicts import conflict_sets as conflicts
from allocator.optimise.plan_tables import decimal, limits_table
from allocator.problem import edits as changes
from allocator.problem.accounts import balances
from allocator.problem.case import Case
from allocator.questions.explain.answers import Counterfactual, Swap
from allocator.questions.session import Answer, Model, Session, above


def units(opened: Session, fen: float | Fraction) -> Decimal:
    """Fen of goal or money in the config's unit."""
    if isinstance(fen, Fraction):
        return decimal(fen / opened.case.money.fen_per_unit)
    return Decimal(f"{fen / opened.case.money.fen_per_unit:.12g}")


def placed(opened: Session, text: str) -> str:
    """A text in which places in the run's folder count from there."""
    return text.replace(f"{opened.run.folder.as_posix()}/", "").replace(
        f"{opened.run.folder.absolute().as_posix()}/", ""
    )


def linked(case: Case, p: int) -> list[int]:
    """A project and all that rules between projects tie to it."""
    links = case.links
    kinds = (links.requires, links.excludes, links.one_of, links.all_or_none, links.same_instrument)
    bonds = [set(rule.projects) for kind in kinds for rule in kind]
    found, before = {p}, 0
    while before != len(found):
        before = len(found)
        found |= {q for bond in bonds if bond & found for q in bond}
    return sorted(found)


def has_options(case: Case, p: int) -> bool:
    """Whether a project has any option that can be chosen in a case."""
    return bool((case.usable & (case.measures.project == p)).any())


def trial(opened: Session, p: int, watch: Watch, *, inside: bool, ties: bool = False) -> tuple[Case, Answer | None]:
    """The best plan with a project forced in, or out."""
    case = changes.forced_in(opened.case, p) if inside else changes.forced_out(opened.case, p)
    if inside and not has_options(case, p):
        return case, None
    model = Model.of(case, opened.floors, opened.start) if p in opened.case.links.must_not else opened.model
    return case, model.best(case, watch, opened.gap, near=linked(case, p), ties=ties)


def held_by_order(opened: Session, case: Case, watch: Watch) -> bool:
    """Whether a case has plans, and all of them fall short of what the earlier of goals in order reach."""
    return bool(opened.floors) and Model.of(case).best(case, watch, 1.0) is not None


def compare(opened: Session, p: int, watch: Watch, *, inside: bool) -> tuple[Counterfactual, Answer | None]:
    """The stored plan against the best one with a project forced in, or out."""
    case, found = trial(opened, p, watch, inside=inside, ties=True)
    forced = "in" if inside else "out"
    if found is None and held_by_order(opened, case, watch):
        return Counterfactual(forced, short_of_earlier=True), None
    if found is None:
        names = conflicts.names(case) if has_options(case, p) or not inside else ()
        mine = f"locks.must_not: {opened.ids[p]}"  # what is asked for
        return Counterfactual(forced, impossible=tuple(name for name in names if name != mine)), None
    base = opened.base
    falls = base.value - found.value
    least, most = float(base.value) - found.bound, base.bound - float(found.value)
    told = Counterfactual(
        forced,
        units(opened, falls),
        units(opened, max(0.0, least)),
        units(opened, max(0.0, most)),
        units(opened, max(0.0, found.bound - float(found.value))),
        above(base.value, found.bound) or (base.exact and found.exact),
        *_swaps(opened, found),
        binding=tuple(_binding(opened, found)),
    )
    return told, found


def awards(found: Answer) -> dict[int, tuple[Fraction, int]]:
    """Award (fen) and start of every project that gets something."""
    m = found.case.measures
    amount = m.amount("award")
    got: dict[int, tuple[Fraction, int]] = {}
    for row in found.plan.options.tolist():
        p = int(m.project[row])
        before = got.get(p, (Fraction(0), 9999))
        got[p] = (before[0] + Fraction(int(amount[row])), min(before[1], int(m.start_year[row])))
    return got


def _swaps(opened: Session, found: Answer) -> tuple[tuple[Swap, ...], tuple[Swap, ...], tuple[Swap, ...]]:
    """Projects that leave, enter and change."""
    before, after = awards(opened.base), awards(found)
    names = opened.case.inputs.projects["project_name"].tolist()

    def swaps(projects: Iterable[int]) -> tuple[Swap, ...]:
        made = []
        for p in projects:
            (old, since), (new, then) = before.get(p, (Fraction(0), None)), after.get(p, (Fraction(0), None))
            made.append(Swap(opened.ids[p], str(names[p]), units(opened, old), units(opened, new), since, then))
        return tuple(sorted(made, key=lambda s: (-abs(s.after - s.before), s.project_id)))

    both = before.keys() & after.keys()
    changed = (p for p in both if before[p] != after[p])
    return swaps(before.keys() - after.keys()), swaps(after.keys() - before.keys()), swaps(changed)


def _binding(opened: Session, found: Answer) -> Iterable[str]:
    """Limits that another plan takes to their bounds, those first that were not there; and money used up to the last."""
    rows = limits_table(found.case, found.plan)
    was = limits_table(opened.case, opened.base.plan)
    before = {(r["limit"], r["group"]) for _, r in was[was["binding"] == 1].iterrows()}
    tight = [(r["limit"], r["group"]) for _, r in rows[rows["binding"] == 1].iterrows()]
    for limit, group in sorted(tight, key=lambda pair: pair in before):
        yield f"{limit} [{group}]" if group else str(limit)
    config, fen, years = found.case.loaded.config, found.case.money.fen_per_unit, opened.model.numbers.years
    for s, name in enumerate(config.sources):
        paid = found.plan.draws[s].sum(axis=0).tolist() if len(found.plan.draws) else [0] * len(years)
        if not any(b.lapsed for b in balances(config, fen, name, paid)):
            yield f"sources.{name}"

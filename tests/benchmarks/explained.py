"""Counterfactuals of the demo against full independent runs, and the reasons of all losers against the clock.

    python -m tests.benchmarks.explained            # 30 losers and 30 winners, drawn with seed 0
    python -m tests.benchmarks.explained --size 5

Each project drawn is forced in (or out) by `allocator.explain`, and the demo is made anew, from its files, with the
same lock. Both plans carry a bound; they agree when neither exceeds the other's bound and they differ by no more
than the gap asked.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from random import Random

import typer

import allocator
from allocator.messages.watch import Watch
from allocator.questions.explain import explain_all
from allocator.questions.explain.counterfactual import compare
from allocator.questions.session import Session
from allocator.runs import folder as run_folder

DEMO = Path(__file__).parents[2] / "configs" / "guangxi.yaml"
LIMIT = 10.0
"""Times one solve that the reasons of all losers may take."""


def main() -> None:
    """Run both comparisons and print one line each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--size", type=int, default=30)
    size = parser.parse_args().size
    with tempfile.TemporaryDirectory() as folder:
        plan = allocator.run(DEMO, out=folder)
        assert plan.folder is not None
        everyone(plan)
        opened = Session.of(run_folder.read(plan.folder))
        m = opened.case.measures
        fixed = set(m.project[m.committed].tolist()) | set(opened.case.links.must_fund)
        fixed |= set(opened.case.links.must_not)
        with_options = set(m.project[opened.case.usable].tolist())
        losers = sorted(with_options - opened.base.funded - fixed)
        winners = sorted(opened.base.funded - fixed)
        luck = Random(0)
        for inside, drawn in ((True, losers), (False, winners)):
            chosen = luck.sample(drawn, min(size, len(drawn)))
            agree = [agrees(opened, p, inside=inside) for p in chosen]
            typer.echo(
                f"{'losers forced in' if inside else 'winners left out'}: {sum(agree)} of {len(agree)} agree",
            )


def everyone(plan: allocator.Solution) -> None:
    """Every loser has one reason, and all together take less than ten times one solve."""
    started = time.perf_counter()
    assert plan.folder is not None
    found = explain_all(plan.folder)
    took, solve = time.perf_counter() - started, plan.timings["solve"]
    lost = plan.projects[plan.projects["funded"] == 0]["project_id"].tolist()
    one = sorted(lost) == sorted(found.table["project_id"]) and bool((found.table["reason_code"] != "").all())
    typer.echo(
        f"reasons of {len(lost)} losers, one each: {one}; {took:.1f} s = {took / solve:.1f} x one solve of {solve:.1f} s"
    )
    assert one
    assert took < LIMIT * solve


def agrees(opened: Session, p: int, *, inside: bool) -> bool:
    """Whether a counterfactual and a plan made anew agree within the gap."""
    project, links, ids = opened.ids[p], opened.case.links, opened.ids
    locks = {"must_fund": [ids[q] for q in links.must_fund], "must_not": [ids[q] for q in links.must_not]}
    locks["must_fund" if inside else "must_not"].append(project)
    overrides = [f"locks.{key}=[{', '.join(names)}]" for key, names in locks.items()]
    told, found = compare(opened, p, Watch(300), inside=inside)
    try:
        fresh = allocator.solve(allocator.load(DEMO, overrides=overrides))
    except allocator.Infeasible:
        return found is None
    if found is None or told.falls is None:
        return False
    fen = opened.case.money.fen_per_unit
    value, bound = float(found.value) / fen, found.bound / fen
    slack = 1e-9 * abs(value)
    within = abs(value - float(fresh.objective)) <= opened.gap * abs(value)
    agree = within and value <= float(fresh.bound) + slack and float(fresh.objective) <= bound + slack
    typer.echo(
        f"  {project}: falls by {told.falls}, anew {float(opened.base.value) / fen - float(fresh.objective):.2f} {agree}"
    )
    return agree


if __name__ == "__main__":
    main()

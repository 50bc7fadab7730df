"""The reason and the cost bound of every candidate that lost, in one go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from allocator.messages import Message, say
from allocator.messages.errors import Interrupted, NoPlanInTime
from allocator.messages.watch import Watch
from allocator.questions.explain.answers import Reason, coded
from allocator.questions.explain.reason import Reasons
from allocator.questions.session import Session
from allocator.report.amounts import padded, width
from allocator.report.chapters.goal import money_of_goal, worth
from allocator.report.names import Names
from allocator.runs.stored_tables import plain, write_table

FILE = "explain.csv"
COLUMNS = (
    "project_id",
    "project_name",
    "region",
    "category",
    "reason_code",
    "reason",
    "rule",
    "cost_at_least",
    "behind_at_prices",
)
LINES = 14
"""Lines of losers on the terminal; all are in the file."""


@dataclass(frozen=True, eq=False)
class Losers:
    """Why every candidate that lost did; ``table`` has one row each, amounts in the config's unit."""

    run_id: str
    table: pd.DataFrame
    file: Path
    seconds: float
    language: str
    opened: Session
    left: int = 0
    """How many were not answered, since the user stopped."""

    def text(self) -> str:
        """One screen: how many for which reason, and those that came closest."""
        language, money = self.language, money_of_goal(self.opened.run)
        head = say("explain.all_head", language, run=self.run_id, count=len(self.table), seconds=f"{self.seconds:.1f}")
        counts = Counter(self.table["reason_code"])
        lines = [
            head,
            *(f"  {coded(code, language)}: {n}" for code, n in counts.most_common()),
        ]
        rows = self.table[self.table["behind_at_prices"].notna()].sort_values("behind_at_prices", kind="stable")
        if len(rows):
            lines += ["", say("explain.all_closest", language)]
        cells = [
            (r["project_id"], r["project_name"], say(f"explain.code_{r['reason_code']}", language),
             worth(float(r["behind_at_prices"]), money, language))
            for _, r in rows.head(LINES).iterrows()
        ]  # fmt: skip
        widths = [max(width(row[n]) for row in cells) for n in range(4)] if cells else []
        lines += [
            "  " + "  ".join(padded(c, w, right=n == 3) for n, (c, w) in enumerate(zip(r, widths, strict=True)))
            for r in cells
        ]
        if self.left:
            told = {"count": len(self.table), "whole": len(self.table) + self.left}
            lines += ["", say("explain.all_stopped", language, **told)]
        return "\n".join([*lines, "", say("cli.wrote", language, file=self.file)])

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain values, for machines."""
        rows = self.table.astype(object).where(self.table.notna(), None).to_dict("records")
        return {
            "run_id": self.run_id,
            "losers": rows,
            "file": str(self.file),
            "seconds": self.seconds,
            "left": self.left,
        }


def all_losers(opened: Session, watch: Watch, language: str) -> Losers:
    """Find and store the reason of every candidate that lost."""
    reasons = Reasons(opened, watch, language)
    lost = [p for p in range(len(opened.ids)) if p not in opened.base.funded]
    found = list(answered(reasons, lost, watch))
    if lost and not found:
        raise Interrupted([Message("cli.nothing_known")])
    rows = [_row(opened, p, reason, language) for p, reason in found]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    path = opened.run.folder / FILE
    _write(path, table)
    table = table.assign(**{name: pd.to_numeric(table[name]) for name in COLUMNS[-2:]})
    return Losers(opened.run.run_id, table, path, watch.seconds, language, opened, len(lost) - len(found))


def answered(reasons: Reasons, lost: Sequence[int], watch: Watch) -> Iterator[tuple[int, Reason]]:
    """The reason of one project after the other, until the user stops; what was being asked then is not answered."""
    for number, p in enumerate(lost, 1):
        watch.tell(f"explain {number:,}/{len(lost):,}")
        try:
            reason = reasons.of(p)
        except NoPlanInTime:
            if not watch.stop.is_set():
                raise
        if watch.stop.is_set():
            return
        yield p, reason


def _row(opened: Session, p: int, reason: Reason, language: str) -> Sequence[object]:
    project = opened.case.inputs.projects.iloc[p]
    head = [str(project[name]) for name in COLUMNS[:4]]
    return [
        *head,
        reason.code,
        Names(opened.case.loaded.config, language).message(reason.words).text(language),
        reason.rule,
        reason.at_least,
        reason.at_prices,
    ]


def _write(path: Path, table: pd.DataFrame) -> None:
    write_table(path, pd.DataFrame({name: [plain(value) for value in table[name]] for name in table}))

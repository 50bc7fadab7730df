"""The decision memo: one page that says what is decided, what it brings, how sure that is, and what was left out.

The same lines are written as a page and as Markdown.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from allocator.messages import say
from allocator.report import html
from allocator.report.amounts import amount, percent
from allocator.report.chapters import debt, flags, risk, sensitivity
from allocator.report.chapters.assumption_names import assumption
from allocator.report.chapters.flows import balances, causes
from allocator.report.chapters.goal import aim
from allocator.report.chapters.rule_names import at_bound, missed
from allocator.report.chapters.structure import shares
from allocator.report.headline import funded, goal_value, leverage, sense_of, spent, status, total
from allocator.report.summary import bound_line, categories
from allocator.report.view import INVESTMENTS, View

if TYPE_CHECKING:
    from pathlib import Path

    from allocator.report.sections import Report

MOST = 5
"""Rules, reasons, projects or assumptions that one page has room for."""
LONGEST = 240
"""Characters of one line; the report has the rest."""
SPECIAL = re.compile(r"([\\`*_\[\]#|~]|^[-+=>]|(?<=^\d)\.)")


@dataclass(frozen=True)
class Memo:
    """The memo: title, what is proved, and its paragraphs."""

    language: str
    title: str
    status: str
    subtitle: str
    parts: tuple[tuple[str, tuple[str, ...]], ...]


def build(report: Report) -> Memo:
    """The memo of a report."""
    view = report.view
    makers = (decided, brings, sure, binds, left_out, risks)
    parts = tuple((view.say(f"memo_{make.__name__}"), tuple(cut(view, line) for line in make(view))) for make in makers)
    return Memo(report.language, report.title, report.status, report.subtitle, parts)


def cut(view: View, line: str) -> str:
    """A line that fits, with a sign where it was cut."""
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + view.say("memo_cut")


def decided(view: View) -> list[str]:
    """What is maximised, how many projects are funded, and from which money."""
    money, language = view.run.money, view.language
    counts = {"funded": f"{funded(view):,}", "candidates": f"{len(view.tables['projects']):,}"}
    objective, bound = goal_value(view)
    lines = [view.say(f"memo_goal{sense_of(view.run)}", aim=aim(view), objective=objective, bound=bound)]
    lines += [view.say("memo_projects", award=amount(total(view, "award"), money, language), **counts, **spent(view))]
    for key, name in view.source_names.items():
        if total(view, key):
            lines.append(view.say("memo_source", source=name, amount=amount(total(view, key), money, language)))
    return lines + [line for _, line in categories(view)]


def brings(view: View) -> list[str]:
    """The three leverages with what each means, upgrading, and what changes in the structure."""
    money, language = view.run.money, view.language
    lines = [
        view.say(
            f"memo_investment{new}",
            name=view.say(f"column_{column}"),
            amount=amount(total(view, column), money, language) + sensitivity.range_note(view, column, "in_range"),
            times=share,
            meaning=view.say(f"meaning_{column}"),
        )
        for column, (share, new) in ((column, leverage(view, column)) for column in INVESTMENTS)
    ]
    found = view.once(shares)
    if len(found):
        moves = found.reindex(found["change"].abs().sort_values(ascending=False, kind="stable").index).head(3)
        told = [
            view.say("memo_move", part=part, before=percent(before, 1), after=percent(after, 1))
            for part, before, after in zip(moves["indicator"], moves["before"], moves["after"], strict=True)
        ]
        lines.append(view.say(f"memo_structure{'_given' if view.config.report.before else ''}", moves=told))
    return lines


def sure(view: View) -> list[str]:
    """What is proved, what was checked, and which files prove it."""
    lines = [status(view.run, view.language), *filter(None, [sensitivity.about(view)])]
    checked = view.run.folder / "verification.json"
    if checked.is_file():
        lines.append(view.say("memo_checked", checks=f"{json.loads(checked.read_text(encoding='utf-8'))['checks']:,}"))
    return [*lines, view.say("memo_estimates")]


def binds(view: View) -> list[str]:
    """What is missed, the rules at their bound, and money that lapses."""
    short, rows = missed(view), at_bound(view)
    lines = [view.say("memo_missed", rule=bound_line(view, row)) for _, row in short.head(MOST).iterrows()]
    lines += [bound_line(view, row) for _, row in rows.head(MOST).iterrows()] or [view.say("summary_no_binding")]
    if len(rows) > MOST:
        lines.append(view.say("summary_more", count=len(rows) - MOST))
    return lines + lapsed(view)


def lapsed(view: View) -> list[str]:
    """What lapses by source, with the cause in the last year in which it does."""
    rows = view.once(balances)
    rows = rows[rows["lapse"] > 0]
    lines = []
    for key, group in rows.groupby("key", sort=False):
        last = group.iloc[-1]
        is_last = int(last["year"]) == view.config.years[-1]
        told = causes(view, str(key), int(last["year"]), float(last["carry"]), last=is_last)
        lapse = amount(float(group["lapse"].sum()), view.run.money, view.language)
        lines.append(
            view.say(
                "memo_lapse", source=view.source_names[str(key)], amount=lapse, cause=view.say("joiner").join(told)
            )
        )
    return lines


def left_out(view: View) -> list[str]:
    """Why the others have nothing, and the largest of them."""
    rows = view.tables["projects"]
    rows = rows[rows["funded"] == 0]
    counts = rows["reason_code"].value_counts()
    told = [
        view.say("memo_reason", reason=view.say(f"reason_{code}"), count=f"{count:,}")
        for code, count in counts.head(MOST).items()
    ]
    lines = [view.say("memo_without", count=f"{len(rows):,}", reasons=told)] if told else [view.say("none")]
    known = rows[rows["leveraged_investment"].notna()] if "leveraged_investment" in rows.columns else rows.head(0)
    for _, row in known.nlargest(3, "leveraged_investment").iterrows():
        lines.append(
            view.say(
                "memo_loser",
                project=f"{row['project_id']} {row['project_name']}",
                amount=amount(float(row["leveraged_investment"]), view.run.money, view.language),
                reason=view.say(f"reason_{row['reason_code']}"),
            )
        )
    return lines


def risks(view: View) -> list[str]:
    """What falls due later, debt, warnings and bad outcomes, what was assumed, and where to read on."""
    paid = view.tables["payments"]
    later = float(paid.loc[~paid["year"].isin(view.config.years), "amount"].sum())
    lines = []
    if later:
        due = amount(later, view.run.money, view.language)
        lines.append(view.say("summary_later", amount=due, year=view.config.years[-1]))
    said = [*debt.lines(view), *flags.lines(view), *risk.lines(view)[-MOST:]]
    lines += [f"{label}{view.say('memo_colon')}{text}" if label else text for label, text in said]
    lines += sensitivity.matters(view)
    lines += [assumption(view.names, message) for message in view.run.assumptions[:MOST]]
    left = len(view.run.assumptions) - MOST
    if left > 0:
        lines.append(view.say("summary_more", count=left))
    return [*lines, view.say("memo_factors"), view.say("memo_more", notices=len(view.run.notices))]


def write_page(memo: Memo, path: Path) -> None:
    """The memo as a page."""
    text = html.page("memo.html.j2", memo.language, has_charts=False, title=memo.title, memo=memo)
    path.write_text(text, encoding="utf-8", newline="\n")


def write_markdown(memo: Memo, path: Path) -> None:
    """The memo as Markdown."""
    title = say("report.memo_title", memo.language, title=memo.title)
    lines = [f"# {plain(title)}", "", f"**{plain(memo.status)}**", "", plain(memo.subtitle)]
    for heading, items in memo.parts:
        lines += ["", f"## {heading}", "", *(f"- {plain(item)}" for item in items)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def plain(text: str) -> str:
    """Text that Markdown shows as it is: on one line, without markup of its own."""
    text = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return SPECIAL.sub(r"\\\1", text)

"""A comparison as one screen of text."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from allocator.messages import say
from allocator.questions.compare.layout import group_name, headline, input_words, named, names_of, said_of
from allocator.report.amounts import grouped, padded, width
from allocator.report.chapters.goal import worth

if TYPE_CHECKING:
    from allocator.questions.compare.difference import Difference

MOST = 9
"""Lines of each kind on the screen; the files have all."""


def render(difference: Difference, language: str) -> str:
    """The whole comparison of two runs."""
    pair = difference.pair
    head = say("compare.head", language, before=pair.before.run_id, after=pair.after.run_id)
    parts = [[head, said_of(difference, language), *(notice.text(language) for notice in difference.notices)]]
    parts += [inputs(difference, language), figures(difference, language), attribution(difference, language)]
    parts += [awards(difference, language), limits(difference, language)]
    return "\n\n".join("\n".join(part) for part in parts if part)


def titled(key: str, language: str, lines: list[str]) -> list[str]:
    """Lines under the title of their table; of many the first ones."""
    if not lines:
        return []
    left = len(lines) - MOST
    more = [say("compare.more", language, count=left)] if left > 0 else []
    return [say(f"compare.table_{key}", language), *(f"  {line}" for line in (*lines[:MOST], *more))]


def inputs(difference: Difference, language: str) -> list[str]:
    """The inputs that differ."""
    lines = []
    rows = input_words(difference.tables["differences"], names_of(difference, language))
    for kind, name, what, before, after, origin_before, origin_after in rows.itertuples(index=False, name=None):
        of_config = kind == "config"
        item = name if of_config else f"{named(f'kind_{kind}', kind, language)} {name}"
        cell = "" if of_config else f" {what}"
        origin = f"  ({origin_after or origin_before})" if origin_after or origin_before else ""
        lines.append(f"{item}{cell}: {before or '–'} → {after or '–'}{origin}")
    return titled("differences", language, lines)


def figures(difference: Difference, language: str) -> list[str]:
    """The headline of both."""
    shown = headline(difference, language)
    column = max(width(figure.label) for figure in shown) + 2
    lines = [
        f"{padded(figure.label, column)}{figure.value}  {figure.note}"
        + (f"  {figure.meaning}" if figure.meaning else "")
        for figure in shown
    ]
    return titled("figures", language, lines)


def attribution(difference: Difference, language: str) -> list[str]:
    """What each group of changes did to the goal."""
    terms = difference.tables.get("attribution")
    if terms is None:
        return []
    money, lines = difference.pair.money_of_goal, []
    for row in terms[terms["figure"] == "objective"].itertuples():
        value = float(row.amount)  # type: ignore[arg-type]
        sign = "+" if value > 0 else ""
        unclear = "" if row.distinguishable != 0 else f"  {say('compare.clear_0', language)}"
        group = group_name(str(row.group), names_of(difference, language))
        lines.append(f"{group}: {sign}{worth(value, money, language)}{unclear}")
    return titled("attribution", language, lines)


def awards(difference: Difference, language: str) -> list[str]:
    """How many projects came in, left, or got something else."""
    counts = Counter(difference.tables["awards"]["change"])
    lines = [
        say("compare.count_line", language, change=named(f"change_{change}", change, language), count=grouped(count, 0))
        for change, count in counts.items()
    ]
    return titled("awards", language, lines)


def limits(difference: Difference, language: str) -> list[str]:
    """The rules that bind in one plan only."""
    names = names_of(difference, language)
    rows = difference.tables["limits"][["limit", "group", "binds_in"]].astype(str)
    lines = [
        f"{names.rule(name, group)}: {named(f'binds_in_{side}', side, language)}"
        for name, group, side in rows.itertuples(index=False, name=None)
    ]
    return titled("limits", language, lines)

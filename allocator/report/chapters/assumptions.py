"""The judgements a plan rests on: every factor, response and score with where it was written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from allocator.config.keys.elasticity import Band
from allocator.options.screening.capital import asked_by, built_in
from allocator.report.chapters.assumption_names import FACTORS
from allocator.report.view import Table, View

SIGN = " / "


def judgements(view: View) -> Table | None:
    """What every factor is taken to be; other values give another plan."""
    rows = [*factors(view), *responses(view), *scores(view), *capital(view)]
    if not rows:
        return None
    frame = pd.DataFrame(rows, columns=["judgement", "case", "number", "origin"])
    columns = (
        *view.columns("judgement", "case"),
        *view.columns("number", kind="number"),
        *view.columns("origin"),
    )
    return view.table("judgements", columns, frame)


def factors(view: View) -> Iterator[list[Any]]:
    """The three leverage factors, case by case, from the config or from their table."""
    for name in FACTORS:
        factor = getattr(view.config.leverage, name)
        if factor is None:
            continue
        label = view.say(f"judgement_{name}")
        seen = observed(view) if name == "realisation" else {}
        yield from ([label, case, value, origin(view, "progress")] for case, value in seen.items())
        by = [factor.by] if isinstance(factor.by, str) else list(factor.by)
        if factor.file is not None:
            table = view.inputs.factors[factor.file]
            place = origin(view, f"leverage.{name}.file")
            for case, value in zip(table[by].astype(str).to_numpy().tolist(), table["value"], strict=True):
                if case_text(view, by, case) not in seen:
                    yield [label, case_text(view, by, case), float(value), place]
        key, values = factor.listed
        if key == "elasticity":
            label = view.say("judgement_elasticity")
            yield from elasticities(view, label, by, factor.elasticity)
            values = {}
        for path, value in leaves(values):
            place = origin(view, ".".join(["leverage", name, "values", *path]))
            if case_text(view, by, path) not in seen:
                yield [label, case_text(view, by, path), float(value), place]
        if factor.default is not None:
            yield [
                label,
                view.say("judgement_default"),
                float(factor.default),
                origin(view, f"leverage.{name}.default"),
            ]


def elasticities(view: View, label: str, by: list[str], values: Mapping[str, Any]) -> Iterator[list[Any]]:
    """The central elasticity of every case, and how far it may be off."""
    for path, value in leaves(values):
        case, band = case_text(view, by, path), isinstance(value, Band)
        low, high = (value.low, value.high) if band else (None, None)
        if low is not None and high is not None:
            case = view.say("judgement_range", case=case, low=f"{float(low):g}", high=f"{float(high):g}")
        place = origin(view, ".".join(["leverage.additionality.elasticity", *path, *(["central"] if band else [])]))
        yield [label, case, float(value.central if band else value), place]


def observed(view: View) -> dict[str, float]:
    """Case → share of realised projects that takes the place of the config's value."""
    if "realisation" not in view.tables:
        return {}
    rows = view.tables["realisation"]
    rows = rows[rows["source"] == "progress"]
    return {str(case): float(value) for case, value in zip(rows["value"], rows["used"], strict=True)}


def leaves(values: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every number of nested mappings with the keys that lead to it."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from leaves(value, (*above, str(key)))
        else:
            yield (*above, str(key)), value


def case_text(view: View, by: list[str], case: Any) -> str:
    """A case in words: names instead of keys of instruments."""
    return SIGN.join(
        view.instrument_names.get(value, value) if attribute == "instrument" else value
        for attribute, value in zip(by, case, strict=False)
    )


def responses(view: View) -> Iterator[list[Any]]:
    """The corner points of the response curves: the common one, then those of instruments."""
    curves = {"leverage": view.config.leverage.response}
    curves |= {f"instruments.{key}": instrument.response for key, instrument in view.config.instruments.items()}
    for path, corners in curves.items():
        whose = [view.instrument_names.get(key, key) for key in path.split(".")[1:]]
        for number, (share, effect) in enumerate(corners):
            case = SIGN.join((*whose, view.say("judgement_response_at", share=f"{float(share) * 100:g}%")))
            yield [view.say("judgement_response"), case, float(effect), origin(view, f"{path}.response.{number}.1")]


def scores(view: View) -> Iterator[list[Any]]:
    """The points of the structure score."""
    rule = view.config.upgrading
    for path, points in leaves(rule.criteria if rule is not None else {}):
        case = SIGN.join((view.names.column(path[0]), *path[1:]))
        yield [view.say("judgement_score"), case, float(points), origin(view, ".".join(["upgrading.criteria", *path]))]


def capital(view: View) -> Iterator[list[Any]]:
    """The least shares of own capital by industry, where they are asked for: the planner's own, then those built in."""
    if not any(asked_by(view.config)):
        return
    label, rule = view.say("judgement_capital"), view.config.capital_ratios
    for code, ratio in rule.own.items():
        yield [label, code, float(ratio), origin(view, f"capital_ratios.own.{code}")]
    for line in built_in():
        case = SIGN.join((line.code, line.industry[view.language]))
        yield [label, case, float(line.ratio), f"{line.source} ({line.grade})"]
    yield [label, view.say("judgement_default"), float(rule.default), origin(view, "capital_ratios.default")]


def origin(view: View, path: str) -> str:
    """Where a value was written; its key in the config where that is not known."""
    found = view.run.manifest.get("origins", {}).get(path, "default")
    return view.names.path(path) if found == "default" else str(found)

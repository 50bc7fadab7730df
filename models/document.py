"""Print the mathematics from the rules themselves: nothing in `models/README.md` is written by hand.

`python -m models.document` writes it; `--check` exits 1 when it is not current.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pyomo.core.expr.template_expr import IndexTemplate, TemplateSumExpression

from models.equation import Equation
from models.formulation import EQUATIONS, GOAL, template
from models.symbols import PARAMETERS, SET, SETS, VARIABLES

LATEX = {p.name: p.latex for p in PARAMETERS} | {v.name: rf"\mathbf{{{v.latex}}}" for v in VARIABLES}
TARGET = Path(__file__).with_name("README.md")


class Formula:
    """Prints one template as LaTeX."""

    def __init__(self) -> None:
        self.letters: dict[int, str] = {}

    def letter(self, index: IndexTemplate) -> str:
        """The letter of an index, primed when another index of the formula already has it."""
        if index._id not in self.letters:
            name, place = _set_of(index)
            letter = SET[name].letters[place]
            while letter in self.letters.values():
                letter += "'"
            self.letters[index._id] = letter
        return self.letters[index._id]

    def membership(self, indices: Sequence[IndexTemplate]) -> str:
        """Where index letters run, as in `o ∈ OPTIONS_OF_p`."""
        letters = ", ".join(self.letter(i) for i in indices)
        owner = indices[0]._set
        text = f"({letters})" if len(indices) > 1 else letters
        if owner.is_expression_type():
            name = rf"{_name(owner.arg(0).name)}_{{{', '.join(self.print(a) for a in owner.args[1:])}}}"
        else:
            name = _name(_set_of(indices[0])[0])
        return rf"{text} \in {name}"

    def where(self, indices: Sequence[IndexTemplate]) -> str:
        """For which members an equation holds."""
        groups: list[list[IndexTemplate]] = []
        for i in indices:
            new = not groups or _set_of(i)[1] == 0
            groups.append([i]) if new else groups[-1].append(i)
        return r",\; ".join(self.membership(g) for g in groups)

    def print(self, e: Any, inner: bool = False) -> str:
        """LaTeX of an expression; a sum stands in brackets when it is ``inner`` to a product."""
        kind = type(e).__name__
        if isinstance(e, IndexTemplate):
            return self.letter(e)
        if isinstance(e, (int, float)):
            return f"{e:g}"
        if isinstance(e, TemplateSumExpression):
            domains = r",\; ".join(self.membership(group) for group in e.template_iters())
            text = rf"\sum_{{{domains}}} {self.print(e.template_args()[0], True)}"
            return f"({text})" if inner else text
        if "GetItem" in kind:
            return f"{_symbol(e.arg(0).name)}_{{{', '.join(self.print(a) for a in e.args[1:])}}}"
        if kind == "EqualityExpression":
            return f"{self.print(e.args[0])} = {self.print(e.args[1])}"
        if kind == "InequalityExpression":
            left, right = e.args
            if not _has_variable(left):  # Pyomo turns a >= b into b <= a; put the variables back on the left
                return rf"{self.print(right)} \ge {self.print(left)}"
            return rf"{self.print(left)} \le {self.print(right)}"
        if "Negation" in kind:
            return self.minus(e.args[0])
        if "Product" in kind or "Monomial" in kind:
            if isinstance(e.args[0], (int, float)) and e.args[0] == -1:
                return self.minus(e.args[1])
            return r"\, ".join(self.print(a, True) for a in e.args)
        if "Sum" in kind or "Linear" in kind:
            text = " + ".join(self.print(a) for a in e.args).replace("+ -", "- ")
            return f"({text})" if inner else text
        raise NotImplementedError(kind)

    def minus(self, e: Any) -> str:
        """A part that is subtracted; a minus sign reaches over a whole sum with its sum sign."""
        return "-" + self.print(e, not isinstance(e, TemplateSumExpression))


def _set_of(index: IndexTemplate) -> tuple[str, int]:
    """The named set an index runs over, and its place among that set's letters."""
    owner, place = index._set, index._index or 0
    if owner.is_expression_type():
        return owner.arg(0).name, place
    for factor in owner.subsets():
        if place < (factor.dimen or 1):
            return factor.name, place
        place -= factor.dimen or 1
    raise IndexError(index)


def _has_variable(e: Any) -> bool:
    return not isinstance(e, (int, float)) and e.is_potentially_variable()


def _name(name: str) -> str:
    return rf"\mathrm{{{name.replace('_', chr(92) + '_')}}}"


def _symbol(name: str) -> str:
    latex = LATEX[name]
    return latex if "^" not in latex else f"{{{latex}}}"


def formula(eq: Equation) -> str:
    """LaTeX of one equation with its "for all"."""
    expression, indices = template(eq)
    printer = Formula()
    where = printer.where(indices)
    text = printer.print(expression)
    return text + (rf" \qquad \forall\, {where}" if where else "")


def _symbol_rows() -> list[str]:
    lines = ["## Sets", "", "| set | index | meaning |", "|---|---|---|"]
    for s in SETS:
        over = f"[{', '.join(s.over)}]" if s.over else ""
        lines.append(f"| `{s.name}{over}` | ${', '.join(s.letters)}$ | {s.doc} |")
    for title, symbols in (("Parameters", PARAMETERS), ("Variables", VARIABLES)):
        lines += ["", f"## {title}", "", "| symbol | name | unit | meaning |", "|---|---|---|---|"]
        for q in symbols:
            letters = ", ".join(SET[o].letters[0] for o in q.over)
            sub = f"_{{{letters}}}" if letters else ""
            lines.append(f"| ${_symbol(q.name)}{sub}$ | `{q.name}` | {q.unit} | {q.doc} |")
    return lines


def document() -> str:
    """The whole model as Markdown: symbols, goal, and every equation in reading order."""
    lines = [
        "# The model",
        "",
        "Generated from the code by `python -m models.document`; change the rules, not this file.",
        "Variables are bold. Money is counted in a power of ten of 0.01 yuan.",
        "",
        *_symbol_rows(),
        "",
        "## Goal",
        "",
        f"**`{GOAL.name}`**: {GOAL.caption}",
        "",
        f"$$\\max\\; {formula(GOAL)}$$",
    ]
    chapter = ""
    for number, eq in enumerate(EQUATIONS, 1):
        if eq.chapter != chapter:
            chapter = eq.chapter
            purpose = (sys.modules[eq.rule.__module__].__doc__ or "").strip().split("\n")[0]
            lines += ["", f"## {chapter.capitalize()}", "", purpose]
        lines += ["", f"**({number}) `{eq.name}`**: {eq.caption}", "", f"$${formula(eq)}$$"]
        if eq.assumption:
            lines += ["", eq.assumption]
        if eq.source:
            lines += ["", f"Source: {eq.source}."]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Write the document, or with ``--check`` say whether it is current."""
    text = document()
    if "--check" in arguments:
        return int(not TARGET.exists() or TARGET.read_text("utf-8") != text)
    TARGET.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

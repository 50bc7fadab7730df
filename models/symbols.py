"""The vocabulary of the model: every set, parameter and variable, once. Read this file first.

Members of all sets are positions 0, 1, 2, … in the planner's tables; their names are kept beside them
as labels. Letters are unique, so an index letter means the same in every formula.
Money inside the model is counted in a power of ten of 0.01 yuan chosen by `allocator.optimise.instance`.
"""

from __future__ import annotations

from models import symbols_risk
from models.symbol import MEASURE, MONEY, ONE, PRICE, RATE, Index, Parameter, Variable

__all__ = [
    "MEASURE",
    "MONEY",
    "ONE",
    "PARAMETER",
    "PARAMETERS",
    "PRICE",
    "RATE",
    "SET",
    "SETS",
    "VARIABLE",
    "VARIABLES",
    "Index",
    "Parameter",
    "Variable",
]

SETS: tuple[Index, ...] = (
    Index(name="PROJECTS", letters=("p",), doc="Candidate projects."),
    Index(name="OPTIONS", letters=("o",), doc="Options: instrument × start year × award level of one project."),
    Index(name="YEARS", letters=("t",), doc="Years in which money is paid: the plan years, then the tail."),
    Index(name="SOURCES", letters=("s",), doc="Sources of money."),
    Index(name="CLASSES", letters=("k",), doc="Payments that the same sources may pay and the same limits touch."),
    Index(name="GROUPS", letters=("g",), doc="Groups of options whose sum is measured for a limit, target or share."),
    Index(name="FLOORS", letters=("l",), doc="Lower bounds that must hold."),
    Index(name="CAPS", letters=("c",), doc="Upper bounds that must hold."),
    Index(name="PRICED_FLOORS", letters=("a",), doc="Lower bounds whose shortfall has a price."),
    Index(name="PRICED_CAPS", letters=("b",), doc="Upper bounds whose excess has a price."),
    Index(name="EXCLUSIVE", letters=("e",), doc="Rules by which at most one of several projects is funded."),
    Index(name="ONE_OF", letters=("n",), doc="Rules by which exactly one of several projects is funded."),
    Index(name="EARLIER_GOALS", letters=("j",), doc="Goals that come before the present one in lexicographic order."),
    Index(name="NODES", letters=("h",), doc="Nodes of industrial chains."),
    Index(name="BUNDLES", letters=("y",), doc="Projects that bring more, or less, together than each alone."),
    Index(name="FIRST_YEAR", letters=("t",), of=("YEARS",), doc="The first plan year."),
    Index(name="PLAN_YEARS", letters=("t",), of=("YEARS",), doc="Years of the plan."),
    Index(name="LATER_YEARS", letters=("t",), of=("YEARS",), doc="Plan years after the first."),
    Index(name="TAIL_YEARS", letters=("t",), of=("YEARS",), doc="Years after the plan in which awards are still paid."),
    Index(name="CANDIDATES", letters=("p",), of=("PROJECTS",), doc="Projects that have an option."),
    Index(name="MUST_FUND", letters=("p",), of=("PROJECTS",), doc="Projects that must be funded."),
    Index(name="COMMITTED", letters=("o",), of=("OPTIONS",), doc="Awards promised before."),
    Index(
        name="REQUIRES", letters=("p", "q"), of=("PROJECTS", "PROJECTS"), doc="Pairs (p, q): p only together with q."
    ),
    Index(
        name="REQUIRES_EARLIER",
        letters=("p", "q", "t", "u"),
        of=("PROJECTS", "PROJECTS", "YEARS", "YEARS"),
        doc="(p, q, t, u): p may have started by year t only if q has started by year u, the lag earlier.",
    ),
    Index(name="TOGETHER", letters=("p", "q"), of=("PROJECTS", "PROJECTS"), doc="Pairs funded together or not at all."),
    Index(
        name="SAME_INSTRUMENT",
        letters=("p", "q", "i"),
        of=("PROJECTS", "PROJECTS", "INSTRUMENTS"),
        doc="(p, q, i): p with instrument i and q with another one exclude each other.",
    ),
    Index(
        name="FUNDED_AT",
        letters=("h", "p"),
        of=("NODES", "PROJECTS"),
        doc="(h, p): project p closes node h; listed where something is lost by that, or a cap counts it.",
    ),
    Index(
        name="PARTNERS",
        letters=("y", "p"),
        of=("BUNDLES", "PROJECTS"),
        doc="(y, p): the bonus of bundle y asks for all its projects, p among them.",
    ),
    Index(name="GAINS", letters=("y",), of=("BUNDLES",), doc="Bundles with a bonus for some of their projects."),
    Index(name="LOSSES", letters=("y",), of=("BUNDLES",), doc="Bundles that lose by being joined."),
    Index(name="INSTRUMENTS", letters=("i",), doc="Instruments."),
    Index(name="OPTIONS_OF", letters=("o",), of=("OPTIONS",), over=("PROJECTS",), doc="Options of a project."),
    Index(
        name="STARTED_BY",
        letters=("o",),
        of=("OPTIONS",),
        over=("PROJECTS", "YEARS"),
        doc="Options of a project that start in or before a year.",
    ),
    Index(
        name="WITH",
        letters=("o",),
        of=("OPTIONS",),
        over=("PROJECTS", "INSTRUMENTS"),
        doc="Options of a project that use an instrument.",
    ),
    Index(
        name="WITHOUT",
        letters=("o",),
        of=("OPTIONS",),
        over=("PROJECTS", "INSTRUMENTS"),
        doc="Options of a project that use another instrument.",
    ),
    Index(
        name="OPTIONS_AT",
        letters=("o",),
        of=("OPTIONS",),
        over=("NODES",),
        doc="Options of the projects that close a chain node.",
    ),
    Index(
        name="OPTIONS_JOINED",
        letters=("o",),
        of=("OPTIONS",),
        over=("BUNDLES",),
        doc="Options of the projects of a bundle.",
    ),
    Index(
        name="PAID",
        letters=("o",),
        of=("OPTIONS",),
        over=("CLASSES", "YEARS"),
        doc="Options with a payment of a class in a year.",
    ),
    Index(name="PAYERS_OF", letters=("s",), of=("SOURCES",), over=("CLASSES",), doc="Sources that may pay a class."),
    Index(name="CLASSES_OF", letters=("k",), of=("CLASSES",), over=("SOURCES",), doc="Classes a source may pay."),
    Index(name="OPTIONS_IN", letters=("o",), of=("OPTIONS",), over=("GROUPS",), doc="Options that count in a group."),
    Index(
        name="DRAWS_IN",
        letters=("s", "k", "t"),
        of=("SOURCES", "CLASSES", "YEARS"),
        over=("GROUPS",),
        doc="Draws that count in a group.",
    ),
    Index(name="NODES_IN", letters=("h",), of=("NODES",), over=("GROUPS",), doc="Chain nodes that count in a group."),
    Index(
        name="GROUPS_OF_FLOOR", letters=("g",), of=("GROUPS",), over=("FLOORS",), doc="Groups a lower bound speaks of."
    ),
    Index(name="GROUPS_OF_CAP", letters=("g",), of=("GROUPS",), over=("CAPS",), doc="Groups an upper bound speaks of."),
    Index(
        name="GROUPS_OF_PRICED_FLOOR",
        letters=("g",),
        of=("GROUPS",),
        over=("PRICED_FLOORS",),
        doc="Groups a priced lower bound speaks of.",
    ),
    Index(
        name="GROUPS_OF_PRICED_CAP",
        letters=("g",),
        of=("GROUPS",),
        over=("PRICED_CAPS",),
        doc="Groups a priced upper bound speaks of.",
    ),
    Index(
        name="RIVALS",
        letters=("o",),
        of=("OPTIONS",),
        over=("EXCLUSIVE",),
        doc="Options of the projects that exclude each other.",
    ),
    Index(
        name="ALTERNATIVES",
        letters=("o",),
        of=("OPTIONS",),
        over=("ONE_OF",),
        doc="Options of the projects of which exactly one is funded.",
    ),
    Index(
        name="VALUED_BY",
        letters=("o",),
        of=("OPTIONS",),
        over=("EARLIER_GOALS",),
        doc="Options an earlier goal values.",
    ),
    Index(
        name="DRAWS_VALUED_BY",
        letters=("s", "k", "t"),
        of=("SOURCES", "CLASSES", "YEARS"),
        over=("EARLIER_GOALS",),
        doc="Draws an earlier goal values.",
    ),
    Index(
        name="VALUED_DRAWS",
        letters=("s", "k", "t"),
        of=("SOURCES", "CLASSES", "YEARS"),
        doc="Draws the present goal values.",
    ),
    *symbols_risk.SETS,
)

PARAMETERS: tuple[Parameter, ...] = (
    Parameter(name="value", latex="v", over=("OPTIONS",), unit=MONEY, doc="What an option adds to the goal."),
    Parameter(
        name="draw_value",
        latex="w",
        over=("SOURCES", "CLASSES", "YEARS"),
        unit=ONE,
        doc="What a unit of money of a source adds to the goal.",
    ),
    Parameter(
        name="payment",
        latex="a",
        over=("CLASSES", "YEARS", "OPTIONS"),
        unit=MONEY,
        doc="Payment an option causes in a class and year.",
    ),
    Parameter(name="budget", latex="B", over=("SOURCES", "YEARS"), unit=MONEY, doc="Budget of a source in a year."),
    Parameter(
        name="opening", latex="B^0", over=("SOURCES",), unit=MONEY, doc="Money of earlier years a source still may pay."
    ),
    Parameter(
        name="carry_share",
        latex=r"\gamma",
        over=("SOURCES",),
        unit=ONE,
        doc="Largest share of a year's money that may be carried out.",
    ),
    Parameter(
        name="carry_age",
        latex="A",
        over=("SOURCES", "YEARS"),
        unit=MONEY,
        doc="Money young enough to be carried out of a year.",
    ),
    Parameter(
        name="tail_cap",
        latex=r"\Theta",
        over=("SOURCES", "YEARS"),
        unit=MONEY,
        doc="Most that may fall due in a year after the plan.",
    ),
    Parameter(
        name="amount",
        latex="m",
        over=("GROUPS", "OPTIONS"),
        unit=MEASURE,
        doc="What an option adds to the measure of a group.",
    ),
    Parameter(
        name="per_money",
        latex="r",
        over=("GROUPS",),
        unit=RATE,
        doc="What a unit of money adds to the measure of a group.",
    ),
    Parameter(
        name="per_node",
        latex="r",
        over=("GROUPS",),
        unit=MEASURE,
        doc="What a closed chain node adds to the measure of a group.",
    ),
    Parameter(
        name="closed_value", latex="v", over=("NODES",), unit=MONEY, doc="What a closed chain node adds to the goal."
    ),
    Parameter(
        name="bonus", latex="v", over=("BUNDLES",), unit=MONEY, doc="What a joined bundle adds to the goal, or takes."
    ),
    Parameter(
        name="needed", latex="n", over=("BUNDLES",), unit=ONE, doc="How many projects of a bundle make it joined."
    ),
    Parameter(
        name="beyond",
        latex="n^+",
        over=("BUNDLES",),
        unit=ONE,
        doc="How many more than one less than needed a bundle has.",
    ),
    Parameter(
        name="floor_factor",
        latex="f",
        over=("FLOORS", "GROUPS"),
        unit=ONE,
        doc="Factor of a group in a lower bound; minus the share for its denominator.",
    ),
    Parameter(
        name="cap_factor",
        latex="f",
        over=("CAPS", "GROUPS"),
        unit=ONE,
        doc="Factor of a group in an upper bound; minus the share for its denominator.",
    ),
    Parameter(
        name="priced_floor_factor",
        latex="f",
        over=("PRICED_FLOORS", "GROUPS"),
        unit=ONE,
        doc="Factor of a group in a priced lower bound.",
    ),
    Parameter(
        name="priced_cap_factor",
        latex="f",
        over=("PRICED_CAPS", "GROUPS"),
        unit=ONE,
        doc="Factor of a group in a priced upper bound.",
    ),
    Parameter(name="lower", latex="L", over=("FLOORS",), unit=MEASURE, doc="Lower bound."),
    Parameter(name="upper", latex="U", over=("CAPS",), unit=MEASURE, doc="Upper bound."),
    Parameter(name="priced_lower", latex="L", over=("PRICED_FLOORS",), unit=MEASURE, doc="Priced lower bound."),
    Parameter(name="priced_upper", latex="U", over=("PRICED_CAPS",), unit=MEASURE, doc="Priced upper bound."),
    Parameter(
        name="shortfall_price", latex=r"\pi", over=("PRICED_FLOORS",), unit=PRICE, doc="Loss of goal per unit missing."
    ),
    Parameter(
        name="excess_price", latex=r"\pi", over=("PRICED_CAPS",), unit=PRICE, doc="Loss of goal per unit in excess."
    ),
    Parameter(
        name="earlier_value",
        latex="v",
        over=("EARLIER_GOALS", "OPTIONS"),
        unit=MONEY,
        doc="What an option adds to an earlier goal.",
    ),
    Parameter(
        name="earlier_draw_value",
        latex="w",
        over=("EARLIER_GOALS", "SOURCES", "CLASSES", "YEARS"),
        unit=ONE,
        doc="What a unit of money adds to an earlier goal.",
    ),
    Parameter(
        name="earlier_closed_value",
        latex="v",
        over=("EARLIER_GOALS", "NODES"),
        unit=MONEY,
        doc="What a closed chain node adds to an earlier goal.",
    ),
    Parameter(
        name="goal_floor",
        latex="V",
        over=("EARLIER_GOALS",),
        unit=MONEY,
        doc="Value an earlier goal keeps: what was found, less its tolerance.",
    ),
    *symbols_risk.PARAMETERS,
)

VARIABLES: tuple[Variable, ...] = (
    Variable(name="choose", latex="x", over=("OPTIONS",), domain="Binary", unit=ONE, doc="1 if the option is chosen."),
    Variable(
        name="draw",
        latex="d",
        over=("SOURCES", "CLASSES", "YEARS"),
        domain="NonNegativeReals",
        unit=MONEY,
        doc="Money of a source that pays a class in a year.",
    ),
    Variable(
        name="carry",
        latex="h",
        over=("SOURCES", "YEARS"),
        domain="NonNegativeReals",
        unit=MONEY,
        doc="Money carried out of a year.",
    ),
    Variable(
        name="lapse",
        latex="z",
        over=("SOURCES", "YEARS"),
        domain="NonNegativeReals",
        unit=MONEY,
        doc="Money of a year that is neither paid nor carried.",
    ),
    Variable(name="total", latex="T", over=("GROUPS",), domain="Reals", unit=MEASURE, doc="Measured sum of a group."),
    Variable(
        name="shortfall",
        latex="y^-",
        over=("PRICED_FLOORS",),
        domain="NonNegativeReals",
        unit=MEASURE,
        doc="What is missing from a priced lower bound.",
    ),
    Variable(
        name="excess",
        latex="y^+",
        over=("PRICED_CAPS",),
        domain="NonNegativeReals",
        unit=MEASURE,
        doc="What exceeds a priced upper bound.",
    ),
    Variable(name="closed", latex="c", over=("NODES",), domain="Binary", unit=ONE, doc="1 if a chain node is closed."),
    Variable(name="joined", latex="b", over=("BUNDLES",), domain="Binary", unit=ONE, doc="1 if a bundle is joined."),
    *symbols_risk.VARIABLES,
)

SET = {s.name: s for s in SETS}
PARAMETER = {p.name: p for p in PARAMETERS}
VARIABLE = {v.name: v for v in VARIABLES}

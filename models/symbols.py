"""The vocabulary of the model: every set, parameter and variable, once. Read this file first.

Members of all sets are positions 0, 1, 2, … in the planner's tables; their names are kept beside them
as labels. Letters are unique, so an index letter means the same in every formula.
Money inside the model is counted in a power of ten of 0.01 yuan chosen by `allocator.optimise.instance`.
"""

from __future__ import annotations

from models.symbol import MEASURE, MONEY, ONE, PRICE, RATE, Index, Parameter, Variable, index, param, variable

SETS: tuple[Index, ...] = (
    index("PROJECTS", "p", "Candidate projects."),
    index("OPTIONS", "o", "Options: instrument × start year × award level of one project."),
    index("YEARS", "t", "Years in which money is paid: the plan years, then the tail."),
    index("SOURCES", "s", "Sources of money."),
    index("CLASSES", "k", "Payments that the same sources may pay and the same limits touch."),
    index("GROUPS", "g", "Groups of options whose sum is measured for a limit, target or share."),
    index("FLOORS", "l", "Lower bounds that must hold."),
    index("CAPS", "c", "Upper bounds that must hold."),
    index("PRICED_FLOORS", "a", "Lower bounds whose shortfall has a price."),
    index("PRICED_CAPS", "b", "Upper bounds whose excess has a price."),
    index("EXCLUSIVE", "e", "Rules by which at most one of several projects is funded."),
    index("ONE_OF", "n", "Rules by which exactly one of several projects is funded."),
    index("EARLIER_GOALS", "j", "Goals that come before the present one in lexicographic order."),
    index("NODES", "h", "Nodes of industrial chains."),
    index("BUNDLES", "y", "Projects that bring more, or less, together than each alone."),
    index("FIRST_YEAR", "t", "The first plan year.", of="YEARS"),
    index("PLAN_YEARS", "t", "Years of the plan.", of="YEARS"),
    index("LATER_YEARS", "t", "Plan years after the first.", of="YEARS"),
    index("TAIL_YEARS", "t", "Years after the plan in which awards are still paid.", of="YEARS"),
    index("CANDIDATES", "p", "Projects that have an option.", of="PROJECTS"),
    index("MUST_FUND", "p", "Projects that must be funded.", of="PROJECTS"),
    index("COMMITTED", "o", "Awards promised before.", of="OPTIONS"),
    index("REQUIRES", "p q", "Pairs (p, q): p only together with q.", of="PROJECTS PROJECTS"),
    index(
        "REQUIRES_EARLIER",
        "p q t u",
        "(p, q, t, u): p may have started by year t only if q has started by year u, the lag earlier.",
        of="PROJECTS PROJECTS YEARS YEARS",
    ),
    index("TOGETHER", "p q", "Pairs funded together or not at all.", of="PROJECTS PROJECTS"),
    index(
        "SAME_INSTRUMENT",
        "p q i",
        "(p, q, i): p with instrument i and q with another one exclude each other.",
        of="PROJECTS PROJECTS INSTRUMENTS",
    ),
    index(
        "FUNDED_AT",
        "h p",
        "(h, p): project p closes node h; listed where something is lost by that, or a cap counts it.",
        of="NODES PROJECTS",
    ),
    index(
        "PARTNERS",
        "y p",
        "(y, p): the bonus of bundle y asks for all its projects, p among them.",
        of="BUNDLES PROJECTS",
    ),
    index("GAINS", "y", "Bundles with a bonus for some of their projects.", of="BUNDLES"),
    index("LOSSES", "y", "Bundles that lose by being joined.", of="BUNDLES"),
    index("INSTRUMENTS", "i", "Instruments."),
    index("OPTIONS_OF", "o", "Options of a project.", of="OPTIONS", over="PROJECTS"),
    index(
        "STARTED_BY", "o", "Options of a project that start in or before a year.", of="OPTIONS", over="PROJECTS YEARS"
    ),
    index("WITH", "o", "Options of a project that use an instrument.", of="OPTIONS", over="PROJECTS INSTRUMENTS"),
    index(
        "WITHOUT", "o", "Options of a project that use another instrument.", of="OPTIONS", over="PROJECTS INSTRUMENTS"
    ),
    index("OPTIONS_AT", "o", "Options of the projects that close a chain node.", of="OPTIONS", over="NODES"),
    index("OPTIONS_JOINED", "o", "Options of the projects of a bundle.", of="OPTIONS", over="BUNDLES"),
    index("PAID", "o", "Options with a payment of a class in a year.", of="OPTIONS", over="CLASSES YEARS"),
    index("PAYERS_OF", "s", "Sources that may pay a class.", of="SOURCES", over="CLASSES"),
    index("CLASSES_OF", "k", "Classes a source may pay.", of="CLASSES", over="SOURCES"),
    index("OPTIONS_IN", "o", "Options that count in a group.", of="OPTIONS", over="GROUPS"),
    index("DRAWS_IN", "s k t", "Draws that count in a group.", of="SOURCES CLASSES YEARS", over="GROUPS"),
    index("NODES_IN", "h", "Chain nodes that count in a group.", of="NODES", over="GROUPS"),
    index("GROUPS_OF_FLOOR", "g", "Groups a lower bound speaks of.", of="GROUPS", over="FLOORS"),
    index("GROUPS_OF_CAP", "g", "Groups an upper bound speaks of.", of="GROUPS", over="CAPS"),
    index("GROUPS_OF_PRICED_FLOOR", "g", "Groups a priced lower bound speaks of.", of="GROUPS", over="PRICED_FLOORS"),
    index("GROUPS_OF_PRICED_CAP", "g", "Groups a priced upper bound speaks of.", of="GROUPS", over="PRICED_CAPS"),
    index("RIVALS", "o", "Options of the projects that exclude each other.", of="OPTIONS", over="EXCLUSIVE"),
    index("ALTERNATIVES", "o", "Options of the projects of which exactly one is funded.", of="OPTIONS", over="ONE_OF"),
    index("VALUED_BY", "o", "Options an earlier goal values.", of="OPTIONS", over="EARLIER_GOALS"),
    index(
        "DRAWS_VALUED_BY", "s k t", "Draws an earlier goal values.", of="SOURCES CLASSES YEARS", over="EARLIER_GOALS"
    ),
    index("VALUED_DRAWS", "s k t", "Draws the present goal values.", of="SOURCES CLASSES YEARS"),
    index("OUTCOMES", "w", "Ways things may turn out."),
    index("PARTS", "v", "Parts of the goal that the same factors of outcomes touch."),
    index("TAILS", "r", "Means of the worst outcomes that count: one, or none."),
    index("REPLAYS", "d", "Outcome and source: budgets or costs there differ from the plan's."),
    index("FALLING", "f", "Projects, or groups of them, whose value may fall."),
    index("BUDGETS_OF_FALLS", "z", "Budgets of uncertainty: one, or none."),
    index("VALUED_OUTCOMES", "w", "Outcomes whose worth a floor or a tail asks for.", of="OUTCOMES"),
    index("FLOORED_OUTCOMES", "w", "Outcomes with a floor.", of="OUTCOMES"),
    index("FLOORED_TAILS", "r", "Means of the worst outcomes with a floor.", of="TAILS"),
    index("OPTIONS_IN_PART", "o", "Options that add to a part.", of="OPTIONS", over="PARTS"),
    index("REPLAYS_OF", "d", "Replays of an outcome.", of="REPLAYS", over="OUTCOMES"),
    index(
        "DRAWS_IN_REPLAY",
        "s k",
        "The source that is replayed, with every class it may pay.",
        of="SOURCES CLASSES",
        over="REPLAYS",
    ),
    index("YEAR_BEFORE", "t", "The plan year before, if there is one.", of="YEARS", over="YEARS"),
    index("OPTIONS_FALLING", "o", "Options that lose value when it falls.", of="OPTIONS", over="FALLING"),
)

PARAMETERS: tuple[Parameter, ...] = (
    param("value", "v", "OPTIONS", MONEY, "What an option adds to the goal."),
    param("draw_value", "w", "SOURCES CLASSES YEARS", ONE, "What a unit of money of a source adds to the goal."),
    param("payment", "a", "CLASSES YEARS OPTIONS", MONEY, "Payment an option causes in a class and year."),
    param("budget", "B", "SOURCES YEARS", MONEY, "Budget of a source in a year."),
    param("opening", "B^0", "SOURCES", MONEY, "Money of earlier years a source still may pay."),
    param("carry_share", r"\gamma", "SOURCES", ONE, "Largest share of a year's money that may be carried out."),
    param("carry_age", "A", "SOURCES YEARS", MONEY, "Money young enough to be carried out of a year."),
    param("tail_cap", r"\Theta", "SOURCES YEARS", MONEY, "Most that may fall due in a year after the plan."),
    param("amount", "m", "GROUPS OPTIONS", MEASURE, "What an option adds to the measure of a group."),
    param("per_money", "r", "GROUPS", RATE, "What a unit of money adds to the measure of a group."),
    param("per_node", "r", "GROUPS", MEASURE, "What a closed chain node adds to the measure of a group."),
    param("closed_value", "v", "NODES", MONEY, "What a closed chain node adds to the goal."),
    param("bonus", "v", "BUNDLES", MONEY, "What a joined bundle adds to the goal, or takes."),
    param("needed", "n", "BUNDLES", ONE, "How many projects of a bundle make it joined."),
    param("beyond", "n^+", "BUNDLES", ONE, "How many more than one less than needed a bundle has."),
    param(
        "floor_factor",
        "f",
        "FLOORS GROUPS",
        ONE,
        "Factor of a group in a lower bound; minus the share for its denominator.",
    ),
    param(
        "cap_factor",
        "f",
        "CAPS GROUPS",
        ONE,
        "Factor of a group in an upper bound; minus the share for its denominator.",
    ),
    param("priced_floor_factor", "f", "PRICED_FLOORS GROUPS", ONE, "Factor of a group in a priced lower bound."),
    param("priced_cap_factor", "f", "PRICED_CAPS GROUPS", ONE, "Factor of a group in a priced upper bound."),
    param("lower", "L", "FLOORS", MEASURE, "Lower bound."),
    param("upper", "U", "CAPS", MEASURE, "Upper bound."),
    param("priced_lower", "L", "PRICED_FLOORS", MEASURE, "Priced lower bound."),
    param("priced_upper", "U", "PRICED_CAPS", MEASURE, "Priced upper bound."),
    param("shortfall_price", r"\pi", "PRICED_FLOORS", PRICE, "Loss of goal per unit missing."),
    param("excess_price", r"\pi", "PRICED_CAPS", PRICE, "Loss of goal per unit in excess."),
    param("earlier_value", "v", "EARLIER_GOALS OPTIONS", MONEY, "What an option adds to an earlier goal."),
    param(
        "earlier_draw_value",
        "w",
        "EARLIER_GOALS SOURCES CLASSES YEARS",
        ONE,
        "What a unit of money adds to an earlier goal.",
    ),
    param(
        "earlier_closed_value", "v", "EARLIER_GOALS NODES", MONEY, "What a closed chain node adds to an earlier goal."
    ),
    param(
        "goal_floor", "V", "EARLIER_GOALS", MONEY, "Value an earlier goal keeps: what was found, less its tolerance."
    ),
    param("part_value", "v", "PARTS OPTIONS", MONEY, "What an option adds to a part of the goal as planned."),
    param(
        "part_factor", r"\phi", "OUTCOMES PARTS", ONE, "What a part is worth in an outcome, as a multiple of the plan."
    ),
    param("probability", "P", "OUTCOMES", ONE, "Probability of an outcome."),
    param("tail_weight", r"\omega", "TAILS OUTCOMES", ONE, "Probability over that of the tail."),
    param("risk_weight", r"\lambda", "TAILS", ONE, "Weight of the mean of the worst outcomes."),
    param("outcome_floor_value", "F", "OUTCOMES", MONEY, "Value the goal must reach in an outcome."),
    param("worst_floor_value", "F^-", "TAILS", MONEY, "Value the mean of the worst outcomes must reach."),
    param("shortage_loss", r"\psi", "REPLAYS", ONE, "Loss of goal per unit of money missing."),
    param(
        "shortage_cost",
        r"\bar{\psi}",
        "REPLAYS",
        ONE,
        "Expected loss of goal per unit of money missing: its price times the probability.",
    ),
    param("may_be_short", r"\sigma", "REPLAYS", ONE, "1 if money may be missing at a price."),
    param(
        "replay_cost",
        r"\kappa",
        "REPLAYS CLASSES YEARS",
        ONE,
        "What a planned payment costs in an outcome, as a multiple.",
    ),
    param(
        "replay_money",
        "M",
        "REPLAYS YEARS",
        MONEY,
        "Budget in an outcome; in the first year with the money of earlier years.",
    ),
    param("replay_share", r"\gamma", "REPLAYS", ONE, "Largest share of a year's money that may be carried out."),
    param("replay_age", "A", "REPLAYS YEARS", MONEY, "Money of an outcome young enough to be carried out of a year."),
    param("deviation", r"\delta", "FALLING OPTIONS", MONEY, "Value an option loses when its project falls."),
    param("falls", r"\Gamma", "BUDGETS_OF_FALLS", ONE, "Most projects, or groups, that fall at the same time."),
)

VARIABLES: tuple[Variable, ...] = (
    variable("choose", "x", "OPTIONS", ONE, "1 if the option is chosen.", domain="Binary"),
    variable("draw", "d", "SOURCES CLASSES YEARS", MONEY, "Money of a source that pays a class in a year."),
    variable("carry", "h", "SOURCES YEARS", MONEY, "Money carried out of a year."),
    variable("lapse", "z", "SOURCES YEARS", MONEY, "Money of a year that is neither paid nor carried."),
    variable("total", "T", "GROUPS", MEASURE, "Measured sum of a group.", domain="Reals"),
    variable("shortfall", "y^-", "PRICED_FLOORS", MEASURE, "What is missing from a priced lower bound."),
    variable("excess", "y^+", "PRICED_CAPS", MEASURE, "What exceeds a priced upper bound."),
    variable("closed", "c", "NODES", ONE, "1 if a chain node is closed.", domain="Binary"),
    variable("joined", "b", "BUNDLES", ONE, "1 if a bundle is joined.", domain="Binary"),
    variable("part", "V", "PARTS", MONEY, "A part of the goal as planned.", domain="Reals"),
    variable(
        "worth", "W", "OUTCOMES", MONEY, "Worth of the options chosen in an outcome, less shortages.", domain="Reals"
    ),
    variable("value_at_risk", r"\eta", "TAILS", MONEY, "Worth at which the worst outcomes begin.", domain="Reals"),
    variable(
        "loss_beyond", r"\ell", "TAILS OUTCOMES", MONEY, "By how much an outcome falls short of the value at risk."
    ),
    variable("spread_of_worst", "S", "TAILS", MONEY, "Expected worth less the mean of the worst outcomes."),
    variable("shortage", "H", "REPLAYS YEARS", MONEY, "Money missing in an outcome and year."),
    variable("replay_carry", "C", "REPLAYS YEARS", MONEY, "Money carried out of a year in an outcome."),
    variable("threshold", r"\tau", "BUDGETS_OF_FALLS", MONEY, "Loss up to which all projects that fall count alike."),
    variable("own_loss", "Q", "FALLING", MONEY, "What a project may lose beyond the threshold."),
)


SET = {s.name: s for s in SETS}
PARAMETER = {p.name: p for p in PARAMETERS}
VARIABLE = {v.name: v for v in VARIABLES}

"""The symbols of `models.risk`."""

from __future__ import annotations

from models.symbol import MONEY, ONE, Index, Parameter, Variable

SETS = (
    Index(name="OUTCOMES", letters=("w",), doc="Ways things may turn out."),
    Index(name="PARTS", letters=("v",), doc="Parts of the goal that the same factors of outcomes touch."),
    Index(name="TAILS", letters=("r",), doc="Means of the worst outcomes that count: one, or none."),
    Index(name="REPLAYS", letters=("d",), doc="Outcome and source: budgets or costs there differ from the plan's."),
    Index(name="FALLING", letters=("f",), doc="Projects, or groups of them, whose value may fall."),
    Index(name="BUDGETS_OF_FALLS", letters=("z",), doc="Budgets of uncertainty: one, or none."),
    Index(
        name="VALUED_OUTCOMES", letters=("w",), of=("OUTCOMES",), doc="Outcomes whose worth a floor or a tail asks for."
    ),
    Index(name="FLOORED_OUTCOMES", letters=("w",), of=("OUTCOMES",), doc="Outcomes with a floor."),
    Index(name="FLOORED_TAILS", letters=("r",), of=("TAILS",), doc="Means of the worst outcomes with a floor."),
    Index(name="OPTIONS_IN_PART", letters=("o",), of=("OPTIONS",), over=("PARTS",), doc="Options that add to a part."),
    Index(name="REPLAYS_OF", letters=("d",), of=("REPLAYS",), over=("OUTCOMES",), doc="Replays of an outcome."),
    Index(
        name="DRAWS_IN_REPLAY",
        letters=("s", "k"),
        of=("SOURCES", "CLASSES"),
        over=("REPLAYS",),
        doc="The source that is replayed, with every class it may pay.",
    ),
    Index(
        name="YEAR_BEFORE", letters=("t",), of=("YEARS",), over=("YEARS",), doc="The plan year before, if there is one."
    ),
    Index(
        name="OPTIONS_FALLING",
        letters=("o",),
        of=("OPTIONS",),
        over=("FALLING",),
        doc="Options that lose value when it falls.",
    ),
)

PARAMETERS = (
    Parameter(
        name="part_value",
        latex="v",
        over=("PARTS", "OPTIONS"),
        unit=MONEY,
        doc="What an option adds to a part of the goal as planned.",
    ),
    Parameter(
        name="part_factor",
        latex=r"\phi",
        over=("OUTCOMES", "PARTS"),
        unit=ONE,
        doc="What a part is worth in an outcome, as a multiple of the plan.",
    ),
    Parameter(name="probability", latex="P", over=("OUTCOMES",), unit=ONE, doc="Probability of an outcome."),
    Parameter(
        name="tail_weight",
        latex=r"\omega",
        over=("TAILS", "OUTCOMES"),
        unit=ONE,
        doc="Probability over that of the tail.",
    ),
    Parameter(
        name="risk_weight", latex=r"\lambda", over=("TAILS",), unit=ONE, doc="Weight of the mean of the worst outcomes."
    ),
    Parameter(
        name="outcome_floor_value",
        latex="F",
        over=("OUTCOMES",),
        unit=MONEY,
        doc="Value the goal must reach in an outcome.",
    ),
    Parameter(
        name="worst_floor_value",
        latex="F^-",
        over=("TAILS",),
        unit=MONEY,
        doc="Value the mean of the worst outcomes must reach.",
    ),
    Parameter(
        name="shortage_loss", latex=r"\psi", over=("REPLAYS",), unit=ONE, doc="Loss of goal per unit of money missing."
    ),
    Parameter(
        name="shortage_cost",
        latex=r"\bar{\psi}",
        over=("REPLAYS",),
        unit=ONE,
        doc="Expected loss of goal per unit of money missing: its price times the probability.",
    ),
    Parameter(
        name="may_be_short", latex=r"\sigma", over=("REPLAYS",), unit=ONE, doc="1 if money may be missing at a price."
    ),
    Parameter(
        name="replay_cost",
        latex=r"\kappa",
        over=("REPLAYS", "CLASSES", "YEARS"),
        unit=ONE,
        doc="What a planned payment costs in an outcome, as a multiple.",
    ),
    Parameter(
        name="replay_money",
        latex="M",
        over=("REPLAYS", "YEARS"),
        unit=MONEY,
        doc="Budget in an outcome; in the first year with the money of earlier years.",
    ),
    Parameter(
        name="replay_share",
        latex=r"\gamma",
        over=("REPLAYS",),
        unit=ONE,
        doc="Largest share of a year's money that may be carried out.",
    ),
    Parameter(
        name="replay_age",
        latex="A",
        over=("REPLAYS", "YEARS"),
        unit=MONEY,
        doc="Money of an outcome young enough to be carried out of a year.",
    ),
    Parameter(
        name="deviation",
        latex=r"\delta",
        over=("FALLING", "OPTIONS"),
        unit=MONEY,
        doc="Value an option loses when its project falls.",
    ),
    Parameter(
        name="falls",
        latex=r"\Gamma",
        over=("BUDGETS_OF_FALLS",),
        unit=ONE,
        doc="Most projects, or groups, that fall at the same time.",
    ),
)

VARIABLES = (
    Variable(name="part", latex="V", over=("PARTS",), domain="Reals", unit=MONEY, doc="A part of the goal as planned."),
    Variable(
        name="worth",
        latex="W",
        over=("OUTCOMES",),
        domain="Reals",
        unit=MONEY,
        doc="Worth of the options chosen in an outcome, less shortages.",
    ),
    Variable(
        name="value_at_risk",
        latex=r"\eta",
        over=("TAILS",),
        domain="Reals",
        unit=MONEY,
        doc="Worth at which the worst outcomes begin.",
    ),
    Variable(
        name="loss_beyond",
        latex=r"\ell",
        over=("TAILS", "OUTCOMES"),
        domain="NonNegativeReals",
        unit=MONEY,
        doc="By how much an outcome falls short of the value at risk.",
    ),
    Variable(
        name="spread_of_worst",
        latex="S",
        over=("TAILS",),
        domain="NonNegativeReals",
        unit=MONEY,
        doc="Expected worth less the mean of the worst outcomes.",
    ),
    Variable(
        name="shortage",
        latex="H",
        over=("REPLAYS", "YEARS"),
        domain="NonNegativeReals",
        unit=MONEY,
        doc="Money missing in an outcome and year.",
    ),
    Variable(
        name="replay_carry",
        latex="C",
        over=("REPLAYS", "YEARS"),
        domain="NonNegativeReals",
        unit=MONEY,
        doc="Money carried out of a year in an outcome.",
    ),
    Variable(
        name="threshold",
        latex=r"\tau",
        over=("BUDGETS_OF_FALLS",),
        domain="NonNegativeReals",
        unit=MONEY,
        doc="Loss up to which all projects that fall count alike.",
    ),
    Variable(
        name="own_loss",
        latex="Q",
        over=("FALLING",),
        domain="NonNegativeReals",
        unit=MONEY,
        doc="What a project may lose beyond the threshold.",
    ),
)

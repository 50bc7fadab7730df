"""What may turn out otherwise: the goal in every outcome, the mean of the worst ones, and money that falls short.

Outcomes speak of totals over parts of the goal that the same factors touch, never of single options: a thousand
outcomes are a thousand short rows.
"""

from models.equation import equation
from models.goals import with_sure_value


@equation("PARTS", role="meaning")
def part_of_goal(m, v):
    """A part of the goal is what its options add as planned."""
    return sum(m.part_value[v, o] * m.choose[o] for o in m.OPTIONS_IN_PART[v]) == m.part[v]


@equation("VALUED_OUTCOMES", role="meaning", links="outcomes")
def worth_in_outcome(m, w):
    """In an outcome every part is worth its factor, and what is missing there costs its price."""
    return (
        sum(m.part_factor[w, v] * m.part[v] for v in m.PARTS)
        - sum(m.shortage_loss[d] * m.shortage[d, t] for d in m.REPLAYS_OF[w] for t in m.PLAN_YEARS)
        == m.worth[w]
    )


@equation("TAILS", "VALUED_OUTCOMES", role="meaning", links="outcomes")
def beyond_value_at_risk(m, r, w):
    """The loss beyond the value at risk is at least what an outcome falls short of it."""
    return m.value_at_risk[r] - m.worth[w] <= m.loss_beyond[r, w]


@equation(
    "TAILS",
    source="Rockafellar and Uryasev, Optimization of conditional value-at-risk, 2000",
    role="meaning",
    links="outcomes",
)
def spread(m, r):
    """The spread is by how much the mean of the worst outcomes stays behind the expected value.

    The largest value at risk less the mean loss beyond it is the mean of the worst outcomes (CVaR).
    """
    return (
        sum(m.probability[w] * m.worth[w] for w in m.VALUED_OUTCOMES)
        - m.value_at_risk[r]
        + sum(m.tail_weight[r, w] * m.loss_beyond[r, w] for w in m.VALUED_OUTCOMES)
        <= m.spread_of_worst[r]
    )


@equation("FLOORED_OUTCOMES", role="own", links="outcomes")
def outcome_floor(m, w):
    """In an outcome with a floor the goal reaches it."""
    return with_sure_value(m, m.worth[w]) >= m.outcome_floor_value[w]


@equation("FLOORED_TAILS", role="own", links="outcomes")
def worst_floor(m, r):
    """The mean of the worst outcomes reaches its floor."""
    return (
        with_sure_value(
            m, m.value_at_risk[r] - sum(m.tail_weight[r, w] * m.loss_beyond[r, w] for w in m.VALUED_OUTCOMES)
        )
        >= m.worst_floor_value[r]
    )


@equation("REPLAYS", "PLAN_YEARS", role="own", links="outcomes")
def replay_balance(m, d, t):
    """In an outcome a source pays what falls due at its costs from its money there, or money is missing.

    Awards and who pays them stay as planned; what is carried on is decided anew in the outcome. Payments after the
    plan are not looked at.
    """
    return (
        sum(m.replay_cost[d, k, t] * m.draw[s, k, t] for s, k in m.DRAWS_IN_REPLAY[d]) + m.replay_carry[d, t]
        <= m.replay_money[d, t]
        + sum(m.replay_carry[d, u] for u in m.YEAR_BEFORE[t])
        + m.may_be_short[d] * m.shortage[d, t]
    )


@equation("REPLAYS", "PLAN_YEARS", role="meaning", links="outcomes")
def replay_carry_share(m, d, t):
    """In an outcome, too, at most a share of a year's money is carried out."""
    return m.replay_carry[d, t] <= m.replay_share[d] * (
        m.replay_money[d, t] + sum(m.replay_carry[d, u] for u in m.YEAR_BEFORE[t])
    )


@equation("REPLAYS", "PLAN_YEARS", role="meaning", links="outcomes")
def replay_carry_age(m, d, t):
    """In an outcome, too, money that has become too old is not carried any further."""
    return m.replay_carry[d, t] <= m.replay_age[d, t]


@equation("FALLING", source="Bertsimas and Sim, The price of robustness, 2004", role="meaning")
def falls_back(m, f):
    """What a project (or group) may lose is covered by the threshold all share and a part of its own.

    Gamma times the threshold plus all own parts is, at its least, what the worst gamma of them lose together.
    """
    return (
        sum(m.deviation[f, o] * m.choose[o] for o in m.OPTIONS_FALLING[f])
        <= sum(m.threshold[z] for z in m.BUDGETS_OF_FALLS) + m.own_loss[f]
    )

"""What the plan is worth."""

from models.equation import equation


def with_sure_value(m, worth):
    """The worth of the options with what no outcome touches: money drawn, nodes closed, projects joined, less prices."""
    return (
        worth
        + sum(m.draw_value[s, k, t] * m.draw[s, k, t] for s, k, t in m.VALUED_DRAWS)
        + sum(m.closed_value[h] * m.closed[h] for h in m.NODES)
        + sum(m.bonus[y] * m.joined[y] for y in m.BUNDLES)
        - sum(m.shortfall_price[a] * m.shortfall[a] for a in m.PRICED_FLOORS)
        - sum(m.excess_price[b] * m.excess[b] for b in m.PRICED_CAPS)
    )


@equation()
def net_value(m):
    """The expected value of options, money drawn, nodes closed and projects joined, less prices and what bad outcomes cost.

    Without outcomes the value is as planned. With them a weight times the spread between the expected value and the
    mean of the worst is taken off; under a budget of uncertainty, what the worst falls lose.
    """
    return (
        with_sure_value(m, sum(m.value[o] * m.choose[o] for o in m.OPTIONS))
        - sum(m.risk_weight[r] * m.spread_of_worst[r] for r in m.TAILS)
        - sum(m.shortage_cost[d] * m.shortage[d, t] for d in m.REPLAYS for t in m.PLAN_YEARS)
        - sum(m.falls[z] * m.threshold[z] for z in m.BUDGETS_OF_FALLS)
        - sum(m.own_loss[f] for f in m.FALLING)
    )


@equation("EARLIER_GOALS", role="meaning")
def earlier_goal(m, j):
    """A goal that comes earlier in the order keeps its value, less its tolerance."""
    return (
        sum(m.earlier_value[j, o] * m.choose[o] for o in m.VALUED_BY[j])
        + sum(m.earlier_draw_value[j, s, k, t] * m.draw[s, k, t] for s, k, t in m.DRAWS_VALUED_BY[j])
        + sum(m.earlier_closed_value[j, h] * m.closed[h] for h in m.NODES)
        - sum(m.shortfall_price[a] * m.shortfall[a] for a in m.PRICED_FLOORS)
        - sum(m.excess_price[b] * m.excess[b] for b in m.PRICED_CAPS)
        >= m.goal_floor[j]
    )

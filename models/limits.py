"""Floors, caps, shares and targets, by any attribute, year, source and measure.

A limit is a bound on a weighted sum of measured groups. A share has two: the group itself, and its
denominator with minus the share as factor; so no row is ever dense over all options twice.
"""

from models.equation import equation


@equation("GROUPS", role="meaning", links="totals")
def measured(m, g):
    """The total of a group is what its options add, what its sources pay, and the chain nodes closed in it."""
    return (
        sum(m.amount[g, o] * m.choose[o] for o in m.OPTIONS_IN[g])
        + sum(m.per_money[g] * m.draw[s, k, t] for s, k, t in m.DRAWS_IN[g])
        + sum(m.per_node[g] * m.closed[h] for h in m.NODES_IN[g])
        == m.total[g]
    )


@equation("FLOORS", role="own", links="bounds")
def floor(m, l):
    """A floor is reached."""
    return sum(m.floor_factor[l, g] * m.total[g] for g in m.GROUPS_OF_FLOOR[l]) >= m.lower[l]


@equation("CAPS", role="own", links="bounds")
def cap(m, c):
    """A cap is kept."""
    return sum(m.cap_factor[c, g] * m.total[g] for g in m.GROUPS_OF_CAP[c]) <= m.upper[c]


@equation("PRICED_FLOORS", role="meaning", links="bounds")
def priced_floor(m, a):
    """A priced floor is reached, or the shortfall is counted."""
    return (
        sum(m.priced_floor_factor[a, g] * m.total[g] for g in m.GROUPS_OF_PRICED_FLOOR[a]) + m.shortfall[a]
        >= m.priced_lower[a]
    )


@equation("PRICED_CAPS", role="meaning", links="bounds")
def priced_cap(m, b):
    """A priced cap is kept, or the excess is counted."""
    return (
        sum(m.priced_cap_factor[b, g] * m.total[g] for g in m.GROUPS_OF_PRICED_CAP[b]) - m.excess[b]
        <= m.priced_upper[b]
    )

"""Industrial chains and clusters: what projects bring together, beyond what each brings alone.

A node of a chain is closed by the first project funded at it; a bundle is joined when enough of its projects are
funded. Rows that hold a variable down stand where being closed or joined is a gain, rows that hold it up where it
is a loss or a cap counts it; so in every plan the variable says what is true, wherever that matters.
"""

from models.equation import equation


@equation("NODES", role="meaning", links="totals")
def node_needs_funding(m, h):
    """A chain node counts as closed only when one of its projects is funded."""
    return m.closed[h] <= sum(m.choose[o] for o in m.OPTIONS_AT[h])


@equation("FUNDED_AT", role="meaning", links="totals")
def funding_closes_node(m, h, p):
    """A funded project closes its chain node, also where that is not wanted."""
    return sum(m.choose[o] for o in m.OPTIONS_OF[p]) <= m.closed[h]


@equation("PARTNERS", role="meaning")
def bonus_needs_each(m, y, p):
    """A bonus for projects that are all funded needs each of them."""
    return m.joined[y] <= sum(m.choose[o] for o in m.OPTIONS_OF[p])


@equation("GAINS", role="meaning")
def bonus_needs_enough(m, y):
    """A bonus for some of several projects needs as many as it asks for."""
    return m.needed[y] * m.joined[y] <= sum(m.choose[o] for o in m.OPTIONS_JOINED[y])


@equation("LOSSES", role="meaning")
def enough_brings_loss(m, y):
    """Where enough of the projects are funded, what that costs cannot be avoided."""
    return sum(m.choose[o] for o in m.OPTIONS_JOINED[y]) - m.needed[y] + 1 <= m.beyond[y] * m.joined[y]

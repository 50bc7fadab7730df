"""Rules between projects."""

from models.equation import equation


@equation("REQUIRES", role="own", links="projects")
def requires(m, p, q):
    """A project is funded only together with the one it needs."""
    return sum(m.choose[o] for o in m.OPTIONS_OF[p]) <= sum(m.choose[o] for o in m.OPTIONS_OF[q])


@equation("REQUIRES_EARLIER", role="own", links="projects")
def requires_earlier(m, p, q, t, u):
    """A project has started by a year only if the one it needs has started the lag before.

    Written on what has started by each year, which is as strong as writing it for every pair of options.
    """
    return sum(m.choose[o] for o in m.STARTED_BY[p, t]) <= sum(m.choose[o] for o in m.STARTED_BY[q, u])


@equation("EXCLUSIVE", role="own", links="projects")
def excludes(m, e):
    """Of projects that exclude each other at most one is funded."""
    return sum(m.choose[o] for o in m.RIVALS[e]) <= 1


@equation("ONE_OF", role="own", links="projects")
def one_of(m, n):
    """Exactly one of the projects is funded."""
    return sum(m.choose[o] for o in m.ALTERNATIVES[n]) == 1


@equation("TOGETHER", role="own", links="projects")
def all_or_none(m, p, q):
    """Projects that belong together are funded together or not at all."""
    return sum(m.choose[o] for o in m.OPTIONS_OF[p]) == sum(m.choose[o] for o in m.OPTIONS_OF[q])


@equation("SAME_INSTRUMENT", role="own", links="projects")
def same_instrument(m, p, q, i):
    """Two projects that must use the same instrument do not use different ones."""
    return sum(m.choose[o] for o in m.WITH[p, i]) + sum(m.choose[o] for o in m.WITHOUT[q, i]) <= 1

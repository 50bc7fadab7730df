"""Which options can be chosen together."""

from models.equation import equation


@equation("CANDIDATES", role="meaning", links="options")
def one_option(m, p):
    """A project is supported in at most one way."""
    return sum(m.choose[o] for o in m.OPTIONS_OF[p]) <= 1


@equation("MUST_FUND", role="own", links="options")
def must_fund(m, p):
    """A project that must be funded gets one of its options."""
    return sum(m.choose[o] for o in m.OPTIONS_OF[p]) == 1


@equation("COMMITTED", role="meaning", links="options")
def committed(m, o):
    """What was promised before is kept."""
    return m.choose[o] == 1

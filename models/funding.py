"""Who pays: budgets by source and year, carry-over, and payments that fall due after the plan."""

from models.equation import equation


@equation("CLASSES", "YEARS", role="meaning", links="totals")
def class_payment(m, k, t):
    """The payments of a class in a year are drawn from the sources that may pay it.

    Who pays is decided per class; the split over single awards follows from it exactly, since the awards
    of a class may all be paid by the same sources.
    """
    return sum(m.payment[k, t, o] * m.choose[o] for o in m.PAID[k, t]) == sum(m.draw[s, k, t] for s in m.PAYERS_OF[k])


@equation("SOURCES", "FIRST_YEAR", role="meaning", links="bounds")
def first_balance(m, s, t):
    """In the first year a source's budget and its opening money are drawn, carried on or lapse."""
    return (
        sum(m.draw[s, k, t] for k in m.CLASSES_OF[s]) + m.carry[s, t] + m.lapse[s, t] == m.budget[s, t] + m.opening[s]
    )


@equation("SOURCES", "LATER_YEARS", source="Budget Law of the PRC, art. 42", role="meaning", links="bounds")
def source_balance(m, s, t):
    """A source's money of a year, with what was carried in, is drawn, carried on or lapses.

    Money is never created and never changes source.
    """
    return (
        sum(m.draw[s, k, t] for k in m.CLASSES_OF[s]) + m.carry[s, t] + m.lapse[s, t]
        == m.budget[s, t] + m.carry[s, t - 1]
    )


@equation("SOURCES", "FIRST_YEAR", role="meaning", links="bounds")
def first_carry_share_limit(m, s, t):
    """At most a share of the first year's money is carried out."""
    return m.carry[s, t] <= m.carry_share[s] * (m.budget[s, t] + m.opening[s])


@equation("SOURCES", "LATER_YEARS", role="meaning", links="bounds")
def carry_share_limit(m, s, t):
    """At most a share of a year's money, with what was carried in, is carried out."""
    return m.carry[s, t] <= m.carry_share[s] * (m.budget[s, t] + m.carry[s, t - 1])


@equation("SOURCES", "PLAN_YEARS", source="Budget Law of the PRC, art. 42", role="meaning", links="bounds")
def carry_age_limit(m, s, t):
    """Money that has become too old is not carried any further.

    The oldest money is spent first, so what is carried out is at most the budgets young enough to be paid
    in the next year.
    """
    return m.carry[s, t] <= m.carry_age[s, t]


@equation("SOURCES", "TAIL_YEARS", role="own", links="bounds")
def tail_limit(m, s, t):
    """Payments that fall due after the plan stay within what later budgets may be bound to.

    Without this cap a late start would look free, since its cost falls outside the plan.
    """
    return sum(m.draw[s, k, t] for k in m.CLASSES_OF[s]) <= m.tail_cap[s, t]

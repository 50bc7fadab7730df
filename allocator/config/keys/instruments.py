"""The ways of supporting a project as config types: what all kinds share, then one type per kind."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, Discriminator, Field, Tag, model_validator

from allocator.config.keys.capital import IndustryRatio
from allocator.config.keys.parts import (
    READ_TEXT,
    READ_WHOLE,
    Amount,
    Count,
    FeeClass,
    Flag,
    Name,
    Part,
    Point,
    Positive,
    Share,
    Text,
    Where,
)


class Award(Part):
    """The amounts an instrument may award to one project."""

    min: Amount = Decimal(0)
    """Smallest award worth making; in the config's money unit."""
    max: Amount | None = None
    """Largest award to one project; in the config's money unit."""
    step: Positive | None = None
    """Awards are whole multiples of this; the smallest amount (`quantum`) when left out. In the config's money unit."""
    levels: Annotated[int, Field(ge=1, le=100), READ_WHOLE] = 1
    """Number n of award levels offered: k/n of the entitlement for k = 1 … n, rounded down to the step. One: all or nothing."""
    phases: list[Name] = []
    """Columns with what each phase of a project needs (phase_1, phase_2, …), such as a park built in three parts; in the
    config's money unit. Awards are then the sums of the phases up to each, rounded down to the step, at most the
    entitlement, which is the last of them; a project without phases is supported whole. `closing` asks of a phase that it
    is paid in full and that the phases after it could close as well. Instead of `levels`."""

    @property
    def offers(self) -> int:
        """How many awards there are at most."""
        return len(self.phases) or self.levels


class Start(Part):
    """When support may start."""

    delay: Count = 0
    """How many years after the planned start the support may start at the latest."""


class Support(Part):
    """What every kind of instrument has: who may have it, how much, and from when."""

    name: Text = ""
    """Name shown in reports; the key when left out."""
    where: Where = {}
    """Which projects may have it: attribute → value, list, or {min, max, not, begins}; all must hold."""
    award: Award = Award()
    """Bounds, step and levels of the award."""
    start: Start = Start()
    """Later starts that are offered besides the planned one."""
    response: list[Point] = []
    """Corner points of its own in place of `leverage.response`, which holds when left out; linear where neither is given.
    [[0, 0], [0.3, 0], [1, 1]] is a threshold: awards of less than 30 % of the entitlement are too small to matter. A curve
    is an assumption, and is listed as one."""
    continuous: Flag = False
    """Any multiple of `award.step` (one unit of money when left out) up to the entitlement may be awarded, not only the
    `levels`; where that would be more than 1,000 different awards, multiples of a coarser step, which is noted."""

    fair_competition: Annotated[Literal["passed", "pending", "exempt", "none"], READ_TEXT] | None = None
    """How the policy's review of fair competition stands, in place of `fcr_passed` of each project: `pending` and `none` make
    awards a warning F2; `exempt` (a law or the State Council allows it) also where firms are picked out."""
    review_covers: Amount | None = None
    """Largest award to one project that the review covers, such as the published cap; a larger one is a warning F2. In the
    config's money unit."""

    @model_validator(mode="before")
    @classmethod
    def with_step(cls, data: Any) -> Any:
        """Awards that are not bound to levels are bound to a step all the same."""
        if not isinstance(data, dict) or data.get("continuous") not in (True, "true", "True"):
            return data
        award = data.get("award") or {}
        if not isinstance(award, dict) or award.get("step") is not None:
            return data
        return {**data, "award": {**award, "step": 1}}

    @property
    def numbers(self) -> tuple[str, ...]:
        """Columns of the planner's own that it computes with."""
        columns = (getattr(self, "base", None), getattr(self, "client", None))
        return (*self.award.phases, *(str(column) for column in columns if column is not None))


class Grant(Support):
    """A grant: a share of what the project invests."""

    kind: Annotated[Literal["grant"], READ_TEXT]
    """How the award is computed: `grant` is rate × base."""
    base: Name = "fixed_investment"
    """Column of the project table that the rate applies to."""
    rate: Positive
    """Share of the base that a project is entitled to."""
    payments: Annotated[list[Share], Field(min_length=1)] = [Decimal(1)]
    """Share of the award paid in the start year, the year after, …; they sum to 1."""
    payment_mode: Annotated[Literal["advance", "reimbursement"], READ_TEXT] = "advance"
    """`advance`: paid from the start year on; `reimbursement`: from the year after the planned completion (`end_ym`),
    never before the start year. A start later than planned moves the completion on by as many years."""
    before_acceptance: Share | None = None
    """Largest share of the award paid before the year of the planned completion (`end_ym`); the rest falls due in it.
    With 0.7 and payments [0.5, 0.5, 0] a completion in the third year makes 0.5, 0.2, 0.3 of them."""

    def columns(self) -> dict[str, str]:
        """Column that must be filled → the key that asks for it."""
        needed = {self.base: "base"}
        if self.payment_mode == "reimbursement":
            return {**needed, "end_ym": "payment_mode"}
        return needed if self.before_acceptance is None else {**needed, "end_ym": "before_acceptance"}


class InterestSubsidy(Support):
    """An interest subsidy: part of the interest on a project's loans, for some years."""

    kind: Annotated[Literal["interest_subsidy"], READ_TEXT]
    """How the award is computed: `interest_subsidy` is loan × balance × subsidised rate, summed over the years."""
    base: Name = "bank_loan_committed"
    """Column of the project table with the eligible loan."""
    points: Share | None = None
    """Subsidised part of the yearly rate: 0.02 is two percentage points."""
    share_of_rate: Share | None = None
    """Largest share of the loan's own rate (`loan_rate`) that is subsidised."""
    reference_rate: Share | None = None
    """Reference rate, such as the one-year LPR, that `share_of_reference` applies to."""
    share_of_reference: Share | None = None
    """Largest share of the reference rate that is subsidised."""
    years: Annotated[int, Field(ge=1, le=30), READ_WHOLE] = 3
    """Years of subsidy at most; a smaller `subsidy_years` of the project takes precedence."""
    balance: Annotated[list[Share], Field(min_length=1)] = [Decimal(1)]
    """Share of the loan outstanding in each year (assumption); the last one holds for all later years."""
    min_loan: Amount = Decimal(0)
    """Smallest loan that is subsidised; in the config's money unit."""
    max_per_year: Amount | None = None
    """Largest subsidy to one project in one year; in the config's money unit."""
    arrears: Count = 0
    """Years between the interest and the payment of its subsidy."""
    capital_ratio: IndustryRatio = Decimal("0.2")
    """Least share of own capital, that of most industries (assumption), or `by_industry` (see `capital_ratios`): a loan L
    comes with an investment of L ÷ (1 − ratio), at most the fixed investment."""

    def columns(self) -> dict[str, str]:
        """Column that must be filled → the key that asks for it."""
        given = (key for key in ("share_of_rate", "points", "share_of_reference") if getattr(self, key) is not None)
        return {self.base: "base", "loan_rate": next(given, "kind")}


class Multiple(Part):
    """Guarantees as a multiple of the guarantor's capital (`guarantee_capital`)."""

    min: Amount = Decimal(2)
    """Claims are compensated only from this multiple on."""
    max: Positive = Decimal(10)
    """Of a guarantee beyond this multiple only the credit up to it is supported."""


class Guarantee(Support):
    """Support of financing guarantees: part of the fee, and of the claims that are paid."""

    kind: Annotated[Literal["guarantee"], READ_TEXT]
    """How the award is computed: `guarantee` is guaranteed credit × (fee × share paid + claims × compensation) × years."""
    base: Name = "guarantee_amount"
    """Column of the project table with the credit guaranteed."""
    client: Name | None = None
    """Column with the credit per client that the fee class goes by, such as `client_amount`; the base when left out,
    which is noted where the table has `client_amount`."""
    fee: Annotated[list[FeeClass], Field(min_length=1)] = [
        (Decimal(1000), Decimal("0.010")),
        (Decimal(2000), Decimal("0.015")),
    ]
    """Classes [largest credit per client, yearly fee], ascending; larger clients are not supported. Money as in `money`.
    A filled `fee` of the project (in %) counts where it is lower: no more is paid than is charged."""
    fee_share: Share = Decimal(1)
    """Share of the fee that is paid."""
    claim_rate: Share = Decimal("0.025")
    """Expected share of the credit that is claimed per year (assumption); a filled `claim_rate` of the project (in %) wins."""
    claim_band: Annotated[list[Share], Field(min_length=2, max_length=2)] = [Decimal("0.01"), Decimal("0.08")]
    """Claims are compensated only when their rate lies in this band."""
    compensation: Share = Decimal("0.5")
    """Share of the claims that is compensated."""
    years: Annotated[int, Field(ge=1, le=30), READ_WHOLE] = 1
    """Years for which fee and claims are supported, in equal payments."""
    multiple: Multiple = Multiple()
    """Guarantees as a multiple of `guarantee_capital`, where the table has it; also when left out."""
    fixed_share: Share = Decimal("0.3")
    """Share of the credit that becomes fixed investment (assumption)."""
    capital_ratio: Annotated[Share, Field(lt=1)] = Decimal(0)
    """Least share of own capital beside the credit (assumption)."""

    def columns(self) -> dict[str, str]:
        """Column that must be filled → the key that asks for it."""
        return {self.base: "base"} | ({} if self.client is None else {self.client: "client"})


class Bond(Support):
    """Special-bond money for infrastructure that earns revenue: lent to the project, or put in as its capital."""

    kind: Annotated[Literal["bond"], READ_TEXT]
    """How the award is computed: `bond` is rate × base, if the project's revenue covers the debt."""
    base: Name = "bond_need"
    """Column of the project table with the bond money asked for."""
    rate: Positive = Decimal(1)
    """Share of the base that a project is entitled to."""
    use: Annotated[Literal["debt", "capital"], READ_TEXT] = "debt"
    """`capital`: the money is the project's own capital, which market loans come on top of."""
    payments: Annotated[list[Share], Field(min_length=1)] = [Decimal(1)]
    """Share of the award paid in the start year, the year after, …; they sum to 1."""
    capital_ratio: Annotated[Share, Field(gt=0)] = Decimal("0.2")
    """With `use: capital`: capital K comes with an investment of K ÷ ratio (assumption), at most the fixed investment."""

    def columns(self) -> dict[str, str]:
        """Column that must be filled → the key that asks for it."""
        return {self.base: "base", "revenue_total": "kind", "cost_total": "kind"}


class BondTerms(Part):
    """The debt behind a source of special-bond money. It may pay nothing but instruments of kind `bond`."""

    rate: Share
    """Yearly interest: 0.022 is 2.2 %; a filled `bond_rate` of the project (in %) takes precedence."""
    term: Annotated[int, Field(ge=1, le=50), READ_WHOLE]
    """Years until the bond is repaid; a filled `bond_term` of the project takes precedence."""
    repayment: Annotated[Literal["bullet", "annuity"], READ_TEXT] = "bullet"
    """`bullet`: interest every year, principal at the end; `annuity`: the same amount every year."""
    min_cover: Amount = Decimal("1.2")
    """Least cover ratio of a project at its full entitlement: (revenue − cost) ÷ (principal + all interest). Without any
    net revenue a project has no bonds, whatever this is; below 1 is noted."""
    cost_includes_debt_service: Flag = False
    """Whether `cost_total` already holds principal and interest of all the bonds a project asks for (`bond_need`, the
    entitlement where that is blank): they are then taken out of it wherever cost counts, down to 0 at most, since they
    stand in the denominator already."""
    other_debt: Name | None = None
    """Column with principal and all interest of other debt that the project's revenue repays as well, in the config's
    money; blank is none. It counts in the denominator beside the bonds: in `min_cover`, `bond_service`, `bond_shortfall`,
    `cover.csv` and F8."""
    revenue_haircut: Share | None = None
    """Share of the forecast revenue that is counted on; what is then missing for the debt is the `bond_shortfall`. That
    of commitments and ready-made options is what their column `bond_shortfall` says, else 0 (told among the assumptions)."""
    revenue: Annotated[Literal["whole", "in_proportion"], READ_TEXT] = "whole"
    """What stands against an award that is a part of all the bonds a project asks for (`bond_need`, the entitlement where
    that is blank), in `bond_revenue`, `bond_shortfall`, `cover.csv` and F8: `whole`, all its revenue and cost, as if nobody
    else had to be repaid; `in_proportion`, the same part of them, which leaves its cover what it is for all its bonds.
    Before any award is made cover is screened with all of them. Ready-made awards: always all."""
    shortfall: Annotated[Literal["whole", "yearly"], READ_TEXT] = "whole"
    """How `bond_shortfall` is counted: `whole`, by how much principal and all interest exceed what is counted on of the
    revenue less cost, whatever the year; `yearly`, what is missing in each year (`debt.csv` tells it by region), as present
    value in the first plan year at the rate of `discount`: revenue and cost come in equal parts over `operate_years`,
    which begin `build_years` after the start of support (listed among the assumptions), and what is left over in a year is
    kept for later ones, without interest."""
    shortfall_price: Amount = Decimal(1)
    """With `revenue_haircut`: loss of goal per unit of `bond_shortfall`, since the budget has to step in (assumption). Of
    several sources the highest counts for all."""
    max_capital_share: Share | None = None
    """Largest share of the source's awards that may be used as project capital."""


KINDS: Final = ("grant", "interest_subsidy", "guarantee", "bond")
KIND_TAGS: Final = tuple(f"<{kind}>" for kind in KINDS)


def kind_tag(value: Any) -> str | None:
    """Which type a mapping is meant to be: told by its `kind`, so that only that type complains."""
    if not isinstance(value, dict):
        return f"<{value.kind}>" if isinstance(value, BaseModel) else KIND_TAGS[0]  # type: ignore[attr-defined]
    tag = f"<{str(value.get('kind', '')).strip()}>"
    return tag if tag in KIND_TAGS else None


Instrument = Annotated[
    Annotated[Grant, Tag("<grant>")]
    | Annotated[InterestSubsidy, Tag("<interest_subsidy>")]
    | Annotated[Guarantee, Tag("<guarantee>")]
    | Annotated[Bond, Tag("<bond>")],
    Discriminator(kind_tag),
]

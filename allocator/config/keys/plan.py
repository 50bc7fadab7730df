"""The planner's YAML as frozen types: every key, what it means, its unit and its default.

The key reference (`configs/README.md`) and the JSON Schema are printed from this file. Nothing here
reads a file: `allocator.load` turns YAML into a `Config`, `allocator.tables.inputs` reads the tables it names.
Amounts stay as `Decimal` in the config's own `money` unit; `allocator.money` converts them exactly.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from allocator.config.keys.capital import CapitalRatios
from allocator.config.keys.clusters import Chains, Synergy
from allocator.config.keys.debt import Debt
from allocator.config.keys.elasticity import Elasticities, central
from allocator.config.keys.flags import Flags
from allocator.config.keys.instruments import Instrument
from allocator.config.keys.locks import Locks
from allocator.config.keys.parks import Parks
from allocator.config.keys.parts import (
    BOUNDS,
    BY_SHAPE,
    IS_MAPPING,
    IS_VALUE,
    READ_NUMBER,
    READ_TEXT,
    READ_WHOLE,
    ROWS,
    WORDS,
    Amount,
    Count,
    Flag,
    Name,
    Nested,
    Number,
    OneOrMore,
    Part,
    Point,
    Positive,
    Share,
    Text,
    Where,
    Whole,
)
from allocator.config.keys.report import Benchmark, Closing, FactorMethod, Reporting, Sensitivity
from allocator.config.keys.risk import Risk, Robust, Uncertainty
from allocator.config.keys.scalars import read_of
from allocator.config.keys.screening import Screening
from allocator.config.keys.sources import Source
from allocator.config.keys.spending import Spending
from allocator.config.keys.stacking import Stacking
from allocator.config.keys.tables import Tables
from allocator.money import Money


class Factor(Part):
    """A leverage factor looked up by attributes; a filled cell of the project's own column takes precedence."""

    by: OneOrMore
    """Attribute, or list of attributes, of the project or option (`instrument`) that the factor depends on."""
    values: Nested | None = None
    """Factor per value of the attribute, nested in the order of `by`."""
    file: Name | None = None
    """Table with one column per attribute of `by` and a column `value`; instead of `values`."""
    default: Share | None = None
    """Factor where no value is listed; without it an unlisted value is an error."""

    @property
    def listed(self) -> tuple[str, Nested]:
        """The key that lists the values, and the values."""
        return "values", self.values or {}


class Additionality(Factor):
    """The share of the private investment that would not happen without support: fixed, or by how much is supported.

    With `elasticity`, instead of `values` or `file`, the additional investment is min(`cap`, elasticity × award ÷ private
    investment) × private investment, with the whole entitlement as the award; a part of it brings what the response says.
    Then × realisation × (1 − displacement) as ever. A filled cell of the column `additionality` stays a fixed share.
    """

    elasticity: Elasticities | None = None
    """Yuan of additional investment per yuan of support, per value of the attribute, nested in the order of `by`: a number,
    or {low, central, high} of which the central one counts. A default that the evidence bears [judgement]: large firms
    0.15 (0 to 0.3), medium ones 1, small ones 1.5 (1 to 1.5). [evidence] Criscuolo et al. 2019: 10 points more
    of subsidy, 10 % more jobs, in small firms only; Bronzini & Iachini 2014: small firms invest about the subsidy, large
    ones nothing more; Cerqua & Pellegrini 2014: additional, without crowding in; Siegloch et al. 2025: a point, 1 % of
    employment. For grants to technical renovation nothing causal was found."""
    cap: Share = Decimal(1)
    """With `elasticity`: greatest share of the private investment that is additional."""

    @property
    def listed(self) -> tuple[str, Nested]:
        """The key that lists the values, and the values; of a range the central one."""
        return super().listed if self.elasticity is None else ("elasticity", central(self.elasticity))


class Realisation(Factor):
    """The probability that an investment happens, by attributes of the project."""

    from_: Annotated[Literal["config", "progress"], READ_TEXT] = Field("config", alias="from")
    """`progress`: where enough projects of the previous plan were observed, the share of them that was realised (to 4
    decimals) takes the place of the value above; `by` names attributes of the project, as the table `progress` has them
    (a column of that name), else as the project table has them."""
    least: Annotated[int, Field(ge=1), READ_WHOLE] = 5
    """Fewest observed projects of a value from which their share is used (assumption)."""


class Leverage(Part):
    """What one yuan of support is taken to bring."""

    goal: Annotated[Literal["nominal", "certified", "additional"], READ_TEXT] = "additional"
    """Which of the three leverages `leveraged_investment` means. Nominal: the fixed investment, or what comes with a
    loan, a guarantee or project capital. Certified: private money for what `done_investment`, `other_public`, `bond_issued`
    and the whole entitlement leave of it, whatever is awarded: `own_funds` + `bank_loan_committed` + `bank_loan_planned`
    where the table says any of them, else all of it. Additional: certified × realisation × additionality ×
    (1 − displacement). All of them × the response to the award."""
    public_owner: Where = {}
    """Projects whose own money is public (a city, a 城投 company): it counts as `counterpart_investment`, not as certified
    investment. Nobody's when left out."""
    realisation: Realisation | None = None
    """Probability that the investment happens; own column `p_realise`. 1 when left out (an assumption)."""
    additionality: Additionality | None = None
    """Share of the investment that would not happen without support; own column `additionality`. 1 when left out."""
    displacement: Factor | None = None
    """Share of the investment taken from others; own column `displacement`. 0 when left out."""
    response: list[Point] = []
    """Corner points (share of the entitlement, share of the full effect), from [0, 0] to [1, 1]; linear when left out. Those
    of an instrument (`instruments.NAME.response`) take precedence. A curve is an assumption, and is listed as one."""


class Upgrading(Part):
    """The structure score of a project, 0–100, from visible criteria."""

    criteria: dict[Text, Annotated[Annotated[Number, IS_VALUE] | Annotated[dict[Text, Number], IS_MAPPING], BY_SHAPE]]
    """Column → points when it is 1 (in proportion when between 0 and 1), or column → {value: points}; blank is 0 points."""


class GoalTerm(Part):
    """One term of the goal."""

    measure: Name
    """What is measured: award, payment, count, nominal_investment, certified_investment, additional_investment,
    leveraged_investment, upgrading, or any numeric column of the project or option table."""
    weight: Number = Decimal(1)
    """Worth of one unit of the measure; relative between money measures, in money per unit for the others."""
    where: Where = {}
    """Only options for which this holds."""
    source: Name | None = None
    """For `award` and `payment`: only what this source pays."""
    coefficient: Name | None = None
    """Column with the share (0 to 1) of each project or option that counts, such as `sei_coef`; a blank counts 0, which is
    noted."""
    tolerance: Amount | None = None
    """Lexicographic mode: share of the value found that later terms may give up; the stage's gap when left out."""


class Goals(Part):
    """What the plan maximises."""

    mode: Annotated[Literal["weighted", "lexicographic"], READ_TEXT] = "weighted"
    """Weighted sum of the terms, or the terms one after the other in their order; what soft limits, targets and moves cost
    is taken off every one of them."""
    terms: Annotated[list[GoalTerm], Field(min_length=1)] = [GoalTerm(measure="leveraged_investment")]
    """The terms."""


class Limit(Part):
    """A floor, cap or share that the plan must keep."""

    name: Name
    """Name shown wherever the rule is spoken of."""
    measure: Name
    """What is measured; see goals.terms.measure."""
    where: Where = {}
    """Only options for which this holds."""
    source: OneOrMore | None = None
    """For `award` and `payment`: only what this source (or these sources) pays."""
    coefficient: Name | None = None
    """Column with the share (0 to 1) of each project or option that counts, such as `sei_coef`; a blank counts 0, which is
    noted. What a share or a ratio is held against counts in full."""
    each: OneOrMore | None = None
    """One limit for every value of this attribute (or combination of attributes); `year` means every plan year."""
    per: Name | None = None
    """Another measure: `min` and `max` then bound the ratio of `measure` to it, over the same options and year
    (energy per value added: `measure: energy_tce, per: new_va, max: 0.9`)."""
    per_source: OneOrMore | None = None
    """With `per: award` or `per: payment`: what these sources pay; the same sources as `source` when left out. A city's own
    share of what it and the province pay (市县配套): `measure: payment, source: city, per: payment, per_source: [province, city],
    each: region, min: 0.3`; progress of payments by city: `measure: payment, per: award, year: 2026, cumulative: true,
    each: region, min: 0.8` (what is paid up to the year ÷ the awards that start up to it)."""
    min: Number | None = None
    """Least value; money in the config's unit."""
    max: Number | None = None
    """Greatest value; money in the config's unit."""
    min_from: OneOrMore | None = None
    """Column of the project or regions table with the least value of each group, such as a quota; several columns are
    multiplied, such as a quota by a performance coefficient (奖优罚劣). Of several different values in one group the
    greatest, where all are blank none; beside `min` the greater. Money in the config's unit."""
    min_times: Amount = Decimal(1)
    """With `min_from`: times this, such as 0.8 for four fifths of the quota."""
    max_from: OneOrMore | None = None
    """The same with the greatest value of each group, such as room under a debt limit; of several different values in
    one group the least, beside `max` the lower."""
    max_times: Amount = Decimal(1)
    """With `max_from`: times this."""
    min_share: Share | None = None
    """Least share of the same measure and source over the whole plan, or of `of`."""
    max_share: Share | None = None
    """Greatest share of the same measure and source over the whole plan, or of `of`."""
    of: (
        Annotated[
            Annotated[Literal["budget"], READ_TEXT, IS_VALUE] | Annotated[Where, BeforeValidator(read_of), IS_MAPPING],
            BY_SHAPE,
        ]
        | None
    ) = None
    """Denominator of the shares instead of the plan's total: a `where` mapping, or `budget` for the sources' budget."""
    year: Whole | None = None
    """Only this year: start year, payment year for `payment`, spending year for investment with a `spending` profile."""
    cumulative: Flag = False
    """With `year`: everything up to and including that year."""
    soft: Amount | None = None
    """Loss of goal per unit of violation (shares: per unit of the measure missing or in excess); hard when left out."""
    strict: Flag = False
    """A floor for a value without any eligible candidate is an error instead of a notice."""
    new_only: Flag = False
    """Commitments of earlier years do not count."""

    def columns(self, end: str) -> list[str]:
        """Columns whose product is an end (min or max) of each group; none where it has only its own number."""
        given = self.min_from if end == "min" else self.max_from
        return [] if given is None else [given] if isinstance(given, str) else list(given)


class Dependency(Part):
    """A rule between projects, each by its id or by a name that only one has; exactly one of the rule keys is given."""

    requires: Annotated[list[Name], Field(min_length=2)] | None = None
    """[A, B, …]: A is funded only if all the others are, each starting at least `lag` years earlier."""
    lag: Count = 0
    """Years by which the required projects start earlier; 0: in any order."""
    excludes: Annotated[list[Name], Field(min_length=2)] | None = None
    """At most one of these projects is funded."""
    one_of: Annotated[list[Name], Field(min_length=1)] | None = None
    """Exactly one of these projects is funded."""
    all_or_none: Annotated[list[Name], Field(min_length=2)] | None = None
    """Either all of these projects are funded or none."""
    same_instrument: Annotated[list[Name], Field(min_length=2)] | None = None
    """Those of these projects that are funded have the same instrument."""


class Target(Part):
    """A volume the plan is meant to reach."""

    name: Name
    """Name shown wherever the target is spoken of."""
    measure: Name = "nominal_investment"
    """What is measured; see goals.terms.measure."""
    where: Where = {}
    """Only options for which this holds."""
    coefficient: Name | None = None
    """Column with the share (0 to 1) of each project or option that counts, such as `sei_coef`; a blank counts 0, which is
    noted."""
    min: Number | None = None
    """The volume; money in the config's unit."""
    growth: Number | None = None
    """Each plan year reaches at least (1 + growth) × the year before."""
    base: Amount | None = None
    """With `growth`: value of the year before the plan, which the first plan year is held against."""
    year: Whole | None = None
    """Only this start year; the spending year for investment with a `spending` profile."""
    cumulative: Flag = False
    """With `year`: everything up to and including that year."""
    shortfall_price: Amount | None = None
    """Loss of goal per unit missing; a hard target when left out."""


class Solver(Part):
    """How hard the solver tries."""

    gap: Share = Decimal("0.0005")
    """Proved distance from the best plan, as a share of the objective, at which the search ends."""
    time_limit: Positive = Decimal(300)
    """Seconds after which the best plan found so far is kept; a few more are taken where none is known yet."""
    threads: Annotated[int, Field(ge=1, le=1024), READ_WHOLE] = 2
    """Most threads the solver may use; the plan does not depend on it."""
    seed: Annotated[int, Field(ge=0, le=2147483647), READ_WHOLE] = 0
    """Random seed of the solver."""


class Config(Part):
    """A plan to be made: the tables, the money, the instruments, the goal and the rules."""

    title: Annotated[Text, WORDS] = ""
    """Title of the plan, shown on reports."""
    language: Annotated[Literal["zh", "en"], READ_TEXT, WORDS] = "zh"
    """Language of reports and messages."""
    money: Name = "万元"
    """Unit of every amount in config, tables and results: 元, 千元, 万元, 百万元, 千万元, 亿元, 千亿元, 万亿元, or a
    currency with a number or a word before it: "1000 EUR", "billion VND"."""
    quantum: Annotated[Decimal, Field(ge=Decimal("0.000001"), le=10**12), READ_NUMBER] | None = None
    """Smallest amount there is, in the currency: a power of ten such as 0.01 (元, EUR and most others) or 1 (JPY, KRW, VND,
    IDR), which are taken when it is left out. Every amount is a whole multiple of it, so awards come in steps of at least
    as much. Amounts and the sum of a column hold 2·10^15 of it (9·10^15 where the unit of `money` is as small); when it
    is left out and the plan's money is more than that, the next power of ten that holds it is taken, with a notice.
    Amounts of tables that are finer are rounded half up, with a notice; those of the config are refused."""
    years: Annotated[list[Whole], Field(min_length=1)]
    """Plan years, in order."""
    discount: Annotated[Decimal, Field(ge=0, lt=1), READ_NUMBER] = Decimal(0)
    """Rate per year by which the goal counts later starts less: value × (1 + discount)^−(years after the first plan year)."""
    projects: OneOrMore
    """Project table: a csv file, or book.xlsx#sheet; or a list of them, each city's own. Headers in Chinese or English."""
    tables: Tables = Tables()
    """How the tables are written."""
    columns: dict[Name, Name] = {}
    """Contract name of a column → header it has in the planner's tables."""
    regions: Name | None = None
    """Table of attributes joined on `region`."""
    options: Name | None = None
    """Table of ready-made options."""
    sources: Annotated[dict[Name, Source], BOUNDS] = {}
    """The pots of money, by key."""
    instruments: dict[Name, Instrument] = {}
    """The instruments, by key."""
    packages: list[Annotated[list[Name], Field(min_length=2)]] = []
    """Instruments that one project may have together, [[a, b], …], with the same start year; otherwise a project has
    one. Awards are added, each part is paid by the sources of its own instrument, and the investment counts once; what support causes by an `elasticity` adds up, to no more
    than its `cap`.
    Together they are no more than `requested_amount`; special bonds are not combined with other support."""
    stacking: Stacking = Stacking()
    """What a project or a legal entity may not have on top of each other."""
    screening: Screening = Screening()
    """Gates that a project passes before any instrument is open to it."""
    closing: Closing = Closing()
    """Whether the financing of supported projects closes."""
    capital_ratios: CapitalRatios = CapitalRatios()
    """Least shares of own capital by industry, for keys that say `by_industry`."""
    debt: Debt | None = None
    """Limits of the debt that special bonds make; `{}` has none and gives `debt.csv` and `cover.csv` all the same."""
    flags: Flags | None = None
    """Warnings about what the plan funds, F1–F14; `{}` gives them with their own thresholds."""
    leverage: Leverage = Leverage()
    """What support is taken to bring."""
    upgrading: Upgrading | None = None
    """How the structure score is made; a column `structure_score` of the project table otherwise."""
    goals: Annotated[Goals, BOUNDS] = Goals()
    """What the plan maximises."""
    minimise: Annotated[Literal["spending"], READ_TEXT] | None = None
    """`spending`: instead of reaching the most for the budgets, reach what limits and targets ask for with the least
    money: every payment of the plan, commitments and payments after the last plan year included, plus the price of
    what soft limits miss. The goals are then reported, not maximised."""
    limits: Annotated[list[Limit], BOUNDS] = []
    """Floors, caps and shares; named, each name once."""
    dependencies: Annotated[list[Dependency], ROWS] = []
    """Rules between projects."""
    parks: Parks | None = None
    """Capacity of parks that plants share, year by year."""
    spending: Spending | None = None
    """When investment is spent; without it all of it counts in the start year."""
    chains: Chains | None = None
    """Nodes of industrial chains that projects close."""
    synergies: list[Synergy] = []
    """What projects bring together; named, each name once."""
    targets: Annotated[list[Target], BOUNDS] = []
    """Investment volumes to reach; named, each name once."""
    locks: Annotated[Locks, BOUNDS] = Locks()
    """Decisions taken before."""
    commitments: Name | None = None
    """Table of awards promised before: fixed, with their remaining payments; columns of the option file."""
    previous: Name | None = None
    """Run folder of the plan approved before (its awards.csv and payments.csv are read); instead of `commitments`. What has
    begun, or was committed and has not failed, stays with what is still to pay; all else is decided anew."""
    progress: Name | None = None
    """Table of how far its projects got: project_id, started, completed, in_production, failed, paid as source@year, invested.

    What should have begun before the first plan year and has not counts as failed; what failed gets nothing. What was not
    paid of earlier years falls due in the first plan year. Every year may be told again, also those before that plan.
    `invested` is all investment done so far; beside what was paid it gives the leverage so far (`delivered.csv`).
    The share of projects that were realised is shown with its 95 % interval (Wilson); `leverage.realisation.from` uses it.
    """
    stability: Annotated[Amount | None, ROWS] = None
    """Loss of goal per unit of money by which an award differs from the approved one, where nothing has begun yet; a new
    award where none was approved differs by all of it."""
    uncertainty: Uncertainty | None = None
    """What may turn out otherwise than planned."""
    risk: Annotated[Risk, ROWS] = Risk()
    """How much bad outcomes count."""
    robust: Annotated[Robust | None, ROWS] = None
    """Worst case in which a few values fall at the same time."""
    solver: Annotated[Solver, WORDS] = Solver()
    """How hard the solver tries."""
    factor_method: FactorMethod | None = None
    """What each region would get by formula: the quota that reports hold its share against."""
    benchmarks: Annotated[list[Benchmark], Field(min_length=1)] | None = None
    """Ways of splitting the same money that the plan is held against: `factor_method` (each region its quota, then by
    leverage), `leverage_rank` and `score_rank` (whole awards down to a cut line), `pro_rata` (everybody the same share),
    `previous` (as in the plan before)."""
    sensitivity: Annotated[Sensitivity, WORDS] = Sensitivity()
    """How far the numbers behind the plan may be off."""
    report: Reporting = Reporting()
    """What reports draw on and compare with."""

    @property
    def unit(self) -> Money:
        """The unit of money, with the smallest amount."""
        return Money.of(self.money, self.quantum)

    def budget(self, source: str, year: int) -> Decimal:
        """Budget of ``source`` in plan year ``year``, in the config's money unit."""
        budget = self.sources[source].budget
        return budget[year] if isinstance(budget, dict) else budget

"""The options an instrument offers: eligible projects × start years × award levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from allocator.config.keys.instruments import Instrument
from allocator.messages import Message
from allocator.money.arrays import Floats, Ints, Rows
from allocator.options.block import Block, Payers, Payments, coded
from allocator.options.candidates import Candidates
from allocator.options.instruments import (
    Claim,
    Levels,
    claim_of,
    fixed_award_fault,
    levels_of,
    payment_plan,
    smallest_award,
)
from allocator.options.instruments.continuous import MOST_AWARDS, steps_of, strides
from allocator.options.instruments.entitlement import Entitlement, whole_fen
from allocator.options.instruments.levels import step_of
from allocator.options.instruments.phases import left_for_later, phased, sums
from allocator.options.leverage import (
    FACTORS,
    Caused,
    Factors,
    Response,
    additional,
    effect,
    goal_measure,
    need_without_support,
)
from allocator.options.scores import upgrading_value
from allocator.options.screening.financing import CLOSING, finance, is_gated, most_open, open_need
from allocator.options.screening.screen import Screening, listed
from allocator.options.screening.stacking import cut, room
from allocator.tables.measures import MEASURES

PUBLIC = ("done_investment", "other_public", "bond_issued")
"""Columns that certified investment leaves out."""
ADDITIONAL: Final = "additional_investment"


@dataclass(frozen=True)
class OptionBuilder:
    """Makes the options of the instruments of a plan."""

    pool: Candidates
    factors: Factors
    score: Floats
    payers: Payers
    found: Screening
    problems: list[Message]
    notices: list[Message]

    def of(self, key: str, projects: Rows) -> tuple[Block, int]:
        """The options of an instrument for ``projects``, and how many were removed because they pay too late."""
        instrument = self.pool.config.instruments[key]
        claim = claim_of(instrument, self.pool, projects)
        projects, claim = self._accepted(key, projects, claim)
        entitlement = self._within_ceiling(key, projects, claim.entitlement)
        if instrument.continuous:
            self._tell_strides(key, instrument, entitlement)
        needed = sums(self.pool, projects, instrument.award) if instrument.award.phases else None
        if needed is None:
            offered = levels_of(instrument, entitlement, self.pool.money)
        else:
            offered = phased(needed, entitlement, instrument.award, self.pool.money)
            self._tell_short_phases(key, needed[:, -1], whole_fen(entitlement))
        self._screen_levels(key, instrument, projects, entitlement, offered)
        offered = self._with_fixed(key, instrument, projects, entitlement, offered)
        offered = self._that_close(key, projects, offered, needed)
        starts, removed = self._starts(key, instrument, projects, offered, claim)
        measures = self._measures(key, projects, claim, offered)
        block = Block(
            project=projects[offered.row[starts.level]],
            option=_names(key, starts.year, offered.level[starts.level], highest(instrument, offered)),
            instrument=coded(np.zeros(len(starts.level), np.int64), [key]),
            start_year=starts.year,
            award=offered.award[starts.level],
            measures={name: values[starts.level] for name, values in measures.items()},
            payments=self._payments(key, starts.plan, starts.year),
            extra=_extra_columns(claim, offered, starts),
        )
        return block, removed

    def together(self, keys: Sequence[str], project: Rows, awards: Sequence[Floats]) -> dict[str, Floats]:
        """What awards of several instruments to the same projects bring, each beside all that the others entitle to.

        The investment counts once: each measure is the largest that one of the awards brings. Only what support causes by
        an elasticity adds up, to no more than `cap` of the private money.
        """
        projects, row = np.unique(project, return_inverse=True)
        claims = [claim_of(self.pool.config.instruments[key], self.pool, projects) for key in keys]
        entitled = np.sum([whole_fen(claim.entitlement) for claim in claims], axis=0)
        levels = [Levels(row, np.zeros(len(row), np.int64), award) for award in awards]
        brings = [
            self._measures(key, projects, claim, level, entitled)
            for key, claim, level in zip(keys, claims, levels, strict=True)
        ]
        joint = {name: np.max([one[name] for one in brings], axis=0) for name in MEASURES}
        spec = self.pool.config.leverage.additionality
        if spec is None or spec.elasticity is None:
            return joint
        added = np.sum([one[ADDITIONAL] for one in brings], axis=0)
        at_most = np.max(
            [self._all_caused(key, projects, row, one) for key, one in zip(keys, brings, strict=True)], axis=0
        )
        own = self.factors.own("additionality", lambda name: self.pool.column(name)[projects], len(projects))[row]
        joint[ADDITIONAL] = np.where(np.isnan(own), np.minimum(added, at_most), joint[ADDITIONAL])
        return self._with_goal(projects[row], joint)

    def _all_caused(self, key: str, projects: Rows, row: Rows, brings: Mapping[str, Floats]) -> Floats:
        """What would be additional if support caused all that an elasticity may cause."""
        spec = self.pool.config.leverage.additionality
        realised, _, displaced = self._factors(key, projects, row)
        cap = np.full(len(row), 1.0 if spec is None else float(spec.cap))
        return additional(brings["certified_investment"], realised, Caused.fixed(cap), displaced)

    def _accepted(self, key: str, projects: Rows, claim: Claim) -> tuple[Rows, Claim]:
        """Without the projects that the kind of instrument refuses."""
        refused = np.zeros(len(projects), dtype=bool)
        for rule, (rows, values, threshold) in claim.refused.items():
            self.found.exclude(projects[rows], key, rule, np.array(values, dtype=object), threshold)
            refused[rows] = True
        if not refused.any():
            return projects, claim
        return projects[~refused], claim.of(np.flatnonzero(~refused))

    def _tell_strides(self, key: str, instrument: Instrument, entitlement: Entitlement) -> None:
        """Say where the step is so fine that several are taken at a time."""
        last = steps_of(entitlement, step_of(instrument.award, self.pool.money))
        wide = strides(last)
        count = int((wide > 1).sum())
        if count:
            path = f"instruments.{key}.award.step"
            step = self.pool.money.text(int(wide.max()) * step_of(instrument.award, self.pool.money))
            values = {"count": count, "most": MOST_AWARDS, "step": step, "unit": self.pool.money.name}
            self.notices.append(Message("options.step_too_fine", values, self.pool.loaded.place(path), path))

    def _within_ceiling(self, key: str, projects: Rows, entitlement: Entitlement) -> Entitlement:
        """What may be awarded of entitlements under the ceiling of public money; every cut is kept with the screening.

        What an award brings is still its share of the whole entitlement: a lower ceiling makes no award worth more.
        """
        rule = self.pool.config.stacking.public_share
        if rule is None or not rule.covers(key):
            return entitlement
        left = room(self.pool)[projects]
        less = cut(entitlement, left)
        rows = np.flatnonzero(less.numerator != entitlement.numerator)
        most = np.array([self.pool.money.text(int(left[row])) for row in rows], dtype=object)
        self.found.exclude(projects[rows], key, "public_share", self._in_words(entitlement, rows), most)
        return less

    def _in_words(self, entitlement: Entitlement, rows: Rows) -> NDArray[np.object_]:
        unit = Decimal(entitlement.denominator) * self.pool.money.fen_per_unit
        values = [format((Decimal(int(entitlement.numerator[row])) / unit).normalize(), "f") for row in rows]
        return np.array(values, dtype=object)

    def _screen_levels(
        self, key: str, instrument: Instrument, projects: Rows, entitlement: Entitlement, offered: Levels
    ) -> None:
        none = np.ones(len(projects), dtype=bool)
        none[offered.row] = False
        rows = np.flatnonzero(none)
        least = self.pool.money.text(smallest_award(instrument.award, self.pool.money))
        self.found.exclude(projects[rows], key, "award_min", self._in_words(entitlement, rows), least)

    def _tell_short_phases(self, key: str, total: Floats, entitlement: Floats) -> None:
        """Say where phases need less than the project is entitled to, which its last one gets all the same."""
        count = int(((total > 0) & (total < entitlement)).sum())
        if count:
            path = f"instruments.{key}.award.phases"
            self.notices.append(Message("options.phases_short", {"count": count}, self.pool.loaded.place(path), path))

    def _that_close(self, key: str, projects: Rows, offered: Levels, needed: Floats | None) -> Levels:
        """Without the levels that leave more of a project's financing open than may be; later phases may wait."""
        if not is_gated(self.pool.config, key):
            return offered
        need, most = open_need(self.pool)[projects], most_open(self.pool)[projects]
        here = np.unique(offered.row)
        if untold := int(np.isnan(need[here]).sum()):
            path = f"instruments.{key}"
            self.notices.append(
                Message("options.closing_untold", {"count": untold}, self.pool.loaded.place(path), path)
            )
        later = 0 if needed is None else left_for_later(needed)[offered.row, offered.level - 1]
        keep = ~(need[offered.row] - offered.award - later > most[offered.row])
        rows = np.unique(offered.row[~keep])
        texts = [
            np.array([self.pool.money.text(int(amounts[row])) for row in rows], dtype=object)
            for amounts in (need, most)
        ]
        self.found.exclude(projects[rows], key, CLOSING, *texts)
        return Levels(offered.row[keep], offered.level[keep], offered.award[keep])

    def _with_fixed(
        self, key: str, instrument: Instrument, projects: Rows, entitlement: Entitlement, offered: Levels
    ) -> Levels:
        """Add the awards that `locks.fix` asks for and that are no level."""
        if not self.pool.config.locks.fix:
            return offered
        extra: list[tuple[int, float]] = []
        row_of = {
            project: row for row, project in enumerate(self.pool.inputs.projects["project_id"].to_numpy()[projects])
        }
        for project, fixed in self.pool.config.locks.fix.items():
            row = row_of.get(project)
            if fixed.award is None or fixed.option is not None or row is None or fixed.instrument not in (None, key):
                continue
            fen = fixed.award * self.pool.money.fen_per_unit
            fault = (
                "step" if fen % 1 else fixed_award_fault(int(fen), row, entitlement, instrument.award, self.pool.money)
            )
            if fault is None:
                if not (offered.award[offered.row == row] == float(fen)).any():
                    extra.append((row, float(fen)))
            elif fixed.instrument == key:
                self.problems.append(self._fixed_problem(project, instrument, fixed.award, fault, entitlement, row))
        if not extra:
            return offered
        rows, awards = zip(*extra, strict=True)
        return Levels(
            np.append(offered.row, rows),
            np.append(offered.level, [highest(instrument, offered) + 1] * len(extra)),
            np.append(offered.award, awards),
        )

    def _fixed_problem(
        self, project: str, instrument: Instrument, award: Decimal, fault: str, entitlement: Entitlement, row: int
    ) -> Message:
        unit = Decimal(entitlement.denominator) * self.pool.money.fen_per_unit
        bound = {
            "step": instrument.award.step or Decimal(1) / self.pool.money.fen_per_unit,
            "min": instrument.award.min,
            "max": instrument.award.max,
            "entitlement": Decimal(int(entitlement.numerator[row])) / unit,
        }[fault]
        path = f"locks.fix.{project}.award"
        values = {"got": f"{award:f}", "bound": f"{Decimal(bound or 0).normalize():f}", "unit": self.pool.money.name}
        return Message(f"options.fixed_{fault}", values, self.pool.loaded.place(path), path)

    def _starts(
        self, key: str, instrument: Instrument, projects: Rows, offered: Levels, claim: Claim
    ) -> tuple[_Starts, int]:
        """Every level at every start year it may have, with its payments."""
        years = np.array(self.pool.config.years)
        tail = bool(self.payers.with_tail(self.payers.of_instrument(key)))
        project = projects[offered.row]
        level, year, plans, late = [], [], [], []
        for delay in range(instrument.start.delay + 1):
            start = self.pool.support_start[project] + delay
            inside = np.flatnonzero(np.isin(start, years))
            plan = payment_plan(offered.award[inside], claim.profile(offered.row[inside]))
            beyond = (start[inside] + _lengths(plan) - 1 > years[-1]) & (not tail)
            late.append((project[inside[beyond]], start[inside[beyond]]))
            level.append(inside[~beyond])
            year.append(start[inside[~beyond]])
            plans.append(plan[~beyond])
        starts = _Starts(np.concatenate(level), np.concatenate(year), _side_by_side(plans))
        return starts, self._screen_late(key, late)

    def _screen_late(self, key: str, late: list[tuple[Rows, Rows]]) -> int:
        project, year = (np.concatenate(part) for part in zip(*late, strict=True))
        pairs = pd.DataFrame({"project": project, "year": year}).drop_duplicates().sort_values(["project", "year"])
        if len(pairs):
            years = pairs["year"].astype(str).groupby(pairs["project"]).agg(listed)
            last = str(self.pool.config.years[-1])
            self.found.exclude(years.index.to_numpy(), key, "tail", years.to_numpy(dtype=object), last)
        return len(project)

    def _measures(
        self, key: str, projects: Rows, claim: Claim, offered: Levels, entitled: Floats | None = None
    ) -> dict[str, Floats]:
        """What every level brings; ``entitled``: all that the projects are entitled to, where it is more than this claim."""
        row = offered.row
        config = self.pool.config
        response = Response(config.instruments[key].response or config.leverage.response)
        whole = whole_fen(claim.entitlement) if entitled is None else entitled
        fixed, private, counterpart = self._full(projects, claim, row, whole)

        def brought(full: Floats) -> Floats:
            return effect(full, offered.award, claim.entitlement, row, response)

        realised, share, displaced = self._factors(key, projects, row)
        caused = self._caused(share, projects, claim.entitlement, row, private)
        certified = brought(private)
        measures = {
            "supported_investment": fixed,
            "nominal_investment": brought(fixed),
            "certified_investment": certified,
            "counterpart_investment": brought(counterpart),
            ADDITIONAL: additional(certified, realised, caused, displaced),
        }
        return self._with_goal(projects[row], measures)

    def _factors(self, key: str, projects: Rows, row: Rows) -> list[Floats]:
        """Realisation, additionality and displacement of the projects of some rows."""
        with_level, at = np.unique(row, return_inverse=True)
        supported, column = projects[with_level], self.pool.column
        size = len(supported)
        return [self.factors.of(name, key, lambda of: column(of)[supported], size)[at] for name in FACTORS]

    def _with_goal(self, project: Rows, measures: Mapping[str, Floats]) -> dict[str, Floats]:
        """The measures with the one that the goal speaks of, and with what it counts for the structure."""
        leveraged = measures[goal_measure(self.pool.config.leverage)]
        upgrading = upgrading_value(self.score[project], leveraged)
        return {**measures, "leveraged_investment": leveraged, "upgrading": upgrading}

    def _caused(self, factor: Floats, projects: Rows, entitlement: Entitlement, row: Rows, private: Floats) -> Caused:
        """The share that support causes: fixed, or by elasticity where the project has no share of its own."""
        fixed, spec = Caused.fixed(factor), self.pool.config.leverage.additionality
        if spec is None or spec.elasticity is None:
            return fixed
        own = self.factors.own("additionality", lambda name: self.pool.column(name)[projects], len(projects))
        by_intensity = Caused.by_intensity(factor, entitlement, row, private, Fraction(spec.cap))
        return fixed.where(~np.isnan(own)[row], by_intensity)

    def _full(self, projects: Rows, claim: Claim, row: Rows, whole: Floats) -> tuple[Floats, Floats, Floats]:
        """Fixed investment, private money and public owners' own money that the whole entitlement brings, per row."""

        def amount(name: str) -> Floats:
            return np.nan_to_num(self.pool.fen(name)[projects])[row]

        fixed, attached = amount("fixed_investment"), None
        if claim.attached is not None:
            attached = claim.attached[row]
            fixed = np.where(self.pool.blank("fixed_investment")[projects][row], attached, fixed)
        need = need_without_support(fixed, map(amount, PUBLIC), whole[row], attached)
        private, counterpart = finance(self.pool, projects).of(row).split(need)
        return fixed if attached is None else np.minimum(fixed, attached), private, counterpart

    def _payments(self, key: str, plan: Floats, start: Rows) -> Payments:
        sources = self.payers.of_instrument(key)
        option, offset = np.nonzero(plan)
        year = start[option] + offset
        code = np.full(len(option), self.payers.code(sources), dtype=np.int16)
        late = year > self.pool.config.years[-1]
        if late.any():
            code[late] = self.payers.code(self.payers.with_tail(sources))
        return Payments(option, code, year.astype(np.int16), plan[option, offset])


def highest(instrument: Instrument, offered: Levels) -> int:
    """The highest level there may be."""
    return int(offered.level.max(initial=1)) if instrument.continuous else instrument.award.offers


class _Starts(NamedTuple):
    level: Rows
    """Row of the level."""
    year: Rows
    plan: Floats
    """Payments by year after the start, fen."""


def _extra_columns(claim: Claim, offered: Levels, starts: _Starts) -> pd.DataFrame:
    """Measures that only this kind of instrument has."""
    if claim.own_measures is None:
        return pd.DataFrame()
    found = claim.own_measures(offered.row, offered.award)
    extra = {name: values[starts.level] for name, values in found.items()}
    if claim.dated is not None:
        extra |= claim.dated(offered.row[starts.level], starts.plan, starts.year)
    return pd.DataFrame(extra)


def _lengths(plan: Floats) -> Ints:
    """Years from the start to the last payment, both counted; 1 where nothing is paid."""
    pays = plan > 0
    last = pays.shape[1] - pays[:, ::-1].argmax(axis=1)
    return np.where(pays.any(axis=1), last, 1).astype(np.int64)


def _side_by_side(plans: list[Floats]) -> Floats:
    """Payment plans of different lengths as one table."""
    widest = max(plan.shape[1] for plan in plans)
    if all(plan.shape[1] == widest for plan in plans):
        return np.concatenate(plans)
    return np.concatenate([np.pad(plan, ((0, 0), (0, widest - plan.shape[1]))) for plan in plans])


def _names(key: str, year: Rows, level: Ints, n: int) -> pd.Categorical:
    """`instrument@year#level`; a fixed award that is no level is called `fix`."""
    if not len(year):
        return pd.Categorical([])
    first, last = int(year.min()), int(year.max())
    words = [*map(str, range(1, n + 1)), "fix"]
    names = [f"{key}@{start}#{word}" for start in range(first, last + 1) for word in words]
    return coded((year - first) * (n + 1) + level - 1, names)

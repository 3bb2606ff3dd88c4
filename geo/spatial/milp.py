"""Mixed integer programmes put to HiGHS: plain arrays in, the best point and a proven bound out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import highspy
import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Programme:
    """Least `cost @ x` with `row_low <= matrix @ x <= row_high`, `low <= x <= high`, some x whole."""

    cost: Floats
    matrix: sp.csr_array
    row_low: Floats
    row_high: Floats
    low: Floats
    high: Floats
    whole: Bools


@dataclass(frozen=True)
class Solved:
    """`x` is None where no point was found (`bound` inf: there is none)."""

    x: Floats | None
    value: float
    bound: float


class QuietHighs(highspy.Highs):
    """HiGHS on one thread, without its banner, which the first callback set would print.

    A second thread makes the answer at a limit hang on the moment, and spins where there is nothing
    to share. Feasibility jump takes as long as all the rest of a small programme and finds what
    rounding finds.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.setOptionValue("threads", 1)
        self.setOptionValue("mip_heuristic_run_feasibility_jump", False)

    def enableCallbacks(self) -> None:  # noqa: N802  the name is of HiGHS
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()  # type: ignore[no-untyped-call]


def solve(
    programme: Programme,
    *,
    seconds: float = np.inf,
    start: Floats | None = None,
    gap: float = 1e-9,
    nodes: int | None = None,
    alike: bool = False,
) -> Solved:
    """The optimum, proven to the share `gap`, or what is known after `seconds` or so many `nodes`.

    `start`: a point to beat. A limit of nodes, unlike one of time, gives the same answer every time.
    `alike`: many variables cost the same, so that their reduced costs say nothing of where to look and
    starting anew with those they fix costs more than it saves; shifting what rounding gives finds more.
    """
    settings: dict[str, float | bool] = {"mip_rel_gap": gap, "mip_abs_gap": 1e-9}
    if nodes is not None:
        settings["mip_max_nodes"] = nodes
    if np.isfinite(seconds):
        settings["time_limit"] = float(seconds)
    if alike:
        settings |= {"mip_heuristic_run_root_reduced_cost": False, "mip_allow_restart": False}
        settings["mip_heuristic_run_shifting"] = True
    solved = _solve(programme, start, settings)
    if start is not None and not _told_truly(programme, solved):
        # HiGHS 1.16 can lose a start in its presolve: it then tells a value that its own point has not.
        return _solve(programme, None, settings)
    return solved


def _told_truly(programme: Programme, solved: Solved) -> bool:
    if solved.x is None:
        return True
    value = float(programme.cost @ solved.x)
    return abs(value - solved.value) <= 1e-6 * max(1.0, abs(value))


def _solve(programme: Programme, start: Floats | None, settings: Mapping[str, float | bool]) -> Solved:
    highs = QuietHighs()
    for name, value in settings.items():
        highs.setOptionValue(name, value)
    highs.passModel(_model(programme))
    if start is not None:
        point = highspy.HighsSolution()
        point.col_value = np.asarray(start, float).tolist()
        highs.setSolution(point)
    highs.run()
    status, info = highs.getModelStatus(), highs.getInfo()
    if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
        return Solved(None, np.inf, np.inf)
    optimal = status == highspy.HighsModelStatus.kOptimal
    value = float(info.objective_function_value)
    bound = float(info.mip_dual_bound) if programme.whole.any() else (value if optimal else -np.inf)
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return Solved(None, np.inf, bound)
    return Solved(np.array(highs.getSolution().col_value), value, min(bound, value))


class Held:
    """A linear programme that is changed and solved again, each time from the last answer."""

    def __init__(self, programme: Programme) -> None:
        self._row_low, self._low, self._high = programme.row_low, programme.low, programme.high
        self._holding: tuple[int, ...] = ()
        self._highs = QuietHighs()
        self._highs.setOptionValue("output_flag", False)
        self._highs.passModel(_model(programme))

    def solved(self) -> Solved:
        self._highs.run()
        if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return Solved(None, np.inf, np.inf)
        value = float(self._highs.getInfo().objective_function_value)
        return Solved(np.array(self._highs.getSolution().col_value), value, value)

    def reduced_costs(self) -> Floats:
        """Of the last answer: what one more of each variable adds to the value."""
        return np.array(self._highs.getSolution().col_dual)

    def costing(self, cost: Floats) -> Held:
        """The same at other costs from now on, not yet solved."""
        self._highs.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)
        return self

    def holding(self, values: Mapping[int, float]) -> Solved:
        """The same with these variables at these values, and no others: the next call frees them again."""
        for column in self._holding:
            self._highs.changeColBounds(column, float(self._low[column]), float(self._high[column]))
        for column, value in values.items():
            self._highs.changeColBounds(column, value, value)
        self._holding = tuple(values)
        return self.solved()

    def within(self, row: int, upper: float) -> Solved:
        """The same with another upper bound of one row."""
        self._highs.changeRowBounds(row, float(self._row_low[row]), upper)
        return self.solved()


def _model(programme: Programme) -> highspy.HighsLp:
    matrix = sp.csr_array(programme.matrix)
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = matrix.shape
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = programme.cost, programme.low, programme.high
    lp.row_lower_, lp.row_upper_ = programme.row_low, programme.row_high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = matrix.indptr
    lp.a_matrix_.index_ = matrix.indices
    lp.a_matrix_.value_ = matrix.data.astype(float)
    if programme.whole.any():
        kinds = highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger
        lp.integrality_ = [kinds[int(whole)] for whole in programme.whole]
    return lp

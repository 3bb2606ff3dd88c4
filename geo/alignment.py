"""What does the line of a road or a path have to keep? Values of the standard for smoothing."""

from __future__ import annotations

from geo.spatial.smoothing import Course
from geo.standards import Standard

SURE = 0.985
"""Share of the greatest grade that is aimed at, for grades are measured every few metres only."""


def road_course(standard: Standard) -> Course:
    """A group road, or the road to a site."""
    return Course(
        grade=SURE * standard["road_design.max_grade_pct"] / 100,
        base_m=standard["road_design.grade_base_m"],
        wave_m=standard["road_design.wave_m"],
        shift_m=standard["road_design.shift_m"],
        radius_m=standard["road_design.min_radius_m"],
    )


def path_course(standard: Standard, cell_m: float) -> Course:
    """A household path on terrain of cells of `cell_m`."""
    return Course(
        grade=standard["path_design.max_grade_pct"] / 100,
        base_m=max(standard["path_design.grade_base_m"], cell_m),
        wave_m=standard["path_design.wave_m"],
        shift_m=standard["path_design.shift_m"],
        spacing_m=5.0,
    )

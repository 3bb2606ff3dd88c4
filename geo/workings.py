"""What is known of each coal working? Depth, seam, parameters, and whether its ground still moves.

Stands below the themes, for two ask: the zones (how far its influence reaches) and the
subsidence model. Everything the record does not say comes from the standard and is
marked `assumed`.

Movement takes T = 2.5 H days (1000 exp(1 - 400 / H) where H > 400 m): 建筑物、水体、铁路及主要井巷
煤柱留设与压煤开采规范 2017. Its course is Knothe's, 1 - exp(-c t), with c such that the standard's share
of it is over at T. The record gives a year only: it counts as mined out at that year's end and is
judged in the middle of the year asked for.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.area import Area
from geo.standards import Standard

Floats = npt.NDArray[np.float64]

ACTIVE, RESIDUAL, SETTLED, SHALLOW, PLANNED = "active", "residual", "settled", "shallow", "planned"
STATES = (ACTIVE, RESIDUAL, SETTLED, SHALLOW, PLANNED)
THREATENING = (ACTIVE, RESIDUAL, SHALLOW)
"""States in which a working threatens the houses of today."""

DAYS_A_YEAR = 365.25
HALF_YEAR = 0.5
MM = 1000.0

COLUMNS = {
    "working": "str",
    "mine": "str",
    "state": "str",
    "year": "Int64",  # mined out at its end; missing: nobody said
    "settled_year": "Int64",  # first year in which its ground is at rest; missing where that cannot be told
    "depth_m": "float64",  # H, at the middle of the working
    "thickness_m": "float64",
    "dip_deg": "float64",
    "dip_dir": "float64",  # azimuth the seam falls to, NaN unknown
    "q": "float64",
    "b": "float64",
    "tanb": "float64",
    "w_max_mm": "float64",  # of full extraction: m q cos(dip)
    "radius_m": "float64",  # r = H / tan beta
    "done": "float64",  # share of the movement that is over; NaN where the year is not known
    "assumed": "bool",  # some parameter of the model is the standard's
    "assumed_reach": "bool",  # depth or tan beta is
    "assumed_q": "bool",
    "assumed_b": "bool",
    "assumed_tanb": "bool",
}


def year_of(area: Area, standard: Standard) -> int:
    """The year states are judged in: that of the newest survey, else the standard's."""
    date = area.data_date
    return date.year if date else int(standard["mine.as_of_year"])


def make_workings(layer: gpd.GeoDataFrame, standard: Standard, year: int) -> pd.DataFrame:
    """One row per working in row order of the layer, columns `COLUMNS`."""
    depth, no_depth = _or(layer["depth"], standard["mine.depth_m"])
    thickness, no_thickness = _or(layer["thickness"], standard["mine.thickness_m"])
    q, no_q = _or(layer["q"], standard["mine.q"])
    b, no_b = _or(layer["b"], standard["mine.b"])
    tanb, no_tanb = _or(layer["tanb"], standard["mine.tanb"])
    dip = layer["dip"].fillna(standard["mine.dip_deg"]).to_numpy(float)
    w_max = thickness * q * np.cos(np.radians(dip)) * MM
    planned = layer["planned"].fillna(False).to_numpy(bool)
    mined = layer["year"].astype("float64").to_numpy()
    duration, rest = _years(depth, w_max, standard)
    elapsed = np.maximum(0.0, year - mined - HALF_YEAR)
    shallow = depth / thickness < standard["mine.shallow_ratio"]
    state = np.select(
        [planned, shallow, ~(elapsed > duration), ~(elapsed > rest)],
        [PLANNED, SHALLOW, ACTIVE, RESIDUAL],
        SETTLED,
    )
    done = 1.0 - (1.0 - standard["mine.duration_share"]) ** (elapsed / duration)
    settled = np.where(planned | shallow, np.nan, np.floor(mined + HALF_YEAR + rest) + 1)
    table = pd.DataFrame(
        {
            "working": layer["id"],
            "mine": layer["mine"],
            "state": state,
            "year": layer["year"],
            "settled_year": pd.array(settled, "Float64"),
            "depth_m": depth,
            "thickness_m": thickness,
            "dip_deg": dip,
            "dip_dir": layer["dip_dir"].to_numpy(float),
            "q": q,
            "b": b,
            "tanb": tanb,
            "w_max_mm": w_max,
            "radius_m": depth / tanb,
            "done": np.where(planned, 0.0, done),
            "assumed": no_depth | no_thickness | no_q | no_b | no_tanb | (~planned & np.isnan(mined)),
            "assumed_reach": no_depth | no_tanb,
            "assumed_q": no_q,
            "assumed_b": no_b,
            "assumed_tanb": no_tanb,
        }
    )
    return table.astype(COLUMNS)


def shift_m(table: pd.DataFrame, standard: Standard) -> Floats:
    """How far down the dip the influence of each working is displaced, (n, 2) metres east and north.

    H cot(theta) with theta = 90 - k dip degrees. None where nobody says which way the seam falls.
    """
    far = table["depth_m"].to_numpy() * lean(table, standard)
    way = np.radians(table["dip_dir"].to_numpy())
    return np.asarray(np.nan_to_num(np.column_stack([far * np.sin(way), far * np.cos(way)])))


def lean(table: pd.DataFrame, standard: Standard) -> Floats:
    """cot(theta) of each working, theta = 90 - k dip: the propagation angle of the influence."""
    return np.asarray(np.tan(np.radians(standard["mine.propagation_k"] * table["dip_deg"].to_numpy())))


def _or(values: pd.Series, otherwise: float) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Positive numbers as they are, the rest from the standard; which those were."""
    given = values.to_numpy(float)
    bad = ~(given > 0)
    return np.where(bad, otherwise, given), bad


def _years(depth: Floats, w_max_mm: Floats, standard: Standard) -> tuple[Floats, Floats]:
    """How long the movement of each working lasts, and until when some of it may still come, in years.

    At rest when less than the edge of the affected ground (10 mm) is still to come, and not
    sooner than the standard's years of residual movement after T.
    """
    deep = standard["mine.duration_deep_m"]
    per_m = standard["mine.duration_days_m"]
    beyond = per_m * deep * np.exp(1.0 - deep / np.maximum(depth, deep))
    duration = np.where(depth <= deep, per_m * depth, beyond) / DAYS_A_YEAR
    left = 1.0 - standard["mine.duration_share"]
    creep = np.log(np.maximum(1.0, w_max_mm / standard["mine.edge_mm"])) / -np.log(left)
    return duration, np.maximum(duration * creep, duration + standard["mine.residual_years"])

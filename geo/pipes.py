"""How much head does a pipe lose, and which motor lifts it? For every theme that lays one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_FOOT, _CUBIC_FOOT = 0.3048, 0.3048**3
HAZEN_WILLIAMS = 4.727 * _FOOT**4.871 / _CUBIC_FOOT**1.852
"""Of head = k L Q^1.852 / (C^1.852 d^4.871), metres and m³/s: EPANET 2.2 manual, 4.727 in feet."""


def head_loss(flow_m3s: npt.ArrayLike, inner_m: npt.ArrayLike, *, roughness: float) -> Floats:
    """Metres of head lost per metre of pipe (Hazen-Williams, as EPANET)."""
    flow, inner = np.asarray(flow_m3s, float), np.asarray(inner_m, float)
    return np.asarray(HAZEN_WILLIAMS * flow**1.852 / (roughness**1.852 * inner**4.871))


def motor_kw(kw: float, series_kw: Sequence[float]) -> float:
    """The motor that is bought for a shaft of `kw`: the next of the series, beyond it whole kilowatts."""
    fits = [rating for rating in series_kw if rating >= kw - 1e-9]
    return float(min(fits)) if fits else float(np.ceil(kw))

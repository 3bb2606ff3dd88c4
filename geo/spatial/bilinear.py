"""Heights between the centres of the cells of a grid, compiled."""

from __future__ import annotations

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def bilinear(z, west, north, cell, x, y):  # type: ignore[no-untyped-def]
    rows, cols = z.shape
    out = np.full(len(x), np.nan)
    for i in range(len(x)):
        c, r = (x[i] - west) / cell - 0.5, (north - y[i]) / cell - 0.5
        if not (-0.5 <= r <= rows - 0.5 and -0.5 <= c <= cols - 0.5):
            continue
        r, c = min(max(r, 0.0), rows - 1.0), min(max(c, 0.0), cols - 1.0)
        r0, c0 = int(r), int(c)
        r1, c1 = min(r0 + 1, rows - 1), min(c0 + 1, cols - 1)
        fr, fc = r - r0, c - c0
        top = z[r0, c0] * (1 - fc) + z[r0, c1] * fc
        low = z[r1, c0] * (1 - fc) + z[r1, c1] * fc
        out[i] = top * (1 - fr) + low * fr
    return out

"""Filling voids of an elevation grid from what surrounds them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Heights = npt.NDArray[np.float32]


def fill_voids(height: Heights) -> Heights:
    """`height` with NaN cells filled smoothly: each from the mean of ever larger blocks around it.

    Not a survey: a filled cell only lets a walk go on across a small void. A grid
    without any height comes back as zeros.
    """
    void = np.isnan(height)
    if not void.any():
        return height
    if void.all() or min(height.shape) < 1:
        return np.zeros_like(height)
    rows, cols = height.shape
    padded = np.pad(height, ((0, rows % 2), (0, cols % 2)), constant_values=np.nan)
    blocks = padded.reshape(padded.shape[0] // 2, 2, padded.shape[1] // 2, 2)
    known = np.sum(~np.isnan(blocks), axis=(1, 3))
    total = np.nansum(blocks, axis=(1, 3))
    coarse = np.where(known > 0, total / np.maximum(known, 1), np.nan).astype(np.float32)
    coarse = fill_voids(coarse)
    fine = np.repeat(np.repeat(coarse, 2, 0), 2, 1)[:rows, :cols]
    filled = np.where(void, fine, height)
    # blocks leave stairs inside a void: a few rounds of neighbour means smooth them
    r, c = np.nonzero(void)
    for _ in range(4):
        edge = np.pad(filled, 1, mode="edge")
        filled[r, c] = 0.25 * (edge[r, c + 1] + edge[r + 2, c + 1] + edge[r + 1, c] + edge[r + 1, c + 2])
    return filled

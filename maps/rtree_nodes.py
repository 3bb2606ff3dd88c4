"""How is a spatial index of SQLite filled at once? Its nodes are packed here, leaves first.

SQLite itself takes one box after the other, looks for its place and splits what is full: five
times the time. All boxes are known, so they are sorted into full leaves of neighbours
(Sort-Tile-Recursive: Leutenegger, Lopez and Edgington 1997) and the levels built upon them. A
node (rtree.c; `rtreecheck` holds a file to it) is the depth of the tree (in the root, else 0)
and the number of its cells, 16 bits each, then the cells: an id of 64 bits and a box of four
floats of 32 bits, all big-endian.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

CELL = np.dtype([("id", ">i8"), ("box", ">f4", 4)])
ROOT = 1
_STEP = 2.0**-23
"""What a float is moved by to lie outside of the double it stands for, as a share of it (rtree.c)."""

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Packed:
    """The rows of the three tables behind an index: which node holds what."""

    nodes: dict[int, bytes]
    rowids: dict[int, int]
    parents: dict[int, int]


def pack(ids: Ints, boxes: npt.NDArray[np.float64], size: int) -> Packed:
    """The index of `boxes` (n > 0, 4: min x, max x, min y, max y) by `ids`, in nodes of `size` bytes."""
    most = (size - 4) // CELL.itemsize
    cells = np.empty(len(ids), CELL)
    cells["id"], cells["box"] = ids, _outward(boxes)
    cells = cells[_tiled(boxes, most)]
    packed, depth = Packed({}, {}, {}), 0
    while True:
        starts = np.arange(0, len(cells), most)
        above = len(starts) > 1
        numbers = len(packed.nodes) + ROOT + 1 + np.arange(len(starts)) if above else np.array([ROOT])
        owners = packed.parents if depth else packed.rowids
        owners.update(zip(cells["id"].tolist(), np.repeat(numbers, most).tolist(), strict=False))
        for number, start in zip(numbers.tolist(), starts.tolist(), strict=False):
            held = cells[start : start + most]
            head = np.array([0 if above else depth, len(held)], ">u2").tobytes()
            packed.nodes[number] = (head + held.tobytes()).ljust(size, b"\0")
        if not above:
            return packed
        box = cells["box"].astype(np.float32)
        cells = np.empty(len(starts), CELL)
        cells["id"] = numbers
        for side in range(4):
            outer = np.maximum if side % 2 else np.minimum
            cells["box"][:, side] = outer.reduceat(box[:, side], starts)
        depth += 1


def _outward(boxes: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """The boxes in floats that hold them, as SQLite rounds them."""
    near = boxes.astype(np.float32)
    low, away = np.array([True, False, True, False]), np.where(boxes < 0, 1.0, -1.0)
    inside = np.where(low, near > boxes, near < boxes)
    moved = boxes * (1.0 + np.where(low, away, -away) * _STEP)
    return np.where(inside, moved.astype(np.float32), near)


def _tiled(boxes: npt.NDArray[np.float64], most: int) -> Ints:
    """An order in which each `most` boxes lie together: by columns of ground, within them northward."""
    middle = boxes[:, 0::2] + boxes[:, 1::2]
    leaves = -(-len(boxes) // most)
    wide = most * max(1, round(np.sqrt(leaves)))
    column = np.empty(len(boxes), np.int64)
    column[np.argsort(middle[:, 0], kind="stable")] = np.arange(len(boxes)) // wide
    return np.lexsort([middle[:, 1], column])

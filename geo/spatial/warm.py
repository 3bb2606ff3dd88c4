"""Compile the kernels of the searches once; they are kept on disk beside the package."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
import shapely
from pyproj import CRS

from geo.spatial.barriers import make_barriers, refuse_crossing
from geo.spatial.cells import burn_lines, cells_along, covered, fill_polygons, nearest_open
from geo.spatial.cut_points import cut_off
from geo.spatial.distance import distance_to
from geo.spatial.drainage import accumulation, drain, height_above
from geo.spatial.growing import grow
from geo.spatial.network import steiner_tree
from geo.spatial.removal import Held, lost_without
from geo.spatial.runout import Fall, Flow, fall_out, flow_out, without_pits
from geo.spatial.search import search
from geo.spatial.shortest import open_steps, search_shortest
from geo.spatial.siting import locate
from geo.spatial.sources import best_source
from geo.spatial.steps import even_steps, walking_steps
from geo.spatial.terrain import Terrain
from geo.spatial.touching import mark_within


def warm() -> None:
    """Run every kernel on a few cells with the types plans use. Slow the first time only."""
    _ground()
    _networks()
    _places()


def wake() -> None:
    """Load one kernel: with the first come the compiler's own tables, which take half a second."""
    grow(0, 1, np.zeros((1, 1), np.float32), np.ones((1, 1), bool), compact=0.0)


def _places() -> None:
    """What is closed, what is served and what grows on a few cells."""
    terrain = Terrain(np.zeros((6, 6), np.float32), 0.0, 60.0, 10.0, CRS(32648))
    shapes = np.array([shapely.box(10, 10, 30, 30), shapely.Point(50, 50)], object)
    mark_within(shapes, 5.0, 0, np.zeros(terrain.shape, np.uint32), terrain)
    open_ = np.ones(terrain.shape, bool)
    best_source(np.array([[5.0, 5.0]]), np.zeros(1), terrain, open_, good_m=10.0, limit_m=30.0, lift_m=50.0)
    grow(0, 4, terrain.elevation, open_, compact=0.3)
    distance_to(open_, 10.0)


def _networks() -> None:
    rng = np.random.default_rng(0)
    grid = sp.csr_array(sp.random_array((60, 60), density=0.2, rng=rng))
    graph = sp.csr_array(grid + grid.T + sp.diags_array(np.ones(59), offsets=1, shape=(60, 60)))
    steiner_tree(graph, np.arange(0, 60, 3), work=1e6)
    steiner_tree(graph, np.arange(0, 60, 12), leaves=[12])
    cut_off(graph, 0, np.array([1]))
    one, none = np.zeros(1, np.int64), np.zeros(0, np.int64)
    lost_without(Held(one, one, one + 1, one, one - 1, none, one), [one])
    locate(rng.random((8, 4)), np.ones(4), demand=np.ones(8), capacity=np.full(4, 3.0))


def _ground() -> None:
    height = np.zeros((6, 6), np.float32)
    terrain = Terrain(height, 0.0, 60.0, 10.0, CRS(32648))
    slowness = np.ones((6, 6), np.float32)
    line = np.array([shapely.LineString([(1, 1), (59, 33)])], object)
    burn_lines(line, [1.0], slowness, terrain)
    square = np.array([shapely.box(10, 10, 30, 30)], object)
    fill_polygons(square, [2.0], slowness, terrain)
    covered(square, terrain)
    steps = walking_steps(height, slowness, cell_m=10.0, top_m_s=1.5, decay=3.5, best_slope=-0.05)
    barriers = make_barriers(line, terrain)
    refuse_crossing(steps, terrain, barriers)
    barriers.crossed(np.array([[5.0, 5.0, 25.0, 25.0]]))
    seeds, _, _ = cells_along(line, terrain, reach=10.0)
    nearest_open(np.array([[5.0, 5.0]]), np.zeros((6, 6), bool), terrain, reach=20.0)
    start = np.zeros(len(seeds))
    search(steps, (6, 6), seeds, height=height, cell=10.0)
    search(even_steps(slowness.astype(np.float64)), (6, 6), seeds)
    flow = Flow(gain=0.0, loss=1.0, cap=np.inf, exponent=4.0, least=3e-4, rest=0.0)
    flow_out(without_pits(height), 10.0, seeds, np.full(len(seeds), 10.0), flow)
    drainage = drain(height)
    height_above(height, drainage, accumulation(drainage).reshape(6, 6) > 2)
    fall_out(height, 10.0, seeds, Fall(reach=0.6, shadow=0.5, face=0.8))
    search_shortest(
        open_steps(steps),
        (6, 6),
        seeds,
        seed_length=start,
        seed_label=np.arange(len(seeds)),
        height=height,
        cell=10.0,
    )


if __name__ == "__main__":
    warm()

"""Subsidence against the closed forms of the method and an independent convolution; what must always hold."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from scipy.signal import fftconvolve
from scipy.special import erf
from shapely import affinity, box

from geo.area import Area, make_area
from geo.hazards.subsidence import Field, Subsidence, contours, model_subsidence
from geo.messages import catalogue
from geo.spatial.terrain import Terrain
from geo.standards import default_standard

CRS_ = CRS.from_epsg(4544)
STANDARD = default_standard()
YEAR = 2020
H, TANB, M, Q, B = 200.0, 2.0, 2.0, 0.7, 0.3
R = H / TANB
W_MAX = M * Q * 1000.0  # mm
HUGE = 600.0  # six influence radii


def mined(outlines: list[Any], **columns: Any) -> Area:
    """Level workings mined out in the year they are judged in, all parameters given."""
    n = len(outlines)
    usual: dict[str, Any] = {
        "id": [f"w{i}" for i in range(n)],
        "depth": [H] * n,
        "thickness": [M] * n,
        "dip": [0.0] * n,
        "q": [Q] * n,
        "b": [B] * n,
        "tanb": [TANB] * n,
        "year": [YEAR] * n,
    }
    return make_area(
        {"workings": gpd.GeoDataFrame({**usual, **columns}, geometry=outlines, crs=CRS_)}, crs=CRS_
    )


def model(outlines: list[Any], **columns: Any) -> Subsidence:
    return model_subsidence(mined(outlines, **columns), STANDARD, year=YEAR)


def phi(x: Any) -> Any:
    """Half plane mined for x > 0: share of the full subsidence at x metres inside its edge."""
    return 0.5 * (1 + erf(np.sqrt(np.pi) * np.asarray(x) / R))


def test_full_extraction_sinks_by_m_q_cos_dip() -> None:
    for dip in (0.0, 12.0):
        found = model([box(-HUGE, -HUGE, HUGE, HUGE)], dip=[dip]).at("likely", np.zeros((1, 2)))
        assert found.w_mm[0] == pytest.approx(W_MAX * np.cos(np.radians(dip)), rel=1e-3)
        assert found.tilt[0] < 1e-3 * W_MAX / R
        assert found.strain[0] < 1e-3 * W_MAX / R


@pytest.mark.parametrize("turn", [0.0, 27.0, 90.0, 200.0])
def test_half_plane_in_any_direction(turn: float) -> None:
    edge = affinity.rotate(box(0, -HUGE, HUGE, HUGE), turn, origin=(0, 0))
    inward = np.array([np.cos(np.radians(turn)), np.sin(np.radians(turn))])
    x = np.linspace(-2 * R, 2 * R, 81)
    found = model([edge]).at("likely", x[:, None] * inward)
    bell = np.exp(-np.pi * x**2 / R**2)
    exact = {
        "w_mm": W_MAX * phi(x),
        "tilt": W_MAX / R * bell,
        "curvature": 2 * np.pi * W_MAX / R**2 * np.abs(x) / R * bell,
        "u_mm": B * W_MAX * bell,
        "strain": 2 * np.pi * B * W_MAX / R * np.abs(x) / R * bell,
    }
    for name, wanted in exact.items():
        np.testing.assert_allclose(getattr(found, name), wanted, atol=1e-3 * wanted.max(), err_msg=name)


def test_the_largest_values_of_the_handbook() -> None:
    """i = W/r, K = 1.52 W/r², U = b W, eps = 1.52 b W/r; 1.52 = sqrt(2 pi / e)."""
    x = np.linspace(-R, R, 4001)
    found = model([box(0, -HUGE, HUGE, HUGE)]).at("likely", np.column_stack([x, np.zeros_like(x)]))
    peak = np.sqrt(2 * np.pi / np.e)
    assert found.tilt.max() == pytest.approx(W_MAX / R, rel=1e-3)
    assert found.curvature.max() == pytest.approx(peak * W_MAX / R**2, rel=1e-3)
    assert found.u_mm.max() == pytest.approx(B * W_MAX, rel=1e-3)
    assert found.strain.max() == pytest.approx(peak * B * W_MAX / R, rel=1e-3)
    # r = H / tan beta: the edge of 10 mm lies about r outside, and nothing at H times tan beta
    outside = model([box(0, -HUGE, HUGE, HUGE)]).at("likely", np.array([[-R, 0.0], [-H * TANB, 0.0]]))
    assert outside.w_mm[0] == pytest.approx(W_MAX * phi(-R), rel=1e-3)
    assert outside.w_mm[1] == 0


@pytest.mark.parametrize("sides", [(90.0, 400.0), (30.0, 50.0), (8.0, 8.0)])
def test_rectangle_is_a_product(sides: tuple[float, float]) -> None:
    """Also far smaller than r or a cell."""
    a, b = sides
    rng = np.random.default_rng(1)
    xy = rng.uniform(-1.5 * R, 1.5 * R, (300, 2)) + np.array([a / 2, b / 2])
    found = model([box(0, 0, a, b)]).at("likely", xy)
    fx, fy = phi(xy[:, 0]) - phi(xy[:, 0] - a), phi(xy[:, 1]) - phi(xy[:, 1] - b)
    wanted = W_MAX * fx * fy
    np.testing.assert_allclose(found.w_mm, wanted, atol=1e-3 * wanted.max())


def test_the_raster_is_the_value_at_cell_centres() -> None:
    outline = affinity.rotate(box(3, 5, 97, 211), 33)
    found = model([outline])
    rows, cols = found.shape
    r, c = np.indices((rows, cols)).reshape(2, -1)
    xy = np.column_stack([found.west + (c + 0.5) * found.cell, found.north - (r + 0.5) * found.cell])
    points = found.at("likely", xy)
    for name in ("w_mm", "tilt", "curvature", "u_mm", "strain"):
        raster = getattr(found.likely, name)
        np.testing.assert_allclose(
            raster.ravel(), getattr(points, name), atol=1e-3 * raster.max(), err_msg=name
        )


def test_an_odd_outline_equals_a_convolution_on_a_fine_raster() -> None:
    """The witness: scipy's FFT of the outline in 2 m cells, derivatives by differences, tensors by numpy."""
    shape = shapely.Polygon([(0, 0), (140, 20), (150, 160), (90, 90), (30, 170), (-20, 60)]).difference(
        shapely.Point(60, 50).buffer(22)
    )
    cell, n = 2.0, 320
    x = -240 + (np.arange(n) + 0.5) * cell
    sub = (np.arange(4) + 0.5) / 4 - 0.5
    inside = sum(
        shapely.contains_xy(shape, *np.meshgrid(x + i * cell, x + j * cell)) / 16 for i in sub for j in sub
    )
    k = (np.arange(2 * n - 1) - (n - 1)) * cell
    bell = np.exp(-np.pi * (k[:, None] ** 2 + k[None, :] ** 2) / R**2) / R**2 * cell**2
    w = W_MAX / 1000 * fftconvolve(inside, bell, mode="full")[n - 1 : 2 * n - 1, n - 1 : 2 * n - 1]
    wy, wx = np.gradient(w, cell)
    wyy, wyx = np.gradient(wy, cell)
    _, wxx = np.gradient(wx, cell)
    tensor = np.stack([np.stack([wxx, wyx], -1), np.stack([wyx, wyy], -1)], -1)
    k_max = np.abs(np.linalg.eigvalsh(tensor)).max(axis=-1)
    some = slice(20, -20, 7)
    px, py = np.meshgrid(x[some], x[some])
    found = model([shape]).at("likely", np.column_stack([px.ravel(), py.ravel()]))
    for name, wanted in (
        ("w_mm", w),
        ("tilt", np.hypot(wx, wy)),
        ("curvature", k_max),
        ("u_mm", B * R * np.hypot(wx, wy)),
        ("strain", B * R * k_max),
    ):
        there = 1000 * wanted[some, some].ravel()
        np.testing.assert_allclose(getattr(found, name), there, atol=3e-3 * there.max(), err_msg=name)


def test_dip_moves_the_trough_down_and_widens_it_there() -> None:
    """A seam falling to the east: H cot(90° - 0.6 * 20°) to the east, r smaller up the dip."""
    dip = 20.0
    x = np.linspace(-600, 600, 2401)
    line = np.column_stack([x, np.zeros_like(x)])
    outline = box(-100, -HUGE, 100, HUGE)
    level = model([outline]).at("likely", line).w_mm
    known = model([outline], dip=[dip], dip_dir=[90.0]).at("likely", line).w_mm
    unknown = model([outline], dip=[dip]).at("likely", line).w_mm
    moved = x @ known / known.sum() - x @ level / level.sum()
    assert moved == pytest.approx(H * np.tan(np.radians(0.6 * dip)), rel=0.05)
    np.testing.assert_allclose(unknown, level * np.cos(np.radians(dip)), rtol=1e-4)  # no direction, no shift
    edge = x[known > 10]
    middle = x[np.argmax(known)]
    assert edge[-1] - middle > 1.1 * (middle - edge[0])
    # its volume is that of the seam taken out all the same
    assert known.sum() == pytest.approx(unknown.sum(), rel=1e-3)


def test_workings_add_up_and_none_is_nothing() -> None:
    a, b = box(0, 0, 90, 300), box(120, 0, 210, 300)
    xy = np.random.default_rng(2).uniform(-150, 400, (200, 2))
    both = model([a, b]).at("likely", xy).w_mm
    each = model([a]).at("likely", xy).w_mm + model([b]).at("likely", xy).w_mm
    np.testing.assert_allclose(both, each, atol=1e-2)
    empty = model_subsidence(make_area({}, crs=CRS_), STANDARD)
    assert empty.shape == (0, 0)
    assert empty.at("likely", xy).grade().max() == 0
    assert len(contours(empty)) == 0


def test_states_by_time_and_depth() -> None:
    """T = 2.5 * 200 days = 1.37 years, residual for three more; H/m = 20 unstable whatever its age."""
    years = [2020, 2019, 2018, 2016, 2015, 1990, None, None]
    depth = [H] * 5 + [40.0, H, H]
    found = model([box(0, 0, 50, 50)] * 8, year=years, depth=depth, planned=[None] * 7 + [True]).workings
    assert found["state"].tolist() == [
        "active", "active", "residual", "residual", "settled", "shallow", "active", "planned",
    ]  # fmt: skip
    assert found["settled_year"].tolist()[:5] == [y + 5 for y in years[:5] if y]
    assert found["done"].tolist()[:2] == pytest.approx([0, 1 - 0.02 ** (0.5 / (500 / 365.25))])
    assert found["assumed"].tolist() == [False] * 6 + [True, False]


def test_which_workings_are_in_which_field() -> None:
    outlines = [box(1000 * i, 0, 1000 * i + 200, 200) for i in range(4)]
    found = model(outlines, year=[2020, 2000, 1990, None], depth=[H, H, 40, H], planned=[None] * 3 + [True])
    xy = np.array([[1000 * i + 100, 100] for i in range(4)])
    sunk = {name: (found.at(name, xy).w_mm > 100).tolist() for name in ("likely", "total", "planned")}
    assert sunk == {
        "likely": [True, False, True, False],
        "total": [True, True, True, False],
        "planned": [False, False, False, True],
    }
    assert found.at("total", xy).sudden.tolist() == [False, False, True, False]
    assert found.at("total", xy).grade()[2] == 4
    assert found.likely.sudden.any()


def field(tilt: float, curvature: float, strain: float, w: float = 100.0) -> Field:
    limits = model([box(0, 0, 1, 1)]).likely.limits
    one = [np.array([v], np.float32) for v in (w, tilt, curvature, 0.0, strain)]
    return Field(*one, np.zeros(1, bool), limits)


@pytest.mark.parametrize(
    ("values", "grade"),
    [
        ((3.0, 0.2, 2.0), 1), ((3.1, 0.2, 2.0), 2), ((3.0, 0.21, 2.0), 2), ((3.0, 0.2, 2.1), 2),
        ((6.0, 0.4, 4.0), 2), ((6.0, 0.4, 4.1), 3), ((10.0, 0.6, 6.0), 3), ((10.1, 0.0, 0.0), 4),
        ((0.0, 0.0, 0.0), 1), ((9.0, 0.9, 9.0, 9.9), 0),
    ],
)  # fmt: skip
def test_damage_grades(values: tuple[float, ...], grade: int) -> None:
    found = field(*values)
    assert found.grade().tolist() == [grade]
    assert found.grade(1).tolist() == [min(4, grade + 1) if grade else 0]


@settings(max_examples=50, deadline=None)
@given(st.floats(0, 20), st.floats(0, 1), st.floats(0, 10), st.floats(0, 100))
def test_severity_passes_one_where_the_grade_steps(
    tilt: float, curvature: float, strain: float, w: float
) -> None:
    found = field(tilt, curvature, strain, w)
    severity = np.array([found.severity(k)[0] for k in range(1, 5)])
    if np.abs(severity - 1).min() > 1e-6:  # on a limit itself the two may differ
        assert found.grade()[0] == max((k + 1 for k in range(4) if severity[k] >= 1), default=0)


def test_contours_lie_where_the_values_are() -> None:
    found = model([box(0, 0, 300, 500)])
    drawn = contours(found).set_index("kind")
    edge = drawn.loc["edge"].geometry
    xy = shapely.get_coordinates(edge)
    np.testing.assert_allclose(found.at("likely", xy).w_mm, 10, atol=3)
    away = shapely.distance(shapely.points(xy), box(0, 0, 300, 500))
    assert 0.7 * R < away.min() < away.max() < 1.1 * R
    grades = drawn.loc[["grade"]]
    total = shapely.union_all(grades.geometry.array)
    assert total.area == pytest.approx(grades.geometry.area.sum())  # no overlap
    cells = np.bincount(found.likely.grade().ravel(), minlength=5)[1:] * found.cell**2
    assert grades.geometry.area.tolist() == pytest.approx(cells.tolist(), rel=0.05)
    assert set(drawn.loc["w", "value"]) == {100.0, 500.0, 1000.0}


def _by_kind(found: Subsidence) -> dict[tuple[str, float, str], Any]:
    rows = found.lines.itertuples()
    return {(r.kind, r.value, r.field): shapely.normalize(r.geometry) for r in rows}


def test_far_mines_are_drawn_as_each_alone_and_no_cell_between_them_is_made() -> None:
    """Three mines in an L of 40 km: the whole grid would have ten million cells, those of the mines a few
    thousand. One of two workings over each other's ground, one shallow (its pit is grade IV)."""
    near = [affinity.rotate(box(0, 0, 200, 300), 20), box(220, 0, 400, 300)]
    far, pit = affinity.translate(near[0], 40_000, 0), box(0, 40_000, 150, 40_100)
    together = model([*near, far, pit], depth=[H, H, H, 40.0])
    alone = [_by_kind(each) for each in (model(near), model([far]), model([pit], depth=[40.0]))]
    drawn = _by_kind(together)
    assert drawn.keys() == set().union(*alone)
    for kind, shape in drawn.items():
        ours = [each[kind] for each in alone if kind in each]
        parts = shapely.normalize(shapely.geometrycollections(shapely.get_parts(ours)))
        assert shapely.normalize(shapely.geometrycollections(shapely.get_parts(shape))) == parts, kind
    cells = [int(np.prod(each.shape)) for each in together.troughs()]
    assert len(cells) == 3
    assert sum(cells) < 20_000 < 10_000_000 < np.prod(together.shape)


def test_a_mine_across_the_edge_of_the_terrain_is_drawn_as_far_as_that() -> None:
    """Another far beyond it has no ground at all, and spoils nothing."""
    terrain = Terrain(np.zeros((80, 90), np.float32), -1000.0, 500.0, 12.5, CRS_)
    shapes = [box(0, 0, 300, 300), box(30_000, 0, 30_300, 300)]
    both, one = (
        model_subsidence(make_area(mined(some).layers, crs=CRS_, terrain=terrain), STANDARD, year=YEAR)
        for some in (shapes, shapes[:1])
    )
    assert _by_kind(both) == _by_kind(one)
    assert shapely.total_bounds(both.lines.geometry.array)[2] <= -1000 + (90 + 0.5) * 12.5


def test_what_a_reader_must_know_is_said() -> None:
    plain = model([box(0, 0, 50, 50)])
    assert plain.notes == ("hazard.note.slopes",)
    doubtful = model([box(0, 0, 50, 50)], dip=[9.0], q=[None], depth=[40.0])
    assert set(doubtful.notes) == {f"hazard.note.{n}" for n in ("slopes", "level", "shallow", "assumed")}
    assert all(note in catalogue() for note in doubtful.notes)


def test_the_grid_is_that_of_the_terrain() -> None:
    terrain = Terrain(np.zeros((80, 90), np.float32), -400.0, 500.0, 12.5, CRS_)
    area = mined([box(0, 0, 200, 200)])
    found = model_subsidence(make_area(area.layers, crs=CRS_, terrain=terrain), STANDARD, year=YEAR)
    assert found.cell == 12.5
    assert (found.west + 400) % 12.5 == (500 - found.north) % 12.5 == 0
    assert found.west >= -400
    assert found.north <= 500


size = st.floats(20, 400)


@settings(max_examples=25, deadline=None)
@given(st.tuples(size, size), st.floats(0, 180), st.floats(60, 400), st.floats(1, 4), st.booleans())
def test_cautious_is_never_milder_and_nothing_is_negative(
    sides: tuple[float, float], turn: float, depth: float, thickness: float, given_: bool
) -> None:
    outline = affinity.rotate(box(0, 0, *sides), turn)
    unknown: dict[str, Any] = {} if given_ else {"q": [None], "b": [None], "tanb": [None]}
    found = model([outline], depth=[depth], thickness=[thickness], **unknown)
    for name in ("w_mm", "tilt", "curvature", "u_mm", "strain"):
        likely, cautious = getattr(found.likely, name), getattr(found.cautious, name)
        assert (cautious >= likely).all()
        assert likely.min() >= -1e-3 * likely.max()
    assert found.likely.w_mm.max() <= thickness * Q * 1000 * (1 + 1e-5)
    assert (found.cautious.grade() >= found.likely.grade()).all()


@settings(max_examples=12, deadline=None)
@given(st.floats(0, 360), st.tuples(st.floats(-500, 500), st.floats(-500, 500)))
def test_turning_and_moving_the_map_changes_nothing(turn: float, by: tuple[float, float]) -> None:
    """Tilt and strain are the largest over all directions, so the axes of the map do not matter."""
    outline = shapely.Polygon([(0, 0), (150, 10), (180, 120), (20, 90)])
    xy = np.random.default_rng(3).uniform(-120, 280, (60, 2))

    def turned(shape: Any) -> Any:
        return affinity.translate(affinity.rotate(shape, turn, origin=(0, 0)), *by)

    there = shapely.get_coordinates([turned(p) for p in shapely.points(xy)])
    columns: dict[str, Any] = {"dip": [15.0]}
    before = model([outline], dip_dir=[40.0], **columns).at("likely", xy)
    after = model([turned(outline)], dip_dir=[(40.0 - turn) % 360], **columns).at("likely", there)
    for name in ("w_mm", "tilt", "curvature", "u_mm", "strain"):
        a, b = getattr(before, name), getattr(after, name)
        np.testing.assert_allclose(a, b, atol=2e-3 * a.max(), err_msg=name)

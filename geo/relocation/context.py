"""What is worked out once per area, so that a drawn site is judged in milliseconds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from geo.area import Area, outline
from geo.corridors import Corridors, make_corridors
from geo.ground import Ground
from geo.relocation.connections import Target, make_targets
from geo.relocation.exclusions import Exclusion, make_exclusions
from geo.standards import Standard
from geo.zones import Zones, make_zones


@dataclass(frozen=True)
class SiteContext:
    """Indexes, slopes and walking surfaces of one area under one standard."""

    area: Area
    standard: Standard
    ground: Ground
    edge: BaseGeometry
    slope: npt.NDArray[np.float32] | None
    exclusions: tuple[Exclusion, ...]
    targets: dict[str, Target]
    zones: Zones
    given: Corridors | None = None

    @cached_property
    def corridors(self) -> Corridors:
        """The ground as what it costs to build on; made when first asked for, if it was not given."""
        return self.given or make_corridors(self.area, self.standard, zones=self.zones)


def prepare_sites(
    area: Area,
    standard: Standard,
    ground: Ground,
    *,
    zones: Zones | None = None,
    serving: gpd.GeoDataFrame | None = None,
    corridors: Corridors | None = None,
) -> SiteContext:
    """The context sites of `area` are judged in.

    `zones` may come from elsewhere (a subsidence model), as may the `corridors` sites are connected
    over; `serving` narrows the hardened roads to those that lead out of the area.
    """
    edge = outline(area)
    shapely.prepare(edge)
    zones = zones or make_zones(area, standard)
    return SiteContext(
        area,
        standard,
        ground,
        edge,
        None if area.terrain is None else area.terrain.slope(),
        make_exclusions(area, standard, zones),
        make_targets(area, standard, ground, serving=serving),
        zones,
        corridors,
    )

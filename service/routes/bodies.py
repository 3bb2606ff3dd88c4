"""What may be posted? Shapes and bounds of the bodies; what does not fit is answered with 400."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from service.budgets import MOST_WAN, MOST_YEARS
from service.limits import FEWEST_COMPARED, MOST_COMPARED, MOST_POOL_M3, POOL_M3

Finite = Annotated[FiniteFloat, Field(strict=True)]
"""A number that is one: neither "5" nor true."""
Position = Annotated[list[Finite], Field(min_length=2, max_length=4)]
Ring = Annotated[list[Position], Field(min_length=4)]
Rings = Annotated[list[Ring], Field(min_length=1)]
Number = Annotated[Finite, Field(ge=-1e9, le=1e9)]


class Polygon(BaseModel):
    """A GeoJSON polygon, longitude and latitude (RFC 7946 section 3.1.6)."""

    type: Literal["Polygon"]
    coordinates: Rings


class MultiPolygon(BaseModel):
    """Several GeoJSON polygons (RFC 7946 section 3.1.7)."""

    type: Literal["MultiPolygon"]
    coordinates: Annotated[list[Rings], Field(min_length=1)]


Shape = Annotated[Polygon | MultiPolygon, Field(discriminator="type")]
SiteKind = Literal["town", "township", "village"]


class SiteProperties(BaseModel):
    """What may be said of a drawn site: its kind and how many households it is meant for."""

    kind: SiteKind | None = None
    planned: Annotated[Finite, Field(ge=0, le=1_000_000)] | None = None


class SiteFeature(BaseModel):
    """A drawn site with its properties."""

    type: Literal["Feature"]
    geometry: Shape
    properties: SiteProperties | None = None


Site = Annotated[Polygon | MultiPolygon | SiteFeature, Field(discriminator="type")]


class WhatIf(BaseModel):
    """Single numbers of the standard, by key, as they would be."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"standard": {"water.reach_m": 1000}}}
    )

    standard: Annotated[
        dict[Annotated[str, Field(max_length=80)], Number], Field(min_length=1, max_length=50)
    ]


class Line(BaseModel):
    """A GeoJSON line: a road drawn by hand (RFC 7946 section 3.1.4)."""

    type: Literal["LineString"]
    coordinates: Annotated[list[Position], Field(min_length=2)]


class Place(BaseModel):
    """A GeoJSON point: a pool placed by hand."""

    type: Literal["Point"]
    coordinates: Position


class PoolProperties(BaseModel):
    """The volume of a pool, m³."""

    volume: Annotated[Finite, Field(gt=0, le=MOST_POOL_M3)] = POOL_M3


class DrawnFeature(BaseModel):
    """A drawn road or pool with its properties."""

    type: Literal["Feature"]
    geometry: Annotated[Line | Place, Field(discriminator="type")]
    properties: PoolProperties | None = None


Drawn = Annotated[Line | Place | DrawnFeature, Field(discriminator="type")]
Budget = Annotated[Finite, Field(ge=0, le=MOST_WAN)]


class Budgets(BaseModel):
    """The budget of each year in 万元 (10,000 yuan), and the ids of villages that come first."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"budgets": [500, 300], "first_villages": []}}
    )

    budgets: Annotated[list[Budget], Field(min_length=1, max_length=MOST_YEARS)]
    first_villages: Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=500)] = []


def drawn_parts(drawn: Line | Place | DrawnFeature) -> tuple[dict[str, Any], float]:
    """The geometry of a draft, and the volume of a pool, m³."""
    if isinstance(drawn, DrawnFeature):
        return drawn.geometry.model_dump(), (drawn.properties or PoolProperties()).volume
    return drawn.model_dump(), PoolProperties().volume


def parts(site: Polygon | MultiPolygon | SiteFeature) -> tuple[dict[str, Any], SiteProperties]:
    """The geometry of a site, and what was said of it."""
    if isinstance(site, SiteFeature):
        return site.geometry.model_dump(), site.properties or SiteProperties()
    return site.model_dump(), SiteProperties()


def vertices(geometry: dict[str, Any]) -> int:
    """How many positions a geometry has."""
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return sum(len(ring) for rings in polygons for ring in rings)


Weight = Annotated[Finite, Field(ge=0, le=100)]
Weights = Annotated[dict[Annotated[str, Field(max_length=40)], Weight], Field(max_length=40)]
Degrees = Annotated[Finite, Field(ge=-360, le=360)]
SiteId = Annotated[str, Field(min_length=1, max_length=80)]


class Spot(BaseModel):
    """A place on the map, longitude and latitude, and the weights the score is asked under."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"lon": 105.0, "lat": 27.0}})

    lon: Degrees
    lat: Degrees
    weights: Weights = {}


class Search(BaseModel):
    """How many households shall find ground, in what kind of site, and what matters."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"households": 40, "kind": "village", "weights": {"road": 5}}},
    )

    households: Annotated[int, Field(strict=True, ge=1, le=5_000)]
    kind: SiteKind = "village"
    weights: Weights = {}
    most: Annotated[int, Field(strict=True, ge=1, le=30)] = 10
    each_village: Annotated[int, Field(strict=True, ge=1, le=30)] | None = Field(
        None, description="most places in one village; where it is not said, as many as the standard says"
    )


class Comparing(BaseModel):
    """Two to five sites: ids of found and listed ones, or drawn as GeoJSON."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"sites": ["F-01", "F-02"]}})

    sites: Annotated[list[SiteId | Site], Field(min_length=FEWEST_COMPARED, max_length=MOST_COMPARED)]


MOST_MATCHED = 1e8
"""Most 万元 of a matching."""


class Matching(BaseModel):
    """Under what budget (万元), and to which sites only; neither: as the plan has it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"budget": 2000}})

    budget: Annotated[Finite, Field(ge=0, le=MOST_MATCHED)] | None = None
    sites: Annotated[list[SiteId], Field(min_length=1, max_length=50)] | None = None

"""What may be posted? Shapes and bounds of the bodies; what does not fit is answered with 400."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

Position = Annotated[list[FiniteFloat], Field(min_length=2, max_length=4)]
Ring = Annotated[list[Position], Field(min_length=4)]
Rings = Annotated[list[Ring], Field(min_length=1)]
Number = Annotated[FiniteFloat, Field(ge=-1e9, le=1e9)]


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
    planned: Annotated[FiniteFloat, Field(ge=0, le=1_000_000)] | None = None


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


def parts(site: Polygon | MultiPolygon | SiteFeature) -> tuple[dict[str, Any], SiteProperties]:
    """The geometry of a site, and what was said of it."""
    if isinstance(site, SiteFeature):
        return site.geometry.model_dump(), site.properties or SiteProperties()
    return site.model_dump(), SiteProperties()


def vertices(geometry: dict[str, Any]) -> int:
    """How many positions a geometry has."""
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return sum(len(ring) for rings in polygons for ring in rings)

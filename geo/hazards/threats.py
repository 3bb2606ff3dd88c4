"""How great is the threat of each zone? People counted from the houses, beside the number declared.

The class of a threat (险情) goes by the people who would have to leave: 国家突发地质灾害应急预案;
not to be taken for the class of a disaster (灾情), which counts what has happened.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.standards import Standard
from geo.zones import Zones

CLASSES = ("small", "medium", "large", "extra")


def zone_threats(
    layer: gpd.GeoDataFrame, pairs: pd.DataFrame, zones: Zones, standard: Standard
) -> pd.DataFrame:
    """One row per zone that threatens today, in row order of the zones.

    zone, name, layer, kind, level, households and people (in the zone or near it), inside_hh and inside_p
    (in the zone itself), people_unknown (households whose number of people is not known), declared_hh,
    declared_p, class_of_threat (by people), class_declared ("" where no number is declared), liable.
    """
    frame = zones.frame[zones.today()].reset_index(drop=True)
    counted = _counted(layer, pairs, "")
    inside = _counted(layer, pairs[pairs["relation"] == "inside"], "inside_")
    key = pd.MultiIndex.from_frame(frame[["layer", "zone"]])
    table = pd.DataFrame(frame[["zone", "name", "layer", "kind", "level"]])
    for name, values in (
        ("households", counted["households"]),
        ("people", counted["people"]),
        ("people_unknown", counted["people_unknown"]),
        ("inside_hh", inside["inside_households"]),
        ("inside_p", inside["inside_people"]),
    ):
        table[name] = values.reindex(key, fill_value=0).to_numpy("int64")
    table["declared_hh"], table["declared_p"] = frame["threat_hh"], frame["threat_p"]
    table["class_of_threat"] = pd.Series(threat_class(table["people"].to_numpy(float), standard), dtype="str")
    declared = threat_class(frame["threat_p"].astype("float64").to_numpy(), standard)
    table["class_declared"] = pd.Series(declared, dtype="str")
    table["liable"] = frame["liable"]
    return table


def threat_class(people: npt.NDArray[np.float64], standard: Standard) -> npt.NDArray[np.object_]:
    """small, medium, large or extra by threatened people; "" where the number is NaN."""
    step = np.searchsorted(standard.numbers("hazard.threat_people"), people, side="right")
    names = np.asarray(CLASSES, object)[np.minimum(step, len(CLASSES) - 1)]
    return np.where(np.isnan(people), "", names)


def _counted(layer: gpd.GeoDataFrame, pairs: pd.DataFrame, prefix: str) -> pd.DataFrame:
    people = layer["people"].iloc[pairs["row"].to_numpy(int)]
    table = pd.DataFrame(
        {
            "layer": pairs["layer"].to_numpy(object),
            "zone": pairs["zone"].to_numpy(object),
            f"{prefix}households": 1,
            f"{prefix}people": people.fillna(0).to_numpy("int64"),
            f"{prefix}people_unknown": people.isna().to_numpy("int64"),
        }
    )
    return table.groupby(["layer", "zone"]).sum()

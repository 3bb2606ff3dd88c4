"""Programs of others read us: GDAL (as QGIS and ogrinfo do), OWSLib, schemathesis."""

from __future__ import annotations

import shutil
import subprocess

import hypothesis
import pyogrio
import pytest
import schemathesis
import shapely
from owslib.ogcapi.features import Features
from starlette.testclient import TestClient

from service.ogc.relocation_properties import RELOCATION_RESULTS
from tests.asking import PATIENCE_S
from tests.service.toy import toy_layers

RESULTS = {
    "gaps": 40,
    "gaps_groups": 4,
    "gaps_villages": 2,
    "exposure": 40,
    "site_verdicts": 2,
}
COUNTS = {name: len(frame) for name, frame in toy_layers().items()} | RESULTS
UNCOUNTED = {"discrepancies", "works", "systems", "unserved", "measure_first", "crucial"} | set(
    RELOCATION_RESULTS
)
"""Results whose number the toy does not fix."""


def test_gdal_lists_and_reads_every_collection(live: str) -> None:
    """GDAL's OAPIF driver inside pyogrio; geometries are those of the toy within a centimetre."""
    address = f"OAPIF:{live}/ogc"
    listed = {str(name) for name, _ in pyogrio.list_layers(address)}
    assert listed == {*COUNTS, *UNCOUNTED}
    for name, count in COUNTS.items():
        assert len(pyogrio.read_dataframe(address, layer=name)) == count, name
    read = pyogrio.read_dataframe(address, layer="households")
    truth = toy_layers()["households"]
    here = read.set_crs(4326, allow_override=True).to_crs(truth.crs)
    assert shapely.distance(here.geometry.array, truth.geometry.array).max() < 0.01
    assert read["id"].tolist() == truth["id"].tolist()
    assert read["people"].isna().sum() == 1


def test_gdal_filters_on_our_side(live: str) -> None:
    box = (105.0, 27.024, 105.005, 27.030)
    read = pyogrio.read_dataframe(f"OAPIF:{live}/ogc", layer="households", bbox=box)
    assert sorted(read["id"]) == [f"hh{i:03d}" for i in range(10)]


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="ogrinfo is not installed")
def test_ogrinfo_lists_every_collection(live: str) -> None:
    said = subprocess.run(
        ["ogrinfo", "-ro", f"OAPIF:{live}/ogc"],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=True,
    ).stdout
    for name in (*COUNTS, "discrepancies"):
        assert f": {name} (" in said


def test_owslib_lists_and_reads_every_collection(live: str) -> None:
    service = Features(f"{live}/ogc")
    assert any(uri.endswith("conf/core") for uri in service.conformance()["conformsTo"])
    assert service.api()["openapi"].startswith("3.0")
    names = {c["id"] for c in service.collections()["collections"]}
    assert names == {*COUNTS, *UNCOUNTED}
    assert set(service.feature_collections()) == names
    for name, count in COUNTS.items():
        assert service.collection(name)["id"] == name
        page = service.collection_items(name, limit=1)
        assert page["numberMatched"] == count
        assert service.collection_item(name, page["features"][0]["id"])["id"] == page["features"][0]["id"]


CHECKS = [
    schemathesis.checks.not_a_server_error,
    schemathesis.checks.status_code_conformance,
    schemathesis.checks.content_type_conformance,
    schemathesis.checks.response_schema_conformance,
]


def fuzz(document: schemathesis.BaseSchema, *, examples: int) -> int:
    """Call every operation with made-up requests, the same ones each time; how many operations."""
    operations = [found.ok() for found in document.get_all_operations()]
    for operation in operations:

        @hypothesis.settings(
            max_examples=examples,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(case=operation.as_strategy())
        def check(case: schemathesis.Case) -> None:
            case.call_and_validate(checks=CHECKS, timeout=PATIENCE_S)

        check()
    return len(operations)


def test_schemathesis_finds_no_error_in_ogc(live: str) -> None:
    """Three paths for each collection, and three beside; the document itself was read before."""
    document = schemathesis.openapi.from_url(f"{live}/ogc/api")
    assert fuzz(document, examples=3) == 3 * (len(COUNTS) + len(UNCOUNTED)) + 3


def test_schemathesis_finds_no_error_in_the_api(live: str) -> None:
    document = schemathesis.openapi.from_url(f"{live}/api/openapi.json")
    assert fuzz(document.include(path_regex="^/(api|healthz)"), examples=10) == 37


def test_the_document_of_the_api_names_every_address(client: TestClient) -> None:
    paths = client.get("/api/openapi.json").json()["paths"]
    for path in ("summary", "catalogue", "status", "ledger", "what-if", "sites/assess", "map/households"):
        assert f"/api/{path}" in paths
    assert "/healthz" in paths
    responses = [op["responses"] for each in paths.values() for op in each.values()]
    assert not any("422" in r and "HTTPValidationError" in str(r) for r in responses)

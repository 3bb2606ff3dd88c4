"""QGIS itself opens the GeoPackage and draws it coloured without being told how (where QGIS is installed)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from geo.plan import Plan
from maps.geopackage import write_geopackage
from maps.themes import STATES
from tests.asking import PATIENCE_S

PYTHON = shutil.which("python3", path="/usr/bin:/usr/local/bin")
SCRIPT = """
import json, os, sys
from qgis.core import *
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor
app = QgsApplication([], False)
app.initQgis()
path = sys.argv[1]
said, layers = {}, []
for name in ("households", "roads", "hazards", "facilities", "sites", "discrepancies", "group_totals"):
    layer = QgsVectorLayer(path + "|layername=" + name, name, "ogr")
    categories = layer.renderer().categories()
    said[name] = {
        "valid": layer.isValid(),
        "rows": layer.featureCount(),
        "renderer": layer.renderer().type(),
        "symbols": [[s.layerType() for s in c.symbol().symbolLayers()] for c in categories],
        "aliases": [layer.attributeAlias(i) for i in range(len(layer.fields()))],
    }
    layers.append(layer)
# a user may pick the style of one need by its name
home = layers[0]
said["styles"] = home.listStylesInDatabase()[2]
settings = QgsMapSettings()
settings.setLayers([home])
settings.setDestinationCrs(home.crs())
settings.setExtent(home.extent().buffered(100))
settings.setOutputSize(QSize(400, 300))
settings.setBackgroundColor(QColor("#123456"))
job = QgsMapRendererSequentialJob(settings)
job.start()
job.waitForFinished()
image = job.renderedImage()
said["colours"] = sorted({QColor(image.pixel(x, y)).name() for x in range(400) for y in range(300)})
print(json.dumps(said))
sys.stdout.flush()
os._exit(0)  # QGIS 3.22 may crash while it tidies up
"""


def has_qgis() -> bool:
    if PYTHON is None:
        return False
    asked = subprocess.run([PYTHON, "-c", "import qgis.core"], capture_output=True, check=False)
    return asked.returncode == 0


def test_qgis_draws_the_themes(plan: Plan, tmp_path: Path) -> None:
    if not has_qgis():
        pytest.skip("QGIS is not installed (python3-qgis)")
    write_geopackage(plan, tmp_path / "plan.gpkg")
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": str(tmp_path)}
    for name in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"):
        environment.pop(name, None)
    assert PYTHON is not None
    command = [PYTHON, "-c", SCRIPT, str(tmp_path / "plan.gpkg")]
    ran = subprocess.run(
        command, capture_output=True, text=True, env=environment, timeout=PATIENCE_S, check=True
    )
    said = json.loads(ran.stdout.splitlines()[-1])
    for name in ("households", "roads", "hazards", "facilities", "sites", "discrepancies", "group_totals"):
        assert said[name]["valid"], name
        assert said[name]["renderer"] == "categorizedSymbol", name
    assert said["households"]["rows"] == len(plan.area.layers["households"])
    assert said["roads"]["symbols"][0] == ["SimpleLine", "SimpleLine"]
    assert said["hazards"]["symbols"][1] == ["SimpleFill", "LinePatternFill", "SimpleLine"]
    assert said["facilities"]["symbols"][0] == ["SimpleMarker", "FontMarker"]
    assert "是否硬化" in said["roads"]["aliases"]
    assert "安全饮水" in said["households"]["aliases"]
    assert {"缺口数", "地灾威胁", "安全饮水"} <= set(said["styles"])
    assert "#cc4c02" in said["colours"]  # five or six gaps
    assert (
        STATES["unmet"].paint.fill.lower() not in said["colours"]
    )  # the style of one need is not the default

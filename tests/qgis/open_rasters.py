"""Opens rasters in QGIS without a screen, says what QGIS made of each, and draws them. Run by the system's Python.

Usage: open_rasters.py PNG-FOLDER TIF...
"""

import json
import os
import sys
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from qgis.core import (
    QgsApplication,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsRasterBandStats,
    QgsRasterLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor


def describe(layer):
    """What QGIS knows of a raster from its file and the style beside it."""
    provider, renderer = layer.dataProvider(), layer.renderer()
    stats = provider.bandStatistics(1, QgsRasterBandStats.All)
    items = renderer.shader().rasterShaderFunction().colorRampItemList()
    return {
        "valid": layer.isValid(),
        "crs": layer.crs().authid(),
        "renderer": renderer.type(),
        "band": layer.bandName(1),
        "nodata": provider.sourceNoDataValue(1),
        "sum": stats.mean * layer.width() * layer.height(),
        "cell": layer.rasterUnitsPerPixelX(),
        "legend": [(item.label, item.color.name(), item.color.alpha()) for item in items],
    }


def draw(layer, png):
    """Draws a raster to a PNG; returns QGIS's remarks."""
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(layer.crs())
    settings.setOutputSize(QSize(500, 700))
    settings.setBackgroundColor(QColor("#ffffff"))
    settings.setExtent(layer.extent())
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    job.renderedImage().save(png)
    return [error.message for error in job.errors()]


def main(folder, *files):
    """Prints one JSON object: what is known per file."""
    QgsApplication.setPrefixPath("/usr", True)
    application = QgsApplication([], False)
    application.initQgis()
    report = {}
    for file in files:
        name = Path(file).name
        layer = QgsRasterLayer(file, name)
        report[name] = describe(layer)
        report[name]["remarks"] = draw(layer, str(Path(folder) / (name + ".png")))
        del layer
    application.exitQgis()
    sys.stdout.write(json.dumps(report))
    sys.stdout.flush()
    # Python tears Qt down in the wrong order and would crash after the work is done.
    os._exit(0)


main(*sys.argv[1:])

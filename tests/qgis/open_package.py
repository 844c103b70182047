"""Opens a GeoPackage in QGIS without a screen, says what QGIS made of it, and draws it. Run by the system's Python.

Usage: open_package.py FILE PNG LAYER...
"""

import json
import os
import sys

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsRectangle,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor


def find_label_scale(layer):
    """Return from what scale the layer has labels, also where several rules make them; None without labels."""
    if not layer.labelsEnabled():
        return None
    labeling = layer.labeling()
    if labeling.type() != "rule-based":
        return labeling.settings().minimumScale
    return max(rule.minimumScale() for rule in labeling.rootRule().children())


def describe(layer):
    """What QGIS knows of a layer from the file alone."""
    renderer = layer.renderer()
    fields = list(enumerate(layer.fields()))
    return {
        "valid": layer.isValid(),
        "crs": layer.crs().authid(),
        "geometry": QgsWkbTypes.displayString(layer.wkbType()),
        "rows": layer.featureCount(),
        "renderer": renderer.type() if renderer else None,
        "legend": [item.label() for item in renderer.legendSymbolItems()] if renderer else [],
        "aliases": {field.name(): layer.attributeAlias(place) for place, field in fields},
        "widgets": {field.name(): layer.editorWidgetSetup(place).type() for place, field in fields},
        "choices": {
            field.name(): layer.editorWidgetSetup(place).config().get("map") for place, field in fields
        },
        "labels": find_label_scale(layer),
        "names": [feature["name"] for feature in layer.getFeatures()]
        if "name" in layer.fields().names()
        else [],
    }


def draw(layers, png):
    """Draws layers (first is at the bottom) to a PNG; returns QGIS's remarks."""
    settings = QgsMapSettings()
    settings.setLayers(list(reversed(layers)))
    settings.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:28992"))
    settings.setOutputSize(QSize(1200, 900))
    settings.setBackgroundColor(QColor("#d5e3ea"))
    extent = QgsRectangle()
    for layer in layers:
        if layer.featureCount():
            extent.combineExtentWith(layer.extent())
    extent.scale(1.05)
    settings.setExtent(extent)
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    job.renderedImage().save(png)
    return [error.message for error in job.errors()]


def main(path, png, *names):
    """Prints one JSON object."""
    QgsApplication.setPrefixPath("/usr", True)
    application = QgsApplication([], False)
    application.initQgis()
    layers = [QgsVectorLayer(f"{path}|layername={name}", name, "ogr") for name in names]
    report = {layer.name(): describe(layer) for layer in layers}
    remarks = draw([layer for layer in layers if layer.isSpatial()], png)
    del layers
    application.exitQgis()
    sys.stdout.write(json.dumps({"layers": report, "remarks": remarks}))
    sys.stdout.flush()
    # Python tears Qt down in the wrong order and would crash after the work is done.
    os._exit(0)


main(*sys.argv[1:])

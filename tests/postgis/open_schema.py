"""Opens the tables of a schema in QGIS without a screen, and says what QGIS made of them. Run by the system's Python.

Usage: open_schema.py CONNECTION SCHEMA TABLE[:TYPE]...
"""

import json
import os
import sys

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from qgis.core import (
    QgsApplication,
    QgsDataSourceUri,
    QgsDateTimeRange,
    QgsFeatureRequest,
    QgsVectorLayer,
    QgsVectorLayerTemporalContext,
    QgsVectorLayerTemporalProperties,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QDate, QDateTime


def describe(layer):
    """What QGIS knows of a layer from the database alone."""
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
        "comments": {field.name(): field.comment() for _, field in fields},
        "widgets": {field.name(): layer.editorWidgetSetup(place).type() for place, field in fields},
        "about": layer.dataProvider().dataComment(),
        "ids": [feature["fid"] for feature in layer.getFeatures()],
        "months": count_months(layer),
    }


def count_months(layer):
    """Per month of 2023 what the temporal controller draws once turned on; empty where QGIS knows no begin and end."""
    known = layer.temporalProperties()
    if known.mode() != QgsVectorLayerTemporalProperties.ModeFeatureDateTimeStartAndEndFromFields:
        return []
    known.setIsActive(True)
    context, told = QgsVectorLayerTemporalContext(), []
    context.setLayer(layer)
    for month in range(1, 13):
        begin = QDateTime(QDate(2023, month, 1))
        span = QgsDateTimeRange(begin, begin.addMonths(1), True, False)
        shown = layer.temporalProperties().createFilterString(context, span)
        told.append(sum(1 for _ in layer.getFeatures(QgsFeatureRequest().setFilterExpression(shown))))
    return told


def open_layer(connection, schema, table):
    """The layer as QGIS's browser would open it."""
    uri = QgsDataSourceUri(connection)
    uri.setDataSource(schema, table.partition(":")[0], "geom" if ":" in table else None, "", "fid")
    return QgsVectorLayer(uri.uri(False), table.partition(":")[0], "postgres")


def main(connection, schema, *tables):
    """Prints one JSON object."""
    QgsApplication.setPrefixPath("/usr", True)
    application = QgsApplication([], False)
    application.initQgis()
    layers = [open_layer(connection, schema, table) for table in tables]
    report = {layer.name(): describe(layer) for layer in layers}
    del layers
    application.exitQgis()
    sys.stdout.write(json.dumps(report))
    sys.stdout.flush()
    # Python tears Qt down in the wrong order and would crash after the work is done.
    os._exit(0)


main(*sys.argv[1:])

"""Uses the project inside a GeoPackage as a planner does: steps through the months, runs actions, filters.

Run by the system's Python, with one argument: {"package": FILE, "project": NAME, "png": FILE}. With the file still open
it says so in one line, waits for a line, and then tells in one JSON object what it saw.
"""

import json
import os
import sys

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import qgis.utils
from qgis.core import (
    QgsApplication,
    QgsDateTimeRange,
    QgsExpression,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsFeatureRequest,
    QgsInterval,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsProject,
    QgsTemporalNavigationObject,
    QgsVectorLayerTemporalContext,
)
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QSize


class Window:
    """As much of QGIS's window as an action asks for."""

    def __init__(self):
        self.canvas = QgsMapCanvas()

    def mapCanvas(self):
        """The map."""
        return self.canvas


def step_through(project):
    """Per step of the temporal controller how many rows are drawn, and their quantity."""
    layer = project.mapLayer("kansenkaart_months_map")
    settings = project.timeSettings()
    controller, steps = QgsTemporalNavigationObject(), []
    controller.setTemporalExtents(settings.temporalRange())
    controller.setFrameDuration(QgsInterval(settings.timeStep(), settings.timeStepUnit()))
    context = QgsVectorLayerTemporalContext()
    context.setLayer(layer)
    for number in range(controller.totalFrameCount()):
        span = controller.dateTimeRangeForFrameNumber(number)
        request = QgsFeatureRequest()
        request.setFilterExpression(layer.temporalProperties().createFilterString(context, span))
        rows = list(layer.getFeatures(request))
        assert all(row.hasGeometry() for row in rows)
        drawn = sorted([row["match_id"], row["quantity"]] for row in rows)
        steps.append([span.begin().toString("yyyy-MM-dd"), drawn])
    return {
        "valid": layer.isValid(),
        "active": layer.temporalProperties().isActive(),
        "shown": project.layerTreeRoot().findLayer(layer.id()).itemVisibilityChecked(),
        "step": [settings.timeStep(), settings.timeStepUnit()],
        "steps": steps,
    }


def draw_month(project, png):
    """Draws the theme of the months as the controller shows the first; returns QGIS's remarks."""
    themes, settings = project.mapThemeCollection(), QgsMapSettings()
    name = next(
        one for one in themes.mapThemes() if "kansenkaart_months_map" in themes.mapThemeVisibleLayerIds(one)
    )
    settings.setLayers(themes.mapThemeVisibleLayers(name))
    settings.setLayerStyleOverrides(themes.mapThemeStyleOverrides(name))
    settings.setDestinationCrs(project.crs())
    settings.setOutputSize(QSize(900, 730))
    settings.setBackgroundColor(project.backgroundColor())
    settings.setExtent(project.viewSettings().defaultViewExtent())
    begin = project.timeSettings().temporalRange().begin()
    settings.setIsTemporal(True)
    settings.setTemporalRange(QgsDateTimeRange(begin, begin.addMonths(1), True, False))
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    job.renderedImage().save(png)
    return [error.message for error in job.errors()]


def act(project):
    """Per layer and action what is chosen after it ran on the first row, or the address that it opens."""
    qgis.utils.iface, told = Window(), {}
    for layer in project.mapLayers().values():
        for action in layer.actions().actions() if hasattr(layer, "actions") else []:
            row = next(layer.getFeatures())
            context = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
            context.setFeature(row)
            said = QgsExpression.replaceExpressionText(action.command(), context)
            if action.type() == action.GenericPython:
                exec(said, {})
                said = sorted(
                    one["site_id"] for one in project.mapLayer("kansenkaart_sites").selectedFeatures()
                )
            names = row.fields().names()
            ids = {
                name: row[name] for name in names if name in ("supply_id", "demand_id", "site_id", "layer")
            }
            told.setdefault(layer.name(), []).append([action.name(), ids, said])
    return told


def main(request):
    """Prints a line when the file is held, and one JSON object."""
    QgsApplication.setPrefixPath("/usr", True)
    application = QgsApplication([], True)
    application.initQgis()
    project = QgsProject.instance()
    opened = project.read(f"geopackage:{request['package']}?projectName={request['project']}")
    report = {"opened": opened, "months": step_through(project)}
    report["remarks"] = draw_month(project, request["png"])
    report["actions"] = act(project)
    chances = project.mapLayer("kansenkaart_matches")
    report["filtered"] = chances.setSubsetString("\"stream\" = 'co2'")
    report["rows"] = chances.featureCount()
    rows = chances.getFeatures()
    first = next(rows)
    sys.stdout.write("held\n")
    sys.stdout.flush()
    sys.stdin.readline()
    report["read"] = [first["match_id"], *(row["match_id"] for row in rows)]
    report["again"] = project.read(f"geopackage:{request['package']}?projectName={request['project']}")
    report["all"] = project.mapLayer("kansenkaart_matches").featureCount()
    sys.stdout.write(json.dumps(report))
    sys.stdout.flush()
    # Python tears Qt down in the wrong order and would crash after the work is done.
    os._exit(0)


main(json.loads(sys.argv[1]))

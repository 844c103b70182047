"""Runs inside the system's Python with QGIS: drives the plugin as the toolbox does, and prints JSON."""

import json
import os
import sys
from pathlib import Path

from qgis.core import (
    QgsApplication,
    QgsFeatureRequest,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingFeedback,
    QgsProject,
    QgsVectorLayer,
)

FOLDER, PLUGINS = Path(sys.argv[1]), sys.argv[2]
sys.path += ["/usr/share/qgis/python/plugins", PLUGINS]


class Told(QgsProcessingFeedback):
    """Keeps what is said, and cancels at the first line when asked."""

    def __init__(self, *, cancel=False):
        super().__init__(False)
        self.lines = []
        self._cancel = cancel

    def setProgressText(self, text):
        self.lines.append(text)
        if self._cancel:
            self.cancel()

    def pushInfo(self, text):
        self.lines.append(text)


def run(tool, parameters, *, cancel=False):
    """Run a tool; returns its results, its lines, the layers to load and the fault."""
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    feedback = Told(cancel=cancel)
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"kansenkaart:{tool}")
    possible, why = algorithm.canExecute()
    report = {"possible": possible, "why": why, "results": {}, "fault": "", "layers": []}
    try:
        report["results"] = algorithm.run(parameters, context, feedback, {}, False)[0]
    except QgsProcessingException as fault:
        report["fault"] = str(fault)
    report["lines"] = feedback.lines
    for layer_id in context.layersToLoadOnCompletion():
        layer = context.getMapLayer(layer_id)
        renderer = layer.renderer().type() if layer.isSpatial() else None
        report["layers"].append([layer.name(), renderer, layer.featureCount()])
    return report


def make_layers():
    """A layer in memory, a filtered one and one with a selection, of the same file."""
    file = f"{FOLDER / 'bron é.gpkg'}|layername=bronnen"
    stored = QgsVectorLayer(file, "bronnen", "ogr")
    memory = stored.materialize(QgsFeatureRequest())
    filtered = QgsVectorLayer(file, "gefilterd", "ogr")
    filtered.setSubsetString('"warmte" > 30')
    stored.selectByExpression('"warmte" > 30')
    selected = QgsProcessingFeatureSourceDefinition(stored.id(), True)
    QgsProject.instance().addMapLayers([stored, memory, filtered])
    return {"memory": memory.id(), "filtered": filtered.id(), "selected": selected}


def run_on_builds(before, after, town):
    """Run the tools that look at what was built."""
    written = {"PAGE": str(FOLDER / "verschil.html"), "PACKAGE": str(FOLDER / "verschil.gpkg")}
    sheets = {"FOLDER": str(before), "MUNICIPALITY": town, "PDF": False, "OUTPUT": str(FOLDER / "bladen")}
    nowhere = {"FOLDER": str(before), "SUPPLY": "Nergens", "DEMAND": "Kas"}
    nowhere["PROJECT"] = str(FOLDER / "proef" / "kansenkaart.toml")
    return {
        "compare": run("compare", {"BEFORE": str(before), "AFTER": str(after), **written}),
        "atlas": run("atlas", sheets),
        "nowhere": run("explain", nowhere),
    }


def open_package(path):
    """Open the project in a GeoPackage; returns its layers that are broken, the files they are in and a sum."""
    project = QgsProject.instance()
    opened = project.read(f"geopackage:{path}?projectName=kansenkaart")
    layers = [one for one in project.mapLayers().values() if one.providerType() == "ogr"]
    chances = project.mapLayer("kansenkaart_matches")
    return {
        "opened": opened,
        "broken": [one.name() for one in layers if not one.isValid()],
        "files": sorted({Path(one.source().split("|")[0]).name for one in layers}),
        "sum": sum(one["quantity"] for one in chances.getFeatures()),
    }


def open_renamed(folder):
    """Open what lies in `folder` under other names; ``bewaard.gpkg`` is saved by QGIS first, and renamed then."""
    report = {name: open_package(folder / f"{name}.gpkg") for name in ("kansenkaart", "hernoemd", "kopie")}
    QgsProject.instance().read(f"geopackage:{folder / 'bewaard.gpkg'}?projectName=kansenkaart")
    report["saved"] = QgsProject.instance().write()
    QgsProject.instance().clear()
    (folder / "bewaard.gpkg").rename(folder / "later.gpkg")
    return report | {"later": open_package(folder / "later.gpkg")}


def main():
    """Prints one JSON object."""
    QgsApplication.setPrefixPath("/usr", True)
    application = QgsApplication([], False)
    application.initQgis()
    from kansenkaart_qgis.command import SETTING
    from kansenkaart_qgis.plugin import KansenkaartPlugin
    from processing.core.Processing import Processing
    from processing.core.ProcessingConfig import ProcessingConfig

    Processing.initialize()
    plugin = KansenkaartPlugin(None)
    plugin.initProcessing()
    asked = {"DEMAND": str(FOLDER / "kas.geojson"), "MAX_DISTANCE": 5, "SUPPLY_QUANTITY": "warmte"}
    asked |= {"DEMAND_ID": "ident", "DEMAND_QUANTITY": "behoefte", "UNIT": "GJ"}
    report = {}
    for name, layer in make_layers().items():
        out = str(FOLDER / f"{name}.gpkg")
        report[name] = run("match", {**asked, "SUPPLY": layer, "OUTPUT": out})
    stored = QgsProject.instance().mapLayersByName("bronnen")[0].id()
    itself = {"SUPPLY": stored, "DEMAND": stored, "SUPPLY_ID": "code", "DEMAND_ID": "code"}
    both = {"DEMAND_QUANTITY": "tegen", "OUTPUT": str(FOLDER / "zelf.gpkg")}
    report["itself"] = run("match", {**asked, **itself, **both})
    report["load"] = run("load", {"INPUT": str(FOLDER / "memory.gpkg")})
    report["nothing"] = run("load", {"INPUT": str(FOLDER / "weg.gpkg")})
    project = {"PROJECT": str(FOLDER / "proef" / "kansenkaart.toml"), "OUTPUT": str(FOLDER / "gestopt")}
    report["cancel"] = run("build", project, cancel=True)
    file = str(FOLDER / "bron é.gpkg|layername=bronnen")
    money = {"SUPPLY": file, "VALUE": 3, "OBJECTIVE": 0, "OUTPUT": str(FOLDER / "geld.gpkg")}
    report["money"] = run("match", {**asked, **money})
    wrong = {"SUPPLY": file, "DEMAND_QUANTITY": "naam", "OUTPUT": str(FOLDER / "fout.gpkg")}
    report["wrong"] = run("match", {**asked, **wrong, "DEMAND": file, "DEMAND_ID": "code"})
    report |= run_on_builds(FOLDER / "uit proef", FOLDER / "uit anders", sys.argv[3])
    report["renamed"] = open_renamed(FOLDER / "hernoemd")
    ProcessingConfig.setSettingValue(SETTING, str(FOLDER / "proef" / "a.csv"))
    report["elsewhere"] = run("match", {**asked, **money, "OBJECTIVE": 2})
    plugin.unload()
    names = ("hernoemd", "kopie")
    report["without"] = {name: open_package(FOLDER / "hernoemd" / f"{name}.gpkg") for name in names}
    report["left"] = QgsApplication.processingRegistry().providerById("kansenkaart") is not None
    sys.stdout.write("\n" + json.dumps(report, default=str) + "\n")
    sys.stdout.flush()
    # Python tears Qt down in the wrong order and would crash after the work is done.
    os._exit(0)


main()

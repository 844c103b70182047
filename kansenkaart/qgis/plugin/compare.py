"""What changed between two maps, and which input made it."""

from __future__ import annotations

from qgis.core import (
    QgsProcessingOutputString,
    QgsProcessingParameterFile,
    QgsProcessingParameterFileDestination,
)

from .algorithm import KansenkaartAlgorithm
from .command import run_command
from .layers import load_layers
from .words import say


class CompareAlgorithm(KansenkaartAlgorithm):
    """Run ``kansenkaart compare``."""

    NAME = "compare"
    BEFORE, AFTER, PAGE, PACKAGE, OUTPUT = "BEFORE", "AFTER", "PAGE", "PACKAGE", "OUTPUT"

    def initAlgorithm(self, _configuration=None):
        """Ask for the two folders, and where the page and the lines should stand."""
        folder = QgsProcessingParameterFile.Folder
        for name in (self.BEFORE, self.AFTER):
            self.addParameter(
                QgsProcessingParameterFile(name, say(f"compare_{name.lower()}"), behavior=folder)
            )
        for name, kinds in ((self.PAGE, "HTML (*.html)"), (self.PACKAGE, "GeoPackage (*.gpkg)")):
            self.addParameter(
                QgsProcessingParameterFileDestination(
                    name, say(f"compare_{name.lower()}"), kinds, optional=True, createByDefault=False
                )
            )
        self.addOutput(QgsProcessingOutputString(self.OUTPUT, say("compare_output")))

    def processAlgorithm(self, parameters, context, feedback):
        """Compare; what changed stands in the log and in the output, its lines are loaded."""
        page, package = (
            self.parameterAsFileOutput(parameters, name, context) for name in (self.PAGE, self.PACKAGE)
        )
        # QGIS has asked already whether a file may be replaced
        arguments = ["compare", "--overwrite"]
        arguments += [part for file in (page, package) if file for part in ("-o", file)]
        folders = (self.parameterAsFile(parameters, name, context) for name in (self.BEFORE, self.AFTER))
        said = run_command([*arguments, "--", *folders], feedback)
        if package:
            load_layers(package, context)
        return {self.OUTPUT: said, self.PAGE: page, self.PACKAGE: package}

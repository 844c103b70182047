"""Build the map of a project file."""

from __future__ import annotations

from pathlib import Path

from qgis.core import (
    QgsProcessingOutputFile,
    QgsProcessingOutputHtml,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFile,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterNumber,
)

from .algorithm import KansenkaartAlgorithm
from .command import run_command
from .layers import load_layers
from .load import FILE_NAME
from .words import say


class BuildAlgorithm(KansenkaartAlgorithm):
    """Run ``kansenkaart build``."""

    NAME = "build"
    PROJECT, DRAWS, OVERWRITE, LOAD, OUTPUT = "PROJECT", "DRAWS", "OVERWRITE", "LOAD", "OUTPUT"
    MAP, PACKAGE = "MAP", "PACKAGE"

    def initAlgorithm(self, _configuration=None):
        """Ask for the project file and the folder."""
        self.addParameter(
            QgsProcessingParameterFile(
                self.PROJECT, say("build_project"), fileFilter="kansenkaart.toml (*.toml)"
            )
        )
        self.addParameter(
            QgsProcessingParameterNumber(
                self.DRAWS, say("build_draws"), optional=True, minValue=0, maxValue=10_000
            )
        )
        self.addParameter(
            QgsProcessingParameterBoolean(self.OVERWRITE, say("build_overwrite"), defaultValue=False)
        )
        self.addParameter(QgsProcessingParameterBoolean(self.LOAD, say("load_after"), defaultValue=True))
        self.addParameter(QgsProcessingParameterFolderDestination(self.OUTPUT, say("build_output")))
        self.addOutput(QgsProcessingOutputHtml(self.MAP, say("build_map")))
        self.addOutput(QgsProcessingOutputFile(self.PACKAGE, "GeoPackage"))

    def processAlgorithm(self, parameters, context, feedback):
        """Build, and load the layers when asked."""
        out = self.parameterAsString(parameters, self.OUTPUT, context)
        arguments = ["build", self.parameterAsFile(parameters, self.PROJECT, context), "-o", out]
        if parameters.get(self.DRAWS) is not None:
            arguments += ["--draws", str(self.parameterAsInt(parameters, self.DRAWS, context))]
        if self.parameterAsBoolean(parameters, self.OVERWRITE, context):
            arguments.append("--overwrite")
        run_command(arguments, feedback)
        package = str(Path(out) / FILE_NAME)
        if self.parameterAsBoolean(parameters, self.LOAD, context):
            load_layers(package, context)
        return {self.OUTPUT: out, self.MAP: str(Path(out) / "kansenkaart.html"), self.PACKAGE: package}

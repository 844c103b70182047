"""Load a result with its styles."""

from __future__ import annotations

from pathlib import Path

from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingException,
    QgsProcessingOutputMultipleLayers,
    QgsProcessingParameterFile,
)

from .algorithm import KansenkaartAlgorithm
from .layers import load_layers
from .words import say

FILE_NAME = "kansenkaart.gpkg"


class LoadAlgorithm(KansenkaartAlgorithm):
    """Open every layer of a GeoPackage that kansenkaart wrote."""

    NAME = "load"
    INPUT, OUTPUT = "INPUT", "OUTPUT"

    def flags(self):
        """Run where the project lives: it gets layers."""
        return super().flags() | QgsProcessingAlgorithm.FlagNoThreading

    def canExecute(self):
        """Tell that nothing but QGIS is needed."""
        return True, ""

    def initAlgorithm(self, _configuration=None):
        """Ask for the file."""
        self.addParameter(
            QgsProcessingParameterFile(self.INPUT, say("load_input"), fileFilter="GeoPackage (*.gpkg)")
        )
        self.addOutput(QgsProcessingOutputMultipleLayers(self.OUTPUT, say("layers")))

    def processAlgorithm(self, parameters, context, _feedback):
        """Load the layers."""
        path = Path(self.parameterAsFile(parameters, self.INPUT, context))
        if path.is_dir():
            path = path / FILE_NAME
        if not path.is_file():
            raise QgsProcessingException(say("no_file", path=path))
        return {self.OUTPUT: load_layers(str(path), context)}

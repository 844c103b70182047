"""A page per municipality of what a build found."""

from __future__ import annotations

from pathlib import Path

from qgis.core import (
    QgsProcessingOutputHtml,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFile,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterString,
)

from .algorithm import KansenkaartAlgorithm
from .command import run_command
from .words import say


class AtlasAlgorithm(KansenkaartAlgorithm):
    """Run ``kansenkaart atlas``."""

    NAME = "atlas"
    FOLDER, MUNICIPALITY, PDF, OVERWRITE = "FOLDER", "MUNICIPALITY", "PDF", "OVERWRITE"
    PAGE, OUTPUT = "PAGE", "OUTPUT"

    def initAlgorithm(self, _configuration=None):
        """Ask for the result, perhaps one municipality, and the folder."""
        self.addParameter(
            QgsProcessingParameterFile(
                self.FOLDER, say("explain_folder"), behavior=QgsProcessingParameterFile.Folder
            )
        )
        self.addParameter(
            QgsProcessingParameterString(self.MUNICIPALITY, say("atlas_municipality"), optional=True)
        )
        self.addParameter(QgsProcessingParameterBoolean(self.PDF, say("atlas_pdf"), defaultValue=True))
        self.addParameter(
            QgsProcessingParameterBoolean(self.OVERWRITE, say("atlas_overwrite"), defaultValue=False)
        )
        self.addParameter(QgsProcessingParameterFolderDestination(self.OUTPUT, say("atlas_output")))
        self.addOutput(QgsProcessingOutputHtml(self.PAGE, say("atlas_page")))

    def processAlgorithm(self, parameters, context, feedback):
        """Write the pages."""
        out = self.parameterAsString(parameters, self.OUTPUT, context)
        arguments = ["atlas", "-o", out]
        if not self.parameterAsBoolean(parameters, self.PDF, context):
            arguments.append("--no-pdf")
        if self.parameterAsBoolean(parameters, self.OVERWRITE, context):
            arguments.append("--overwrite")
        municipality = self.parameterAsString(parameters, self.MUNICIPALITY, context)
        # With =, a name that begins with a dash is no option.
        arguments += [f"--municipality={municipality}"] if municipality else []
        run_command([*arguments, "--", self.parameterAsFile(parameters, self.FOLDER, context)], feedback)
        return {self.OUTPUT: out, self.PAGE: str(Path(out) / "atlas.html")}

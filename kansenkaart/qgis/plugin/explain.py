"""Explain why one place does, or does not, supply another."""

from __future__ import annotations

from qgis.core import (
    QgsProcessingOutputString,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFile,
    QgsProcessingParameterString,
)

from .algorithm import KansenkaartAlgorithm
from .command import run_command
from .words import language, say


class ExplainAlgorithm(KansenkaartAlgorithm):
    """Run ``kansenkaart explain``."""

    NAME = "explain"
    FOLDER, SUPPLY, DEMAND, PROJECT, ANYWAY = "FOLDER", "SUPPLY", "DEMAND", "PROJECT", "ANYWAY"
    OUTPUT = "OUTPUT"

    def initAlgorithm(self, _configuration=None):
        """Ask for the result and the two places."""
        self.addParameter(
            QgsProcessingParameterFile(
                self.FOLDER, say("explain_folder"), behavior=QgsProcessingParameterFile.Folder
            )
        )
        self.addParameter(QgsProcessingParameterString(self.SUPPLY, say("explain_supply")))
        self.addParameter(QgsProcessingParameterString(self.DEMAND, say("explain_demand")))
        self.addParameter(
            QgsProcessingParameterFile(
                self.PROJECT, say("explain_project"), fileFilter="kansenkaart.toml (*.toml)", optional=True
            )
        )
        self.addParameter(
            QgsProcessingParameterBoolean(self.ANYWAY, say("explain_anyway"), defaultValue=False)
        )
        self.addOutput(QgsProcessingOutputString(self.OUTPUT, say("explain_output")))

    def processAlgorithm(self, parameters, context, feedback):
        """Explain; the answer stands in the log and in the output."""
        arguments = [
            "explain",
            "--language",
            language(),
            *(["--anyway"] if self.parameterAsBoolean(parameters, self.ANYWAY, context) else []),
        ]
        project = self.parameterAsFile(parameters, self.PROJECT, context)
        if project:
            arguments += ["--project", project]
        # Behind --, a name that begins with a dash is no option.
        arguments += ["--", self.parameterAsFile(parameters, self.FOLDER, context)]
        arguments += [
            self.parameterAsString(parameters, self.SUPPLY, context),
            self.parameterAsString(parameters, self.DEMAND, context),
        ]
        return {self.OUTPUT: run_command(arguments, feedback)}

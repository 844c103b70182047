"""What the tools share."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsProcessingAlgorithm
from qgis.PyQt.QtGui import QIcon

from .command import find_command, say_absent
from .words import say


class KansenkaartAlgorithm(QgsProcessingAlgorithm):
    """A tool that runs one command of the program; texts stand under its name in ``words``."""

    NAME = ""

    def name(self):
        """Return the id of the tool."""
        return self.NAME

    def displayName(self):
        """Return the name in the toolbox."""
        return say(f"{self.NAME}_title")

    def shortHelpString(self):
        """Return the help beside the dialog."""
        return say(f"{self.NAME}_help")

    def icon(self):
        """Return the icon in the toolbox."""
        return QIcon(str(Path(__file__).parent / "icon.svg"))

    def createInstance(self):
        """Return a fresh tool, as QGIS asks for every run."""
        return type(self)()

    def canExecute(self):
        """Tell in the dialog already that the program is absent."""
        return (True, "") if find_command() is not None else (False, say_absent())

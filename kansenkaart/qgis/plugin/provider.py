"""The provider: its tools, its icon and the one setting it has."""

from __future__ import annotations

from pathlib import Path

from processing.core.ProcessingConfig import ProcessingConfig, Setting
from qgis.core import QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from .atlas import AtlasAlgorithm
from .build import BuildAlgorithm
from .command import SETTING
from .compare import CompareAlgorithm
from .explain import ExplainAlgorithm
from .load import LoadAlgorithm
from .match import MatchAlgorithm
from .words import say


class KansenkaartProvider(QgsProcessingProvider):
    """Tools that run the program kansenkaart."""

    def id(self):
        """Return what comes before the colon in the id of a tool."""
        return "kansenkaart"

    def name(self):
        """Return the name in the toolbox."""
        return "kansenkaart"

    def icon(self):
        """Return the icon in the toolbox."""
        return QIcon(str(Path(__file__).parent / "icon.svg"))

    def load(self):
        """Add the setting to the options of Processing, and the tools."""
        ProcessingConfig.settingIcons[self.name()] = self.icon()
        ProcessingConfig.addSetting(Setting(self.name(), SETTING, say("setting"), "", valuetype=Setting.FILE))
        ProcessingConfig.readSettings()
        self.refreshAlgorithms()
        return True

    def unload(self):
        """Take the setting out of the options."""
        ProcessingConfig.removeSetting(SETTING)

    def loadAlgorithms(self):
        """Add the tools."""
        tools = (
            BuildAlgorithm,
            MatchAlgorithm,
            ExplainAlgorithm,
            LoadAlgorithm,
            CompareAlgorithm,
            AtlasAlgorithm,
        )
        for tool in tools:
            self.addAlgorithm(tool())

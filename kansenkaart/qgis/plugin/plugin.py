"""What QGIS starts and stops."""

from __future__ import annotations

from qgis.core import QgsApplication, QgsPathResolver

from .paths import lead_to_own_file
from .provider import KansenkaartProvider


class KansenkaartPlugin:
    """Adds the provider to the Processing registry, with and without a window, and opens renamed GeoPackages."""

    def __init__(self, _iface):
        self._provider = None
        self._paths = None

    def initProcessing(self):
        """Add the provider; qgis_process calls this alone."""
        self._paths = QgsPathResolver.setPathPreprocessor(lead_to_own_file)
        self._provider = KansenkaartProvider()
        QgsApplication.processingRegistry().addProvider(self._provider)

    def initGui(self):
        """Add the provider to the toolbox."""
        self.initProcessing()

    def unload(self):
        """Take the provider and the look at paths out again."""
        if self._paths is not None:
            QgsPathResolver.removePathPreprocessor(self._paths)
            self._paths = None
        if self._provider is not None:
            QgsApplication.processingRegistry().removeProvider(self._provider)
            self._provider = None

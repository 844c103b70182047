"""What QGIS starts and stops."""

from __future__ import annotations

from qgis.core import QgsApplication

from .provider import KansenkaartProvider


class KansenkaartPlugin:
    """Adds the provider to the Processing registry, with and without a window."""

    def __init__(self, _iface):
        self._provider = None

    def initProcessing(self):
        """Add the provider; qgis_process calls this alone."""
        self._provider = KansenkaartProvider()
        QgsApplication.processingRegistry().addProvider(self._provider)

    def initGui(self):
        """Add the provider to the toolbox."""
        self.initProcessing()

    def unload(self):
        """Take the provider out again."""
        if self._provider is not None:
            QgsApplication.processingRegistry().removeProvider(self._provider)
            self._provider = None

"""The kansenkaart tools in QGIS: a Processing provider that runs the installed program."""


def classFactory(iface):
    """Return the plugin; QGIS calls this with its interface (none in qgis_process)."""
    from .plugin import KansenkaartPlugin

    return KansenkaartPlugin(iface)

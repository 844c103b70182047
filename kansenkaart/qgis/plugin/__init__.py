"""The kansenkaart tools in QGIS: a Processing provider that runs the installed program."""


def classFactory(iface):
    """Return the plugin; QGIS calls this with its interface (none in qgis_process)."""
    from .plugin import KansenkaartPlugin  # noqa: PLC0415 - QGIS calls this when the plugin is switched on

    return KansenkaartPlugin(iface)

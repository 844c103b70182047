"""``kansenkaart copy``: the GeoPackage under another name, with its QGIS project whole."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from kansenkaart.cli.options import quietness
from kansenkaart.cli.screen import say
from kansenkaart.errors import DataError
from kansenkaart.texts import load_texts

_NAME = "kansenkaart.gpkg"


@click.command("copy")
@click.argument("source", metavar="BUILD", type=click.Path(path_type=Path))
@click.argument("target", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--overwrite", is_flag=True, help="Replace FILE when it exists.")
@quietness
def copy_command(source: Path, target: Path, *, overwrite: bool, quiet: bool) -> None:
    """Copy the GeoPackage of BUILD to FILE; the QGIS project in it then shows what is in FILE.

    A project in a GeoPackage finds its layers by the name of that file. A copy under another name that is made by hand
    shows what lies beside it under the old name, or nothing. BUILD is the folder that 'kansenkaart build' wrote, or a
    GeoPackage, renamed or not.

    \b
    Examples:
      kansenkaart copy mijn-regio/uit raad-2025.gpkg
      kansenkaart copy hernoemd.gpkg raad-2025.gpkg --overwrite
    """
    from kansenkaart.exports import check_output_file, copy_package

    package = source / _NAME if source.is_dir() else source
    if not package.is_file():
        message = "{file} does not exist. Name the folder that 'kansenkaart build' wrote, or its GeoPackage."
        raise DataError("copy_absent", message, file=str(package))
    check_output_file(target, (".gpkg",), inputs=[package], overwrite=overwrite)
    copy_package(package, target)
    if not quiet:
        say(load_texts("nl"), "cli.written", file=target)

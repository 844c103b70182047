"""Take the pictures of the sheets of QGIS that are looked at before a release. By the system's Python, which has QGIS.

``/usr/bin/python3 docs/sheets_in_qgis.py BUILD``: sheets of the project in ``BUILD/kansenkaart.gpkg`` and three pages
of its atlas, as small JPEGs in ``docs/images``, in colour and in grey. With ``--all FOLDER`` all
sheets as PDFs there.
"""

import argparse
import os
import sys
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from qgis.core import QgsApplication, QgsLayoutExporter, QgsProject
from qgis.PyQt.QtGui import QImage

IMAGES = Path(__file__).resolve().parent / "images"
# What a sheet's name begins with, the name of its picture, pixels an inch and whether it is grey.
SHEETS = (
    ("Restwarmte (heet) (A3", "qgis-restwarmte-a3", 75, False),
    ("Overzicht (A4", "qgis-overzicht-a4", 105, False),
    ("Overzicht (A3", "qgis-overzicht-a3-grijs", 75, True),
)
PAGES = (
    ("Haarlemmermeer", "qgis-atlas-haarlemmermeer", False),
    ("Amsterdam", "qgis-atlas-amsterdam-grijs", True),
    ("Blaricum", "qgis-atlas-blaricum", False),
)
PAGE_DPI, QUALITY = 105, 72


def take(layout, name, dpi, grey):
    """Writes the page of a layout as it stands now."""
    image = QgsLayoutExporter(layout).renderPageToImage(0, dpi=dpi)
    if grey:
        image = image.convertToFormat(QImage.Format_Grayscale8)
    if not image.save(str(IMAGES / f"{name}.jpg"), "JPG", QUALITY):
        sys.exit(f"{name}: not written")


def take_atlas(layout):
    """Writes the chosen pages of the atlas."""
    atlas, pages = layout.atlas(), {name: (picture, grey) for name, picture, grey in PAGES}
    atlas.updateFeatures()
    atlas.beginRender()
    for number in range(atlas.count()):
        atlas.seekTo(number)
        if atlas.nameForPage(number) in pages:
            picture, grey = pages[atlas.nameForPage(number)]
            take(layout, picture, PAGE_DPI, grey)
    atlas.endRender()


def print_all(layouts, folder):
    """Writes every sheet as a PDF, the atlas as one."""
    settings = QgsLayoutExporter.PdfExportSettings()
    for layout in layouts:
        pdf = str(folder / f"{layout.name().replace('/', '-')}.pdf")
        atlas = layout.atlas()
        done = (
            QgsLayoutExporter.exportToPdf(atlas, pdf, settings)[0]
            if atlas.enabled()
            else QgsLayoutExporter(layout).exportToPdf(pdf, settings)
        )
        if done != QgsLayoutExporter.Success:
            sys.exit(f"{layout.name()}: QGIS says {done}")


def main():
    """Opens the project and writes its pictures."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("build", type=Path)
    reader.add_argument("--all", type=Path, metavar="FOLDER")
    asked = reader.parse_args()
    application = QgsApplication([], False)
    application.initQgis()
    project, file = QgsProject.instance(), asked.build.resolve() / "kansenkaart.gpkg"
    if not project.read(f"geopackage:{file}?projectName=kansenkaart"):
        sys.exit(f"{file}: {project.error()}")
    layouts = project.layoutManager().printLayouts()
    for layout in layouts:
        if layout.atlas().enabled():
            take_atlas(layout)
        for begin, name, dpi, grey in SHEETS:
            if layout.name().startswith(begin):
                take(layout, name, dpi, grey)
    if asked.all:
        asked.all.mkdir(parents=True, exist_ok=True)
        print_all(layouts, asked.all)
    sys.stdout.flush()
    # Python tears Qt down in the wrong order and would crash after the work is done.
    os._exit(0)


main()

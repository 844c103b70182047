"""The door for a user's file: it is there, it is what its name says, and whatever its reader raises is a data error."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.parsers import expat

from kansenkaart.errors import DataError, Fault, KansenkaartError
from kansenkaart.project.input_files import is_folder, is_there
from kansenkaart.reasons import find_reason, name_reason

CSV = (".csv", ".txt", ".tsv")
JSON = (".geojson", ".json")
PARQUET = (".parquet", ".geoparquet")
WORKBOOK = (".xlsx", ".xlsm", ".ods", ".xls")
GEODATABASE = ".gdb"

# How a file of each kind begins; a text format begins with nothing in particular.
_JSON = (b"{",)
_ZIP = (b"PK\x03\x04",)
_MARKS: dict[str, tuple[bytes, ...]] = {
    ".gpkg": (b"SQLite format 3\0",),
    ".geojson": _JSON,
    ".json": _JSON,
    ".fgb": (b"fgb\x03fgb",),
    ".shp": (b"\x00\x00\x27\x0a",),
    ".parquet": (b"PAR1",),
    ".geoparquet": (b"PAR1",),
    ".xlsx": _ZIP,
    ".xlsm": _ZIP,
    ".ods": _ZIP,
    ".xls": (b"\xd0\xcf\x11\xe0",),
    ".tif": (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
}
_MARKS[".tiff"] = _MARKS[".tif"]
# A text in XML begins as any other: what it is stands in its first element.
_XML = {".gml": b"gml", ".kml": b"<kml"}

# What a file is of which the name alone says that it belongs elsewhere.
_ELSEWHERE = {
    **dict.fromkeys((".dbf", ".shx", ".prj", ".cpg", ".sbn", ".sbx"), "part"),
    **dict.fromkeys((".gpkg-wal", ".gpkg-shm"), "journal"),
    **dict.fromkeys((".tif", ".tiff"), "raster"),
    ".toml": "settings",
}
# What a file of another kind turns out to be, by something in its first bytes; the first that fits names it.
_SIGNS: tuple[tuple[bytes, str], ...] = (
    (b"<OGRVRTDataSource", "GDAL VRT"),
    (b"<VRTDataset", "GDAL VRT"),
    (b"gdal_streamed_alg", "GDALG"),
    (b"<OGRWFSDataSource", "WFS"),
    (b"<GDAL_W", "WMS/WCS"),
    (b"<WCS_GDAL", "WMS/WCS"),
    (b"<kml", "KML"),
    (b"<gml", "GML"),
    (b"opengis.net/gml", "GML"),
    (b"<!DOCTYPE html", "HTML"),
    (b"<html", "HTML"),
    (b"<", "XML"),
    (b"\xd0\xcf\x11\xe0", "Office 97-2003 / password"),
)
_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"SQLite format 3", "SQLite / GeoPackage"),
    (b"PK\x03\x04", "zip / xlsx"),
    (b"PAR1", "Parquet"),
    (b"fgb", "FlatGeobuf"),
    (b"II", "TIFF"),
    (b"MM", "TIFF"),
    (b"%PDF", "PDF"),
    (b"{", "JSON"),
)
# How a table of texts never begins: a workbook or a web page that was saved under the name of one.
_NO_TEXT = (b"pk\x03\x04", b"sqlite format 3\0", b"%pdf-", b"\xd0\xcf\x11\xe0", b"<!doctype html", b"<html")
_HEAD = 4096


def check_file(path: Path, file: str) -> None:
    """Refuse what is no file, or not of the kind that its name says; an empty file passes, its reader names it.

    Parameters
    ----------
    path
        File; its extension tells the kind.
    file
        Its name, for errors.

    Raises
    ------
    DataError
        ``file_missing``, or ``file_other_kind`` with what it really is: a file that refers to other files or to the
        network (VRT, GDALG, WFS ...) is never followed.
    """
    if is_geodatabase(path):
        return
    if is_folder(path):
        message = (
            "{file} is a folder; allowed: a file, or a geodatabase (.gdb) with all that is in it. Name a file "
            "in it."
        )
        raise DataError("file_folder", message, file=file)
    if not is_there(path):
        message = "{file} does not exist in {folder}. Mind spelling and capitals."
        raise DataError("file_missing", message, file=file, folder=str(path.absolute().parent))
    with guard(path, file), path.open("rb") as stream:
        head = stream.read(_HEAD)
    kind = path.suffix.lower()
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if kind in _XML and text.startswith(b"<") and _XML[kind] in head and not _unfolds(path, file):
        return
    if kind not in _XML and (
        not head or (kind not in _MARKS and not (kind in CSV and text.lower().startswith(_NO_TEXT)))
    ):
        return
    marks = _MARKS.get(kind, ())
    begun = text if marks is _JSON else head
    if begun.startswith(marks) and not (marks is _JSON and b'"gdal_streamed_alg"' in head):
        return
    message = (
        "{file} is no {kind} file, whatever its name says; it looks like: {found}. A file that refers to other files "
        "or to the network is not followed. Save the layer itself as one of the allowed kinds."
    )
    raise DataError("file_other_kind", message, file=file, kind=kind, found=_name_kind(text))


class _UnfoldsError(Exception):
    """A text in XML that declares entities."""


def _unfolds(path: Path, file: str) -> bool:
    """Whether a text in XML declares entities, wherever; one that is cut off raises: its reader gives no row, or some.

    Raises
    ------
    DataError
        When it is no whole XML.
    """

    def refuse(*_: object) -> None:
        raise _UnfoldsError

    parser = expat.ParserCreate()
    parser.EntityDeclHandler = refuse
    try:
        with path.open("rb") as stream:
            parser.ParseFile(stream)
    except _UnfoldsError:
        return True
    except expat.ExpatError as error:
        raise unreadable(file, name_reason("reason_damaged", detail=str(error))) from None
    return False


def is_geodatabase(path: Path) -> bool:
    """Tell whether `path` is a file geodatabase, which is a folder with the catalogue of its tables in it."""
    return path.suffix.lower() == GEODATABASE and is_there(path / "a00000001.gdbtable")


@contextmanager
def alone(path: Path) -> Iterator[Path]:
    """Give a copy of `path` without what lies beside it: its reader would take that along, and write there itself."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(shutil.copyfile(path, Path(folder) / f"a{path.suffix.lower()}"))


def _name_kind(text: bytes) -> str:
    found = [name for mark, name in _BEGINNINGS[:-1] if text.startswith(mark)]
    found += [name for mark, name in _SIGNS if mark in text]
    found += [name for mark, name in _BEGINNINGS[-1:] if text.startswith(mark)]
    return found[0] if found else "CSV / text" if b"\0" not in text else "?"


@contextmanager
def guard(path: Path, file: str) -> Iterator[None]:
    """Turn whatever a reader raises on a file into one clear error, which does not say where the file lies.

    Parameters
    ----------
    path
        What the reader opens.
    file
        Name of the file, for the error.
    """
    try:
        with warnings.catch_warnings():
            # GDAL warns about what the checks of rows say better, with a row number; openpyxl about styles, which it
            # does not keep
            warnings.simplefilter("ignore")
            yield
    except KansenkaartError:
        raise
    except Exception as error:
        said = _say(error).replace(str(path.absolute()), file).replace(str(path), file)
        reason = find_reason(error, said)
        if path.suffix.lower() in WORKBOOK:
            message = (
                "{file} cannot be read as an Excel workbook: {error}. Open it in Excel, take off a password and save "
                "it as .xlsx."
            )
            raise DataError("workbook_broken", message, file=file, error=reason) from error
        if reason.key == "reason_full":
            message = (
                "{file} cannot be put aside to read it: {error}. Make room where temporary files go, or name another "
                "folder in TMPDIR (Windows: TEMP)."
            )
            raise DataError("temporary_full", message, file=file, error=reason) from error
        raise unreadable(file, reason) from error


def unreadable(file: str, reason: Fault) -> DataError:
    """Return the error for a file, or a part of one, that cannot be read."""
    message = "{file} cannot be read: {error}. Is it complete, and does it open in QGIS?"
    return DataError("file_unreadable", message, file=file, error=reason)


def _say(error: Exception) -> str:
    """What a reader said was wrong, with the place that it noted."""
    # rasterio hides what GDAL said behind what it says itself
    deepest = error.__cause__ if isinstance(error.__cause__, Exception) else error
    said = (str(deepest) or type(deepest).__name__).rstrip(".")
    return ": ".join([*getattr(error, "__notes__", []), said])


def refuse_type(path: Path, file: str, allowed: tuple[str, ...]) -> DataError:
    """The error about a file that no reader of tables takes: of one that belongs elsewhere it says where."""
    extension = path.suffix.lower()
    values = {"file": file, "name": path.stem, "extension": extension, "allowed": ", ".join(allowed)}
    match _ELSEWHERE.get(extension):
        case "part":
            message = "{file} is a part of a Shapefile. Give {name}.shp; the other parts are read beside it."
            return DataError("file_part", message, **values)
        case "journal":
            message = (
                "{file} belongs to the GeoPackage {name}.gpkg. Give that; what stands here is read with it."
            )
            return DataError("file_journal", message, **values)
        case "raster":
            message = (
                "{file} is a raster, and no table of places. In the project file it is the path of [[layers.rasters]] "
                "(a quantity per place) or of [friction] (what a pipe must cross)."
            )
            return DataError("file_raster", message, **values)
        case "settings":
            message = (
                "{file} holds settings and no places. A project is read by its folder: 'kansenkaart check FOLDER'; a "
                'recipe by its name: recipe = "{file}" at a layer.'
            )
            return DataError("file_settings", message, **values)
    message = (
        "{file}: files of type '{extension}' cannot be read. Allowed: {allowed}. Save it as one of these; unpack a "
        "zip first."
    )
    return DataError("file_type", message, **values)

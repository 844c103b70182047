"""Pack the QGIS plugin as the zip that the plugin manager installs: ``python pack.py dist/kansenkaart_qgis.zip``.

The project has no public address, and the plugin manager asks for none: who hands the plugin out gives the address of
the page it stands on, as a second word.
"""

from __future__ import annotations

import configparser
import re
import sys
import tomllib
import zipfile
from pathlib import Path

PLUGIN = Path(__file__).parent / "plugin"
ROOT = Path(__file__).parents[2]
# Not 'kansenkaart': QGIS's Python would then find the plugin where it looks for the program.
FOLDER = "kansenkaart_qgis"

_SUFFIXES = (".py", ".txt", ".svg")
# What the plugin manager refuses a plugin without (QgsPluginInstaller, metadata.txt of the cookbook).
_NEEDED = ("name", "qgisMinimumVersion", "description", "about", "version", "author")
_PAGE = re.compile(r"https?://[^\s/]+(/\S*)?", re.ASCII)
_DATE = (2026, 1, 1, 0, 0, 0)


def pack_plugin(path: Path, homepage: str = "") -> None:
    """Write the zip: one folder, the same bytes whenever the sources are the same.

    Parameters
    ----------
    path
        File to write; its folder is made when absent.
    homepage
        Address that the plugin manager shows; none when empty.

    Raises
    ------
    ValueError
        When ``metadata.txt`` lacks a field, names no file, or has another version than the program, or `homepage` is
        no address of a page.
    """
    check_metadata((PLUGIN / "metadata.txt").read_text(encoding="utf-8"))
    if homepage and not _PAGE.fullmatch(homepage):
        raise ValueError(f"homepage {homepage!r} is no address: write https://, a host and a path")
    files = {f"{FOLDER}/{one.name}": one for one in PLUGIN.iterdir() if one.suffix in _SUFFIXES}
    files[f"{FOLDER}/LICENSE"] = ROOT / "LICENSE"
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as packed:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, date_time=_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, also when packed on Windows
            entry.external_attr = 0o644 << 16
            content = files[name].read_bytes().replace(b"\r\n", b"\n")
            if homepage and files[name].name == "metadata.txt":
                content = content.rstrip() + f"\nhomepage={homepage}\n".encode()
            packed.writestr(entry, content, compresslevel=9)


def check_metadata(text: str) -> None:
    """Raise ``ValueError`` when the plugin manager would not accept `text`, or the version is not the program's."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    general = parser["general"]
    missing = [name for name in _NEEDED if not general.get(name, "").strip()]
    if missing:
        raise ValueError(f"metadata.txt lacks {', '.join(missing)}")
    if not (PLUGIN / general["icon"]).is_file():
        raise ValueError(f"metadata.txt: icon {general['icon']} does not exist")
    program = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    if general["version"] != program:
        raise ValueError(f"metadata.txt: version {general['version']}; the program is {program}")


if __name__ == "__main__":
    pack_plugin(Path(sys.argv[1]), *sys.argv[2:3])

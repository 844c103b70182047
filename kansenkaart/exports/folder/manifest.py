"""What a run was made of and what it made: enough to repeat it, and to see whether two runs are the same."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import pandas as pd

from kansenkaart import __version__
from kansenkaart.errors import OutputError
from kansenkaart.outward import cut_path, hide_private, publish
from kansenkaart.project import LoadedProject
from kansenkaart.project.input_files import hash_input, is_there, read_receipt, read_small
from kansenkaart.project.own_recipes import is_own_recipe
from kansenkaart.reasons import UnfitError, find_reason
from kansenkaart.strict_json import parse_json
from kansenkaart.tables import Frames

MANIFEST = "manifest.json"
# The country's is a hundredth of this.
_MOST_MB = 50

_DEPENDENCIES = (
    "numpy",
    "pandas",
    "geopandas",
    "shapely",
    "pyogrio",
    "pyproj",
    "folium",
    "scipy",
    "numba",
    "XlsxWriter",
    "rasterio",
    "pyarrow",
)
_DATA = (".toml", ".csv", ".geojson", ".json")
_CHUNK = 1 << 20

# https://www.sqlite.org/fileformat2.html#the_database_header
_HEAD = 100
# Besides the counters: whether it was last opened for writing ahead (WAL), as QGIS does.
_COUNTERS = ((18, 20), (24, 28), (92, 100))

# Settings that name a file.
_PATHS = ("path", "boundary", "decisions")

# Settings that decide how a result is shown, or whether there is one, not what it is.
_SHOWS_ONLY = ("scenes", "exports", "editions", "rasters", "limits", "scenarios")


def build_manifest(
    folder: Path, frames: Frames, loaded: LoadedProject, *, timings: Mapping[str, float]
) -> dict[str, Any]:
    """Return the manifest of the outputs that stand in `folder`.

    Parameters
    ----------
    folder
        Where the outputs were written; every file in it is recorded with hash and size.
    frames, loaded
        What was found, and the project it came from.
    timings
        Seconds per step; recorded apart, outside ``identity``.

    Returns
    -------
    dict
        JSON-ready. ``identity`` is the SHA-256 over everything but ``timings`` and ``downloads``. No clock, no
        absolute path.

    Raises
    ------
    OutputError
        When the folder holds no outputs.
    """
    outputs = {name: _describe(path) for name, path in find_outputs(folder)}
    if not outputs:
        message = "{folder} holds no files to record. Write the outputs first, then the manifest."
        raise OutputError("output_manifest", message, folder=folder.name)
    manifest: dict[str, Any] = {
        **_recipe(frames, loaded),
        "manifest_id": find_manifest_id(frames, loaded),
        "counts": _counts(frames),
        "certificates": _certificates(frames),
        "outputs": outputs,
        "environment": _environment(),
    }
    if loaded.withheld is not None:
        manifest["edition"] = loaded.edition
    manifest["identity"] = find_identity(manifest)
    manifest["timings"] = dict(timings)
    if receipts := _receipts(loaded):
        manifest["downloads"] = receipts
    return manifest


def _receipts(loaded: LoadedProject) -> dict[str, Any]:
    """Where files were downloaded, and when: as little part of the identity as the time that a build takes."""
    noted = {path.name: read_receipt(path) for path in loaded.inputs}
    shown = ("url", "layer", "fetched", "rows")
    told = {name: {key: one.get(key) for key in shown} for name, one in noted.items() if one}
    return {
        name: {key: value if type(value) is int else publish(str(value)) for key, value in one.items()}
        for name, one in told.items()
    }


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write `manifest` to ``manifest.json`` in `folder`."""
    text = json.dumps(manifest, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8", newline="\n")


def find_manifest_id(frames: Frames, loaded: LoadedProject) -> str:
    """Return 12 hex digits that name the run's inputs, settings, catalogue and tool, before anything is written.

    What only presents the run (its scenes, how tables and rasters are written, remarks in the project file) does not
    count: ballots of a map fit the same map with another scene.
    """
    recipe = _recipe(frames, loaded)
    settings = {key: value for key, value in recipe["settings"].items() if key not in _SHOWS_ONLY}
    return _digest({**recipe, "project": None, "settings": settings})[:12]


def find_identity(manifest: Mapping[str, Any]) -> str:
    """Return the SHA-256 over everything in `manifest` but its timings and downloads (and the identity itself)."""
    return _digest(
        {key: value for key, value in manifest.items() if key not in ("timings", "downloads", "identity")}
    )


def parse_manifest(file: Path) -> tuple[dict[str, Any], bool]:
    """Read the manifest `file`; the flag tells whether it is as a build wrote it.

    Raises
    ------
    UnfitError
        When it cannot be read, or holds what no build writes: a NaN, half a character, nesting without end.
    """
    try:
        manifest = parse_json(read_small(file, _MOST_MB).decode("utf-8"))
        if not isinstance(manifest, dict):
            return {}, False
        return manifest, manifest.get("identity") == find_identity(manifest)
    except (OSError, ValueError, RecursionError, MemoryError) as error:
        raise UnfitError(find_reason(error)) from None


def find_outputs(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield (relative name with /, path) of every file of `folder` but the manifest, sorted."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file() or path.is_symlink()):
        name = path.relative_to(folder).as_posix()
        if name != MANIFEST:
            yield name, path


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hash_content(path: Path) -> str:
    """Return the SHA-256 of a SQLite file (a GeoPackage) but for what merely opening it in QGIS changes.

    Those are the counters of changes and the version of the library that last wrote, in the file's head.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        head = bytearray(file.read(_HEAD))
        for first, out in _COUNTERS:
            head[first:out] = bytes(len(head[first:out]))
        digest.update(head)
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _describe(path: Path) -> dict[str, Any]:
    entry: dict[str, Any] = {"sha256": hash_file(path), "bytes": path.stat().st_size}
    return entry | {"content_sha256": hash_content(path)} if path.suffix == ".gpkg" else entry


def _recipe(frames: Frames, loaded: LoadedProject) -> dict[str, Any]:
    """Everything that decides the result."""
    return {
        "tool": {"name": "kansenkaart", "version": __version__},
        "catalogue": {"sha256": hash_catalogue()},
        "project": {
            "file": loaded.path.name,
            "sha256": hash_file(loaded.path) if loaded.path.is_file() and loaded.withheld is None else None,
            **({"scenario": loaded.scenario} if loaded.scenario else {}),
        },
        "inputs": _inputs(frames, loaded),
        "settings": _settings(loaded),
    }


def _settings(loaded: LoadedProject) -> Any:
    """The project without absolute paths; what protects the totals of an edition is nobody's to know."""
    settings = _without_paths(json.loads(loaded.project.model_dump_json()))
    return settings if loaded.withheld is None else {**settings, "editions": None}


def _inputs(frames: Frames, loaded: LoadedProject) -> list[dict[str, Any]]:
    columns = ["layer", "file", "sha256", "crs", "source", "source_year", "licence"]
    inputs = _records(frames.layers[columns])
    clusters, balances = loaded.project.clusters, loaded.project.balances
    named = {
        "region.boundary": loaded.project.region.boundary,
        "clusters": clusters.path if clusters else None,
        "balances": balances.path if balances else None,
    }
    recipes = {layer.name: layer.recipe for layer in loaded.project.layers if layer.recipe}
    named |= {f"{layer}.recipe": recipe for layer, recipe in recipes.items() if is_own_recipe(recipe)}
    for layer, file in named.items():
        if file is not None and is_there(loaded.folder / file):
            inputs.append({"layer": layer, "file": file, "sha256": hash_input(loaded.folder / file)})
    return [{**one, "file": cut_path(one["file"])} for one in inputs]


def _counts(frames: Frames) -> dict[str, Any]:
    matches = frames.matches
    return {
        "layers": _records(
            frames.layers[
                ["layer", "rows_read", "rows_used", "rows_rejected", "rows_outside", "rows_left_out"]
            ]
        ),
        "sites": len(frames.sites),
        "links": len(frames.links),
        "flows": _count_by(frames.flows, ["stream", "role"]),
        "matches": _count_by(matches, ["stream"]),
        "classes": _count_by(matches, ["chance_class"]),
        "candidates": len(frames.candidates),
        "findings": _count_by(frames.findings, ["severity"]),
    }


def _count_by(frame: pd.DataFrame, columns: list[str]) -> dict[str, int]:
    counts = frame[columns].astype("str").value_counts().sort_index()
    return dict(zip(counts.index.map(".".join).tolist(), counts.tolist(), strict=True))


def _certificates(frames: Frames) -> dict[str, Any]:
    return {row.pop("stream"): row for row in _records(frames.solves)}


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON values: missing is null, never NaN."""
    return [
        {
            str(name): None if pd.isna(value) else getattr(value, "item", lambda value=value: value)()
            for name, value in row.items()
        }
        for row in frame.to_dict("records")
    ]


def _environment() -> dict[str, str]:
    return {"python": platform.python_version(), **{name: _find_version(name) for name in _DEPENDENCIES}}


@cache
def _find_version(package: str) -> str:
    """The version that is installed: asked once, since every answer reads a file."""
    return version(package)


@cache
def hash_catalogue() -> str:
    """Return the SHA-256 over all data of the catalogue in hex; it is read once in a process, as is its data."""
    digest = hashlib.sha256()
    for name, entry in sorted(_data_files(files("kansenkaart") / "catalogue", "")):
        digest.update(f"{name}\0".encode() + hashlib.sha256(entry.read_bytes()).digest())
    return digest.hexdigest()


def _data_files(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _data_files(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(_DATA):
            yield prefix + entry.name, entry


def _without_paths(value: Any) -> Any:
    """`value` with every absolute path cut to its name: a manifest tells nothing of the computer it was made on."""
    if isinstance(value, dict):
        return {
            key: cut_path(one) if key in _PATHS and isinstance(one, str) else _without_paths(one)
            for key, one in value.items()
        }
    if isinstance(value, list):
        return [_without_paths(one) for one in value]
    return hide_private(value) if isinstance(value, str) else value


def _digest(value: Mapping[str, Any]) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()

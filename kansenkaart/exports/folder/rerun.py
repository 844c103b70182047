"""Finding back what a run was made of, from its manifest, and whether it is still the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePath
from typing import Any

from kansenkaart import __version__
from kansenkaart.database.read import read_database
from kansenkaart.errors import Fault, OutputError
from kansenkaart.exports.folder.manifest import MANIFEST, hash_catalogue, hash_file, parse_manifest
from kansenkaart.outward import cut_path, is_database
from kansenkaart.project import LoadedProject
from kansenkaart.project.input_files import hash_input, is_there
from kansenkaart.reasons import UnfitError
from kansenkaart.safe_write import recover


def read_manifest(out: Path) -> tuple[Path, dict[str, Any]]:
    """Return the folder of outputs and its manifest; `out` is that folder or the manifest in it.

    Raises
    ------
    OutputError
        When there is no manifest, it is not one, or it was changed since it was written.
    """
    if not out.exists():  # a killed run may have moved it out and not back
        with suppress(OSError, OutputError):
            recover(out)
    file = out / MANIFEST if out.is_dir() else out
    if not is_there(file):
        if not out.exists():
            message = "{folder} does not exist. Give the folder that 'kansenkaart build' wrote, or the manifest in it."
            raise OutputError("outputs_missing", message, folder=str(out))
        message = (
            "{folder} holds no {file}. Give the folder that 'kansenkaart build' wrote, or the manifest in it."
        )
        raise OutputError("manifest_missing", message, folder=str(out), file=MANIFEST)
    try:
        manifest, unchanged = parse_manifest(file)
    except UnfitError as error:
        raise refuse_manifest(file, error.reason) from None
    if any(
        not isinstance(manifest.get(part), kind)
        for part, kind in (("tool", dict), ("catalogue", dict), ("project", dict), ("inputs", list))
    ):
        raise refuse_manifest(file, "tool, catalogue, project, inputs")
    if not unchanged:
        message = (
            "{file} was changed after the build: its identity does not fit what it says. Give the folder as "
            "'kansenkaart build' wrote it, or build again."
        )
        raise OutputError("manifest_changed", message, file=str(file))
    return file.parent, manifest


def refuse_manifest(file: Path, reason: Fault | str) -> OutputError:
    """Return the error for a manifest that cannot be read, or lacks what `reason` names."""
    message = "{file} cannot be read as a manifest: {error}. Give the folder that 'kansenkaart build' wrote."
    return OutputError("manifest_broken", message, file=str(file), error=reason)


def find_project(folder: Path, manifest: dict[str, Any]) -> Path:
    """Return the project file that `folder` was made from.

    A manifest holds no place on a disk. Looked at are the folder that holds `folder`, the one above and the present
    folder: the file with the recorded hash, else the first of that name.

    Raises
    ------
    OutputError
        When no such file stands there.
    """
    name = PurePath(str(manifest["project"].get("file", ""))).name
    places = list(dict.fromkeys(one.resolve() for one in (folder / "..", folder / "../..", Path())))
    found = [place / name for place in places if name and (place / name).is_file()]
    same = [file for file in found if hash_file(file) == manifest["project"].get("sha256")]
    if not found:
        message = (
            "Which project {folder} was made from cannot be found here: {file} was looked for beside it, one "
            "folder up, and in the folder you are in. Name the project with --project."
        )
        raise OutputError(
            "rerun_project_unknown",
            message,
            folder=str(folder),
            file=name or "kansenkaart.toml",
        )
    return (same or found)[0]


def find_changes(manifest: dict[str, Any], loaded: LoadedProject) -> list[Fault]:
    """Everything that decides a run and is not what it was: program, catalogue, project file and inputs."""
    return [
        *_program_changes(manifest),
        *_project_changes(manifest, loaded),
        *_input_changes(manifest, loaded),
        *_table_changes(manifest, loaded),
    ]


def _program_changes(manifest: dict[str, Any]) -> Iterator[Fault]:
    made, present = str(manifest["tool"].get("version")), __version__
    if made != present:
        message = (
            "The build was made with kansenkaart {made}; this is {present}. Run 'kansenkaart build' again, or use "
            "--anyway."
        )
        yield Fault("rerun_tool_changed", message, {"made": made, "present": present})
    if manifest["catalogue"].get("sha256") != hash_catalogue():
        message = (
            "The catalogue of kansenkaart has changed since the build. Run 'kansenkaart build' again, or explain with "
            "the present catalogue with --anyway."
        )
        yield Fault("rerun_catalogue_changed", message, {})


_CHANGED = (
    "{file} has changed since the build. Run 'kansenkaart build' again, or explain what stands there now with "
    "--anyway."
)


def _project_changes(manifest: dict[str, Any], loaded: LoadedProject) -> Iterator[Fault]:
    if hash_file(loaded.path) != manifest["project"].get("sha256"):
        yield Fault("rerun_project_changed", _CHANGED, {"file": str(loaded.path)})


def _input_changes(manifest: dict[str, Any], loaded: LoadedProject) -> Iterator[Fault]:
    """Files that the project names and the manifest recorded; nothing else is opened, whatever the manifest says."""
    recorded = {
        str(one.get("file")): one.get("sha256") for one in manifest["inputs"] if isinstance(one, dict)
    }
    for path in loaded.inputs[2:]:
        inside = path.is_relative_to(loaded.folder)
        name = path.relative_to(loaded.folder).as_posix() if inside else cut_path(str(path))
        if name in recorded and hash_input(path) != recorded[name]:
            yield Fault("rerun_input_changed", _CHANGED, {"file": str(path)})


def _table_changes(manifest: dict[str, Any], loaded: LoadedProject) -> Iterator[Fault]:
    """Tables of a database that no longer hold what they held; each is read again."""
    recorded = {
        str(one.get("layer")): one.get("sha256") for one in manifest["inputs"] if isinstance(one, dict)
    }
    for layer, path, table in _list_tables(loaded):
        if layer in recorded and read_database(path, table).digest != recorded[layer]:
            yield Fault("rerun_input_changed", _CHANGED, {"file": f"{path}, {table}"})


def _list_tables(loaded: LoadedProject) -> list[tuple[str, str, str | None]]:
    """Layer as the manifest calls it, address and table of everything the project reads from a database."""
    project = loaded.project
    named = [(layer.name, layer.path, layer.table) for layer in project.layers]
    named += [(link.name, link.path, link.table) for link in project.links]
    named += [(network.name, network.path, network.table) for network in project.networks]
    named += [
        (f"background[{number}]", one.path, one.table)
        for number, one in enumerate(project.background, start=1)
    ]
    if project.roads is not None:
        named.append(("roads", project.roads.path, project.roads.table))
    burnt = project.friction.layers if project.friction is not None else ()
    named += [
        (f"friction.layers[{number}]", one.path, one.table) for number, one in enumerate(burnt, start=1)
    ]
    return [one for one in named if is_database(one[1])]

"""``kansenkaart new``: a folder with a project file that says what to fill in."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import NoReturn

import rich_click as click

from kansenkaart.cli.screen import say
from kansenkaart.errors import OutputError
from kansenkaart.project import FILE_NAME, project_schema
from kansenkaart.reasons import find_reason
from kansenkaart.safe_write import recover, replace_file, replace_folder
from kansenkaart.sources import check_province
from kansenkaart.texts import load_texts

SCHEMA_NAME = "kansenkaart.schema.json"
_LAYERS = ("aanbod.csv", "vraag.csv", "lopend.csv")


@click.command("new")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--province", default="Noord-Holland", show_default=True, help="Province the map is about.")
@click.option("--title", help="Title on the map; default: 'Regionale kansenkaart PROVINCE'.")
def new_command(folder: Path, province: str, title: str | None) -> None:
    """Make FOLDER with a project file, empty layers that show which columns to fill, and a schema for editors.

    Nothing that stands there is overwritten.

    \b
    Examples:
      kansenkaart new mijn-regio
      kansenkaart new "Kansenkaart Fryslân" --province Fryslân
    """
    check_province(province)
    toml = _read_template(FILE_NAME)
    title = title or f"Regionale kansenkaart {province}"
    toml = toml.replace("@TITLE@", json.dumps(title, ensure_ascii=False))
    toml = toml.replace("@PROVINCE@", json.dumps(province, ensure_ascii=False))
    try:
        _make(folder, toml)
    except OSError as error:
        message = "{folder} cannot be written: {error}. Choose a folder you may write in."
        raise OutputError("new_unwritable", message, folder=str(folder), error=find_reason(error)) from None
    say(load_texts("nl"), "cli.made", folder=folder)


def _make(folder: Path, toml: str) -> None:
    """Make the folder whole or not at all; add to one that stands there what it lacks, the project file last."""
    recover(folder)
    recover(folder / FILE_NAME)
    _check_free(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    if folder.exists():
        _fill(folder, toml)
        return
    with replace_folder(folder, keep=lambda _new: _refuse(folder)) as aside:
        _fill(aside.path, toml)


def _check_free(folder: Path) -> None:
    schema = folder / SCHEMA_NAME
    # as a killed run left it, or another than ours
    strange = schema.exists() and not (schema.is_file() and schema.read_bytes() == _schema().encode())
    present = [FILE_NAME] if (folder / FILE_NAME).exists() else []
    if present or strange:
        _refuse(*(folder / name for name in present + [SCHEMA_NAME] * strange))


def _fill(folder: Path, toml: str) -> None:
    (folder / "layers").mkdir(exist_ok=True)
    project = folder / FILE_NAME
    with replace_file(project, keep=lambda _new: _refuse(project)) as aside:
        aside.path.write_text(toml, encoding="utf-8", newline="\n")
        for name in _LAYERS:
            _add(folder / "layers" / name, _read_template(name))
        _add(folder / SCHEMA_NAME, _schema())


def _add(path: Path, text: str) -> None:
    """Write a file, but never over one that stands there."""
    recover(path)
    if path.exists():
        return
    with replace_file(path, keep=lambda _new: _refuse(path)) as aside:
        aside.path.write_text(text, encoding="utf-8", newline="\n")


def _refuse(*present: Path) -> NoReturn:
    message = "{folder} already holds {present}. Choose another folder; nothing was changed."
    folder, names = str(present[0].parent), ", ".join(path.name for path in present)
    raise OutputError("new_exists", message, folder=folder, present=names)


def _schema() -> str:
    return json.dumps(project_schema(), indent=2, ensure_ascii=False) + "\n"


def _read_template(name: str) -> str:
    return (files("kansenkaart.cli") / "template" / name).read_text(encoding="utf-8")

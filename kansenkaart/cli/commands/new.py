"""``kansenkaart new``: a folder with a project file that says what to fill in."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import rich_click as click
from rich.markup import escape

from kansenkaart.cli.screen import stdout
from kansenkaart.errors import OutputError
from kansenkaart.project import FILE_NAME, project_schema
from kansenkaart.reasons import find_reason
from kansenkaart.sources import check_province
from kansenkaart.texts import load_texts

SCHEMA_NAME = "kansenkaart.schema.json"


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
    present = [name for name in (FILE_NAME, SCHEMA_NAME) if (folder / name).exists()]
    if present:
        message = "{folder} already holds {present}. Choose another folder; nothing was changed."
        raise OutputError("new_exists", message, folder=str(folder), present=", ".join(present))
    template = files("kansenkaart.cli") / "template"
    toml = (template / FILE_NAME).read_text(encoding="utf-8")
    toml = toml.replace(
        "@TITLE@", json.dumps(title or f"Regionale kansenkaart {province}", ensure_ascii=False)
    )
    toml = toml.replace("@PROVINCE@", json.dumps(province, ensure_ascii=False))
    try:
        (folder / "layers").mkdir(parents=True, exist_ok=True)
        (folder / FILE_NAME).write_text(toml, encoding="utf-8", newline="\n")
        schema = json.dumps(project_schema(), indent=2, ensure_ascii=False)
        (folder / SCHEMA_NAME).write_text(schema + "\n", encoding="utf-8", newline="\n")
        for name in ("aanbod.csv", "vraag.csv", "lopend.csv"):
            if not (folder / "layers" / name).exists():
                text = (template / name).read_text(encoding="utf-8")
                (folder / "layers" / name).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        message = "{folder} cannot be written: {error}. Choose a folder you may write in."
        raise OutputError("new_unwritable", message, folder=str(folder), error=find_reason(error)) from None
    stdout().print(escape(load_texts("nl")("cli.made", folder=str(folder))))

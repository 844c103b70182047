"""Writes what was fetched for the map's background into the project file, where it does not stand yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

from kansenkaart.catalogue.recipe import Recipe
from kansenkaart.errors import DataError
from kansenkaart.project.load import parse_project
from kansenkaart.project.models import Project
from kansenkaart.project.read_toml import read_toml
from kansenkaart.project.written import quote
from kansenkaart.safe_write import replace_file


def add_background(
    file: Path, project: Project, fetched: Mapping[Path, Recipe], titles: Mapping[str, str]
) -> list[str]:
    """Put ``[[background]]`` behind a project file for each of `fetched`; what stands in it stays as it is.

    Parameters
    ----------
    fetched
        File, in or below the folder of the project, and its recipe.
    titles
        What the legend calls a recipe.

    Returns
    -------
    list
        Titles of what was added.

    Raises
    ------
    DataError
        When the project file cannot hold them, such as one with six already: it is left as it was.
    """
    known = {(file.parent / one.path).resolve() for one in project.background}
    new = {path: recipe for path, recipe in fetched.items() if path.resolve() not in known}
    if not new:
        return []
    today = dt.datetime.now(dt.UTC).year
    parts = [
        _write(
            {
                "title": titles[recipe.id],
                "path": path.relative_to(file.parent).as_posix(),
                "look": recipe.look or "network",
                "source": recipe.publisher,
                "year": today,
                "licence": recipe.licence,
            }
        )
        for path, recipe in new.items()
    ]
    text = file.read_text(encoding="utf-8")
    with replace_file(file) as aside:
        aside.path.write_text(text.rstrip("\n") + "\n" + "".join(parts), encoding="utf-8")
        try:
            parse_project(read_toml(aside.path), str(file))
        except DataError as error:
            message = (
                "{file} cannot hold the background as well: {error} What was fetched lies in {paths}; make room, and "
                "fetch again."
            )
            paths = ", ".join(path.relative_to(file.parent).as_posix() for path in new)
            values = {"file": str(file), "error": error.faults[0], "paths": paths}
            raise DataError("background_no_room", message, **values) from error
    return [titles[recipe.id] for recipe in new.values()]


def _write(values: Mapping[str, str | int]) -> str:
    lines = (f"{name} = {quote(one) if isinstance(one, str) else one}" for name, one in values.items())
    return "\n[[background]]\n" + "\n".join(lines) + "\n"

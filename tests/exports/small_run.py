"""A small run with hostile texts, as the pipeline hands it over: its frames, and the project they came from."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from kansenkaart.catalogue import load_catalogue
from kansenkaart.project import LoadedProject, parse_project
from kansenkaart.tables import (
    Frames,
)
from tests.exports.hostile import PROJECT, TABLES
from tests.exports.small_frames import make_frames


@dataclass(frozen=True)
class Run:
    """What the exports are given."""

    frames: Frames
    loaded: LoadedProject


def make_run(folder: Path, text: str = PROJECT) -> Run:
    """What ``run`` gives, with its project in `folder`."""
    return Run(make_frames(), load(folder / "invoer", text))


def make_empty_run(folder: Path) -> Run:
    """What ``empty_run`` gives, with its project in `folder`."""
    frames = Frames(
        **{name: table.empty() for name, table in TABLES.items() if name in Frames.__dataclass_fields__}
    )
    return Run(frames, load(folder / "invoer"))


def load(folder: Path, text: str = PROJECT) -> LoadedProject:
    """The project of `text`, written in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "kansenkaart.toml"
    path.write_text(text, encoding="utf-8")
    return LoadedProject(parse_project(tomllib.loads(text), path.name), path, load_catalogue())

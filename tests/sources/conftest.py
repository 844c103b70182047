"""Writes small real files and reads them as a project would."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from kansenkaart.catalogue import load_catalogue
from kansenkaart.project import LoadedProject, Project
from kansenkaart.sources import Sources, read_sources


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., LoadedProject]:
    """Return a maker of loaded projects in `tmp_path`: layers as dictionaries, the rest as settings."""

    def make(*layers: dict[str, Any], **settings: Any) -> LoadedProject:
        usual: dict[str, Any] = {
            "title": "t",
            "reference_year": 2023,
            "region": {"province": "Noord-Holland"},
        }
        project = Project.model_validate(usual | settings | {"layers": layers})
        return LoadedProject(project, tmp_path / "kansenkaart.toml", load_catalogue())

    return make


@pytest.fixture
def read(tmp_path: Path, load: Callable[..., LoadedProject]) -> Callable[..., Sources]:
    """Return a reader of one layer: CSV text or a path below `tmp_path`, with the layer's settings."""

    def read_one(content: str | bytes | Path, **settings: Any) -> Sources:
        if isinstance(content, Path):
            path = content
        else:
            path = tmp_path / "laag.csv"
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        project = settings.pop("project", {})
        layer = {"name": "laag", "path": path.name, "kind": "rwzi", "source": "bron", "year": 2023} | settings
        layer = {key: value for key, value in layer.items() if value is not None}
        return read_sources(load(layer, **project), progress=lambda _: None)

    return read_one


@pytest.fixture
def said() -> Callable[..., pd.DataFrame]:
    """Return the findings of one key, as a frame."""

    def of_key(sources: Sources, key: str) -> pd.DataFrame:
        return sources.findings[sources.findings["key"] == key]

    return of_key

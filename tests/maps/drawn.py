"""The invented regions that maps are drawn of, and the maps drawn of them: made once a run, and only looked at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kansenkaart.maps.compose import draw_map
from kansenkaart.maps.workshop_map import WorkshopMap
from kansenkaart.pipeline import Result
from kansenkaart.tables import Frames
from tests.kept import name_of
from tests.maps.enriched import enrich
from tests.maps.frames import make_frames, make_loaded
from tests.maps.whatif_region import build_region


@pytest.fixture(scope="session")
def frames() -> Frames:
    """Return a few hundred chances between two hundred places."""
    return make_frames()


@pytest.fixture(scope="session")
def rich(frames: Frames) -> Frames:
    """Return the same with months, chains, shared pipes, routes and what decides."""
    return enrich(frames)


@pytest.fixture(scope="session")
def many(once: Callable[..., Any]) -> Frames:
    """Return fifty thousand chances between ten thousand places, with all that a run can add."""
    result: Frames = once("many", lambda _folder: enrich(make_frames(matches=53_500, sites=10_000)))
    return result


@pytest.fixture(scope="session")
def whatif_run(once: Callable[..., Any]) -> Result:
    """Return a run of a small region in which every price of a slider can be compared, at the catalogue's prices."""
    result: Result = once("whatif", build_region)
    return result


@pytest.fixture(scope="session")
def draw() -> Callable[..., WorkshopMap]:
    """Return a drawer of maps: frames and project settings in, map out."""

    def draw_one(frames: Frames, **settings: object) -> WorkshopMap:
        return draw_map(frames, make_loaded(**settings), manifest_id="0123456789ab")

    return draw_one


@pytest.fixture(scope="session")
def saved(draw: Callable[..., WorkshopMap], once: Callable[..., Any]) -> Callable[..., Path]:
    """Return a saver of maps: of the same frames and settings the file is made once."""
    known: dict[tuple[int, str], tuple[Frames, Path]] = {}

    def save_one(frames: Frames, **settings: object) -> Path:
        def make(folder: Path) -> Path:
            draw(frames, **settings).save(folder / "kansenkaart.html")
            return folder / "kansenkaart.html"

        # The frames are kept beside the file, so that no others get their id.
        key = (id(frames), repr(sorted(settings.items())))
        if key not in known:
            known[key] = (frames, once(f"map {name_of((frames, key[1]))}", make))
        return known[key][1]

    return save_one

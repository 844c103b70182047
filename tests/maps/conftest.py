"""Frames of an invented region, and the map drawn from them."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from kansenkaart.maps import WorkshopMap, draw_map
from kansenkaart.tables import Frames


def load_generator() -> ModuleType:
    """Return ``tests/maps/frames.py``: tests are no package, so it is loaded by its path."""
    if "map_frames" not in sys.modules:
        spec = importlib.util.spec_from_file_location("map_frames", Path(__file__).with_name("frames.py"))
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["map_frames"] = module
        spec.loader.exec_module(module)
    return sys.modules["map_frames"]


@pytest.fixture(scope="session")
def generator() -> ModuleType:
    """Return the maker of frames."""
    return load_generator()


@pytest.fixture(scope="session")
def frames(generator: ModuleType) -> Frames:
    """Return a few hundred chances between two hundred places."""
    result: Frames = generator.make_frames()
    return result


@pytest.fixture
def draw(generator: ModuleType) -> Callable[..., WorkshopMap]:
    """Return a drawer of maps: frames and project settings in, map out."""

    def draw_one(frames: Frames, **settings: object) -> WorkshopMap:
        return draw_map(frames, generator.make_loaded(**settings), manifest_id="0123456789ab")

    return draw_one

"""What takes long to make is made once a run: the first process that asks for it makes it, the others read it."""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """Return a maker of things that are kept by name; `make` gets a folder of its own, for files that go with it.

    Nobody may change what it gives: other tests, also those of other processes, look at the same.
    """
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "kept"
    made: dict[str, Any] = {}

    def make_once(name: str, make: Callable[[Path], Any]) -> Any:
        if name not in made:
            folder = shared / name
            folder.mkdir(parents=True, exist_ok=True)
            file = folder / "made.pickle"
            with FileLock(folder / "lock"):
                if not file.exists():
                    file.write_bytes(pickle.dumps(make(folder)))
            made[name] = pickle.loads(file.read_bytes())
        return made[name]

    return make_once


def name_of(thing: object) -> str:
    """Return a name for what is in a thing: the same in every process."""
    return hashlib.sha256(pickle.dumps(thing)).hexdigest()[:16]

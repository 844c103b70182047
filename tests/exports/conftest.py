"""A disk that is soon full."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest


@pytest.fixture
def small_disk(tmp_path: Path) -> Callable[..., AbstractContextManager[Path]]:
    """Mounts a real file system of a few kilobytes; skips where none can be mounted."""

    @contextmanager
    def mounted(*, kilobytes: int) -> Iterator[Path]:
        disk = tmp_path / "schijf"
        disk.mkdir()
        mount, unmount = shutil.which("mount"), shutil.which("umount")
        if os.geteuid() != 0 or mount is None or unmount is None:
            pytest.skip("mounting a small disk needs root")
        command = [mount, "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(disk)]
        made = subprocess.run(command, capture_output=True, text=True)
        if made.returncode:
            pytest.skip(f"no tmpfs can be mounted: {made.stderr.strip()}")
        try:
            yield disk
        finally:
            subprocess.run([unmount, str(disk)], check=True)

    return mounted

"""What all benchmarks share: a part runs in a process of its own, with a wall limit; and on which machine that was."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

Result = dict[str, Any]


def run_child(*arguments: object, limit_s: float) -> Result:
    """Run a Python script in a child and join what it prints, lines of JSON; why it stopped early stands beside it."""
    stopped, output = "", ""
    try:
        command = [sys.executable, *map(str, arguments)]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=limit_s)
        output = done.stdout
        if done.returncode:
            stopped = last_error(done.stderr)
    except subprocess.TimeoutExpired as error:
        # what a stopped child said comes as bytes, whatever was asked
        output = error.stdout.decode() if isinstance(error.stdout, bytes) else error.stdout or ""
        stopped = f"stopped at {limit_s:g} s"
    result: Result = {"stopped": stopped} if stopped else {}
    for line in output.splitlines():
        result |= json.loads(line)
    return result


def last_error(text: str) -> str:
    """Return the line of a traceback that says what was wrong; the lines below it may hold a page's own trace."""
    lines = [line for line in text.strip().splitlines() if line[:1].strip() and "Error" in line]
    return (lines or text.strip().splitlines() or ["no message"])[-1][:80]


def machine() -> str:
    """Say what this was measured on."""
    name = platform.processor() or platform.machine()
    cpu = Path("/proc/cpuinfo")
    if cpu.exists():
        lines = [line for line in cpu.read_text().splitlines() if line.startswith("model name")]
        name = lines[0].split(":")[1].strip() if lines else name
    busy = f", load {os.getloadavg()[2]:.1f} in the last 15 minutes" if hasattr(os, "getloadavg") else ""
    return f"{name}, {os.cpu_count()} cores{busy}, {platform.system()}, Python {platform.python_version()}"

"""The program kansenkaart as a process of its own: found, started, followed and stopped."""

from __future__ import annotations

import os
import queue
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path

from processing.core.ProcessingConfig import ProcessingConfig
from qgis.core import QgsProcessingException

from .words import say

SETTING = "KANSENKAART_COMMAND"
_NAME = "kansenkaart"
# How the program begins a fault, in Dutch and English.
_FAULTS = ("Fout:", "Error:")
_LOOK_EVERY_S = 0.1
# How long a stopped run gets to put its folder right.
_PATIENCE_S = 15
# QGIS points its own Python, GDAL and PROJ with these: they would break another Python.
_NOT_OURS = ("PYTHONHOME", "PYTHONPATH", "GDAL_DATA", "GDAL_DRIVER_PATH", "PROJ_LIB", "PROJ_DATA")


def find_command():
    """Return the program's path: from the options of Processing, PATH, or where pipx puts it; None when absent."""
    chosen = str(ProcessingConfig.getSetting(SETTING) or "").strip()
    if chosen:
        return shutil.which(chosen)
    return shutil.which(_NAME) or shutil.which(_NAME, path=str(Path.home() / ".local" / "bin"))


def say_absent():
    """Return what to do when there is no program."""
    chosen = str(ProcessingConfig.getSetting(SETTING) or "").strip()
    return say("absent_chosen", path=chosen) if chosen else say("absent")


def run_command(arguments, feedback):
    """Run the program, show its lines while they come, and stop it when the user cancels.

    Returns
    -------
    str
        What it printed to standard output.

    Raises
    ------
    QgsProcessingException
        When the program is absent, or says that it failed.
    """
    command = find_command()
    if command is None:
        raise QgsProcessingException(say_absent())
    feedback.pushCommandInfo(" ".join([command, *arguments]))
    said = {"out": [], "err": []}
    with _start([command, *arguments]) as process:
        _follow(process, said, feedback)
    if process.returncode != 0:
        raise QgsProcessingException(_find_fault(said["err"]) or say("failed", code=process.returncode))
    return "\n".join(said["out"])


def _follow(process, said, feedback):
    """Show lines until the program is done; stop it when the user cancels."""
    lines = queue.Queue()
    readers = [
        threading.Thread(target=_read, args=(name, stream, lines), daemon=True)
        for name, stream in (("out", process.stdout), ("err", process.stderr))
    ]
    for reader in readers:
        reader.start()
    while any(reader.is_alive() for reader in readers) or not lines.empty():
        if feedback.isCanceled():
            _stop(process)
            raise QgsProcessingException(say("cancelled"))
        _show(lines, said, feedback)


def _find_fault(lines):
    """Return what the program says is wrong: from its first fault on, else its last line."""
    told = [line for line in lines if line.strip()]
    first = [number for number, line in enumerate(told) if line.startswith(_FAULTS)]
    return "\n".join(told[first[0] :] if first else told[-1:])


def _start(command):
    environment = {name: value for name, value in os.environ.items() if name not in _NOT_OURS}
    environment.update(PYTHONUTF8="1", PYTHONUNBUFFERED="1", NO_COLOR="1", TERM="dumb")
    windows = os.name == "nt"
    flags = subprocess.CREATE_NO_WINDOW if windows else 0
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=environment,
            creationflags=flags,
            start_new_session=not windows,
        )
    except OSError as error:
        raise QgsProcessingException(say("not_started", path=command[0], error=error)) from error


def _read(name, stream, lines):
    for line in stream:
        lines.put((name, line.rstrip("\r\n")))


def _show(lines, said, feedback):
    try:
        name, line = lines.get(timeout=_LOOK_EVERY_S)
    except queue.Empty:
        return
    said[name].append(line)
    if name == "out":
        feedback.pushInfo(line)
    elif line.strip():
        feedback.setProgressText(line)


def _stop(process):
    """Stop as Ctrl-C does, so that the program leaves nothing half written; after a while without mercy."""
    if os.name == "nt":  # there is no Ctrl-C for a program without a window
        process.terminate()
    else:
        os.killpg(process.pid, signal.SIGINT)
    until = time.monotonic() + _PATIENCE_S
    while process.poll() is None and time.monotonic() < until:
        time.sleep(_LOOK_EVERY_S)
    if process.poll() is None:
        process.kill()

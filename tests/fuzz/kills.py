"""Whole processes that are stopped or killed at any moment: the old output or the new one stands there, whole."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))

from scene import STOPS, Scene  # type: ignore[import-not-found]

# Loaded before the children begin: a kill is spent on the work, not on loading. Stopped are fresh processes.
_HEAVY = ("kansenkaart.cli.main", "kansenkaart.pipeline", "kansenkaart.two_layers", "kansenkaart.workshop")


def stop_at_random(scene: Scene, *, count: int, seed: int) -> Counter[str]:
    """Stop commands by a signal at random moments, also while they start: one line, its code, nothing left."""
    chance, told = random.Random(seed), Counter[str]()
    for number in range(count):
        name, stop = (
            tuple(scene.commands)[number % len(scene.commands)],
            STOPS[(number + number // 4) % len(STOPS)],
        )
        scene.prepare(name, number)
        process = scene.start(name)
        scene.wait_for_handlers(process)
        time.sleep(chance.uniform(0, 2.5))
        process.send_signal(stop)
        said = process.communicate(timeout=300)[1]
        assert process.returncode in (0, 128 + stop), (name, stop, process.returncode, said)
        assert "Traceback" not in said, said
        if process.returncode:
            assert said.rstrip().splitlines()[-1].startswith(("Onderbroken", "Interrupted")), said
        assert not list((scene.folder / "tmp").iterdir()), name
        assert scene.find_beside(name) == [], (name, said)
        scene.check_whole(name)
        scene.check_kept(name)
        told[f"{name} {'ended' if process.returncode == 0 else stop.name}"] += 1
    return told


def kill_at_random(scene: Scene, *, count: int, seed: int) -> Counter[str]:
    """Kill two runs of each command on one output at random moments: old or new stands there, the next run clears."""
    chance, told = random.Random(seed), Counter[str]()
    spans = {name: _run(scene, name, 0) for name in scene.commands}
    for number in range(1, count + 1):
        for name in scene.commands:
            scene.change(number)
            scene.prepare(name, number)
            old = scene.check_whole(name)
            told[f"{name} killed"] += _kill_pair(scene, name, spans[name], chance)
            left = scene.check_whole(name)
            assert left != "nothing" or old == "nothing", name
            told[f"{name} {'old' if left == old else 'new'}"] += 1
            told[f"{name} left something beside"] += bool(scene.find_beside(name))
            spans[name] = _run(scene, name, number)
    return told


def _kill_pair(scene: Scene, name: str, span: float, chance: random.Random) -> int:
    """Kill two runs, each at its own moment: of the whole run, or once one of them writes; tell how many still ran."""
    pair = [_Child(scene, name), _Child(scene, name)]
    if chance.random() < 0.5:
        while not scene.find_beside(name) and any(child.runs() for child in pair):
            time.sleep(0.001)
        span /= 2
    begin = time.monotonic()
    killed = 0
    for child, moment in zip(pair, sorted(chance.uniform(0, span) for _ in pair), strict=True):
        time.sleep(max(0.0, begin + moment - time.monotonic()))
        killed += child.kill()
    return killed


def race_at_random(scene: Scene, *, count: int) -> Counter[str]:
    """Let two runs write one output to the end: one wins, or both in turn; the other says why it does not."""
    told = Counter[str]()
    for number in range(2_000, 2_000 + count):
        for name in scene.commands:
            scene.change(number)
            scene.prepare(name, number)
            codes = sorted(child.wait() for child in [_Child(scene, name), _Child(scene, name)])
            assert codes in ([0, 0], [0, 1]), (name, codes)
            assert scene.check_whole(name) != "nothing"
            assert scene.find_beside(name) == [], name
            scene.check_kept(name)
            told[f"{name} {'one after the other' if codes == [0, 0] else 'one refused'}"] += 1
    return told


def _run(scene: Scene, name: str, number: int) -> float:
    """Let a command end; nothing may stand beside its output then, and no edit may be lost. Returns seconds."""
    if number == 0:
        scene.prepare(name, number)
    begin = time.monotonic()
    child = _Child(scene, name)
    # a project that a killed run had made whole is refused by the next
    assert child.wait() in ((0, 1) if name == "new" else (0,)), child.said()
    assert scene.find_beside(name) == [], name
    assert scene.check_whole(name) != "nothing"
    scene.check_kept(name)
    return time.monotonic() - begin


class _Child:
    """A command as a process that began with everything loaded."""

    def __init__(self, scene: Scene, name: str) -> None:
        self._said = scene.folder / "gezegd.txt"
        self._code: int | None = None
        self._pid = os.fork()
        if self._pid == 0:
            self._work(scene.commands[name], scene.folder / "tmp")

    def _work(self, arguments: list[str], tmp: Path) -> None:
        """Never returns."""
        try:
            number = os.open(self._said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            for stream in (1, 2):
                os.dup2(number, stream)
            os.environ["TMPDIR"] = str(tmp)
            sys.argv = ["kansenkaart", *arguments]
            main: Callable[[], None] = import_module("kansenkaart.__main__").main
            main()
        except SystemExit as end:
            sys.stderr.flush()
            os._exit(int(end.code or 0))
        finally:
            os._exit(99)

    def runs(self) -> bool:
        if self._code is None:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid:
                self._code = os.waitstatus_to_exitcode(status)
        return self._code is None

    def wait(self) -> int:
        if self._code is None:
            self._code = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        return self._code

    def kill(self) -> bool:
        """Kill it; tell whether it still ran."""
        if self.runs():
            os.kill(self._pid, signal.SIGKILL)
        return self.wait() == -signal.SIGKILL

    def said(self) -> str:
        return self._said.read_text(encoding="utf-8", errors="replace")


if __name__ == "__main__":
    place, seed = Path(sys.argv[1]), int(sys.argv[2])
    stops, pairs, races = (int(text) for text in sys.argv[3:6])
    names = sys.argv[6:] or ["build", "match", "merge", "new"]
    for module in _HEAVY:
        import_module(module)
    made = Scene.make(place, names)
    print(f"stopped: {dict(stop_at_random(made, count=stops, seed=seed))}", flush=True)
    print(f"killed: {dict(kill_at_random(made, count=pairs, seed=seed))}", flush=True)
    print(f"together: {dict(race_at_random(made, count=races))}", flush=True)

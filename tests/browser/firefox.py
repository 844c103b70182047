"""A real Firefox without network, spoken to by WebDriver BiDi: Firefox listens itself, no driver is needed."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

ENTER, ESCAPE, LEFT, DOWN = "\ue007", "\ue00c", "\ue012", "\ue015"
_EVENTS = ["log.entryAdded", "network.beforeRequestSent", "browsingContext.userPromptOpened"]
_SETTLED = Path(__file__).with_name("settled.js")
_CALL = """async (given) => {
  await window.settled?.();
  const code = (%s);
  const value = await (typeof code === "function" ? code(...JSON.parse(given)) : code);
  return JSON.stringify(value) ?? "null";
}"""
_TEXTS = """(selector) => [...document.querySelectorAll(selector)].map(
  (one) => one.innerText.replace(/\\s+/gu, " ").trim())"""
_SPOT = """(selector) => {
  const element = document.querySelector(selector);
  element.scrollIntoView({ block: "nearest" });
  const { left, top, width, height } = element.getBoundingClientRect();
  const over = document.elementFromPoint(left + width / 2, top + height / 2);
  return { x: left + width / 2, y: top + height / 2, hit: element.contains(over), over: String(over?.outerHTML) };
}"""


class Firefox:
    """A Firefox that runs; what its pages ask for and complain about is handed to those pages."""

    def __init__(self, socket: ClientConnection, downloads: Path) -> None:
        self._socket, self._last, self.downloads = socket, 0, downloads
        self._pages: dict[str, FirefoxPage] = {}
        self.command("session.new", capabilities={})
        self.command("session.subscribe", events=_EVENTS)
        script = f"() => {{ {_SETTLED.read_text('utf-8')} }}"
        self.command("script.addPreloadScript", functionDeclaration=script)

    def command(self, method: str, **params: object) -> Any:
        """Return the answer to a command; what happens in the meantime is noted."""
        self._last += 1
        self._socket.send(json.dumps({"id": self._last, "method": method, "params": params}))
        while (message := json.loads(self._socket.recv(timeout=180)))["type"] == "event":
            self._note(message["method"], message["params"])
        assert message["type"] == "success", f"{method}: {message}"
        return message["result"]

    def _note(self, event: str, params: dict[str, Any]) -> None:
        page = self._pages.get(params.get("context") or params.get("source", {}).get("context"))
        if page is None:
            return
        if event == "network.beforeRequestSent":
            address = params["request"]["url"]
            page.requests += [address] * (not address.startswith(("file:", "data:", "about:", "blob:")))
        elif event == "browsingContext.userPromptOpened":
            page.faults.append(f"dialog {params.get('message')}")
        elif params["level"] in ("error", "warn"):
            page.faults.append(str(params["text"]))

    def open(self, address: str) -> FirefoxPage:
        """Return a page at an address, loaded."""
        context = self.command("browsingContext.create", type="tab")["context"]
        page = self._pages[context] = FirefoxPage(self, context)
        page.command("browsingContext.setViewport", viewport={"width": 1366, "height": 768})
        page.command("browsingContext.navigate", url=address, wait="complete")
        return page


@dataclass
class FirefoxPage:
    """A page that is open, with what it asked for outside its file and what it complained about."""

    firefox: Firefox
    context: str
    requests: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def command(self, method: str, **params: object) -> Any:
        return self.firefox.command(method, context=self.context, **params)

    def evaluate(self, code: str, *args: object) -> Any:
        """Return the value of an expression, or what the function it is returns for `args`, of a settled page."""
        given = {"type": "string", "value": json.dumps(args)}
        call = {"functionDeclaration": _CALL % code, "arguments": [given], "awaitPromise": True}
        answer = self.firefox.command("script.callFunction", target={"context": self.context}, **call)
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        return json.loads(answer["result"]["value"])

    def texts(self, selector: str) -> list[str]:
        """Return the visible texts of all elements, spaces made plain."""
        return list(self.evaluate(_TEXTS, selector))

    def wait_for(self, condition: str, seconds: float = 180) -> None:
        """Wait until an expression is true."""
        until = time.monotonic() + seconds
        while not self.evaluate(condition):
            assert time.monotonic() < until, f"after {seconds} s still not {condition}"
            time.sleep(0.05)

    def reload(self) -> None:
        """Load the page anew."""
        # When the page writes its address just then, Firefox answers while the old one still stands.
        self.evaluate("(window.old = true)")
        self.command("browsingContext.reload", wait="complete")
        self.wait_for("!window.old")

    def settle(self) -> None:
        """Wait until the page has nothing left to do."""
        self.evaluate("null")

    def wait_for_faults(self, count: int, seconds: float = 180) -> None:
        """Wait until the page has complained so often."""
        until = time.monotonic() + seconds
        while len(self.faults) < count:
            assert time.monotonic() < until, f"after {seconds} s only {self.faults}"
            self.evaluate("null")

    def _act(self, kind: str, *actions: Mapping[str, object]) -> None:
        self.command("input.performActions", actions=[{"type": kind, "id": kind, "actions": actions}])

    def click_at(self, x: float, y: float) -> None:
        press = [{"type": kind, "button": 0} for kind in ("pointerDown", "pointerUp")]
        self._act("pointer", {"type": "pointerMove", "x": round(x), "y": round(y)}, *press)

    def click(self, selector: str) -> None:
        """Click the middle of the first element, as a hand would: nothing may lie over it."""
        spot = self.evaluate(_SPOT, selector)
        assert spot["hit"], f"{selector} lies under {spot['over'][:200]}"
        self.click_at(spot["x"], spot["y"])

    def press(self, keys: str) -> None:
        """Press keys one after another."""
        self._act("key", *({"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")))


def _write_profile(folder: Path) -> Path:
    """Set up a profile: every address lies behind a proxy that is not there. Return where downloads land."""
    (folder / "downloads").mkdir()
    settings: dict[str, object] = {"network.proxy.type": 1, "browser.download.folderList": 2}
    settings["browser.download.dir"] = str(folder / "downloads")
    for kind in ("http", "ssl"):
        settings |= {f"network.proxy.{kind}": "127.0.0.1", f"network.proxy.{kind}_port": 9}
    lines = [f'user_pref("{name}", {json.dumps(value)});\n' for name, value in settings.items()]
    (folder / "user.js").write_text("".join(lines), "utf-8")
    return folder / "downloads"


def _address(process: subprocess.Popen[bytes], log: Path, seconds: float = 180) -> str:
    """Return where Firefox listens, as it writes when it does."""
    until = time.monotonic() + seconds
    while not (found := re.search(r"WebDriver BiDi listening on (ws://\S+)", log.read_text("utf-8"))):
        alive = process.poll() is None and time.monotonic() < until
        assert alive, f"Firefox ended or did not listen in {seconds} s: {log.read_text('utf-8')}"
        time.sleep(0.1)
    return f"{found[1]}/session"


@contextmanager
def run_firefox(program: str, folder: Path) -> Iterator[Firefox]:
    """Give a Firefox with a profile of its own in `folder`, and end it."""
    downloads, log = _write_profile(folder), folder / "firefox.log"
    command = [program, "--headless", "--no-remote", "--profile", str(folder), "--remote-debugging-port=0"]
    own = {**os.environ, "HOME": str(folder), "MOZ_CRASHREPORTER_DISABLE": "1"}
    with log.open("w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True, env=own)
    try:
        with connect(_address(process, log), max_size=None, proxy=None) as socket:
            yield Firefox(socket, downloads)
    finally:
        # With its helpers, and at once: of this profile nothing has to be saved.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)

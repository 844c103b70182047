"""Which groups of tests did not run here, and why: said last, so that nobody takes a part for the whole."""

from __future__ import annotations

import shutil
from collections import Counter

import pytest

# What a mark asks for: one of these programs, and how to get it.
_NEEDS = {
    "browser": (("chromium-headless-shell", "chromium"), "no Chromium: apt-get install chromium"),
    "firefox": (("firefox-esr", "firefox"), "no Firefox: apt-get install firefox-esr"),
    "qgis": (("qgis",), "no QGIS: apt-get install qgis python3-qgis"),
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip groups whose program is missing, saying which and how to get it."""
    missing = {
        marker: pytest.mark.skip(reason=reason)
        for marker, (programs, reason) in _NEEDS.items()
        if not any(map(shutil.which, programs))
    }
    for item in items:
        for marker in missing.keys() & item.keywords.keys():
            item.add_marker(missing[marker])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say per folder and reason how many tests were skipped."""
    counts: Counter[tuple[str, str]] = Counter()
    for report in terminalreporter.stats.get("skipped", []):
        *_, reason = report.longrepr
        folder, _, _ = report.nodeid.rpartition("/")
        counts[folder, reason.removeprefix("Skipped: ")] += 1
    terminalreporter.section("not run here")
    for (folder, reason), count in sorted(counts.items()):
        terminalreporter.line(f"{count:5} of {folder}: {reason}")
    if not counts:
        terminalreporter.line("Every group of tests ran.")

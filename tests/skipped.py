"""Which groups of tests did not run here, and why: said last, so that nobody takes a part for the whole."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import PurePath

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
    if terminalreporter.config.option.collectonly:
        return
    counts: Counter[tuple[str, str]] = Counter()
    for report in terminalreporter.stats.get("skipped", []):
        *_, reason = report.longrepr
        counts[str(PurePath(report.nodeid.split("::")[0]).parent), reason.removeprefix("Skipped: ")] += 1
    left_out = len(terminalreporter.stats.get("deselected", []))
    terminalreporter.section("not run")
    for (folder, reason), count in sorted(counts.items()):
        terminalreporter.line(f"{count:5} of {folder}: {reason}")
    if left_out:
        terminalreporter.line(f"{left_out:5} not asked for (-m, -k)")
    if not counts and not left_out:
        terminalreporter.line("    0: every group of tests was there")

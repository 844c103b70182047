"""The chances of the project and of all its scenarios in one layer, to filter and to style by scenario in QGIS."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kansenkaart.catalogue import load_style
from kansenkaart.exports.content.scenarios import Shown, list_scenarios
from kansenkaart.exports.geopackage.plain_layers import write_plain_layers
from kansenkaart.exports.styles.changes import draw_scenario_changes
from kansenkaart.texts import Texts


def write_scenario_layers(path: Path, runs: Sequence[Shown], *, texts: Texts) -> None:
    """Write ``scenario_matches``, a line per chance and run, to `path`.

    Parameters
    ----------
    runs
        The project as it stands, and its scenarios.

    Raises
    ------
    OutputError
        When the file cannot be written.
    """
    drawn = {"scenario_matches": draw_scenario_changes(load_style(), texts)}
    frames = {"scenario_matches": list_scenarios(runs)}
    write_plain_layers(path, frames, texts=texts, renderers=drawn, shape="LineString")

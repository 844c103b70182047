"""What flows in a month, on the line of its chance: QGIS steps through the year with its temporal controller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from kansenkaart.catalogue import load_style
from kansenkaart.exports.styles.layer_styles import draw_matches, tell_amount
from kansenkaart.exports.styles.qml import Style
from kansenkaart.project import LoadedProject
from kansenkaart.texts import Texts


def draw_months(
    styles: Mapping[str, Style], months: pd.DataFrame, loaded: LoadedProject, texts: Texts
) -> Style:
    """Return the style of ``match_months`` laid on the lines of ``matches``, with column ``chance_class`` of those."""
    style, chances, year = styles["match_months"], styles["matches"], loaded.project.reference_year
    begin = f'make_datetime({year}, "month", 1, 0, 0, 0)'
    month = f"format_date({begin}, 'MMMM yyyy', '{texts.language}')"
    return replace(
        style,
        geometry_type="LineString",
        renderer=draw_matches(months[["stream", "quantity"]], load_style(), loaded, texts),
        aliases={**style.aliases, "chance_class": chances.aliases["chance_class"]},
        labels={**style.labels, "chance_class": chances.labels["chance_class"]},
        tip=f"coalesce({style.display}, '') || '. ' || {month} || ': ' || {tell_amount('quantity')}",
        # an interval of a month is 30 days to QGIS
        period=(begin, f'make_datetime({year} + ("month" = 12), "month" % 12 + 1, 1, 0, 0, 0)'),
    )

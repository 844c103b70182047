"""What stands under the map of a sheet: the sources of what its theme shows."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from kansenkaart.exports.qgis.layers import Content
from kansenkaart.exports.qgis.themes import MapTheme


def find_sheet_sources(content: Content, themes: Sequence[MapTheme]) -> dict[str, str]:
    """Return per theme the sentence of its sources: of a stream the layers with such a flow or such a link."""
    layers = _find_layers(content)
    return {
        theme.stream: content.texts(
            "tables.project.sources",
            sources=join_sources(
                content.inputs[content.inputs["layer"].isin(layers[theme.stream])]
                if theme.stream in layers
                else content.inputs
            ),
        )
        for theme in themes
    }


def _find_layers(content: Content) -> dict[str, set[str]]:
    """Per stream with a theme the layers with a flow or a link of it; the id of a link begins with its layer."""
    sites, flows, links = (content.frames[name] for name in ("sites", "flows", "links"))
    layers = flows["site_id"].map(sites.set_index("site_id")["layer"])
    pairs = pd.concat(
        [
            pd.DataFrame({"stream": flows["stream"], "layer": layers}),
            pd.DataFrame({"stream": links["stream"], "layer": links["link_id"].str.split(":").str[0]}),
        ]
    ).drop_duplicates()
    found = pairs.groupby("stream")["layer"].agg(set)
    return {stream: found.get(stream, set()) for stream in content.theme_streams}


def join_sources(rows: pd.DataFrame) -> str:
    """Return the sources of `rows` of frame ``LAYERS``, each once, with its years.

    Examples
    --------
    >>> join_sources(pd.DataFrame({"source": ["RVO", "CBS", "RVO"], "source_year": [2021, 2023, 2019]}))
    'CBS (2023); RVO (2019, 2021)'
    """
    years = rows.groupby("source")["source_year"].agg(lambda own: sorted(set(own)))
    told = (f"{source} ({', '.join(map(str, own))})" for source, own in sorted(years.items()))
    return "; ".join(told) or "–"

"""Rows of confidential places, dropped for an edition that may not know them, before anything is read from them."""

from __future__ import annotations

import pandas as pd

from kansenkaart.arrays import BoolArray
from kansenkaart.project import Layer
from kansenkaart.project.withheld import Withheld
from kansenkaart.sources.cells import read_texts
from kansenkaart.sources.findings import LayerFindings
from kansenkaart.sources.narrow import take
from kansenkaart.sources.raw import Raw
from kansenkaart.sources.rows import read_confidential, read_ids
from kansenkaart.texts import Texts

_ENDS = ("supply", "demand", "supply_name", "demand_name")


def leave_out(raw: Raw, cells: pd.DataFrame, layer: Layer, withheld: Withheld, texts: Texts) -> Raw:
    """Return `raw` without the rows of confidential places, and note what stood in them.

    Parameters
    ----------
    cells
        The same rows under our names.

    Raises
    ------
    DataError
        When the file has no column with ids.
    """
    unsaid = LayerFindings(texts, layer=layer.name, file=layer.path)
    ids = read_ids(cells, layer, unsaid)
    sites = (layer.name + ":" + ids).fillna("")
    secret = read_confidential(cells, unsaid) | sites.isin(list(withheld.ids))
    # a place of several rows is confidential when one of them is
    secret |= ids.notna() & ids.isin(ids[secret].dropna().to_list())
    dropped: BoolArray = (secret & ~sites.isin(list(withheld.shown))).to_numpy(dtype=bool)
    if dropped.any():
        names = read_texts(cells["name"]) if "name" in cells else ids
        for texts_of in (ids, sites, names):
            withheld.add_names(texts_of[dropped].dropna())
        withheld.secrets.update(sites[dropped])
    withheld.known.update(sites[~dropped])
    _note(raw.frame, dropped, withheld)
    return take(raw, ~dropped)


def leave_out_links(cells: pd.DataFrame, layer: Layer, withheld: Withheld, texts: Texts) -> pd.DataFrame:
    """Return the links (under our names) that name no place that was left out, and note what stood in the others."""
    ids = layer.name + ":" + read_ids(cells, layer, LayerFindings(texts, layer=layer.name, file=layer.path))
    dropped: BoolArray = ids.fillna("").isin(list(withheld.links)).to_numpy(dtype=bool)
    for end in _ENDS:
        if end in cells:
            named = read_texts(cells[end]).map(withheld.is_named, na_action="ignore")
            dropped = dropped | named.fillna(False).to_numpy(dtype=bool)
    _note(cells, dropped, withheld)
    return cells[~dropped]


def _note(frame: pd.DataFrame, dropped: BoolArray, withheld: Withheld) -> None:
    """Keep the texts of rows: of those that are dropped, what must be nowhere; of the others, what may be."""
    for column in frame:
        texts = read_texts(frame[column])
        withheld.secrets.update(texts[dropped].dropna())
        withheld.known.update(texts[~dropped].dropna())

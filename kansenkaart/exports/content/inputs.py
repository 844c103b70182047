"""The uncertain numbers of a run in words: beside their ids in the tornado and in what a chance depends on."""

from __future__ import annotations

import pandas as pd

from kansenkaart.catalogue import Catalogue
from kansenkaart.catalogue.legend import BETWEEN, name_inputs, split_ids
from kansenkaart.tables import Frames
from kansenkaart.texts import Texts


def add_input_names(frames: Frames, catalogue: Catalogue, *, texts: Texts) -> pd.DataFrame:
    """Return frame ``TORNADO`` with ``input_name`` behind its own columns."""
    names = name_inputs(frames.tornado, frames.sites, catalogue, texts)
    return frames.tornado.assign(input_name=frames.tornado["input_id"].map(names).astype("str"))


def add_deciding_names(
    matches: pd.DataFrame, frames: Frames, catalogue: Catalogue, *, texts: Texts
) -> pd.DataFrame:
    """Return `matches` with ``decided_by_name``: the ids of ``decided_by`` in words, missing where it is."""
    names = name_inputs(frames.tornado, frames.sites, catalogue, texts)
    told = {
        ids: BETWEEN.join(names.get(one, one) for one in split_ids(ids, names.keys()))
        for ids in matches["decided_by"].dropna().unique()
    }
    return matches.assign(decided_by_name=matches["decided_by"].map(told).astype("str"))

"""The uncertain numbers that a chance can fall by, in words a reader knows."""

from __future__ import annotations

import numpy as np

from kansenkaart.catalogue.input_names import name_inputs, split_ids
from kansenkaart.maps.block import Block
from kansenkaart.project import LoadedProject
from kansenkaart.tables.frames import Frames
from kansenkaart.texts import Texts


def add_deciding(block: Block, frames: Frames, loaded: LoadedProject, texts: Texts) -> None:
    """Column ``m.decided``: place in header ``decided``, lists of places in header ``inputs``; 0 is none.

    ``inputs`` holds per number its name in words, its low and high end and its unit.
    """
    ids = frames.matches.sort_values("rank", kind="stable")["decided_by"]
    inputs = {str(row["input_id"]): row for row in frames.tornado.to_dict("records")[::-1]}
    split = {text: split_ids(str(text), inputs.keys()) for text in ids.dropna().unique()}
    used = sorted({name for names in split.values() for name in names})
    sets = {text: number for number, text in enumerate(split, start=1)}
    block.add_index("m.decided", np.array([sets.get(text, 0) for text in ids], dtype=np.int64))
    block.header["decided"] = [[], *([used.index(name) for name in names] for names in split.values())]
    names = name_inputs(frames.tornado, frames.sites, loaded.catalogue, texts)
    rows = [(name, inputs.get(name) or {}) for name in used]
    block.header["inputs"] = [
        {
            "name": names.get(name, name),
            "low": row.get("low"),
            "high": row.get("high"),
            "unit": row.get("input_unit"),
        }
        for name, row in rows
    ]

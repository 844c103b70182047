"""What is packed for the page comes out again as it went in."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from kansenkaart.maps.block import Block, pack, round_figures, shorten_floats, to_varint
from kansenkaart.maps.columns import number_ids
from kansenkaart.maps.compose import add_background
from kansenkaart.tables import Frames
from tests.maps.signs import SIGNS, read_signs

_sizes = st.floats(1e-9, 1e15) | st.floats(-1e15, -1e-9) | st.just(0.0)


@given(st.lists(_sizes, min_size=1, max_size=20), st.sampled_from([2, 3]))
def test_figures_keep_what_is_shown(values: list[float], digits: int) -> None:
    shown = round_figures(np.array(values), digits)
    expected = [float(f"{value:.{digits - 1}e}") for value in values]
    assert shown == pytest.approx(expected, rel=10.0 ** (1 - digits) / 1.99)
    assert np.sign(shown).tolist() == np.sign(values).tolist()


def test_figures_know_missing_and_zero() -> None:
    shown = round_figures(np.array([np.nan, 0.0, np.inf, 999.6, -0.05, 1e-13]))
    assert np.isnan(shown[[0, 2]]).all()
    assert shown[[1, 3, 4, 5]] == pytest.approx([0.0, 1000.0, -0.05, 0.0])


@given(st.lists(st.floats(0, 1e12), min_size=1, max_size=50))
def test_sums_stay_true_to_three_figures(values: list[float]) -> None:
    assert float(shorten_floats(np.array(values)).astype(float).sum()) == pytest.approx(
        sum(values), rel=1.6e-5
    )


@given(st.lists(st.integers(0, 2**40), max_size=50))
def test_steps_are_whole_after_packing(values: list[int]) -> None:
    packed, result, value, shift = to_varint(np.array(values, dtype=np.int64)), [], 0, 0
    for byte in packed.tolist():
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            result.append(value)
            value, shift = 0, 0
    assert result == values


def test_block_is_the_same_twice_and_readable() -> None:
    def make() -> str:
        block = Block({"naam": "Zeeland\u2028"})
        block.add("a", np.array([1, 256, 65535], dtype=np.uint16))
        block.add_index("b", np.array([0, 70_000]))
        return block.encode()

    assert make() == make()
    text = make()
    data = gzip.decompress(read_signs(text))
    length = int.from_bytes(data[:4], "little")
    header = json.loads(data[4 : 4 + length])
    assert header["arrays"] == {"a": ["Uint16Array", 3], "b": ["Uint32Array", 2]}
    assert data[4 + length :][:6] == bytes([1, 0, 255, 0, 1, 255])


@given(st.binary(max_size=300))
def test_any_bytes_come_back_from_signs_that_may_stand_in_a_script(data: bytes) -> None:
    text = pack(data)
    assert set(text) <= set(SIGNS)
    assert gzip.decompress(read_signs(text)) == data


def test_background_covers_region_margin_and_the_land_around(frames: Frames) -> None:
    block = Block()
    add_background(block, frames.municipalities, {"GM0363": 900_000.0})
    names = [area["name"] for area in block.header["areas"]]
    assert len(names) == len(frames.municipalities)
    assert block.header["areas"][names.index("Amsterdam")]["size"] == 900_000.0
    inside = frames.municipalities[frames.municipalities["in_region"]]
    assert block.header["bounds"] == pytest.approx(list(shapely.total_bounds(inside.geometry)), abs=10)
    assert {"g.region", "g.margin", "g.borders", "b.land1", "b.roads1", "l.name"} <= set(block._arrays)


def test_streams_with_chances_come_first(frames: Frames) -> None:
    streams = sorted(set(frames.flows["stream"]) | set(frames.matches["stream"]))
    giving = streams[-1]
    few = replace(frames, matches=frames.matches[frames.matches["stream"] == giving])
    assert next(iter(number_ids(few, streams, []).streams)) == giving
    assert list(number_ids(few, streams, []).streams)[1:] == streams[:-1]

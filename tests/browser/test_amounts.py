"""What the page reads is what Python wrote, to the last bit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from kansenkaart.maps.block import round_figures, shorten_floats
from kansenkaart.tables import Frames

pytestmark = pytest.mark.browser

Open = Callable[..., "Any"]

FLOWS = (
    "theoretical",
    "covered",
    "committed",
    "low",
    "high",
    "reachable",
    "delivered",
    "remaining",
    "if_pays",
)
MATCHES = {
    "cost_eur_y": 3, "benefit_eur_y": 3, "net_eur_y": 3, "net_low_eur_y": 2, "net_high_eur_y": 2,
    "net_p10_eur_y": 2, "net_p90_eur_y": 2, "pays_share": 2,
    "break_even_eur_unit": 2, "break_even_dear_eur_unit": 2, "break_even_km": 3, "pipe_mw": 2, "quantity_p10": 2,
    "quantity_p90": 2,
}  # fmt: skip
WILD = (np.nan, 0.0, -0.0, 1e-13, 1e-12, 9.995e-13, 0.995, 99.5, 122.5, -1e15, 3e22, 999.5)


def wild(frames: Frames) -> Frames:
    """Return the same chances with numbers that no other number tells, over twenty decades and both signs."""
    random = np.random.default_rng(5)
    matches, flows, gaps = frames.matches.copy(), frames.flows.copy(), frames.gaps.copy()
    for frame, names in (
        (matches, (*MATCHES, "co2_avoided_t_y")),
        (flows, FLOWS[:5]),
        (gaps, FLOWS[5:]),
    ):
        for name in names:
            size = len(frame)
            values = 10.0 ** random.uniform(-14, 16, size) * random.choice([-1.0, 1.0], size)
            frame[name] = np.where(random.random(size) < 0.3, random.choice(WILD, size), values)
    return replace(frames, matches=matches, flows=flows, gaps=gaps)


@pytest.mark.parametrize("numbers", ["usual", "wild"])
def test_the_page_reads_the_numbers_that_python_wrote(numbers: str, rich: Frames, open_map: Open) -> None:
    frames = wild(rich) if numbers == "wild" else rich
    opened = open_map(frames)
    matches = frames.matches.sort_values("rank", kind="stable")
    flows = frames.flows.merge(frames.gaps[["flow_id", *FLOWS[5:]]], on="flow_id", how="left")
    expected = {
        **{f"m.{name}": round_figures(matches[name].to_numpy(float), d) for name, d in MATCHES.items()},
        **{f"f.{name}": round_figures(flows[name].to_numpy(float)) for name in FLOWS},
        "m.quantity": shorten_floats(matches["quantity"].to_numpy(float)),
        "m.co2_avoided_t_y": shorten_floats(matches["co2_avoided_t_y"].to_numpy(float)),
        "f.value": shorten_floats(flows["value"].to_numpy(float)),
    }
    for name, values in expected.items():
        bits = "(name) => Array.from(new Uint32Array(kansenkaart.page.model.c[name].buffer))"
        shown = np.array(opened.page.evaluate(bits, name), dtype=np.uint32).view(np.float32)
        np.testing.assert_array_equal(shown, values, err_msg=name)
    metres = opened.page.evaluate("() => Array.from(kansenkaart.page.model.distance)")
    assert metres == (np.floor(matches["distance_m"].to_numpy(float) / 10 + 0.5) * 10).tolist()
    assert opened.faults == []

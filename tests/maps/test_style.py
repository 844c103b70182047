"""The style can be told apart: by everybody, on land, water's edge and paper."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from kansenkaart.catalogue import load_catalogue
from kansenkaart.catalogue.legend import load_style

# Drawn together in the example region.
TOGETHER = (
    "restwarmte_ht", "restwarmte_lt", "co2", "struviet_fosfaat", "zuiveringsslib", "biogas_groengas", "effluentwater",
    "bermgras_maaisel", "houtchips_snoei", "gft", "tuinbouwreststroom",
)  # fmt: skip

_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])

# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
SIGHTS = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def linear(colour: str) -> np.ndarray:
    part = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    light, dark = sorted((float(linear(colour) @ _TO_XYZ[1]) for colour in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def lab(rgb: np.ndarray) -> np.ndarray:
    part = _TO_XYZ @ np.clip(rgb, 0, 1) / _WHITE
    f = np.where(part > 216 / 24389, np.cbrt(part), (24389 / 27 * part + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def ciede2000(one: np.ndarray, other: np.ndarray) -> float:
    """Sharma, Wu and Dalal (2005)."""
    mean = (np.hypot(*one[1:]) + np.hypot(*other[1:])) / 2
    grey = 0.5 * (1 - np.sqrt(mean**7 / (mean**7 + 25.0**7)))
    (a1, b1), (a2, b2) = ((colour[1] * (1 + grey), colour[2]) for colour in (one, other))
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    hue = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    light, chroma = (one[0] + other[0]) / 2, (c1 + c2) / 2
    if c1 * c2 == 0:
        middle = h1 + h2
    elif abs(h1 - h2) <= 180:
        middle = (h1 + h2) / 2
    else:
        middle = (h1 + h2 + (360 if h1 + h2 < 360 else -360)) / 2
    t = (
        1
        - 0.17 * np.cos(np.radians(middle - 30))
        + 0.24 * np.cos(np.radians(2 * middle))
        + 0.32 * np.cos(np.radians(3 * middle + 6))
        - 0.20 * np.cos(np.radians(4 * middle - 63))
    )
    s_l = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    s_c, s_h = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    turned = -np.sin(np.radians(60 * np.exp(-(((middle - 275) / 25) ** 2))))
    turned *= 2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    steps = (other[0] - one[0]) / s_l, (c2 - c1) / s_c, hue / s_h
    return float(np.sqrt(steps[0] ** 2 + steps[1] ** 2 + steps[2] ** 2 + turned * steps[1] * steps[2]))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_colour_distance_is_the_published_one(
    one: tuple[float], other: tuple[float], expected: float
) -> None:
    assert ciede2000(np.array(one), np.array(other)) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("sight", SIGHTS)
def test_streams_shown_together_are_told_apart(sight: str) -> None:
    streams = load_style().streams
    seen = {name: lab(SIGHTS[sight] @ linear(streams[name].colour)) for name in TOGETHER}
    distances = {pair: ciede2000(seen[pair[0]], seen[pair[1]]) for pair in combinations(TOGETHER, 2)}
    closest = min(distances, key=distances.__getitem__)
    assert distances[closest] >= 15, (closest, distances[closest])


@pytest.mark.parametrize("ground", ["land", "paper"])
def test_every_line_stands_out(ground: str) -> None:
    style = load_style()
    lines = {**style.streams, **style.links}
    weak = {name: round(contrast(line.colour, getattr(style, ground)), 2) for name, line in lines.items()}
    assert {name: value for name, value in weak.items() if value < 3} == {}


def test_no_two_streams_look_the_same() -> None:
    streams = load_style().streams
    looks = [(line.colour, line.dash) for line in streams.values()]
    assert len(set(looks)) == len(looks)


@pytest.mark.parametrize(("made", "source"), [("meststof_fosfaat", "struviet_fosfaat"), ("compost", "gft")])
def test_what_a_chain_makes_wears_its_sources_colour_with_a_dash(made: str, source: str) -> None:
    streams = load_style().streams
    assert streams[made].colour == streams[source].colour
    assert streams[made].dash
    assert not streams[source].dash


def test_ink_and_accent_are_readable_on_paper() -> None:
    style = load_style()
    assert contrast(style.ink, style.paper) >= 7
    assert contrast(style.accent, style.paper) >= 4.5


def test_style_and_catalogue_name_the_same_things() -> None:
    style, catalogue = load_style(), load_catalogue()
    assert set(style.streams) == set(catalogue.streams)
    assert dict(style.kinds) == {kind.id: kind.glyph for kind in catalogue.kinds.values()}
    assert list(style.classes) == ["kansrijk", "verkennen", "technisch"]
    assert set(style.links) == {"running", "planned", "stopped", "hub", "given"}

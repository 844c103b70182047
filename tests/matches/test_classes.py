"""Every cap, when it holds, takes a good chance down a class and says so."""

import numpy as np
import pandas as pd
import pytest

from kansenkaart.catalogue import load_catalogue
from kansenkaart.matches.pairs.eligibility import stream_pairs
from kansenkaart.matches.price.classes import class_pairs
from kansenkaart.texts import load_texts

CATALOGUE = load_catalogue()
STREAM = CATALOGUE.streams["gft"].model_copy(update={"scale_level": "regionaal"})
RULE = stream_pairs(CATALOGUE.streams["gft"], CATALOGUE)[0].model_copy(
    update={"best_class": "kansrijk", "r_after": STREAM.r_now}
)


def _class(stream=STREAM, rule=RULE, p10=5.0, p90=9.0, **pair):
    """Class and rule of a pair whose net value per unit lies between `p10` and `p90` in eight of ten draws."""
    frame = {
        "distance_m": 1000.0,
        "rule": 0,
        "scale_level": "lokaal",
        "temperature_unknown": False,
        "running_unknown": False,
        "cost_eur_y": 100.0,
        "net_high_eur_y": 100.0 * p90,
        "net_p10_eur_unit": p10,
        "net_p90_eur_unit": p90,
        "known_p10_eur_unit": p10,
        "beyond_share": 0.0,
    }
    given = pd.DataFrame({name: [value] for name, value in {**frame, **pair}.items()})
    return tuple(class_pairs(stream, [rule], given).iloc[0])


def test_without_a_cap_money_decides():
    assert _class() == ("kansrijk", "price_good")
    assert _class(p10=-1.0) == ("verkennen", "price_near")
    assert _class(p10=-3.0, p90=-0.5) == ("technisch", "price_never")
    assert _class(p10=-3.0, p90=-2.0) == ("technisch", "price_worthless")
    nothing = {"p10": np.nan, "p90": np.nan}
    assert _class(**nothing) == ("verkennen", "no_price_near")
    far = STREAM.soft_km * 1000.0 + 1.0
    assert _class(**nothing, distance_m=far) == ("technisch", "no_price_far")


@pytest.mark.parametrize(
    ("rule", "pair", "expected"),
    [
        ({"best_class": "verkennen"}, {}, ("verkennen", "cap_pair")),
        ({"best_class": "technisch"}, {}, ("technisch", "cap_pair")),
        ({}, {"scale_level": "bovenregionaal", "distance_m": 60_000.0}, ("verkennen", "cap_scale")),
        ({}, {"p10": -1.0, "known_p10_eur_unit": 1.0}, ("verkennen", "cap_precision")),
        ({}, {"beyond_share": 0.11}, ("verkennen", "cap_precision")),
        ({}, {"running_unknown": True}, ("verkennen", "cap_running")),
        ({}, {"temperature_unknown": True}, ("verkennen", "cap_temperature")),
    ],
)
def test_a_cap_takes_a_good_chance_down_and_is_named(rule, pair, expected):
    assert _class(rule=RULE.model_copy(update=rule), **pair) == expected


def test_a_lower_rung_caps_unless_the_stream_is_used_in_a_cascade():
    stream = STREAM.model_copy(update={"r_now": 5})
    falling = RULE.model_copy(update={"r_after": 6})
    assert _class(stream, falling) == ("verkennen", "cap_ladder")
    assert _class(stream.model_copy(update={"cascade": True}), falling) == ("kansrijk", "price_good")


def test_no_cap_lifts_what_does_not_pay():
    found = _class(p10=-3.0, p90=-0.5, beyond_share=0.5, scale_level="bovenregionaal")
    assert found == ("technisch", "price_never")


@pytest.mark.parametrize(
    ("own", "pair", "km", "expected"),
    [
        ("lokaal", "lokaal", 0.9, "kansrijk"),
        ("lokaal", "regionaal", 0.9, "kansrijk"),
        ("lokaal", "bovenregionaal", 1.0, "kansrijk"),
        ("lokaal", "regionaal", 1.1, "verkennen"),
        ("regionaal", "regionaal", 50.0, "kansrijk"),
        ("regionaal", "bovenregionaal", 0.9, "kansrijk"),
        ("regionaal", "bovenregionaal", 1.1, "verkennen"),
        ("nationaal", "bovenregionaal", 50.0, "kansrijk"),
    ],
)
def test_a_pair_may_not_span_more_than_its_stream(own, pair, km, expected):
    """Within the soft distance a pair is never above its stream's scale, wherever the border runs."""
    stream = STREAM.model_copy(update={"scale_level": own, "soft_km": 1.0})
    assert _class(stream, scale_level=pair, distance_m=km * 1000.0)[0] == expected


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("key", ["pair", "ladder", "scale", "precision", "running", "temperature"])
def test_every_cap_can_be_explained(language, key):
    texts = load_texts(language)
    assert texts(f"classes.rule_cap_{key}")
    assert texts(f"reasons.cap_{key}", r_after=9)

"""A reason is data until it is told: the same keys and numbers make the sentence of either language."""

from __future__ import annotations

import pytest

from kansenkaart.tables.reasons import Number, Said, apart, tell, tell_reason
from kansenkaart.texts import load_texts


@pytest.fixture(scope="module")
def frames(noord_holland):
    """The frames of the example region."""
    return noord_holland.frames


def test_every_match_and_flow_has_its_reason_as_data_that_makes_its_sentence(frames):
    texts = load_texts("nl")
    for frame, key in ((frames.matches, "match_id"), (frames.gaps, "flow_id")):
        for name, sentence in zip(frame[key], frame["reason"], strict=True):
            assert tell_reason(frames.reasons[name], texts) == sentence


def test_the_same_data_makes_english_sentences(frames):
    english = load_texts("en")
    for reason in frames.reasons.values():
        said = tell_reason(reason, english)
        assert said
        assert "{" not in said


def test_numbers_that_differ_are_written_apart():
    texts = load_texts("nl")
    first, second = apart(25.004, 25.0)
    assert (tell(first, texts), tell(second, texts)) == ("25,004", "25")
    assert apart(4.0, 4.0) == (Number(4.0, 8), Number(4.0, 8))


def test_a_number_nobody_knows_is_a_dash():
    said = Said("limit_hit", {"gap": Number(None)})
    assert "–" in tell(said, load_texts("nl"))

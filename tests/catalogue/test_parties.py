"""Who must be at the table: every rule names what exists, can hold, and is said in both languages."""

import pytest
from pydantic import ValidationError

from kansenkaart.catalogue import load_catalogue
from kansenkaart.catalogue.legend import Party, load_parties
from kansenkaart.texts import load_texts

CATALOGUE = load_catalogue()


def test_parties_have_their_own_ids():
    ids = [party.id for party in load_parties()]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("party", load_parties(), ids=lambda party: party.id)
def test_every_rule_names_what_exists_and_can_hold(party):
    assert set(party.kinds) <= set(CATALOGUE.kinds)
    assert set(party.streams) <= set(CATALOGUE.streams)
    called = [stream for stream in CATALOGUE.streams.values() if party.concerns(stream)]
    assert party.always or party.crossing or party.kinds or called


@pytest.mark.parametrize(("evidence", "source"), [("derived", ""), ("estimate", "Een boek")])
def test_a_party_has_a_source_or_says_that_it_is_an_estimate(evidence, source):
    with pytest.raises(ValidationError, match="go together"):
        Party(id="x", always=True, evidence=evidence, source=source)


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("party", load_parties(), ids=lambda party: party.id)
def test_every_party_has_a_name_and_a_reason(party, language):
    texts = load_texts(language)
    assert texts(f"map.party_{party.id}")
    assert texts(f"map.party_{party.id}_why")


@pytest.mark.parametrize(
    ("rule", "stream", "comes"),
    [
        ({"eural": True}, "gft", True),
        ({"eural": True}, "restwarmte_ht", False),
        ({"mode": "pipe"}, "co2", True),
        ({"mode": "truck"}, "co2", True),
        ({"mode": "ship"}, "co2", False),
        ({"streams": ["mest"]}, "mest", True),
        ({"kinds": ["rwzi"]}, "effluentwater", False),
    ],
)
def test_one_rule_that_holds_is_enough(rule, stream, comes):
    assert Party(id="x", evidence="estimate", **rule).concerns(CATALOGUE.streams[stream]) is comes

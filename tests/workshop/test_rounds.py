"""A second round on top of the first: what was decided stands until somebody says otherwise."""

import pyogrio
import pytest

from kansenkaart.errors import DataError
from kansenkaart.workshop import add_round, merge_ballots, write_decisions
from kansenkaart.workshop.ballots import Ballot


@pytest.fixture
def merged(room):
    """Return a merger of ballots as they come from the browser."""
    return lambda *ballots: merge_ballots([Ballot.model_validate(one) for one in ballots], room.built)


@pytest.fixture
def first_round(room, merged, tmp_path):
    """Return the file of a round that confirmed the first chance and left the second open."""
    one, two = room.matches[:2]
    said = [
        room.said(one, "confirm", votes=5, next_step="Bellen", owner="Gemeente", comment="Doen"),
        room.said(two, votes=2, owner="Waterschap"),
    ]
    ballot = room.ballot(1, matches=said, missing=[room.firm(1, name="Bakker")])
    file = tmp_path / "ronde1.gpkg"
    write_decisions(file, merged(ballot), room.built)
    return file


def rows_of(found):
    return found.layers["decisions"].set_index("match")


def test_what_a_later_round_leaves_open_stays_decided(room, merged, first_round):
    one, two = room.matches[:2]
    later = room.ballot(2, matches=[room.said(one, votes=1, owner="Provincie"), room.said(two, "reject")])
    found = rows_of(add_round(first_round, merged(later)))
    assert found.loc[one, ["decision", "votes", "owner", "next_step", "ballots"]].tolist() == [
        "confirmed",
        1,
        "Provincie",
        "Bellen",
        "Tafel 1; Tafel 2",
    ]
    assert found.loc[two, ["decision", "owner"]].tolist() == ["rejected", "Waterschap"]


def test_a_later_round_may_come_back_on_a_decision(room, merged, first_round):
    one = room.matches[0]
    found = rows_of(add_round(first_round, merged(room.ballot(2, matches=[room.said(one, "reject")]))))
    assert found.loc[one, "decision"] == "rejected"


def test_chances_comments_firms_and_ballots_of_both_rounds_stand(room, merged, first_round):
    two = room.matches[1]
    later = room.ballot(
        2, matches=[room.said(two, "confirm", comment="Ja")], missing=[room.firm(2, name="Slager")]
    )
    layers = add_round(first_round, merged(later)).layers
    assert sorted(layers["decisions"]["match"]) == room.matches[:2]
    assert sorted(layers["comments"]["comment"]) == ["Doen", "Ja"]
    assert sorted(layers["added_sites"]["name"]) == ["Bakker", "Slager"]
    assert layers["ballots"]["table"].tolist() == ["Tafel 1", "Tafel 2"]
    assert {layers[name].crs.to_epsg() for name in ("decisions", "comments", "added_sites")} == {28992}


def test_doing_it_again_changes_no_byte(room, merged, first_round, tmp_path):
    later = merged(room.ballot(2, matches=[room.said(room.matches[1], "confirm", comment="Ja")]))
    file = tmp_path / "ronde2.gpkg"
    write_decisions(file, add_round(first_round, later), room.built)
    before = file.read_bytes()
    assert write_decisions(file, add_round(file, later), room.built) is None
    assert file.read_bytes() == before


def test_what_was_filled_in_by_hand_counts(room, merged, first_round):
    layer = pyogrio.read_dataframe(first_round, layer="added_sites").assign(quantity=77.0, kind="greenhouse")
    pyogrio.write_dataframe(layer, first_round, layer="added_sites", driver="GPKG")
    found = add_round(first_round, merged(room.ballot(2))).layers["added_sites"]
    assert found[["quantity", "kind"]].to_numpy().tolist() == [[77.0, "greenhouse"]]


def test_an_empty_round_after_an_empty_round_is_empty(room, merged, tmp_path):
    file = tmp_path / "leeg.gpkg"
    write_decisions(file, merged(room.ballot(1)), room.built)
    layers = add_round(file, merged(room.ballot(2))).layers
    assert [len(layers[name]) for name in ("decisions", "comments", "added_sites", "ballots")] == [0, 0, 0, 2]


def test_another_file_is_refused_by_name(room, merged, tmp_path):
    for name, content in (("geen.gpkg", b"geen kaart"), ("weg.gpkg", None)):
        file = tmp_path / name
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(DataError, match=name) as raised:
            add_round(file, merged(room.ballot(1)))
        assert raised.value.faults[0].key == "round_strange"

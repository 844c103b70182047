"""Several tables, one answer: agreed, in conflict or open, and nothing of what was said is lost."""

import itertools
import random
import shutil
import sqlite3
from contextlib import closing

import pyogrio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansenkaart.errors import DataError, OutputError
from kansenkaart.workshop import merge_ballots, open_built_map, write_decisions
from kansenkaart.workshop.ballots import Ballot
from tests.tries import SOME

EVIL = [
    "<script>alert(1)</script>",
    '=HYPERLINK("http://x","klik")',
    "+1+1|cmd",
    "'; DROP TABLE decisions; --",
    "${7*7} {{7*7}} {% if %} `x`",
    "\u2028\u2029\u202e omgekeerd",
    "\x01\x02\x1b[31mrood\x7f",
    "regel 1\nregel 2\ttab",
    "é🏭" * 1_000,
    "NULL",
]


def merged(room, *ballots):
    return merge_ballots([Ballot.model_validate(one) for one in ballots], room.built)


def row_of(found, match):
    return found.layers["decisions"].set_index("match").loc[match]


def test_tables_add_up_and_what_they_disagree_on_is_a_conflict(room):
    first, second = room.matches[:2]
    found = merged(
        room,
        room.ballot(1, matches=[room.said(first, "confirm", votes=3), room.said(second, "confirm")]),
        room.ballot(2, matches=[room.said(first, "confirm", votes=4), room.said(second, "reject")]),
        room.ballot(3, matches=[room.said(first, None, votes=2)]),
    )
    agreed, disputed = row_of(found, first), row_of(found, second)
    assert (agreed["votes"], agreed["confirmed"], agreed["rejected"], agreed["decision"]) == (
        9,
        2,
        0,
        "confirmed",
    )
    assert agreed["ballots"] == "Tafel 1; Tafel 2; Tafel 3"
    assert (disputed["confirmed"], disputed["rejected"], disputed["decision"]) == (1, 1, "conflict")
    assert found.decided("conflict")["match"].tolist() == [second]


def test_a_rejection_alone_rejects_and_votes_alone_leave_it_open(room):
    first, second = room.matches[:2]
    found = merged(room, room.ballot(matches=[room.said(first, "reject"), room.said(second)]))
    assert row_of(found, first)["decision"] == "rejected"
    assert row_of(found, second)["decision"] == "open"


def test_of_one_ballot_the_version_saved_last_counts(room):
    match = room.matches[0]
    early = room.ballot(1, saved="2026-11-21T14:00:00.000Z", matches=[room.said(match, "reject")])
    # The same moment later, written in another time zone.
    late = room.ballot(1, saved="2026-11-21T15:30:00+01:00", matches=[room.said(match, "confirm")])
    for order in ([early, late], [late, early], [late, early, late]):
        assert row_of(merged(room, *order), match)["decision"] == "confirmed"


def test_one_ballot_saved_twice_at_one_moment_with_other_content_is_refused(room):
    match = room.matches[0]
    with pytest.raises(DataError, match="Tafel 1"):
        merged(room, room.ballot(1), room.ballot(1, matches=[room.said(match, "confirm")]))


def test_next_steps_that_differ_are_kept_with_their_table_and_the_first_day_counts(room):
    match = room.matches[0]
    found = merged(
        room,
        room.ballot(1, matches=[room.said(match, next_step="bellen", owner="Anna", due="2027-03-01")]),
        room.ballot(2, matches=[room.said(match, next_step="mailen", owner="Anna", due="2027-01-31")]),
    )
    row = row_of(found, match)
    assert (row["next_step"], row["owner"], row["due"]) == (
        "Tafel 1: bellen; Tafel 2: mailen",
        "Anna",
        "2027-01-31",
    )


def test_comments_stand_in_the_middle_and_doubts_at_their_place(room):
    match, site = room.matches[0], "a:b1"
    found = merged(
        room,
        room.ballot(
            matches=[room.said(match, comment="kan eerder")],
            doubts=[room.doubt(1, site=site, comment="te hoog"), room.doubt(2, match=match), room.doubt(3)],
        ),
    )
    comments = found.layers["comments"]
    line = room.built.matches.at[match, "geometry"]
    ends = list(line.coords)
    middle = ((ends[0][0] + ends[-1][0]) / 2, (ends[0][1] + ends[-1][1]) / 2)
    said = comments[comments["kind"] == "comment"].iloc[0]
    assert (said["comment"], said["table"]) == ("kan eerder", "Tafel 1")
    assert (said["geometry"].x, said["geometry"].y) == pytest.approx(middle)
    doubts = comments[comments["kind"] == "doubt"].set_index("site", drop=False)
    assert doubts.loc[site, "geometry"].equals(room.built.sites.at[site, "geometry"])
    assert comments["geometry"].isna().sum() == 1  # a doubt about the map as a whole


def test_a_doubt_about_a_delivery_stands_on_its_line(room):
    (link, line), *_ = room.built.links["geometry"].items()
    numbers = [f"link|{link}|quantity", "link|elders|quantity", "supply|gft|left_supply"]
    doubts = [room.doubt(n, site="a:k2", number=number) for n, number in enumerate(numbers)]
    doubts += [room.doubt(9, number=f"link|{link}|reason")]
    comments = merged(room, room.ballot(doubts=doubts)).layers["comments"].set_index("number")
    middle = line.interpolate(0.5, normalized=True)
    assert line.length > 0
    for number in (numbers[0], f"link|{link}|reason"):
        assert comments.at[number, "geometry"].distance(middle) < 0.01
    for number in numbers[1:]:
        assert comments.at[number, "geometry"].equals(room.built.sites.at["a:k2", "geometry"])
    assert comments.at[numbers[2], "site"] == "a:k2"


def test_a_firm_on_two_ballots_counts_once_as_it_was_changed_last(room):
    old = room.firm(1, name="Oud")
    new = room.firm(1, name="Nieuw", changed="2026-11-21T13:30:00Z")
    for ballots in ([room.ballot(1, missing=[old]), room.ballot(2, missing=[new])],) * 2:
        assert merged(room, *ballots).layers["added_sites"]["name"].tolist() == ["Nieuw"]
        ballots.reverse()


def test_any_text_is_stored_to_the_letter(room, tmp_path):
    matches = [room.said(room.matches[0], "confirm", comment=EVIL[0], next_step=EVIL[1], owner=EVIL[2])]
    firms = [room.firm(n, name=text, comment=text) for n, text in enumerate(EVIL)]
    doubts = [
        room.doubt(n, site="a:k1", number=text, shown=text, comment=text) for n, text in enumerate(EVIL)
    ]
    ballot = room.ballot(table=EVIL[3], matches=matches, missing=firms, doubts=doubts)
    file = tmp_path / "decisions.gpkg"
    write_decisions(file, merged(room, ballot), room.built)
    read = {
        name: pyogrio.read_dataframe(file, layer=name)
        for name in ("decisions", "comments", "added_sites", "ballots")
    }
    assert read["added_sites"]["name"].tolist() == EVIL
    assert read["added_sites"]["comment"].tolist() == EVIL
    doubted = read["comments"][read["comments"]["kind"] == "doubt"]
    for column in ("number", "shown", "comment"):
        assert doubted[column].tolist() == EVIL
    assert read["decisions"].loc[0, ["next_step", "owner"]].tolist() == EVIL[1:3]
    assert read["ballots"]["table"].tolist() == [EVIL[3]]


TEXTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=30)


@st.composite
def ballots(draw, room):
    """Up to four ballots of up to three tables, each with its own moment of saving."""
    made = []
    for position in range(draw(st.integers(1, 4))):
        matches = [
            room.said(
                match,
                draw(st.sampled_from(["confirm", "reject", None])),
                votes=draw(st.integers(0, 9999)),
                comment=draw(TEXTS),
                owner=draw(TEXTS),
            )
            for match in draw(st.lists(st.sampled_from(room.matches), unique=True))
        ]
        firms = [
            room.firm(n, name=draw(TEXTS.filter(str.strip)), quantity=draw(st.none() | st.floats(0, 1e9)))
            for n in draw(st.lists(st.integers(1, 3), unique=True))
        ]
        number = draw(st.integers(1, 3))
        saved = f"2026-11-21T14:0{position}:00Z"
        made.append(room.ballot(number, saved=saved, table=draw(TEXTS), matches=matches, missing=firms))
    return made


@SOME
@given(data=st.data())
def test_order_and_repetition_change_no_byte(room, tmp_path_factory, data):
    given_ = data.draw(ballots(room))
    folder = tmp_path_factory.mktemp("samen")
    other = random.Random(len(given_)).sample([*given_, *given_], 2 * len(given_))
    files = []
    for name, some in (("a", given_), ("b", given_[::-1]), ("c", other)):
        file = folder / f"{name}.gpkg"
        write_decisions(file, merged(room, *some), room.built)
        files.append(file.read_bytes())
    assert files[0] == files[1] == files[2]


def test_firms_changed_at_one_moment_do_not_depend_on_the_order(room):
    made = [room.ballot(n, missing=[room.firm(1, name=f"Naam {n}")]) for n in (1, 2, 3)]
    names = {
        merged(room, *order).layers["added_sites"]["name"].iloc[0] for order in itertools.permutations(made)
    }
    assert len(names) == 1


def test_the_same_merge_again_leaves_the_file_as_it_was(room, tmp_path):
    file = tmp_path / "decisions.gpkg"
    found = merged(room, room.ballot(matches=[room.said(room.matches[0], "confirm")]))
    assert write_decisions(file, found, room.built) is None
    before = file.read_bytes()
    assert write_decisions(file, found, room.built) is None
    assert file.read_bytes() == before
    assert sorted(one.name for one in tmp_path.iterdir()) == ["decisions.gpkg"]


def test_ballots_that_are_not_given_again_are_not_lost(room, tmp_path):
    file = tmp_path / "decisions.gpkg"
    write_decisions(file, merged(room, room.ballot(1), room.ballot(2)), room.built)
    before = file.read_bytes()
    with pytest.raises(OutputError, match="Tafel 1"):
        write_decisions(file, merged(room, room.ballot(2)), room.built)
    assert file.read_bytes() == before
    older = write_decisions(file, merged(room, room.ballot(2)), room.built, overwrite=True)
    assert older is not None
    assert older.read_bytes() == before


def test_a_file_that_is_not_ours_is_never_replaced(room, tmp_path):
    strange = tmp_path / "bedrijven.gpkg"
    strange.write_bytes((room.out / "kansenkaart.gpkg").read_bytes())
    before = strange.read_bytes()
    with pytest.raises(OutputError, match="Name another file"):
        write_decisions(strange, merged(room, room.ballot()), room.built, overwrite=True)
    assert strange.read_bytes() == before
    for name in ("decisions.json", "weg/decisions.gpkg"):
        with pytest.raises(OutputError):
            write_decisions(tmp_path / name, merged(room, room.ballot()), room.built)


def test_the_file_is_a_geopackage_1_3_in_rd(room, tmp_path):
    import sqlite3

    file = tmp_path / "decisions.gpkg"
    write_decisions(file, merged(room, room.ballot()), room.built)
    with sqlite3.connect(file) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (10300,)
    connection.close()
    info = pyogrio.read_info(file, layer="decisions")
    assert (info["crs"], info["geometry_type"]) == ("EPSG:28992", "LineString")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (
            "UPDATE matches SET match_id = (SELECT min(match_id) FROM matches)",
            r"Layer matches has match_id = .* more than once",
        ),
        ("UPDATE matches SET geom = NULL", r"In layer matches, match_id = .* has no line"),
    ],
)
def test_a_built_map_that_no_build_wrote_so_is_refused(room, tmp_path, damage, said):
    out = tmp_path / "uit"
    shutil.copytree(room.out, out)
    with closing(sqlite3.connect(out / "kansenkaart.gpkg")) as base:
        for name in ("ST_IsEmpty", "ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
            base.create_function(name, 1, lambda _shape: 0.0)
        base.execute(damage)
        base.commit()

    with pytest.raises(OutputError, match=said):
        open_built_map(out)

"""The search for causes against a world that is known: which swaps make a change is given, all of them are tried."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from kansenkaart.compare.causes import Runs, find_causes
from kansenkaart.compare.changes import KEY, find_changes, makes

NAMES = ("a", "b", "c", "d")
GROUPS = st.lists(st.sets(st.sampled_from(NAMES), min_size=1), min_size=1, max_size=3)


def chances(**rows):
    """Chances by who takes: quantity and class."""
    told = [
        {
            **{"stream": "s", "supply_id": "x", "demand_id": demand, "unit": "t"},
            **{"supply_name": "X", "demand_name": demand, "quantity": float(quantity)},
            **{"chance_class": chance, "net_eur_y": 1.0, "geometry": None},
        }
        for demand, (quantity, chance) in rows.items()
    ]
    names = [*KEY, "unit", "supply_name", "demand_name", "quantity", "chance_class", "net_eur_y", "geometry"]
    return pd.DataFrame(told, columns=names).astype(
        {"quantity": float, "demand_id": "str", "chance_class": "str"}
    )


def _world(groups):
    """A chance that is there when every input of any group is as in B."""

    def run(names):
        there = any(group <= names for group in groups)
        return chances(k=(10, "kansrijk")) if there else chances()

    return run


@given(GROUPS)
def test_a_cause_makes_the_change_and_no_part_of_it_does(groups):
    run = _world(groups)
    changes, _ = find_changes(chances(), run(frozenset(NAMES)))
    (cause,) = find_causes(changes, NAMES, Runs(run, 100))
    alone = [name for name in NAMES if {name} in groups]
    made = [
        frozenset(some)
        for size in range(1, len(NAMES) + 1)
        for some in combinations(NAMES, size)
        if makes(changes, run(frozenset(some)))[0]
    ]
    smallest = [one for one in made if not any(other < one for other in made)]
    if alone:
        assert cause.sort == ("alone" if len(alone) == 1 else "either")
        assert list(cause.inputs) == alone
    elif len(smallest) == 1:
        assert (cause.sort, frozenset(cause.inputs)) == ("joint", smallest[0])
    else:  # several ways: none is picked, and what all of them need is named
        assert cause.sort == "unexplained"
        assert frozenset(cause.needed) == frozenset.intersection(*smallest)


@given(GROUPS, st.integers(2, 12))
def test_a_limit_to_the_runs_holds_and_claims_nothing_it_did_not_see(groups, most):
    made = []

    def run(names):
        made.append(names)
        return _world(groups)(names)

    changes, _ = find_changes(chances(), _world(groups)(frozenset(NAMES)))
    (cause,) = find_causes(changes, NAMES, Runs(run, most))
    assert len(made) == len(set(made)) <= most
    if cause.inputs:
        some = cause.inputs if cause.sort == "joint" else cause.inputs[:1]
        assert makes(changes, _world(groups)(frozenset(some)))[0]


def test_swaps_that_do_not_go_together_are_no_cause():
    def run(names):
        if "a" in names and "b" not in names:
            return None
        return chances(k=(10, "kansrijk")) if "a" in names else chances()

    changes, _ = find_changes(chances(), run(frozenset("ab")))
    (cause,) = find_causes(changes, ("a", "b"), Runs(run, 10))
    assert (cause.sort, cause.inputs) == ("joint", ("a", "b"))


def test_what_no_input_brings_within_ten_percent_is_not_its_work():
    before, after = chances(k=(100, "kansrijk")), chances(k=(200, "kansrijk"))
    changes, _ = find_changes(before, after)
    assert [bool(makes(changes, chances(k=(q, "kansrijk")))[0]) for q in (189, 191, 209, 211)] == [
        *(False, True, True, False)
    ]


AMOUNTS = st.dictionaries(
    st.sampled_from("klmnop"),
    st.tuples(st.sampled_from([0.0, 1, 100, 100.5, 102, 300]), st.sampled_from(["kansrijk", "verkennen"])),
)


@given(AMOUNTS, AMOUNTS)
def test_changes_are_those_that_a_reader_would_list(before, after):
    changes, little = find_changes(chances(**before), chances(**after))
    expected, small = {}, 0
    for key in before.keys() | after.keys():
        if key not in after:
            expected[key] = "vanished"
        elif key not in before:
            expected[key] = "appeared"
        elif before[key][1] != after[key][1]:
            expected[key] = "reclassed"
        elif abs(after[key][0] - before[key][0]) > 0.01 * before[key][0]:
            expected[key] = "grown" if after[key][0] > before[key][0] else "shrunk"
        else:
            small += before[key][0] != after[key][0]
    assert dict(zip(changes["demand_id"], changes["sort"], strict=True)) == expected
    assert little == small
    assert makes(changes, chances(**after)).all()
    assert not np.any(makes(changes, chances(**before)))

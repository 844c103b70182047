"""Best next places: beside trying every choice of places."""

from itertools import combinations

import numpy as np
import pytest

from kansenkaart.siting import choose_cover, choose_median


def _instance(seed, homes, places):
    draw = np.random.default_rng(seed)
    people = draw.integers(0, 5000, homes).astype(float)
    minutes = np.hypot(*(draw.uniform(0, 40, (homes, 1, 2)) - draw.uniform(0, 40, (1, places, 2))).T).T
    return people, minutes, np.minimum(draw.uniform(5, 60, homes), 45.0)


def _spent(people, minutes, now, chosen):
    best = now.copy()
    for place in chosen:
        best = np.minimum(best, minutes[:, place])
    return float(people @ best)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_no_choice_of_as_many_places_spends_fewer_minutes(seed, count):
    people, minutes, now = _instance(seed, homes=14, places=9)
    found = choose_median(people, minutes, now, count)
    least = min(
        _spent(people, minutes, now, some)
        for size in range(count + 1)
        for some in combinations(range(9), size)
    )
    assert len(found.places) <= count
    assert found.gap == 0
    assert _spent(people, minutes, now, found.places) == pytest.approx(least, rel=1e-9)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("reach", [12.0, 18.0, 25.0])
def test_no_fewer_places_serve_every_home(seed, reach):
    _, minutes, _ = _instance(seed, homes=12, places=9)
    within = minutes <= reach
    within = within[within.any(axis=1)]
    found = choose_cover(within)
    assert within[:, found.places].any(axis=1).all()
    fewest = next(
        size
        for size in range(10)
        if any(within[:, list(some)].any(axis=1).all() for some in combinations(range(9), size))
    )
    assert len(found.places) == fewest
    assert found.gap == 0


def test_a_place_that_takes_nothing_off_is_not_chosen():
    people, now = np.array([10.0, 20.0]), np.array([5.0, 5.0])
    assert choose_median(people, np.array([[9.0, 1.0], [9.0, 5.0]]), now, 2).places.tolist() == [1]
    assert choose_median(people, np.array([[9.0], [9.0]]), now, 1).places.tolist() == []


def test_where_everyone_is_served_none_is_needed():
    assert choose_cover(np.zeros((0, 4), dtype=bool)).places.tolist() == []

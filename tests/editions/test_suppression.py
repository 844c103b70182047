"""No hidden cell can be told from what is shown: an exact audit, for anybody and each firm that knows its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kansenkaart.editions.area_totals import find_class
from kansenkaart.editions.audit import Reader, find_told
from kansenkaart.editions.rules import Levels, Rules
from kansenkaart.editions.suppress import hide_cells
from tests.editions.random_tables import draw_table
from tests.editions.smallest import count_smallest
from tests.tries import share

TABLES = 200
# Of up to 33 cells.
LARGE = 24
GROUPS = 4
RULES = Rules()


@pytest.mark.parametrize("group", range(GROUPS))
def test_nobody_tells_a_secret_cell(group):
    """The audit is another program than the search: the least and most of a cell, with no bound on what is hidden."""
    for seed in range(group, TABLES, GROUPS):
        table = draw_table(seed)
        hidden = hide_cells(table, RULES)
        assert not len(find_told(table, hidden, RULES)), f"table {seed}"


@pytest.mark.parametrize("times", [1e-4, 1e6, 1e9])
def test_the_audit_answers_whatever_the_size_of_the_amounts(times):
    """Sums of billions are exact to a billionth of themselves, and no closer."""
    for seed in range(12):
        table = draw_table(seed)
        large = replace(
            table,
            values=table.values * times,
            shares=table.shares.assign(amount=table.shares["amount"] * times),
        )
        open_only = Levels(large, RULES).anybody > 0
        assert find_told(large, open_only, RULES).tolist() == find_told(table, open_only, RULES).tolist()


@pytest.mark.drawn
def test_hardly_more_is_hidden_than_must_be():
    """Beside the fewest of any safe choice, by one program over all moves: as many; of 24 large tables four more."""
    extra = []
    for tables in (
        [draw_table(seed) for seed in share(range(TABLES), 0, of=8)],
        [draw_table(seed, most=10) for seed in share(range(LARGE), 2, of=6)],
    ):
        more = [hide_cells(table, RULES).sum() - count_smallest(table, RULES) for table in tables]
        assert min(more) >= 0
        extra.append(sum(more))
    assert extra[0] == 0
    assert extra[1] <= 4


def test_no_firm_that_is_alone_tells_another():
    for seed in range(0, TABLES, 20):
        table = draw_table(seed)
        hidden, levels = hide_cells(table, RULES), Levels(table, RULES)
        for who, known in levels.find_lone().items():
            seen = ~hidden
            seen[known] = True
            shown = np.column_stack([np.where(seen, table.values, 0.0), np.where(seen, table.values, np.inf)])
            own, reader = levels.of_reader(who), Reader(table, shown)
            for cell in np.setdiff1d(np.flatnonzero((own > 0) & hidden), known)[:3].tolist():
                low, high = reader.find_range(cell)
                slack = 1e-6 * table.values.max()
                assert low <= table.values[cell] - own[cell] + slack, f"table {seed}, {who}"
                assert high >= table.values[cell] + own[cell] - slack, f"table {seed}, {who}"


def test_without_what_is_hidden_besides_cells_are_told():
    """The tables are hard enough: hiding only what is secret leaves some that a difference tells."""
    told = 0
    for seed in range(20):
        table = draw_table(seed)
        told += len(find_told(table, Levels(table, RULES).anybody > 0, RULES))
    assert told > 10


def test_what_is_safe_is_shown():
    """Nothing is hidden where nothing is secret."""
    for seed in range(12):
        table = draw_table(seed)
        if not (Levels(table, Rules(1, 0.0001)).anybody > 0).any():
            assert not hide_cells(table, Rules(1, 0.0001)).any()
        hidden = hide_cells(table, RULES)
        assert not hidden[table.values == 0].any() or hidden.any()


def test_the_same_table_hides_the_same():
    assert (hide_cells(draw_table(3), RULES) == hide_cells(draw_table(3), RULES)).all()


def test_amounts_far_apart_are_protected_too():
    """A solver takes what is a billionth for nothing; the way out is exact."""
    table = draw_table(5)
    shares = table.shares.assign(amount=table.shares["amount"] * 10.0 ** (table.shares["cell"] // 3 % 4 * 3))
    whole = shares["cell"].max() // 3 * 3
    towns = shares[shares["cell"] < whole]
    shares = np.concatenate([towns.to_numpy(), towns.assign(cell=towns["cell"] % 3 + whole).to_numpy()])
    frame = table.shares.iloc[:0].reindex(range(len(shares)))
    frame["cell"], frame["who"] = shares[:, 0].astype(int), shares[:, 1]
    frame["amount"] = shares[:, 2].astype(float)
    values = frame.groupby("cell")["amount"].sum().reindex(range(len(table.values)), fill_value=0.0)
    far = type(table)(values.to_numpy(), table.relations, frame, table.parts_of)
    hidden, levels = hide_cells(far, RULES), Levels(far, RULES).anybody
    assert hidden[levels > 0].all()


@pytest.mark.parametrize("value", [0.003, 0.7, 1.0, 1.999, 2.0, 5.0, 9.99, 10.0, 1e3, 123456.0, 1e15])
def test_a_class_holds_its_value_and_is_wide(value):
    low, high = find_class(value)
    assert low <= value < high
    assert high >= 1.99 * low

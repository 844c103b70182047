"""One region's balance as equations: every process of every layer, every transfer coefficient and content."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp

from kansenkaart.arrays import BoolArray, FloatArray, IntArray
from kansenkaart.flows.balance.least_squares import Equations
from kansenkaart.flows.balance.network import Row, find_scale

# Where the search begins for what is unknown and stands in a product.
_BEGIN = {"transfer": 0.5, "content": 0.0}


@dataclass(frozen=True)
class System:
    """The balance of one region.

    Attributes
    ----------
    rows
        Its rows of frame ``BALANCE_ROWS``; a variable each.
    balances
        Plus what enters and minus what leaves or stays: a balance a row. It is 0.
    products
        Plus the flow that is a product: a transfer coefficient or content a row.
    sources
        What it is a share of, times its scale: the same rows.
    factors
        Row of the transfer coefficient or content: the same rows.
    names
        Layer and process of every balance.
    """

    rows: pd.DataFrame
    balances: sp.csr_array
    products: sp.csr_array
    sources: sp.csr_array
    factors: IntArray
    names: tuple[tuple[str, str], ...]

    @property
    def exact(self) -> BoolArray:
        """Which rows are exact."""
        found: BoolArray = (self.rows["sd"] == 0).to_numpy(dtype=np.bool_)
        return found

    @property
    def bends(self) -> bool:
        """Whether a transfer coefficient or content is itself uncertain: what it makes is then no straight line."""
        return bool((~self.exact[self.factors]).any())

    def begin(self) -> FloatArray:
        """Where the search begins."""
        default = self.rows["entry"].map(_BEGIN).fillna(0.0).astype(float)
        found: FloatArray = self.rows["value"].fillna(default).to_numpy(dtype=float)
        return found

    def pose(self, at: FloatArray) -> Equations:
        """The equations, with products as straight lines through `at`.

        Behind the variables of the rows stands one per kengetal that rows share: how many standard deviations it is
        off, for all of them alike.
        """
        factor, taken = at[self.factors], self.sources @ at
        spread = sp.csr_array(
            (taken, (np.arange(len(taken)), self.factors)), shape=(len(taken), len(self.rows))
        )
        lines = self.products - sp.diags_array(factor) @ self.sources - spread
        shares, shared = self._share()
        matrix = sp.csr_array(sp.vstack([self.balances, lines, shares[:, : len(self.rows)]]))
        right = np.concatenate([np.zeros(self.balances.shape[0]), -factor * taken, self._given()[shared]])
        fixed = np.where(self.exact, self._given(), 0.0)
        kept = sp.csr_array(matrix @ sp.diags_array((~self.exact).astype(float)))
        kept.eliminate_zeros()
        groups = shares[:, len(self.rows) :]
        beside = sp.vstack([sp.csr_array((matrix.shape[0] - len(shared), groups.shape[1])), groups])
        sd = np.where(self.exact | self.rows["sd"].isna(), np.inf, self.rows["sd"].fillna(1.0))
        sd[shared] = np.inf
        sd[self.exact] = 1.0  # in no equation any more
        return Equations(
            sp.csr_array(sp.hstack([kept, beside])),
            right - matrix @ fixed,
            np.concatenate([self._given(), np.zeros(groups.shape[1])]),
            np.concatenate([sd, np.ones(groups.shape[1])]),
        )

    def kengetallen(self) -> list[str]:
        """Kengetallen that several rows share, in the order of their variables."""
        named = self.rows.loc[~self.exact & self.rows["value"].notna(), "kengetal"].dropna()
        counts = named.value_counts()
        return sorted(str(name) for name in counts[counts > 1].index)

    def _given(self) -> FloatArray:
        found: FloatArray = self.rows["value"].fillna(0.0).to_numpy(dtype=float)
        return found

    def _share(self) -> tuple[sp.csr_array, IntArray]:
        """One row per value of a shared kengetal: value less sd times what the kengetal is off is what was given."""
        numbers = {name: place for place, name in enumerate(self.kengetallen())}
        group = self.rows["kengetal"].map(numbers).where(~self.exact & self.rows["value"].notna())
        shared = np.flatnonzero(group.notna().to_numpy())
        count, width = len(shared), len(self.rows)
        sd = self.rows["sd"].to_numpy(dtype=float)[shared]
        own = sp.csr_array((np.ones(count), (np.arange(count), shared)), shape=(count, width))
        places = (np.arange(count), group.to_numpy()[shared].astype(np.int64))
        of_group = sp.csr_array((-sd, places), shape=(count, len(numbers)))
        return sp.csr_array(sp.hstack([own, of_group])), shared


def make_system(rows: pd.DataFrame) -> System:
    """Return the system of one region's `rows` (frame ``BALANCE_ROWS``, complete)."""
    rows = rows.reset_index(drop=True)
    balances, names = _balance(rows)
    products = rows[rows["entry"].isin(("transfer", "content"))]
    plain = rows[rows["entry"].isin(("flow", "stock"))]
    place_of = dict(zip(_keys(plain), plain.index, strict=True))
    targets, sources = [], []
    for number, row in enumerate(products.to_dict("records")):
        targets.append((number, place_of[row["layer"], row["flow"]], 1.0))
        sources += [(number, place, scale) for place, scale in _find_sources(row, rows, plain, place_of)]
    shape = (len(products), len(rows))
    return System(
        rows, balances, _matrix(targets, shape), _matrix(sources, shape), products.index.to_numpy(), names
    )


def _keys(plain: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(plain["layer"], plain["flow"], strict=True))


def _balance(rows: pd.DataFrame) -> tuple[sp.csr_array, tuple[tuple[str, str], ...]]:
    flows, stocks = rows[rows["entry"] == "flow"], rows[rows["entry"] == "stock"]
    kept = stocks["from_process"].fillna(stocks["to_process"])
    parts = [
        pd.DataFrame({"layer": one["layer"], "process": process, "sign": sign})
        for one, process, sign in (
            (flows, flows["to_process"], 1.0),
            (flows, flows["from_process"], -1.0),
            (stocks, kept, -1.0),
        )
    ]
    entries = pd.concat(parts).dropna(subset=["process"])
    number, names = pd.MultiIndex.from_frame(entries[["layer", "process"]]).factorize()
    matrix = sp.csr_array(
        (entries["sign"].to_numpy(), (number, entries.index.to_numpy())), shape=(len(names), len(rows))
    )
    return matrix, tuple((str(layer), str(process)) for layer, process in names)


def _find_sources(
    row: Row, rows: pd.DataFrame, plain: pd.DataFrame, place_of: dict[tuple[str, str], int]
) -> list[tuple[int, float]]:
    """Places of what a product is a share of, with the scale of each."""
    if row["entry"] == "content":
        return [(place_of[plain["layer"].iloc[0], row["flow"]], find_scale(row, rows))]
    process = rows.loc[place_of[row["layer"], row["flow"]], "from_process"]
    enters = (plain["layer"] == row["layer"]) & (plain["entry"] == "flow") & (plain["to_process"] == process)
    return [(int(place), 1.0) for place in plain.index[enters]]


def _matrix(entries: list[tuple[int, int, float]], shape: tuple[int, int]) -> sp.csr_array:
    rows, columns, values = (
        (np.array(part) for part in zip(*entries, strict=True)) if entries else ([], [], [])
    )
    return sp.csr_array((np.asarray(values, dtype=float), (rows, columns)), shape=shape)

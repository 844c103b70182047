"""What lacks where a chance does not pay, and what public instruments give towards it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from kansenkaart.catalogue import Catalogue, Pair, Stream
from kansenkaart.catalogue.input_names import BETWEEN
from kansenkaart.matches.arrays import BoolArray, FloatArray
from kansenkaart.matches.price.economics import Money
from kansenkaart.matches.price.heat_pipe import pair_power_mw, stations_cost
from kansenkaart.tables.reasons import InBoth


@dataclass(frozen=True)
class Support:
    """Per pair, at the value; NaN where no price is known.

    Attributes
    ----------
    needed
        EUR per year that lacks; 0 where the pair pays.
    given
        EUR per year that instruments give at most; 0 where nothing lacks.
    instruments
        Ids of those that give it, in the order they are taken; empty where none does.
    pays
        Whether it pays with them and not without.
    """

    needed: FloatArray
    given: FloatArray
    instruments: npt.NDArray[np.object_]
    pays: BoolArray


def find_support(
    stream: Stream,
    rules: list[Pair],
    pairs: pd.DataFrame,
    money: Money,
    quantity: FloatArray,
    catalogue: Catalogue,
) -> Support:
    """What lacks, and what the instruments of the catalogue give of the investment.

    An instrument counts over what those before it left, as a yearly burden saved (``annuity``). Those that give
    nothing that can be told (``part = "none"``) are not counted.
    """
    needed = np.where(np.isnan(money.net), np.nan, np.maximum(-money.net, 0.0))
    network, stations = _investments(stream, rules, pairs, money, quantity, catalogue)
    annuity = catalogue.prices["annuity"].value
    rule = pairs["rule"].to_numpy(dtype=np.int64)
    given = np.where(np.isnan(needed), np.nan, 0.0)
    names = np.full(len(pairs), "", dtype=object)
    for one in catalogue.instruments:
        meant = np.array([one.is_for(each) for each in rules], dtype=bool)[rule]
        part = network + (stations if one.part == "all" else 0.0)
        counts = meant & (one.part != "none") & (needed > 0) & (part > 0)
        counts &= needed >= one.least_gap * annuity * part
        amount = np.where(counts, np.minimum(one.value * part, one.most_eur or np.inf), 0.0)
        given = given + annuity * amount
        names[counts] = [f"{name}{BETWEEN if name else ''}{one.id}" for name in names[counts]]
        share = np.divide(amount, part, out=np.zeros(len(pairs)), where=part > 0)
        network = network * (1.0 - share)
        stations = stations * (1.0 - share) if one.part == "all" else stations
    return Support(needed, given, names, (needed > 0) & (given >= needed))


def _investments(
    stream: Stream,
    rules: list[Pair],
    pairs: pd.DataFrame,
    money: Money,
    quantity: FloatArray,
    catalogue: Catalogue,
) -> tuple[FloatArray, FloatArray]:
    """EUR once in pipes and in stations; 0 for goods, whose trucks are hired."""
    if not stream.is_heat:
        return np.zeros(len(pairs)), np.zeros(len(pairs))
    prices = catalogue.prices
    annuity = prices["annuity"].value
    network = money.trunk / (annuity + prices["pipe_om_share"].value)
    power = pair_power_mw(pairs, quantity, prices)
    yearly = stations_cost(rules, pairs["rule"].to_numpy(dtype=np.int64), power, prices, "value")
    return network, yearly / (annuity + prices["coupling_om_share"].value)


def name_instruments(ids: Iterable[str], catalogue: Catalogue) -> InBoth:
    """The names of instruments in a row: 'SWiG en EIA'."""
    known = {one.id: one for one in catalogue.instruments}
    found = [known[name] for name in ids]
    return InBoth(_in_a_row([one.nl for one in found], "en"), _in_a_row([one.en for one in found], "and"))


def split_instruments(ids: object) -> list[str]:
    """Ids of ``support_from``; none where it is missing."""
    return ids.split(BETWEEN) if isinstance(ids, str) and ids else []


def _in_a_row(names: list[str], word: str) -> str:
    return f" {word} ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)

"""A chain in words: who brings what, what is made of it, and who takes that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from kansenkaart.catalogue import Catalogue
from kansenkaart.matches.rows.chain_steps import Step
from kansenkaart.texts import Texts

_MOST_NAMES = 3


def describe_chain(
    steps: list[Step],
    legs: pd.DataFrame,
    catalogue: Catalogue,
    *,
    names: Mapping[str, str],
    texts: Texts,
) -> str:
    """Tell the whole way of a chain.

    Parameters
    ----------
    steps
        The chain's processors, the first first.
    legs
        Its matches.
    names
        Name of every place.

    Returns
    -------
    str
        Such as "rwzi A, rwzi B → ICL (struviet 84 t) → kunstmest 84 t → akkers".
    """
    parts = []
    for place in dict.fromkeys((step.making.site_id, step.making.takes) for step in steps):
        here = [step for step in steps if (step.making.site_id, step.making.takes) == place]
        brought = legs[(legs["demand_id"] == place[0]) & (legs["stream"] == place[1])]
        intake = texts(
            "reasons.chain_intake",
            givers=_names(brought["supply_id"], names, texts),
            place=names[place[0]],
            amount=_amount(place[1], here[0].received, catalogue, texts),
        )
        made = [_product(step, legs, catalogue, names, texts) for step in here]
        parts.append(" → ".join([intake, " + ".join(made)]))
    return "; ".join(parts)


def _product(
    step: Step, legs: pd.DataFrame, catalogue: Catalogue, names: Mapping[str, str], texts: Texts
) -> str:
    one = step.making
    amount = _amount(one.makes, step.made, catalogue, texts)
    if not step.passes_on:
        return texts("reasons.chain_kept", amount=amount)
    taken = legs[(legs["supply_id"] == one.site_id) & (legs["stream"] == one.makes)]
    return f"{amount} → {_names(taken['demand_id'], names, texts)}"


def _amount(stream: str, quantity: float, catalogue: Catalogue, texts: Texts) -> str:
    name = texts.find(f"streams.{stream}", stream)
    return f"{name} {texts.number(quantity)} {catalogue.streams[stream].unit}"


def _names(ids: Iterable[str], names: Mapping[str, str], texts: Texts) -> str:
    """The first few places by name, the others by number."""
    places = sorted({names[one] for one in ids})
    shown = ", ".join(places[:_MOST_NAMES])
    more = len(places) - _MOST_NAMES
    return texts("reasons.chain_more", names=shown, count=more) if more > 0 else shown

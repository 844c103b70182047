"""Why this partner, in one or two plain sentences, read from what the run decided."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from kansenkaart.catalogue import Catalogue, Pair, Stream
from kansenkaart.matches.economics import prices_read
from kansenkaart.matches.eligibility import Side, stream_pairs
from kansenkaart.texts import Texts

_DUST = 1e-9


def explain_matches(
    pairs: pd.DataFrame,
    sides: tuple[Side, Side],
    stream: Stream,
    catalogue: Catalogue,
    *,
    links: pd.DataFrame,
    texts: Texts,
) -> list[str]:
    """One reason per chosen pair, in the order of the rows with a quantity.

    Parameters
    ----------
    pairs
        Every eligible pair with ``s, d, worth`` (how the run ordered partners), ``quantity`` and the priced columns.
    sides
        Supply and demand.
    links
        Frame ``LINKS`` of this stream: what already runs between two places is said.
    """
    rules = stream_pairs(stream, catalogue)
    guessed = [
        any(one.evidence == "estimate" for one in prices_read(stream, rule, catalogue.prices))
        for rule in rules
    ]
    known = dict(zip(zip(links["supply_id"], links["demand_id"], strict=True), links["status"], strict=True))
    chosen = pairs[pairs["quantity"] > _DUST]
    better = _better_partners(pairs, chosen)
    return [
        " ".join(
            part
            for part in (
                _choice(row, count, sides, texts),
                _shares(row, sides, texts),
                _money(row, stream, texts, guessed=guessed[int(row["rule"])]),
                _caution(row, rules, texts),
                _known(row, known, sides, texts),
                _note(rules[int(row["rule"])], texts),
            )
            if part
        )
        for (_, row), count in zip(chosen.iterrows(), better, strict=True)
    ]


def _better_partners(pairs: pd.DataFrame, chosen: pd.DataFrame) -> npt.NDArray[np.int64]:
    """How many partners of the same supply were worth more per unit than the chosen one."""
    rank = pairs.groupby("s")["worth"].rank(method="min", ascending=False)
    return (rank.loc[chosen.index].to_numpy() - 1).astype(np.int64)


def _choice(row: pd.Series, better: int, sides: tuple[Side, Side], texts: Texts) -> str:
    taker = sides[1].column("name")[int(row["d"])]
    values = {"taker": taker, "distance": texts.number(row["distance_m"] / 1000.0), "better": better}
    if better == 0:
        return texts("reasons.best_partner", **values)
    by_money = not np.isnan(row["net_eur_y"])
    return texts("reasons.next_partner" if by_money else "reasons.next_nearest", **values)


def _known(row: pd.Series, known: dict[tuple[str, str], str], sides: tuple[Side, Side], texts: Texts) -> str:
    """What is known between these two already: it runs (this comes on top), is planned, or stopped."""
    ends = tuple(side.column("site_id")[int(row[key])] for side, key in zip(sides, ("s", "d"), strict=True))
    status = known.get((str(ends[0]), str(ends[1])))
    return texts(f"reasons.link_{status}") if status else ""


def _note(rule: Pair, texts: Texts) -> str:
    return texts("reasons.note", note=rule.note) if rule.note else ""


def _shares(row: pd.Series, sides: tuple[Side, Side], texts: Texts) -> str:
    """What part of the free supply goes and of the demand is met: a river of effluent is no large chance."""
    values = [float(side.column("value")[int(row[key])]) for side, key in zip(sides, ("s", "d"), strict=True)]
    used, met = (texts.number(100.0 * row["quantity"] / value, 2) for value in values)
    return texts("reasons.shares", used=used, met=met)


def _money(row: pd.Series, stream: Stream, texts: Texts, *, guessed: bool) -> str:
    if np.isnan(row["net_eur_y"]):
        key = "no_price_near" if row["distance_m"] <= stream.soft_km * 1000.0 else "no_price_far"
        return texts(f"reasons.{key}", limit=texts.number(stream.soft_km))
    values = {
        "net": texts.number(row["net_eur_y"], 2),
        "low": texts.number(row["net_low_eur_y"], 2),
        "high": texts.number(row["net_high_eur_y"], 2),
        "needed": texts.number(row["break_even_eur_unit"], 2),
        "now": texts.number(row["benefit_eur_y"] / row["quantity"], 2),
        "unit": stream.unit,
    }
    if row["net_low_eur_y"] > 0:
        verdict = texts("reasons.pays", **values)
    else:
        verdict = texts("reasons.may_pay" if row["net_high_eur_y"] > 0 else "reasons.does_not_pay", **values)
    if not np.isnan(row["pipe_mw"]):
        dear = texts.number(row["break_even_dear_eur_unit"], 2)
        verdict += " " + texts(
            "reasons.pipe", power=texts.number(row["pipe_mw"], 2), dear=dear, unit=stream.unit
        )
    return f"{verdict} {texts('reasons.estimated')}" if guessed else verdict


def _caution(row: pd.Series, rules: list[Pair], texts: Texts) -> str:
    if row["running_unknown"]:
        return texts("reasons.cap_running")
    if not str(row["class_rule"]).startswith("cap_"):
        return ""
    rule = rules[int(row["rule"])]
    return texts(f"reasons.{row['class_rule']}", r_after=rule.r_after)

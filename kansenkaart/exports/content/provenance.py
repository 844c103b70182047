"""Where every number comes from: one row per source, per kengetal and per price that the run used."""

from __future__ import annotations

import pandas as pd

from kansenkaart.catalogue import Kengetal, Price
from kansenkaart.project import LoadedProject
from kansenkaart.tables import Frames
from kansenkaart.texts import Texts

_DTYPES = {
    "provenance_id": "str",
    "sort": "str",
    "name": "str",
    "stream": "str",
    "role": "str",
    "source": "str",
    "source_year": "Int64",
    "licence": "str",
    "used_rows": "Int64",
    "used_in": "str",
    "unit": "str",
    "low": "float64",
    "value": "float64",
    "high": "float64",
    "formula": "str",
    "evidence": "str",
    "note": "str",
}


def find_provenance(frames: Frames, loaded: LoadedProject, *, texts: Texts) -> pd.DataFrame:
    """Return the sources of sites and links, the kengetallen that made a flow, and the prices the run read.

    Returns
    -------
    DataFrame
        ``provenance_id`` is unique; ``used_rows`` counts the sites and links of a source or the flows of a
        kengetal and is missing for prices, which the whole run shares.
    """
    rows = _source_rows(frames) + _kengetal_rows(frames, loaded, texts)
    rows += [_price_row(loaded.catalogue.prices[name]) for name in sorted(loaded.catalogue.prices)]
    frame = pd.DataFrame(rows, columns=list(_DTYPES))
    return frame.astype(_DTYPES)


def _source_rows(frames: Frames) -> list[dict[str, object]]:
    sites = frames.sites[["source", "source_year", "licence"]].assign(used_in=frames.sites["layer"])
    links = frames.links[["source", "source_year"]].assign(
        licence=None, used_in=frames.links["link_id"].str.split(":").str[0]
    )
    used = pd.concat([pd.DataFrame(sites), pd.DataFrame(links)], ignore_index=True)
    used["licence"] = used["licence"].astype("str")
    rows: list[dict[str, object]] = []
    for (source, year, licence), part in used.groupby(
        ["source", "source_year", "licence"], dropna=False, sort=True
    ):
        known = licence if isinstance(licence, str) else None
        rows.append(
            {
                "provenance_id": f"source|{source}|{year}|{known or ''}",
                "sort": "source",
                "name": source,
                "source": source,
                "source_year": year,
                "licence": known,
                "used_rows": len(part),
                "used_in": ", ".join(sorted(set(part["used_in"]))),
            }
        )
    return rows


def _kengetal_rows(frames: Frames, loaded: LoadedProject, texts: Texts) -> list[dict[str, object]]:
    counts = frames.flows["kengetal_id"].dropna().value_counts()
    known = loaded.catalogue.kengetallen
    return [
        _kengetal_row(known[name], int(counts[name]), texts) for name in sorted(counts.index) if name in known
    ]


def _kengetal_row(kengetal: Kengetal, used: int, texts: Texts) -> dict[str, object]:
    formula = texts(
        "tables.kengetal_formula",
        driver=texts.find(f"drivers.{kengetal.driver}", kengetal.driver),
        value=texts.number(kengetal.value),
        unit=kengetal.unit,
        denominator=kengetal.denominator,
    )
    return {
        "provenance_id": f"kengetal|{kengetal.id}",
        "sort": "kengetal",
        "name": kengetal.id,
        "stream": kengetal.stream,
        "role": kengetal.role,
        "used_rows": used,
        "used_in": "flows",
        "formula": formula,
        **_number(kengetal),
    }


def _price_row(price: Price) -> dict[str, object]:
    return {
        "provenance_id": f"price|{price.id}",
        "sort": "price",
        "name": price.id,
        "used_in": "matches",
        **_number(price),
    }


def _number(number: Kengetal | Price) -> dict[str, object]:
    return {
        "source": number.source,
        "source_year": number.year,
        "unit": number.unit,
        "low": number.low,
        "value": number.value,
        "high": number.high,
        "evidence": number.evidence,
        "note": number.note or None,
    }

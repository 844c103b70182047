"""Step 2 as a balance: per stream what the region produces, brings in, treats, uses, sends out and leaves unused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from kansenkaart.allowed import suggest
from kansenkaart.catalogue import Catalogue
from kansenkaart.errors import DataError, Fault
from kansenkaart.exports import draw_png
from kansenkaart.flows.balance import (
    SD_PER_RANGE,
    Balances,
    Known,
    balance_flows,
    find_area_balances,
    find_items,
    gather_rows,
)
from kansenkaart.flows.balance.regional import Gathered
from kansenkaart.flows.balance.verdict import FAR
from kansenkaart.flows.flows import streams_in_use
from kansenkaart.project import LoadedProject
from kansenkaart.sources import read_balance
from kansenkaart.tables import BALANCE_AREAS, BALANCE_ITEMS, Remarks
from kansenkaart.tables.balances import ITEMS
from kansenkaart.texts import LANGUAGES, Texts, load_texts

_KEPT = (
    "layer",
    "flow",
    "unit",
    "basis",
    "value",
    "sd",
    "sd_pct",
    "low",
    "high",
    "kengetal",
    "source",
    "source_year",
)
_MOST_NAMED = 5


@dataclass(frozen=True)
class RegionalBalances:
    """Frames ``BALANCES`` and what goes with it, and ``FINDINGS``."""

    balances: pd.DataFrame
    balance_items: pd.DataFrame
    balance_areas: pd.DataFrame
    balance_processes: pd.DataFrame
    balance_tests: pd.DataFrame
    findings: pd.DataFrame


def balance_region(
    known: Known, gaps: pd.DataFrame, municipalities: pd.DataFrame, loaded: LoadedProject
) -> RegionalBalances | None:
    """Balance every stream of the region; None where it has nothing of any.

    Parameters
    ----------
    known
        What the build found.
    gaps
        Frame ``GAPS``.
    municipalities
        Frame ``MUNICIPALITIES``.

    Raises
    ------
    DataError
        With every observed row that cannot be.
    OutputError
        When diagrams are asked as PNG, which cannot be drawn here.
    """
    settings, texts = loaded.project.balances, load_texts(loaded.project.language)
    if settings is None:
        return None
    if settings.png:  # better told now than after the matching
        draw_png("<svg xmlns='http://www.w3.org/2000/svg'/>", file="sankey")
    streams = settings.streams or streams_in_use(loaded.catalogue, loaded.project)
    path = loaded.folder / settings.path if settings.path else None
    own = municipalities[municipalities["in_region"]]
    names = own.set_index("municipality_code")["municipality"]
    observed = read_observed(path, streams, loaded, names, texts=texts)
    file = path.name if path else loaded.path.name
    gathered = gather_rows(known, observed, streams, loaded.catalogue, texts=texts, file=file)
    rows = gathered.rows
    _refuse_alone(observed, gathered, path)
    if rows.empty:
        return None
    found = balance_flows(rows, file=file, texts=texts)
    items = pd.DataFrame(find_items(rows, found.balances, texts=texts))
    elsewhere = texts("tables.not_on_map")
    areas = find_area_balances(gathered, found.balances, items, names, elsewhere=elsewhere)
    items = _add_free(items, known, gaps)
    items["potential"] = items["layer"].map(gathered.potential).where(items["item"] == "production")
    remarks = Remarks(texts, layer="balance", file=path.name if path else "")
    _remark_potential(gathered.potential, remarks, loaded.catalogue, texts)
    _remark_absent(items, remarks, texts)
    _remark_differing(areas, remarks, texts)
    return _name_region(found, {"balance_items": items, "balance_areas": areas}, loaded, remarks, texts)


def read_observed(
    path: Path | None, streams: tuple[str, ...], loaded: LoadedProject, names: pd.Series, *, texts: Texts
) -> pd.DataFrame:
    """Return what a file states as observed: ``layer`` is a stream, ``flow`` an item, ``kind`` a kind or missing.

    ``area_code`` is a municipality of the region, or missing where it is about all of it.

    Parameters
    ----------
    names
        Municipalities of the region by code.

    Raises
    ------
    DataError
        With every row whose stream, item, kind or municipality is not known, or that stands twice.
    """
    if path is None:
        return pd.DataFrame(columns=[*_KEPT, "kind", "area_code", "row"])
    read = read_balance(path, texts=texts)
    given = {
        "layer": read["layer"],
        "flow": read["flow"],
        "kind": read["from_process"].fillna(read["to_process"]),
        "area_code": read["region"].where(~read["region"].isin(_find_wholes(path, loaded))),
    }
    known = _find_words(streams, loaded.catalogue, texts)
    codes = {code.casefold(): code for code in names.index}
    known["area_code"] = {name.casefold(): code for code, name in names.items()} | codes
    meant = read[list(_KEPT)].assign(row=read.index)
    faults = []
    for column, words in given.items():
        folded = words.str.strip().str.casefold()
        meant[column] = folded.map(known[column]).astype(object).where(folded.notna(), None)
        wrong = meant[column].isna() & (words.notna() | (column in ("layer", "flow")))
        faults += [
            _unknown(path.name, int(row), column, words[row], known[column]) for row in read.index[wrong]
        ]
    if not faults:
        faults = [*_find_twice(meant, path.name), *_find_off(meant, path.name)]
    if faults:
        raise DataError.of(faults)
    return meant


def _find_wholes(path: Path, loaded: LoadedProject) -> tuple[str, ...]:
    """What column region says of a row that is about the whole region; a file without it is called by its name."""
    return (path.stem, loaded.project.title, loaded.project.region.province or "")


def _find_words(streams: tuple[str, ...], catalogue: Catalogue, texts: Texts) -> dict[str, dict[str, str]]:
    """What may stand in each column: ids, and the words a reader knows them by."""
    items = {
        load_texts(one)(f"tables.values.item.{item}").casefold(): item for one in LANGUAGES for item in ITEMS
    }
    called = {texts.find(f"streams.{one}", one).casefold(): one for one in streams}
    kinds = {texts(f"kinds.{one}").casefold(): one for one in catalogue.kinds}
    return {
        "layer": called | {one: one for one in streams},
        "flow": items | {item: item for item in ITEMS},
        "kind": kinds | {one: one for one in catalogue.kinds},
    }


def _find_twice(meant: pd.DataFrame, file: str) -> Iterator[Fault]:
    key = ["layer", "flow", "kind", "area_code"]
    for _, same in meant[meant.duplicated(key, keep=False)].groupby(key, dropna=False, sort=False):
        message = "{file}: rows {rows} state the same item of {stream}. Keep one, the one you trust most."
        rows = ", ".join(str(row) for row in same["row"])
        yield Fault("observed_twice", message, {"file": file, "rows": rows, "stream": same["layer"].iloc[0]})
    for (stream, _, _), same in meant.groupby(key[:3], dropna=False, sort=False):
        whole = same["area_code"].isna()
        if whole.any() and not whole.all():
            message = (
                "{file}, row {row}: this item of {stream} is stated for the whole region and per municipality. "
                "Keep one of the two."
            )
            row = int(same.loc[whole, "row"].iloc[0])
            yield Fault("observed_both", message, {"file": file, "row": row, "stream": stream})


def _find_off(meant: pd.DataFrame, file: str) -> Iterator[Fault]:
    for row in meant.loc[meant["kind"].notna() & (meant["flow"] != "production"), "row"]:
        message = (
            "{file}, row {row}: only production is told per kind of place. Leave from and to empty here."
        )
        yield Fault("observed_kind", message, {"file": file, "row": row})
    for row in meant.loc[meant["area_code"].notna() & meant["kind"].isna(), "row"]:
        message = (
            "{file}, row {row}: of a municipality only production is told, per kind of place. Fill in from (such as "
            "municipality), or leave region empty."
        )
        yield Fault("observed_area_kind", message, {"file": file, "row": row})


def _refuse_alone(observed: pd.DataFrame, gathered: Gathered, path: Path | None) -> None:
    """Refuse what was observed where nothing comes free: it would be left out, or held against nothing, in silence."""
    file = path.name if path else ""
    message = "{file}, row {row}: nothing is known to come free of {stream} in this region. State its production too."
    alone = observed.loc[~observed["layer"].isin(gathered.rows["region"]), ["row", "layer"]]
    faults = [
        Fault("observed_alone", message, {"file": file, "row": row, "stream": stream})
        for row, stream in alone.itertuples(index=False)
    ]
    made = gathered.parts.loc[gathered.parts["item"] == "production", ["region", "kind", "area_code"]]
    held = set(made.itertuples(index=False, name=None))
    message = (
        "{file}, row {row}: nothing of {stream} is known of places of kind {kind} in {area}. Add the place to a layer, "
        "or leave this row out."
    )
    for row in gathered.seen.to_dict("records"):
        if (row["layer"], row["kind"], row["area_code"]) not in held and row["layer"] not in set(
            alone["layer"]
        ):
            at = {"file": file, "row": row["row"], "stream": row["layer"], "kind": row["kind"]}
            faults.append(Fault("observed_nothing", message, at | {"area": row["area_code"]}))
    if faults:
        raise DataError.of(faults)


def _unknown(file: str, row: int, column: str, given: object, known: Mapping[str, str]) -> Fault:
    message = "{file}, row {row}: '{given}' in column {column} is no {what}. {hint}"
    key, what = {
        "layer": ("observed_layer", "stream of this project"),
        "flow": ("observed_flow", "item of a balance"),
        "kind": ("observed_place", "kind of place"),
        "area_code": ("observed_area", "municipality of the region"),
    }[column]
    hint = suggest(str(given), sorted(known))
    return Fault(
        key, message, {"file": file, "row": row, "given": given, "column": column, "what": what, "hint": hint}
    )


def _add_free(items: pd.DataFrame, known: Known, gaps: pd.DataFrame) -> pd.DataFrame:
    """What of the production may be matched as today, and what of that partners within reach could take."""
    here = set(known.sites.loc[known.sites["in_region"], "site_id"])
    flows = known.flows[(known.flows["role"] == "supply") & known.flows["site_id"].isin(here)]
    spread = (flows["high"] - flows["low"]) * SD_PER_RANGE
    keys = flows["kengetal_id"].fillna(flows["flow_id"])
    together = spread.groupby([flows["stream"], keys]).sum()
    sds = np.sqrt((together**2).groupby(level=0).sum())
    own = gaps[gaps["flow_id"].isin(flows["flow_id"])]
    of_production = items["item"] == "production"
    for name, values in (
        ("free", flows.groupby("stream")["value"].sum()),
        ("free_sd", sds),
        ("reachable", own.groupby("stream")["reachable"].sum()),
    ):
        items[name] = items["layer"].map(values).where(of_production)
    return items


def _remark_potential(
    potential: Mapping[str, float], remarks: Remarks, catalogue: Catalogue, texts: Texts
) -> None:
    """Name what could be made or taken and is not yet: it is in no balance of today."""
    for stream, quantity in potential.items():
        if quantity > 0:
            told = f"{texts.number(quantity, 3)} {catalogue.streams[stream].unit}"
            named = {"stream": texts.find(f"streams.{stream}", stream)}
            remarks.add("balance_potential", told, named, severity="note", column=stream)


def _remark_absent(items: pd.DataFrame, remarks: Remarks, texts: Texts) -> None:
    """Say of what nobody told anything: the balance counts it as absent."""
    absent = items[items["basis"].eq("unknown") & items["item"].isin(("import", "export", "stock"))]
    for item, rows in absent.groupby("item", sort=False):
        named = ", ".join(texts.find(f"streams.{stream}", stream) for stream in rows["layer"])
        told = {"item": texts(f"tables.values.item.{item}").lower()}
        remarks.add("balance_absent", named, told, severity="note", column=str(item))


def _remark_differing(areas: pd.DataFrame, remarks: Remarks, texts: Texts) -> None:
    """Name the municipalities in which what was observed and what was estimated can hardly both be right."""
    far = areas[areas["differs"].abs() > FAR]
    for stream, rows in far.groupby("layer", sort=False):
        worst = rows.loc[rows["differs"].abs().sort_values(ascending=False, kind="stable").index]
        named = "; ".join(
            texts(
                "tables.regional.differs",
                area=row["area"],
                observed=texts.number(row["observed"], 3),
                estimated=texts.number(row["estimated"], 3),
                unit=row["unit"],
            )
            for row in worst.head(_MOST_NAMED).to_dict("records")
        )
        told = {"stream": texts.find(f"streams.{stream}", str(stream)), "count": len(rows)}
        remarks.add("balance_areas_differ", named, told, column=str(stream))


def _name_region(
    found: Balances,
    made: Mapping[str, pd.DataFrame],
    loaded: LoadedProject,
    remarks: Remarks,
    texts: Texts,
) -> RegionalBalances:
    """The region by its name, and every stream by the one that readers see."""
    region = loaded.project.region.province or loaded.project.title
    label = {stream: texts.find(f"streams.{stream}", stream) for stream in loaded.catalogue.streams}
    tables = {"balance_items": BALANCE_ITEMS, "balance_areas": BALANCE_AREAS}
    frames = found.by_name() | {
        name: table.conform(made[name].assign(region=region)) for name, table in tables.items()
    }
    for name in ("balances", "balance_processes", *tables):
        frames[name] = frames[name].assign(
            region=region, layer=frames[name]["layer"].map(label).astype("str")
        )
    tests = frames["balance_tests"]
    frames["balance_tests"] = tests.assign(region=region, layers=tests["layers"].map(label).astype("str"))
    findings = pd.concat([found.findings, remarks.frame()], ignore_index=True)
    findings["layer"] = findings["layer"].map(label).fillna(findings["layer"]).astype("str")
    return RegionalBalances(
        frames["balances"],
        frames["balance_items"],
        frames["balance_areas"],
        frames["balance_processes"],
        frames["balance_tests"],
        findings,
    )

"""Two builds compared by the folders they wrote: what changed, and which inputs differ; nothing is run again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from kansenkaart.catalogue import Catalogue, load_catalogue
from kansenkaart.compare.changes import KEY, find_changes, list_chances
from kansenkaart.compare.compared import Compared, name_both
from kansenkaart.compare.inputs import Input, find_differing, list_inputs
from kansenkaart.compare.rows import list_settings_rows
from kansenkaart.compare.summary import count_sorts
from kansenkaart.compare.told import name_column, name_input, tell_change
from kansenkaart.errors import OutputError
from kansenkaart.exports import read_built, read_manifest
from kansenkaart.tables import CHANGED_INPUTS, CHANGED_ROWS, CHANGES, Frames
from kansenkaart.tables.matches import pay_now
from kansenkaart.texts import Language, Texts, load_texts
from kansenkaart.units import write_unit

_MATCHES = [*KEY, "unit", "supply_name", "demand_name", "chance_class", "quantity", "net_eur_y"]
# Streams named after a build; the others are counted.
_MOST_STREAMS = 6


@dataclass(frozen=True)
class Build:
    """What a folder of outputs says: its chances (``list_chances``), its name and its manifest."""

    chances: pd.DataFrame
    folder: str
    manifest: dict[str, Any]

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of its project."""
        return dict(self.manifest["settings"])


def read_build(out: Path) -> Build:
    """Read what `out`, a folder that a build wrote, or the manifest in it, says.

    Raises
    ------
    OutputError
        When it is no such folder, or its manifest or its GeoPackage was changed since.
    """
    folder, manifest = read_manifest(out)
    matches = read_built(folder, manifest, "matches", _MATCHES)
    names = pd.concat(
        [
            matches[[f"{end}_id", f"{end}_name"]].set_axis(["site_id", "name"], axis=1)
            for end in ("supply", "demand")
        ]
    ).drop_duplicates("site_id")
    return Build(list_chances(matches, names), folder.absolute().name, manifest)


def compare_builds(before: Build, after: Build) -> Compared:
    """Compare two builds; no cause is sought, for outputs cannot be run again."""
    language: Language = "en" if after.settings.get("language") == "en" else "nl"
    texts = load_texts(language)
    changes, little = find_changes(before.chances, after.chances)
    said = [tell_change(change, texts) for change in changes.to_dict("records")]
    told = changes.assign(explained="unsought", causes=None, said=said)
    inputs, rows = _list_differing(before, after, load_catalogue(), texts)
    titles = name_both(
        (str(before.settings.get("title")), str(after.settings.get("title"))), (before.folder, after.folder)
    )
    return Compared(CHANGES.conform(told), inputs, rows, little, 0, titles, language)


def _list_differing(
    before: Build, after: Build, catalogue: Catalogue, texts: Texts
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Frames ``CHANGED_INPUTS`` and ``CHANGED_ROWS``, as far as the manifests tell."""
    old, new = _inputs(before.manifest), _inputs(after.manifest)
    names = find_differing(old, new)
    inputs = [
        {"input": name, "input_name": name_input(name, catalogue, texts), "refused": False} for name in names
    ]
    rows = [
        {"input": name, **row, "column_name": name_column(row, catalogue, texts)[0]}
        for name in names
        for row in list_settings_rows(name, old.get(name), new.get(name), texts)
    ]
    return (
        CHANGED_INPUTS.conform(pd.DataFrame(inputs, columns=CHANGED_INPUTS.names())),
        CHANGED_ROWS.conform(pd.DataFrame(rows, columns=CHANGED_ROWS.names())),
    )


def _inputs(manifest: dict[str, Any]) -> dict[str, Input]:
    """Inputs as a manifest tells them, and with them the program and its numbers."""
    hashes = {str(one.get("file")): str(one.get("sha256")) for one in manifest["inputs"]}
    found = list_inputs(manifest["settings"], lambda path, _table: hashes.get(path, path))
    version, numbers = str(manifest["tool"].get("version")), str(manifest["catalogue"].get("sha256"))
    return {**found, "program": Input(version, version), "catalogue": Input("catalogue", numbers)}


def read_previous(out: Path) -> Build | None:
    """Return the build that stands in `out`; None where none does, or it is no longer as it was written."""
    try:
        return read_build(out)
    except OutputError:
        return None


def tell_since(previous: Build, frames: Frames, texts: Texts) -> list[str]:
    """Return a few lines on what changed since `previous`: all together, then the streams with most; or nothing."""
    now = list_chances(frames.matches, frames.sites)
    changes, _ = find_changes(previous.chances, now)
    if changes.empty:
        return []
    lines = [texts("compare.since", parts=count_sorts(changes, texts))]
    counts = changes["stream"].value_counts(sort=False).rename_axis("stream").reset_index()
    ordered = counts.sort_values(["count", "stream"], ascending=[False, True])["stream"].tolist()
    for stream in ordered[:_MOST_STREAMS]:
        own = changes[changes["stream"] == stream]
        totals = [_total(one[one["stream"] == stream], own, texts) for one in (previous.chances, now)]
        name = texts.find(f"streams.{stream}", stream)
        parts = {"parts": count_sorts(own, texts), "before": totals[0], "after": totals[1]}
        lines.append(texts("compare.since_stream", stream=name, **parts))
    more = len(ordered) - _MOST_STREAMS
    return [*lines, *([texts("compare.since_more", count=more)] if more > 0 else [])]


def _total(chances: pd.DataFrame, changes: pd.DataFrame, texts: Texts) -> str:
    """What counts as delivered."""
    unit = write_unit(str(changes["unit"].iloc[0]))
    return texts(
        "compare.quantity", quantity=texts.number(float(pay_now(chances)["quantity"].sum())), unit=unit
    )

"""The quality report: what was read, used and rejected, as a page to read and a CSV to work through."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from kansenkaart.catalogue import load_style
from kansenkaart.exports.content.clean import clean_frame
from kansenkaart.exports.content.provenance import find_provenance
from kansenkaart.exports.report.page import write_page
from kansenkaart.exports.report.sections import (
    draw_cuts,
    draw_findings,
    draw_header,
    draw_layers,
    draw_solves,
    draw_sources,
)
from kansenkaart.exports.tables.csv_files import in_words, write_csv
from kansenkaart.exports.tables.row_limit import tell_all_cuts
from kansenkaart.project import LoadedProject
from kansenkaart.tables import Frames
from kansenkaart.texts import load_texts


def write_quality(folder: Path, frames: Frames, loaded: LoadedProject) -> None:
    """Write ``quality.html`` (static, offline, no script) and ``quality.csv`` (all findings) to `folder`."""
    texts = load_texts(loaded.project.language)
    layers, findings, solves, provenance = (
        clean_frame(frame, f"quality.html {name}", xml=True)[0]
        for name, frame in (
            ("layers", frames.layers),
            ("findings", frames.findings),
            ("solves", frames.solves),
            ("provenance", find_provenance(frames, loaded, texts=texts)),
        )
    )
    body = [
        draw_header(loaded.project, layers, findings, texts),
        draw_layers(layers, texts),
        draw_findings(findings, texts, order=_layer_order(layers, findings)),
        draw_solves(solves, texts),
        draw_sources(provenance, texts),
        draw_cuts(tell_all_cuts(frames, texts=texts), texts),
    ]
    page = write_page("".join(body), title=loaded.project.title, language=texts.language, style=load_style())
    (folder / "quality.html").write_text(page, encoding="utf-8", newline="\n")
    form, found = loaded.project.exports.csv, frames.findings
    told = found if form == "plain" else in_words(found, "findings", loaded.catalogue, texts=texts)
    write_csv(folder / "quality.csv", told, "findings", form=form)


def _layer_order(layers: pd.DataFrame, findings: pd.DataFrame) -> list[str]:
    """Layers in the order of the project file, then what findings name besides them."""
    known = [str(layer) for layer in layers["layer"]]
    return known + sorted({str(layer) for layer in findings["layer"]} - set(known))

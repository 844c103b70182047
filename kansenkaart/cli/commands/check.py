"""``kansenkaart check``: read everything, write nothing."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from kansenkaart.cli.closing import Closing, find_idle_layers, show_closing
from kansenkaart.cli.options import loudness, project_argument
from kansenkaart.cli.screen import progress_lines, show_findings, show_left_out, stdout
from kansenkaart.errors import DataError, Fault
from kansenkaart.project import load_project
from kansenkaart.texts import Language, load_texts


@click.command("check")
@project_argument
@click.option("--strict", is_flag=True, help="Exit 1 when a row is rejected, or a layer gives nothing.")
@loudness
def check_command(project: Path, strict: bool, verbose: bool, quiet: bool) -> None:
    """Read a project and its layers and say what would be used, repaired and rejected; writes nothing.

    \b
    Examples:
      kansenkaart check mijn-regio
      kansenkaart check mijn-regio --strict -v
    """
    import pandas as pd

    from kansenkaart.flows import estimate_flows
    from kansenkaart.sources import read_sources

    loaded = load_project(project)
    texts = load_texts(loaded.project.language)
    with progress_lines(texts, quiet=quiet) as progress:
        sources = read_sources(loaded, progress=lambda what: progress("sources", what))
        progress("flows", "")
        estimated = estimate_flows(
            sources.sites, sources.links, loaded.catalogue, project=loaded.project, texts=texts
        )
    rejected = int(sources.layers["rows_rejected"].sum())
    findings = pd.concat([sources.findings, estimated.findings], ignore_index=True)
    account = Closing(
        sources.layers, sources.sites, sources.links, estimated.flows, findings, loaded.catalogue
    )
    if not quiet:
        for layer in sources.layers.itertuples():
            stdout().print(
                texts(
                    "cli.layer",
                    layer=layer.layer,
                    read=layer.rows_read,
                    used=layer.rows_used,
                    rejected=layer.rows_rejected,
                    outside=layer.rows_outside,
                    left_out=show_left_out(int(str(layer.rows_left_out)), texts),
                ),
                markup=False,
            )
        show_findings(findings, texts, verbose=verbose)
        show_closing(account, texts, loaded.project)
        counts = {"sites": len(sources.sites), "flows": len(estimated.flows), "rejected": rejected}
        said = "checked_rejected" if rejected else "checked"
        said = said if account.can_match else "checked_nothing"
        stdout().print(texts(f"cli.{said}", **counts))
    if strict:
        _refuse(find_idle_layers(account), rejected, loaded.project.language)


def _refuse(faults: list[Fault], rejected: int, language: Language) -> None:
    """Refuse what --strict does not allow."""
    if rejected:
        message = "{count} {count:row was|rows were} rejected (--strict)."
        faults = [*faults, Fault("rows_rejected", message, {"count": rejected})]
    if faults:
        error = DataError.of(faults)
        error.language = language
        raise error

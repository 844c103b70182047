"""``kansenkaart explain``: why one place does, or does not, supply another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from kansenkaart.cli.screen import progress_lines, show_fault, stdout
from kansenkaart.errors import OutputError
from kansenkaart.exports import find_changes, find_project, read_manifest
from kansenkaart.project import LoadedProject, load_project
from kansenkaart.texts import Language, Texts, load_texts

if TYPE_CHECKING:
    import pandas as pd

    from kansenkaart.matches.why.explain import Explanation


@click.command("explain")
@click.argument("out", type=click.Path(path_type=Path))
@click.argument("supply")
@click.argument("demand")
@click.option(
    "--project",
    type=click.Path(path_type=Path),
    help="Project file or its folder; default: looked for beside OUT and in this folder.",
)
@click.option(
    "--anyway", is_flag=True, help="Explain what stands there now, also where it has changed since."
)
@click.option("--language", type=click.Choice(["nl", "en"]), help="Default: the language of the project.")
@click.option("-v", "--verbose", is_flag=True, help="Also name what was remarked about the two places.")
@click.option("-q", "--quiet", is_flag=True, help="No progress, only the explanation.")
@click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of a fault.")
def explain_command(
    out: Path,
    supply: str,
    demand: str,
    project: Path | None,
    anyway: bool,
    language: Language | None,
    verbose: bool,
    quiet: bool,
) -> None:
    """Explain rule by rule why SUPPLY does, or does not, supply DEMAND in the map that stands in OUT.

    OUT is the folder that 'kansenkaart build' wrote, or its manifest.json. SUPPLY and DEMAND are ids, names or parts of
    a name. The run is repeated from the files named in the manifest; a file that changed since is refused.

    \b
    Examples:
      kansenkaart explain mijn-regio/uit "AEB extra" "De Kwakel"
      kansenkaart explain uit rwzi:NL11014 industrie:icl --project data/noord-holland
      kansenkaart explain uit "HVC" "Alton" --language en --anyway
    """
    from kansenkaart.matches.why.explain import (
        explain_pair,  # heavy: only when something is explained
        find_site,
    )
    from kansenkaart.pipeline import solve

    with progress_lines(load_texts(language or "nl"), quiet=True):
        manifest, loaded = _load(out, project)
    loaded = loaded if language is None else loaded.changed(language=language)
    texts = load_texts(loaded.project.language)
    with progress_lines(texts, quiet=quiet) as progress:
        _check(manifest, loaded, texts, anyway=anyway)
        # The names first: one that means nothing, or several places, must not take minutes to say.
        ends: list[str] = []
        solved = solve(
            loaded,
            progress=progress,
            look=lambda sites: ends.extend(find_site(sites, name) for name in (supply, demand)),
        )
        explanation = explain_pair(
            solved.solution, solved.inputs, ends[0], ends[1], catalogue=loaded.catalogue, texts=texts
        )
    _show(explanation, texts)
    if verbose:
        _show_findings(solved.findings, ends)


def _load(out: Path, project: Path | None) -> tuple[dict[str, Any], LoadedProject]:
    """The manifest of some outputs, and the project they were made from."""
    folder, manifest = read_manifest(out)
    file = project if project is not None else find_project(folder, manifest)
    return manifest, load_project(file, scenario=str(manifest["project"].get("scenario", "")))


def _check(manifest: dict[str, Any], loaded: LoadedProject, texts: Texts, *, anyway: bool) -> None:
    """Refuse what has changed since the build, or warn of it."""
    changes = find_changes(manifest, loaded)
    if changes and not anyway:
        raise OutputError.of(changes)
    for change in changes:
        show_fault(change, texts)


def _show(explanation: Explanation, texts: Texts) -> None:
    """Plain lines, so that a screen reader reads what the eye sees."""
    console = stdout()
    console.print(explanation.title, markup=False)
    for one in explanation.streams:
        console.print(f"\n{one.name}", markup=False)
        for said in one.lines:
            console.print(f"  {said}", markup=False)
        console.print(f"  {texts('cli.outcome')} {one.verdict}", markup=False)
    if explanation.remarks:
        console.print()
    for remark in explanation.remarks:
        console.print(remark, markup=False)


def _show_findings(findings: pd.DataFrame, ends: list[str]) -> None:
    """What was remarked about the two places while reading and estimating."""
    for site_id in ends:
        about = findings["value"].fillna("").str.startswith(f"{site_id} ")
        for reason, advice in findings.loc[about, ["reason", "advice"]].to_numpy():
            stdout().print(f"{reason} {advice}", markup=False)

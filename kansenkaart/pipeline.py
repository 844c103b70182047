"""The three steps in a row: sources, flows, matches - then the map and the exports. No logic of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Protocol

import pandas as pd

from kansenkaart.crew import ALONE, Crew
from kansenkaart.database import Address
from kansenkaart.errors import Fault
from kansenkaart.exports import (
    build_manifest,
    check_edition_folder,
    find_manifest_id,
    open_output_folder,
    write_manifest,
    write_postgis,
)
from kansenkaart.flows import Estimated, estimate_flows
from kansenkaart.maps.scenes import find_scene_remarks
from kansenkaart.matches import Matched, MatchInputs, Solution, find_matches, solve_streams
from kansenkaart.outputs import Writing
from kansenkaart.project import LoadedProject, load_project
from kansenkaart.project.withheld import Edition, refuse_several
from kansenkaart.sources import Sources, read_sources
from kansenkaart.tables import ALL_TABLES, Frames
from kansenkaart.texts import load_texts

if TYPE_CHECKING:
    from kansenkaart.maps.scenarios import Run
    from kansenkaart.maps.workshop_map import WorkshopMap

Progress = Callable[[str, str], None]

# What a project may ask for beside its matches, in the order it is worked out.
_ASKED = ("clusters", "balances", "coalitions", "hubs")


class Reader(Protocol):
    """Reads the layers of a project; see ``kansenkaart.sources.read_sources``."""

    def __call__(self, loaded: LoadedProject, *, progress: Callable[[str], None]) -> Sources:
        """As ``read_sources``."""
        ...


@dataclass(frozen=True)
class Result:
    """What a run found, with the project it came from.

    Attributes
    ----------
    frames
        The checked frames; see ``kansenkaart.tables``.
    loaded
        The project and the catalogue with the project's numbers.
    timings
        Seconds per step.
    """

    frames: Frames
    loaded: LoadedProject
    timings: dict[str, float] = field(default_factory=dict)

    def run(self) -> Run:
        """The run as the map of several takes it."""
        from kansenkaart.maps.scenarios import Run  # noqa: PLC0415 - only some builds ask for it

        return Run(self.frames, self.loaded, find_manifest_id(self.frames, self.loaded))

    def map(self) -> WorkshopMap:
        """The workshop map: a ``folium.Map`` that shows itself in a notebook."""
        from kansenkaart.maps.compose import draw_map  # noqa: PLC0415 - loads folium: a build has it in outputs.py

        manifest_id = find_manifest_id(self.frames, self.loaded)
        return draw_map(self.frames, self.loaded, manifest_id=manifest_id)


def build(
    project: Path | str | LoadedProject,
    *,
    progress: Progress = lambda _step, _what: None,
    crew: Crew | None = None,
    read: Reader = read_sources,
) -> Result:
    """Read the layers of a project, estimate its flows and match them.

    Parameters
    ----------
    project
        Project file, its folder, or a project that was loaded before.
    progress
        Called with (step, what is done now).
    crew
        Who works out the draws; None: all cores of this machine, as long as this takes.
    read
        Who reads the layers: of scenarios one that reads what they share once.

    Raises
    ------
    ProjectError, DataError
        With every fault of the step that found them.
    """
    if crew is None:
        with Crew() as own:
            return build(project, progress=progress, crew=own, read=read)
    loaded = project if isinstance(project, LoadedProject) else load_project(project)
    texts = load_texts(loaded.project.language)
    timings: dict[str, float] = {}
    with _timed("sources", timings):
        sources = read(loaded, progress=lambda what: progress("sources", what))
    with _timed("flows", timings):
        progress("flows", "")
        estimated = estimate_flows(
            sources.sites, sources.links, loaded.catalogue, project=loaded.project, texts=texts
        )
    with _timed("matches", timings):
        matched = find_matches(
            _match_inputs(sources, estimated.flows),
            loaded.catalogue,
            project=loaded.project,
            texts=texts,
            progress=lambda stream: progress("matches", texts.find(f"streams.{stream}", stream)),
            crew=crew,
        )
    frames = _add_crossings(_gather(sources, estimated, matched))
    if steps := [step for step in _ASKED if getattr(loaded.project, step)]:
        from kansenkaart.asked import Asked, add_asked  # noqa: PLC0415 - only some projects ask for it

        frames = add_asked(Asked(frames, loaded, matched.chosen, steps), timings, progress, crew)
    if loaded.project.scenes:
        absent = find_scene_remarks(frames, loaded=loaded)
        frames = replace(frames, findings=pd.concat([frames.findings, absent], ignore_index=True))
    frames.check({table.name: table for table in ALL_TABLES})
    return Result(frames, loaded, timings)


def build_edition(
    internal: Result,
    edition: Edition,
    partners: Sequence[str] = (),
    *,
    progress: Progress = lambda _step, _what: None,
    crew: Crew | None = None,
) -> Result:
    """Build what others may see: a run that never read a confidential row, and protected totals of the internal one.

    Parameters
    ----------
    internal
        The run of the whole project.
    partners
        Site ids of those a partners' edition is for.

    Raises
    ------
    UsageError, DataError
        When a partner is no place of the project, or no place is left.
    """
    from kansenkaart.editions.edition import (  # noqa: PLC0415 - a plain build makes none
        protect_areas,
        reduce_frames,
        reduce_project,
        withhold,
    )

    loaded = withhold(internal.loaded, internal.frames, edition=edition, partners=partners)
    found = build(loaded, progress=progress, crew=crew)
    frames = reduce_frames(found.frames, loaded)
    if edition == "public":
        frames = replace(frames, area_classes=protect_areas(internal.loaded, internal.frames))
    return Result(frames, reduce_project(loaded, frames), found.timings)


def _gather(sources: Sources, estimated: Estimated, matched: Matched) -> Frames:
    """The frames of a run, with what every step remarked."""
    findings = [sources.findings, estimated.findings, matched.findings]
    return Frames(
        sites=sources.sites,
        links=sources.links,
        flows=matched.flows,
        matches=matched.matches,
        candidates=matched.candidates,
        gaps=matched.gaps,
        municipalities=matched.municipalities,
        match_months=matched.match_months,
        routes=matched.routes,
        chains=matched.chains,
        ledgers=matched.ledgers,
        tornado=matched.tornado,
        solves=matched.solves,
        layers=sources.layers,
        findings=pd.concat(findings, ignore_index=True),
        decisions=sources.decisions,
        coalition_decisions=sources.coalition_decisions,
        reasons=matched.reasons,
        formulas=estimated.formulas,
        background=sources.background,
    )


def _add_crossings(frames: Frames) -> Frames:
    """With the chances that go through own areas, where the project asks for that."""
    if all(layer.areas is None for layer in frames.background):
        return frames
    from kansenkaart.matches.rows.crossings import find_crossings  # noqa: PLC0415 - only some projects ask for it

    return replace(frames, crossings=find_crossings(frames.matches, frames.routes, frames.background))


def _match_inputs(sources: Sources, flows: pd.DataFrame) -> MatchInputs:
    """What step 3 reads."""
    return MatchInputs(
        sources.sites, flows, sources.links, sources.areas, sources.surroundings, sources.decisions
    )


@dataclass(frozen=True)
class Solved:
    """A run as far as the division of all streams: what `explain` looks into, without draws, map or outputs."""

    inputs: MatchInputs
    solution: Solution
    findings: pd.DataFrame


def solve(
    loaded: LoadedProject,
    *,
    progress: Progress = lambda _step, _what: None,
    look: Callable[[pd.DataFrame], None] = lambda _sites: None,
) -> Solved:
    """Read the layers of a project, estimate its flows and divide them: the same numbers as ``build``.

    Parameters
    ----------
    look
        Given the frame ``SITES`` as soon as the layers are read; what it raises ends the run before the long part.
    """
    texts = load_texts(loaded.project.language)
    sources = read_sources(loaded, progress=lambda what: progress("sources", what))
    look(sources.sites)
    progress("flows", "")
    estimated = estimate_flows(
        sources.sites, sources.links, loaded.catalogue, project=loaded.project, texts=texts
    )
    inputs = _match_inputs(sources, estimated.flows)
    solution = solve_streams(
        inputs,
        loaded.catalogue,
        project=loaded.project,
        progress=lambda stream: progress("matches", texts.find(f"streams.{stream}", stream)),
    )
    return Solved(inputs, solution, pd.concat([sources.findings, estimated.findings], ignore_index=True))


def write_outputs(
    result: Result,
    folder: Path | str,
    *,
    scenarios: Sequence[Result] = (),
    overwrite: bool = False,
    progress: Progress = lambda _step, _what: None,
    crew: Crew = ALONE,
) -> Path:
    """Write all outputs of ``kansenkaart.outputs`` and the manifest to `folder`.

    The map is one, with a choice between the project and its `scenarios`; the other outputs of a scenario stand in
    ``scenarios/<name>``.

    Everything is written aside first; `folder` changes only when all of it is whole. Processes of `crew` that were
    called in write some of the outputs.

    Raises
    ------
    OutputError
        When the folder holds files that are not ours or were changed since (unless `overwrite`: they are then kept
        in ``<folder>.vorige``), or another edition, is or contains the project or a file it reads, cannot be written,
        or another run writes to it; or when a text of a confidential place would stand in a file.
    """
    frames, loaded = result.frames, result.loaded
    timings = dict(result.timings)
    check_edition_folder(Path(folder), loaded.edition)
    if scenarios:
        refuse_several(loaded.edition)
    with open_output_folder(Path(folder), overwrite=overwrite, keep=loaded.inputs) as aside:
        writing = Writing(aside, frames, loaded)
        seconds = crew.share(
            writing,
            len(writing.queue),
            begin=lambda number: progress("write", writing.queue[number].name),
        )
        timings |= {f"write {one.name}": took for one, took in zip(writing.queue, seconds, strict=True)}
        if scenarios:
            _write_scenarios(aside, result, scenarios, progress)
        write_manifest(aside, build_manifest(aside, frames, loaded, timings=timings))
        if loaded.withheld is not None:
            from kansenkaart.editions.scan import refuse_leaks  # noqa: PLC0415 - a plain build hides nothing

            refuse_leaks(aside, loaded.withheld)
    return Path(folder)


def _write_scenarios(aside: Path, base: Result, scenarios: Sequence[Result], progress: Progress) -> None:
    """One map of all in the place of that of `base`, a page and a layer of all; of every scenario the other outputs."""
    # Only some builds ask for it.
    from kansenkaart.exports.content.scenarios import Shown  # noqa: PLC0415
    from kansenkaart.exports.geopackage.scenario_layers import write_scenario_layers  # noqa: PLC0415
    from kansenkaart.exports.report.scenario_sheet import write_scenario_sheet  # noqa: PLC0415
    from kansenkaart.maps.scenarios import describe, draw_scenarios, find_changes  # noqa: PLC0415

    progress("write", "kansenkaart.html")
    runs = [one.run() for one in scenarios]
    told = [describe(base.run(), one) for one in runs]
    draw_scenarios(base.run(), runs, told).save(aside / "kansenkaart.html")
    title, texts = base.loaded.project.title, load_texts(base.loaded.project.language)
    before = base.frames.matches
    shown = [Shown.now(base.frames, texts)] + [
        Shown.of(row, one.frames, find_changes(before, one.frames.matches).astype(int))
        for row, one in zip(told, scenarios, strict=True)
    ]
    progress("write", "scenarios.html")
    write_scenario_sheet(aside, shown, title, texts=texts)
    progress("write", "scenarios.gpkg")
    write_scenario_layers(aside / "scenarios.gpkg", shown, texts=texts)
    for one in scenarios:
        folder = aside / "scenarios" / one.loaded.scenario
        folder.mkdir(parents=True)
        writing = Writing(folder, one.frames, one.loaded)
        for number, output in enumerate(writing.queue):
            if output.key != "map":
                progress("write", f"scenarios/{one.loaded.scenario}/{output.name}")
                writing.run(number, number + 1)


def write_database(
    result: Result, address: Address, *, progress: Progress = lambda _step, _what: None
) -> list[Fault]:
    """Write the layers and their styles to a schema of PostGIS; see ``kansenkaart.exports.write_postgis``."""
    progress("write", address.shown)
    return write_postgis(address, result.frames, result.loaded)


@contextmanager
def _timed(step: str, timings: dict[str, float]) -> Iterator[None]:
    begin = perf_counter()
    yield
    timings[step] = round(perf_counter() - begin, 3)

"""What a project asks for beside its matches: clusters, balances, coalitions and hubs, from the frames of its run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any, cast

import pandas as pd

from kansenkaart.crew import Crew
from kansenkaart.matches import Chosen
from kansenkaart.project import LoadedProject
from kansenkaart.tables import Frames, Remarks
from kansenkaart.texts import load_texts


@dataclass(frozen=True)
class Asked:
    """What a project asks for beside its matches, as work that can be divided: per step its frames and seconds."""

    frames: Frames
    loaded: LoadedProject
    chosen: Mapping[str, Chosen]
    steps: Sequence[str]

    @property
    def in_threads(self) -> bool:
        """All of it is Python's own."""
        return False

    def run(self, first: int, out: int) -> list[tuple[dict[str, pd.DataFrame], float]]:
        """The frames that every step adds or changes."""
        return [self._step(step) for step in self.steps[first:out]]

    def _step(self, step: str) -> tuple[dict[str, pd.DataFrame], float]:
        begin = perf_counter()
        steps = {
            "clusters": self._clusters,
            "balances": self._balances,
            "coalitions": self._coalitions,
            "hubs": self._hubs,
        }
        found = steps[step]()
        return found, round(perf_counter() - begin, 3)

    def _clusters(self) -> dict[str, pd.DataFrame]:
        from kansenkaart.step_one import find_step_one  # noqa: PLC0415 - only some projects ask for it

        frames = self.frames
        found = find_step_one(frames, self.loaded, texts=load_texts(self.loaded.project.language))
        new = {name: frame for name, frame in vars(found).items() if frame is not getattr(frames, name)}
        return new | {"findings": found.findings.iloc[len(frames.findings) :]}

    def _balances(self) -> dict[str, pd.DataFrame]:
        from kansenkaart.flows.balance import Known  # noqa: PLC0415 - only some projects ask for it
        from kansenkaart.flows.ladder import find_ladder  # noqa: PLC0415 - only some projects ask for it
        from kansenkaart.regional_balances import balance_region  # noqa: PLC0415 - only some projects ask for it

        frames = self.frames
        known = Known(frames.sites, frames.flows, frames.links)
        found = balance_region(known, frames.gaps, frames.municipalities, self.loaded)
        if found is None:
            return {}
        ladder = find_ladder(frames.sites, frames.flows, frames.matches, self.loaded.catalogue)
        return {"ladder": ladder, **vars(found)}

    def _coalitions(self) -> dict[str, pd.DataFrame]:
        from kansenkaart.coalitions.coalitions import Found, find_coalitions  # noqa: PLC0415 - only some ask for it

        frames, asked = self.frames, self.loaded.project.coalitions
        if asked is None:
            return {}
        found = Found(
            frames.sites, frames.matches, frames.gaps, frames.tornado, self.chosen, frames.coalition_decisions
        )
        texts = load_texts(self.loaded.project.language)
        told = find_coalitions(found, self.loaded.catalogue, most_partners=asked.most_partners, texts=texts)
        return dict(vars(told))

    def _hubs(self) -> dict[str, pd.DataFrame]:
        from kansenkaart.coalitions.hubs import Left, find_hubs  # noqa: PLC0415 - only some projects ask for it

        frames, project = self.frames, self.loaded.project
        remarks = Remarks(load_texts(project.language))
        left = Left(frames.sites, frames.flows, frames.gaps)
        told = find_hubs(left, project.hubs, self.loaded.catalogue, remarks=remarks)
        return {**vars(told), "findings": remarks.frame()}


def add_asked(
    asked: Asked, timings: dict[str, float], progress: Callable[[str, str], None], crew: Crew
) -> Frames:
    """The frames with those of every step that the project asks for; remarks stand in the order of the steps."""
    frames, steps, project = asked.frames, asked.steps, asked.loaded.project
    done = crew.share(
        asked,
        len(steps),
        begin=lambda number: progress(
            steps[number], getattr(getattr(project, steps[number]), "path", "") or ""
        ),
    )
    for step, (found, seconds) in zip(steps, done, strict=True):
        timings[step] = seconds
        if "findings" in found:
            found["findings"] = pd.concat([frames.findings, found["findings"]], ignore_index=True)
        frames = replace(frames, **cast(Any, found))
    return frames

"""Two projects compared: what changed, and which input made it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from kansenkaart.compare.causes import Cause, Runs, find_causes
from kansenkaart.compare.changes import find_changes, list_chances
from kansenkaart.compare.compared import Compared, name_both
from kansenkaart.compare.inputs import Pair
from kansenkaart.compare.rows import Row, State, list_route_rows, list_settings_rows, list_state_rows
from kansenkaart.compare.told import BETWEEN, Teller, name_column, name_input, tell_change
from kansenkaart.crew import Crew
from kansenkaart.errors import DataError, translate
from kansenkaart.pipeline import build
from kansenkaart.project import LoadedProject
from kansenkaart.tables import CHANGED_INPUTS, CHANGED_ROWS, CHANGES
from kansenkaart.texts import Texts, load_texts

Progress = Callable[[str, str], None]
# Both projects, and for eleven inputs each in and each out.
MOST_RUNS = 24
# 2 to this power is beyond any number of runs.
_BITS = 20


@dataclass
class _Runner:
    """Runs the first project with inputs swapped, and keeps of every run what rows are named from."""

    pair: Pair
    progress: Progress
    crew: Crew
    most: int
    texts: Texts
    states: dict[frozenset[str], State] = field(default_factory=dict)
    faults: dict[frozenset[str], str] = field(default_factory=dict)

    def run(self, names: frozenset[str]) -> pd.DataFrame | None:
        """Chances with `names` swapped; None where these inputs do not go together."""
        whole = bool(names) and names == frozenset(self.pair.differing)
        number = len(self.states) + len(self.faults) + 1
        said = self.texts("compare.run", number=number, most=self.most, what=self._describe(names))
        self.progress("compare", said)
        try:
            loaded = self.pair.swapped(names)
            frames = build(loaded, crew=self.crew).frames
        except DataError as error:
            if not names or whole:
                raise
            self.faults[names] = " ".join(translate(fault, self.texts) for fault in error.faults[:2])
            return None
        self.states[names] = State.of(frames, loaded.catalogue)
        return list_chances(frames.matches, frames.sites)

    def _describe(self, names: frozenset[str]) -> str:
        """What is run: A, B, or one of them with inputs of the other."""
        differing = self.pair.differing
        back = [name for name in differing if name not in names]
        if not names or not back:
            return self.texts("compare.run_a" if not names else "compare.run_b")
        few, key = (
            (back, "run_back")
            if len(back) == 1 and len(names) > 1
            else (sorted(names, key=differing.index), "run_in")
        )
        catalogue = self.pair.after.catalogue
        return self.texts(
            f"compare.{key}", inputs=", ".join(name_input(one, catalogue, self.texts) for one in few)
        )

    def rows(self, name: str) -> list[Row]:
        """What differs in input `name`: beside its settings what it made otherwise when it was swapped alone."""
        whole = frozenset(self.pair.differing)
        pairs = ((frozenset[str](), frozenset([name])), (whole - {name}, whole))
        known = next((one for one in pairs if all(end in self.states for end in one)), None)
        rows = list(list_settings_rows(name, self.pair.old.get(name), self.pair.new.get(name), self.texts))
        if known is not None:
            ends = self.states[known[0]], self.states[known[1]]
            rows += list_state_rows(*ends, self.texts)
            if name.split(".")[0] in BETWEEN:
                rows += list_route_rows(*ends, self.texts)
        catalogue = self.pair.after.catalogue
        return [
            {"input": name, **row, "column_name": name_column(row, catalogue, self.texts)[0]} for row in rows
        ]


def compare_projects(
    before: LoadedProject,
    after: LoadedProject,
    *,
    progress: Progress = lambda _step, _what: None,
    most_runs: int = MOST_RUNS,
    crew: Crew | None = None,
) -> Compared:
    """Compare two projects, and find the cause of every change by running the first with inputs of the second.

    Parameters
    ----------
    before, after
        A and B; all is told in the language of B.
    progress
        Called with (step, what is done now), once per run.
    most_runs
        How many runs may be made at most, 2 or more.
    crew
        Who works out the draws; None: all cores of this machine.

    Raises
    ------
    ProjectError, DataError
        When either project cannot be built.
    """
    if crew is None:
        with Crew() as own:
            return compare_projects(before, after, progress=progress, most_runs=most_runs, crew=own)
    texts = load_texts(after.project.language)
    pair = Pair.of(before, after)
    names = pair.differing
    most = min(most_runs, 2 ** min(len(names), _BITS))
    runner = _Runner(pair, progress, crew, most, texts)
    runs = Runs(runner.run, most_runs)
    ends = [runs.chances(one) for one in (frozenset[str](), frozenset(names))]
    changes, little = find_changes(*(pd.DataFrame(one) for one in ends))
    causes = find_causes(changes, names, runs)
    rows = {name: runner.rows(name) for name in names}
    return Compared(
        changes=_tell_changes(changes, causes, rows, runner),
        inputs=_list_inputs(names, causes, runner),
        rows=CHANGED_ROWS.conform(
            pd.DataFrame([row for one in rows.values() for row in one], columns=CHANGED_ROWS.names())
        ),
        little=little,
        runs=len(runs.made),
        titles=name_both(
            (before.project.title, after.project.title),
            (_name(before), _name(after)),
        ),
        language=texts.language,
    )


def _tell_changes(
    changes: pd.DataFrame, causes: Sequence[Cause], rows: Mapping[str, list[Row]], runner: _Runner
) -> pd.DataFrame:
    """Frame ``CHANGES``: every change with its cause, and both in a sentence."""
    texts = runner.texts
    teller = Teller(rows, runner.pair.after.catalogue, _kinds(runner.states.values()), texts)
    told = [
        f"{tell_change(change, texts)} {teller.tell(change, cause)}"
        for change, cause in zip(changes.to_dict("records"), causes, strict=True)
    ]
    return CHANGES.conform(
        changes.assign(
            explained=[one.sort for one in causes],
            causes=pd.Series(["; ".join(one.inputs) or None for one in causes], dtype="str"),
            said=told,
        )
    )


def _name(loaded: LoadedProject) -> str:
    return loaded.scenario or loaded.folder.absolute().name


def _kinds(states: Iterable[State]) -> Mapping[str, str]:
    """Kind of every place of any run."""
    found: dict[str, str] = {}
    for state in states:
        found |= dict(zip(state.sites["site_id"], state.sites["kind"], strict=True))
    return found


def _list_inputs(names: Sequence[str], causes: Sequence[Cause], runner: _Runner) -> pd.DataFrame:
    """Frame ``CHANGED_INPUTS``."""
    texts, catalogue = runner.texts, runner.pair.after.catalogue
    told = [
        {
            "input": name,
            "input_name": name_input(name, catalogue, texts),
            "refused": frozenset([name]) in runner.faults,
            "makes": sum(name in one.inputs for one in causes if one.sort in ("alone", "either")),
            "helps": sum(name in one.inputs for one in causes if one.sort == "joint"),
            "note": runner.faults.get(frozenset([name])),
        }
        for name in names
    ]
    return CHANGED_INPUTS.conform(pd.DataFrame(told, columns=CHANGED_INPUTS.names()))

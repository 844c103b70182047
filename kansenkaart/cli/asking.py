"""From files to proposals that leave nothing open: by what was typed, by asking on a terminal, else by defaults."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kansenkaart.allowed import suggest
from kansenkaart.cli.proposal import show_preview, show_proposal
from kansenkaart.cli.screen import stdout
from kansenkaart.errors import DataError, Fault, KansenkaartError, UsageError, translate
from kansenkaart.texts import Texts, fold_word
from kansenkaart.units import UNITS

if TYPE_CHECKING:
    from kansenkaart.catalogue import Catalogue
    from kansenkaart.catalogue.words import Words
    from kansenkaart.sources.draft import Draft, Named
    from kansenkaart.sources.look import Look
    from kansenkaart.sources.propose import Doubt, Proposal

_LEFT_OUT = "-"
_PLAIN = ("kind", "crs", "year", "recipe", "quantity")
_BY_COLUMN = ("units", "rename")
_MOST_OPTIONS = 8

Answers = dict[str, dict[str, str]]


def can_ask() -> bool:
    """Tell whether somebody sits at a terminal."""
    return sys.stdin.isatty() and sys.stdout.isatty()


class Interview:
    """Looks into files, and settles what each table is.

    Parameters
    ----------
    catalogue, words, texts
        What is known, and the language to ask in.
    """

    def __init__(self, catalogue: Catalogue, words: Words, texts: Texts) -> None:
        from kansenkaart.sources.columns import list_names

        self._catalogue, self._words, self._texts = catalogue, words, texts
        self._names = list_names(catalogue)

    def settle(self, files: Iterable[Path], settings: Iterable[str], *, addressed: bool) -> list[Draft]:
        """Return every table of `files` with what it is.

        Parameters
        ----------
        settings
            What was typed as ``LAYER.KEY=VALUE``; it is never asked again.
        addressed
            The project will know where addresses lie.

        Raises
        ------
        DataError
            When a file cannot be read, or none gives a layer.
        UsageError
            When a setting names no layer or key, or nobody can be asked what must be known.
        """
        from kansenkaart.sources.draft import Draft, name_tables

        tables = name_tables(self._look(files))
        answers = self._read(settings, [table.name for table in tables])
        known = {"placement": "address"} if addressed else {}
        faults: list[Fault] = []
        settled = [
            Draft(table, self._settle_one(table, known | answers.get(table.name, {}), faults))
            for table in tables
        ]
        if faults:
            raise UsageError.of(faults)
        if all(draft.proposal.role != "places" for draft in settled):
            raise self._no_layer(settled)
        return settled

    def _look(self, files: Iterable[Path]) -> list[tuple[Path, Look]]:
        from kansenkaart.sources.look import look_into

        found: list[tuple[Path, Look]] = []
        faults: list[Fault] = []
        for path in files:
            try:
                looks: list[Look] = look_into(path, file=path.name, texts=self._texts)
            except KansenkaartError as error:
                faults += error.faults
                continue
            found += [(path, look) for look in looks]
        if faults:
            raise DataError.of(faults)
        return found

    def _read(self, settings: Iterable[str], names: list[str]) -> Answers:
        """Answers per layer, by path."""
        answers: Answers = {}
        for text in settings:
            left, separator, value = text.partition("=")
            name, _, path = left.partition(".")
            if not separator or name not in names:
                raise _refuse_set(text, suggest(name, names))
            known = path in _PLAIN or path.partition(".")[0] in _BY_COLUMN
            if not known:
                raise _refuse_set(text, suggest(path, [*_PLAIN, *(f"{key}." for key in _BY_COLUMN)]))
            meant = self._understand(path, value)
            if meant is None:
                raise _refuse_set(text, self._hint(path, value))
            answers.setdefault(name, {})[path] = meant
        return answers

    def _understand(self, path: str, value: str) -> str | None:
        """Return what an answer means here; nothing when it is none."""
        value = value.strip()
        if path == "kind":
            kinds = (*self._catalogue.kinds, _LEFT_OUT)
            return self._words.find_allowed("kind", value, kinds)
        if path.startswith("units."):
            unit = value if value in UNITS else self._words.find_unit(value)
            return unit if unit in self._list_units(path) else None
        if path == "recipe":
            return value if value in self._catalogue.recipes else None
        if path == "year":
            return value if value.isdigit() and len(value) == 4 else None
        if path.startswith("rename."):
            return value if value in self._names.all() else None
        return value or None

    def _list_units(self, path: str) -> list[str]:
        from kansenkaart.units import list_units

        target = self._names.quantities.get(path.partition(".")[2])
        return [] if target is None else list_units(target)

    def _hint(self, path: str, value: str) -> Fault:
        """What an answer looks like, or may be."""
        if path == "kind":
            words = self._words.values["kind"]
            near = [f"{words[word]} ({word})" for word in get_close_matches(fold_word(value), words)]
            return suggest(value, self._catalogue.kinds, near=near)
        if path.startswith("rename."):
            return suggest(value, self._names.all())
        return suggest(value, self._catalogue.recipes if path == "recipe" else self._list_units(path))

    def _settle_one(self, table: Named, given: dict[str, str], faults: list[Fault]) -> Proposal:
        from kansenkaart.sources.propose import propose

        look = table.look
        proposal = propose(look, self._catalogue, self._words, given)
        faults += _refuse_columns(table, given, proposal)
        show_proposal(proposal, self._texts)
        if proposal.role != "none":
            show_preview(proposal)
        while proposal.doubts and given.get("kind") != _LEFT_OUT:
            if not can_ask():
                faults += [self._say_open(table, doubt) for doubt in proposal.doubts if doubt.default is None]
                break
            doubt = proposal.doubts[0]
            given[doubt.path] = self._ask(table.name, doubt)
            proposal = propose(look, self._catalogue, self._words, given)
        return _leave_out(proposal) if given.get("kind") == _LEFT_OUT else proposal

    def _ask(self, layer: str, doubt: Doubt) -> str:
        texts = self._texts
        question = doubt.said.tell(texts)
        options = "" if doubt.path == "kind" else f" ({', '.join(doubt.options[:_MOST_OPTIONS])})"
        options += texts("look.prompt_kind") if doubt.path == "kind" else ""
        while True:
            shown = texts("look.prompt", layer=layer, question=question, options=options)
            value = str(
                click.prompt(shown, default=doubt.default or "", show_default=doubt.default is not None)
            )
            if doubt.path == "quantity":
                meant = next(
                    (one for one in doubt.options if one.casefold() == value.strip().casefold()), None
                )
                hint = translate(suggest(value, doubt.options), texts)
            else:
                meant = self._understand(doubt.path, value)
                hint = translate(self._hint(doubt.path, value), texts)
            if meant is not None:
                return meant
            stdout().print(texts("look.refused", value=value, hint=hint), markup=False)

    def _say_open(self, table: Named, doubt: Doubt) -> Fault:
        message = "{file}: {question} Say it with --set {layer}.{path}=VALUE. {hint}"
        question = doubt.said.tell(self._texts)
        values = {"file": table.path.name, "question": question, "layer": table.name, "path": doubt.path}
        return Fault("new_open", message, values | {"hint": suggest("", doubt.options)})

    def _no_layer(self, drafts: list[Draft]) -> DataError:
        message = "No layer can be made of {files}: {reasons} See what they hold with 'kansenkaart inspect'."
        files = ", ".join(dict.fromkeys(draft.named.path.name for draft in drafts))
        said = [one.tell(self._texts) for draft in drafts for one in draft.proposal.why[:1]]
        return DataError("new_no_layer", message, files=files, reasons=" ".join(dict.fromkeys(said)))


def _refuse_columns(table: Named, given: dict[str, str], proposal: Proposal) -> list[Fault]:
    """Refuse what was typed of a column that the table does not have: it would do nothing."""
    message = "{file}: --set {layer}.{path} names column '{column}', which is not there. {hint}"
    known = {"rename": [one.name for one in table.look.columns], "units": list(proposal.origin)}
    faults: list[Fault] = []
    for path, value in given.items():
        key, _, column = path.partition(".")
        if path == "quantity" and value != _LEFT_OUT:
            key, column = "rename", value
        if key in known and column not in known[key]:
            values = {"file": table.path.name, "layer": table.name, "path": path, "column": column}
            faults.append(Fault("new_column", message, values | {"hint": suggest(column, known[key])}))
    return faults


def _leave_out(proposal: Proposal) -> Proposal:
    from kansenkaart.sources.match_columns import Clue

    return replace(proposal, role="none", why=(Clue("left_out"),), doubts=())


def _refuse_set(text: str, hint: Fault) -> UsageError:
    message = (
        "--set {value} cannot be. {hint} So: --set LAYER.KEY=VALUE, with as key kind, crs, year, recipe, quantity, "
        "units.COLUMN or rename.COLUMN."
    )
    return UsageError("new_set", message, value=text, hint=hint)

"""One file as the result of a command: where it may stand, seen before the work is done."""

from __future__ import annotations

from collections.abc import Iterable
from os.path import realpath
from pathlib import Path

from kansenkaart.errors import OutputError
from kansenkaart.safe_write import recover


def check_output_file(
    path: Path, endings: tuple[str, ...], *, inputs: Iterable[Path], overwrite: bool
) -> None:
    """Refuse a place where no result can stand; clear what a killed run left there.

    Raises
    ------
    OutputError
        When `path` ends in none of `endings`, has no folder, is one of the `inputs`, or exists (without `overwrite`).
    """
    if path.suffix.lower() not in endings or path.is_dir():
        message = "{file} cannot hold the result: name a file that ends in {allowed}, such as -o {example}."
        values = {"allowed": ", ".join(endings), "example": f"result{endings[0]}"}
        raise OutputError("match_output_name", message, file=str(path), **values)
    if not path.parent.is_dir():
        message = "{file} cannot be written: the folder {folder} does not exist. Make it first."
        raise OutputError("match_output_folder", message, file=str(path), folder=str(path.parent))
    recover(path)
    if any(realpath(one) == realpath(path) for one in inputs):
        message = "{file} is what is read, and would be lost. Name another file with -o."
        raise OutputError("match_output_is_input", message, file=str(path))
    if path.exists() and not overwrite:
        message = "{file} exists already. Name another file with -o, or replace this one with --overwrite."
        raise OutputError("match_output_exists", message, file=str(path))

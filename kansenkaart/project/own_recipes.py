"""Recipes that a user wrote: a TOML file beside the project, with the keys of those that come with the program."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from kansenkaart.catalogue import Catalogue, Recipe
from kansenkaart.errors import Fault, KansenkaartError
from kansenkaart.project.input_files import is_there
from kansenkaart.project.models import Project
from kansenkaart.project.read_toml import read_toml


def is_own_recipe(name: str) -> bool:
    """Tell whether `name` of a layer's recipe is a file of the user."""
    return name.lower().endswith(".toml")


def read_own_recipes(
    project: Project, catalogue: Catalogue, file: Path
) -> tuple[dict[str, Recipe], list[Fault]]:
    """Read the recipes that layers name as a file, by that name.

    Parameters
    ----------
    file
        Project file: what it names lies beside it.

    Returns
    -------
    dict
        Recipe per name.
    list of Fault
        What is wrong with the others: each key that is not known, or has no fitting value.
    """
    found: dict[str, Recipe] = {}
    faults: list[Fault] = []
    names = dict.fromkeys(layer.recipe for layer in project.layers if layer.recipe)
    for name in filter(is_own_recipe, names):
        if not is_there(file.parent / name):  # told with every other file that is not there
            continue
        try:
            content = {"meaning": name, "meaning_nl": name, **read_toml(file.parent / name), "id": name}
            found[name] = Recipe.model_validate(content)
            kind = found[name].kind
            if kind is not None and kind not in catalogue.kinds:
                faults.append(_wrong(name, "kind", kind, ", ".join(catalogue.kinds)))
        except KansenkaartError as error:
            faults += error.faults
        except ValidationError as error:
            allowed = ", ".join(one for one in Recipe.model_fields if one != "id")
            for one in error.errors():
                key = ".".join(str(part) for part in one["loc"])
                faults.append(_wrong(name, key, one.get("input"), allowed))
    return found, faults


def _wrong(name: str, key: str, value: object, allowed: str) -> Fault:
    message = "{file}: '{key}' = {value} is not what a recipe holds there. Allowed: {allowed}."
    values = {"file": name, "key": key, "value": str(value)[:80], "allowed": allowed}
    return Fault("recipe_wrong", message, values)

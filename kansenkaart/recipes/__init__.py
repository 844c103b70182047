"""Ready recipes: a question that many regions have, answered from a project as a page, layers and a QGIS theme."""

from kansenkaart.recipes.recipe import RECIPES, Region, Told, tell_recipe
from kansenkaart.recipes.write import write_recipe

__all__ = ["RECIPES", "Region", "Told", "tell_recipe", "write_recipe"]

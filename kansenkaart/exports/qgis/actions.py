"""What a planner can do with a row in QGIS: zoom to the places of a chance, to all partners of a place, open a source.

QGIS pastes a value into the text of an action: only the number of a row is asked for, and never a name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from xml.etree import ElementTree as ET

from kansenkaart.exports.qgis.layers import Content, Group, ProjectLayer
from kansenkaart.exports.styles.qml import clean, quote_value

# QgsAction::ActionType
_PYTHON, _OPEN = "1", "5"
_ZOOM = """from qgis.core import QgsExpression, QgsFeatureRequest, QgsProject
from qgis.utils import iface
project = QgsProject.instance()
places = project.mapLayer("kansenkaart_sites")
{find}
wanted = ", ".join(QgsExpression.quotedValue(one) for one in found)
places.selectByExpression(f'"site_id" IN ({{wanted}})')
iface.mapCanvas().zoomToSelected(places)
"""
_END = 'found = [project.mapLayer("kansenkaart_matches").getFeature([% $id %])["{side}_id"]]'
_PARTNERS = """own = QgsExpression.quotedValue(places.getFeature([% $id %])["site_id"])
request = QgsFeatureRequest().setFilterExpression(f'"supply_id" = {own} OR "demand_id" = {own}')
rows = project.mapLayer("kansenkaart_matches").getFeatures(request)
found = sorted({row[side] for row in rows for side in ("supply_id", "demand_id")})"""


@dataclass(frozen=True)
class _Action:
    key: str
    kind: str
    command: str


def add_actions(groups: Sequence[Group], content: Content) -> tuple[Group, ...]:
    """Return `groups` with the actions of chances and places."""
    asked: dict[str, list[_Action]] = {"matches": [], "sites": []}
    if len(content.frames["matches"]):
        ends = [(side, _ZOOM.format(find=_END.format(side=side))) for side in ("supply", "demand")]
        asked["matches"] = [_Action(f"zoom_{side}", _PYTHON, command) for side, command in ends]
        asked["sites"] = [_Action("zoom_partners", _PYTHON, _ZOOM.format(find=_PARTNERS))]
    sources = _find_sources(content)
    if sources:
        pairs = ", ".join(f"{quote_value(layer)}, {quote_value(url)}" for layer, url in sources.items())
        command = f"[% coalesce(map_get(map({pairs}), \"layer\"), '') %]"
        asked["sites"].append(_Action("open_source", _OPEN, command))

    def complete(layer: ProjectLayer) -> ProjectLayer:
        own = asked.get(layer.key)
        return layer.restyle(actions=_draw(own, content)) if own else layer

    return tuple(replace(group, layers=tuple(map(complete, group.layers))) for group in groups)


def _find_sources(content: Content) -> Mapping[str, str]:
    """Per layer of places where its publisher has it, as far as a recipe knows."""
    recipes = content.loaded.catalogue.recipes
    known = {
        layer.name: fetch.url
        for layer in content.loaded.project.layers
        if layer.recipe is not None and layer.recipe in recipes
        for fetch in recipes[layer.recipe].fetch[:1]
    }
    # an address on the web and nothing else: a program or a file is not opened
    return {name: url for name, url in known.items() if url.startswith("https://")}


def _draw(actions: Sequence[_Action], content: Content) -> ET.Element:
    root = ET.Element("attributeactions")
    for number, one in enumerate(actions, start=1):
        name = content.texts(f"tables.project.{one.key}")
        about = {"type": one.kind, "name": name, "shortTitle": name, "action": clean(one.command)}
        # an id of its own, always the same
        own = {"id": f"{{00000000-0000-0000-0000-{number:012d}}}", "isEnabledOnlyWhenEditable": "0"}
        action = ET.SubElement(root, "actionsetting", {**about, **own, "capture": "0", "icon": ""})
        for scope in ("Canvas", "Feature"):
            ET.SubElement(action, "actionScope", id=scope)
    return root

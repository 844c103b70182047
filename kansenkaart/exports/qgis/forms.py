"""Relations between the layers of the project, and the form of a place that shows its flows and matches.

A relation in QGIS has one layer on either side, so each layer of places has relations of its own, to the whole tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from xml.etree import ElementTree as ET

import pandas as pd

from kansenkaart.exports.qgis.layers import Content, Group, ProjectLayer
from kansenkaart.exports.styles.qml import clean

# Tab on a place's form: table, column of that table that holds the id of the place.
_OF_A_PLACE = {
    "flows": ("flows", "site_id"),
    "supplies": ("matches", "supply_id"),
    "takes": ("matches", "demand_id"),
    "left": ("gaps", "site_id"),
}
_KENGETAL = "kengetal_flows"
_WHOLE = {"flows": "table_flows", "months": "table_match_months"}


@dataclass(frozen=True)
class Relation:
    """Rows of `child` whose `child_column` names a row of `parent` by `parent_column`."""

    id: str
    name: str
    parent: str
    parent_column: str
    child: str
    child_column: str


def find_relations(groups: Sequence[Group], content: Content) -> list[Relation]:
    """Return the relations of places to what they have and do, of matches to months and of kengetallen to flows."""
    layers = {layer.key: layer for group in groups for layer in group.layers}
    found: list[Relation] = []
    for layer in layers.values():
        if layer.table == "sites":
            found += [_of_a_place(layer, tab, layers, content) for tab in _OF_A_PLACE]
        if layer.table == "matches":
            name = content.texts("tables.match_months.title")
            months = layers["table_match_months"].id
            found.append(Relation(f"{layer.key}_months", name, layer.id, "match_id", months, "match_id"))
    flows, numbers = layers["table_flows"].id, layers["kengetallen"].id
    name = content.texts("tables.project.tab_used_in")
    found.append(Relation(_KENGETAL, name, numbers, "name", flows, "kengetal_id"))
    return found


def _of_a_place(layer: ProjectLayer, tab: str, layers: dict[str, ProjectLayer], content: Content) -> Relation:
    table, column = _OF_A_PLACE[tab]
    child = layers[_WHOLE.get(table, table)].id
    name = content.texts(f"tables.project.tab_{tab}")
    return Relation(f"{layer.key}_{tab}", name, layer.id, "site_id", child, column)


def add_forms(groups: Sequence[Group], relations: Sequence[Relation], content: Content) -> tuple[Group, ...]:
    """Return `groups` with forms for places; in the whole tables an id leads to the row that it names."""
    filled = content.frames["sites"].groupby("kind").count() > 0
    order = list(content.frames["sites"].columns)
    known = {
        str(kind): [name for name in order if name in row.index and row[name]]
        for kind, row in filled.iterrows()
    }
    everywhere = [name for name in order if name in filled and filled[name].any()]
    kinds = dict(zip(_kind_keys(groups), content.kinds(), strict=True))

    wholes = {layer.id for group in groups for layer in group.layers if not layer.subset}
    wholes |= {one.parent for one in relations if one.id == _KENGETAL}

    def complete(layer: ProjectLayer) -> ProjectLayer:
        if layer.table == "sites":
            kind = kinds.get(layer.key)
            columns = ["kind", *known[kind]] if kind is not None else ["kind", *everywhere]
            own = [one for one in relations if one.parent == layer.id]
            form = _draw_form(pd.unique(pd.Series(columns)).tolist(), own, content)
            return replace(layer, style=replace(layer.style, form=form))
        return replace(layer, style=replace(layer.style, references=_references(layer, relations, wholes)))

    return tuple(replace(group, layers=tuple(map(complete, group.layers))) for group in groups)


def _references(layer: ProjectLayer, relations: Sequence[Relation], parents: set[str]) -> dict[str, str]:
    """Per column of `layer` the relation to the row it names; of several, the one to a whole table.

    QGIS takes any relation of a column by itself, so also that to the places of one kind.
    """
    return {one.child_column: one.id for one in relations if one.child == layer.id and one.parent in parents}


def _kind_keys(groups: Sequence[Group]) -> list[str]:
    return [
        layer.key for group in groups for layer in group.layers if layer.table == "sites" and layer.subset
    ]


def _draw_form(columns: Sequence[str], relations: Sequence[Relation], content: Content) -> ET.Element:
    """A tab with what is known of the place, and a tab per relation."""
    root = ET.Element("form")
    ET.SubElement(root, "editorlayout").text = "tablayout"
    form = ET.SubElement(root, "attributeEditorForm")
    about = _tab(form, content.texts("tables.project.tab_about"))
    for number, column in enumerate(columns):
        if column != "geometry":
            ET.SubElement(about, "attributeEditorField", name=clean(column), index=str(number), showLabel="1")
    for relation in relations:
        ET.SubElement(
            _tab(form, relation.name),
            "attributeEditorRelation",
            name=relation.id,
            relation=relation.id,
            label="",
            showLabel="0",
            nmRelationId="",
            forceSuppressFormPopup="0",
            relationWidgetTypeId="relation_editor",
        )
    return root


def _tab(form: ET.Element, name: str) -> ET.Element:
    return ET.SubElement(
        form,
        "attributeEditorContainer",
        name=clean(name),
        showLabel="1",
        columnCount="1",
        groupBox="0",
        visibilityExpressionEnabled="0",
        visibilityExpression="",
    )


def draw_relations(relations: Sequence[Relation]) -> ET.Element:
    """Return ``relations`` of the project."""
    root = ET.Element("relations")
    for one in relations:
        element = ET.SubElement(
            root,
            "relation",
            id=one.id,
            name=clean(one.name),
            referencedLayer=one.parent,
            referencingLayer=one.child,
            strength="Association",
        )
        ET.SubElement(
            element, "fieldRef", referencedField=one.parent_column, referencingField=one.child_column
        )
    return root

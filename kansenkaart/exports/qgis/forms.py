"""Relations between the layers of the project, and the form of a place that shows its flows and chances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from xml.etree import ElementTree as ET

import pandas as pd

from kansenkaart.exports.content.column_order import is_id, order_columns
from kansenkaart.exports.qgis.layers import Content, Group, ProjectLayer
from kansenkaart.exports.styles.own import CHANCES
from kansenkaart.exports.styles.qml import clean

# Tab on a place's form: layer, and the column of it that holds the id of the place.
_OF_A_PLACE = {
    "flows": ("flows", "site_id"),
    "supplies": ("matches", "supply_id"),
    "takes": ("matches", "demand_id"),
    "left_supply": ("gaps_supply", "site_id"),
    "left_demand": ("gaps_demand", "site_id"),
}

# Id of the relation of a municipality to its chances.
OF_A_MUNICIPALITY = "municipalities_chances"


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
    """Return the relations of places to what they have and do, and of what else leads to rows of another table."""
    layers = {layer.key: layer for group in groups for layer in group.layers}
    asked = [
        (f"sites_{tab}", f"tables.project.tab_{tab}", ("sites", "site_id"), child)
        for tab, child in _OF_A_PLACE.items()
    ]
    asked.append(
        ("matches_months", "tables.match_months.title", ("matches", "match_id"), ("match_months", "match_id"))
    )
    asked.append(
        ("kengetal_flows", "tables.project.tab_used_in", ("kengetallen", "name"), ("flows", "kengetal_id"))
    )
    code = "municipality_code"
    asked.append((OF_A_MUNICIPALITY, "tables.matches.title", ("municipalities", code), (CHANCES, code)))
    return [
        Relation(key, content.texts(name), layers[parent].id, column, layers[child].id, own)
        for key, name, (parent, column), (child, own) in asked
        if parent in layers and child in layers
    ]


def add_forms(groups: Sequence[Group], relations: Sequence[Relation], content: Content) -> tuple[Group, ...]:
    """Return `groups` with the form of places; in other layers an id leads to the row that it names."""

    def complete(layer: ProjectLayer) -> ProjectLayer:
        frame = content.frames.get(layer.table)
        if frame is None or layer.style.geometry_type is None:
            named = {one.child_column: one.id for one in relations if one.child == layer.id}
            return layer.restyle(references=named)
        own = [one for one in relations if one.parent == layer.id]
        form = _draw_form(layer, frame, own, content)
        named = {one.child_column: one.id for one in relations if one.child == layer.id}
        return layer.restyle(form=form, references=named)

    return tuple(replace(group, layers=tuple(map(complete, group.layers))) for group in groups)


def _draw_form(
    layer: ProjectLayer, frame: pd.DataFrame, relations: Sequence[Relation], content: Content
) -> ET.Element:
    """A tab with what is known, a tab per relation, and the ids last; a row that has no value is not shown."""
    known = frame.columns[frame.notna().any()]
    columns = order_columns(layer.table, [str(one) for one in known if one in layer.style.aliases])
    sparse = set(frame.columns[frame.isna().any()])
    root = ET.Element("form")
    ET.SubElement(root, "editorlayout").text = "tablayout"
    form = ET.SubElement(root, "attributeEditorForm")
    about = _tab(form, layer.name if layer.table != "sites" else content.texts("tables.project.tab_about"))
    _add_fields(about, [one for one in columns if not is_id(one)], sparse)
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
    ids = [one for one in columns if is_id(one)]
    if ids:
        _add_fields(_tab(form, content.texts("tables.project.tab_ids")), ids, sparse)
    return root


def _add_fields(tab: ET.Element, columns: Sequence[str], sparse: set[str]) -> None:
    for number, column in enumerate(columns):
        holder = tab
        if column in sparse:
            holder = ET.SubElement(
                tab,
                "attributeEditorContainer",
                name=clean(column),
                showLabel="0",
                columnCount="1",
                groupBox="1",
                visibilityExpressionEnabled="1",
                visibilityExpression=f'"{clean(column)}" IS NOT NULL',
            )
        ET.SubElement(holder, "attributeEditorField", name=clean(column), index=str(number), showLabel="1")


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

"""Opens the project inside a GeoPackage in QGIS without a screen and says all that QGIS made of it.

Run by the system's Python, with one argument: {"package": FILE, "project": NAME, "folder": FOLDER, "sheets": null or
[LAYOUT...], "others": {KEY: FILE}, "said": [EXPRESSION...]}. Draws every theme to FOLDER as PNG, prints the layouts
(null: all) to PDF, works out the expressions.
"""

import json
import os
import sys
import time
from functools import cache

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from qgis.core import (
    QgsApplication,
    QgsAttributeEditorContainer,
    QgsCoordinateReferenceSystem,
    QgsExpression,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsFeatureRequest,
    QgsLayoutExporter,
    QgsLayoutItemAttributeTable,
    QgsLayoutItemLabel,
    QgsLayoutItemLegend,
    QgsLayoutItemScaleBar,
    QgsLegendStyle,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsNetworkAccessManager,
    QgsPalLayerSettings,
    QgsProject,
    QgsRenderContext,
    QgsSymbolLayer,
    QgsVectorLayer,
    QgsVectorLayerUtils,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QRectF, QSize, QSizeF, Qt
from qgis.PyQt.QtGui import QFontMetricsF

# Addresses that QGIS wanted from the network.
asked = []


def describe_layer(layer):
    """What QGIS knows of a layer of the project."""
    known = layer.metadata()
    report = {
        "name": layer.name(),
        "valid": layer.isValid(),
        "crs": layer.crs().authid(),
        "source": layer.source(),
        "scales": [layer.hasScaleBasedVisibility(), layer.minimumScale()],
        "looks": layer.styleManager().styles(),
        "metadata": {
            "title": known.title(),
            "abstract": known.abstract(),
            "language": known.language(),
            "licences": known.licenses(),
            "history": known.history(),
            "keywords": known.keywords(),
            "crs": known.crs().authid(),
            "extents": [one.bounds.toRectangle().toString(0) for one in known.extent().spatialExtents()],
            "periods": [one.begin().date().year() for one in known.extent().temporalExtents()],
        },
    }
    if isinstance(layer, QgsVectorLayer):
        report |= describe_vector(layer)
    return report


def describe_vector(layer):
    """Rows, renderer, fields and form."""
    renderer = layer.renderer()
    fields = list(enumerate(layer.fields()))
    form = layer.editFormConfig()
    names = layer.fields().names()
    return {
        "rows": layer.featureCount(),
        "read_only": layer.readOnly(),
        "sums": {
            name: sum(one[name] or 0 for one in layer.getFeatures())
            for name in ("quantity", "remaining")
            if name in names
        },
        "indexed": layer.isSpatial() and layer.hasSpatialIndex() == 2,
        "spatial": layer.isSpatial(),
        "renderer": renderer.type() if renderer else None,
        "legend": describe_legend(renderer) if renderer else [],
        "aliases": {field.name(): layer.attributeAlias(place) for place, field in fields},
        "widgets": {field.name(): layer.editorWidgetSetup(place).type() for place, field in fields},
        "choices": {
            field.name(): layer.editorWidgetSetup(place).config().get("map") for place, field in fields
        },
        "references": {
            field.name(): [setup.config().get("Relation"), setup.config().get("AllowNULL")]
            for field, setup in ((field, layer.editorWidgetSetup(place)) for place, field in fields)
            if setup.type() == "RelationReference"
        },
        "titles": sorted(
            QgsVectorLayerUtils.getFeatureDisplayString(layer, one) for one in layer.getFeatures()
        ),
        "labels": layer.labelsEnabled(),
        "hidden": [one.name for one in layer.attributeTableConfig().columns() if one.hidden],
        "precision": {
            field.name(): layer.editorWidgetSetup(place).config().get("Precision")
            for place, field in fields
            if layer.editorWidgetSetup(place).type() == "Range"
        },
        "multiline": [
            field.name()
            for place, field in fields
            if str(layer.editorWidgetSetup(place).config().get("IsMultiline")).lower() == "true"
        ],
        "said": say_tips(layer),
        "blank": [
            child.name()
            for tab in form.tabs()
            if isinstance(tab, QgsAttributeEditorContainer)
            for child in tab.children()
            if isinstance(child, QgsAttributeEditorContainer) and child.visibilityExpression().enabled()
        ],
        "tip": layer.mapTipTemplate(),
        "tabs": [
            [tab.name(), [[child.name(), child.type()] for child in tab.children()]]
            for tab in form.tabs()
            if isinstance(tab, QgsAttributeEditorContainer)
        ],
    }


def say_tips(layer):
    """What the map tip says of the first rows."""
    told = []
    for feature in list(layer.getFeatures())[:3]:
        context = QgsExpressionContext()
        context.appendScopes(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
        context.setFeature(feature)
        told.append(QgsExpression.replaceExpressionText(layer.mapTipTemplate(), context))
    return told


def describe_legend(renderer):
    """Per class its label, and the colour of every layer of its symbol."""
    entries = []
    for item in renderer.legendSymbolItems():
        symbol = item.symbol()
        layers = [] if symbol is None else [symbol.symbolLayer(n) for n in range(symbol.symbolLayerCount())]
        entries.append([item.label(), [one.color().name() for one in layers]])
    return entries


def describe_use(layer):
    """What a layer is besides how it is drawn: names and widgets of columns, form, table, actions, map tip."""
    fields, form = layer.fields(), layer.editFormConfig()
    columns = [
        [fields.at(n).alias(), layer.editorWidgetSetup(n).type(), layer.editorWidgetSetup(n).config()]
        for n in range(fields.count())
    ]
    table = [[one.name, one.hidden, one.width] for one in layer.attributeTableConfig().columns()]
    tabs = [one.name() for one in form.tabs()]
    actions = [one.name() for one in layer.actions().actions()]
    return [
        columns,
        [int(form.layout()), *tabs],
        table,
        actions,
        layer.mapTipTemplate(),
        layer.displayExpression(),
    ]


def describe_looks(project):
    """Per layer and named style of it renderer and legend; and per layer what its styles make of it besides."""
    report, uses = {}, {}
    for layer in project.mapLayers().values():
        manager = layer.styleManager()
        if len(manager.styles()) > 1:
            before = manager.currentStyle()
            layer.blockSignals(True)  # nobody looks on
            for name in manager.styles():
                manager.setCurrentStyle(name)
                legend = [layer.renderer().type(), describe_legend(layer.renderer())]
                report.setdefault(layer.name(), {})[name] = legend
                use, found = describe_use(layer), uses.setdefault(layer.name(), [])
                if use not in found:
                    found.append(use)
            manager.setCurrentStyle(before)
            layer.blockSignals(False)
    return report, uses


def describe_relations(project):
    """Relations, and what one place of each parent layer has through them."""
    report = {}
    for key, one in project.relationManager().relations().items():
        parent = one.referencedLayer()
        found = 0
        for feature in parent.getFeatures():
            found += sum(1 for _ in one.getRelatedFeatures(feature))
        report[key] = {"valid": one.isValid(), "name": one.name(), "parent": parent.name(), "rows": found}
    return report


def draw_themes(project, folder):
    """Draws every theme; returns per theme its layers and QGIS's remarks."""
    report = {}
    themes = project.mapThemeCollection()
    for number, name in enumerate(themes.mapThemes()):
        settings = QgsMapSettings()
        layers = themes.mapThemeVisibleLayers(name)
        settings.setLayers(layers)
        settings.setLayerStyleOverrides(read_styles(name))
        settings.setDestinationCrs(project.crs())
        settings.setTransformContext(project.transformContext())
        settings.setOutputSize(QSize(1500, 1220))
        settings.setOutputDpi(127)
        settings.setBackgroundColor(project.backgroundColor())
        settings.setExtent(project.viewSettings().defaultViewExtent())
        context = QgsExpressionContext()
        context.appendScopes(QgsExpressionContextUtils.globalProjectLayerScopes(None))
        context.appendScope(QgsExpressionContextUtils.mapSettingsScope(settings))
        settings.setExpressionContext(context)
        job = QgsMapRendererSequentialJob(settings)
        job.start()
        job.waitForFinished()
        png = f"{folder}/thema-{number:02d}.png"
        job.renderedImage().save(png)
        report[name] = {
            "png": png,
            "layers": [layer.name() for layer in layers],
            "remarks": [error.message for error in job.errors()],
        }
    return report


def print_layouts(project, folder, names):
    """Prints layouts to PDF; of all of them says what stands in it."""
    report = {}
    sheets = [one for one in project.layoutManager().printLayouts() if not one.atlas().enabled()]
    for number, layout in enumerate(sheets):
        pdf = f"{folder}/blad-{number:02d}.pdf"
        done = None
        if names is None or layout.name() in names:
            settings = QgsLayoutExporter.PdfExportSettings()
            settings.dpi = 100
            settings.textRenderFormat = QgsRenderContext.TextFormatAlwaysText
            exporter = QgsLayoutExporter(layout)
            done = exporter.exportToPdf(pdf, settings)
        report[layout.name()] = {"pdf": pdf, "done": done} | describe_sheet(layout)
        if done is not None:
            report[layout.name()]["names"] = describe_names(layout, exporter)
            report[layout.name()]["copy"] = describe_copy(layout)
    return report


def find_items(layout):
    """Items that have a name, by it."""
    return {item.id(): item for item in layout.items() if hasattr(item, "id") and item.id()}


def print_atlas(project, folder):
    """Prints every page of the atlas; of each the checklist of a sheet, and which tables do not fit."""
    layout = next((one for one in project.layoutManager().printLayouts() if one.atlas().enabled()), None)
    if layout is None:
        return None
    atlas, pages = layout.atlas(), {}
    atlas.updateFeatures()
    atlas.beginRender()
    for number in range(atlas.count()):
        atlas.seekTo(number)
        pdf = f"{folder}/atlas-{number:02d}.pdf"
        settings = QgsLayoutExporter.PdfExportSettings()
        settings.dpi = 100
        settings.textRenderFormat = QgsRenderContext.TextFormatAlwaysText
        exporter = QgsLayoutExporter(layout)
        done = exporter.exportToPdf(pdf, settings)
        page = {"pdf": pdf, "done": done, "file": atlas.currentFilename()}
        page["names"] = describe_names(layout, exporter)
        pages[atlas.nameForPage(number)] = page | describe_sheet(layout)
    atlas.endRender()
    sources = {one.frame(0).id(): int(one.source()) for one in find_tables(layout)}
    return {"name": layout.name(), "pages": pages, "sources": sources, "copy": describe_copy(layout)}


def describe_sheet(layout):
    """The checklist of a sheet: what stands on it, what lies over what, what does not fit, and its legend."""
    items = find_items(layout)
    # a legend finds out what its map shows when it is painted; nothing lies over it, so nothing else need be
    items["legend"].updateFilterByMap(False)
    QgsLayoutExporter(layout).renderRegionToImage(items["legend"].sceneBoundingRect(), QSize(), 20)
    items["legend"].adjustBoxSize()
    boxes = {name: item.sceneBoundingRect().adjusted(0.1, 0.1, -0.1, -0.1) for name, item in items.items()}
    names = sorted(set(boxes) - {"page"})
    texts = [name for name in names if isinstance(items[name], QgsLayoutItemLabel)]
    page = layout.pageCollection().page(0).pageSize()
    shown, drawn = describe_classes(layout)
    return {
        "items": names,
        "overlaps": [[a, b] for a in names for b in names if a < b and boxes[a].intersects(boxes[b])],
        "outside": [
            name for name in names if not layout.pageCollection().page(0).rect().contains(boxes[name])
        ],
        "cut": [name for name in texts if find_height(items[name]) > items[name].rect().height()],
        "legend": [round(items["legend"].rect().width()), round(items["legend"].rect().height())],
        "shown": shown,
        "drawn": drawn,
        "page": [page.width(), page.height()],
        "theme": items["map"].followVisibilityPresetName(),
        "sources": items["sources"].currentText(),
        "full": [
            one.frame(0).id()
            for one in find_tables(layout)
            if one.totalSize().height() > one.frame(0).rect().height()
        ],
        "points": {**find_points(layout), "names": find_name_points(items["map"])},
        "families": sorted({items[name].font().family() for name in texts}),
    }


def find_tables(layout):
    """The tables of a sheet."""
    return [one for one in layout.multiFrames() if isinstance(one, QgsLayoutItemAttributeTable)]


def find_points(layout):
    """Per item with a text the size of its smallest letters."""
    found = {}
    for name, item in find_items(layout).items():
        if isinstance(item, QgsLayoutItemLabel):
            found[name] = item.font().pointSizeF()
        elif isinstance(item, QgsLayoutItemLegend):
            shown = QgsLegendStyle.Group, QgsLegendStyle.Subgroup, QgsLegendStyle.SymbolLabel
            found[name] = min(item.styleFont(one).pointSizeF() for one in shown)
        elif isinstance(item, QgsLayoutItemScaleBar):
            found[name] = item.textFormat().size()
    for table in find_tables(layout):
        formats = table.headerTextFormat(), table.contentTextFormat()
        found[table.frame(0).id()] = min(one.size() for one in formats)
    return found


def find_name_points(chart):
    """Size of the smallest names that layers may put on the map of a sheet."""
    theme, context, sizes = chart.followVisibilityPresetName(), chart.createExpressionContext(), []
    styles = read_styles(theme)
    for layer in chart.layout().project().mapThemeCollection().mapThemeVisibleLayers(theme):
        if not isinstance(layer, QgsVectorLayer):
            continue
        layer.styleManager().setOverrideStyle(styles[layer.id()])
        rules = layer.labeling().rootRule().children() if layer.labeling() else []
        for settings in (one.settings() for one in rules):
            own = settings.dataDefinedProperties().property(QgsPalLayerSettings.Size)
            if settings.drawLabels:
                sizes.append(own.valueAsDouble(context, settings.format().size())[0])
        layer.styleManager().restoreOverrideStyle()
    return min(sizes)


def find_height(label):
    """Height in mm that the text of a label takes, broken over its width."""
    metrics = QFontMetricsF(label.font())
    per_mm = metrics.lineSpacing() / (label.font().pointSizeF() * 0.3528 * 1.2)
    box = QRectF(0, 0, label.rect().width() * per_mm, 1e6)
    return metrics.boundingRect(box, Qt.TextWordWrap, label.currentText()).height() / per_mm


def describe_classes(layout):
    """Per layer the entries of the legend, and those of the features that lie on the map."""
    items = find_items(layout)
    legend, chart = items["legend"], items["map"]
    shown = {
        node.layer().id(): [one.data(Qt.DisplayRole) for one in legend.model().layerLegendNodes(node)]
        for node in legend.model().rootGroup().findLayers()
    }
    drawn = {}
    theme = chart.followVisibilityPresetName()
    styles = read_styles(theme)
    for layer in layout.project().mapThemeCollection().mapThemeVisibleLayers(theme):
        settings = chart.mapSettings(chart.extent(), QSizeF(chart.rect().size()), 25.4, False)
        if not isinstance(layer, QgsVectorLayer) or not layer.isInScaleRange(settings.scale()):
            continue
        layer.styleManager().setOverrideStyle(styles[layer.id()])
        drawn[layer.id()] = find_classes(layer, chart)
        layer.styleManager().restoreOverrideStyle()
    return {name: sorted(one) for name, one in shown.items() if one}, {
        k: sorted(v) for k, v in drawn.items() if v
    }


@cache
def read_styles(theme):
    """Per layer its style in a theme of the project that is open first."""
    return QgsProject.instance().mapThemeCollection().mapThemeStyleOverrides(theme)


def describe_names(layout, exporter):
    """Names that were drawn on the map, and those that lie over a symbol; numbers of chances that found no place."""
    chart = find_items(layout)["map"]
    settings = chart.mapSettings(chart.extent(), QSizeF(chart.rect().size()), 25.4, True)
    settings.setExpressionContext(chart.createExpressionContext())
    theme = chart.followVisibilityPresetName()
    styles, discs = read_styles(theme), []
    for layer in layout.project().mapThemeCollection().mapThemeVisibleLayers(theme):
        if isinstance(layer, QgsVectorLayer) and layer.geometryType() == QgsWkbTypes.PointGeometry:
            layer.styleManager().setOverrideStyle(styles[layer.id()])
            discs += find_discs(layer, settings)
            layer.styleManager().restoreOverrideStyle()
    placed = [one for result in exporter.labelingResults().values() for one in result.allLabels()]
    numbers = [one for one in placed if "\u00a0" in one.labelText]
    names = [one for one in placed if one not in numbers and not one.isUnplaced]
    return {
        "drawn": sorted(one.labelText for one in names),
        "over": sorted(
            {one.labelText for one in names for disc in discs if one.labelGeometry.intersects(disc)}
        ),
        "lost": sorted(one.labelText.strip("\u00a0") for one in numbers if one.isUnplaced),
        "numbers": sorted({int(one.labelText.strip("\u00a0")) for one in numbers if not one.isUnplaced}),
        "symbols": len(discs),
    }


def find_discs(layer, settings):
    """What the symbols of a layer cover at least, as circles on the map of `settings`, of which a pixel is 1 mm."""
    context, found = QgsRenderContext.fromMapSettings(settings), []
    context.expressionContext().appendScope(layer.createExpressionContextScope())
    renderer = layer.renderer().clone()
    renderer.startRender(context, layer.fields())
    for feature in layer.getFeatures(QgsFeatureRequest(settings.extent())):
        context.expressionContext().setFeature(feature)
        for symbol in renderer.originalSymbolsForFeature(feature, context):
            drawn = symbol.symbolLayer(0)
            own = drawn.dataDefinedProperties()
            if not own.valueAsBool(QgsSymbolLayer.PropertyLayerEnabled, context.expressionContext(), True)[0]:
                continue
            size = own.property(QgsSymbolLayer.PropertySize)
            # a drawing fills so much of its square
            part = 2.0 / 2.8 if drawn.layerType() == "SvgMarker" else 0.95
            mm = part * size.valueAsDouble(context.expressionContext(), drawn.size())[0]
            if mm > 0:
                found.append(feature.geometry().buffer(mm / 2 * settings.mapUnitsPerPixel(), 8))
    renderer.stopRender(context)
    return found


def find_classes(layer, chart):
    """Labels of the classes of the features of a layer within the map."""
    settings = chart.mapSettings(chart.extent(), QSizeF(chart.rect().size()), 100, False)
    context = QgsRenderContext.fromMapSettings(settings)
    context.expressionContext().appendScope(layer.createExpressionContextScope())
    renderer, found = layer.renderer().clone(), set()
    renderer.startRender(context, layer.fields())
    labels = {item.ruleKey(): item.label() for item in renderer.legendSymbolItems()}
    for feature in layer.getFeatures(QgsFeatureRequest(chart.extent())):
        context.expressionContext().setFeature(feature)
        found |= renderer.legendKeysForFeature(feature, context)
    renderer.stopRender(context)
    if renderer.type() == "singleSymbol":
        # one symbol for all has no label: the legend calls it by the layer
        return {layer.name()} if any(layer.getFeatures(QgsFeatureRequest(chart.extent()))) else set()
    return {labels[key] for key in found if labels.get(key)}


def describe_copy(layout):
    """A copy of a sheet, zoomed to a third: whether its parts are still tied to its own map, and fit."""
    copy = layout.clone()
    items = find_items(copy)
    items["map"].setScale(items["map"].scale() / 3)
    bar, legend = items["scalebar"], items["legend"]
    bar.refresh()
    return {
        "own": bar.linkedMap() is items["map"] and legend.linkedMap() is items["map"],
        "theme": items["map"].followVisibilityPresetName(),
        "bar": [
            bar.maximumBarWidth(),
            bar.unitsPerSegment() * bar.numberOfSegments() * 1e6 / items["map"].scale(),
        ],
        "filtered": legend.legendFilterByMapEnabled(),
        "pages": copy.atlas().updateFeatures(),
    }


def describe_tree(project):
    """Groups with their layers, and which are on."""
    root = project.layerTreeRoot()
    return [
        [group.name(), [[node.name(), node.itemVisibilityChecked()] for node in group.findLayers()]]
        for group in root.findGroups()
    ]


def read(project, path, name):
    """Opens the project `name` in a GeoPackage."""
    project.clear()
    return project.read(f"geopackage:{path}?projectName={name}")


def describe_shortly(project, path, name):
    """Whether another copy opens, and with what."""
    opened = read(project, path, name)
    layers = project.mapLayers().values()
    return {
        "opened": opened,
        "valid": all(layer.isValid() for layer in layers),
        "rows": {layer.name(): layer.featureCount() for layer in layers if isinstance(layer, QgsVectorLayer)},
        "themes": project.mapThemeCollection().mapThemes(),
        "layouts": [layout.name() for layout in project.layoutManager().printLayouts()],
        "saved": project.write(),
    }


def describe_project(project, folder, sheets):
    """Everything that is asserted of the project that is open."""
    return {
        "error": project.error(),
        "title": project.title(),
        "crs": project.crs().authid(),
        "tree": describe_tree(project),
        "layers": {key: describe_layer(one) for key, one in project.mapLayers().items()},
        "bookmarks": [
            [one.name(), one.extent().toString(0), one.extent().crs().authid()]
            for one in project.bookmarkManager().bookmarks()
        ],
        "relations": describe_relations(project),
        "themes": draw_themes(project, folder),
        "layouts": print_layouts(project, folder, sheets),
        "atlas": print_atlas(project, folder),
        **dict(zip(("looks", "uses"), describe_looks(project), strict=True)),
        "transforms": describe_transforms(project),
    }


def describe_transforms(project):
    """Whether the project says how to go from RD to other systems."""
    known, home = project.transformContext(), QgsCoordinateReferenceSystem("EPSG:28992")
    others = ("EPSG:4326", "EPSG:3857", "EPSG:4258")
    return {one: known.hasTransform(home, QgsCoordinateReferenceSystem(one)) for one in others}


def main(request):
    """Prints one JSON object."""
    QgsApplication.setPrefixPath("/usr", True)
    application = QgsApplication([], False)
    application.initQgis()
    QgsNetworkAccessManager.instance().requestAboutToBeCreated.connect(
        lambda one: asked.append(one.request().url().toString())
    )
    project = QgsProject.instance()
    began = time.perf_counter()
    opened = read(project, request["package"], request["project"])
    report = {"opened": opened, "seconds": time.perf_counter() - began}
    report |= describe_project(project, request["folder"], request["sheets"])
    alone = QgsVectorLayer(f"{request['package']}|layername=matches", "alone", "ogr")
    report["alone"] = describe_layer(alone)
    del alone
    report["others"] = {
        key: describe_shortly(project, path, request["project"]) for key, path in request["others"].items()
    }
    report["said"] = [QgsExpression(one).evaluate(QgsExpressionContext()) for one in request["said"]]
    application.processEvents()
    report["asked"] = asked
    project.clear()
    application.exitQgis()
    sys.stdout.write(json.dumps(report))
    sys.stdout.flush()
    # Python tears Qt down in the wrong order and would crash after the work is done.
    os._exit(0)


main(json.loads(sys.argv[1]))

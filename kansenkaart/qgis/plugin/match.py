"""Match two layers."""

from __future__ import annotations

from qgis.core import (
    QgsProcessing,
    QgsProcessingException,
    QgsProcessingOutputVectorLayer,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)

from .algorithm import KansenkaartAlgorithm
from .command import run_command
from .layers import load_layers
from .words import language, say

_METHODS = ("optimal", "greedy", "nearest")
_OBJECTIVES = ("quantity", "distance", "value")
_ROLES = ("SUPPLY", "DEMAND")
_COLUMNS = ("QUANTITY", "ID", "NAME")
_LAYERS = ("matches", "supply", "demand", "findings")
# Formats that both QGIS and the program read; a layer in another one is exported first.
_FORMATS = ["gpkg", "geojson", "shp", "fgb"]


class MatchAlgorithm(KansenkaartAlgorithm):
    """Run ``kansenkaart match``."""

    NAME = "match"
    MAX_DISTANCE, METHOD, OBJECTIVE = "MAX_DISTANCE", "METHOD", "OBJECTIVE"
    VALUE, COST_PER_KM, DETOUR, UNIT = "VALUE", "COST_PER_KM", "DETOUR", "UNIT"
    SAME_PLACES, LOAD, OUTPUT = "SAME_PLACES", "LOAD", "OUTPUT"

    def initAlgorithm(self, _configuration=None):
        """Ask for the layers, how far, and how."""
        for role in _ROLES:
            self._ask_layer(role)
        self._ask_number(self.MAX_DISTANCE, 10.0, least=0.000001)
        self._ask_choice(self.METHOD, _METHODS)
        self._ask_choice(self.OBJECTIVE, _OBJECTIVES)
        self._ask_number(self.VALUE, None, least=0.0)
        self._ask_number(self.COST_PER_KM, None, least=0.0)
        self._ask_number(self.DETOUR, 1.0, least=1.0)
        self._ask(QgsProcessingParameterString(self.UNIT, say("match_unit"), optional=True), advanced=True)
        same = QgsProcessingParameterBoolean(self.SAME_PLACES, say("match_same_places"), defaultValue=False)
        self._ask(same, advanced=True)
        self._ask(QgsProcessingParameterBoolean(self.LOAD, say("load_after"), defaultValue=True))
        self._ask(
            QgsProcessingParameterFileDestination(self.OUTPUT, say("match_output"), "GeoPackage (*.gpkg)")
        )
        for name in _LAYERS:
            self.addOutput(QgsProcessingOutputVectorLayer(name.upper() + "_LAYER", say(f"match_{name}")))

    def processAlgorithm(self, parameters, context, feedback):
        """Match, and load the layers when asked."""
        self._check_objective(parameters, context)
        out = self.parameterAsFileOutput(parameters, self.OUTPUT, context)
        arguments = ["match", "-o", out, "--overwrite", "--language", language()]
        arguments += ["--max-distance", self._number(parameters, self.MAX_DISTANCE, context) + "km"]
        arguments += ["--method", _METHODS[self.parameterAsEnum(parameters, self.METHOD, context)]]
        arguments += ["--objective", _OBJECTIVES[self.parameterAsEnum(parameters, self.OBJECTIVE, context)]]
        arguments += ["--detour", self._number(parameters, self.DETOUR, context)]
        for name in (self.VALUE, self.COST_PER_KM):
            if parameters.get(name) is not None:
                option = "--" + name.lower().replace("_", "-")
                arguments += [option, self._number(parameters, name, context)]
        if self._same_places(parameters, context):
            arguments.append("--same-places")
        unit = self.parameterAsString(parameters, self.UNIT, context)
        if unit:
            arguments.append(f"--unit={unit}")
        paths = []
        for role in _ROLES:
            path, said = self._say_layer(role, parameters, context, feedback)
            paths.append(path)
            arguments += said
        run_command([*arguments, "--", *paths], feedback)
        if self.parameterAsBoolean(parameters, self.LOAD, context):
            load_layers(out, context)
        found = {name.upper() + "_LAYER": f"{out}|layername={name}" for name in _LAYERS}
        return {self.OUTPUT: out, **found}

    def prepareAlgorithm(self, parameters, context, feedback):
        """Warn of edits that stand in QGIS alone: a file is read from disk."""
        for role in _ROLES:
            layer = self.parameterAsVectorLayer(parameters, role, context)
            if layer is not None and layer.isModified() and layer.providerType() == "ogr":
                feedback.pushWarning(say("match_unsaved", layer=layer.name()))
        return True

    def _same_places(self, parameters, context):
        """Tell whether ids of both sides are of one kind: as said, or because both are one layer of the project."""
        layers = [self.parameterAsVectorLayer(parameters, role, context) for role in _ROLES]
        one = layers[0] is not None and layers[1] is not None and layers[0].id() == layers[1].id()
        return one or self.parameterAsBoolean(parameters, self.SAME_PLACES, context)

    def _ask(self, parameter, *, advanced=False):
        if advanced:
            parameter.setFlags(parameter.flags() | QgsProcessingParameterDefinition.FlagAdvanced)
        self.addParameter(parameter)

    def _ask_layer(self, role):
        kinds = [QgsProcessing.TypeVectorPoint, QgsProcessing.TypeVectorPolygon, QgsProcessing.TypeVectorLine]
        side = role.lower()
        self._ask(QgsProcessingParameterFeatureSource(role, say(f"match_{side}"), kinds))
        for column in _COLUMNS:
            self._ask(
                QgsProcessingParameterField(
                    f"{role}_{column}",
                    say(f"match_{side}_{column.lower()}"),
                    parentLayerParameterName=role,
                    optional=True,
                ),
                advanced=column != "QUANTITY",
            )

    def _ask_number(self, name, default, *, least):
        parameter = QgsProcessingParameterNumber(
            name,
            say(f"match_{name.lower()}"),
            type=QgsProcessingParameterNumber.Double,
            defaultValue=default,
            optional=default is None,
            minValue=least,
        )
        self._ask(parameter, advanced=name != self.MAX_DISTANCE)

    def _ask_choice(self, name, codes):
        options = [say(f"match_{name.lower()}_{code}") for code in codes]
        self._ask(QgsProcessingParameterEnum(name, say(f"match_{name.lower()}"), options, defaultValue=0))

    def _number(self, parameters, name, context):
        """Write a number without an exponent."""
        return f"{self.parameterAsDouble(parameters, name, context):.9f}".rstrip("0").rstrip(".")

    def _check_objective(self, parameters, context):
        """Refuse what the program would refuse with the name of an option."""
        wanted = _OBJECTIVES[self.parameterAsEnum(parameters, self.OBJECTIVE, context)]
        given = [name for name in (self.VALUE, self.COST_PER_KM) if parameters.get(name) is not None]
        if given and wanted != "value":
            raise QgsProcessingException(say("match_money_unused"))
        if wanted == "value" and self.VALUE not in given:
            raise QgsProcessingException(say("match_value_absent"))

    def _say_layer(self, role, parameters, context, feedback):
        """Return path and options of a layer; one in memory, filtered or selected from is exported first."""
        side = role.lower()
        source = self.parameterAsSource(parameters, role, context)
        if source is None:
            raise QgsProcessingException(self.invalidSourceError(parameters, role))
        path, layer = self.parameterAsCompatibleSourceLayerPathAndLayerName(
            parameters, role, context, _FORMATS, "gpkg", feedback
        )
        said = [f"--{side}-layer={layer}"] if layer else []
        crs = source.sourceCrs().authid()
        if crs.startswith("EPSG:"):
            said.append(f"--{side}-crs={crs}")
        for column in _COLUMNS:
            chosen = self.parameterAsFields(parameters, f"{role}_{column}", context)
            if chosen:
                said.append(f"--{side}-{column.lower()}={chosen[0]}")
        return path, said

"""The project file: one frozen model, read and checked."""

from kansenkaart.project.foreseen import Growth
from kansenkaart.project.layers import (
    BackgroundLayer,
    ClusterTable,
    CoalitionTable,
    Friction,
    FrictionLayer,
    HubTable,
    Layer,
    Limits,
    LinkLayer,
    NetworkLayer,
    RoadLayer,
)
from kansenkaart.project.load import (
    FILE_NAME,
    LoadedProject,
    complete_project,
    load_project,
    parse_project,
    project_schema,
)
from kansenkaart.project.models import (
    ControlTotal,
    Exports,
    Method,
    OwnProfile,
    Project,
    RankBy,
    Rasters,
    Region,
    StreamSettings,
    Workshop,
)
from kansenkaart.project.scenes import Scene

__all__ = [
    "FILE_NAME",
    "BackgroundLayer",
    "ClusterTable",
    "CoalitionTable",
    "ControlTotal",
    "Exports",
    "Friction",
    "FrictionLayer",
    "Growth",
    "HubTable",
    "Layer",
    "Limits",
    "LinkLayer",
    "LoadedProject",
    "Method",
    "NetworkLayer",
    "OwnProfile",
    "Project",
    "RankBy",
    "Rasters",
    "Region",
    "RoadLayer",
    "Scene",
    "StreamSettings",
    "Workshop",
    "complete_project",
    "load_project",
    "parse_project",
    "project_schema",
]

"""The project file: one frozen model, read and checked."""

from kansenkaart.project.load import FILE_NAME, LoadedProject, load_project, parse_project, project_schema
from kansenkaart.project.models import (
    ControlTotal,
    Exports,
    Friction,
    FrictionLayer,
    Layer,
    Limits,
    LinkLayer,
    Method,
    NetworkLayer,
    OwnProfile,
    Project,
    RankBy,
    Rasters,
    Region,
    RoadLayer,
    StreamSettings,
    Workshop,
)
from kansenkaart.project.scenes import Scene

__all__ = [
    "FILE_NAME",
    "ControlTotal",
    "Exports",
    "Friction",
    "FrictionLayer",
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
    "load_project",
    "parse_project",
    "project_schema",
]

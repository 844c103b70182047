"""What every kind of fault in a project file is called, and what is allowed instead; the Dutch is in the texts."""

from __future__ import annotations

_NOT_ALLOWED = "{file}: '{key}' = {value} is not allowed: "

# Kind of fault as pydantic, or a check of our own models, names it -> key of the text and its English.
WORDS: dict[str, tuple[str, str]] = {
    "greater_than": ("project_above", _NOT_ALLOWED + "give a number above {bound}."),
    "greater_than_equal": ("project_at_least", _NOT_ALLOWED + "give a number of {bound} or more."),
    "less_than": ("project_below", _NOT_ALLOWED + "give a number below {bound}."),
    "less_than_equal": ("project_at_most", _NOT_ALLOWED + "give a number of {bound} or less."),
    "finite_number": ("project_finite", _NOT_ALLOWED + "give a finite number, no inf and no nan."),
    "float_type": (
        "project_number",
        _NOT_ALLOWED + "give a number, without quotes and with a point before the decimals.",
    ),
    "int_type": ("project_whole_number", _NOT_ALLOWED + "give a whole number, without quotes."),
    "bool_type": ("project_bool", _NOT_ALLOWED + "give true or false, without quotes."),
    "string_type": ("project_text", _NOT_ALLOWED + "give text between quotes."),
    "string_too_short": ("project_short", _NOT_ALLOWED + "give a text of {bound} or more characters."),
    "string_pattern_mismatch": ("project_characters", _NOT_ALLOWED + "use only these characters: {allowed}."),
    "literal_error": ("project_choice", _NOT_ALLOWED + "choose one of: {allowed}."),
    "tuple_type": ("project_list", _NOT_ALLOWED + "give a list between [ and ]."),
    "tables_type": ("project_tables", _NOT_ALLOWED + "write each as a table of its own below [[{key}]]."),
    "dict_type": (
        "project_names",
        _NOT_ALLOWED + "give a table [{key}] with lines of the form name = value.",
    ),
    "model_type": ("project_table", _NOT_ALLOWED + "give a table with these keys: {allowed}."),
    "too_short": ("project_few", _NOT_ALLOWED + "give {bound} or more, each below its own [[{key}]]."),
    "region_choice": (
        "project_region_choice",
        _NOT_ALLOWED + "give exactly one of province, municipalities and boundary.",
    ),
    "friction_choice": (
        "project_friction_choice",
        _NOT_ALLOWED + "give either path (a GeoTIFF) or [[friction.layers]], not both and not neither.",
    ),
    "addresses_way": (
        "project_addresses_way",
        _NOT_ALLOWED + 'give path (a table of your own), service = "pdok", or both.',
    ),
    "cluster_weights": (
        "project_cluster_weights",
        _NOT_ALLOWED + "give no weight below 0, and one at least above 0.",
    ),
    "growth_of": (
        "project_growth_of",
        _NOT_ALLOWED + "say what grows: give stream, kind, layer or site.",
    ),
    "store_cost": (
        "project_store_cost",
        "{file}: '{key}.storage_eur_unit' = {value} has no effect without storage_efficiency. Give "
        "'{key}.storage_efficiency' (above 0, at most 1) as well, or leave storage_eur_unit out.",
    ),
    "scene_km": (
        "project_scene_km",
        _NOT_ALLOWED
        + "choose a step of the map's slider: 0.5, 1, 2, 3, 5, 7.5, 10, 15, 20, 25, 30, 40, 50, 75, 100, "
        "150, 200, 300 or 500.",
    ),
    "scene_share": (
        "project_scene_share",
        _NOT_ALLOWED + "choose a step of the map's slider: 0, 5, 10 ... 95.",
    ),
    "scene_drawn": (
        "project_scene_drawn",
        _NOT_ALLOWED + "choose a number of the map: 12, 50, 100, 300, 1000 or 3000.",
    ),
    "scene_position": (
        "project_scene_position",
        _NOT_ALLOWED + "give latitude, longitude and zoom all three, or none of them.",
    ),
    "scene_view": (
        "project_scene_view",
        _NOT_ALLOWED + "give either view, or latitude, longitude and zoom, not both.",
    ),
    "scene_side": (
        "project_scene_side",
        _NOT_ALLOWED + 'side does nothing without tab = "gaps". Set tab, or leave side out.',
    ),
    "range_order": (
        "project_range_order",
        "{file}: '{key}' has low = {low}, value = {value} and high = {high}; allowed: low <= value <= high. Put them "
        "in that order.",
    ),
}

# The same fault under another name.
SAME = {
    "float_parsing": "float_type",
    "int_parsing": "int_type",
    "int_parsing_size": "int_type",
    "int_from_float": "int_type",
    "bool_parsing": "bool_type",
}

# A kind of fault that has no words yet: still no English in another language.
OTHER = ("project_value", _NOT_ALLOWED + "see docs/reference/project-file.md for what this key may hold.")

"""The run of the export tests, for the tests that need QGIS."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

_PATH = Path(__file__).parents[1] / "exports" / "conftest.py"
_SPEC = spec_from_file_location("exports_run", _PATH)
assert _SPEC is not None
assert _SPEC.loader is not None
_MODULE = module_from_spec(_SPEC)
# A dataclass looks its own module up while it is made.
sys.modules[_SPEC.name] = _MODULE
_SPEC.loader.exec_module(_MODULE)

run = _MODULE.run
empty_run = _MODULE.empty_run

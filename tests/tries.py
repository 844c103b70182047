"""How often a property is tried: as often as the profile says, unless one example of it takes long."""

from __future__ import annotations

import hypothesis

_EVERY = hypothesis.settings.default.max_examples

# A third: every example writes and reads files, or solves a model. A sixth: it is a few whole regions.
SOME = hypothesis.settings(max_examples=_EVERY // 3)
FEW = hypothesis.settings(max_examples=_EVERY // 6)

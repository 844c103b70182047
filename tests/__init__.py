"""The tests; a package, so that no `tests` that a library brings along is taken for it."""

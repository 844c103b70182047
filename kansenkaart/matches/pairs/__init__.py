"""Which pairs may exist: everything within reach, and the rules of kind, place, temperature and region."""

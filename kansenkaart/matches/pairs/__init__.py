"""Which pairs may exist, by kind, place, temperature, region and what a room decided; and how far each really is."""

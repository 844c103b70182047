"""A stream with more pairs within reach than can be held: the best of them by column generation, with a bound."""

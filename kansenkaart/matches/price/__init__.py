"""What a pair costs, brings and saves, and how good a chance that makes it."""

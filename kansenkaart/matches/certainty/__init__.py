"""How sure a chance is: draws on all cores or a cluster, and the numbers that decide."""

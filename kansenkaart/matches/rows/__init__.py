"""The frames of step 3, row by row."""

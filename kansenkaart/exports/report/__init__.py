"""The quality report."""

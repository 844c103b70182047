"""What changed between two projects, or between two builds, and which input made it."""

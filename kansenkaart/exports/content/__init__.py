"""What every output is made of: layers and tables from the frames, their columns, the one door out for texts."""

"""The command ``kansenkaart``: click only, no logic."""

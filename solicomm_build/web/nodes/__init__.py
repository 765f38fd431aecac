"""The web server of a machine that does not have the hub's cell 0."""

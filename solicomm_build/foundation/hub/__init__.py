"""A hub on disk: its settings, its owner, its secrets, and how it is founded."""

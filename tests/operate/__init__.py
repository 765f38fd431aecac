"""`make operate`: one command makes a hub of a bare Debian; the power is cut on the way."""

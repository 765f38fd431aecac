"""Pages that are on a stick alone, and work there without a server: to write letters."""

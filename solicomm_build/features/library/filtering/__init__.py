"""A library's documents narrowed down by several facets at once."""

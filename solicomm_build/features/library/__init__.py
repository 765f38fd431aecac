"""The e-library: cards, files, catalogues, harvesting."""

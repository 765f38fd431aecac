"""Cards in the formats of other people's tools: catalogues, e-readers, citation managers. Pure."""

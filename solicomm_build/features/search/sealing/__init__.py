"""The older tiers of a large index."""

"""Cards and their files: as values, on disk, and in an index."""

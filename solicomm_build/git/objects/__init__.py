"""Objects of a repository, taken from its files without a git."""

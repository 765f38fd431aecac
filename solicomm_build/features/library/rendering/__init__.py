"""The pages of a library."""

"""What one process remembers from a build to the next, while it still holds."""

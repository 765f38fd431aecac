"""What became of a message, and of what was set aside."""

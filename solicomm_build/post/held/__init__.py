"""Mail that waits for a moderator, as people see it: why it waits, and what it says."""

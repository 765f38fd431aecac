"""Who runs the hub, what they did, and what waits for a second one's yes."""

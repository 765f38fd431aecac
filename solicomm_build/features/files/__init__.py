"""Files of old hubs, cleaned."""

"""A hub that was lost with its disk comes back from hubs that shared with it."""

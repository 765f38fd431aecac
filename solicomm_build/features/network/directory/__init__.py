"""The hubs that this hub has heard of."""
